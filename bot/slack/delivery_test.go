package slack_test

import (
	"errors"
	"net/http"
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

// TestAlertIsFoundInABusyChannel: between the post without an answer and the next try a channel may get many messages.
func TestAlertIsFoundInABusyChannel(t *testing.T) {
	h := newHouse(t, setup{channel: "CALERTS"})
	h.Forgotten()
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
	h.Forgotten()
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
		"after work":  {fault: fakeslack.Fault{Error: "fatal_error", LoseAnswer: true}, ambiguous: true},
		"instead":     {fault: fakeslack.Fault{Error: "internal_error"}, ambiguous: true},
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
