package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const pageRows = 50

// The statements here that go past the store write ifnull(?1, NULL) where it does too: see rewriter in core/store/dialect.go.

// page reads a page of the Accounts table as core does, without the checks of rights.
func (h *house) page(ctx context.Context, q core.AccountQuery) (core.AccountPage, error) {
	var p core.AccountPage
	err := h.store.Read(ctx, func(ctx context.Context, tx core.Tx) (err error) {
		p, err = tx.Accounts(ctx, h.ws.ID, q)
		return err
	})
	return p, err
}

// timesOf is a timed that does fn several times, so that a short query is not lost in the clock.
func timesOf(n int, fn func() error) timed {
	return func() (time.Duration, error) {
		began := time.Now()
		for range n {
			if err := fn(); err != nil {
				return 0, err
			}
		}
		return time.Since(began) / time.Duration(n), nil
	}
}

func measurePages(ctx context.Context, b *bench) error {
	small, large, err := b.both(ctx)
	if err != nil {
		return err
	}
	for _, h := range []*house{small, large} {
		if _, err := h.FlagForgottenTimers(ctx, cron()); err != nil {
			return err
		}
	}
	inside, err := small.raw.PrepareContext(ctx, `
		SELECT count(*), sum(length(member_id) + length(user_id) + length(name) + length(email) + length(role) + length(status) + active_keys
			+ last_activity + coalesce(length(entry_id), 0) + coalesce(running_since, 0) + length(description) + flagged + length(sort_key))
		FROM (SELECT * FROM accounts WHERE workspace_id = ifnull(?1, NULL) ORDER BY sort_key, member_id LIMIT ifnull(?2, NULL))`)
	if err != nil {
		return err
	}
	defer func() { _ = inside.Close() }()
	var c comparison
	first := core.AccountQuery{Sort: core.SortName, Limit: pageRows}
	if err := b.profiled(func() error {
		c, err = b.inTurns(b.Samples, timesOf(20, func() error {
			p, err := small.page(ctx, first)
			if err == nil && len(p.Accounts) != pageRows {
				err = fmt.Errorf("a page has %d rows", len(p.Accounts))
			}
			return err
		}), timesOf(20, func() error {
			var rows, bytes int64
			return inside.QueryRowContext(context.WithoutCancel(ctx), string(small.ws.ID), pageRows+1).Scan(&rows, &bytes)
		}))
		return err
	}); err != nil {
		return err
	}
	b.atMost("5", "a page of 50 accounts, to the same range summed up inside SQLite (p50)", 1.6, c.ratio, "×",
		fmt.Sprintf("%s to %s", seconds(c.ours), seconds(c.their)))
	return b.growthOfPages(ctx, small, large)
}

// view is a page of the table that people look at.
type view struct {
	query core.AccountQuery
	last  bool
}

func (v view) String() string {
	text := "by " + string(v.query.Sort)
	if v.query.Filter != "" {
		text = string(v.query.Filter) + " " + text
	}
	if v.query.Desc {
		text += ", descending"
	}
	if v.last {
		text += ", last page"
	}
	return text
}

func views() []view {
	var list []view
	add := func(q core.AccountQuery) {
		q.Limit = pageRows
		list = append(list, view{q, false}, view{q, true})
	}
	for _, sort := range []core.AccountSort{
		core.SortName, core.SortEmail, core.SortRole, core.SortStatus, core.SortKeys, core.SortRunningSince, core.SortLastActivity,
	} {
		add(core.AccountQuery{Sort: sort})
		add(core.AccountQuery{Sort: sort, Desc: true})
	}
	for _, filter := range []core.AccountFilter{core.FilterRunning, core.FilterFlagged} {
		add(core.AccountQuery{Sort: core.SortName, Filter: filter})
		add(core.AccountQuery{Sort: core.SortRunningSince, Filter: filter})
	}
	return list
}

// lastPage finds the cursor of the last page that is full, by walking to the end as a reader would and one step back.
func (h *house) lastPage(ctx context.Context, q core.AccountQuery) (core.AccountQuery, error) {
	walk := q
	walk.Limit = 200
	for {
		p, err := h.page(ctx, walk)
		if err != nil {
			return q, err
		}
		if p.Next == "" {
			q.Cursor = p.Previous
			return q, nil
		}
		walk.Cursor = p.Next
	}
}

func (b *bench) growthOfPages(ctx context.Context, small, large *house) error {
	worst, which := comparison{}, ""
	var ratios []float64
	for _, v := range views() {
		queries := []core.AccountQuery{v.query, v.query}
		for i, h := range []*house{small, large} {
			if v.last {
				q, err := h.lastPage(ctx, v.query)
				if err != nil {
					return err
				}
				queries[i] = q
			}
			// Both sides show equally many rows.
			p, err := h.page(ctx, queries[i])
			if err != nil {
				return err
			}
			for j := range queries {
				queries[j].Limit = max(1, min(queries[j].Limit, len(p.Accounts)))
			}
		}
		c, err := b.inTurns(b.Samples, timesOf(5, func() error { _, err := large.page(ctx, queries[1]); return err }),
			timesOf(5, func() error { _, err := small.page(ctx, queries[0]); return err }))
		if err != nil {
			return fmt.Errorf("%s: %w", v, err)
		}
		_, _ = fmt.Fprintf(b.log, "  growth of a page %s: %.3f (%s to %s)\n", v, c.ratio, seconds(c.ours), seconds(c.their))
		ratios = append(ratios, c.ratio)
		if c.ratio > worst.ratio {
			worst, which = c, v.String()
		}
	}
	b.atMost("5", fmt.Sprintf("the page that grows most of %d, ten times the members (p50)", len(ratios)), 1.15, worst.ratio, "×",
		fmt.Sprintf("%s: %s to %s; median of all %s", which, seconds(worst.ours), seconds(worst.their), short(median(ratios))))
	return nil
}

// terms are searched for: rare and frequent ones, parts of names and addresses, folded letters, and what nobody has.
func terms() []string {
	return []string{
		"a", "müller", "MULLER", "ö", "seed1-9", "kowalski 7", "@acme", ".example", "123", "99999", "zzzz", "nobody@nowhere", "yilmaz", "renée w",
	}
}

func measureSearch(ctx context.Context, b *bench) error {
	h, err := b.small(ctx)
	if err != nil {
		return err
	}
	scan, err := h.raw.PrepareContext(ctx, `SELECT count(*) FROM accounts WHERE workspace_id = ifnull(?1, NULL) AND search_key LIKE ?2`)
	if err != nil {
		return err
	}
	defer func() { _ = scan.Close() }()
	worst, which := comparison{}, ""
	err = b.profiled(func() error {
		for _, term := range terms() {
			c, err := b.inTurns(3, whole(func() error {
				_, err := h.Accounts(ctx, h.owner, core.AccountQuery{Search: term, Limit: pageRows})
				return err
			}), whole(func() error {
				var n int
				return scan.QueryRowContext(context.WithoutCancel(ctx), string(h.ws.ID), "%"+term+"%").Scan(&n)
			}))
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(b.log, "  search for %q: %.1f (%s to %s)\n", term, 1/c.ratio, seconds(c.ours), seconds(c.their))
			if which == "" || c.ratio > worst.ratio {
				worst, which = c, term
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.atLeast("6", fmt.Sprintf("the slowest search of %d terms, faster than a LIKE scan", len(terms())), 20, 1/worst.ratio,
		fmt.Sprintf("%q: %s to %s", which, seconds(worst.ours), seconds(worst.their)))
	return nil
}

func measureKey(ctx context.Context, b *bench) error {
	h, err := b.small(ctx)
	if err != nil {
		return err
	}
	key, secret, err := h.CreateAPIKey(ctx, operator().In(h.ws.ID), h.owner.MemberID, "bench")
	if err != nil {
		return err
	}
	if _, err := h.ActorByAPIKey(ctx, secret, "bench", ""); err != nil { // writes the last use
		return err
	}
	bare, err := h.raw.PrepareContext(ctx, `
		SELECT k.id, k.workspace_id, k.member_id, k.deactivated_at, k.last_used_at, m.role, m.status, m.user_id
		FROM api_keys k
		JOIN members m ON m.workspace_id = k.workspace_id AND m.id = k.member_id
		JOIN users u ON u.id = m.user_id
		WHERE k.hash = ifnull(?1, NULL)`)
	if err != nil {
		return err
	}
	defer func() { _ = bare.Close() }()
	c, err := b.inTurns(b.Samples, timesOf(20, func() error {
		_, err := h.ActorByAPIKey(ctx, secret, "bench", "")
		return err
	}), timesOf(20, func() error {
		var id, ws, member, role, status, user string
		var ended, used sql.NullInt64
		return bare.QueryRowContext(context.WithoutCancel(ctx), key.Hash).Scan(&id, &ws, &member, &ended, &used, &role, &status, &user)
	}))
	if err != nil {
		return err
	}
	b.atMost("12", "authenticating an API key, to the bare prepared look-up (p50)", 2, c.ratio, "×",
		fmt.Sprintf("%s to %s", seconds(c.ours), seconds(c.their)))
	return nil
}

func measureSweep(ctx context.Context, b *bench) error {
	small, large, err := b.both(ctx)
	if err != nil {
		return err
	}
	tick := func(h *house) timed {
		return timesOf(10, func() error {
			n, err := h.FlagForgottenTimers(ctx, cron())
			if err == nil && n > 0 {
				err = fmt.Errorf("%d timers were due: not an idle tick", n)
			}
			return err
		})
	}
	for _, h := range []*house{small, large} {
		if _, err := h.FlagForgottenTimers(ctx, cron()); err != nil {
			return err
		}
	}
	var one int
	nothing, err := small.raw.PrepareContext(ctx, `SELECT 1`)
	if err != nil {
		return err
	}
	defer func() { _ = nothing.Close() }()
	c, err := b.inTurns(b.Samples, tick(small), timesOf(10, func() error { return nothing.QueryRowContext(context.WithoutCancel(ctx)).Scan(&one) }))
	if err != nil {
		return err
	}
	b.atMost("9", "an idle tick of the sweep, to SELECT 1 (p50)", 4, c.ratio, "×", fmt.Sprintf("%s to %s", seconds(c.ours), seconds(c.their)))
	c, err = b.inTurns(b.Samples, tick(large), tick(small))
	if err != nil {
		return err
	}
	b.atMost("9", "an idle tick, ten times the running timers and entries (p50)", 1.1, c.ratio, "×", fmt.Sprintf("%s to %s", seconds(c.ours), seconds(c.their)))
	if err := b.findingDue(ctx, large); err != nil {
		return err
	}
	return b.manyDue(ctx)
}

// findingDue compares finding the few timers that are due with looking at all that run, in the order of their start.
func (b *bench) findingDue(ctx context.Context, h *house) error {
	var at int64
	if err := h.raw.QueryRowContext(ctx, `SELECT flag_at FROM time_entries WHERE flag_at IS NOT NULL ORDER BY flag_at LIMIT 1 OFFSET ?1`, b.DueAmong-1).Scan(&at); err != nil {
		return err
	}
	count := 0
	all, err := h.raw.PrepareContext(ctx, `
		SELECT count(*) FROM (SELECT id FROM time_entries INDEXED BY time_entries_running
		WHERE workspace_id = ifnull(?1, NULL) AND ended_at IS NULL AND deleted_at IS NULL AND flag_at <= ?2)`)
	if err != nil {
		return err
	}
	defer func() { _ = all.Close() }()
	c, err := b.inTurns(max(3, b.Samples/10), timesOf(5, func() error {
		return h.store.Read(ctx, func(ctx context.Context, tx core.Tx) error {
			due, err := tx.DueEntries(ctx, time.UnixMilli(at), 2*b.DueAmong)
			if err == nil && (len(due) < b.DueAmong || len(due) == 2*b.DueAmong) {
				err = fmt.Errorf("%d timers are due, not %d", len(due), b.DueAmong)
			}
			return err
		})
	}), whole(func() error {
		return all.QueryRowContext(context.WithoutCancel(ctx), string(h.ws.ID), at).Scan(&count)
	}))
	if err != nil {
		return err
	}
	b.atLeast("9", fmt.Sprintf("finding %d due among %s running, faster than over all running", b.DueAmong, thousands(b.Large.Running)), 100, 1/c.ratio,
		fmt.Sprintf("%s to %s", seconds(c.ours), seconds(c.their)))
	return nil
}

// manyDue lets many timers become overdue at once. It happens once in a database, so there is one round.
func (b *bench) manyDue(ctx context.Context) error {
	h, err := b.house(ctx, "due", data{Members: b.Due + 1, Running: b.Due + 1, Overdue: b.Due})
	if err != nil {
		return err
	}
	var find []float64
	for range b.rounds {
		began := time.Now()
		if err := h.store.Read(ctx, func(ctx context.Context, tx core.Tx) error {
			due, err := tx.DueEntries(ctx, time.Now(), b.Due)
			if err == nil && len(due) != b.Due {
				err = fmt.Errorf("%d timers are due, want %d", len(due), b.Due)
			}
			return err
		}); err != nil {
			return err
		}
		find = append(find, time.Since(began).Seconds())
	}
	began := time.Now()
	n, err := 0, error(nil)
	if err := b.profiled(func() error {
		n, err = h.FlagForgottenTimers(ctx, cron())
		return err
	}); err != nil {
		return err
	}
	took := time.Since(began)
	if n != b.Due {
		return fmt.Errorf("%d timers were flagged, want %d", n, b.Due)
	}
	b.atMost("9", fmt.Sprintf("a row when %s are due at once: flag, audit entry, account, alerts", thousands(b.Due)), 2,
		took.Seconds()*1e6/float64(b.Due), "µs", fmt.Sprintf("%s in all; finding them takes %s µs a row",
			took.Round(10*time.Millisecond), short(slices.Min(find)*1e6/float64(b.Due))))
	return nil
}
