package core

import (
	"context"
	"errors"
	"time"
)

// TimerButtons makes an opaque id for each running entry that a list shows: like the buttons of an
// alert, it works for everybody who may stop the timer, checked at the click, until its entry ends.
// Rights as StopTimer. Codes: not_found, forbidden, owner_required, plan_required.
func (s *Service) TimerButtons(ctx context.Context, a Actor, entries []ID) (map[ID]string, error) {
	buttons := make(map[ID]string, len(entries))
	if len(entries) == 0 {
		return buttons, nil
	}
	err := s.keep(ctx, a, func(ctx context.Context, w *work) error {
		for _, id := range entries {
			e, m, err := w.entryFor(ctx, ActTimerStop, id)
			if err != nil {
				return err
			}
			if !e.Running() {
				continue
			}
			f, found, err := maybe(w.tx.FlagOfEntry(ctx, w.ws.ID, e.ID))
			if err != nil {
				return err
			}
			if !found || f.State == FlagResolved {
				f.ID = ""
			}
			buttons[id] = newButton()
			if err := w.insertAlertButton(ctx, e, m, f.ID, buttons[id]); err != nil {
				return err
			}
		}
		return nil
	})
	return buttons, err
}

// insertAlertButton stores a button that is bound to a running entry and to nobody.
func (w *work) insertAlertButton(ctx context.Context, e TimeEntry, m Member, flag ID, button string) error {
	return w.insertButton(ctx, e, m, flag, "", button)
}

// insertButton is insertAlertButton for one user alone, or ("") for everybody who may.
func (w *work) insertButton(ctx context.Context, e TimeEntry, m Member, flag, user ID, button string) error {
	return w.tx.InsertConfirmation(ctx, Confirmation{
		ID: NewID(w.now), WorkspaceID: w.ws.ID, Kind: ConfirmAlert, Act: ActTimerStop, UserID: user, MemberID: m.ID, EntryID: e.ID,
		FlagID: flag, CreatedAt: w.now,
	}, hashSecret(button))
}

// alertButton loads what the button of an alert or a list stands for; the clicker's rights are not
// checked yet, but that they are a member at all.
func (w *work) alertButton(ctx context.Context, button string) (Confirmation, error) {
	w.decided = true
	if err := w.standing(ctx); err != nil {
		return Confirmation{}, err
	}
	c, err := w.tx.ConfirmationByHash(ctx, w.ws.ID, hashSecret(button))
	if errors.Is(err, ErrNoRow) || err == nil && c.Kind != ConfirmAlert {
		return c, w.messageGone()
	}
	if err == nil && c.UserID != "" && c.UserID != w.actor.UserID {
		e := &Error{Code: CodeForbidden, Message: "error.confirmation_not_yours"}
		w.refused = &refusal{c.Act, c.MemberID, e}
		return c, e
	}
	return c, err
}

// messageGone refuses a button that nothing is known of: the database was restored since it was shown, or
// its timer ended so long ago that the button was deleted. It names the way on, by what the clicker may see.
func (w *work) messageGone() error {
	if w.may(ActFlagView, "") {
		return expired("error.alert_gone")
	}
	return expired("error.question_gone")
}

// flagOfButton is alertButton for what is done to the flag itself.
func (w *work) flagOfButton(ctx context.Context, act Action, button string) (Confirmation, error) {
	c, err := w.alertButton(ctx, button)
	if err != nil {
		return c, err
	}
	e, _, err := w.entryFor(ctx, act, c.EntryID)
	if err != nil {
		return c, err
	}
	if !e.Running() {
		return c, w.alreadyStopped(ctx, e)
	}
	if c.FlagID == "" {
		return c, expired("error.button_gone")
	}
	return c, nil
}

// FlagOutcome is what became of a flag by a button.
type FlagOutcome struct {
	Flag   Flag
	Member Member
	Entry  TimeEntry
	At     time.Time
}

// SnoozeByButton puts off the flag of an alert's button, as SnoozeFlag does. The button is not used up.
// Codes: expired (unknown button), conflict (stopped or settled already, by whom), and those of SnoozeFlag.
func (s *Service) SnoozeByButton(ctx context.Context, a Actor, button string, until time.Time) (FlagOutcome, error) {
	return s.byFlagButton(ctx, a, button, ActFlagSnooze, func(ctx context.Context, w *work, flag ID) (Flag, error) {
		return w.snooze(ctx, flag, until, "")
	})
}

// ResolveByButton ends the flag of an alert's button because the member is still working, as
// ResolveFlag does. Codes: expired (unknown button), conflict (stopped or settled already, by whom),
// and those of ResolveFlag.
func (s *Service) ResolveByButton(ctx context.Context, a Actor, button string) (FlagOutcome, error) {
	return s.byFlagButton(ctx, a, button, ActFlagResolve, func(ctx context.Context, w *work, flag ID) (Flag, error) {
		return w.stillWorking(ctx, flag, "")
	})
}

func (s *Service) byFlagButton(ctx context.Context, a Actor, button string, act Action, do func(ctx context.Context, w *work, flag ID) (Flag, error)) (FlagOutcome, error) {
	var out FlagOutcome
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		c, err := w.flagOfButton(ctx, act, button)
		if err != nil {
			return err
		}
		if out.Flag, err = do(ctx, w, c.FlagID); err != nil {
			return err
		}
		if err := w.answered(ctx, c.UserID, c.FlagID); err != nil {
			return err
		}
		out.At = w.now
		if out.Entry, err = w.tx.Entry(ctx, w.ws.ID, c.EntryID); err != nil {
			return err
		}
		out.Member, err = w.tx.Member(ctx, w.ws.ID, c.MemberID)
		return err
	})
	return out, err
}

// answered notes that the member has answered the question of their button: one that is bound to a user.
func (w *work) answered(ctx context.Context, user, flag ID) error {
	if user == "" || flag == "" {
		return nil
	}
	return w.tx.FlagAnswered(ctx, w.ws.ID, flag, w.now)
}

// StopByButton stops a member's own timer now, from the question whether they still work. It needs no
// second step, since it is nobody else's.
// Codes: expired (unknown button, or an alert's), forbidden (somebody else's), conflict (stopped already, by whom).
func (s *Service) StopByButton(ctx context.Context, a Actor, button string) (Outcome, error) {
	out := Outcome{Act: ActTimerStop}
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		c, err := w.alertButton(ctx, button)
		if err != nil {
			return err
		}
		if c.UserID == "" || c.MemberID != w.self.ID {
			return expired("error.button_gone")
		}
		out.At, out.Member = w.now, w.self
		if out.Entry, err = w.stopTimer(ctx, StopTimer{EntryID: c.EntryID}); err != nil {
			return err
		}
		if err := w.answered(ctx, c.UserID, c.FlagID); err != nil {
			return err
		}
		out.FollowUps, err = w.followUps(ctx, out.Entry)
		return err
	})
	return out, err
}
