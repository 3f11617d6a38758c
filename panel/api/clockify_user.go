package api

import (
	"slices"
	"strings"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/textkey"
)

type clockifyUser struct {
	ID               core.ID              `json:"id"`
	Email            string               `json:"email"`
	Name             string               `json:"name"`
	Memberships      []clockifyMembership `json:"memberships"`
	ProfilePicture   string               `json:"profilePicture"`
	ActiveWorkspace  core.ID              `json:"activeWorkspace"`
	DefaultWorkspace core.ID              `json:"defaultWorkspace"`
	Settings         clockifySettings     `json:"settings"`
	Status           string               `json:"status"`
	CustomFields     []struct{}           `json:"customFields"`
	Roles            *[]clockifyRole      `json:"roles,omitempty"`
}

type clockifyMembership struct {
	UserID           core.ID       `json:"userId"`
	TargetID         core.ID       `json:"targetId"`
	MembershipType   string        `json:"membershipType"`
	MembershipStatus string        `json:"membershipStatus"`
	HourlyRate       *clockifyRate `json:"hourlyRate"`
	CostRate         *clockifyRate `json:"costRate"`
}

type clockifyRate struct {
	Amount   int    `json:"amount"`
	Currency string `json:"currency"`
}

type clockifyRole struct {
	Role string `json:"role"`
}

type clockifySettings struct {
	WeekStart          string `json:"weekStart"`
	TimeZone           string `json:"timeZone"`
	TimeFormat         string `json:"timeFormat"`
	DateFormat         string `json:"dateFormat"`
	Lang               string `json:"lang"`
	LongRunning        bool   `json:"longRunning"`
	TimeTrackingManual bool   `json:"timeTrackingManual"`
	IsCompactViewOn    bool   `json:"isCompactViewOn"`
	SendNewsletter     bool   `json:"sendNewsletter"`
	WeeklyUpdates      bool   `json:"weeklyUpdates"`
}

// userShape writes a member as the user it is; memberships is whether to list the one in this workspace.
func userShape(m core.Member, memberships bool) clockifyUser {
	u := clockifyUser{
		ID: m.User.ID, Email: m.User.Email, Name: m.User.Name, Memberships: []clockifyMembership{},
		ActiveWorkspace: m.WorkspaceID, DefaultWorkspace: m.WorkspaceID, Status: accountStatus(m.Status),
		CustomFields: []struct{}{},
		Settings: clockifySettings{
			WeekStart: "MONDAY", TimeZone: m.User.TimeZone, TimeFormat: "HOUR24", DateFormat: "YYYY-MM-DD",
			Lang: strings.ToUpper(m.User.Language), LongRunning: true,
		},
	}
	if m.User.Language == "de" {
		u.Settings.DateFormat = "DD.MM.YYYY"
	}
	if memberships {
		u.Memberships = append(u.Memberships, membershipShape(m))
	}
	return u
}

func membershipShape(m core.Member) clockifyMembership {
	return clockifyMembership{
		UserID: m.User.ID, TargetID: m.WorkspaceID, MembershipType: "WORKSPACE", MembershipStatus: membershipStatus(m.Status),
	}
}

func membershipStatus(s core.Status) string {
	switch s {
	case core.StatusActive:
		return "ACTIVE"
	case core.StatusInvited:
		return "PENDING"
	}
	return "INACTIVE"
}

// accountStatus is the state of the person's account, which outlives a membership: only an invited
// person has none yet.
func accountStatus(s core.Status) string {
	if s == core.StatusInvited {
		return "NOT_REGISTERED"
	}
	return "ACTIVE"
}

func roleShapes(r core.Role) []clockifyRole {
	switch r {
	case core.RoleOwner:
		return []clockifyRole{{"OWNER"}}
	case core.RoleAdmin:
		return []clockifyRole{{"WORKSPACE_ADMIN"}}
	case core.RoleManager:
		return []clockifyRole{{"TEAM_MANAGER"}}
	}
	return []clockifyRole{}
}

// clockifyMe serves GET /user.
func clockifyMe(c *call) (answer, error) {
	memberships, err := c.queryFlag("include-memberships")
	if err != nil {
		return answer{}, err
	}
	me, err := c.svc.Me(c.r.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	return ok(userShape(me.Self, memberships)), nil
}

// clockifyUsers serves GET /workspaces/{ws}/users. Sort columns we keep nothing for sort by e-mail.
func clockifyUsers(c *call) (answer, error) {
	p, err := c.paging(50, clockifyPageMost)
	if err != nil {
		return answer{}, err
	}
	q, keep, err := c.userQuery()
	if err != nil {
		return answer{}, err
	}
	memberships, err := c.queryChoice("memberships", "NONE", "ALL", "NONE", "WORKSPACE", "PROJECT", "USERGROUP")
	if err != nil {
		return answer{}, err
	}
	roles, err := c.queryFlag("include-roles")
	if err != nil {
		return answer{}, err
	}
	if err := c.knownProject("project-id"); err != nil {
		return answer{}, err
	}
	list := newRowList()
	if q.Statuses == nil || len(q.Statuses) > 0 {
		err = eachOfPage(c, p, func(offset, limit int) ([]core.Member, error) {
			q.Offset, q.Limit = offset, limit
			return c.svc.Members(c.r.Context(), c.actor, q)
		}, keep, func(m core.Member) error {
			user := userShape(m, memberships == "ALL" || memberships == "WORKSPACE")
			if roles {
				r := roleShapes(m.Role)
				user.Roles = &r
			}
			return list.add(user)
		})
		if err != nil {
			return answer{}, err
		}
	} else {
		c.lastPage(true)
	}
	return ok(list.end()), nil
}

// userQuery reads the filters of the list of users. Statuses is empty, not nil, where no member can
// match. keep narrows what core's search by name or e-mail finds to the field that was asked for.
func (c *call) userQuery() (core.MemberQuery, func(core.Member) bool, error) {
	var q core.MemberQuery
	column, err := c.queryChoice("sort-column", "EMAIL", "ID", "EMAIL", "NAME", "NAME_LOWERCASE", "ACCESS", "HOURLYRATE", "COSTRATE")
	if err != nil {
		return q, nil, err
	}
	order, err := c.queryChoice("sort-order", "ASCENDING", "ASCENDING", "DESCENDING")
	if err != nil {
		return q, nil, err
	}
	q.Sort, q.Desc = "email", order == "DESCENDING"
	if column == "NAME" || column == "NAME_LOWERCASE" {
		q.Sort = "name"
	}
	membership, err := c.queryChoice("status", "ALL", "PENDING", "ACTIVE", "DECLINED", "INACTIVE", "ALL")
	if err != nil {
		return q, nil, err
	}
	accounts, err := c.queryList("account-statuses", core.MaxBulk)
	if err != nil {
		return q, nil, err
	}
	if membership != "ALL" || len(accounts) > 0 {
		q.Statuses = []core.Status{}
		for _, s := range []core.Status{core.StatusInvited, core.StatusActive, core.StatusInactive} {
			if (membership == "ALL" || membership == membershipStatus(s)) &&
				(len(accounts) == 0 || slices.Contains(accounts, accountStatus(s))) {
				q.Statuses = append(q.Statuses, s)
			}
		}
	}
	email, name := textkey.Fold(c.query.Get("email")), textkey.Fold(c.query.Get("name"))
	if email == "" && name == "" {
		return q, nil, nil
	}
	q.Search = email
	if q.Search == "" {
		q.Search = name
	}
	return q, func(m core.Member) bool {
		return strings.Contains(textkey.Fold(m.User.Email), email) && strings.Contains(textkey.Fold(m.User.Name), name)
	}, nil
}

// clockifySetStatus serves PUT /workspaces/{ws}/users/{user}: owners and admins, as core decides.
func clockifySetStatus(c *call) (answer, error) {
	var wanted string
	if err := c.input(0, map[string]member{"status": textOf(&wanted)}); err != nil {
		return answer{}, err
	}
	var status core.Status
	switch wanted {
	case "":
		return answer{}, missingField("status")
	case "ACTIVE":
		status = core.StatusActive
	case "INACTIVE":
		status = core.StatusInactive
	default:
		return answer{}, badInput("status", "api.field_choice", core.Params{"Field": "status", "Choices": "ACTIVE, INACTIVE"})
	}
	id, err := c.memberOf(pathID(c.vars["user"]))
	if err != nil {
		return answer{}, err
	}
	me, err := c.svc.Me(c.r.Context(), c.actor) // read first: who deactivates themselves can't afterwards
	if err != nil {
		return answer{}, err
	}
	if _, err := c.svc.UpdateMember(c.r.Context(), c.actor, id, core.MemberUpdate{Status: &status}); err != nil {
		return answer{}, err
	}
	return ok(workspaceShape(me)), nil
}

// memberOf finds the member that a user of this API is. Code not_found.
func (c *call) memberOf(user core.ID) (core.ID, error) {
	if user == c.actor.UserID {
		return c.actor.MemberID, nil
	}
	m, err := c.svc.MemberByUser(c.r.Context(), c.actor, user)
	return m.ID, err
}
