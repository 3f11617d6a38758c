package forgottentest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// lifeOfAnAlert puts it off, lets it remind, stops, undoes, corrects, deletes and restores.
func (p *play) lifeOfAnAlert() {
	ctx := p.t.Context()
	e := p.danaForgets()
	a := p.alert()
	if menu := []string{"Other time…", "Remind me in 1 hour", "Remind me in 4 hours", "Remind me tomorrow", "Still working"}; !slices.Equal(a.Buttons, []string{"Stop now"}) || !slices.Equal(a.Menu, menu) {
		p.t.Errorf("buttons %q, menu %q", a.Buttons, a.Menu)
	}

	p.press("olivia", p.alert(), "Remind me in 1 hour")
	p.tick(time.Second)
	p.shows(true, "Put off until", "by Olivia Owner")
	p.ticks(55*time.Minute, 5*time.Minute)
	if r := p.Replies(p.alert()); len(r) > 0 {
		p.t.Errorf("reminded while it is put off: %q", r)
	}
	p.ticks(10*time.Minute, 5*time.Minute)
	p.shows(true, "Forgotten timer?")
	if strings.Contains(p.alert().Text, "Put off") {
		p.t.Error("the alert still says that it is put off")
	}
	if r := p.Replies(p.alert()); len(r) != 1 || !strings.Contains(r[0], "The timer of Dana Member is still running, for over 9 h") {
		p.t.Errorf("answers %q", r)
	}
	p.ticks(30*time.Hour, 5*time.Minute)
	if n := len(p.Replies(p.alert())); n != 3 {
		p.t.Errorf("%d reminders in all, want three since it was put off", n)
	}

	p.again("otto", p.press("otto", p.alert(), "Stop now"), "Confirm")
	p.tick(time.Second)
	p.shows(false, "Stopped by Otto Owner ("+p.platform.Door)
	p.must(p.UndoStop(ctx, p.Actor("otto"), e.ID))
	p.tick(time.Second)
	p.shows(true, "Forgotten timer?")
	stale := p.alert()
	p.must(p.StopTimer(ctx, p.Actor("otto"), core.StopTimer{EntryID: e.ID}))
	p.says(p.press("olivia", stale, "Stop now"), "already stopped by Otto Owner")
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

// lifeAfterAnAnswer corrects, stops, corrects, undoes, deletes and restores a timer that somebody still works on: the alert
// and the question follow each of it.
func (p *play) lifeAfterAnAnswer() {
	ctx := p.t.Context()
	e := p.danaForgets()
	p.press("dana", p.question("dana"), "Yes, keep it")
	p.tick(time.Second)
	what := "Fix the log-in"
	p.must(p.CorrectEntry(ctx, p.Actor("dana"), core.EntryChange{EntryID: e.ID, Description: &what}))
	p.tick(time.Second)
	p.shows(false, "Settled by Dana Member: still working", what, "Corrected by Dana Member")
	p.must(p.StopTimer(ctx, p.Actor("otto"), core.StopTimer{EntryID: e.ID}))
	p.tick(time.Second)
	p.shows(false, "Stopped by Otto Owner (Panel", "Dana Member was asked and has answered.")
	p.must(p.UndoStop(ctx, p.Actor("otto"), e.ID))
	p.tick(time.Second)
	p.shows(true, "Forgotten timer?", "over 8 h")
	p.press("olivia", p.alert(), "Still working")
	p.tick(time.Second)
	p.shows(false, "Settled by Olivia Owner: still working")
	p.must(p.StopTimer(ctx, p.Actor("dana"), core.StopTimer{EntryID: e.ID}))
	end := e.Start.Add(3 * time.Hour)
	p.must(p.CorrectEntry(ctx, p.Actor("olivia"), core.EntryChange{EntryID: e.ID, End: &end}))
	p.tick(time.Second)
	p.shows(false, "Stopped by Dana Member (Panel", "Corrected by Olivia Owner", "3 h")
	p.must(p.DeleteEntry(ctx, p.Actor("olivia"), e.ID))
	p.tick(time.Second)
	p.shows(false, "The time entry was deleted by Olivia Owner")
	p.must(p.RestoreEntry(ctx, p.Actor("otto"), e.ID))
	p.tick(time.Second)
	p.shows(false, "Stopped by Dana Member (Panel", "3 h")
	if strings.Contains(p.alert().Text, "deleted") {
		p.t.Error("the alert still says that the entry was deleted")
	}
	p.MustVerify()
}

// puttingOff tries everything in the alert's menu that lets the timer go on.
func (platform Platform) puttingOff(t *testing.T) {
	for label, until := range map[string]func(p *play) time.Time{
		"Remind me in 1 hour":  func(p *play) time.Time { return p.Clock.Now().Add(time.Hour) },
		"Remind me in 4 hours": func(p *play) time.Time { return p.Clock.Now().Add(4 * time.Hour) },
		"Remind me tomorrow": func(p *play) time.Time {
			day := p.Clock.Now().In(p.Workspace.Zone()).AddDate(0, 0, 1)
			return time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, p.Workspace.Zone())
		},
		"Still working": nil,
	} {
		t.Run(label, func(t *testing.T) {
			p := newPlay(t, platform, platform.Channel, nil)
			e := p.danaForgets()
			if until == nil {
				p.says(p.press("olivia", p.alert(), label), "the timer of Dana Member goes on")
				p.ticks(24*time.Hour, time.Hour)
				p.shows(false, "Settled by Olivia Owner: still working")
			} else {
				want := until(p)
				p.says(p.press("olivia", p.alert(), label), "Dana Member")
				flags, _, err := p.Flags(t.Context(), p.Actor("olivia"), core.FlagQuery{})
				if err != nil || len(flags) != 1 || !flags[0].SnoozedUntil.Equal(want) {
					t.Fatalf("flags %+v, %v; put off until %s is wanted", flags, err, want)
				}
				for p.Clock.Now().Add(10 * time.Minute).Before(want) {
					p.tick(10 * time.Minute)
					p.shows(true, "Put off until", "by Olivia Owner")
				}
				p.Clock.Set(want)
				p.tick(time.Second)
				p.shows(true, "Forgotten timer?")
				if r := p.Replies(p.alert()); len(r) != 1 || strings.Contains(p.alert().Text, "Put off") {
					t.Errorf("after it was put off %q answer:\n%s", r, p.alert().Text)
				}
			}
			if !p.entryNow(e.ID).Running() {
				t.Error("the timer was stopped")
			}
			p.MustVerify()
		})
	}
}

// memberSaysYes: the buttons of the question are its reader's alone, and work once.
func (p *play) memberSaysYes() {
	e := p.danaForgets()
	ask := p.question("dana")
	p.reads(ask.Text, "Still working?", "Fix login", "over 8 h")
	old := p.Window(ask)
	p.says(p.press("olivia", ask, "Stop now"), "Only the person who")
	p.says(p.press("dirk", ask, "Yes, keep it"), "Only the person who")
	p.says(p.press("dana", ask, "Yes, keep it"), "the timer of Dana Member goes on")
	p.tick(time.Second)
	p.shows(false, "Settled by Dana Member: still working", "Dana Member was asked and has answered.")
	if !p.entryNow(e.ID).Running() {
		p.t.Error("the timer was stopped")
	}
	p.says(p.again("dana", old, "Yes, keep it"), "already settled by Dana Member")
	p.says(p.again("dana", old, "Stop now"), "Your timer is stopped", "8 h") // it is her own timer all the same
	p.tick(time.Second)
	if now := p.question("dana"); len(now.Acts()) > 0 {
		p.t.Errorf("the question is %+v", now)
	}
}

// digest is one message about many flags, with a menu, until all of them are settled.
func (p *play) digest() {
	var entries []core.TimeEntry
	for i := range 30 {
		entries = append(entries, p.crew(i))
	}
	p.tick(9 * time.Hour)
	d := p.alert()
	p.reads(d.Text, "30 forgotten timers?", "30 are still running.", "Crew 00", "and 5 more in the panel")
	if len(d.Acts()) != core.MostInDigest || len(d.Menu) != core.MostInDigest || d.Menu[3] != "Crew 03" {
		p.t.Errorf("menu of %d: %q, buttons %q", len(d.Menu), d.Menu, d.Buttons)
	}
	p.says(p.press("dirk", d, "Crew 03"), "Only owners")
	card := p.press("olivia", d, "Crew 03")
	p.says(card, "Stop the timer of Crew 03?")
	p.says(p.press("otto", d, "Crew 04"), "Stop the timer of Crew 04?")
	p.again("olivia", card, "Confirm")
	p.tick(time.Second)
	if d = p.alert(); slices.Contains(d.Menu, "Crew 03") || !strings.Contains(d.Text, "29 are still running.") || len(d.Menu) != core.MostInDigest {
		p.t.Errorf("after the stop: %q\n%s", d.Menu, d.Text)
	}
	p.tick(4 * time.Hour)
	if r := p.Replies(d); len(r) != 1 || !strings.Contains(r[0], "29 timers are still running.") {
		p.t.Errorf("answers %q", r)
	}
	flags, _, err := p.Flags(p.t.Context(), p.Actor("olivia"), core.FlagQuery{State: core.FlagOpen, Limit: 200})
	of := slices.IndexFunc(flags, func(f core.Flag) bool { return f.EntryID == entries[7].ID })
	if err != nil || of < 0 {
		p.t.Fatalf("no flag of the eighth timer in %+v, %v", flags, err)
	}
	p.must(p.ResolveFlag(p.t.Context(), p.Actor("olivia"), flags[of].ID, ""))
	p.tick(time.Second)
	p.reads(p.alert().Text, "28 are still running.")
	for i, e := range entries {
		if i != 3 && i != 7 {
			p.must(p.StopTimer(p.t.Context(), p.Actor("otto"), core.StopTimer{EntryID: e.ID}))
		}
	}
	p.tick(time.Second)
	p.shows(false, "All of them are settled.", "Settled by Olivia Owner: still working")
	p.must(p.StopTimer(p.t.Context(), p.Actor("otto"), core.StopTimer{EntryID: entries[7].ID}))
	p.tick(time.Second)
	if d = p.alert(); len(d.Acts()) > 0 || !strings.Contains(d.Text, "All of them are settled.") ||
		strings.Count(d.Text, "Stopped by Otto Owner") != core.MostInDigest-1 || strings.Contains(d.Text, ": still working") {
		p.t.Errorf("at the end: %q\n%s", d.Acts(), d.Text)
	}
	p.MustVerify()
}

// crew starts a timer of a member of their own.
func (p *play) crew(i int) core.TimeEntry {
	p.t.Helper()
	key := fmt.Sprintf("crew%02d", i)
	p.MustAddMember(key, "Crew "+key[4:], core.RoleMember)
	e := p.MustStart(key, "", p.Clock.Now().Add(time.Duration(i)*time.Second))
	p.Clock.Advance(2 * time.Second)
	return e
}

// planDrops while an alert stands: it loses its buttons and names, and gets them back with the plan.
func (p *play) planDrops() {
	p.danaForgets()
	p.MustSetPlan(core.PlanPro)
	p.tick(time.Second)
	p.shows(false, "Nothing to do here any more")
	if strings.Contains(p.alert().Text, "Dana") {
		p.t.Error("the closed message still names the member")
	}
	p.MustSetPlan(core.PlanEnterprise)
	p.tick(time.Second)
	p.shows(true, "Forgotten timer? Dana Member")
}

// twoAlerts of two members stand beside each other; what happens to one does not touch the other.
func (p *play) twoAlerts() {
	p.MustStart("dana", "Fix login", p.Clock.Now())
	dirks := p.MustStart("dirk", "Sort mail", p.Clock.Now())
	p.tick(8 * time.Hour)
	of := func(name string) Post {
		p.t.Helper()
		var found []Post
		for _, a := range p.Alerts() {
			if strings.Contains(a.Text, name) {
				found = append(found, a)
			}
		}
		if len(found) != 1 || len(p.Alerts()) != 2 {
			p.t.Fatalf("%d of %d alerts name %s", len(found), len(p.Alerts()), name)
		}
		return found[0]
	}
	p.again("olivia", p.press("olivia", of("Dana Member"), "Stop now"), "Confirm")
	p.tick(time.Second)
	if a := of("Dana Member"); len(a.Acts()) > 0 || a.Edits != 1 {
		p.t.Errorf("the alert of the stopped timer: %+v", a)
	}
	if a := of("Dirk Müller"); len(a.Acts()) == 0 || a.Edits != 0 {
		p.t.Errorf("the other alert: %+v", a)
	}
	// Dana is told as well, in a message of its own.
	if dana, dirk := p.Direct("dana"), p.question("dirk"); len(dana) != 2 || len(dana[0].Acts()) > 0 || dirk.Edits != 0 || len(dirk.Acts()) == 0 {
		p.t.Errorf("the questions: %+v, %+v", dana, dirk)
	}
	p.again("otto", p.press("otto", of("Dirk Müller"), "Stop now"), "Confirm")
	p.tick(time.Second)
	if e, err := p.Entry(p.t.Context(), p.Actor("dirk"), dirks.ID); err != nil || e.Running() || len(of("Dirk Müller").Acts()) > 0 {
		p.t.Errorf("at the end: %+v, %v, %+v", e, err, of("Dirk Müller"))
	}
	p.MustVerify()
}

// ownersAlone: without a channel each owner has an alert of their own, in their language, and reminders below it.
func (p *play) ownersAlone() {
	german := "de"
	p.must(p.UpdateMember(p.t.Context(), coretest.Operator(p.Workspace.ID), p.Who("otto").ID, core.MemberUpdate{Language: &german}))
	e := p.danaForgets()
	both := func(english, german string, live bool, reminders int) {
		p.t.Helper()
		for who, say := range map[string]string{"olivia": english, "otto": german} {
			a := p.question(who)
			p.reads(a.Text, say)
			if live != (len(a.Acts()) > 0) || len(p.Replies(a)) != reminders {
				p.t.Errorf("the alert of %s can be acted on by %q and has the answers %q:\n%s", who, a.Acts(), p.Replies(a), a.Text)
			}
		}
	}
	both("Forgotten timer? Dana Member", "Vergessener Timer? Dana Member", true, 0)
	p.tick(4 * time.Hour)
	both("Forgotten timer? Dana Member", "Vergessener Timer? Dana Member", true, 1)
	if b := p.question("otto").Buttons; len(b) == 0 || b[0] != "Jetzt stoppen" {
		p.t.Errorf("Otto's buttons are %q", b)
	}
	p.press("otto", p.question("otto"), "In 4 Stunden erinnern")
	p.tick(time.Second)
	both("by Otto Owner", "von Otto Owner", true, 1)
	p.again("olivia", p.press("olivia", p.question("olivia"), "Stop now"), "Confirm")
	p.tick(time.Second)
	english, words := "Stopped by Olivia Owner ("+p.platform.Door, "Gestoppt von Olivia Owner ("+p.platform.Door
	both(english, words, false, 1)
	p.ticks(24*time.Hour, time.Hour)
	both(english, words, false, 1)
	if p.entryNow(e.ID).Running() || len(p.Alerts()) > 0 {
		p.t.Errorf("running %t, %d messages nowhere", p.entryNow(e.ID).Running(), len(p.Alerts()))
	}
	p.MustVerify()
}

// answersAreLost: a message that was posted without an answer is found again, however late it is looked for.
func (p *play) answersAreLost() {
	e := p.MustStart("dana", "Fix login", p.Clock.Now())
	p.LoseNext()
	p.LoseNext()
	p.tick(8 * time.Hour) // the alert and the question
	p.ticks(time.Hour, 20*time.Minute)
	p.shows(true, "Forgotten timer? Dana Member")
	p.question("dana")
	p.LoseNext()
	p.tick(3 * time.Hour) // the reminder
	p.ticks(time.Hour, 20*time.Minute)
	if r := p.Replies(p.alert()); len(r) != 1 {
		p.t.Errorf("answers %q", r)
	}
	p.must(p.StopTimer(p.t.Context(), p.Actor("otto"), core.StopTimer{EntryID: e.ID}))
	p.tick(time.Second)
	p.shows(false, "Stopped by Otto Owner (Panel")
	if q := p.question("dana"); len(q.Acts()) > 0 {
		p.t.Errorf("the question looks alive: %q", q.Acts())
	}
}

// digestInDoubt is answersAreLost with one message for many and its reminder.
func (p *play) digestInDoubt() {
	for i := range 6 {
		p.crew(i)
	}
	p.LoseNext()
	p.tick(9 * time.Hour)
	p.ticks(time.Hour, 20*time.Minute)
	p.shows(true, "6 forgotten timers?")
	p.LoseNext()
	p.tick(3 * time.Hour)
	p.ticks(time.Hour, 20*time.Minute)
	if r := p.Replies(p.alert()); len(r) != 1 || !strings.Contains(r[0], "6 timers are still running.") {
		p.t.Errorf("answers %q", r)
	}
	p.says(p.press("otto", p.alert(), "Crew 05"), "Stop the timer of Crew 05?")
}
