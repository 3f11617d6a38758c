package bot

import (
	"sync"
	"time"
)

const (
	// spacing is between two messages to a destination that asked for a pause: Slack takes one a second in a channel,
	// Discord five in five seconds. A little more makes up for a message that was late.
	spacing = 1200 * time.Millisecond
	// patience is how many calls in a row may find the platform down before everything waits.
	patience = 2
	// probeEvery is the longest pause between two tries to reach a platform that is down.
	probeEvery = 5 * time.Second
)

// pace is what a platform can take at the moment. While it is down only one message at a time is tried, so that an outage
// costs neither the messages their tries nor the platform its recovery; a destination that asked for a pause gets none.
type pace struct {
	mu       sync.Mutex
	down     int       // calls in a row that found the platform down
	closed   time.Time // nothing is tried before
	probing  bool
	holds    map[string]hold // by destination
	released time.Time       // when past holds were last forgotten
}

// hold is a destination that asked for a pause.
type hold struct {
	until time.Time // nothing is sent before
	next  time.Time // the first free second for a message that has to wait
}

func newPace() *pace { return &pace{holds: map[string]hold{}} }

// allow tells how many messages may be claimed now; answered follows when it is more than none.
func (p *pace) allow(now time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.down < patience:
		return batch
	case p.probing || now.Before(p.closed):
		return 0
	}
	p.probing = true
	return 1
}

// open tells whether a message that is claimed already may be sent.
func (p *pace) open(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down < patience || p.probing && !now.Before(p.closed)
}

// wait tells when a message to the destination may be tried, if not now.
func (p *pace) wait(destination string, now time.Time) (until time.Time, held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h, ok := p.holds[destination]
	if !ok || !now.Before(h.until) {
		return now, false
	}
	until = h.next
	h.next = h.next.Add(spacing)
	p.holds[destination] = h
	return until, true
}

// learn takes in what a call to the platform has shown; why is nil for a success.
func (p *pace) learn(destination string, why *SendError, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.probing = false
	if why != nil && why.Down {
		p.down++
		if p.down >= patience {
			p.closed = now.Add(min(probeEvery, time.Second<<min(p.down-patience, 10)))
		}
		return
	}
	p.down = 0
	if why == nil || why.RetryAfter <= 0 {
		return
	}
	p.holdUntil(destination, now.Add(why.RetryAfter), now)
}

// hold lets a destination alone until a moment.
func (p *pace) hold(destination string, until, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holdUntil(destination, until, now)
}

func (p *pace) holdUntil(destination string, until, now time.Time) {
	if now.Sub(p.released) > time.Minute {
		for d, h := range p.holds {
			if now.After(h.next) {
				delete(p.holds, d)
			}
		}
		p.released = now
	}
	p.holds[destination] = hold{until: until, next: until.Add(spacing)}
}

// idle ends a probe that found nothing to send.
func (p *pace) idle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.probing = false
}
