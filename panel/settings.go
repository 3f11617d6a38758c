package panel

import (
	"net/http"
	"strings"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// tab is a page of the workspace settings. It is offered to those whom the policy lets in.
type tab struct {
	path, text string
	action     core.Action
}

// settingsTabs are the tabs there are, in their order.
func settingsTabs() []tab {
	return []tab{
		{generalPath, "nav.general", core.ActSettingsView},
		{membersPath, "nav.members", core.ActMembersView},
		{accountsPath, "nav.accounts", core.ActAccountsView},
		{forgottenPath, "nav.forgotten", core.ActSettingsView},
		{chatPath, "nav.chat", core.ActIdentityView},
		{auditPath, "nav.audit", core.ActAuditView},
	}
}

// settings leads to the first tab the reader may see; with none, to the page that says why.
func (p *Panel) settings(v *visit) error {
	for _, t := range settingsTabs() {
		if v.me.May(t.action, "") {
			return v.redirect(v.path(t.path))
		}
	}
	return v.redirect(v.path(accountsPath))
}

// settingsPage is the frame of a tab, with the result of a plain form's act.
func (v *visit) settingsPage(title, current string) (templates.Layout, error) {
	layout, err := v.shell(title, current)
	if err != nil {
		return layout, err
	}
	if text := v.savedText(v.r.URL.Query().Get("saved")); text != "" && v.r.Method == http.MethodGet {
		layout.Toasts = append(layout.Toasts, v.toast(text, false))
	}
	return layout, nil
}

// savedText says what was done: "settings", or an act and the member it was done to, "activated.ID".
func (v *visit) savedText(done string) string {
	act, member, _ := strings.Cut(done, ".")
	switch act {
	case "settings":
		return v.t("settings.saved")
	case "snoozed":
		return v.t("settings.forgotten.done_snoozed")
	case "working":
		return v.t("settings.forgotten.done_working")
	case "retried":
		return v.t("settings.forgotten.done_retried")
	case "unlinked":
		return v.t("settings.chat.unlinked")
	case "member", "member_invited", "deactivated", "activated", "invited_again":
		if !core.ValidID(member) {
			return ""
		}
		m, err := v.p.svc.Member(v.r.Context(), v.actor, core.ID(member))
		if err != nil {
			return ""
		}
		id := map[string]string{
			"member": "settings.member.saved", "member_invited": "settings.member.saved_invited",
			"deactivated": "settings.member.deactivated", "activated": "settings.member.activated",
			"invited_again": "settings.member.invited_again",
		}[act]
		return v.t(id, locale.Params{"Name": m.User.Name})
	}
	return ""
}

// settled answers an act of the settings: with scripts a toast, no dialog, and a word to the list on the page that it
// is out of date; else the page, which says what was done.
func (v *visit) settled(done, page, list string) error {
	if !v.fragment() {
		return v.redirect(with(page, "saved", done))
	}
	if list != "" {
		v.tellList(list)
	}
	var a answer
	put(&a, v.p.views.Toast, v.toast(v.savedText(done), false))
	a.closeDialog()
	return v.send(http.StatusOK, &a)
}

// tellList makes a list of the page ask for itself again: "members" or "flags".
func (v *visit) tellList(list string) {
	v.w.Header().Set("HX-Trigger", `{"`+list+`-changed":{"target":"#`+list+`-live"}}`)
}

// wrongForm is what a settings form shows of a refusal: a sentence, and the field it is about.
func (v *visit) wrongForm(action string, err error) templates.SettingsForm {
	f := templates.SettingsForm{Action: action}
	if e := core.AsError(err); e != nil {
		f.Error, f.BadField = v.sentence(err), e.Field
	}
	return f
}

// refusedInput tells whether the form is to be shown again with what was typed, and the answer's status.
func refusedInput(err error) (code int, again bool) {
	switch core.ErrorCode(err) {
	case core.CodeInvalid, core.CodeConflict:
		return status(core.ErrorCode(err)), true
	}
	return 0, false
}

// options are the choices of a list of values whose texts have ids beginning with a prefix.
func (v *visit) options(prefix, chosen string, values ...string) []templates.Option {
	list := make([]templates.Option, len(values))
	for i, value := range values {
		list[i] = templates.Option{Value: value, Text: v.t(prefix + value), Chosen: value == chosen}
	}
	return list
}
