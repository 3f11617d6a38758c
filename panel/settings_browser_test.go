package panel

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/tools/browsertest"
)

// TestBrowserSettings goes through what owners do in the settings, with scripts and without.
func TestBrowserSettings(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.populate()
			h.MustLink("dana", "slack", "T042", "U-DANA")
			srv := h.open()
			tab := h.signedIn(srv, "olivia", browsertest.Options{NoScript: !scripts})
			at := func(page string) string { return srv + "/w/acme/settings/" + page }

			tab.Open(srv + "/w/acme/settings")
			tab.WaitURL("/settings/general")
			tab.Type("#subdomain", "not a name")
			tab.Type("#name", "Acme Works")
			tab.ClickText("Save")
			tab.WaitText("#form-error", "can't be a subdomain")
			if tab.Value("#name") != "Acme Works" || scripts && tab.Eval("document.activeElement.id") != "subdomain" {
				t.Errorf("kept %q, focus on %q", tab.Value("#name"), tab.Eval("document.activeElement.id"))
			}
			accessible(t, tab, "General with an error")
			tab.Type("#subdomain", "works")
			tab.Click("#require-tags")
			tab.ClickText("Save")
			tab.WaitText("#toasts", "Saved.")
			tab.WaitText(".place-name", "Acme Works")

			tab.Open(at("members?q=dana"))
			tab.Click(menuButton(h, "dana"))
			tab.ClickText("Edit member")
			tab.WaitText("#dialog-title", "Edit Dana Member")
			tab.Type("#forgotten-after", "soon")
			tab.SetValue("#role", "manager")
			tab.ClickText("Save")
			tab.WaitText("#form-error", "“soon” is not understood")
			accessible(t, tab, "member with an error")
			if tab.Value("#role") != "manager" {
				t.Error("the role was lost")
			}
			tab.Type("#forgotten-after", "10h")
			tab.ClickText("Save")
			tab.WaitText("#toasts", "Saved the changes to Dana Member")
			tab.WaitGone("dialog[open]")
			tab.WaitText("#member-"+h.member("dana"), "10 h")
			tab.WaitText("#member-"+h.member("dana"), "Manager")
			tab.WaitURL("q=dana")
			if scripts {
				tab.WaitEval(`document.activeElement.id === "menu-button-` + h.member("dana") + `"`)
			}

			tab.Open(at("members"))
			tab.Click("#invite")
			tab.WaitVisible("#email")
			tab.Type("#email", "nora@acme.test")
			tab.Type("#invite-name", "Nora New")
			tab.ClickText("Create invitation")
			tab.WaitText("#dialog-title", "Invitation for Nora New")
			if link := tab.Value("#invitation-link"); !strings.Contains(link, "works.localhost:8080/invitation/") {
				t.Errorf("link %q", link)
			}
			accessible(t, tab, "invitation")
			tab.ClickText("Done")
			tab.WaitText("#members tbody", "Nora New")
			tab.Click(menuButton(h, "dirk"))
			tab.ClickText("Deactivate…")
			tab.WaitText("#dialog-title", "Deactivate Dirk Müller?")
			accessible(t, tab, "deactivate")
			tab.Click("button.primary-act")
			tab.WaitText("#toasts", "Dirk Müller is deactivated")
			tab.WaitText("#member-"+h.member("dirk"), "Inactive")
			if _, err := h.RunningEntry(t.Context(), h.Actor("olivia"), h.Who("dirk").ID); core.ErrorCode(err) != core.CodeNotFound {
				t.Errorf("the timer of a deactivated member: %v", err)
			}
			tab.Click(menuButton(h, "dirk"))
			tab.ClickText("Activate")
			tab.WaitText("#toasts", "Dirk Müller is active again")
			tab.WaitText("#member-"+h.member("dirk"), "Active")

			tab.Open(at("forgotten"))
			tab.WaitText("#flags", "Quarterly report")
			tab.ClickText("Snooze")
			tab.WaitVisible("#flags .menu")
			accessible(t, tab, "snooze menu")
			tab.Type("#flags .menu-field input", "on call")
			tab.ClickText("In 4 hours")
			tab.WaitText("#flags", "by Olivia Owner")
			tab.WaitText("#toasts", "Snoozed")
			tab.ClickText("Still working")
			tab.WaitText("#flags", "No forgotten timers")
			tab.SetValue("#quiet-from", "21:00")
			if !scripts {
				tab.Click("#quiet-own")
			}
			tab.Type("#forgotten-after", "9 h")
			tab.ClickText("Save")
			tab.WaitText("#toasts", "Saved.")
			if ws := h.ws(); ws.ForgottenAfter != 9*time.Hour || ws.QuietHours != "21:00-07:00" {
				t.Errorf("saved %s, %s", ws.ForgottenAfter, ws.QuietHours)
			}

			tab.Open(at("chat"))
			tab.ClickText("Unlink")
			tab.WaitText("#dialog-title", "Unlink the chat account of Dana Member?")
			accessible(t, tab, "unlink")
			tab.Click("button.primary-act")
			tab.WaitText("#toasts", "unlinked")
			tab.WaitText("main", "Nobody has linked")

			tab.Open(at("audit"))
			tab.ClickText("Verify the chain")
			tab.WaitText("#verified", "Chain verified")
			tab.SetValue("#act", "member.deactivate")
			tab.Type("#about", "dirk@acme.test")
			tab.Click(".audit-filter .primary")
			tab.WaitURL("act=member.deactivate")
			tab.WaitText(".audit-lines", "Olivia Owner deactivated a member")
			tab.Click(".audit-lines summary")
			tab.WaitText(".changes", "Inactive")
			accessible(t, tab, "audit details")
			tab.ClickText("Clear filters")
			tab.WaitText(".audit-lines", "Olivia Owner unlinked a chat account")
			tab.MustBeQuiet("422")
		})
	}
}

// TestBrowserSettingsLooks: the pages in pairs of scheme, width and language, with axe on each, and a picture to look at.
// TestBrowserForgottenDialogs: a forgotten timer is stopped over the page with scripts, and without, and from a page of
// its own in another tab.
func TestBrowserForgottenDialogs(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.populate()
			flags, _, err := h.Flags(t.Context(), h.Actor("olivia"), core.FlagQuery{State: core.FlagOpen})
			if err != nil || len(flags) != 1 {
				t.Fatalf("flags: %v %v", flags, err)
			}
			link, row := "#stop-"+string(flags[0].MemberID), "#flag-"+string(flags[0].ID)
			srv, at := h.open(), "/w/acme/settings/forgotten"
			tab := h.signedIn(srv, "olivia", browsertest.Options{NoScript: !scripts})
			tab.Open(srv + at)
			tab.WaitVisible(link)
			tab.Click(link)
			tab.WaitVisible("#dialog-title")
			if opened := tab.Eval(`String(location.pathname.endsWith("/forgotten") && !!document.querySelector("dialog[open]"))`); scripts != (opened == "true") {
				t.Errorf("over the page: %s", opened)
			}
			tab.ClickText("Cancel")
			tab.WaitURL(at)
			tab.WaitGone("#dialog-title")
			if focus := tab.Eval(`document.activeElement.id`); scripts && "#"+focus != link {
				t.Errorf("the focus is on %q", focus)
			}
			tab.Click(link)
			tab.Click("button.primary-act")
			tab.WaitText("#toasts", "Stopped the timer of")
			tab.WaitGone(row)
			tab.WaitURL(at)
			tab.ClickText("Undo")
			tab.WaitText("#toasts", "running again")
			tab.WaitVisible(row)

			tab.Open(srv + "/w/acme/accounts/" + string(flags[0].MemberID) + "/stop?from=forgotten")
			accessible(t, tab, "question as a page")
			tab.Click("button.primary-act")
			tab.WaitText("#toasts", "Stopped the timer of")
			tab.WaitURL(at)
			tab.WaitGone(row)
			tab.MustBeQuiet()
		})
	}
}

func TestBrowserSettingsLooks(t *testing.T) {
	inEveryLook(t, func(t *testing.T, l look) {
		h := newHouseWith(t, "http://localhost:8080", SignInOptions{}, connected)
		h.speak("olivia", l.lang, "Europe/Berlin")
		h.populate()
		h.MustStart("adam", "Server room, cabling and labels", coretest.Start.Add(-7*time.Hour))
		if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
			t.Fatal(err)
		}
		hours, after := "mon-fri 09:00-17:30", 10*time.Hour
		for key, u := range map[string]core.MemberUpdate{"mona": {WorkingHours: &hours}, "dirk": {ForgottenAfter: &after}} {
			if _, err := h.UpdateMember(t.Context(), h.Actor("olivia"), h.Who(key).ID, u); err != nil {
				t.Fatal(err)
			}
		}
		flags, _, err := h.Flags(t.Context(), h.Actor("olivia"), core.FlagQuery{})
		if err != nil || len(flags) < 2 {
			t.Fatalf("flags: %v %v", flags, err)
		}
		if _, err := h.SnoozeFlag(t.Context(), h.Actor("otto"), flags[0].ID, coretest.Start.Add(4*time.Hour), "on call"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.AddMember(t.Context(), h.Actor("adam"), core.NewMember{Email: "nora@acme.test", Name: "Nora New"}); err != nil {
			t.Fatal(err)
		}
		h.MustSetStatus("mona", core.StatusInactive)
		h.MustLink("dana", "slack", "T0429XKQ2", "U07DANA31")
		h.MustLink("olivia", "discord", "118204377123", "99201827736")
		h.get("/w/acme/settings/accounts", h.in("adam"))
		srv := h.open()
		tab := h.signedIn(srv, "olivia", l.o)
		see := l.in(t, tab, "settings-")
		for _, page := range []string{"general", "members", "forgotten", "chat", "audit"} {
			tab.Open(srv + "/w/acme/settings/" + page)
			tab.WaitVisible(".tabs")
			see(page)
		}
		tab.Click(".audit-lines summary")
		tab.WaitVisible(".audit-lines details[open]")
		see("audit-details")
		tab.Open(srv + "/w/acme/settings/audit?member=zzz")
		see("audit-422")
		tab.Open(srv + "/w/acme/audit")
		see("own-audit")
		tab.Open(srv + "/w/acme/settings/members")
		tab.Click(menuButton(h, "dana"))
		tab.WaitVisible("#menu-" + h.member("dana"))
		see("member-menu")
		tab.Click("#menu-" + h.member("dana") + " a")
		tab.WaitVisible("dialog[open]")
		see("member-edit")
		tab.Open(srv + "/w/acme/settings/members/invite")
		see("invite-page")
		tab.Open(srv + "/w/acme/settings/members/" + h.member("dana") + "/deactivate")
		see("deactivate-page")
		tab.MustBeQuiet("422")
	})
}
