package conformance

import (
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

// stoppedBy is what an alert says of the stop of its timer.
func (s *stage) stoppedBy(by string, door phrase) phrase {
	s.t.Helper()
	return s.say("chat.alert.stopped", locale.Params{"By": by, "Door": door, "At": s.Clock.Now()})
}

// alive waits for an alert that can be answered.
func (s *stage) alive() Posted {
	s.t.Helper()
	a := s.alert(s.say("chat.alert.title", s.name("dana")), "Fix login")
	s.says(a.Shown, s.say("chat.alert.runs", locale.Params{"Duration": 9 * time.Hour}))
	s.offersOnAlert(a, "button.stop_now", "button.other_time", "chat.snooze.1h", "chat.snooze.4h", "chat.snooze.day", "button.still_working", "button.open_panel")
	return a
}

func (s *stage) offersOnAlert(a Posted, ids ...string) {
	s.t.Helper()
	has := map[string]bool{}
	for _, label := range a.Labels() {
		has[label] = true
	}
	for _, id := range ids {
		if !has[s.words.T(id)] {
			s.t.Errorf("the alert has no %q: %q", s.words.T(id), a.Labels())
		}
	}
}

// settled fails unless the alert has nothing left to click but the way to the panel, and was edited in its place.
func (s *stage) settled(a Posted) {
	s.t.Helper()
	s.buttons(a.Shown, "button.open_panel")
	if a.Edits < 1 {
		s.t.Errorf("the alert was edited %d times", a.Edits)
	}
}

func alertIsEdited(s *stage) {
	e := s.forgotten()
	a := s.alive()
	s.fact(a.Shown, "word.description", "Fix login")
	s.fact(a.Shown, "word.start", moment(e.Start))
	if a.Private {
		s.t.Error("the alert is not seen by everybody")
	}
	seen := coretest.Start.Add(2 * time.Hour)
	s.says(a.Shown, s.say("chat.alert.proposal", locale.Params{"Time": seen, "Why": s.say("why.last_activity", locale.Params{"Time": seen})}))
	s.linksTo(a.Shown, "button.open_panel", "/w/acme/settings/accounts")
	s.flag(0) // it is not posted again
	if _, err := s.StopTimer(s.t.Context(), s.Actor("otto"), core.StopTimer{EntryID: e.ID}); err != nil {
		s.t.Fatal(err)
	}
	a = s.alert(s.stoppedBy("Otto Owner", s.say("door.panel")))
	s.settled(a)
	s.fact(a.Shown, "word.end", moment(s.Clock.Now()))
	s.fact(a.Shown, "word.duration", s.duration(9*time.Hour))
}

func alertComesAlive(s *stage) {
	e := s.forgotten()
	s.alive()
	if _, err := s.StopTimer(s.t.Context(), s.Actor("otto"), core.StopTimer{EntryID: e.ID}); err != nil {
		s.t.Fatal(err)
	}
	s.settled(s.alert(s.stoppedBy("Otto Owner", s.say("door.panel"))))
	if _, err := s.UndoStop(s.t.Context(), s.Actor("otto"), e.ID); err != nil {
		s.t.Fatal(err)
	}
	again := s.alert(s.say("chat.alert.runs", locale.Params{"Duration": 9 * time.Hour}))
	s.offersOnAlert(again, "button.stop_now", "button.other_time")
	card := s.olivia().press(again.Shown, "button.stop_now")
	s.says(s.olivia().press(card, "button.confirm"), s.say("chat.stop.done", s.name("dana")))
	s.settled(s.alert(s.stoppedBy("Olivia Owner", s.doorWord())))
}

func twoClicks(s *stage) {
	e := s.forgotten()
	a := s.alive()
	card := s.olivia().press(a.Shown, "button.stop_now")
	s.private(card)
	s.alive() // the card does not take its place
	s.says(card, s.say("chat.stop.title", s.name("dana")))
	s.runsStill(e)
	other := s.person("otto").press(a.Shown, "button.stop_now") // which is not used up
	done := s.olivia().press(card, "button.confirm")
	if n := s.clicks.Load(); n != 3 {
		s.t.Errorf("it took %d clicks beside Otto's", n-1)
	}
	s.says(done, s.say("chat.stop.done", s.name("dana")))
	s.endsAt(e, s.Clock.Now())
	s.settled(s.alert(s.stoppedBy("Olivia Owner", s.doorWord())))
	at := s.Clock.Now()
	s.Clock.Advance(5 * time.Second)
	s.refuses(s.person("otto").press(other, "button.confirm"), s.already("Olivia Owner", at))
	late := s.person("otto").press(a.Shown, "button.stop_now")
	s.refuses(late, s.already("Olivia Owner", at))
	if late.Replaces {
		s.t.Error("a late click takes the alert away")
	}
	s.done(core.ActTimerStop, 1)
}

func alertProposal(s *stage) {
	e := s.forgotten()
	a := s.alive()
	seen := coretest.Start.Add(2 * time.Hour)
	card := s.olivia().Clicks(a.Shown, s.words.T("button.stop_at", locale.Params{"Time": s.words.DayTime(seen, s.Clock.Now())}))
	s.selected(card, moment(seen))
	done := s.olivia().press(card, "button.confirm")
	s.fact(done, "word.end", moment(seen))
	s.endsAt(e, seen)
	s.settled(s.alert(s.stoppedBy("Olivia Owner", s.doorWord())))
}

func alertOwnTime(s *stage) {
	e := s.forgotten()
	a := s.alive()
	form := s.olivia().press(a.Shown, "button.other_time")
	s.form(form, s.say("chat.other_time.title"))
	end := s.words.T("word.end")
	ahead := s.olivia().Submits(form, map[string]any{end: s.Clock.Now().Add(time.Hour)})
	s.fieldRefuses(ahead, "word.end", s.say("error.end_ahead", locale.Params{"Now": s.Clock.Now()}))
	s.runsStill(e)
	at := s.Clock.Now().Add(-3 * time.Hour)
	s.says(s.olivia().Submits(form, map[string]any{end: at}), s.say("chat.stop.done", s.name("dana")))
	s.endsAt(e, at)
	s.settled(s.alert(s.stoppedBy("Olivia Owner", s.doorWord())))
}

func alertPutOff(s *stage) {
	e := s.forgotten()
	a := s.alive()
	s.says(s.dana().press(a.Shown, "chat.snooze.1h"), s.say("chat.snooze.done", s.name("dana"), locale.Params{"Until": s.Clock.Now().Add(time.Hour)})) // her own
	until := s.Clock.Now().Add(4 * time.Hour)
	m := s.olivia().press(a.Shown, "chat.snooze.4h")
	s.private(m)
	s.says(m, s.say("chat.snooze.done", s.name("dana"), locale.Params{"Until": until}))
	a = s.alert(s.say("chat.alert.snoozed", locale.Params{"By": "Olivia Owner", "Until": until}))
	s.offersOnAlert(a, "button.stop_now", "button.still_working")
	form := s.olivia().press(a.Shown, "button.other_time")
	s.form(form, s.say("chat.other_time.title"))
	s.says(s.person("otto").press(a.Shown, "button.still_working"), s.say("chat.snooze.working", s.name("dana")))
	a = s.alert(s.say("chat.alert.working", locale.Params{"By": "Otto Owner", "At": s.Clock.Now()}))
	s.settled(a)
	s.runsStill(e)
	if f := s.flagOf(); f.State != core.FlagResolved || f.Resolution != core.ResolvedWorking {
		s.t.Errorf("the flag is %+v", f)
	}
	end := s.Clock.Now().Add(-2 * time.Hour) // the form that is open stops the timer all the same
	s.says(s.olivia().Submits(form, map[string]any{s.words.T("word.end"): end}), s.say("chat.stop.done", s.name("dana")))
	s.endsAt(e, end)
}

var alertButtons = []string{"button.stop_now", "button.other_time", "chat.snooze.1h", "chat.snooze.4h", "chat.snooze.day", "button.still_working"}

func alertRefused(s *stage) {
	e := s.forgotten()
	a := s.alive()
	for _, id := range alertButtons {
		for _, who := range []string{"adam", "dirk"} {
			s.refuses(s.person(who).press(a.Shown, id), s.say("error.owner_required"))
		}
	}
	s.MustSetPlan(core.PlanPro)
	for _, id := range alertButtons {
		s.refuses(s.olivia().press(a.Shown, id), s.say("error.plan_required"))
	}
	s.MustSetPlan(core.PlanEnterprise)
	s.runsStill(e)
	if f := s.flagOf(); f.State != core.FlagOpen {
		s.t.Errorf("the flag is %+v", f)
	}
	s.refused(core.ActTimerStop, 6)
	s.refused(core.ActFlagSnooze, 9)
	s.refused(core.ActFlagResolve, 3)
}

func alertOfRestartedTimer(s *stage) {
	s.forgotten()
	a := s.alive()
	fresh, sentence := s.restarts()
	for _, id := range alertButtons {
		s.refuses(s.olivia().press(a.Shown, id), sentence)
	}
	s.runsStill(fresh)
}

func alertOfDeletedEntry(s *stage) {
	e := s.forgotten()
	s.alive()
	if _, err := s.StopTimer(s.t.Context(), s.Actor("dana"), core.StopTimer{EntryID: e.ID}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.DeleteEntry(s.t.Context(), s.Actor("dana"), e.ID); err != nil {
		s.t.Fatal(err)
	}
	s.settled(s.alert(s.say("chat.alert.deleted", locale.Params{"By": "Dana Member"})))
}

func alertOfRestoredDatabase(s *stage) {
	e := s.forgotten()
	a := s.alive()
	if _, err := s.SettleRestored(s.t.Context(), coretest.Operator("")); err != nil {
		s.t.Fatal(err)
	}
	for _, id := range alertButtons {
		s.refuses(s.olivia().press(a.Shown, id), s.say("error.alert_gone"))
		s.refuses(s.person("dirk").press(a.Shown, id), s.say("error.question_gone"))
	}
	s.runsStill(e)
	if f := s.flagOf(); f.State != core.FlagOpen {
		s.t.Errorf("the flag is %+v", f)
	}
	card := s.olivia().press(s.olivia().runs("/accounts forgotten"), "button.stop_now")
	s.says(s.olivia().press(card, "button.confirm"), s.say("chat.stop.done", s.name("dana")))
	s.endsAt(e, s.Clock.Now())
}
