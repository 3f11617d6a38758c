package core_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

var gatewayJob = core.System(core.JobGateway, core.DoorDiscord)

// TestALeaseOfAWrongClockHoldsNobodyUp: a machine whose clock was a day ahead took the lease and died. Its end is so
// far away that nobody can have taken it with a clock that goes right.
func TestALeaseOfAWrongClockHoldsNobodyUp(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		take := func() (core.Lease, bool) {
			t.Helper()
			l, taken, err := h.TakeLease(t.Context(), gatewayJob, "gateway", string(core.NewID(h.Clock.Now())), core.MaxLease)
			if err != nil {
				t.Fatal(err)
			}
			return l, taken
		}
		h.Clock.Advance(24 * time.Hour)
		ahead, _ := take()
		h.Clock.Advance(-core.MaxLease) // as far as clocks may differ
		if _, taken := take(); taken {
			t.Error("a lease that may be right was taken away")
		}
		h.Clock.Advance(-24 * time.Hour)
		l, taken := take()
		if !taken || l.Token <= ahead.Token {
			t.Errorf("the lease is %+v, taken %v, after %+v", l, taken, ahead)
		}
		if _, _, err := h.TakeLease(t.Context(), gatewayJob, "long", "x", core.MaxLease+1); err == nil {
			t.Error("a lease longer than any was given")
		}
		if _, err := h.RenewLease(t.Context(), gatewayJob, l, core.MaxLease+1); err == nil {
			t.Error("a lease was renewed for longer than any lasts")
		}
	})
}

func TestOnlyOneHoldsALease(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		const lasts = 10 * time.Second
		take := func(name, holder string, want bool) core.Lease {
			t.Helper()
			l, taken, err := h.TakeLease(t.Context(), gatewayJob, name, holder, lasts)
			if err != nil || taken != want {
				t.Fatalf("%s takes %s: %v, %v", holder, name, taken, err)
			}
			if taken != l.Held(h.Clock.Now()) {
				t.Errorf("%+v is held: %v", l, !taken)
			}
			return l
		}
		first := take("gateway", "one", true)
		if first.Name != "gateway" || first.Holder != "one" || !first.Until.Equal(h.Clock.Now().Add(lasts)) {
			t.Errorf("%+v", first)
		}
		take("gateway", "two", false)
		take("gateway", "one", false) // not even the holder takes it twice
		take("another", "two", true)

		h.Clock.Advance(lasts - time.Millisecond)
		renewed, err := h.RenewLease(t.Context(), gatewayJob, first, lasts)
		if err != nil || renewed.Token != first.Token || !renewed.Until.Equal(h.Clock.Now().Add(lasts)) {
			t.Fatalf("%+v, %v", renewed, err)
		}
		h.Clock.Advance(lasts - time.Millisecond)
		take("gateway", "two", false)

		// Its holder sleeps past the end. It learns so, whether or not somebody took over.
		h.Clock.Advance(time.Millisecond)
		if renewed.Held(h.Clock.Now()) {
			t.Error("a lease is held at its end")
		}
		if _, err := h.RenewLease(t.Context(), gatewayJob, renewed, lasts); !errors.Is(err, core.ErrLeaseLost) {
			t.Errorf("renewed at its end: %v", err)
		}
		second := take("gateway", "two", true)
		if second.Token <= first.Token {
			t.Errorf("token %d after %d", second.Token, first.Token)
		}
		if _, err := h.RenewLease(t.Context(), gatewayJob, renewed, lasts); !errors.Is(err, core.ErrLeaseLost) {
			t.Errorf("the sleeper renewed: %v", err)
		}
		if err := h.ReleaseLease(t.Context(), gatewayJob, renewed); err != nil {
			t.Error(err)
		}
		take("gateway", "one", false) // the sleeper released nothing

		if err := h.ReleaseLease(t.Context(), gatewayJob, second); err != nil {
			t.Error(err)
		}
		if _, err := h.RenewLease(t.Context(), gatewayJob, second, lasts); !errors.Is(err, core.ErrLeaseLost) {
			t.Errorf("renewed after its release: %v", err)
		}
		// The same holder again is a new holding: what it sent under the old one is told from it.
		if third := take("gateway", "two", true); third.Token <= second.Token {
			t.Errorf("token %d after %d", third.Token, second.Token)
		}
	})
}

func TestALeaseHasOneWinner(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		for round := range 5 {
			var mu sync.Mutex
			var won []core.Lease
			var wg sync.WaitGroup
			for _, holder := range []string{"one", "two", "three", "four", "five", "six"} {
				wg.Go(func() {
					l, taken, err := h.TakeLease(t.Context(), gatewayJob, "gateway", holder, time.Minute)
					if err != nil {
						t.Error(err)
					}
					if taken {
						mu.Lock()
						won = append(won, l)
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			if len(won) != 1 || won[0].Token != int64(round+1) {
				t.Fatalf("round %d: %+v", round, won)
			}
			h.Clock.Advance(time.Minute)
		}
	})
}

func TestLeasesAreForTheGateway(t *testing.T) {
	h := coretest.New(t)
	l, _, err := h.TakeLease(t.Context(), gatewayJob, "gateway", "one", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []core.Actor{{}, h.Actor("olivia"), coretest.Delivery(), coretest.Operator(h.Workspace.ID)} {
		if _, taken, err := h.TakeLease(t.Context(), a, "other", "x", time.Minute); core.ErrorCode(err) != core.CodeForbidden || taken {
			t.Errorf("%q takes: %v, %v", a.Job, taken, err)
		}
		if _, err := h.RenewLease(t.Context(), a, l, time.Minute); core.ErrorCode(err) != core.CodeForbidden {
			t.Errorf("%q renews: %v", a.Job, err)
		}
		if err := h.ReleaseLease(t.Context(), a, l); core.ErrorCode(err) != core.CodeForbidden {
			t.Errorf("%q releases: %v", a.Job, err)
		}
	}
	if _, err := h.RenewLease(t.Context(), gatewayJob, l, time.Minute); err != nil {
		t.Errorf("the refused ones changed something: %v", err)
	}
	for _, bad := range []struct {
		name, holder string
		lasts        time.Duration
	}{{"", "one", 1}, {"x", "", 1}, {"x", "one", 0}, {"x", "one", -1}} {
		if _, taken, err := h.TakeLease(t.Context(), gatewayJob, bad.name, bad.holder, bad.lasts); err == nil || taken {
			t.Errorf("%+v was taken", bad)
		}
	}
}
