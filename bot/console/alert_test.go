package console

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// TestAlertIsDeliveredAnsweredAndEdited goes the whole way: a forgotten timer is flagged, the
// outbox brings the alert to the screen, its button opens a card, and the stop is shown on the alert.
func TestAlertIsDeliveredAnsweredAndEdited(t *testing.T) {
	h := coretest.New(t, coretest.WithChat(core.ChatConnection{Platform: core.PlatformConsole, Workspace: "acme", AlertChannel: "console"}))
	h.MustStart("dana", "Customer support", h.Clock.Now().Add(-9*time.Hour))
	if n, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil || n != 1 {
		t.Fatalf("%d timers were flagged: %v", n, err)
	}
	in, person := io.Pipe()
	out := newScreen()
	c := mustConsole(t, h, "olivia", in, out, true)
	delivery, err := bot.NewDelivery(bot.DeliveryOptions{Service: h.Service, Conversation: c.words, Platforms: []bot.Platform{c}, Clock: h.Clock})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var working sync.WaitGroup
	for _, run := range []func(context.Context) error{c.Run, delivery.Run} {
		working.Go(func() {
			if err := run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	out.wait(t, "Forgotten timer? Dana Member\n")
	out.wait(t, "[101] Stop now")
	say(t, person, "101")
	out.wait(t, "Stop the timer of Dana Member?")
	say(t, person, "1")
	out.wait(t, "Stopped by Olivia Owner (Console, 10:00).")
	say(t, person, "101")
	out.wait(t, "There is no button 101 to press now.")
	say(t, person, "quit")
	cancel()
	working.Wait()
	_ = person.Close()
	if running(t, h, "dana") {
		t.Error("the timer still runs")
	}
	due, err := h.ClaimDeliveries(t.Context(), coretest.Delivery(), []string{core.PlatformConsole}, 10)
	if err != nil || len(due) != 0 {
		t.Errorf("still to be delivered: %+v %v", due, err)
	}
}

// TestNumbersOfAlerts: a number belongs to one message for ever.
func TestNumbersOfAlerts(t *testing.T) {
	h := coretest.New(t)
	out := newScreen()
	c := mustConsole(t, h, "olivia", strings.NewReader(""), out, true)
	alert := func(title conversation.Text, ids ...string) conversation.Reply {
		r := conversation.Reply{Title: title}
		for _, id := range ids {
			r.Buttons = append(r.Buttons, conversation.Button{Act: conversation.ButtonStop, ID: id, Label: "Stop"})
		}
		return r
	}
	send := func(id core.ID, r conversation.Reply) {
		t.Helper()
		channel, message, err := c.Send(t.Context(), core.Delivery{ID: id, Destination: "console"}, r)
		if err != nil || channel != "console" || message == "" {
			t.Fatal(channel, message, err)
		}
	}
	edit := func(id core.ID, r conversation.Reply) {
		t.Helper()
		if err := c.Edit(t.Context(), core.Delivery{ID: id}, r); err != nil {
			t.Fatal(err)
		}
	}
	want := func(number int, id string) {
		t.Helper()
		got := ""
		for _, a := range c.alerts {
			if b, ok := a.card.button(number); ok {
				got = b.ID
			}
		}
		if got != id {
			t.Errorf("button %d is %q, want %q", number, got, id)
		}
	}
	send("a", alert("A", "a1", "a2"))
	send("b", alert("B", "b1"))
	want(101, "a1")
	want(102, "a2")
	want(103, "b1")

	before := out.String()
	edit("a", alert("A", "a3", "a4")) // looks the same, under new ids
	want(101, "a3")
	if out.String() != before {
		t.Errorf("what looks the same was printed again:\n%s", out)
	}
	edit("a", alert("A, later", "a5"))
	want(101, "")
	want(102, "")
	want(104, "a5")
	want(103, "b1")
	edit("b", alert("B is over"))
	want(103, "")

	if _, message, err := c.Find(t.Context(), core.Delivery{ID: "b"}); message != "b" || err != nil {
		t.Errorf("b is found as %q %v", message, err)
	}
	if _, message, err := c.Find(t.Context(), core.Delivery{ID: "z"}); message != "" || err != nil {
		t.Errorf("z is found as %q %v", message, err)
	}
	for range maxAlerts {
		send(core.NewID(h.Now()), alert("More", "x"))
	}
	if len(c.alerts) != maxAlerts {
		t.Errorf("%d alerts are kept", len(c.alerts))
	}
	want(104, "")
	want(105, "x")
}
