package core

import (
	"context"
	"errors"
)

// Sessions lists the actor's own live sessions, the latest first. Not while impersonating.
func (s *Service) Sessions(ctx context.Context, a Actor) ([]Session, error) {
	var list []Session
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if _, err := w.memberFor(ctx, ActSessionView, ""); err != nil {
			return err
		}
		all, err := w.tx.SessionsOfUser(ctx, a.UserID)
		for _, session := range all {
			if !session.ended(w.now) {
				list = append(list, session)
			}
		}
		return err
	})
	return list, err
}

// RevokeSession ends another of the actor's own sessions; its next request is refused.
// Codes: not_found. Not while impersonating.
func (s *Service) RevokeSession(ctx context.Context, a Actor, id ID) error {
	return s.write(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActSessionView, "")
		if err != nil {
			return err
		}
		session, err := w.tx.Session(ctx, id)
		if errors.Is(err, ErrNoRow) || err == nil && session.UserID != a.UserID {
			return notFound("error.session_not_found")
		}
		if err != nil {
			return err
		}
		ok, err := w.tx.EndSession(ctx, id, w.now)
		if err != nil {
			return err
		}
		if !ok {
			w.nothingToDo()
			return nil
		}
		w.audit(AuditDraft{
			Act: ActSessionSignOut, Target: Target{Kind: "session", ID: id, MemberID: m.ID, Name: m.User.Name}, Reason: "revoked",
		})
		w.emit(EventSession, m.ID)
		return nil
	})
}
