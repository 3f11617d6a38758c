// Package bottest is what the tests of the chat platforms share: a service with a platform at work on it, the faults
// and the weather of a stand-in, golden bodies, checks by foreign programs. What people do in a chat and what must come
// of it is in conversation/conformance, forgottentest and deliverytest. It is for tests only and knows no platform.
package bottest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

// Parts is what every platform is made of beside the service.
type Parts struct {
	Catalog *locale.Catalog
	Words   *conversation.Handler
	Base    *url.URL
}

// NewParts makes the Parts of a platform whose panel is at https://clockwarden.example.
func NewParts(t testing.TB, svc *core.Service) Parts {
	t.Helper()
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	p := Parts{Catalog: catalog, Base: &url.URL{Scheme: "https", Host: "clockwarden.example"}}
	p.Words, err = conversation.New(conversation.Options{Service: svc, Catalog: catalog, BaseURL: p.Base})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Service is a service whose workspace acme is connected to a platform.
func Service(t testing.TB, platform, channel string, defaults core.ForgottenDefaults) *coretest.House {
	t.Helper()
	return coretest.New(t, coretest.WithChat(core.ChatConnection{Platform: platform, Workspace: "acme", AlertChannel: channel}),
		func(o *core.Options) { o.Forgotten = defaults })
}

// House is a service with a platform at work on it. Olivia and Otto are owners, Adam is an admin, Dana and Dirk are
// members; all are linked but Mona. A platform's own house embeds it.
type House struct {
	*coretest.House
	Parts
	T testing.TB

	platform, team string
	user           func(key string) string
	delivery       *bot.Delivery
}

// NewHouse links the people: team is what the platform calls the place they are in, user their ids in it.
func NewHouse(t testing.TB, inner *coretest.House, platform, team string, user func(key string) string) *House {
	t.Helper()
	h := &House{House: inner, Parts: NewParts(t, inner.Service), T: t, platform: platform, team: team, user: user}
	for _, key := range []string{"olivia", "otto", "adam", "dana", "dirk"} {
		h.MustLink(key, platform, team, user(key))
	}
	return h
}

// Run runs the platform until the test ends; connect is told where it listens. With delivers, messages are delivered
// whenever something is due, else by Drain alone.
func (h *House) Run(app bot.Platform, handler http.Handler, connect func(address string), delivers bool) {
	h.T.Helper()
	var err error
	h.delivery, err = bot.NewDelivery(bot.DeliveryOptions{
		Service: h.Service, Conversation: h.Words, Platforms: []bot.Platform{app}, Clock: h.Clock, Log: h.Log(),
	})
	if err != nil {
		h.T.Fatal(err)
	}
	server := httptest.NewServer(handler)
	connect(server.URL)
	ctx, cancel := context.WithCancel(context.Background())
	running := []func(context.Context) error{app.Run}
	if delivers {
		running = append(running, h.delivery.Run)
	}
	ended := make(chan error)
	for _, run := range running {
		go func() { ended <- run(ctx) }()
	}
	h.T.Cleanup(func() {
		server.Close()
		cancel()
		for range running {
			if err := <-ended; err != nil {
				h.T.Errorf("run: %v", err)
			}
		}
	})
}

// Log is the log of the test.
func (h *House) Log() *slog.Logger { return slog.New(slog.NewTextHandler(h.T.Output(), nil)) }

// Drain delivers what is due.
func (h *House) Drain() {
	h.T.Helper()
	if err := h.delivery.Drain(h.T.Context()); err != nil {
		h.T.Fatal(err)
	}
}

// Tick moves the clock on, looks for forgotten timers, and delivers.
func (h *House) Tick(d time.Duration) {
	h.T.Helper()
	h.Clock.Advance(d)
	if _, err := h.FlagForgottenTimers(h.T.Context(), coretest.Cron()); err != nil {
		h.T.Fatal(err)
	}
	h.Drain()
}

// DanaRuns starts a timer of Dana's that began so long ago.
func (h *House) DanaRuns(ago time.Duration) core.TimeEntry {
	h.T.Helper()
	return h.MustStart("dana", "Fix login", h.Clock.Now().Add(-ago))
}

// Forgotten starts a timer of Dana's, who is last seen two hours later, lets it run for nine hours and flags it.
func (h *House) Forgotten() core.TimeEntry {
	h.T.Helper()
	e := h.DanaRuns(0)
	h.Clock.Advance(2 * time.Hour)
	h.SignIn("dana")
	h.Clock.Advance(7 * time.Hour)
	if n, err := h.FlagForgottenTimers(h.T.Context(), coretest.Cron()); err != nil || n != 1 {
		h.T.Fatalf("flagged %d: %v", n, err)
	}
	return e
}

// Now is an entry as it is stored now.
func (h *House) Now(e core.TimeEntry) core.TimeEntry {
	h.T.Helper()
	got, err := h.Entry(h.T.Context(), h.Actor("olivia"), e.ID)
	if err != nil {
		h.T.Fatalf("entry: %v", err)
	}
	return got
}

// Speak makes a member read another language.
func (h *House) Speak(key, language string) {
	h.T.Helper()
	if _, err := h.UpdateMember(h.T.Context(), coretest.Operator(h.Workspace.ID), h.Who(key).ID, core.MemberUpdate{Language: &language}); err != nil {
		h.T.Fatalf("language of %s: %v", key, err)
	}
}

// Code is a link code as the panel shows it to the member.
func (h *House) Code(key string) string {
	h.T.Helper()
	code, _, err := h.CreateLinkCode(h.T.Context(), h.Actor(key))
	if err != nil {
		h.T.Fatalf("link code of %s: %v", key, err)
	}
	return code
}

// Linked tells whether a member's chat account is linked.
func (h *House) Linked(key string) bool {
	h.T.Helper()
	_, err := h.ActorByIdentity(h.T.Context(), core.Door(h.platform), h.platform, h.team, h.user(key), "")
	if err != nil && core.ErrorCode(err) != core.CodeUnauthenticated {
		h.T.Fatal(err)
	}
	return err == nil
}

// Hold keeps everybody else from writing to a store until release is called.
func Hold(t testing.TB, store core.Store) (release func()) {
	t.Helper()
	held, let, freed := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		freed <- store.Write(context.Background(), func(context.Context, core.Tx) error {
			close(held)
			<-let
			return nil
		})
	}()
	<-held
	return sync.OnceFunc(func() {
		close(let)
		if err := <-freed; err != nil {
			t.Error(err)
		}
	})
}
