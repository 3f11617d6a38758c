package panel

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/templates"
)

func (p *Panel) ssoCookie(value string, life time.Duration) *http.Cookie {
	c := &http.Cookie{ //nolint:gosec // not Secure on http only, where a browser would drop it
		Name: p.cookieName() + "-sso", Value: value, Path: "/", MaxAge: int(life / time.Second),
		Secure: p.base.Scheme == "https", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// ssoBack is the address that the provider sends the browser back to. It is made of the configuration, not of what a
// request says; each subdomain has its own, since a session belongs to one host.
func (v *visit) ssoBack() string {
	return placeURL(v.p.base, about(v.r).host, "/sign-in/oidc/callback")
}

// startSingleSignOn sends the browser to the provider: to sign in, or to link the account there to the person who is
// signed in here. It is a link, since the content policy lets no form lead away.
func (p *Panel) startSingleSignOn(v *visit) error {
	back := v.ssoBack()
	if here, err := url.Parse(back); err == nil && !strings.EqualFold(here.Hostname(), strings.TrimSuffix(hostName(v.r.Host), ".")) {
		// Another name of this machine: the cookie has to be set where the provider leads back to.
		return v.redirect(strings.TrimSuffix(back, "/callback") + "?" + v.r.URL.RawQuery)
	}
	st := ssoState{Next: p.ownPage(v.r.URL.Query().Get("next"))}
	if v.r.URL.Query().Has("link") {
		if err := v.enter(v.slug()); err != nil {
			return err
		}
		// Somebody else's page must not make a person link the account that this somebody signed in to at the provider.
		if !cameFromHere(v.r) {
			return v.redirect(v.path("/profile#single-sign-on"))
		}
		if !v.me.May(core.ActIdentityLink, v.me.Self.ID) {
			return &core.Error{Code: core.CodeForbidden, Message: "error.not_while_impersonating"}
		}
		st = ssoState{Session: v.actor.SessionID, Workspace: v.me.Workspace.Slug}
	}
	to, sealed, err := p.sso.start(back, st)
	if err != nil {
		p.log.Warn("single sign-on", "request_id", v.client.RequestID, "error", err.Error())
		return v.ssoFailed(http.StatusServiceUnavailable, "people.sso.unreachable")
	}
	http.SetCookie(v.w, p.ssoCookie(sealed, ssoFor))
	return v.redirect(to)
}

// cameFromHere tells whether a link was followed from a page of the same host.
func cameFromHere(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	from, err := url.Parse(r.Referer())
	return err == nil && from.Host != "" && strings.EqualFold(from.Host, r.Host)
}

// endSingleSignOn is where the provider sends the browser back to. It is a GET that signs in, as the protocol wants it;
// the state binds it to the browser that started, for once.
func (p *Panel) endSingleSignOn(v *visit) error {
	http.SetCookie(v.w, p.ssoCookie("", 0))
	q := v.r.URL.Query()
	sealed := ""
	if c, err := v.r.Cookie(p.ssoCookie("", 0).Name); err == nil {
		sealed = c.Value
	}
	st, ok := p.sso.open(sealed, q.Get("state"))
	if !ok {
		return v.ssoFailed(http.StatusBadRequest, "people.sso.state")
	}
	first, err := p.svc.Once(v.r.Context(), "single sign-on "+st.State, ssoFor)
	if err != nil {
		return err
	}
	if !first {
		return v.ssoFailed(http.StatusBadRequest, "people.sso.state")
	}
	if st.Session != "" {
		if err := v.enter(st.Workspace); err != nil {
			return err
		}
		if v.actor.SessionID != st.Session {
			return v.ssoFailed(http.StatusBadRequest, "people.sso.state")
		}
	}
	switch code, issuer := q.Get("code"), q.Get("iss"); {
	case q.Get("error") == "access_denied":
		return v.ssoFailed(http.StatusForbidden, "people.sso.canceled")
	case q.Get("error") != "" || code == "" || len(code) > 4096 || issuer != "" && issuer != p.sso.o.Issuer:
		return v.ssoFailed(http.StatusForbidden, "people.sso.refused")
	}
	succeeded, err := v.mayTry("")
	if err != nil {
		return err
	}
	subject, err := p.sso.redeem(v.r.Context(), v.ssoBack(), q.Get("code"), st)
	if err != nil {
		p.log.Warn("single sign-on", "request_id", v.client.RequestID, "error", err.Error())
		return v.ssoFailed(http.StatusForbidden, "people.sso.refused")
	}
	succeeded()
	if st.Session != "" {
		if err := p.svc.LinkLogin(v.r.Context(), v.actor, p.sso.o.Issuer, subject); err != nil {
			return err
		}
		return v.saved("linked", "single-sign-on")
	}
	in, err := p.svc.SignInWithLogin(v.r.Context(), p.sso.o.Issuer, subject, v.client)
	if core.ErrorCode(err) == core.CodeUnauthenticated {
		return v.signInPage(http.StatusForbidden, templates.SignIn{Error: v.sentence(err)})
	}
	if err != nil {
		return err
	}
	return p.begin(v, in, st.Next)
}

// ssoFailed says that nothing came of it: to a stranger above the other ways to sign in.
func (v *visit) ssoFailed(status int, id string) error {
	if v.known {
		return &core.Error{Code: core.CodeExpired, Message: id}
	}
	return v.signInPage(status, templates.SignIn{Error: v.t(id)})
}
