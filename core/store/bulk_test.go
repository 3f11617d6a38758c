package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/tools/postgrestest"
)

// seededData is what a seed made, without the ids, which differ each time.
type seededData struct {
	Accounts []core.Account
	Entries  map[string][]core.TimeEntry // by e-mail address
	Counts   core.AccountCounts
	Due      int
}

func seed(t *testing.T, h *coretest.House, p core.SeedPlan) seededData {
	t.Helper()
	ctx := t.Context()
	if err := h.Seed(ctx, coretest.Operator(h.Workspace.ID), p); err != nil {
		t.Fatal(err)
	}
	if wrong, err := h.Store.CheckAccounts(ctx); err != nil || wrong > 0 {
		t.Errorf("%d accounts differ from what they are made from, %v", wrong, err)
	}
	h.MustVerify()
	data := seededData{Entries: map[string][]core.TimeEntry{}}
	err := h.Store.Read(ctx, func(ctx context.Context, tx core.Tx) error {
		query := core.AccountQuery{Sort: core.SortEmail, Limit: 200}
		for {
			page, err := tx.Accounts(ctx, h.Workspace.ID, query)
			if err != nil {
				return err
			}
			for _, a := range page.Accounts {
				list, err := tx.Entries(ctx, h.Workspace.ID, core.EntryQuery{MemberID: a.MemberID, Limit: 1000})
				if err != nil {
					return err
				}
				for i, e := range list {
					if e.UserID != a.UserID || e.WorkspaceID != h.Workspace.ID {
						t.Errorf("an entry of %s is %+v", a.Email, e)
					}
					e.WorkspaceID, e.ID, e.MemberID, e.UserID, e.StoppedBy = "", "", "", "", ""
					list[i] = e
				}
				data.Entries[a.Email] = list
				a.MemberID, a.UserID = "", ""
				if a.Timer != nil {
					a.Timer.EntryID = ""
				}
				data.Accounts = append(data.Accounts, a)
			}
			data.Counts = page.Counts
			if query.Cursor = page.Next; query.Cursor == "" {
				break
			}
		}
		due, err := tx.DueEntries(ctx, coretest.Start, p.Members)
		data.Due = len(due)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSeed(t *testing.T) {
	plan := core.SeedPlan{Members: 333, Entries: 1001, Running: 40, Overdue: 7, Seed: 5}
	lite := seed(t, coretest.New(t), plan)
	t.Run("counts", func(t *testing.T) {
		finished, running := 0, 0
		for _, list := range lite.Entries {
			for i, e := range list {
				if e.Running() {
					running++
				} else {
					finished++
				}
				if i > 0 && !list[i-1].Running() && e.End.After(list[i-1].Start) {
					t.Errorf("entries overlap: %+v and %+v", list[i-1], e)
				}
			}
		}
		// Six people were there before.
		if len(lite.Accounts) != 333+6 || finished != 1001 || running != 40 || lite.Due != 7 || lite.Counts.All != 339 || lite.Counts.Running != 40 {
			t.Errorf("%d accounts, %d entries, %d running, %d due, totals %+v", len(lite.Accounts), finished, running, lite.Due, lite.Counts)
		}
	})
	t.Run("the same again", func(t *testing.T) {
		if diff := cmp.Diff(lite, seed(t, coretest.New(t), plan)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("the same on PostgreSQL", func(t *testing.T) {
		if diff := cmp.Diff(lite, seed(t, coretest.On(t, postgrestest.New(t)), plan)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("others from another number", func(t *testing.T) {
		other := plan
		other.Seed++
		if cmp.Equal(lite.Accounts, seed(t, coretest.New(t), other).Accounts) {
			t.Error("the same people")
		}
	})
}

// TestSeedKeepsTheIndexes holds the schema against the one before: a seed makes the indexes of the accounts anew.
func TestSeedKeepsTheIndexes(t *testing.T) {
	f := newFixture(t, filepath.Join(t.TempDir(), "clockwarden.db"))
	before := indexes(t, f)
	f.do(func(ctx context.Context, tx core.Tx) error { return tx.RefreshAccounts(ctx, f.acme.ID) })
	if diff := cmp.Diff(before, indexes(t, f)); diff != "" || len(before) < 10 {
		t.Errorf("%d indexes before; %s", len(before), diff)
	}
	// A refresh that fails leaves them as well.
	f.refused(context.Canceled, func(ctx context.Context, tx core.Tx) error {
		if err := tx.RefreshAccounts(ctx, f.acme.ID); err != nil {
			return err
		}
		return context.Canceled
	})
	if diff := cmp.Diff(before, indexes(t, f)); diff != "" {
		t.Error(diff)
	}
	if problems, err := f.Check(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("%q, %v", problems, err)
	}
}

func indexes(t *testing.T, f *fixture) map[string]string {
	t.Helper()
	db := rawSQLite(t, f.dsn)
	rows, err := db.QueryContext(t.Context(), `SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE type = 'index'`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	texts := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			t.Fatal(err)
		}
		texts[name] = text
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return texts
}
