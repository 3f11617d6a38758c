package core

import (
	"context"
	"fmt"
	"time"
)

// Prunable is a kind of row that serves a purpose for a time and is of no use afterwards. Audit
// entries are none: they are kept for ever.
type Prunable string

// The kinds, in the order in which they are deleted: an impersonation before its session.
const (
	PruneSeenRequests    Prunable = "seen_requests"    // of requests that could be replayed
	PruneRepeatable      Prunable = "repeatable"       // of requests with an idempotency key
	PruneLinkCodes       Prunable = "link_codes"       // typed into a chat
	PruneWaitingCommands Prunable = "waiting_commands" // of people who were not linked yet
	PruneConfirmations   Prunable = "confirmations"    // cards, forms and buttons with a time
	PruneAlertButtons    Prunable = "alert_buttons"    // which live as long as their timer
	PruneSignInLinks     Prunable = "sign_in_links"    // invitations and links to log in as somebody too
	PruneImpersonations  Prunable = "impersonations"   // of sessions that are over; the audit log has their begin and end
	PruneSessions        Prunable = "sessions"
)

// keepExpired is how long a row that somebody may still come back with is kept past its time, so that
// the answer can say what became of it.
const keepExpired = 7 * 24 * time.Hour

const (
	pruneBatch   = 500 // rows of one transaction, so that other acts get their turn
	pruneBatches = 200 // of a kind in one run; the next run goes on
)

// Prune deletes what is past its use in the whole database, in small transactions, and counts it. It
// first ends the impersonations whose session is over and to which nobody came back. The housekeeping
// job only. Repeating it changes nothing. Code forbidden.
func (s *Service) Prune(ctx context.Context, a Actor) (int, error) {
	if Decide(Request{Action: ActDatabasePrune, Job: a.Job}) != "" {
		return 0, &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	if err := s.endLeftImpersonations(ctx, a); err != nil {
		return 0, fmt.Errorf("end impersonations: %w", err)
	}
	now, total := s.clock.Now(), 0
	for _, kind := range []struct {
		what Prunable
		keep time.Duration
	}{
		{PruneSeenRequests, 0},
		{PruneRepeatable, 0},
		{PruneLinkCodes, 0},
		{PruneWaitingCommands, 0},
		{PruneConfirmations, keepExpired},
		{PruneAlertButtons, keepExpired},
		{PruneSignInLinks, keepExpired},
		{PruneImpersonations, keepExpired},
		{PruneSessions, keepExpired},
	} {
		for range pruneBatches {
			n := 0
			err := s.store.Write(ctx, func(ctx context.Context, tx Tx) (err error) {
				n, err = tx.Prune(ctx, kind.what, now.Add(-kind.keep), pruneBatch)
				return err
			})
			if err != nil {
				return total, fmt.Errorf("prune %s: %w", kind.what, s.explain(err))
			}
			total += n
			if n < pruneBatch {
				break
			}
		}
	}
	return total, nil
}

// endLeftImpersonations writes down the end of impersonations that nobody returned from: the browser
// was closed, and no visit of that session will find them over.
func (s *Service) endLeftImpersonations(ctx context.Context, a Actor) error {
	for range pruneBatches {
		var left []Impersonation
		err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
			left, err = tx.LeftImpersonations(ctx, s.clock.Now(), pruneBatch)
			return err
		})
		if err != nil {
			return s.explain(err)
		}
		for _, imp := range left {
			err := s.write(ctx, a.In(imp.WorkspaceID), func(ctx context.Context, w *work) error {
				if err := w.allow(ctx, ActDatabasePrune, ""); err != nil {
					return err
				}
				err := w.endUnattended(ctx, imp, EndExpired)
				if len(w.drafts) == 0 { // another process was here first
					w.nothingToDo()
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		if len(left) < pruneBatch {
			return nil
		}
	}
	return nil
}
