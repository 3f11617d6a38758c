package store_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/clockwarden/clockwarden/core"
)

// finished gives the member an entry that is over.
func (f *fixture) finished(m core.Member, start, end time.Time, change func(e *core.TimeEntry)) core.TimeEntry {
	f.Helper()
	e := core.TimeEntry{
		ID: f.id(), WorkspaceID: m.WorkspaceID, MemberID: m.ID, UserID: m.User.ID, Start: start, End: end, Version: 1, CreatedAt: now,
	}
	if change != nil {
		change(&e)
	}
	f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertEntry(ctx, e) })
	return e
}

func TestLatestEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		day := func(n int) core.TimeSpan {
			return core.TimeSpan{From: now.Add(time.Duration(n) * 24 * time.Hour), To: now.Add(time.Duration(n+1) * 24 * time.Hour)}
		}
		hour := func(d, h int) time.Time { return day(d).From.Add(time.Duration(h) * time.Hour) }
		f.finished(f.member, hour(0, 0), hour(0, 3), nil)
		f.finished(f.member, hour(0, 4), hour(0, 8), nil)
		f.finished(f.member, hour(0, 9), hour(0, 20), func(e *core.TimeEntry) { e.Automatic = true })
		f.finished(f.member, hour(0, 9), hour(0, 21), func(e *core.TimeEntry) { e.DeletedAt = now })
		f.finished(f.owner, hour(0, 9), hour(0, 22), nil)
		f.finished(f.member, hour(2, 23), hour(3, 5), nil) // into the next day
		f.start(f.member, hour(0, 10))
		got := get(f, func(ctx context.Context, tx core.Tx) ([]time.Time, error) {
			return tx.LatestEnds(ctx, f.acme.ID, f.member.ID, []core.TimeSpan{day(0), day(1), day(2), day(3)})
		})
		if d := cmp.Diff([]time.Time{hour(0, 8), {}, hour(3, 5), {}}, got); d != "" {
			t.Error(d)
		}
		for name, list := range map[string][]time.Time{
			"another workspace": get(f, func(ctx context.Context, tx core.Tx) ([]time.Time, error) {
				return tx.LatestEnds(ctx, f.twin.ID, f.member.ID, []core.TimeSpan{day(0)})
			}),
			"no span": get(f, func(ctx context.Context, tx core.Tx) ([]time.Time, error) {
				return tx.LatestEnds(ctx, f.acme.ID, f.member.ID, nil)
			}),
		} {
			for _, end := range list {
				if !end.IsZero() {
					t.Errorf("%s: %s", name, end)
				}
			}
		}
	})
}

func TestLastSignOut(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		session := func(m core.Member, host core.ID, ended time.Time) {
			s := core.Session{ID: f.id(), UserID: m.User.ID, HostWorkspaceID: host, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour), EndedAt: ended}
			f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertSession(ctx, s, "hash "+string(s.ID)) })
		}
		session(f.member, "", now.Add(time.Hour))
		session(f.member, f.acme.ID, now.Add(2*time.Hour))
		session(f.member, f.twin.ID, now.Add(3*time.Hour)) // of a place this workspace must not tell of
		session(f.member, "", now.Add(9*time.Hour))
		session(f.member, "", time.Time{})
		session(f.owner, "", now.Add(4*time.Hour))
		last := func(from, to time.Duration) time.Time {
			return get(f, func(ctx context.Context, tx core.Tx) (time.Time, error) {
				return tx.LastSignOut(ctx, f.acme.ID, f.member.User.ID, core.TimeSpan{From: now.Add(from), To: now.Add(to)})
			})
		}
		if got := last(0, 8*time.Hour); !got.Equal(now.Add(2 * time.Hour)) {
			t.Errorf("last sign-out %s", got)
		}
		if got := last(2*time.Hour+time.Minute, 8*time.Hour); !got.IsZero() {
			t.Errorf("last sign-out %s", got)
		}
	})
}

// postgresPlan is PostgreSQL's plan of a statement when it may not read whole tables.
func (f *fixture) postgresPlan(statement string, args ...any) string {
	f.Helper()
	db, err := sql.Open("pgx", f.dsn)
	if err != nil {
		f.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	on, err := db.BeginTx(f.Context(), nil)
	if err != nil {
		f.Fatal(err)
	}
	defer func() { _ = on.Rollback() }()
	if _, err := on.ExecContext(f.Context(), `SET LOCAL enable_seqscan = off`); err != nil {
		f.Fatal(err)
	}
	rows, err := on.QueryContext(f.Context(), `EXPLAIN `+statement, args...)
	if err != nil {
		f.Fatalf("%s: %v", statement, err)
	}
	defer func() { _ = rows.Close() }()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			f.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		f.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// What proposals read is found by an index on both engines: a range of the member's entries for each
// day, and a range of the person's ended sessions.
func TestProposalsReadIndexes(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		var seen []string
		f.Trace(func(statement string) { seen = append(seen, statement) })
		get(f, func(ctx context.Context, tx core.Tx) (int, error) {
			spans := []core.TimeSpan{{From: now, To: now.Add(time.Hour)}, {From: now.Add(time.Hour), To: now.Add(2 * time.Hour)}}
			if _, err := tx.LatestEnds(ctx, f.acme.ID, f.member.ID, spans); err != nil {
				return 0, err
			}
			_, err := tx.LastSignOut(ctx, f.acme.ID, f.member.User.ID, spans[0])
			return 0, err
		})
		f.Trace(nil)
		if len(seen) != 2 {
			t.Fatalf("%d statements", len(seen))
		}
		for i, want := range []struct{ sqlite, postgres string }{
			{"INDEX time_entries_of_member (member_id=? AND started_at>? AND started_at<?)", "using time_entries_of_member on"},
			{"INDEX sessions_ended (user_id=? AND ended_at>? AND ended_at<?)", "using sessions_ended on"},
		} {
			var plan, found string
			if strings.HasPrefix(f.dsn, "postgres") {
				args := make([]any, strings.Count(seen[i], "?"))
				for n := range args {
					args[n] = int64(n)
					if strings.Contains(seen[i], "_id = ?"+string(rune('1'+n))) {
						args[n] = string(f.member.ID)
					}
				}
				seen[i] = strings.NewReplacer("?", "$").Replace(seen[i])
				if i == 0 {
					args = args[:6] // two ids and two spans; the ids stand twice
				}
				plan, found = f.postgresPlan(seen[i], args...), want.postgres
			} else {
				steps, err := f.Plan(seen[i])
				if err != nil {
					t.Fatal(err)
				}
				plan, found = strings.Join(steps, "\n"), want.sqlite
			}
			if !strings.Contains(plan, found) || strings.Contains(plan, "SCAN time_entries") || strings.Contains(plan, "Seq Scan") {
				t.Errorf("%s\n\t%s", seen[i], plan)
			}
		}
	})
}
