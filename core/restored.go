package core

import "context"

// Settled is what of a restored copy was made useless. A copy knows what was going on when it was
// made; the world has gone on since.
type Settled struct {
	Deliveries     int // messages that were waiting: they are old news
	SignInLinks    int // invitations and links to log in as somebody too
	Confirmations  int // cards, forms and buttons
	LinkCodes      int
	Impersonations int
	Sessions       int // of everybody
}

func (n *Settled) add(m Settled) {
	n.Deliveries += m.Deliveries
	n.SignInLinks += m.SignInLinks
	n.Confirmations += m.Confirmations
	n.LinkCodes += m.LinkCodes
	n.Impersonations += m.Impersonations
	n.Sessions += m.Sessions
}

// SettleRestored makes useless what a restored copy must not take up again: messages that were
// waiting, sessions, impersonations, one-time links, confirmations and link codes. Each workspace's
// audit log says so. It is called on the copy before anything else works with it. The operator only.
// Code forbidden.
func (s *Service) SettleRestored(ctx context.Context, a Actor) (Settled, error) {
	var total Settled
	if Decide(Request{Action: ActDatabaseRestore, Job: a.Job}) != "" {
		return total, &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	var workspaces []ID
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		workspaces, err = tx.WorkspaceIDs(ctx)
		return err
	})
	if err != nil {
		return total, s.explain(err)
	}
	for _, id := range workspaces {
		n, err := s.settleRestored(ctx, a.In(id))
		if err != nil {
			return total, err
		}
		total.add(n)
	}
	err = s.store.Write(ctx, func(ctx context.Context, tx Tx) (err error) {
		total.Sessions, err = tx.EndAllSessions(ctx, s.clock.Now())
		return err
	})
	return total, s.explain(err)
}

func (s *Service) settleRestored(ctx context.Context, a Actor) (Settled, error) {
	var n Settled
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActDatabaseRestore, ""); err != nil {
			return err
		}
		open, err := w.tx.OpenImpersonations(ctx, w.ws.ID)
		if err != nil {
			return err
		}
		if n, err = w.tx.SettleRestored(ctx, w.ws.ID, w.now); err != nil {
			return err
		}
		w.audit(AuditDraft{
			Act: ActDatabaseRestore, Target: Target{Kind: "workspace", ID: w.ws.ID, Name: w.ws.Name},
			After: map[string]any{
				"deliveries": n.Deliveries, "sign_in_links": n.SignInLinks, "confirmations": n.Confirmations,
				"link_codes": n.LinkCodes, "impersonations": len(open),
			},
		})
		for _, imp := range open {
			if err := w.endUnattended(ctx, imp, EndRestored); err != nil {
				return err
			}
			n.Impersonations++
		}
		return nil
	})
	return n, err
}

// endUnattended ends an impersonation from which nobody returned, as the job that found it: the log
// has the end of each.
func (w *work) endUnattended(ctx context.Context, imp Impersonation, cause EndCause) error {
	ok, err := w.tx.EndImpersonation(ctx, imp.ID, cause, w.now)
	if err != nil || !ok {
		return err
	}
	as, err := w.tx.User(ctx, imp.UserID)
	if err != nil {
		return err
	}
	w.audit(AuditDraft{
		Act: ActImpersonationEnd, Target: Target{Kind: "member", ID: imp.MemberID, MemberID: imp.MemberID, Name: as.Name},
		Reason: string(cause), After: map[string]any{"impersonation_id": string(imp.ID), "cause": string(cause)},
	})
	return nil
}
