package panel

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// allHidden reads the hidden fields of the page's form, each as often as it stands there.
func allHidden(body string) url.Values {
	f := url.Values{}
	for field := range strings.SplitSeq(body, `<input type="hidden" name="`) {
		name, rest, ok := strings.Cut(field, `" value="`)
		value, _, end := strings.Cut(rest, `">`)
		if ok && end && !strings.ContainsAny(name, "<>") {
			f.Add(name, strings.ReplaceAll(value, "&amp;", "&"))
		}
	}
	return f
}

// TestBulkStop: choose, confirm by name, and see what became of each, with a page and with a dialog.
func TestBulkStop(t *testing.T) {
	for _, htmx := range []bool{false, true} {
		t.Run(fmt.Sprintf("htmx=%v", htmx), func(t *testing.T) {
			h := newHouse(t)
			dana := h.MustStart("dana", "Quarterly report", coretest.Start.Add(-9*hour))
			dirk := h.MustStart("dirk", "", coretest.Start.Add(-hour))
			mona := h.MustStart("mona", "stays", coretest.Start.Add(-hour))
			adam := h.MustStart("adam", "will be stopped first", coretest.Start.Add(-hour))
			token := h.in("olivia")
			choice := url.Values{"member": {h.member("dana"), h.member("dirk"), h.member("otto"), h.member("adam"), h.member("dana")}, "view": {"q=a"}}
			ask := h.do(http.MethodGet, "/w/acme/accounts/stop?"+choice.Encode(), call{as: token, htmx: htmx})
			body := ask.Body.String()
			mustHave(t, "question", body, "Stop 3 timers?", "Dana Member", "Quarterly report", "9:00:00", "Dirk Müller", "(no description)",
				"1 selected account has no running timer", "Otto Owner", "Let the members know")
			mustLack(t, "question", body, "Mona Manager", "⟦")
			form := allHidden(body)
			if len(form["member"]) != 3 || len(form["idle"]) != 1 || form.Get("view") != "q=a" {
				t.Fatalf("form: %v", form)
			}
			// Between the question and the answer, Otto starts, and somebody else stops Adam's, who starts another.
			otto := h.MustStart("otto", "new", coretest.Start)
			if _, err := h.StopTimer(t.Context(), h.Actor("otto"), core.StopTimer{EntryID: adam.ID}); err != nil {
				t.Fatal(err)
			}
			next := h.MustStart("adam", "second", coretest.Start)
			form.Set("reason", "end of the day")
			w := h.do(http.MethodPost, "/w/acme/accounts/stop", call{as: token, htmx: htmx, form: form})
			if !htmx {
				if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/w/acme/accounts/stop/result?") {
					t.Fatalf("stop = %d to %s", w.Code, w.Header().Get("Location"))
				}
				w = h.get(w.Header().Get("Location"), token)
			}
			if w.Code != 200 {
				t.Fatalf("result = %d\n%s", w.Code, clipped(w.Body.String()))
			}
			mustHave(t, "result", w.Body.String(), "2 stopped, 1 was already stopped, 1 had no timer", "Dana Member", "9 h", "Dirk Müller", "No running timer",
				"already stopped by Otto Owner", h.entryPath(dana, "correct"), `href="/w/acme/settings/accounts?q=a"`)
			if htmx {
				mustHave(t, "result", w.Body.String(), "<dialog", `hx-target="#account-`+h.member("dirk"))
			}
			for _, e := range []core.TimeEntry{dana, dirk} {
				if got := h.entry(e.ID); !got.End.Equal(coretest.Start) {
					t.Errorf("%q ended %s", e.Description, got.End)
				}
			}
			for _, e := range []core.TimeEntry{mona, otto, next} {
				if !h.entry(e.ID).Running() {
					t.Errorf("%q was stopped, which nobody confirmed", e.Description)
				}
			}
			var batch []string
			for _, a := range h.MustAudit(core.ActTimerStop) {
				if a.Reason == "end of the day" {
					batch = append(batch, a.RequestID)
				}
			}
			if len(batch) != 2 || batch[0] != batch[1] {
				t.Errorf("request ids in the audit log: %q, want the same twice", batch)
			}
			// Each is taken back by itself, in its line of the dialog or on the page.
			undo := regexp.MustCompile(`action="` + h.entryPath(dana, "undo-stop") + `"[^>]*>(.*?)<button`).FindStringSubmatch(w.Body.String())
			if undo == nil {
				t.Fatalf("no Undo:\n%s", clipped(w.Body.String()))
			}
			w = h.do(http.MethodPost, h.entryPath(dana, "undo-stop"), call{as: token, htmx: htmx, form: allHidden(undo[1]), target: "li#outcome-" + string(dana.ID)})
			if !h.entry(dana.ID).Running() {
				t.Errorf("undo = %d", w.Code)
			}
			if htmx {
				mustHave(t, "line", w.Body.String(), `<li id="outcome-`+string(dana.ID)+`" tabindex="-1" data-take-focus`, ">running<", `hx-target="#account-`+h.member("dana"))
				mustLack(t, "line", w.Body.String(), `<hx-partial hx-target="#dialog-slot"`, "undo-stop")
			} else {
				to := w.Header().Get("Location")
				if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/w/acme/accounts/stop/result?") {
					t.Fatalf("undo = %d to %s", w.Code, to)
				}
				mustHave(t, "back", h.get(to, token).Body.String(), "is running again", "Dirk Müller", "already stopped by Otto Owner", `href="/w/acme/settings/accounts?q=a"`)
			}
			if _, err := h.StopTimer(t.Context(), h.Actor("olivia"), core.StopTimer{EntryID: dana.ID}); err != nil {
				t.Fatal(err)
			}
			// Twice is harmless.
			again := h.post("/w/acme/accounts/stop", token, form)
			mustHave(t, "again", h.get(again.Header().Get("Location"), token).Body.String(), "No timer was stopped", "3 were already stopped, 1 had no timer")
		})
	}
}

// TestBulkStopRefusals: nobody chosen, too many, strangers, a reason that is too long, and those who may not.
func TestBulkStopRefusals(t *testing.T) {
	h := newHouse(t)
	e := h.MustStart("dana", "work", coretest.Start.Add(-hour))
	_, theirs := h.joined("beta", "eve@beta.test", "dan@beta.test")
	token := h.in("olivia")
	many := url.Values{}
	for range core.MaxBulk + 1 {
		many.Add("member", string(core.NewID(coretest.Start)))
	}
	for name, test := range map[string]struct {
		form url.Values
		want int
	}{
		"nobody":       {url.Values{}, 422},
		"too many":     {many, 422},
		"a stranger":   {url.Values{"member": {h.member("dana"), string(theirs.MemberID)}}, 404},
		"not an id":    {url.Values{"member": {"'; --"}}, 404},
		"long reason":  {url.Values{"member": {h.member("dana")}, "reason": {strings.Repeat("r", 501)}}, 422},
		"only idle":    {url.Values{"idle": {h.member("dirk")}}, 422},
		"idle unknown": {url.Values{"member": {h.member("dana")}, "idle": {string(theirs.MemberID)}}, 404},
	} {
		w := h.post("/w/acme/accounts/stop", token, test.form)
		if w.Code != test.want {
			t.Errorf("%s = %d, want %d", name, w.Code, test.want)
		}
		mustLack(t, name, w.Body.String(), "canary", "⟦")
		if name == "long reason" {
			mustHave(t, name, w.Body.String(), `role="alert"`, `aria-invalid="true"`, strings.Repeat("r", 501), "Dana Member")
		}
	}
	if !h.entry(e.ID).Running() {
		t.Error("a refused form stopped a timer")
	}
	for _, path := range []string{"/w/acme/accounts/stop?member=" + h.member("dana"), "/w/acme/accounts/stop", "/w/acme/accounts/stop/result?done=" + string(e.ID)} {
		if w := h.get(path, h.in("adam")); w.Code != 403 {
			t.Errorf("%s by an admin = %d, want 403", path, w.Code)
		}
	}
	if w := h.get("/w/acme/accounts/stop/result?done="+string(theirs.ID)+"&none=zzz", token); w.Code != 404 || strings.Contains(w.Body.String(), "canary") {
		t.Errorf("the result of another workspace's entry = %d", w.Code)
	}
	mustHave(t, "nobody runs", h.get("/w/acme/accounts/stop?member="+h.member("dirk"), token).Body.String(), "No timer to stop", "Dirk Müller")
}

// TestColumnsAndChips: what is shown lives in the address, survives an act, and each narrowing can be taken away.
func TestColumnsAndChips(t *testing.T) {
	h := newHouse(t)
	h.populate()
	token := h.in("olivia")
	table := func(query string) string { return h.get("/w/acme/settings/accounts"+query, token).Body.String() }
	all := table("")
	for _, column := range optionalColumns() {
		mustHave(t, "all columns", all, `id="column-`+column+`"`, `th scope="col" class="c-`+column+`"`)
	}
	mustHave(t, "all columns", all, `colspan="2"`, "dana@acme.test", `href="/w/acme/settings/accounts?cols=email%2Crole%2Cstatus%2Ckeys%2Ctimer"`)
	mustLack(t, "all columns", all, `id="column-all"`, `id="clear-filters"`)
	for _, query := range []string{"?cols=keys,timer", "?cols=name&cols=timer&cols=keys", "?cols=timer,keys,salary"} {
		some := table(query)
		mustHave(t, query, some, `class="c-keys"`, `class="c-timer"`, `colspan="1"`, `id="column-all"`, `name="cols" value="keys,timer"`, "Quarterly report")
		mustLack(t, query, some, `class="c-role"`, `class="c-status"`, `class="c-seen`, "dana@acme.test", "is-active")
	}
	mustLack(t, "names only", table("?cols=name"), `class="c-keys`, `class="c-timer`)
	// A refreshed row has the same columns.
	e := h.entry(h.accountTimer("dana"))
	row := h.do(http.MethodPost, h.entryPath(e, "stop"), call{as: token, htmx: true, form: url.Values{"view": {"cols=keys"}}}).Body.String()
	mustHave(t, "row", row, `class="c-keys`)
	mustLack(t, "row", row, `class="c-role`, "dana@acme.test")

	narrowed := table("?filter=running&q=m&cols=email")
	mustHave(t, "chips", narrowed, `aria-label="Clear the search"`, `aria-label="Remove the filter “Running”"`, `id="clear-filters"`,
		`href="/w/acme/settings/accounts?cols=email&amp;q=m"`, `href="/w/acme/settings/accounts?cols=email&amp;filter=running"`)
}

func (h *house) accountTimer(key string) core.ID {
	h.t.Helper()
	acc, err := h.Account(h.t.Context(), h.Actor("olivia"), h.Who(key).ID)
	if err != nil || acc.Timer == nil {
		h.t.Fatalf("timer of %s: %v", key, err)
	}
	return acc.Timer.EntryID
}

// TestExport: the filtered set as CSV, readable by a spreadsheet and harmless in it, in the reader's language and zone.
func TestExport(t *testing.T) {
	h := newHouse(t)
	h.populate()
	for i := range 450 {
		h.MustAddMember(fmt.Sprintf("m%03d", i), fmt.Sprintf("Person %03d", i), core.RoleMember)
	}
	hostile := map[string]string{"eq": "=cmd|' /C calc'!A0", "plus": "+1+1", "minus": "-1", "at": "@SUM(A1)", "quote": `Say "hi", you`}
	for key, name := range hostile {
		h.MustAddMember(key, name, core.RoleMember)
	}
	h.MustStart("eq", "=1+1\nsecond line", coretest.Start.Add(-hour))
	token := h.in("olivia")
	export := func(query string) ([][]string, http.Header) {
		t.Helper()
		w := h.post("/w/acme/accounts/export", token, url.Values{"view": {query}})
		body, marked := bytes.CutPrefix(w.Body.Bytes(), []byte("\xef\xbb\xbf"))
		if w.Code != 200 || !marked {
			t.Fatalf("export = %d, mark %v\n%s", w.Code, marked, clipped(w.Body.String()))
		}
		rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows, w.Header()
	}
	rows, header := export("")
	if len(rows) != 1+6+450+len(hostile) {
		t.Errorf("%d rows", len(rows))
	}
	if got := header.Get("Content-Disposition"); got != `attachment; filename="accounts-acme-2026-11-23.csv"` || !strings.HasPrefix(header.Get("Content-Type"), "text/csv") {
		t.Errorf("headers: %v", header)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
	for _, name := range hostile {
		if !slices.ContainsFunc(rows, func(row []string) bool { return strings.TrimPrefix(row[0], "'") == name }) {
			t.Errorf("%q is missing", name)
		}
	}
	rows, _ = export("filter=running&q=dana&cols=name&cursor=ignored")
	want := []string{"Dana Member", "dana@acme.test", "Member", "Active", "2", "Quarterly report", "2026-11-23 01:00:00", "9:00:00", "Yes"}
	if len(rows) != 2 || !slices.Equal(rows[1][:9], want) {
		t.Errorf("filtered: %q", rows)
	}
	if rows[0][0] != "Name" || !strings.Contains(rows[0][6], "Europe/Berlin") {
		t.Errorf("heading: %q", rows[0])
	}
	rows, _ = export("q=nobody+at+all")
	if len(rows) != 1 {
		t.Errorf("nobody: %q", rows)
	}
	h.speak("olivia", "de", "Europe/Berlin")
	rows, header = export("sort=keys&dir=desc")
	if rows[0][0] != "Name" || rows[0][3] != "Status" || rows[0][2] != "Rolle" || rows[1][0] != "Dana Member" || !strings.Contains(header.Get("Content-Disposition"), `"konten-acme-2026-11-23.csv"`) {
		t.Errorf("German: %q, %v", rows[0], header)
	}
	for _, a := range h.MustAudit(core.ActAccountsExport) {
		if a.Outcome != core.OutcomeDone || a.ActorID != h.Who("olivia").User.ID {
			t.Errorf("audit: %+v", a)
		}
	}
	if n := len(h.MustAudit(core.ActAccountsExport)); n != 4 {
		t.Errorf("%d exports audited, want 4", n)
	}
	// A refusal is a page, not a file.
	for who, as := range map[string]string{"admin": h.in("adam"), "acting": h.acting("olivia", "dana")} {
		w := h.post("/w/acme/accounts/export", as, nil)
		if w.Code != 403 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || w.Header().Get("Content-Disposition") != "" {
			t.Errorf("%s = %d %v", who, w.Code, w.Header())
		}
	}
	if w := h.post("/w/acme/accounts/export", token, url.Values{"view": {"sort=salary"}}); w.Code != 422 {
		t.Errorf("a bad view = %d", w.Code)
	}
}

func TestInert(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "plain": "plain", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "a=1": "a=1", "Ünal": "Ünal",
	} {
		if got := inert(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}
