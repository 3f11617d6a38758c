package core

import (
	"context"
	"errors"
	"time"
)

// Confirmation is a prepared act that waits for its second step. The button that carries it holds an
// opaque id of 128 random bits and nothing else; its SHA-256 is stored. It is single-use, expires,
// and is bound to the person who asked, the target, and the entry in the version that was shown.
type Confirmation struct {
	ID          ID
	WorkspaceID ID
	Kind        ConfirmationKind
	Act         Action
	UserID      ID // who may use it: the person who asked, or was asked; empty for an alert's button
	MemberID    ID // the target
	EntryID     ID
	Version     int       // of the entry when it was shown
	FlagID      ID        // of an alert's button; of a card: the flag whose question to the member led to it
	End         time.Time // the end to be written; of an undo button: the moment of the stop it takes back
	Reason      string
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero: lives as long as the entry runs (alerts)
	UsedAt      time.Time
	Canceled    bool // used up by Cancel
}

// ConfirmationKind tells what an opaque id is on.
type ConfirmationKind string

// The kinds. A button of a result and the form it opens are in followup.go.
const (
	ConfirmCard     ConfirmationKind = "card"
	ConfirmAlert    ConfirmationKind = "alert"
	ConfirmFollowUp ConfirmationKind = "followup"
	ConfirmForm     ConfirmationKind = "form"
)

// ConfirmationFor is how long a card lives.
const ConfirmationFor = 10 * time.Minute

// Prepare is the input of Propose.
type Prepare struct {
	Act      Action // ActTimerStop or ActAPIKeyDeactivate
	MemberID ID     // the target
	End      time.Time
	Reason   string
	asked    ID // the flag whose question to the member led here
}

// Card is what a confirmation shows: whom, what, since when, how long, and the choices.
type Card struct {
	Button    string // the opaque id for Confirm and Cancel
	Act       Action
	Member    Member
	Entry     TimeEntry // ActTimerStop
	End       time.Time // the end asked for; zero: now
	Proposals []EndProposal
	Keys      KeySummary // ActAPIKeyDeactivate
	Reason    string
	At        time.Time
	ExpiresAt time.Time
}

// Propose prepares an act on another's account and returns the card to confirm it. Rights are
// checked now and again at Confirm. Nothing changes but the waiting confirmation.
// Codes: not_found, conflict (no running timer, no active key), invalid (end), forbidden, owner_required, plan_required.
func (s *Service) Propose(ctx context.Context, a Actor, p Prepare) (Card, error) {
	var card Card
	err := s.keep(ctx, a, func(ctx context.Context, w *work) error {
		if err := validReason(p.Reason); err != nil {
			return err
		}
		if p.Act != ActTimerStop && p.Act != ActAPIKeyDeactivate {
			return invalid("", "error.nothing_to_change", nil)
		}
		m, err := w.memberFor(ctx, p.Act, p.MemberID)
		if err != nil {
			return err
		}
		card, err = w.prepare(ctx, p, m)
		return err
	})
	return card, err
}

func (w *work) prepare(ctx context.Context, p Prepare, m Member) (Card, error) {
	c := Confirmation{
		ID: NewID(w.now), WorkspaceID: w.ws.ID, Kind: ConfirmCard, Act: p.Act, UserID: w.actor.UserID, MemberID: m.ID,
		Reason: p.Reason, CreatedAt: w.now, ExpiresAt: w.now.Add(ConfirmationFor),
	}
	card := Card{Button: newButton(), Act: p.Act, Member: m, Reason: p.Reason, At: w.now, ExpiresAt: c.ExpiresAt}
	switch p.Act {
	case ActTimerStop:
		e, err := w.tx.RunningEntry(ctx, w.ws.ID, m.ID)
		if errors.Is(err, ErrNoRow) {
			return card, w.noTimer(ctx, m)
		}
		if err != nil {
			return card, err
		}
		if !p.End.IsZero() {
			if p.End, err = w.chosenEnd(ctx, e, p.End); err != nil {
				return card, err
			}
		}
		if card.Proposals, err = w.proposals(ctx, e); err != nil {
			return card, err
		}
		card.Entry, card.End = e, p.End
		c.EntryID, c.Version, c.End, c.FlagID = e.ID, e.Version, p.End, p.asked
	case ActAPIKeyDeactivate:
		var err error
		if card.Keys, err = w.tx.KeySummary(ctx, w.ws.ID, m.ID); err != nil {
			return card, err
		}
		if card.Keys.Active == 0 {
			return card, conflict("error.no_active_keys", Params{"Name": m.User.Name}, nil)
		}
	}
	return card, w.tx.InsertConfirmation(ctx, c, hashSecret(card.Button))
}

// noTimer says that the member has no timer, and who stopped the last one if that was just now.
func (w *work) noTimer(ctx context.Context, m Member) error {
	finished := false
	last, err := w.tx.Entries(ctx, w.ws.ID, EntryQuery{MemberID: m.ID, Running: &finished, Limit: 1})
	if err != nil {
		return err
	}
	if len(last) == 1 && !last[0].StoppedAt.IsZero() && w.now.Sub(last[0].StoppedAt) < UndoFor {
		return w.alreadyStopped(ctx, last[0])
	}
	return conflict("error.no_timer_of", Params{"Name": m.User.Name}, nil)
}

// OpenAlert turns the Stop button of an alert into a card for the person who clicked. The button is
// not used up. Owners on Enterprise, checked against whoever clicks.
// Codes: expired (unknown button), conflict (stopped already, by whom), owner_required, plan_required.
func (s *Service) OpenAlert(ctx context.Context, a Actor, button string, end time.Time) (Card, error) {
	var card Card
	err := s.keep(ctx, a, func(ctx context.Context, w *work) error {
		c, err := w.alertButton(ctx, button)
		if err != nil {
			return err
		}
		e, m, err := w.entryFor(ctx, ActTimerStop, c.EntryID)
		if err != nil {
			return err
		}
		if !e.Running() {
			return w.alreadyStopped(ctx, e)
		}
		p := Prepare{Act: ActTimerStop, MemberID: m.ID, End: end}
		if c.UserID != "" {
			p.asked = c.FlagID
		}
		card, err = w.prepare(ctx, p, m)
		return err
	})
	return card, err
}

// Choice is what the person chose on the card.
type Choice struct {
	End    time.Time // zero: the end of the card, or now
	Now    bool      // now, whatever the card says
	Reason string    // empty: the card's
	NoChat bool      // do not send the member a chat message
}

// Outcome is what a confirmed act did.
type Outcome struct {
	Act    Action
	Member Member
	Entry  TimeEntry // ActTimerStop
	Keys   int       // ActAPIKeyDeactivate: how many were deactivated
	At     time.Time
	FollowUps
}

// Confirm does a prepared act once. The real use case runs in the same transaction, so rights are
// checked again; two clicks have one effect. The confirmation stays usable when the act is refused
// for a correctable reason.
// Codes: expired (unknown, too old, canceled), forbidden (somebody else's), conflict (done already,
// by whom; the entry changed), and those of StopTimer and DeactivateAPIKeys.
func (s *Service) Confirm(ctx context.Context, a Actor, button string, ch Choice) (Outcome, error) {
	var out Outcome
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		w.decided = true
		c, err := w.confirmation(ctx, button, ConfirmCard)
		if err != nil {
			return err
		}
		if !c.UsedAt.IsZero() {
			return w.usedUp(ctx, c)
		}
		if !w.now.Before(c.ExpiresAt) {
			return expired("error.confirmation_expired")
		}
		ok, err := w.tx.UseConfirmation(ctx, c.ID, w.now, false)
		if err != nil {
			return err
		}
		if !ok {
			return w.usedUp(ctx, c)
		}
		out, err = w.confirmed(ctx, c, ch)
		return err
	})
	return out, err
}

func (w *work) confirmed(ctx context.Context, c Confirmation, ch Choice) (Outcome, error) {
	out := Outcome{Act: c.Act, At: w.now}
	var err error
	if out.Member, err = w.tx.Member(ctx, w.ws.ID, c.MemberID); err != nil {
		return out, missing(err, "error.member_not_found")
	}
	reason := c.Reason
	if ch.Reason != "" {
		reason = ch.Reason
	}
	switch c.Act {
	case ActTimerStop:
		end := c.End
		if !ch.End.IsZero() {
			end = ch.End
		}
		if ch.Now {
			end = time.Time{}
		}
		out.Entry, err = w.stopTimer(ctx, StopTimer{
			EntryID: c.EntryID, Version: c.Version, End: end, Reason: reason, Notify: !ch.NoChat,
		})
		if err == nil {
			err = w.answered(ctx, c.UserID, c.FlagID)
		}
		if err == nil {
			out.FollowUps, err = w.followUps(ctx, out.Entry)
		}
	case ActAPIKeyDeactivate:
		if err = w.allow(ctx, c.Act, c.MemberID); err == nil {
			out.Keys, err = w.deactivateKeys(ctx, out.Member, "", reason)
		}
	}
	return out, err
}

// confirmation loads what an opaque id of the kind stands for and refuses whoever did not ask for it.
func (w *work) confirmation(ctx context.Context, button string, kind ConfirmationKind) (Confirmation, error) {
	if err := w.standing(ctx); err != nil {
		return Confirmation{}, err
	}
	c, err := w.tx.ConfirmationByHash(ctx, w.ws.ID, hashSecret(button))
	if errors.Is(err, ErrNoRow) || err == nil && c.Kind != kind {
		return c, expired("error.button_gone")
	}
	if err != nil {
		return c, err
	}
	if c.UserID != w.actor.UserID {
		e := &Error{Code: CodeForbidden, Message: "error.confirmation_not_yours"}
		w.refused = &refusal{c.Act, c.MemberID, e}
		return c, e
	}
	return c, nil
}

// usedUp answers the second click with what the first one did. It tells of the member's times, so whoever lost the
// right to the act since is refused like at the first click.
func (w *work) usedUp(ctx context.Context, c Confirmation) error {
	if err := w.allow(ctx, c.Act, c.MemberID); err != nil {
		return err
	}
	if c.Canceled {
		return expired("error.confirmation_canceled")
	}
	if c.Act == ActTimerStop {
		e, err := w.tx.Entry(ctx, w.ws.ID, c.EntryID)
		if err != nil {
			return missing(err, "error.entry_not_found")
		}
		if !e.Running() {
			return w.alreadyStopped(ctx, e)
		}
	}
	return conflict("error.confirmation_used", Params{"At": c.UsedAt}, nil)
}

// Cancel uses a card up without doing anything. Canceling twice, or what was done already, changes nothing.
// Codes: expired (unknown), forbidden (somebody else's).
func (s *Service) Cancel(ctx context.Context, a Actor, button string) error {
	return s.keep(ctx, a, func(ctx context.Context, w *work) error {
		c, err := w.confirmation(ctx, button, ConfirmCard)
		if err != nil {
			return err
		}
		_, err = w.tx.UseConfirmation(ctx, c.ID, w.now, true)
		return err
	})
}
