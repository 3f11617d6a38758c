package core

import (
	"context"
	"strconv"
)

// AccountsRevision names the state from which Accounts answers: as long as it is the same, the same
// query has the same answer. Owners on Enterprise. Codes: owner_required, plan_required.
func (s *Service) AccountsRevision(ctx context.Context, a Actor) (string, error) {
	var name string
	// The rights are looked up before the revision, so nobody learns of a state that came after they lost them.
	err := s.look(ctx, a, func(ctx context.Context, w *work) (err error) {
		if err := w.allow(ctx, ActAccountsView, ""); err != nil {
			return err
		}
		name, err = w.revision(ctx)
		return err
	})
	return name, err
}

// revision names the workspace's state.
func (w *work) revision(ctx context.Context) (string, error) {
	count, head, err := w.tx.Revision(ctx, w.ws.ID)
	return string(w.ws.ID) + "." + strconv.FormatInt(count, 10) + "." + head, err
}
