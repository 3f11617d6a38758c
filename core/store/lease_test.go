package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

func TestLeases(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		take := func(holder string, at time.Time, want int64) core.Lease {
			t.Helper()
			l := core.Lease{Name: "gateway", Holder: holder, Until: at.Add(time.Minute)}
			err := f.Write(t.Context(), func(ctx context.Context, tx core.Tx) (err error) {
				l.Token, err = tx.TakeLease(ctx, l, at)
				return err
			})
			if l.Token != want || want == 0 && !errors.Is(err, core.ErrNoRow) || want > 0 && err != nil {
				t.Fatalf("%s: token %d, %v; want %d", holder, l.Token, err, want)
			}
			return l
		}
		renew := func(l core.Lease, at time.Time, want bool) {
			t.Helper()
			l.Until = at.Add(time.Minute)
			is(f, want, func(ctx context.Context, tx core.Tx) (bool, error) { return tx.RenewLease(ctx, l, at) })
		}
		one := take("one", now, 1)
		take("two", now.Add(time.Minute-time.Millisecond), 0)
		renew(one, now.Add(30*time.Second), true)
		take("two", now.Add(time.Minute), 0)
		stranger, older := one, one
		stranger.Holder, older.Token = "two", 0
		renew(stranger, now.Add(time.Minute), false)
		renew(older, now.Add(time.Minute), false)
		renew(one, now.Add(90*time.Second), false) // ended, though nobody took it
		two := take("two", now.Add(90*time.Second), 2)
		renew(one, now.Add(91*time.Second), false)
		for _, l := range []core.Lease{one, stranger} {
			f.do(func(ctx context.Context, tx core.Tx) error { return tx.ReleaseLease(ctx, l) })
		}
		take("one", now.Add(91*time.Second), 0)
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.ReleaseLease(ctx, two) })
		renew(two, now.Add(91*time.Second), false)
		take("one", now.Add(91*time.Second), 3)
	})
}
