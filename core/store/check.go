package store

import (
	"context"

	"github.com/clockwarden/clockwarden/core"
)

// CheckAccounts compares every row of the accounts, and the totals of every workspace, with what they are made from, and
// returns how many are wrong: 0 means that the Accounts table tells the truth.
func (s *Store) CheckAccounts(ctx context.Context) (int, error) {
	wrong := 0
	err := s.Read(ctx, func(ctx context.Context, read core.Tx) error {
		t := read.(*tx)
		workspaces, err := t.WorkspaceIDs(ctx)
		if err != nil {
			return err
		}
		wrong = 0
		for _, ws := range workspaces {
			n, err := t.checkAccounts(t.long(ctx), ws)
			if err != nil {
				return err
			}
			wrong += n
		}
		return nil
	})
	return wrong, err
}

func (t *tx) checkAccounts(ctx context.Context, workspace core.ID) (wrong int, err error) {
	rows, err := list(ctx, t, readStored, `SELECT `+storedColumns+` FROM accounts a WHERE a.workspace_id = ?1`, workspace)
	if err != nil {
		return 0, err
	}
	stored := make(map[core.ID]*account, len(rows))
	for i := range rows {
		stored[rows[i].MemberID] = &rows[i]
	}
	var want core.AccountCounts
	err = t.rows(ctx, `SELECT `+sourceColumns+` FROM `+sourceTables+` WHERE m.workspace_id = ?1`, []any{workspace}, func(scan scanner) error {
		var is account
		if err := readSource(scan, &is); err != nil {
			return err
		}
		if !stored[is.MemberID].equal(&is) {
			wrong++
		}
		delete(stored, is.MemberID)
		c := is.counts()
		want.All += c.All
		want.Running += c.Running
		want.Flagged += c.Flagged
		want.WithKeys += c.WithKeys
		want.Inactive += c.Inactive
		return nil
	})
	if err != nil {
		return 0, err
	}
	counts, _, err := t.totals(ctx, workspace)
	if err != nil {
		return 0, err
	}
	if counts != want {
		wrong++
	}
	return wrong + len(stored), nil
}
