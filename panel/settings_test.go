package panel

import (
	"context"
	"encoding/csv"
	"encoding/json"
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

// ws is the workspace as it is now.
func (h *house) ws() core.Workspace {
	h.t.Helper()
	all, err := h.Settings(h.t.Context(), coretest.Operator(h.Workspace.ID))
	if err != nil {
		h.t.Fatalf("settings: %v", err)
	}
	return all.Workspace
}

// now is a member as they are now.
func (h *house) now(key string) core.Member {
	h.t.Helper()
	m, err := h.Member(h.t.Context(), coretest.Operator(h.Workspace.ID), h.Who(key).ID)
	if err != nil {
		h.t.Fatalf("member %s: %v", key, err)
	}
	return m
}

// tabs are the tabs that a settings page offers.
func tabs(body string) string {
	_, rest, ok := strings.Cut(body, `<nav class="tabs"`)
	if !ok {
		return ""
	}
	nav, _, _ := strings.Cut(rest, "</nav>")
	var names []string
	for _, m := range regexp.MustCompile(`>([^<>]+)</a>`).FindAllStringSubmatch(nav, -1) {
		names = append(names, m[1])
	}
	return strings.Join(names, " · ")
}

// TestSettingsTabs: each sees the tabs they may open, and "Workspace settings" leads to the first of them.
func TestSettingsTabs(t *testing.T) {
	h := newHouse(t)
	olivia, adam, dana := h.in("olivia"), h.in("adam"), h.in("dana")
	first := func(as string) string { return h.get("/w/acme/settings", as).Header().Get("Location") }
	if got := first(olivia); got != "/w/acme/settings/general" {
		t.Errorf("an owner is led to %s", got)
	}
	if got := first(adam); got != "/w/acme/settings/members" {
		t.Errorf("an admin is led to %s", got)
	}
	if w := h.get(first(dana), dana); w.Code != 403 {
		t.Errorf("a member is led to %d", w.Code)
	}
	if got := tabs(h.get("/w/acme/settings/general", olivia).Body.String()); got != "General · Members · Accounts · Forgotten timers · Chat · Audit log" {
		t.Errorf("an owner's tabs: %s", got)
	}
	if got := tabs(h.get("/w/acme/settings/members", adam).Body.String()); got != "Members" {
		t.Errorf("an admin's tabs: %s", got)
	}
	h.MustSetPlan(core.PlanPro)
	if got := tabs(h.get("/w/acme/settings/general", olivia).Body.String()); got != "General · Members · Forgotten timers · Chat · Audit log" {
		t.Errorf("an owner's tabs on the Pro plan: %s", got)
	}
	for _, page := range []string{"general", "members", "forgotten", "chat", "audit"} {
		w := h.get("/w/acme/settings/"+page, dana)
		mustHave(t, page, w.Body.String(), "No access")
		if w.Code != 403 {
			t.Errorf("%s for a member = %d", page, w.Code)
		}
	}
}

// TestSettingsWhileImpersonating: an owner who acts as an admin has none of the admin's settings.
func TestSettingsWhileImpersonating(t *testing.T) {
	h := newHouse(t)
	_, owner := h.SignIn("olivia")
	_, token, err := h.StartImpersonation(t.Context(), owner, h.Who("adam").ID, core.ReasonTroubleshoot, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"general", "members", "members/" + h.member("dana"), "members/invite", "forgotten", "chat", "audit"} {
		if w := h.get("/w/acme/settings/"+page, token); w.Code != 403 {
			t.Errorf("%s = %d, want 403", page, w.Code)
		}
	}
	for path, form := range map[string]url.Values{
		"/w/acme/settings/members/invite":                              {"email": {"new@acme.test"}, "name": {"New"}, "role": {"member"}},
		"/w/acme/settings/members/" + h.member("dana"):                 {"role": {"manager"}},
		"/w/acme/settings/members/" + h.member("dana") + "/deactivate": {},
		"/w/acme/settings/audit/export":                                {"format": {"csv"}},
		"/w/acme/settings/audit/verify":                                {},
		"/w/acme/settings/general":                                     {"name": {"Mine"}, "time_zone": {"UTC"}, "language": {"en"}},
	} {
		if w := h.post(path, token, form); w.Code != 403 {
			t.Errorf("POST %s = %d, want 403", path, w.Code)
		}
	}
	// What was done to the member's account may be seen.
	if w := h.get("/w/acme/audit", token); w.Code != 200 {
		t.Errorf("own audit = %d", w.Code)
	}
	if m := h.now("dana"); m.Role != core.RoleMember || m.Status != core.StatusActive || h.ws().Name != "Acme" {
		t.Error("something was changed")
	}
}

func TestGeneralSettings(t *testing.T) {
	h := newHouse(t)
	h.secondWorkspace("beta", "otto@acme.test")
	taken := "taken"
	if _, err := h.UpdateWorkspace(t.Context(), coretest.Operator(must(h.WorkspaceBySlug(t.Context(), "beta")).ID), core.WorkspaceUpdate{Subdomain: &taken}); err != nil {
		t.Fatal(err)
	}
	olivia := h.in("olivia")
	body := h.get("/w/acme/settings/general", olivia).Body.String()
	mustHave(t, "page", body, `value="Acme"`, "Enterprise", "http://acme.localhost:8080/w/acme/", ".localhost:8080<", `<option value="Europe/Berlin" selected>`)
	form := url.Values{
		"name": {" Acme & Sons "}, "subdomain": {"sons"}, "time_zone": {"Europe/Vienna"}, "language": {"de"},
		"require_description": {"1"}, "require_tags": {"1"}, "plan": {"free"},
	}
	if w := h.post("/w/acme/settings/general", olivia, form); w.Code != 303 || w.Header().Get("Location") != "/w/acme/settings/general?saved=settings" {
		t.Errorf("save = %d %s", w.Code, w.Header().Get("Location"))
	}
	ws := h.ws()
	if ws.Name != "Acme & Sons" || ws.Subdomain != "sons" || ws.TimeZone != "Europe/Vienna" || ws.Language != "de" || ws.Plan != core.PlanEnterprise ||
		ws.Require != (core.Require{Description: true, Tags: true}) {
		t.Errorf("saved: %+v", ws)
	}
	mustHave(t, "page with the result", h.get("/w/acme/settings/general?saved=settings", olivia).Body.String(), "Saved.", "Acme &amp; Sons", `id="require-tags" name="require_tags" value="1" checked`)
	for name, c := range map[string]struct {
		field, value, says string
		code               int
	}{
		"no name":           {"name", " ", "name is missing", 422},
		"bad subdomain":     {"subdomain", "a b", "can&#39;t be a subdomain", 422},
		"another's":         {"subdomain", "taken", "is in use", 409},
		"unknown zone":      {"time_zone", "Mars/Base", "not a time zone", 422},
		"unknown language":  {"language", "fr", "not available", 422},
		"a name with lines": {"name", "a\nb", "one line", 422},
	} {
		f := url.Values{"name": {"Kept"}, "subdomain": {"kept"}, "time_zone": {"Europe/Paris"}, "language": {"en"}}
		f.Set(c.field, c.value)
		w := h.post("/w/acme/settings/general", olivia, f)
		if w.Code != c.code {
			t.Errorf("%s = %d, want %d", name, w.Code, c.code)
		}
		mustHave(t, name, w.Body.String(), c.says, `role="alert"`, `aria-invalid="true"`)
		if c.field != "name" {
			mustHave(t, name, w.Body.String(), `value="Kept"`)
		}
	}
	if got := h.ws(); got.Name != ws.Name || got.Subdomain != ws.Subdomain {
		t.Errorf("a refused form changed %+v", got)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestMembersList(t *testing.T) {
	h := newHouse(t)
	for _, n := range strings.Fields("a b c d e f g h i j k l m n o p q r s t u v w x y z") {
		h.MustAddMember("x"+n, "Person "+strings.ToUpper(n), core.RoleMember)
		h.MustAddMember("y"+n, "Extra "+strings.ToUpper(n), core.RoleMember)
	}
	adam := h.in("adam")
	body := h.get("/w/acme/settings/members", adam).Body.String()
	mustHave(t, "first page", body, "1–50 of 58", `page=2`, "Adam Admin", `>You<`)
	mustLack(t, "an admin's list", body, "Forgotten after")
	mustHave(t, "second page", h.get("/w/acme/settings/members?page=2", adam).Body.String(), "51–58 of 58", `id="previous"`)
	mustHave(t, "search", h.get("/w/acme/settings/members?q=MULLER", adam).Body.String(), "Dirk Müller", "1 member")
	mustHave(t, "no match", h.get("/w/acme/settings/members?q=zzzz", adam).Body.String(), "No member matches")
	mustHave(t, "past the end", h.get("/w/acme/settings/members?page=9", adam).Body.String(), "No member matches", `id="previous"`)
	h.MustSetStatus("dirk", core.StatusInactive)
	inactive := h.get("/w/acme/settings/members?status=inactive", adam).Body.String()
	mustHave(t, "inactive", inactive, "Dirk Müller", "/activate?view=status%3Dinactive")
	mustLack(t, "inactive", inactive, "Dana Member")
	// An admin is not offered what only owners may do to owners.
	mustLack(t, "an admin's list", body, "/settings/members/"+h.member("olivia")+"/deactivate")
	part := h.do(http.MethodGet, "/w/acme/settings/members?q=dana", call{as: adam, htmx: true, header: map[string]string{"HX-Source": "input#q"}})
	if part.Header().Get("HX-Replace-Url") != "/w/acme/settings/members?q=dana" {
		t.Errorf("address for what was typed: %v", part.Header())
	}
	mustLack(t, "fragment", part.Body.String(), "<html", "Person A")
	mustHave(t, "an owner's list", h.get("/w/acme/settings/members", h.in("olivia")).Body.String(), "Forgotten after")
	if w := h.get("/w/acme/settings/members?q="+strings.Repeat("x", 900), adam); w.Code != 422 {
		t.Errorf("a long search = %d", w.Code)
	}
}

func TestEditMember(t *testing.T) {
	h := newHouse(t)
	olivia, adam := h.in("olivia"), h.in("adam")
	at := func(key string) string { return "/w/acme/settings/members/" + h.member(key) }
	mustHave(t, "owner's form", h.get(at("dana"), olivia).Body.String(), `<option value="owner">`, `id="forgotten-after"`, "Empty: 8 h")
	plain := h.get(at("dana"), adam).Body.String()
	mustLack(t, "admin's form", plain, `<option value="owner">`, `id="forgotten-after"`)
	mustHave(t, "admin on an owner", h.get(at("otto"), adam).Body.String(), "nothing you can change")

	w := h.post(at("dana"), olivia, url.Values{"role": {"manager"}, "forgotten_after": {"3:30"}, "working_hours": {"mon-fri 22:00-06:00"}, "view": {"q=dana"}})
	if w.Code != 303 || w.Header().Get("Location") != "/w/acme/settings/members?q=dana&saved=member."+h.member("dana") {
		t.Errorf("save = %d %s", w.Code, w.Header().Get("Location"))
	}
	m := h.now("dana")
	if m.Role != core.RoleManager || m.ForgottenAfter != 210*time.Minute || m.WorkingHours != "mon-fri 22:00-06:00" {
		t.Errorf("saved: %+v", m)
	}
	mustHave(t, "list", h.get(w.Header().Get("Location"), olivia).Body.String(), "Saved the changes to Dana Member", "3 h 30 min · Mon-Fri")
	// An admin changes the role alone; the times, which the form does not hold, stay.
	if w := h.post(at("dana"), adam, url.Values{"role": {"member"}}); w.Code != 303 {
		t.Errorf("an admin's save = %d", w.Code)
	}
	if m := h.now("dana"); m.Role != core.RoleMember || m.ForgottenAfter != 210*time.Minute {
		t.Errorf("after an admin: %+v", m)
	}
	for name, c := range map[string]struct {
		as   string
		key  string
		form url.Values
		code int
		says string
	}{
		"a duration":        {olivia, "dana", url.Values{"role": {"admin"}, "forgotten_after": {"soon"}, "working_hours": {""}}, 422, "“soon” is not understood"},
		"hours":             {olivia, "dana", url.Values{"role": {"admin"}, "forgotten_after": {""}, "working_hours": {"always"}}, 422, "“always” is not understood"},
		"role":              {olivia, "dana", url.Values{"role": {"king"}}, 422, "“king” is not a role"},
		"an admin's owner":  {adam, "dana", url.Values{"role": {"owner"}}, 403, "Only owners"},
		"an admin on owner": {adam, "otto", url.Values{"role": {"member"}}, 403, "Only owners"},
		"an admin's times":  {adam, "dana", url.Values{"forgotten_after": {"1h"}}, 403, "Only owners"},
	} {
		w := h.post(at(c.key), c.as, c.form)
		if w.Code != c.code {
			t.Errorf("%s = %d, want %d", name, w.Code, c.code)
		}
		mustHave(t, name, w.Body.String(), c.says)
		if c.code == 422 {
			mustHave(t, name, w.Body.String(), `aria-invalid="true"`)
		}
	}
	kept := h.post(at("dana"), olivia, url.Values{"role": {"admin"}, "forgotten_after": {"soon"}, "working_hours": {"mon 09:00-10:00"}}).Body.String()
	mustHave(t, "kept input", kept, `value="soon"`, `value="mon 09:00-10:00"`, `<option value="admin" selected>`)
	// The last owner stays one.
	h.MustSetRole("otto", core.RoleAdmin)
	if w := h.post(at("olivia"), olivia, url.Values{"role": {"member"}}); w.Code != 409 || !strings.Contains(w.Body.String(), "last active owner") {
		t.Errorf("the last owner = %d", w.Code)
	}
	// With scripts: a toast, no dialog, and the list asks for itself.
	part := h.do(http.MethodPost, at("dana"), call{as: olivia, htmx: true, form: url.Values{"role": {"manager"}}})
	if part.Code != 200 || part.Header().Get("HX-Trigger") != `{"members-changed":{"target":"#members-live"}}` {
		t.Errorf("htmx = %d %v", part.Code, part.Header())
	}
	mustHave(t, "htmx", part.Body.String(), "Saved the changes to Dana Member", "#dialog-slot")
	if w := h.get("/w/acme/settings/members/000000000000000000000000", olivia); w.Code != 404 {
		t.Errorf("an unknown member = %d", w.Code)
	}
}

// TestDeactivateAndActivate: the timer stops, the entry stays, the session ends; and back.
func TestDeactivateAndActivate(t *testing.T) {
	h := newHouse(t)
	e := h.MustStart("dana", "Quarterly report", coretest.Start.Add(-time.Hour))
	dana, adam := h.in("dana"), h.in("adam")
	at := "/w/acme/settings/members/" + h.member("dana")
	mustHave(t, "form", h.get(at+"/deactivate", adam).Body.String(), "Deactivate Dana Member?", "its entry is kept")
	if w := h.post(at+"/deactivate", adam, nil); w.Code != 303 {
		t.Errorf("deactivate = %d", w.Code)
	}
	if got := h.entry(e.ID); got.Running() || got.Description != "Quarterly report" {
		t.Errorf("entry: %+v", got)
	}
	if w := h.get("/w/acme/", dana); w.Code == 200 {
		t.Error("a deactivated member still sees their page")
	}
	if w := h.post(at+"/activate", adam, nil); w.Code != 303 || h.now("dana").Status != core.StatusActive {
		t.Errorf("activate = %d", w.Code)
	}
	// Oneself: away at once. The last owner: not at all.
	if w := h.post("/w/acme/settings/members/"+h.member("otto")+"/deactivate", h.in("otto"), nil); w.Code != 303 || w.Header().Get("Location") != "/" {
		t.Errorf("oneself = %d %s", w.Code, w.Header().Get("Location"))
	}
	olivia := h.in("olivia")
	if w := h.post("/w/acme/settings/members/"+h.member("olivia")+"/deactivate", olivia, nil); w.Code != 409 || !strings.Contains(w.Body.String(), "last active owner") {
		t.Errorf("the last owner = %d", w.Code)
	}
	if w := h.post("/w/acme/settings/members/"+h.member("olivia")+"/deactivate", adam, nil); w.Code != 403 {
		t.Errorf("an owner by an admin = %d", w.Code)
	}
}

var invitationLink = regexp.MustCompile(`http://acme\.localhost:8080/invitation/[A-Za-z0-9_-]{20,}`)

func TestInvite(t *testing.T) {
	h := newHouse(t)
	adam := h.in("adam")
	w := h.post("/w/acme/settings/members/invite", adam, url.Values{"email": {"nora@acme.test"}, "name": {"Nora New"}, "role": {"manager"}})
	link := invitationLink.FindString(w.Body.String())
	if w.Code != 200 || link == "" {
		t.Fatalf("invite = %d\n%s", w.Code, clipped(w.Body.String()))
	}
	mustLack(t, "log", h.log.String(), link[len(link)-20:])
	m, err := h.MemberByEmail(t.Context(), h.Actor("olivia"), "nora@acme.test")
	if err != nil || m.Status != core.StatusInvited || m.Role != core.RoleManager {
		t.Fatalf("invited: %+v %v", m, err)
	}
	list := h.get("/w/acme/settings/members?status=invited", adam).Body.String()
	mustHave(t, "list", list, "Nora New", "/invitation?view=")
	mustLack(t, "list", list, link)
	at := "/w/acme/settings/members/" + string(m.ID)
	again := h.post(at+"/invitation", adam, nil)
	newer := invitationLink.FindString(again.Body.String())
	if again.Code != 200 || newer == "" || newer == link {
		t.Errorf("another link = %d %q", again.Code, newer)
	}
	token := func(link string) string { return link[strings.LastIndex(link, "/")+1:] }
	if _, err := h.PeekInvitation(t.Context(), token(link)); core.ErrorCode(err) != core.CodeExpired {
		t.Errorf("the older link: %v", err)
	}
	if _, err := h.PeekInvitation(t.Context(), token(newer)); err != nil {
		t.Errorf("the newer link: %v", err)
	}
	if w := h.post(at+"/activate", adam, nil); w.Code != 409 {
		t.Errorf("activating somebody invited = %d", w.Code)
	}
	// Deactivated, the invitation is taken back; activated, it is given again.
	if w := h.post(at+"/deactivate", adam, nil); w.Code != 303 {
		t.Errorf("deactivating somebody invited = %d", w.Code)
	}
	back := h.do(http.MethodPost, at+"/activate", call{as: adam, htmx: true})
	mustHave(t, "activated", back.Body.String(), "Nora New is invited again; make a new invitation link.")
	if m, err := h.Member(t.Context(), h.Actor("olivia"), m.ID); err != nil || m.Status != core.StatusInvited {
		t.Errorf("activated: %s %v", m.Status, err)
	}
	newer = invitationLink.FindString(h.post(at+"/invitation", adam, nil).Body.String())
	// Another role needs another link; the page says so, and only then.
	said := h.do(http.MethodPost, at, call{as: adam, htmx: true, form: url.Values{"role": {"manager"}}}).Body.String()
	mustHave(t, "same role", said, "Saved the changes to Nora New.")
	said = h.do(http.MethodPost, at, call{as: adam, htmx: true, form: url.Values{"role": {"member"}}}).Body.String()
	mustHave(t, "another role", said, "Nora New; invitation links made before no longer work")
	if _, err := h.PeekInvitation(t.Context(), token(newer)); core.ErrorCode(err) != core.CodeExpired {
		t.Errorf("the link for the role before: %v", err)
	}
	for name, c := range map[string]struct {
		form url.Values
		code int
		says string
	}{
		"a member already": {url.Values{"email": {"dana@acme.test"}, "name": {"Dana"}, "role": {"member"}}, 409, "already a member"},
		"no address":       {url.Values{"email": {"nobody"}, "name": {"Nobody"}, "role": {"member"}}, 422, "not an e-mail address"},
		"no name":          {url.Values{"email": {"x@acme.test"}, "name": {""}, "role": {"member"}}, 422, "name is missing"},
		"an owner":         {url.Values{"email": {"x@acme.test"}, "name": {"X"}, "role": {"owner"}}, 403, "Only owners"},
	} {
		w := h.post("/w/acme/settings/members/invite", adam, c.form)
		if w.Code != c.code {
			t.Errorf("%s = %d, want %d", name, w.Code, c.code)
		}
		mustHave(t, name, w.Body.String(), c.says)
		if c.code != 403 {
			mustHave(t, name, w.Body.String(), `value="`+c.form.Get("email")+`"`, `value="`+c.form.Get("name")+`"`)
		}
	}
}

func TestForgottenSettings(t *testing.T) {
	h := newHouse(t)
	olivia := h.in("olivia")
	const at = "/w/acme/settings/forgotten"
	mustHave(t, "page", h.get(at, olivia).Body.String(), "Empty: 8 h", "Default of this installation: none", "No forgotten timers", "Everybody follows")
	save := func(threshold, quiet, from, to, auto, after string) int {
		return h.post(at, olivia, url.Values{
			"forgotten_after": {threshold}, "quiet": {quiet}, "quiet_from": {from}, "quiet_to": {to}, "auto": {auto}, "auto_after": {after},
		}).Code
	}
	if code := save("10 h", "own", "21:30", "06:00", "own", "1 day"); code != 303 {
		t.Fatalf("save = %d", code)
	}
	if ws := h.ws(); ws.ForgottenAfter != 10*time.Hour || ws.QuietHours != "21:30-06:00" || ws.AutoStopAfter != 24*time.Hour {
		t.Errorf("saved: %+v", ws)
	}
	mustHave(t, "page", h.get(at, olivia).Body.String(), `value="10 h"`, `value="21:30"`, `value="06:00"`, `value="24 h"`, `id="quiet-own" value="own" checked`)
	if code := save("", "none", "22:00", "07:00", "none", ""); code != 303 {
		t.Fatalf("save = %d", code)
	}
	if ws := h.ws(); ws.ForgottenAfter != 0 || ws.QuietHours != "off" || ws.AutoStopAfter >= 0 {
		t.Errorf("saved: %+v", ws)
	}
	for name, code := range map[string]int{
		"a threshold":          save("soon", "default", "", "", "default", ""),
		"no quiet time":        save("", "own", "", "07:00", "default", ""),
		"an empty quiet time":  save("", "own", "07:00", "07:00", "default", ""),
		"no automatic stop":    save("", "default", "", "", "own", ""),
		"a strange choice":     save("", "sometimes", "", "", "default", ""),
		"a stop after seconds": save("", "default", "", "", "own", "5 s"),
		"a year and a day":     save("367 days", "default", "", "", "default", ""),
	} {
		if code != 422 {
			t.Errorf("%s = %d, want 422", name, code)
		}
	}
	w := h.post(at, olivia, url.Values{"forgotten_after": {"soon"}, "quiet": {"own"}, "quiet_from": {"20:00"}, "quiet_to": {"05:00"}, "auto": {"own"}, "auto_after": {"12 h"}})
	mustHave(t, "kept", w.Body.String(), `value="soon"`, `value="20:00"`, `value="12 h"`, "“soon” is not understood", `id="auto-own" value="own" checked`)
	if ws := h.ws(); ws.QuietHours != "off" {
		t.Errorf("a refused form changed %+v", ws)
	}
	// Without the plan, the settings stay; the list says what it needs.
	h.MustSetPlan(core.PlanPro)
	pro := h.get(at, olivia)
	mustHave(t, "on the Pro plan", pro.Body.String(), "need the Enterprise plan", `id="forgotten-after"`)
	mustLack(t, "on the Pro plan", pro.Body.String(), `id="flags"`)
}

// connected has both platforms, and values of the installation.
func connected(o *core.Options) {
	o.Chat = []core.ChatConnection{{Platform: "slack", Workspace: "acme", AlertChannel: "C042"}, {Platform: "discord", Workspace: "acme"}}
	o.Forgotten = core.ForgottenDefaults{
		After: 6 * time.Hour, QuietHours: "22:00-07:00", AutoStopAfter: 20 * time.Hour, Schedule: "*/5 * * * *",
		RemindEvery: 4 * time.Hour, Reminders: 3, AskMember: true, DigestOver: 5,
	}
}

func TestForgottenShowsWhatThereIs(t *testing.T) {
	h := newHouseWith(t, "http://localhost:8080", SignInOptions{}, connected)
	hours := "mon-fri 09:00-17:30"
	if _, err := h.UpdateMember(t.Context(), h.Actor("olivia"), h.Who("dirk").ID, core.MemberUpdate{WorkingHours: &hours}); err != nil {
		t.Fatal(err)
	}
	h.populate()
	body := h.get("/w/acme/settings/forgotten", h.in("olivia")).Body.String()
	mustHave(t, "page", body, "every 5 minutes", "Slack: channel C042", "Discord: direct messages to the owners", "Empty: 6 h", "22:00–07:00",
		"Default of this installation: after 20 h", "works Mon-Fri 09:00-17:30", "Dana Member", "Quarterly report", "9:00:00", "/accounts/"+h.member("dana")+"/stop")
	mustHave(t, "page", body, "up to 3 for a flag, 4 h apart", "Still working?", "for more than 5 new flags at once")
	mustLack(t, "page without dead messages", body, "could not be delivered")
	h.speak("olivia", "de", "Europe/Berlin")
	mustHave(t, "German page", h.get("/w/acme/settings/forgotten", h.in("olivia")).Body.String(), "alle 5 Minuten", "Kanal C042", "Vorgabe dieser Installation: nach 20 Std.")
	chat := h.get("/w/acme/settings/chat", h.in("otto")).Body.String()
	mustHave(t, "chat", chat, "Slack", "the channel C042", "Discord", "direct messages", "Nobody has linked")
}

// TestDeadMessages: owners see what could not be delivered and why, and have it tried again.
func TestDeadMessages(t *testing.T) {
	h := newHouseWith(t, "http://localhost:8080", SignInOptions{}, connected)
	h.MustLink("otto", core.PlatformDiscord, "G1", "42")
	h.populate()
	for _, d := range h.claim() {
		if err := h.DeliveryFailed(t.Context(), coretest.Delivery(), d, "channel_not_found <b>", 0, true); err != nil {
			t.Fatal(err)
		}
	}
	const at = "/w/acme/settings/forgotten"
	mustHave(t, "page", h.get(at, h.in("olivia")).Body.String(), "2 messages could not be delivered", "Slack: channel C042", "Discord: direct message to Otto Owner",
		"Answer of the platform: channel_not_found &lt;b&gt;", "Try again")
	if w := h.post(at+"/retry", h.in("adam"), nil); w.Code != 403 {
		t.Errorf("an admin's retry = %d", w.Code)
	}
	if w := h.get(at+"/retry", h.in("olivia")); w.Code != 405 {
		t.Errorf("GET = %d", w.Code)
	}
	if n := len(h.claim()); n != 0 {
		t.Fatalf("%d are due before anybody asked for it", n)
	}
	if w := h.post(at+"/retry", h.in("olivia"), nil); w.Code != 303 || w.Header().Get("Location") != at+"?saved=retried" {
		t.Errorf("retry = %d %s", w.Code, w.Header().Get("Location"))
	}
	mustHave(t, "after it", h.get(at+"?saved=retried", h.in("olivia")).Body.String(), "The messages are being sent again.")
	mustLack(t, "after it", h.get(at, h.in("olivia")).Body.String(), "could not be delivered")
	if n := len(h.claim()); n != 2 {
		t.Errorf("%d are due, want 2", n)
	}
}

// claim takes what is to be delivered.
func (h *house) claim() []core.Delivery {
	h.t.Helper()
	list, err := h.ClaimDeliveries(h.t.Context(), coretest.Delivery(), []string{core.PlatformSlack, core.PlatformDiscord}, 10)
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// TestFlagActs: owners on Enterprise and the member put off and settle a flag; nobody else; a settled one says so.
func TestFlagActs(t *testing.T) {
	h := newHouse(t)
	h.populate()
	flags, _, err := h.Flags(t.Context(), h.Actor("olivia"), core.FlagQuery{State: core.FlagOpen})
	if err != nil || len(flags) != 1 {
		t.Fatalf("flags: %v %v", flags, err)
	}
	at := "/w/acme/flags/" + string(flags[0].ID)
	flag := func() core.Flag {
		t.Helper()
		all, _, err := h.Flags(t.Context(), h.Actor("olivia"), core.FlagQuery{})
		if err != nil || len(all) != 1 {
			t.Fatalf("flags: %v %v", all, err)
		}
		return all[0]
	}
	olivia := h.in("olivia")
	for choice, until := range map[string]time.Time{
		"1h": coretest.Start.Add(time.Hour), "4h": coretest.Start.Add(4 * time.Hour),
		"tomorrow": time.Date(2026, 11, 24, 9, 0, 0, 0, berlin), // nine o'clock in the workspace
	} {
		w := h.post(at+"/snooze", olivia, url.Values{"until": {choice}, "reason": {"on call"}})
		if w.Code != 303 || w.Header().Get("Location") != "/w/acme/settings/forgotten?saved=snoozed" {
			t.Errorf("snooze %s = %d %s", choice, w.Code, w.Header().Get("Location"))
		}
		if f := flag(); f.State != core.FlagSnoozed || !f.SnoozedUntil.Equal(until) || f.SnoozeReason != "on call" {
			t.Errorf("snooze %s: %+v", choice, f)
		}
	}
	mustHave(t, "list", h.get("/w/acme/settings/forgotten", olivia).Body.String(), "by Olivia Owner")
	for name, c := range map[string]struct {
		as   string
		code int
	}{"dirk": {h.in("dirk"), 403}, "adam": {h.in("adam"), 403}, "dana": {h.in("dana"), 303}} {
		for _, act := range []string{"/snooze", "/resolve"} {
			if act == "/resolve" && name == "dana" {
				continue
			}
			if w := h.post(at+act, c.as, url.Values{"until": {"1h"}}); w.Code != c.code {
				t.Errorf("%s as %s = %d, want %d", act, name, w.Code, c.code)
			}
		}
	}
	part := h.do(http.MethodPost, at+"/resolve", call{as: olivia, htmx: true, form: url.Values{}})
	if part.Code != 200 || !strings.Contains(part.Header().Get("HX-Trigger"), "flags-changed") || flag().Resolution != core.ResolvedWorking {
		t.Errorf("resolve = %d %v", part.Code, part.Header())
	}
	if w := h.post(at+"/resolve", olivia, nil); w.Code != 409 || !strings.Contains(w.Body.String(), "already settled by Olivia Owner") {
		t.Errorf("twice = %d", w.Code)
	}
	list := h.do(http.MethodGet, "/w/acme/settings/forgotten", call{as: olivia, htmx: true}).Body.String()
	mustHave(t, "list", list, "No forgotten timers")
	mustLack(t, "list", list, "<html", "quiet")
}

func TestChatSettings(t *testing.T) {
	h := newHouse(t)
	h.MustLink("dana", "slack", "T042", "U-DANA")
	h.MustLink("olivia", "discord", "G1", "42")
	olivia := h.in("olivia")
	body := h.get("/w/acme/settings/chat", olivia).Body.String()
	mustHave(t, "page", body, "No chat platform is connected", "Dana Member", "U-DANA", "T042", "Discord", "/w/acme/link")
	at := "/w/acme/settings/chat/" + h.identity("dana") + "/unlink"
	mustHave(t, "form", h.get(at, olivia).Body.String(), "Unlink the chat account of Dana Member?", "Slack")
	if w := h.post(at, olivia, nil); w.Code != 303 {
		t.Errorf("unlink = %d", w.Code)
	}
	mustLack(t, "page", h.get("/w/acme/settings/chat", olivia).Body.String(), "U-DANA")
	if w := h.post(at, olivia, nil); w.Code != 404 {
		t.Errorf("twice = %d", w.Code)
	}
	if w := h.get(at, olivia); w.Code != 404 {
		t.Errorf("a form for nothing = %d", w.Code)
	}
}

// TestWhatThePlatformKnows: a linked chat account is shown by the name that people know, and when the platform bars it,
// the log says why in the reader's words.
func TestWhatThePlatformKnows(t *testing.T) {
	h := newHouse(t)
	dana := h.Who("dana")
	if _, err := h.LinkIdentity(t.Context(), coretest.Operator(h.Workspace.ID), core.NewIdentity{
		Email: dana.User.Email, Platform: core.PlatformSlack, Team: "T042", ChatUser: "U-DANA", ChatName: "dana.the.builder",
	}); err != nil {
		t.Fatal(err)
	}
	mustHave(t, "chat settings", h.get("/w/acme/settings/chat", h.in("olivia")).Body.String(), "dana.the.builder", "U-DANA")
	mustHave(t, "question", h.get("/w/acme/settings/chat/"+h.identity("dana")+"/unlink", h.in("olivia")).Body.String(), "dana.the.builder")
	mustHave(t, "profile", h.get("/w/acme/profile", h.in("dana")).Body.String(), "dana.the.builder", "U-DANA")
	account := core.ChatAccount{Platform: core.PlatformSlack, Team: "T042", ChatUser: "U-DANA"}
	for why, words := range map[core.Barred][2]string{
		core.BarredBot:         {"the chat account is a bot", "das Chat-Konto ist ein Bot"},
		core.BarredGuest:       {"the chat account is a guest", "das Chat-Konto gehört einem Gast"},
		core.BarredStranger:    {"not of the connected team", "nicht zum verbundenen Team"},
		core.BarredUnconfirmed: {"address is not confirmed", "ist nicht bestätigt"},
		core.BarredDeactivated: {"the account was deactivated", "das Konto wurde deaktiviert"},
	} {
		if h.identity("dana") == strings.Repeat("0", 24) {
			h.MustLink("dana", core.PlatformSlack, "T042", "U-DANA")
		}
		if gone, err := h.UnlinkBarred(t.Context(), core.System(core.JobChatPeople, core.DoorSlack), account, why); err != nil || !gone {
			t.Fatalf("%s: %v, %v", why, gone, err)
		}
		for i, language := range []string{"en", "de"} {
			h.speak("olivia", language, "Europe/Berlin")
			mustHave(t, string(why)+" "+language, h.get("/w/acme/settings/audit", h.in("olivia")).Body.String(), words[i])
		}
	}
}

func TestAuditLog(t *testing.T) {
	h := newHouse(t)
	for range 60 {
		e := h.MustStart("dirk", "", h.Clock.Now())
		h.Clock.Advance(time.Minute)
		if _, err := h.StopTimer(t.Context(), h.Actor("dirk"), core.StopTimer{EntryID: e.ID}); err != nil {
			t.Fatal(err)
		}
	}
	h.MustStart("dana", "Quarterly report", h.Clock.Now().Add(-time.Hour))
	hours, reason := "mon-fri 09:00-17:30", "left the <office>"
	if _, err := h.UpdateMember(t.Context(), h.Actor("olivia"), h.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}); err != nil {
		t.Fatal(err)
	}
	e, err := h.RunningEntry(t.Context(), h.Actor("dana"), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.StopTimer(t.Context(), h.Actor("olivia"), core.StopTimer{EntryID: e.ID, Reason: reason}); err != nil {
		t.Fatal(err)
	}
	h.get("/w/acme/settings/accounts", h.in("adam")) // refused
	olivia := h.in("olivia")
	page := func(query string) string {
		t.Helper()
		w := h.get("/w/acme/settings/audit"+query, olivia)
		if w.Code != 200 {
			t.Fatalf("%s = %d", query, w.Code)
		}
		return w.Body.String()
	}
	body := page("")
	mustHave(t, "log", body, "Olivia Owner stopped a timer", "left the &lt;office&gt;", "Adam Admin was refused: open the accounts", ">Refused<",
		"Working hours", "Mon-Fri 09:00-17:30", "only owners may do this", "Older")
	older := regexp.MustCompile(`href="(/w/acme/settings/audit\?before=\d+)" ?|rel="next" href="([^"]+)"`).FindStringSubmatch(body)
	if older == nil {
		t.Fatal("no way to older entries")
	}
	link := strings.ReplaceAll(older[1]+older[2], "&amp;", "&")
	mustHave(t, "older", h.get(link, olivia).Body.String(), "Dirk Müller started a timer", "Newest")
	mustLack(t, "older", h.get(link, olivia).Body.String(), "Olivia Owner stopped")

	lines := func(query string) (n int) { return strings.Count(page(query), `<li id="line-`) }
	for query, want := range map[string]int{
		"?act=timer.stop&member=dana%40acme.test": 1, "?outcome=refused": 1, "?actor=Olivia&act=timer.stop": 1, "?actor=adam%40acme.test&outcome=refused": 1,
		"?from=2026-11-24": 0, "?to=2026-11-22": 0, "?from=2026-11-23&to=2026-11-23&act=timer.stop&member=Dana": 1, "?act=timer.stop": 50,
	} {
		if got := lines(query); got != want {
			t.Errorf("%s: %d lines, want %d", query, got, want)
		}
	}
	for query, says := range map[string]string{
		"?act=timer.destroy": "is not an act", "?outcome=maybe": "either done or refused", "?from=yesterday": "not a date", "?member=zzz": "Nobody in this workspace",
		"?actor=m": "Several members match", "?actor=x%40y.test": "Nobody in this workspace", "?before=x": "no longer exists",
	} {
		w := h.get("/w/acme/settings/audit"+query, olivia)
		if w.Code != 422 {
			t.Errorf("%s = %d, want 422", query, w.Code)
		}
		mustHave(t, query, w.Body.String(), says, `role="alert"`)
		mustLack(t, query, w.Body.String(), `<li id="line-`)
	}
	// A member sees the lines about themselves, and no filters.
	own := h.get("/w/acme/audit", h.in("dana")).Body.String()
	mustHave(t, "own", own, "What was done to my account", "Olivia Owner stopped a timer", "Olivia Owner changed a member")
	mustLack(t, "own", own, "Dirk Müller", "Adam Admin", "Verify", "/export")
	mustLack(t, "another's", h.get("/w/acme/audit?member="+h.member("dirk"), h.in("dana")).Body.String(), "Dirk Müller")
}

// TestAuditLogOfAnUndoneStop: who undid the stop of a flagged timer did not find a forgotten timer.
func TestAuditLogOfAnUndoneStop(t *testing.T) {
	h := newHouse(t)
	h.populate()
	flags, _, err := h.Flags(t.Context(), h.Actor("olivia"), core.FlagQuery{State: core.FlagOpen})
	if err != nil || len(flags) != 1 {
		t.Fatalf("flags: %v %v", flags, err)
	}
	if _, err := h.StopTimer(t.Context(), h.Actor("olivia"), core.StopTimer{EntryID: flags[0].EntryID}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.UndoStop(t.Context(), h.Actor("olivia"), flags[0].EntryID); err != nil {
		t.Fatal(err)
	}
	for language, says := range map[string][]string{
		"en": {"Olivia Owner undid the stop of a timer", "Olivia Owner reopened a forgotten timer", "the stop was undone", "Clockwarden found a forgotten timer"},
		"de": {"Olivia Owner hat einen vergessenen Timer wieder aufgenommen", "das Stoppen wurde rückgängig gemacht", "Clockwarden hat einen vergessenen Timer gefunden"},
	} {
		h.speak("olivia", language, "Europe/Berlin")
		body := h.get("/w/acme/settings/audit", h.in("olivia")).Body.String()
		mustHave(t, language, body, says...)
		mustLack(t, language, body, "Olivia Owner found", "Olivia Owner hat einen vergessenen Timer gefunden")
	}
}

// TestEveryActHasWords: the log and its filter name each act in both languages.
// TestAuditLogOfSomebodyNamedLikeAJob: a name that people give themselves hides nobody.
func TestAuditLogOfSomebodyNamedLikeAJob(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{string(core.JobOperator), string(core.JobHousekeeping)} {
		m := h.MustAddMember(name, name, core.RoleMember)
		e := h.MustStart(name, "", h.Clock.Now())
		if _, err := h.StopTimer(t.Context(), h.Actor(name), core.StopTimer{EntryID: e.ID}); err != nil {
			t.Fatal(err)
		}
		body := h.get("/w/acme/settings/audit?member="+url.QueryEscape(m.User.Email), h.in("olivia")).Body.String()
		mustHave(t, name, body, name+" stopped a timer")
	}
}

func TestEveryActHasWords(t *testing.T) {
	h := newHouse(t)
	for _, lang := range []string{"en", "de"} {
		words := h.panel.catalog.Printer(lang, nil)
		for _, a := range core.Actions() {
			if !words.Has("settings.act." + string(a)) {
				t.Errorf("%s: no words for %s", lang, a)
			}
		}
	}
}

func TestAuditExport(t *testing.T) {
	h := newHouse(t)
	formula := "=HYPERLINK(1)"
	if _, err := h.UpdateMember(t.Context(), h.Actor("dana"), h.Who("dana").ID, core.MemberUpdate{Name: &formula}); err != nil {
		t.Fatal(err)
	}
	olivia := h.in("olivia")
	export := func(format, as string) (int, http.Header, string) {
		w := h.post("/w/acme/settings/audit/export", as, url.Values{"format": {format}})
		return w.Code, w.Header(), w.Body.String()
	}
	code, header, body := export("jsonl", olivia)
	if code != 200 || header.Get("Content-Disposition") != `attachment; filename="acme-audit-2026-11-23.jsonl"` {
		t.Fatalf("JSON Lines = %d %v", code, header)
	}
	lines := strings.Split(strings.TrimSpace(body), "\n")
	if want := len(h.MustAudit("")); len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
	for i, line := range lines {
		var e struct {
			Seq  int
			Act  string
			Hash string
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Seq != i+1 || len(e.Hash) != 64 {
			t.Errorf("line %d: %v %s", i+1, err, line)
		}
	}
	code, header, body = export("csv", olivia)
	if code != 200 || !strings.HasPrefix(body, "\ufeffseq,at,act") || !strings.HasPrefix(header.Get("Content-Type"), "text/csv") {
		t.Fatalf("CSV = %d %v %.40q", code, header, body)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != len(lines)+2 { // the head, and the export of the CSV itself
		t.Errorf("%d rows for %d lines, %v", len(rows), len(lines), err)
	}
	mustHave(t, "CSV", body, ",'=HYPERLINK(1),")
	if n := len(h.MustAudit(core.ActAuditExport)); n != 2 {
		t.Errorf("%d exports are in the log", n)
	}
	for _, key := range []string{"adam", "dirk"} {
		if code, header, body := export("csv", h.in(key)); code != 403 || header.Get("Content-Disposition") != "" || strings.Contains(body, "seq,at") {
			t.Errorf("%s = %d", key, code)
		}
	}
	if w := h.get("/w/acme/settings/audit/export", olivia); w.Code != 405 {
		t.Errorf("GET = %d", w.Code)
	}
}

// onFirst is a writer before whose first piece of a body something happens.
type onFirst struct {
	*httptest.ResponseRecorder
	do func()
}

func (w *onFirst) Write(b []byte) (int, error) {
	if w.do != nil {
		w.do()
		w.do = nil
	}
	return w.ResponseRecorder.Write(b)
}

// An owner who loses the right while the log comes down gets a broken connection, not a file that looks whole.
func TestAuditExportEndsWithTheRight(t *testing.T) {
	h := newHouse(t)
	const more = 450
	if err := h.Store.Write(t.Context(), func(ctx context.Context, tx core.Tx) error {
		seq, _, err := tx.AuditHead(ctx, h.Workspace.ID)
		for i := int64(1); err == nil && i <= more; i++ {
			err = tx.AppendAudit(ctx, core.AuditEntry{
				WorkspaceID: h.Workspace.ID, Seq: seq + i, At: h.Clock.Now(), Act: core.ActTimerStart, Outcome: core.OutcomeDone, Hash: "h",
				Before: json.RawMessage("null"), After: json.RawMessage("null"),
			})
		}
		if err != nil {
			return err
		}
		return tx.BumpRevision(ctx, h.Workspace.ID, false)
	}); err != nil {
		t.Fatal(err)
	}
	token := h.in("otto")
	r := httptest.NewRequest(http.MethodPost, "/w/acme/settings/audit/export", strings.NewReader("format=jsonl"))
	r.Host = "localhost:8080"
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: h.panel.cookieName(), Value: token})
	w := &onFirst{httptest.NewRecorder(), func() { h.MustSetRole("otto", core.RoleAdmin) }}
	func() {
		defer func() {
			if fault := recover(); fault != http.ErrAbortHandler { //nolint:errorlint // a panic's value, compared as net/http does
				t.Errorf("the answer ended with %v", fault)
			}
		}()
		h.handler.ServeHTTP(w, r)
	}()
	if n := strings.Count(w.Body.String(), "\n"); n == 0 || n > more/2 {
		t.Errorf("%d lines came", n)
	}
	if !strings.Contains(h.log.String(), "audit export broke off") {
		t.Errorf("the log says %s", h.log.String())
	}
}

func TestAuditVerify(t *testing.T) {
	h := newHouse(t)
	olivia := h.in("olivia")
	n := len(h.MustAudit(""))
	want := "Chain verified: " + number(n) + " entries"
	mustHave(t, "page", h.post("/w/acme/settings/audit/verify", olivia, nil).Body.String(), want, "<html")
	part := h.do(http.MethodPost, "/w/acme/settings/audit/verify", call{as: olivia, htmx: true, form: url.Values{}}).Body.String()
	mustHave(t, "fragment", part, want)
	mustLack(t, "fragment", part, "<html")
	if after := len(h.MustAudit("")); after != n {
		t.Errorf("checking wrote %d entries", after-n)
	}
}

func TestScheduleInWords(t *testing.T) {
	h := newHouse(t)
	for spec, want := range map[string][2]string{
		"*/5 * * * *":      {"every 5 minutes", "alle 5 Minuten"},
		"* * * * *":        {"every minute", "jede Minute"},
		"*/1 * * * *":      {"every minute", "jede Minute"},
		"0 * * * *":        {"every hour", "jede Stunde"},
		"7 * * * *":        {"every hour at minute 7", "jede Stunde zur Minute 7"},
		"0 */2 * * *":      {"every 2 hours", "alle 2 Stunden"},
		"30 6 * * *":       {"every day at 06:30 UTC", "täglich um 06:30 UTC"},
		"30 6 * * 1-5":     {"Monday to Friday at 06:30 UTC", "Montag bis Freitag um 06:30 UTC"},
		"0 9 * * 1":        {"every Monday at 09:00 UTC", "jeden Montag um 09:00 UTC"},
		"@every 30s":       {"every 30 seconds", "alle 30 Sekunden"},
		"@every 90s":       {"every 90 seconds", "alle 90 Sekunden"},
		"@every 1h30m":     {"every 90 minutes", "alle 90 Minuten"},
		"@hourly":          {"every hour", "jede Stunde"},
		"@daily":           {"every day at 00:00 UTC", "täglich um 00:00 UTC"},
		"*/7 * * * *":      {"", ""},
		"0,30 * * * *":     {"", ""},
		"0 9 1 * *":        {"", ""},
		"@every soon":      {"", ""},
		"nonsense":         {"", ""},
		"":                 {"", ""},
		"61 * * * *":       {"", ""},
		"*/5 9-17 * * 1-5": {"", ""},
	} {
		for i, lang := range []string{"en", "de"} {
			v := &visit{p: h.panel}
			v.readIn(lang, berlin)
			if got := v.scheduleInWords(spec); got != want[i] {
				t.Errorf("%q in %s: %q, want %q", spec, lang, got, want[i])
			}
		}
	}
}

// TestOwnAuditIsReached: the profile leads to what was done to one's account.
func TestOwnAuditIsReached(t *testing.T) {
	h := newHouse(t)
	mustHave(t, "profile", h.get("/w/acme/profile", h.in("dana")).Body.String(), `href="/w/acme/audit"`)
}
