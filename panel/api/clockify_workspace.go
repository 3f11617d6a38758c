package api

import (
	"strings"

	"github.com/clockwarden/clockwarden/core"
)

type clockifyWorkspaceShape struct {
	ID                      core.ID                   `json:"id"`
	Name                    string                    `json:"name"`
	ImageURL                string                    `json:"imageUrl"`
	HourlyRate              clockifyRate              `json:"hourlyRate"`
	CostRate                *clockifyRate             `json:"costRate"`
	Memberships             []clockifyMembership      `json:"memberships"` // the key's own only
	WorkspaceSettings       clockifyWorkspaceSettings `json:"workspaceSettings"`
	FeatureSubscriptionType string                    `json:"featureSubscriptionType"`
	Features                []string                  `json:"features"`
	Subdomain               clockifySubdomain         `json:"subdomain"`
	Currencies              []clockifyCurrency        `json:"currencies"`
}

type clockifySubdomain struct {
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
}

type clockifyCurrency struct {
	Code      string `json:"code"`
	IsDefault bool   `json:"isDefault"`
}

type clockifyRound struct {
	Round   string `json:"round"`
	Minutes string `json:"minutes"`
}

// clockifyWorkspaceSettings are the settings that clients read. Where Clockwarden has no such
// setting, the value is the one that matches how it behaves.
type clockifyWorkspaceSettings struct {
	ForceProjects               bool          `json:"forceProjects"`
	ForceTasks                  bool          `json:"forceTasks"`
	ForceTags                   bool          `json:"forceTags"`
	ForceDescription            bool          `json:"forceDescription"`
	LockTimeEntries             *string       `json:"lockTimeEntries"`
	LockTimeZone                *string       `json:"lockTimeZone"`
	AutomaticLock               *struct{}     `json:"automaticLock"`
	TrackTimeDownToSecond       bool          `json:"trackTimeDownToSecond"`
	DurationFormat              string        `json:"durationFormat"`
	TimeTrackingMode            string        `json:"timeTrackingMode"`
	TimeRoundingInReports       bool          `json:"timeRoundingInReports"`
	Round                       clockifyRound `json:"round"`
	DefaultBillableProjects     bool          `json:"defaultBillableProjects"`
	IsProjectPublicByDefault    bool          `json:"isProjectPublicByDefault"`
	OnlyAdminsCreateProject     bool          `json:"onlyAdminsCreateProject"`
	OnlyAdminsCreateTag         bool          `json:"onlyAdminsCreateTag"`
	OnlyAdminsCreateTask        bool          `json:"onlyAdminsCreateTask"`
	OnlyAdminsSeeAllTimeEntries bool          `json:"onlyAdminsSeeAllTimeEntries"`
	OnlyAdminsSeeBillableRates  bool          `json:"onlyAdminsSeeBillableRates"`
	OnlyAdminsSeeDashboard      bool          `json:"onlyAdminsSeeDashboard"`
	CanSeeTimeSheet             bool          `json:"canSeeTimeSheet"`
	CanSeeTracker               bool          `json:"canSeeTracker"`
	ProjectFavorites            bool          `json:"projectFavorites"`
	ProjectPickerSpecialFilter  bool          `json:"projectPickerSpecialFilter"`
	ProjectLabel                string        `json:"projectLabel"`
	TaskLabel                   string        `json:"taskLabel"`
	AdminOnlyPages              []string      `json:"adminOnlyPages"`
	WorkingDays                 []string      `json:"workingDays"`
}

func workspaceShape(me core.Me) clockifyWorkspaceShape {
	ws := me.Workspace
	shape := clockifyWorkspaceShape{
		ID: ws.ID, Name: ws.Name, HourlyRate: clockifyRate{Currency: "USD"},
		Memberships: []clockifyMembership{membershipShape(me.Self)},
		WorkspaceSettings: clockifyWorkspaceSettings{
			ForceProjects: ws.Require.Project, ForceTags: ws.Require.Tags, ForceDescription: ws.Require.Description,
			TrackTimeDownToSecond: true, DurationFormat: "FULL", TimeTrackingMode: "DEFAULT",
			Round:                    clockifyRound{Round: "Round to nearest", Minutes: "15"},
			IsProjectPublicByDefault: true, OnlyAdminsCreateProject: true, OnlyAdminsCreateTag: true, OnlyAdminsCreateTask: true,
			OnlyAdminsSeeAllTimeEntries: true, OnlyAdminsSeeBillableRates: true, OnlyAdminsSeeDashboard: true,
			CanSeeTracker: true, ProjectLabel: "project", TaskLabel: "task", AdminOnlyPages: []string{},
			WorkingDays: []string{"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"},
		},
		FeatureSubscriptionType: subscription(ws.Plan),
		Features:                []string{"TIME_TRACKING", "REQUIRED_FIELDS", "MANAGER_ROLE", "AUDIT_LOG"},
		Subdomain:               clockifySubdomain{Name: ws.Subdomain, Enabled: ws.Subdomain != ""},
		Currencies:              []clockifyCurrency{{Code: "USD", IsDefault: true}},
	}
	if ws.Subdomain != "" {
		shape.Features = append(shape.Features, "CUSTOM_SUBDOMAIN")
	}
	if ws.Plan == core.PlanEnterprise {
		shape.Features = append(shape.Features, "ADD_TIME_FOR_OTHERS", "ADMIN_PANEL")
	}
	return shape
}

// subscription is the name Clockify gives a plan.
func subscription(p core.Plan) string {
	if p == core.PlanFree {
		return "FREE"
	}
	return strings.ToUpper(string(p)) + "_2021"
}

// clockifyWorkspaces serves GET /workspaces: a key belongs to one workspace, so it lists that one.
func clockifyWorkspaces(c *call) (answer, error) {
	me, err := c.svc.Me(c.r.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	return ok([]clockifyWorkspaceShape{workspaceShape(me)}), nil
}

// clockifyWorkspace serves GET /workspaces/{ws}.
func clockifyWorkspace(c *call) (answer, error) {
	me, err := c.svc.Me(c.r.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	return ok(workspaceShape(me)), nil
}
