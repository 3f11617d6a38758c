package slack_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/forgottentest"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestForgottenTimers(t *testing.T) {
	forgottentest.Run(t, forgottentest.Platform{
		Name: core.PlatformSlack, Door: "Slack", Channel: "CALERTS",
		New: func(t *testing.T, inner *coretest.House, channel string) forgottentest.Driver {
			return forgetful{on(t, inner, setup{channel: channel})}
		},
	})
}

// forgetful is the fake Slack as these scenarios see it.
type forgetful struct{ *house }

func (f forgetful) in(channel string) []forgottentest.Post {
	var list []forgottentest.Post
	for _, m := range f.fake.Messages(channel) {
		seen := f.fake.Posted(m)
		list = append(list, forgottentest.Post{Text: seen.String(), Buttons: forgottentest.Labels(seen.Buttons()), Menu: seen.Menu(), Edits: m.Edits, Ref: m})
	}
	return list
}

func (f forgetful) Alerts() []forgottentest.Post           { return f.in("CALERTS") }
func (f forgetful) Direct(who string) []forgottentest.Post { return f.in("D" + user(who)) }
func (f forgetful) Mention(who string) string              { return "<@" + user(who) + ">" }
func (f forgetful) LoseNext() {
	f.fake.FailNext("chat.postMessage", fakeslack.Fault{LoseAnswer: true})
}

func (f forgetful) Replies(p forgottentest.Post) []string {
	var texts []string
	for _, m := range f.fake.Thread(p.Ref.(fakeslack.Message)) {
		texts = append(texts, m.Text)
	}
	return texts
}

func (f forgetful) Window(p forgottentest.Post) forgottentest.Seen {
	return f.fake.Posted(p.Ref.(fakeslack.Message))
}

func (f forgetful) Click(who string, on forgottentest.Seen, label string) forgottentest.Seen {
	f.T.Helper()
	seen := on.(*fakeslack.Seen)
	if slices.Contains(seen.Buttons(), label) {
		return f.person(who).Clicks(seen, label)
	}
	return f.person(who).Chooses(seen, label)
}

func (f forgetful) Submit(who string, form forgottentest.Seen, end time.Time) forgottentest.Seen {
	f.T.Helper()
	values := map[string]any{}
	if !end.IsZero() {
		values["End"] = end
	}
	return f.person(who).Submits(form.(*fakeslack.Seen), values)
}

func (f forgetful) Command(who, line string) forgottentest.Seen { return f.person(who).Runs(line) }

// What these messages look like is kept, for the check by foreign schemas.
func TestGoldenForgotten(t *testing.T) {
	keep := func(name string, m fakeslack.Message) {
		t.Helper()
		body, err := json.Marshal(map[string]any{"channel": m.Channel, "text": m.Text, "blocks": m.Blocks})
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, body)
	}
	defaults := core.ForgottenDefaults{RemindEvery: 4 * time.Hour, Reminders: 3, AskMember: true, DigestOver: 5}
	h := newHouse(t, setup{channel: "CALERTS", defaults: defaults})
	alert := func() fakeslack.Message { return h.fake.Messages("CALERTS")[0] }
	ask := func() fakeslack.Message { return h.fake.Messages("DUDANA")[0] }
	h.DanaRuns(0)
	h.Tick(8 * time.Hour)
	keep("post.ask", ask())
	goldenSeen(t, "stopped-at", h.dana.Clicks(h.fake.Posted(ask()), "I stopped at …"))
	h.Tick(4 * time.Hour)
	keep("post.reminder", h.fake.Thread(alert())[0])
	h.MustSetPlan(core.PlanPro)
	h.Tick(time.Second)
	keep("update.closed", alert())
	h.MustSetPlan(core.PlanEnterprise)
	h.dana.Clicks(h.fake.Posted(ask()), "Yes, keep it")
	h.Tick(time.Second)
	keep("update.ask-answered", ask())
	keep("update.alert-answered", alert())

	defaults.DigestOver, defaults.AskMember = 2, false
	h = newHouse(t, setup{channel: "CALERTS", defaults: defaults})
	for i, who := range []string{"dana", "dirk", "mona"} {
		h.MustStart(who, strings.Repeat("x", 80*i), h.Clock.Now().Add(time.Duration(i-3)*time.Minute))
	}
	h.Tick(9 * time.Hour)
	keep("post.digest", alert())
	h.olivia.Clicks(h.olivia.Chooses(h.fake.Posted(alert()), "Dirk Müller"), "Confirm")
	h.Tick(4 * time.Hour)
	keep("update.digest", alert())
	keep("post.digest-reminder", h.fake.Thread(alert())[0])
}
