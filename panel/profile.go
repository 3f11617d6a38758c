package panel

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// profile shows a person's own settings, and while acting as somebody else, the part of theirs that may be seen.
func (p *Panel) profile(v *visit) error { return v.profilePage(http.StatusOK, nil, "") }

// saveProfile changes name, language, zone, colours and working hours of the reader's own account. While acting as
// somebody else the form has only the working hours; what another form has beside them, core refuses.
func (p *Panel) saveProfile(v *visit) error {
	field := func(name string) *string {
		if value := v.value(name); v.me.Impersonation == nil || v.r.PostForm.Has(name) {
			return &value
		}
		return nil
	}
	_, err := p.svc.UpdateMember(v.r.Context(), v.actor, v.me.Self.ID, core.MemberUpdate{
		Name: field("name"), Language: field("language"), TimeZone: field("time_zone"), Scheme: field("scheme"), WorkingHours: field("working_hours"),
	})
	if core.ErrorCode(err) == core.CodeInvalid {
		return v.profilePage(http.StatusUnprocessableEntity, err, "profile")
	}
	if err != nil {
		return err
	}
	return v.saved("profile", "")
}

// changePassword sets the reader's own password; the other sessions end.
func (p *Panel) changePassword(v *visit) error {
	if p.ways.NoPassword {
		return &core.Error{Code: core.CodeForbidden, Message: "people.password_off"}
	}
	succeeded, err := v.mayTry("person " + string(v.actor.UserID))
	if err != nil {
		return v.profilePage(http.StatusTooManyRequests, err, "password")
	}
	err = p.svc.SetPassword(v.r.Context(), v.actor, v.value("present"), v.value("password"))
	if e := core.AsError(err); e == nil || e.Field != "present" {
		succeeded() // nothing was guessed
	}
	if core.ErrorCode(err) == core.CodeInvalid {
		return v.profilePage(http.StatusUnprocessableEntity, err, "password")
	}
	if err != nil {
		return err
	}
	return v.saved("password", "password")
}

// endSession signs another of the reader's browsers out.
func (p *Panel) endSession(v *visit) error {
	if err := p.svc.RevokeSession(v.r.Context(), v.actor, v.id("id")); err != nil {
		return err
	}
	return v.saved("session", "sessions")
}

// unlinkChat removes the link to one of the reader's own chat accounts.
func (p *Panel) unlinkChat(v *visit) error {
	own, err := p.svc.Identities(v.r.Context(), v.actor, true)
	if err != nil {
		return err
	}
	id := v.id("id")
	for _, i := range own {
		if i.ID != id {
			continue
		}
		if err := p.svc.UnlinkIdentity(v.r.Context(), v.actor, id); err != nil {
			return err
		}
		return v.saved("chat", "chat")
	}
	return &core.Error{Code: core.CodeNotFound, Message: "error.identity_not_found"}
}

// unlinkLogin removes the link to the account at the provider.
func (p *Panel) unlinkLogin(v *visit) error {
	if err := p.svc.UnlinkLogin(v.r.Context(), v.actor, v.value("issuer")); err != nil {
		return err
	}
	return v.saved("unlinked", "single-sign-on")
}

// saved leads back to the profile, which says what was done.
func (v *visit) saved(what, section string) error {
	to := v.path("/profile?saved=" + what)
	if section != "" {
		to += "#" + section
	}
	return v.redirect(to)
}

func (v *visit) profilePage(status int, wrong error, form string) error {
	layout, err := v.shell(v.t("people.profile.title"), "/profile")
	if err != nil {
		return err
	}
	if wrong == nil {
		switch done := v.r.URL.Query().Get("saved"); done {
		case "profile", "password", "session", "chat", "linked", "unlinked":
			layout.Toasts = append(layout.Toasts, v.toast(v.t("people.saved."+done), false))
		}
	}
	self := v.me.Self
	page := templates.Profile{
		Layout: layout, Action: v.path("/profile"), Email: self.User.Email, Name: self.User.Name, WorkingHours: v.workingHours(self.WorkingHours),
	}
	if form == "profile" {
		page.WorkingHours = v.value("working_hours")
	}
	if wrong != nil {
		page.Error, page.BadForm = v.sentence(wrong), form
		if e := core.AsError(wrong); e != nil {
			page.BadField = e.Field
		}
	}
	if v.me.Impersonation != nil {
		u := self.User
		page.Others = v.t("people.profile.others", locale.Params{"Name": u.Name})
		page.Fixed = []templates.Fact{
			{Label: v.t("word.name"), After: u.Name},
			{Label: v.t("word.language"), After: v.t("people.language." + u.Language)},
			{Label: v.t("word.time_zone"), After: u.TimeZone},
			{Label: v.t("people.scheme"), After: v.t("people.scheme." + u.Scheme)},
		}
		return show(v, status, v.p.views.Profile, page)
	}
	v.choices(&page, form)
	if err := v.ownSecrets(&page); err != nil {
		return err
	}
	return show(v, status, v.p.views.Profile, page)
}

// choices adds what the person can set about themselves in all their workspaces, as it is or as they sent it.
func (v *visit) choices(page *templates.Profile, form string) {
	u := v.me.Self.User
	if form == "profile" {
		u.Language, u.TimeZone, u.Scheme = v.value("language"), v.value("time_zone"), v.value("scheme")
		page.Name = v.value("name")
	}
	page.Languages, page.Zones = v.languages(u.Language), zoneChoices(u.TimeZone)
	for _, s := range []string{"auto", "light", "dark"} {
		page.Schemes = append(page.Schemes, templates.Option{Value: s, Text: v.t("people.scheme." + s), Chosen: s == u.Scheme})
	}
}

// ownSecrets adds what only the person sees: ways to sign in, sessions, chat accounts.
func (v *visit) ownSecrets(page *templates.Profile) error {
	ctx := v.r.Context()
	ways, err := v.p.svc.SignInMethods(ctx, v.actor)
	if err != nil {
		return err
	}
	page.Own = true
	if !v.p.ways.NoPassword {
		page.Password = &templates.PasswordForm{
			Action: v.path("/profile/password"), Present: ways.Password, Email: page.Email,
			Hint: v.t("people.password.hint", locale.Params{"Min": core.PasswordMin}),
		}
	}
	if v.p.sso != nil || len(ways.Logins) > 0 {
		page.SingleSignOn = v.singleSignOnState(ways.Logins)
	}
	sessions, err := v.p.svc.Sessions(ctx, v.actor)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		row := templates.SessionRow{
			Device: v.device(s.UserAgent), Address: s.Address, Seen: v.moment(s.LastSeenAt, v.words.Ago(s.LastSeenAt, v.now)),
			Since: v.words.DayTime(s.CreatedAt, v.now), Here: s.ID == v.actor.SessionID,
			EndURL: v.path("/profile/sessions/" + string(s.ID) + "/end"),
		}
		row.EndLabel = v.t("people.sessions.end_label", locale.Params{"Device": row.Device, "Since": row.Since})
		if row.Here {
			page.Sessions = append([]templates.SessionRow{row}, page.Sessions...)
			continue
		}
		page.Sessions = append(page.Sessions, row)
	}
	own, err := v.p.svc.Identities(ctx, v.actor, true)
	if err != nil {
		return err
	}
	for _, i := range own {
		row := templates.ChatAccount{
			Platform: v.t("door." + i.Platform), Called: i.ChatName, Account: i.ChatUser, Team: i.Team, Since: v.words.Date(i.LinkedAt),
			UnlinkURL: v.path("/profile/chat-accounts/" + string(i.ID) + "/unlink"),
		}
		row.UnlinkLabel = v.t("people.chat.unlink_label", locale.Params{"Platform": row.Platform, "Account": cmp.Or(row.Called, row.Account)})
		page.Chat = append(page.Chat, row)
	}
	page.LinkURL = v.path("/link")
	return nil
}

// singleSignOnState tells which accounts at a provider open this one.
func (v *visit) singleSignOnState(logins []core.Login) *templates.SingleSignOn {
	s := &templates.SingleSignOn{UnlinkURL: v.path("/profile/single-sign-on/unlink")}
	linked := false
	for _, l := range logins {
		s.Linked = append(s.Linked, templates.LinkedLogin{Provider: providerName(l.Issuer), Issuer: l.Issuer, Since: v.words.Date(l.LinkedAt)})
		linked = linked || v.p.sso != nil && l.Issuer == v.p.sso.o.Issuer
	}
	if v.p.sso != nil && !linked {
		s.Provider = providerName(v.p.sso.o.Issuer)
		s.LinkURL = "/sign-in/oidc?link=1&w=" + v.me.Workspace.Slug
	}
	return s
}

// providerName is the host of an issuer's address.
func providerName(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" {
		return issuer
	}
	return u.Host
}
