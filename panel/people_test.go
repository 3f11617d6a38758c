package panel

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

const goodPassword = "correct horse battery"

// newHouseWith is a house with other ways to sign in.
func newHouseWith(t testing.TB, base string, ways SignInOptions, options ...coretest.Option) *house {
	t.Helper()
	h := newHouseAt(t, base)
	if len(options) > 0 {
		h.House = coretest.New(t, options...)
	}
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	h.panel, err = New(Options{
		Service: h.Service, Catalog: catalog, BaseURL: h.panel.base, Version: "test", SignIn: ways,
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	h.handler = h.panel.Handler()
	return h
}

// password gives somebody a password.
func (h *house) password(key string) {
	h.t.Helper()
	_, a := h.SignIn(key)
	if err := h.SetPassword(h.t.Context(), a, "", goodPassword); err != nil {
		h.t.Fatalf("password of %s: %v", key, err)
	}
}

// invite invites somebody new to acme and returns the token.
func (h *house) invite(email string) string {
	h.t.Helper()
	m, err := h.AddMember(h.t.Context(), h.Actor("adam"), core.NewMember{Email: email, Name: "Nadja"})
	if err != nil {
		h.t.Fatalf("invite %s: %v", email, err)
	}
	token, _, err := h.CreateInvitation(h.t.Context(), h.Actor("adam"), m.ID)
	if err != nil {
		h.t.Fatalf("invitation of %s: %v", email, err)
	}
	return token
}

// as starts an impersonation and returns the session's token.
func (h *house) as(owner, member string) string {
	h.t.Helper()
	h.t.Cleanup(func() {
		if h.t.Failed() {
			h.t.Log(h.log.String())
		}
	})
	_, a := h.SignIn(owner)
	_, token, err := h.StartImpersonation(h.t.Context(), a, h.Who(member).ID, core.ReasonTroubleshoot, "")
	if err != nil {
		h.t.Fatalf("%s as %s: %v", owner, member, err)
	}
	return token
}

func signInForm(email, password string) url.Values {
	return url.Values{"email": {email}, "password": {password}}
}

// cookieOf is the session's token that an answer sets.
func cookieOf(t testing.TB, h *house, w *httptest.ResponseRecorder) string {
	t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name == h.panel.cookieName() {
			return c.Value
		}
	}
	t.Fatalf("no session in the answer: %d %v\n%s", w.Code, w.Header(), clipped(w.Body.String()))
	return ""
}

func TestSignInWithPassword(t *testing.T) {
	h := newHouse(t)
	h.password("olivia")
	h.password("dana")
	for _, test := range []struct{ email, next, want string }{
		{"olivia@acme.test", "", "/w/acme/settings/accounts"},
		{" Olivia@ACME.test ", "", "/w/acme/settings/accounts"},
		{"dana@acme.test", "", "/w/acme/"},
		{"dana@acme.test", "/w/acme/profile", "/w/acme/profile"},
		{"dana@acme.test", "https://evil.example/", "/w/acme/"},
	} {
		f := signInForm(test.email, goodPassword)
		f.Set("next", test.next)
		w := h.post("/sign-in", "", f)
		if w.Code != 303 || w.Header().Get("Location") != test.want {
			t.Errorf("%s with next %q = %d to %s, want %s", test.email, test.next, w.Code, w.Header().Get("Location"), test.want)
		}
		if page := h.get(test.want, cookieOf(t, h, w)); page.Code != 200 {
			t.Errorf("then %s = %d", test.want, page.Code)
		}
	}
	wrong := h.post("/sign-in", "", signInForm("dana@acme.test", "wrong"))
	if wrong.Code != 422 || len(wrong.Header().Values("Set-Cookie")) != 0 {
		t.Errorf("wrong password = %d, %v", wrong.Code, wrong.Header())
	}
	mustHave(t, "wrong password", wrong.Body.String(), `role="alert"`, `value="dana@acme.test"`, `aria-invalid="true"`)
	mustLack(t, "wrong password", wrong.Body.String(), `value="wrong"`)
	mustLack(t, "log", h.log.String(), goodPassword, "dana@acme.test")

	// Deactivated: as if the password were wrong.
	h.MustSetStatus("dana", core.StatusInactive)
	if w := h.post("/sign-in", "", signInForm("dana@acme.test", goodPassword)); w.Code != 422 {
		t.Errorf("inactive = %d", w.Code)
	}
}

var requestIDs = regexp.MustCompile(`data-now="\d+"`)

// TestSignInTellsNothing: unknown and known addresses answer the same bytes after the same work.
func TestSignInTellsNothing(t *testing.T) {
	h := newHouse(t)
	h.password("dana")
	ask := func(email string) (string, time.Duration) {
		h.Clock.Advance(time.Minute)
		began := time.Now()
		w := h.post("/sign-in", "", signInForm(email, "some wrong password"))
		took := time.Since(began)
		if w.Code != 422 {
			t.Fatalf("%s = %d", email, w.Code)
		}
		return requestIDs.ReplaceAllString(strings.ReplaceAll(w.Body.String(), email, "EMAIL"), ""), took
	}
	best := map[string]time.Duration{}
	var bodies []string
	for range 5 {
		for _, email := range []string{"dana@acme.test", "dirk@acme.test", "nobody@nowhere.test"} { // a password, none, no account
			body, took := ask(email)
			bodies = append(bodies, body)
			if least, ok := best[email]; !ok || took < least {
				best[email] = took
			}
		}
	}
	for _, body := range bodies {
		if body != bodies[0] {
			t.Fatalf("answers differ:\n%s\n%s", bodies[0], body)
		}
	}
	for email, took := range best {
		if took < best["dana@acme.test"]/2 || took > best["dana@acme.test"]*2 {
			t.Errorf("%s takes %s, a wrong password %s", email, took, best["dana@acme.test"])
		}
	}
}

func TestSignInRate(t *testing.T) {
	h := newHouse(t)
	h.password("dana")
	try := func(email, password, from string) int {
		r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader(signInForm(email, password).Encode()))
		r.Host, r.RemoteAddr = "localhost:8080", from+":4711"
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code == http.StatusTooManyRequests {
			if w.Header().Get("Retry-After") == "" || len(w.Header().Values("Set-Cookie")) > 0 {
				t.Errorf("429: %v", w.Header())
			}
			mustHave(t, "429", w.Body.String(), "Too many attempts", `role="alert"`)
		}
		return w.Code
	}
	// One account, from anywhere: the sixth failure is refused, the right password too.
	for i := range triesPerAccount {
		if got := try("dana@acme.test", "wrong", "203.0.113."+number(i)); got != 422 {
			t.Fatalf("failure %d = %d", i, got)
		}
	}
	for _, email := range []string{"dana@acme.test", " DANA@acme.test"} {
		if got := try(email, goodPassword, "203.0.113.99"); got != 429 {
			t.Errorf("sixth attempt at %q = %d, want 429", email, got)
		}
	}
	h.Clock.Advance(time.Minute / triesPerAccount)
	if got := try("dana@acme.test", goodPassword, "203.0.113.99"); got != 303 {
		t.Errorf("after the wait = %d, want 303", got)
	}
	// One address, any account.
	for i := range triesPerAddress {
		if got := try("somebody"+number(i)+"@acme.test", "x", "198.51.100.7"); got != 422 {
			t.Fatalf("failure %d = %d", i, got)
		}
	}
	if got := try("dirk@acme.test", "x", "198.51.100.7"); got != 429 {
		t.Errorf("eleventh failure = %d, want 429", got)
	}
	if got := try("dirk@acme.test", "x", "198.51.100.8"); got != 422 {
		t.Errorf("another address = %d", got)
	}
	// Success is not counted: an office signs in behind one address.
	h.Clock.Advance(time.Minute)
	for i := range triesPerAddress + 1 {
		if got := try("dana@acme.test", goodPassword, "192.0.2.200"); got != 303 {
			t.Fatalf("sign-in %d = %d", i, got)
		}
	}
}

// TestNetworks: IPv6 addresses count by their network, since a person has a whole one.
func TestNetworks(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "::ffff:203.0.113.9": "203.0.113.9", "2001:db8:1:2:3::4": "2001:db8:1:2::/64",
		"2001:db8:1:2::%eth0": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "@": "@", "": "",
	} {
		if got := network(address); got != want {
			t.Errorf("%s counts as %s, want %s", address, got, want)
		}
	}
}

// TestAttemptsAreBounded: however many keys are tried, the memory stays the same, and the latest are kept.
func TestAttemptsAreBounded(t *testing.T) {
	b := newBuckets(1, 100)
	for i := range 1000 {
		if _, _, ok := b.take(coretest.Start, number(i)); !ok {
			t.Fatalf("first attempt of %d is refused", i)
		}
	}
	if len(b.byKey) != 100 || b.recent.Len() != 100 {
		t.Errorf("%d and %d are kept, want 100", len(b.byKey), b.recent.Len())
	}
	if _, wait, ok := b.take(coretest.Start, "999"); ok || wait <= 0 {
		t.Error("the latest one is forgotten")
	}
	if _, _, ok := b.take(coretest.Start, "0"); !ok {
		t.Error("the oldest one is kept")
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 500 {
				b.take(coretest.Start, number(i*j))
			}
		})
	}
	group.Wait()
	if len(b.byKey) != 100 {
		t.Errorf("%d are kept after a crowd", len(b.byKey))
	}
}

// TestFixation: what stood in the cookie before never is a session after; a session of before is over.
func TestFixation(t *testing.T) {
	h := newHouse(t)
	h.password("dana")
	planted := strings.Repeat("A", 43)
	w := h.post("/sign-in", planted, signInForm("dana@acme.test", goodPassword))
	token := cookieOf(t, h, w)
	if token == planted || h.get("/w/acme/", planted).Code != 303 {
		t.Error("a planted cookie became a session")
	}
	again := cookieOf(t, h, h.post("/sign-in", token, signInForm("dana@acme.test", goodPassword)))
	if again == token {
		t.Error("the token was not rotated")
	}
	if got := h.get("/w/acme/", token).Code; got != 303 {
		t.Errorf("the session from before goes on: %d", got)
	}
	if got := h.get("/w/acme/", again).Code; got != 200 {
		t.Errorf("the new session = %d", got)
	}
	// By a one-time link and by an invitation too.
	link, _, err := h.CreateSignInLink(t.Context(), coretest.Operator(h.Workspace.ID), "dirk@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	dirk := cookieOf(t, h, h.post("/sign-in/"+link, again, nil))
	if h.get("/w/acme/", again).Code != 303 || h.get("/w/acme/", dirk).Code != 200 {
		t.Error("after the link")
	}
	nadja := cookieOf(t, h, h.post("/invitation/"+h.invite("nadja@acme.test"), dirk, url.Values{"name": {"Nadja"}, "password": {goodPassword}}))
	if h.get("/w/acme/", dirk).Code != 303 || h.get("/w/acme/", nadja).Code != 200 {
		t.Error("after the invitation")
	}
}

func TestSignInPage(t *testing.T) {
	plain := newHouse(t)
	body := plain.get("/", "").Body.String()
	mustHave(t, "passwords", body, `action="/sign-in"`, `autocomplete="current-password"`, "one-time link")
	mustLack(t, "passwords", body, "single sign-on", "/sign-in/oidc")
	if w := plain.get("/sign-in", ""); w.Code != 303 || w.Header().Get("Location") != "/" {
		t.Errorf("GET /sign-in = %d", w.Code)
	}
	off := newHouseWith(t, "http://localhost:8080", SignInOptions{NoPassword: true})
	off.password("dana")
	mustLack(t, "no passwords", off.get("/", "").Body.String(), `type="password"`, "/sign-in/oidc")
	if w := off.post("/sign-in", "", signInForm("dana@acme.test", goodPassword)); w.Code != 403 || len(w.Header().Values("Set-Cookie")) > 0 {
		t.Errorf("password where they are off = %d", w.Code)
	}
	if w := off.post("/w/acme/profile/password", off.in("dana"), url.Values{"present": {goodPassword}, "password": {goodPassword + "2"}}); w.Code != 403 {
		t.Errorf("changing it there = %d", w.Code)
	}
	mustLack(t, "profile without passwords", off.get("/w/acme/profile", off.in("dana")).Body.String(), `type="password"`)
	both := newHouseWith(t, "http://localhost:8080", SignInOptions{OIDC: OIDCOptions{Issuer: "https://id.test", ClientID: "c", ClientSecret: "s"}})
	mustHave(t, "both", both.get("/?next=%2Fw%2Facme%2Fprofile", "").Body.String(), `type="password"`, `href="/sign-in/oidc?next=%2Fw%2Facme%2Fprofile"`, `name="next" value="/w/acme/profile"`)
}

// TestNextLeadsNowhereElse: 60 addresses, and where they lead.
func TestNextLeadsNowhereElse(t *testing.T) {
	h := newHouse(t)
	for next, want := range map[string]string{
		"/w/acme/":                  "/w/acme/",
		"/w/acme/profile":           "/w/acme/profile",
		"/w/acme/link":              "/w/acme/link",
		"/w/acme/settings/accounts": "/w/acme/settings/accounts",
		"/w/acme/settings/accounts?q=d&running=1": "/w/acme/settings/accounts?q=d&running=1",
		"/w/acme/settings/accounts?q=d%C3%BC+x":   "/w/acme/settings/accounts?q=d%C3%BC+x",
		"/w/acme/entries/abc/correct":             "/w/acme/entries/abc/correct",
	} {
		if got := h.panel.ownPage(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
	payloads := []string{
		"", "/", "//evil.example", "///evil.example", "////evil.example", `/\evil.example`, `\\evil.example`, `\/evil.example`, "/\t/evil.example",
		"/%2fevil.example", "/%2F%2Fevil.example", "/%5cevil.example", "/%09/evil.example", "http://evil.example", "https://evil.example/w/acme/",
		"https:evil.example", "https:/evil.example", "HTTPS://evil.example", "javascript:alert(1)", "data:text/html,x", "//evil.example/w/acme/",
		"/w/acme//evil.example", "/w/acme/..//evil.example", "/w/acme/../../evil", "/w/../evil", "/w/acme/%2e%2e/%2e%2e/", "/w/acme/./profile",
		"/w/acme/profile#//evil.example", "/w/acme/profile\r\nSet-Cookie: x=1", "/w/acme/profile%0d%0aSet-Cookie:%20x=1", "/w/acme/profile\nLocation: x",
		"/w/acme/profile?x=\r\ny", "/w/acme/profile?x=//evil.example", "/w/acme/profile?x=a#b", "/w/acme/profile?<script>", "/w/acme/profile;evil",
		"/w/acme/profile@evil.example", "@evil.example", "evil.example", ".evil.example", "localhost:8080@evil.example", "//localhost:8080@evil.example",
		"http://localhost:8080/w/acme/", "//localhost:8080/w/acme/", "/sign-out", "/sign-in", "/sign-in/abc", "/invitation/abc", "/live", "/w/acme/live",
		"/impersonation/end", "/w/acme/timer/start", "/w/acme/nowhere", "/w/ACME/", "/w/acme/profile/" + strings.Repeat("a", 300), "/static/app.css",
		"\x00/w/acme/", "/w/acme/\x00", " /w/acme/", "/w/acme/ ", "/w/ac me/", "/w/acmé/", "/w/acme/%70rofile", "?next=/w/acme/", "#", "/w/acme/profile?" + strings.Repeat("a", 600),
		"//[::1]/w/acme/", "/․./evil", "/w//profile",
	}
	if len(payloads) < 60 {
		t.Fatalf("%d payloads", len(payloads))
	}
	h.password("dana")
	own := regexp.MustCompile(`^/(w/acme/)?$`)
	for _, p := range payloads {
		if got := h.panel.ownPage(p); got != "" {
			t.Errorf("%q leads to %q", p, got)
		}
		token := h.in("dana")
		if w := h.get("/?next="+url.QueryEscape(p), token); !own.MatchString(w.Header().Get("Location")) || len(w.Header().Values("Location")) != 1 || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("signed in, %q leads to %q", p, w.Header().Values("Location"))
		}
		mustLack(t, "page for "+p, h.get("/?next="+url.QueryEscape(p), "").Body.String(), "evil.example", `name="next"`)
	}
	for _, p := range payloads[:8] {
		f := signInForm("dana@acme.test", goodPassword)
		f.Set("next", p)
		if w := h.post("/sign-in", "", f); w.Header().Get("Location") != "/w/acme/" {
			t.Errorf("signing in with %q leads to %q", p, w.Header().Get("Location"))
		}
	}
	// Who must sign in comes back to the page that was asked for, but not to an act or a stream.
	for path, want := range map[string]string{
		"/w/acme/settings/accounts?q=dana": "/?next=%2Fw%2Facme%2Fsettings%2Faccounts%3Fq%3Ddana", "/w/acme/live": "/", "/live?w=acme": "/",
	} {
		if got := h.get(path, "").Header().Get("Location"); got != want {
			t.Errorf("a stranger at %s is sent to %s, want %s", path, got, want)
		}
	}
	w := h.do(http.MethodGet, "/w/acme/settings/accounts", call{htmx: true, header: map[string]string{"HX-Current-URL": "http://localhost:8080/w/acme/settings/accounts?q=d"}})
	if got := w.Header().Get("HX-Redirect"); got != "/?next=%2Fw%2Facme%2Fsettings%2Faccounts%3Fq%3Dd" {
		t.Errorf("a fragment's stranger is sent to %s", got)
	}
	w = h.do(http.MethodGet, "/w/acme/", call{htmx: true, header: map[string]string{"HX-Current-URL": "https://evil.example//evil.example"}})
	if got := w.Header().Get("HX-Redirect"); got != "/" {
		t.Errorf("a forged current address leads to %s", got)
	}
}
