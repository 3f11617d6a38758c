package panel

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// lastActivity is when the member was last seen.
func (h *house) lastActivity(key string) time.Time {
	h.t.Helper()
	acc, err := h.Account(h.t.Context(), h.Actor("olivia"), h.Who(key).ID)
	if err != nil {
		h.t.Fatalf("account of %s: %v", key, err)
	}
	return acc.LastActivity
}

// live is a request an open page makes by itself.
func (h *house) refresh(path, source, token string) int {
	h.t.Helper()
	return h.do(http.MethodGet, path, call{as: token, htmx: true, header: map[string]string{"HX-Source": source}}).Code
}

// TestOpenPageIsNoActivity: what a page asks by itself neither keeps the session alive nor counts as a sign of life;
// what a person does, does.
func TestOpenPageIsNoActivity(t *testing.T) {
	h := newHouse(t)
	token := h.in("dana")
	if w := h.get("/w/acme/", token); w.Code != http.StatusOK {
		t.Fatalf("my time = %d", w.Code)
	}
	seen := h.lastActivity("dana")
	for i := range 5 {
		h.Clock.Advance(2 * time.Minute)
		if code := h.refresh("/w/acme/", "div#time-live", token); code != http.StatusOK {
			t.Fatalf("refresh %d = %d", i, code)
		}
		if now := h.lastActivity("dana"); !now.Equal(seen) {
			t.Fatalf("a refresh moved the last activity from %s to %s", seen, now)
		}
	}
	// The same address, asked by the person: a button's source, or none at all.
	if code := h.refresh("/w/acme/", "a#next-week", token); code != http.StatusOK {
		t.Fatalf("person's request = %d", code)
	}
	if now := h.lastActivity("dana"); !now.After(seen) {
		t.Error("a person's own request did not count as activity")
	}
	// A form is a person's act whatever its source is called.
	seen = h.lastActivity("dana")
	h.Clock.Advance(2 * time.Minute)
	h.do(http.MethodPost, "/w/acme/timer/start", call{as: token, htmx: true, form: map[string][]string{}, header: map[string]string{"HX-Source": "form#x-live"}})
	if now := h.lastActivity("dana"); !now.After(seen) {
		t.Error("starting a timer did not count as activity")
	}
}

// TestOpenPageKeepsNoSessionAlive: half an hour without the person ends it, however often the page refreshes and
// however long its stream is open.
func TestOpenPageKeepsNoSessionAlive(t *testing.T) {
	h := newHouse(t)
	srv := h.serverFor()
	token := h.in("dana")
	l := h.listen(srv, "/live?w=acme", token)
	l.until("timer-changed")
	for range 5 {
		h.Clock.Advance(5 * time.Minute)
		h.refresh("/w/acme/", "div#time-live", token)
		h.Announce(core.Event{Kind: core.EventSettings, WorkspaceID: h.Workspace.ID}) // the stream looks at the rights
		l2 := h.listen(srv, "/w/acme/live", token)                                    // and another one begins
		l2.until("timer-changed")
		l2.cancel()
	}
	h.Clock.Advance(6 * time.Minute)
	if code := h.refresh("/w/acme/", "div#time-live", token); code != http.StatusUnauthorized {
		t.Errorf("refresh after 31 minutes = %d, want 401", code)
	}
	h.Announce(core.Event{Kind: core.EventSettings, WorkspaceID: h.Workspace.ID})
	if said := l.ends(); !strings.Contains(said, "event: gone") {
		t.Errorf("the stream ended with %q", said)
	}
}
