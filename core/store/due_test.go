package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
)

func (f *fixture) flagged(m core.Member, change func(v *core.Flag)) core.Flag {
	f.Helper()
	e := f.start(m, now)
	v := core.Flag{ID: f.id(), WorkspaceID: m.WorkspaceID, EntryID: e.ID, MemberID: m.ID, State: core.FlagOpen, OpenedAt: now}
	if change != nil {
		change(&v)
	}
	f.do(func(ctx context.Context, tx core.Tx) error {
		if _, err := tx.MarkFlagged(ctx, m.WorkspaceID, []core.ID{e.ID}, now.Add(8*time.Hour)); err != nil {
			return err
		}
		return tx.InsertFlags(ctx, []core.Flag{v})
	})
	return v
}

func TestDue(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		overdue := f.start(f.owner, now.Add(-time.Hour)) // flag_at in seven hours
		snoozed := f.flagged(f.addMember(f.acme, "A", core.RoleMember), func(v *core.Flag) { v.State, v.SnoozedUntil = core.FlagSnoozed, now.Add(time.Hour) })
		reminded := f.flagged(f.addMember(f.acme, "B", core.RoleMember), func(v *core.Flag) { v.RemindAt = now.Add(2 * time.Hour) })
		f.flagged(f.addMember(f.acme, "C", core.RoleMember), nil) // neither
		elsewhere := f.start(f.twinOwner, now)
		due := func(at, autoStop time.Duration, limit int) []core.DueItem {
			return get(f, func(ctx context.Context, tx core.Tx) ([]core.DueItem, error) {
				return tx.Due(ctx, now.Add(at), autoStop, limit)
			})
		}
		setAutoStop := func(ws core.Workspace, after time.Duration) {
			ws.AutoStopAfter = after
			f.do(func(ctx context.Context, tx core.Tx) error { return tx.UpdateWorkspace(ctx, ws) })
		}
		item := func(kind core.DueKind, ws, id core.ID) core.DueItem {
			return core.DueItem{Kind: kind, WorkspaceID: ws, ID: id}
		}
		snooze, remind := item(core.DueSnooze, f.acme.ID, snoozed.ID), item(core.DueReminder, f.acme.ID, reminded.ID)
		for name, c := range map[string]struct {
			at   time.Duration
			want []core.DueItem
		}{
			"nothing":  {time.Hour - time.Millisecond, nil},
			"snooze":   {time.Hour, []core.DueItem{snooze}},
			"reminder": {2 * time.Hour, []core.DueItem{snooze, remind}},
			"flag":     {7 * time.Hour, []core.DueItem{item(core.DueFlag, f.acme.ID, overdue.ID), snooze, remind}},
		} {
			if d := cmp.Diff(c.want, due(c.at, 0, 10)); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
		stops := func(at, autoStop time.Duration) (ids []core.ID) {
			for _, d := range due(at, autoStop, 100) {
				if d.Kind == core.DueStop {
					ids = append(ids, d.ID)
				}
			}
			slices.Sort(ids)
			return ids
		}
		if got := stops(30*time.Minute, 0); got != nil {
			t.Errorf("stops where none are: %v", got)
		}
		setAutoStop(f.twin, 30*time.Minute)
		if d := cmp.Diff([]core.ID{elsewhere.ID}, stops(30*time.Minute, 0)); d != "" {
			t.Error(d)
		}
		if got := stops(30*time.Minute-time.Millisecond, 0); got != nil {
			t.Errorf("too early: %v", got)
		}
		if got := stops(30*time.Minute, 90*time.Minute); len(got) != 2 || got[0] != overdue.ID { // of acme, by the installation's time
			t.Errorf("with the installation's time: %v", got)
		}
		setAutoStop(f.acme, -time.Millisecond)
		if d := cmp.Diff([]core.ID{elsewhere.ID}, stops(30*time.Minute, 90*time.Minute)); d != "" {
			t.Error(d)
		}
		if got := due(100*time.Hour, time.Hour, 1); len(got) != 4 {
			t.Errorf("one of each kind: %+v", got)
		}
	})
}

// The next reminder is taken once, and the last one ends them.
func TestCountReminder(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		v := f.flagged(f.member, func(v *core.Flag) { v.RemindAt = now })
		count := func(at time.Time, most int) (got core.Flag, ok bool) {
			f.do(func(ctx context.Context, tx core.Tx) (err error) {
				got, ok, err = tx.CountReminder(ctx, f.acme.ID, v.ID, at, at.Add(time.Hour), most)
				return err
			})
			return got, ok
		}
		if _, ok := count(now.Add(-time.Millisecond), 2); ok {
			t.Error("taken before it was due")
		}
		if got, ok := count(now, 2); !ok || got.Reminders != 1 || !got.RemindAt.Equal(now.Add(time.Hour)) || !got.RemindedAt.Equal(now) {
			t.Errorf("first: %t %+v", ok, got)
		}
		if _, ok := count(now, 2); ok {
			t.Error("taken twice")
		}
		if got, ok := count(now.Add(time.Hour), 2); !ok || got.Reminders != 2 || !got.RemindAt.IsZero() {
			t.Errorf("last: %t %+v", ok, got)
		}
		if _, ok := count(now.Add(9*time.Hour), 2); ok {
			t.Error("one too many")
		}
	})
}

// What every tick and every claim reads is found by an index on both engines.
func TestSweepReadsIndexes(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		for name, c := range map[string]struct {
			run   func(ctx context.Context, tx core.Tx) error
			needs []string
		}{
			"due": {func(ctx context.Context, tx core.Tx) error {
				_, err := tx.Due(ctx, now, 0, 10)
				return err
			}, []string{"time_entries_flag_at", "flags_snoozed", "flags_remind", "workspaces_auto_stop", "time_entries_running"}},
			"due, stopped everywhere": {func(ctx context.Context, tx core.Tx) error {
				_, err := tx.Due(ctx, now, time.Hour, 10)
				return err
			}, []string{"time_entries_flag_at", "workspaces_auto_stop", "time_entries_running"}},
			"stale": {func(ctx context.Context, tx core.Tx) error {
				_, err := tx.StaleDestinations(ctx, slackOnly, now, now)
				return err
			}, []string{"outbox_unsent"}},
			"dead": {func(ctx context.Context, tx core.Tx) error {
				_, _, err := tx.DeadDeliveries(ctx, "", 10)
				return err
			}, []string{"outbox_dead"}},
		} {
			var seen []string
			f.Trace(func(statement string) { seen = append(seen, statement) })
			get(f, func(ctx context.Context, tx core.Tx) (int, error) { return 0, c.run(ctx, tx) })
			f.Trace(nil)
			if name != "dead" && len(seen) != 1 {
				t.Errorf("%s: %d statements", name, len(seen))
			}
			if strings.HasPrefix(f.dsn, "postgres") {
				continue // its planner chooses by size; that it runs is shown above
			}
			steps, err := f.Plan(seen[0])
			if err != nil {
				t.Fatal(err)
			}
			plan := strings.Join(steps, "\n")
			for _, index := range c.needs {
				if !strings.Contains(plan, index+" (") {
					t.Errorf("%s: %s is not searched:\n%s", name, index, plan)
				}
			}
		}
	})
}
