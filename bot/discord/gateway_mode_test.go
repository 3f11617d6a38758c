package discord

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// inGatewayMode runs a whole Discord in gateway mode, with Olivia (an owner) and Dana linked.
func inGatewayMode(t *testing.T) (h *coretest.House, fake *fakediscord.Fake, gate *fakediscord.Gateway, d *Discord, run func(ctx context.Context) error) {
	t.Helper()
	h = coretest.New(t, coretest.WithChat(core.ChatConnection{Platform: core.PlatformDiscord, Workspace: "acme"}))
	fake = fakediscord.New(t, fakediscord.Options{Now: h.Clock.Now})
	gate = fake.OverGateway()
	h.MustLink("olivia", core.PlatformDiscord, fake.Guild(), oliviaOnDiscord)
	h.MustLink("dana", core.PlatformDiscord, fake.Guild(), danaOnDiscord)
	parts := bottest.NewParts(t, h.Service)
	d, err := New(Options{ // without a public key
		Service: h.Service, Catalog: parts.Catalog, Conversation: parts.Words, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Clock: h.Clock,
		Mode: ModeGateway, ApplicationID: fake.Application(), BotToken: fake.BotToken(), GuildID: fake.Guild(), APIURL: fake.APIURL(),
		Workspace: "acme", BaseURL: parts.Base,
	})
	if err != nil {
		t.Fatal(err)
	}
	return h, fake, gate, d, d.Run
}

func TestGatewayMode(t *testing.T) {
	t.Parallel()
	h, fake, gate, d, run := inGatewayMode(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()

	entry := h.MustStart("dana", "Fix login", h.Clock.Now().Add(-3*time.Hour))
	olivia, dana := fake.Person(oliviaOnDiscord), fake.Person(danaOnDiscord)
	card := olivia.Runs("/accounts stop-timer user:<" + danaOnDiscord + ">")
	if text := card.String(); !strings.Contains(text, "Dana Member") {
		t.Errorf("the card: %s", text)
	}
	if e, err := h.Entry(t.Context(), h.Actor("olivia"), entry.ID); err != nil || !e.Running() {
		t.Fatalf("stopped before it was confirmed: %+v, %v", e, err)
	}
	gate.Drop() // the click comes over the session that goes on
	if text := olivia.Clicks(card, "Confirm").String(); !strings.Contains(text, "Stopped") {
		t.Errorf("after Confirm: %s", text)
	}
	if e, err := h.Entry(t.Context(), h.Actor("olivia"), entry.ID); err != nil || e.Running() {
		t.Errorf("not stopped: %+v, %v", e, err)
	}
	gate.RefuseResume(9)
	gate.CloseWith(4000)
	gate.Await("another session", identified(2))
	if text := dana.Runs("/timer status").String(); !strings.Contains(text, "No timer is running") {
		t.Errorf("her timer: %s", text)
	}

	// What comes over HTTP is nobody's.
	w := httptest.NewRecorder()
	d.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/discord/interactions", strings.NewReader(`{"type":1}`)))
	if w.Code != http.StatusNotFound {
		t.Errorf("HTTP is answered %d", w.Code)
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("run: %v", err)
		}
	case <-time.After(15 * time.Second):
		t.Fatal("it does not stop")
	}
	gate.Await("the end", func(s fakediscord.GatewaySeen) bool { return s.Open == 0 })
}

func TestGatewayModeWithABadToken(t *testing.T) {
	t.Parallel()
	_, _, gate, _, run := inGatewayMode(t)
	gate.RefuseIdentify(4004)
	ended := make(chan error, 1)
	go func() { ended <- run(t.Context()) }()
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "discord.bot_token") {
			t.Errorf("run: %v", err)
		}
	case <-time.After(15 * time.Second):
		t.Fatal("it goes on")
	}
}
