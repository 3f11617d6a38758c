package api

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/store"
)

// TestDeactivationUnderLoad is T-K2: three instances on one database answer 200 requests a second
// with a key; it is deactivated on one of them in the middle. No request that began after the commit
// is accepted by any.
func TestDeactivationUnderLoad(t *testing.T) {
	const instances, callers, every, lasts = 3, 6, 30 * time.Millisecond, 3 * time.Second // 200 a second
	r := newRig(t)
	key := r.MustKey("dana")
	handlers := []http.Handler{r.handler}
	for range instances - 1 {
		st, err := store.Open(t.Context(), store.Options{DSN: r.DSN})
		if err != nil {
			t.Fatal(err)
		}
		svc, err := core.New(core.Options{Store: st, Clock: r.Clock})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			svc.Close()
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		})
		handlers = append(handlers, newRigOn(t, &coretest.House{Service: svc, Store: st, Clock: r.Clock, Workspace: r.Workspace}).handler)
	}
	type outcome struct {
		began  time.Time
		status int
	}
	outcomes := make([][]outcome, callers)
	var wait sync.WaitGroup
	begin := time.Now()
	for i := range callers {
		wait.Go(func() {
			ticks := time.NewTicker(every)
			defer ticks.Stop()
			for time.Since(begin) < lasts {
				<-ticks.C
				req := httptest.NewRequest(http.MethodGet, clockifyPrefix+"/user", nil)
				req.Header.Set("X-Api-Key", key)
				w := httptest.NewRecorder()
				began := time.Now()
				handlers[i%instances].ServeHTTP(w, req)
				outcomes[i] = append(outcomes[i], outcome{began, w.Code})
				r.Clock.Advance(every / callers) // so that the rate of the key is refilled
			}
		})
	}
	time.Sleep(lasts / 2)
	if n, err := r.DeactivateAPIKeys(t.Context(), r.Actor("olivia"), r.Who("dana").ID, "lost"); err != nil || n != 1 {
		t.Errorf("%d keys deactivated, %v", n, err)
	}
	committed := time.Now()
	wait.Wait()
	accepted, refused := 0, 0
	for _, list := range outcomes {
		for _, o := range list {
			after := o.began.After(committed)
			switch {
			case o.status == http.StatusOK && after:
				t.Errorf("a request that began %v after the commit was accepted", o.began.Sub(committed))
			case o.status == http.StatusOK:
				accepted++
			case after && (o.status == http.StatusUnauthorized || o.status == http.StatusTooManyRequests): // guesses are slowed down
				refused++
			case after || o.status != http.StatusUnauthorized:
				t.Errorf("status %d at %v", o.status, o.began.Sub(committed))
			}
		}
	}
	if accepted < 50 || refused < 50 { // else there was no load to speak of
		t.Errorf("%d requests accepted before, %d refused after", accepted, refused)
	}
	t.Logf("%d accepted before the commit, %d refused after it", accepted, refused)
}

// TestRefusedKeysTakeTheSameTime is the other half of T-K3: whether a key once existed can't be
// told from how long its refusal takes.
func TestRefusedKeysTakeTheSameTime(t *testing.T) {
	r := newRig(t)
	deactivated := r.MustKey("dana")
	if _, err := r.DeactivateAPIKeys(t.Context(), r.Actor("olivia"), r.Who("dana").ID, ""); err != nil {
		t.Fatal(err)
	}
	inactive := r.MustKey("dirk")
	r.MustSetStatus("dirk", core.StatusInactive)
	keys := []string{deactivated, inactive, newRig(t).MustKey("dana")} // the last of another installation
	took := make([][]time.Duration, len(keys))
	for range 1500 {
		for i, key := range keys {
			began := time.Now()
			if _, err := r.ActorByAPIKey(t.Context(), key, "test", ""); core.ErrorCode(err) != core.CodeUnauthenticated {
				t.Fatal(err)
			}
			took[i] = append(took[i], time.Since(began))
		}
	}
	first := middle(took[0])
	for i := range took {
		if d := middle(took[i]) - first; d.Abs() > 200*time.Microsecond {
			t.Errorf("the medians differ by %v: %v and %v", d, middle(took[i]), first)
		}
	}
}

func middle(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}
