package core

import "context"

// CorrectEntries corrects several entries of one member in one act: all of them, or, when one is
// refused, none. Rights and codes as CorrectEntry; an entry of another member is not_found.
func (s *Service) CorrectEntries(ctx context.Context, a Actor, memberID ID, list []EntryChange) ([]TimeEntry, error) {
	ids := make([]ID, len(list))
	for i, c := range list {
		ids[i] = c.EntryID
	}
	return s.eachEntry(ctx, a, ActEntryCorrect, memberID, ids, func(ctx context.Context, w *work, i int) (TimeEntry, error) {
		return w.correctEntry(ctx, list[i])
	})
}

// DeleteEntries deletes several entries of one member in one act: all of them, or, when one is
// refused, none. Rights and codes as DeleteEntry; an entry of another member is not_found.
func (s *Service) DeleteEntries(ctx context.Context, a Actor, memberID ID, ids []ID) ([]TimeEntry, error) {
	return s.eachEntry(ctx, a, ActEntryDelete, memberID, ids, func(ctx context.Context, w *work, i int) (TimeEntry, error) {
		return w.deleteEntry(ctx, ids[i])
	})
}

// eachEntry runs do for the number of each id, in one transaction.
func (s *Service) eachEntry(ctx context.Context, a Actor, act Action, memberID ID, ids []ID,
	do func(ctx context.Context, w *work, number int) (TimeEntry, error),
) ([]TimeEntry, error) {
	if len(ids) == 0 || len(ids) > MaxBulk {
		return nil, invalid("entries", "error.entries_bulk_size", Params{"Max": MaxBulk})
	}
	var done []TimeEntry
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if _, err := w.memberFor(ctx, act, memberID); err != nil {
			return err
		}
		done = make([]TimeEntry, 0, len(ids)) // the transaction may run more than once
		for i, id := range ids {
			e, err := w.tx.Entry(ctx, w.ws.ID, id)
			if err != nil {
				return missing(err, "error.entry_not_found")
			}
			if e.MemberID != memberID {
				return notFound("error.entry_not_found")
			}
			if e, err = do(ctx, w, i); err != nil {
				return err
			}
			done = append(done, e)
		}
		w.idle = len(w.drafts) == 0 // one that was as wanted already does not hold back the others
		return nil
	})
	return done, err
}
