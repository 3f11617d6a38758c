package slack_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// stage is a chat as these scenarios see it, so that the same ones can be played on every platform.
type stage interface {
	// drain delivers what is due.
	drain()
	// alerts are the messages of the owners' channel, direct those to one member, oldest first.
	alerts() []post
	direct(who string) []post
	// replies are the answers to a message.
	replies(p post) []string
	// click clicks a button of a message, or chooses it in a menu, and returns what the person gets to see.
	click(who string, p post, label string) *fakeslack.Seen
	// window is a message as it stands now, in a window that is not drawn again.
	window(p post) *fakeslack.Seen
	// again clicks a button of what a person got to see.
	again(who string, seen *fakeslack.Seen, label string) *fakeslack.Seen
	// submit sends a form with an end.
	submit(who string, form *fakeslack.Seen, end time.Time) *fakeslack.Seen
	// command types a command.
	command(who, line string) *fakeslack.Seen
}

// post is a message as it stands now.
type post struct {
	text  string
	acts  []string // what can be pressed or chosen, but for links
	edits int
	ref   fakeslack.Message
}

// slackStage is the fake Slack as a stage.
type slackStage struct{ h *house }

func (s slackStage) drain() {
	s.h.t.Helper()
	if err := s.h.delivery.Drain(s.h.t.Context()); err != nil {
		s.h.t.Fatal(err)
	}
}

func (s slackStage) in(channel string) []post {
	var list []post
	for _, m := range s.h.fake.Messages(channel) {
		seen := s.h.fake.Posted(m)
		acts := slices.DeleteFunc(seen.Buttons(), func(label string) bool { return label == "Open in panel" })
		list = append(list, post{text: seen.String(), acts: append(acts, seen.Menu()...), edits: m.Edits, ref: m})
	}
	return list
}

func (s slackStage) alerts() []post           { return s.in("CALERTS") }
func (s slackStage) direct(who string) []post { return s.in("D" + user(who)) }

func (s slackStage) replies(p post) []string {
	var texts []string
	for _, m := range s.h.fake.Thread(p.ref) {
		texts = append(texts, m.Text)
	}
	return texts
}

func (s slackStage) window(p post) *fakeslack.Seen { return s.h.fake.Posted(p.ref) }

func (s slackStage) click(who string, p post, label string) *fakeslack.Seen {
	return s.again(who, s.h.fake.Posted(p.ref), label)
}

func (s slackStage) again(who string, seen *fakeslack.Seen, label string) *fakeslack.Seen {
	s.h.t.Helper()
	if slices.Contains(seen.Buttons(), label) {
		return s.h.person(who).Clicks(seen, label)
	}
	return s.h.person(who).Chooses(seen, label)
}

func (s slackStage) submit(who string, form *fakeslack.Seen, end time.Time) *fakeslack.Seen {
	return s.h.person(who).Submits(form, map[string]any{"End": end})
}

func (s slackStage) command(who, line string) *fakeslack.Seen { return s.h.person(who).Runs(line) }

// play is a scenario under way: a workspace with a platform, a clock, and the cron job.
type play struct {
	*coretest.House
	stage
	t *testing.T
}

func newPlay(t *testing.T, change func(d *core.ForgottenDefaults)) *play {
	t.Helper()
	s := setup{channel: "CALERTS", defaults: core.ForgottenDefaults{RemindEvery: 4 * time.Hour, Reminders: 3, AskMember: true, DigestOver: 5}}
	if change != nil {
		change(&s.defaults)
	}
	h := newHouse(t, s)
	return &play{House: h.House, stage: slackStage{h}, t: t}
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
	p.drain()
	p.truth()
}

// ticks is tick every five minutes until a time has passed.
func (p *play) ticks(d time.Duration) {
	p.t.Helper()
	for end := p.Clock.Now().Add(d); p.Clock.Now().Before(end); {
		p.tick(5 * time.Minute)
	}
}

// truth holds at every moment: one alert for each flag that was told, with buttons while something can be
// done and without them after; the same for each question.
func (p *play) truth() {
	p.t.Helper()
	flags, _, err := p.Flags(p.t.Context(), p.Actor("olivia"), core.FlagQuery{Limit: 200})
	if core.ErrorCode(err) == core.CodePlanRequired {
		for _, a := range p.alerts() {
			if len(a.acts) > 0 {
				p.t.Errorf("without the plan a message has buttons: %q", a.acts)
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
	for _, a := range p.alerts() {
		if strings.Contains(a.text, "⟦") {
			p.t.Errorf("a text is missing:\n%s", a.text)
		}
		if len(a.acts) > 0 {
			live++
		}
	}
	if n := len(p.alerts()); n > len(flags) {
		p.t.Errorf("%d messages about %d flags", n, len(flags))
	}
	if live > open {
		p.t.Errorf("%d messages look alive, %d flags are", live, open)
	}
	if open == 0 {
		for _, who := range []string{"dana", "dirk"} {
			for _, m := range p.direct(who) {
				if len(m.acts) > 0 {
					p.t.Errorf("the question to %s looks alive:\n%s\n%q", who, m.text, m.acts)
				}
			}
		}
	}
}

// forgets starts a timer and lets it be flagged.
func (p *play) forgets(who string) core.TimeEntry {
	p.t.Helper()
	e := p.MustStart(who, "Fix login", p.Clock.Now())
	p.tick(8 * time.Hour)
	return e
}

func (p *play) alert() post {
	p.t.Helper()
	list := p.alerts()
	if len(list) != 1 {
		p.t.Fatalf("%d messages in the channel", len(list))
	}
	return list[0]
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

// shows fails unless the alert says something, and can or can't be acted on.
func (p *play) shows(live bool, texts ...string) {
	p.t.Helper()
	a := p.alert()
	for _, text := range texts {
		if !strings.Contains(a.text, text) {
			p.t.Errorf("%q is not said:\n%s", text, a.text)
		}
	}
	if live != (len(a.acts) > 0) {
		p.t.Errorf("the alert can be acted on by %q:\n%s", a.acts, a.text)
	}
}

// doors are the ways to stop a flagged timer, with what the alert then says.
var doors = map[string]struct {
	stop func(p *play, e core.TimeEntry)
	says []string
}{
	"alert": {func(p *play, e core.TimeEntry) {
		card := p.click("olivia", p.alert(), "Stop now") // one
		p.again("olivia", card, "Confirm")               // two
	}, []string{"Stopped by Olivia Owner (Slack"}},
	"alert, at the proposal": {func(p *play, e core.TimeEntry) {
		label := p.alert().acts[1]
		if !strings.HasPrefix(label, "Stop at ") {
			p.t.Fatalf("the second button is %q", label)
		}
		p.again("otto", p.click("otto", p.alert(), label), "Confirm")
	}, []string{"Stopped by Otto Owner (Slack"}},
	"alert, at another time": {func(p *play, e core.TimeEntry) {
		p.submit("otto", p.click("otto", p.alert(), "Other time…"), e.Start.Add(time.Hour))
	}, []string{"Stopped by Otto Owner (Slack", "1 h"}},
	"command": {func(p *play, e core.TimeEntry) {
		p.again("olivia", p.command("olivia", "/accounts stop-timer dana@acme.test"), "Confirm")
	}, []string{"Stopped by Olivia Owner (Slack"}},
	"panel": {func(p *play, e core.TimeEntry) {
		p.must(p.StopTimer(p.t.Context(), p.Actor("otto"), core.StopTimer{EntryID: e.ID}))
	}, []string{"Stopped by Otto Owner (Panel"}},
	"api": {func(p *play, e core.TimeEntry) {
		a := p.Actor("olivia")
		a.Door = core.DoorAPI
		p.must(p.StopTimer(p.t.Context(), a, core.StopTimer{EntryID: e.ID}))
	}, []string{"Stopped by Olivia Owner (API"}},
	"the member's command": {func(p *play, e core.TimeEntry) { p.command("dana", "/timer stop") }, []string{"Stopped by Dana Member (Slack"}},
	"the member's new timer": {func(p *play, e core.TimeEntry) {
		p.must(p.StartTimer(p.t.Context(), p.Actor("dana"), core.NewEntry{Description: "new"}))
		p.Clock.Advance(time.Second)
		p.must(p.StopTimer(p.t.Context(), p.Actor("dana"), core.StopTimer{}))
	}, []string{"Stopped by Dana Member (Panel"}},
	"the question, at once": {func(p *play, e core.TimeEntry) {
		p.click("dana", p.direct("dana")[0], "Stop now")
	}, []string{"Stopped by Dana Member (Slack", "Dana Member was asked and has answered."}},
	"the question, earlier": {func(p *play, e core.TimeEntry) {
		form := p.click("dana", p.direct("dana")[0], "I stopped at …")
		p.submit("dana", form, e.Start.Add(2*time.Hour))
	}, []string{"Stopped by Dana Member (Slack", "2 h", "Dana Member was asked and has answered."}},
	"deleting": {func(p *play, e core.TimeEntry) {
		p.must(p.DeleteEntry(p.t.Context(), p.Actor("olivia"), e.ID))
	}, []string{"The time entry was deleted by Olivia Owner"}},
	"deactivating": {func(p *play, e core.TimeEntry) { p.MustSetStatus("dana", core.StatusInactive) }, []string{"Stopped by"}},
}

func TestForgottenTimerIsStoppedFromEveryDoor(t *testing.T) {
	for name, door := range doors {
		t.Run(name, func(t *testing.T) {
			p := newPlay(t, nil)
			hours := "mon-fri 09:00-17:00"
			p.must(p.UpdateMember(t.Context(), coretest.Operator(p.Workspace.ID), p.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}))
			e := p.forgets("dana")
			if ask := p.direct("dana"); len(ask) != 1 || !slices.Equal(ask[0].acts, []string{"Yes, keep it", "Stop now", "I stopped at …"}) {
				t.Fatalf("Dana is asked %+v", ask)
			}
			p.shows(true, "Forgotten timer? Dana Member", "Fix login", "over 8 h")
			door.stop(p, e)
			p.tick(time.Second)
			p.shows(false, door.says...)
			if a := p.alert(); a.edits != 1 {
				t.Errorf("edited %d times", a.edits)
			}
			late := p.Clock.Now().Add(48 * time.Hour)
			for p.Clock.Now().Before(late) {
				p.tick(time.Hour)
			}
			if r := p.replies(p.alert()); len(r) > 0 {
				t.Errorf("reminded of a stopped timer: %q", r)
			}
			p.MustVerify()
		})
	}
}

// From the alert to the stopped timer it takes two clicks, with the proposed end too.
func TestTwoClicks(t *testing.T) {
	for _, door := range []string{"alert", "alert, at the proposal"} {
		p := newPlay(t, nil)
		hours := "mon-fri 09:00-17:00"
		p.must(p.UpdateMember(t.Context(), coretest.Operator(p.Workspace.ID), p.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}))
		e := p.forgets("dana")
		count := &counter{stage: p.stage}
		p.stage = count
		doors[door].stop(p, e)
		if count.clicks != 2 || p.entryNow(e.ID).Running() {
			t.Errorf("%s: %d clicks, running %t", door, count.clicks, p.entryNow(e.ID).Running())
		}
	}
}

type counter struct {
	stage
	clicks int
}

func (c *counter) click(who string, p post, label string) *fakeslack.Seen {
	c.clicks++
	return c.stage.click(who, p, label)
}

func (c *counter) again(who string, seen *fakeslack.Seen, label string) *fakeslack.Seen {
	c.clicks++
	return c.stage.again(who, seen, label)
}

func TestLifeOfAnAlert(t *testing.T) {
	p := newPlay(t, nil)
	ctx := t.Context()
	e := p.forgets("dana")
	acts := p.alert().acts
	if want := []string{"Stop now", "Other time…", "Remind me in 1 hour", "Remind me in 4 hours", "Remind me tomorrow", "Still working"}; !slices.Equal(acts, want) {
		t.Errorf("buttons %q", acts)
	}

	p.click("olivia", p.alert(), "Remind me in 1 hour")
	p.tick(time.Second)
	p.shows(true, "Put off until", "by Olivia Owner")
	p.ticks(55 * time.Minute)
	if r := p.replies(p.alert()); len(r) > 0 {
		t.Errorf("reminded while it is put off: %q", r)
	}
	p.ticks(10 * time.Minute)
	p.shows(true, "Forgotten timer?")
	if strings.Contains(p.alert().text, "Put off") {
		t.Error("the alert still says that it is put off")
	}
	if r := p.replies(p.alert()); len(r) != 1 || !strings.Contains(r[0], "The timer of Dana Member is still running, for over 9 h") {
		t.Errorf("answers %q", r)
	}
	p.ticks(30 * time.Hour)
	if n := len(p.replies(p.alert())); n != 3 {
		t.Errorf("%d reminders in all, want three since it was put off", n)
	}

	// Stopped, undone, stopped again, corrected.
	p.again("otto", p.click("otto", p.alert(), "Stop now"), "Confirm")
	p.tick(time.Second)
	p.shows(false, "Stopped by Otto Owner (Slack")
	p.must(p.UndoStop(ctx, p.Actor("otto"), e.ID))
	p.tick(time.Second)
	p.shows(true, "Forgotten timer?")
	stale := p.alert()
	p.must(p.StopTimer(ctx, p.Actor("otto"), core.StopTimer{EntryID: e.ID}))
	says(t, p.click("olivia", stale, "Stop now"), "already stopped by Otto Owner")
	p.tick(time.Second)
	p.shows(false, "Stopped by Otto Owner (Panel")
	end := e.Start.Add(3 * time.Hour)
	p.must(p.CorrectEntry(ctx, p.Actor("olivia"), core.EntryChange{EntryID: e.ID, End: &end}))
	p.tick(time.Second)
	p.shows(false, "Stopped by Otto Owner", "Corrected by Olivia Owner", "3 h")
	p.must(p.DeleteEntry(ctx, p.Actor("olivia"), e.ID))
	p.must(p.RestoreEntry(ctx, p.Actor("olivia"), e.ID))
	p.tick(time.Second)
	p.shows(false, "Stopped by")
	p.MustVerify()
}

func TestMemberAnswersYes(t *testing.T) {
	p := newPlay(t, nil)
	e := p.forgets("dana")
	ask := p.direct("dana")[0]
	for _, text := range []string{"Still working?", "Fix login", "over 8 h"} {
		if !strings.Contains(ask.text, text) {
			t.Errorf("%q is not asked:\n%s", text, ask.text)
		}
	}
	old := p.window(ask)
	says(t, p.click("olivia", ask, "Stop now"), "Only the person who")
	says(t, p.click("dirk", ask, "Yes, keep it"), "Only the person who")
	says(t, p.click("dana", ask, "Yes, keep it"), "the timer of Dana Member goes on")
	p.tick(time.Second)
	p.shows(false, "Settled by Dana Member: still working", "Dana Member was asked and has answered.")
	if !p.entryNow(e.ID).Running() {
		t.Error("the timer was stopped")
	}
	says(t, p.again("dana", old, "Yes, keep it"), "already settled by Dana Member")
	says(t, p.again("dana", old, "Stop now"), "Your timer is stopped", "8 h") // it is her own timer all the same
	p.tick(time.Second)
	if now := p.direct("dana"); len(now) != 1 || len(now[0].acts) > 0 {
		t.Errorf("the question is %+v", now)
	}
}

func TestDigestInTheChannel(t *testing.T) {
	p := newPlay(t, nil)
	var entries []core.TimeEntry
	for i := range 30 {
		key := fmt.Sprintf("crew%02d", i)
		p.MustAddMember(key, "Crew "+key[4:], core.RoleMember)
		entries = append(entries, p.MustStart(key, "", p.Clock.Now().Add(time.Duration(i)*time.Second)))
		p.Clock.Advance(2 * time.Second)
	}
	p.tick(9 * time.Hour)
	d := p.alert()
	for _, text := range []string{"30 forgotten timers?", "30 are still running.", "Crew 00", "and 5 more in the panel"} {
		if !strings.Contains(d.text, text) {
			t.Errorf("%q is not said:\n%s", text, d.text)
		}
	}
	if len(d.acts) != core.MostInDigest || d.acts[3] != "Crew 03" {
		t.Errorf("menu of %d: %q", len(d.acts), d.acts)
	}
	says(t, p.click("dirk", d, "Crew 03"), "Only owners")
	card := p.click("olivia", d, "Crew 03")
	says(t, card, "Stop the timer of Crew 03?")
	p.again("olivia", card, "Confirm")
	p.tick(time.Second)
	if d = p.alert(); slices.Contains(d.acts, "Crew 03") || !strings.Contains(d.text, "29 are still running.") || len(d.acts) != core.MostInDigest {
		t.Errorf("after the stop: %q\n%s", d.acts, d.text)
	}
	p.tick(4 * time.Hour)
	if r := p.replies(d); len(r) != 1 || !strings.Contains(r[0], "29 timers are still running.") {
		t.Errorf("answers %q", r)
	}
	for i, e := range entries {
		if i != 3 {
			p.must(p.StopTimer(t.Context(), p.Actor("otto"), core.StopTimer{EntryID: e.ID}))
		}
	}
	p.tick(time.Second)
	if d = p.alert(); len(d.acts) > 0 || !strings.Contains(d.text, "All of them are settled.") || !strings.Contains(d.text, "Stopped by Otto Owner") {
		t.Errorf("at the end: %q\n%s", d.acts, d.text)
	}
	p.MustVerify()
}

// Quiet hours follow the clock on the wall of the workspace, on the days of its change too: the alert comes
// with their end, once, through restarts and jumps of the clock.
func TestWeeksWithQuietHours(t *testing.T) {
	for name, c := range map[string]struct {
		zone     string
		from     time.Time
		morning  time.Time // the end of the quiet hours in which the timer is flagged
		restarts bool
		jump     time.Duration
	}{
		"Berlin, spring":   {"Europe/Berlin", time.Date(2026, 3, 28, 16, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 5, 0, 0, 0, time.UTC), false, 0},
		"Berlin, autumn":   {"Europe/Berlin", time.Date(2026, 10, 24, 16, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 6, 0, 0, 0, time.UTC), true, 0},
		"New York, spring": {"America/New_York", time.Date(2026, 3, 7, 21, 0, 0, 0, time.UTC), time.Date(2026, 3, 8, 11, 0, 0, 0, time.UTC), false, 0},
		"New York, autumn": {"America/New_York", time.Date(2026, 10, 31, 21, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC), true, 0},
		"an hour ahead":    {"Europe/Berlin", time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC), time.Date(2026, 6, 2, 5, 0, 0, 0, time.UTC), false, time.Hour},
		"an hour back":     {"Europe/Berlin", time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC), time.Date(2026, 6, 2, 5, 0, 0, 0, time.UTC), true, -time.Hour},
		"a day ahead":      {"Europe/Berlin", time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC), time.Date(2026, 6, 3, 5, 0, 0, 0, time.UTC), false, 24 * time.Hour},
		"a day back":       {"Europe/Berlin", time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC), time.Date(2026, 6, 2, 5, 0, 0, 0, time.UTC), true, -24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			quiet := "22:00-07:00"
			p := newPlay(t, func(d *core.ForgottenDefaults) { d.QuietHours = quiet })
			p.must(p.UpdateWorkspace(t.Context(), coretest.Operator(p.Workspace.ID), core.WorkspaceUpdate{TimeZone: &c.zone}))
			p.Clock.Set(c.from)
			e := p.MustStart("dana", "Fix login", c.from)
			p.ticks(8*time.Hour + 5*time.Minute)
			if n := len(p.alerts()) + len(p.direct("dana")); n != 0 {
				t.Fatalf("%d messages in quiet hours", n)
			}
			p.Clock.Advance(c.jump)
			for len(p.alerts()) == 0 {
				p.tick(5 * time.Minute)
				if p.Clock.Now().After(c.morning.Add(48 * time.Hour)) {
					t.Fatal("no alert for two days")
				}
			}
			if got := p.Clock.Now(); got.Sub(c.morning) < 0 || got.Sub(c.morning) > 10*time.Minute {
				t.Errorf("the alert came at %s, the quiet hours ended at %s", got, c.morning)
			}
			if n := len(p.direct("dana")); n != 1 {
				t.Errorf("Dana is asked %d times", n)
			}
			if c.restarts { // a second instance on the same database, with a queue of its own
				again, err := core.New(core.Options{
					Store: p.Store, Clock: p.Clock, Forgotten: p.Forgotten(),
					Chat: []core.ChatConnection{{Platform: core.PlatformSlack, Workspace: "acme", AlertChannel: "CALERTS"}},
				})
				if err != nil {
					t.Fatal(err)
				}
				defer again.Close()
				p.Service = again
			}
			for range 14 * 24 * 4 {
				p.tick(15 * time.Minute)
			}
			p.shows(true, "Forgotten timer? Dana Member")
			if r := p.replies(p.alert()); len(r) != 3 {
				t.Errorf("%d reminders in two weeks", len(r))
			}
			p.must(p.StopTimer(t.Context(), p.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
			p.tick(time.Second)
			p.shows(false, "Stopped by Olivia Owner")
			p.MustVerify()
		})
	}
}

// The plan drops while alerts stand: they lose their buttons, and get them back with the plan.
func TestPlanDrops(t *testing.T) {
	p := newPlay(t, nil)
	p.forgets("dana")
	p.MustSetPlan(core.PlanPro)
	p.tick(time.Second)
	p.shows(false, "Nothing to do here any more")
	if strings.Contains(p.alert().text, "Dana") {
		t.Error("the closed message still names the member")
	}
	p.MustSetPlan(core.PlanEnterprise)
	p.tick(time.Second)
	p.shows(true, "Forgotten timer? Dana Member")
}

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
	p := newPlay(t, nil)
	p.forgets("dana")
	keep("post.ask", p.direct("dana")[0].ref)
	goldenSeen(t, "stopped-at", p.click("dana", p.direct("dana")[0], "I stopped at …"))
	p.tick(4 * time.Hour)
	keep("post.reminder", p.stage.(slackStage).h.fake.Thread(p.alert().ref)[0])
	p.MustSetPlan(core.PlanPro)
	p.tick(time.Second)
	keep("update.closed", p.alert().ref)
	p.MustSetPlan(core.PlanEnterprise)
	p.click("dana", p.direct("dana")[0], "Yes, keep it")
	p.tick(time.Second)
	keep("update.ask-answered", p.direct("dana")[0].ref)
	keep("update.alert-answered", p.alert().ref)

	p = newPlay(t, func(d *core.ForgottenDefaults) { d.DigestOver, d.AskMember = 2, false })
	for i, who := range []string{"dana", "dirk", "mona"} {
		p.MustStart(who, strings.Repeat("x", 80*i), p.Clock.Now().Add(time.Duration(i-3)*time.Minute))
	}
	p.tick(9 * time.Hour)
	keep("post.digest", p.alert().ref)
	p.again("olivia", p.click("olivia", p.alert(), "Dirk Müller"), "Confirm")
	p.tick(4 * time.Hour)
	keep("update.digest", p.alert().ref)
	keep("post.digest-reminder", p.stage.(slackStage).h.fake.Thread(p.alert().ref)[0])
}
