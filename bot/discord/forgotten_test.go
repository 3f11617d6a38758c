package discord_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/bot/forgottentest"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestForgottenTimers(t *testing.T) {
	forgottentest.Run(t, forgottentest.Platform{
		Name: core.PlatformDiscord, Door: "Discord", Channel: alerts,
		New: func(t *testing.T, inner *coretest.House, channel string) forgottentest.Driver {
			return forgetful{on(t, inner, setup{channel: channel})}
		},
	})
}

// What is clicked below an alert, or in a direct message, is answered over the gateway as over HTTP.
func TestForgottenTimersOverGateway(t *testing.T) {
	inner := coretest.New(t, coretest.WithChat(core.ChatConnection{Platform: core.PlatformDiscord, Workspace: "acme", AlertChannel: alerts}),
		func(o *core.Options) { o.Forgotten = core.ForgottenDefaults{AskMember: true} })
	var entries []core.TimeEntry
	for _, who := range []string{"adam", "dana", "dirk"} {
		entries = append(entries, inner.MustStart(who, "Fix login", inner.Clock.Now()))
	}
	inner.Clock.Advance(8 * time.Hour) // before there is a session, which ends when the clock jumps
	h := on(t, inner, setup{channel: alerts, gateway: true})
	h.Tick(0)
	alert := func(name string) *fakediscord.Seen {
		t.Helper()
		for _, m := range h.fake.Messages(alerts) {
			if seen := h.fake.Posted(m); strings.Contains(seen.String(), name) {
				return seen
			}
		}
		t.Fatalf("no alert about %s", name)
		return nil
	}
	question := func(who string) *fakediscord.Seen {
		t.Helper()
		list := h.fake.Messages(h.fake.DirectChannel(user(who)))
		if len(list) != 1 {
			t.Fatalf("%d messages to %s", len(list), who)
		}
		return h.fake.Posted(list[0])
	}
	says(t, h.olivia.Chooses(alert("Adam"), "Remind me in 1 hour"), "Adam")
	h.Tick(time.Second)
	says(t, alert("Adam"), "Put off until", "by Olivia Owner")
	says(t, h.olivia.Clicks(h.olivia.Clicks(alert("Adam"), "Stop now"), "Confirm"), "Stopped: the timer of Adam")
	says(t, h.dana.Clicks(question("dana"), "Yes, keep it"), "the timer of Dana Member goes on")
	form := h.person("dirk").Clicks(question("dirk"), "I stopped at …")
	says(t, form, "When did you stop?")
	end := entries[2].Start.Add(2 * time.Hour)
	says(t, h.person("dirk").Submits(form, map[string]any{"End": end}), "2 h")
	h.Tick(time.Second)
	for _, name := range []string{"Adam", "Dana", "Dirk"} {
		buttons(t, alert(name), "Open in panel")
	}
	if adam, dana, dirk := h.Now(entries[0]), h.Now(entries[1]), h.Now(entries[2]); adam.Running() || !dana.Running() || !dirk.End.Equal(end) {
		t.Errorf("at the end: %+v\n%+v\n%+v", adam, dana, dirk)
	}
}

// forgetful is the fake Discord as these scenarios see it.
type forgetful struct{ *house }

// in are the messages of a channel but for those that answer another.
func (f forgetful) in(channel string) []forgottentest.Post {
	var list []forgottentest.Post
	for _, m := range f.fake.Messages(channel) {
		if m.ReplyTo != "" {
			continue
		}
		seen := f.fake.Posted(m)
		list = append(list, forgottentest.Post{Text: seen.String(), Buttons: forgottentest.Labels(seen.Buttons()), Menu: seen.Options(), Edits: m.Edits, Ref: m})
	}
	return list
}

func (f forgetful) Alerts() []forgottentest.Post { return f.in(alerts) }

func (f forgetful) Direct(who string) []forgottentest.Post {
	return f.in(f.fake.DirectChannel(user(who)))
}

func (f forgetful) Mention(who string) string { return at(who) }

func (f forgetful) LoseNext() {
	f.fake.FailNext(fakediscord.CreateMessage, fakediscord.Fault{LoseAnswer: true})
}

func (f forgetful) Replies(p forgottentest.Post) []string {
	var texts []string
	for _, m := range f.replies(p.Ref.(fakediscord.Message)) {
		texts = append(texts, f.fake.Posted(m).String())
	}
	return texts
}

// replies are the messages that answer another.
func (h *house) replies(to fakediscord.Message) []fakediscord.Message {
	return slices.DeleteFunc(h.fake.Messages(to.Channel), func(m fakediscord.Message) bool { return m.ReplyTo != to.ID })
}

func (f forgetful) Window(p forgottentest.Post) forgottentest.Seen {
	return f.fake.Posted(p.Ref.(fakediscord.Message))
}

func (f forgetful) Click(who string, on forgottentest.Seen, label string) forgottentest.Seen {
	f.T.Helper()
	seen := on.(*fakediscord.Seen)
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
	return f.person(who).Submits(form.(*fakediscord.Seen), values)
}

func (f forgetful) Command(who, line string) forgottentest.Seen { return f.person(who).Runs(line) }

// What these messages look like is kept, for the check by foreign schemas.
func TestGoldenForgotten(t *testing.T) {
	keep := func(name string, m fakediscord.Message) {
		t.Helper()
		golden(t, name, m.Body)
	}
	defaults := core.ForgottenDefaults{RemindEvery: 4 * time.Hour, Reminders: 3, AskMember: true, DigestOver: 5}
	h := newHouse(t, setup{channel: alerts, defaults: defaults})
	alert := func() fakediscord.Message { return h.fake.Messages(alerts)[0] }
	ask := func() fakediscord.Message { return h.fake.Messages(h.fake.DirectChannel(user("dana")))[0] }
	h.DanaRuns(0)
	h.Tick(8 * time.Hour)
	keep("post.ask", ask())
	goldenSeen(t, "stopped-at", h.dana.Clicks(h.fake.Posted(ask()), "I stopped at …"))
	h.Tick(4 * time.Hour)
	keep("post.reminder", h.replies(alert())[0])
	h.MustSetPlan(core.PlanPro)
	h.Tick(time.Second)
	keep("edit.closed", alert())
	h.MustSetPlan(core.PlanEnterprise)
	h.dana.Clicks(h.fake.Posted(ask()), "Yes, keep it")
	h.Tick(time.Second)
	keep("edit.ask-answered", ask())
	keep("edit.alert-answered", alert())

	defaults.DigestOver, defaults.AskMember = 2, false
	h = newHouse(t, setup{channel: alerts, defaults: defaults})
	for i, who := range []string{"dana", "dirk", "mona"} {
		h.MustStart(who, strings.Repeat("x", 80*i), h.Clock.Now().Add(time.Duration(i-3)*time.Minute))
	}
	h.Tick(9 * time.Hour)
	keep("post.digest", alert())
	h.olivia.Clicks(h.olivia.Chooses(h.fake.Posted(alert()), "Dirk Müller"), "Confirm")
	h.Tick(4 * time.Hour)
	keep("edit.digest", alert())
	keep("post.digest-reminder", h.replies(alert())[0])
}
