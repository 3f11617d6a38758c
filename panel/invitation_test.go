package panel

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func joinForm(name, password string) url.Values {
	return url.Values{"name": {name}, "password": {password}, "language": {"de"}, "time_zone": {"Europe/Vienna"}}
}

func TestInvitation(t *testing.T) {
	h := newHouse(t)
	token := h.invite("nadja@acme.test")
	address := "/invitation/" + token
	for range 3 {
		w := h.get(address, "")
		if w.Code != 200 || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Fatalf("GET = %d, %s", w.Code, w.Header().Get("Referrer-Policy"))
		}
		mustHave(t, "page", w.Body.String(), "Join Acme", "nadja@acme.test", `value="Nadja"`, `autocomplete="new-password"`, `name="referrer" content="no-referrer"`,
			`value="Europe/Berlin" selected`, "data-local-zone")
	}
	// In the language of the browser.
	german := h.do(http.MethodGet, address, call{header: map[string]string{"Accept-Language": "de-AT"}}).Body.String()
	mustHave(t, "German", german, `<html lang="de"`, "Acme beitreten", `value="de" selected`)

	for field, f := range map[string]url.Values{
		"name":        joinForm(" ", goodPassword),
		"password":    joinForm("Nadja Neu", "short"),
		"no password": joinForm("Nadja Neu", ""),
		"time_zone":   {"name": {"Nadja Neu"}, "password": {goodPassword}, "time_zone": {"Mars/Olympus"}},
		"language":    {"name": {"Nadja Neu"}, "password": {goodPassword}, "language": {"tlh"}},
	} {
		w := h.post(address, "", f)
		if w.Code != 422 || len(w.Header().Values("Set-Cookie")) > 0 {
			t.Errorf("wrong %s = %d", field, w.Code)
		}
		mustHave(t, field, w.Body.String(), `role="alert"`, `aria-invalid="true"`)
		mustLack(t, field, w.Body.String(), goodPassword, "data-local-zone")
		if strings.TrimSpace(f.Get("name")) != "" {
			mustHave(t, field, w.Body.String(), `value="Nadja Neu"`)
		}
		if f.Get("time_zone") == "Europe/Vienna" {
			mustHave(t, field, w.Body.String(), `value="Europe/Vienna" selected`, `value="de" selected`)
		}
	}
	w := h.post(address, "", joinForm("Nadja Neu", goodPassword))
	if w.Code != 303 || w.Header().Get("Location") != "/w/acme/" {
		t.Fatalf("accepting = %d to %s\n%s", w.Code, w.Header().Get("Location"), clipped(w.Body.String()))
	}
	session := cookieOf(t, h, w)
	mustHave(t, "profile", h.get("/w/acme/profile", session).Body.String(), `<html lang="de"`, "Nadja Neu", `value="Europe/Vienna" selected`)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if w := h.do(method, address, call{form: joinForm("Eve", goodPassword)}); w.Code != http.StatusGone {
			t.Errorf("%s of a used invitation = %d", method, w.Code)
		}
	}
	if w := h.post("/sign-in", "", signInForm("nadja@acme.test", goodPassword)); w.Code != 303 {
		t.Errorf("signing in later = %d", w.Code)
	}
	mustLack(t, "log", h.log.String(), token, session, goodPassword)
	h.MustVerify()
}

// TestInvitationOfSomebodyKnown: who has an account proves it; the link alone signs nobody in as them.
func TestInvitationOfSomebodyKnown(t *testing.T) {
	h := newHouse(t)
	beta := h.secondWorkspace("beta", "boss@beta.test")
	invited := func(key string) string {
		m, err := h.AddMember(t.Context(), coretest.Operator(beta.ID), core.NewMember{Email: key + "@acme.test", Name: "X"})
		if err != nil {
			t.Fatal(err)
		}
		token, _, err := h.CreateInvitation(t.Context(), coretest.Operator(beta.ID), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		return "/invitation/" + token
	}
	// No password: only in a browser where she is signed in.
	dana := invited("dana")
	mustHave(t, "stranger", h.get(dana, "").Body.String(), "Sign in first")
	mustLack(t, "stranger", h.get(dana, "").Body.String(), "<form")
	for _, as := range []string{"", h.in("dirk"), h.as("olivia", "dana")} {
		w := h.post(dana, as, joinForm("Eve", goodPassword))
		if w.Code != 403 || len(w.Header().Values("Set-Cookie")) > 0 {
			t.Errorf("somebody else accepts: %d", w.Code)
		}
	}
	here := h.in("dana")
	mustHave(t, "signed in", h.get(dana, here).Body.String(), "Accept the invitation", "signed in with this account")
	w := h.post(dana, here, nil)
	if w.Code != 303 || w.Header().Get("Location") != "/w/beta/" || h.get("/w/beta/", cookieOf(t, h, w)).Code != 200 {
		t.Errorf("accepting = %d to %s", w.Code, w.Header().Get("Location"))
	}
	mustHave(t, "her name", h.get("/w/beta/profile", cookieOf(t, h, w)).Body.String(), "Dana Member")

	// With a password: that one, and not as often as one likes.
	h.password("dirk")
	dirk := invited("dirk")
	mustHave(t, "password", h.get(dirk, "").Body.String(), `autocomplete="current-password"`)
	for range triesPerAccount {
		if w := h.post(dirk, "", url.Values{"password": {"a wrong guess"}}); w.Code != 422 {
			t.Errorf("wrong password = %d", w.Code)
		}
	}
	if w := h.post(dirk, "", url.Values{"password": {goodPassword}}); w.Code != 429 {
		t.Errorf("sixth guess = %d", w.Code)
	}
	h.Clock.Advance(60e9)
	if w := h.post(dirk, "", url.Values{"password": {goodPassword}}); w.Code != 303 || w.Header().Get("Location") != "/w/beta/" {
		t.Errorf("right password = %d to %s", w.Code, w.Header().Get("Location"))
	}
	// On another workspace's subdomain it does not exist.
	mona := invited("mona")
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if w := h.do(method, mona, call{host: "acme.localhost:8080"}); w.Code != http.StatusGone {
			t.Errorf("%s on the wrong subdomain = %d", method, w.Code)
		}
	}
}

// TestInvitationOnce: fifty at once, one gets in.
func TestInvitationOnce(t *testing.T) {
	// With single sign-on a password is optional, and nothing needs to be hashed.
	h := newHouseWith(t, "http://localhost:8080", SignInOptions{OIDC: OIDCOptions{Issuer: "https://id.test", ClientID: "c", ClientSecret: "s"}})
	address := "/invitation/" + h.invite("nadja@acme.test")
	var in, gone atomic.Int32
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			r := httptest.NewRequest(http.MethodPost, address, strings.NewReader("name=Nadja"))
			r.Host = "localhost:8080"
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			h.handler.ServeHTTP(w, r)
			switch w.Code {
			case 303:
				in.Add(1)
			case 410, 403, 429: // used up; or somebody who has an account by now, whose tries without a password count
				gone.Add(1)
			default:
				t.Errorf("answers %d", w.Code)
			}
		})
	}
	group.Wait()
	if in.Load() != 1 || gone.Load() != 49 {
		t.Errorf("%d got in, %d did not", in.Load(), gone.Load())
	}
	if n := len(h.MustAudit(core.ActMemberJoin)); n != 1+6 { // the house's own members joined too
		t.Errorf("%d joined", n)
	}
}

func TestInvitationURL(t *testing.T) {
	for _, test := range []struct{ base, subdomain, want string }{
		{"https://clock.example", "acme", "https://acme.clock.example/invitation/T"},
		{"https://clock.example", "", "https://clock.example/invitation/T"},
		{"http://127.0.0.1:8080", "acme", "http://127.0.0.1:8080/invitation/T"},
	} {
		base, err := url.Parse(test.base)
		if err != nil {
			t.Fatal(err)
		}
		if got := InvitationURL(base, core.Workspace{Subdomain: test.subdomain}, "T"); got != test.want {
			t.Errorf("%s with %q = %s, want %s", test.base, test.subdomain, got, test.want)
		}
	}
}
