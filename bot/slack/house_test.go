package slack_test

import (
	"net/http"
	"testing"

	"go.uber.org/goleak"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { http.DefaultClient.CloseIdleConnections() }))
}

// house is a service with a Slack team connected to it.
type house struct {
	*bottest.House
	fake   *fakeslack.Fake
	app    *slack.Slack
	olivia *fakeslack.Person
	dana   *fakeslack.Person
}

type setup struct {
	channel  string // alert channel
	mode     string
	delivers bool // whenever something is due; else Drain does it
	defaults core.ForgottenDefaults
}

func newHouse(t *testing.T, s setup) *house {
	t.Helper()
	return on(t, bottest.Service(t, core.PlatformSlack, s.channel, s.defaults), s)
}

// on makes a house of a service that is connected to Slack already.
func on(t *testing.T, inner *coretest.House, s setup) *house {
	t.Helper()
	h := &house{fake: fakeslack.New(t, fakeslack.Options{Now: inner.Clock.Now})}
	h.House = bottest.NewHouse(t, inner, core.PlatformSlack, h.fake.Team(), user)
	h.olivia, h.dana = h.person("olivia"), h.person("dana")
	if s.mode == "" {
		s.mode = slack.ModeHTTP
	}
	var err error
	h.app, err = slack.New(slack.Options{
		Service: h.Service, Catalog: h.Catalog, Conversation: h.Words, Clock: h.Clock, Mode: s.mode,
		BotToken: h.fake.BotToken(), AppToken: h.fake.AppToken(), SigningSecret: h.fake.SigningSecret(),
		AlertChannel: s.channel, APIURL: h.fake.APIURL(), Workspace: "acme", BaseURL: h.Base,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Run(h.app, h.app.Handler(), func(address string) {
		if s.mode == slack.ModeHTTP {
			h.fake.Connect(address)
		}
	}, s.delivers)
	return h
}

// user is the Slack id of a member.
func user(key string) string {
	return map[string]string{"olivia": "UOLIVIA", "otto": "UOTTO", "adam": "UADAM", "dana": "UDANA", "dirk": "UDIRK", "mona": "UMONA"}[key]
}

func (h *house) person(key string) *fakeslack.Person { return h.fake.Person(user(key)) }

var says, buttons = bottest.Says, bottest.Buttons
