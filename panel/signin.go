package panel

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/templates"
)

// home sends who is signed in to My time, and shows everybody else how to sign in.
func (p *Panel) home(v *visit) error {
	if p.cookie(v.r) != "" {
		err := v.enter("")
		if err == nil && v.ended != "" {
			return v.endedByItself()
		}
		if next := p.ownPage(v.r.URL.Query().Get("next")); err == nil && next != "" {
			return v.redirect(next)
		}
		if err == nil {
			return v.redirect(v.path("/"))
		}
		switch core.ErrorCode(err) {
		case core.CodeUnauthenticated:
			// The cookie stays: another tab's answer may just be bringing a newer one, which must not be dropped.
		case core.CodeNotFound, core.CodeForbidden:
			// Signed in, but in no workspace that can be opened here.
			v.failPage(err, core.ErrorCode(err))
			return nil
		default:
			return err
		}
	}
	page := templates.SignIn{Next: p.ownPage(v.r.URL.Query().Get("next"))}
	if v.r.URL.Query().Has("ended") {
		page.Notice = v.t("error.session_ended")
	}
	return v.signInPage(http.StatusOK, page)
}

// signInLink shows for whom a one-time link is. It uses nothing up: link previews open it too.
func (p *Panel) signInLink(v *visit) error {
	token, err := signInToken(v)
	if err != nil {
		return err
	}
	u, ws, err := p.svc.PeekSignInLink(v.r.Context(), token)
	if err != nil {
		return err
	}
	if v.client.Host != "" && v.client.Host != ws.ID {
		return deadLink()
	}
	v.readIn(u.Language, u.Zone())
	return show(v, http.StatusOK, p.views.SignInLink, templates.SignInLink{
		Head: v.head(v.t("panel.sign_in.link_title")), Name: u.Name, Mark: initials(u.Name, 2), Tint: tint(u.ID), Email: u.Email,
		Workspace: ws.Name, Action: v.r.URL.Path,
	})
}

// useSignInLink uses a one-time link up and signs its person in on this host.
func (p *Panel) useSignInLink(v *visit) error {
	token, err := signInToken(v)
	if err != nil {
		return err
	}
	in, err := p.svc.UseSignInLink(v.r.Context(), token, v.client)
	if core.ErrorCode(err) == core.CodeNotFound {
		return deadLink()
	}
	if err != nil {
		return err
	}
	return p.begin(v, in, "")
}

// signInToken is the token in the address. What cannot be one is dead without asking the store.
func signInToken(v *visit) (string, error) {
	token := mux.Vars(v.r)["token"]
	if len(token) < 20 || len(token) > 100 {
		return "", deadLink()
	}
	return token, nil
}

func deadLink() error { return &core.Error{Code: core.CodeExpired, Message: "error.sign_in_link"} }

// signOut ends the session of the request.
func (p *Panel) signOut(v *visit) error {
	if err := p.svc.SignOut(v.r.Context(), v.actor); err != nil {
		return err
	}
	p.dropCookie(v.w)
	return v.redirect("/")
}
