package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

const (
	// backlogFor is how long the figures of the database are shown before they are read again.
	backlogFor = 15 * time.Second
	// backlogWithin is how long a scrape waits for them.
	backlogWithin = 2 * time.Second
)

// backlogCollector shows what waits in the database. It reads at a scrape, at
// most every backlogFor, however many servers scrape. Figures that could not be
// read are left out: an old figure would look like a present one.
type backlogCollector struct {
	read      func(ctx context.Context, platforms []string) (store.Backlog, error)
	clock     core.Clock
	log       *slog.Logger
	platforms []string

	mu     sync.Mutex
	at     time.Time
	last   store.Backlog
	ok     bool
	failed prometheus.Counter

	pending, oldest, dead, flags *prometheus.Desc
}

// watchBacklog registers the figures of the database. ctx ends with the program.
func (m *metrics) watchBacklog(read func(context.Context, []string) (store.Backlog, error), platforms []string, log *slog.Logger) {
	m.registry.MustRegister(&backlogCollector{
		read: read, clock: m.clock, log: log, platforms: platforms,
		failed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "clockwarden_backlog_failures_total", Help: "Times the outbox and the flags could not be counted for a scrape.",
		}),
		pending: prometheus.NewDesc("clockwarden_outbox_pending", "Messages that wait for delivery, counted up to 10000.", []string{"platform"}, nil),
		oldest: prometheus.NewDesc("clockwarden_outbox_oldest_age_seconds",
			"How long the oldest message that should be there by now has waited.", []string{"platform"}, nil),
		dead:  prometheus.NewDesc("clockwarden_outbox_dead", "Messages that were given up, counted up to 10000.", []string{"platform"}, nil),
		flags: prometheus.NewDesc("clockwarden_flags", "Flags of forgotten timers by state: open, snoozed or resolved.", []string{"state"}, nil),
	})
}

// Describe implements prometheus.Collector.
func (c *backlogCollector) Describe(out chan<- *prometheus.Desc) {
	c.failed.Describe(out)
	for _, d := range []*prometheus.Desc{c.pending, c.oldest, c.dead, c.flags} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *backlogCollector) Collect(out chan<- prometheus.Metric) {
	backlog, ok := c.figures()
	c.failed.Collect(out)
	if !ok {
		return
	}
	gauge := func(d *prometheus.Desc, value float64, label string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, label)
	}
	now := c.clock.Now()
	for name, w := range backlog.Outbox {
		gauge(c.pending, float64(w.Pending), name)
		gauge(c.dead, float64(w.Dead), name)
		age := 0.0
		if !w.Oldest.IsZero() {
			age = max(0, now.Sub(w.Oldest).Seconds())
		}
		gauge(c.oldest, age, name)
	}
	for _, state := range []core.FlagState{core.FlagOpen, core.FlagSnoozed, core.FlagResolved} {
		gauge(c.flags, float64(backlog.Flags[state]), string(state))
	}
}

func (c *backlogCollector) figures() (store.Backlog, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.clock.Now(); c.at.IsZero() || now.Sub(c.at) >= backlogFor || now.Before(c.at) {
		ctx, cancel := context.WithTimeout(context.Background(), backlogWithin)
		defer cancel()
		var err error
		c.last, err = c.read(ctx, c.platforms)
		c.at, c.ok = now, err == nil
		if err != nil {
			c.failed.Inc()
			c.log.Warn("outbox and flags can't be counted for the metrics", "error", err.Error())
		}
	}
	return c.last, c.ok
}
