package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
)

// TestPruneDeletesOnlyWhatIsPastItsUse puts two rows of each kind in, one whose time is over, and
// looks at what is left.
func TestPruneDeletesOnlyWhatIsPastItsUse(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		old, young := now.Add(-time.Hour), now.Add(time.Hour)
		running, ended := f.start(f.owner, now.Add(-3*time.Hour)), f.start(f.member, now.Add(-3*time.Hour))
		was := ended
		ended.End, ended.FlagAt = now.Add(-2*time.Hour), time.Time{}
		confirmation := func(kind core.ConfirmationKind, entry core.ID, expires time.Time) core.Confirmation {
			return core.Confirmation{
				ID: f.id(), WorkspaceID: f.acme.ID, Kind: kind, Act: core.ActTimerStop, MemberID: f.member.ID, EntryID: entry,
				CreatedAt: now.Add(-2 * time.Hour), ExpiresAt: expires,
			}
		}
		f.do(func(ctx context.Context, tx core.Tx) error {
			if ok, err := tx.SaveEntry(ctx, was, ended); err != nil || !ok {
				return fmt.Errorf("the entry was not ended: %w", err)
			}
			for i, until := range []time.Time{old, young} {
				name := fmt.Sprint("h", i)
				session := core.Session{ID: f.id(), UserID: f.owner.User.ID, CreatedAt: old, LastSeenAt: old, ExpiresAt: until}
				for _, err := range []error{
					tx.InsertSession(ctx, session, name),
					tx.InsertImpersonation(ctx, core.Impersonation{
						ID: f.id(), SessionID: session.ID, WorkspaceID: f.acme.ID, ActorUserID: f.owner.User.ID, ActorMemberID: f.owner.ID,
						MemberID: f.member.ID, UserID: f.member.User.ID, StartedAt: old, ExpiresAt: until, EndedAt: until, EndCause: core.EndExpired,
					}),
					tx.InsertSignInLink(ctx, core.SignInLink{
						ID: f.id(), WorkspaceID: f.acme.ID, UserID: f.owner.User.ID, Kind: core.LinkSignIn, ExpiresAt: until,
					}, name),
					tx.InsertConfirmation(ctx, confirmation(core.ConfirmCard, running.ID, until), name),
					tx.SaveLinkCode(ctx, f.acme.ID, []core.ID{f.owner.ID, f.member.ID}[i], name, until),
				} {
					if err != nil {
						return err
					}
				}
				if _, err := tx.InsertSeen(ctx, name, old.Add(-time.Hour), until); err != nil {
					return err
				}
				if err := tx.InsertRepeatable(ctx, f.acme.ID, f.member.ID, name, "", running.ID, old.Add(-time.Hour), until); err != nil {
					return err
				}
				if err := tx.SaveWaitingCommand(ctx, core.ChatAccount{Platform: "slack", Team: "T1", ChatUser: name}, "/timer status", old.Add(-time.Hour), until); err != nil {
					return err
				}
			}
			if err := tx.InsertConfirmation(ctx, confirmation(core.ConfirmAlert, running.ID, time.Time{}), "alert of a running timer"); err != nil {
				return err
			}
			return tx.InsertConfirmation(ctx, confirmation(core.ConfirmAlert, ended.ID, time.Time{}), "alert of an ended timer")
		})
		audited := f.Count(`SELECT count(*) FROM audit_entries`)
		for _, kind := range []struct {
			what         core.Prunable
			table        string
			before, left int
		}{
			{core.PruneSeenRequests, "seen_requests", 2, 1},
			{core.PruneRepeatable, "repeatable_requests", 2, 1},
			{core.PruneLinkCodes, "link_codes", 2, 1},
			{core.PruneWaitingCommands, "waiting_commands", 2, 1},
			{core.PruneConfirmations, "confirmations", 4, 3},
			{core.PruneAlertButtons, "confirmations", 3, 2},
			{core.PruneSignInLinks, "sign_in_links", 2, 1},
			{core.PruneSessions, "sessions", 2, 2}, // an impersonation goes before its session
			{core.PruneImpersonations, "impersonations", 2, 1},
			{core.PruneSessions, "sessions", 2, 1},
		} {
			if n := f.Count(`SELECT count(*) FROM ` + kind.table); n != kind.before {
				t.Errorf("%s: %d rows before, want %d", kind.what, n, kind.before)
			}
			for round := range 2 {
				pruned := 0
				f.do(func(ctx context.Context, tx core.Tx) (err error) {
					pruned, err = tx.Prune(ctx, kind.what, now, 10)
					return err
				})
				want := kind.before - kind.left
				if round == 1 {
					want = 0
				}
				if left := f.Count(`SELECT count(*) FROM ` + kind.table); left != kind.left || pruned != want {
					t.Errorf("%s: %d deleted, %d left, want %d and %d", kind.what, pruned, left, want, kind.left)
				}
			}
		}
		if n := f.Count(`SELECT count(*) FROM confirmations WHERE hash = 'alert of a running timer'`); n != 1 {
			t.Error("the button of a running timer is gone")
		}
		if n := f.Count(`SELECT count(*) FROM audit_entries`); n != audited {
			t.Errorf("%d audit entries, before %d", n, audited)
		}
		err := f.Write(t.Context(), func(ctx context.Context, tx core.Tx) error {
			_, err := tx.Prune(ctx, "audit_entries", now, 10)
			return err
		})
		if err == nil {
			t.Error("something else was pruned")
		}
	})
}

// TestPruneKeepsAnOpenImpersonation: its end has to be written down first.
func TestPruneKeepsAnOpenImpersonation(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		var over core.ID
		f.do(func(ctx context.Context, tx core.Tx) error {
			for _, ends := range []struct{ session, impersonation time.Duration }{{-1, -1}, {-1, 1}, {1, -1}, {1, 1}} {
				session := core.Session{ID: f.id(), UserID: f.owner.User.ID, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(ends.session * time.Hour)}
				imp := core.Impersonation{
					ID: f.id(), SessionID: session.ID, WorkspaceID: f.acme.ID, ActorUserID: f.owner.User.ID, ActorMemberID: f.owner.ID,
					MemberID: f.member.ID, UserID: f.member.User.ID, StartedAt: now, ExpiresAt: now.Add(ends.impersonation * time.Hour),
				}
				if over == "" {
					over = imp.ID
				}
				if err := tx.InsertSession(ctx, session, string(session.ID)); err != nil {
					return err
				}
				if err := tx.InsertImpersonation(ctx, imp); err != nil {
					return err
				}
			}
			n, err := tx.Prune(ctx, core.PruneImpersonations, now, 10)
			if n != 0 {
				t.Errorf("%d open impersonations were deleted", n)
			}
			if err != nil {
				return err
			}
			left, err := tx.LeftImpersonations(ctx, now, 10)
			if len(left) != 1 || left[0].ID != over {
				t.Errorf("nobody comes back to %+v, want %s", left, over)
			}
			return err
		})
	})
}

func TestPruneTakesNoMoreThanAsked(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.do(func(ctx context.Context, tx core.Tx) error {
			for i := range 5 {
				l := core.SignInLink{ID: f.id(), WorkspaceID: f.acme.ID, UserID: f.owner.User.ID, Kind: core.LinkSignIn, ExpiresAt: now.Add(time.Duration(i) * time.Minute)}
				if err := tx.InsertSignInLink(ctx, l, fmt.Sprint("h", i)); err != nil {
					return err
				}
			}
			n, err := tx.Prune(ctx, core.PruneSignInLinks, now.Add(time.Hour), 2)
			if n != 2 {
				t.Errorf("pruned %d", n)
			}
			return err
		})
		if got := f.Text(`SELECT min(hash) FROM sign_in_links`); got != "h2" {
			t.Errorf("the oldest link left is %s", got)
		}
	})
}

func TestOutboxHealth(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		health := func(platforms ...string) core.OutboxHealth {
			return get(f, func(ctx context.Context, tx core.Tx) (core.OutboxHealth, error) {
				return tx.OutboxHealth(ctx, platforms, now)
			})
		}
		if d := cmp.Diff(core.OutboxHealth{}, health(core.PlatformSlack, core.PlatformDiscord)); d != "" {
			t.Error(d)
		}
		e := f.start(f.member, now)
		later, due, older := delivery(f, e, core.TopicAlert, now.Add(time.Minute)), delivery(f, e, core.TopicAlert, now), delivery(f, e, core.TopicAlert, now.Add(-time.Hour))
		dead, other := delivery(f, e, core.TopicStopped, now), delivery(f, e, core.TopicStopped, now.Add(-2*time.Hour))
		dead.State, other.Platform = core.DeliveryDead, core.PlatformDiscord
		f.do(func(ctx context.Context, tx core.Tx) error {
			for _, d := range []core.Delivery{later, due, older, dead, other} {
				if err := tx.InsertDelivery(ctx, d); err != nil {
					return err
				}
			}
			return nil
		})
		if d := cmp.Diff(core.OutboxHealth{Due: 2, Oldest: older.DueAt, Dead: 1}, health(core.PlatformSlack)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(core.OutboxHealth{Due: 3, Oldest: other.DueAt, Dead: 1}, health(core.PlatformSlack, core.PlatformDiscord)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(core.OutboxHealth{}, health()); d != "" {
			t.Error(d)
		}
	})
}
