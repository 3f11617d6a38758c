package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

// metrics counts what the process does, for Prometheus. docs/metrics.md lists
// all of it, which a test holds. Labels have few values and say nothing of people.
type metrics struct {
	registry *prometheus.Registry
	clock    core.Clock

	requests  *prometheus.CounterVec   // by method, route and status
	duration  *prometheus.HistogramVec // by method and route
	chat      *prometheus.HistogramVec // by platform and kind
	jobs      *prometheus.CounterVec   // by job and result
	jobTook   *prometheus.HistogramVec // by job
	succeeded *prometheus.GaugeVec     // by job
	overdue   *prometheus.CounterVec   // by job: started by the watchdog
	opened    prometheus.Counter       // flags
	batch     prometheus.Histogram     // acts in a commit
	commit    prometheus.Histogram     // time of a commit
	storeErrs *prometheus.CounterVec   // by operation and kind
}

// Buckets: a request should take milliseconds, a chat platform waits three
// seconds, and a commit waits for a disk.
var (
	requestBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	chatBuckets    = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 3, 5, 10}
	jobBuckets     = []float64{.01, .05, .1, .5, 1, 5, 10, 30, 60, 300}
	commitBuckets  = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5}
	batchBuckets   = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256}
)

func newMetrics() *metrics {
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histograms := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		clock:    core.SystemClock{},
		requests: counters("clockwarden_http_requests_total", "Requests answered, by route.", "method", "route", "status"),
		duration: histograms("clockwarden_http_request_duration_seconds",
			"Time from a request's first byte to the end of its answer, by route; live streams are left out.", requestBuckets, "method", "route"),
		chat: histograms("clockwarden_chat_answer_duration_seconds",
			"Time from a chat request to its answer, before the answer travels to the platform.", chatBuckets, "platform", "kind"),
		jobs:    counters("clockwarden_job_runs_total", "Runs of scheduled jobs by result: done or failed.", "job", "result"),
		jobTook: histograms("clockwarden_job_duration_seconds", "How long the runs of scheduled jobs took.", jobBuckets, "job"),
		succeeded: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "clockwarden_job_last_success_timestamp_seconds", Help: "When a scheduled job last ended well; at first the start of the process.",
		}, []string{"job"}),
		overdue: counters("clockwarden_job_overdue_total", "Runs that the watchdog had to start because the schedule did not.", "job"),
		opened:  prometheus.NewCounter(prometheus.CounterOpts{Name: "clockwarden_flags_opened_total", Help: "Timers that this process found forgotten."}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "clockwarden_store_batch_acts", Help: "Acts that shared a commit; on PostgreSQL always 1.", Buckets: batchBuckets,
		}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "clockwarden_store_commit_duration_seconds", Help: "Time of a durable commit.", Buckets: commitBuckets,
		}),
		storeErrs: counters("clockwarden_store_errors_total",
			"Failures of the database: unavailable (disk full, connection lost, locked) or other.", "operation", "kind"),
	}
	for _, operation := range []string{"read", "write"} {
		m.storeErrs.WithLabelValues(operation, "unavailable")
		m.storeErrs.WithLabelValues(operation, "other")
	}
	v := buildVersion()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "clockwarden_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": v.Version, "commit": v.Commit, "go": v.Go},
	})
	build.Set(1)
	m.registry.MustRegister(build, m.requests, m.duration, m.chat, m.jobs, m.jobTook, m.succeeded, m.overdue, m.opened,
		m.batch, m.commit, m.storeErrs,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watchJob makes a job visible from the first scrape on. Its last success
// begins with the start, so that an alert on its age also finds a job that
// never succeeded.
func (m *metrics) watchJob(name string) {
	m.jobs.WithLabelValues(name, "done")
	m.jobs.WithLabelValues(name, "failed")
	m.jobTook.WithLabelValues(name)
	m.overdue.WithLabelValues(name)
	m.succeeded.WithLabelValues(name).Set(seconds(m.clock.Now()))
}

func (m *metrics) jobEnded(name string, took time.Duration, err error) {
	m.jobTook.WithLabelValues(name).Observe(took.Seconds())
	if err != nil {
		m.jobs.WithLabelValues(name, "failed").Inc()
		return
	}
	m.jobs.WithLabelValues(name, "done").Inc()
	m.succeeded.WithLabelValues(name).Set(seconds(m.clock.Now()))
}

// flagsOpened is told after each sweep how many timers it found.
func (m *metrics) flagsOpened(n int) { m.opened.Add(float64(n)) }

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// watchPlatform makes a chat platform visible from the first scrape on.
func (m *metrics) watchPlatform(name string) {
	for _, kind := range conversation.Kinds() {
		m.chat.WithLabelValues(name, string(kind))
	}
}

// answered is told of every answer in a chat.
func (m *metrics) answered(platform string, kind conversation.Kind, took time.Duration) {
	m.chat.WithLabelValues(platform, string(kind)).Observe(took.Seconds())
}

// Committed implements store.Observer.
func (m *metrics) Committed(acts int, took time.Duration) {
	m.batch.Observe(float64(acts))
	m.commit.Observe(took.Seconds())
}

// Failed implements store.Observer.
func (m *metrics) Failed(operation string, unavailable bool) {
	kind := "other"
	if unavailable {
		kind = "unavailable"
	}
	m.storeErrs.WithLabelValues(operation, kind).Inc()
}

// watchLive shows how many pages listen to live updates.
func (m *metrics) watchLive(count func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "clockwarden_live_clients", Help: "Pages that listen to live updates.",
	}, func() float64 { return float64(count()) }))
}

// scraped answers /metrics. A figure that can't be had is left out and its cause is in the log: the others are needed
// most when something fails, and whoever scrapes is not told of faults inside.
func (m *metrics) scraped(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	})
}

// serve answers /metrics on a listener of its own until ctx ends.
func (m *metrics) serve(ctx context.Context, ln net.Listener, log *slog.Logger) error {
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", m.scraped(log))
	server := newServer(routes, log)
	stopped := context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(limit) != nil {
			_ = server.Close()
		}
	})
	defer stopped()
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the metrics: %w", err)
	}
	return nil
}
