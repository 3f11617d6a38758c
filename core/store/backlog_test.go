package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

func TestBacklog(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		platforms := []string{core.PlatformSlack, core.PlatformDiscord}
		look := func() store.Backlog {
			t.Helper()
			b, err := f.Backlog(t.Context(), platforms)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		empty := store.Backlog{
			Outbox: map[string]store.Waiting{core.PlatformSlack: {}, core.PlatformDiscord: {}},
			Flags:  map[core.FlagState]int{core.FlagOpen: 0, core.FlagSnoozed: 0, core.FlagResolved: 0},
		}
		if d := cmp.Diff(empty, look()); d != "" {
			t.Error(d)
		}
		e := f.start(f.member, now)
		// A first message whose tries were put off has waited since it was made; an edit, since it became due.
		fresh, edit := delivery(f, e, core.TopicAlert, now.Add(time.Hour)), delivery(f, e, core.TopicAlert, now.Add(time.Minute))
		fresh.CreatedAt = now.Add(-time.Minute)
		edit.CreatedAt, edit.Channel, edit.Message = now.Add(-24*time.Hour), "C1", "1.2"
		dead, sent, elsewhere := delivery(f, e, core.TopicStopped, now), delivery(f, e, core.TopicStopped, now), delivery(f, e, core.TopicStopped, now)
		dead.State, sent.State, elsewhere.Platform = core.DeliveryDead, core.DeliverySent, core.PlatformDiscord
		twin := f.start(f.twinOwner, now)
		mine := core.Flag{ID: f.id(), WorkspaceID: f.acme.ID, EntryID: e.ID, MemberID: f.member.ID, State: core.FlagOpen, OpenedAt: now}
		theirs := core.Flag{ID: f.id(), WorkspaceID: f.twin.ID, EntryID: twin.ID, MemberID: f.twinOwner.ID, State: core.FlagSnoozed, OpenedAt: now, SnoozedUntil: now.Add(time.Hour)}
		f.do(func(ctx context.Context, tx core.Tx) error {
			for _, d := range []core.Delivery{fresh, edit, dead, sent, elsewhere} {
				if err := tx.InsertDelivery(ctx, d); err != nil {
					return err
				}
			}
			return errors.Join(tx.InsertFlags(ctx, []core.Flag{mine}), tx.InsertFlags(ctx, []core.Flag{theirs}))
		})
		want := store.Backlog{
			Outbox: map[string]store.Waiting{
				core.PlatformSlack:   {Pending: 2, Oldest: now.Add(-time.Minute), Dead: 1},
				core.PlatformDiscord: {Pending: 1, Oldest: now},
			},
			Flags: map[core.FlagState]int{core.FlagOpen: 1, core.FlagSnoozed: 1, core.FlagResolved: 0},
		}
		if d := cmp.Diff(want, look()); d != "" {
			t.Error(d)
		}
	})
}

// observed remembers what an Observer is told.
type observed struct {
	mu      sync.Mutex
	commits []int
	failed  map[string]int
}

func (o *observed) Committed(acts int, took time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if took < 0 || took > time.Minute {
		acts = -1
	}
	o.commits = append(o.commits, acts)
}

func (o *observed) Failed(operation string, unavailable bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if unavailable {
		operation += " unavailable"
	}
	o.failed[operation]++
}

func TestObserver(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		o := &observed{failed: map[string]int{}}
		f.Observe(o)
		f.do(bumpOf(f.acme.ID))
		if d := cmp.Diff([]int{1}, o.commits); d != "" {
			t.Error(d)
		}
		// A refusal of the act, a duplicate and a missing row are answers, not failures.
		refusal := errors.New("refused")
		f.refused(refusal, func(context.Context, core.Tx) error { return refusal })
		f.refused(core.ErrNoRow, func(ctx context.Context, tx core.Tx) error {
			_, err := tx.Member(ctx, f.acme.ID, newID(0))
			return err
		})
		if len(o.failed) != 0 || len(o.commits) != 1 {
			t.Errorf("%v %v", o.failed, o.commits)
		}
		broken, cancel := context.WithCancel(t.Context())
		cancel()
		if err := f.Write(broken, func(context.Context, core.Tx) error { return nil }); !errors.Is(err, context.Canceled) && err != nil {
			t.Error(err)
		}
		if len(o.failed) != 0 {
			t.Errorf("a caller that went away counts as a failure: %v", o.failed)
		}
		unavailable := func(context.Context, core.Tx) error { return core.ErrUnavailable }
		f.refused(core.ErrUnavailable, unavailable)
		if err := f.Read(t.Context(), unavailable); !errors.Is(err, core.ErrUnavailable) {
			t.Error(err)
		}
		if d := cmp.Diff(map[string]int{"write unavailable": 1, "read unavailable": 1}, o.failed); d != "" {
			t.Error(d)
		}
	})
}
