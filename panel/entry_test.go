package panel

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// TestAddEntry: by hand, with its mistakes.
func TestAddEntry(t *testing.T) {
	h := newHouse(t)
	h.speak("dana", "en", "Europe/Berlin")
	token := h.in("dana")
	p := h.project("Office")
	page := h.get("/w/acme/entries/new", token).Body.String()
	mustHave(t, "form", page, "Add entry", `value="2026-11-23T09:00"`, `value="2026-11-23T10:00"`, "Office", `max="2026-11-23T10:00"`)
	form := url.Values{
		"from": {"my-time"}, "description": {"Meeting"}, "project": {string(p.ID)}, "billable": {"1"},
		"start": {"2026-11-23T08:15"}, "end": {"2026-11-23T09:00"},
	}
	w := h.post("/w/acme/entries/new", token, form)
	at := w.Header().Get("Location")
	if w.Code != 303 || !strings.HasPrefix(at, "/w/acme/?created=") {
		t.Fatalf("create = %d %s", w.Code, at)
	}
	mustHave(t, "after", h.get(at, token).Body.String(), "Entry added: 08:15, 45 min", "Meeting", "Office", "08:15 – 09:00")
	for what, change := range map[string][2]string{
		"end before start": {"end", "2026-11-23T08:00"}, "end ahead": {"end", "2026-11-23T17:00"}, "no start": {"start", ""}, "nonsense": {"end", "soon"},
	} {
		f := url.Values{}
		for k, v := range form {
			f[k] = v
		}
		f.Set(change[0], change[1])
		f.Set("description", "Kept words")
		for _, htmx := range []bool{false, true} {
			w := h.do(http.MethodPost, "/w/acme/entries/new", call{as: token, form: f, htmx: htmx})
			if w.Code != 422 {
				t.Errorf("%s = %d, want 422", what, w.Code)
			}
			mustHave(t, what, w.Body.String(), `role="alert"`, "Kept words", `aria-invalid="true"`, `value="`+string(p.ID)+`" selected`, change[1])
		}
	}
	// In another week the form proposes a day of that week, and leads back to it.
	old := h.get("/w/acme/entries/new?week=2026-W46", token).Body.String()
	mustHave(t, "another week", old, `value="2026-11-09T09:00"`, `name="view" value="2026-W46"`, `href="/w/acme/?week=2026-W46"`)
}

// TestEditEntry: everything about it; a stale form saves nothing and says what is true.
func TestEditEntry(t *testing.T) {
	h := newHouse(t)
	h.speak("dana", "en", "Europe/Berlin")
	token := h.in("dana")
	p, tag := h.project("Office"), h.tag("urgent")
	e := h.finished("dana", "Meeting", 2*time.Hour, time.Hour)
	at := "/w/acme/entries/" + string(e.ID) + "/edit"
	page := h.get(at, token).Body.String()
	mustHave(t, "form", page, "Edit entry", `value="Meeting"`, `value="2026-11-23T08:00"`, `value="2026-11-23T09:00"`, "Office", "urgent")
	mustLack(t, "one's own", page, `name="reason"`)
	form := url.Values{
		"from": {"my-time"}, "version": {"1"}, "description": {"Long meeting"}, "project": {string(p.ID)}, "tag": {string(tag.ID)}, "billable": {"1"},
		"start": {"2026-11-23T08:00"}, "end": {"2026-11-23T09:30"},
	}
	if w := h.post(at, token, form); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "/w/acme/?corrected=") {
		t.Fatalf("edit = %d %s", w.Code, w.Header().Get("Location"))
	}
	got := h.entry(e.ID)
	if got.Description != "Long meeting" || got.ProjectID != p.ID || len(got.TagIDs) != 1 || !got.Billable || got.End.Sub(got.Start) != 90*time.Minute || got.Version != 2 {
		t.Errorf("after the edit: %+v", got)
	}
	// An owner changes it while Dana's form is open.
	theirs := "Renamed by Olivia"
	if _, err := h.CorrectEntry(t.Context(), h.Actor("olivia"), core.EntryChange{EntryID: e.ID, Description: &theirs}); err != nil {
		t.Fatal(err)
	}
	form.Set("version", "2")
	form.Set("description", "Mine")
	form.Del("billable")
	code, _, part := h.part(http.MethodPost, at, token, form)
	if code != 409 {
		t.Fatalf("stale edit = %d, want 409", code)
	}
	mustHave(t, "stale edit", part, `role="alert"`, "Renamed by Olivia", `value="Mine"`, `name="version" value="3"`)
	if now := h.entry(e.ID); now.Version != 3 || now.Description != theirs {
		t.Errorf("a stale edit changed the entry: %+v", now)
	}
	form.Set("version", "3") // as the form now says
	if code, _, part := h.part(http.MethodPost, at, token, form); code != 200 || !strings.Contains(part, `id="time"`) {
		t.Errorf("saving again = %d", code)
	}
	if now := h.entry(e.ID); now.Description != "Mine" || now.Billable {
		t.Errorf("after saving again: %+v", now)
	}
	// A mistake keeps the version that was looked at.
	form.Set("end", "2026-11-23T07:00")
	form.Set("version", "4")
	code, _, part = h.part(http.MethodPost, at, token, form)
	if code != 422 {
		t.Errorf("end before start = %d", code)
	}
	mustHave(t, "mistake", part, `name="version" value="4"`, "2026-11-23T07:00")
	for _, version := range []string{"", "x", "0"} {
		form.Set("version", version)
		if code, _, _ := h.part(http.MethodPost, at, token, form); code != 422 {
			t.Errorf("version %q = %d, want 422", version, code)
		}
	}
}

// TestEditRunningTimer: description and project of what runs, without stopping it.
func TestEditRunningTimer(t *testing.T) {
	h := newHouse(t)
	token := h.in("dana")
	p := h.project("Office")
	e := h.MustStart("dana", "", h.Clock.Now().Add(-time.Hour))
	at := "/w/acme/entries/" + string(e.ID) + "/edit"
	page := h.get(at, token).Body.String()
	mustHave(t, "form", page, "Edit the running timer", "leave the end empty")
	form := url.Values{"version": {"1"}, "description": {"Now it has a name"}, "project": {string(p.ID)}, "start": fieldOf(page, "start"), "end": {""}}
	if w := h.post(at, token, form); w.Code != 303 {
		t.Fatalf("edit = %d", w.Code)
	}
	if got := h.entry(e.ID); !got.Running() || got.Description != "Now it has a name" || got.ProjectID != p.ID || !got.Start.Equal(e.Start) {
		t.Errorf("after the edit: %+v", got)
	}
	// It was stopped meanwhile: the form comes back with the end it has now.
	if _, err := h.StopTimer(t.Context(), h.Actor("olivia"), core.StopTimer{EntryID: e.ID}); err != nil {
		t.Fatal(err)
	}
	form.Set("version", "2")
	code, _, part := h.part(http.MethodPost, at, token, form)
	if code != 409 {
		t.Errorf("stopped meanwhile = %d, want 409", code)
	}
	mustHave(t, "stopped meanwhile", part, `id="end" name="end" type="datetime-local" required value="2026-11-23T10:00"`)
}

// fieldOf is the value a field of the page has.
func fieldOf(page, name string) []string {
	_, rest, _ := strings.Cut(page, `name="`+name+`"`)
	_, rest, _ = strings.Cut(rest, `value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return []string{value}
}

// TestDeleteAndRestore: with scripts and without, within ten minutes and after.
func TestDeleteAndRestore(t *testing.T) {
	h := newHouse(t)
	token := h.in("dana")
	e := h.finished("dana", "Meeting", 2*time.Hour, time.Hour)
	at := "/w/acme/entries/" + string(e.ID)
	code, _, part := h.part(http.MethodPost, at+"/delete", token, url.Values{"from": {"my-time"}})
	if code != 200 {
		t.Fatalf("delete = %d", code)
	}
	mustHave(t, "deleted", part, "Entry deleted", "Undo", at+"/restore", `id="time"`)
	mustLack(t, "deleted", part, `id="entry-`+string(e.ID))
	if code, _, part := h.part(http.MethodPost, at+"/restore", token, url.Values{"from": {"my-time"}}); code != 200 || !strings.Contains(part, `id="entry-`+string(e.ID)) {
		t.Errorf("restore = %d\n%s", code, clipped(part))
	}
	w := h.post(at+"/delete", token, url.Values{"from": {"my-time"}})
	to := w.Header().Get("Location")
	if w.Code != 303 || to != "/w/acme/?deleted="+string(e.ID) {
		t.Fatalf("delete without scripts = %d %s", w.Code, to)
	}
	mustHave(t, "page after", h.get(to, token).Body.String(), "Entry deleted", `action="`+at+`/restore"`)
	mustLack(t, "somebody else's page", h.get(to, h.in("dirk")).Body.String(), "Entry deleted")
	if w := h.post(at+"/delete", token, nil); w.Code != 404 {
		t.Errorf("delete twice = %d, want 404", w.Code)
	}
	if w := h.post(at+"/restore", h.in("dirk"), nil); w.Code != 403 {
		t.Errorf("somebody else's restore = %d", w.Code)
	}
	h.Clock.Advance(core.UndoFor + time.Second)
	if w := h.post(at+"/restore", token, nil); w.Code != 410 {
		t.Errorf("restore after ten minutes = %d, want 410", w.Code)
	}
	mustLack(t, "page later", h.get(to, token).Body.String(), "Entry deleted")
}

// TestContinue starts the same work again, and stops what ran.
func TestContinue(t *testing.T) {
	h := newHouse(t)
	token := h.in("dana")
	p, tag := h.project("Office"), h.tag("urgent")
	e, err := h.CreateEntry(t.Context(), h.Actor("dana"), core.NewEntry{
		Description: "Meeting", ProjectID: p.ID, TagIDs: []core.ID{tag.ID}, Billable: true, Start: h.Clock.Now().Add(-2 * time.Hour), End: h.Clock.Now().Add(-time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	other := h.MustStart("dana", "other", h.Clock.Now().Add(-time.Minute))
	code, _, part := h.part(http.MethodPost, "/w/acme/entries/"+string(e.ID)+"/continue", token, url.Values{"from": {"my-time"}})
	if code != 200 {
		t.Fatalf("continue = %d", code)
	}
	mustHave(t, "continued", part, "Timer running", "Meeting", "Office", "urgent")
	running, err := h.RunningEntry(t.Context(), h.Actor("dana"), "")
	if err != nil || running.ID == e.ID || running.ProjectID != p.ID || !running.Billable || len(running.TagIDs) != 1 {
		t.Errorf("running: %+v %v", running, err)
	}
	if h.entry(other.ID).Running() {
		t.Error("the other timer still runs")
	}
}

// TestEditWhileActingAsSomebody: Log in as, stop, correct the time, save; the reason is asked for and the member is told.
func TestEditWhileActingAsSomebody(t *testing.T) {
	h := newHouse(t)
	e := h.finished("dana", "Meeting", 2*time.Hour, time.Hour)
	token := h.actAs("dana")
	h.Clock.Advance(time.Second) // ids, and so the inbox, are ordered by the second
	at := "/w/acme/entries/" + string(e.ID) + "/edit"
	page := h.get(at, token).Body.String()
	mustHave(t, "form", page, `name="reason"`, "logged in as Dana Member")
	form := url.Values{"version": {"1"}, "description": {"Meeting"}, "start": fieldOf(page, "start"), "end": {strings.Replace(fieldOf(page, "end")[0], ":00", ":30", 1)}, "reason": {"you left later"}}
	if w := h.post(at, token, form); w.Code != 303 {
		t.Fatalf("edit = %d", w.Code)
	}
	notices, err := h.Notices(t.Context(), h.Actor("dana"), 5)
	if err != nil || notices[0].Act != core.ActEntryCorrect || notices[0].Reason != "you left later" || notices[0].ActorName != "Olivia Owner" {
		t.Errorf("notice: %+v %v", notices, err)
	}
	// Without the plan nobody edits another's entry.
	if w := h.get(at, h.in("adam")); w.Code != 403 {
		t.Errorf("an admin's view of it = %d", w.Code)
	}
	h.MustSetPlan(core.PlanPro)
	if w := h.get(at, h.in("olivia")); w.Code != 403 {
		t.Errorf("an owner's view on pro = %d", w.Code)
	}
	if w := h.get(at, h.in("dana")); w.Code != 200 {
		t.Errorf("one's own on pro = %d", w.Code)
	}
}
