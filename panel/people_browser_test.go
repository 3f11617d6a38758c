package panel

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/tools/browsertest"
)

// looks are the ways people look at the panel: language, colours and size.
var looks = map[string]browsertest.Options{
	"en-light-1280": {Width: 1280, Height: 900},
	"de-dark-390":   {Width: 390, Height: 844, Dark: true, Lang: "de"},
}

// openedAt is a house whose configured address is the one it really listens on.
func openedAt(t *testing.T, ways SignInOptions, options ...coretest.Option) (*house, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	h := newHouseWith(t, base, ways, options...)
	srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: h.handler}}
	srv.Start()
	t.Cleanup(func() {
		h.panel.Close()
		srv.Close()
	})
	return h, base
}

// seen looks at a page: it fits, it is accessible, and there is a picture of it.
func seen(t *testing.T, tab *browsertest.Tab, what string) {
	t.Helper()
	tab.Screenshot(what)
	accessible(t, tab, what)
	fits(t, tab, what)
	// A phone makes room for what is too wide, so the page has to be measured against the window that was opened.
	if width := tab.Eval(`document.documentElement.scrollWidth`); strings.HasSuffix(what, "-390") && width != "390" {
		t.Errorf("%s is %s pixels wide", what, width)
	}
}

func TestBrowserSignIn(t *testing.T) {
	p := newIDP(t)
	h, srv := openedAt(t, p.options())
	h.password("olivia")
	h.linkLogin("dana", p.srv.URL, "subject-1")
	for name, look := range looks {
		tab := browsertest.NewTab(t, look)
		tab.Open(srv + "/w/acme/profile")
		tab.WaitVisible("#email")
		seen(t, tab, "people-sign-in-"+name)
		tab.Type("#email", "olivia@acme.test")
		tab.Type("#password", "not the password")
		tab.Click("[data-reveal]")
		if got := tab.Attr("#password", "type"); got != "text" {
			t.Errorf("the password is shown as %s", got)
		}
		tab.Click("form .btn.primary")
		tab.WaitVisible("#sign-in-error")
		if tab.Value("#email") != "olivia@acme.test" || tab.Value("#password") != "" {
			t.Errorf("kept %q and %q", tab.Value("#email"), tab.Value("#password"))
		}
		seen(t, tab, "people-sign-in-wrong-"+name)
		tab.Type("#password", goodPassword)
		tab.Press("Enter")
		tab.WaitURL("/w/acme/profile")
		tab.WaitText("h1", "Profile")
		tab.MustBeQuiet("422")
	}
	// Through the provider and back, without scripts; then out again.
	tab := browsertest.NewTab(t, browsertest.Options{NoScript: true})
	tab.Open(srv + "/")
	tab.ClickText("Sign in with single sign-on")
	tab.WaitURL("/w/acme/")
	tab.WaitText(".person-link", "Dana Member")
	tab.Click(".person-link")
	tab.WaitText("#single-sign-on", "127.0.0.1")
	tab.MustBeQuiet()
	// Linking it, started from the profile of somebody signed in.
	p.subject = "subject-2"
	owner := h.signedIn(srv, "olivia", browsertest.Options{})
	owner.Open(srv + "/w/acme/profile")
	owner.ClickText("Link single sign-on")
	owner.WaitText("#toasts", "Single sign-on is linked")
	owner.WaitText("#single-sign-on", "linked on")
	owner.ClickText("Unlink")
	owner.WaitText("#toasts", "no longer linked")
	owner.MustBeQuiet()
}

func TestBrowserInvitation(t *testing.T) {
	h := newHouse(t)
	srv := h.open()
	for name, look := range looks {
		tab := browsertest.NewTab(t, look)
		tab.Open(srv + "/invitation/" + h.invite(name+"@acme.test"))
		tab.WaitText("h1", "Acme")
		if got, want := tab.Value("#time-zone"), tab.Eval(`Intl.DateTimeFormat().resolvedOptions().timeZone`); got != want {
			t.Errorf("the zone is %s, the device's %s", got, want)
		}
		seen(t, tab, "people-invitation-"+name)
		tab.Type("#name", "Nadja Neumann")
		tab.Type("#password", "too short")
		tab.SetValue("#time-zone", "Europe/Vienna")
		tab.Click("form .btn.primary")
		tab.WaitVisible("#form-error")
		if tab.Value("#name") != "Nadja Neumann" || tab.Value("#time-zone") != "Europe/Vienna" || tab.Eval(`document.activeElement.id`) != "password" {
			t.Errorf("kept %q, %q, focus on %q", tab.Value("#name"), tab.Value("#time-zone"), tab.Eval(`document.activeElement.id`))
		}
		seen(t, tab, "people-invitation-wrong-"+name)
		tab.Type("#password", goodPassword)
		tab.Click("form .btn.primary")
		tab.WaitURL("/w/acme/")
		tab.WaitEval(`document.querySelector(".person-link").textContent.includes("Nadja Neumann")`)
		tab.MustBeQuiet("422")
	}
	// Without scripts, and as somebody who has an account.
	h.password("dirk")
	beta := h.secondWorkspace("beta", "boss@beta.test")
	m, err := h.AddMember(t.Context(), coretest.Operator(beta.ID), core.NewMember{Email: "dirk@acme.test", Name: "X"})
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := h.CreateInvitation(t.Context(), coretest.Operator(beta.ID), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	tab := browsertest.NewTab(t, browsertest.Options{NoScript: true})
	tab.Open(srv + "/invitation/" + token)
	seen(t, tab, "people-invitation-known")
	tab.Type("#password", goodPassword)
	tab.ClickText("Accept the invitation")
	tab.WaitURL("/w/beta/")
	tab.MustBeQuiet()
}

func TestBrowserProfile(t *testing.T) {
	h, srv := openedAt(t, SignInOptions{OIDC: OIDCOptions{Issuer: "https://login.example.org", ClientID: "c", ClientSecret: "s"}},
		coretest.WithChat(core.ChatConnection{Platform: "slack", Workspace: "acme"}))
	h.password("dana")
	h.MustLink("dana", core.PlatformSlack, "T024BE7LD", "U2147483697")
	phone := h.do(http.MethodPost, "/sign-in", call{
		host: mustURL(srv).Host, form: signInForm("dana@acme.test", goodPassword),
		header: map[string]string{"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1"},
	})
	if phone.Code != 303 {
		t.Fatal(phone.Code)
	}
	for name, look := range looks {
		h.speak("dana", map[bool]string{true: "de", false: "en"}[look.Lang == "de"], "Europe/Berlin")
		tab := h.signedIn(srv, "dana", look)
		tab.Open(srv + "/w/acme/profile")
		tab.WaitVisible("#sessions")
		seen(t, tab, "people-profile-"+name)
		tab.Eval(`scrollTo(0, document.body.scrollHeight)`)
		tab.Screenshot("people-profile-end-" + name)
		tab.Open(srv + "/w/acme/link")
		tab.WaitVisible("form .btn.primary")
		seen(t, tab, "people-link-"+name)
		tab.Click("form button.btn.primary")
		tab.WaitVisible("#code")
		tab.Click("[data-copy=code]")
		if got := tab.Eval(`getSelection().toString()`); got != tab.Text("#code") {
			t.Errorf("copying selects %q", got)
		}
		seen(t, tab, "people-code-"+name)
		tab.MustBeQuiet()
	}
	h.speak("dana", "en", "Europe/Berlin")
	for _, scripts := range []bool{true, false} {
		tab := h.signedIn(srv, "dana", browsertest.Options{NoScript: !scripts})
		tab.Open(srv + "/w/acme/profile")
		tab.Type("#working-hours", "whenever")
		tab.Click("#you-title ~ form button, section:first-of-type form .btn.primary")
		tab.WaitVisible("#profile-error")
		if tab.Value("#working-hours") != "whenever" || scripts && tab.Eval(`document.activeElement.id`) != "working-hours" {
			t.Errorf("kept %q", tab.Value("#working-hours"))
		}
		if scripts {
			seen(t, tab, "people-profile-wrong")
		}
		tab.Type("#working-hours", "mon-fri 09:00-17:30")
		tab.Click("section:first-of-type form .btn.primary")
		tab.WaitText("#toasts", "Saved.")
		if scripts {
			tab.WaitEval(`!location.search.includes("saved")`)
		}
		tab.Type("#present", "wrong one")
		tab.Type("#new-password", goodPassword)
		tab.Click("#password form .btn")
		tab.WaitVisible("#password-error")
		if scripts {
			seen(t, tab, "people-password-wrong")
			tab.Click("#sessions li:nth-child(2) button")
			tab.WaitText("#toasts", "signed out")
			tab.Click("#chat .rows button")
			tab.WaitText("#chat", "No chat account is linked")
		}
		tab.MustBeQuiet("422")
	}
	// While acting as somebody else.
	tab := browsertest.NewTab(t, browsertest.Options{Width: 390, Height: 844})
	tab.SetCookie(srv, h.panel.cookieName(), h.as("olivia", "dana"))
	tab.Open(srv + "/w/acme/profile")
	tab.WaitText(".note", "Dana Member")
	seen(t, tab, "people-profile-as")
	tab.MustBeQuiet()
}

func mustURL(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u
}
