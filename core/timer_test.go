package core_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// mustCode fails the test unless err carries the code.
func mustCode(t *testing.T, err error, want core.Code) core.Error {
	t.Helper()
	if got := core.ErrorCode(err); got != want {
		t.Fatalf("got error %v with code %q, want %q", err, got, want)
	}
	if e := core.AsError(err); e != nil {
		return *e
	}
	return core.Error{}
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestStopTimerByOwner(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "Quarterly report", h.Clock.Now().Add(-9*time.Hour))
		h.Clock.Advance(time.Minute)

		stopped := must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID, Reason: "went home"}))
		if stopped.ID != e.ID || !stopped.Start.Equal(e.Start) || !stopped.End.Equal(h.Clock.Now()) || stopped.Version != e.Version+1 {
			t.Errorf("stopped entry is %+v", stopped)
		}
		read := must[core.TimeEntry](t)(h.Entry(ctx, h.Actor("dana"), e.ID))
		if !read.End.Equal(stopped.End) || read.StoppedName != "Olivia Owner" || read.StoppedDoor != core.DoorPanel {
			t.Errorf("stored entry is %+v", read)
		}
		acc := must[core.Account](t)(h.Account(ctx, h.Actor("olivia"), h.Who("dana").ID))
		if acc.Timer != nil {
			t.Errorf("the Accounts table still shows a timer: %+v", acc.Timer)
		}
		notices := must[[]core.Notice](t)(h.Notices(ctx, h.Actor("dana"), 10))
		if len(notices) == 0 || notices[0].Act != core.ActTimerStop || notices[0].ActorName != "Olivia Owner" || notices[0].Reason != "went home" {
			t.Errorf("notices are %+v", notices)
		}
		audit := h.MustAudit(core.ActTimerStop)
		if len(audit) != 1 || audit[0].ActorID != h.Who("olivia").User.ID || audit[0].Target.ID != e.ID || audit[0].Outcome != core.OutcomeDone || audit[0].Reason != "went home" {
			t.Errorf("audit is %+v", audit)
		}
		h.MustVerify()

		// Twice is harmless and says who did it.
		h.Clock.Advance(5 * time.Second)
		_, err := h.StopTimer(ctx, h.Actor("otto"), core.StopTimer{EntryID: e.ID})
		again := mustCode(t, err, core.CodeConflict)
		if again.Message != "error.already_stopped" || again.Params["By"] != "Olivia Owner" || again.Entry == nil || again.Entry.ID != e.ID {
			t.Errorf("second stop answered %+v", again)
		}
		if n := len(h.MustAudit(core.ActTimerStop)); n != 1 {
			t.Errorf("%d audit entries for one stop", n)
		}
	})
}

// A confirmation or click for entry A never stops entry B that was started since.
func TestStopTimerNamesTheEntry(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		a := h.MustStart("dana", "first", h.Clock.Now())
		h.Clock.Advance(time.Hour)
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("dana"), core.StopTimer{EntryID: a.ID}))
		h.Clock.Advance(time.Minute)
		b := h.MustStart("dana", "second", h.Clock.Now())
		_, err := h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: a.ID})
		e := mustCode(t, err, core.CodeConflict)
		if e.Message != "error.already_stopped_new_runs" || !e.Params["NewStart"].(time.Time).Equal(b.Start) {
			t.Errorf("answered %+v", e)
		}
		if running := must[core.TimeEntry](t)(h.RunningEntry(ctx, h.Actor("dana"), "")); running.ID != b.ID {
			t.Errorf("running is %s, want %s", running.ID, b.ID)
		}
	})
}

func TestStopTimerEnd(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		start := h.Clock.Now().Add(-10 * time.Hour)
		later := must[core.TimeEntry](t)(h.CreateEntry(ctx, h.Actor("dana"), core.NewEntry{
			Description: "later", Start: start.Add(6 * time.Hour), End: start.Add(7 * time.Hour),
		}))
		e := h.MustStart("dana", "forgotten", start)
		for name, c := range map[string]struct {
			end     time.Time
			message string
		}{
			"before the start":   {start.Add(-time.Minute), "error.end_before_start"},
			"at the start":       {start, "error.end_before_start"},
			"in the future":      {h.Clock.Now().Add(2 * time.Minute), "error.end_ahead"},
			"over a later entry": {start.Add(6*time.Hour + time.Minute), "error.end_overlaps"},
		} {
			_, err := h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID, End: c.end})
			if got := mustCode(t, err, core.CodeInvalid); got.Message != c.message || got.Field != "end" {
				t.Errorf("%s: got %+v", name, got)
			}
		}
		if got := must[core.TimeEntry](t)(h.RunningEntry(ctx, h.Actor("dana"), "")); got.Version != e.Version {
			t.Errorf("a refused end changed the entry: %+v", got)
		}
		stopped := must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID, End: later.Start}))
		if !stopped.End.Equal(later.Start) {
			t.Errorf("end is %v, want %v", stopped.End, later.Start)
		}
	})
}

// Now is always accepted, also when a later entry lies in between.
func TestStopTimerNowIsAlwaysAccepted(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		start := h.Clock.Now().Add(-10 * time.Hour)
		must[core.TimeEntry](t)(h.CreateEntry(t.Context(), h.Actor("dana"), core.NewEntry{Start: start.Add(time.Hour), End: start.Add(2 * time.Hour)}))
		e := h.MustStart("dana", "", start)
		must[core.TimeEntry](t)(h.StopTimer(t.Context(), h.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
	})
}

func TestStopTimerRequiredFields(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		must[core.Workspace](t)(h.UpdateWorkspace(ctx, coretest.Operator(h.Workspace.ID), core.WorkspaceUpdate{Require: &core.Require{Project: true}}))
		e := h.MustStart("dana", "no project", h.Clock.Now().Add(-time.Hour))
		_, err := h.StopTimer(ctx, h.Actor("dana"), core.StopTimer{EntryID: e.ID, Strict: true})
		mustCode(t, err, core.CodeInvalid)
		stopped := must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
		if !stopped.Incomplete {
			t.Error("the entry is not marked incomplete")
		}
	})
}

func TestStopTimerRefusals(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "", h.Clock.Now().Add(-time.Hour))
		for who, want := range map[string]core.Code{"adam": core.CodeOwnerRequired, "mona": core.CodeOwnerRequired, "dirk": core.CodeOwnerRequired} {
			_, err := h.StopTimer(ctx, h.Actor(who), core.StopTimer{EntryID: e.ID})
			mustCode(t, err, want)
		}
		h.MustSetPlan(core.PlanPro)
		_, err := h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID})
		mustCode(t, err, core.CodePlanRequired)
		h.MustSetPlan(core.PlanEnterprise)
		demoted := h.Actor("otto")
		h.MustSetRole("otto", core.RoleAdmin)
		_, err = h.StopTimer(ctx, demoted, core.StopTimer{EntryID: e.ID})
		mustCode(t, err, core.CodeOwnerRequired)
		h.MustSetStatus("otto", core.StatusInactive)
		_, err = h.StopTimer(ctx, demoted, core.StopTimer{EntryID: e.ID})
		mustCode(t, err, core.CodeForbidden)

		refused := 0
		for _, a := range h.MustAudit(core.ActTimerStop) {
			if a.Outcome != core.OutcomeRefused || a.Target.MemberID != h.Who("dana").ID {
				t.Errorf("audit entry %+v", a)
			}
			refused++
		}
		if refused != 6 {
			t.Errorf("%d refusals audited, want 6", refused)
		}
		if got := must[core.TimeEntry](t)(h.RunningEntry(ctx, h.Actor("dana"), "")); got.Version != e.Version {
			t.Error("a refused stop changed the entry")
		}
		h.MustVerify()
	})
}

func TestStartStopsTheRunningOne(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		first := h.MustStart("dana", "first", h.Clock.Now())
		h.Clock.Advance(30 * time.Minute)
		second := h.MustStart("dana", "second", h.Clock.Now())
		old := must[core.TimeEntry](t)(h.Entry(ctx, h.Actor("dana"), first.ID))
		if !old.End.Equal(second.Start) {
			t.Errorf("the first ended %v, the second started %v", old.End, second.Start)
		}
		_, err := h.StartTimer(ctx, h.Actor("dana"), core.NewEntry{Start: second.Start.Add(-time.Minute)})
		mustCode(t, err, core.CodeInvalid)
	})
}

func TestUndoStop(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "work", h.Clock.Now().Add(-time.Hour))
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
		h.Clock.Advance(9 * time.Minute)
		revived := must[core.TimeEntry](t)(h.UndoStop(ctx, h.Actor("olivia"), e.ID))
		if revived.ID != e.ID || !revived.Running() || !revived.Start.Equal(e.Start) || revived.FlagAt.IsZero() {
			t.Errorf("revived entry is %+v", revived)
		}
		_, err := h.UndoStop(ctx, h.Actor("olivia"), e.ID)
		mustCode(t, err, core.CodeConflict)

		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
		h.Clock.Advance(time.Minute)
		h.MustStart("dana", "another", h.Clock.Now())
		_, err = h.UndoStop(ctx, h.Actor("olivia"), e.ID)
		if got := mustCode(t, err, core.CodeConflict); got.Message != "error.undo_new_timer" {
			t.Errorf("answered %+v", got)
		}
		h.Clock.Advance(10 * time.Minute)
		_, err = h.UndoStop(ctx, h.Actor("olivia"), e.ID)
		mustCode(t, err, core.CodeExpired)
	})
}

// An entry that was made since a stop stands in the way of its undo, running or not; one that was there already does not.
func TestUndoStopNeverSpansOverALaterEntry(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		dana := h.Actor("dana")
		start := h.Clock.Now().Add(-9 * time.Hour)
		e := h.MustStart("dana", "first", start)
		must[core.TimeEntry](t)(h.CreateEntry(ctx, dana, core.NewEntry{Start: start.Add(7 * time.Hour), End: start.Add(8 * time.Hour)}))
		h.Clock.Advance(time.Minute)
		e = must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID, End: start.Add(6 * time.Hour)}))
		h.Clock.Advance(time.Minute)
		must[core.TimeEntry](t)(h.UndoStop(ctx, h.Actor("olivia"), e.ID))
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID, End: start.Add(6 * time.Hour)}))

		for name, back := range map[string]time.Duration{"now": 0, "at the end that was written": 3 * time.Hour, "before it": 8 * time.Hour} {
			h.Clock.Advance(time.Minute)
			other := h.MustStart("dana", "second", start.Add(9*time.Hour-back))
			h.Clock.Advance(time.Minute)
			must[core.TimeEntry](t)(h.StopTimer(ctx, dana, core.StopTimer{EntryID: other.ID}))
			_, err := h.UndoStop(ctx, h.Actor("olivia"), e.ID)
			got := mustCode(t, err, core.CodeConflict)
			if got.Message != "error.undo_new_timer" || !got.Params["NewStart"].(time.Time).Equal(other.Start) || got.Entry == nil {
				t.Errorf("%s: answered %+v", name, got)
			}
			must[core.TimeEntry](t)(h.DeleteEntry(ctx, dana, other.ID))
			must[core.TimeEntry](t)(h.UndoStop(ctx, h.Actor("olivia"), e.ID))
			must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID, End: start.Add(6 * time.Hour)}))
		}
		// Work of another day does not lie in its way.
		must[core.TimeEntry](t)(h.CreateEntry(ctx, dana, core.NewEntry{Start: start.Add(-25 * time.Hour), End: start.Add(-24 * time.Hour)}))
		must[core.TimeEntry](t)(h.UndoStop(ctx, h.Actor("olivia"), e.ID))
	})
}

// Undo takes a stop back and nothing else: what anybody else has put right since is not lost by it, on any door.
func TestUndoStopNeverTakesAChangeAway(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		olivia, dana := h.Actor("olivia"), h.Actor("dana")
		e := h.MustStart("dana", "report", h.Clock.Now().Add(-9*time.Hour))
		stop := func() core.FollowUps {
			t.Helper()
			h.Clock.Advance(time.Second)
			out := must[core.Outcome](t)(h.Confirm(ctx, olivia, propose(t, h, "olivia", "dana").Button, core.Choice{}))
			if out.Undo == "" {
				t.Fatal("a stop shows no Undo")
			}
			return out.FollowUps
		}
		end, start, text, billable, tags := e.Start.Add(8*time.Hour), e.Start.Add(time.Minute), "report, finished", true, []core.ID{}
		for name, c := range map[string]core.EntryChange{"end": {End: &end}, "end and nothing else": {End: &end, TagIDs: &tags}} {
			undo := stop().Undo
			c.EntryID = e.ID
			corrected := must[core.TimeEntry](t)(h.CorrectEntry(ctx, dana, c))
			_, byButton := h.UndoByButton(ctx, olivia, undo)
			_, byID := h.UndoStop(ctx, olivia, e.ID)
			for _, err := range []error{byButton, byID} {
				got := mustCode(t, err, core.CodeConflict)
				if got.Message != "error.entry_changed" || got.Entry == nil || got.Entry.Version != corrected.Version {
					t.Errorf("%s: answered %+v", name, got)
				}
			}
			if now := must[core.TimeEntry](t)(h.Entry(ctx, dana, e.ID)); now.Running() || now.Undoable(h.Clock.Now()) || now.Version != corrected.Version {
				t.Errorf("%s: the entry is %+v", name, now)
			}
			if f := must[core.FollowUps](t)(h.FollowUps(ctx, olivia, e.ID)); f.Undo != "" || f.Correct == "" {
				t.Errorf("%s: what was changed offers %+v", name, f)
			}
			// It can be taken up again as ever, which makes it a timer like every other.
			must[core.TimeEntry](t)(h.CorrectEntry(ctx, dana, core.EntryChange{EntryID: e.ID, Resume: true}))
		}
		// What undoing leaves alone, and the end that who stopped it chose another time, are no obstacle.
		for name, c := range map[string]struct {
			who core.Actor
			core.EntryChange
		}{
			"start": {dana, core.EntryChange{Start: &start}}, "description": {dana, core.EntryChange{Description: &text}},
			"billable": {olivia, core.EntryChange{Billable: &billable}}, "own end": {olivia, core.EntryChange{End: &end}},
		} {
			undo := stop().Undo
			c.EntryID = e.ID
			corrected := must[core.TimeEntry](t)(h.CorrectEntry(ctx, c.who, c.EntryChange))
			must[core.Outcome](t)(h.UndoByButton(ctx, olivia, undo))
			now := must[core.TimeEntry](t)(h.Entry(ctx, dana, e.ID))
			if !now.Running() || !now.Start.Equal(corrected.Start) || now.Description != corrected.Description || now.Billable != corrected.Billable {
				t.Errorf("%s: the entry is %+v, was %+v", name, now, corrected)
			}
		}
		text = must[core.TimeEntry](t)(h.Entry(ctx, dana, e.ID)).Description
		// A correction that changes nothing is none; a deletion that was taken back neither.
		undo := stop().Undo
		must[core.TimeEntry](t)(h.CorrectEntry(ctx, dana, core.EntryChange{EntryID: e.ID, Description: &text}))
		must[core.TimeEntry](t)(h.DeleteEntry(ctx, dana, e.ID))
		must[core.TimeEntry](t)(h.RestoreEntry(ctx, dana, e.ID))
		must[core.Outcome](t)(h.UndoByButton(ctx, olivia, undo))
		must[core.Outcome](t)(h.UndoByButton(ctx, olivia, stop().Undo))
		h.MustVerify()
	})
}

func TestCorrectEntry(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "work", h.Clock.Now().Add(-9*time.Hour))
		e = must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
		end, text := e.Start.Add(8*time.Hour), "work, corrected"
		got := must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("olivia"), core.EntryChange{EntryID: e.ID, Version: e.Version, End: &end, Description: &text}))
		if !got.End.Equal(end) || got.Description != text || got.Version != e.Version+1 {
			t.Errorf("corrected entry is %+v", got)
		}
		a := h.MustAudit(core.ActEntryCorrect)
		if len(a) != 1 || string(a[0].Before) == "null" || string(a[0].After) == "null" {
			t.Fatalf("audit is %+v", a)
		}
		_, err := h.CorrectEntry(ctx, h.Actor("olivia"), core.EntryChange{EntryID: e.ID, Version: e.Version, End: &end})
		if c := mustCode(t, err, core.CodeConflict); c.Entry == nil || c.Entry.Version != got.Version {
			t.Errorf("stale version answered %+v", c)
		}
		bad := e.Start.Add(-time.Second)
		_, err = h.CorrectEntry(ctx, h.Actor("olivia"), core.EntryChange{EntryID: e.ID, Version: got.Version, End: &bad})
		mustCode(t, err, core.CodeInvalid)
		_, err = h.CorrectEntry(ctx, h.Actor("dirk"), core.EntryChange{EntryID: e.ID, Version: got.Version, Description: &text})
		mustCode(t, err, core.CodeOwnerRequired)
	})
}

// A time of the year 1 is no time: an entry must neither run on as a stopped one nor begin then.
func TestGivenTimesAreNeverNone(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		dana := h.Actor("dana")
		e := h.MustStart("dana", "work", h.Clock.Now().Add(-time.Hour))
		text := "other"
		for _, none := range []time.Time{{}, time.Time{}.Add(time.Second / 2), time.Time{}.In(time.FixedZone("", 3600))} {
			_, err := h.CorrectEntry(ctx, dana, core.EntryChange{EntryID: e.ID, Description: &text, End: &none})
			if got := mustCode(t, err, core.CodeInvalid); got.Field != "end" || got.Message != "error.end_missing" {
				t.Errorf("end %v: answered %+v", none, got)
			}
			_, err = h.CorrectEntry(ctx, dana, core.EntryChange{EntryID: e.ID, Description: &text, Start: &none})
			if got := mustCode(t, err, core.CodeInvalid); got.Field != "start" {
				t.Errorf("start %v: answered %+v", none, got)
			}
			_, err = h.CreateEntry(ctx, h.Actor("dirk"), core.NewEntry{Start: h.Clock.Now().Add(-time.Hour), End: none})
			if got := mustCode(t, err, core.CodeInvalid); got.Field != "end" {
				t.Errorf("new end %v: answered %+v", none, got)
			}
		}
		if now := must[core.TimeEntry](t)(h.RunningEntry(ctx, dana, "")); now.Version != e.Version || !now.StoppedAt.IsZero() {
			t.Errorf("the timer is %+v", now)
		}
		_, err := h.RunningEntry(ctx, h.Actor("dirk"), "")
		mustCode(t, err, core.CodeNotFound)
	})
}

func TestDeleteAndRestoreEntry(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "oops", h.Clock.Now().Add(-time.Hour))
		must[core.TimeEntry](t)(h.DeleteEntry(ctx, h.Actor("dana"), e.ID))
		_, err := h.Entry(ctx, h.Actor("dana"), e.ID)
		mustCode(t, err, core.CodeNotFound)
		_, err = h.RunningEntry(ctx, h.Actor("dana"), "")
		mustCode(t, err, core.CodeNotFound)
		back := must[core.TimeEntry](t)(h.RestoreEntry(ctx, h.Actor("dana"), e.ID))
		if back.Running() || !back.DeletedAt.IsZero() {
			t.Errorf("restored entry is %+v", back)
		}
		must[core.TimeEntry](t)(h.DeleteEntry(ctx, h.Actor("dana"), e.ID))
		h.Clock.Advance(11 * time.Minute)
		_, err = h.RestoreEntry(ctx, h.Actor("dana"), e.ID)
		mustCode(t, err, core.CodeExpired)
	})
}

// Fifty people stop the same timer at once: one effect, one audit entry, forty-nine truths.
func TestStopTimerOnceUnderConcurrency(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		e := h.MustStart("dana", "", h.Clock.Now().Add(-time.Hour))
		var wg sync.WaitGroup
		errs := make([]error, 50)
		for i := range errs {
			wg.Go(func() {
				who := []string{"olivia", "otto"}[i%2]
				_, errs[i] = h.StopTimer(t.Context(), h.Actor(who), core.StopTimer{EntryID: e.ID})
			})
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			switch core.ErrorCode(err) {
			case "":
				done++
			case core.CodeConflict:
			default:
				t.Errorf("unexpected error %v", err)
			}
		}
		if done != 1 || len(h.MustAudit(core.ActTimerStop)) != 1 {
			t.Errorf("%d stops succeeded, %d audited", done, len(h.MustAudit(core.ActTimerStop)))
		}
		h.MustVerify()
	})
}

// A workspace's ids answer elsewhere as if they did not exist.
func TestForeignIDsDoNotExist(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		other, boss := must2(h.CreateWorkspace(ctx, coretest.Operator(""), core.NewWorkspace{
			Name: "Other", Slug: "other", Plan: core.PlanEnterprise, OwnerEmail: "boss@other.test", OwnerName: "Boss",
		}))(t)
		foreign := core.Actor{UserID: boss.User.ID, MemberID: boss.ID, WorkspaceID: other.ID, Door: core.DoorAPI}
		e := h.MustStart("dana", "secret", h.Clock.Now().Add(-time.Hour))
		never := core.NewID(h.Clock.Now())
		for name, act := range map[string]func(id, member core.ID) error{
			"stop": func(id, _ core.ID) error {
				_, err := h.StopTimer(ctx, foreign, core.StopTimer{EntryID: id})
				return err
			},
			"undo": func(id, _ core.ID) error { _, err := h.UndoStop(ctx, foreign, id); return err },
			"correct": func(id, _ core.ID) error {
				_, err := h.CorrectEntry(ctx, foreign, core.EntryChange{EntryID: id})
				return err
			},
			"delete":  func(id, _ core.ID) error { _, err := h.DeleteEntry(ctx, foreign, id); return err },
			"read":    func(id, _ core.ID) error { _, err := h.Entry(ctx, foreign, id); return err },
			"keys":    func(_, m core.ID) error { _, err := h.DeactivateAPIKeys(ctx, foreign, m, ""); return err },
			"account": func(_, m core.ID) error { _, err := h.Account(ctx, foreign, m); return err },
			"member":  func(_, m core.ID) error { _, err := h.Member(ctx, foreign, m); return err },
			"propose": func(_, m core.ID) error {
				_, err := h.Propose(ctx, foreign, core.Prepare{Act: core.ActTimerStop, MemberID: m})
				return err
			},
		} {
			theirs, missing := act(e.ID, h.Who("dana").ID), act(never, never)
			mustCode(t, theirs, core.CodeNotFound)
			if theirs.Error() != missing.Error() {
				t.Errorf("%s: a foreign id answers %v, a missing one %v", name, theirs, missing)
			}
		}
		inside := h.Actor("olivia")
		inside.WorkspaceID = other.ID
		_, err := h.Accounts(ctx, inside, core.AccountQuery{})
		mustCode(t, err, core.CodeNotFound)
		if errors.Is(err, core.ErrNoRow) {
			t.Error("an internal error reaches the door")
		}
	})
}

func must2[A, B any](a A, b B, err error) func(t *testing.T) (A, B) {
	return func(t *testing.T) (A, B) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a, b
	}
}
