package panel

import (
	"net/http"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// deactivateForm says what deactivating a member does, and asks.
func (p *Panel) deactivateForm(v *visit) error {
	m, err := v.managed()
	if err != nil {
		return err
	}
	return v.showDeactivate(http.StatusOK, m, nil)
}

func (v *visit) showDeactivate(code int, m core.Member, wrong error) error {
	name := m.User.Name
	d := templates.MemberDeactivate{
		Dialog: v.memberDialog(v.t("settings.member.deactivate_title", locale.Params{"Name": name}), "/"+string(m.ID)+"/deactivate", m),
		Name:   name, Mark: initials(name, 2), Tint: tint(m.User.ID), Email: m.User.Email,
		Access: v.t("settings.member.deactivate_access", locale.Params{"Name": name}), Self: m.ID == v.me.Self.ID,
	}
	if wrong != nil {
		d.Error = v.sentence(wrong)
	}
	if v.fragment() {
		return show(v, code, v.p.views.MemberDeactivateDialog, d)
	}
	layout, err := v.shell(d.Heading, membersPath)
	if err != nil {
		return err
	}
	return show(v, code, v.p.views.MemberDeactivate, templates.MemberDeactivatePage{Layout: layout, Dialog: d})
}

// deactivateMember takes a member's access away; core stops the running timer and keeps the entry.
func (p *Panel) deactivateMember(v *visit) error {
	m, err := v.managed()
	if err != nil {
		return err
	}
	status := core.StatusInactive
	_, err = p.svc.UpdateMember(v.r.Context(), v.actor, m.ID, core.MemberUpdate{Status: &status})
	if code, again := refusedInput(err); again {
		return v.showDeactivate(code, m, err)
	}
	if err != nil {
		return err
	}
	if m.ID == v.me.Self.ID {
		return v.redirect("/")
	}
	return v.settled("deactivated."+string(m.ID), v.membersURL(v.membersBack()), "members")
}

// activateMember gives a deactivated member access again, or the invitation to somebody who never joined.
func (p *Panel) activateMember(v *visit) error {
	m, err := v.managed()
	if err != nil {
		return err
	}
	status := core.StatusActive
	if m, err = p.svc.UpdateMember(v.r.Context(), v.actor, m.ID, core.MemberUpdate{Status: &status}); err != nil {
		return err
	}
	done := "activated."
	if m.Status == core.StatusInvited {
		done = "invited_again."
	}
	return v.settled(done+string(m.ID), v.membersURL(v.membersBack()), "members")
}
