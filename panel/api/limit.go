package api

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	keyRate     = 50 // requests a second and key
	keyBurst    = 100
	failedRate  = 1 // failed authentications a second and address
	failedBurst = 30
	keyAtOnce   = 20     // requests of a key in progress
	maxLimits   = 10_000 // what is remembered; the longest unused is forgotten first
)

// limits holds a token bucket per name, for a bounded number of names. It is safe for concurrent use.
type limits struct {
	mu    sync.Mutex
	rate  rate.Limit
	burst int
	by    map[string]*list.Element
	used  *list.List // of *bucket, last used first
}

type bucket struct {
	name    string
	limiter *rate.Limiter
}

func newLimits(perSecond float64, burst int) *limits {
	return &limits{rate: rate.Limit(perSecond), burst: burst, by: map[string]*list.Element{}, used: list.New()}
}

// take spends one token of the name and returns 0, or how long to wait for the next one.
func (l *limits) take(name string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.by[name]
	if ok {
		l.used.MoveToFront(e)
	} else {
		e = l.used.PushFront(&bucket{name, rate.NewLimiter(l.rate, l.burst)})
		l.by[name] = e
		if oldest := l.used.Back(); l.used.Len() > maxLimits {
			delete(l.by, l.used.Remove(oldest).(*bucket).name)
		}
	}
	reservation := e.Value.(*bucket).limiter.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

// gate bounds how many requests of a name are in progress. It is safe for concurrent use and
// remembers only names with requests in progress.
type gate struct {
	mu     sync.Mutex
	most   int
	inside map[string]int
}

func newGate(most int) *gate { return &gate{most: most, inside: map[string]int{}} }

// enter lets one more request of the name in, or tells that there are too many; leave lets it out.
func (g *gate) enter(name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside[name] >= g.most {
		return false
	}
	g.inside[name]++
	return true
}

func (g *gate) leave(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside[name]--; g.inside[name] <= 0 {
		delete(g.inside, name)
	}
}
