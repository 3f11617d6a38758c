package panel

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/auditline"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

const (
	auditPath   = "/settings/audit"
	auditOnPage = 50
	// suggestions is how many members the fields for a person suggest.
	suggestions = 100
)

// auditFilter is what a reader of the audit log asks for; all of it lives in the address.
type auditFilter struct {
	Act, Outcome, About, By, From, To, Before string
}

func (v *visit) auditFilter() auditFilter {
	q := v.r.URL.Query()
	return auditFilter{
		Act: q.Get("act"), Outcome: q.Get("outcome"), About: strings.TrimSpace(q.Get("member")), By: strings.TrimSpace(q.Get("actor")),
		From: q.Get("from"), To: q.Get("to"), Before: q.Get("before"),
	}
}

func (f auditFilter) url(path string) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"act": f.Act, "outcome": f.Outcome, "member": f.About, "actor": f.By, "from": f.From, "to": f.To, "before": f.Before,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// filtered tells whether anything narrows the log.
func (f auditFilter) filtered() bool { f.Before = ""; return f != auditFilter{} }

// audit shows the audit log of the workspace.
func (p *Panel) audit(v *visit) error { return v.auditPage(templates.AuditVerified{}) }

func (v *visit) auditPage(verified templates.AuditVerified) error {
	f := v.auditFilter()
	code := http.StatusOK
	q, wrong := v.auditQuery(f)
	if wrong != nil && core.ErrorCode(wrong) != core.CodeInvalid {
		return wrong
	}
	if wrong != nil {
		// Nothing is found, but whether there is anything to see is still core's to say.
		code, q = http.StatusUnprocessableEntity, core.AuditQuery{Limit: 1}
	}
	entries, next, err := v.p.svc.Audit(v.r.Context(), v.actor, q)
	if err != nil {
		return err
	}
	if wrong != nil {
		entries, next = nil, 0
	}
	layout, err := v.settingsPage(v.t("nav.audit"), auditPath)
	if err != nil {
		return err
	}
	path := v.path(auditPath)
	page := templates.AuditPage{
		Layout: layout, SettingsForm: v.wrongForm(path, wrong), Acts: v.actOptions(f.Act), About: f.About, By: f.By, From: f.From, To: f.To,
		Outcomes: []templates.Option{
			{Text: v.t("settings.audit.any_outcome")},
			{Value: core.OutcomeDone, Text: v.t("settings.audit.done"), Chosen: f.Outcome == core.OutcomeDone},
			{Value: core.OutcomeRefused, Text: v.t("settings.audit.refused"), Chosen: f.Outcome == core.OutcomeRefused},
		},
		Filtered: f.filtered(), ClearURL: path, ExportURL: path + "/export", VerifyURL: path + "/verify", Verified: verified,
	}
	v.auditLines(&page, entries, next, f, path)
	people, err := v.p.svc.Members(v.r.Context(), v.actor, core.MemberQuery{Sort: "name", Limit: suggestions})
	if err != nil {
		return err
	}
	for _, m := range people {
		page.People = append(page.People, templates.Option{Value: m.User.Email, Text: m.User.Name})
	}
	return show(v, code, v.p.views.Audit, page)
}

// ownAudit shows a member what was done to their account.
func (p *Panel) ownAudit(v *visit) error {
	f := auditFilter{Before: v.auditFilter().Before}
	q := core.AuditQuery{MemberID: v.me.Self.ID, Limit: auditOnPage}
	var err error
	if q.Before, err = auditCursor(f.Before); err != nil {
		return err
	}
	entries, next, err := p.svc.Audit(v.r.Context(), v.actor, q)
	if err != nil {
		return err
	}
	layout, err := v.shell(v.t("settings.audit.own_title"), "/audit")
	if err != nil {
		return err
	}
	page := templates.AuditPage{
		Layout: layout, Own: true, OwnLead: v.t("settings.audit.own_lead", locale.Params{"Workspace": v.me.Workspace.Name}),
	}
	v.auditLines(&page, entries, next, f, v.path("/audit"))
	return show(v, http.StatusOK, p.views.Audit, page)
}

// auditLines puts a page of entries and the way to the next one on the page.
func (v *visit) auditLines(page *templates.AuditPage, entries []core.AuditEntry, next int64, f auditFilter, path string) {
	page.Lines = make([]templates.AuditLine, len(entries))
	for i, e := range entries {
		page.Lines[i] = v.auditLine(e)
	}
	if f.Before != "" {
		first := f
		first.Before = ""
		page.NewestURL = first.url(path)
	}
	if next > 0 {
		older := f
		older.Before = strconv.FormatInt(next, 10)
		page.OlderURL = older.url(path)
	}
}

// auditQuery is the question to core. Days are the reader's own, both included.
func (v *visit) auditQuery(f auditFilter) (core.AuditQuery, error) {
	q := core.AuditQuery{Act: core.Action(f.Act), Outcome: f.Outcome, Limit: auditOnPage}
	bad := func(field, message, text string) error {
		return &core.Error{Code: core.CodeInvalid, Message: message, Params: core.Params{"Text": clip(text)}, Field: field}
	}
	if q.Act != "" && !core.KnownAction(q.Act) {
		return q, bad("act", "settings.audit.act_unknown", f.Act)
	}
	switch q.Outcome {
	case "", core.OutcomeDone, core.OutcomeRefused:
	default:
		return q, bad("outcome", "settings.audit.outcome_unknown", f.Outcome)
	}
	var err error
	if q.Before, err = auditCursor(f.Before); err != nil {
		return q, err
	}
	for _, day := range []struct {
		field, text string
		to          *time.Time
		plus        int
	}{{"from", f.From, &q.From, 0}, {"to", f.To, &q.To, 1}} {
		if day.text == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, day.text, v.words.Zone())
		if err != nil {
			return q, bad(day.field, "settings.audit.date", day.text)
		}
		*day.to = t.AddDate(0, 0, day.plus)
	}
	if q.MemberID, err = v.personMeant("member", f.About); err != nil {
		return q, err
	}
	q.ActorID, err = v.personMeant("actor", f.By)
	return q, err
}

func auditCursor(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, &core.Error{Code: core.CodeInvalid, Message: "error.cursor"}
	}
	return n, nil
}

// personMeant finds the member somebody typed: an e-mail address, or a part of a name that only one has.
func (v *visit) personMeant(field, text string) (core.ID, error) {
	if text == "" {
		return "", nil
	}
	bad := func(message string) error {
		return &core.Error{Code: core.CodeInvalid, Message: message, Params: core.Params{"Text": clip(text)}, Field: field}
	}
	if len(text) > 254 {
		return "", bad("settings.audit.person_unknown")
	}
	if strings.Contains(text, "@") {
		m, err := v.p.svc.MemberByEmail(v.r.Context(), v.actor, text)
		if core.ErrorCode(err) == core.CodeNotFound {
			return "", bad("settings.audit.person_unknown")
		}
		return m.ID, err
	}
	found, err := v.p.svc.Members(v.r.Context(), v.actor, core.MemberQuery{Search: text, Limit: 2})
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", bad("settings.audit.person_unknown")
	case len(found) > 1:
		return "", bad("settings.audit.person_many")
	}
	return found[0].ID, nil
}

// actOptions lists the acts by what they are called.
func (v *visit) actOptions(chosen string) []templates.Option {
	var list []templates.Option
	for _, a := range core.Actions() {
		list = append(list, templates.Option{Value: string(a), Text: auditline.Act(v.words, a), Chosen: string(a) == chosen})
	}
	slices.SortFunc(list, func(a, b templates.Option) int {
		return strings.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text))
	})
	return append([]templates.Option{{Text: v.t("settings.audit.any_act")}}, list...)
}

// verifyAudit recomputes the chain of the workspace's log. It changes nothing, but costs a walk through all of it.
func (p *Panel) verifyAudit(v *visit) error {
	v.takeTime()
	report, err := p.svc.VerifyOwnAudit(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	result := templates.AuditVerified{Text: v.t("settings.audit.verify_ok", locale.Params{
		"Count": int(report.Entries), "Total": v.words.Number(int(report.Entries)),
	})}
	if report.Broken != nil {
		result = templates.AuditVerified{Bad: true, Text: v.t("settings.audit.verify_broken", locale.Params{"Seq": int(report.Broken.Seq)})}
	}
	if v.fragment() {
		return show(v, http.StatusOK, p.views.AuditVerified, result)
	}
	return v.auditPage(result)
}
