package core

import (
	"context"
	"errors"
	"time"
)

// Login is a person's account at an OpenID Connect provider, known by issuer and subject alone: an
// e-mail address of a provider never proves who somebody is here (Grafana CVE-2023-3128).
type Login struct {
	Issuer   string
	Subject  string
	UserID   ID
	LinkedAt time.Time
}

// LinkLogin links the provider's account to the actor's own user; the door has verified it in this
// session. Not while impersonating. Codes: conflict (linked to somebody else), forbidden.
func (s *Service) LinkLogin(ctx context.Context, a Actor, issuer, subject string) error {
	return s.write(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActIdentityLink, "")
		if err != nil {
			return err
		}
		known, err := w.tx.Login(ctx, issuer, subject)
		switch {
		case err == nil && known.UserID == a.UserID:
			w.nothingToDo()
			return nil
		case err == nil:
			return conflict("error.login_linked", nil, nil)
		case !errors.Is(err, ErrNoRow):
			return err
		}
		if err := w.tx.InsertLogin(ctx, Login{Issuer: issuer, Subject: subject, UserID: a.UserID, LinkedAt: w.now}); err != nil {
			if errors.Is(err, ErrDuplicate) {
				return conflict("error.login_linked", nil, nil)
			}
			return err
		}
		w.audit(AuditDraft{Act: ActIdentityLink, Target: memberTarget(m), After: map[string]any{"platform": "oidc", "issuer": issuer}})
		return nil
	})
}

// SignInWithLogin signs in the person whose provider account the door has verified.
// Code unauthenticated when it is linked to nobody, or to nobody active on this host.
func (s *Service) SignInWithLogin(ctx context.Context, issuer, subject string, c Client) (SignedIn, error) {
	refuse := &Error{Code: CodeUnauthenticated, Message: "error.login_unknown"}
	var user, ws ID
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) error {
		login, err := tx.Login(ctx, issuer, subject)
		if err != nil {
			return err
		}
		user = login.UserID
		ws, _, err = pickWorkspace(ctx, tx, Visit{Client: c}, user, Impersonation{}, false)
		return err
	})
	if errors.Is(err, ErrNoRow) || ErrorCode(err) == CodeNotFound {
		return SignedIn{}, refuse
	}
	if err != nil {
		return SignedIn{}, s.explain(err)
	}
	in, err := s.signIn(ctx, user, ws, c)
	if ErrorCode(err) == CodeForbidden {
		return SignedIn{}, refuse
	}
	return in, err
}
