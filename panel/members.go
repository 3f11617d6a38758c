package panel

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

const (
	membersPath   = "/settings/members"
	membersOnPage = 50
)

// membersView is the state of the list of members; all of it lives in the address.
type membersView struct {
	Search string
	Status core.Status
	Page   int // from 1
}

func parseMembersView(query string) membersView {
	q, err := url.ParseQuery(query)
	if err != nil {
		return membersView{Page: 1}
	}
	view := membersView{Search: q.Get("q"), Page: 1}
	switch s := core.Status(q.Get("status")); s {
	case core.StatusActive, core.StatusInvited, core.StatusInactive:
		view.Status = s
	}
	// Nobody pages further; a made-up number would only cost the database work.
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 && n <= 10_000 {
		view.Page = n
	}
	return view
}

func (m membersView) query() string {
	q := url.Values{}
	if m.Search != "" {
		q.Set("q", m.Search)
	}
	if m.Status != "" {
		q.Set("status", string(m.Status))
	}
	if m.Page > 1 {
		q.Set("page", strconv.Itoa(m.Page))
	}
	return q.Encode()
}

func (m membersView) at(page int) membersView { m.Page = page; return m }

func (m membersView) with(s core.Status) membersView { m.Status, m.Page = s, 1; return m }

func (v *visit) membersURL(m membersView) string {
	if q := m.query(); q != "" {
		return v.path(membersPath + "?" + q)
	}
	return v.path(membersPath)
}

// members shows the list from which members are managed, or with htmx what changes on it.
func (p *Panel) members(v *visit) error {
	view := parseMembersView(v.r.URL.RawQuery)
	q := core.MemberQuery{Search: view.Search, Sort: "name", Offset: (view.Page - 1) * membersOnPage, Limit: membersOnPage}
	if view.Status != "" {
		q.Statuses = []core.Status{view.Status}
	}
	page, err := p.svc.MemberPage(v.r.Context(), v.actor, q)
	if err != nil {
		return err
	}
	region := v.membersRegion(view, page)
	if v.fragment() {
		switch v.r.Header.Get("HX-Source") {
		case "form#search-form":
			v.w.Header().Set("HX-Push-Url", v.membersURL(view))
		case "input#q":
			v.w.Header().Set("HX-Replace-Url", v.membersURL(view))
		}
		return show(v, http.StatusOK, p.views.MembersRegion, region)
	}
	layout, err := v.settingsPage(v.t("nav.members"), membersPath)
	if err != nil {
		return err
	}
	return show(v, http.StatusOK, p.views.Members, templates.MembersPage{Layout: layout, Region: region})
}

func (v *visit) membersRegion(view membersView, page core.MemberPage) templates.Members {
	r := templates.Members{
		Words: v.text(), Path: v.path(membersPath), PageURL: v.membersURL(view), Search: view.Search,
		Caption:   v.t("settings.members.caption", locale.Params{"Workspace": v.me.Workspace.Name}),
		Range:     v.t("count.members", locale.Params{"Count": page.Total}),
		InviteURL: withView(v.path(membersPath+"/invite"), view.query()), ClearURL: v.path(membersPath),
		Owner: v.me.May(core.ActSettingsUpdate, ""),
	}
	if view.Status != "" {
		r.Hidden = []templates.Field{{Name: "status", Value: string(view.Status)}}
	}
	for _, s := range []core.Status{"", core.StatusActive, core.StatusInvited, core.StatusInactive} {
		link := templates.Link{ID: "filter-all", Text: v.t("settings.members.all"), URL: v.membersURL(view.with(s)), Current: view.Status == s}
		if s != "" {
			link.ID, link.Text = "filter-"+string(s), v.t("status."+string(s))
		}
		r.Filters = append(r.Filters, link)
	}
	from := (view.Page - 1) * membersOnPage
	if n := len(page.Members); n > 0 && page.Total > n {
		r.Range = v.t("settings.members.range", locale.Params{
			"From": v.words.Number(from + 1), "To": v.words.Number(from + n), "Total": v.words.Number(page.Total),
		})
	}
	if view.Page > 1 {
		r.Previous = v.membersURL(view.at(view.Page - 1))
	}
	if from+len(page.Members) < page.Total && len(page.Members) > 0 {
		r.Next = v.membersURL(view.at(view.Page + 1))
	}
	r.Rows = make([]templates.MemberRow, len(page.Members))
	for i, m := range page.Members {
		r.Rows[i] = v.memberRow(m, view)
	}
	return r
}

func (v *visit) memberRow(m core.Member, view membersView) templates.MemberRow {
	row := templates.MemberRow{
		ID: string(m.ID), Name: m.User.Name, Mark: initials(m.User.Name, 2), Tint: tint(m.User.ID), Email: m.User.Email,
		You: m.ID == v.me.Self.ID, Role: v.t("role." + string(m.Role)), Status: v.t("status." + string(m.Status)), StatusKind: "is-" + string(m.Status),
		Times: v.ownTimes(m), Seen: templates.Moment{Text: v.t("never")}, MenuLabel: v.t("settings.members.menu", locale.Params{"Name": m.User.Name}),
	}
	if row.Times == "" {
		row.Times = "–"
	}
	if !m.LastActivity.IsZero() {
		row.Seen = v.moment(m.LastActivity, v.words.Ago(m.LastActivity, v.now))
	}
	base, query := v.path(membersPath+"/"+string(m.ID)), view.query()
	row.EditURL = withView(base, query)
	if m.Role == core.RoleOwner && !v.me.May(core.ActMemberManageOwner, m.ID) {
		return row
	}
	switch m.Status {
	case core.StatusInvited:
		row.InvitationURL, row.DeactivateURL = withView(base+"/invitation", query), withView(base+"/deactivate", query)
	case core.StatusActive:
		row.DeactivateURL = withView(base+"/deactivate", query)
	case core.StatusInactive:
		row.ActivateURL = withView(base+"/activate", query)
	}
	return row
}

// workingHours writes working hours with the days of the reader's language.
func (v *visit) workingHours(stored string) string {
	wh, err := core.ParseWorkingHours(stored)
	if err != nil || wh == nil {
		return stored
	}
	return wh.Text(v.words.WeekdayShort)
}

// ownTimes says which times of their own a member has; "" for none.
func (v *visit) ownTimes(m core.Member) string {
	text := ""
	if m.ForgottenAfter > 0 {
		text = v.words.Duration(m.ForgottenAfter)
	}
	if m.WorkingHours != "" {
		if text != "" {
			text += " · "
		}
		text += v.workingHours(m.WorkingHours)
	}
	return text
}
