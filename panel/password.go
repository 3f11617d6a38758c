package panel

import (
	"net/http"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/templates"
)

// signInPage shows how to sign in.
func (v *visit) signInPage(status int, page templates.SignIn) error {
	page.Head = v.head(v.t("panel.sign_in.title"))
	page.Scripts = []string{v.p.files.URL("app.js")}
	page.Password = !v.p.ways.NoPassword
	if v.p.sso != nil {
		page.SingleSignOnURL = "/sign-in/oidc"
		if page.Next != "" {
			page.SingleSignOnURL = with(page.SingleSignOnURL, "next", page.Next)
		}
	}
	return show(v, status, v.p.views.SignIn, page)
}

func (p *Panel) toHome(v *visit) error { return v.redirect("/") }

// signInWithPassword signs somebody in who knows the address and password of an account. Every refusal looks the same.
func (p *Panel) signInWithPassword(v *visit) error {
	if p.ways.NoPassword {
		return &core.Error{Code: core.CodeForbidden, Message: "people.password_off"}
	}
	email := v.value("email")
	page := templates.SignIn{Email: email, Next: p.ownPage(v.value("next"))}
	succeeded, err := v.mayTry("account " + core.NormalEmail(email))
	if err != nil {
		page.Error = v.sentence(err)
		return v.signInPage(http.StatusTooManyRequests, page)
	}
	in, err := p.svc.SignInWithPassword(v.r.Context(), email, v.value("password"), v.client)
	if core.ErrorCode(err) == core.CodeUnauthenticated {
		page.Error, page.Wrong = v.sentence(err), true
		return v.signInPage(http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	succeeded()
	return p.begin(v, in, page.Next)
}

// begin hands the browser its new session and leads to the page that was wanted: the Accounts tab for those who see
// it, else My time. A session that the browser had before ends: nobody goes on with a token from before the sign-in.
func (p *Panel) begin(v *visit, in core.SignedIn, next string) error {
	if err := v.endFormer(); err != nil {
		p.log.Error("former session could not be ended", "request_id", v.client.RequestID, "error", err.Error())
	}
	p.setCookie(v.w, in.Token, in.Session.ExpiresAt.Sub(v.now))
	var err error
	v.actor, _, err = p.svc.ActorBySession(v.r.Context(), core.Visit{Token: in.Token, Workspace: in.Workspace.Slug, Client: v.client})
	if err != nil {
		return err
	}
	if err := v.look(); err != nil {
		return err
	}
	switch {
	case next != "":
		return v.redirect(next)
	case v.me.May(core.ActAccountsView, ""):
		return v.redirect(v.path("/settings/accounts"))
	}
	return v.redirect(v.path("/"))
}

// endFormer signs out the session that came with the request, if there is one.
func (v *visit) endFormer() error {
	former, err := v.present()
	if err != nil || former.UserID == "" {
		return err
	}
	return v.p.svc.SignOut(v.r.Context(), former)
}

// present is who the browser is signed in as; nobody is no error.
func (v *visit) present() (core.Actor, error) {
	token := v.p.cookie(v.r)
	if token == "" {
		return core.Actor{}, nil
	}
	a, _, err := v.p.svc.ActorBySession(v.r.Context(), core.Visit{Token: token, Client: v.client})
	switch core.ErrorCode(err) {
	case core.CodeUnauthenticated, core.CodeNotFound, core.CodeForbidden:
		return core.Actor{}, nil
	}
	return a, err
}
