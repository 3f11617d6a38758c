package panel

import (
	"net/url"
	"slices"
	"strings"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/templates"
)

// tableView is the state of the Accounts table. All of it lives in the address.
type tableView struct {
	Search, Filter, Sort, Dir, Cursor string
	Columns                           string // the shown ones, with commas between; "" for all
}

// The name of the name's column, which is always shown.
const nameColumn = "name"

// optionalColumns can be left out of the table.
func optionalColumns() []string { return []string{"email", "role", "status", "keys", "timer", "seen"} }

// parseView reads a query string; what it does not know is left out.
func parseView(query string) tableView {
	q, err := url.ParseQuery(query)
	if err != nil {
		return tableView{}
	}
	return tableView{
		Search: q.Get("q"), Filter: q.Get("filter"), Sort: q.Get("sort"), Dir: q.Get("dir"), Cursor: q.Get("cursor"),
		Columns: readColumns(q["cols"]),
	}
}

// readColumns understands cols=email,keys and cols=email&cols=keys. What it does not know is left out.
func readColumns(given []string) string {
	if len(given) == 0 {
		return ""
	}
	asked := strings.Split(strings.Join(given, ","), ",")
	return writeColumns(func(column string) bool { return slices.Contains(asked, column) })
}

// writeColumns is the shortest text for the columns to show.
func writeColumns(shown func(string) bool) string {
	var list []string
	for _, column := range optionalColumns() {
		if shown(column) {
			list = append(list, column)
		}
	}
	switch len(list) {
	case 0:
		return nameColumn
	case len(optionalColumns()):
		return ""
	}
	return strings.Join(list, ",")
}

func (t tableView) shows(column string) bool {
	return t.Columns == "" || column == nameColumn || slices.Contains(strings.Split(t.Columns, ","), column)
}

// toggling shows a column that is not shown, and leaves out one that is.
func (t tableView) toggling(column string) tableView {
	old := t
	t.Columns = writeColumns(func(c string) bool { return old.shows(c) != (c == column) })
	return t
}

func (t tableView) hiddenColumns() templates.HiddenColumns {
	return templates.HiddenColumns{
		Email: !t.shows("email"), Role: !t.shows("role"), Status: !t.shows("status"), Keys: !t.shows("keys"),
		Timer: !t.shows("timer"), Seen: !t.shows("seen"),
	}
}

// query is the shortest query string for the view, always in the same order.
func (t tableView) query() string {
	q := url.Values{}
	for name, value := range map[string]string{"q": t.Search, "filter": t.Filter, "sort": t.Sort, "dir": t.Dir, "cursor": t.Cursor, "cols": t.Columns} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q.Encode()
}

// hidden is what a new search keeps of the view.
func (t tableView) hidden() []templates.Field {
	var f []templates.Field
	for _, field := range []templates.Field{{Name: "filter", Value: t.Filter}, {Name: "sort", Value: t.Sort}, {Name: "dir", Value: t.Dir}, {Name: "cols", Value: t.Columns}} {
		if field.Value != "" {
			f = append(f, field)
		}
	}
	return f
}

// first is the view's first page.
func (t tableView) first() tableView { t.Cursor = ""; return t }

func (t tableView) at(cursor string) tableView { t.Cursor = cursor; return t }

func (t tableView) searching(text string) tableView { t.Search = text; return t }

func (t tableView) filtering(f core.AccountFilter) tableView { t.Filter = string(f); return t }

func (t tableView) sorting(s core.AccountSort, desc bool) tableView {
	t.Sort, t.Dir = string(s), ""
	if desc {
		t.Dir = "desc"
	}
	return t
}

// accountQuery is the question to core. Running timers come longest first unless another order is asked for.
func (t tableView) accountQuery() (core.AccountQuery, error) {
	q := core.AccountQuery{
		Search: t.Search, Filter: core.AccountFilter(t.Filter), Sort: core.AccountSort(t.Sort), Cursor: t.Cursor, Desc: t.Dir == "desc",
	}
	switch t.Dir {
	case "", "asc", "desc":
	default:
		return q, &core.Error{Code: core.CodeInvalid, Message: "panel.error.direction", Field: "dir"}
	}
	if q.Sort == "" {
		q.Sort = core.SortName
		if q.Filter == core.FilterRunning || q.Filter == core.FilterFlagged {
			q.Sort = core.SortRunningSince
		}
	}
	return q, nil
}
