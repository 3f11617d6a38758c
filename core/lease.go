package core

import (
	"context"
	"errors"
	"time"
)

// Lease is the right to do something that only one process of an installation may do at a time. It
// ends by itself: a holder that dies, or sleeps past Until, loses it. Token is the fencing token: it
// is larger with every new holding of the name, so that what a former holder still sends can be told
// from what the present one sends.
type Lease struct {
	Name   string
	Holder string // one running process; a process that starts again is another holder
	Token  int64
	Until  time.Time // by the holder's own clock
}

// Held tells whether the lease still holds at the moment now of the holder's clock. A holder asks it
// before everything it does in the lease's name.
func (l Lease) Held(now time.Time) bool { return l.Token > 0 && now.Before(l.Until) }

// ErrLeaseLost is the answer to a renewal that came too late: the lease ended, whether or not
// somebody else has taken it meanwhile. Its holder stops, and may take the lease anew.
var ErrLeaseLost = errors.New("the lease is lost")

var errLeaseIncomplete = errors.New("a lease needs a name, a holder and a duration of at most a minute")

// MaxLease is the longest duration of a lease. One that ends later than twice that from now was taken by a clock
// that was wrong, and counts as over: else nobody could take it until that day.
const MaxLease = time.Minute

// TakeLease takes the lease of a name for a duration, when nobody holds it; taken is false while
// somebody does, also the same holder. The clocks of processes that share a database may differ by
// less than the duration. The gateway's job only; no audit entry, as nothing of a workspace changes.
func (s *Service) TakeLease(ctx context.Context, a Actor, name, holder string, lasts time.Duration) (l Lease, taken bool, err error) {
	if err := mayHoldLease(a); err != nil {
		return Lease{}, false, err
	}
	if name == "" || holder == "" || lasts <= 0 || lasts > MaxLease {
		return Lease{}, false, errLeaseIncomplete
	}
	err = s.store.Write(ctx, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		l = Lease{Name: name, Holder: holder, Until: now.Add(lasts)}
		var err error
		l.Token, err = tx.TakeLease(ctx, l, now)
		taken = err == nil
		if errors.Is(err, ErrNoRow) {
			return nil
		}
		return err
	})
	if err != nil || !taken {
		return Lease{}, false, s.explain(err)
	}
	return l, true, nil
}

// RenewLease lets a lease last from now on for a duration. Fails with ErrLeaseLost when it ended
// meanwhile. The gateway's job only.
func (s *Service) RenewLease(ctx context.Context, a Actor, l Lease, lasts time.Duration) (Lease, error) {
	if err := mayHoldLease(a); err != nil {
		return Lease{}, err
	}
	if lasts <= 0 || lasts > MaxLease {
		return Lease{}, errLeaseIncomplete
	}
	renewed := false
	err := s.store.Write(ctx, func(ctx context.Context, tx Tx) (err error) {
		now := s.clock.Now()
		l.Until = now.Add(lasts)
		renewed, err = tx.RenewLease(ctx, l, now)
		return err
	})
	switch {
	case err != nil:
		return Lease{}, s.explain(err)
	case !renewed:
		return Lease{}, ErrLeaseLost
	}
	return l, nil
}

// ReleaseLease ends a lease before its time, so that another process need not wait. A lease that was
// lost stays with whoever has it. The gateway's job only.
func (s *Service) ReleaseLease(ctx context.Context, a Actor, l Lease) error {
	if err := mayHoldLease(a); err != nil {
		return err
	}
	err := s.store.Write(ctx, func(ctx context.Context, tx Tx) error { return tx.ReleaseLease(ctx, l) })
	return s.explain(err)
}

func mayHoldLease(a Actor) error {
	if Decide(Request{Action: ActLeaseHold, Job: a.Job}) != "" {
		return &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	return nil
}

type leaseTx interface {
	// TakeLease makes l.Holder the holder of l.Name until l.Until where nobody holds it at now, and
	// returns the token, which is larger than every earlier one of the name; else ErrNoRow.
	TakeLease(ctx context.Context, l Lease, now time.Time) (token int64, err error)
	// RenewLease moves the end to l.Until where holder and token are still l's and it has not ended at now.
	RenewLease(ctx context.Context, l Lease, now time.Time) (bool, error)
	ReleaseLease(ctx context.Context, l Lease) error // where holder and token are still l's
}
