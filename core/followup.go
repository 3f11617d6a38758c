package core

import (
	"context"
	"time"
)

// FollowUps are the opaque ids of the buttons under the result of a stop. Each works for the person
// it was shown to and is bound to the entry; rights are checked again at the click.
type FollowUps struct {
	Undo    string // for UndoByButton, UndoFor long; empty when there is no stop to take back, or a change since
	Correct string // for OpenCorrection, CorrectFor long; empty while the entry runs
}

// CorrectFor is how long a result offers to correct the entry; formFor is how long its form stays valid.
const (
	CorrectFor = 24 * time.Hour
	formFor    = time.Hour
)

// FollowUps makes the buttons for a finished entry. Rights as CorrectEntry. Codes: not_found, ….
func (s *Service) FollowUps(ctx context.Context, a Actor, entryID ID) (FollowUps, error) {
	var f FollowUps
	err := s.keep(ctx, a, func(ctx context.Context, w *work) error {
		e, _, err := w.entryFor(ctx, ActEntryCorrect, entryID)
		if err != nil {
			return err
		}
		f, err = w.followUps(ctx, e)
		return err
	})
	return f, err
}

func (w *work) followUps(ctx context.Context, e TimeEntry) (FollowUps, error) {
	var f FollowUps
	if e.Running() {
		return f, nil
	}
	c := Confirmation{
		ID: NewID(w.now), WorkspaceID: w.ws.ID, Kind: ConfirmFollowUp, Act: ActEntryCorrect, UserID: w.actor.UserID,
		MemberID: e.MemberID, EntryID: e.ID, Version: e.Version, CreatedAt: w.now, ExpiresAt: w.now.Add(CorrectFor),
	}
	f.Correct = newButton()
	if err := w.tx.InsertConfirmation(ctx, c, hashSecret(f.Correct)); err != nil {
		return f, err
	}
	if !e.Undoable(w.now) {
		return f, nil
	}
	c.ID, c.Act, c.End, c.ExpiresAt = NewID(w.now), ActTimerUndoStop, e.StoppedAt, e.StoppedAt.Add(UndoFor)
	f.Undo = newButton()
	return f, w.tx.InsertConfirmation(ctx, c, hashSecret(f.Undo))
}

// UndoByButton takes back the stop the button was shown for, as UndoStop does; never a later stop of
// the same entry.
// Codes: expired (unknown, too old), forbidden (somebody else's), conflict (runs already; stopped
// anew or changed since), and those of UndoStop.
func (s *Service) UndoByButton(ctx context.Context, a Actor, button string) (Outcome, error) {
	out := Outcome{Act: ActTimerUndoStop}
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		w.decided = true
		out.At = w.now
		c, err := w.confirmation(ctx, button, ConfirmFollowUp)
		if err != nil {
			return err
		}
		if c.Act != ActTimerUndoStop {
			return expired("error.button_gone")
		}
		if !w.now.Before(c.ExpiresAt) {
			return expired("error.undo_expired")
		}
		now, m, err := w.entryFor(ctx, ActTimerUndoStop, c.EntryID)
		if err != nil {
			return err
		}
		if !now.Running() && !now.StoppedAt.Equal(c.End) {
			return conflict("error.entry_changed", nil, &now)
		}
		if _, err := w.tx.UseConfirmation(ctx, c.ID, w.now, false); err != nil {
			return err
		}
		out.Member = m
		out.Entry, err = w.undoStop(ctx, c.EntryID)
		return err
	})
	return out, err
}

// Correction is what the form to correct an entry shows. Form is its opaque id: single-use, for this
// person, bound to the version that is shown.
type Correction struct {
	Form   string
	Member Member
	Entry  TimeEntry
	At     time.Time
}

// OpenCorrection turns a Correct button into a form. The button is not used up. Rights as CorrectEntry.
// Codes: expired (unknown, too old), forbidden (somebody else's), not_found, ….
func (s *Service) OpenCorrection(ctx context.Context, a Actor, button string) (Correction, error) {
	var form Correction
	err := s.keep(ctx, a, func(ctx context.Context, w *work) error {
		w.decided = true
		c, err := w.confirmation(ctx, button, ConfirmFollowUp)
		if err != nil {
			return err
		}
		if c.Act != ActEntryCorrect || !w.now.Before(c.ExpiresAt) {
			return expired("error.button_gone")
		}
		e, m, err := w.entryFor(ctx, ActEntryCorrect, c.EntryID)
		if err != nil {
			return err
		}
		form = Correction{Form: newButton(), Member: m, Entry: e, At: w.now}
		c.ID, c.Kind, c.Version = NewID(w.now), ConfirmForm, e.Version
		c.CreatedAt, c.ExpiresAt = w.now, w.now.Add(formFor)
		return w.tx.InsertConfirmation(ctx, c, hashSecret(form.Form))
	})
	return form, err
}

// CorrectByForm corrects the entry the form was opened for; ch says what changes, its EntryID and
// Version are the form's. The form stays usable when the correction is refused for a correctable reason.
// Codes: expired (unknown, too old), forbidden (somebody else's), conflict (sent already; the entry
// changed since it was shown), and those of CorrectEntry.
func (s *Service) CorrectByForm(ctx context.Context, a Actor, form string, ch EntryChange) (Outcome, error) {
	out := Outcome{Act: ActEntryCorrect}
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		w.decided = true
		out.At = w.now
		c, err := w.confirmation(ctx, form, ConfirmForm)
		if err != nil {
			return err
		}
		if !w.now.Before(c.ExpiresAt) {
			return expired("error.confirmation_expired")
		}
		ok, err := w.tx.UseConfirmation(ctx, c.ID, w.now, false)
		if err != nil {
			return err
		}
		if !ok {
			return conflict("error.confirmation_used", Params{"At": c.UsedAt}, nil)
		}
		if out.Member, err = w.tx.Member(ctx, w.ws.ID, c.MemberID); err != nil {
			return missing(err, "error.member_not_found")
		}
		ch.EntryID, ch.Version = c.EntryID, c.Version
		if out.Entry, err = w.correctEntry(ctx, ch); err != nil {
			return err
		}
		out.FollowUps, err = w.followUps(ctx, out.Entry)
		return err
	})
	return out, err
}

// FormEntry returns the entry a correction form was opened for, so that its door can tell what the
// person changed. Rights as CorrectEntry. Codes: expired (unknown), forbidden (somebody else's), ….
func (s *Service) FormEntry(ctx context.Context, a Actor, form string) (TimeEntry, error) {
	var e TimeEntry
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		w.decided = true
		c, err := w.confirmation(ctx, form, ConfirmForm)
		if err != nil {
			return err
		}
		e, _, err = w.entryFor(ctx, ActEntryCorrect, c.EntryID)
		return err
	})
	return e, err
}
