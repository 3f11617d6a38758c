package discord_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/bot/discord"
	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func one(list []fakediscord.Message) bool { return len(list) == 1 }

func edited(n int) func([]fakediscord.Message) bool {
	return func(list []fakediscord.Message) bool { return len(list) > 0 && list[0].Edits >= n }
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
	h := newHouse(t, setup{channel: alerts, delivers: true})
	e := h.forgotten()
	alert := h.fake.Posted(h.fake.Await(alerts, "an alert", one)[0])
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
	h.fake.Await(alerts, "an edited alert", edited(1))
	says(t, h.fake.Posted(h.fake.Messages(alerts)[0]), "Stopped by Otto Owner (Panel, ", "End", "9 h")
	buttons(t, h.fake.Posted(h.fake.Messages(alerts)[0]), "Open in panel")

	if _, err := h.UndoStop(t.Context(), h.Actor("otto"), e.ID); err != nil {
		t.Fatal(err)
	}
	h.fake.Await(alerts, "an alert that is open again", edited(2))
	again := h.fake.Posted(h.fake.Messages(alerts)[0])
	if got := again.Buttons(); got[0] != "Stop now" {
		t.Errorf("after the undo the buttons are %q", got)
	}
	if n := len(h.fake.Calls(fakediscord.CreateMessage)); n != 1 {
		t.Errorf("%d messages were posted", n)
	}
}

func TestStopFromAlertTakesTwoClicks(t *testing.T) {
	h := newHouse(t, setup{channel: alerts, delivers: true})
	e := h.forgotten()
	alert := h.fake.Posted(h.fake.Await(alerts, "an alert", one)[0])

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
	late := h.person("otto").Clicks(alert, "Stop now")
	says(t, late, "already stopped by Olivia Owner")
	if late.Replaces {
		t.Error("a late click replaces the alert")
	}
	h.fake.Await(alerts, "an edited alert", edited(1))
	says(t, h.fake.Posted(h.fake.Messages(alerts)[0]), "Stopped by Olivia Owner (Discord, ")
}

func TestStopAtProposalFromAlert(t *testing.T) {
	h := newHouse(t, setup{channel: alerts, delivers: true})
	e := h.forgotten()
	alert := h.fake.Posted(h.fake.Await(alerts, "an alert", one)[0])
	card := h.olivia.Clicks(alert, "Stop at 12:00")
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped", "12:00")
	if got := h.entry(e); !got.End.Equal(coretest.Start.Add(2 * time.Hour)) {
		t.Errorf("entry ends %s", got.End)
	}
}

func TestDirectMessages(t *testing.T) {
	h := newHouse(t, setup{delivers: true})
	h.speak("otto", "de")
	e := h.forgotten()
	english := h.fake.Posted(h.fake.Await(h.fake.DirectChannel(user("olivia")), "Olivia's alert", one)[0])
	german := h.fake.Posted(h.fake.Await(h.fake.DirectChannel(user("otto")), "Otto's alert", one)[0])
	says(t, english, "Forgotten timer? Dana Member")
	says(t, german, "Vergessener Timer? Dana Member", "über 9 Std.")
	if got := german.Buttons(); got[0] != "Jetzt stoppen" {
		t.Errorf("German buttons are %q", got)
	}

	card := h.olivia.Clicks(english, "Stop now")
	h.olivia.Clicks(card, "Confirm")
	note := h.fake.Posted(h.fake.Await(h.fake.DirectChannel(user("dana")), "the note to Dana", one)[0])
	says(t, note, "Your timer was stopped by Olivia Owner", "Fix login", "9 h")
	buttons(t, note, "Open in panel")
	h.fake.Await(h.fake.DirectChannel(user("otto")), "Otto's edited alert", edited(1))
	if h.entry(e).Running() {
		t.Error("the timer runs")
	}
	for _, c := range h.fake.Calls(fakediscord.EditMessage) {
		if !strings.HasPrefix(c.Channel, "99") {
			t.Errorf("an edit goes to %s instead of the channel of the post", c.Channel)
		}
	}
}

func TestDeliverySurvivesSlack(t *testing.T) {
	tests := []struct {
		name  string
		fault fakediscord.Fault
		until string // the call that settles the alert
	}{
		{"rate limit", fakediscord.Fault{Status: http.StatusTooManyRequests, RetryAfter: 30}, fakediscord.CreateMessage},
		{"server error", fakediscord.Fault{Status: http.StatusServiceUnavailable}, fakediscord.CreateMessage},
		{"lost answer", fakediscord.Fault{LoseAnswer: true}, fakediscord.CreateMessage},
		{"reset", fakediscord.Fault{Drop: true}, fakediscord.CreateMessage},
		{"bad gateway", fakediscord.Fault{Status: http.StatusBadGateway}, fakediscord.CreateMessage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, setup{channel: alerts, delivers: true})
			h.fake.FailNext(fakediscord.CreateMessage, tt.fault)
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
				m := h.fake.Messages(alerts)
				return len(m) > 0 && strings.Contains(m[0].Content, "Stopped by Otto")
			})
			if n := len(h.fake.Messages(alerts)); n != 1 {
				t.Errorf("%d alerts", n)
			}
		})
	}
}

// TestAlertIsFoundInABusyChannel: between the post without an answer and the next try a channel may get many messages.
func TestAlertIsFoundInABusyChannel(t *testing.T) {
	h := newHouse(t, setup{channel: alerts})
	h.forgotten()
	list, err := h.ClaimDeliveries(t.Context(), coretest.Delivery(), []string{core.PlatformDiscord}, 5)
	if err != nil || len(list) != 1 {
		t.Fatalf("claimed %d: %v", len(list), err)
	}
	d := list[0]
	app, err := discord.New(h.options(t))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- app.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	post := func(d core.Delivery) string {
		t.Helper()
		_, id, err := app.Send(t.Context(), d, conversation.Reply{Title: "An alert", Facts: []conversation.Fact{{Label: "Member", Value: "Dana"}}})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for range 250 {
		other := d
		other.ID = core.NewID(h.Clock.Now())
		post(other)
	}
	if channel, message, err := app.Find(t.Context(), d); err != nil || channel != alerts || message != "" {
		t.Errorf("before it was posted it is found as %q in %q: %v", message, channel, err)
	}
	want := post(d)
	if _, message, err := app.Find(t.Context(), d); err != nil || message != want {
		t.Errorf("found %q, not %q: %v", message, want, err)
	}
	if n := len(h.fake.Calls(fakediscord.ListMessages)); n != 6 {
		t.Errorf("%d pages of 250 messages were read", n)
	}
}
