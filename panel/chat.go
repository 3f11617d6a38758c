package panel

import (
	"cmp"
	"net/http"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

const chatPath = "/settings/chat"

// chatSettings shows which platforms are connected and who has linked a chat account.
func (p *Panel) chatSettings(v *visit) error {
	all, err := p.svc.Settings(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	identities, err := p.svc.Identities(v.r.Context(), v.actor, false)
	if err != nil {
		return err
	}
	layout, err := v.settingsPage(v.t("nav.chat"), chatPath)
	if err != nil {
		return err
	}
	page := templates.ChatPage{Layout: layout, LinkURL: v.path("/link")}
	for _, c := range all.Chat {
		text := v.t("settings.chat.alerts_direct")
		if c.AlertChannel != "" {
			text = v.t("settings.chat.alerts_channel", locale.Params{"Channel": c.AlertChannel})
		}
		page.Connections = append(page.Connections, templates.ChatConnection{Platform: v.t("door." + c.Platform), Alerts: text})
	}
	for _, i := range identities {
		person, err := v.chatPerson(i)
		if err != nil {
			return err
		}
		page.People = append(page.People, person)
	}
	if n := len(page.People); n > 0 {
		page.Count = v.words.Number(n)
	}
	return show(v, http.StatusOK, p.views.Chat, page)
}

func (v *visit) chatPerson(i core.Identity) (templates.ChatPerson, error) {
	m, err := v.p.svc.Member(v.r.Context(), v.actor, i.MemberID)
	if err != nil {
		return templates.ChatPerson{}, err
	}
	platform := v.t("door." + i.Platform)
	return templates.ChatPerson{
		ID: string(i.ID), Name: m.User.Name, Mark: initials(m.User.Name, 2), Tint: tint(m.User.ID),
		Platform: platform, Called: i.ChatName, Account: i.ChatUser, Team: i.Team, Since: v.moment(i.LinkedAt, v.words.Date(i.LinkedAt)),
		UnlinkURL:   v.path(chatPath + "/" + string(i.ID) + "/unlink"),
		UnlinkLabel: v.t("settings.chat.unlink_label", locale.Params{"Platform": platform, "Name": m.User.Name}),
	}, nil
}

// unlinkForm asks whether somebody's chat account shall be unlinked.
func (p *Panel) unlinkForm(v *visit) error {
	identities, err := p.svc.Identities(v.r.Context(), v.actor, false)
	if err != nil {
		return err
	}
	for _, i := range identities {
		if i.ID != v.id("identity") {
			continue
		}
		person, err := v.chatPerson(i)
		if err != nil {
			return err
		}
		d := templates.Unlink{
			Dialog: templates.Dialog{
				Words: v.text(), Heading: v.t("settings.chat.unlink_title", locale.Params{"Name": person.Name}), Action: person.UnlinkURL,
				Return: "unlink-" + person.ID, BackURL: v.path(chatPath), IsPage: !v.fragment(),
			},
			Name: person.Name, Mark: person.Mark, Tint: person.Tint, Account: person.Platform + " · " + cmp.Or(person.Called, person.Account) + " · " + person.Team,
			Effect: v.t("settings.chat.unlink_effect", locale.Params{"Platform": person.Platform, "Name": person.Name}),
		}
		if v.fragment() {
			return show(v, http.StatusOK, p.views.UnlinkDialog, d)
		}
		layout, err := v.shell(d.Heading, chatPath)
		if err != nil {
			return err
		}
		return show(v, http.StatusOK, p.views.Unlink, templates.UnlinkPage{Layout: layout, Dialog: d})
	}
	return &core.Error{Code: core.CodeNotFound, Message: "error.identity_not_found"}
}

// unlink removes the link between a chat account and a member.
func (p *Panel) unlink(v *visit) error {
	if err := p.svc.UnlinkIdentity(v.r.Context(), v.actor, v.id("identity")); err != nil {
		return err
	}
	return v.settled("unlinked", v.path(chatPath), "")
}
