package conformance

import (
	"slices"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

// card opens the card that stops Dana's timer.
func (s *stage) card(who string) *Shown {
	s.t.Helper()
	m := s.person(who).runs("/accounts stop-timer {dana}")
	s.says(m, s.say("chat.stop.title", s.name("dana")))
	return m
}

func confirmStopsNow(s *stage) {
	e := s.danaRuns(9 * time.Hour)
	s.Clock.Advance(30 * time.Minute)
	card := s.card("olivia")
	s.private(card)
	s.fact(card, "word.description", "Fix login")
	s.fact(card, "chat.since", s.say("chat.since_for", locale.Params{"Start": e.Start, "Duration": s.duration(9*time.Hour + 30*time.Minute)}))
	s.says(card, s.say("chat.end_label"), s.say("chat.card_note"))
	s.selected(card, s.say("chat.end_now", locale.Params{"Time": s.Clock.Now()}))
	s.offers(card, s.say("button.other_time"), "")
	if len(card.Checks) != 1 || card.Checks[0] != (Check{string(s.say("chat.notify", s.name("dana"))), true}) {
		s.t.Errorf("boxes are %+v", card.Checks)
	}
	s.buttons(card, "button.confirm", "button.cancel")
	s.runsStill(e)
	s.done(core.ActTimerStop, 0)

	done := s.olivia().press(card, "button.confirm")
	if !done.Replaces {
		s.t.Error("the card stands beside its result")
	}
	s.private(done)
	s.says(done, s.say("chat.stop.done", s.name("dana")), s.say("chat.stop.told", s.name("dana")))
	s.fact(done, "word.description", "Fix login")
	s.fact(done, "word.start", moment(e.Start))
	s.fact(done, "word.end", moment(s.Clock.Now()))
	s.fact(done, "word.duration", s.duration(9*time.Hour+30*time.Minute))
	s.buttons(done, "button.undo", "button.correct")
	got := s.entry(e)
	if !got.End.Equal(s.Clock.Now()) || got.StoppedDoor != s.door() || got.StoppedName != "Olivia Owner" || !got.Start.Equal(e.Start) || got.Description != "Fix login" {
		s.t.Errorf("the entry became %+v", got)
	}
	if log := s.done(core.ActTimerStop, 1); len(log) == 1 && (log[0].Door != s.door() || log[0].ActorName != "Olivia Owner" || log[0].Target.Name != "Dana Member") {
		s.t.Errorf("the audit log says %+v", log[0])
	}
	if s.clicks.Load() != 1 {
		s.t.Errorf("it took %d clicks", s.clicks.Load())
	}
}

func endAndReasonTyped(s *stage) {
	half := time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC) // 9:30 in Berlin
	for i, typed := range []struct{ words, reason string }{
		{"at 9:30 reason forgot it", "forgot it"}, {"um 9:30 Uhr Grund hat es vergessen", "hat es vergessen"}, {"um 09.30 reason x", "x"},
	} {
		e := s.danaRuns(3 * time.Hour)
		card := s.olivia().runs("/accounts stop-timer {dana} " + typed.words)
		s.fact(card, "word.reason", phrase(typed.reason))
		s.selected(card, moment(half))
		s.offers(card, s.say("chat.end_now", locale.Params{"Time": s.Clock.Now()}), "")
		done := s.olivia().press(card, "button.confirm")
		s.fact(done, "word.end", moment(half))
		s.fact(done, "word.duration", s.duration(2*time.Hour+30*time.Minute))
		s.endsAt(e, half)
		if log := s.done(core.ActTimerStop, i+1); len(log) > 0 && log[0].Reason != typed.reason {
			s.t.Errorf("the reason is %q, want %q", log[0].Reason, typed.reason)
		}
		if _, err := s.DeleteEntry(s.t.Context(), s.Actor("dana"), e.ID); err != nil { // room for the next one
			s.t.Fatal(err)
		}
	}
}

func proposalIsChosen(s *stage) {
	hours := "mon-fri 09:00-17:30"
	if _, err := s.UpdateMember(s.t.Context(), coretest.Operator(s.Workspace.ID), s.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}); err != nil {
		s.t.Fatal(err)
	}
	e := s.danaRuns(0) // 10:00 in Berlin
	s.Clock.Advance(9 * time.Hour)
	end := time.Date(2026, 11, 23, 16, 30, 0, 0, time.UTC)
	card := s.card("olivia")
	s.offers(card, moment(end), s.say("why.working_hours", locale.Params{"Time": end}))
	i := slices.IndexFunc(card.Choice, func(o Option) bool {
		return s.pattern(s.say("why.working_hours", locale.Params{"Time": end})).MatchString(o.Why)
	})
	if i < 0 {
		return
	}
	done := s.olivia().press(card, "button.confirm", Pick{Choice: card.Choice[i].Label}, Pick{Off: s.words.T("chat.notify", s.name("dana"))})
	s.lacks(done, s.say("chat.stop.told", s.name("dana"))) // both choices count
	s.fact(done, "word.end", moment(end))
	s.fact(done, "word.duration", s.duration(7*time.Hour+30*time.Minute))
	s.endsAt(e, end)
}

func nowInstead(s *stage) {
	e := s.danaRuns(3 * time.Hour)
	card := s.olivia().runs("/accounts stop-timer {dana} at 9:30")
	now := s.words.T("chat.end_now", locale.Params{"Time": s.words.Time(s.Clock.Now())})
	s.olivia().press(card, "button.confirm", Pick{Choice: now})
	s.endsAt(e, s.Clock.Now())
}

func ownTime(s *stage) {
	e := s.danaRuns(5 * time.Hour)
	form := s.olivia().press(s.card("olivia"), "button.confirm", Pick{Choice: s.words.T("button.other_time")})
	s.form(form, s.say("chat.other_time.title"))
	end := s.words.T("word.end")

	ahead := s.olivia().Submits(form, map[string]any{end: s.Clock.Now().Add(time.Hour)})
	s.fieldRefuses(ahead, "word.end", s.say("error.end_ahead", locale.Params{"Now": s.Clock.Now()}))
	s.runsStill(e)
	early := s.olivia().Submits(form, map[string]any{end: e.Start.Add(-time.Hour)})
	s.fieldRefuses(early, "word.end", s.say("error.end_before_start", locale.Params{"Start": e.Start, "End": e.Start.Add(-time.Hour)}))
	s.runsStill(e)

	at := s.Clock.Now().Add(-2 * time.Hour)
	done := s.olivia().Submits(form, map[string]any{end: at})
	s.says(done, s.say("chat.stop.done", s.name("dana")))
	s.fact(done, "word.end", moment(at))
	s.fact(done, "word.duration", s.duration(3*time.Hour))
	s.buttons(done, "button.undo", "button.correct")
	if !done.Replaces {
		s.t.Error("the card stands beside its result")
	}
	s.endsAt(e, at)
	s.done(core.ActTimerStop, 1)
}

func memberIsTold(s *stage) {
	s.danaRuns(time.Hour)
	s.says(s.olivia().press(s.card("olivia"), "button.confirm"), s.say("chat.stop.told", s.name("dana")))
	s.notice()
	if s.platform.Knows { // nobody has an account there to write to
		return
	}
	var told []*Shown
	s.eventually("a direct message", func() bool {
		told = s.driver.Direct("dana")
		return len(told) > 0
	}, func() string { return "there is none" })
	s.says(told[0], s.say("chat.note.stopped", locale.Params{"By": "Olivia Owner"}))
	s.fact(told[0], "word.description", "Fix login")
	s.fact(told[0], "word.duration", s.duration(time.Hour))
}

// notice fails unless Dana's inbox says who stopped her timer.
func (s *stage) notice() {
	s.t.Helper()
	list, err := s.Notices(s.t.Context(), s.Actor("dana"), 10)
	if err != nil || !slices.ContainsFunc(list, func(n core.Notice) bool { return n.Act == core.ActTimerStop && n.ActorName == "Olivia Owner" }) {
		s.t.Errorf("Dana's inbox: %+v %v", list, err)
	}
}

func memberIsNotTold(s *stage) {
	e := s.forgotten() // with an alert, whose edit shows that delivery is over
	s.alert(s.say("chat.alert.title", s.name("dana")))
	before := len(s.driver.Direct("dana"))
	done := s.olivia().press(s.card("olivia"), "button.confirm", Pick{Off: s.words.T("chat.notify", s.name("dana"))})
	s.says(done, s.say("chat.stop.done", s.name("dana")))
	s.lacks(done, s.say("chat.stop.told", s.name("dana")))
	s.endsAt(e, s.Clock.Now())
	s.notice() // the inbox is written always
	s.alert(s.stoppedBy("Olivia Owner", s.doorWord()))
	if told := s.driver.Direct("dana"); len(told) != before {
		s.t.Errorf("Dana was told: %s", told[len(told)-1].Read())
	}
}

func incompleteIsMarked(s *stage) {
	if _, err := s.UpdateWorkspace(s.t.Context(), s.Actor("olivia"), core.WorkspaceUpdate{Require: &core.Require{Project: true}}); err != nil {
		s.t.Fatal(err)
	}
	e := s.danaRuns(time.Hour)
	done := s.olivia().press(s.card("olivia"), "button.confirm")
	s.says(done, s.say("chat.stop.done", s.name("dana")), s.say("chat.incomplete"))
	if got := s.entry(e); got.Running() || !got.Incomplete {
		s.t.Errorf("the entry is %+v", got)
	}
}

func cancelChangesNothing(s *stage) {
	e := s.danaRuns(time.Hour)
	card := s.card("olivia")
	gone := s.olivia().press(card, "button.cancel")
	s.says(gone, s.say("chat.canceled"))
	s.buttons(gone)
	if !gone.Replaces {
		s.t.Error("a canceled card keeps its buttons")
	}
	s.refuses(s.olivia().press(card, "button.confirm"), s.say("error.confirmation_canceled"))
	s.runsStill(e)
	s.done(core.ActTimerStop, 0)
}

func noTimerToStop(s *stage) {
	s.refuses(s.olivia().runs("/accounts stop-timer {dana}"), s.say("error.no_timer_of", s.name("dana")))
	s.danaRuns(time.Hour)
	s.olivia().press(s.card("olivia"), "button.confirm")
	at := s.Clock.Now()
	s.Clock.Advance(time.Minute)
	s.refuses(s.person("otto").runs("/accounts stop-timer {dana}"), s.already("Olivia Owner", at))
	s.done(core.ActTimerStop, 1)
}

// already says that the timer was stopped, by whom and when.
func (s *stage) already(by string, at time.Time) phrase {
	s.t.Helper()
	return s.say("error.already_stopped", locale.Params{"By": by, "Ago": at})
}

func keysAreDeactivated(s *stage) {
	secrets := []string{s.MustKey("dana"), s.MustKey("dana")}
	s.MustKey("dirk")
	if _, err := s.ActorByAPIKey(s.t.Context(), secrets[0], "", ""); err != nil {
		s.t.Fatal(err)
	}
	card := s.olivia().runs("/accounts deactivate-key {dana} reason laptop lost")
	s.private(card)
	s.says(card, s.say("chat.keys.title", s.name("dana")), s.say("chat.keys.all"))
	s.fact(card, "chat.keys.active", "2")
	s.fact(card, "chat.keys.last_used", moment(s.Clock.Now()))
	s.fact(card, "word.reason", "laptop lost")
	s.buttons(card, "button.confirm", "button.cancel")
	for _, secret := range secrets {
		if strings.Contains(card.Read(), secret[:6]) || strings.Contains(card.Read(), secret[len(secret)-4:]) {
			s.t.Error("the card shows characters of a key")
		}
	}
	s.done(core.ActAPIKeyDeactivate, 0)
	done := s.olivia().press(card, "button.confirm")
	s.says(done, s.say("chat.keys.done", locale.Params{"Count": 2}, s.name("dana")))
	s.buttons(done)
	if !done.Replaces {
		s.t.Error("the card stands beside its result")
	}
	for _, secret := range secrets {
		if _, err := s.ActorByAPIKey(s.t.Context(), secret, "", ""); core.ErrorCode(err) != core.CodeUnauthenticated {
			s.t.Errorf("a key still works: %v", err)
		}
	}
	log := s.done(core.ActAPIKeyDeactivate, 1)
	if len(log) == 1 && (log[0].Reason != "laptop lost" || log[0].Door != s.door()) {
		s.t.Errorf("the audit log says %+v", log[0])
	}
	s.refuses(s.olivia().runs("/accounts deactivate-key {dana}"), s.say("error.no_active_keys", s.name("dana")))
	s.fact(s.olivia().runs("/accounts show {dirk}"), "chat.keys.active", "1")
}

func keysAreKept(s *stage) {
	secret := s.MustKey("dana")
	card := s.olivia().runs("/accounts deactivate-key {dana}")
	s.fact(card, "chat.keys.last_used", s.say("never"))
	s.says(s.olivia().press(card, "button.cancel"), s.say("chat.canceled"))
	s.refuses(s.olivia().press(card, "button.confirm"), s.say("error.confirmation_canceled"))
	if _, err := s.ActorByAPIKey(s.t.Context(), secret, "", ""); err != nil {
		s.t.Errorf("the key does not work: %v", err)
	}
}
