package panel

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// listener is a page that listens.
type listener struct {
	t      testing.TB
	lines  chan string
	cancel context.CancelFunc
	status int
	header http.Header
}

func (h *house) listen(srv, path, token string) *listener {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.t.Context())
	h.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: h.panel.cookieName(), Value: token})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r) //nolint:bodyclose // the reader below closes it
	if err != nil {
		cancel()
		h.t.Fatal(err)
	}
	l := &listener{t: h.t, lines: make(chan string, 1000), cancel: cancel, status: resp.StatusCode, header: resp.Header}
	go func() {
		defer close(l.lines)
		defer resp.Body.Close()
		for s := bufio.NewScanner(resp.Body); s.Scan(); {
			l.lines <- s.Text()
		}
	}()
	return l
}

// until reads on until a line holds the text, and tells how long that took.
func (l *listener) until(text string) (took time.Duration) {
	l.t.Helper()
	begin := time.Now()
	limit := time.After(5 * time.Second)
	var seen []string
	for {
		select {
		case line, open := <-l.lines:
			if !open {
				l.t.Fatalf("the stream ended before %q; it said %q", text, seen)
			}
			seen = append(seen, line)
			if strings.Contains(line, text) {
				return time.Since(begin)
			}
		case <-limit:
			l.t.Fatalf("no %q in five seconds; it said %q", text, seen)
		}
	}
}

// ends reads on until the stream ends, and returns what it still said.
func (l *listener) ends() string {
	l.t.Helper()
	var b strings.Builder
	limit := time.After(5 * time.Second)
	for {
		select {
		case line, open := <-l.lines:
			if !open {
				return b.String()
			}
			b.WriteString(line + "\n")
		case <-limit:
			l.t.Fatalf("the stream did not end in five seconds; it said %q", b.String())
		}
	}
}

// quiet fails when something that holds the text comes within a while.
func (l *listener) quiet(text string) {
	l.t.Helper()
	limit := time.After(400 * time.Millisecond)
	for {
		select {
		case line, open := <-l.lines:
			if open && strings.Contains(line, text) {
				l.t.Errorf("it said %q", line)
			}
			if !open {
				return
			}
		case <-limit:
			return
		}
	}
}

func (h *house) serverFor() string {
	h.t.Helper()
	srv := httptest.NewServer(h.handler)
	h.t.Cleanup(func() {
		h.panel.Close()
		srv.Close()
	})
	return srv.URL
}

func TestLiveTellsStateFirstAndChanges(t *testing.T) {
	h := newHouse(t)
	e := h.MustStart("dana", "first", coretest.Start.Add(-time.Hour))
	srv := h.serverFor()
	for _, path := range []string{"/live?w=acme", "/live", "/w/acme/live"} {
		l := h.listen(srv, path, h.in("dana"))
		if l.status != 200 || !strings.HasPrefix(l.header.Get("Content-Type"), "text/event-stream") || l.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s = %d %v", path, l.status, l.header)
		}
		l.until("event: timer-changed")
		l.until(string(e.ID)) // the state comes first
		l.cancel()
	}
	dana := h.listen(srv, "/live?w=acme", h.in("dana"))
	olivia := h.listen(srv, "/live?w=acme", h.in("olivia"))
	dirk := h.listen(srv, "/live?w=acme", h.in("dirk"))
	dana.until(string(e.ID))
	olivia.until("accounts-changed")
	dirk.until(`{"timer":null}`)
	if _, err := h.StopTimer(t.Context(), h.Actor("otto"), core.StopTimer{EntryID: e.ID}); err != nil {
		t.Fatal(err)
	}
	for who, took := range map[string]time.Duration{"dana": dana.until(`{"timer":null}`), "olivia": olivia.until("accounts-changed")} {
		if took > time.Second {
			t.Errorf("%s heard after %s", who, took)
		}
	}
	dirk.quiet("event:") // another member's timer is none of his business
	h.Announce(core.Event{Kind: core.EventAny})
	dirk.until("timer-changed") // another process changed something: look again
}

func TestLiveEndsWithTheRight(t *testing.T) {
	for name, test := range map[string]struct {
		who string
		act func(*house, string)
	}{
		"signed out": {"dana", func(h *house, token string) {
			h.post("/sign-out", token, nil)
			h.Announce(core.Event{Kind: core.EventSession})
		}},
		"deactivated": {"dana", func(h *house, _ string) { h.MustSetStatus("dana", core.StatusInactive) }},
		"demoted":     {"otto", func(h *house, _ string) { h.MustSetRole("otto", core.RoleMember) }},
		"downgraded":  {"otto", func(h *house, _ string) { h.MustSetPlan(core.PlanPro) }},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			srv := h.serverFor()
			token := h.in(test.who)
			l := h.listen(srv, "/live?w=acme", token)
			l.until("timer-changed")
			test.act(h, token)
			begin := time.Now()
			mustHave(t, "stream", l.ends(), "event: gone")
			if took := time.Since(begin); took > time.Second {
				t.Errorf("it ended after %s", took)
			}
		})
	}
}

func TestLiveIsBounded(t *testing.T) {
	h := newHouse(t)
	srv := h.serverFor()
	token := h.in("dana")
	var open []*listener
	for range streamsPerSession {
		l := h.listen(srv, "/live?w=acme", token)
		l.until("timer-changed")
		open = append(open, l)
	}
	if l := h.listen(srv, "/live?w=acme", token); l.status != http.StatusTooManyRequests {
		t.Errorf("one stream too many = %d, want 429", l.status)
	}
	open[0].cancel()
	open[0].ends()
	deadline := time.Now().Add(3 * time.Second)
	for {
		l := h.listen(srv, "/live?w=acme", token)
		if l.status == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a stream that ended still counts")
		}
		time.Sleep(20 * time.Millisecond)
	}
	h.panel.Close()
	open[1].ends()
	for _, stranger := range []string{"", "nonsense"} {
		if l := h.listen(srv, "/live?w=acme", stranger); l.status != http.StatusSeeOther {
			t.Errorf("a stranger's stream = %d", l.status)
		}
	}
	if l := h.listen(srv, "/live?w=elsewhere", h.in("dana")); l.status != http.StatusNotFound {
		t.Errorf("another workspace's stream = %d", l.status)
	}
}

// TestLiveLeavesNothingBehind: fifty pages come, a storm of events passes, all leave.
func TestLiveLeavesNothingBehind(t *testing.T) {
	h := newHouse(t)
	before := goleak.IgnoreCurrent()
	srv := httptest.NewServer(h.handler)
	var open []*listener
	for _, key := range []string{"olivia", "otto", "adam", "mona", "dana", "dirk", "olivia", "otto", "dana", "dirk"} {
		token := h.in(key)
		for range streamsPerSession {
			l := h.listen(srv.URL, "/live?w=acme", token)
			l.until("timer-changed")
			open = append(open, l)
		}
	}
	for range 2000 {
		h.Announce(core.Event{Kind: core.EventTimer, WorkspaceID: h.Workspace.ID, MemberID: h.Who("dana").ID})
		h.Announce(core.Event{Kind: core.EventTimer, WorkspaceID: "elsewhere", MemberID: h.Who("dana").ID})
	}
	h.panel.Close()
	for _, l := range open {
		l.ends()
		l.cancel()
	}
	srv.Close()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections() //nolint:forcetypeassert // the standard library's own
	h.panel.streams.mu.Lock()
	left := len(h.panel.streams.sessions) + len(h.panel.streams.workspaces)
	h.panel.streams.mu.Unlock()
	if left != 0 {
		t.Errorf("%d streams are still counted", left)
	}
	goleak.VerifyNone(t, before)
}
