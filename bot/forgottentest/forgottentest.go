// Package forgottentest plays the life of forgotten timers on a chat platform, for weeks of the test's
// clock: flag, alert, putting off, reminders, the member's answer, the stop from each door, what comes
// after it. The scenarios are the same for every platform; a small driver tells how one is clicked. It is
// for tests only.
package forgottentest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// Platform is a chat platform with all that the scenarios need of it.
type Platform struct {
	Name    string // of the core.ChatConnection
	Door    string // what English readers call it
	Channel string // of the owners' alerts
	// New connects a stand-in of the platform to a House. Olivia, Otto, Adam, Dana and Dirk are linked.
	// Nothing is delivered but by Driver.Drain. channel is "" where there is no channel for alerts.
	New func(t *testing.T, h *coretest.House, channel string) Driver
}

// Driver acts on a platform.
type Driver interface {
	// Drain delivers what is due.
	Drain()
	// Alerts are the messages of the owners' channel but for answers to others, Direct those to one
	// person, oldest first.
	Alerts() []Post
	Direct(who string) []Post
	// Replies are the answers to a message.
	Replies(p Post) []string
	// LoseNext makes the next message be posted without its poster getting to know.
	LoseNext()

	// Window is a message as it stands now, in a window that is not drawn again.
	Window(p Post) Seen
	// Click clicks a button of what a person got to see, or chooses it in a menu, and returns what
	// comes of it.
	Click(who string, on Seen, label string) Seen
	// Submit sends a form with an end; with the one that stands in it for the zero time.
	Submit(who string, form Seen, end time.Time) Seen
	// Command types a command.
	Command(who, line string) Seen
	// Mention is how a command names a person.
	Mention(who string) string
}

// Seen is what a person has before their eyes; String is all that can be read.
type Seen interface{ String() string }

// Post is a message as it stands now.
type Post struct {
	Text    string
	Buttons []string // but for links
	Menu    []string // what can be chosen
	Edits   int
	Ref     any // the platform's own
}

// Labels are those of buttons but for the links to the panel, for English and for German readers.
func Labels(buttons []string) []string {
	return slices.DeleteFunc(buttons, func(label string) bool { return label == "Open in panel" || label == "Im Panel öffnen" })
}

// Acts is all that can be done on the message.
func (p Post) Acts() []string { return append(append([]string{}, p.Buttons...), p.Menu...) }

// Run plays all scenarios on the platform.
func Run(t *testing.T, platform Platform) {
	t.Run("every door", platform.everyDoor)
	t.Run("after an answer", platform.answered)
	t.Run("two clicks", platform.twoClicks)
	for name, scenario := range map[string]func(p *play){
		"life of an alert":     (*play).lifeOfAnAlert,
		"life after an answer": (*play).lifeAfterAnAnswer,
		"the member says yes":  (*play).memberSaysYes,
		"one message for many": (*play).digest,
		"the plan drops":       (*play).planDrops,
		"an answer is lost":    (*play).answersAreLost,
		"a digest is in doubt": (*play).digestInDoubt,
		"two members":          (*play).twoAlerts,
		"restored":             (*play).restored,
		"restored in between":  (*play).restoredBeforeAnEdit,
	} {
		t.Run(name, func(t *testing.T) { scenario(newPlay(t, platform, platform.Channel, nil)) })
	}
	t.Run("owners without a channel", func(t *testing.T) { newPlay(t, platform, "", nil).ownersAlone() })
	t.Run("restored at night", func(t *testing.T) {
		newPlay(t, platform, platform.Channel, func(d *core.ForgottenDefaults) { d.QuietHours = "17:00-07:00" }).restoredAtNight()
	})
	t.Run("putting off", platform.puttingOff)
	t.Run("weeks", platform.weeks)
}

// play is a scenario under way: a workspace with a platform, a clock, and the cron job.
type play struct {
	*coretest.House
	Driver
	t        *testing.T
	platform Platform
	channel  string
	clicks   int
}

func newPlay(t *testing.T, platform Platform, channel string, change func(d *core.ForgottenDefaults)) *play {
	t.Helper()
	defaults := core.ForgottenDefaults{RemindEvery: 4 * time.Hour, Reminders: 3, AskMember: true, DigestOver: 5}
	if change != nil {
		change(&defaults)
	}
	p := &play{t: t, platform: platform, channel: channel}
	p.House = coretest.New(t, coretest.WithChat(p.connection()), func(o *core.Options) { o.Forgotten = defaults })
	p.Driver = platform.New(t, p.House, channel)
	return p
}

func (p *play) connection() core.ChatConnection {
	return core.ChatConnection{Platform: p.platform.Name, Workspace: "acme", AlertChannel: p.channel}
}

// tick moves the clock on and lets the cron job run, twice as after a doubled tick, and delivers.
func (p *play) tick(d time.Duration) {
	p.t.Helper()
	p.Clock.Advance(d)
	for range 2 {
		if _, err := p.FlagForgottenTimers(p.t.Context(), coretest.Cron()); err != nil {
			p.t.Fatal(err)
		}
	}
	p.Drain()
	p.truth()
}

// ticks is tick every so often until a time has passed.
func (p *play) ticks(d, every time.Duration) {
	p.t.Helper()
	for end := p.Clock.Now().Add(d); p.Clock.Now().Before(end); {
		p.tick(every)
	}
}

// truth holds at every moment: at most one alert for each flag, with buttons while something can be
// done and without them after, at most two of them beside the menu; the same for each question.
func (p *play) truth() {
	p.t.Helper()
	flags, _, err := p.Flags(p.t.Context(), p.Actor("olivia"), core.FlagQuery{Limit: 200})
	if core.ErrorCode(err) == core.CodePlanRequired {
		for _, a := range p.Alerts() {
			if len(a.Acts()) > 0 {
				p.t.Errorf("without the plan a message has buttons: %q", a.Acts())
			}
		}
		return
	}
	if err != nil {
		p.t.Fatal(err)
	}
	open := 0
	for _, f := range flags {
		if f.State != core.FlagResolved {
			open++
		}
	}
	live := 0
	for _, a := range p.Alerts() {
		if strings.Contains(a.Text, "⟦") {
			p.t.Errorf("a text is missing:\n%s", a.Text)
		}
		if len(a.Acts()) > 0 {
			live++
		}
		if len(a.Buttons) > 2 {
			p.t.Errorf("an alert has the buttons %q", a.Buttons)
		}
	}
	if n := len(p.Alerts()); n > len(flags) {
		p.t.Errorf("%d messages about %d flags", n, len(flags))
	}
	if live > open {
		p.t.Errorf("%d messages look alive, %d flags are", live, open)
	}
	if open == 0 {
		for _, who := range []string{"dana", "dirk"} {
			for _, m := range p.Direct(who) {
				if len(m.Acts()) > 0 {
					p.t.Errorf("the question to %s looks alive:\n%s\n%q", who, m.Text, m.Acts())
				}
			}
		}
	}
}

// danaHasHours gives Dana working hours, so that an end is proposed for her timers.
func (p *play) danaHasHours() {
	p.t.Helper()
	hours := "mon-fri 09:00-17:00"
	p.must(p.UpdateMember(p.t.Context(), coretest.Operator(p.Workspace.ID), p.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}))
}

// danaForgets starts a timer of Dana's and lets it be flagged.
func (p *play) danaForgets() core.TimeEntry {
	p.t.Helper()
	e := p.MustStart("dana", "Fix login", p.Clock.Now())
	p.tick(8 * time.Hour)
	return e
}

// alert is the only message of the owners' channel.
func (p *play) alert() Post {
	p.t.Helper()
	list := p.Alerts()
	if len(list) != 1 {
		p.t.Fatalf("%d messages in the channel", len(list))
	}
	return list[0]
}

// question is the only message to a member.
func (p *play) question(who string) Post {
	p.t.Helper()
	list := p.Direct(who)
	if len(list) != 1 {
		p.t.Fatalf("%d messages to %s", len(list), who)
	}
	return list[0]
}

// press clicks a message as it stands now.
func (p *play) press(who string, on Post, label string) Seen {
	p.t.Helper()
	return p.again(who, p.Window(on), label)
}

// again clicks what a person got to see.
func (p *play) again(who string, on Seen, label string) Seen {
	p.t.Helper()
	p.clicks++
	return p.Click(who, on, label)
}

func (p *play) entryNow(id core.ID) core.TimeEntry {
	p.t.Helper()
	e, err := p.Entry(p.t.Context(), p.Actor("dana"), id)
	if err != nil {
		p.t.Fatal(err)
	}
	return e
}

func (p *play) must(_ any, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *play) says(seen Seen, texts ...string) {
	p.t.Helper()
	p.reads(seen.String(), texts...)
}

func (p *play) reads(all string, texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if !strings.Contains(all, text) {
			p.t.Errorf("%q is not said:\n%s", text, all)
		}
	}
	if strings.Contains(all, "⟦") {
		p.t.Errorf("a text is missing:\n%s", all)
	}
}

// shows fails unless the alert says something, and can or can't be acted on.
func (p *play) shows(live bool, texts ...string) {
	p.t.Helper()
	a := p.alert()
	p.reads(a.Text, texts...)
	if live != (len(a.Acts()) > 0) {
		p.t.Errorf("the alert can be acted on by %q:\n%s", a.Acts(), a.Text)
	}
}
