package discord_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// says fails unless what is seen holds every text.
func says(t *testing.T, seen *fakediscord.Seen, texts ...string) {
	t.Helper()
	all := seen.String()
	for _, text := range texts {
		if !strings.Contains(all, text) {
			t.Errorf("%q is not said:\n%s", text, all)
		}
	}
	if strings.Contains(all, "⟦") {
		t.Errorf("a text is missing:\n%s", all)
	}
}

func buttons(t *testing.T, seen *fakediscord.Seen, want ...string) {
	t.Helper()
	if got := seen.Buttons(); !slices.Equal(got, want) {
		t.Errorf("buttons are %q, want %q", got, want)
	}
}

func TestOwnerStopsForgottenTimer(t *testing.T) {
	h := newHouse(t, setup{})
	e := h.danaRuns(9 * time.Hour)
	h.Clock.Advance(30 * time.Minute)

	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	if card.Public {
		t.Error("the card is seen by the whole channel")
	}
	says(t, card, "Stop the timer of Dana Member?", "Fix login", "9 h 30 min", "Let Dana Member know")
	buttons(t, card, "Confirm", "Cancel")
	if !h.entry(e).Running() {
		t.Fatal("the timer was stopped before it was confirmed")
	}

	done := h.olivia.Clicks(card, "Confirm")
	if !done.Replaces {
		t.Error("the card stands beside its result")
	}
	says(t, done, "Stopped: the timer of Dana Member", "Fix login", "9 h 30 min", "Dana Member is told about it.")
	buttons(t, done, "Undo", "Correct the time")
	got := h.entry(e)
	if !got.End.Equal(h.Clock.Now()) || got.StoppedDoor != core.DoorDiscord || got.StoppedName != "Olivia Owner" {
		t.Errorf("entry ends %s by %s through %s", got.End, got.StoppedName, got.StoppedDoor)
	}
	if log := h.MustAudit(core.ActTimerStop); len(log) != 1 || log[0].Door != core.DoorDiscord {
		t.Errorf("audit log holds %d stops", len(log))
	}
}

func TestGermanStop(t *testing.T) {
	h := newHouse(t, setup{})
	h.speak("olivia", "de")
	e := h.danaRuns(3 * time.Hour) // since 07:00 in Berlin, it is 10:00

	card := h.olivia.Runs("/accounts stop-timer " + at("dana") + " at:9:30 reason:hat es vergessen")
	says(t, card, "Timer von Dana Member stoppen?", "Läuft seit", "3 Std.", "hat es vergessen", "09:30", "Jetzt (10:00)", "Andere Zeit")
	buttons(t, card, "Bestätigen", "Abbrechen")
	done := h.olivia.Clicks(card, "Bestätigen")
	says(t, done, "Gestoppt: Timer von Dana Member", "09:30", "2 Std. 30 Min.")
	buttons(t, done, "Rückgängig", "Zeit korrigieren")
	if got := h.entry(e); !got.End.Equal(time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC)) {
		t.Errorf("entry ends %s", got.End)
	}
	if log := h.MustAudit(core.ActTimerStop); log[0].Reason != "hat es vergessen" {
		t.Errorf("reason is %q", log[0].Reason)
	}
}

func TestEndIsChosenOnTheCard(t *testing.T) {
	h := newHouse(t, setup{})
	hours := "mon-fri 09:00-17:30"
	if _, err := h.UpdateMember(t.Context(), coretest.Operator(h.Workspace.ID), h.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}); err != nil {
		t.Fatal(err)
	}
	e := h.danaRuns(0) // 10:00 in Berlin
	h.Clock.Advance(9 * time.Hour)

	card := h.olivia.Runs("/accounts stop-timer email:dana@acme.test")
	says(t, card, "end of working hours 17:30")
	done := h.olivia.Clicks(card, "Confirm", fakediscord.Pick{Option: "17:30"}, fakediscord.Pick{Untick: true})
	says(t, done, "7 h 30 min")
	if strings.Contains(done.String(), "is told") {
		t.Error("the box was unticked, and the member is said to be told")
	}
	if got := h.entry(e); !got.End.Equal(time.Date(2026, 11, 23, 16, 30, 0, 0, time.UTC)) {
		t.Errorf("entry ends %s", got.End)
	}
}

func TestOtherTime(t *testing.T) {
	h := newHouse(t, setup{})
	e := h.danaRuns(5 * time.Hour)
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	form := h.olivia.Clicks(card, "Confirm", fakediscord.Pick{Option: "Other time"})
	if !form.Form {
		t.Fatalf("no form opened:\n%s", form)
	}
	says(t, form, "Stop at another time", "End")

	refused := h.olivia.Submits(form, map[string]any{"End": h.Clock.Now().Add(time.Hour)})
	says(t, refused, "The end lies in the future")
	if refused.Replaces {
		t.Error("a refused time takes the card away")
	}
	if !h.entry(e).Running() {
		t.Fatal("stopped at a refused time")
	}
	end := h.Clock.Now().Add(-2 * time.Hour)
	done := h.olivia.Submits(form, map[string]any{"End": end})
	says(t, done, "Stopped: the timer of Dana Member", "3 h")
	if !done.Replaces {
		t.Error("the card stands beside its result")
	}
	if got := h.entry(e); !got.End.Equal(end) {
		t.Errorf("entry ends %s, want %s", got.End, end)
	}
	buttons(t, done, "Undo", "Correct the time")
}

func TestCancel(t *testing.T) {
	h := newHouse(t, setup{})
	e := h.danaRuns(time.Hour)
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	gone := h.olivia.Clicks(card, "Cancel")
	says(t, gone, "Canceled. Nothing was changed.")
	buttons(t, gone)
	says(t, h.olivia.Clicks(card, "Confirm"), "This was canceled")
	if !h.entry(e).Running() {
		t.Error("a canceled stop was done")
	}
}

func TestSecondClickSaysWhoAndWhen(t *testing.T) {
	h := newHouse(t, setup{})
	h.danaRuns(time.Hour)
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	other := h.person("otto").Runs("/accounts stop-timer " + at("dana"))
	h.olivia.Clicks(card, "Confirm")
	h.Clock.Advance(5 * time.Second)

	again := h.olivia.Clicks(card, "Confirm")
	says(t, again, "already stopped by Olivia Owner 5 s ago")
	if again.Replaces {
		t.Error("the second click takes the result with its Undo away")
	}
	loser := h.person("otto").Clicks(other, "Confirm")
	says(t, loser, "already stopped by Olivia Owner 5 s ago")
	if !loser.Replaces {
		t.Error("the loser keeps a card with dead buttons")
	}
	says(t, h.olivia.Runs("/accounts stop-timer "+at("dana")), "already stopped by Olivia Owner")
	if n := len(h.MustAudit(core.ActTimerStop)); n != 1 {
		t.Errorf("%d stops in the audit log", n)
	}
}

func TestCardIsForWhoAsked(t *testing.T) {
	h := newHouse(t, setup{})
	e := h.danaRuns(time.Hour)
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	for _, key := range []string{"otto", "adam", "dana", "mona"} {
		seen := h.person(key).Clicks(card, "Confirm")
		if seen.Replaces {
			t.Errorf("%s replaces Olivia's card", key)
		}
	}
	if !h.entry(e).Running() {
		t.Fatal("somebody else confirmed")
	}
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped")
}

func TestRestartedTimerKeepsRunning(t *testing.T) {
	h := newHouse(t, setup{})
	h.danaRuns(3 * time.Hour)
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	h.Clock.Advance(time.Minute)
	says(t, h.dana.Runs("/timer stop"), "Your timer is stopped")
	h.Clock.Advance(time.Minute)
	says(t, h.dana.Runs("/timer start description:Something new"), "Your timer is running", "Something new")

	says(t, h.olivia.Clicks(card, "Confirm"), "already stopped by Dana Member", "a new timer runs since")
	now, err := h.RunningEntry(t.Context(), h.Actor("dana"), "")
	if err != nil || now.Description != "Something new" {
		t.Errorf("Dana runs %q, %v", now.Description, err)
	}
}

func TestCardExpires(t *testing.T) {
	h := newHouse(t, setup{})
	e := h.danaRuns(time.Hour)
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	h.Clock.Advance(core.ConfirmationFor)
	late := h.olivia.Clicks(card, "Confirm")
	says(t, late, "older than 10 minutes")
	if !late.Replaces || len(late.Buttons()) > 0 {
		t.Error("an expired card keeps its buttons")
	}
	if !h.entry(e).Running() {
		t.Error("an expired card stopped the timer")
	}
}

func TestUndoAndCorrect(t *testing.T) {
	h := newHouse(t, setup{})
	e := h.danaRuns(4 * time.Hour)
	done := h.olivia.Clicks(h.olivia.Runs("/accounts stop-timer "+at("dana")), "Confirm")
	for _, label := range []string{"Undo", "Correct the time"} {
		says(t, h.person("otto").Clicks(done, label), "Only the person who asked")
	}
	undone := h.olivia.Clicks(done, "Undo")
	says(t, undone, "Undone: the timer of Dana Member is running again")
	buttons(t, undone)
	if !h.entry(e).Running() {
		t.Fatal("the stop was not undone")
	}
	says(t, h.olivia.Clicks(done, "Undo"), "already running again")

	done = h.olivia.Clicks(h.olivia.Runs("/accounts stop-timer "+at("dana")), "Confirm")
	form := h.olivia.Clicks(done, "Correct the time")
	says(t, form, "Correct the time", "Time entry of Dana Member", "Start", "End", "Description", "Reason")
	end := e.Start.Add(3 * time.Hour)
	corrected := h.olivia.Submits(form, map[string]any{"End": end, "Reason": "lunch"})
	says(t, corrected, "Corrected: the time entry of Dana Member", "3 h")
	got := h.entry(e)
	if !got.End.Equal(end) || !got.Start.Equal(e.Start) || got.Description != "Fix login" {
		t.Errorf("entry is %s to %s, %q", got.Start, got.End, got.Description)
	}
	log := h.MustAudit(core.ActEntryCorrect) // newest first; Otto's click stands in it as refused
	if len(log) != 2 || log[0].Reason != "lunch" || string(log[0].After) != `{"end":"2026-11-23T08:00:00Z"}` || log[1].Outcome != core.OutcomeRefused {
		t.Errorf("audit log: %+v", log)
	}
	says(t, h.olivia.Submits(form, map[string]any{"End": end}), "already confirmed")
	h.Clock.Advance(core.UndoFor)
	says(t, h.olivia.Clicks(done, "Undo"), "more than 10 minutes ago")
}

// An Undo button belongs to one stop: it must not take back a later one.
func TestUndoOfAnEarlierStop(t *testing.T) {
	h := newHouse(t, setup{})
	e := h.danaRuns(4 * time.Hour)
	first := h.olivia.Clicks(h.olivia.Runs("/accounts stop-timer "+at("dana")), "Confirm")
	if _, err := h.UndoStop(t.Context(), h.Actor("dana"), e.ID); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(time.Minute)
	h.dana.Runs("/timer stop")
	says(t, h.olivia.Clicks(first, "Undo"), "was changed meanwhile")
	if h.entry(e).Running() {
		t.Error("Olivia's button took Dana's stop back")
	}
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		name string
		who  string
		plan core.Plan
		want string
	}{
		{"member", "dirk", core.PlanEnterprise, "Only owners of this workspace can do this"},
		{"admin", "adam", core.PlanEnterprise, "Only owners of this workspace can do this"},
		{"pro plan", "olivia", core.PlanPro, "This needs the Enterprise plan"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, setup{})
			e := h.danaRuns(time.Hour)
			h.MustKey("dana")
			h.MustSetPlan(tt.plan)
			for _, command := range []string{"stop-timer " + at("dana"), "deactivate-key email:dana@acme.test", "list", "show " + at("dana"), "forgotten"} {
				seen := h.person(tt.who).Runs("/accounts " + command)
				says(t, seen, tt.want)
				if seen.Public || len(seen.Buttons()) > 0 {
					t.Errorf("%s: the refusal is public or has buttons", command)
				}
			}
			h.MustSetPlan(core.PlanEnterprise)
			if !h.entry(e).Running() {
				t.Error("the timer was stopped")
			}
			log := h.MustAudit(core.ActTimerStop)
			if len(log) != 1 || log[0].Outcome != core.OutcomeRefused {
				t.Errorf("the refused stop is not in the audit log: %+v", log)
			}
		})
	}
}

func TestRightsAreAskedAgainAtTheClick(t *testing.T) {
	h := newHouse(t, setup{})
	e := h.danaRuns(time.Hour)
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	h.MustSetRole("olivia", core.RoleMember)
	says(t, h.olivia.Clicks(card, "Confirm"), "Only owners")
	got, err := h.Entry(t.Context(), h.Actor("otto"), e.ID)
	if err != nil || !got.Running() {
		t.Errorf("a demoted owner stopped the timer: %v", err)
	}
}

func TestUnlinkedPersonCanDoNothing(t *testing.T) {
	h := newHouse(t, setup{})
	h.danaRuns(time.Hour)
	mona := h.person("mona")
	for _, command := range []string{"/accounts help", "/accounts list", "/accounts stop-timer " + at("dana"), "/timer start description:x", "/timer status", "/timer help"} {
		seen := mona.Runs(command)
		says(t, seen, "not linked to Clockwarden")
		buttons(t, seen, "Open Clockwarden", "Enter code")
	}
	// The same id on another server is another person.
	stranger := h.person("olivia")
	stranger.Guild = "1299999999999999999"
	says(t, stranger.Runs("/accounts list"), "This server is not connected")
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	says(t, stranger.Clicks(card, "Confirm"), "This server is not connected")
}

func TestTargets(t *testing.T) {
	h := newHouse(t, setup{})
	h.danaRuns(time.Hour)
	tests := []struct{ command, want string }{
		{"stop-timer email:@dana", "“@dana” arrived as plain text"},
		{"stop-timer " + at("mona"), "has not linked their chat account; use their e-mail address"},
		{"stop-timer user:<118000000000009999>", "has not linked their chat account"},
		{"stop-timer email:mona@acme.test", "Mona Manager has no running timer"},
		{"stop-timer email:nobody@acme.test", "Nobody in this workspace has the address nobody@acme.test"},
		{"stop-timer", "mention the person with @"},
		{"stop-timmer " + at("dana"), "Did you mean /accounts stop-timer?"},
		{"start", "Did you mean /timer start?"},
		{"frobnicate", "/accounts help lists them all"},
		{"stop-timer " + at("dana") + " at:half past", "“half past” is not understood as a time"},
		{"stop-timer " + at("dana") + " at:2020-01-01 10:00", "The end must be after the start"},
		{"stop-timer " + at("dana") + " at:2030-01-01 10:00", "The end lies in the future"},
		{"stop-timer " + at("dana") + " reason:" + strings.Repeat("x", 501), "The reason is too long"},
		{"list filter:everybody", "is not a filter"},
	}
	for _, tt := range tests {
		says(t, h.olivia.Runs("/accounts "+tt.command), tt.want)
	}
}

func TestDeactivateKey(t *testing.T) {
	h := newHouse(t, setup{})
	first, second := h.MustKey("dana"), h.MustKey("dana")
	if _, err := h.ActorByAPIKey(t.Context(), first, "", ""); err != nil {
		t.Fatal(err)
	}
	card := h.olivia.Runs("/accounts deactivate-key " + at("dana") + " reason:laptop lost")
	says(t, card, "Deactivate all API keys of Dana Member?", "Active API keys", "2", "Last used", "laptop lost")
	if strings.Contains(card.String(), "cw_") {
		t.Error("the card shows characters of a key")
	}
	says(t, h.olivia.Clicks(card, "Confirm"), "Deactivated 2 API keys of Dana Member.")
	for _, key := range []string{first, second} {
		if _, err := h.ActorByAPIKey(t.Context(), key, "", ""); core.ErrorCode(err) != core.CodeUnauthenticated {
			t.Errorf("a key still works: %v", err)
		}
	}
	says(t, h.olivia.Runs("/accounts deactivate-key "+at("dana")), "has no active API key")
}

func TestListShowAndHelp(t *testing.T) {
	h := newHouse(t, setup{})
	h.danaRuns(2 * time.Hour)
	h.MustKey("dirk")
	list := h.olivia.Runs("/accounts list")
	says(t, list, "6 accounts", "Olivia Owner", "dana@acme.test", "Fix login", "2 h", "1 active API key")
	buttons(t, list, "Open in panel")
	running := h.olivia.Runs("/accounts list filter:running")
	says(t, running, "1 account", "Dana Member")
	says(t, h.olivia.Runs("/accounts list search:MULLER"), "1 account", "Dirk Müller")
	says(t, h.olivia.Runs("/accounts list search:nobody"), "No account matches.")
	says(t, h.olivia.Runs("/accounts show "+at("dana")), "Dana Member", "dana@acme.test", "Member", "Fix login")
	says(t, h.olivia.Runs("/accounts forgotten"), "No timer looks forgotten.")
	says(t, h.olivia.Runs("/accounts help"), "/accounts stop-timer @user [at TIME] [reason …]", "/accounts forgotten")
	says(t, h.olivia.Runs("/timer help"), "/timer start [description]")
}

func TestOwnTimer(t *testing.T) {
	h := newHouse(t, setup{})
	says(t, h.dana.Runs("/timer status"), "No timer is running.")
	says(t, h.dana.Runs("/timer stop"), "No timer is running.")
	says(t, h.dana.Runs("/timer start description:<@&1> & R&D @everyone"), "<@&1> & R&D @everyone")
	h.Clock.Advance(90 * time.Minute)
	says(t, h.dana.Runs("/timer status"), "<@&1> & R&D @everyone", "1 h 30 min")
	says(t, h.dana.Runs("/timer start description:Next"), "Next", "The timer before it was stopped", "1 h 30 min")
	stopped := h.dana.Runs("/timer stop")
	buttons(t, stopped, "Undo", "Correct the time")
	says(t, h.dana.Clicks(stopped, "Undo"), "running again")
}

// A button carries its act and an opaque id of 128 random bits, and so does an option of a menu.
func TestButtonsAreOpaque(t *testing.T) {
	h := newHouse(t, setup{})
	h.danaRuns(9 * time.Hour)
	h.MustKey("dana")
	if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	opaque := regexp.MustCompile(`^[a-z_0-9]+\|[A-Za-z0-9_-]{22}$`)
	known := regexp.MustCompile(`^(check\|notify\|(on|off)|now|other|at\.\d+)$`)
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	list := h.olivia.Runs("/accounts forgotten")
	for _, seen := range []*fakediscord.Seen{card, list, h.olivia.Runs("/accounts deactivate-key " + at("dana")), h.olivia.Clicks(card, "Confirm")} {
		ids := 0
		for _, id := range seen.CustomIDs() {
			if opaque.MatchString(id) {
				ids++
			} else if !known.MatchString(id) {
				t.Errorf("something to click carries %q", id)
			}
		}
		if ids < 2 {
			t.Errorf("%d opaque ids on:\n%s", ids, seen)
		}
	}
}

func TestHostileNames(t *testing.T) {
	h := newHouse(t, setup{})
	h.MustAddMember("eve", "@everyone **Eve** <@118000000000000001> `x` [a](https://evil.example)", core.RoleMember)
	h.MustStart("eve", strings.Repeat("<@&1>@here", 300), h.Clock.Now().Add(-time.Hour))
	card := h.olivia.Runs("/accounts stop-timer email:eve@acme.test")
	if !strings.Contains(card.Text, `\@everyone \*\*Eve\*\* \<@118000000000000001\> \`+"`x\\`"+` \[a\](https\://evil.example)`) {
		t.Errorf("the title is %s", card.Text)
	}
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped")
	h.olivia.Runs("/accounts list")
}
