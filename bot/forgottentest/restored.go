package forgottentest

import (
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// restore puts a copy that is made now in the place of the database, and starts on it.
func (p *play) restore() {
	p.t.Helper()
	p.must(p.SettleRestored(p.t.Context(), coretest.Operator("")))
	p.restart()
}

// restored: whoever clicks a message from before is told what happened and where to go on. Nothing is announced anew; reminders
// come when they would have come, and the alert shows the end of its timer.
func (p *play) restored() {
	e := p.danaForgets()
	p.restore()
	posted := func(reminders int) {
		p.t.Helper()
		p.question("dana")
		if n := len(p.Replies(p.alert())); n != reminders || p.alert().Edits > 0 {
			p.t.Errorf("%d reminders, want %d; edited %d times", n, reminders, p.alert().Edits)
		}
	}
	p.ticks(4*time.Hour-time.Minute, 5*time.Minute-time.Second)
	posted(0)
	p.tick(5 * time.Minute)
	posted(1)
	const owner = "Clockwarden no longer knows this message, which is old or from before the database was restored; open the forgotten timers with /accounts forgotten."
	for _, label := range p.alert().Acts() {
		p.says(p.press("olivia", p.alert(), label), owner)
	}
	for _, label := range p.question("dana").Acts() {
		p.says(p.press("dana", p.question("dana"), label), "Clockwarden no longer knows this message", "look at your timer with /timer status.")
	}
	if !p.entryNow(e.ID).Running() {
		p.t.Error("an old button has stopped the timer")
	}
	posted(1)
	p.says(p.Command("olivia", "/accounts forgotten"), "Dana Member", "Fix login")
	doors()["command"].stop(p, e)
	p.tick(time.Second)
	p.shows(false, "Stopped by Olivia Owner ("+p.platform.Door)
	p.reads(p.Direct("dana")[0].Text, "Stopped by Olivia Owner")
	p.MustVerify()
}

// restoredBeforeAnEdit: the copy was made when the alert waited for an edit. It stands all the same: reminders come below it,
// and it shows the end of its timer.
func (p *play) restoredBeforeAnEdit() {
	e := p.danaForgets()
	what := "Fix the log-in"
	p.must(p.CorrectEntry(p.t.Context(), p.Actor("otto"), core.EntryChange{EntryID: e.ID, Description: &what}))
	p.restore()
	p.tick(time.Second)
	if a := p.alert(); a.Edits != 0 {
		p.t.Errorf("edited %d times", a.Edits)
	}
	p.tick(4 * time.Hour)
	if n := len(p.Replies(p.alert())); n != 1 {
		p.t.Errorf("%d reminders", n)
	}
	p.must(p.StopTimer(p.t.Context(), p.Actor("otto"), core.StopTimer{EntryID: e.ID}))
	p.tick(time.Second)
	p.shows(false, "Stopped by Otto Owner (Panel", what)
	p.reads(p.question("dana").Text, "Stopped by Otto Owner")
	p.MustVerify()
}

// restoredAtNight: the alert waited for the morning when the copy was made. It may have come since, so it does not come again;
// the flag is there for whoever looks.
func (p *play) restoredAtNight() {
	p.danaForgets()
	p.restore()
	p.ticks(48*time.Hour, time.Hour)
	if n := len(p.Alerts()) + len(p.Direct("dana")); n != 0 {
		p.t.Errorf("%d messages", n)
	}
	p.says(p.Command("olivia", "/accounts forgotten"), "Dana Member", "Fix login")
	p.MustVerify()
}
