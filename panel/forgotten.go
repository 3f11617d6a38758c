package panel

import (
	"net/http"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

const (
	forgottenPath = "/settings/forgotten"
	mostOverrides = 50
)

// forgotten shows the forgotten timers there are and the rules they come from, or with htmx the timers alone.
func (p *Panel) forgotten(v *visit) error {
	all, err := p.svc.Settings(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	if v.fragment() {
		flags, err := v.flagList()
		if err != nil {
			return err
		}
		return show(v, http.StatusOK, p.views.Flags, *flags)
	}
	return v.forgottenPage(http.StatusOK, all, v.forgottenForm(all), nil)
}

// forgottenForm is what the form of the rules holds.
type forgottenForm struct {
	threshold, quiet, quietFrom, quietTo, auto, autoAfter string
}

// Choices of the form: the installation's value, none, or one's own.
const (
	byDefault = "default"
	byNobody  = "none"
	byOwn     = "own"
)

func (v *visit) forgottenForm(all core.Settings) forgottenForm {
	ws := all.Workspace
	f := forgottenForm{quiet: byDefault, auto: byDefault, quietFrom: "22:00", quietTo: "07:00"}
	if ws.ForgottenAfter > 0 {
		f.threshold = v.words.Duration(ws.ForgottenAfter)
	}
	switch from, to, ok := strings.Cut(ws.QuietHours, "-"); {
	case ws.QuietHours == "off":
		f.quiet = byNobody
	case ok:
		f.quiet, f.quietFrom, f.quietTo = byOwn, strings.TrimSpace(from), strings.TrimSpace(to)
	}
	switch {
	case ws.AutoStopAfter < 0:
		f.auto = byNobody
	case ws.AutoStopAfter > 0:
		f.auto, f.autoAfter = byOwn, v.words.Duration(ws.AutoStopAfter)
	}
	return f
}

// saveForgotten changes threshold, quiet hours and the automatic stop of the workspace.
func (p *Panel) saveForgotten(v *visit) error {
	all, err := p.svc.Settings(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	f := forgottenForm{
		threshold: v.value("forgotten_after"), quiet: v.value("quiet"), quietFrom: v.value("quiet_from"), quietTo: v.value("quiet_to"),
		auto: v.value("auto"), autoAfter: v.value("auto_after"),
	}
	u, err := v.forgottenUpdate(f, all.Workspace)
	if err == nil {
		_, err = p.svc.UpdateWorkspace(v.r.Context(), v.actor, u)
	}
	if code, again := refusedInput(err); again {
		return v.forgottenPage(code, all, f, err)
	}
	if err != nil {
		return err
	}
	return v.settled("settings", v.path(forgottenPath), "")
}

func (v *visit) forgottenUpdate(f forgottenForm, ws core.Workspace) (core.WorkspaceUpdate, error) {
	var u core.WorkspaceUpdate
	after, err := v.duration("forgotten_after", f.threshold, ws.ForgottenAfter)
	if err != nil {
		return u, err
	}
	quiet, ok := map[string]string{byDefault: "", byNobody: "off", byOwn: f.quietFrom + "-" + f.quietTo}[f.quiet]
	if !ok {
		return u, &core.Error{Code: core.CodeInvalid, Message: "settings.forgotten.choice", Field: "quiet_hours"}
	}
	var auto time.Duration
	switch f.auto {
	case byDefault:
	case byNobody:
		auto = -time.Second // never; kept to the millisecond
	case byOwn:
		if auto, err = v.duration("auto_stop_after", f.autoAfter, ws.AutoStopAfter); err != nil {
			return u, err
		}
		if auto == 0 {
			return u, &core.Error{Code: core.CodeInvalid, Message: "settings.forgotten.duration_missing", Field: "auto_stop_after"}
		}
	default:
		return u, &core.Error{Code: core.CodeInvalid, Message: "settings.forgotten.choice", Field: "auto_stop_after"}
	}
	u.ForgottenAfter, u.QuietHours, u.AutoStopAfter = &after, &quiet, &auto
	return u, nil
}

func (v *visit) forgottenPage(code int, all core.Settings, f forgottenForm, wrong error) error {
	layout, err := v.settingsPage(v.t("nav.forgotten"), forgottenPath)
	if err != nil {
		return err
	}
	none := v.t("settings.forgotten.none_set")
	quiet, auto := none, v.t("off")
	if q := all.Defaults.QuietHours; q != "" {
		quiet = strings.ReplaceAll(q, "-", "–")
	}
	if d := all.Defaults.AutoStopAfter; d > 0 {
		auto = v.t("settings.forgotten.auto_after_default", locale.Params{"After": v.words.Duration(d)})
	}
	page := templates.ForgottenPage{
		Layout: layout, SettingsForm: v.wrongForm(v.path(forgottenPath), wrong), Threshold: f.threshold,
		ThresholdHint:    v.t("settings.forgotten.threshold_hint", locale.Params{"Default": v.words.Duration(all.Defaults.After)}),
		ThresholdDefault: v.words.Duration(all.Defaults.After), AutoExample: v.words.Duration(12 * time.Hour),
		QuietFrom: f.quietFrom, QuietTo: f.quietTo, AutoAfter: f.autoAfter,
		QuietHint: v.t("settings.forgotten.quiet_hint", locale.Params{"Zone": all.Workspace.TimeZone}),
		Quiet: []templates.Option{
			{Value: byDefault, Text: v.t("settings.choose_default") + ": " + quiet, Chosen: f.quiet == byDefault},
			{Value: byNobody, Text: v.t("settings.forgotten.quiet_none"), Chosen: f.quiet == byNobody},
			{Value: byOwn, Text: v.t("settings.forgotten.quiet_own"), Chosen: f.quiet == byOwn},
		},
		Auto: []templates.Option{
			{Value: byDefault, Text: v.t("settings.choose_default") + ": " + auto, Chosen: f.auto == byDefault},
			{Value: byNobody, Text: v.t("settings.forgotten.auto_never"), Chosen: f.auto == byNobody},
			{Value: byOwn, Text: v.t("settings.forgotten.auto_own"), Chosen: f.auto == byOwn},
		},
		Schedule: v.scheduleInWords(all.Defaults.Schedule), Spec: all.Defaults.Schedule, Destinations: v.destinations(all.Chat),
	}
	if page.Spec == "" {
		page.Schedule = v.t("settings.forgotten.check_never")
	}
	if v.me.May(core.ActFlagView, "") {
		if page.Flags, err = v.flagList(); err != nil {
			return err
		}
	}
	page.Reminders, page.Ask, page.Digest = v.remindersInWords(all.Defaults), v.t("off"), v.t("off")
	if all.Defaults.AskMember {
		page.Ask = v.t("settings.forgotten.ask_on")
	}
	if n := all.Defaults.DigestOver; n > 0 {
		page.Digest = v.t("settings.forgotten.digest_over", locale.Params{"Count": n})
	}
	if page.Dead, err = v.deadMessages(); err != nil {
		return err
	}
	if page.Overrides, err = v.overrides(); err != nil {
		return err
	}
	if v.r.Method == http.MethodGet {
		page.Toasts = append(page.Toasts, v.flashes(origin{place: fromForgotten})...)
	}
	return show(v, code, v.p.views.Forgotten, page)
}

// remindersInWords says how often the owners are reminded.
func (v *visit) remindersInWords(d core.ForgottenDefaults) string {
	if d.Reminders <= 0 || d.RemindEvery <= 0 {
		return v.t("off")
	}
	return v.t("settings.forgotten.remind", locale.Params{"Count": d.Reminders, "Every": v.words.Duration(d.RemindEvery)})
}

// mostDead is how many messages that were given up the page lists.
const mostDead = 10

// deadMessages shows what could not be delivered, with the platform's reason; nil when there is nothing.
func (v *visit) deadMessages() (*templates.Dead, error) {
	list, all, err := v.p.svc.DeadDeliveries(v.r.Context(), v.actor, mostDead)
	if err != nil || all == 0 {
		return nil, err
	}
	dead := &templates.Dead{
		Count: v.t("settings.forgotten.dead", locale.Params{"Count": all}), RetryURL: v.path(forgottenPath + "/retry"),
	}
	for _, d := range list {
		row := templates.DeadRow{
			What: v.t("settings.forgotten.dead." + string(d.Topic)), Reason: v.t("settings.forgotten.dead_reason", locale.Params{"Reason": d.LastError}),
			Where: v.t("settings.forgotten.to_channel", locale.Params{"Platform": v.t("door." + d.Platform), "Channel": d.Destination}),
		}
		if d.RecipientID != "" {
			m, err := v.p.svc.Member(v.r.Context(), v.actor, d.RecipientID)
			if err != nil {
				return nil, err
			}
			row.Where = v.t("settings.forgotten.dead_to", locale.Params{"Platform": v.t("door." + d.Platform), "Name": m.User.Name})
		}
		dead.Rows = append(dead.Rows, row)
	}
	return dead, nil
}

// retryMessages gives messages that were given up their tries again.
func (p *Panel) retryMessages(v *visit) error {
	if _, err := p.svc.RetryDeliveries(v.r.Context(), v.actor); err != nil {
		return err
	}
	return v.settled("retried", v.path(forgottenPath), "")
}

// destinations says where alerts go.
func (v *visit) destinations(chat []core.ChatConnection) []string {
	var list []string
	for _, c := range chat {
		params := locale.Params{"Platform": v.t("door." + c.Platform), "Channel": c.AlertChannel}
		if c.AlertChannel == "" {
			list = append(list, v.t("settings.forgotten.to_owners", params))
		} else {
			list = append(list, v.t("settings.forgotten.to_channel", params))
		}
	}
	return append(list, v.t("settings.forgotten.to_panel"))
}

// overrides lists the members that have times of their own.
func (v *visit) overrides() (templates.Overrides, error) {
	list := templates.Overrides{Words: v.text()}
	own, err := v.p.svc.MemberPage(v.r.Context(), v.actor, core.MemberQuery{OwnTimes: true, Sort: "name", Limit: mostOverrides})
	if err != nil {
		return list, err
	}
	for _, m := range own.Members {
		var parts []string
		if m.ForgottenAfter > 0 {
			parts = append(parts, v.t("settings.forgotten.override_after", locale.Params{"After": v.words.Duration(m.ForgottenAfter)}))
		}
		if m.WorkingHours != "" {
			parts = append(parts, v.t("settings.forgotten.override_hours", locale.Params{"Hours": v.workingHours(m.WorkingHours)}))
		}
		list.Rows = append(list.Rows, templates.Override{
			MemberID: string(m.ID), Name: m.User.Name, Mark: initials(m.User.Name, 2), Tint: tint(m.User.ID), Text: strings.Join(parts, " · "),
			EditURL: origin{place: fromForgotten}.on(v.path(membersPath + "/" + string(m.ID))),
		})
	}
	if own.Total > mostOverrides {
		list.More = v.t("settings.forgotten.override_more", locale.Params{"Count": mostOverrides})
	}
	return list, nil
}

// timesChanged answers a change of a member's times that was asked for from this page.
func (v *visit) timesChanged(done string) error {
	if !v.fragment() {
		return v.settled(done, v.path(forgottenPath), "")
	}
	list, err := v.overrides()
	if err != nil {
		return err
	}
	var a answer
	put(&a, v.p.views.Toast, v.toast(v.savedText(done), false))
	a.closeDialog()
	put(&a, v.p.views.Overrides, list)
	return v.send(http.StatusOK, &a)
}
