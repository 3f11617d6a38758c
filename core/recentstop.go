package core

import "context"

// RecentStops returns the entries of the members that somebody else, or the program, stopped less than UndoFor ago: of each
// member the one stopped last. Whether a stop can be undone: TimeEntry.Undoable, and asked again at the act. Owners on Enterprise.
func (s *Service) RecentStops(ctx context.Context, a Actor, members []ID) (map[ID]TimeEntry, error) {
	if len(members) == 0 {
		return nil, nil
	}
	last := make(map[ID]TimeEntry)
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActAccountsView, ""); err != nil {
			return err
		}
		stopped, err := w.tx.StoppedByOthers(ctx, w.ws.ID, members, w.now.Add(-UndoFor))
		for _, e := range stopped {
			if e.StoppedAt.After(last[e.MemberID].StoppedAt) {
				last[e.MemberID] = e
			}
		}
		return err
	})
	return last, err
}
