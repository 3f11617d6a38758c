package bot_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot"
)

// No more than JobsAtOnce requests are in work, and at the end all that was begun is finished.
func TestJobsAreBoundedAndDrained(t *testing.T) {
	j := bot.NewJobs()
	release := make(chan struct{})
	var finished atomic.Int32
	for range bot.JobsAtOnce {
		if !j.Start(t.Context(), func(context.Context) { <-release; finished.Add(1) }) {
			t.Fatal("refused below the limit")
		}
	}
	full, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if j.Start(full, func(context.Context) {}) {
		t.Error("one more than the limit was begun")
	}
	time.AfterFunc(20*time.Millisecond, func() { close(release) })
	j.Drain(10 * time.Second)
	if finished.Load() != bot.JobsAtOnce {
		t.Errorf("%d of %d were finished", finished.Load(), bot.JobsAtOnce)
	}
	if j.Start(t.Context(), func(context.Context) {}) {
		t.Error("work was begun after the end")
	}
	stuck := bot.NewJobs()
	stuck.Start(t.Context(), func(ctx context.Context) { <-ctx.Done() })
	stuck.Drain(20 * time.Millisecond)
}
