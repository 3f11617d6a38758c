package fakediscord

import (
	"net/http"
	"time"
)

// weather is what goes wrong by itself, without a test queueing each fault.
type weather struct {
	fault     func(name, channel string) Fault
	every     time.Duration        // least time between two messages in a channel; 0: any
	posted    map[string]time.Time // when a channel last got a message
	until     map[string]time.Time // name and channel: told to wait until then
	impatient int
	open      int
	busiest   int
}

// Weather makes each call with the bot's token ask fn what goes wrong with it; the channel is empty where there is none. fn must
// not call the Fake.
func (f *Fake) Weather(fn func(name, channel string) Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.weather.fault = fn
}

// Limit makes a channel take one message in such a time, by the Fake's clock; more are answered with 429 and Retry-After.
// Discord's own limit is five in five seconds.
func (f *Fake) Limit(every time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.weather.every = every
}

// Impatient is how many calls came although their channel had been told to wait longer.
func (f *Fake) Impatient() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.weather.impatient
}

// Busiest is how many calls with the bot's token were open at once, at most.
func (f *Fake) Busiest() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.weather.busiest
}

// faultOf is what goes wrong with a call; the lock is held.
func (f *Fake) faultOf(name, channel string, asBot bool) Fault {
	w, now := &f.weather, f.o.Now()
	key := name + " " + channel
	if until, told := w.until[key]; told {
		if now.Before(until) {
			w.impatient++
		} else {
			delete(w.until, key)
		}
	}
	var fault Fault
	if list := f.faults[name]; len(list) > 0 {
		fault, f.faults[name] = list[0], list[1:]
	} else if w.fault != nil && asBot {
		fault = w.fault(name, channel)
	}
	if name == CreateMessage && w.every > 0 && fault == (Fault{}) {
		if wait := w.posted[channel].Add(w.every).Sub(now); wait > 0 {
			fault = Fault{Status: http.StatusTooManyRequests, RetryAfter: wait.Seconds()}
		} else {
			if w.posted == nil {
				w.posted = map[string]time.Time{}
			}
			w.posted[channel] = now
		}
	}
	if fault.RetryAfter > 0 {
		if w.until == nil {
			w.until = map[string]time.Time{}
		}
		w.until[key] = now.Add(time.Duration(fault.RetryAfter * float64(time.Second)))
	}
	return fault
}

// hang waits until the caller has given up; the lock is held before and after.
func (f *Fake) hang(r *http.Request) {
	f.mu.Unlock()
	defer f.mu.Lock()
	<-r.Context().Done()
}
