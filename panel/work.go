package panel

import (
	"regexp"
	"slices"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/templates"
)

// references are the projects and tags of the workspace, which entries name by id.
type references struct {
	projects []core.Project
	tags     []core.Tag
}

func (v *visit) references() (references, error) {
	var known references
	var err error
	if known.projects, err = v.p.svc.Projects(v.r.Context(), v.actor); err != nil {
		return known, err
	}
	known.tags, err = v.p.svc.Tags(v.r.Context(), v.actor)
	return known, err
}

var colorForm = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// about says what an entry is about.
func (v *visit) about(known references, e core.TimeEntry) templates.About {
	a := templates.About{Description: e.Description}
	if a.Description == "" {
		a.Description, a.NoDescription = v.t("no_description"), true
	}
	for _, p := range known.projects {
		if p.ID == e.ProjectID {
			a.Project = p.Name
			if colorForm.MatchString(p.Color) {
				a.Color = p.Color
			}
		}
	}
	for _, t := range known.tags {
		if slices.Contains(e.TagIDs, t.ID) {
			a.Tags = append(a.Tags, t.Name)
		}
	}
	if e.Billable {
		a.Billable = v.t("word.billable")
	}
	return a
}

// work offers what an entry can be about. What is archived is offered only where the entry has it already.
func (v *visit) work(known references, e core.TimeEntry) templates.Work {
	w := templates.Work{Words: v.text(), Description: e.Description, Billable: e.Billable, NoProject: v.t("no_project")}
	for _, p := range known.projects {
		if chosen := p.ID == e.ProjectID; chosen || !p.Archived {
			w.Projects = append(w.Projects, templates.Option{Value: string(p.ID), Text: p.Name, Chosen: chosen})
		}
	}
	for _, t := range known.tags {
		if chosen := slices.Contains(e.TagIDs, t.ID); chosen || !t.Archived {
			w.Tags = append(w.Tags, templates.Option{Value: string(t.ID), Text: t.Name, Chosen: chosen})
		}
	}
	return w
}

// typedWork offers the same with what the form holds.
func (v *visit) typedWork() (templates.Work, error) {
	known, err := v.references()
	return v.work(known, core.TimeEntry{
		Description: v.value("description"), ProjectID: core.ID(v.value("project")), TagIDs: v.chosenTags(), Billable: v.value("billable") != "",
	}), err
}

// chosenTags are the tags a form has ticked.
func (v *visit) chosenTags() []core.ID {
	var tags []core.ID
	for _, id := range v.r.PostForm["tag"] {
		tags = append(tags, core.ID(id))
	}
	return tags
}
