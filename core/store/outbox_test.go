package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/clockwarden/clockwarden/core"
)

var slackOnly = []string{core.PlatformSlack}

// delivery makes a delivery about the entry.
func delivery(f *fixture, e core.TimeEntry, topic core.Topic, due time.Time) core.Delivery {
	id := f.id()
	return core.Delivery{
		ID: id, WorkspaceID: f.acme.ID, Topic: topic, Key: "key " + string(id), Platform: core.PlatformSlack, Destination: "C1", Direct: true,
		RecipientID: f.owner.ID, EntryID: e.ID, FlagID: f.id(), Revision: 1, State: core.DeliveryPending, DueAt: due, WantedAt: due, CreatedAt: now,
	}
}

func claim(f *fixture, platforms []string, at time.Time, token string, limit int) []core.Delivery {
	f.Helper()
	var list []core.Delivery
	f.do(func(ctx context.Context, tx core.Tx) (err error) {
		list, err = tx.ClaimDeliveries(ctx, platforms, at, at.Add(time.Minute), token, limit)
		return err
	})
	return list
}

func TestOutbox(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		e := f.start(f.member, now)
		late, first, second := delivery(f, e, core.TopicAlert, now.Add(time.Hour)), delivery(f, e, core.TopicAlert, now.Add(-time.Second)), delivery(f, e, core.TopicStopped, now)
		discord := delivery(f, e, core.TopicAlert, now)
		discord.Platform, discord.RecipientID, discord.EntryID, discord.FlagID, discord.Direct = core.PlatformDiscord, "", "", "", false
		f.do(func(ctx context.Context, tx core.Tx) error {
			for _, d := range []core.Delivery{late, first, second, discord} {
				if err := tx.InsertDelivery(ctx, d); err != nil {
					return err
				}
			}
			same := first
			same.ID, same.Destination = f.id(), "other"
			return tx.InsertDelivery(ctx, same) // the first row stays
		})
		due := func(platforms []string, at time.Time) bool {
			return get(f, func(ctx context.Context, tx core.Tx) (bool, error) { return tx.AnyDeliveryDue(ctx, platforms, at) })
		}
		if due(slackOnly, now.Add(-time.Minute)) || !due(slackOnly, now) || due(nil, now) || due([]string{"console"}, now) ||
			!due([]string{"console", core.PlatformDiscord}, now) {
			t.Error("due")
		}
		if got := claim(f, nil, now, "t0", 10); len(got) != 0 {
			t.Errorf("%+v", got)
		}
		got := claim(f, slackOnly, now, "t1", 1)
		first.LeaseToken = "t1"
		if d := cmp.Diff([]core.Delivery{first}, got); d != "" {
			t.Fatal(d)
		}
		second.LeaseToken, discord.LeaseToken = "t2", "t2"
		if d := cmp.Diff([]core.Delivery{second, discord}, claim(f, []string{core.PlatformSlack, core.PlatformDiscord}, now, "t2", 10)); d != "" {
			t.Error(d)
		}
		if due(slackOnly, now.Add(59*time.Second)) {
			t.Error("leased rows are due")
		}
		// The lease of a worker that went away is taken over; its settlement comes too late.
		got = claim(f, slackOnly, now.Add(time.Minute), "t3", 1)
		if len(got) != 1 || got[0].ID != first.ID || got[0].LeaseToken != "t3" || !strings.HasPrefix(got[0].LastError, core.DeliveryDoubt) {
			t.Fatalf("%+v", got)
		}
		settle := func(d core.Delivery, want bool) {
			t.Helper()
			is(f, want, func(ctx context.Context, tx core.Tx) (bool, error) { return tx.SettleDelivery(ctx, d) })
		}
		sent := first
		sent.State, sent.SentRevision, sent.Channel, sent.Message = core.DeliverySent, 1, "C9", "123.4"
		settle(sent, false)
		sent.LeaseToken = "t3"
		settle(sent, true)
		settle(sent, false) // once
		revise := func(ws core.ID, want int) {
			t.Helper()
			f.do(func(ctx context.Context, tx core.Tx) error {
				n, err := tx.ReviseAlerts(ctx, ws, e.ID, now.Add(2*time.Minute), now.Add(2*time.Minute))
				if n != want {
					t.Errorf("%d revised, want %d", n, want)
				}
				return err
			})
		}
		revise(f.twin.ID, 0)
		revise(f.acme.ID, 2) // first and late: alerts about the entry; the one that was never sent waits as before
		got = claim(f, slackOnly, now.Add(2*time.Minute), "t4", 10)
		want := sent
		want.State, want.Revision, want.DueAt, want.WantedAt, want.LeaseToken = core.DeliveryPending, 2, now.Add(2*time.Minute), now.Add(2*time.Minute), "t4"
		second.LeaseToken = "t4"
		// Nobody knows what became of the message of a claim that nobody settled.
		second.LastError = core.DeliveryDoubt + "an earlier claim ended without a result"
		if d := cmp.Diff([]core.Delivery{second, want}, got, cmpopts.SortSlices(func(a, b core.Delivery) bool { return a.ID < b.ID })); d != "" {
			t.Error(d)
		}
		late.Revision, late.LeaseToken = 2, "t5"
		for _, d := range claim(f, slackOnly, late.DueAt, "t5", 10) {
			if d.ID == late.ID {
				got = []core.Delivery{d}
			}
		}
		if d := cmp.Diff([]core.Delivery{late}, got); d != "" {
			t.Error(d)
		}
	})
}

func TestARevisedDeliveryStaysPending(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		e := f.start(f.member, now)
		for name, outcome := range map[string]func(d *core.Delivery){
			"sent": func(d *core.Delivery) {
				d.State, d.SentRevision, d.Channel, d.Message = core.DeliverySent, d.Revision, "C9", "1.2"
			},
			"failed": func(d *core.Delivery) {
				d.Attempts, d.LastError, d.DueAt = 1, "timeout", now.Add(time.Hour)
			},
			"dead":    func(d *core.Delivery) { d.State, d.Attempts = core.DeliveryDead, 10 },
			"dropped": func(d *core.Delivery) { d.State, d.SentRevision = core.DeliveryDropped, d.Revision },
		} {
			d := delivery(f, e, core.TopicAlert, now)
			f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertDelivery(ctx, d) })
			claimed := claim(f, slackOnly, now, name, 1)[0]
			f.do(func(ctx context.Context, tx core.Tx) error {
				_, err := tx.ReviseAlerts(ctx, f.acme.ID, e.ID, now.Add(time.Second), now.Add(time.Second))
				return err
			})
			settled := claimed
			outcome(&settled)
			is(f, true, func(ctx context.Context, tx core.Tx) (bool, error) { return tx.SettleDelivery(ctx, settled) })
			again := claim(f, slackOnly, settled.DueAt, name+" again", 1)
			want := settled
			want.State, want.Revision, want.LeaseToken = core.DeliveryPending, 2, name+" again"
			if d := cmp.Diff([]core.Delivery{want}, again); d != "" {
				t.Errorf("%s: %s", name, d)
			}
			// Not revised again: the outcome stands.
			again[0].State = core.DeliveryDead
			again[0].Attempts = 10
			is(f, true, func(ctx context.Context, tx core.Tx) (bool, error) { return tx.SettleDelivery(ctx, again[0]) })
			if left := claim(f, slackOnly, now.Add(24*time.Hour), "x", 10); len(left) != 0 {
				t.Errorf("%s: %+v", name, left)
			}
			f.do(func(ctx context.Context, tx core.Tx) error { // out of the way of the next case
				_, err := tx.ReviseAlerts(ctx, f.acme.ID, e.ID, now.Add(time.Hour), now.Add(time.Hour))
				return err
			})
			for _, d := range claim(f, slackOnly, now.Add(time.Hour), "gone", 10) {
				if d.ID == again[0].ID && d.Attempts != 0 {
					t.Errorf("%s: a dead delivery that is revised has %d attempts", name, d.Attempts)
				}
				d.State = core.DeliveryDropped
				is(f, true, func(ctx context.Context, tx core.Tx) (bool, error) { return tx.SettleDelivery(ctx, d) })
			}
			e = f.start(f.addMember(f.acme, "M "+name, core.RoleMember), now)
		}
	})
}

func TestDeliveriesAreClaimedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		const rows, workers = 60, 6
		e := f.start(f.member, now)
		f.do(func(ctx context.Context, tx core.Tx) error {
			for range rows {
				if err := tx.InsertDelivery(ctx, delivery(f, e, core.TopicStopped, now)); err != nil {
					return err
				}
			}
			return nil
		})
		var mu sync.Mutex
		claimed := map[core.ID]int{}
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for {
					var list []core.Delivery
					err := f.Write(t.Context(), func(ctx context.Context, tx core.Tx) (err error) {
						list, err = tx.ClaimDeliveries(ctx, slackOnly, now, now.Add(time.Minute), fmt.Sprint("worker", w), 7)
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					if len(list) == 0 {
						return
					}
					mu.Lock()
					for _, d := range list {
						claimed[d.ID]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for id, n := range claimed {
			if n != 1 {
				t.Errorf("%s was claimed %d times", id, n)
			}
		}
		if len(claimed) != rows {
			t.Errorf("%d claimed", len(claimed))
		}
	})
}

// TestAClaimOfAWrongClockEnds: a process whose clock was a day ahead claimed a message and died; it does not wait for
// that day.
func TestAClaimOfAWrongClockEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		d := delivery(f, f.start(f.member, now), core.TopicAlert, now.Add(-time.Minute))
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertDelivery(ctx, d) })
		if got := claim(f, slackOnly, now.Add(24*time.Hour), "ahead", 1); len(got) != 1 {
			t.Fatalf("claimed %d", len(got))
		}
		got := claim(f, slackOnly, now, "right", 1)
		if len(got) != 1 || got[0].ID != d.ID || !strings.HasPrefix(got[0].LastError, core.DeliveryDoubt) {
			t.Fatalf("claimed %+v", got)
		}
		if got := claim(f, slackOnly, now.Add(30*time.Second), "too early", 1); len(got) != 0 {
			t.Errorf("a claim within its time was taken over: %+v", got)
		}
	})
}
