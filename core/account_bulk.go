package core

import "context"

// StopResult is what became of one timer of a bulk stop.
type StopResult struct {
	MemberID ID
	Name     string
	Entry    TimeEntry
	Err      error // nil: stopped; a *Error says why not
}

// BulkStop names one timer of a bulk stop.
type BulkStop struct {
	MemberID ID
	EntryID  ID // the entry that was confirmed, never exchanged for another that runs by now; empty: whatever runs
}

// MaxBulk bounds a bulk act.
const MaxBulk = 200

// StopTimers stops the running timers of several members now, each in an act of its own: one that
// can't be stopped does not keep the others from it. The entries carry the same request id in the
// audit log. Owners on Enterprise. Codes: invalid (none or too many), and per member those of StopTimer.
func (s *Service) StopTimers(ctx context.Context, a Actor, timers []BulkStop, reason string, notify bool) ([]StopResult, error) {
	if len(timers) == 0 || len(timers) > MaxBulk {
		return nil, invalid("members", "error.bulk_size", Params{"Max": MaxBulk})
	}
	if err := validReason(reason); err != nil {
		return nil, err
	}
	var names []string
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActAccountsView, ""); err != nil {
			return err
		}
		names = make([]string, len(timers))
		for i, t := range timers {
			if m, err := w.tx.Member(ctx, w.ws.ID, t.MemberID); err == nil {
				names[i] = m.User.Name
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	results := make([]StopResult, len(timers))
	for i, t := range timers {
		results[i] = StopResult{MemberID: t.MemberID, Name: names[i]}
		stop := StopTimer{EntryID: t.EntryID, Reason: reason, Notify: notify}
		if t.EntryID == "" {
			stop.MemberID = t.MemberID
		}
		results[i].Entry, results[i].Err = s.StopTimer(ctx, a, stop)
		if code := ErrorCode(results[i].Err); code == CodeInternal || code == CodeUnavailable {
			return results[:i+1], results[i].Err
		}
	}
	return results, nil
}

// ExportAccounts gives every account that matches the query to emit, in its order, and records the
// export. Owners on Enterprise; not while impersonating.
func (s *Service) ExportAccounts(ctx context.Context, a Actor, q AccountQuery, emit func(Account) error) error {
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActAccountsExport, ""); err != nil {
			return err
		}
		w.audit(AuditDraft{Act: ActAccountsExport, Target: Target{Kind: "workspace", ID: w.ws.ID, Name: w.ws.Name}, After: map[string]any{
			"search": q.Search, "filter": string(q.Filter), "sort": string(q.Sort),
		}})
		return nil
	})
	if err != nil {
		return err
	}
	q.Limit, q.Cursor = 200, ""
	for {
		page, err := s.Accounts(ctx, a, q)
		if err != nil {
			return err
		}
		for _, acc := range page.Accounts {
			if err := emit(acc); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.Cursor = page.Next
	}
}
