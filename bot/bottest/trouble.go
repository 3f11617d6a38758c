package bottest

import (
	"context"
	"math"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Fault is what happens to a call of a stand-in instead of, or after, its work.
type Fault struct {
	Status     int           // answer with this status; 0: as usual
	Code       int           // the platform's own number of the error, with Status
	Error      string        // answer with this error; with LoseAnswer the work is done all the same
	RetryAfter float64       // seconds, with 429
	Delay      time.Duration // before anything is done
	LoseAnswer bool          // do the work and close the connection without an answer
	Reset      bool          // close the connection before any work
	Hang       bool          // no answer until the caller gives up; with LoseAnswer the work is done all the same
	Truncate   bool          // do the work and send half of the answer
}

// Troubles are what goes wrong at a stand-in, which embeds them: faults that a test queues, and weather that comes by
// itself. Calls have names, which are the stand-in's.
type Troubles struct {
	now   func() time.Time
	posts string
	whole bool

	mu        sync.Mutex
	faults    map[string][]Fault
	silent    map[string]bool
	weather   func(name, channel string) Fault
	every     time.Duration        // least time between two messages in a channel; 0: any
	posted    map[string]time.Time // when a channel last got a message
	until     map[string]time.Time // name and channel: told to wait until then
	impatient int
	open      int
	busiest   int
}

// NewTroubles makes Troubles that go by a clock; posts is the name of the call that makes a new message. With whole,
// pauses are told in whole seconds.
func NewTroubles(now func() time.Time, posts string, whole bool) *Troubles {
	return &Troubles{
		now: now, posts: posts, whole: whole,
		faults: map[string][]Fault{}, silent: map[string]bool{}, posted: map[string]time.Time{}, until: map[string]time.Time{},
	}
}

// FailNext makes the next call of a name go wrong; faults of a name queue up.
func (w *Troubles) FailNext(name string, fault Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[name] = append(w.faults[name], fault)
}

// Clear takes back the faults of a name that did not happen yet.
func (w *Troubles) Clear(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.faults, name)
}

// Silence makes a call get no answer until it may speak again.
func (w *Troubles) Silence(name string, on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silent[name] = on
}

// Silent tells whether a call gets no answer.
func (w *Troubles) Silent(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.silent[name]
}

// Weather makes each call of the API ask fn what goes wrong with it; the channel is empty where there is none. fn must
// not call the stand-in.
func (w *Troubles) Weather(fn func(name, channel string) Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.weather = fn
}

// Limit makes a channel take one message in such a time, by the stand-in's clock; more are answered with 429 and
// Retry-After.
func (w *Troubles) Limit(every time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.every = every
}

// Impatient is how many calls came although their channel had been told to wait longer.
func (w *Troubles) Impatient() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.impatient
}

// Busiest is how many calls of the API were open at once, at most.
func (w *Troubles) Busiest() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busiest
}

// Posts is the name of the call that makes a new message.
func (w *Troubles) Posts() string { return w.posts }

// Enter counts a call as open until leave is called.
func (w *Troubles) Enter() (leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open++
	w.busiest = max(w.busiest, w.open)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.open--
	}
}

// FaultOf is what goes wrong with a call; outside is whether the weather touches it.
func (w *Troubles) FaultOf(name, channel string, outside bool) Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, key := w.now(), name+" "+channel
	if until, told := w.until[key]; told {
		if now.Before(until) {
			w.impatient++
		} else {
			delete(w.until, key)
		}
	}
	var fault Fault
	if list := w.faults[name]; len(list) > 0 {
		fault, w.faults[name] = list[0], list[1:]
	} else if w.weather != nil && outside {
		fault = w.weather(name, channel)
	}
	if name == w.posts && w.every > 0 && fault == (Fault{}) {
		if wait := w.posted[channel].Add(w.every).Sub(now); wait > 0 {
			fault = Fault{Status: http.StatusTooManyRequests, RetryAfter: wait.Seconds()}
		} else {
			w.posted[channel] = now
		}
	}
	if fault.RetryAfter > 0 {
		if w.whole {
			fault.RetryAfter = math.Ceil(fault.RetryAfter)
		}
		w.until[key] = now.Add(time.Duration(fault.RetryAfter * float64(time.Second)))
	}
	return fault
}

// HangUp closes the connection of a request without an answer.
func HangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// Hang waits until the caller of a request has given up; the lock is held before and after.
func Hang(lock sync.Locker, r *http.Request) {
	lock.Unlock()
	defer lock.Lock()
	<-r.Context().Done()
}

// patience is how long a test waits for something that must come.
const patience = 10 * time.Second

// Watch lets a test wait until what a stand-in's lock guards is as wanted.
type Watch struct {
	t       testing.TB
	lock    sync.Locker
	changed chan struct{} // closed and renewed at each change
}

// NewWatch makes a Watch of what the lock guards.
func NewWatch(t testing.TB, lock sync.Locker) *Watch {
	return &Watch{t: t, lock: lock, changed: make(chan struct{})}
}

// Changed wakes those who wait; the lock is held.
func (w *Watch) Changed() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// For waits until ready holds; ready is called with the lock held.
func (w *Watch) For(what string, ready func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for {
		w.lock.Lock()
		ok, changed := ready(), w.changed
		w.lock.Unlock()
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			w.t.Fatalf("waited in vain for %s", what)
		case <-changed:
		}
	}
}
