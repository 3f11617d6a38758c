package panel

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

const hour = time.Hour

func (h *house) entry(id core.ID) core.TimeEntry {
	h.t.Helper()
	e, err := h.Entry(h.t.Context(), h.Actor("olivia"), id)
	if err != nil {
		h.t.Fatalf("entry: %v", err)
	}
	return e
}

func (h *house) entryPath(e core.TimeEntry, act string) string {
	return "/w/acme/entries/" + string(e.ID) + "/" + act
}

// hidden reads the hidden fields of the page's form, as a browser would send them.
func hidden(body string) url.Values {
	f := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(body, -1) {
		f.Set(m[1], strings.ReplaceAll(m[2], "&amp;", "&"))
	}
	return f
}

// TestStopChoices: now, a proposal, a time of one's own, and what people write.
func TestStopChoices(t *testing.T) {
	for name, test := range map[string]struct {
		form url.Values
		want time.Time
	}{
		"now":           {url.Values{"end": {"now"}}, coretest.Start},
		"nothing said":  {url.Values{}, coretest.Start},
		"a proposal":    {url.Values{"end": {"2026-11-23T07:30:00Z"}}, coretest.Start.Add(-90 * time.Minute)},
		"own, browser":  {url.Values{"end": {"own"}, "end_at": {"2026-11-23T09:15"}}, coretest.Start.Add(-45 * time.Minute)},
		"own, in words": {url.Values{"end": {"own"}, "end_at": {"heute um 9:15"}}, coretest.Start.Add(-45 * time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			e := h.MustStart("dana", "work", coretest.Start.Add(-9*hour))
			token := h.in("olivia")
			page := h.get("/w/acme/accounts/"+h.member("dana")+"/stop", token)
			mustHave(t, "page", page.Body.String(), "Dana Member", "work", "Let Dana know", "checked", "9:00:00", "Europe/Berlin")
			form := hidden(page.Body.String())
			for k, v := range test.form {
				form[k] = v
			}
			form.Set("reason", "went home")
			w := h.post(h.entryPath(e, "stop"), token, form)
			if want := "/w/acme/settings/accounts?stopped=" + string(e.ID); w.Code != 303 || w.Header().Get("Location") != want {
				t.Fatalf("stop = %d to %s, want %s\n%s", w.Code, w.Header().Get("Location"), want, clipped(w.Body.String()))
			}
			if got := h.entry(e.ID); !got.End.Equal(test.want) {
				t.Errorf("end = %s, want %s", got.End, test.want)
			}
			table := h.get(w.Header().Get("Location"), token).Body.String()
			mustHave(t, "table", table, "Stopped the timer of Dana Member", "Undo", "Correct the time")
			if audit := h.MustAudit(core.ActTimerStop); len(audit) != 1 || audit[0].Reason != "went home" || audit[0].Door != core.DoorPanel {
				t.Errorf("audit: %+v", audit)
			}
		})
	}
}

// TestStopProposals: each end proposal stands in the dialog with its why.
func TestStopProposals(t *testing.T) {
	h := newHouse(t)
	hours := "mon-sun 06:00-09:30"
	if _, err := h.UpdateMember(t.Context(), coretest.Operator(h.Workspace.ID), h.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(-2 * hour)
	h.in("dana") // seen at 08:00 in Berlin
	h.MustStart("dana", "work", coretest.Start.Add(-3*hour))
	h.Clock.Advance(2 * hour)
	body := h.get("/w/acme/accounts/"+h.member("dana")+"/stop", h.in("olivia")).Body.String()
	mustHave(t, "dialog", body, "last activity 08:00", "end of working hours 09:30", `value="2026-11-23T07:00:00Z"`, `value="2026-11-23T08:30:00Z"`)
}

// TestBadEndKeepsInput: 422, an alert, the wrong field marked, and everything that was typed.
func TestBadEndKeepsInput(t *testing.T) {
	h := newHouse(t)
	e := h.MustStart("dana", "work", coretest.Start.Add(-2*hour))
	token := h.in("olivia")
	for _, at := range []string{"", "soon", "2026-11-23T23:00", "2026-11-23T07:00", "2026-11-23T08:00", strings.Repeat("9", 5000)} {
		for _, htmx := range []bool{false, true} {
			w := h.do(http.MethodPost, h.entryPath(e, "stop"), call{as: token, htmx: htmx, form: url.Values{
				"end": {"own"}, "end_at": {at}, "reason": {"kept reason"}, "version": {"1"}, "from": {"accounts"},
			}})
			if w.Code != http.StatusUnprocessableEntity {
				t.Fatalf("end %q = %d, want 422", at, w.Code)
			}
			body := w.Body.String()
			mustHave(t, "form", body, `role="alert"`, `aria-invalid="true"`, `value="kept reason"`, `id="end-own" value="own" checked`, `value="`+at+`"`)
			if strings.Contains(body, `name="notify" value="1" checked`) {
				t.Error("an unchecked box came back checked")
			}
			if strings.Contains(body, "<html") == htmx {
				t.Error("the answer is not what was asked for: page or part")
			}
		}
	}
	long := h.post(h.entryPath(e, "stop"), token, url.Values{"end": {"now"}, "reason": {strings.Repeat("r", 501)}})
	if long.Code != 422 {
		t.Errorf("a reason of 501 characters = %d", long.Code)
	}
	if !h.entry(e.ID).Running() {
		t.Error("a refused form stopped the timer")
	}
}

// TestStaleStop: a form for a timer that is over says what is true now and stops nothing.
func TestStaleStop(t *testing.T) {
	h := newHouse(t)
	e := h.MustStart("dana", "first", coretest.Start.Add(-2*hour))
	token := h.in("olivia")
	form := hidden(h.get("/w/acme/accounts/"+h.member("dana")+"/stop", token).Body.String())
	if _, err := h.StopTimer(t.Context(), h.Actor("otto"), core.StopTimer{EntryID: e.ID}); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(5 * time.Minute)
	next := h.MustStart("dana", "second", h.Clock.Now())
	h.Clock.Advance(time.Minute)
	w := h.post(h.entryPath(e, "stop"), token, form)
	if w.Code != http.StatusConflict {
		t.Fatalf("stale stop = %d, want 409", w.Code)
	}
	mustHave(t, "page", w.Body.String(), "Nothing was changed", "Otto Owner", "10:05", "/accounts/"+h.member("dana")+"/stop", `role="alert"`)
	part := h.do(http.MethodPost, h.entryPath(e, "stop"), call{as: token, form: form, htmx: true})
	if part.Code != http.StatusConflict || part.Header().Get("HX-Retarget") != "#dialog-slot" {
		t.Errorf("stale stop with htmx = %d %v", part.Code, part.Header())
	}
	mustHave(t, "part", part.Body.String(), "<dialog", "Otto Owner", `hx-target="#account-`+h.member("dana"), "second")
	if !h.entry(next.ID).Running() {
		t.Error("the newer timer was stopped")
	}
	// The same for a version that moved on while it still runs.
	text := "renamed"
	if _, err := h.CorrectEntry(t.Context(), h.Actor("dana"), core.EntryChange{EntryID: next.ID, Description: &text}); err != nil {
		t.Fatal(err)
	}
	if w := h.post(h.entryPath(next, "stop"), token, url.Values{"version": {"1"}, "end": {"now"}}); w.Code != 409 {
		t.Errorf("stale version = %d, want 409", w.Code)
	}
	// Asking to stop somebody who has no timer.
	w = h.get("/w/acme/accounts/"+h.member("adam")+"/stop", token)
	if w.Code != 409 || !strings.Contains(w.Body.String(), "no running timer") {
		t.Errorf("stop form without a timer = %d", w.Code)
	}
}

// TestFragments: with htmx the same addresses answer parts, and only then.
func TestFragments(t *testing.T) {
	h := newHouse(t)
	h.populate()
	token := h.in("olivia")
	for path, marker := range map[string]string{
		"/w/acme/settings/accounts": `<section id="accounts"`,
		"/w/acme/":                  `<div id="time"`,
		"/w/acme/accounts/" + h.member("dana") + "/stop":                "<dialog",
		"/w/acme/accounts/" + h.member("dana") + "/deactivate-api-keys": "<dialog",
	} {
		for header, full := range map[string]bool{
			"HX-Request:true": false, "HX-Request:": true, "HX-Request:true HX-Request-Type:full": true,
			"HX-Request:true HX-History-Restore-Request:true": true,
		} {
			c := call{as: token, header: map[string]string{}}
			for pair := range strings.FieldsSeq(header) {
				k, v, _ := strings.Cut(pair, ":")
				c.header[k] = v
			}
			body := h.do(http.MethodGet, path, c).Body.String()
			if got := strings.Contains(body, "<html"); got != full {
				t.Errorf("%s with %s: full page is %v, want %v", path, header, got, full)
			}
			if marker != "<dialog" || !full {
				mustHave(t, path+" "+header, body, marker)
			}
		}
	}
}

// TestTheViewComesBack: search, filter, order and page survive an act, and lead nowhere else.
func TestTheViewComesBack(t *testing.T) {
	h := newHouse(t)
	e := h.MustStart("dana", "work", coretest.Start.Add(-2*hour))
	token := h.in("olivia")
	page := h.get("/w/acme/settings/accounts?q=dan&filter=running&sort=email&dir=desc", token).Body.String()
	link := regexp.MustCompile(`href="([^"]+/stop\?[^"]+)"`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("no stop link:\n%s", clipped(page))
	}
	form := hidden(h.get(strings.ReplaceAll(link[1], "&amp;", "&"), token).Body.String())
	w := h.post(h.entryPath(e, "stop"), token, form)
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || to.Path != "/w/acme/settings/accounts" {
		t.Fatalf("back to %s", w.Header().Get("Location"))
	}
	for k, v := range map[string]string{"q": "dan", "filter": "running", "sort": "email", "dir": "desc", "stopped": string(e.ID)} {
		if to.Query().Get(k) != v {
			t.Errorf("%s = %q in %s", k, to.Query().Get(k), to)
		}
	}
	for _, evil := range []string{"//evil.example", "https://evil.example/", "/\\evil.example", "%2f%2fevil", "q=x\r\nSet-Cookie: a=b", "javascript:alert(1)", "?x=//evil", "q=%zz"} {
		again := h.MustStart("dana", "work", coretest.Start.Add(-hour))
		w := h.post(h.entryPath(again, "stop"), token, url.Values{"view": {evil}, "from": {evil}})
		if loc := w.Header().Get("Location"); w.Code != 303 || !strings.HasPrefix(loc, "/w/acme/settings/accounts?") || strings.Contains(loc, "evil") || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("view %q leads to %q", evil, loc)
		}
	}
}

// TestDialogsOfForgottenTimers: they open over the page with scripts, and as pages of their own they lead back to it.
func TestDialogsOfForgottenTimers(t *testing.T) {
	h := newHouse(t)
	h.populate()
	token, at := h.in("olivia"), "/w/acme/settings/forgotten"
	flags, _, err := h.Flags(t.Context(), h.Actor("olivia"), core.FlagQuery{State: core.FlagOpen})
	if err != nil || len(flags) != 1 {
		t.Fatalf("flags: %v %v", flags, err)
	}
	e, member := h.entry(flags[0].EntryID), string(flags[0].MemberID)
	hours := "mon-fri 09:00-17:30"
	if _, err := h.UpdateMember(t.Context(), coretest.Operator(h.Workspace.ID), h.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}); err != nil {
		t.Fatal(err)
	}
	stop, edit := "/w/acme/accounts/"+member+"/stop?from=forgotten", "/w/acme/settings/members/"+h.member("dana")+"?from=forgotten"
	mustHave(t, "list", h.get(at, token).Body.String(), `href="`+stop+`" hx-get="`+stop+`" hx-target="#dialog-slot"`, `href="`+edit+`" hx-get="`+edit+`" hx-target="#dialog-slot"`)

	// As a page: a plain form, and the way back.
	page := h.get(stop, token).Body.String()
	mustHave(t, "page", page, `<a class="btn" href="`+at+`" data-close>`, `name="from" value="forgotten"`)
	mustLack(t, "page", page, "hx-post")
	bad := h.post(h.entryPath(e, "stop"), token, url.Values{"from": {"forgotten"}, "end": {"own"}, "end_at": {"nonsense"}})
	mustHave(t, "bad end", bad.Body.String(), `role="alert"`, `href="`+at+`"`, `name="from" value="forgotten"`)
	w := h.post(h.entryPath(e, "stop"), token, hidden(page))
	if to := w.Header().Get("Location"); w.Code != 303 || to != at+"?stopped="+string(e.ID) {
		t.Fatalf("stop = %d to %s", w.Code, to)
	}
	correct := "/w/acme/entries/" + string(e.ID) + "/correct?from=forgotten"
	mustHave(t, "back", h.get(w.Header().Get("Location"), token).Body.String(), "Stopped the timer of", `action="`+h.entryPath(e, "undo-stop")+`"`, `href="`+correct+`"`)
	w = h.post(h.entryPath(e, "correct"), token, hidden(h.get(correct, token).Body.String()))
	if w.Code != 422 || !strings.Contains(w.Body.String(), `href="`+at+`"`) {
		t.Errorf("an empty correction = %d", w.Code)
	}
	if w := h.post(h.entryPath(e, "undo-stop"), token, url.Values{"from": {"forgotten"}}); w.Header().Get("Location") != at+"?undone="+string(e.ID) {
		t.Errorf("undo leads to %s", w.Header().Get("Location"))
	}

	// As a dialog: the list is told, and nothing is sent for a table that is not there.
	dialog := h.do(http.MethodGet, stop, call{as: token, htmx: true, target: "div#dialog-slot"}).Body.String()
	mustHave(t, "dialog", dialog, "<dialog", `data-return="stop-`+member+`"`, `hx-post="`+h.entryPath(e, "stop")+`"`)
	part := h.do(http.MethodPost, h.entryPath(e, "stop"), call{as: token, htmx: true, form: hidden(dialog)})
	if part.Code != 200 || !strings.Contains(part.Header().Get("HX-Trigger"), "flags-changed") {
		t.Errorf("stop = %d %v", part.Code, part.Header())
	}
	mustHave(t, "stopped", part.Body.String(), `hx-target="#toasts"`, `hx-target="#dialog-slot"`, "Undo")
	mustLack(t, "stopped", part.Body.String(), "#account-")
	stale := h.do(http.MethodPost, h.entryPath(e, "stop"), call{as: token, htmx: true, form: hidden(dialog)})
	if stale.Code != 409 || !strings.Contains(stale.Header().Get("HX-Trigger"), "flags-changed") || strings.Contains(stale.Body.String(), "#account-") {
		t.Errorf("stopped twice = %d %v", stale.Code, stale.Header())
	}

	// The times of a member.
	form := hidden(h.get(edit, token).Body.String())
	form.Set("working_hours", "mon-fri 08:00-16:00")
	path := "/w/acme/settings/members/" + h.member("dana")
	if w := h.post(path, token, form); w.Header().Get("Location") != at+"?saved=member."+h.member("dana") {
		t.Errorf("saved times lead to %s", w.Header().Get("Location"))
	}
	form.Set("working_hours", "mon-fri 07:00-15:00")
	part = h.do(http.MethodPost, path, call{as: token, htmx: true, form: form})
	mustHave(t, "times", part.Body.String(), `hx-target="#toasts"`, `<hx-partial hx-target="#overrides"`, "07:00-15:00")

	// No other place can be named.
	for _, evil := range []string{"//evil.example", "https://evil.example/", "forgotten/../x", "/w/acme/settings/forgotten"} {
		mustHave(t, evil, h.get("/w/acme/accounts/"+h.member("dana")+"/deactivate-api-keys?from="+url.QueryEscape(evil), token).Body.String(), `href="/w/acme/settings/accounts" data-close`)
	}
}

func TestUndo(t *testing.T) {
	h := newHouse(t)
	e := h.MustStart("dana", "work", coretest.Start.Add(-2*hour))
	token := h.in("olivia")
	stop := func() { h.post(h.entryPath(e, "stop"), token, url.Values{"from": {"accounts"}}) }
	stop()
	w := h.post(h.entryPath(e, "undo-stop"), token, url.Values{"from": {"accounts"}})
	if w.Code != 303 || !h.entry(e.ID).Running() {
		t.Fatalf("undo = %d", w.Code)
	}
	mustHave(t, "table", h.get(w.Header().Get("Location"), token).Body.String(), "running again")

	stop()
	part := h.do(http.MethodPost, h.entryPath(e, "undo-stop"), call{as: token, htmx: true, form: url.Values{"from": {"accounts"}}, target: "div#toast-0123abcd"})
	if part.Code != 200 {
		t.Fatalf("undo with htmx = %d", part.Code)
	}
	mustHave(t, "part", part.Body.String(), `hx-target="#toast-0123abcd" hx-swap="delete"`, `hx-target="#account-`+h.member("dana"), "running again")
	odd := h.do(http.MethodPost, h.entryPath(e, "undo-stop"), call{as: token, htmx: true, form: url.Values{}, target: `div#x" hx-get="/`})
	mustLack(t, "part", odd.Body.String(), `div#x`)

	stop()
	h.Clock.Advance(core.UndoFor + time.Second)
	token = h.in("olivia")
	if w := h.post(h.entryPath(e, "undo-stop"), token, nil); w.Code != http.StatusGone {
		t.Errorf("undo after ten minutes = %d, want 410", w.Code)
	}
	mustLack(t, "table", h.get("/w/acme/settings/accounts?stopped="+string(e.ID), token).Body.String(), "Undo")
}

// What a member has corrected since is not lost by an Undo that is still on the owner's screen.
func TestUndoAfterACorrection(t *testing.T) {
	h := newHouse(t)
	e := h.MustStart("dana", "work", coretest.Start.Add(-2*hour))
	token := h.in("olivia")
	h.post(h.entryPath(e, "stop"), token, url.Values{"from": {"accounts"}})
	end := coretest.Start.Add(-hour)
	if _, err := h.CorrectEntry(t.Context(), h.Actor("dana"), core.EntryChange{EntryID: e.ID, End: &end}); err != nil {
		t.Fatal(err)
	}
	w := h.post(h.entryPath(e, "undo-stop"), token, url.Values{"from": {"accounts"}})
	if now := h.entry(e.ID); w.Code != http.StatusConflict || !now.End.Equal(end) {
		t.Errorf("undo = %d, the entry is %+v", w.Code, now)
	}
	mustHave(t, "page", w.Body.String(), "was changed meanwhile")
	mustLack(t, "table", h.get("/w/acme/settings/accounts?stopped="+string(e.ID), token).Body.String(), "Undo")
}

// TestUndoLasts: what an owner stopped can be taken back and corrected from the row's menu, for as long as core allows it,
// after any change of page.
func TestUndoLasts(t *testing.T) {
	h := newHouse(t)
	e, own := h.MustStart("dana", "work", coretest.Start.Add(-2*hour)), h.MustStart("dirk", "own", coretest.Start.Add(-2*hour))
	for key, id := range map[string]core.ID{"olivia": e.ID, "dirk": own.ID} {
		if _, err := h.StopTimer(t.Context(), h.Actor(key), core.StopTimer{EntryID: id}); err != nil {
			t.Fatal(err)
		}
	}
	token := h.in("olivia")
	row := func(key string) string {
		_, rest, _ := strings.Cut(h.get("/w/acme/settings/accounts?sort=email", token).Body.String(), `<tr id="account-`+h.member(key))
		text, _, _ := strings.Cut(rest, "</tr>")
		return text
	}
	undo, correct := `action="`+h.entryPath(e, "undo-stop")+`"`, `href="`+h.entryPath(e, "correct")+`?view=sort%3Demail"`
	h.Clock.Advance(core.UndoFor - time.Second)
	token = h.in("olivia")
	mustHave(t, "row", row("dana"), undo, correct, "Undo stop", `name="view" value="sort=email"`)
	mustLack(t, "who stopped their own", row("dirk"), "undo-stop", "/correct")
	h.speak("olivia", "de", "Europe/Berlin")
	mustHave(t, "row", row("dana"), "Stoppen rückgängig machen", "Zeit korrigieren")
	h.speak("olivia", "en", "Europe/Berlin")

	w := h.do(http.MethodPost, h.entryPath(e, "undo-stop"), call{as: token, htmx: true, form: url.Values{"from": {"accounts"}, "view": {"sort=email"}}})
	if w.Code != 200 || !h.entry(e.ID).Running() {
		t.Fatalf("undo = %d", w.Code)
	}
	mustHave(t, "answer", w.Body.String(), "is running again", `hx-target="#account-`+h.member("dana"))
	mustLack(t, "answer", w.Body.String(), "undo-stop")
	w = h.do(http.MethodPost, h.entryPath(e, "stop"), call{as: token, htmx: true, form: url.Values{"from": {"accounts"}}})
	if _, row, _ := strings.Cut(w.Body.String(), "<tr id="); w.Code != 200 || !strings.Contains(row, undo) {
		t.Errorf("the row after another stop = %d\n%s", w.Code, clipped(row))
	}
	// Who started another timer goes on with that; the time can still be corrected.
	next := h.MustStart("dana", "next", h.Clock.Now())
	mustHave(t, "new timer", row("dana"), correct)
	mustLack(t, "new timer", row("dana"), undo)
	if _, err := h.StopTimer(t.Context(), h.Actor("dana"), core.StopTimer{EntryID: next.ID}); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(core.UndoFor)
	token = h.in("olivia")
	mustLack(t, "ten minutes later", row("dana"), "undo-stop", "/correct")
	if _, err := h.RecentStops(t.Context(), h.Actor("adam"), []core.ID{e.MemberID}); core.ErrorCode(err) != core.CodeOwnerRequired {
		t.Errorf("recent stops for an admin: %v", err)
	}
}

func TestCorrect(t *testing.T) {
	h := newHouse(t)
	h.Clock.Advance(13 * time.Second)
	e := h.MustStart("dana", "work", coretest.Start.Add(-9*hour).Add(7*time.Second))
	token := h.in("olivia")
	h.post(h.entryPath(e, "stop"), token, url.Values{})
	page := h.get(h.entryPath(e, "correct"), token).Body.String()
	mustHave(t, "page", page, "Correct the time of Dana Member", `value="2026-11-23T01:00"`, `value="2026-11-23T10:00"`)
	form := hidden(page)
	form.Set("start", "2026-11-23T01:00")
	form.Set("end", "2026-11-23T08:30")
	form.Set("description", "work, corrected")
	form.Set("reason", "asked Dana")
	w := h.post(h.entryPath(e, "correct"), token, form)
	got := h.entry(e.ID)
	if w.Code != 303 || got.Description != "work, corrected" || !got.End.Equal(coretest.Start.Add(-90*time.Minute)) {
		t.Fatalf("correct = %d: %+v", w.Code, got)
	}
	if !got.Start.Equal(e.Start) {
		t.Errorf("the start lost its seconds: %s, was %s", got.Start, e.Start)
	}
	mustHave(t, "table", h.get(w.Header().Get("Location"), token).Body.String(), "Saved: 01:00 to 08:30")
	// The same form again is stale.
	if w := h.post(h.entryPath(e, "correct"), token, form); w.Code != 409 {
		t.Errorf("stale correction = %d, want 409", w.Code)
	}
	form.Set("version", number(got.Version))
	for field, bad := range map[string]string{"start": "2026-11-23T09:30", "end": "nonsense", "description": strings.Repeat("x", 3001), "version": "x"} {
		f := url.Values{}
		for k, v := range form {
			f[k] = v
		}
		f.Set(field, bad)
		w := h.post(h.entryPath(e, "correct"), token, f)
		if w.Code != 422 || !strings.Contains(w.Body.String(), `role="alert"`) {
			t.Errorf("%s %.20q = %d, want 422", field, bad, w.Code)
		}
	}
	// A running timer keeps running when the end stays empty.
	r := h.MustStart("dana", "now", h.Clock.Now().Add(-hour))
	w = h.post(h.entryPath(r, "correct"), token, url.Values{"version": {"1"}, "start": {"2026-11-23T08:45"}, "end": {""}, "description": {"now"}})
	if got := h.entry(r.ID); w.Code != 303 || !got.Running() || got.Start.In(berlin).Format(formTime) != "2026-11-23T08:45" {
		t.Errorf("correct a running timer = %d: %+v", w.Code, got)
	}
}

func TestDeactivateKeys(t *testing.T) {
	h := newHouse(t)
	key := h.MustKey("dana")
	h.MustKey("dana")
	if _, err := h.ActorByAPIKey(t.Context(), key, "", ""); err != nil {
		t.Fatal(err)
	}
	token := h.in("olivia")
	path := "/w/acme/accounts/" + h.member("dana") + "/deactivate-api-keys"
	page := h.get(path, token).Body.String()
	mustHave(t, "page", page, "2 active API keys", "Dana Member", "just now", "Deactivate</button>")
	mustLack(t, "page", page, key[:8], "cw_")
	if w := h.post(path, token, url.Values{"reason": {strings.Repeat("r", 501)}}); w.Code != 422 || !strings.Contains(w.Body.String(), `role="alert"`) {
		t.Errorf("a long reason = %d", w.Code)
	}
	w := h.do(http.MethodPost, path, call{as: token, htmx: true, form: url.Values{"reason": {"leaked"}}})
	mustHave(t, "part", w.Body.String(), "Deactivated 2 API keys of Dana Member", `hx-target="#dialog-slot"`, `hx-target="#account-`+h.member("dana"))
	if _, err := h.ActorByAPIKey(t.Context(), key, "", ""); core.ErrorCode(err) != core.CodeUnauthenticated {
		t.Errorf("the key still works: %v", err)
	}
	again := h.post(path, token, nil)
	if again.Code != 303 {
		t.Errorf("again = %d", again.Code)
	}
	mustHave(t, "table", h.get(again.Header().Get("Location"), token).Body.String(), "no active API key any more")
	mustHave(t, "page", h.get(path, token).Body.String(), "no active API key left")
}

// TestTable: what the rows show, order, paging, counts.
func TestTable(t *testing.T) {
	h := newHouse(t)
	h.populate()
	for i := range 130 {
		h.MustAddMember(fmt.Sprintf("m%03d", i), fmt.Sprintf("Person %03d", i), core.RoleMember)
	}
	h.MustSetStatus("m000", core.StatusInactive)
	token := h.in("olivia")
	page := h.get("/w/acme/settings/accounts", token).Body.String()
	mustHave(t, "table", page, "<caption", "1–50 of 136", `aria-sort="ascending"`, "9:00:00", "Quarterly report", "flagged", "(no description)",
		`aria-label="Actions for Dana Member"`, `<th scope="row"`, "All <span class=\"count num\">136", "Running <span class=\"count num\">3", "Flagged <span class=\"count num\">1",
		"With keys <span class=\"count num\">2", "Inactive <span class=\"count num\">1")
	if n := strings.Count(page, `<tr id="account-`); n != 50 {
		t.Errorf("%d rows, want 50", n)
	}
	// No dead items: only who has a timer can be stopped, only who has keys can lose them.
	if stops, keys := strings.Count(page, "/stop\" hx-get"), strings.Count(page, "/deactivate-api-keys\" hx-get"); stops != 3 || keys != 2 {
		t.Errorf("%d Stop timer, %d Deactivate API key, want 3 and 2", stops, keys)
	}
	// Forward to the end and back: everybody once.
	seen := map[string]bool{}
	address, pages := "/w/acme/settings/accounts", 0
	next := regexp.MustCompile(`id="next" rel="next" href="([^"]+)"`)
	previous := regexp.MustCompile(`id="previous" rel="prev" href="([^"]+)"`)
	var last string
	for address != "" {
		last = h.get(address, token).Body.String()
		pages++
		for _, m := range regexp.MustCompile(`<tr id="account-([0-9a-f]+)"`).FindAllStringSubmatch(last, -1) {
			if seen[m[1]] {
				t.Errorf("%s twice", m[1])
			}
			seen[m[1]] = true
		}
		address = ""
		if m := next.FindStringSubmatch(last); m != nil {
			address = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if len(seen) != 136 || pages != 3 {
		t.Errorf("%d people on %d pages, want 136 on 3", len(seen), pages)
	}
	m := previous.FindStringSubmatch(last)
	if m == nil {
		t.Fatal("no way back from the last page")
	}
	mustHave(t, "previous page", h.get(strings.ReplaceAll(m[1], "&amp;", "&"), token).Body.String(), "51–100 of 136")

	for query, want := range map[string]string{
		"?q=DIRK+mü":                   "Dirk Müller",
		"?q=m001@acme":                 "Person 001",
		"?filter=running":              "Dana Member",
		"?filter=flagged":              "Quarterly report",
		"?filter=inactive":             "Person 000",
		"?filter=with_keys&sort=email": "Adam Admin",
		"?sort=keys&dir=desc":          "Dana Member",
		"?sort=status":                 "Adam Admin",
		"?sort=role":                   "Olivia Owner",
		"?sort=last_activity&dir=desc": "Olivia Owner",
	} {
		body := h.get("/w/acme/settings/accounts"+query, token).Body.String()
		first := regexp.MustCompile(`(?s)<tbody>.*?</tr>`).FindString(body)
		mustHave(t, query, first, want)
	}
	running := h.get("/w/acme/settings/accounts?filter=running", token).Body.String()
	dana, mona, dirk := strings.Index(running, "Dana Member"), strings.Index(running, "Mona Manager"), strings.Index(running, "Dirk Müller")
	if dana > mona || mona > dirk {
		t.Error("running timers do not come longest first")
	}
	mustHave(t, "no match", h.get("/w/acme/settings/accounts?q=zzzz", token).Body.String(), "No account matches", "Clear filters")
	for _, bad := range []string{"?sort=salary", "?filter=mine", "?dir=up", "?cursor=zzz", "?q=" + strings.Repeat("x", 900)} {
		w := h.get("/w/acme/settings/accounts"+bad, token)
		if w.Code != 422 {
			t.Errorf("%.30s = %d, want 422", bad, w.Code)
		}
		mustHave(t, bad, w.Body.String(), `href="/w/acme/settings/accounts"`, "Clear filters")
	}
	for source, header := range map[string]string{"form#search-form": "HX-Push-Url", "input#q": "HX-Replace-Url"} {
		w := h.do(http.MethodGet, "/w/acme/settings/accounts?q=dan&filter=", call{as: token, htmx: true, header: map[string]string{"HX-Source": source}})
		if got := w.Header().Get(header); got != "/w/acme/settings/accounts?q=dan" {
			t.Errorf("%s: %s = %q", source, header, got)
		}
	}
}

// TestMyTime: start, stop, undo, and what an owner did, on the member's page.
func TestMyTime(t *testing.T) {
	h := newHouse(t)
	token := h.in("dana")
	mustHave(t, "empty", h.get("/w/acme/", token).Body.String(), "No entries yet", "Start")
	if w := h.post("/w/acme/timer/start", token, url.Values{"description": {"  Inventory "}}); w.Code != 303 || w.Header().Get("Location") != "/w/acme/" {
		t.Fatalf("start = %d", w.Code)
	}
	h.Clock.Advance(90 * time.Minute)
	token = h.in("dana")
	page := h.get("/w/acme/", token).Body.String()
	mustHave(t, "running", page, "Inventory", "1:30:00", "Stop</button>")
	stop := regexp.MustCompile(`action="(/w/acme/entries/[0-9a-f]+/stop)"`).FindStringSubmatch(page)
	if stop == nil {
		t.Fatal("no stop form")
	}
	w := h.do(http.MethodPost, stop[1], call{as: token, htmx: true, form: hidden(page)})
	if w.Code != 200 || w.Header().Get("HX-Retarget") != "#time" {
		t.Fatalf("stop = %d %v", w.Code, w.Header())
	}
	mustHave(t, "stopped", w.Body.String(), "Timer stopped: 1 h 30 min", "Undo", `<div id="time"`, "Today, 23 Nov 2026")
	if again := h.post(stop[1], token, hidden(page)); again.Code != 409 {
		t.Errorf("stop twice = %d, want 409", again.Code)
	}
	undo := strings.Replace(stop[1], "/stop", "/undo-stop", 1)
	if w := h.post(undo, token, url.Values{"from": {"my-time"}}); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "/w/acme/?undone=") {
		t.Errorf("undo = %d %s", w.Code, w.Header().Get("Location"))
	}
	id := core.ID(strings.Split(stop[1], "/")[4])
	if _, err := h.StopTimer(t.Context(), h.Actor("olivia"), core.StopTimer{EntryID: id}); err != nil {
		t.Fatal(err)
	}
	mustHave(t, "stopped by an owner", h.get("/w/acme/", token).Body.String(), "stopped by Olivia Owner")
	long := h.post("/w/acme/timer/start", token, url.Values{"description": {strings.Repeat("x", 3001)}})
	if long.Code != 422 || !strings.Contains(long.Body.String(), `role="alert"`) || !strings.Contains(long.Body.String(), `aria-invalid="true"`) {
		t.Errorf("a long description = %d", long.Code)
	}
}

// TestLanguages: the same pages in German, with German dates and numbers, and no text without a translation.
func TestLanguages(t *testing.T) {
	h := newHouse(t)
	h.populate()
	h.speak("olivia", "de", "Europe/Berlin")
	token := h.in("olivia")
	table := h.get("/w/acme/settings/accounts", token).Body.String()
	mustHave(t, "table", table, `<html lang="de"`, "Konten", "Laufender Timer", "seit", "Timer stoppen", "API-Schlüssel deaktivieren", "Aktionen für Dana Member", "Inhaber", "1–6 von 6")
	mustLack(t, "table", table, "⟦", "Running", "Search", " since ")
	stop := h.get("/w/acme/accounts/"+h.member("dana")+"/stop", token).Body.String()
	mustHave(t, "stop", stop, "Diesen Timer stoppen?", "Abbrechen", "Dana benachrichtigen", "23.11.2026")
	stranger := func(lang string) string {
		return h.do(http.MethodGet, "/", call{header: map[string]string{"Accept-Language": lang}}).Body.String()
	}
	mustHave(t, "stranger", stranger("de-AT,de;q=0.9"), `<html lang="de"`, "Anmelden")
	mustHave(t, "stranger", stranger("fr,en;q=0.5"), `<html lang="en"`, "Sign in")
}

// TestBannerWhileActingAsSomebody: the banner, what is not offered, and the way back.
func TestBannerWhileActingAsSomebody(t *testing.T) {
	h := newHouse(t)
	h.MustStart("dana", "her work", coretest.Start.Add(-hour))
	_, owner := h.SignIn("olivia")
	_, token, err := h.StartImpersonation(t.Context(), owner, h.Who("dana").ID, core.ReasonForgottenTimer, "")
	if err != nil {
		t.Fatal(err)
	}
	page := h.get("/w/acme/", token).Body.String()
	mustHave(t, "page", page, "Olivia Owner, logged in as Dana Member", "Stop a forgotten timer", "30:00", "Return to my account", "her work", "<title>Dana Member · ")
	mustLack(t, "page", page, "Workspace settings")
	if w := h.get("/w/acme/settings/accounts", token); w.Code != 403 {
		t.Errorf("Accounts while acting as a member = %d, want 403", w.Code)
	}
	w := h.post("/impersonation/end", token, nil)
	fresh := regexp.MustCompile(`clockwarden=([^;]+)`).FindStringSubmatch(w.Header().Get("Set-Cookie"))
	if w.Code != 303 || fresh == nil {
		t.Fatalf("return = %d %v", w.Code, w.Header())
	}
	if w := h.get("/w/acme/", token); w.Code != 303 {
		t.Errorf("the old token still works: %d", w.Code)
	}
	mustLack(t, "own page", h.get("/w/acme/", fresh[1]).Body.String(), "her work", "logged in as")
}

// BenchmarkAccounts is the price of a page of fifty rows, without the network.
func BenchmarkAccounts(b *testing.B) {
	h := newHouse(b)
	h.populate()
	for i := range 60 {
		h.MustAddMember(fmt.Sprintf("m%03d", i), fmt.Sprintf("Person %03d", i), core.RoleMember)
	}
	token := h.in("olivia")
	r := httptest.NewRequest(http.MethodGet, "/w/acme/settings/accounts", nil)
	r.Host = "localhost:8080"
	r.AddCookie(&http.Cookie{Name: h.panel.cookieName(), Value: token})
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
