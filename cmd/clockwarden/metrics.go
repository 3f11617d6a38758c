package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/clockwarden/clockwarden/core"
)

// metrics counts what the process does, for Prometheus.
type metrics struct {
	registry *prometheus.Registry
	jobs     *prometheus.CounterVec // by job and result
	overdue  *prometheus.CounterVec // by job: started by the watchdog
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "clockwarden_job_runs_total", Help: "Runs of scheduled jobs by result: done or failed.",
		}, []string{"job", "result"}),
		overdue: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "clockwarden_job_overdue_total", Help: "Runs that the watchdog had to start because the schedule did not.",
		}, []string{"job"}),
	}
	v := buildVersion()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "clockwarden_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": v.Version, "commit": v.Commit, "go": v.Go},
	})
	build.Set(1)
	m.registry.MustRegister(m.jobs, m.overdue, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watchDeliveries shows how many messages were given up, read at each scrape; NaN when that fails.
func (m *metrics) watchDeliveries(svc *core.Service) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "clockwarden_deliveries_dead", Help: "Chat messages that could not be delivered and were given up.",
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, all, err := svc.DeadDeliveries(ctx, core.System(core.JobDelivery, core.DoorCron), 1)
		if err != nil {
			return math.NaN()
		}
		return float64(all)
	}))
}

// watchJob makes a job and its overdue starts visible from the first scrape on.
func (m *metrics) watchJob(name string) {
	m.jobs.WithLabelValues(name, "done")
	m.jobs.WithLabelValues(name, "failed")
	m.overdue.WithLabelValues(name)
}

func (m *metrics) jobEnded(name string, err error) {
	result := "done"
	if err != nil {
		result = "failed"
	}
	m.jobs.WithLabelValues(name, result).Inc()
}

// serve answers /metrics on a listener of its own until ctx ends.
func (m *metrics) serve(ctx context.Context, ln net.Listener, log *slog.Logger) error {
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
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
