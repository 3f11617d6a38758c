package panel

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// corrected makes Olivia correct an entry of somebody's.
func (h *house) corrected(key string) core.TimeEntry {
	h.t.Helper()
	e := h.finished(key, "Meeting", 3*time.Hour, time.Hour)
	end, text := e.End.Add(30*time.Minute), "Long meeting"
	e, err := h.CorrectEntry(h.t.Context(), h.Actor("olivia"), core.EntryChange{EntryID: e.ID, End: &end, Description: &text, Reason: "you forgot half an hour"})
	if err != nil {
		h.t.Fatalf("correct: %v", err)
	}
	return e
}

// TestInbox: who did what, when, through which door, why, and what was before.
func TestInbox(t *testing.T) {
	h := newHouse(t)
	h.speak("dana", "en", "Europe/Berlin")
	token := h.in("dana")
	mustHave(t, "empty", h.get("/w/acme/inbox", token).Body.String(), "Nothing has happened", "Nobody has logged in as you")
	h.corrected("dana")
	h.Clock.Advance(time.Minute)
	h.MustKey("dana")
	if _, err := h.DeactivateAPIKeys(t.Context(), h.Actor("olivia"), h.Who("dana").ID, "lost laptop"); err != nil {
		t.Fatal(err)
	}
	page := html.UnescapeString(h.get("/w/acme/inbox", token).Body.String())
	mustHave(t, "inbox", page, "Olivia Owner corrected your entry", "10:00</time> · Panel", "you forgot half an hour", `<del class="muted">Meeting</del>`, "<ins>Long meeting</ins>",
		`<del class="muted">23 Nov 2026, 08:00</del>`, "<ins>23 Nov 2026, 08:30</ins>", "Olivia Owner deactivated your API keys", "lost laptop", "2 unread", "Mark all as read", "Accept", "Dispute")
	if strings.Index(page, "deactivated your API keys") > strings.Index(page, "corrected your entry") {
		t.Error("the newest is not first")
	}
	mustHave(t, "navigation", page, `id="unread"><span aria-hidden="true">2</span><span class="unseen">2 unread</span>`)
	mustLack(t, "somebody else's inbox", h.get("/w/acme/inbox", h.in("dirk")).Body.String(), "corrected your entry")

	// Looking reads nothing; the button does, and only what was shown.
	for range 3 {
		h.get("/w/acme/inbox", token)
	}
	shown := fieldOf(page, "newest")
	h.Clock.Advance(time.Second)
	h.corrected("dana")
	if w := h.post("/w/acme/inbox/read", token, url.Values{"newest": shown}); w.Code != 303 || w.Header().Get("Location") != "/w/acme/inbox" {
		t.Errorf("mark as read = %d", w.Code)
	}
	mustHave(t, "what came later", h.get("/w/acme/inbox", token).Body.String(), "1 unread")
	code, _, part := h.part(http.MethodPost, "/w/acme/inbox/read", token, url.Values{"newest": {h.noticeOf("dana")}})
	if code != 200 || strings.Contains(part, "mark-read") || !strings.Contains(part, `id="inbox"`) {
		t.Errorf("mark as read with scripts = %d\n%s", code, clipped(part))
	}
	mustHave(t, "navigation after", h.get("/w/acme/", token).Body.String(), `id="unread" hidden`)
	if w := h.post("/w/acme/inbox/read", token, url.Values{"newest": {"x"}}); w.Code != 422 {
		t.Errorf("nonsense = %d, want 422", w.Code)
	}
}

// TestAnswerCorrections: accept, dispute with a note, and what becomes of each.
func TestAnswerCorrections(t *testing.T) {
	h := newHouse(t)
	token := h.in("dana")
	h.corrected("dana")
	first := h.noticeOf("dana")
	h.Clock.Advance(time.Second)
	h.corrected("dana")
	second := h.noticeOf("dana")

	w := h.post("/w/acme/inbox/"+first+"/accept", token, nil)
	if w.Code != 303 || w.Header().Get("Location") != "/w/acme/inbox?answered="+first {
		t.Fatalf("accept = %d %s", w.Code, w.Header().Get("Location"))
	}
	mustHave(t, "accepted", h.get(w.Header().Get("Location"), token).Body.String(), "You accepted this")
	if w := h.post("/w/acme/inbox/"+first+"/dispute", token, url.Values{"note": {"no"}}); w.Code != 409 {
		t.Errorf("dispute after accept = %d, want 409", w.Code)
	}
	if w := h.get("/w/acme/inbox/"+first+"/dispute", token); w.Code != 409 {
		t.Errorf("the form for it = %d, want 409", w.Code)
	}

	mustHave(t, "form", h.get("/w/acme/inbox/"+second+"/dispute", token).Body.String(), "Dispute this?", "What is wrong?", "Long meeting", "required")
	for _, htmx := range []bool{false, true} {
		w := h.do(http.MethodPost, "/w/acme/inbox/"+second+"/dispute", call{as: token, htmx: htmx, form: url.Values{"note": {"  "}}})
		if w.Code != 422 {
			t.Errorf("without a note = %d, want 422", w.Code)
		}
		mustHave(t, "without a note", w.Body.String(), `role="alert"`, "what is wrong", `aria-invalid="true"`)
	}
	long := strings.Repeat("n", 501)
	code, _, part := h.part(http.MethodPost, "/w/acme/inbox/"+second+"/dispute", token, url.Values{"note": {long}})
	if code != 422 || !strings.Contains(part, long) {
		t.Errorf("a long note = %d", code)
	}
	code, _, part = h.part(http.MethodPost, "/w/acme/inbox/"+second+"/dispute", token, url.Values{"note": {"I left at five"}})
	if code != 200 {
		t.Fatalf("dispute = %d", code)
	}
	mustHave(t, "disputed", part, "Disputed.", "You disputed this", "I left at five")
	olivia := html.UnescapeString(h.get("/w/acme/inbox", h.in("olivia")).Body.String())
	mustHave(t, "Olivia's inbox", olivia, "Dana Member disputes what you did", "I left at five", "1 unread")
	// Whoever did it corrects the entry from there, and comes back there.
	notice := h.noticeOf("olivia")
	link := regexp.MustCompile(`href="(/w/acme/entries/[0-9a-f]{24}/correct\?from=inbox&view=` + notice + `)"`).FindStringSubmatch(olivia)
	if link == nil {
		t.Fatalf("no way to the entry:\n%s", clipped(olivia))
	}
	question := h.get(link[1], h.in("olivia")).Body.String()
	mustHave(t, "correction", question, `href="/w/acme/inbox#notice-`+notice+`" data-close`)
	form := hidden(question)
	form.Set("start", "2026-11-23T07:00")
	form.Set("end", "2026-11-23T08:00")
	path, _, _ := strings.Cut(link[1], "?")
	done := h.post(path, h.in("olivia"), form)
	entry := strings.Split(path, "/")[4]
	if to := done.Header().Get("Location"); done.Code != 303 || to != "/w/acme/inbox?corrected="+entry+"#notice-"+notice {
		t.Errorf("corrected = %d to %s", done.Code, to)
	}
	mustHave(t, "inbox", h.get("/w/acme/inbox?corrected="+entry, h.in("olivia")).Body.String(), "Saved: 07:00 to 08:00")
	for _, evil := range []string{"//evil.example", "x#y", notice + "/../x"} {
		mustHave(t, evil, h.get(path+"?from=inbox&view="+url.QueryEscape(evil), h.in("olivia")).Body.String(), `href="/w/acme/inbox#notice-" data-close`)
	}
	if w := h.post("/w/acme/inbox/"+second+"/accept", h.in("dirk"), nil); w.Code != 404 {
		t.Errorf("somebody else's notice = %d, want 404", w.Code)
	}
}

// TestWhoActedInMyName lists each time, with the reason; and shows all of it, but nothing to press, to who does it.
func TestWhoActedInMyName(t *testing.T) {
	h := newHouse(t)
	h.speak("dana", "en", "Europe/Berlin")
	h.speak("olivia", "en", "Europe/Berlin")
	h.corrected("dana")
	token := h.actAs("dana")
	mine := h.in("dana")
	page := html.UnescapeString(h.get("/w/acme/inbox", mine).Body.String())
	mustHave(t, "open", page, "Who acted in your name", "23 Nov 2026, 10:00", "until 10:30 at the latest", "going on", "Troubleshoot", "the report <b>fails</b>", "Olivia Owner logged in as you")

	as := h.get("/w/acme/inbox", token)
	mustHave(t, "read only", as.Body.String(), "corrected your entry", "only they can answer")
	mustLack(t, "read only", as.Body.String(), "/accept", "/dispute", "mark-read")
	notices, err := h.Notices(t.Context(), h.Actor("dana"), 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range notices {
		if n.Act != core.ActEntryCorrect {
			continue
		}
		for _, act := range []string{"accept", "dispute"} {
			if w := h.post("/w/acme/inbox/"+string(n.ID)+"/"+act, token, url.Values{"note": {"x"}}); w.Code != 403 {
				t.Errorf("%s while acting as = %d, want 403", act, w.Code)
			}
		}
		if w := h.get("/w/acme/inbox/"+string(n.ID)+"/dispute", token); w.Code != 403 {
			t.Errorf("the form while acting as = %d, want 403", w.Code)
		}
	}
	if w := h.post("/w/acme/inbox/read", token, nil); w.Code != 303 {
		t.Errorf("mark as read while acting as = %d", w.Code)
	}
	if n, err := h.UnreadNotices(t.Context(), h.Actor("dana")); err != nil || n == 0 {
		t.Errorf("somebody else read Dana's notices: %d %v", n, err)
	}

	h.Clock.Advance(12 * time.Minute)
	if w := h.post("/impersonation/end", token, nil); w.Code != 303 {
		t.Fatalf("end = %d", w.Code)
	}
	page = h.get("/w/acme/inbox", mine).Body.String()
	mustHave(t, "ended", page, "10:00</time> – 10:12")
	mustLack(t, "ended", page, "going on")
	// One that nobody ended is over when its time is.
	h.actAs("dana")
	h.Clock.Advance(45 * time.Minute)
	mustHave(t, "expired", h.get("/w/acme/inbox", h.in("dana")).Body.String(), "10:12</time> – 10:42")
	h.speak("dana", "de", "Europe/Berlin")
	mustHave(t, "German", h.get("/w/acme/inbox", h.in("dana")).Body.String(), "Posteingang", "Olivia Owner hat Ihren Eintrag korrigiert", "Wer in Ihrem Namen gehandelt hat")
}

// TestLiveTellsKeysAndNotices: the owner's act is heard on the member's stream, with the number of unread notices.
func TestLiveTellsKeysAndNotices(t *testing.T) {
	h := newHouse(t)
	h.MustKey("dana")
	srv := h.serverFor()
	dana, dirk := h.listen(srv, "/live?w=acme", h.in("dana")), h.listen(srv, "/live?w=acme", h.in("dirk"))
	dana.until("event: keys-changed") // the state comes first
	dana.until(`{"count":"","label":""}`)
	dana.until(`{"timer":null}`)
	dirk.until(`{"timer":null}`)
	if _, err := h.DeactivateAPIKeys(t.Context(), h.Actor("olivia"), h.Who("dana").ID, ""); err != nil {
		t.Fatal(err)
	}
	if took := dana.until("event: keys-changed"); took > time.Second {
		t.Errorf("it took %s", took)
	}
	dana.until(`{"count":"1","label":"1 unread"}`)
	dirk.quiet("event:")
}
