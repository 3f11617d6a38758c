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
