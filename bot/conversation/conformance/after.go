package conformance

import (
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// stopped is the result of a stop of Dana's timer by Olivia.
func (s *stage) stopped() *Shown {
	s.t.Helper()
	done := s.olivia().press(s.card("olivia"), "button.confirm")
	s.buttons(done, "button.undo", "button.correct")
	return done
}

func undoRevives(s *stage) {
	e := s.danaRuns(4 * time.Hour)
	done := s.stopped()
	s.Clock.Advance(time.Minute)
	undone := s.olivia().press(done, "button.undo")
	s.says(undone, s.say("chat.undone", s.name("dana")))
	s.fact(undone, "word.start", moment(e.Start))
	s.fact(undone, "word.duration", s.duration(4*time.Hour+time.Minute))
	s.buttons(undone)
	if !undone.Replaces {
		s.t.Error("the result of the stop stays with its buttons")
	}
	s.runsStill(e)
	s.done(core.ActTimerUndoStop, 1)
	s.refuses(s.olivia().press(done, "button.undo"), s.say("error.runs_already"))
	s.done(core.ActTimerUndoStop, 1)
}

func undoIsLate(s *stage) {
	e := s.danaRuns(time.Hour)
	done := s.stopped()
	end := s.Clock.Now()
	s.Clock.Advance(core.UndoFor)
	s.refuses(s.olivia().press(done, "button.undo"), s.say("error.undo_expired"))
	s.endsAt(e, end)
}

func undoAgainstNewTimer(s *stage) {
	e := s.danaRuns(time.Hour)
	done := s.stopped()
	end := s.Clock.Now()
	s.Clock.Advance(time.Minute)
	s.says(s.dana().runs("/timer start Something new"), s.say("chat.start.done"))
	s.refuses(s.olivia().press(done, "button.undo"), s.say("error.undo_new_timer", locale.Params{"NewStart": s.Clock.Now()}))
	s.endsAt(e, end)
}

func undoOfEarlierStop(s *stage) {
	e := s.danaRuns(4 * time.Hour)
	first := s.stopped()
	if _, err := s.UndoStop(s.t.Context(), s.Actor("dana"), e.ID); err != nil {
		s.t.Fatal(err)
	}
	s.Clock.Advance(time.Minute)
	s.says(s.dana().runs("/timer stop"), s.say("chat.stop.own"))
	s.refuses(s.olivia().press(first, "button.undo"), s.say("error.entry_changed"))
	s.endsAt(e, s.Clock.Now())
}

func correctionIsWritten(s *stage) {
	e := s.danaRuns(4 * time.Hour)
	done := s.stopped()
	form, second := s.olivia().press(done, "button.correct"), s.olivia().press(done, "button.correct")
	s.form(form, s.say("button.correct"), s.say("chat.correct.intro", s.name("dana")))
	end := e.Start.Add(3 * time.Hour)
	corrected := s.olivia().Submits(form, map[string]any{
		s.words.T("word.end"): end, s.words.T("word.description"): "Fix sign-in", s.words.T("word.reason"): "lunch",
	})
	s.says(corrected, s.say("chat.correct.done", s.name("dana")))
	s.fact(corrected, "word.description", "Fix sign-in")
	s.fact(corrected, "word.end", moment(end))
	s.fact(corrected, "word.duration", s.duration(3*time.Hour))
	got := s.entry(e)
	if !got.End.Equal(end) || !got.Start.Equal(e.Start) || got.Description != "Fix sign-in" {
		s.t.Errorf("the entry is %+v", got)
	}
	log := s.done(core.ActEntryCorrect, 1)
	if len(log) == 1 && (log[0].Reason != "lunch" || !strings.Contains(string(log[0].Before), "Fix login") || !strings.Contains(string(log[0].After), "Fix sign-in")) {
		s.t.Errorf("the audit log says %s %s %q", log[0].Before, log[0].After, log[0].Reason)
	}
	again := s.olivia().Submits(second, map[string]any{s.words.T("word.end"): end.Add(-time.Hour)})
	s.says(again, s.say("error.entry_changed"))
	s.endsAt(e, end)
	s.done(core.ActEntryCorrect, 1)
}

func correctionIsRefused(s *stage) {
	e := s.danaRuns(4 * time.Hour)
	stop := s.Clock.Now()
	form := s.olivia().press(s.stopped(), "button.correct")
	end := s.words.T("word.end")
	ahead := s.olivia().Submits(form, map[string]any{end: s.Clock.Now().Add(time.Hour)})
	s.fieldRefuses(ahead, "word.end", s.say("error.end_ahead", locale.Params{"Now": s.Clock.Now()}))
	s.endsAt(e, stop)
	at := e.Start.Add(time.Hour)
	s.says(s.olivia().Submits(form, map[string]any{end: at}), s.say("chat.correct.done", s.name("dana")))
	s.endsAt(e, at)
	s.done(core.ActEntryCorrect, 1)
}

func followUpsArePersonal(s *stage) {
	e := s.danaRuns(time.Hour)
	done := s.stopped()
	end := s.Clock.Now()
	for _, id := range []string{"button.undo", "button.correct"} {
		m := s.person("otto").press(done, id)
		s.refuses(m, s.say("error.confirmation_not_yours"))
		if m.Replaces {
			s.t.Error("Otto's click takes Olivia's result away")
		}
	}
	s.endsAt(e, end)
	s.refused(core.ActTimerUndoStop, 1)
	s.refused(core.ActEntryCorrect, 1)
}
