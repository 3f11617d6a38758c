package panel

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// invitation shows who is invited where. It uses nothing up: link previews open it too.
func (p *Panel) invitation(v *visit) error {
	i, err := v.invited()
	if err != nil {
		return err
	}
	u := i.User
	if !i.Known && v.r.Header.Get("Accept-Language") != "" {
		u.Language = v.words.Lang()
	}
	page := templates.Invitation{Fresh: true, Name: u.Name}
	return v.invitationPage(http.StatusOK, i, u, page)
}

// acceptInvitation makes the invited person a member and signs them in.
func (p *Panel) acceptInvitation(v *visit) error {
	i, err := v.invited()
	if err != nil {
		return err
	}
	present, err := v.present()
	if err != nil {
		return err
	}
	succeeded := func() {}
	if i.Known && present.UserID != i.User.ID {
		if succeeded, err = v.mayTry("account " + core.NormalEmail(i.User.Email)); err != nil {
			return v.invitationAgain(http.StatusTooManyRequests, i, err)
		}
	}
	in := core.Acceptance{
		Name: v.value("name"), Password: v.value("password"), Language: v.value("language"), TimeZone: v.value("time_zone"),
		NeedPassword: !p.ways.NoPassword && p.sso == nil, SignedInAs: present.UserID,
	}
	if p.ways.NoPassword {
		in.Password = ""
	}
	done, err := p.svc.AcceptInvitation(v.r.Context(), mux.Vars(v.r)["token"], in, v.client)
	switch core.ErrorCode(err) {
	case "":
	case core.CodeInvalid:
		return v.invitationAgain(http.StatusUnprocessableEntity, i, err)
	case core.CodeForbidden:
		return v.invitationAgain(http.StatusForbidden, i, err)
	case core.CodeNotFound:
		return deadInvitation()
	default:
		return err
	}
	succeeded()
	return p.begin(v, done, "")
}

func deadInvitation() error {
	return &core.Error{Code: core.CodeExpired, Message: "error.invitation"}
}

// invited is what the invitation in the address is about, where it can be accepted on this host.
func (v *visit) invited() (core.Invited, error) {
	token := mux.Vars(v.r)["token"]
	if len(token) < 20 || len(token) > 100 {
		return core.Invited{}, deadInvitation()
	}
	i, err := v.p.svc.PeekInvitation(v.r.Context(), token)
	if err == nil && v.client.Host != "" && v.client.Host != i.Workspace.ID {
		err = deadInvitation()
	}
	return i, err
}

// invitationAgain shows the form with what was filled in and what is wrong with it.
func (v *visit) invitationAgain(status int, i core.Invited, err error) error {
	u := i.User
	if !i.Known {
		u.Language, u.TimeZone = v.value("language"), v.value("time_zone")
	}
	page := templates.Invitation{Name: v.value("name"), Error: v.sentence(err)}
	if e := core.AsError(err); e != nil {
		page.BadField = e.Field
	}
	return v.invitationPage(status, i, u, page)
}

func (v *visit) invitationPage(status int, i core.Invited, u core.User, page templates.Invitation) error {
	present, err := v.present()
	if err != nil {
		return err
	}
	v.readIn(locale.Match(u.Language), u.Zone())
	page.Head = v.head(v.t("people.invitation.title", locale.Params{"Workspace": i.Workspace.Name}))
	page.Scripts = []string{v.p.files.URL("app.js")}
	page.Heading = v.t("people.invitation.title", locale.Params{"Workspace": i.Workspace.Name})
	page.Action, page.Email = v.r.URL.Path, i.User.Email
	page.PersonName, page.Mark, page.Tint = i.User.Name, initials(i.User.Name, 2), tint(i.User.ID)
	page.PasswordHint = v.t("people.password.hint", locale.Params{"Min": core.PasswordMin})
	passwords := !v.p.ways.NoPassword
	switch {
	case !i.Known:
		page.New = true
		page.Password, page.PasswordOptional = passwords, v.p.sso != nil
		page.Languages, page.Zones = v.languages(u.Language), zoneChoices(u.TimeZone)
	case present.UserID == i.User.ID:
	case i.Password && passwords:
		page.Password = true
	default:
		page.SignInFirst = true
	}
	return show(v, status, v.p.views.Invitation, page)
}

// languages are the languages to choose from, each called as it calls itself.
func (v *visit) languages(chosen string) []templates.Option {
	var list []templates.Option
	for _, l := range locale.Languages() {
		list = append(list, templates.Option{Value: l, Text: v.t("people.language." + l), Chosen: l == chosen})
	}
	return list
}
