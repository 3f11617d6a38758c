package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/mux"

	"github.com/clockwarden/clockwarden/core"
)

// newServer sets the limits against clients that are slow on purpose. The SSE
// stream lifts the write limit for itself.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// doors are the handlers of the one public listener.
type doors struct {
	health, api, slack, discord, panel http.Handler
}

// handler sends each request to its door. Health, chat and API answer on any
// host; the panel checks the host itself.
func (d doors) handler() http.Handler {
	r := mux.NewRouter().SkipClean(true)
	r.Handle("/healthz", routed(d.health))
	r.Handle("/readyz", routed(d.health))
	r.PathPrefix("/api/").Handler(d.api)
	if d.slack != nil {
		r.PathPrefix("/slack/").Handler(patterned(d.slack))
	}
	if d.discord != nil {
		r.PathPrefix("/discord/").Handler(patterned(d.discord))
	}
	r.PathPrefix("/").Handler(d.panel)
	return r
}

// health answers the checks of load balancers and monitoring, and of anybody else: it stands on the public listener.
type health struct {
	svc      *core.Service
	log      *slog.Logger
	stopping atomic.Bool
	unusable atomic.Bool // the database, when it was last asked
}

// stop makes readyz fail, so that no new work is sent here.
func (h *health) stop() { h.stopping.Store(true) }

func (h *health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	reason := ""
	if r.URL.Path == "/readyz" {
		reason = h.notReady(r.Context())
	}
	if reason != "" {
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, reason+"\n")
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}

// notReady is what is told of why no work can be done, "" when it can. Strangers read it, so the cause, which names the
// database, its host and its user, is only in the log: once for each time that the database fails, not once a request.
func (h *health) notReady(ctx context.Context) string {
	if h.stopping.Load() {
		return "stopping"
	}
	asked, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	err := h.svc.Ready(asked)
	switch {
	case err == nil:
		if h.unusable.Swap(false) {
			h.log.Info("ready again")
		}
		return ""
	case ctx.Err() != nil: // whoever asked has gone, which says nothing of the database
	case !h.unusable.Swap(true):
		h.log.Warn("not ready", "error", err.Error())
	}
	return "the database cannot be used; the log of the server says why"
}

// publicAddress is base_url, with the real port where the configuration could
// not know it.
func publicAddress(cfg Config, addr net.Addr, realPort bool) (*url.URL, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, err
	}
	if tcp, ok := addr.(*net.TCPAddr); ok && (realPort || port == "0") {
		base.Host = net.JoinHostPort(base.Hostname(), strconv.Itoa(tcp.Port))
	}
	return base, nil
}

// listen opens a TCP listener; the error names the setting to change.
func listen(ctx context.Context, address, setting string) (net.Listener, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &failure{"cli.listen", map[string]any{"Address": address, "Error": listenCause(err), "Setting": setting}}
	}
	return ln, nil
}

// listenCause says in a few words why an address cannot be listened on.
func listenCause(err error) string {
	var sys *os.SyscallError
	if errors.As(err, &sys) && errors.Is(sys.Err, syscall.EADDRINUSE) {
		return "the address is in use"
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		return oneLine(op.Err.Error(), 200)
	}
	return oneLine(err.Error(), 200)
}

// newLogger writes to standard error in the configured form.
func newLogger(w io.Writer, c LogConfig) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
