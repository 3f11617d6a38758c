package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

// data is how much a database holds.
type data struct{ Members, Entries, Running, Overdue int }

func (d data) String() string {
	return fmt.Sprintf("%s members, %s finished entries, %s running timers", thousands(d.Members), thousands(d.Entries), thousands(d.Running))
}

func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// house is a service on a seeded database, opened like the program does.
type house struct {
	*core.Service
	store  *store.Store
	raw    *sql.DB // the same database past the store, for reading
	path   string
	ws     core.Workspace
	owner  core.Actor
	seeded time.Duration
	timers []running // that are not overdue
}

// running is a timer that runs, and its member.
type running struct{ member, entry core.ID }

func operator() core.Actor { return core.System(core.JobOperator, core.DoorCLI) }
func cron() core.Actor     { return core.System(core.JobForgottenTimers, core.DoorCron) }

// house opens a database, which is made and filled at the first call.
func (b *bench) house(ctx context.Context, name string, d data) (*house, error) {
	if h := b.houses[name]; h != nil {
		return h, nil
	}
	_, _ = fmt.Fprintf(b.log, "preparing the %s database: %s\n", name, d)
	h := &house{path: b.path(name + ".db")}
	if err := h.open(ctx); err != nil {
		return nil, err
	}
	b.houses[name] = h
	var m core.Member
	var err error
	h.ws, m, err = h.CreateWorkspace(ctx, operator(), core.NewWorkspace{
		Name: "Acme", Slug: "acme", Plan: core.PlanEnterprise, TimeZone: "UTC", Language: "en", OwnerEmail: "owner@acme.test", OwnerName: "Olivia Owner",
	})
	if err != nil {
		return nil, err
	}
	h.owner = core.Actor{UserID: m.User.ID, MemberID: m.ID, WorkspaceID: h.ws.ID, Door: core.DoorAPI, RequestID: "bench"}
	began := time.Now()
	if err := h.Seed(ctx, operator().In(h.ws.ID), core.SeedPlan{Members: d.Members, Entries: d.Entries, Running: d.Running, Overdue: d.Overdue, Seed: 1}); err != nil {
		return nil, err
	}
	h.seeded = time.Since(began)
	if h.timers, err = h.listTimers(ctx, d.Running-d.Overdue); err != nil {
		return nil, err
	}
	return h, nil
}

func (b *bench) small(ctx context.Context) (*house, error) { return b.house(ctx, "small", b.Small) }

// large also has the small one's overdue timers flagged on both, so that filters and sweeps find the same.
func (b *bench) both(ctx context.Context) (small, large *house, err error) {
	if small, err = b.small(ctx); err != nil {
		return nil, nil, err
	}
	large, err = b.house(ctx, "large", b.Large)
	return small, large, err
}

func (h *house) open(ctx context.Context) (err error) {
	if h.store, err = store.Open(ctx, store.Options{DSN: h.path}); err != nil {
		return err
	}
	if h.Service, err = core.New(core.Options{Store: h.store, Clock: core.SystemClock{}}); err != nil {
		return err
	}
	if err := h.ApplyForgottenDefault(ctx); err != nil {
		return err
	}
	h.raw, err = openRaw(h.path, "_query_only=1&_synchronous=FULL&_busy_timeout=5000")
	if err != nil {
		return err
	}
	h.raw.SetMaxOpenConns(1)
	_, err = h.raw.ExecContext(ctx, `PRAGMA mmap_size = 1073741824`)
	return err
}

// openRaw opens an SQLite file with the driver that the store has brought in.
func openRaw(path, settings string) (*sql.DB, error) {
	return sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_stmt_cache_size=200&"+settings)
}

func (h *house) close() {
	if h.Service == nil {
		return
	}
	h.Close()
	_ = errors.Join(h.raw.Close(), h.store.Close())
	h.Service = nil
}

// listTimers finds members whose timer is not overdue.
func (h *house) listTimers(ctx context.Context, want int) ([]running, error) {
	var list []running
	limit := time.Now().Add(-8 * time.Hour)
	err := h.store.Read(ctx, func(ctx context.Context, tx core.Tx) error {
		q := core.AccountQuery{Sort: core.SortName, Filter: core.FilterRunning, Limit: 200}
		for len(list) < min(want, 2000) {
			page, err := tx.Accounts(ctx, h.ws.ID, q)
			if err != nil {
				return err
			}
			for _, a := range page.Accounts {
				if a.Timer.Start.After(limit) {
					list = append(list, running{a.MemberID, a.Timer.EntryID})
				}
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		return nil
	})
	if err == nil && len(list) == 0 {
		err = errors.New("no timer runs")
	}
	return list, err
}

// stop and undo are the act measured most, and what makes it possible again.
func (h *house) stop(ctx context.Context, r running) error {
	_, err := h.StopTimer(ctx, h.owner, core.StopTimer{EntryID: r.entry})
	return err
}

func (h *house) undo(ctx context.Context, r running) error {
	_, err := h.UndoStop(ctx, h.owner, r.entry)
	return err
}

// stopping times stops of one timer after the other; each is undone outside the measured time.
func (h *house) stopping(ctx context.Context) timed {
	number := 0
	return func() (time.Duration, error) {
		r := h.timers[number%len(h.timers)]
		number++
		began := time.Now()
		err := h.stop(ctx, r)
		took := time.Since(began)
		return took, errors.Join(err, h.undo(ctx, r))
	}
}

func measureSeed(ctx context.Context, b *bench) error {
	h, err := b.small(ctx)
	if err != nil {
		return err
	}
	wrong, err := h.store.CheckAccounts(ctx)
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%d accounts differ from what they are made from", wrong)
	}
	b.atMost("seed", "seconds to make up the small database", 60, h.seeded.Seconds(), "s",
		fmt.Sprintf("%s rows a second", thousands(int(float64(2*b.Small.Members+b.Small.Entries+b.Small.Running)/h.seeded.Seconds()))))
	return err
}
