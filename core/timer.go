package core

import (
	"context"
	"errors"
	"time"
)

// StartTimer starts a timer; one that runs already is stopped at the new start, on every door.
// Own: every active member; another's: owners on Enterprise.
// Codes: invalid, not_found (member), conflict (inactive member), forbidden, owner_required, plan_required.
func (s *Service) StartTimer(ctx context.Context, a Actor, n NewEntry) (TimeEntry, error) {
	n.End = time.Time{}
	var e TimeEntry
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		var m Member
		var err error
		if e, m, err = w.newEntry(ctx, n, ActTimerStart); err != nil || w.idle {
			return err
		}
		if err := w.stopAtNewStart(ctx, m, e.Start); err != nil {
			return err
		}
		e.FlagAt = w.flagTime(e, m)
		if err := w.tx.InsertEntry(ctx, e); err != nil {
			if errors.Is(err, ErrDuplicate) {
				return conflict("error.another_timer_runs", nil, nil)
			}
			return err
		}
		if err := w.remember(ctx, n, e); err != nil {
			return err
		}
		w.audit(AuditDraft{Act: ActTimerStart, Target: entryTarget(e, m), After: entryFields(e)})
		w.noteTo(m, ActTimerStart, e, "")
		w.touch(m.ID)
		w.emit(EventTimer, m.ID)
		return nil
	})
	return e, err
}

func (w *work) stopAtNewStart(ctx context.Context, m Member, start time.Time) error {
	running, err := w.tx.RunningEntry(ctx, w.ws.ID, m.ID)
	if errors.Is(err, ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	if start.Before(running.Start) {
		return invalid("start", "error.start_before_running", Params{"Start": running.Start})
	}
	before := running
	running.End = start
	return w.endEntry(ctx, before, &running, m, "new timer")
}

// StopTimer is the input of Service.StopTimer.
type StopTimer struct {
	EntryID  ID        // the entry to stop; it is never exchanged for another that runs by now
	MemberID ID        // instead of EntryID: whatever this member runs (the Clockify call only)
	End      time.Time // zero: now
	Version  int       // the version that was confirmed; 0: any
	Reason   string
	Notify   bool // send the member a chat message; the notice in the inbox is always written
	Strict   bool // an own stop fails when a required field is missing (the Clockify call only)
}

// StopTimer ends a running entry, at once and everywhere. Own: every active member; another's:
// owners on Enterprise. A missing required field marks the entry incomplete.
// Codes: invalid (end), not_found, conflict with the present entry (stopped already, by whom;
// changed since), forbidden, owner_required, plan_required.
func (s *Service) StopTimer(ctx context.Context, a Actor, st StopTimer) (TimeEntry, error) {
	var e TimeEntry
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		var err error
		e, err = w.stopTimer(ctx, st)
		return err
	})
	return e, err
}

func (w *work) stopTimer(ctx context.Context, st StopTimer) (TimeEntry, error) {
	if err := validReason(st.Reason); err != nil {
		return TimeEntry{}, err
	}
	if st.EntryID == "" {
		w.decided = true
		if err := w.standing(ctx); err != nil {
			return TimeEntry{}, err
		}
		if st.MemberID == "" {
			st.MemberID = w.self.ID
		}
		if _, err := w.tx.Member(ctx, w.ws.ID, st.MemberID); err != nil {
			return TimeEntry{}, missing(err, "error.member_not_found")
		}
		if err := w.allow(ctx, ActTimerStop, st.MemberID); err != nil {
			return TimeEntry{}, err
		}
		running, err := w.tx.RunningEntry(ctx, w.ws.ID, st.MemberID)
		if err != nil {
			return TimeEntry{}, missing(err, "error.no_running_timer")
		}
		st.EntryID = running.ID
	}
	before, m, err := w.entryFor(ctx, ActTimerStop, st.EntryID)
	if err != nil {
		return before, err
	}
	if !before.Running() {
		return before, w.alreadyStopped(ctx, before)
	}
	if st.Version != 0 && st.Version != before.Version {
		return before, conflict("error.entry_changed", nil, &before)
	}
	e := before
	if st.End.IsZero() {
		e.End = maxTime(second(w.now), e.Start)
	} else if e.End, err = w.chosenEnd(ctx, before, st.End); err != nil {
		return before, err
	}
	if field, lacks := w.ws.Require.Missing(e); lacks && st.Strict && m.ID == w.self.ID && w.actor.Job == "" {
		return before, invalid(field, "error.required_"+field, nil)
	}
	e.Automatic = w.actor.Job == JobForgottenTimers
	if err := w.endEntry(ctx, before, &e, m, st.Reason); err != nil {
		return before, err
	}
	if st.Notify && m.ID != w.self.ID {
		if err := w.tellMember(ctx, m, e); err != nil {
			return before, err
		}
	}
	return e, nil
}

// chosenEnd checks an end a person chose: after the start, not ahead, and not over a later entry.
func (w *work) chosenEnd(ctx context.Context, e TimeEntry, end time.Time) (time.Time, error) {
	end, err := givenEnd(end, w.now)
	if err != nil {
		return end, err
	}
	if !end.After(e.Start) {
		return end, invalid("end", "error.end_before_start", Params{"Start": e.Start, "End": end})
	}
	other, err := w.tx.EntryBetween(ctx, w.ws.ID, e.MemberID, e.ID, e.Start, end)
	if err == nil {
		return end, invalid("end", "error.end_overlaps", Params{"Start": other.Start})
	}
	if !errors.Is(err, ErrNoRow) {
		return end, err
	}
	return end, nil
}

// endEntry writes the end of a running entry with all that belongs to it.
func (w *work) endEntry(ctx context.Context, before TimeEntry, e *TimeEntry, m Member, reason string) error {
	_, e.Incomplete = w.ws.Require.Missing(*e)
	e.FlagAt, e.Flagged = time.Time{}, false
	w.markStopped(e)
	if err := w.saveEntry(ctx, before, e); err != nil {
		return err
	}
	if before.wasFlagged() { // what says "still working" is told too
		if err := w.settleFlag(ctx, e.ID, ResolvedStopped); err != nil {
			return err
		}
	}
	b, c := changes(entryFields(before), entryFields(*e))
	w.audit(AuditDraft{Act: ActTimerStop, Target: entryTarget(*e, m), Reason: reason, Before: b, After: c})
	w.noteTo(m, ActTimerStop, *e, reason)
	w.touch(m.ID)
	w.emit(EventTimer, m.ID)
	return nil
}

// productName stands where a person's name would, when a job did it.
const productName = "Clockwarden"

func (w *work) markStopped(e *TimeEntry) {
	e.StoppedAt, e.StoppedDoor, e.Corrected = w.now, w.actor.Door, false
	e.StoppedBy, e.StoppedName = w.actor.UserID, w.human.User.Name
	if w.actor.Job != "" {
		e.StoppedBy, e.StoppedName = "", productName
	}
}

func (e *TimeEntry) notStopped() {
	e.StoppedAt, e.StoppedBy, e.StoppedName, e.StoppedDoor, e.Corrected = time.Time{}, "", "", "", false
}

// alreadyStopped says who stopped the entry and when, and since when a new timer runs, if one does.
func (w *work) alreadyStopped(ctx context.Context, e TimeEntry) error {
	p := Params{"By": e.StoppedName, "Ago": e.StoppedAt, "End": e.End}
	if e.StoppedAt.IsZero() {
		return conflict("error.not_running", p, &e)
	}
	message := "error.already_stopped"
	running, err := w.tx.RunningEntry(ctx, w.ws.ID, e.MemberID)
	switch {
	case err == nil:
		message = "error.already_stopped_new_runs"
		p["NewStart"] = running.Start
	case !errors.Is(err, ErrNoRow):
		return err
	}
	return conflict(message, p, &e)
}

// stopBecause stops a member's timer, if one runs, as part of another act.
func (w *work) stopBecause(ctx context.Context, m Member, reason string) error {
	running, err := w.tx.RunningEntry(ctx, w.ws.ID, m.ID)
	if errors.Is(err, ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	e := running
	e.End = maxTime(second(w.now), e.Start)
	return w.endEntry(ctx, running, &e, m, reason)
}

// UndoStop revives an entry that was stopped less than UndoFor ago, as the same entry, and reopens
// its flag. Rights as StopTimer. Codes: not_found, expired, conflict (runs already; the member has
// made another since; changed since it was stopped, with the present entry; was never stopped).
func (s *Service) UndoStop(ctx context.Context, a Actor, id ID) (TimeEntry, error) {
	var e TimeEntry
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		var err error
		e, err = w.undoStop(ctx, id)
		return err
	})
	return e, err
}

func (w *work) undoStop(ctx context.Context, id ID) (TimeEntry, error) {
	before, m, err := w.entryFor(ctx, ActTimerUndoStop, id)
	if err != nil {
		return before, err
	}
	if before.Running() {
		return before, conflict("error.runs_already", nil, &before)
	}
	if before.StoppedAt.IsZero() {
		return before, conflict("error.not_stopped", nil, &before)
	}
	if w.now.Sub(before.StoppedAt) > UndoFor {
		return before, expired("error.undo_expired")
	}
	if before.Corrected {
		return before, conflict("error.entry_changed", nil, &before)
	}
	if m.Status != StatusActive {
		return before, conflict("error.member_inactive", Params{"Name": m.User.Name}, &before)
	}
	other, found, err := maybe(w.tx.RunningEntry(ctx, w.ws.ID, m.ID))
	if err == nil && !found {
		// Also one that has ended by now: the revived entry would span over it. What the member had when
		// the entry was stopped is no obstacle, it is as it was before.
		other, found, err = maybe(w.tx.EntryMadeSince(ctx, w.ws.ID, m.ID, before.ID, before.Start, before.StoppedAt))
	}
	if err != nil {
		return before, err
	}
	if found {
		return before, conflict("error.undo_new_timer", Params{"NewStart": other.Start}, &before)
	}
	e := before
	e.End = time.Time{}
	e.notStopped()
	e.Incomplete, e.Automatic = false, false
	flag, err := w.flagAgain(ctx, &e, m)
	if err != nil {
		return before, err
	}
	if err := w.saveEntry(ctx, before, &e); err != nil {
		return before, err
	}
	if flag != nil {
		if err := w.reopenFlag(ctx, *flag, "undone"); err != nil {
			return before, err
		}
	}
	b, c := changes(entryFields(before), entryFields(e))
	w.audit(AuditDraft{Act: ActTimerUndoStop, Target: entryTarget(e, m), Before: b, After: c})
	w.noteTo(m, ActTimerUndoStop, e, "")
	w.touch(m.ID)
	w.emit(EventTimer, m.ID)
	return e, nil
}
