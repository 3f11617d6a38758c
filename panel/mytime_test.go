package panel

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestWeeks(t *testing.T) {
	for text, want := range map[string]string{
		"2026-W47": "2026-11-16", "2026-W53": "2026-12-28", "2027-W01": "2027-01-04", "2020-W53": "2020-12-28", "2026-W01": "2025-12-29",
	} {
		monday, ok := mondayOf(text, berlin)
		if got := monday.Format(time.DateOnly); !ok || got != want || monday.Hour() != 0 {
			t.Errorf("%s begins %s (%v), want %s", text, got, ok, want)
		}
	}
	for _, bad := range []string{"2026-W00", "2026-W54", "2027-W53", "2026-47", "2026-W7", "W47", "2026-W47 ", "-026-W47", "0001-W01", "<script>"} {
		if got := weekOf(bad); got != "" {
			t.Errorf("%q counts as a week: %q", bad, got)
		}
	}
}

// TestEmptyWeek: who has entries, but none this week, is not told to have none at all, and is led to last week.
func TestEmptyWeek(t *testing.T) {
	h := newHouse(t)
	h.speak("dana", "en", "Europe/Berlin")
	token := h.in("dana")
	body := h.get("/w/acme/", token).Body.String()
	mustHave(t, "nobody's week", body, "No entries yet")
	mustLack(t, "nobody's week", body, "week-last", "in this week")
	h.finished("dana", "sunday evening", 11*time.Hour, 30*time.Minute)
	h.finished("dirk", "somebody else's", 2*time.Hour, 30*time.Minute)
	body = h.get("/w/acme/", token).Body.String()
	mustHave(t, "a Monday", body, "No entries in this week", `id="week-last" href="/w/acme/?week=2026-W47"`, ">Last week</a>")
	mustLack(t, "a Monday", body, "No entries yet")
	mustLack(t, "an older week", h.get("/w/acme/?week=2026-W40", token).Body.String(), "week-last")
	h.finished("dana", "today", 2*time.Hour, 30*time.Minute)
	mustLack(t, "with an entry", h.get("/w/acme/", token).Body.String(), "week-last", "No entries")
}

// TestAddedElsewhere: the result of adding an entry leads to its week, where another one is shown.
func TestAddedElsewhere(t *testing.T) {
	h := newHouse(t)
	h.speak("dana", "en", "Europe/Berlin")
	token := h.in("dana")
	for _, test := range []struct{ day, view, show string }{
		{"2026-11-23", "", ""}, {"2026-11-18", "", "/w/acme/?week=2026-W47"}, {"2026-11-17", "2026-W47", ""}, {"2026-11-23", "2026-W47", "/w/acme/"},
	} {
		hour := map[string]string{"": "06", "2026-W47": "08"}[test.view]
		form := url.Values{"from": {"my-time"}, "view": {test.view}, "start": {test.day + "T" + hour + ":00"}, "end": {test.day + "T" + hour + ":30"}}
		w := h.do(http.MethodPost, "/w/acme/entries/new", call{as: token, form: form, htmx: true})
		if w.Code != 200 {
			t.Fatalf("%+v = %d\n%s", test, w.Code, clipped(w.Body.String()))
		}
		mustHave(t, test.day, w.Body.String(), "Entry added")
		if test.show == "" {
			mustLack(t, test.day+" in "+test.view, w.Body.String(), "Show entry")
		} else {
			mustHave(t, test.day+" in "+test.view, w.Body.String(), `<a class="link-btn" href="`+test.show+`">Show entry</a>`)
		}
	}
}

// TestMyWeek: the entries of the week the address names, by day, with totals, and the way to the weeks around it.
func TestMyWeek(t *testing.T) {
	h := newHouse(t)
	h.speak("dana", "en", "Europe/Berlin")
	h.finished("dana", "this week", 2*time.Hour, 45*time.Minute)        // Monday 08:00
	h.finished("dana", "sunday evening", 11*time.Hour, 30*time.Minute)  // Sunday 23:00
	h.finished("dana", "saturday", 47*time.Hour, 105*time.Minute)       // Saturday 11:00
	h.finished("dana", "long ago", 15*24*time.Hour, time.Hour)          // two weeks before
	h.finished("dana", "over the change", 30*24*time.Hour, 2*time.Hour) // Saturday 24 October, summer time
	h.finished("dirk", "somebody else's", 3*time.Hour, 20*time.Minute)  // not Dana's
	token := h.in("dana")
	now := h.get("/w/acme/", token).Body.String()
	mustHave(t, "present week", now, "This week", "23 Nov 2026 – 29 Nov 2026", "this week", "Today, 23 Nov 2026", "0.75 h", `href="/w/acme/?week=2026-W47"`)
	mustLack(t, "present week", now, "sunday evening", "somebody else", "week-next", "week-present")
	last := h.get("/w/acme/?week=2026-W47", token).Body.String()
	mustHave(t, "last week", last, "Last week", "Yesterday, 22 Nov 2026", "sunday evening", "Saturday, 21 Nov 2026", "saturday",
		"0.50 h", "1.75 h", `id="week-total">2.25 h`, `id="week-next" rel="next" href="/w/acme/"`, `href="/w/acme/?week=2026-W46"`,
		`hx-get="/w/acme/?week=2026-W47" hx-trigger="timer-changed`)
	mustLack(t, "last week", last, "this week</span>", "long ago")
	mustHave(t, "an older week", h.get("/w/acme/?week=2026-W44", token).Body.String(), "Week 44", `href="/w/acme/?week=2026-W45"`, "No entries in this week", "week-present")
	mustHave(t, "the week of the change", h.get("/w/acme/?week=2026-W43", token).Body.String(), "over the change", "2.00 h")
	bad := h.get("/w/acme/?week=2026-W99", token)
	if bad.Code != 422 {
		t.Errorf("a week that is none = %d, want 422", bad.Code)
	}
	mustHave(t, "a week that is none", bad.Body.String(), "2026-W47")
	h.speak("dana", "de", "Europe/Berlin")
	mustHave(t, "in German", h.get("/w/acme/?week=2026-W47", token).Body.String(), "Letzte Woche", "16.11.2026 – 22.11.2026", "2,25 Std.", "Samstag, 21.11.2026")
	// A fragment is the region alone.
	code, _, part := h.part(http.MethodGet, "/w/acme/?week=2026-W47", token, nil)
	if code != 200 || !strings.HasPrefix(part, `<div id="time"`) {
		t.Errorf("fragment %d: %s", code, clipped(part))
	}
}

// TestStartWithEverything: project, tags, billable; and what comes back when it cannot be started.
func TestStartWithEverything(t *testing.T) {
	h := newHouse(t)
	token := h.in("dana")
	mustLack(t, "without projects", h.get("/w/acme/", token).Body.String(), `name="project"`, `name="tag"`)
	p, tag, other := h.project("Rebranding"), h.tag("urgent"), h.tag("inner")
	page := h.get("/w/acme/", token).Body.String()
	mustHave(t, "start form", page, "Rebranding", "urgent", `name="billable"`, "(no project)")
	form := url.Values{"description": {"Logo"}, "project": {string(p.ID)}, "tag": {string(tag.ID), string(other.ID)}, "billable": {"1"}}
	if w := h.post("/w/acme/timer/start", token, form); w.Code != 303 || w.Header().Get("Location") != "/w/acme/" {
		t.Fatalf("start = %d %s", w.Code, w.Header().Get("Location"))
	}
	e, err := h.RunningEntry(t.Context(), h.Actor("dana"), "")
	if err != nil || e.ProjectID != p.ID || len(e.TagIDs) != 2 || !e.Billable || e.Description != "Logo" {
		t.Fatalf("running: %+v %v", e, err)
	}
	mustHave(t, "running", h.get("/w/acme/", token).Body.String(), "Logo", "Rebranding", `fill="#d98300"`, "urgent", "inner", "Billable")
	if _, err := h.DeleteEntry(t.Context(), h.Actor("dana"), e.ID); err != nil {
		t.Fatal(err)
	}
	form.Set("description", strings.Repeat("x", 3001))
	code, _, part := h.part(http.MethodPost, "/w/acme/timer/start", token, form)
	if code != 422 {
		t.Errorf("a long description = %d", code)
	}
	mustHave(t, "kept", part, `role="alert"`, `aria-invalid="true"`, `value="`+string(p.ID)+`" selected`, `value="`+string(tag.ID)+`" checked`, `id="billable" name="billable" value="1" checked`)
	form.Set("description", "x")
	form.Set("project", strings.Repeat("0", 24))
	if w := h.post("/w/acme/timer/start", token, form); w.Code != 422 {
		t.Errorf("a project that is none = %d, want 422", w.Code)
	}
	// The week that is looked at stays.
	if w := h.post("/w/acme/timer/start", token, url.Values{"view": {"2026-W46"}}); w.Header().Get("Location") != "/w/acme/?week=2026-W46" {
		t.Errorf("start from another week leads to %s", w.Header().Get("Location"))
	}
}

// TestMarks: each thing that is odd about an entry is said in words.
func TestMarks(t *testing.T) {
	h := newHouse(t)
	require := core.Require{Description: true, Project: true}
	if _, err := h.UpdateWorkspace(t.Context(), coretest.Operator(h.Workspace.ID), core.WorkspaceUpdate{Require: &require}); err != nil {
		t.Fatal(err)
	}
	e := h.MustStart("dana", "forgotten", coretest.Start.Add(-9*time.Hour))
	if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	token := h.in("dana")
	mustHave(t, "flagged", h.get("/w/acme/", token).Body.String(), "flagged", "check whether it was forgotten")
	if _, err := h.StopTimer(t.Context(), h.Actor("olivia"), core.StopTimer{EntryID: e.ID}); err != nil {
		t.Fatal(err)
	}
	page := h.get("/w/acme/", token).Body.String()
	mustHave(t, "stopped", page, "incomplete: the project is missing", "stopped by Olivia Owner, 10:00")
	mustLack(t, "stopped", page, "stopped automatically")
	if _, err := h.UndoStop(t.Context(), h.Actor("dana"), e.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.StopTimer(t.Context(), coretest.Cron().In(h.Workspace.ID), core.StopTimer{EntryID: e.ID}); err != nil {
		t.Fatal(err)
	}
	mustHave(t, "stopped by the job", h.get("/w/acme/", token).Body.String(), "stopped automatically")
	if _, err := h.StopTimer(t.Context(), h.Actor("dana"), core.StopTimer{EntryID: h.MustStart("dana", "", h.Clock.Now()).ID}); err != nil {
		t.Fatal(err)
	}
	page = h.get("/w/acme/", token).Body.String()
	mustHave(t, "own stop", page, "incomplete: the description is missing")
	mustLack(t, "own stop", page, "stopped by Dana")
}

// TestNamesAreText: whatever people call things, it is shown and never obeyed.
func TestNamesAreText(t *testing.T) {
	h := newHouse(t)
	const bad = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	p, tag := h.project("P"+bad), h.tag("T"+bad)
	e, err := h.CreateEntry(t.Context(), h.Actor("dana"), core.NewEntry{
		Description: "D" + bad, ProjectID: p.ID, TagIDs: []core.ID{tag.ID}, Start: coretest.Start.Add(-time.Hour), End: coretest.Start,
	})
	if err != nil {
		t.Fatal(err)
	}
	text := "E" + bad
	if _, err := h.CorrectEntry(t.Context(), h.Actor("olivia"), core.EntryChange{EntryID: e.ID, Description: &text, Reason: "R" + bad}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.CreateAPIKey(t.Context(), h.Actor("dana"), "", "K"+bad); err != nil {
		t.Fatal(err)
	}
	token := h.in("dana")
	notice, key := h.noticeOf("dana"), h.keyOf("dana")
	for _, path := range []string{
		"/", "/entries/new", "/entries/" + string(e.ID) + "/edit", "/api-keys", "/api-keys/" + key + "/deactivate", "/inbox", "/inbox/" + notice + "/dispute",
	} {
		w := h.get("/w/acme"+path, token)
		if w.Code != 200 {
			t.Errorf("%s = %d", path, w.Code)
		}
		mustLack(t, path, w.Body.String(), "<script>alert", "<img src=x")
	}
	mustHave(t, "my time", h.get("/w/acme/", token).Body.String(), "E&#34;&gt;&lt;script&gt;")
}
