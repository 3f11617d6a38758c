package store

import (
	"github.com/clockwarden/clockwarden/core"
)

// part is a stretch of an order of accounts that one index can give: rows of a condition, by a column, name and member.
type part struct {
	where  string // "" for all rows
	column string // "" for by name alone
	text   bool   // the column holds texts
	desc   bool
}

// partsOf returns the order of a query as parts, one after the other. Descending turns ties as well, except that accounts
// without a timer always stand at the end by name.
func partsOf(q core.AccountQuery) []part {
	switch q.Sort {
	case core.SortEmail:
		return []part{{column: `email_key`, text: true, desc: q.Desc}}
	case core.SortRole:
		return []part{{column: `role_rank`, desc: q.Desc}}
	case core.SortStatus:
		return []part{{column: `status_rank`, desc: q.Desc}}
	case core.SortKeys:
		return []part{{column: `active_keys`, desc: q.Desc}}
	case core.SortLastActivity:
		return []part{{column: `last_activity`, desc: q.Desc}}
	case core.SortRunningSince:
		running := part{where: `a.running = 1`, column: `running_since`, desc: q.Desc}
		if q.Filter == core.FilterRunning || q.Filter == core.FilterFlagged {
			return []part{running}
		}
		return []part{running, {where: `a.running = 0`}}
	}
	return []part{{desc: q.Desc}}
}

// value is what the row has in the part's column.
func (p part) value(a core.Account) (text string, number int64) {
	switch p.column {
	case `email_key`:
		return core.NormalEmail(a.Email), 0
	case `role_rank`:
		return "", int64(rank(core.Roles(), a.Role))
	case `status_rank`:
		return "", int64(rank(statuses(), a.Status))
	case `active_keys`:
		return "", int64(a.ActiveAPIKeys)
	case `last_activity`:
		if a.LastActivity.IsZero() {
			return "", 0
		}
		return "", a.LastActivity.UnixMilli()
	case `running_since`:
		return "", a.Timer.Start.UnixMilli()
	}
	return "", 0
}

// placed is an account with its place in the order.
type placed struct {
	core.Account
	name []byte // sort key; nil: not read
	part int
}

func (r placed) place(parts []part) place {
	text, number := parts[r.part].value(r.Account)
	return place{Part: r.part, Text: text, Number: number, Name: r.name, Member: r.MemberID}
}

// readPlaced reads a row whose sort key is wanted.
func readPlaced(scan scanner, r *placed) error { return scan(shownAs{&r.Account}, &r.name) }
