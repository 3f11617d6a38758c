package core

import (
	"context"
	"errors"
)

// SignInMethods are the ways in which a person can sign in beside the one-time link.
type SignInMethods struct {
	Password bool
	Logins   []Login // by issuer
}

// SignInMethods tells how the actor can sign in. The person themselves; not while impersonating.
func (s *Service) SignInMethods(ctx context.Context, a Actor) (SignInMethods, error) {
	var ways SignInMethods
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if _, err := w.memberFor(ctx, ActSessionView, ""); err != nil {
			return err
		}
		hash, err := w.tx.PasswordHash(ctx, a.UserID)
		if err != nil {
			return err
		}
		ways.Password = hash != ""
		ways.Logins, err = w.tx.LoginsOfUser(ctx, a.UserID)
		return err
	})
	return ways, err
}

// SignInMethodsOf tells how a user can sign in, in whichever workspace they set that up. The operator only.
func (s *Service) SignInMethodsOf(ctx context.Context, a Actor, user ID) (SignInMethods, error) {
	var ways SignInMethods
	if a.Job == "" || Decide(Request{Action: ActSignInLinkCreate, Job: a.Job}) != "" {
		return ways, &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) error {
		hash, err := tx.PasswordHash(ctx, user)
		if err != nil {
			return missing(err, "error.member_not_found")
		}
		ways.Password = hash != ""
		ways.Logins, err = tx.LoginsOfUser(ctx, user)
		return err
	})
	return ways, s.explain(err)
}

// UnlinkLogin removes the actor's own link to the provider. Sessions go on. Not while impersonating.
// Code not_found when there is none.
func (s *Service) UnlinkLogin(ctx context.Context, a Actor, issuer string) error {
	return s.write(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActIdentityUnlink, "")
		if err != nil {
			return err
		}
		if err := w.tx.DeleteLogin(ctx, a.UserID, issuer); errors.Is(err, ErrNoRow) {
			return notFound("error.login_not_found")
		} else if err != nil {
			return err
		}
		w.audit(AuditDraft{Act: ActIdentityUnlink, Target: memberTarget(m), Before: map[string]any{"platform": "oidc", "issuer": issuer}})
		return nil
	})
}
