package core

import "context"

// DeletedEntry returns an entry that RestoreEntry would bring back. Rights as RestoreEntry.
// Codes: not_found (it never was, or is not deleted), expired.
func (s *Service) DeletedEntry(ctx context.Context, a Actor, id ID) (TimeEntry, error) {
	var e TimeEntry
	err := s.read(ctx, a, func(ctx context.Context, w *work) (err error) {
		if e, _, err = w.entryFor(ctx, ActEntryRestore, id); err != nil {
			return err
		}
		if e.DeletedAt.IsZero() {
			return notFound("error.entry_not_found")
		}
		if w.now.Sub(e.DeletedAt) > UndoFor {
			return expired("error.undo_expired")
		}
		return nil
	})
	return e, err
}
