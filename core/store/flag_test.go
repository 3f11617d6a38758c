package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
)

func TestFlags(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		flag := func(m core.Member) core.Flag {
			e := f.start(m, now)
			return core.Flag{ID: f.id(), WorkspaceID: m.WorkspaceID, EntryID: e.ID, MemberID: m.ID, State: core.FlagOpen, OpenedAt: now}
		}
		a, b, twin := flag(f.member), flag(f.owner), flag(f.twinOwner)
		f.do(func(ctx context.Context, tx core.Tx) error {
			return tx.InsertFlags(ctx, []core.Flag{a, b, twin})
		})
		again := a
		again.ID = f.id()
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.InsertFlags(ctx, []core.Flag{again}) })

		read := func(ws core.ID) func(ctx context.Context, tx core.Tx) (core.Flag, error) {
			return func(ctx context.Context, tx core.Tx) (core.Flag, error) { return tx.Flag(ctx, ws, a.ID) }
		}
		ofEntry := func(ws core.ID) func(ctx context.Context, tx core.Tx) (core.Flag, error) {
			return func(ctx context.Context, tx core.Tx) (core.Flag, error) { return tx.FlagOfEntry(ctx, ws, a.EntryID) }
		}
		snoozed := a
		snoozed.State, snoozed.SnoozedUntil, snoozed.SnoozeReason, snoozed.SnoozedBy = core.FlagSnoozed, now.Add(time.Hour), "lunch", "Olivia"
		save := func(v core.Flag, was core.FlagState) func(ctx context.Context, tx core.Tx) error {
			return func(ctx context.Context, tx core.Tx) error { return tx.SaveFlag(ctx, v, was) }
		}
		f.do(save(snoozed, core.FlagOpen))
		f.refused(core.ErrNoRow, save(snoozed, core.FlagOpen))
		other := snoozed
		other.WorkspaceID = f.twin.ID
		f.refused(core.ErrNoRow, save(other, core.FlagSnoozed))
		for _, look := range []func(ws core.ID) func(ctx context.Context, tx core.Tx) (core.Flag, error){read, ofEntry} {
			if d := cmp.Diff(snoozed, get(f, look(f.acme.ID))); d != "" {
				t.Error(d)
			}
			missing(f, "twin", look(f.twin.ID))
		}
		due := func(at time.Time) []core.DueItem { // the entries themselves are due much later
			return get(f, func(ctx context.Context, tx core.Tx) ([]core.DueItem, error) { return tx.Due(ctx, at, 0, 10) })
		}
		if got := due(now.Add(time.Hour - time.Millisecond)); len(got) != 0 {
			t.Errorf("%+v", got)
		}
		if d := cmp.Diff([]core.DueItem{{Kind: core.DueSnooze, WorkspaceID: f.acme.ID, ID: a.ID}}, due(now.Add(time.Hour))); d != "" {
			t.Error(d)
		}
		resolved := snoozed
		resolved.State, resolved.SnoozedUntil, resolved.ResolvedAt = core.FlagResolved, time.Time{}, now
		resolved.Resolution, resolved.ResolvedBy = core.ResolvedWorking, "Dana"
		f.do(save(resolved, core.FlagSnoozed))
		if d := cmp.Diff(resolved, get(f, read(f.acme.ID))); d != "" {
			t.Error(d)
		}
		flags := func(state core.FlagState, before core.ID, limit int) []core.Flag {
			return get(f, func(ctx context.Context, tx core.Tx) ([]core.Flag, error) {
				return tx.Flags(ctx, f.acme.ID, state, before, limit)
			})
		}
		for name, c := range map[string]struct{ got, want []core.Flag }{
			"all":    {flags("", "", 10), []core.Flag{b, resolved}},
			"first":  {flags("", "", 1), []core.Flag{b}},
			"before": {flags("", b.ID, 10), []core.Flag{resolved}},
			"open":   {flags(core.FlagOpen, "", 10), []core.Flag{b}},
			"none":   {flags(core.FlagSnoozed, "", 10), nil},
		} {
			if d := cmp.Diff(c.want, c.got); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
	})
}

func TestNotices(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		notice := func(m core.Member) core.Notice {
			return core.Notice{
				ID: f.id(), WorkspaceID: m.WorkspaceID, MemberID: m.ID, Act: core.ActTimerStop, ActorName: "Olivia", Door: core.DoorPanel,
				EntryID: f.id(), Reason: "why", Data: map[string]any{"start": "2026-11-23T09:00:00Z", "n": 1.5}, At: now,
			}
		}
		a, b, other := notice(f.member), notice(f.member), notice(f.owner)
		b.EntryID, b.Data = "", nil
		f.do(func(ctx context.Context, tx core.Tx) error {
			for _, n := range []core.Notice{a, b, other} {
				if err := tx.InsertNotice(ctx, n); err != nil {
					return err
				}
			}
			return nil
		})
		notices := func(ws core.ID, limit int) []core.Notice {
			return get(f, func(ctx context.Context, tx core.Tx) ([]core.Notice, error) {
				return tx.Notices(ctx, ws, f.member.ID, limit)
			})
		}
		if d := cmp.Diff([]core.Notice{b, a}, notices(f.acme.ID, 10)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]core.Notice{b}, notices(f.acme.ID, 1)); d != "" {
			t.Error(d)
		}
		if got := notices(f.twin.ID, 10); len(got) != 0 {
			t.Errorf("the twin sees %+v", got)
		}
		for i, ws := range []core.ID{f.twin.ID, f.acme.ID, f.acme.ID} {
			at := now.Add(time.Duration(i) * time.Minute)
			f.do(func(ctx context.Context, tx core.Tx) error { return tx.MarkNoticesRead(ctx, ws, f.member.ID, "", at) })
		}
		a.ReadAt, b.ReadAt = now.Add(time.Minute), now.Add(time.Minute)
		if d := cmp.Diff([]core.Notice{b, a}, notices(f.acme.ID, 10)); d != "" {
			t.Error(d)
		}
		if got := get(f, func(ctx context.Context, tx core.Tx) ([]core.Notice, error) {
			return tx.Notices(ctx, f.acme.ID, f.owner.ID, 9)
		}); !got[0].ReadAt.IsZero() {
			t.Error("another member's notice was marked")
		}
	})
}

func TestAnswersToNotices(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		n := core.Notice{
			ID: f.id(), WorkspaceID: f.acme.ID, MemberID: f.member.ID, Act: core.ActTimerStop, ActorName: "Olivia", ActorMemberID: f.owner.ID,
			Door: core.DoorPanel, At: now,
		}
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertNotice(ctx, n) })
		look := func(ws, member core.ID) func(ctx context.Context, tx core.Tx) (core.Notice, error) {
			return func(ctx context.Context, tx core.Tx) (core.Notice, error) { return tx.Notice(ctx, ws, member, n.ID) }
		}
		unread := func(ws core.ID) int {
			return get(f, func(ctx context.Context, tx core.Tx) (int, error) { return tx.UnreadNotices(ctx, ws, f.member.ID) })
		}
		answer := func(ws, member core.ID, text string) func(ctx context.Context, tx core.Tx) (bool, error) {
			return func(ctx context.Context, tx core.Tx) (bool, error) {
				return tx.AnswerNotice(ctx, ws, member, n.ID, text, "note", now.Add(time.Minute))
			}
		}
		if d := cmp.Diff(n, get(f, look(f.acme.ID, f.member.ID))); d != "" {
			t.Error(d)
		}
		missing(f, "twin", look(f.twin.ID, f.member.ID))
		missing(f, "another's", look(f.acme.ID, f.owner.ID))
		if unread(f.acme.ID) != 1 || unread(f.twin.ID) != 0 {
			t.Error("unread")
		}
		is(f, false, answer(f.twin.ID, f.member.ID, "accepted"))
		is(f, false, answer(f.acme.ID, f.owner.ID, "accepted"))
		is(f, true, answer(f.acme.ID, f.member.ID, "disputed"))
		is(f, false, answer(f.acme.ID, f.member.ID, "accepted"))
		n.Answer, n.AnswerNote, n.AnsweredAt, n.ReadAt = "disputed", "note", now.Add(time.Minute), now.Add(time.Minute)
		if d := cmp.Diff(n, get(f, look(f.acme.ID, f.member.ID))); d != "" {
			t.Error(d)
		}
		if unread(f.acme.ID) != 0 {
			t.Error("an answered notice is unread")
		}
	})
}
