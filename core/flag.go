package core

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Flag says that a running timer looks forgotten. There is one per entry, opened by the cron job.
type Flag struct {
	ID           ID
	WorkspaceID  ID
	EntryID      ID
	MemberID     ID
	State        FlagState
	OpenedAt     time.Time
	SnoozedUntil time.Time // set while snoozed
	SnoozeReason string
	SnoozedBy    string // name
	ResolvedAt   time.Time
	Resolution   Resolution
	ResolvedBy   string        // name
	RemindAt     time.Time     // when the owners are reminded next; zero: never
	RemindedAt   time.Time     // the last time
	Reminders    int           // sent in this round
	Round        int           // how often the flag was opened again
	AnsweredAt   time.Time     // when the member answered the question whether they still work
	CorrectedAt  time.Time     // when somebody last corrected the entry
	CorrectedBy  string        // name
	Proposals    []EndProposal // computed when read, best first
}

// FlagState is where a flag is in open → snoozed → open → resolved.
type FlagState string

// The states of a flag.
const (
	FlagOpen     FlagState = "open"
	FlagSnoozed  FlagState = "snoozed"
	FlagResolved FlagState = "resolved"
)

// Resolution says how a flag ended.
type Resolution string

// The resolutions.
const (
	ResolvedStopped Resolution = "stopped"
	ResolvedDeleted Resolution = "deleted"
	ResolvedWorking Resolution = "still_working"
)

// threshold is how long a timer of the member may run.
func (w *work) threshold(m Member) time.Duration {
	switch {
	case m.ForgottenAfter > 0:
		return m.ForgottenAfter
	case w.ws.ForgottenAfter > 0:
		return w.ws.ForgottenAfter
	}
	return w.svc.forgotten.After
}

// afterShift is how long after the end of the working day a running timer looks forgotten.
const afterShift = 2 * time.Hour

// flagTime computes when a running entry becomes overdue: after the threshold, or two hours after
// the end of the member's shift if that comes first.
func (w *work) flagTime(e TimeEntry, m Member) time.Time {
	at := e.Start.Add(w.threshold(m))
	if wh, err := ParseWorkingHours(m.WorkingHours); err == nil && wh != nil {
		if end, ok := wh.EndAfter(e.Start, m.User.Zone()); ok && end.Add(afterShift).Before(at) {
			at = end.Add(afterShift)
		}
	}
	return at
}

// moveFlagTimes recomputes when running entries become overdue, of one member or ("") of all.
func (w *work) moveFlagTimes(ctx context.Context, memberID ID) error {
	entries, err := w.tx.UnflaggedRunning(ctx, w.ws.ID, memberID)
	if err != nil {
		return err
	}
	for _, e := range entries {
		m, err := w.tx.Member(ctx, w.ws.ID, e.MemberID)
		if err != nil {
			return err
		}
		if at := w.flagTime(e, m); !at.Equal(e.FlagAt) {
			if err := w.tx.SetFlagAt(ctx, w.ws.ID, e.ID, at); err != nil {
				return err
			}
		}
	}
	return nil
}

const settingForgottenAfter = "forgotten.after"

// ApplyForgottenDefault moves flag_at of running entries when the installation's default threshold
// is not the one of the last start. The program calls it at start.
func (s *Service) ApplyForgottenDefault(ctx context.Context) error {
	a := System(JobForgottenTimers, DoorCron)
	var workspaces []ID
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) error {
		last, err := tx.Setting(ctx, settingForgottenAfter)
		if err != nil || last == s.forgotten.After.String() {
			return err
		}
		workspaces, err = tx.WorkspaceIDs(ctx)
		return err
	})
	if err != nil {
		return s.explain(err)
	}
	for _, id := range workspaces {
		err := s.keep(ctx, a.In(id), func(ctx context.Context, w *work) error {
			if err := w.standing(ctx); err != nil {
				return err
			}
			return w.moveFlagTimes(ctx, "")
		})
		if err != nil {
			return err
		}
	}
	return s.keep(ctx, a, func(ctx context.Context, w *work) error {
		return w.tx.SaveSetting(ctx, settingForgottenAfter, s.forgotten.After.String())
	})
}

const (
	// sweepBatch bounds one transaction of the sweep, sweepRead how much it reads of each kind at once.
	sweepBatch = 500
	sweepRead  = 5000
)

// DueItem is something that waits for the sweep.
type DueItem struct {
	Kind        DueKind
	WorkspaceID ID
	ID          ID // of the entry; of the flag for DueSnooze and DueReminder
}

// DueKind says what is due.
type DueKind string

// The kinds, in the order in which the sweep does them.
const (
	DueFlag     DueKind = "flag"   // a timer ran past its threshold
	DueSnooze   DueKind = "snooze" // a flag was put off until now
	DueStop     DueKind = "stop"   // a timer is to be stopped automatically
	DueReminder DueKind = "remind" // nothing happened on a flag
)

// DueEntry is a running entry whose flag_at has passed.
type DueEntry struct {
	WorkspaceID ID
	EntryID     ID
}

// sweep is one run of the cron job.
type sweep struct {
	digests map[ID]ID // by workspace, where this run's flags come in one message
}

// FlagForgottenTimers flags every running timer that became overdue, ends snoozes that are over, stops
// timers where that is switched on, and queues the messages: alerts or a summary for the owners,
// questions to the members, reminders. The cron job only. What is due is read from the store, each step
// takes it there once, and each message has a unique key: so a run that is lost, late, doubled or done by
// two instances at once changes nothing. A run with nothing to do is one statement.
func (s *Service) FlagForgottenTimers(ctx context.Context, a Actor) (int, error) {
	total, run := 0, sweep{digests: map[ID]ID{}}
	for {
		due, err := s.due(ctx)
		if err != nil || len(due) == 0 {
			return total, err
		}
		flagged, err := s.flagDue(ctx, a, &run, due[DueFlag])
		total += flagged
		if err != nil {
			return total, err
		}
		for _, step := range []struct {
			kind DueKind
			do   func(ctx context.Context, a Actor, id ID) error
		}{{DueSnooze, s.endSnooze}, {DueStop, s.autoStop}, {DueReminder, s.remind}} {
			for _, d := range due[step.kind] {
				if err := step.do(ctx, a.In(d.WorkspaceID), d.ID); err != nil {
					return total, err
				}
			}
		}
		// Once more when there may be more to flag, and after a snooze, whose reminder is due now.
		if (flagged == 0 || len(due[DueFlag]) < sweepRead) && len(due[DueSnooze]) == 0 {
			return total, nil
		}
	}
}

// due reads what waits for the sweep.
func (s *Service) due(ctx context.Context) (map[DueKind][]DueItem, error) {
	var all []DueItem
	err := s.store.Look(ctx, func(ctx context.Context, tx Tx) (err error) {
		all, err = tx.Due(ctx, s.clock.Now(), s.forgotten.AutoStopAfter, sweepRead)
		return err
	})
	if err != nil || len(all) == 0 {
		return nil, s.explain(err)
	}
	due := map[DueKind][]DueItem{}
	for _, d := range all {
		due[d.Kind] = append(due[d.Kind], d)
	}
	return due, nil
}

// flagDue flags timers, one workspace after the other.
func (s *Service) flagDue(ctx context.Context, a Actor, run *sweep, due []DueItem) (int, error) {
	byWorkspace := map[ID][]ID{}
	var order []ID
	for _, d := range due {
		if byWorkspace[d.WorkspaceID] == nil {
			order = append(order, d.WorkspaceID)
		}
		byWorkspace[d.WorkspaceID] = append(byWorkspace[d.WorkspaceID], d.ID)
	}
	flagged := 0
	for _, id := range order {
		for batch := range slices.Chunk(byWorkspace[id], sweepBatch) {
			n, err := s.flagIn(ctx, a.In(id), run, batch)
			flagged += n
			if err != nil {
				return flagged, err
			}
		}
	}
	return flagged, nil
}

// autoStop stops a timer that ran longer than its workspace allows. The end is the best proposal, else
// now; the entry is automatic until a person confirms it.
func (s *Service) autoStop(ctx context.Context, a Actor, entryID ID) error {
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		e, _, err := w.entryFor(ctx, ActTimerStop, entryID)
		if err != nil {
			return err
		}
		if after := s.autoStopAfter(w.ws); after <= 0 || e.Duration(w.now) < after {
			w.nothingToDo() // it was switched off, or the entry corrected, since it was read
			return nil
		}
		proposals, err := w.proposals(ctx, e)
		if err != nil {
			return err
		}
		st := StopTimer{EntryID: e.ID, Reason: "automatic", Notify: true}
		if len(proposals) > 0 {
			st.End = proposals[0].End
		}
		_, err = w.stopTimer(ctx, st)
		return err
	})
	if code := ErrorCode(err); code == CodeConflict || code == CodeNotFound {
		return nil // somebody was faster
	}
	return err
}

// autoStopAfter is after how long a timer of the workspace is stopped; 0 for never.
func (s *Service) autoStopAfter(ws Workspace) time.Duration {
	if ws.AutoStopAfter != 0 {
		return max(0, ws.AutoStopAfter)
	}
	return s.forgotten.AutoStopAfter
}

func (s *Service) flagIn(ctx context.Context, a Actor, run *sweep, due []ID) (int, error) {
	n, digest := 0, run.digests[a.WorkspaceID]
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		n, digest = 0, run.digests[a.WorkspaceID] // it may run again
		if err := w.allow(ctx, ActFlagOpen, ""); err != nil {
			return err
		}
		flagged, err := w.tx.MarkFlagged(ctx, w.ws.ID, due, w.now)
		if err != nil {
			return err
		}
		if n = len(flagged); n == 0 {
			w.nothingToDo()
			return nil
		}
		flags, err := w.openFlags(ctx, flagged)
		if err != nil {
			return err
		}
		if over := s.forgotten.DigestOver; over > 0 && n > over && digest == "" {
			digest = NewID(w.now)
		}
		if digest != "" {
			err = w.queueDigest(ctx, digest, flags)
		} else {
			err = w.queueAlerts(ctx, flags)
		}
		if err != nil {
			return err
		}
		return w.askMembers(ctx, flags)
	})
	if err == nil && digest != "" {
		run.digests[a.WorkspaceID] = digest
	}
	return n, err
}

// openFlags writes the flags of entries that were just marked.
func (w *work) openFlags(ctx context.Context, flagged []TimeEntry) ([]Flag, error) {
	ids := make([]ID, len(flagged))
	for i, e := range flagged {
		ids[i] = e.MemberID
	}
	members, err := w.tx.MembersByID(ctx, w.ws.ID, ids)
	if err != nil {
		return nil, err
	}
	flags := make([]Flag, len(flagged))
	for i, e := range flagged {
		flags[i] = Flag{
			ID: NewID(w.now), WorkspaceID: w.ws.ID, EntryID: e.ID, MemberID: e.MemberID, State: FlagOpen, OpenedAt: w.now, RemindAt: w.nextReminder(),
		}
		w.audit(AuditDraft{Act: ActFlagOpen, Target: entryTarget(e, members[e.MemberID]), After: map[string]any{
			"flag_id": string(flags[i].ID), "start": stamp(e.Start), "running_for": e.Duration(w.now).String(),
		}})
		w.touch(e.MemberID)
		w.emit(EventFlag, e.MemberID)
	}
	return flags, w.tx.InsertFlags(ctx, flags)
}

// endSnooze opens a flag again that was put off until now. Its reminders are counted anew, and the first
// one comes at once, unless there was one less than an interval ago: whoever put it off asked for that.
func (s *Service) endSnooze(ctx context.Context, a Actor, flagID ID) error {
	return s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActFlagOpen, ""); err != nil {
			return err
		}
		f, err := w.tx.Flag(ctx, w.ws.ID, flagID)
		if err != nil {
			return err
		}
		if f.State != FlagSnoozed || f.SnoozedUntil.After(w.now) {
			w.nothingToDo()
			return nil
		}
		if next := w.nextReminder(); !next.IsZero() {
			f.RemindAt = w.now
			if !f.RemindedAt.IsZero() {
				f.RemindAt = maxTime(w.now, f.RemindedAt.Add(s.forgotten.RemindEvery))
			}
		}
		return w.reopenFlag(ctx, f, "snooze over")
	})
}

// reopenFlag sets a flag open again and audits it.
func (w *work) reopenFlag(ctx context.Context, f Flag, why string) error {
	was := f.State
	f.State, f.SnoozedUntil, f.SnoozeReason, f.SnoozedBy = FlagOpen, time.Time{}, "", ""
	f.ResolvedAt, f.Resolution, f.ResolvedBy = time.Time{}, "", ""
	f.AnsweredAt, f.CorrectedAt, f.CorrectedBy = time.Time{}, time.Time{}, ""
	f.Round, f.Reminders = f.Round+1, 0
	if was == FlagResolved {
		f.RemindAt = w.nextReminder()
	}
	if err := w.tx.SaveFlag(ctx, f, was); err != nil {
		return err
	}
	m, err := w.tx.Member(ctx, w.ws.ID, f.MemberID)
	if err != nil {
		return err
	}
	w.audit(AuditDraft{
		Act: ActFlagOpen, Target: Target{Kind: "flag", ID: f.ID, MemberID: m.ID, Name: m.User.Name}, Reason: why,
		Before: map[string]any{"state": string(was)}, After: map[string]any{"state": string(FlagOpen)},
	})
	w.touch(f.MemberID)
	w.emit(EventFlag, f.MemberID)
	_, err = w.refreshAlerts(ctx, f.EntryID)
	return err
}

// flagAgain prepares an entry that runs again: its flag, returned to be reopened, counts again; one
// that never had a flag gets its time.
func (w *work) flagAgain(ctx context.Context, e *TimeEntry, m Member) (*Flag, error) {
	flag, found, err := maybe(w.tx.FlagOfEntry(ctx, w.ws.ID, e.ID))
	if err != nil {
		return nil, err
	}
	if found {
		e.Flagged, e.FlagAt = true, time.Time{}
		return &flag, nil
	}
	e.FlagAt = w.flagTime(*e, m)
	return nil, nil
}

// settleFlag resolves the flag of an entry as part of another act.
func (w *work) settleFlag(ctx context.Context, entryID ID, how Resolution) error {
	f, err := w.tx.FlagOfEntry(ctx, w.ws.ID, entryID)
	if errors.Is(err, ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	// A flag is resolved once; only what became of its entry later is told anew.
	if f.State == FlagResolved && (how == ResolvedDeleted) == (f.Resolution == ResolvedDeleted) {
		_, err := w.refreshAlerts(ctx, entryID)
		return err
	}
	was := f.State
	f.State, f.SnoozedUntil, f.RemindAt = FlagResolved, time.Time{}, time.Time{}
	f.Resolution, f.ResolvedAt, f.ResolvedBy = how, w.now, w.human.User.Name
	if w.actor.Job != "" {
		f.ResolvedBy = productName
	}
	if err := w.tx.SaveFlag(ctx, f, was); err != nil {
		return err
	}
	w.emit(EventFlag, f.MemberID)
	_, err = w.refreshAlerts(ctx, entryID)
	return err
}

// Snooze is the longest a flag can be put off.
const maxSnooze = 7 * 24 * time.Hour

// SnoozeFlag puts a flag off until a moment within the next seven days. Owners on Enterprise, and the
// member the flag is about. Codes: invalid (until), not_found, conflict (resolved already).
func (s *Service) SnoozeFlag(ctx context.Context, a Actor, flagID ID, until time.Time, reason string) (Flag, error) {
	var f Flag
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := validReason(reason); err != nil {
			return err
		}
		var err error
		f, err = w.snooze(ctx, flagID, until, reason)
		return err
	})
	return f, err
}

func (w *work) snooze(ctx context.Context, flagID ID, until time.Time, reason string) (Flag, error) {
	before, m, err := w.flagFor(ctx, ActFlagSnooze, flagID)
	if err != nil {
		return before, err
	}
	if before.State == FlagResolved {
		return before, conflict("error.flag_resolved", Params{"By": before.ResolvedBy, "At": before.ResolvedAt}, nil)
	}
	if !until.After(w.now) || until.After(w.now.Add(maxSnooze)) {
		return before, invalid("until", "error.snooze_until", nil)
	}
	f := before
	f.State, f.SnoozedUntil, f.SnoozeReason, f.SnoozedBy = FlagSnoozed, until.UTC().Truncate(time.Millisecond), reason, w.human.User.Name
	f.RemindAt = time.Time{}
	if err := w.tx.SaveFlag(ctx, f, before.State); err != nil {
		return f, err
	}
	w.audit(AuditDraft{
		Act: ActFlagSnooze, Target: Target{Kind: "flag", ID: f.ID, MemberID: m.ID, Name: m.User.Name}, Reason: reason,
		Before: map[string]any{"state": string(before.State)},
		After:  map[string]any{"state": string(f.State), "until": stamp(until)},
	})
	w.touch(m.ID)
	w.emit(EventFlag, m.ID)
	_, err = w.refreshAlerts(ctx, f.EntryID)
	return f, err
}

// ResolveFlag ends a flag because the member is still working; the timer goes on and is not flagged
// again. Owners on Enterprise, and the member. Codes: not_found, conflict (resolved already).
func (s *Service) ResolveFlag(ctx context.Context, a Actor, flagID ID, reason string) (Flag, error) {
	var f Flag
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := validReason(reason); err != nil {
			return err
		}
		var err error
		f, err = w.stillWorking(ctx, flagID, reason)
		return err
	})
	return f, err
}

func (w *work) stillWorking(ctx context.Context, flagID ID, reason string) (Flag, error) {
	before, m, err := w.flagFor(ctx, ActFlagResolve, flagID)
	if err != nil {
		return before, err
	}
	if before.State == FlagResolved {
		return before, conflict("error.flag_resolved", Params{"By": before.ResolvedBy, "At": before.ResolvedAt}, nil)
	}
	f := before
	if err := w.tx.ClearFlagged(ctx, w.ws.ID, f.EntryID); err != nil {
		return f, err
	}
	if err := w.settleFlag(ctx, f.EntryID, ResolvedWorking); err != nil {
		return f, err
	}
	f.State, f.Resolution, f.ResolvedAt, f.ResolvedBy = FlagResolved, ResolvedWorking, w.now, w.human.User.Name
	w.audit(AuditDraft{
		Act: ActFlagResolve, Target: Target{Kind: "flag", ID: f.ID, MemberID: m.ID, Name: m.User.Name}, Reason: reason,
		Before: map[string]any{"state": string(before.State)}, After: map[string]any{"state": string(FlagResolved), "resolution": string(ResolvedWorking)},
	})
	w.touch(m.ID)
	return f, nil
}

func (w *work) flagFor(ctx context.Context, act Action, id ID) (Flag, Member, error) {
	w.decided = true
	if err := w.standing(ctx); err != nil {
		return Flag{}, Member{}, err
	}
	f, err := w.tx.Flag(ctx, w.ws.ID, id)
	if err != nil {
		return f, Member{}, missing(err, "error.flag_not_found")
	}
	if err := w.allow(ctx, act, f.MemberID); err != nil {
		return Flag{}, Member{}, err
	}
	m, err := w.tx.Member(ctx, w.ws.ID, f.MemberID)
	return f, m, err
}

// FlagQuery selects flags, newest first.
type FlagQuery struct {
	State  FlagState // empty: all
	Limit  int       // 1 to 200
	Cursor string    // of the page before
}

// Flags lists the workspace's flags with their end proposals. Owners on Enterprise.
// Codes: invalid (state, cursor), owner_required, plan_required.
func (s *Service) Flags(ctx context.Context, a Actor, q FlagQuery) (flags []Flag, next string, err error) {
	switch q.State {
	case "", FlagOpen, FlagSnoozed, FlagResolved:
	default:
		return nil, "", invalid("state", "error.flag_state", Params{"State": clip(string(q.State))})
	}
	before, err := idCursor(q.Cursor)
	if err != nil {
		return nil, "", err
	}
	err = s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActFlagView, ""); err != nil {
			return err
		}
		limit := bound(q.Limit, 50, 200)
		flags, err = w.tx.Flags(ctx, w.ws.ID, q.State, before, limit+1)
		if err != nil {
			return err
		}
		if len(flags) > limit {
			flags = flags[:limit]
			next = string(flags[limit-1].ID)
		}
		for i := range flags {
			if flags[i].State == FlagResolved {
				continue
			}
			e, err := w.tx.Entry(ctx, w.ws.ID, flags[i].EntryID)
			if err != nil {
				return err
			}
			if flags[i].Proposals, err = w.proposals(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	return flags, next, err
}

// idCursor reads a cursor that is the last id of the page before.
func idCursor(c string) (ID, error) {
	if c == "" {
		return "", nil
	}
	if !ValidID(c) {
		return "", invalid("cursor", "error.cursor", nil)
	}
	return ID(c), nil
}
