package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

func startTestCron(t *testing.T, run func(context.Context) error) (stop func(context.Context), log *lockedBuffer) {
	t.Helper()
	log = &lockedBuffer{}
	stop, err := startCron(t.Context(), []job{{"probe", "@every 1m", run}}, core.SystemClock{},
		slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), newMetrics())
	if err != nil {
		t.Fatal(err)
	}
	return stop, log
}

// lockedBuffer may be written by several goroutines.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestCronRunsAgainAfterPanicsAndErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		stop, log := startTestCron(t, func(context.Context) error {
			if runs.Add(1)%2 == 0 {
				return errors.New("database is away")
			}
			panic("boom")
		})
		time.Sleep(10*time.Minute + time.Second)
		stop(t.Context())
		if n := runs.Load(); n != 10 {
			t.Errorf("ran %d times in ten minutes", n)
		}
		for _, want := range []string{"boom", "job failed", "database is away", "job=probe"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log does not say %q:\n%s", want, log)
			}
		}
	})
}

func TestCronSkipsWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs, together atomic.Int32
		stop, _ := startTestCron(t, func(context.Context) error {
			if together.Add(1) > 1 {
				t.Error("two runs at the same time")
			}
			defer together.Add(-1)
			runs.Add(1)
			time.Sleep(90 * time.Second)
			return nil
		})
		time.Sleep(10*time.Minute + time.Second)
		stop(t.Context())
		if n := runs.Load(); n != 5 {
			t.Errorf("ran %d times in ten minutes", n)
		}
	})
}

func TestCronStopWaitsAndThenCancels(t *testing.T) {
	for name, c := range map[string]struct {
		work time.Duration
		want error
	}{
		"a short job ends":    {3 * time.Second, nil},
		"a long job is ended": {time.Hour, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got error
				ended := make(chan struct{})
				stop, _ := startTestCron(t, func(ctx context.Context) error {
					defer close(ended)
					select {
					case <-ctx.Done():
						got = ctx.Err()
					case <-time.After(c.work):
					}
					return got
				})
				time.Sleep(time.Minute + time.Millisecond)
				limit, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				before := time.Now()
				stop(limit)
				if took := time.Since(before); took > 5*time.Second {
					t.Errorf("stop took %s", took)
				}
				<-ended
				if !errors.Is(got, c.want) {
					t.Errorf("the job saw %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestCronRefusesABadSchedule(t *testing.T) {
	_, err := startCron(t.Context(), []job{{"probe", "TZ=", nil}}, core.SystemClock{}, slog.New(slog.DiscardHandler), newMetrics())
	if err == nil || !strings.Contains(err.Error(), "schedule of probe must not hold a time zone") {
		t.Errorf("got %v", err)
	}
}

// stoppedClock is a wall clock that somebody set back: it does not move.
type stoppedClock struct{ now time.Time }

func (c stoppedClock) Now() time.Time { return c.now }

func TestWatchdogStartsAnOverdueJob(t *testing.T) {
	schedule, err := parseSchedule("*/5 * * * *")
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan struct{}, 10)
	w := &watch{
		name: "probe", schedule: schedule,
		clock:   stoppedClock{time.Date(2026, 3, 29, 1, 4, 0, 0, time.UTC)},
		wrapped: jobFunc(func() { ran <- struct{}{} }),
		metrics: newMetrics(),
	}
	w.restart() // the next slot is in a minute, so it is overdue after 150 s
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	for range 9 {
		w.tick(logger)
	}
	if len(ran) != 0 || log.Len() != 0 {
		t.Error("the watchdog was too early")
	}
	w.tick(logger)
	<-ran
	if !strings.Contains(log.String(), "started by the watchdog") {
		t.Errorf("the log says %q", log.String())
	}
	for range 9 {
		w.tick(logger)
	}
	if len(ran) != 0 {
		t.Error("the watchdog did not start over")
	}
}

type jobFunc func()

func (f jobFunc) Run() { f() }

// movingClock is a wall clock that somebody sets.
type movingClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *movingClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *movingClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// However the wall clock jumps, a job that the schedule forgot is started within its slot and the patience
// of the watchdog, by the time that really passed; and a clock that jumps does not make it start sooner.
func TestWatchdogCountsRealTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spec  string
		from  time.Time
		jumps []time.Duration // one after each tick
		ticks int             // until the job is started
	}{
		"no jump":              {"*/5 * * * *", time.Date(2026, 6, 1, 12, 4, 0, 0, time.UTC), nil, 10},
		"an hour ahead":        {"*/5 * * * *", time.Date(2026, 6, 1, 12, 4, 0, 0, time.UTC), []time.Duration{time.Hour}, 10},
		"an hour back":         {"*/5 * * * *", time.Date(2026, 6, 1, 12, 4, 0, 0, time.UTC), []time.Duration{-time.Hour}, 10},
		"ahead and back":       {"*/5 * * * *", time.Date(2026, 6, 1, 12, 4, 0, 0, time.UTC), []time.Duration{24 * time.Hour, 0, -24 * time.Hour}, 10},
		"back and ahead":       {"*/5 * * * *", time.Date(2026, 6, 1, 12, 4, 0, 0, time.UTC), []time.Duration{-24 * time.Hour, 0, 24 * time.Hour}, 10},
		"every thirty seconds": {"@every 30s", time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), []time.Duration{24 * time.Hour, -48 * time.Hour}, 8},
		// Schedules are in UTC, so the gap and the overlap of a zone move nothing.
		"Berlin's gap":     {"30 1 * * *", time.Date(2026, 3, 29, 1, 29, 0, 0, time.UTC).In(berlin), nil, 10},
		"Berlin's overlap": {"30 0 * * *", time.Date(2026, 10, 25, 0, 29, 0, 0, time.UTC).In(berlin), nil, 10},
	} {
		t.Run(name, func(t *testing.T) {
			schedule, err := parseSchedule(c.spec)
			if err != nil {
				t.Fatal(err)
			}
			clock := &movingClock{now: c.from.UTC()}
			ran := make(chan struct{}, 100)
			w := &watch{name: "probe", schedule: schedule, clock: clock, wrapped: jobFunc(func() { ran <- struct{}{} }), metrics: newMetrics()}
			w.restart()
			log := slog.New(slog.DiscardHandler)
			for n := 1; n < c.ticks; n++ {
				clock.move(watchEvery)
				if n <= len(c.jumps) {
					clock.move(c.jumps[n-1])
				}
				if w.tick(log); len(ran) > 0 {
					t.Fatalf("started after %d ticks, want %d", n, c.ticks)
				}
			}
			w.tick(log)
			select {
			case <-ran:
			case <-time.After(5 * time.Second):
				t.Fatalf("not started after %d ticks", c.ticks)
			}
		})
	}
}

// A daily slot comes once a day on the days of a change of the clock: robfig/cron in a zone with one would
// skip it in spring and run it twice in autumn.
func TestScheduleHasEachSlotOnce(t *testing.T) {
	schedule, err := parseSchedule("30 1 * * *")
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []time.Time{time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 23, 0, 0, 0, 0, time.UTC)} {
		at := from
		for day := range 5 {
			if at = schedule.Next(at); !at.Equal(from.AddDate(0, 0, day).Add(90 * time.Minute)) {
				t.Errorf("slot %d after %s is %s", day, from, at)
			}
		}
	}
}
