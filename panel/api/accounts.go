package api

import (
	"net/http"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

type accountList struct {
	Accounts   []account `json:"accounts"`
	NextCursor *string   `json:"next_cursor"`
	Total      int       `json:"total"`
}

type account struct {
	MemberID      core.ID       `json:"member_id"`
	Name          string        `json:"name"`
	Email         string        `json:"email"`
	Role          core.Role     `json:"role"`
	Status        core.Status   `json:"status"`
	ActiveAPIKeys int           `json:"active_api_keys"`
	Timer         *accountTimer `json:"timer"`
	LastActivity  *time.Time    `json:"last_activity"`
}

type accountTimer struct {
	EntryID     core.ID   `json:"entry_id"`
	Description string    `json:"description"`
	Start       time.Time `json:"start"`
	Flagged     bool      `json:"flagged"`
}

// listAccounts serves GET /accounts: owners on the Enterprise plan. A client that has the present
// list is told so and gets no body.
func listAccounts(c *call) (answer, error) {
	limit, err := c.queryInt("limit", 50, 1, pageMost)
	if err != nil {
		return answer{}, err
	}
	dir, err := c.queryChoice("dir", "asc", "asc", "desc")
	if err != nil {
		return answer{}, err
	}
	if c.r.Header.Get("If-None-Match") != "" {
		revision, err := c.svc.AccountsRevision(c.r.Context(), c.actor) // refuses who may not read the list
		if err != nil {
			return answer{}, err
		}
		if c.unchanged(revision) {
			return answer{status: http.StatusNotModified}, nil
		}
	}
	page, err := c.svc.Accounts(c.r.Context(), c.actor, core.AccountQuery{
		Search: c.query.Get("search"), Filter: core.AccountFilter(c.query.Get("filter")),
		Sort: core.AccountSort(c.query.Get("sort")), Desc: dir == "desc",
		Limit: limit, Cursor: c.query.Get("cursor"),
	})
	if err != nil {
		return answer{}, err
	}
	list := accountList{Accounts: make([]account, len(page.Accounts)), NextCursor: nextCursor(page.Next), Total: page.Total}
	c.setTag(page.Revision)
	for i, a := range page.Accounts {
		list.Accounts[i] = accountShape(a)
	}
	return ok(list), nil
}

func accountShape(a core.Account) account {
	shape := account{
		MemberID: a.MemberID, Name: a.Name, Email: a.Email, Role: a.Role, Status: a.Status,
		ActiveAPIKeys: a.ActiveAPIKeys, LastActivity: utc(a.LastActivity),
	}
	if t := a.Timer; t != nil {
		shape.Timer = &accountTimer{EntryID: t.EntryID, Description: t.Description, Start: t.Start.UTC(), Flagged: t.Flagged}
	}
	return shape
}
