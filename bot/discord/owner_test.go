package discord_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

func TestLoginAsLeadsToThePanel(t *testing.T) {
	h := newHouse(t, setup{})
	seen := h.olivia.Runs("/accounts login-as " + at("dana"))
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
	says(t, h.olivia.Runs("/accounts login-as "+at("otto")), "nobody can log in as another owner")
	says(t, h.olivia.Runs("/accounts login-as "+at("olivia")), "your own account")
	says(t, h.person("adam").Runs("/accounts login-as "+at("dana")), "Only owners")
}

func TestLogAndSettings(t *testing.T) {
	h := newHouse(t, setup{})
	h.danaRuns(time.Hour)
	h.olivia.Clicks(h.olivia.Runs("/accounts stop-timer "+at("dana")+" reason:went home"), "Confirm")
	h.dana.Runs("/accounts list") // refused, and in the log
	says(t, h.olivia.Runs("/accounts log "+at("dana")), "Audit log: Dana Member", "Olivia Owner stopped a timer", "Discord", "went home")
	says(t, h.olivia.Runs("/accounts log"), "Audit log", "Dana Member: refused", "accounts.view", "the scheduled job linked a chat account")
	says(t, h.olivia.Runs("/accounts log email:mona@acme.test"), "Audit log: Mona Manager")
	says(t, h.dana.Runs("/accounts log"), "Only owners")
	says(t, h.olivia.Runs("/accounts settings"), "Acme", "Enterprise", "Europe/Berlin", "8 h · default of the installation", "off")
	says(t, h.person("adam").Runs("/accounts settings"), "Only owners")
	h.speak("olivia", "de")
	says(t, h.olivia.Runs("/accounts log "+at("dana")), "Audit-Protokoll: Dana Member", "Olivia Owner hat einen Timer gestoppt")
	says(t, h.olivia.Runs("/accounts settings"), "Ein Timer gilt als vergessen nach", "8 Std. · Vorgabe der Installation")
}

// What can be done to a flag, from its alert and from the list.
func TestPuttingOff(t *testing.T) {
	h := newHouse(t, setup{channel: alerts, delivers: true})
	e := h.forgotten()
	alert := h.fake.Posted(h.fake.Await(alerts, "an alert", one)[0])
	want := []string{"Other time…", "Remind me in 1 hour", "Remind me in 4 hours", "Remind me tomorrow", "Still working"}
	if got := alert.Options(); !slices.Equal(got, want) {
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
	h.fake.Await(alerts, "a snoozed alert", edited(1))

	list := h.olivia.Runs("/accounts forgotten")
	says(t, h.olivia.Chooses(list, "Dana Member: Remind me in 1 hour"), "Put off until", "the timer of Dana Member goes on")
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
	says(t, h.olivia.Chooses(list, "Dana Member: Still working"), "goes on and is not reported again")
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
	h := newHouse(t, setup{channel: alerts, delivers: true})
	h.forgotten()
	alert := h.fake.Posted(h.fake.Await(alerts, "an alert", one)[0])
	list := h.olivia.Runs("/accounts forgotten")
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	h.dana.Runs("/timer stop")
	h.Clock.Advance(5 * time.Second)
	h.dana.Runs("/timer start description:New work")
	says(t, h.olivia.Clicks(alert, "Stop now"), "already stopped by Dana Member", "a new timer runs since")
	says(t, h.olivia.Chooses(list, "Dana Member: Stop now"), "already stopped by Dana Member")
	says(t, h.olivia.Clicks(card, "Confirm"), "already stopped by Dana Member")
	says(t, h.olivia.Chooses(list, "Dana Member: Still working"), "already stopped by Dana Member")
	e, err := h.RunningEntry(t.Context(), h.Actor("dana"), "")
	if err != nil || e.Description != "New work" {
		t.Errorf("the new timer was stopped: %v", err)
	}
}
