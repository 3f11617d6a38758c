package bot

import (
	"context"
	"sync"
	"time"
)

const (
	// JobsAtOnce bounds the requests of a platform that are in work.
	JobsAtOnce = 64
	// jobFor bounds each of them.
	jobFor = 25 * time.Second
)

// Jobs runs the work behind requests that are answered before it is done. Their context is not the
// request's, so a closed connection does not undo half of a reply.
type Jobs struct {
	base   context.Context
	cancel context.CancelFunc
	slots  chan struct{}
	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup
}

// NewJobs makes a Jobs. It starts no goroutine.
func NewJobs() *Jobs {
	base, cancel := context.WithCancel(context.Background())
	return &Jobs{base: base, cancel: cancel, slots: make(chan struct{}, JobsAtOnce)}
}

// Start runs work in the background. It is false when too many are in work until ctx ends, or the
// program stops: then nothing was begun.
func (j *Jobs) Start(ctx context.Context, work func(ctx context.Context)) bool {
	select {
	case j.slots <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		<-j.slots
		return false
	}
	j.wg.Go(func() {
		defer func() { <-j.slots }()
		ctx, cancel := context.WithTimeout(j.base, jobFor)
		defer cancel()
		work(ctx)
	})
	return true
}

// Drain refuses new work and waits for what was begun, at most so long.
func (j *Jobs) Drain(atMost time.Duration) {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	timer := time.AfterFunc(atMost, j.cancel)
	defer timer.Stop()
	j.wg.Wait()
	j.cancel()
}
