package conformance

import (
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

func ownTimerRuns(s *stage) {
	m := s.dana().runs("/timer start Write the *report* & <more>")
	s.private(m)
	s.says(m, s.say("chat.start.done"))
	s.fact(m, "word.description", "Write the *report* & <more>")
	s.fact(m, "word.start", moment(s.Clock.Now()))
	start := s.Clock.Now()
	s.Clock.Advance(90 * time.Minute)
	status := s.dana().runs("/timer status")
	s.private(status)
	s.says(status, s.say("chat.status.title"))
	s.fact(status, "word.duration", s.duration(90*time.Minute))
	stopped := s.dana().runs("/timer stop")
	s.private(stopped)
	s.says(stopped, s.say("chat.stop.own"))
	s.fact(stopped, "word.start", moment(start))
	s.fact(stopped, "word.end", moment(s.Clock.Now()))
	s.fact(stopped, "word.duration", s.duration(90*time.Minute))
	s.buttons(stopped, "button.undo", "button.correct")
	if s.clicks.Load() != 0 {
		s.t.Error("it took clicks")
	}
	s.done(core.ActTimerStop, 1)
	s.says(s.dana().press(stopped, "button.undo"), s.say("chat.undone", s.name("dana")))
	e, err := s.RunningEntry(s.t.Context(), s.Actor("dana"), "")
	if err != nil || !e.Start.Equal(start) || e.Description != "Write the *report* & <more>" {
		s.t.Errorf("Dana runs %+v, %v", e, err)
	}
}

func startEndsTheOther(s *stage) {
	e := s.danaRuns(90 * time.Minute)
	m := s.dana().runs("/timer start Next")
	s.says(m, s.say("chat.start.done"), s.say("chat.start.stopped", locale.Params{"Description": "Fix login", "Duration": 90 * time.Minute}))
	s.endsAt(e, s.Clock.Now())
	nameless := s.dana().runs("/timer start")
	s.fact(nameless, "word.description", s.say("no_description"))
}

func nothingRuns(s *stage) {
	for _, line := range []string{"/timer status", "/timer stop"} {
		m := s.dana().runs(line)
		s.private(m)
		s.says(m, s.say("error.no_running_timer"))
		s.buttons(m)
	}
}

func ownCorrection(s *stage) {
	e := s.danaRuns(3 * time.Hour)
	form := s.dana().press(s.dana().runs("/timer stop"), "button.correct")
	s.form(form, s.say("chat.correct.intro", s.name("dana")))
	end := e.Start.Add(2 * time.Hour)
	done := s.dana().Submits(form, map[string]any{s.words.T("word.end"): end})
	s.says(done, s.say("chat.correct.done", s.name("dana")))
	s.fact(done, "word.duration", s.duration(2*time.Hour))
	s.endsAt(e, end)
	if got := s.entry(e); !got.Start.Equal(e.Start) || got.Description != e.Description { // which nobody touched in the form
		s.t.Errorf("the entry is %+v", got)
	}
	log := s.done(core.ActEntryCorrect, 1)
	after := `{"end":"` + end.UTC().Format(time.RFC3339) + `"}`
	if len(log) == 1 && (log[0].ActorName != "Dana Member" || log[0].Door != s.door() || string(log[0].After) != after) {
		s.t.Errorf("the audit log says %+v, after %s", log[0], log[0].After)
	}
}
