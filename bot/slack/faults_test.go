package slack_test

import (
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/deliverytest"
	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

// TestNoAlertIsLostOrDoubled sends two thousand alerts to two hundred channels through everything that goes wrong.
func TestNoAlertIsLostOrDoubled(t *testing.T) {
	throughFaults(t, deliverytest.Plan{Destinations: 200, Rounds: 2, Kills: 20, Seed: 1})
}

// TestSoakNoAlertIsLostOrDoubled is the long form.
func TestSoakNoAlertIsLostOrDoubled(t *testing.T) {
	if os.Getenv("CLOCKWARDEN_SOAK") != "1" {
		t.Skip("make soak runs this")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("weather from seed %d", seed)
	throughFaults(t, deliverytest.Plan{Destinations: 200, Rounds: 10, Kills: 100, Seed: seed})
}

func throughFaults(t *testing.T, plan deliverytest.Plan) {
	t.Helper()
	r := deliverytest.Run(t, core.PlatformSlack, plan, func(h *coretest.House) deliverytest.Driver {
		d := &driver{fake: fakeslack.New(t, fakeslack.Options{Now: h.Clock.Now})}
		h.MustLink("olivia", core.PlatformSlack, d.fake.Team(), user("olivia"))
		d.olivia = d.fake.Person(user("olivia"))
		return d
	})
	t.Logf("%d alerts and %d edits, %d kills (%d in the middle of a post), calls by trouble %v; backlog of %d drained in %s; "+
		"%d slash commands during the outage, p99 %s", r.Alerts, r.Edits, r.Kills, r.Killed, r.Troubles, r.Backlog,
		r.Drained.Round(10*time.Millisecond), len(r.Asked), r.P99().Round(time.Millisecond))
}

// driver is Slack for deliverytest.
type driver struct {
	fake   *fakeslack.Fake
	olivia *fakeslack.Person
}

func (d *driver) Name() string { return core.PlatformSlack }

func (d *driver) Address() string {
	u, err := url.Parse(d.fake.APIURL())
	if err != nil {
		return ""
	}
	return u.Host
}

func (d *driver) Start(t testing.TB, p deliverytest.Parts) deliverytest.Process {
	t.Helper()
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	app, err := slack.New(slack.Options{
		Service: p.Service, Catalog: catalog, Conversation: p.Words, Clock: p.Clock, Mode: slack.ModeHTTP,
		BotToken: d.fake.BotToken(), SigningSecret: d.fake.SigningSecret(), APIURL: "http://" + p.Gate + "/api/", Workspace: "acme",
		BaseURL: &url.URL{Scheme: "https", Host: "clockwarden.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	app.BeImpatient(p.Patience)
	return deliverytest.Process{Platform: app, Handler: app.Handler()}
}

func (d *driver) Weather(fn func(posts bool) deliverytest.Trouble) {
	d.fake.Weather(func(method, _ string) fakeslack.Fault {
		trouble := fn(method == "chat.postMessage")
		switch trouble.Kind {
		case deliverytest.RateLimit:
			return fakeslack.Fault{Status: 429, RetryAfter: int(trouble.RetryAfter.Seconds())}
		case deliverytest.Broken:
			return fakeslack.Fault{Status: 500}
		case deliverytest.Away:
			return fakeslack.Fault{Status: 503}
		case deliverytest.Reset:
			return fakeslack.Fault{Reset: true}
		case deliverytest.Blackhole:
			return fakeslack.Fault{Hang: true}
		case deliverytest.Lost:
			return fakeslack.Fault{LoseAnswer: true}
		case deliverytest.Swallowed:
			return fakeslack.Fault{Hang: true, LoseAnswer: true}
		case deliverytest.HalfSaid:
			return fakeslack.Fault{Truncate: true}
		default:
			return fakeslack.Fault{}
		}
	})
}

func (d *driver) Limit(every time.Duration) { d.fake.Limit(every) }

func (d *driver) Shown(channel string) []string {
	var list []string
	for _, m := range d.fake.Messages(channel) {
		list = append(list, d.fake.Posted(m).String())
	}
	return list
}

func (d *driver) Count(channel string) int { return len(d.fake.Messages(channel)) }

func (d *driver) Connect(address string) { d.fake.Connect(address) }
func (d *driver) Ask()                   { d.olivia.Runs("/timer status") }
func (d *driver) Impatient() int         { return d.fake.Impatient() }
func (d *driver) Busiest() int           { return d.fake.Busiest() }
