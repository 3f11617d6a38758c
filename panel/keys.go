package panel

import (
	"net/http"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// keysForm asks whether a member's API keys shall be deactivated, with how many there are and when one was last used.
func (p *Panel) keysForm(v *visit) error {
	o := v.origin("", v.r.URL.Query().Get("view"))
	d, err := v.keysDialog(v.id("member"), o)
	if err != nil {
		return err
	}
	return v.showKeys(http.StatusOK, d)
}

func (v *visit) keysDialog(member core.ID, o origin) (templates.Keys, error) {
	acc, err := v.p.svc.Account(v.r.Context(), v.actor, member)
	if err != nil {
		return templates.Keys{}, err
	}
	sum, err := v.p.svc.KeySummary(v.r.Context(), v.actor, acc.MemberID)
	if err != nil {
		return templates.Keys{}, err
	}
	d := templates.Keys{
		Dialog: templates.Dialog{
			Words: v.text(), Heading: v.t("panel.keys.title"), Action: v.path("/accounts/" + string(acc.MemberID) + "/deactivate-api-keys"),
			Hidden: o.fields(), Return: "menu-button-" + string(acc.MemberID), BackURL: v.originURL(o), IsPage: !v.fragment(),
		},
		Name: acc.Name, Mark: initials(acc.Name, 2), Tint: tint(acc.UserID), Email: acc.Email,
		Count: v.t("count.keys", locale.Params{"Count": sum.Active}), None: sum.Active == 0,
		LastUsed: v.t("never"), Effect: v.t("panel.keys.effect", locale.Params{"Name": acc.Name, "First": firstName(acc.Name)}),
	}
	if !sum.LastUsed.IsZero() {
		d.LastUsed = v.words.DateTime(sum.LastUsed) + " (" + v.words.Ago(sum.LastUsed, v.now) + ")"
	}
	return d, nil
}

func (v *visit) showKeys(code int, d templates.Keys) error {
	if v.fragment() {
		return show(v, code, v.p.views.KeysDialog, d)
	}
	layout, err := v.shell(d.Heading, accountsPath)
	if err != nil {
		return err
	}
	return show(v, code, v.p.views.Keys, templates.KeysPage{Layout: layout, Dialog: d})
}

// deactivateKeys deactivates all active API keys of a member in this workspace.
func (p *Panel) deactivateKeys(v *visit) error {
	o := v.origin(v.value("from"), v.value("view"))
	member := v.id("member")
	n, err := p.svc.DeactivateAPIKeys(v.r.Context(), v.actor, member, v.value("reason"))
	if core.ErrorCode(err) == core.CodeInvalid {
		d, again := v.keysDialog(member, o)
		if again != nil {
			return again
		}
		d.Error, d.BadField, d.Reason = v.sentence(err), core.AsError(err).Field, v.value("reason")
		return v.showKeys(http.StatusUnprocessableEntity, d)
	}
	if err != nil {
		return err
	}
	if !v.fragment() {
		return v.redirect(with(v.originURL(o), "deactivated", string(member)))
	}
	acc, err := p.svc.Account(v.r.Context(), v.actor, member)
	if err != nil {
		return err
	}
	text := v.t("panel.toast.keys", locale.Params{"Count": n, "Name": acc.Name})
	if n == 0 {
		text = v.t("panel.toast.keys_none", locale.Params{"Name": acc.Name})
	}
	var a answer
	put(&a, p.views.Toast, v.toast(text, false))
	a.closeDialog()
	v.putRows(&a, o.view, acc)
	return v.send(http.StatusOK, &a)
}
