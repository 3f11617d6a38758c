package conformance

import (
	"sync"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

func doubleClick(s *stage) {
	e := s.danaRuns(time.Hour)
	card := s.card("olivia")
	s.olivia().press(card, "button.confirm")
	end := s.Clock.Now()
	s.Clock.Advance(5 * time.Second)
	again := s.olivia().press(card, "button.confirm")
	s.refuses(again, s.already("Olivia Owner", end))
	if again.Replaces {
		s.t.Error("the second click takes the result with its Undo away")
	}
	s.endsAt(e, end)
	s.done(core.ActTimerStop, 1)
}

func twoOwners(s *stage) {
	e := s.danaRuns(time.Hour)
	first, second := s.card("olivia"), s.card("otto")
	s.olivia().press(first, "button.confirm")
	end := s.Clock.Now()
	s.Clock.Advance(5 * time.Second)
	loser := s.person("otto").press(second, "button.confirm")
	s.refuses(loser, s.already("Olivia Owner", end))
	if !loser.Replaces {
		s.t.Error("the loser keeps a card with dead buttons")
	}
	s.endsAt(e, end)
	s.done(core.ActTimerStop, 1)
}

func parallelClicks(s *stage) {
	e := s.danaRuns(time.Hour)
	owners := []string{"olivia", "otto"}
	cards := []*Shown{s.card("olivia"), s.card("otto")}
	answers := make([]*Shown, 50)
	var clicking sync.WaitGroup
	for i := range answers {
		clicking.Go(func() { answers[i] = s.person(owners[i%2]).press(cards[i%2], "button.confirm") })
	}
	clicking.Wait()
	by := s.entry(e).StoppedName
	won := 0
	for _, m := range answers {
		if s.pattern(s.say("chat.stop.done", s.name("dana"))).MatchString(spaced(m.Read())) {
			won++
			continue
		}
		s.says(m, s.already(by, s.Clock.Now()))
	}
	if won != 1 {
		s.t.Errorf("%d clicks say that they have stopped the timer", won)
	}
	s.endsAt(e, s.Clock.Now())
	s.done(core.ActTimerStop, 1)
}

// restarts lets Dana stop her timer and start another, and returns it with the sentence that everybody
// gets who still wants to stop the first.
func (s *stage) restarts() (core.TimeEntry, phrase) {
	s.t.Helper()
	s.says(s.dana().runs("/timer stop"), s.say("chat.stop.own"))
	stop := s.Clock.Now()
	s.Clock.Advance(5 * time.Second)
	s.says(s.dana().runs("/timer start Something new"), s.say("chat.start.done"), "Something new")
	e, err := s.RunningEntry(s.t.Context(), s.Actor("dana"), "")
	if err != nil {
		s.t.Fatal(err)
	}
	return e, s.say("error.already_stopped_new_runs", locale.Params{"By": "Dana Member", "Ago": stop, "NewStart": e.Start})
}

func cardOfRestartedTimer(s *stage) {
	s.danaRuns(3 * time.Hour)
	card := s.card("olivia")
	fresh, sentence := s.restarts()
	late := s.olivia().press(card, "button.confirm")
	s.refuses(late, sentence)
	if !late.Replaces {
		s.t.Error("the dead card keeps its buttons")
	}
	s.runsStill(fresh)
	s.says(s.olivia().press(s.card("olivia"), "button.confirm"), "Something new")
}

func rowOfRestartedTimer(s *stage) {
	s.forgotten()
	list := s.olivia().runs("/accounts forgotten")
	fresh, sentence := s.restarts()
	for _, id := range []string{"button.stop_now", "chat.snooze.1h", "button.still_working"} {
		s.refuses(s.olivia().press(list, id), sentence)
	}
	s.runsStill(fresh)
}

func expiredCard(s *stage) {
	e := s.danaRuns(time.Hour)
	card := s.card("olivia")
	s.Clock.Advance(core.ConfirmationFor)
	late := s.olivia().press(card, "button.confirm")
	s.refuses(late, s.say("error.confirmation_expired"))
	if !late.Replaces {
		s.t.Error("an expired card keeps its buttons")
	}
	s.runsStill(e)
	s.done(core.ActTimerStop, 0)
}

func expiredForm(s *stage) {
	e := s.danaRuns(time.Hour)
	form := s.olivia().press(s.card("olivia"), "button.confirm", Pick{Choice: s.words.T("button.other_time")})
	s.form(form)
	s.Clock.Advance(core.ConfirmationFor)
	late := s.olivia().Submits(form, map[string]any{s.words.T("word.end"): s.Clock.Now().Add(-time.Minute)})
	s.says(late, s.say("error.confirmation_expired"))
	s.runsStill(e)
	s.done(core.ActTimerStop, 0)
}
