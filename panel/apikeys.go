package panel

import (
	"net/http"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

const apiKeysPath = "/api-keys"

// apiKeys shows the reader's own API keys, without a secret.
func (p *Panel) apiKeys(v *visit) error {
	region, err := v.apiKeyList()
	if err != nil {
		return err
	}
	if v.fragment() {
		return show(v, http.StatusOK, p.views.APIKeyRegion, region)
	}
	return v.apiKeysPage(http.StatusOK, region, v.apiKeyForm(), templates.APIKeySecret{})
}

func (v *visit) apiKeysPage(code int, region templates.APIKeys, form templates.APIKeyForm, secret templates.APIKeySecret) error {
	layout, err := v.shell(v.t("nav.api_keys"), apiKeysPath)
	if err != nil {
		return err
	}
	page := templates.APIKeysPage{Layout: layout, Form: form, Secret: secret, Region: region}
	if !v.me.May(core.ActAPIKeyCreate, v.me.Self.ID) {
		page.ReadOnly = v.t("member.keys.read_only", locale.Params{"Name": v.me.Self.User.Name})
	}
	if id := v.r.URL.Query().Get("deactivated"); core.ValidID(id) {
		for _, row := range region.Rows {
			if row.ID == id && !row.Active {
				page.Toasts = append(page.Toasts, v.toast(v.t("member.toast.key_off", locale.Params{"Name": row.Name}), false))
			}
		}
	}
	return show(v, code, v.p.views.APIKeys, page)
}

func (v *visit) apiKeyForm() templates.APIKeyForm {
	return templates.APIKeyForm{Words: v.text(), Action: v.path(apiKeysPath)}
}

func (v *visit) apiKeyList() (templates.APIKeys, error) {
	region := templates.APIKeys{Words: v.text(), PageURL: v.path(apiKeysPath)}
	keys, err := v.p.svc.APIKeys(v.r.Context(), v.actor)
	if err != nil {
		return region, err
	}
	may := v.me.May(core.ActAPIKeyDeactivate, v.me.Self.ID)
	active := 0
	for _, k := range keys {
		row := templates.APIKeyRow{
			ID: string(k.ID), Name: k.Name, Prefix: k.Prefix, Active: k.Active(), Never: k.LastUsedAt.IsZero(),
			Created: v.moment(k.CreatedAt, v.words.Date(k.CreatedAt)), Status: v.apiKeyStatus(k),
		}
		if !row.Never {
			row.Used = v.moment(k.LastUsedAt, v.words.Ago(k.LastUsedAt, v.now))
		}
		if k.Active() {
			active++
			if may {
				row.DeactivateURL = v.path(apiKeysPath + "/" + string(k.ID) + "/deactivate")
				row.DeactivateLabel = v.t("member.keys.deactivate_label", locale.Params{"Name": k.Name})
			}
		}
		region.Rows = append(region.Rows, row)
	}
	region.Count = v.t("count.keys", locale.Params{"Count": active})
	return region, nil
}

// apiKeyStatus says whether a key works, or who ended it and when.
func (v *visit) apiKeyStatus(k core.APIKey) string {
	at := locale.Params{"By": k.DeactivatedName, "At": v.words.DateTime(k.DeactivatedAt)}
	switch {
	case k.Active():
		return v.t("status.active")
	case k.DeactivatedBy == v.me.Human.User.ID:
		return v.t("member.keys.off_by_you", at)
	case k.DeactivatedName == "":
		return v.t("member.keys.off", at)
	}
	return v.t("member.keys.off_by", at)
}

// createAPIKey makes a key and shows its secret on this answer, and never again.
func (p *Panel) createAPIKey(v *visit) error {
	key, secret, err := p.svc.CreateAPIKey(v.r.Context(), v.actor, "", v.value("name"))
	form, code := v.apiKeyForm(), http.StatusOK
	switch core.ErrorCode(err) {
	case "":
	case core.CodeInvalid, core.CodeConflict:
		code = status(core.ErrorCode(err))
		form.Name, form.Error, form.BadField = v.value("name"), v.sentence(err), core.AsError(err).Field
	default:
		return err
	}
	region, again := v.apiKeyList()
	if again != nil {
		return again
	}
	shown := templates.APIKeySecret{Words: v.text(), IsPage: !v.fragment()}
	if err == nil {
		shown.Secret, shown.Title = secret, v.t("member.keys.new", locale.Params{"Name": key.Name})
	}
	if !v.fragment() {
		return v.apiKeysPage(code, region, form, shown)
	}
	var a answer
	put(&a, p.views.APIKeyForm, form)
	if err == nil {
		put(&a, p.views.APIKeySecret, shown)
		put(&a, p.views.APIKeyList, region)
	}
	return v.send(code, &a)
}

// apiKeyDeactivation asks whether one of the reader's keys shall stop working.
func (p *Panel) apiKeyDeactivation(v *visit) error {
	// Asked before the question is shown; core refuses the act itself too.
	if !v.me.May(core.ActAPIKeyDeactivate, v.me.Self.ID) {
		return &core.Error{Code: core.CodeForbidden, Message: "error.not_while_impersonating"}
	}
	keys, err := p.svc.APIKeys(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.ID != v.id("key") {
			continue
		}
		d := templates.APIKey{
			Dialog: templates.Dialog{
				Words: v.text(), Heading: v.t("member.keys.confirm"), Action: v.path(apiKeysPath + "/" + string(k.ID) + "/deactivate"),
				Return: "deactivate-" + string(k.ID), BackURL: v.path(apiKeysPath), IsPage: !v.fragment(),
			},
			Name: k.Name, Prefix: k.Prefix, Created: v.words.DateTime(k.CreatedAt), Used: v.lastUse(k.LastUsedAt),
		}
		if !k.Active() {
			d.Already = v.apiKeyStatus(k)
		}
		if v.fragment() {
			return show(v, http.StatusOK, p.views.APIKeyDialog, d)
		}
		layout, err := v.shell(d.Heading, apiKeysPath)
		if err != nil {
			return err
		}
		return show(v, http.StatusOK, p.views.APIKey, templates.APIKeyPage{Layout: layout, Dialog: d})
	}
	return &core.Error{Code: core.CodeNotFound, Message: "error.key_not_found"}
}

func (v *visit) lastUse(t time.Time) string {
	if t.IsZero() {
		return v.t("never")
	}
	return v.words.DateTime(t) + " (" + v.words.Ago(t, v.now) + ")"
}

// deactivateAPIKey ends one of the reader's own keys.
func (p *Panel) deactivateAPIKey(v *visit) error {
	id := v.id("key")
	if err := p.svc.DeactivateAPIKey(v.r.Context(), v.actor, id); err != nil {
		return err
	}
	if !v.fragment() {
		return v.redirect(with(v.path(apiKeysPath), "deactivated", string(id)))
	}
	region, err := v.apiKeyList()
	if err != nil {
		return err
	}
	var a answer
	for _, row := range region.Rows {
		if row.ID == string(id) {
			put(&a, p.views.Toast, v.toast(v.t("member.toast.key_off", locale.Params{"Name": row.Name}), false))
		}
	}
	a.closeDialog()
	put(&a, p.views.APIKeyList, region)
	return v.send(http.StatusOK, &a)
}
