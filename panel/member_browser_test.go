package panel

import (
	"fmt"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/tools/browsertest"
)

// week gives somebody entries of this week and the last, with projects, tags and everything that can be odd.
func (h *house) week(key string) {
	h.t.Helper()
	p, q := h.project("Rebranding"), h.project("Support & onboarding")
	urgent, remote := h.tag("urgent"), h.tag("remote")
	for i, e := range []core.NewEntry{
		{Description: "Stand-up and planning", ProjectID: p.ID, Billable: true},
		{Description: "Interviews for the support team, second round, with notes for everybody", ProjectID: q.ID, TagIDs: []core.ID{urgent.ID, remote.ID}},
		{Description: ""},
	} {
		e.Start = coretest.Start.Add(-time.Duration(3-i) * 50 * time.Minute)
		e.End = e.Start.Add(time.Duration(20+i*12) * time.Minute)
		if _, err := h.CreateEntry(h.t.Context(), h.Actor(key), e); err != nil {
			h.t.Fatal(err)
		}
	}
	h.finished(key, "Budget 2027", 3*24*time.Hour, 105*time.Minute)
}

// TestBrowserMyTimeWeek: a day's work on My time, with scripts and without.
func TestBrowserMyTimeWeek(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.speak("dana", "en", "Europe/Berlin")
			h.week("dana")
			old := h.finished("dana", "Budget review", 4*24*time.Hour, 30*time.Minute)
			srv := h.open()
			tab := h.signedIn(srv, "dana", browsertest.Options{NoScript: !scripts})
			tab.Open(srv + "/w/acme/")
			// Start with project and tag.
			tab.Type("#description", "Logo")
			tab.SetValue("#project", tab.Eval(`[...document.querySelectorAll("#project option")].find(o => o.textContent === "Rebranding").value`))
			tab.Click("#tags-button")
			tab.WaitVisible("#tags-menu")
			tab.ClickText("urgent")
			tab.Press("Escape")
			tab.WaitGone("#tags-menu")
			tab.Click("#start-button")
			tab.WaitText("#timer", "Logo")
			tab.WaitText("#timer .about", "Rebranding")
			tab.WaitText("#timer .about", "urgent")
			if scripts {
				tab.WaitEval(`document.activeElement.id === "timer-title"`)
			}
			// Rename what runs.
			running, err := h.RunningEntry(t.Context(), h.Actor("dana"), "")
			if err != nil {
				t.Fatal(err)
			}
			tab.Click("#edit-" + string(running.ID))
			tab.WaitText("#dialog-title", "Edit the running timer")
			tab.Type("#entry-description", "Logo and colours")
			tab.ClickText("Save")
			tab.WaitText("#timer", "Logo and colours")
			tab.WaitGone("#dialog-title")
			h.Clock.Advance(20 * time.Minute)
			tab.Click("#stop-button")
			tab.WaitText("#toasts", "Timer stopped: 20 min")
			tab.WaitText("#entry-"+string(running.ID), "Logo and colours")
			// The last week, its address, an entry deleted there and brought back, Back.
			tab.Click("#week-previous")
			tab.WaitURL("?week=2026-W47")
			tab.WaitText("#week-title", "Last week")
			tab.WaitText("#week-total", "2.25 h")
			tab.Click("#delete-" + string(old.ID))
			tab.WaitText("#toasts", "Entry deleted")
			tab.WaitGone("#entry-" + string(old.ID))
			tab.WaitText("#week-total", "1.75 h")
			if scripts {
				tab.Eval(`document.querySelectorAll("#toasts .toast:not(:last-child)").forEach(e => e.remove())`)
			}
			tab.ClickText("Undo")
			tab.WaitText("#entry-"+string(old.ID), "Budget review")
			tab.WaitURL("week=2026-W47")
			tab.WaitText("#week-title", "Last week")
			// By hand: a mistake first.
			tab.Click("#add-entry")
			tab.WaitText("#dialog-title", "Add entry")
			tab.Type("#entry-description", "Forgotten call")
			tab.SetValue("#start", "2026-11-18T14:00")
			tab.SetValue("#end", "2026-11-18T13:00")
			tab.Click("button.primary-act")
			tab.WaitText("#form-error", "after the start")
			accessible(t, tab, "entry form with an error")
			if got := tab.Value("#entry-description"); got != "Forgotten call" {
				t.Errorf("kept %q", got)
			}
			tab.SetValue("#end", "2026-11-18T14:45")
			tab.Click("button.primary-act")
			tab.WaitText("#toasts", "Entry added")
			tab.WaitText("#week-title", "Last week")
			tab.WaitText("#week-total", "3.00 h")
			tab.Click("#week-present")
			tab.WaitText("#week-title", "This week")
			if scripts {
				tab.Back()
				tab.WaitText("#week-title", "Last week")
				tab.Reload()
				tab.WaitText("#week-title", "Last week")
				tab.Click("#week-next")
				tab.WaitText("#week-title", "This week")
			}
			// The same again.
			tab.Click("#continue-" + string(running.ID))
			tab.WaitText("#timer", "Logo and colours")
			tab.WaitText("#timer .about", "Rebranding")
			tab.MustBeQuiet("422")
		})
	}
}

// TestBrowserStaleEdit: somebody else was faster; the person sees both and decides.
func TestBrowserStaleEdit(t *testing.T) {
	h := newHouse(t)
	e := h.finished("dana", "Meeting", 2*time.Hour, time.Hour)
	srv := h.open()
	tab := h.signedIn(srv, "dana", browsertest.Options{})
	tab.Open(srv + "/w/acme/")
	tab.Click("#edit-" + string(e.ID))
	tab.WaitVisible("#entry-description")
	tab.Type("#entry-description", "Mine")
	theirs := "Renamed by Olivia"
	if _, err := h.CorrectEntry(t.Context(), h.Actor("olivia"), core.EntryChange{EntryID: e.ID, Description: &theirs}); err != nil {
		t.Fatal(err)
	}
	tab.WaitText("#entry-"+string(e.ID), theirs) // the page behind the dialog
	if got := tab.Value("#entry-description"); got != "Mine" {
		t.Errorf("the refresh changed what is being typed to %q", got)
	}
	tab.ClickText("Save")
	tab.WaitText("#form-error", "changed meanwhile")
	tab.WaitText(".sheet .note", theirs)
	tab.Screenshot("entry-409")
	accessible(t, tab, "stale form")
	tab.ClickText("Save")
	tab.WaitText("#entry-"+string(e.ID), "Mine")
	tab.MustBeQuiet("409")
}

// TestBrowserKeysLive: created, copied, shown once; and what an owner does stands on the open page within a second, in a
// hidden tab too.
func TestBrowserKeysLive(t *testing.T) {
	h := newHouse(t)
	srv := h.open()
	dana := h.signedIn(srv, "dana", browsertest.Options{})
	dana.Open(srv + "/w/acme/api-keys")
	dana.WaitText(".empty", "No API keys yet")
	dana.Type("#key-name", "Build server")
	dana.Click("#create-key")
	dana.WaitText("#new-key", "Build server")
	dana.WaitText("#api-keys", "Build server")
	dana.WaitEval(`document.activeElement.id === "new-key-title"`)
	secret := dana.Text("#secret")
	if _, err := h.ActorByAPIKey(t.Context(), secret, "r", "a"); err != nil {
		t.Fatalf("the shown key %q: %v", secret, err)
	}
	if got := dana.Value("#key-name"); got != "" {
		t.Errorf("the form still holds %q", got)
	}
	dana.Screenshot("key-secret")
	accessible(t, dana, "page with a secret")
	dana.Eval(`Object.defineProperty(navigator, "clipboard", {value: {writeText: text => { window.copied = text; return Promise.resolve(); }}}); 0`)
	dana.ClickText("Copy")
	dana.WaitText("#new-key button", "Copied")
	if got := dana.Eval("window.copied"); got != secret {
		t.Errorf("copied %q", got)
	}
	// A refresh of the list leaves the secret where it is until the page is left.
	h.MustKey("dana")
	dana.WaitText("#keys-count", "2 active")
	if got := dana.Text("#secret"); got != secret {
		t.Errorf("a refresh took the secret away: %q", got)
	}
	dana.Reload()
	dana.WaitText("#keys-count", "2 active")
	if dana.Has("#secret") || dana.Eval(`String(document.documentElement.outerHTML.includes("`+secret+`"))`) != "false" {
		t.Error("the secret is shown again")
	}

	hidden := dana.Sibling(browsertest.Options{})
	hidden.Open(srv + "/w/acme/api-keys")
	for _, tab := range []*browsertest.Tab{dana, hidden} {
		tab.WaitText("#keys-count", "2 active")
		tab.WaitEval(`!!document.querySelector("#live")._htmx?.sse`)
		tab.Eval(`window.changed = new Promise(done => new MutationObserver(() => {
			if (document.querySelector("#keys-count").textContent.startsWith("0 ")) done(Date.now());
		}).observe(document.body, {childList: true, subtree: true, characterData: true})); 0`)
	}
	hidden.SetHidden(true)
	owner := h.signedIn(srv, "olivia", browsertest.Options{})
	owner.Open(srv + accountsAt)
	owner.Click(menuButton(h, "dana"))
	owner.ClickText("Deactivate API key")
	owner.WaitText(".facts", "2 active API keys")
	owner.Click("button.primary-act")
	owner.WaitText("#toasts", "Deactivated 2 API keys")
	done := owner.Eval("Date.now()")
	for name, tab := range map[string]*browsertest.Tab{"open tab": dana, "hidden tab": hidden} {
		if late := tab.Eval("window.changed.then(at => at - " + done + " > 1000)"); late != "false" {
			t.Errorf("%s: it was seen more than a second later", name)
		}
		tab.WaitText("#api-keys", "Deactivated by Olivia Owner on")
		tab.WaitText("#unread", "1") // and the number beside Inbox came along
	}
	for _, tab := range []*browsertest.Tab{dana, hidden, owner} {
		tab.MustBeQuiet()
	}
}

// TestBrowserOwnKeyWithoutScripts: created, looked at once, deactivated.
func TestBrowserOwnKeyWithoutScripts(t *testing.T) {
	h := newHouse(t)
	srv := h.open()
	tab := h.signedIn(srv, "dana", browsertest.Options{NoScript: true})
	tab.Open(srv + "/w/acme/api-keys")
	tab.Type("#key-name", "Build server")
	tab.Click("#create-key")
	tab.WaitText("#new-key", "Build server")
	tab.WaitText("#secret", "cw_")
	tab.ClickText("Deactivate “Build server”")
	tab.WaitText("#dialog-title", "Deactivate this API key?")
	accessible(t, tab, "key dialog as a page")
	tab.Click("button.primary-act")
	tab.WaitText("#toasts", "no longer works")
	tab.WaitText("#api-keys", "Deactivated by you on")
	tab.WaitGone("#secret")
	tab.MustBeQuiet()
}

// TestBrowserInbox: the notice comes by itself, is answered, is read.
func TestBrowserInbox(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			srv := h.open()
			tab := h.signedIn(srv, "dana", browsertest.Options{NoScript: !scripts})
			tab.Open(srv + "/w/acme/inbox")
			tab.WaitText(".empty", "Nothing has happened")
			accessible(t, tab, "empty inbox")
			if scripts {
				tab.WaitEval(`!!document.querySelector("#live")._htmx?.sse`)
			}
			h.corrected("dana")
			first := h.noticeOf("dana")
			h.Clock.Advance(time.Second)
			h.corrected("dana")
			second := h.noticeOf("dana")
			if !scripts {
				tab.Reload()
			}
			tab.WaitText("#notice-"+second, "Olivia Owner corrected your entry")
			tab.WaitText("#unread", "2")
			tab.Click("#accept-" + first)
			tab.WaitText("#notice-"+first, "You accepted this")
			tab.Click("#dispute-" + second)
			tab.WaitText("#dialog-title", "Dispute this?")
			tab.Type("#note", "I left at five")
			tab.Click("button.primary-act")
			tab.WaitText("#notice-"+second, "I left at five")
			tab.WaitGone("#unread")
			h.corrected("dana")
			if !scripts {
				tab.Reload()
			}
			tab.Click("#mark-read")
			tab.WaitGone("#unread")
			tab.WaitGone("#mark-read")
			tab.MustBeQuiet()
		})
	}
}

// TestBrowserMemberLooks: the member's pages in pairs of scheme, width and language, with axe on each.
func TestBrowserMemberLooks(t *testing.T) {
	inEveryLook(t, func(t *testing.T, l look) {
		h := newHouse(t)
		h.speak("dana", l.lang, "Europe/Berlin")
		require := core.Require{Project: true}
		if _, err := h.UpdateWorkspace(t.Context(), coretest.Operator(h.Workspace.ID), core.WorkspaceUpdate{Require: &require}); err != nil {
			t.Fatal(err)
		}
		h.week("dana")
		stopped := h.MustStart("dana", "Quarterly report", coretest.Start.Add(-9*time.Hour))
		if _, err := h.StopTimer(t.Context(), h.Actor("olivia"), core.StopTimer{EntryID: stopped.ID, End: coretest.Start.Add(-8 * time.Hour), Reason: "you had left"}); err != nil {
			t.Fatal(err)
		}
		h.corrected("dana")
		h.MustKey("dana")
		if _, err := h.DeactivateAPIKeys(t.Context(), h.Actor("olivia"), h.Who("dana").ID, "lost laptop"); err != nil {
			t.Fatal(err)
		}
		h.MustKey("dana")
		srv := h.open()
		tab := h.signedIn(srv, "dana", l.o)
		see := l.in(t, tab, "member-")
		tab.Open(srv + "/w/acme/")
		tab.WaitVisible("#start-button")
		see("idle")
		tab.Click("#tags-button")
		tab.WaitVisible("#tags-menu")
		see("tags")
		tab.Press("Escape")
		e := h.MustStart("dana", "Weekly planning", coretest.Start.Add(-20*time.Minute))
		tab.WaitVisible("#stop-button")
		see("running")
		tab.Click("#edit-" + string(e.ID))
		tab.WaitVisible("dialog[open]")
		see("entry")
		tab.Open(srv + "/w/acme/inbox")
		tab.WaitVisible("#mark-read")
		see("inbox")
		tab.Click(".notice-acts a")
		tab.WaitVisible("dialog[open]")
		see("dispute")
		tab.Open(srv + "/w/acme/api-keys")
		tab.WaitVisible(".keys-table")
		see("keys")
		tab.Click(".keys-table .c-act a")
		tab.WaitVisible("dialog[open]")
		see("key-dialog")
		tab.MustBeQuiet()

		as := browsertest.NewTab(t, l.o)
		as.SetCookie(srv, h.panel.cookieName(), h.actAs("dana"))
		as.Open(srv + "/w/acme/api-keys")
		as.WaitVisible(".note")
		as.Screenshot("member-" + l.name + "-keys-as")
		accessible(t, as, l.name+" keys while acting as")
		as.Open(srv + "/w/acme/inbox")
		as.WaitVisible(".acted .notice")
		as.Screenshot("member-" + l.name + "-inbox-as")
		accessible(t, as, l.name+" inbox while acting as")
		fits(t, as, l.name+" inbox while acting as")
		as.MustBeQuiet()
	})
}
