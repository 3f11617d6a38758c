package api

import (
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

func TestLimitsGiveABurstThenTheRate(t *testing.T) {
	l, now := newLimits(50, 100), time.Unix(0, 0)
	for i := range 100 {
		if wait := l.take("a", now); wait != 0 {
			t.Fatalf("request %d has to wait %v", i, wait)
		}
	}
	wait := l.take("a", now)
	if wait <= 0 || wait > 20*time.Millisecond {
		t.Fatalf("wait %v, want up to 20ms", wait)
	}
	if again := l.take("a", now); again != wait {
		t.Fatalf("a refused request spent something: %v, then %v", wait, again)
	}
	if other := l.take("b", now); other != 0 {
		t.Fatalf("another key waits %v", other)
	}
	if later := l.take("a", now.Add(wait)); later != 0 {
		t.Fatalf("after waiting: %v more", later)
	}
}

func TestLimitsForgetTheLongestUnused(t *testing.T) {
	l, now := newLimits(1, 1), time.Unix(0, 0)
	for i := range maxLimits {
		l.take(fmt.Sprint(i), now)
	}
	l.take("0", now) // used again
	l.take("new", now)
	if len(l.by) != maxLimits || l.used.Len() != maxLimits {
		t.Fatalf("%d names, %d in order, want %d", len(l.by), l.used.Len(), maxLimits)
	}
	if wait := l.take("0", now); wait == 0 {
		t.Error("a name in use was forgotten")
	}
	if wait := l.take("1", now); wait != 0 {
		t.Error("the longest unused name was not forgotten")
	}
}

// TestRequestsOfAKeyAtOnce holds as many requests of a key open as it may have, and asks once more.
func TestRequestsOfAKeyAtOnce(t *testing.T) {
	r := newRig(t)
	key, dirk := r.MustKey("dana"), r.MustKey("dirk")
	inside, goOn := make(chan struct{}), make(chan struct{})
	slow := r.server.pipeline(&dialect{refuse: r.server.refuseOwn}, byPath([]route{{"GET", "/slow", core.ActWorkspaceView, false, func(*call) (answer, error) {
		inside <- struct{}{}
		<-goOn
		return ok("done"), nil
	}}})[0])
	var wait sync.WaitGroup
	for range keyAtOnce {
		wait.Go(func() {
			req := httptest.NewRequest("GET", "/slow", nil)
			req.Header.Set("X-Api-Key", key)
			w := httptest.NewRecorder()
			if slow.ServeHTTP(w, req); w.Code != 200 {
				t.Errorf("status %d: %s", w.Code, w.Body)
			}
		})
		<-inside
	}
	if got := r.call(key, "GET", clockifyPrefix+"/user", "").wantClockify(429, 429, "Too many requests"); got.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
	r.call(dirk, "GET", clockifyPrefix+"/user", "").want(200)
	close(goOn)
	wait.Wait()
	r.call(key, "GET", clockifyPrefix+"/user", "").want(200)
	if n := len(r.server.busy.inside); n != 0 {
		t.Errorf("%d keys are remembered without a request", n)
	}
}
