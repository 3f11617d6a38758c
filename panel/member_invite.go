package panel

import (
	"net/http"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// inviteForm asks whom to invite.
func (p *Panel) inviteForm(v *visit) error {
	if _, err := p.svc.MemberPage(v.r.Context(), v.actor, core.MemberQuery{Limit: 1}); err != nil {
		return err
	}
	return v.showInvite(http.StatusOK, core.NewMember{Role: core.RoleMember}, nil)
}

func (v *visit) showInvite(code int, n core.NewMember, wrong error) error {
	d := templates.Invite{
		Dialog: v.memberDialog(v.t("settings.invite.title"), "/invite", core.Member{}), Email: n.Email, Name: n.Name,
		Roles: v.roleOptions(n.Role, v.me.May(core.ActMemberManageOwner, "")),
	}
	d.Return = "invite"
	if wrong != nil {
		d.Error, d.BadField = v.sentence(wrong), core.AsError(wrong).Field
		if core.ErrorCode(wrong) == core.CodeConflict {
			d.BadField = "email" // a member already
		}
	}
	if v.fragment() {
		return show(v, code, v.p.views.InviteDialog, d)
	}
	layout, err := v.shell(d.Heading, membersPath)
	if err != nil {
		return err
	}
	return show(v, code, v.p.views.Invite, templates.InvitePage{Layout: layout, Dialog: d})
}

// invite adds a person as invited and shows the link once.
func (p *Panel) invite(v *visit) error {
	n := core.NewMember{Email: v.value("email"), Name: v.value("name"), Role: core.Role(v.value("role"))}
	m, err := p.svc.AddMember(v.r.Context(), v.actor, n)
	if code, again := refusedInput(err); again {
		return v.showInvite(code, n, err)
	}
	if err != nil {
		return err
	}
	return v.showInvitation(m)
}

// newInvitation makes another link for somebody who has not joined yet; the earlier one stops working.
func (p *Panel) newInvitation(v *visit) error {
	m, err := v.managed()
	if err != nil {
		return err
	}
	return v.showInvitation(m)
}

// showInvitation makes a link and shows it, this once. The address of the answer is a form's, so reloading it asks first.
func (v *visit) showInvitation(m core.Member) error {
	token, ws, err := v.p.svc.CreateInvitation(v.r.Context(), v.actor, m.ID)
	if err != nil {
		return err
	}
	name := m.User.Name
	d := templates.Invited{
		Dialog: v.memberDialog(v.t("settings.invite.ready", locale.Params{"Name": name}), "", m),
		Link:   InvitationURL(v.p.base, ws, token),
		Once: v.t("settings.invite.once", locale.Params{
			"Email": m.User.Email, "Name": name, "Until": v.words.DateTime(v.now.Add(core.InvitationFor)),
		}),
	}
	if v.fragment() {
		v.tellList("members")
		return show(v, http.StatusOK, v.p.views.InvitedDialog, d)
	}
	layout, err := v.shell(d.Heading, membersPath)
	if err != nil {
		return err
	}
	return show(v, http.StatusOK, v.p.views.Invited, templates.InvitedPage{Layout: layout, Dialog: d})
}
