package discord_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/discord"
	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { http.DefaultClient.CloseIdleConnections() }))
}

// house is a service with a Discord server connected to it.
type house struct {
	*bottest.House
	fake   *fakediscord.Fake
	olivia *fakediscord.Person
	dana   *fakediscord.Person
}

const alerts = "1400000000000000077"

type setup struct {
	channel  string // alert channel
	gateway  bool   // instead of HTTP
	delivers bool   // whenever something is due; else Drain does it
	defaults core.ForgottenDefaults
}

func newHouse(t *testing.T, s setup) *house {
	t.Helper()
	return on(t, bottest.Service(t, core.PlatformDiscord, s.channel, s.defaults), s)
}

// idle is a house without an app.
func idle(t testing.TB, inner *coretest.House) *house {
	t.Helper()
	h := &house{fake: fakediscord.New(t, fakediscord.Options{Now: inner.Clock.Now, Zone: inner.Workspace.Zone()})}
	h.House = bottest.NewHouse(t, inner, core.PlatformDiscord, h.fake.Guild(), user)
	h.olivia, h.dana = h.person("olivia"), h.person("dana")
	return h
}

// on makes a house of a service that is connected to Discord already.
func on(t *testing.T, inner *coretest.House, s setup) *house {
	t.Helper()
	h := idle(t, inner)
	o := h.options()
	o.AlertChannel, o.Log = s.channel, h.Log()
	if s.gateway {
		h.fake.OverGateway()
		o.Mode, o.PublicKey = discord.ModeGateway, ""
	}
	app, err := discord.New(o)
	if err != nil {
		t.Fatal(err)
	}
	h.Run(app, app.Handler(), func(address string) {
		if !s.gateway {
			h.fake.Connect(address)
		}
	}, s.delivers)
	return h
}

// options are those of an app connected to the fake.
func (h *house) options() discord.Options {
	return discord.Options{
		Service: h.Service, Catalog: h.Catalog, Conversation: h.Words, Clock: h.Clock, Mode: discord.ModeHTTP,
		ApplicationID: h.fake.Application(), PublicKey: h.fake.PublicKey(), BotToken: h.fake.BotToken(), GuildID: h.fake.Guild(),
		APIURL: h.fake.APIURL(), Workspace: "acme", BaseURL: h.Base,
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

// restart runs another app on the same fake until it has compared the commands.
func (h *house) restart() {
	h.T.Helper()
	o := h.options()
	compared := make(chan struct{}, 1)
	o.Log = slog.New(slog.NewTextHandler(notice{"connected to Discord", compared}, nil))
	app, err := discord.New(o)
	if err != nil {
		h.T.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- app.Run(ctx) }()
	select {
	case <-compared:
	case <-time.After(10 * time.Second):
		h.T.Error("the commands were not compared")
	}
	cancel()
	if err := <-ended; err != nil {
		h.T.Error(err)
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

var says, buttons = bottest.Says, bottest.Buttons
