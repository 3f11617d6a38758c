package panel

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/tools/browsertest"
)

func TestMain(m *testing.M) { os.Exit(browsertest.Main(m)) }

// house is a panel on a real service.
type house struct {
	*coretest.House
	t       testing.TB
	panel   *Panel
	handler http.Handler
	log     *logged
	base    string
}

// logged keeps what the panel logs.
type logged struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newHouse(t testing.TB) *house { return newHouseAt(t, "http://localhost:8080") }

func newHouseAt(t testing.TB, base string, proxies ...netip.Prefix) *house {
	t.Helper()
	h := &house{House: coretest.New(t), t: t, log: &logged{}, base: base}
	catalog, err := locale.New()
	if err != nil {
		t.Fatalf("catalog: %v", err)
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("base: %v", err)
	}
	h.panel, err = New(Options{
		Service: h.Service, Catalog: catalog, BaseURL: u, TrustedProxies: proxies, Version: "test",
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatalf("panel: %v", err)
	}
	h.handler = h.panel.Handler()
	return h
}

// call is a request of a test.
type call struct {
	as     string // token of a session
	form   url.Values
	header map[string]string
	host   string
	htmx   bool
	target string // HX-Target
}

func (h *house) do(method, path string, c call) *httptest.ResponseRecorder {
	h.t.Helper()
	var body string
	if c.form != nil {
		body = c.form.Encode()
	}
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "localhost:8080"
	if c.host != "" {
		r.Host = c.host
	}
	if method != http.MethodGet && method != http.MethodHead {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c.as != "" {
		r.AddCookie(&http.Cookie{Name: h.panel.cookieName(), Value: c.as})
	}
	if c.htmx {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Request-Type", "partial")
	}
	if c.target != "" {
		r.Header.Set("HX-Target", c.target)
	}
	for k, v := range c.header {
		if v == "" {
			r.Header.Del(k)
			continue
		}
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

func (h *house) get(path, as string) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.do(http.MethodGet, path, call{as: as})
}

func (h *house) post(path, as string, form url.Values) *httptest.ResponseRecorder {
	h.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return h.do(http.MethodPost, path, call{as: as, form: form})
}

// in signs somebody in on the main address.
func (h *house) in(key string) string {
	h.t.Helper()
	token, _ := h.SignIn(key)
	return token
}

func (h *house) member(key string) string { return string(h.Who(key).ID) }

// mustHave fails when the text lacks one of the parts.
func mustHave(t testing.TB, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q:\n%s", what, part, clipped(text))
		}
	}
}

func mustLack(t testing.TB, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%s holds %q:\n%s", what, part, clipped(text))
		}
	}
}

func clipped(text string) string {
	if i := strings.Index(text, "<main"); i >= 0 {
		text = text[i:]
	}
	if len(text) > 2500 {
		text = text[:2500] + "…"
	}
	return text
}

// populate gives the workspace running and flagged timers, keys and history.
func (h *house) populate() {
	h.t.Helper()
	h.MustStart("dana", "Quarterly report", coretest.Start.Add(-9*time.Hour))
	h.MustStart("dirk", "", coretest.Start.Add(-25*time.Minute))
	h.MustStart("mona", "Review of the onboarding checklist for the new branch", coretest.Start.Add(-2*time.Hour))
	h.MustKey("dana")
	h.MustKey("dana")
	h.MustKey("adam")
	if _, err := h.FlagForgottenTimers(h.t.Context(), coretest.Cron()); err != nil {
		h.t.Fatalf("flag: %v", err)
	}
}

// speak sets a person's language and zone.
func (h *house) speak(key, language, zone string) {
	h.t.Helper()
	m := h.Who(key)
	if _, err := h.UpdateMember(h.t.Context(), coretest.Operator(h.Workspace.ID), m.ID, core.MemberUpdate{Language: &language, TimeZone: &zone}); err != nil {
		h.t.Fatalf("language of %s: %v", key, err)
	}
}
