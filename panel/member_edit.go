package panel

import (
	"net/http"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// managed is the member in the address, for those who manage members.
func (v *visit) managed() (core.Member, error) {
	// The list decides who manages members; the dialogs are a part of it.
	if _, err := v.p.svc.MemberPage(v.r.Context(), v.actor, core.MemberQuery{Limit: 1}); err != nil {
		return core.Member{}, err
	}
	return v.p.svc.Member(v.r.Context(), v.actor, v.id("member"))
}

// membersBack is the list a dialog was opened from, as its form or its address carries it.
func (v *visit) membersBack() membersView {
	query := v.r.URL.Query().Get("view")
	if v.r.Method == http.MethodPost {
		query = v.value("view")
		if query == "" {
			query = v.r.URL.Query().Get("view")
		}
	}
	return parseMembersView(query)
}

// memberDialog is the frame of a dialog about a member.
func (v *visit) memberDialog(heading, action string, m core.Member) templates.Dialog {
	view := v.membersBack()
	d := templates.Dialog{
		Words: v.text(), Heading: heading, Action: v.path(membersPath + action), BackURL: v.membersURL(view),
		Return: "menu-button-" + string(m.ID), IsPage: !v.fragment(),
	}
	if o := v.asked(); o.place == fromForgotten {
		d.Return, d.BackURL, d.Hidden = "times-"+string(m.ID), v.originURL(o), o.fields()
	} else if q := view.query(); q != "" {
		d.Hidden = []templates.Field{{Name: "view", Value: q}}
	}
	return d
}

// editMember shows what can be changed of a member.
func (p *Panel) editMember(v *visit) error {
	m, err := v.managed()
	if err != nil {
		return err
	}
	d, err := v.memberEdit(m)
	if err != nil {
		return err
	}
	return v.showMemberEdit(http.StatusOK, d)
}

func (v *visit) memberEdit(m core.Member) (templates.MemberEdit, error) {
	name := m.User.Name
	d := templates.MemberEdit{
		Dialog: v.memberDialog(v.t("settings.member.title", locale.Params{"Name": name}), "/"+string(m.ID), m),
		Name:   name, Mark: initials(name, 2), Tint: tint(m.User.ID), Email: m.User.Email,
		Role: v.t("role." + string(m.Role)), RoleHint: v.t("settings.member.role_hint"), WorkingHours: v.workingHours(m.WorkingHours),
	}
	owners := v.me.May(core.ActMemberManageOwner, m.ID)
	if m.Role == core.RoleOwner && !owners {
		d.RoleHint = v.t("settings.member.role_owner")
	} else {
		d.Roles = v.roleOptions(m.Role, owners)
	}
	// The threshold of everybody is a setting that only those see who may set it.
	if d.Times = v.me.May(core.ActSettingsUpdate, ""); d.Times {
		all, err := v.p.svc.Settings(v.r.Context(), v.actor)
		if err != nil {
			return d, err
		}
		after := all.Workspace.ForgottenAfter
		if after == 0 {
			after = all.Defaults.After
		}
		d.ThresholdHint = v.t("settings.member.threshold_hint", locale.Params{"Default": v.words.Duration(after)})
		d.ThresholdDefault = v.words.Duration(after)
		if m.ForgottenAfter > 0 {
			d.Threshold = v.words.Duration(m.ForgottenAfter)
		}
	}
	d.Nothing = len(d.Roles) == 0 && !d.Times
	return d, nil
}

// roleOptions lists the roles that can be given; owners are made by owners.
func (v *visit) roleOptions(chosen core.Role, owners bool) []templates.Option {
	var list []templates.Option
	for _, r := range core.Roles() {
		if r == core.RoleOwner && !owners {
			continue
		}
		list = append(list, templates.Option{Value: string(r), Text: v.t("role." + string(r)), Chosen: r == chosen})
	}
	return list
}

func (v *visit) showMemberEdit(code int, d templates.MemberEdit) error {
	if v.fragment() {
		return show(v, code, v.p.views.MemberEditDialog, d)
	}
	layout, err := v.shell(d.Heading, membersPath)
	if err != nil {
		return err
	}
	return show(v, code, v.p.views.MemberEdit, templates.MemberEditPage{Layout: layout, Dialog: d})
}

// saveMember changes what the form holds: the role, and for owners the member's times.
func (p *Panel) saveMember(v *visit) error {
	m, err := v.managed()
	if err != nil {
		return err
	}
	role := m.Role
	u, err := v.memberUpdate(m)
	if err == nil {
		m, err = p.svc.UpdateMember(v.r.Context(), v.actor, m.ID, u)
	}
	if code, again := refusedInput(err); again {
		if m, err2 := v.managed(); err2 == nil {
			d, err2 := v.memberEdit(m)
			if err2 != nil {
				return err2
			}
			d.Error, d.BadField = v.sentence(err), core.AsError(err).Field
			if core.ErrorCode(err) == core.CodeConflict {
				d.BadField = "role" // the last owner
			}
			for i := range d.Roles {
				d.Roles[i].Chosen = d.Roles[i].Value == v.value("role")
			}
			d.Threshold, d.WorkingHours = v.value("forgotten_after"), v.value("working_hours")
			return v.showMemberEdit(code, d)
		}
	}
	if err != nil {
		return err
	}
	done := "member."
	if m.Status == core.StatusInvited && m.Role != role {
		done = "member_invited." // the links made before no longer work
	}
	done += string(m.ID)
	if v.value("from") == fromForgotten {
		return v.timesChanged(done)
	}
	return v.settled(done, v.membersURL(v.membersBack()), "members")
}

// memberUpdate reads the form; a field that is not in it is left alone.
func (v *visit) memberUpdate(m core.Member) (core.MemberUpdate, error) {
	var u core.MemberUpdate
	if _, ok := v.r.PostForm["role"]; ok {
		role := core.Role(v.value("role"))
		u.Role = &role
	}
	if text, ok := v.r.PostForm["forgotten_after"]; ok {
		after, err := v.duration("forgotten_after", text[0], m.ForgottenAfter)
		if err != nil {
			return u, err
		}
		u.ForgottenAfter = &after
	}
	if _, ok := v.r.PostForm["working_hours"]; ok {
		hours := v.value("working_hours")
		u.WorkingHours = &hours
	}
	return u, nil
}

// duration reads a length of time; 0 for nothing typed. A text that shows the value as it was leaves it as it was,
// parts included that the text does not show.
func (v *visit) duration(field, text string, was time.Duration) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	if was > 0 && text == v.words.Duration(was) {
		return was, nil
	}
	d, err := locale.ParseDuration(text)
	if err != nil || d == 0 {
		return 0, &core.Error{Code: core.CodeInvalid, Message: "settings.forgotten.duration", Params: core.Params{"Text": clip(text)}, Field: field}
	}
	return d, nil
}

// clip shortens what somebody typed before it is shown in a sentence.
func clip(text string) string {
	if r := []rune(text); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return text
}
