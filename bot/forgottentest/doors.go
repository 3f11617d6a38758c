package forgottentest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// door is a way to stop a flagged timer, with what the alert then says; {chat} in it is the platform.
type door struct {
	stop func(p *play, e core.TimeEntry)
	says []string
}

const (
	byAlert    = "alert"
	byProposal = "alert, at the proposal"
)

func doors() map[string]door {
	return map[string]door{
		byAlert: {func(p *play, _ core.TimeEntry) {
			card := p.press("olivia", p.alert(), "Stop now") // one
			p.again("olivia", card, "Confirm")               // two
		}, []string{"Stopped by Olivia Owner ({chat}"}},
		byProposal: {func(p *play, _ core.TimeEntry) {
			label := p.alert().Buttons[1]
			if !strings.HasPrefix(label, "Stop at ") {
				p.t.Fatalf("the second button is %q", label)
			}
			p.again("otto", p.press("otto", p.alert(), label), "Confirm")
		}, []string{"Stopped by Otto Owner ({chat}"}},
		"alert, at another time": {func(p *play, e core.TimeEntry) {
			p.Submit("otto", p.press("otto", p.alert(), "Other time…"), e.Start.Add(time.Hour))
		}, []string{"Stopped by Otto Owner ({chat}", "1 h"}},
		"command": {func(p *play, _ core.TimeEntry) {
			p.again("olivia", p.Command("olivia", "/accounts stop-timer "+p.Mention("dana")), "Confirm")
		}, []string{"Stopped by Olivia Owner ({chat}"}},
		"panel": {func(p *play, e core.TimeEntry) {
			p.must(p.StopTimer(p.t.Context(), p.Actor("otto"), core.StopTimer{EntryID: e.ID}))
		}, []string{"Stopped by Otto Owner (Panel"}},
		"api": {func(p *play, e core.TimeEntry) {
			a := p.Actor("olivia")
			a.Door = core.DoorAPI
			p.must(p.StopTimer(p.t.Context(), a, core.StopTimer{EntryID: e.ID}))
		}, []string{"Stopped by Olivia Owner (API"}},
		"the member's command": {func(p *play, _ core.TimeEntry) {
			p.Command("dana", "/timer stop")
		}, []string{"Stopped by Dana Member ({chat}"}},
		"the member's new timer": {func(p *play, _ core.TimeEntry) {
			p.must(p.StartTimer(p.t.Context(), p.Actor("dana"), core.NewEntry{Description: "new"}))
			p.Clock.Advance(time.Second)
			p.must(p.StopTimer(p.t.Context(), p.Actor("dana"), core.StopTimer{}))
		}, []string{"Stopped by Dana Member (Panel"}},
		"the question, at once": {func(p *play, _ core.TimeEntry) {
			p.press("dana", p.question("dana"), "Stop now")
		}, []string{"Stopped by Dana Member ({chat}", "Dana Member was asked and has answered."}},
		"the question, earlier": {func(p *play, e core.TimeEntry) {
			form := p.press("dana", p.question("dana"), "I stopped at …")
			p.says(form, "When did you stop?", "Fix login")
			p.Submit("dana", form, e.Start.Add(2*time.Hour))
		}, []string{"Stopped by Dana Member ({chat}", "2 h", "Dana Member was asked and has answered."}},
		"the question, as proposed": {func(p *play, e core.TimeEntry) {
			flags, _, err := p.Flags(p.t.Context(), p.Actor("olivia"), core.FlagQuery{State: core.FlagOpen})
			if err != nil || len(flags) != 1 || len(flags[0].Proposals) == 0 {
				p.t.Fatalf("flags %+v, %v", flags, err)
			}
			p.Submit("dana", p.press("dana", p.question("dana"), "I stopped at …"), time.Time{})
			if got, best := p.entryNow(e.ID).End, flags[0].Proposals[0].End.Truncate(time.Minute); !got.Equal(best) {
				p.t.Errorf("the timer ends at %s, the best proposal is %s", got, best)
			}
		}, []string{"Stopped by Dana Member ({chat}", "Dana Member was asked and has answered."}},
		"deleting": {func(p *play, e core.TimeEntry) {
			p.must(p.DeleteEntry(p.t.Context(), p.Actor("olivia"), e.ID))
		}, []string{"The time entry was deleted by Olivia Owner"}},
		"correcting": {func(p *play, e core.TimeEntry) {
			end := e.Start.Add(3 * time.Hour)
			p.must(p.CorrectEntry(p.t.Context(), p.Actor("otto"), core.EntryChange{EntryID: e.ID, End: &end}))
		}, []string{"Stopped by Otto Owner (Panel", "3 h"}},
		"nobody": {func(p *play, _ core.TimeEntry) {
			after := 8 * time.Hour
			p.must(p.UpdateWorkspace(p.t.Context(), p.Actor("olivia"), core.WorkspaceUpdate{AutoStopAfter: &after}))
		}, []string{"Stopped automatically"}},
		"deactivating": {func(p *play, _ core.TimeEntry) { p.MustSetStatus("dana", core.StatusInactive) }, []string{"Stopped by"}},
	}
}

// everyDoor stops a timer from every door: the alert tells it in place, once, and nobody is reminded any more.
func (platform Platform) everyDoor(t *testing.T) {
	for name, d := range doors() {
		t.Run(name, func(t *testing.T) {
			p := newPlay(t, platform, platform.Channel, nil)
			p.danaHasHours()
			e := p.danaForgets()
			if ask := p.question("dana"); !slices.Equal(ask.Acts(), []string{"Yes, keep it", "Stop now", "I stopped at …"}) {
				t.Fatalf("Dana is asked %+v", ask)
			}
			p.shows(true, "Forgotten timer? Dana Member", "Fix login", "over 8 h")
			old := p.Window(p.alert())
			d.stop(p, e)
			p.tick(time.Second)
			for _, text := range d.says {
				p.shows(false, strings.ReplaceAll(text, "{chat}", platform.Door))
			}
			if a := p.alert(); a.Edits != 1 {
				t.Errorf("edited %d times", a.Edits)
			}
			p.isDead(old, e)
			p.ticks(48*time.Hour, time.Hour)
			if r := p.Replies(p.alert()); len(r) > 0 {
				t.Errorf("reminded of a stopped timer: %q", r)
			}
			p.MustVerify()
		})
	}
}

// answered lets a timer be stopped from each door that is not a button of its messages, after somebody has answered them:
// they show the stop, and no longer the answer.
func (platform Platform) answered(t *testing.T) {
	for answer, give := range map[string]struct {
		press func(p *play)
		says  string
		edits int // of the alert until then
	}{
		"the owner's still working":  {func(p *play) { p.press("olivia", p.alert(), "Still working") }, "Settled by Olivia Owner: still working", 1},
		"the member's still working": {func(p *play) { p.press("dana", p.question("dana"), "Yes, keep it") }, "Settled by Dana Member: still working", 1},
		"tomorrow":                   {func(p *play) { p.press("olivia", p.alert(), "Remind me tomorrow") }, "Put off until", 1},
		"a snooze that is over": {func(p *play) {
			p.press("olivia", p.alert(), "Remind me in 1 hour")
			p.tick(time.Second)
			p.tick(time.Hour)
		}, "Forgotten timer?", 2},
	} {
		for _, name := range []string{"command", "panel", "api", "the member's command", "the member's new timer", "deleting", "correcting", "nobody", "deactivating"} {
			t.Run(answer+", "+name, func(t *testing.T) {
				p := newPlay(t, platform, platform.Channel, nil)
				e := p.danaForgets()
				give.press(p)
				p.tick(time.Second)
				p.reads(p.alert().Text, give.says)
				replies := len(p.Replies(p.alert()))
				d := doors()[name]
				d.stop(p, e)
				p.tick(time.Second)
				for _, text := range d.says {
					p.shows(false, strings.ReplaceAll(text, "{chat}", platform.Door))
				}
				question := p.Direct("dana")[0]
				if len(question.Acts()) > 0 {
					t.Errorf("the question can be answered by %q", question.Acts())
				}
				says := strings.ReplaceAll(d.says[0], "{chat}", platform.Door)
				if name == "deactivating" { // who is not active sees nothing of it any more
					says = "Nothing to do here any more"
				}
				p.reads(question.Text, says)
				for _, text := range []string{p.alert().Text, question.Text} {
					if strings.Contains(text, ": still working") || strings.Contains(text, "Put off") || strings.Contains(text, "Corrected") {
						t.Errorf("not the present state:\n%s", text)
					}
				}
				if a := p.alert(); a.Edits != give.edits+1 {
					t.Errorf("edited %d times", a.Edits)
				}
				p.ticks(24*time.Hour, 4*time.Hour)
				if n := len(p.Replies(p.alert())); n != replies {
					t.Errorf("%d reminders of a stopped timer", n-replies)
				}
				p.MustVerify()
			})
		}
	}
}

// isDead fails when somebody who still has the alert before their eyes as it was can do anything by it.
func (p *play) isDead(old Seen, e core.TimeEntry) {
	p.t.Helper()
	before, errBefore := p.Entry(p.t.Context(), p.Actor("dana"), e.ID)
	if late := p.again("otto", old, "Stop now"); strings.Contains(late.String(), "Confirm") || late.String() == "" {
		p.t.Errorf("a dead button answers:\n%s", late)
	}
	after, err := p.Entry(p.t.Context(), p.Actor("dana"), e.ID)
	if core.ErrorCode(err) != core.ErrorCode(errBefore) || !after.End.Equal(before.End) || after.StoppedName != before.StoppedName {
		p.t.Errorf("a dead button made of %+v, %v\n%+v, %v", before, errBefore, after, err)
	}
}

// twoClicks are all that it takes from the alert to the stopped timer, with the proposed end too.
func (platform Platform) twoClicks(t *testing.T) {
	for _, name := range []string{byAlert, byProposal} {
		p := newPlay(t, platform, platform.Channel, nil)
		p.danaHasHours()
		e := p.danaForgets()
		doors()[name].stop(p, e)
		if p.clicks != 2 || p.entryNow(e.ID).Running() {
			t.Errorf("%s: %d clicks, running %t", name, p.clicks, p.entryNow(e.ID).Running())
		}
	}
}
