package panel

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/tools/browsertest"
)

// open starts a server for the house. Its clean-up is registered before any tab is opened.
func (h *house) open() string {
	h.t.Helper()
	srv := httptest.NewServer(h.handler)
	h.t.Cleanup(func() {
		h.panel.Close()
		srv.Close()
	})
	return srv.URL
}

// signedIn opens a tab of somebody who is signed in.
func (h *house) signedIn(srv, key string, o browsertest.Options) *browsertest.Tab {
	h.t.Helper()
	tab := browsertest.NewTab(h.t, o)
	tab.SetCookie(srv, h.panel.cookieName(), h.in(key))
	return tab
}

const accountsAt = "/w/acme/settings/accounts"

func row(h *house, key string) string        { return "#account-" + h.member(key) }
func menuButton(h *house, key string) string { return "#menu-button-" + h.member(key) }

// accessible fails when axe finds something on the page as it stands.
func accessible(t *testing.T, tab *browsertest.Tab, what string) {
	t.Helper()
	for _, found := range tab.Axe() {
		t.Errorf("%s: %s", what, found)
	}
}

// fits fails when the page scrolls sideways.
func fits(t *testing.T, tab *browsertest.Tab, what string) {
	t.Helper()
	if got := tab.Eval("document.documentElement.scrollWidth - document.documentElement.clientWidth"); got != "0" {
		t.Errorf("%s is %s pixels wider than the window", what, got)
	}
}

func TestBrowserSignInByLink(t *testing.T) {
	h := newHouse(t)
	srv := h.open()
	link, _, err := h.CreateSignInLink(t.Context(), coretest.Operator(h.Workspace.ID), "olivia@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	tab := browsertest.NewTab(t, browsertest.Options{})
	tab.Open(srv + "/")
	tab.WaitText("h1", "Sign in")
	tab.Screenshot("sign-in")
	accessible(t, tab, "sign-in page")
	tab.Open(srv + "/sign-in/" + link)
	tab.WaitText(".who", "Olivia Owner")
	tab.Screenshot("sign-in-link")
	accessible(t, tab, "sign-in link")
	tab.ClickText("Sign in")
	tab.WaitURL(accountsAt)
	tab.WaitText("h2", "Accounts")
	tab.Open(srv + "/sign-in/" + link)
	tab.WaitText("h1", "no longer works")
	tab.Screenshot("sign-in-dead")
	tab.Open(srv + "/")
	tab.WaitURL("/w/acme/")
	// The way to the Accounts tab: three dots beside the name, Workspace settings, Accounts.
	tab.Click("#workspace-menu-button")
	tab.ClickText("Workspace settings")
	tab.WaitURL("/settings/general")
	tab.ClickText("Accounts")
	tab.WaitURL(accountsAt)
	tab.ClickText("Sign out")
	tab.WaitText("h1", "Sign in")
	tab.MustBeQuiet("410")
}

// TestBrowserStop: each end choice, the toast with Undo, correcting, with scripts and without.
func TestBrowserStop(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			hours := "mon-sun 06:00-09:30"
			if _, err := h.UpdateMember(t.Context(), coretest.Operator(h.Workspace.ID), h.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}); err != nil {
				t.Fatal(err)
			}
			srv := h.open()
			tab := h.signedIn(srv, "olivia", browsertest.Options{NoScript: !scripts})
			var last core.ID
			for choice, want := range map[string]time.Time{
				"#end-now": coretest.Start,
				"#end-1":   coretest.Start.Add(-30 * time.Minute), // end of working hours, 09:30 in Berlin
				"#end-own": coretest.Start.Add(-75 * time.Minute),
			} {
				if last != "" { // it would be in the way of a chosen end
					if _, err := h.DeleteEntry(t.Context(), h.Actor("dana"), last); err != nil {
						t.Fatal(err)
					}
				}
				e := h.MustStart("dana", "Quarterly report", coretest.Start.Add(-2*time.Hour))
				last = e.ID
				tab.Open(srv + accountsAt + "?filter=running")
				tab.WaitText(row(h, "dana"), "Quarterly report")
				tab.Click(menuButton(h, "dana"))
				tab.ClickText("Stop timer")
				tab.WaitVisible("#dialog-title")
				if choice != "#end-own" || !scripts { // with scripts, typing a time chooses it
					tab.SetValue(choice, "true")
				}
				if choice == "#end-own" {
					tab.SetValue("#end-at", "2026-11-23T08:45")
				}
				tab.Type("#reason", "left early")
				tab.Click("button.primary-act")
				tab.WaitText(".toast", "Stopped the timer of Dana Member")
				if got := h.entry(e.ID); !got.End.Equal(want) {
					t.Errorf("%s: end %s, want %s", choice, got.End, want)
				}
				tab.WaitURL("filter=running")
				if strings.Contains(tab.URL(), "stopped=") == scripts {
					t.Errorf("address after stopping: %s", tab.URL())
				}
				tab.WaitGone("dialog[open]")
				tab.WaitGone(row(h, "dana")) // the filter shows running timers
			}
			// Undo, from the toast.
			tab.ClickText("Undo")
			tab.WaitText("#toasts", "running again")
			tab.WaitText(row(h, "dana"), "Quarterly report")
			// Correct, from the toast of another stop.
			tab.Click(menuButton(h, "dana"))
			tab.ClickText("Stop timer")
			tab.Click("button.primary-act")
			tab.WaitText("#toasts", "Stopped the timer")
			tab.Eval(`document.querySelectorAll(".toast a.link-btn").forEach((a, i, all) => { if (i < all.length - 1) a.closest(".toast").remove() })`)
			tab.ClickText("Correct the time")
			tab.WaitVisible("#entry-description")
			tab.SetValue("#end", "2026-11-23T09:05")
			tab.Type("#entry-description", "Annual report")
			tab.ClickText("Save")
			tab.WaitText("#toasts", "Saved: 08:00 to 09:05")
			tab.MustBeQuiet()
		})
	}
}

// TestBrowserMistakes: a bad end keeps the dialog and what was typed; a stale dialog says what is true.
func TestBrowserMistakes(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			e := h.MustStart("dana", "work", coretest.Start.Add(-2*time.Hour))
			srv := h.open()
			tab := h.signedIn(srv, "olivia", browsertest.Options{NoScript: !scripts})
			tab.Open(srv + accountsAt)
			tab.Click(menuButton(h, "dana"))
			tab.ClickText("Stop timer")
			tab.WaitVisible("#end-at")
			tab.SetValue("#end-own", "true")
			tab.SetValue("#end-at", "2026-11-23T07:00")
			tab.Type("#reason", "kept")
			tab.Click("button.primary-act")
			tab.WaitText("#form-error", "after the start")
			if tab.Value("#reason") != "kept" || tab.Value("#end-at") != "2026-11-23T07:00" || scripts && tab.Eval(`document.activeElement.id`) != "end-at" {
				t.Errorf("kept %q and %q, focus on %q", tab.Value("#reason"), tab.Value("#end-at"), tab.Eval(`document.activeElement.id`))
			}
			if scripts {
				tab.Screenshot("stop-422")
			}
			accessible(t, tab, "form with an error")
			if _, err := h.StopTimer(t.Context(), h.Actor("otto"), core.StopTimer{EntryID: e.ID}); err != nil {
				t.Fatal(err)
			}
			h.MustStart("dana", "second", coretest.Start)
			tab.Click("#end-now")
			tab.Click("button.primary-act")
			tab.WaitText("#dialog-title", "Nothing was changed")
			tab.WaitText("[role=alert]", "Otto Owner")
			if scripts {
				tab.Screenshot("stop-409")
			}
			accessible(t, tab, "stale dialog")
			tab.ClickText("Stop the timer that runs now")
			tab.WaitText(".facts", "second")
			tab.ClickText("Cancel")
			tab.WaitGone("dialog[open]")
			if scripts {
				tab.WaitEval(`document.activeElement.id === "menu-button-` + h.member("dana") + `"`)
			} else {
				tab.WaitURL(accountsAt)
			}
			tab.MustBeQuiet("422", "409")
		})
	}
}

func TestBrowserDeactivateKeys(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.MustKey("dana")
			h.MustKey("dana")
			srv := h.open()
			tab := h.signedIn(srv, "olivia", browsertest.Options{NoScript: !scripts})
			tab.Open(srv + accountsAt + "?filter=with_keys")
			tab.Click(menuButton(h, "dana"))
			tab.ClickText("Deactivate API key")
			tab.WaitText(".facts", "2 active API keys")
			if scripts {
				tab.Screenshot("keys-dialog")
			}
			accessible(t, tab, "keys dialog")
			tab.Type("#reason", "lost laptop")
			tab.Click("button.primary-act")
			tab.WaitText("#toasts", "Dana Member")
			tab.WaitGone(row(h, "dana"))
			tab.WaitText("#filter-with_keys", "0")
			tab.MustBeQuiet()
		})
	}
}

// TestBrowserTable: search while typing, filters, order, pages, Back, reload, and the address that holds it all.
func TestBrowserTable(t *testing.T) {
	h := newHouse(t)
	h.populate()
	for i := range 70 {
		h.MustAddMember(fmt.Sprintf("m%03d", i), fmt.Sprintf("Person %03d", i), core.RoleMember)
	}
	srv := h.open()
	tab := h.signedIn(srv, "olivia", browsertest.Options{})
	tab.Open(srv + accountsAt)
	tab.WaitText("#accounts-count", "1–50 of 76")
	tab.Press("/")
	if got := tab.Eval("document.activeElement.id"); got != "q" {
		t.Errorf("focus after / is on %q", got)
	}
	tab.Eval(`document.activeElement.value = ""`) // the test's keyboard types a character even where the page refused the key
	for _, letter := range []string{"d", "i", "r", "k"} {
		tab.Press(letter)
	}
	tab.WaitText("#accounts-count", "1–1 of 1")
	tab.WaitURL("?q=dirk")
	if tab.Eval("document.activeElement.id + document.activeElement.selectionStart") != "q4" || tab.Value("#q") != "dirk" {
		t.Error("the search box lost the focus, the caret or its text")
	}
	tab.Press("Enter")
	tab.Type("#q", "zzz")
	tab.WaitText(".empty", "No account matches")
	tab.Screenshot("accounts-no-match")
	accessible(t, tab, "no match")
	tab.ClickText("Clear filters")
	tab.WaitText("#accounts-count", "of 76")
	tab.Click("#next")
	tab.WaitText("#accounts-count", "51–76 of 76")
	tab.WaitURL("cursor=")
	tab.WaitEval(`document.activeElement.id === "accounts-count"`)
	tab.Reload()
	tab.WaitText("#accounts-count", "51–76 of 76")
	tab.Back()
	tab.WaitText("#accounts-count", "1–50 of 76")
	tab.Click("#filter-running")
	tab.WaitText("#accounts-count", "1–3 of 3")
	tab.WaitURL("filter=running")
	if got := tab.Attr("#filter-running", "aria-current"); got != "true" {
		t.Errorf("aria-current = %q", got)
	}
	tab.Click("#sort-email")
	tab.WaitEval(`document.querySelector("th.c-email").getAttribute("aria-sort") === "ascending"`)
	tab.Click("#sort-email")
	tab.WaitEval(`document.querySelector("th.c-email").getAttribute("aria-sort") === "descending"`)
	tab.WaitURL("dir=desc")
	tab.Type("#q", "mona")
	tab.WaitText("#accounts-count", "1–1 of 1")
	tab.WaitURL("filter=running&q=mona")
	tab.Back()
	tab.WaitURL("filter=running&sort=email")
	tab.WaitText("#accounts-count", "1–3 of 3")
	tab.MustBeQuiet()

	plain := h.signedIn(srv, "olivia", browsertest.Options{NoScript: true})
	plain.Open(srv + accountsAt)
	plain.Type("#q", "person 06")
	plain.Press("Enter")
	plain.WaitURL("q=person")
	plain.WaitText("#accounts-count", "1–10 of 10")
	plain.Click("#sort-name")
	plain.WaitURL("dir=desc")
	plain.WaitText("tbody tr", "Person 069")
	plain.MustBeQuiet()
}

// TestBrowserLive: what an owner does stands on the member's open page within a second, in a hidden tab too; and a
// refresh leaves an open menu, the focus and what is being typed alone.
func TestBrowserLive(t *testing.T) {
	h := newHouse(t)
	h.MustStart("dana", "Quarterly report", coretest.Start.Add(-2*time.Hour))
	srv := h.open()
	owner := h.signedIn(srv, "olivia", browsertest.Options{})
	dana := h.signedIn(srv, "dana", browsertest.Options{})
	hidden := dana.Sibling(browsertest.Options{})
	for _, tab := range []*browsertest.Tab{dana, hidden} {
		tab.Open(srv + "/w/acme/")
		tab.WaitText("#timer", "Quarterly report")
		tab.Eval(`window.changed = new Promise(done => new MutationObserver(() => {
			if (document.querySelector("#start-button")) done(Date.now());
		}).observe(document.body, {childList: true, subtree: true})); 0`)
	}
	hidden.SetHidden(true)
	owner.Open(srv + accountsAt)
	owner.WaitEval(`!!document.querySelector("#live")._htmx?.sse`)
	owner.Click(menuButton(h, "dana"))
	owner.ClickText("Stop timer")
	owner.WaitVisible("dialog[open]")
	owner.Click("button.primary-act")
	owner.WaitText(".toast", "Stopped the timer")
	stopped := owner.Eval("Date.now()")
	for name, tab := range map[string]*browsertest.Tab{"open tab": dana, "hidden tab": hidden} {
		if late := tab.Eval("window.changed.then(at => at - " + stopped + " > 1000)"); late != "false" {
			t.Errorf("%s: the stop was seen more than a second later", name)
		}
		tab.WaitText(".day", "stopped by Olivia Owner")
		tab.WaitVisible("#start-button")
	}

	// A menu stays open, the focus stays, while another's row changes.
	owner.Click("#workspace-menu-button")
	owner.Press("Escape")
	h.MustStart("dirk", "before", coretest.Start.Add(-time.Hour))
	owner.WaitText(row(h, "dirk"), "before")
	owner.Click(menuButton(h, "dirk"))
	owner.WaitVisible("#menu-" + h.member("dirk"))
	owner.Eval(`document.activeElement.dataset.mark = "same"`)
	h.MustStart("mona", "news", coretest.Start.Add(-time.Minute))
	owner.WaitText(row(h, "mona"), "news")
	if !strings.Contains(owner.Eval(`document.querySelector("#menu-`+h.member("dirk")+`").matches(":popover-open")`), "true") {
		t.Error("a refresh closed the menu")
	}
	if got := owner.Eval(`document.activeElement.id`); got != "menu-button-"+h.member("dirk") {
		t.Errorf("a refresh moved the focus to %q", got)
	}
	owner.Press("Escape")
	owner.Type("#q", "d")
	owner.WaitURL("q=d")
	owner.Press("a")
	h.MustStart("adam", "more news", coretest.Start.Add(-time.Minute))
	owner.WaitText("#accounts-count", "of")
	owner.WaitURL("q=da")
	if got := owner.Value("#q"); got != "da" {
		t.Errorf("a refresh changed the search to %q", got)
	}
	// The member types a description while something else changes.
	dana.Type("#description", "half a sen")
	h.Announce(core.Event{Kind: core.EventAny})
	dana.WaitEval(`new Promise(done => setTimeout(() => done(true), 600))`)
	if got := dana.Value("#description"); got != "half a sen" {
		t.Errorf("a refresh changed what is being typed to %q", got)
	}
	// Start and stop with scripts, and the running clock.
	dana.Press("Enter")
	dana.WaitText("#timer", "half a sen")
	dana.WaitEval(`document.querySelector(".timer-clock").textContent !== "0:00:00"`)
	hidden.WaitText("#timer", "half a sen")
	dana.Click("#stop-button")
	dana.WaitText("#toasts", "Timer stopped")
	dana.ClickText("Undo")
	dana.WaitText("#toasts", "running again")
	dana.WaitVisible("#stop-button")
	// A right that ends ends the page.
	h.MustSetPlan(core.PlanPro)
	owner.WaitText("h1", "No access")
	for _, tab := range []*browsertest.Tab{owner, dana, hidden} {
		tab.MustBeQuiet("403")
	}
}

// TestBrowserMyTimeWithoutScripts: start and stop with whole pages.
func TestBrowserMyTimeWithoutScripts(t *testing.T) {
	h := newHouse(t)
	srv := h.open()
	tab := h.signedIn(srv, "dana", browsertest.Options{NoScript: true})
	tab.Open(srv + "/w/acme/")
	tab.Type("#description", "Inventory")
	tab.Click("#start-button")
	tab.WaitText("#timer", "Inventory")
	h.Clock.Advance(10 * time.Minute)
	tab.Click("#stop-button")
	tab.WaitText("#toasts", "Timer stopped: 10 min")
	tab.ClickText("Undo")
	tab.WaitText("#timer", "Inventory")
	tab.MustBeQuiet()
}

// TestBrowserLooks: the pages in pairs of scheme, width and language, with axe on each, and a picture to look at.
func TestBrowserLooks(t *testing.T) {
	inEveryLook(t, func(t *testing.T, l look) {
		h := newHouse(t)
		h.speak("olivia", l.lang, "Europe/Berlin")
		h.history("olivia")
		h.populate()
		h.MustStart("olivia", "Planning the week", coretest.Start.Add(-50*time.Minute))
		for i := range 48 {
			h.MustAddMember(fmt.Sprintf("m%03d", i), fmt.Sprintf("Person %03d", i), core.RoleMember)
		}
		h.MustSetStatus("m003", core.StatusInactive)
		h.secondWorkspace("beta", "olivia@acme.test")
		srv := h.open()
		tab := h.signedIn(srv, "olivia", l.o)
		see := l.in(t, tab, "")
		tab.Open(srv + accountsAt)
		tab.WaitVisible("#next")
		see("accounts")
		tab.Click(menuButton(h, "dana"))
		tab.WaitVisible("#menu-" + h.member("dana"))
		see("menu")
		tab.Click("#menu-" + h.member("dana") + ` a[href*="/stop"]`)
		tab.WaitVisible("dialog[open]")
		see("stop")
		tab.Click("dialog .primary-act")
		tab.WaitVisible(".toast")
		see("toast")
		tab.Open(srv + accountsAt + "?filter=flagged&q=" + url.QueryEscape("dana"))
		see("empty")
		tab.Open(srv + "/w/acme/")
		tab.WaitVisible("#timer")
		see("my-time")
		tab.Click("#workspace-menu-button")
		tab.WaitVisible("#workspace-menu")
		see("workspace-menu")
		tab.Open(srv + "/w/acme/accounts/" + h.member("mona") + "/stop")
		see("stop-page")
		tab.Open(srv + "/w/acme/nowhere")
		see("not-found")
		tab.MustBeQuiet("404")
	})
}

// history gives somebody a few days of finished entries.
func (h *house) history(key string) {
	h.t.Helper()
	for i, text := range []string{"Weekly review", "Hiring interviews for the support team", "", "Budget 2027", "Customer call"} {
		start := coretest.Start.Add(-time.Duration(i*13+3) * time.Hour)
		if _, err := h.CreateEntry(h.t.Context(), h.Actor(key), core.NewEntry{Description: text, Start: start, End: start.Add(time.Duration(35+i*22) * time.Minute)}); err != nil {
			h.t.Fatalf("history: %v", err)
		}
	}
}

// TestBrowserHostile: hostile names and descriptions run nothing and break no page, also in what htmx fetches.
func TestBrowserHostile(t *testing.T) {
	h := newHouse(t)
	for i, p := range hostile() {
		key := fmt.Sprintf("evil%d", i)
		h.MustAddMember(key, p, core.RoleMember)
		h.MustStart(key, p, coretest.Start.Add(-time.Hour))
	}
	srv := h.open()
	tab := h.signedIn(srv, "olivia", browsertest.Options{})
	unharmed := func() {
		t.Helper()
		if got := tab.Eval(`typeof pwned + " " + (document.querySelector("main") !== null)`); got != "undefined true" {
			t.Errorf("%s: %s", tab.URL(), got)
		}
	}
	tab.Open(srv + accountsAt + "?filter=running")
	for i := range hostile() {
		if i%8 != 0 { // they are all in the table; some are clicked through
			continue
		}
		key := fmt.Sprintf("evil%d", i)
		tab.Click(menuButton(h, key))
		tab.ClickText("Stop timer")
		tab.WaitVisible("dialog[open]")
		tab.Click("button.primary-act")
		tab.WaitText("#toasts", "Stopped the timer of")
		tab.WaitGone("dialog[open]")
		unharmed()
		tab.Reload()
	}
	tab.Type("#q", "<script>")
	tab.WaitEval(`location.search.includes("script")`)
	unharmed()
	for _, page := range []string{"settings/audit", "settings/members", "inbox"} {
		tab.Open(srv + "/w/acme/" + page)
		unharmed()
	}
	tab.MustBeQuiet()
}
