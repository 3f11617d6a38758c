package core

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// TimeEntry is work with a start and an end. While End is zero it runs and is its member's timer.
type TimeEntry struct {
	ID          ID
	WorkspaceID ID
	MemberID    ID
	UserID      ID
	Description string
	ProjectID   ID // empty: none
	TagIDs      []ID
	Billable    bool
	Start       time.Time // UTC, whole seconds
	End         time.Time // UTC, whole seconds; zero while running
	Version     int       // counts up with each change
	Incomplete  bool      // lacks a field the workspace requires
	Automatic   bool      // stopped by the cron job and confirmed by nobody yet
	Flagged     bool      // a flag of it is open or snoozed
	FlagAt      time.Time // when it becomes overdue; zero when never
	StoppedAt   time.Time // when somebody ended it; zero while running or made complete at once
	StoppedBy   ID        // user; empty for a job
	StoppedName string    // the name to show for StoppedBy
	StoppedDoor Door
	Corrected   bool // somebody else than who stopped it has put its end right
	DeletedAt   time.Time
	CreatedAt   time.Time
}

// Running tells whether the entry is its member's timer.
func (e TimeEntry) Running() bool { return e.End.IsZero() && e.DeletedAt.IsZero() }

// wasFlagged tells whether a running entry has a flag, in whatever state: it counted as forgotten once, so
// there is no time left at which it becomes overdue.
func (e TimeEntry) wasFlagged() bool { return e.Flagged || e.FlagAt.IsZero() }

// Undoable tells whether the stop of the entry can still be taken back without taking a later change away.
func (e TimeEntry) Undoable(now time.Time) bool {
	return !e.StoppedAt.IsZero() && !e.Corrected && now.Sub(e.StoppedAt) < UndoFor
}

// Duration is how long the entry took, or has been running at now.
func (e TimeEntry) Duration(now time.Time) time.Duration {
	if e.End.IsZero() {
		return max(0, now.Sub(e.Start))
	}
	return e.End.Sub(e.Start)
}

// MaxTags bounds the tags of an entry.
const MaxTags = 50

const (
	maxDescription = 3000        // as in Clockify
	clockSkew      = time.Minute // how far ahead a client's clock may be
)

// UndoFor is how long a stop can be undone and a deletion taken back.
const UndoFor = 10 * time.Minute

func (e TimeEntry) validate() error {
	if utf8.RuneCountInString(e.Description) > maxDescription {
		return invalid("description", "error.description_long", Params{"Max": maxDescription})
	}
	if !utf8.ValidString(e.Description) || strings.ContainsRune(e.Description, 0) {
		return invalid("description", "error.description_form", nil)
	}
	if len(e.TagIDs) > MaxTags {
		return invalid("tags", "error.tags_many", Params{"Max": MaxTags})
	}
	if e.Start.IsZero() || e.Start.Year() < 2000 {
		return invalid("start", "error.start_old", nil)
	}
	return nil
}

// validTimes checks times that a person gives. A timer stopped in the second of its start has an end
// that is not after it; such an entry can still be corrected otherwise.
func (e TimeEntry) validTimes() error {
	if !e.End.IsZero() && !e.End.After(e.Start) {
		return invalid("end", "error.end_before_start", Params{"Start": e.Start, "End": e.End})
	}
	return nil
}

// second cuts a moment to the whole second of UTC, the precision of every entry.
func second(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Second)
}

// notAhead refuses a moment in the future, and forgives a client's clock that is a little fast.
func notAhead(t, now time.Time, field, message string) (time.Time, error) {
	t = second(t)
	if t.After(now.Add(clockSkew)) {
		return t, invalid(field, message, Params{"Now": now})
	}
	if t.After(now) {
		return second(now), nil
	}
	return t, nil
}

// givenEnd is notAhead for an end. One of the year 1 would be stored as none, so that the entry would run.
func givenEnd(end, now time.Time) (time.Time, error) {
	end, err := notAhead(end, now, "end", "error.end_ahead")
	if err == nil && end.IsZero() {
		err = invalid("end", "error.end_missing", nil)
	}
	return end, err
}

// NewEntry is the input of StartTimer and CreateEntry.
type NewEntry struct {
	MemberID    ID // empty: the actor's own
	Description string
	ProjectID   ID
	TagIDs      []ID
	Billable    bool
	Start       time.Time // zero: now
	End         time.Time // CreateEntry only
	Key         string    // idempotency key of the request; empty: none
}

func (w *work) newEntry(ctx context.Context, n NewEntry, act Action) (TimeEntry, Member, error) {
	if err := w.standing(ctx); err != nil {
		return TimeEntry{}, Member{}, err
	}
	m := w.self
	if n.MemberID != "" && n.MemberID != m.ID {
		var err error
		if m, err = w.tx.Member(ctx, w.ws.ID, n.MemberID); err != nil {
			w.decided = true
			return TimeEntry{}, m, missing(err, "error.member_not_found")
		}
	}
	if err := w.allow(ctx, act, m.ID); err != nil {
		return TimeEntry{}, m, err
	}
	if made, err := w.repeated(ctx, n); err != nil || made.ID != "" {
		return made, m, err
	}
	if m.Status != StatusActive {
		return TimeEntry{}, m, conflict("error.member_inactive", Params{"Name": m.User.Name}, nil)
	}
	if n.Start.IsZero() {
		n.Start = w.now
	}
	start, err := notAhead(n.Start, w.now, "start", "error.start_ahead")
	if err != nil {
		return TimeEntry{}, m, err
	}
	end := n.End
	if !end.IsZero() {
		if end, err = givenEnd(end, w.now); err != nil {
			return TimeEntry{}, m, err
		}
	}
	e := TimeEntry{
		ID: NewID(w.now), WorkspaceID: w.ws.ID, MemberID: m.ID, UserID: m.User.ID,
		Description: strings.TrimSpace(n.Description), ProjectID: n.ProjectID, TagIDs: n.TagIDs, Billable: n.Billable,
		Start: start, End: end, Version: 1, CreatedAt: w.now,
	}
	for _, err := range []error{e.validate(), e.validTimes()} {
		if err != nil {
			return e, m, err
		}
	}
	return e, m, w.knownReferences(ctx, e)
}

// knownReferences refuses projects and tags that are not of this workspace.
func (w *work) knownReferences(ctx context.Context, e TimeEntry) error {
	if e.ProjectID != "" {
		if _, err := w.tx.Project(ctx, w.ws.ID, e.ProjectID); err != nil {
			if errors.Is(err, ErrNoRow) {
				return invalid("project", "error.project_unknown", nil)
			}
			return err
		}
	}
	for _, id := range e.TagIDs {
		if _, err := w.tx.Tag(ctx, w.ws.ID, id); err != nil {
			if errors.Is(err, ErrNoRow) {
				return invalid("tags", "error.tag_unknown", nil)
			}
			return err
		}
	}
	return nil
}

// CreateEntry adds a finished entry. Own: every active member; another's: owners on Enterprise.
// Codes: invalid, not_found (member), conflict (inactive member), forbidden, owner_required, plan_required.
func (s *Service) CreateEntry(ctx context.Context, a Actor, n NewEntry) (TimeEntry, error) {
	if n.End.IsZero() {
		return TimeEntry{}, invalid("end", "error.end_missing", nil)
	}
	var e TimeEntry
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		var m Member
		var err error
		if e, m, err = w.newEntry(ctx, n, ActEntryCreate); err != nil || w.idle {
			return err
		}
		_, e.Incomplete = w.ws.Require.Missing(e)
		if err := w.tx.InsertEntry(ctx, e); err != nil {
			return err
		}
		if err := w.remember(ctx, n, e); err != nil {
			return err
		}
		w.audit(AuditDraft{Act: ActEntryCreate, Target: entryTarget(e, m), After: entryFields(e)})
		w.noteTo(m, ActEntryCreate, e, "")
		w.emit(EventTimer, m.ID)
		return nil
	})
	return e, err
}

// EntryChange corrects an entry: the fields that are not nil change.
type EntryChange struct {
	EntryID     ID
	Version     int // the version the change is based on; 0: whatever it is
	Description *string
	ProjectID   *ID
	TagIDs      *[]ID
	Billable    *bool
	Start       *time.Time
	End         *time.Time // a running entry is stopped by it
	Resume      bool       // takes the end away, so that the entry runs again
	Reason      string
}

// CorrectEntry changes an entry and keeps before and after in the audit log and in the member's
// inbox. Own: every active member; another's: owners on Enterprise. A person's correction also
// confirms an automatic stop.
// Codes: invalid, not_found, conflict with the present entry (stale version, another timer runs).
func (s *Service) CorrectEntry(ctx context.Context, a Actor, c EntryChange) (TimeEntry, error) {
	var e TimeEntry
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		var err error
		e, err = w.correctEntry(ctx, c)
		return err
	})
	return e, err
}

func (w *work) correctEntry(ctx context.Context, c EntryChange) (TimeEntry, error) {
	if err := validReason(c.Reason); err != nil {
		return TimeEntry{}, err
	}
	before, m, err := w.entryFor(ctx, ActEntryCorrect, c.EntryID)
	if err != nil {
		return before, err
	}
	if c.Version != 0 && c.Version != before.Version {
		return before, conflict("error.entry_changed", nil, &before)
	}
	e := before
	e.TagIDs = slices.Clone(before.TagIDs)
	if c.Description != nil {
		e.Description = strings.TrimSpace(*c.Description)
	}
	set(&e.ProjectID, c.ProjectID)
	set(&e.TagIDs, c.TagIDs)
	set(&e.Billable, c.Billable)
	if c.Start != nil {
		if e.Start, err = notAhead(*c.Start, w.now, "start", "error.start_ahead"); err != nil {
			return before, err
		}
	}
	stopped := false
	switch {
	case c.End != nil:
		if e.End, err = givenEnd(*c.End, w.now); err != nil {
			return before, err
		}
		stopped = before.Running()
	case c.Resume && !before.Running():
		if _, err := w.tx.RunningEntry(ctx, w.ws.ID, e.MemberID); err == nil {
			return before, conflict("error.another_timer_runs", nil, &before)
		} else if !errors.Is(err, ErrNoRow) {
			return before, err
		}
		e.End = time.Time{}
	}
	if err := e.validate(); err != nil {
		return before, err
	}
	if c.Start != nil || c.End != nil {
		if err := e.validTimes(); err != nil {
			return before, err
		}
	}
	if err := w.knownReferences(ctx, e); err != nil {
		return before, err
	}
	var reopen *Flag
	switch {
	case !e.Running():
		_, e.Incomplete = w.ws.Require.Missing(e)
		e.FlagAt = time.Time{}
	case !before.Running():
		e.Incomplete = false
		e.notStopped()
		if reopen, err = w.flagAgain(ctx, &e, m); err != nil {
			return before, err
		}
	case !before.FlagAt.IsZero():
		e.FlagAt = w.flagTime(e, m) // the start may have moved
	}
	if w.actor.Job == "" {
		e.Automatic = false
	}
	if stopped {
		w.markStopped(&e)
		e.Flagged = false
	}
	b, after := changes(entryFields(before), entryFields(e))
	if !stopped && !e.Running() {
		_, ended := after["end"]
		e.Corrected = before.Corrected || ended && w.actor.UserID != before.StoppedBy
	}
	if len(after) == 0 && e.Automatic == before.Automatic {
		w.nothingToDo()
		return before, nil
	}
	if err := w.saveEntry(ctx, before, &e); err != nil {
		return before, err
	}
	switch {
	case stopped && before.wasFlagged():
		err = w.settleFlag(ctx, e.ID, ResolvedStopped)
	case reopen != nil:
		err = w.reopenFlag(ctx, *reopen, "resumed")
	default:
		err = w.alertsCorrected(ctx, e.ID)
	}
	if err != nil {
		return before, err
	}
	w.audit(AuditDraft{Act: ActEntryCorrect, Target: entryTarget(e, m), Reason: c.Reason, Before: b, After: after})
	w.noteChange(m, ActEntryCorrect, e, b, c.Reason)
	w.touch(m.ID)
	w.emit(EventTimer, m.ID)
	return e, nil
}

// entryFor loads an entry that is not deleted, with its member, and asks the policy.
func (w *work) entryFor(ctx context.Context, act Action, id ID) (TimeEntry, Member, error) {
	w.decided = true
	if err := w.standing(ctx); err != nil {
		return TimeEntry{}, Member{}, err
	}
	e, m, err := w.tx.EntryAndMember(ctx, w.ws.ID, id)
	if err != nil {
		return TimeEntry{}, Member{}, missing(err, "error.entry_not_found")
	}
	if err := w.allow(ctx, act, e.MemberID); err != nil {
		return TimeEntry{}, Member{}, err
	}
	if !e.DeletedAt.IsZero() && act != ActEntryRestore {
		return TimeEntry{}, Member{}, notFound("error.entry_not_found")
	}
	return e, m, nil
}

// saveEntry writes the next version of an entry; a version that moved on meanwhile is a conflict.
func (w *work) saveEntry(ctx context.Context, before TimeEntry, e *TimeEntry) error {
	ok, err := w.tx.SaveEntry(ctx, before, *e)
	if errors.Is(err, ErrDuplicate) {
		return conflict("error.another_timer_runs", nil, e)
	}
	if err != nil {
		return err
	}
	if !ok {
		return conflict("error.entry_changed", nil, e)
	}
	e.Version++
	return nil
}

// DeleteEntry hides an entry; RestoreEntry brings it back within UndoFor. A running entry is stopped
// by it. Own: every active member; another's: owners on Enterprise. Codes: not_found, forbidden, ….
func (s *Service) DeleteEntry(ctx context.Context, a Actor, id ID) (TimeEntry, error) {
	var e TimeEntry
	err := s.write(ctx, a, func(ctx context.Context, w *work) (err error) {
		e, err = w.deleteEntry(ctx, id)
		return err
	})
	return e, err
}

func (w *work) deleteEntry(ctx context.Context, id ID) (TimeEntry, error) {
	before, m, err := w.entryFor(ctx, ActEntryDelete, id)
	if err != nil {
		return before, err
	}
	e := before
	e.DeletedAt, e.FlagAt, e.Flagged = w.now, time.Time{}, false
	if before.Running() {
		e.End = maxTime(second(w.now), e.Start)
		w.markStopped(&e)
	}
	if err := w.saveEntry(ctx, before, &e); err != nil {
		return before, err
	}
	// Also of an entry that was stopped long ago: its alert is still read.
	if err := w.settleFlag(ctx, e.ID, ResolvedDeleted); err != nil {
		return before, err
	}
	w.audit(AuditDraft{Act: ActEntryDelete, Target: entryTarget(e, m), Before: entryFields(before)})
	w.noteTo(m, ActEntryDelete, e, "")
	w.touch(m.ID)
	w.emit(EventTimer, m.ID)
	return e, nil
}

// RestoreEntry brings back an entry deleted less than UndoFor ago, finished.
// Rights as DeleteEntry. Codes: not_found, expired.
func (s *Service) RestoreEntry(ctx context.Context, a Actor, id ID) (TimeEntry, error) {
	var e TimeEntry
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		before, m, err := w.entryFor(ctx, ActEntryRestore, id)
		if err != nil {
			return err
		}
		e = before
		if before.DeletedAt.IsZero() {
			w.nothingToDo()
			return nil
		}
		if w.now.Sub(before.DeletedAt) > UndoFor {
			return expired("error.undo_expired")
		}
		e.DeletedAt = time.Time{}
		if err := w.saveEntry(ctx, before, &e); err != nil {
			return err
		}
		if err := w.settleFlag(ctx, e.ID, ResolvedStopped); err != nil {
			return err
		}
		w.audit(AuditDraft{Act: ActEntryRestore, Target: entryTarget(e, m), After: entryFields(e)})
		w.noteTo(m, ActEntryRestore, e, "")
		w.touch(m.ID)
		w.emit(EventTimer, m.ID)
		return nil
	})
	return e, err
}

// Entry returns one entry. Own: every active member; another's: owners on Enterprise.
func (s *Service) Entry(ctx context.Context, a Actor, id ID) (TimeEntry, error) {
	var e TimeEntry
	err := s.read(ctx, a, func(ctx context.Context, w *work) (err error) {
		e, _, err = w.entryFor(ctx, ActEntryView, id)
		return err
	})
	return e, err
}

// EntryQuery selects entries of one member, newest start first.
type EntryQuery struct {
	MemberID    ID        // empty: the actor's own
	From, To    time.Time // start within [From, To); zero: open
	Description string    // any part
	ProjectID   ID
	TagIDs      []ID  // any of them
	Running     *bool // only running or only finished
	Offset      int
	Limit       int // 1 to 1000
}

// Entries lists a member's entries. Own: every active member; another's: owners on Enterprise.
func (s *Service) Entries(ctx context.Context, a Actor, q EntryQuery) ([]TimeEntry, error) {
	var list []TimeEntry
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.standing(ctx); err != nil {
			return err
		}
		if q.MemberID == "" {
			q.MemberID = w.self.ID
		}
		if q.MemberID != w.self.ID {
			if _, err := w.tx.Member(ctx, w.ws.ID, q.MemberID); err != nil {
				return missing(err, "error.member_not_found")
			}
		}
		if err := w.allow(ctx, ActEntryView, q.MemberID); err != nil {
			return err
		}
		q.Limit = bound(q.Limit, 50, 1000)
		var err error
		list, err = w.tx.Entries(ctx, w.ws.ID, q)
		return err
	})
	return list, err
}

// RunningEntries lists running timers of the workspace, oldest first: owners see all, others their
// own only.
func (s *Service) RunningEntries(ctx context.Context, a Actor, offset, limit int) ([]TimeEntry, error) {
	var list []TimeEntry
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActWorkspaceView, ""); err != nil {
			return err
		}
		member := w.self.ID
		if w.may(ActEntryViewRunning, "") {
			member = ""
		}
		var err error
		list, err = w.tx.RunningEntries(ctx, w.ws.ID, member, max(0, offset), bound(limit, 10, 1000))
		return err
	})
	return list, err
}

// RunningEntry returns the timer of a member ("" for the actor's own). Code not_found when none runs.
func (s *Service) RunningEntry(ctx context.Context, a Actor, memberID ID) (TimeEntry, error) {
	var e TimeEntry
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.standing(ctx); err != nil {
			return err
		}
		if memberID == "" {
			memberID = w.self.ID
		}
		if err := w.allow(ctx, ActEntryView, memberID); err != nil {
			return err
		}
		var err error
		e, err = w.tx.RunningEntry(ctx, w.ws.ID, memberID)
		return missing(err, "error.no_running_timer")
	})
	return e, err
}

func entryFields(e TimeEntry) map[string]any {
	f := map[string]any{
		"description": e.Description, "start": stamp(e.Start), "end": nil, "billable": e.Billable,
		"project_id": nil, "tag_ids": idTexts(e.TagIDs), "incomplete": e.Incomplete, "automatic": e.Automatic,
	}
	if !e.End.IsZero() {
		f["end"] = stamp(e.End)
	}
	if e.ProjectID != "" {
		f["project_id"] = string(e.ProjectID)
	}
	return f
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func idTexts(ids []ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
