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

var tokenInCookie = regexp.MustCompile(`^(?:__Host-)?clockwarden=([^;]+)`)

// fresh is the session's token that an answer gives the browser; "" for none.
func fresh(w *httptest.ResponseRecorder) string {
	m := tokenInCookie.FindStringSubmatch(w.Header().Get("Set-Cookie"))
	if m == nil {
		return ""
	}
	return m[1]
}

func (h *house) logInAsPath(key string) string {
	return "/w/acme/accounts/" + h.member(key) + "/log-in-as"
}

var troubleshoot = url.Values{"reason": {"troubleshoot"}}

// acting signs an owner in and lets them act as a member, over HTTP. It returns the token to go on with.
func (h *house) acting(owner, member string) string {
	h.t.Helper()
	w := h.post(h.logInAsPath(member), h.in(owner), troubleshoot)
	token := fresh(w)
	if w.Code != http.StatusSeeOther || token == "" {
		h.t.Fatalf("log in as %s = %d\n%s", member, w.Code, clipped(w.Body.String()))
	}
	return token
}

// TestWhoMayLogInAs is the matrix of T-I1: actor's role × plan × same or other workspace × target's role, 160 cases.
func TestWhoMayLogInAs(t *testing.T) {
	roles := []core.Role{core.RoleOwner, core.RoleAdmin, core.RoleManager, core.RoleMember}
	plans := []core.Plan{core.PlanFree, core.PlanBasic, core.PlanStandard, core.PlanPro, core.PlanEnterprise}
	allowed := map[string]bool{
		"owner enterprise same admin": true, "owner enterprise same manager": true, "owner enterprise same member": true,
	}
	actors := map[core.Role]string{core.RoleOwner: "olivia", core.RoleAdmin: "adam", core.RoleManager: "mona", core.RoleMember: "dana"}
	cases, succeeded := 0, 0
	for _, plan := range plans {
		h := newHouse(t)
		beta, betaOwner, err := h.CreateWorkspace(t.Context(), coretest.Operator(""), core.NewWorkspace{
			Name: "Beta", Slug: "beta", Plan: core.PlanEnterprise, OwnerEmail: "bo@beta.test", OwnerName: "Bo Beta",
		})
		if err != nil {
			t.Fatal(err)
		}
		// Targets are others than the actors, so that nobody is asked to act as themselves.
		targets := map[string]core.ID{"same owner": h.Who("otto").ID, "other owner": betaOwner.ID}
		for _, role := range roles[1:] {
			targets["same "+string(role)] = h.MustAddMember("target-"+string(role), "Target", role).ID
			m, err := h.AddMember(t.Context(), coretest.Operator(beta.ID), core.NewMember{
				Email: string(role) + "@beta.test", Name: "Beta", Role: role, Active: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			targets["other "+string(role)] = m.ID
		}
		h.MustSetPlan(plan)
		for _, role := range roles {
			token := h.in(actors[role])
			for _, where := range []string{"same", "other"} {
				for _, target := range roles {
					cases++
					name := fmt.Sprintf("%s %s %s %s", role, plan, where, target)
					path := "/w/acme/accounts/" + string(targets[where+" "+string(target)]) + "/log-in-as"
					form := h.get(path, token)
					w := h.post(path, token, troubleshoot)
					if allowed[name] {
						succeeded++
						if form.Code != 200 || w.Code != http.StatusSeeOther || fresh(w) == "" {
							t.Errorf("%s: form %d, start %d", name, form.Code, w.Code)
						}
						mustHave(t, name, h.get("/w/acme/", fresh(w)).Body.String(), "logged in as Target")
						token = fresh(h.post("/impersonation/end", fresh(w), nil))
						continue
					}
					want := http.StatusForbidden
					if role == core.RoleOwner && plan == core.PlanEnterprise {
						want = http.StatusConflict // another owner
					}
					if where == "other" {
						want = http.StatusNotFound // as an id that never was, whoever asks
					}
					if form.Code != want || w.Code != want || w.Header().Get("Set-Cookie") != "" {
						t.Errorf("%s: form %d, start %d, want %d", name, form.Code, w.Code, want)
					}
					mustLack(t, name, h.get("/w/acme/", token).Body.String(), "logged in as")
				}
			}
		}
		if n := len(h.MustAudit(core.ActImpersonationStart)); plan == core.PlanEnterprise && n < 3 {
			t.Errorf("%d starts and refusals in the audit log", n)
		}
	}
	if cases != 160 || succeeded != len(allowed) {
		t.Errorf("%d cases of which %d succeeded, want 160 and %d", cases, succeeded, len(allowed))
	}
}

// TestLogInAsForm: what it says, what is offered and where, and that a mistake keeps what was chosen.
func TestLogInAsForm(t *testing.T) {
	h := newHouse(t)
	h.MustAddMember("idle", "Ida Inactive", core.RoleMember)
	h.MustSetStatus("idle", core.StatusInactive)
	token := h.in("olivia")
	table := h.get("/w/acme/settings/accounts", token).Body.String()
	for key, offered := range map[string]int{"dana": 2, "adam": 2, "mona": 2, "olivia": 0, "otto": 0, "idle": 0} {
		if n := strings.Count(table, `hx-get="`+h.logInAsPath(key)+`"`); n != offered {
			t.Errorf("%s: Log in as stands %d times, want %d", key, n, offered)
		}
	}
	mustHave(t, "table", table, `aria-label="Log in as Dana Member"`, ">Log in as user<")
	page := h.get(h.logInAsPath("dana"), token).Body.String()
	mustHave(t, "page", page, "Log in as Dana Member?", "dana@acme.test", "Stop a forgotten timer", "Correct time entries", "Troubleshoot", "Security", "Other",
		"The member gets a notice", "30 min", "both names")
	for key, why := range map[string]string{"otto": "is an owner", "olivia": "your own account", "idle": "is not active"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			w := h.do(method, h.logInAsPath(key), call{as: token, form: troubleshoot})
			if w.Code != http.StatusConflict {
				t.Errorf("%s %s = %d, want 409", method, key, w.Code)
			}
			mustHave(t, key, w.Body.String(), why)
		}
	}
	long := strings.Repeat("n", 501)
	for _, bad := range []struct{ reason, note, field string }{
		{"", "kept note", "reason"}, {"because", "kept note", "reason"}, {"other", "", "note"}, {"security", long, "note"},
	} {
		for _, htmx := range []bool{false, true} {
			w := h.do(http.MethodPost, h.logInAsPath("dana"), call{as: token, htmx: htmx, form: url.Values{"reason": {bad.reason}, "note": {bad.note}, "view": {"q=dan"}}})
			body := w.Body.String()
			if w.Code != http.StatusUnprocessableEntity || w.Header().Get("Set-Cookie") != "" || strings.Contains(body, "<html") == htmx {
				t.Errorf("reason %q, note of %d: %d", bad.reason, len(bad.note), w.Code)
			}
			mustHave(t, bad.reason, body, `role="alert"`, `value="`+bad.note+`"`, `name="view" value="q=dan"`)
			if strings.Contains(body, `aria-invalid="true"`) != (bad.field == "note") {
				t.Errorf("reason %q: the wrong field is marked", bad.reason)
			}
			if bad.reason == "other" || bad.reason == "security" {
				mustHave(t, bad.reason, body, `value="`+bad.reason+`" required checked`)
			}
		}
	}
	w := h.do(http.MethodPost, h.logInAsPath("dana"), call{as: token, htmx: true, form: url.Values{"reason": {"other"}, "note": {"asked by phone"}}})
	if w.Code != 200 || w.Header().Get("HX-Redirect") != "/w/acme/" {
		t.Fatalf("start with htmx = %d %v", w.Code, w.Header())
	}
	mustHave(t, "banner", h.get("/w/acme/", fresh(w)).Body.String(), "Olivia Owner, logged in as Dana Member", "Other: asked by phone", "<title>Dana Member · ")
	notices, err := h.Notices(t.Context(), h.Actor("dana"), 5)
	if err != nil || len(notices) != 1 || notices[0].Act != core.ActImpersonationStart {
		t.Errorf("the member's notices: %+v, %v", notices, err)
	}
	again := h.post(h.logInAsPath("mona"), fresh(w), troubleshoot)
	if again.Code != http.StatusForbidden {
		t.Errorf("a second one on top = %d, want 403", again.Code)
	}
	mustHave(t, "a second one", again.Body.String(), "return to your account first")
}

// TestTokenChangesAtStartAndEnd: the session's token is another one after each, and the old one is refused.
func TestTokenChangesAtStartAndEnd(t *testing.T) {
	for base, host := range map[string]string{"http://localhost:8080": "localhost:8080", "https://clock.example": "clock.example"} {
		h := newHouseAt(t, base)
		before := h.in("olivia")
		alive := func(token string) bool {
			return h.do(http.MethodGet, "/w/acme/", call{as: token, host: host}).Code == 200
		}
		start := h.do(http.MethodPost, h.logInAsPath("dana"), call{as: before, host: host, form: troubleshoot})
		during := fresh(start)
		end := h.do(http.MethodPost, "/impersonation/end", call{as: during, host: host})
		after := fresh(end)
		if during == "" || after == "" || before == during || during == after || before == after {
			t.Fatalf("%s: tokens %q, %q, %q", base, before, during, after)
		}
		if alive(before) || alive(during) || !alive(after) {
			t.Errorf("%s: before %v, during %v, after %v, want only the last", base, alive(before), alive(during), alive(after))
		}
		for _, w := range []*httptest.ResponseRecorder{start, end} {
			cookie := w.Header().Get("Set-Cookie")
			mustHave(t, base, cookie, "Path=/;", "HttpOnly", "SameSite=Lax")
			mustLack(t, base, cookie, "Domain")
			if secure := strings.HasPrefix(base, "https"); strings.HasPrefix(cookie, "__Host-") != secure || strings.Contains(cookie, "Secure") != secure {
				t.Errorf("%s: cookie %q", base, cookie)
			}
		}
		mustLack(t, "log", h.log.String(), before, during, after)
		if to := end.Header().Get("Location"); to != "/w/acme/settings/accounts?returned=returned" {
			t.Errorf("back to %s", to)
		}
		page := h.do(http.MethodGet, end.Header().Get("Location"), call{as: after, host: host}).Body.String()
		mustHave(t, "own page", page, "You are back in your own account")
		mustLack(t, "own page", page, "logged in as")
	}
}

// endings are the ways an impersonation by Olivia as Dana ends by itself, with a part of the sentence.
var endings = map[core.EndCause]struct {
	end func(*house)
	why string
}{
	core.EndExpired:        {func(h *house) { h.Clock.Advance(30 * time.Minute) }, "The time as another member is over"},
	core.EndActorRights:    {func(h *house) { h.MustSetRole("olivia", core.RoleAdmin) }, "no longer an owner"},
	core.EndPlan:           {func(h *house) { h.MustSetPlan(core.PlanPro) }, "no longer has the Enterprise plan"},
	core.EndTargetInactive: {func(h *house) { h.MustSetStatus("dana", core.StatusInactive) }, "no longer active"},
	core.EndTargetOwner:    {func(h *house) { h.MustSetRole("dana", core.RoleOwner) }, "became an owner"},
}

// TestEveryEnd: after each cause the next request does nothing of what it asked, and leads to the owner's own page
// with the reason; the token changes, whatever the request was.
func TestEveryEnd(t *testing.T) {
	for cause, e := range endings {
		for _, how := range []string{"page", "form", "fragment", "refresh", "home"} {
			t.Run(string(cause)+" "+how, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				token := h.acting("olivia", "dana")
				// Half a minute before the end it works: using it does not make it longer either.
				h.Clock.Advance(29 * time.Minute)
				if w := h.get("/w/acme/", token); w.Code != 200 {
					t.Fatalf("before the end = %d", w.Code)
				}
				h.Clock.Advance(-29 * time.Minute)
				if cause == core.EndExpired {
					h.Clock.Advance(15 * time.Minute)
					h.get("/w/acme/", token) // keeps the session alive
					h.Clock.Advance(-15 * time.Minute)
				}
				e.end(h)
				var w *httptest.ResponseRecorder
				switch how {
				case "page":
					w = h.get("/w/acme/", token)
				case "form":
					w = h.post("/w/acme/timer/start", token, url.Values{"description": {"meant for Dana"}})
				case "fragment":
					w = h.do(http.MethodPost, "/w/acme/timer/start", call{as: token, htmx: true, form: url.Values{}})
				case "refresh":
					w = h.do(http.MethodGet, "/w/acme/", call{as: token, htmx: true, header: map[string]string{"HX-Source": "div#time-live"}})
					if to := w.Header().Get("HX-Redirect"); to != "/w/acme/" || w.Header().Get("Set-Cookie") != "" {
						t.Fatalf("refresh = %d to %s: a page that asks by itself must not use the news up", w.Code, to)
					}
					w = h.get("/w/acme/", token)
				case "home":
					w = h.get("/", token)
				}
				to := w.Header().Get("Location") + w.Header().Get("HX-Redirect")
				after := fresh(w)
				if to != "/w/acme/?returned="+string(cause) || after == "" {
					t.Fatalf("%d to %q with token %q\n%s", w.Code, to, after, clipped(w.Body.String()))
				}
				page := h.get(to, after).Body.String()
				mustHave(t, "own page", page, e.why, "Olivia Owner")
				mustLack(t, "own page", page, "logged in as", "Return to my account", "meant for Dana")
				if again := h.get("/w/acme/", token); again.Code != http.StatusSeeOther || fresh(again) != "" {
					t.Errorf("the old token = %d", again.Code)
				}
				for _, who := range []string{"olivia", "otto"} {
					entries, err := h.Entries(t.Context(), h.Actor(who), core.EntryQuery{Limit: 5})
					if err != nil || len(entries) != 0 {
						t.Errorf("entries of %s: %+v, %v", who, entries, err)
					}
				}
				ends := h.MustAudit(core.ActImpersonationEnd)
				if len(ends) != 1 || ends[0].Reason != string(cause) {
					t.Errorf("audit: %+v", ends)
				}
			})
		}
	}
	t.Run("the owner is deactivated", func(t *testing.T) {
		h := newHouse(t)
		token := h.acting("olivia", "dana")
		h.MustSetStatus("olivia", core.StatusInactive)
		w := h.get("/w/acme/", token)
		if w.Code != http.StatusForbidden {
			t.Errorf("= %d, want 403", w.Code)
		}
		mustHave(t, "page", w.Body.String(), "inactive")
		mustLack(t, "page", w.Body.String(), "Dana", "logged in as")
	})
	t.Run("signed out", func(t *testing.T) {
		h := newHouse(t)
		token := h.acting("olivia", "dana")
		if w := h.post("/sign-out", token, nil); w.Code != http.StatusSeeOther {
			t.Errorf("sign out = %d", w.Code)
		}
		if w := h.get("/w/acme/", token); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/?ended=1") {
			t.Errorf("afterwards = %d to %s", w.Code, w.Header().Get("Location"))
		}
		if ends := h.MustAudit(core.ActImpersonationEnd); len(ends) != 1 || ends[0].Reason != string(core.EndSignedOut) {
			t.Errorf("audit: %+v", ends)
		}
	})
	t.Run("an odd cause", func(t *testing.T) {
		h := newHouse(t)
		mustLack(t, "page", h.get("/w/acme/?returned=nonsense", h.in("olivia")).Body.String(), "⟦", "nonsense", "own account")
	})
}

// TestStreamEndsWithTheImpersonation: a stream that was opened while acting as a member ends within a second.
func TestStreamEndsWithTheImpersonation(t *testing.T) {
	for cause, e := range endings {
		if cause == core.EndExpired {
			continue // by the real clock; the page's own countdown and the pings look as well
		}
		t.Run(string(cause), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			srv := h.serverFor()
			token := h.acting("olivia", "dana")
			l := h.listen(srv, "/live?w=acme", token)
			l.until("timer-changed")
			e.end(h)
			begin := time.Now()
			mustHave(t, "stream", l.ends(), "event: gone")
			if took := time.Since(begin); took > time.Second {
				t.Errorf("it ended after %s", took)
			}
			// A stream opened after the end is refused and leaves the news to the page.
			if l := h.listen(srv, "/live?w=acme", token); l.status != http.StatusForbidden {
				t.Errorf("a new stream = %d, want 403", l.status)
			}
			if w := h.get("/w/acme/", token); w.Header().Get("Location") != "/w/acme/?returned="+string(cause) {
				t.Errorf("the page leads to %s", w.Header().Get("Location"))
			}
		})
	}
	t.Run("return, and start elsewhere", func(t *testing.T) {
		h := newHouse(t)
		srv := h.serverFor()
		mine := h.in("olivia")
		own := h.listen(srv, "/live?w=acme", mine)
		own.until("timer-changed")
		token := fresh(h.post(h.logInAsPath("dana"), mine, troubleshoot))
		begin := time.Now()
		mustHave(t, "the own stream", own.ends(), "event: gone")
		l := h.listen(srv, "/live?w=acme", token)
		l.until("timer-changed")
		h.post("/impersonation/end", token, nil)
		mustHave(t, "the stream as the member", l.ends(), "event: gone")
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("both took %s", took)
		}
	})
	t.Run("in another workspace of the member", func(t *testing.T) {
		h := newHouse(t)
		h.joined("beta", "olivia@acme.test", "dana@acme.test")
		srv := h.serverFor()
		l := h.listen(srv, "/live?w=beta", h.acting("olivia", "dana"))
		l.until("timer-changed")
		h.MustSetRole("olivia", core.RoleAdmin) // where it began
		begin := time.Now()
		mustHave(t, "stream", l.ends(), "event: gone")
		if took := time.Since(begin); took > time.Second {
			t.Errorf("it ended after %s", took)
		}
	})
}

// joined makes a workspace full of canaries with an owner and a member, and a running timer of the member.
func (h *house) joined(slug, owner, member string) (core.Workspace, core.TimeEntry) {
	h.t.Helper()
	ws, _, err := h.CreateWorkspace(h.t.Context(), coretest.Operator(""), core.NewWorkspace{
		Name: "Canary " + slug, Slug: slug, Plan: core.PlanEnterprise, Subdomain: slug, OwnerEmail: owner, OwnerName: "Olivia Owner",
	})
	if err != nil {
		h.t.Fatal(err)
	}
	m, err := h.AddMember(h.t.Context(), coretest.Operator(ws.ID), core.NewMember{Email: member, Name: "Dana Member", Role: core.RoleMember, Active: true})
	if err != nil {
		h.t.Fatal(err)
	}
	a := core.Actor{UserID: m.User.ID, MemberID: m.ID, WorkspaceID: ws.ID, Door: core.DoorPanel}
	e, err := h.StartTimer(h.t.Context(), a, core.NewEntry{Description: "canary of " + slug})
	if err != nil {
		h.t.Fatal(err)
	}
	return ws, e
}

// TestEveryRouteWhileImpersonating calls all routes as Olivia acting as Dana. What the policy declares refused is
// refused with the sentence that says why, and what it allows the member is not refused.
func TestEveryRouteWhileImpersonating(t *testing.T) {
	h := newHouse(t)
	h.MustKey("dana")
	h.MustLink("dana", "slack", "T1", "U1")
	token := h.acting("olivia", "dana")
	refused, allowed := 0, 0
	for _, r := range h.panel.routes() {
		key := r.method + " " + r.path
		if r.action == public || strings.HasSuffix(r.path, "live") || r.action == core.ActSessionSignOut || r.action == core.ActImpersonationEnd {
			continue // TestEveryEnd and TestStream… have these
		}
		if !core.KnownAction(r.action) {
			t.Errorf("%s declares nothing", key)
			continue
		}
		e := h.MustStart("dana", "work", coretest.Start.Add(-2*time.Hour))
		// What lies under settings and accounts is the workspace's or another's; all else is the member's own.
		others := strings.HasPrefix(r.path, "/w/{slug}/settings") || strings.HasPrefix(r.path, "/w/{slug}/accounts")
		target := "dana"
		if others {
			target = "dirk"
		}
		path := strings.ReplaceAll(h.filled(strings.ReplaceAll(r.path, "{member}", h.member(target)), e.ID), "{notice}", strings.Repeat("0", 24))
		path = strings.ReplaceAll(path, "{key}", strings.Repeat("0", 24))
		form := formFor(r.path, e)
		form.Set("member", h.member(target))
		w := h.do(r.method, path, call{as: token, form: form})
		ask := core.Request{Action: r.action, Role: core.RoleMember, Plan: core.PlanEnterprise, Own: !others, Impersonating: true}
		if strings.HasSuffix(r.path, "/settings") {
			if w.Code != http.StatusSeeOther { // leads to the page that says why
				t.Errorf("%s = %d", key, w.Code)
			}
			continue
		}
		if core.Decide(ask) == "" {
			allowed++
			if w.Code == http.StatusForbidden || w.Code >= 500 {
				t.Errorf("%s (%s) = %d, but it is declared allowed\n%s", key, r.action, w.Code, clipped(w.Body.String()))
			}
		} else {
			refused++
			// What is asked for in a wrong form is refused for that first.
			if w.Code != http.StatusForbidden && (w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusGone && w.Code != http.StatusNotFound) {
				t.Errorf("%s (%s) = %d, but it is declared refused\n%s", key, r.action, w.Code, clipped(w.Body.String()))
			}
			if w.Code == http.StatusForbidden {
				mustHave(t, key, w.Body.String(), "not possible while you are logged in as another member")
			}
		}
		if w.Code != http.StatusSeeOther && !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
			mustHave(t, key, w.Body.String(), "logged in as Dana Member", "Return to my account")
		}
		if w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", key)
		}
		// A start, a continuation or the like may have left another timer.
		for running, err := h.RunningEntry(t.Context(), h.Actor("dana"), ""); err == nil; running, err = h.RunningEntry(t.Context(), h.Actor("dana"), "") {
			if _, err := h.DeleteEntry(t.Context(), h.Actor("dana"), running.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if refused < 15 || allowed < 8 {
		t.Errorf("%d refused and %d allowed: the routes were not asked", refused, allowed)
	}
	h.MustVerify()
	for _, a := range h.MustAudit("") {
		// What this test itself did as Dana carries its own request id.
		if a.RequestID != "test" && a.Door == core.DoorPanel && a.ActorID == h.Who("dana").User.ID {
			t.Errorf("an act as the member does not name the owner: %+v", a)
		}
	}
}

// TestOtherWorkspacesOfTheMember: on the subdomain they do not exist, on any GET address; on the main address they do
// only where the owner is an owner too.
func TestOtherWorkspacesOfTheMember(t *testing.T) {
	h := newHouse(t)
	places := map[string]core.TimeEntry{}
	for _, slug := range []string{"beta", "gamma"} {
		owner := "olivia@acme.test"
		if slug == "gamma" {
			owner = "gil@gamma.test"
		}
		_, places[slug] = h.joined(slug, owner, "dana@acme.test")
	}
	here, _ := h.SignInOn("olivia", h.Workspace.ID)
	const host = "acme.localhost:8080"
	start := h.do(http.MethodPost, h.logInAsPath("dana"), call{as: here, host: host, form: troubleshoot})
	token := fresh(start)
	if start.Code != http.StatusSeeOther || token == "" {
		t.Fatalf("start on the subdomain = %d", start.Code)
	}
	asked := 0
	for slug, e := range places {
		for _, r := range h.panel.routes() {
			if r.method != http.MethodGet || r.action == public && !strings.Contains(r.path, "{slug}") {
				continue
			}
			path := strings.NewReplacer("{slug}", slug, "{id}", string(e.ID), "{member}", string(e.MemberID), "{token}", strings.Repeat("x", 43)).Replace(r.path)
			path = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, strings.Repeat("0", 24))
			if !strings.Contains(r.path, "{slug}") {
				path = with(path, "w", slug)
			}
			w := h.do(http.MethodGet, path, call{as: token, host: host})
			asked++
			if w.Code != http.StatusNotFound {
				t.Errorf("%s of %s = %d, want 404", r.path, slug, w.Code)
			}
			mustLack(t, r.path, w.Body.String(), "canary", "Canary", slug+"\"")
		}
	}
	if asked < 30 {
		t.Errorf("only %d addresses were asked", asked)
	}
	page := h.do(http.MethodGet, "/w/acme/", call{as: token, host: host}).Body.String()
	mustHave(t, "own page", page, "logged in as Dana Member")
	mustLack(t, "own page", page, "Switch workspace", "Canary")
	// The cookie is worth nothing elsewhere, whatever host it is carried to.
	for _, elsewhere := range []string{"localhost:8080", "beta.localhost:8080", "gamma.localhost:8080"} {
		if w := h.do(http.MethodGet, "/w/beta/", call{as: token, host: elsewhere}); w.Code == 200 {
			t.Errorf("the session works on %s", elsewhere)
		}
	}
	main := h.acting("olivia", "dana")
	if w := h.get("/w/beta/", main); w.Code != 200 || !strings.Contains(w.Body.String(), "canary of beta") || !strings.Contains(w.Body.String(), "logged in as") {
		t.Errorf("an owned workspace on the main address = %d", w.Code)
	}
	w := h.get("/w/gamma/", main)
	if w.Code != http.StatusNotFound {
		t.Errorf("a workspace of others on the main address = %d", w.Code)
	}
	mustLack(t, "gamma", w.Body.String(), "canary", "Canary")
	mustHave(t, "gamma", w.Body.String(), "logged in as Dana Member") // also a page about nothing is marked
	mustLack(t, "switcher", h.get("/w/acme/", main).Body.String(), "Canary gamma")
	if w := h.get("/nowhere", main); w.Code != 404 || !strings.Contains(w.Body.String(), "Return to my account") {
		t.Errorf("an unknown address = %d", w.Code)
	}
}

// TestLogInAsLink: the link from the chat works for the owner who asked, once, for two minutes, and never by GET.
func TestLogInAsLink(t *testing.T) {
	h := newHouse(t)
	link := func() string {
		t.Helper()
		token, _, _, err := h.CreateLoginAsLink(t.Context(), h.Actor("olivia"), h.Who("dana").ID)
		if err != nil {
			t.Fatal(err)
		}
		return "/log-in-as/" + token
	}
	path := link()
	token := h.in("olivia")
	for range 20 { // previews and second thoughts
		h.get(path, "")
		h.get(path, token)
	}
	page := h.get(path, token)
	mustHave(t, "page", page.Body.String(), "Log in as Dana Member?", `action="`+path+`?w=acme"`, "The member gets a notice", `name="referrer" content="no-referrer"`)
	if page.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Error("the address may be told to others")
	}
	stranger := h.get(path+"?w=acme", "")
	if to := stranger.Header().Get("Location"); stranger.Code != http.StatusSeeOther || to != "/?next="+url.QueryEscape(path+"?w=acme") {
		t.Errorf("a stranger = %d to %s", stranger.Code, to)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for key, want := range map[string]int{"otto": 403, "dana": 403, "adam": 403} {
			if w := h.do(method, path, call{as: h.in(key), form: troubleshoot}); w.Code != want || fresh(w) != "" {
				t.Errorf("%s by %s = %d, want %d", method, key, w.Code, want)
			}
		}
	}
	if w := h.post(path, token, url.Values{"reason": {"other"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a note = %d", w.Code)
	}
	w := h.post(path+"?w=acme", token, troubleshoot)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/w/acme/" || fresh(w) == "" {
		t.Fatalf("use = %d to %s", w.Code, w.Header().Get("Location"))
	}
	mustHave(t, "page", h.get("/w/acme/", fresh(w)).Body.String(), "logged in as Dana Member")
	back := fresh(h.post("/impersonation/end", fresh(w), nil))
	late := link()
	for _, dead := range []string{path, "/log-in-as/" + strings.Repeat("x", 43), "/log-in-as/short"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if w := h.do(method, dead, call{as: back, form: troubleshoot}); w.Code != http.StatusGone {
				t.Errorf("%s %.20s = %d, want 410", method, dead, w.Code)
			}
		}
	}
	h.Clock.Advance(core.LoginAsFor)
	if w := h.post(late, back, troubleshoot); w.Code != http.StatusGone {
		t.Errorf("after two minutes = %d, want 410", w.Code)
	}
	mustLack(t, "log", h.log.String(), strings.TrimPrefix(path, "/log-in-as/"))
	// It is about one workspace, also for who owns several.
	h.secondWorkspace("aaa", "olivia@acme.test")
	if w := h.get(link()+"?w=acme", back); w.Code != 200 {
		t.Errorf("with several workspaces = %d", w.Code)
	}
	for _, test := range []struct{ base, subdomain, want string }{
		{"https://clock.example", "acme", "https://acme.clock.example/log-in-as/T"},
		{"https://clock.example", "", "https://clock.example/log-in-as/T?w=acme"},
		{"http://127.0.0.1:8080", "acme", "http://127.0.0.1:8080/log-in-as/T?w=acme"},
	} {
		base, err := url.Parse(test.base)
		if err != nil {
			t.Fatal(err)
		}
		if got := LoginAsURL(base, core.Workspace{Slug: "acme", Subdomain: test.subdomain}, "T"); got != test.want {
			t.Errorf("%s with %q = %s, want %s", test.base, test.subdomain, got, test.want)
		}
	}
}

// TestARefreshOfAccountsLeadsHome: the owner's open Accounts tab may refresh itself just when it becomes the member's.
// The answer leads where logging in leads too, so that it does not matter which of them the browser follows.
func TestARefreshOfAccountsLeadsHome(t *testing.T) {
	h := newHouse(t)
	token := h.acting("olivia", "dana")
	w := h.do(http.MethodGet, accountsAt, call{as: token, htmx: true})
	if w.Code != http.StatusForbidden || w.Header().Get("HX-Redirect") != "/w/acme/" || w.Header().Get("HX-Refresh") != "" {
		t.Errorf("as a member: %d, redirect %q, refresh %q", w.Code, w.Header().Get("HX-Redirect"), w.Header().Get("HX-Refresh"))
	}
	w = h.do(http.MethodGet, accountsAt, call{as: h.in("adam"), htmx: true})
	if w.Code != http.StatusForbidden || w.Header().Get("HX-Redirect") != "" || w.Header().Get("HX-Refresh") != "true" {
		t.Errorf("as an admin: %d, redirect %q, refresh %q", w.Code, w.Header().Get("HX-Redirect"), w.Header().Get("HX-Refresh"))
	}
}
