package panel

import (
	"net/http"
	"net/netip"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

const generalPath = "/settings/general"

// general shows the settings that are about the workspace itself.
func (p *Panel) general(v *visit) error {
	all, err := p.svc.Settings(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	return v.generalPage(http.StatusOK, all.Workspace, nil)
}

// saveGeneral changes name, subdomain, time zone, language and required fields of the workspace.
func (p *Panel) saveGeneral(v *visit) error {
	all, err := p.svc.Settings(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	ws := all.Workspace
	ws.Name, ws.Subdomain, ws.TimeZone, ws.Language = v.value("name"), v.value("subdomain"), v.value("time_zone"), v.value("language")
	ws.Require = core.Require{
		Description: v.value("require_description") != "", Project: v.value("require_project") != "", Tags: v.value("require_tags") != "",
	}
	_, err = p.svc.UpdateWorkspace(v.r.Context(), v.actor, core.WorkspaceUpdate{
		Name: &ws.Name, Subdomain: &ws.Subdomain, TimeZone: &ws.TimeZone, Language: &ws.Language, Require: &ws.Require,
	})
	if code, again := refusedInput(err); again {
		if e := core.AsError(err); e.Code == core.CodeConflict {
			e.Field = "subdomain" // the only value that can be somebody else's
		}
		return v.generalPage(code, ws, err)
	}
	if err != nil {
		return err
	}
	return v.settled("settings", v.path(generalPath), "")
}

func (v *visit) generalPage(code int, ws core.Workspace, wrong error) error {
	layout, err := v.settingsPage(v.t("nav.general"), generalPath)
	if err != nil {
		return err
	}
	page := templates.GeneralPage{
		Layout: layout, SettingsForm: v.wrongForm(v.path(generalPath), wrong),
		Name: ws.Name, PlanName: v.t("plan." + string(ws.Plan)), Subdomain: ws.Subdomain, Address: placeURL(v.p.base, v.me.Workspace, v.path("/")),
		Zones: zoneChoices(ws.TimeZone), Languages: v.options("language.", ws.Language, locale.Languages()...),
		Required: v.options("word.", "", "description", "project", "tags"),
	}
	if _, err := netip.ParseAddr(v.p.base.Hostname()); err != nil {
		page.HostSuffix = "." + v.p.base.Host
	}
	for i, chosen := range []bool{ws.Require.Description, ws.Require.Project, ws.Require.Tags} {
		page.Required[i].Chosen = chosen
	}
	return show(v, code, v.p.views.General, page)
}
