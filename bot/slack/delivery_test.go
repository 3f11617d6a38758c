package slack_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func one(list []fakeslack.Message) bool { return len(list) == 1 }

func edited(n int) func([]fakeslack.Message) bool {
	return func(list []fakeslack.Message) bool { return len(list) > 0 && list[0].Edits >= n }
}

// forgotten starts a timer of Dana's, lets it run for nine hours and flags it.
func (h *house) forgotten() core.TimeEntry {
	h.t.Helper()
	e := h.danaRuns(0)
	h.Clock.Advance(2 * time.Hour)
	h.dana.Runs("/timer status") // the last that is seen of her
	h.Clock.Advance(7 * time.Hour)
	if n, err := h.FlagForgottenTimers(h.t.Context(), coretest.Cron()); err != nil || n != 1 {
		h.t.Fatalf("flagged %d: %v", n, err)
	}
	return e
}

func TestAlertIsPostedOnceAndEditedInPlace(t *testing.T) {
	h := newHouse(t, setup{channel: "CALERTS", delivers: true})
	e := h.forgotten()
	alert := h.fake.Posted(h.fake.Await("CALERTS", "an alert", one)[0])
	says(t, alert, "Forgotten timer? Dana Member", "Fix login", "over 9 h", "Suggested end", "last activity")
	if got := alert.Buttons(); len(got) != 3 || got[0] != "Stop now" || !strings.HasPrefix(got[1], "Stop at ") || got[2] != "Open in panel" {
		t.Errorf("buttons are %q", got)
	}
	if n, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil || n != 0 {
		t.Errorf("flagged again: %d, %v", n, err)
	}

	if _, err := h.StopTimer(t.Context(), h.Actor("otto"), core.StopTimer{EntryID: e.ID}); err != nil {
		t.Fatal(err)
	}
	h.fake.Await("CALERTS", "an edited alert", edited(1))
	says(t, h.fake.Posted(h.fake.Messages("CALERTS")[0]), "Stopped by Otto Owner (Panel, ", "End", "9 h")
	buttons(t, h.fake.Posted(h.fake.Messages("CALERTS")[0]), "Open in panel")

	if _, err := h.UndoStop(t.Context(), h.Actor("otto"), e.ID); err != nil {
		t.Fatal(err)
	}
	h.fake.Await("CALERTS", "an alert that is open again", edited(2))
	again := h.fake.Posted(h.fake.Messages("CALERTS")[0])
	if got := again.Buttons(); got[0] != "Stop now" {
		t.Errorf("after the undo the buttons are %q", got)
	}
	if n := len(h.fake.Calls("chat.postMessage")); n != 1 {
		t.Errorf("%d messages were posted", n)
	}
}

func TestStopFromAlertTakesTwoClicks(t *testing.T) {
	h := newHouse(t, setup{channel: "CALERTS", delivers: true})
	e := h.forgotten()
	alert := h.fake.Posted(h.fake.Await("CALERTS", "an alert", one)[0])

	says(t, h.person("dirk").Clicks(alert, "Stop now"), "Only owners")
	says(t, h.person("mona").Clicks(alert, "Stop now"), "not linked")
	card := h.olivia.Clicks(alert, "Stop now")
	if card.Replaces || card.Public {
		t.Error("the card is not for the person alone")
	}
	says(t, card, "Stop the timer of Dana Member?")
	if !h.entry(e).Running() {
		t.Fatal("one click stopped the timer")
	}
	otto := h.person("otto").Clicks(alert, "Stop now") // the button was not used up
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped: the timer of Dana Member")
	h.Clock.Advance(5 * time.Second)
	says(t, h.person("otto").Clicks(otto, "Confirm"), "already stopped by Olivia Owner 5 s ago")
	late := h.person("otto").ClicksAgain(alert, "Stop now")
	says(t, late, "already stopped by Olivia Owner")
	if late.Replaces {
		t.Error("a late click replaces the alert")
	}
	h.fake.Await("CALERTS", "an edited alert", edited(1))
	says(t, h.fake.Posted(h.fake.Messages("CALERTS")[0]), "Stopped by Olivia Owner (Slack, ")
}

func TestStopAtProposalFromAlert(t *testing.T) {
	h := newHouse(t, setup{channel: "CALERTS", delivers: true})
	e := h.forgotten()
	alert := h.fake.Posted(h.fake.Await("CALERTS", "an alert", one)[0])
	card := h.olivia.Clicks(alert, "Stop at 12:00")
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped", "12:00")
	if got := h.entry(e); !got.End.Equal(coretest.Start.Add(2 * time.Hour)) {
		t.Errorf("entry ends %s", got.End)
	}
}

func TestDirectMessages(t *testing.T) {
	h := newHouse(t, setup{delivers: true})
	h.speakGerman("otto")
	e := h.forgotten()
	english := h.fake.Posted(h.fake.Await("DUOLIVIA", "Olivia's alert", one)[0])
	german := h.fake.Posted(h.fake.Await("DUOTTO", "Otto's alert", one)[0])
	says(t, english, "Forgotten timer? Dana Member")
	says(t, german, "Vergessener Timer? Dana Member", "über 9 Std.")
	if got := german.Buttons(); got[0] != "Jetzt stoppen" {
		t.Errorf("German buttons are %q", got)
	}

	card := h.olivia.Clicks(english, "Stop now")
	h.olivia.Clicks(card, "Confirm")
	note := h.fake.Posted(h.fake.Await("DUDANA", "the note to Dana", one)[0])
	says(t, note, "Your timer was stopped by Olivia Owner", "Fix login", "9 h")
	buttons(t, note, "Open in panel")
	h.fake.Await("DUOTTO", "Otto's edited alert", edited(1))
	if h.entry(e).Running() {
		t.Error("the timer runs")
	}
	for _, c := range h.fake.Calls("chat.update") {
		if !strings.HasPrefix(c.Channel, "D") {
			t.Errorf("an edit goes to %s instead of the channel of the post", c.Channel)
		}
	}
}

func TestDeliverySurvivesSlack(t *testing.T) {
	tests := []struct {
		name  string
		fault fakeslack.Fault
		until string // the call that settles the alert
	}{
		{"rate limit", fakeslack.Fault{Status: http.StatusTooManyRequests, RetryAfter: 30}, "chat.postMessage"},
		{"server error", fakeslack.Fault{Status: http.StatusServiceUnavailable}, "chat.postMessage"},
		{"lost answer", fakeslack.Fault{LoseAnswer: true}, "chat.update"},
		{"half an answer", fakeslack.Fault{Truncate: true}, "chat.update"},
		{"an error after the work", fakeslack.Fault{Error: "fatal_error", LoseAnswer: true}, "chat.update"},
		{"an error instead of the work", fakeslack.Fault{Error: "internal_error"}, "chat.postMessage"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, setup{channel: "CALERTS", delivers: true})
			h.fake.FailNext("chat.postMessage", tt.fault)
			e := h.forgotten()
			waitFor := func(what string, ready func() bool) {
				t.Helper()
				for range 500 {
					if ready() {
						return
					}
					time.Sleep(20 * time.Millisecond)
					h.Clock.Advance(2 * time.Second)
				}
				t.Fatalf("waited in vain for %s", what)
			}
			waitFor("the alert", func() bool { return len(h.fake.Calls(tt.until)) > 0 })
			if _, err := h.StopTimer(t.Context(), h.Actor("otto"), core.StopTimer{EntryID: e.ID}); err != nil {
				t.Fatal(err)
			}
			waitFor("the edit", func() bool {
				m := h.fake.Messages("CALERTS")
				return len(m) > 0 && strings.Contains(m[0].Text, "Stopped by Otto")
			})
			if n := len(h.fake.Messages("CALERTS")); n != 1 {
				t.Errorf("%d alerts", n)
			}
		})
	}
}

// TestAlertIsFoundInABusyChannel: between the post without an answer and the next try a channel may get many messages.
func TestAlertIsFoundInABusyChannel(t *testing.T) {
	h := newHouse(t, setup{channel: "CALERTS"})
	h.forgotten()
	d := claimed(t, h)
	if _, _, err := h.app.Send(t.Context(), d, conversation.Reply{Title: "Forgotten timer? Dana Member"}); err != nil {
		t.Fatal(err)
	}
	for range 450 {
		other := d
		other.ID = core.NewID(h.Clock.Now())
		if _, _, err := h.app.Send(t.Context(), other, conversation.Reply{Title: "Something else"}); err != nil {
			t.Fatal(err)
		}
	}
	want := h.fake.Messages("CALERTS")[0].TS
	if channel, message, err := h.app.Find(t.Context(), d); err != nil || channel != "CALERTS" || message != want {
		t.Errorf("found %q in %q: %v", message, channel, err)
	}
	if n := len(h.fake.Calls("conversations.history")); n != 3 {
		t.Errorf("%d pages of 451 messages were read", n)
	}
	// Who may not look finds nothing; who can't look now tries again later.
	for code, fails := range map[string]bool{"missing_scope": false, "not_in_channel": false, "service_unavailable": true, "fatal_error": true} {
		h.fake.FailNext("conversations.history", fakeslack.Fault{Error: code})
		if _, message, err := h.app.Find(t.Context(), d); message != "" || (err != nil) != fails {
			t.Errorf("%s: found %q, %v", code, message, err)
		}
	}
}

// claimed is the alert's delivery, claimed by the test.
func claimed(t *testing.T, h *house) core.Delivery {
	t.Helper()
	list, err := h.ClaimDeliveries(t.Context(), coretest.Delivery(), []string{core.PlatformSlack}, 5)
	if err != nil || len(list) != 1 {
		t.Fatalf("claimed %d: %v", len(list), err)
	}
	return list[0]
}

// TestWhatAFailureMeans: which failures may have left a message behind, and which say that nothing else would pass.
func TestWhatAFailureMeans(t *testing.T) {
	h := newHouse(t, setup{channel: "CALERTS"})
	h.forgotten()
	d := claimed(t, h)
	h.app.BeImpatient(200 * time.Millisecond)
	for name, tt := range map[string]struct {
		fault                  fakeslack.Fault
		ambiguous, down, final bool
	}{
		"rate limit":  {fault: fakeslack.Fault{Status: http.StatusTooManyRequests, RetryAfter: 3}},
		"500":         {fault: fakeslack.Fault{Status: http.StatusInternalServerError}, ambiguous: true, down: true},
		"503":         {fault: fakeslack.Fault{Status: http.StatusServiceUnavailable}, down: true},
		"reset":       {fault: fakeslack.Fault{Reset: true}, ambiguous: true, down: true},
		"blackhole":   {fault: fakeslack.Fault{Hang: true}, ambiguous: true, down: true},
		"lost":        {fault: fakeslack.Fault{LoseAnswer: true}, ambiguous: true, down: true},
		"truncated":   {fault: fakeslack.Fault{Truncate: true}, ambiguous: true, down: true},
		"fatal error": {fault: fakeslack.Fault{Error: "fatal_error"}, ambiguous: true},
		"not invited": {fault: fakeslack.Fault{Error: "not_in_channel"}},
		"no channel":  {fault: fakeslack.Fault{Error: "channel_not_found"}, final: true},
	} {
		h.fake.FailNext("chat.postMessage", tt.fault)
		_, _, err := h.app.Send(t.Context(), d, conversation.Reply{Title: "x"})
		var why *bot.SendError
		if !errors.As(err, &why) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if why.Ambiguous != tt.ambiguous || why.Down != tt.down || why.Final != tt.final || (why.RetryAfter == 3*time.Second) != (tt.fault.RetryAfter == 3) {
			t.Errorf("%s: %+v", name, why)
		}
	}
}
