package discord_test

import (
	"context"
	"testing"

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

// TestAlertIsFoundInABusyChannel: between the post without an answer and the next try a channel may get many messages.
func TestAlertIsFoundInABusyChannel(t *testing.T) {
	h := newHouse(t, setup{channel: alerts})
	h.Forgotten()
	list, err := h.ClaimDeliveries(t.Context(), coretest.Delivery(), []string{core.PlatformDiscord}, 5)
	if err != nil || len(list) != 1 {
		t.Fatalf("claimed %d: %v", len(list), err)
	}
	d := list[0]
	app, err := discord.New(h.options())
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
