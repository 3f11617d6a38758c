package slack_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestLoginAsLeadsToThePanel(t *testing.T) {
	h := newHouse(t, setup{})
	seen := h.olivia.Runs("/accounts login-as <@UDANA>")
	says(t, seen, "Log in as Dana Member", "where you say why", "Only you can use the link, once, within 2 min")
	buttons(t, seen, "Log in as user")
	_, token, found := strings.Cut(string(seen.Body), "https://clockwarden.example/log-in-as/")
	if !found {
		t.Fatalf("no link: %s", seen.Body)
	}
	token, rest, _ := strings.Cut(token, "?")
	if !strings.HasPrefix(rest, "w=acme") {
		t.Errorf("the link does not name the workspace: %s", rest)
	}
	_, otto := h.SignIn("otto")
	if _, err := h.LoginAsTarget(t.Context(), otto, token); core.ErrorCode(err) != core.CodeForbidden {
		t.Errorf("another owner can use the link: %v", err)
	}
	_, olivia := h.SignIn("olivia")
	if m, err := h.LoginAsTarget(t.Context(), olivia, token); err != nil || m.ID != h.Who("dana").ID {
		t.Errorf("the link is about %s, %v", m.User.Name, err)
	}
	says(t, h.olivia.Runs("/accounts login-as <@UOTTO>"), "nobody can log in as another owner")
	says(t, h.olivia.Runs("/accounts login-as <@UOLIVIA>"), "your own account")
	says(t, h.person("adam").Runs("/accounts login-as <@UDANA>"), "Only owners")
}

func TestLogAndSettings(t *testing.T) {
	h := newHouse(t, setup{})
	h.danaRuns(time.Hour)
	h.olivia.Clicks(h.olivia.Runs("/accounts stop-timer <@UDANA> reason went home"), "Confirm")
	h.dana.Runs("/accounts list") // refused, and in the log
	says(t, h.olivia.Runs("/accounts log <@UDANA>"), "Audit log: Dana Member", "Olivia Owner stopped a timer", "Slack", "went home")
	says(t, h.olivia.Runs("/accounts log"), "Audit log", "Dana Member: refused", "accounts.view", "the scheduled job linked a chat account")
	says(t, h.olivia.Runs("/accounts log mona@acme.test"), "Audit log: Mona Manager")
	house := h.MustAddMember("housekeeping", "housekeeping", core.RoleMember) // a name hides nobody
	if _, err := h.StartTimer(t.Context(), h.Actor("housekeeping"), core.NewEntry{}); err != nil {
		t.Fatal(err)
	}
	says(t, h.olivia.Runs("/accounts log "+house.User.Email), "housekeeping started a timer")
	says(t, h.olivia.Runs("/accounts log @dana"), "arrived as plain text")
	says(t, h.dana.Runs("/accounts log"), "Only owners")
	says(t, h.olivia.Runs("/accounts settings"), "Acme", "Enterprise", "Europe/Berlin", "8 h · default of the installation", "off")
	says(t, h.person("adam").Runs("/accounts settings"), "Only owners")
	h.speakGerman("olivia")
	says(t, h.olivia.Runs("/accounts log <@UDANA>"), "Audit-Protokoll: Dana Member", "Olivia Owner hat einen Timer gestoppt")
	says(t, h.olivia.Runs("/accounts settings"), "Ein Timer gilt als vergessen nach", "8 Std. · Vorgabe der Installation")
}

// What can be done to a flag, from its alert and from the list.
func TestPuttingOff(t *testing.T) {
	h := newHouse(t, setup{channel: "CALERTS", delivers: true})
	e := h.forgotten()
	alert := h.fake.Posted(h.fake.Await("CALERTS", "an alert", one)[0])
	want := []string{"Other time…", "Remind me in 1 hour", "Remind me in 4 hours", "Remind me tomorrow", "Still working"}
	if got := alert.Menu(); !slices.Equal(got, want) {
		t.Errorf("menu is %q", got)
	}
	flag := func() core.Flag {
		t.Helper()
		list, _, err := h.Flags(t.Context(), h.Actor("olivia"), core.FlagQuery{})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d flags, %v", len(list), err)
		}
		return list[0]
	}
	says(t, h.dana.Chooses(alert, "Remind me in 4 hours"), "Put off until") // her own timer: she may
	says(t, h.person("dirk").Chooses(alert, "Remind me in 1 hour"), "Only owners")
	says(t, h.person("mona").Chooses(alert, "Still working"), "not linked")
	h.fake.Await("CALERTS", "a snoozed alert", edited(1))

	list := h.olivia.Runs("/accounts forgotten")
	says(t, h.olivia.Chooses(list, "Remind me in 1 hour"), "Put off until", "the timer of Dana Member goes on")
	if got := flag(); got.State != core.FlagSnoozed || !got.SnoozedUntil.Equal(h.Clock.Now().Add(time.Hour)) || got.SnoozedBy != "Olivia Owner" {
		t.Errorf("flag is %+v", got)
	}
	says(t, h.olivia.Chooses(alert, "Remind me tomorrow"), "Put off until")
	if got := flag().SnoozedUntil; !got.Equal(time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)) { // nine in Berlin
		t.Errorf("put off until %s", got)
	}

	form := h.olivia.Chooses(alert, "Other time…")
	says(t, form, "Stop the timer of Dana Member?", "End")
	h.olivia.Runs("/timer status")
	says(t, h.olivia.Chooses(list, "Still working"), "goes on and is not reported again")
	if got := flag(); got.State != core.FlagResolved || got.Resolution != core.ResolvedWorking || !h.entry(e).Running() {
		t.Errorf("flag is %+v", got)
	}
	says(t, h.person("otto").Chooses(alert, "Still working"), "already settled by Olivia Owner")
	end := h.Clock.Now().Add(-2 * time.Hour).Truncate(time.Minute)
	says(t, h.olivia.Submits(form, map[string]any{"End": end}), "Stopped: the timer of Dana Member")
	if got := h.entry(e); !got.End.Equal(end) {
		t.Errorf("entry ends %s", got.End)
	}
	says(t, h.person("otto").Chooses(alert, "Remind me in 1 hour"), "already stopped by Olivia Owner")
}

// The buttons of an alert and of a list stop the timer they are about, never the one after it.
func TestStaleButtonsLeaveTheNewTimerAlone(t *testing.T) {
	h := newHouse(t, setup{channel: "CALERTS", delivers: true})
	h.forgotten()
	alert := h.fake.Posted(h.fake.Await("CALERTS", "an alert", one)[0])
	list := h.olivia.Runs("/accounts forgotten")
	home := h.olivia.Opens()
	card := h.olivia.Runs("/accounts stop-timer <@UDANA>")
	h.dana.Runs("/timer stop")
	h.Clock.Advance(5 * time.Second)
	h.dana.Runs("/timer start New work")
	says(t, h.olivia.Clicks(alert, "Stop now"), "already stopped by Dana Member", "a new timer runs since")
	says(t, h.olivia.Chooses(list, "Stop now"), "already stopped by Dana Member")
	says(t, h.olivia.Chooses(home, "Stop now"), "already stopped by Dana Member")
	says(t, h.olivia.Clicks(card, "Confirm"), "already stopped by Dana Member")
	says(t, h.olivia.Chooses(list, "Still working"), "already stopped by Dana Member")
	e, err := h.RunningEntry(t.Context(), h.Actor("dana"), "")
	if err != nil || e.Description != "New work" {
		t.Errorf("the new timer was stopped: %v", err)
	}
}

func TestHome(t *testing.T) {
	for _, mode := range []string{slack.ModeHTTP, slack.ModeSocket} {
		t.Run(mode, func(t *testing.T) {
			h := newHouse(t, setup{mode: mode})
			e := h.danaRuns(2 * time.Hour)
			h.MustStart("dirk", "Long gone", h.Clock.Now().Add(-9*time.Hour))
			if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
				t.Fatal(err)
			}
			home := h.olivia.Opens()
			says(t, home, "Linked to Olivia Owner (olivia@acme.test) in Acme.", "No timer is running.", "2 running timers · 1 forgotten timer",
				"Dirk Müller", "Long gone", "flagged", "Dana Member", "Fix login")
			buttons(t, home, "Stop now", "Start a timer", "Open in panel")
			if !slices.Contains(home.Menu(), "Still working") {
				t.Errorf("menu is %q", home.Menu())
			}
			card := h.olivia.Clicks(home, "Stop now") // Dana's: she is the one with a single button
			says(t, card, "Stop the timer of Dana Member?")
			done := h.olivia.Clicks(card, "Confirm")
			says(t, done, "Stopped: the timer of Dana Member")
			buttons(t, done, "Undo", "Correct the time")
			after := h.fake.AwaitHome("UOLIVIA", home)
			h.eventually("the home shows the stop", func() bool {
				after = h.fake.Home("UOLIVIA")
				return !strings.Contains(after.String(), "Fix login")
			})
			says(t, h.olivia.Clicks(done, "Undo"), "running again")
			if !h.entry(e).Running() {
				t.Error("not undone")
			}

			mine := h.dana.Opens()
			says(t, mine, "Linked to Dana Member", "Fix login")
			if strings.Contains(mine.String(), "Dirk") {
				t.Error("a member sees others' timers")
			}
			form := h.dana.Clicks(mine, "Start a timer")
			says(t, h.dana.Submits(form, map[string]any{"Description": "From home"}), "Your timer is running", "From home")

			says(t, h.olivia.Shortcut("accounts"), "Linked to Olivia Owner", "Long gone")
			stranger := h.person("mona").Shortcut("accounts")
			says(t, stranger, "not linked")
			code := h.person("mona").Clicks(stranger, "Enter code")
			says(t, h.person("mona").Submits(code, map[string]any{"Code": h.code("mona")}), "Your accounts are linked")
			says(t, h.person("mona").Opens(), "Linked to Mona Manager")
		})
	}
}

// An event that Slack sends twice is taken once.
func TestEventsAreTakenOnce(t *testing.T) {
	h := newHouse(t, setup{})
	opened := map[string]any{"type": "app_home_opened", "user": "UDANA", "tab": "home"}
	h.fake.EventAs("Ev-twice", opened)
	h.fake.AwaitHome("UDANA", nil)
	h.Clock.Advance(time.Second)
	h.fake.EventAs("Ev-twice", opened)
	h.person("dirk").Opens()
	if n := len(h.fake.Calls("views.publish")); n != 2 {
		t.Errorf("%d App Homes were shown", n)
	}
}
