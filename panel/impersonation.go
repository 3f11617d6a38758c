package panel

import (
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// LoginAsURL is the address of a log-in-as link from a chat: on the workspace's subdomain if it has one, else on the
// main address, where it names the workspace. It carries an intent, no session.
func LoginAsURL(base *url.URL, ws core.Workspace, token string) string {
	address := placeURL(base, ws, "/log-in-as/"+token)
	if ws.Subdomain == "" || placeURL(base, core.Workspace{}, "/log-in-as/"+token) == address {
		return with(address, "w", ws.Slug)
	}
	return address
}

// logInAsForm asks an owner why to act as a member.
func (p *Panel) logInAsForm(v *visit) error {
	m, err := p.svc.ImpersonationTarget(v.r.Context(), v.actor, v.id("member"))
	o := v.origin("", v.r.URL.Query().Get("view"))
	if core.ErrorCode(err) == core.CodeConflict {
		return v.trouble(http.StatusConflict, v.sentence(err), v.id("member"), nil, o)
	}
	if err != nil {
		return err
	}
	return v.askWhy(http.StatusOK, v.logInAsDialog(m, o), nil)
}

func (v *visit) logInAsDialog(m core.Member, o origin) templates.LogInAs {
	name := locale.Params{"Name": m.User.Name}
	return templates.LogInAs{
		Dialog: templates.Dialog{
			Words: v.text(), Heading: v.t("owner.start.title", name), Action: v.path("/accounts/" + string(m.ID) + "/log-in-as"),
			Hidden: o.fields(), Return: "menu-button-" + string(m.ID), BackURL: v.originURL(o), IsPage: !v.fragment(),
		},
		Name: m.User.Name, Mark: initials(m.User.Name, 2), Tint: tint(m.User.ID), Email: m.User.Email, Role: v.t("role." + string(m.Role)),
		Means: v.t("owner.start.means", name), Limits: v.t("owner.start.limits", locale.Params{"For": v.p.svc.ImpersonationFor()}),
	}
}

// askWhy shows the question, with what was chosen and what is wrong with it when there is a cause.
func (v *visit) askWhy(code int, d templates.LogInAs, cause error) error {
	for _, r := range core.ImpersonationReasons() {
		d.Reasons = append(d.Reasons, templates.Reason{
			ID: "reason-" + string(r), Value: string(r), Text: v.impersonationReason(r), Checked: cause != nil && v.value("reason") == string(r),
		})
	}
	if cause != nil {
		d.Error, d.BadField, d.Note = v.sentence(cause), core.AsError(cause).Field, v.value("note")
		if d.BadField == "reason" && len(d.Note) > 0 && core.AsError(cause).Message == "error.reason_long" {
			d.BadField = "note"
		}
	}
	if v.fragment() {
		return show(v, code, v.p.views.LogInAsDialog, d)
	}
	layout, err := v.shell(d.Heading, accountsPath)
	if err != nil {
		return err
	}
	return show(v, code, v.p.views.LogInAs, templates.LogInAsPage{Layout: layout, Dialog: d})
}

// logInAs begins to act as a member, on the owner's own session, and leads to the member's My time.
func (p *Panel) logInAs(v *visit) error {
	o := v.origin(v.value("from"), v.value("view"))
	reason, note := core.ImpersonationReason(v.value("reason")), v.value("note")
	_, token, err := p.svc.StartImpersonation(v.r.Context(), v.actor, v.id("member"), reason, note)
	switch core.ErrorCode(err) {
	case "":
		return v.actAs(token)
	case core.CodeInvalid:
		m, again := p.svc.ImpersonationTarget(v.r.Context(), v.actor, v.id("member"))
		if again != nil {
			return again
		}
		return v.askWhy(http.StatusUnprocessableEntity, v.logInAsDialog(m, o), err)
	case core.CodeConflict:
		return v.trouble(http.StatusConflict, v.sentence(err), v.id("member"), nil, o)
	}
	return err
}

// actAs gives the browser the session's new token; the old one is worth nothing from now on.
func (v *visit) actAs(token string) error {
	v.p.setCookie(v.w, token, core.SessionMax)
	return v.redirect(v.path("/"))
}

// logInAsLink asks the owner who wanted to log in as a member from a chat for the reason. It uses nothing up.
func (p *Panel) logInAsLink(v *visit) error {
	token, err := logInAsToken(v)
	if err != nil {
		return err
	}
	m, err := p.svc.LoginAsTarget(v.r.Context(), v.actor, token)
	if err != nil {
		return err
	}
	return v.askWhy(http.StatusOK, v.logInAsLinkDialog(m), nil)
}

func (v *visit) logInAsLinkDialog(m core.Member) templates.LogInAs {
	d := v.logInAsDialog(m, origin{})
	d.Hidden = nil
	d.Action = with(v.r.URL.Path, "w", v.me.Workspace.Slug)
	return d
}

// useLogInAsLink uses the link up and begins to act as the member it is about.
func (p *Panel) useLogInAsLink(v *visit) error {
	token, err := logInAsToken(v)
	if err != nil {
		return err
	}
	_, fresh, err := p.svc.UseLoginAsLink(v.r.Context(), v.actor, token, core.ImpersonationReason(v.value("reason")), v.value("note"))
	switch core.ErrorCode(err) {
	case "":
		return v.actAs(fresh)
	case core.CodeInvalid:
		m, again := p.svc.LoginAsTarget(v.r.Context(), v.actor, token)
		if again != nil {
			return again
		}
		return v.askWhy(http.StatusUnprocessableEntity, v.logInAsLinkDialog(m), err)
	}
	return err
}

// logInAsToken is the token in the address. What cannot be one is dead without asking the store.
func logInAsToken(v *visit) (string, error) {
	token := mux.Vars(v.r)["token"]
	if len(token) < 20 || len(token) > 100 {
		return "", &core.Error{Code: core.CodeExpired, Message: "error.login_as_link"}
	}
	return token, nil
}

// endImpersonation returns an owner to the own account.
func (p *Panel) endImpersonation(v *visit) error {
	token, err := p.svc.EndImpersonation(v.r.Context(), v.actor)
	if core.ErrorCode(err) == core.CodeNotFound {
		return v.redirect("/") // it is over already
	}
	if err != nil {
		return err
	}
	p.setCookie(v.w, token, core.SessionMax)
	if v.actor, _, err = p.svc.ActorBySession(v.r.Context(), core.Visit{Token: token, Workspace: v.me.Workspace.Slug, Client: v.client}); err == nil {
		err = v.look()
	}
	if core.ErrorCode(err) == core.CodeNotFound {
		return v.redirect("/") // the member's workspace is none of the owner's
	}
	if err != nil {
		return err
	}
	if v.me.May(core.ActAccountsView, "") {
		return v.redirect(with(v.path(accountsPath), returnedFlash, string(core.EndReturned)))
	}
	return v.redirect(with(v.path("/"), returnedFlash, string(core.EndReturned)))
}

// returnedFlash is the query parameter with the cause why acting as a member ended.
const returnedFlash = "returned"

// endedByItself answers a request that came after acting as a member had ended for another cause than the button.
// Nothing of it is done, since it was meant for the member: it leads to the owner's own page, which says why.
func (v *visit) endedByItself() error {
	if v.live() {
		// A stream can't lead anywhere; the page looks again by itself.
		return &core.Error{Code: core.CodeForbidden, Message: "error.impersonation_ended"}
	}
	if v.quiet() {
		return v.redirect(v.path("/"))
	}
	token, err := v.p.svc.RenewSession(v.r.Context(), v.actor, v.p.cookie(v.r))
	if err != nil {
		return err
	}
	if token != "" {
		v.p.setCookie(v.w, token, core.SessionMax)
	}
	return v.redirect(with(v.path("/"), returnedFlash, string(v.ended)))
}

// returned is the sentence for the cause in the address; "" without one.
func (v *visit) returned() string {
	switch cause := core.EndCause(v.r.URL.Query().Get(returnedFlash)); cause {
	case core.EndReturned, core.EndExpired, core.EndSignedOut, core.EndActorRights, core.EndPlan, core.EndTargetInactive, core.EndTargetOwner:
		if v.me.Impersonation == nil {
			return v.t("owner.ended." + string(cause))
		}
	}
	return ""
}

// lookAround finds out who reads a refusal of an address where nobody is asked for, so that it speaks their language
// and is marked like every page while they act as somebody else.
func (v *visit) lookAround() {
	if v.known || v.p.cookie(v.r) == "" {
		return
	}
	a, ended, err := v.p.svc.ActorBySession(v.r.Context(), core.Visit{Token: v.p.cookie(v.r), Client: v.client, Quiet: true})
	if err != nil || ended != "" {
		return
	}
	v.actor = a
	// Without an answer the page stays a stranger's.
	_ = v.look()
}

// banner says who acts as whom, why and for how long; nil while nobody does.
func (v *visit) banner() *templates.Banner {
	imp := v.me.Impersonation
	if !v.known || imp == nil {
		return nil
	}
	reason := v.impersonationReason(imp.Reason)
	if imp.Note != "" {
		reason += ": " + imp.Note
	}
	left := max(0, imp.ExpiresAt.Sub(v.now))
	return &templates.Banner{
		Words: v.text(), Text: v.t("panel.banner.text", locale.Params{"Actor": v.me.Human.User.Name, "Name": v.me.Self.User.Name}),
		Reason: reason, Until: imp.ExpiresAt.Unix(), Left: number(int(left.Minutes())) + ":" + twoDigits(int(left.Seconds())%60),
	}
}
