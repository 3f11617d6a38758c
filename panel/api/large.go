package api

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/clockwarden/clockwarden/core"
)

const (
	largeFrom  = 250                  // rows; a list that may be longer is a large answer
	memberRows = clockifyPageMost     // rows in large answers of a member in progress
	allRows    = 2 * clockifyPageMost // rows in large answers of the process in progress
	largeWait  = 5 * time.Second      // how long a large answer waits for its turn
)

// largeAnswers bounds how many rows the large answers in progress hold, until they are sent: of the whole process,
// for its memory, and of each member, so that nobody takes the place of all others. Each waits for its
// turn, first come, first served. It is safe for concurrent use and remembers only members with requests in progress.
type largeAnswers struct {
	rows *semaphore.Weighted
	wait time.Duration

	mu       sync.Mutex
	ofMember map[core.ID]*share
}

type share struct {
	rows  *semaphore.Weighted
	users int // requests that hold some of it or wait for it
}

func newLargeAnswers() *largeAnswers {
	return &largeAnswers{rows: semaphore.NewWeighted(allRows), wait: largeWait, ofMember: map[core.ID]*share{}}
}

// enter waits until so many rows of the member fit in, and returns what lets them out again; nil when they did not
// in time.
func (l *largeAnswers) enter(ctx context.Context, member core.ID, rows int64) (leave func()) {
	ctx, cancel := context.WithTimeout(ctx, l.wait)
	defer cancel()
	own := l.use(member)
	if own.rows.Acquire(ctx, rows) != nil {
		l.done(member, own)
		return nil
	}
	if l.rows.Acquire(ctx, rows) != nil {
		own.rows.Release(rows)
		l.done(member, own)
		return nil
	}
	return func() {
		l.rows.Release(rows)
		own.rows.Release(rows)
		l.done(member, own)
	}
}

func (l *largeAnswers) use(member core.ID) *share {
	l.mu.Lock()
	defer l.mu.Unlock()
	own, found := l.ofMember[member]
	if !found {
		own = &share{rows: semaphore.NewWeighted(memberRows)}
		l.ofMember[member] = own
	}
	own.users++
	return own
}

func (l *largeAnswers) done(member core.ID, own *share) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if own.users--; own.users == 0 {
		delete(l.ofMember, member)
	}
}

// reserve waits for the turn of an answer of up to so many rows; the pipeline ends it when the answer is sent.
// Codes: unavailable.
func (c *call) reserve(rows int) error {
	if rows <= largeFrom || c.leave != nil {
		return nil
	}
	ctx := c.r.Context()
	if c.leave = c.large.enter(ctx, c.actor.MemberID, int64(rows)); c.leave != nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err // the client has gone
	}
	c.header.Set("Retry-After", "5")
	return &core.Error{Code: core.CodeUnavailable, Message: "api.lists_busy"}
}
