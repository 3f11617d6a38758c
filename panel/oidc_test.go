package panel

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// idp is an OpenID Connect provider with one person signed in at it.
type idp struct {
	t       testing.TB
	srv     *httptest.Server
	key     *rsa.PrivateKey
	mu      sync.Mutex
	subject string                 // of the person
	email   string                 // claimed, and to be ignored
	change  func(c map[string]any) // changes the claims of the next token
	sign    *rsa.PrivateKey        // nil: key
	codes   map[string]url.Values  // what they were given for
	asked   int                    // requests of every kind
}

const clientSecret = "provider-secret-canary"

func newIDP(t testing.TB) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{t: t, key: key, subject: "subject-1", email: "olivia@acme.test", codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.json(w, map[string]any{
			"issuer": p.srv.URL, "authorization_endpoint": p.srv.URL + "/authorize", "token_endpoint": p.srv.URL + "/token",
			"jwks_uri": p.srv.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"},
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.json(w, map[string]any{"keys": []map[string]string{{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1",
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, p.authorize(r.URL.Query()), http.StatusFound)
	})
	mux.HandleFunc("POST /token", p.token)
	p.srv = httptest.NewServer(mux)
	t.Cleanup(p.srv.Close)
	return p
}

func (p *idp) json(w http.ResponseWriter, v any) {
	p.mu.Lock()
	p.asked++
	p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// authorize gives a code out and returns where the browser goes.
func (p *idp) authorize(q url.Values) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.codes[code] = q
	return q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.srv.URL}}.Encode()
}

// token redeems a code once, with the verifier of its challenge.
func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	code := r.PostFormValue("code")
	p.mu.Lock()
	asked, known := p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	good := ok && id == "clockwarden" && secret == clientSecret && known && asked.Get("code_challenge_method") == "S256" &&
		asked.Get("code_challenge") == base64.RawURLEncoding.EncodeToString(sum[:]) && asked.Get("redirect_uri") == r.PostFormValue("redirect_uri")
	claims := map[string]any{
		"iss": p.srv.URL, "sub": p.subject, "aud": "clockwarden", "nonce": asked.Get("nonce"), "email": p.email, "email_verified": true,
		"iat": coretest.Start.Unix(), "exp": coretest.Start.Add(time.Hour).Unix(),
	}
	key := p.key
	if p.sign != nil {
		key = p.sign
	}
	if p.change != nil {
		p.change(claims)
	}
	p.mu.Unlock()
	if !good {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant","error_description":"` + code + `"}`))
		return
	}
	p.json(w, map[string]any{"access_token": "access-canary", "token_type": "Bearer", "id_token": p.signed(key, claims)})
}

func (p *idp) signed(key *rsa.PrivateKey, claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Error(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func (p *idp) options() SignInOptions {
	return SignInOptions{OIDC: OIDCOptions{Issuer: p.srv.URL, ClientID: "clockwarden", ClientSecret: clientSecret}}
}

// jar is a browser: its cookies.
type jar struct {
	h       *house
	host    string
	cookies map[string]string
}

func (h *house) browser(session string) *jar {
	j := &jar{h: h, host: "localhost:8080", cookies: map[string]string{}}
	if session != "" {
		j.cookies[h.panel.cookieName()] = session
	}
	return j
}

func (j *jar) get(address string, header map[string]string) *httptest.ResponseRecorder {
	j.h.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		j.h.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, u.RequestURI(), nil)
	r.Host = j.host
	for name, value := range j.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	j.h.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(j.cookies, c.Name)
		} else {
			j.cookies[c.Name] = c.Value
		}
	}
	return w
}

// there starts at the panel and returns what the provider is asked.
func (j *jar) there(path string) url.Values {
	j.h.t.Helper()
	w := j.get(path, map[string]string{"Sec-Fetch-Site": "same-origin"})
	u, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != 303 || u.Path != "/authorize" {
		j.h.t.Fatalf("%s = %d to %s\n%s", path, w.Code, u, clipped(w.Body.String()))
	}
	return u.Query()
}

func (h *house) linkLogin(key, issuer, subject string) {
	h.t.Helper()
	_, a := h.SignIn(key)
	if err := h.LinkLogin(h.t.Context(), a, issuer, subject); err != nil {
		h.t.Fatal(err)
	}
}

func TestSingleSignOn(t *testing.T) {
	p := newIDP(t)
	h := newHouseWith(t, "http://localhost:8080", p.options())
	if p.asked != 0 {
		t.Error("the provider is asked before anybody needs it")
	}
	b := h.browser("")
	q := b.there("/sign-in/oidc?next=%2Fw%2Facme%2Fprofile")
	if q.Get("redirect_uri") != "http://localhost:8080/sign-in/oidc/callback" || q.Get("scope") != "openid" || q.Get("code_challenge_method") != "S256" ||
		q.Get("response_type") != "code" || len(q.Get("state")) < 26 || len(q.Get("nonce")) < 26 || q.Get("state") == q.Get("nonce") {
		t.Errorf("asked: %v", q)
	}
	// Linked to nobody yet, whatever address the provider claims.
	back := p.authorize(q)
	w := b.get(back, nil)
	if w.Code != 403 || b.cookies[h.panel.cookieName()] != "" {
		t.Fatalf("an unknown subject = %d", w.Code)
	}
	mustHave(t, "unknown subject", w.Body.String(), "not linked to anybody", `action="/sign-in"`)
	mustLack(t, "unknown subject", w.Body.String(), "olivia")

	h.linkLogin("dana", p.srv.URL, "subject-1")
	back = p.authorize(b.there("/sign-in/oidc?next=%2Fw%2Facme%2Fprofile"))
	w = b.get(back, map[string]string{"Sec-Fetch-Site": "cross-site"})
	if w.Code != 303 || w.Header().Get("Location") != "/w/acme/profile" || w.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Fatalf("sign-in = %d to %s", w.Code, w.Header().Get("Location"))
	}
	mustHave(t, "who", h.get("/w/acme/", b.cookies[h.panel.cookieName()]).Body.String(), "Dana Member")
	if _, ok := b.cookies["clockwarden-sso"]; ok {
		t.Error("the state stays in the browser")
	}
	// An owner lands on the Accounts tab.
	p.subject = "subject-olivia"
	h.linkLogin("olivia", p.srv.URL, p.subject)
	if w := b.get(p.authorize(b.there("/sign-in/oidc")), nil); w.Header().Get("Location") != "/w/acme/settings/accounts" {
		t.Errorf("an owner lands on %s", w.Header().Get("Location"))
	}
	mustLack(t, "log", h.log.String(), clientSecret, "access-canary", q.Get("state"), q.Get("nonce"), b.cookies[h.panel.cookieName()], "code=")
}

// TestSingleSignOnRefuses: whatever is not exactly what this browser started.
func TestSingleSignOnRefuses(t *testing.T) {
	p := newIDP(t)
	other := newIDP(t)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		status int
		change func(map[string]any)
		sign   *rsa.PrivateKey
		back   func(b *jar, q url.Values) string // the address the browser comes back to
	}{
		"control": {status: 303},
		"no issuer told": {status: 303, back: func(_ *jar, q url.Values) string {
			return strings.Split(p.authorize(q), "&iss=")[0] + "&state=" + q.Get("state")
		}},
		"wrong nonce":    {status: 403, change: func(c map[string]any) { c["nonce"] = "another" }},
		"no nonce":       {status: 403, change: func(c map[string]any) { delete(c, "nonce") }},
		"another issuer": {status: 403, change: func(c map[string]any) { c["iss"] = other.srv.URL }},
		"another client": {status: 403, change: func(c map[string]any) { c["aud"] = "somebody else" }},
		"another party":  {status: 403, change: func(c map[string]any) { c["aud"] = []string{"clockwarden", "x"}; c["azp"] = "x" }},
		"too old":        {status: 403, change: func(c map[string]any) { c["exp"] = coretest.Start.Add(-time.Second).Unix() }},
		"no subject":     {status: 403, change: func(c map[string]any) { delete(c, "sub") }},
		"wrong key":      {status: 403, sign: stranger},
		"wrong state": {status: 400, back: func(_ *jar, q url.Values) string {
			q.Set("state", "another")
			return p.authorize(q)
		}},
		"no state": {status: 400, back: func(_ *jar, q url.Values) string { q.Del("state"); return p.authorize(q) }},
		"another browser": {status: 400, back: func(b *jar, q url.Values) string {
			delete(b.cookies, "clockwarden-sso")
			return p.authorize(q)
		}},
		"another browser's state": {status: 400, back: func(b *jar, q url.Values) string {
			b.there("/sign-in/oidc") // starts anew; the first state is not this one's
			return p.authorize(q)
		}},
		"forged state": {status: 400, back: func(b *jar, q url.Values) string {
			b.cookies["clockwarden-sso"] = base64.RawURLEncoding.EncodeToString([]byte(`{"s":"x","n":"y","v":"z","e":9999999999}`))
			q.Set("state", "x")
			return p.authorize(q)
		}},
		"too late": {status: 400, back: func(b *jar, q url.Values) string { b.h.Clock.Advance(ssoFor); return p.authorize(q) }},
		"issuer of the answer": {status: 403, back: func(_ *jar, q url.Values) string {
			return strings.Replace(p.authorize(q), url.QueryEscape(p.srv.URL), url.QueryEscape(other.srv.URL), 1)
		}},
		"another's code": {status: 403, back: func(b *jar, q url.Values) string {
			// A code that was given to the attacker's browser, with its own challenge.
			theirs, _ := url.Parse(p.authorize(b.h.browser("").there("/sign-in/oidc")))
			return q.Get("redirect_uri") + "?code=" + theirs.Query().Get("code") + "&state=" + q.Get("state")
		}},
		"invented code": {status: 403, back: func(_ *jar, q url.Values) string { return q.Get("redirect_uri") + "?code=abc&state=" + q.Get("state") }},
		"no code":       {status: 403, back: func(_ *jar, q url.Values) string { return q.Get("redirect_uri") + "?state=" + q.Get("state") }},
		"canceled": {status: 403, back: func(_ *jar, q url.Values) string {
			return q.Get("redirect_uri") + "?error=access_denied&state=" + q.Get("state")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouseWith(t, "http://localhost:8080", p.options())
			h.linkLogin("dana", p.srv.URL, "subject-1")
			h.linkLogin("olivia", other.srv.URL, "subject-1")
			p.change, p.sign = test.change, test.sign
			b := h.browser("")
			q := b.there("/sign-in/oidc")
			back := ""
			if test.back != nil {
				back = test.back(b, q)
			} else {
				back = p.authorize(q)
			}
			sealed := b.cookies["clockwarden-sso"]
			w := b.get(back, nil)
			session := b.cookies[h.panel.cookieName()]
			if w.Code != test.status || (session != "") != (test.status == 303) {
				t.Errorf("answers %d (want %d), session %q\n%s", w.Code, test.status, session, clipped(w.Body.String()))
			}
			if test.status != 303 {
				mustHave(t, name, w.Body.String(), `role="alert"`, `action="/sign-in"`)
			}
			mustLack(t, name, w.Body.String(), "subject-1", "invalid_grant", clientSecret)
			// Coming back again with all of it changes nothing.
			again := h.browser("")
			again.cookies["clockwarden-sso"] = sealed
			if w := again.get(back, nil); w.Code == 303 || again.cookies[h.panel.cookieName()] != "" {
				t.Errorf("a replay = %d to %s", w.Code, w.Header().Get("Location"))
			}
			code := ""
			if u, err := url.Parse(back); err == nil {
				code = u.Query().Get("code")
			}
			mustLack(t, "log", h.log.String(), clientSecret, "access-canary", q.Get("nonce"))
			if sealed != "" {
				mustLack(t, "log", h.log.String(), sealed)
			}
			if len(code) > 10 {
				mustLack(t, "log", h.log.String(), code)
			}
		})
	}
}

// TestReplayedCode: the same code in a new state, as a second tab of the same browser could bring it.
func TestReplayedCode(t *testing.T) {
	p := newIDP(t)
	h := newHouseWith(t, "http://localhost:8080", p.options())
	h.linkLogin("dana", p.srv.URL, "subject-1")
	b := h.browser("")
	first, err := url.Parse(p.authorize(b.there("/sign-in/oidc")))
	if err != nil {
		t.Fatal(err)
	}
	if w := b.get(first.String(), nil); w.Code != 303 {
		t.Fatalf("first = %d", w.Code)
	}
	second := h.browser("")
	q := second.there("/sign-in/oidc")
	if w := second.get(q.Get("redirect_uri")+"?code="+first.Query().Get("code")+"&state="+q.Get("state"), nil); w.Code != 403 {
		t.Errorf("the code again = %d", w.Code)
	}
}

func TestLinkSingleSignOn(t *testing.T) {
	p := newIDP(t)
	h := newHouseWith(t, "http://localhost:8080", p.options())
	token := h.in("dana")
	mustHave(t, "profile", h.get("/w/acme/profile", token).Body.String(), `href="/sign-in/oidc?link=1&amp;w=acme"`)
	start := "/sign-in/oidc?link=1&w=acme"

	// Only from a page of ours: not from another site, a sibling, or typed in.
	for _, header := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {}, {"Referer": "http://evil.example/"},
	} {
		b := h.browser(token)
		if w := b.get(start, header); w.Code != 303 || w.Header().Get("Location") != "/w/acme/profile#single-sign-on" || len(b.cookies) != 1 {
			t.Errorf("%v starts: %d to %s", header, w.Code, w.Header().Get("Location"))
		}
	}
	if w := h.browser(token).get(start, map[string]string{"Referer": "http://localhost:8080/w/acme/profile"}); !strings.HasPrefix(w.Header().Get("Location"), p.srv.URL) {
		t.Errorf("an older browser is sent to %s", w.Header().Get("Location"))
	}
	if w := h.browser("").get(start, map[string]string{"Sec-Fetch-Site": "same-origin"}); w.Header().Get("Location") != "/" {
		t.Errorf("a stranger is sent to %s", w.Header().Get("Location"))
	}

	b := h.browser(token)
	back := p.authorize(b.there(start))
	// Another person's session in the meantime: nothing is linked, to nobody.
	moved := h.browser(h.in("dirk"))
	moved.cookies["clockwarden-sso"] = b.cookies["clockwarden-sso"]
	if w := moved.get(back, nil); w.Code != http.StatusGone {
		t.Errorf("with another session = %d", w.Code)
	}
	for _, who := range []string{"dana", "dirk"} {
		if ways, err := h.SignInMethods(t.Context(), h.Actor(who)); err != nil || len(ways.Logins) != 0 {
			t.Errorf("%s: %+v %v", who, ways, err)
		}
	}
	back = p.authorize(b.there(start))
	if w := b.get(back, nil); w.Code != 303 || w.Header().Get("Location") != "/w/acme/profile?saved=linked#single-sign-on" {
		t.Fatalf("linking = %d to %s\n%s", w.Code, w.Header().Get("Location"), clipped(w.Body.String()))
	}
	page := b.get("/w/acme/profile?saved=linked", nil).Body.String()
	mustHave(t, "profile", page, providerName(p.srv.URL), "Single sign-on is linked", "/w/acme/profile/single-sign-on/unlink")
	mustLack(t, "profile", page, start, "subject-1")

	// Somebody else can't take it, and the link signs in.
	dirk := h.browser(h.in("dirk"))
	if w := dirk.get(p.authorize(dirk.there(start)), nil); w.Code != http.StatusConflict {
		t.Errorf("taking another's = %d", w.Code)
	}
	fresh := h.browser("")
	if w := fresh.get(p.authorize(fresh.there("/sign-in/oidc")), nil); w.Code != 303 || w.Header().Get("Location") != "/w/acme/" {
		t.Errorf("signing in = %d to %s", w.Code, w.Header().Get("Location"))
	}
	if w := h.post("/w/acme/profile/single-sign-on/unlink", token, url.Values{"issuer": {p.srv.URL}}); w.Code != 303 {
		t.Errorf("unlinking = %d", w.Code)
	}
	if w := fresh.get(p.authorize(fresh.there("/sign-in/oidc")), nil); w.Code != 403 {
		t.Errorf("signing in after that = %d", w.Code)
	}
	// While acting as somebody else, neither starting nor coming back links anything.
	acting := h.as("olivia", "dana")
	if w := h.browser(acting).get(start, map[string]string{"Sec-Fetch-Site": "same-origin"}); w.Code != 403 {
		t.Errorf("starting while impersonating = %d", w.Code)
	}
	_, owner := h.SignIn("olivia")
	both := h.browser("")
	link, _, err := h.CreateSignInLink(t.Context(), coretest.Operator(h.Workspace.ID), "olivia@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	both.cookies[h.panel.cookieName()] = cookieOf(t, h, h.post("/sign-in/"+link, "", nil))
	back = p.authorize(both.there(start))
	me, _, err := h.ActorBySession(t.Context(), core.Visit{Token: both.cookies[h.panel.cookieName()]})
	if err != nil {
		t.Fatal(err)
	}
	_, rotated, err := h.StartImpersonation(t.Context(), me, h.Who("dana").ID, core.ReasonSecurity, "")
	if err != nil {
		t.Fatal(err)
	}
	both.cookies[h.panel.cookieName()] = rotated
	if w := both.get(back, nil); w.Code != 403 {
		t.Errorf("coming back while impersonating = %d", w.Code)
	}
	if ways, err := h.SignInMethods(t.Context(), owner); err != nil || len(ways.Logins) != 0 {
		t.Errorf("olivia: %+v %v", ways, err)
	}
	h.MustVerify()
}

// TestProviderAway: the service runs without the provider, says so, and finds it when it is back.
func TestProviderAway(t *testing.T) {
	p := newIDP(t)
	away := true
	real := p.srv.Config.Handler
	p.srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away {
			http.Error(w, "canary of the outage", http.StatusBadGateway)
			return
		}
		real.ServeHTTP(w, r)
	})
	h := newHouseWith(t, "http://localhost:8080", p.options())
	w := h.get("/sign-in/oidc", "")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("provider away = %d", w.Code)
	}
	mustHave(t, "provider away", w.Body.String(), "be reached", `action="/sign-in"`)
	mustLack(t, "provider away", w.Body.String(), "canary")
	away = false
	h.browser("").there("/sign-in/oidc")
}

// TestSingleSignOnPlaces: the way back is the configured address of the host, and cookies are the host's own.
func TestSingleSignOnPlaces(t *testing.T) {
	p := newIDP(t)
	far := newHouseWith(t, "https://clock.example", p.options())
	for host, want := range map[string]string{
		"clock.example": "https://clock.example/sign-in/oidc/callback", "acme.clock.example": "https://acme.clock.example/sign-in/oidc/callback",
		"CLOCK.example:443": "https://clock.example/sign-in/oidc/callback",
	} {
		b := far.browser("")
		b.host = host
		if got := b.there("/sign-in/oidc").Get("redirect_uri"); got != want {
			t.Errorf("%s leads back to %s, want %s", host, got, want)
		}
		if b.cookies["__Host-clockwarden-sso"] == "" {
			t.Errorf("%s: cookies %v", host, b.cookies)
		}
	}
	w := far.do(http.MethodGet, "/sign-in/oidc", call{host: "clock.example"})
	mustHave(t, "cookie", w.Header().Get("Set-Cookie"), "__Host-clockwarden-sso=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/;", "Max-Age=600")
	near := newHouseWith(t, "http://localhost:8080", p.options())
	if w := near.do(http.MethodGet, "/sign-in/oidc?next=%2Fw%2Facme%2F", call{host: "127.0.0.1:8080"}); w.Header().Get("Location") != "http://localhost:8080/sign-in/oidc?next=%2Fw%2Facme%2F" {
		t.Errorf("another name of the machine leads to %s", w.Header().Get("Location"))
	}
}
