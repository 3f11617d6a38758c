package panel

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

const accountsPath = "/settings/accounts"

// accounts shows the Accounts tab, or with htmx what changes on it.
func (p *Panel) accounts(v *visit) error {
	view := parseView(v.r.URL.RawQuery)
	query, err := view.accountQuery()
	if err != nil {
		return err
	}
	page, err := p.svc.Accounts(v.r.Context(), v.actor, query)
	if err != nil {
		return err
	}
	region, err := v.accountsRegion(view, query, page)
	if err != nil {
		return err
	}
	if v.fragment() {
		v.keepAddress(view)
		return show(v, http.StatusOK, p.views.AccountsRegion, region)
	}
	layout, err := v.shell(v.t("nav.accounts"), accountsPath)
	if err != nil {
		return err
	}
	layout.Scripts = append(layout.Scripts, p.files.URL("accounts.js"))
	layout.Toasts = append(layout.Toasts, v.flashes(origin{view: view.query()})...)
	return show(v, http.StatusOK, p.views.Accounts, templates.AccountsPage{Layout: layout, Region: region})
}

// keepAddress puts the shortest form of the view into the address bar when a form asked: a new step of the
// history for a submitted search, none for each letter typed.
func (v *visit) keepAddress(view tableView) {
	switch v.r.Header.Get("HX-Source") {
	case "form#search-form":
		v.w.Header().Set("HX-Push-Url", v.viewURL(view))
	case "input#q":
		v.w.Header().Set("HX-Replace-Url", v.viewURL(view))
	}
}

func (v *visit) viewURL(view tableView) string { return v.originURL(origin{view: view.query()}) }

func (v *visit) accountsRegion(view tableView, q core.AccountQuery, page core.AccountPage) (templates.Accounts, error) {
	r := templates.Accounts{
		Words: v.text(), Path: v.path(accountsPath), PageURL: v.viewURL(view), Search: view.Search, Hidden: view.hidden(),
		Filters: v.filterLinks(view, page.Counts), ClearURL: v.path(accountsPath), Columns: v.columns(view, q),
		Caption: v.t("panel.accounts.caption", locale.Params{"Workspace": v.me.Workspace.Name}), Range: v.rangeText(page),
	}
	if s := strings.TrimSpace(view.Search); s != "" {
		r.Chips = append(r.Chips, templates.Chip{
			Text: s, RemoveURL: v.viewURL(view.first().searching("")), RemoveLabel: v.t("panel.accounts.clear_search"),
		})
	}
	if view.Filter != "" {
		name := v.t("panel.filter." + view.Filter)
		r.Chips = append(r.Chips, templates.Chip{
			Text: name, RemoveURL: v.viewURL(view.first().filtering(core.FilterNone)),
			RemoveLabel: v.t("owner.remove_filter", locale.Params{"Filter": name}),
		})
	}
	v.tableTools(&r, view)
	query := view.query()
	var err error
	if r.Rows, err = v.accountRows(query, page.Accounts...); err != nil {
		return r, err
	}
	if page.Previous != "" {
		r.Previous = v.viewURL(view.at(page.Previous))
	}
	if page.Next != "" {
		r.Next = v.viewURL(view.at(page.Next))
	}
	return r, nil
}

func (v *visit) rangeText(page core.AccountPage) string {
	if page.From == 0 || len(page.Accounts) == 0 {
		return v.t("count.accounts", locale.Params{"Count": page.Total})
	}
	return v.t("panel.accounts.range", locale.Params{
		"From": v.words.Number(page.From), "To": v.words.Number(page.From + len(page.Accounts) - 1), "Total": v.words.Number(page.Total),
	})
}

func (v *visit) filterLinks(view tableView, c core.AccountCounts) []templates.Link {
	filters := []struct {
		filter core.AccountFilter
		text   string
		count  int
	}{
		{core.FilterNone, "panel.filter.all", c.All},
		{core.FilterRunning, "panel.filter.running", c.Running},
		{core.FilterFlagged, "panel.filter.flagged", c.Flagged},
		{core.FilterWithKeys, "panel.filter.with_keys", c.WithKeys},
		{core.FilterInactive, "panel.filter.inactive", c.Inactive},
	}
	links := make([]templates.Link, len(filters))
	for i, f := range filters {
		id := "filter-" + string(f.filter)
		if f.filter == core.FilterNone {
			id = "filter-all"
		}
		links[i] = templates.Link{
			ID: id, Text: v.t(f.text), URL: v.viewURL(view.first().filtering(f.filter)),
			Current: view.Filter == string(f.filter), Count: v.words.Number(f.count),
		}
	}
	return links
}

func (v *visit) columns(view tableView, q core.AccountQuery) []templates.Column {
	columns := []struct {
		sort        core.AccountSort
		text, class string
	}{
		{core.SortName, "word.name", "c-name"},
		{core.SortEmail, "word.email", "c-email"},
		{core.SortRole, "word.role", "c-role"},
		{core.SortStatus, "word.status", "c-status"},
		{core.SortKeys, "panel.accounts.keys", "c-keys"},
		{core.SortRunningSince, "panel.accounts.running", "c-timer"},
		{core.SortLastActivity, "word.last_activity", "c-seen"},
	}
	list := make([]templates.Column, 0, len(columns))
	for _, c := range columns {
		if !view.shows(strings.TrimPrefix(c.class, "c-")) {
			continue
		}
		// The first click shows what people look for: the most keys, the latest activity.
		desc := c.sort == core.SortKeys || c.sort == core.SortLastActivity
		aria := "none"
		if q.Sort == c.sort {
			aria = "ascending"
			if q.Desc {
				aria = "descending"
			}
			desc = !q.Desc
		}
		list = append(list, templates.Column{
			Text: v.t(c.text), Class: c.class, Sort: aria, ID: "sort-" + string(c.sort),
			URL: v.viewURL(view.first().sorting(c.sort, desc)),
		})
	}
	return list
}

// rowWords are what all rows of a view have in common.
func (v *visit) rowWords(query string) *templates.RowWords {
	return &templates.RowWords{
		Hide:    parseView(query).hiddenColumns(),
		LogInAs: v.t("button.login_as"), LogInAsUser: v.t("button.login_as_user"), Stop: v.t("button.stop_timer"), Keys: v.t("button.deactivate_keys"), Flagged: v.t("flagged"),
		NoDescription: v.t("no_description"), Since: v.t("panel.accounts.since"),
		Email: v.t("word.email"), Role: v.t("word.role"), Status: v.t("word.status"), KeyCount: v.t("panel.accounts.keys"),
		Running: v.t("panel.accounts.running"), Seen: v.t("word.last_activity"),
		UndoStop: v.t("panel.accounts.undo_stop"), Correct: v.t("button.correct"), Origin: origin{view: query}.fields(),
	}
}

// accountRows prepares rows of a view, with what can be taken back of each.
func (v *visit) accountRows(query string, accounts ...core.Account) ([]templates.AccountRow, error) {
	members := make([]core.ID, len(accounts))
	for i, acc := range accounts {
		members[i] = acc.MemberID
	}
	stops, err := v.p.svc.RecentStops(v.r.Context(), v.actor, members)
	if err != nil {
		return nil, err
	}
	words, rows := v.rowWords(query), make([]templates.AccountRow, len(accounts))
	for i, acc := range accounts {
		rows[i] = v.accountRow(acc, words, query)
		e, ok := stops[acc.MemberID]
		if !ok {
			continue
		}
		rows[i].CorrectURL = v.correctURL(e.ID, origin{view: query})
		if acc.Timer == nil && acc.Status == core.StatusActive && e.Undoable(v.now) {
			rows[i].UndoURL = v.path("/entries/" + string(e.ID) + "/undo-stop")
		}
	}
	return rows, nil
}

// putRows puts rows of the view a page shows into an answer.
func (v *visit) putRows(a *answer, query string, accounts ...core.Account) {
	rows, err := v.accountRows(query, accounts...)
	if err != nil && a.err == nil {
		a.err = err
	}
	for _, row := range rows {
		put(a, v.p.views.AccountRow, row)
	}
}

// accountRow prepares all texts of a row, so that the template has little to do.
func (v *visit) accountRow(acc core.Account, words *templates.RowWords, query string) templates.AccountRow {
	row := templates.AccountRow{
		RowWords: words, ID: string(acc.MemberID), Name: acc.Name, Mark: initials(acc.Name, 2), Tint: tint(acc.UserID), Email: acc.Email,
		Role: v.t("role." + string(acc.Role)), Status: v.t("status." + string(acc.Status)), StatusKind: "is-" + string(acc.Status),
		Keys: "–", Seen: templates.Moment{Text: v.t("never")},
		MenuLabel: v.t("panel.accounts.menu", locale.Params{"Name": acc.Name}),
	}
	if !acc.LastActivity.IsZero() {
		row.Seen = v.moment(acc.LastActivity, v.words.Ago(acc.LastActivity, v.now))
	}
	row.PickLabel = v.t("owner.select", locale.Params{"Name": acc.Name})
	base := v.path("/accounts/" + string(acc.MemberID))
	if v.me.MayLogInAs(acc) {
		row.LogInAsURL = withView(base+"/log-in-as", query)
		row.LogInAsLabel = v.t("owner.log_in_as", locale.Params{"Name": acc.Name})
	}
	if acc.ActiveAPIKeys > 0 {
		row.Keys, row.HasKeys = v.words.Number(acc.ActiveAPIKeys), true
		row.KeysURL = withView(base+"/deactivate-api-keys", query)
	}
	if t := acc.Timer; t != nil {
		row.Timer = &templates.RowTimer{
			Description: t.Description, Since: v.moment(t.Start, v.words.DayTime(t.Start, v.now)),
			Unix: t.Start.Unix(), Clock: v.words.Clock(max(0, v.now.Sub(t.Start))), Flagged: t.Flagged,
		}
		row.StopURL = withView(base+"/stop", query)
	}
	return row
}

func withView(address, query string) string {
	if query == "" {
		return address
	}
	return with(address, "view", query)
}

func number(n int) string { return strconv.Itoa(n) }
