package core

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core/textkey"
)

// Account is a row of the Accounts table: a read model that each act keeps up to date for the
// members it touched, in its own transaction.
type Account struct {
	MemberID      ID
	UserID        ID
	Name          string
	Email         string
	Role          Role
	Status        Status
	ActiveAPIKeys int
	Timer         *AccountTimer // nil: none runs
	LastActivity  time.Time     // zero: never seen
}

// AccountTimer is the running timer of an account.
type AccountTimer struct {
	EntryID     ID
	Description string
	Start       time.Time
	Flagged     bool
}

// AccountFilter narrows the table.
type AccountFilter string

// The filters.
const (
	FilterNone     AccountFilter = ""
	FilterRunning  AccountFilter = "running"
	FilterFlagged  AccountFilter = "flagged"
	FilterWithKeys AccountFilter = "with_keys"
	FilterInactive AccountFilter = "inactive"
)

// AccountSort is a column of the table.
type AccountSort string

// The sorts. Ties are broken by name, then by member; descending turns the ties as well.
const (
	SortName         AccountSort = "name"
	SortEmail        AccountSort = "email"
	SortRole         AccountSort = "role"   // owner, admin, manager, member
	SortStatus       AccountSort = "status" // active, invited, inactive
	SortKeys         AccountSort = "keys"
	SortRunningSince AccountSort = "running_since" // without a timer: last and by name, in both directions
	SortLastActivity AccountSort = "last_activity" // never seen: first ascending, last descending
)

// AccountQuery selects a page of the table.
type AccountQuery struct {
	Search string // any part of name or e-mail, case and umlauts folded
	Filter AccountFilter
	Sort   AccountSort // default name
	Desc   bool
	Limit  int    // 1 to 200, default 50
	Cursor string // Next or Previous of a page with the same query
}

// AccountPage is one page with the exact number of accounts that match.
type AccountPage struct {
	Accounts []Account
	Total    int
	From     int    // number of the first row, from 1; 0 when the page is empty or its place is unknown
	Next     string // "" at the end
	Previous string // "" at the start
	Counts   AccountCounts
	Revision string // of AccountsRevision
}

// AccountCounts are the workspace's totals, for the filters.
type AccountCounts struct {
	All, Running, Flagged, WithKeys, Inactive int
}

// Accounts returns a page of the Accounts table. Owners on Enterprise.
// Codes: invalid (filter, sort, cursor), owner_required, plan_required.
func (s *Service) Accounts(ctx context.Context, a Actor, q AccountQuery) (AccountPage, error) {
	var page AccountPage
	if q.Sort == "" {
		q.Sort = SortName
	}
	switch q.Filter {
	case FilterNone, FilterRunning, FilterFlagged, FilterWithKeys, FilterInactive:
	default:
		return page, invalid("filter", "error.filter", Params{"Filter": clip(string(q.Filter))})
	}
	switch q.Sort {
	case SortName, SortEmail, SortRole, SortStatus, SortKeys, SortRunningSince, SortLastActivity:
	default:
		return page, invalid("sort", "error.sort", Params{"Sort": clip(string(q.Sort))})
	}
	if len(q.Search) > 4*maxName {
		return page, invalid("search", "error.search_long", Params{"Max": maxName})
	}
	q.Search = textkey.Fold(q.Search)
	q.Limit = bound(q.Limit, 50, 200)
	err := s.read(ctx, a, func(ctx context.Context, w *work) (err error) {
		if err := w.allow(ctx, ActAccountsView, ""); err != nil {
			return err
		}
		if page, err = w.tx.Accounts(ctx, w.ws.ID, q); err != nil {
			return err
		}
		page.Revision, err = w.revision(ctx)
		return err
	})
	return page, err
}

// Account returns one row of the Accounts table. Owners on Enterprise. Codes: not_found, ….
func (s *Service) Account(ctx context.Context, a Actor, memberID ID) (Account, error) {
	var acc Account
	err := s.read(ctx, a, func(ctx context.Context, w *work) (err error) {
		if err := w.allow(ctx, ActAccountsView, ""); err != nil {
			return err
		}
		acc, err = w.tx.Account(ctx, w.ws.ID, memberID)
		return missing(err, "error.member_not_found")
	})
	return acc, err
}

// CursorError is returned by Tx.Accounts for a cursor that was not made for the query.
func CursorError() error { return invalid("cursor", "error.cursor", nil) }
