package panel

import (
	"net/http"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// chatLink explains how to link a chat account. Linking starts here, on the web.
func (p *Panel) chatLink(v *visit) error {
	return v.chatLinkPage(templates.ChatLink{})
}

// createLinkCode makes a code and shows it, this once.
func (p *Panel) createLinkCode(v *visit) error {
	code, expires, err := p.svc.CreateLinkCode(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	return v.chatLinkPage(templates.ChatLink{
		Code: code, Command: "/timer link " + code,
		Until: v.t("people.link.until", locale.Params{"Time": v.words.Time(expires)}),
	})
}

func (v *visit) chatLinkPage(page templates.ChatLink) error {
	layout, err := v.shell(v.t("people.link.title"), "/profile")
	if err != nil {
		return err
	}
	page.Layout, page.Action, page.BackURL = layout, v.path("/link"), v.path("/profile#chat")
	page.Allowed = v.me.May(core.ActIdentityLink, v.me.Self.ID)
	for _, c := range v.p.svc.ChatConnections(v.me.Workspace.Slug) {
		page.Platforms = append(page.Platforms, v.t("door."+c.Platform))
	}
	code := http.StatusOK
	if !page.Allowed { // the page says why
		code = http.StatusForbidden
	}
	return show(v, code, v.p.views.ChatLink, page)
}
