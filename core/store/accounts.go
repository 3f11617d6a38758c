package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/clockwarden/clockwarden/core"
)

// filterCondition is the condition of a filter; "" for none.
func filterCondition(f core.AccountFilter) string {
	switch f {
	case core.FilterRunning:
		return `a.running = 1`
	case core.FilterFlagged:
		return `a.flagged = 1`
	case core.FilterWithKeys:
		return `a.active_keys > 0`
	case core.FilterInactive:
		return `a.status_rank = 2`
	}
	return ""
}

// filtered is how many accounts a filter lets through.
func filtered(c core.AccountCounts, f core.AccountFilter) int {
	switch f {
	case core.FilterRunning:
		return c.Running
	case core.FilterFlagged:
		return c.Flagged
	case core.FilterWithKeys:
		return c.WithKeys
	case core.FilterInactive:
		return c.Inactive
	}
	return c.All
}

// accountsQuery is a query of the Accounts table in progress.
type accountsQuery struct {
	core.AccountQuery
	t         *tx
	workspace core.ID
	parts     []part
	counts    core.AccountCounts
	revision  int64 // of names and membership
	total     int
	counted   bool // total is right
}

// Accounts implements core.Tx.
func (t *tx) Accounts(ctx context.Context, workspace core.ID, query core.AccountQuery) (core.AccountPage, error) {
	q := accountsQuery{AccountQuery: query, t: t, workspace: workspace, parts: partsOf(query)}
	checksum := cursorQuery(workspace, query)
	at, err := decodeCursor(query.Cursor, checksum, len(q.parts))
	if err != nil {
		return core.AccountPage{}, err
	}
	if q.counts, q.revision, err = t.totals(ctx, workspace); err != nil {
		return core.AccountPage{}, err
	}
	back := at != nil && at.Before
	rows, err := q.rows(ctx, at, back)
	if err == nil && len(rows) == 0 && at != nil {
		// The rows beyond the place are gone: show the page at that end.
		at, back = nil, !back
		rows, err = q.rows(ctx, nil, back)
	}
	if err != nil {
		return core.AccountPage{}, err
	}
	return q.page(ctx, rows, at, back, checksum)
}

// page cuts the rows found (one more than the page, if there are) to a page with its cursors.
func (q *accountsQuery) page(ctx context.Context, rows []placed, at *cursor, back bool, checksum uint64) (core.AccountPage, error) {
	page := core.AccountPage{Total: q.total, Counts: q.counts}
	more := len(rows) > q.Limit
	if more {
		rows = rows[:q.Limit]
	}
	if back {
		slices.Reverse(rows)
	}
	if len(rows) == 0 {
		return page, nil
	}
	// Where the walk began there are more rows, unless it began at an end.
	before, after := more, at != nil
	if !back {
		before, after = after, before
	}
	switch {
	case !before:
		page.From = 1
	case !after:
		page.From = q.total - len(rows) + 1
	case back && at.Row > len(rows):
		page.From = at.Row - len(rows)
	case !back && at.Row > 0:
		page.From = at.Row + 1
	}
	page.Accounts = make([]core.Account, len(rows))
	for i, r := range rows {
		page.Accounts[i] = r.Account
	}
	var err error
	if before {
		if page.Previous, err = q.cursor(ctx, rows[0], cursor{Query: checksum, Before: true, Row: page.From}); err != nil {
			return page, err
		}
	}
	if after {
		c := cursor{Query: checksum}
		if page.From > 0 {
			c.Row = page.From + len(rows) - 1
		}
		page.Next, err = q.cursor(ctx, rows[len(rows)-1], c)
	}
	return page, err
}

// cursor puts the place of a row into a cursor.
func (q *accountsQuery) cursor(ctx context.Context, r placed, c cursor) (string, error) {
	if r.name == nil {
		if err := q.t.row(ctx, `SELECT a.sort_key FROM accounts a WHERE a.member_id = ?2 AND a.workspace_id = ?1`,
			[]any{q.workspace, r.MemberID}, &r.name); err != nil {
			return "", err
		}
	}
	c.place = r.place(q.parts)
	return c.encode()
}

// rows reads a page and one row more, from a place (nil: from the end it begins at), backwards if asked. It sets the total.
func (q *accountsQuery) rows(ctx context.Context, at *cursor, back bool) ([]placed, error) {
	if q.Search == "" {
		q.total = filtered(q.counts, q.Filter)
		return q.walk(ctx, at, back)
	}
	rows, ok, err := q.search(ctx, at, back)
	if ok || err != nil {
		return rows, err
	}
	if !q.counted {
		if q.total, err = q.count(ctx); err != nil {
			return nil, err
		}
		q.counted = true
	}
	return q.walk(ctx, at, back)
}

// walk reads the rows from the indexes.
func (q *accountsQuery) walk(ctx context.Context, at *cursor, back bool) ([]placed, error) {
	i, step := 0, 1
	if back {
		i, step = len(q.parts)-1, -1
	}
	if at != nil {
		i = at.Part
	}
	rows := make([]placed, 0, q.Limit+1)
	for ; i >= 0 && i < len(q.parts) && len(rows) <= q.Limit; i += step {
		var err error
		if rows, err = q.stretch(ctx, rows, i, at, back); err != nil {
			return nil, err
		}
		at = nil
	}
	return rows, nil
}

// stretch appends rows of one part, up to one more than the page.
func (q *accountsQuery) stretch(ctx context.Context, rows []placed, number int, at *cursor, back bool) ([]placed, error) {
	p := q.parts[number]
	var where conditions
	where.add(`a.workspace_id = ` + where.arg(q.workspace))
	q.restrict(&where)
	if p.where != "" {
		where.add(p.where)
	}
	column := p.column
	if column != "" {
		column = `a.` + column
	}
	desc := p.desc != back
	if at != nil {
		columns, values := `a.sort_key, a.member_id`, where.arg(at.Name)+`, `+where.arg(at.Member)
		switch {
		case p.text:
			columns, values = column+`, `+columns, where.arg(at.Text)+`, `+values
		case column != "":
			columns, values = column+`, `+columns, where.arg(at.Number)+`, `+values
		}
		than := ` > `
		if desc {
			than = ` < `
		}
		where.add(`(` + columns + `)` + than + `(` + values + `)`)
	}
	query := `SELECT a.shown FROM accounts a` + q.index(p) + ` WHERE ` + where.text() + `
		ORDER BY ` + order(`a.`, column, desc) + ` LIMIT ` + where.arg(q.Limit+1-len(rows))
	err := q.t.rows(q.context(ctx), query, where.args, func(scan scanner) error {
		rows = append(rows, placed{part: number})
		return scan(shownAs{&rows[len(rows)-1].Account})
	})
	return rows, err
}

// index chooses the index for a part.
func (q *accountsQuery) index(p part) string {
	name := q.filterIndex()
	if p.column != `` && q.inOrder(p) {
		name = q.orderIndex(p)
	}
	if p.where != `` && p.column == `` && name == `` {
		name = `accounts_by_running` // without a timer, by name
	}
	return q.t.store.dialect.indexed(cmp.Or(name, `accounts_by_name`))
}

// filterIndex is the index of what the filter lets through, by name; "" without one.
func (q *accountsQuery) filterIndex() string {
	switch q.Filter {
	case core.FilterRunning:
		return `accounts_by_running`
	case core.FilterFlagged:
		return `accounts_flagged`
	case core.FilterWithKeys:
		return `accounts_with_keys`
	case core.FilterInactive:
		return `accounts_by_status`
	}
	return ``
}

// orderIndex is the index in the order of a part.
func (q *accountsQuery) orderIndex(p part) string {
	switch p.column {
	case `email_key`:
		return `accounts_by_email`
	case `role_rank`:
		return `accounts_by_role`
	case `status_rank`:
		return `accounts_by_status`
	case `active_keys`:
		return `accounts_by_keys`
	case `last_activity`:
		return `accounts_by_activity`
	}
	if q.Filter == core.FilterFlagged {
		return `accounts_flagged_by_start`
	}
	return `accounts_by_start`
}

// inOrder decides between looking for a page of a filter in the order wanted, which passes rows that the filter holds back,
// and reading all that it lets through to sort them.
func (q *accountsQuery) inOrder(p part) bool {
	through := filtered(q.counts, q.Filter)
	if p.column == `running_since` {
		return q.Filter == core.FilterNone || q.Filter == core.FilterRunning || q.Filter == core.FilterFlagged || q.counts.Running <= through
	}
	return q.Filter == core.FilterNone || through*through > q.Limit*q.counts.All
}

// restrict adds the filter and the search.
func (q *accountsQuery) restrict(where *conditions) {
	if f := filterCondition(q.Filter); f != "" {
		where.add(f)
	}
	if q.Search != "" {
		where.add(`a.search_key LIKE ` + where.arg(likePattern(q.Search)) + ` ESCAPE '\'`)
	}
}

// context lets a caller who is gone end a search; a page by key is faster than listening for that.
func (q *accountsQuery) context(ctx context.Context) context.Context {
	if q.Search != "" {
		return q.t.long(ctx)
	}
	return ctx
}

// count counts the matches of a search.
func (q *accountsQuery) count(ctx context.Context) (int, error) {
	var where conditions
	where.add(`a.workspace_id = ` + where.arg(q.workspace))
	q.restrict(&where)
	index := cmp.Or(q.filterIndex(), `accounts_by_name`)
	var n int
	err := q.t.row(q.context(ctx), `SELECT count(*) FROM accounts a`+q.t.store.dialect.indexed(index)+` WHERE `+where.text(), where.args, &n)
	return n, err
}
