package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/clockwarden/clockwarden/core"
)

// job is a line of the cron table: a schedule and one call of core. What is due
// is computed by core from the database, so that a tick that is lost, late or
// doubled changes nothing.
type job struct {
	name     string
	schedule string // in UTC, which has no gaps and no overlaps
	run      func(context.Context) error
}

// pruneSchedule is when rows that are of no use any more are deleted: hourly,
// beside the full hour at which everything else happens.
const pruneSchedule = "17 * * * *"

// jobs is the cron table.
func jobs(svc *core.Service, c Config, m *metrics) []job {
	return []job{
		{"forgotten-timers", c.Forgotten.Schedule, recorded(svc, core.JobForgottenTimers, func(ctx context.Context, a core.Actor) (int, error) {
			n, err := svc.FlagForgottenTimers(ctx, a)
			m.flagsOpened(n)
			return n, err
		})},
		{"housekeeping", pruneSchedule, recorded(svc, core.JobHousekeeping, svc.Prune)},
	}
}

// recorded is a run that leaves word when it ended well, for doctor.
func recorded(svc *core.Service, name core.Job, run func(context.Context, core.Actor) (int, error)) func(context.Context) error {
	actor := core.System(name, core.DoorCron)
	return func(ctx context.Context) error {
		if _, err := run(ctx, actor); err != nil {
			return err
		}
		return svc.RecordRun(ctx, actor)
	}
}

const (
	watchEvery = 15 * time.Second
	// overdueBy is how late a job may be before the watchdog starts it.
	overdueBy = 90 * time.Second
)

var errPanicked = errors.New("panicked")

// startCron runs the table until stop is called; stop waits for running jobs
// as long as its context allows.
func startCron(ctx context.Context, table []job, clock core.Clock, log *slog.Logger, m *metrics) (stop func(context.Context), err error) {
	logger := cronLog{log}
	// SkipIfStillRunning must be the outer one: inside Recover it would keep its
	// token after a panic, and the job would never run again.
	c := cron.New(cron.WithLocation(time.UTC), cron.WithLogger(logger),
		cron.WithChain(cron.SkipIfStillRunning(logger), cron.Recover(logger)))
	ctx, cancel := context.WithCancel(ctx)
	var watched []*watch
	for _, j := range table {
		schedule, err := parseSchedule(j.schedule)
		if err != nil {
			cancel()
			return nil, fmt.Errorf("schedule of %s %w", j.name, err)
		}
		w := &watch{name: j.name, schedule: schedule, clock: clock, metrics: m}
		m.watchJob(j.name)
		w.restart()
		id := c.Schedule(schedule, cron.FuncJob(func() {
			w.restart()
			// A panic counts as failed; Recover logs it.
			err, begun := errPanicked, clock.Now()
			defer func() { m.jobEnded(j.name, clock.Now().Sub(begun), err) }()
			if err = j.run(ctx); err != nil && ctx.Err() == nil {
				log.Error("job failed", "job", j.name, "error", err)
			}
		}))
		w.wrapped = c.Entry(id).WrappedJob
		watched = append(watched, w)
	}
	c.Start()
	watchdogDone := make(chan struct{})
	go func() {
		defer close(watchdogDone)
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				for _, w := range watched {
					w.tick(log)
				}
			}
		}
	}()
	return func(limit context.Context) {
		running := c.Stop()
		select {
		case <-running.Done():
		case <-limit.Done():
			log.Warn("a job was still running at the stop and was cancelled")
		}
		cancel()
		<-watchdogDone
	}, nil
}

// watch notices that a job's next slot is overdue by the monotonic clock. The
// timers of robfig/cron follow the wall clock: after it jumped ahead and back,
// they would wait until it has caught up.
type watch struct {
	name     string
	schedule cron.Schedule
	clock    core.Clock
	wrapped  cron.Job
	metrics  *metrics
	left     atomic.Int64 // nanoseconds until the job counts as overdue
}

// restart is called when a run begins.
func (w *watch) restart() {
	now := w.clock.Now()
	w.left.Store(int64(w.schedule.Next(now).Sub(now) + overdueBy))
}

// tick tells the watch that watchEvery has passed.
func (w *watch) tick(log *slog.Logger) {
	if w.left.Add(-int64(watchEvery)) > 0 {
		return
	}
	w.restart()
	w.metrics.overdue.WithLabelValues(w.name).Inc()
	log.Warn("job was overdue and is started by the watchdog", "job", w.name)
	go w.wrapped.Run()
}

// cronLog writes what robfig/cron has to say: its plans are for debugging.
type cronLog struct{ log *slog.Logger }

func (l cronLog) Info(msg string, keysAndValues ...any) {
	l.log.Debug("cron: "+msg, keysAndValues...)
}

func (l cronLog) Error(err error, msg string, keysAndValues ...any) {
	l.log.Error("cron: "+msg, append(keysAndValues, "error", err)...)
}
