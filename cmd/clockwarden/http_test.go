package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// moody is a store that is ready or not as the test wants.
type moody struct {
	core.Store
	err error
}

func (m *moody) Ready(ctx context.Context) error {
	if m.err != nil {
		return m.err
	}
	return ctx.Err()
}

// /readyz tells strangers that the database fails and nothing of it; the log has the cause once for each time.
func TestReadyTellsStrangersNothingOfTheDatabase(t *testing.T) {
	st := &moody{}
	svc, err := core.New(core.Options{Store: st, Clock: coretest.NewClock()})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	h := &health{svc: svc, log: slog.New(slog.NewTextHandler(&log, nil))}
	ask := func(ctx context.Context) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/readyz", nil))
		return w.Code, w.Body.String()
	}
	expect := func(code int, body string, causes, recoveries int) {
		t.Helper()
		for range 3 {
			if c, b := ask(t.Context()); c != code || b != body {
				t.Errorf("/readyz = %d %q, want %d %q", c, b, code, body)
			}
		}
		if c, r := strings.Count(log.String(), "not ready"), strings.Count(log.String(), "ready again"); c != causes || r != recoveries {
			t.Errorf("the log has the cause %d times and the end %d times, want %d and %d:\n%s", c, r, causes, recoveries, log.String())
		}
	}
	const told = "the database cannot be used; the log of the server says why\n"
	expect(200, "ok\n", 0, 0)
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	if code, body := ask(gone); code != 503 || body != told || log.Len() > 0 {
		t.Errorf("who hung up got %d %q, and the log says %q", code, body, log.String())
	}
	st.err = errors.New("failed to connect to `user=clockwarden database=time`: 10.0.0.7:5432 (db.internal): connection refused")
	expect(503, told, 1, 0)
	if !strings.Contains(log.String(), "db.internal") {
		t.Errorf("the log does not say why: %s", log.String())
	}
	st.err = nil
	expect(200, "ok\n", 1, 1)
	st.err = errors.New("disk I/O error")
	expect(503, told, 2, 1)
}

func TestPublicAddress(t *testing.T) {
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711}
	for _, c := range []struct {
		base, listen string
		realPort     bool
		want         string
	}{
		{"http://localhost:8080", "127.0.0.1:8080", false, "http://localhost:8080"},
		{"http://localhost:8080", "127.0.0.1:0", false, "http://localhost:4711"},
		{"http://localhost:8080", "127.0.0.1:4711", true, "http://localhost:4711"},
		{"http://localhost", "127.0.0.1:4711", true, "http://localhost:4711"},
		{"https://time.example.com", "127.0.0.1:4711", false, "https://time.example.com"},
		{"http://[::1]:1", "[::1]:0", false, "http://[::1]:4711"},
	} {
		cfg := Default()
		cfg.BaseURL, cfg.Listen = c.base, c.listen
		got, err := publicAddress(cfg, addr, c.realPort)
		if err != nil || got.String() != c.want {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for want, environs := range map[string][][]string{
		"en": {nil, {"LANG=C.UTF-8"}, {"LANG=C"}, {"LANG=POSIX"}, {"LANG=fr_FR.UTF-8"}, {"LANG=de_DE.UTF-8", "LC_ALL=en_US.UTF-8"}, {"LANG=en_US", "LC_ALL="}},
		"de": {{"LANG=de_DE.UTF-8"}, {"LANG=de_AT@euro"}, {"LANG=de"}, {"LC_MESSAGES=de_CH.UTF-8", "LANG=en_US"}, {"LC_ALL=de_DE", "LC_MESSAGES=en_US"}},
	} {
		for _, environ := range environs {
			if got := languageOf(environ); got != want {
				t.Errorf("%v: %s, want %s", environ, got, want)
			}
		}
	}
}
