package core

import (
	"context"
	"errors"
	"time"
)

// LoginAsFor is how long a log-in-as link from the chat lives.
const LoginAsFor = 2 * time.Minute

// CreateLoginAsLink makes the one-time link that a chat answers to login-as. It carries an intent, not
// a session: only the same owner, signed in to the panel, can use it, and nothing happens on GET.
// Owners on Enterprise. Codes: not_found, conflict (target), forbidden, owner_required, plan_required.
func (s *Service) CreateLoginAsLink(ctx context.Context, a Actor, memberID ID) (token string, target Member, ws Workspace, err error) {
	token = newToken()
	err = s.write(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActImpersonationStart, memberID)
		if err != nil {
			return err
		}
		if err := w.allow(ctx, ActLoginAsCreate, m.ID); err != nil {
			return err
		}
		if err := impersonable(w.self, m); err != nil {
			return err
		}
		target, ws = m, w.ws
		return w.insertLink(ctx, ActLoginAsCreate, m, SignInLink{
			UserID: a.UserID, Kind: LinkLoginAs, MemberID: m.ID, ExpiresAt: w.now.Add(LoginAsFor),
		}, token)
	})
	return token, target, ws, err
}

// LoginAsTarget tells whom a log-in-as link is about, without using it. The owner who asked for it
// only. Codes: expired (used, too old, unknown), forbidden (somebody else's), conflict (target).
func (s *Service) LoginAsTarget(ctx context.Context, a Actor, token string) (Member, error) {
	var m Member
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		link, err := w.loginAsLink(ctx, token)
		if err != nil {
			return err
		}
		if m, err = w.memberFor(ctx, ActImpersonationStart, link.MemberID); err != nil {
			return err
		}
		if refused := impersonable(w.self, m); refused != nil {
			return refused
		}
		return nil
	})
	return m, err
}

func (w *work) loginAsLink(ctx context.Context, token string) (SignInLink, error) {
	w.decided = true
	link, err := w.tx.SignInLinkByHash(ctx, hashSecret(token))
	if errors.Is(err, ErrNoRow) || err == nil &&
		(link.Kind != LinkLoginAs || link.WorkspaceID != w.actor.WorkspaceID || !link.UsedAt.IsZero() || !w.now.Before(link.ExpiresAt)) {
		return link, expired("error.login_as_link")
	}
	if err != nil {
		return link, err
	}
	if link.UserID != w.actor.UserID {
		e := &Error{Code: CodeForbidden, Message: "error.login_as_not_yours"}
		w.refused = &refusal{ActImpersonationStart, link.MemberID, e}
		return link, e
	}
	return link, nil
}

// UseLoginAsLink uses the link up and begins the impersonation it is about, as StartImpersonation.
func (s *Service) UseLoginAsLink(ctx context.Context, a Actor, token string, reason ImpersonationReason, note string) (Impersonation, string, error) {
	return s.startImpersonation(ctx, a, reason, note, func(ctx context.Context, w *work) (ID, error) {
		link, err := w.loginAsLink(ctx, token)
		if err != nil {
			return "", err
		}
		ok, err := w.tx.UseSignInLink(ctx, link.ID, w.now)
		if err == nil && !ok {
			err = expired("error.login_as_link")
		}
		return link.MemberID, err
	})
}
