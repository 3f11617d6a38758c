package api

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/textkey"
)

type clockifyProjectShape struct {
	ID           core.ID              `json:"id"`
	Name         string               `json:"name"`
	WorkspaceID  core.ID              `json:"workspaceId"`
	ClientID     string               `json:"clientId"`
	ClientName   string               `json:"clientName"`
	Color        string               `json:"color"`
	Billable     bool                 `json:"billable"`
	Archived     bool                 `json:"archived"`
	Public       bool                 `json:"public"`
	Template     bool                 `json:"template"`
	Note         string               `json:"note"`
	Duration     *string              `json:"duration"` // not computed here
	HourlyRate   *clockifyRate        `json:"hourlyRate"`
	CostRate     *clockifyRate        `json:"costRate"`
	Memberships  []clockifyMembership `json:"memberships"`
	Estimate     clockifyEstimate     `json:"estimate"`
	TimeEstimate *struct{}            `json:"timeEstimate"`
}

type clockifyEstimate struct {
	Estimate string `json:"estimate"`
	Type     string `json:"type"`
}

func projectShape(p core.Project) clockifyProjectShape {
	return clockifyProjectShape{
		ID: p.ID, Name: p.Name, WorkspaceID: p.WorkspaceID, Color: p.Color, Billable: p.Billable, Archived: p.Archived,
		Public: true, Memberships: []clockifyMembership{}, Estimate: clockifyEstimate{Estimate: "PT0S", Type: "AUTO"},
	}
}

// listFilter is what the lists of projects and tags have in common.
type listFilter struct {
	name    string // folded
	strict  bool
	archive *bool
	desc    bool
}

func (c *call) listFilter() (listFilter, error) {
	f := listFilter{name: textkey.Fold(c.query.Get("name"))}
	var err error
	if f.strict, err = c.queryFlag("strict-name-search"); err != nil {
		return f, err
	}
	if f.archive, err = c.queryBool("archived"); err != nil {
		return f, err
	}
	order, err := c.queryChoice("sort-order", "ASCENDING", "ASCENDING", "DESCENDING")
	f.desc = order == "DESCENDING"
	return f, err
}

func (f listFilter) keeps(name string, archived bool) bool {
	folded := textkey.Fold(name)
	if f.strict && f.name != "" && folded != f.name {
		return false
	}
	return strings.Contains(folded, f.name) && (f.archive == nil || *f.archive == archived)
}

// clockifyProjects serves GET /workspaces/{ws}/projects. Every project is public and has no client.
func clockifyProjects(c *call) (answer, error) {
	p, err := c.paging(50, clockifyPageMost)
	if err != nil {
		return answer{}, err
	}
	f, err := c.listFilter()
	if err != nil {
		return answer{}, err
	}
	column, err := c.queryChoice("sort-column", "NAME", "ID", "NAME", "CLIENT_NAME", "DURATION", "BUDGET", "PROGRESS")
	if err != nil {
		return answer{}, err
	}
	billable, err := c.queryBool("billable")
	if err != nil {
		return answer{}, err
	}
	none, err := c.nothingMatches()
	if err != nil {
		return answer{}, err
	}
	all, err := c.svc.Projects(c.r.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	all = slices.DeleteFunc(all, func(p core.Project) bool {
		return none || !f.keeps(p.Name, p.Archived) || billable != nil && *billable != p.Billable
	})
	if column == "ID" {
		slices.SortFunc(all, func(a, b core.Project) int { return cmp.Compare(a.ID, b.ID) })
	}
	if f.desc {
		slices.Reverse(all)
	}
	page := slicePage(c, p, all)
	list := make([]clockifyProjectShape, len(page))
	for i, p := range page {
		list[i] = projectShape(p)
	}
	return ok(list), nil
}

// nothingMatches reads the filters by things that projects do not have here.
func (c *call) nothingMatches() (bool, error) {
	access, err := c.queryChoice("access", "PUBLIC", "PUBLIC", "PRIVATE")
	if err != nil {
		return false, err
	}
	template, err := c.queryFlag("is-template")
	if err != nil {
		return false, err
	}
	with, err := c.queryBool("contains-client")
	if err != nil {
		return false, err
	}
	clients, err := c.queryList("clients", core.MaxBulk)
	if err != nil {
		return false, err
	}
	return access == "PRIVATE" || template || len(clients) > 0 && (with == nil || *with), nil
}

// clockifyProject serves GET /workspaces/{ws}/projects/{id}.
func clockifyProject(c *call) (answer, error) {
	p, err := c.project(pathID(c.vars["id"]))
	if err != nil {
		return answer{}, err
	}
	return ok(projectShape(p)), nil
}

func (c *call) project(id core.ID) (core.Project, error) {
	all, err := c.svc.Projects(c.r.Context(), c.actor)
	if err != nil {
		return core.Project{}, err
	}
	if i := slices.IndexFunc(all, func(p core.Project) bool { return p.ID == id }); i >= 0 {
		return all[i], nil
	}
	return core.Project{}, badInput("project", "error.project_unknown", nil)
}

// knownProject refuses a filter by a project that the workspace does not have.
func (c *call) knownProject(parameter string) error {
	if id := c.query.Get(parameter); id != "" {
		_, err := c.project(pathID(id))
		return err
	}
	return nil
}

var colorForm = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// projectInput is the body of POST and PUT. What Clockify keeps of a project and we do not is ignored.
type projectInput struct {
	name, color, client *string
	billable, archived  *bool
}

func (c *call) projectInput() (projectInput, error) {
	var in projectInput
	if err := c.input(0, map[string]member{
		"name": optional(&in.name, textOf), "color": optional(&in.color, textOf), "clientId": optional(&in.client, textOf),
		"billable": optional(&in.billable, boolOf), "archived": optional(&in.archived, boolOf),
	}); err != nil {
		return in, err
	}
	if in.color != nil && *in.color == "" {
		in.color = nil
	}
	switch {
	case in.client != nil && *in.client != "":
		return in, badInput("clientId", "api.client_unknown", nil) // there are no clients
	case in.color != nil && !colorForm.MatchString(*in.color):
		return in, badInput("color", "api.color", nil)
	}
	return in, nil
}

// clockifyCreateProject serves POST /workspaces/{ws}/projects.
func clockifyCreateProject(c *call) (answer, error) {
	in, err := c.projectInput()
	if err != nil {
		return answer{}, err
	}
	p, err := c.svc.CreateProject(c.r.Context(), c.actor, core.Project{
		Name: valueOf(in.name), Color: valueOf(in.color), Billable: valueOf(in.billable),
	})
	if err != nil {
		return answer{}, err
	}
	return created(projectShape(p)), nil
}

// clockifyUpdateProject serves PUT /workspaces/{ws}/projects/{id}: what is left out stays as it is.
func clockifyUpdateProject(c *call) (answer, error) {
	in, err := c.projectInput()
	if err != nil {
		return answer{}, err
	}
	p, err := c.svc.UpdateProject(c.r.Context(), c.actor, pathID(c.vars["id"]), core.ProjectUpdate{
		Name: in.name, Color: in.color, Billable: in.billable, Archived: in.archived,
	})
	if err != nil {
		return answer{}, err
	}
	return ok(projectShape(p)), nil
}

// clockifyDeleteProject serves DELETE /workspaces/{ws}/projects/{id}: an archived project that no
// entry uses. Here entries never lose what they were booked on.
func clockifyDeleteProject(c *call) (answer, error) {
	p, err := c.svc.DeleteProject(c.r.Context(), c.actor, pathID(c.vars["id"]))
	if err != nil {
		return answer{}, err
	}
	return ok(projectShape(p)), nil
}

// valueOf is what an optional field holds, or its zero value.
func valueOf[T any](given *T) (v T) {
	if given != nil {
		v = *given
	}
	return v
}
