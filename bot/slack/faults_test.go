package slack_test

import (
	"testing"

	"github.com/clockwarden/clockwarden/bot/deliverytest"
	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// TestNoAlertIsLostOrDoubled sends two thousand alerts to two hundred channels through everything that goes wrong.
func TestNoAlertIsLostOrDoubled(t *testing.T) { throughFaults(t, deliverytest.Short()) }

// TestSoakNoAlertIsLostOrDoubled is the long form.
func TestSoakNoAlertIsLostOrDoubled(t *testing.T) { throughFaults(t, deliverytest.Long(t)) }

func throughFaults(t *testing.T, plan deliverytest.Plan) {
	t.Helper()
	deliverytest.Run(t, core.PlatformSlack, plan, func(h *coretest.House) deliverytest.Driver {
		d := &driver{Fake: fakeslack.New(t, fakeslack.Options{Now: h.Clock.Now})}
		h.MustLink("olivia", core.PlatformSlack, d.Team(), user("olivia"))
		d.olivia = d.Person(user("olivia"))
		return d
	})
}

// driver is Slack for deliverytest.
type driver struct {
	*fakeslack.Fake
	olivia *fakeslack.Person
}

func (d *driver) Start(t testing.TB, p deliverytest.Parts) deliverytest.Process {
	t.Helper()
	app, err := slack.New(slack.Options{
		Service: p.Service, Catalog: p.Catalog, Conversation: p.Words, Clock: p.Clock, Mode: slack.ModeHTTP,
		BotToken: d.BotToken(), SigningSecret: d.SigningSecret(), APIURL: "http://" + p.Gate + "/api/", Workspace: "acme",
		BaseURL: p.Base,
	})
	if err != nil {
		t.Fatal(err)
	}
	app.BeImpatient(p.Patience)
	return deliverytest.Process{Platform: app, Handler: app.Handler()}
}

func (d *driver) Shown(channel string) []string {
	var list []string
	for _, m := range d.Messages(channel) {
		list = append(list, d.Posted(m).String())
	}
	return list
}

func (d *driver) Count(channel string) int { return len(d.Messages(channel)) }

func (d *driver) Ask() { d.olivia.Runs("/timer status") }
