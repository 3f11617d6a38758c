package api

import (
	"cmp"
	"slices"

	"github.com/clockwarden/clockwarden/core"
)

type clockifyTag struct {
	ID          core.ID `json:"id"`
	Name        string  `json:"name"`
	WorkspaceID core.ID `json:"workspaceId"`
	Archived    bool    `json:"archived"`
}

func tagShape(t core.Tag) clockifyTag {
	return clockifyTag{ID: t.ID, Name: t.Name, WorkspaceID: t.WorkspaceID, Archived: t.Archived}
}

// clockifyTags serves GET /workspaces/{ws}/tags; archived ones are left out unless asked for.
func clockifyTags(c *call) (answer, error) {
	p, err := c.paging(50, clockifyPageMost)
	if err != nil {
		return answer{}, err
	}
	f, err := c.listFilter()
	if err != nil {
		return answer{}, err
	}
	if f.archive == nil {
		f.archive = new(bool)
	}
	column, err := c.queryChoice("sort-column", "NAME", "ID", "NAME")
	if err != nil {
		return answer{}, err
	}
	excluded, err := c.queryList("excluded-ids", core.MaxBulk)
	if err != nil {
		return answer{}, err
	}
	all, err := c.svc.Tags(c.r.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	all = slices.DeleteFunc(all, func(t core.Tag) bool {
		return !f.keeps(t.Name, t.Archived) || slices.Contains(excluded, string(t.ID))
	})
	if column == "ID" {
		slices.SortFunc(all, func(a, b core.Tag) int { return cmp.Compare(a.ID, b.ID) })
	}
	if f.desc {
		slices.Reverse(all)
	}
	page := slicePage(c, p, all)
	list := make([]clockifyTag, len(page))
	for i, t := range page {
		list[i] = tagShape(t)
	}
	return ok(list), nil
}

// knownTags reads a filter by tags and refuses one that the workspace does not have.
func (c *call) knownTags(parameter string) ([]core.ID, error) {
	names, err := c.queryList(parameter, core.MaxTags)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	all, err := c.svc.Tags(c.r.Context(), c.actor)
	if err != nil {
		return nil, err
	}
	ids := make([]core.ID, len(names))
	for i, name := range names {
		ids[i] = pathID(name)
		if !slices.ContainsFunc(all, func(t core.Tag) bool { return t.ID == ids[i] }) {
			return nil, badInput(parameter, "error.tag_unknown", nil)
		}
	}
	return ids, nil
}

// clockifyCreateTag serves POST /workspaces/{ws}/tags.
func clockifyCreateTag(c *call) (answer, error) {
	var t core.Tag
	if err := c.input(0, map[string]member{"name": textOf(&t.Name)}); err != nil {
		return answer{}, err
	}
	t, err := c.svc.CreateTag(c.r.Context(), c.actor, t)
	if err != nil {
		return answer{}, err
	}
	return created(tagShape(t)), nil
}

// clockifyUpdateTag serves PUT /workspaces/{ws}/tags/{id}, which replaces: without "archived" the
// tag is not archived afterwards.
func clockifyUpdateTag(c *call) (answer, error) {
	var name string
	var archived bool
	if err := c.input(0, map[string]member{"name": textOf(&name), "archived": boolOf(&archived)}); err != nil {
		return answer{}, err
	}
	t, err := c.svc.UpdateTag(c.r.Context(), c.actor, pathID(c.vars["id"]), core.TagUpdate{Name: &name, Archived: &archived})
	if err != nil {
		return answer{}, err
	}
	return ok(tagShape(t)), nil
}

// clockifyDeleteTag serves DELETE /workspaces/{ws}/tags/{id}: a tag that no entry carries.
func clockifyDeleteTag(c *call) (answer, error) {
	t, err := c.svc.DeleteTag(c.r.Context(), c.actor, pathID(c.vars["id"]))
	if err != nil {
		return answer{}, err
	}
	return ok(tagShape(t)), nil
}
