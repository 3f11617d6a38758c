package discord_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/bot/discord"
	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { http.DefaultClient.CloseIdleConnections() }))
}

// house is a service with a Discord server connected to it: Olivia and Otto are owners, Adam is an
// admin, Dana and Dirk are members; all are linked but Mona.
type house struct {
	*coretest.House
	t      *testing.T
	fake   *fakediscord.Fake
	olivia *fakediscord.Person
	dana   *fakediscord.Person

	delivery *bot.Delivery
}

const alerts = "1400000000000000077"

type setup struct {
	channel  string // alert channel
	gateway  bool   // instead of HTTP
	delivers bool   // whenever something is due; else house.delivery does it when it is told
	defaults core.ForgottenDefaults
}

func newHouse(t *testing.T, s setup) *house {
	t.Helper()
	return on(t, coretest.New(t, coretest.WithChat(core.ChatConnection{Platform: core.PlatformDiscord, Workspace: "acme", AlertChannel: s.channel}),
		func(o *core.Options) { o.Forgotten = s.defaults }), s)
}

// on makes a house of a service that is connected to Discord already.
func on(t *testing.T, inner *coretest.House, s setup) *house {
	t.Helper()
	h := &house{House: inner, t: t}
	h.fake = fakediscord.New(t, fakediscord.Options{Now: h.Clock.Now, Zone: h.Workspace.Zone()})
	for _, key := range []string{"olivia", "otto", "adam", "dana", "dirk"} {
		h.MustLink(key, core.PlatformDiscord, h.fake.Guild(), user(key))
	}
	h.olivia, h.dana = h.person("olivia"), h.person("dana")
	o := h.options(t)
	o.AlertChannel = s.channel
	o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	if s.gateway {
		h.fake.OverGateway()
		o.Mode, o.PublicKey = discord.ModeGateway, ""
	}
	app, err := discord.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(app.Handler())
	if !s.gateway {
		h.fake.Connect(server.URL)
	}
	ctx, cancel := context.WithCancel(context.Background())
	running := []func(context.Context) error{app.Run}
	h.delivery, err = bot.NewDelivery(bot.DeliveryOptions{
		Service: h.Service, Conversation: o.Conversation, Platforms: []bot.Platform{app}, Clock: h.Clock, Log: o.Log,
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.delivers {
		running = append(running, h.delivery.Run)
	}
	ended := make(chan error)
	for _, run := range running {
		go func() { ended <- run(ctx) }()
	}
	t.Cleanup(func() {
		server.Close()
		cancel()
		for range running {
			if err := <-ended; err != nil {
				t.Errorf("run: %v", err)
			}
		}
	})
	return h
}

// options are those of an app connected to the fake.
func (h *house) options(t testing.TB) discord.Options {
	t.Helper()
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	base := &url.URL{Scheme: "https", Host: "clockwarden.example"}
	words, err := conversation.New(conversation.Options{Service: h.Service, Catalog: catalog, BaseURL: base})
	if err != nil {
		t.Fatal(err)
	}
	return discord.Options{
		Service: h.Service, Catalog: catalog, Conversation: words, Clock: h.Clock, Mode: discord.ModeHTTP,
		ApplicationID: h.fake.Application(), PublicKey: h.fake.PublicKey(), BotToken: h.fake.BotToken(), GuildID: h.fake.Guild(),
		APIURL: h.fake.APIURL(), Workspace: "acme", BaseURL: base,
	}
}

// user is the Discord id of a member.
func user(key string) string {
	return map[string]string{
		"olivia": "118000000000000001", "otto": "118000000000000002", "adam": "118000000000000003",
		"dana": "118000000000000004", "dirk": "118000000000000005", "mona": "118000000000000006",
	}[key]
}

// at is a member as an option of a command.
func at(key string) string { return "user:<" + user(key) + ">" }

func (h *house) person(key string) *fakediscord.Person { return h.fake.Person(user(key)) }

// danaRuns starts a timer of Dana's that began so long ago.
func (h *house) danaRuns(ago time.Duration) core.TimeEntry {
	h.t.Helper()
	return h.MustStart("dana", "Fix login", h.Clock.Now().Add(-ago))
}

// entry is an entry as it is stored now.
func (h *house) entry(e core.TimeEntry) core.TimeEntry {
	h.t.Helper()
	got, err := h.Entry(h.t.Context(), h.Actor("olivia"), e.ID)
	if err != nil {
		h.t.Fatalf("entry: %v", err)
	}
	return got
}

func (h *house) speak(key, language string) {
	h.t.Helper()
	if _, err := h.UpdateMember(h.t.Context(), coretest.Operator(h.Workspace.ID), h.Who(key).ID, core.MemberUpdate{Language: &language}); err != nil {
		h.t.Fatalf("language of %s: %v", key, err)
	}
}

// restart runs another app on the same fake until it has compared the commands.
func (h *house) restart() {
	h.t.Helper()
	o := h.options(h.t)
	compared := make(chan struct{}, 1)
	o.Log = slog.New(slog.NewTextHandler(notice{"connected to Discord", compared}, nil))
	app, err := discord.New(o)
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- app.Run(ctx) }()
	select {
	case <-compared:
	case <-time.After(10 * time.Second):
		h.t.Error("the commands were not compared")
	}
	cancel()
	if err := <-ended; err != nil {
		h.t.Error(err)
	}
}

// notice is a log that tells when it says something.
type notice struct {
	word string
	told chan struct{}
}

func (n notice) Write(line []byte) (int, error) {
	if strings.Contains(string(line), n.word) {
		n.told <- struct{}{}
	}
	return len(line), nil
}

func catalog(t testing.TB) *locale.Catalog {
	t.Helper()
	c, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
