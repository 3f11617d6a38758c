package panel

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/tools/browsertest"
)

// TestBrowserLogInAs is the older way to end a forgotten timer: log in as the member, press Stop, correct the time,
// return. With scripts and without.
func TestBrowserLogInAs(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			e := h.MustStart("dana", "Quarterly report", coretest.Start.Add(-9*time.Hour))
			srv := h.open()
			tab := h.signedIn(srv, "olivia", browsertest.Options{NoScript: !scripts})
			tab.Open(srv + accountsAt + "?filter=running")
			if scripts { // a mistake first
				tab.Click("#log-in-as-" + h.member("dana"))
				tab.WaitVisible("dialog[open]")
				tab.WaitEval(`document.activeElement.id === "reason-forgotten_timer"`)
				tab.Click("#reason-other")
				tab.Click("button.primary-act")
				tab.WaitText("#form-error", "say why in the note")
				tab.WaitEval(`document.activeElement.id === "note" && document.querySelector("#reason-other").checked`)
				accessible(t, tab, "reason dialog with an error")
				tab.ClickText("Cancel")
				tab.WaitGone("dialog[open]")
				tab.WaitEval(`document.activeElement.id === "menu-button-` + h.member("dana") + `"`)
			}
			tab.Click(menuButton(h, "dana"))
			tab.ClickText("Log in as user")
			tab.WaitText("#dialog-title", "Log in as Dana Member?")
			tab.Click("#reason-forgotten_timer")
			tab.Type("#note", "went home")
			tab.Click("button.primary-act")
			tab.WaitText(".banner", "Olivia Owner, logged in as Dana Member")
			tab.WaitText(".banner", "Stop a forgotten timer: went home")
			tab.WaitText("h1", "My time")
			if title := tab.Eval("document.title"); !strings.HasPrefix(title, "Dana Member · ") {
				t.Errorf("title %q", title)
			}
			if scripts {
				left := tab.Text(".banner [data-until]")
				tab.WaitEval(`document.querySelector(".banner [data-until]").textContent !== "` + left + `"`)
				// Fixed: it stays in sight, whatever is scrolled.
				tab.Eval(`document.body.insertAdjacentHTML("beforeend", "<p class=long></p>"); document.querySelector(".long").style.height = "3000px"; scrollTo(0, 2000)`)
				tab.WaitEval(`document.querySelector(".banner").getBoundingClientRect().top === 0 && scrollY > 100`)
				tab.Reload()
			}
			accessible(t, tab, "My time as somebody else")
			tab.Click("#stop-button")
			tab.WaitText("#toasts", "Timer stopped")
			tab.ClickText("Correct the time")
			tab.WaitVisible("#entry-description")
			tab.SetValue("#end", "2026-11-23T08:30")
			tab.ClickText("Save")
			tab.WaitText("#toasts", "Saved: 01:00 to 08:30")
			tab.WaitText(".banner", "logged in as Dana Member")
			tab.ClickText("Return to my account")
			tab.WaitText("#toasts", "You are back in your own account")
			tab.WaitURL(accountsAt)
			tab.WaitGone(".banner")
			if got := h.entry(e.ID); !got.End.Equal(coretest.Start.Add(-90 * time.Minute)) {
				t.Errorf("end = %s", got.End)
			}
			for _, act := range []core.Action{core.ActTimerStop, core.ActEntryCorrect} {
				a := h.MustAudit(act)[0]
				if a.ActorID != h.Who("olivia").User.ID || a.EffectiveID != h.Who("dana").User.ID {
					t.Errorf("%s names %s as %s", act, a.ActorName, a.EffectiveName)
				}
			}
			tab.MustBeQuiet("422", "403") // a live refresh of Accounts may come too late
		})
	}
}

// TestBrowserLogInAsEnds: the page of a member whom an owner acts as turns by itself into the owner's own, with the
// reason, in each tab that shows it.
func TestBrowserLogInAsEnds(t *testing.T) {
	h := newHouse(t)
	srv := h.open()
	tab := h.signedIn(srv, "olivia", browsertest.Options{})
	other := tab.Sibling(browsertest.Options{})
	other.Open(srv + "/w/acme/")
	other.WaitText("h1", "My time")
	other.WaitEval(`!!document.querySelector("#live")._htmx?.sse`)
	tab.Open(srv + h.logInAsPath("dana"))
	tab.Click("#reason-security")
	tab.Click("button.primary-act")
	tab.WaitText(".banner", "logged in as Dana Member")
	other.WaitText(".banner", "logged in as Dana Member") // the same session, so the same person
	tab.WaitEval(`!!document.querySelector("#live")._htmx?.sse`)
	other.WaitEval(`!!document.querySelector("#live")._htmx?.sse`)
	h.MustSetPlan(core.PlanPro)
	for _, page := range []*browsertest.Tab{tab, other} {
		page.WaitGone(".banner")
		page.WaitText("h1", "My time")
		page.WaitEval(`document.body.textContent.includes("Olivia Owner")`)
	}
	both := tab.Text("#toasts") + other.Text("#toasts")
	if !strings.Contains(both, "no longer has the Enterprise plan") {
		t.Errorf("no reason is given: %q", both)
	}
	for _, page := range []*browsertest.Tab{tab, other} {
		page.Reload() // still signed in, with the new token
		page.WaitText("h1", "My time")
		page.MustBeQuiet("401", "403")
	}
}

// TestBrowserBulk: boxes, the bar with the count, a refresh and another page meanwhile, the question, the result.
func TestBrowserBulk(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.populate()
			for i := range 60 {
				h.MustAddMember(fmt.Sprintf("m%03d", i), fmt.Sprintf("Person %03d", i), core.RoleMember)
			}
			srv := h.open()
			tab := h.signedIn(srv, "olivia", browsertest.Options{NoScript: !scripts})
			tab.Open(srv + accountsAt + "?sort=running_since")
			if !scripts { // axe and the rest are seen with scripts
				tab.Click("#pick-" + h.member("dana"))
				tab.Click("#pick-" + h.member("olivia"))
				tab.Click("#bulk-button")
				tab.WaitText("h2", "Stop 1 timer?")
				tab.Click("button.primary-act")
				tab.WaitText(".summary", "1 stopped, 1 had no timer")
				tab.ClickText("Close")
				tab.WaitURL("sort=running_since")
				tab.MustBeQuiet()
				return
			}
			tab.Click("#pick-page")
			tab.WaitText("#picked", "50")
			tab.Click("#pick-" + h.member("mona"))
			tab.WaitText("#picked", "49")
			tab.WaitEval(`document.querySelector("#pick-page").indeterminate`)
			tab.Click("#pick-page") // what is partly chosen becomes wholly chosen
			tab.Click("#pick-page")
			tab.WaitGone(".bulk")
			tab.Click("#pick-" + h.member("dana"))
			tab.Click("#pick-" + h.member("dirk"))
			tab.WaitText("#picked", "2")
			h.MustStart("adam", "news", coretest.Start.Add(-3*time.Hour)) // moves rows
			tab.WaitText(row(h, "adam"), "news")
			tab.WaitText("#picked", "2")
			if got := tab.Eval(`[...document.querySelectorAll("#accounts input[name=member]:checked")].map(b => b.value).sort().join()`); got != strings.Join(sorted(h.member("dana"), h.member("dirk")), ",") {
				t.Errorf("after a refresh %s are chosen", got)
			}
			tab.Click("#next")
			tab.WaitText("#accounts-count", "51–66")
			if n := tab.Count("#accounts input[name=member]:checked"); n != 0 {
				t.Errorf("%d people of the next page are chosen, whom nobody chose", n)
			}
			tab.Back()
			tab.WaitText("#accounts-count", "1–50")
			tab.Click("#pick-page")
			tab.Click("#bulk-button")
			tab.WaitText("#dialog-title", "Stop 4 timers?")
			tab.WaitText("dialog", "46 selected accounts have no running timer")
			tab.Type("#reason", "end of the day")
			tab.Click("button.primary-act")
			tab.WaitText(".summary", "4 stopped, 46 had no timer")
			accessible(t, tab, "result")
			tab.ClickText("Close")
			tab.WaitGone("dialog[open]")
			tab.WaitGone(row(h, "dana") + " .run")
			tab.MustBeQuiet()
		})
	}
}

func sorted(ids ...string) []string {
	if len(ids) == 2 && ids[0] > ids[1] {
		ids[0], ids[1] = ids[1], ids[0]
	}
	return ids
}

// TestBrowserTableTools: columns in the address, chips, and a refresh that fails keeps the rows and can be repeated.
// TestBrowserUndoLater: stops are undone from the result of a bulk stop and from the row's menu after a change of page,
// with scripts and without.
func TestBrowserUndoLater(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			dana, dirk := h.MustStart("dana", "one", coretest.Start.Add(-time.Hour)), h.MustStart("dirk", "two", coretest.Start.Add(-time.Hour))
			srv := h.open()
			tab := h.signedIn(srv, "olivia", browsertest.Options{NoScript: !scripts})
			tab.Open(srv + accountsAt)
			tab.Click("#pick-" + h.member("dana"))
			tab.Click("#pick-" + h.member("dirk"))
			tab.Click("#bulk-button")
			tab.WaitText("#dialog-title", "Stop 2 timers?")
			tab.Click("button.primary-act")
			line := "#outcome-" + string(dana.ID)
			tab.WaitText(line, "Undo")
			tab.Screenshot("bulk-result-undo")
			accessible(t, tab, "result")
			tab.Click(line + " button")
			tab.WaitText(".people", "running")
			tab.WaitText("#outcome-"+string(dirk.ID), "Undo") // the others are still there
			if !h.entry(dana.ID).Running() || h.entry(dirk.ID).Running() {
				t.Error("another stop was undone")
			}
			if focus := tab.Eval(`document.activeElement.id`); scripts && "#"+focus != line {
				t.Errorf("the focus is on %q", focus)
			}
			tab.Open(srv + accountsAt)
			tab.Click(menuButton(h, "dirk"))
			accessible(t, tab, "menu")
			tab.Screenshot("undo-in-menu-" + fmt.Sprint(scripts))
			tab.ClickText("Undo stop")
			tab.WaitText("#toasts", "The timer of Dirk Müller is running again")
			tab.WaitText(row(h, "dirk"), "two")
			tab.MustBeQuiet()
		})
	}
}

func TestBrowserTableTools(t *testing.T) {
	h := newHouse(t)
	h.populate()
	var broken atomic.Bool
	sound := h.handler
	h.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() && strings.HasSuffix(r.URL.Path, "/settings/accounts") {
			http.Error(w, "", http.StatusBadGateway)
			return
		}
		sound.ServeHTTP(w, r)
	})
	srv := h.open()
	tab := h.signedIn(srv, "olivia", browsertest.Options{})
	tab.Open(srv + accountsAt)
	tab.Click("#columns-button")
	tab.Click("#column-seen")
	tab.WaitURL("cols=email%2Crole%2Cstatus%2Ckeys%2Ctimer")
	tab.WaitGone("th.c-seen")
	tab.WaitEval(`document.querySelector("#columns-menu").matches(":popover-open") && document.activeElement.id === "column-seen"`)
	tab.Click("#column-email")
	tab.WaitGone("th.c-email")
	tab.Press("Escape")
	tab.Click("#filter-running")
	tab.WaitURL("filter=running")
	tab.Type("#q", "dana")
	tab.WaitText("#accounts-count", "1–1 of 1")
	tab.Reload()
	tab.WaitText("#accounts-count", "1–1 of 1")
	if tab.Has("th.c-seen") || tab.Has("th.c-email") || tab.Count(".chip") != 2 {
		t.Error("a reload lost columns or chips")
	}
	tab.Click(".chip a")
	tab.WaitText("#accounts-count", "1–3 of 3")
	broken.Store(true)
	tab.Click("#filter-all")
	tab.WaitVisible("#stale")
	tab.WaitText("#accounts", "Quarterly report")
	tab.Screenshot("accounts-stale")
	accessible(t, tab, "table that could not be refreshed")
	broken.Store(false)
	tab.Click("#retry")
	tab.WaitText("#accounts-count", "1–6 of 6")
	tab.WaitGone("#stale")
	tab.WaitURL("cols=")
	tab.MustBeQuiet("502")
}

// TestBrowserSiblingSubdomain: a page on a sibling subdomain can neither replace the session's cookie nor send the
// panel's forms, although the browser counts it as the same site. A cookie without the prefix shows that it tried.
func TestBrowserSiblingSubdomain(t *testing.T) {
	h := newHouseAt(t, "https://clock.test")
	h.MustStart("dana", "work", coretest.Start.Add(-time.Hour))
	link, _, err := h.CreateSignInLink(t.Context(), coretest.Operator(h.Workspace.ID), "olivia@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	var arrived atomic.Value // what the panel got with the forged request
	arrived.Store("")
	var panelAt string
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Host, "evil.clock.test") {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprintf(w, `<!doctype html><title>Evil</title><link rel="icon" href="data:,"><h1>Evil</h1>
<form method="post" action="%s/w/acme/timer/start"><input name="description" value="forged"><button>Win</button></form>
<script>for (const name of ["clockwarden", "__Host-clockwarden"]) for (const path of ["/", "/w/acme"])
	document.cookie = name + "=tossed; Domain=clock.test; Secure; Path=" + path</script>`, panelAt)
			return
		}
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/timer/start") {
			arrived.Store(r.Header.Get("Cookie") + " " + r.Header.Get("Sec-Fetch-Site"))
		}
		h.handler.ServeHTTP(w, r)
	}))
	srv.Config.ErrorLog = nil
	t.Cleanup(func() {
		h.panel.Close()
		srv.Close()
	})
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	panelAt = "https://acme.clock.test:" + u.Port()
	tab := browsertest.NewTab(t, browsertest.Options{})
	tab.Open(panelAt + "/sign-in/" + link)
	tab.ClickText("Sign in")
	tab.WaitText("h2", "Accounts")
	tab.Open(panelAt + h.logInAsPath("dana"))
	tab.Click("#reason-troubleshoot")
	tab.Click("button.primary-act")
	tab.WaitText(".banner", "logged in as Dana Member")

	tab.Open("https://evil.clock.test:" + u.Port() + "/")
	if got := tab.Eval("document.cookie"); got != "clockwarden=tossed" {
		t.Errorf("the sibling's cookies are %q, want only the one without the prefix", got)
	}
	tab.ClickText("Win")
	tab.WaitText("h1", "No access")
	got := arrived.Load().(string) //nolint:forcetypeassert // only strings are stored
	if !strings.HasSuffix(got, " same-site") || strings.Contains(got, "__Host-clockwarden=tossed") {
		t.Errorf("the forged request came with %q", got)
	}
	if !strings.Contains(got, "clockwarden=tossed") || !strings.Contains(got, "__Host-clockwarden=") {
		t.Errorf("the forged request came without the cookies it needs to prove anything: %q", got)
	}
	tab.Open(panelAt + "/w/acme/")
	tab.WaitText(".banner", "logged in as Dana Member") // the session is untouched
	tab.WaitText("#timer", "work")
	if e, err := h.RunningEntry(t.Context(), h.Actor("dana"), ""); err != nil || e.Description != "work" {
		t.Errorf("the forged form did something: %+v, %v", e, err)
	}
	tab.ClickText("Return to my account")
	tab.WaitText("#toasts", "back in your own account")
	tab.MustBeQuiet("403")
}

// TestBrowserOwnerLooks: an owner's pages in pairs of scheme, width and language, with axe on each and a picture.
func TestBrowserOwnerLooks(t *testing.T) {
	inEveryLook(t, func(t *testing.T, l look) {
		h := newHouse(t)
		h.speak("olivia", l.lang, "Europe/Berlin")
		h.history("dana")
		h.populate()
		h.MustAddMember("long", "Maximiliane-Charlotte von Hohenlohe-Langenburg", core.RoleManager)
		srv := h.open()
		tab := h.signedIn(srv, "olivia", l.o)
		see := l.in(t, tab, "owner-")
		tab.Open(srv + accountsAt + "?filter=running&q=m")
		tab.Click("#pick-page")
		tab.Click("#columns-button")
		tab.WaitVisible("#columns-menu")
		see("chosen-and-columns")
		tab.Press("Escape")
		tab.Click("#bulk-button")
		tab.WaitVisible("dialog[open]")
		see("bulk-question")
		tab.Click("dialog .primary-act")
		tab.WaitVisible(".summary")
		see("bulk-result")
		tab.Open(srv + accountsAt)
		tab.WaitText("#accounts-count", "1–7")
		see("accounts")
		tab.Click("#log-in-as-" + h.member("dana"))
		tab.WaitVisible("dialog[open]")
		see("reason")
		tab.Open(srv + h.logInAsPath("dana"))
		see("reason-page")
		tab.Click("#reason-other")
		tab.Type("#note", "Asked for help with the entries of last week")
		tab.Click("button.primary-act")
		tab.WaitVisible(".banner")
		see("banner")
		tab.Open(srv + accountsAt)
		see("refused")
		tab.Open(srv + "/w/acme/")
		tab.Click(".banner button")
		tab.WaitVisible(".toast")
		see("returned")
		tab.MustBeQuiet("403")
	})
}
