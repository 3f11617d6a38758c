package slack_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { http.DefaultClient.CloseIdleConnections() }))
}

// house is a service with a Slack team connected to it: Olivia and Otto are owners, Adam is an
// admin, Dana and Dirk are members; all are linked but Mona.
type house struct {
	*coretest.House
	t      *testing.T
	fake   *fakeslack.Fake
	app    *slack.Slack
	olivia *fakeslack.Person
	dana   *fakeslack.Person

	delivery *bot.Delivery
}

type setup struct {
	channel  string // alert channel
	mode     string
	delivers bool // whenever something is due; else house.delivery does it when it is told
	defaults core.ForgottenDefaults
}

func newHouse(t *testing.T, s setup) *house {
	t.Helper()
	return on(t, coretest.New(t, coretest.WithChat(core.ChatConnection{Platform: core.PlatformSlack, Workspace: "acme", AlertChannel: s.channel}),
		func(o *core.Options) { o.Forgotten = s.defaults }), s)
}

// on makes a house of a service that is connected to Slack already.
func on(t *testing.T, inner *coretest.House, s setup) *house {
	t.Helper()
	h := &house{House: inner, t: t}
	h.fake = fakeslack.New(t, fakeslack.Options{Now: h.Clock.Now})
	for _, key := range []string{"olivia", "otto", "adam", "dana", "dirk"} {
		h.MustLink(key, core.PlatformSlack, h.fake.Team(), user(key))
	}
	h.olivia, h.dana = h.person("olivia"), h.person("dana")
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse("https://clockwarden.example")
	if err != nil {
		t.Fatal(err)
	}
	words, err := conversation.New(conversation.Options{Service: h.Service, Catalog: catalog, BaseURL: base})
	if err != nil {
		t.Fatal(err)
	}
	if s.mode == "" {
		s.mode = slack.ModeHTTP
	}
	app, err := slack.New(slack.Options{
		Service: h.Service, Catalog: catalog, Conversation: words, Clock: h.Clock, Mode: s.mode,
		BotToken: h.fake.BotToken(), AppToken: h.fake.AppToken(), SigningSecret: h.fake.SigningSecret(),
		AlertChannel: s.channel, APIURL: h.fake.APIURL(), Workspace: "acme", BaseURL: base,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.app = app
	server := httptest.NewServer(app.Handler())
	if s.mode == slack.ModeHTTP {
		h.fake.Connect(server.URL)
	}
	ctx, cancel := context.WithCancel(context.Background())
	running := []func(context.Context) error{app.Run}
	h.delivery, err = bot.NewDelivery(bot.DeliveryOptions{
		Service: h.Service, Conversation: words, Platforms: []bot.Platform{app}, Clock: h.Clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
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

// user is the Slack id of a member.
func user(key string) string {
	return map[string]string{"olivia": "UOLIVIA", "otto": "UOTTO", "adam": "UADAM", "dana": "UDANA", "dirk": "UDIRK", "mona": "UMONA"}[key]
}

func (h *house) person(key string) *fakeslack.Person { return h.fake.Person(user(key)) }

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

func (h *house) speakGerman(key string) {
	h.t.Helper()
	german := "de"
	if _, err := h.UpdateMember(h.t.Context(), coretest.Operator(h.Workspace.ID), h.Who(key).ID, core.MemberUpdate{Language: &german}); err != nil {
		h.t.Fatalf("language of %s: %v", key, err)
	}
}
