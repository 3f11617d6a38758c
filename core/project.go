package core

import (
	"context"
	"errors"
	"strings"
)

// Project groups entries.
type Project struct {
	ID          ID
	WorkspaceID ID
	Name        string
	Color       string // "#rrggbb"
	Billable    bool
	Archived    bool
}

// Tag marks entries.
type Tag struct {
	ID          ID
	WorkspaceID ID
	Name        string
	Archived    bool
}

// CreateProject adds a project. Owners, admins and managers. Codes: invalid, conflict (name in use), forbidden.
func (s *Service) CreateProject(ctx context.Context, a Actor, p Project) (Project, error) {
	p.Name = strings.TrimSpace(p.Name)
	if err := validName(p.Name); err != nil {
		return p, err
	}
	if p.Color == "" {
		p.Color = "#03a9f4"
	}
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActProjectManage, ""); err != nil {
			return err
		}
		p.ID, p.WorkspaceID = NewID(w.now), w.ws.ID
		if err := w.tx.InsertProject(ctx, p); err != nil {
			if errors.Is(err, ErrDuplicate) {
				return conflict("error.project_taken", Params{"Name": p.Name}, nil)
			}
			return err
		}
		w.audit(AuditDraft{Act: ActProjectManage, Target: Target{Kind: "project", ID: p.ID, Name: p.Name}, After: map[string]any{"name": p.Name}})
		return nil
	})
	return p, err
}

// ProjectUpdate changes a project: the fields that are not nil.
type ProjectUpdate struct {
	Name     *string
	Color    *string
	Billable *bool
	Archived *bool
}

// UpdateProject changes, archives or takes back a project. Owners, admins and managers.
// Codes: invalid, not_found, conflict (name in use), forbidden.
func (s *Service) UpdateProject(ctx context.Context, a Actor, id ID, u ProjectUpdate) (Project, error) {
	var p Project
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActProjectManage, ""); err != nil {
			return err
		}
		before, err := w.tx.Project(ctx, w.ws.ID, id)
		if err != nil {
			return missing(err, "error.project_unknown")
		}
		p = before
		set(&p.Name, u.Name)
		set(&p.Color, u.Color)
		set(&p.Billable, u.Billable)
		set(&p.Archived, u.Archived)
		p.Name = strings.TrimSpace(p.Name)
		if err := validName(p.Name); err != nil {
			return err
		}
		if p == before {
			w.nothingToDo()
			return nil
		}
		if err := w.tx.UpdateProject(ctx, p); err != nil {
			if errors.Is(err, ErrDuplicate) {
				return conflict("error.project_taken", Params{"Name": p.Name}, nil)
			}
			return err
		}
		b, c := changes(projectFields(before), projectFields(p))
		w.audit(AuditDraft{Act: ActProjectManage, Target: projectTarget(p), Before: b, After: c})
		return nil
	})
	return p, err
}

// DeleteProject removes an archived project that no entry uses: entries keep what they were booked
// on, so a project with entries stays archived. Owners, admins and managers.
// Codes: not_found, conflict (not archived, in use), forbidden.
func (s *Service) DeleteProject(ctx context.Context, a Actor, id ID) (Project, error) {
	var p Project
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActProjectManage, ""); err != nil {
			return err
		}
		var err error
		if p, err = w.tx.Project(ctx, w.ws.ID, id); err != nil {
			return missing(err, "error.project_unknown")
		}
		if !p.Archived {
			return conflict("error.project_not_archived", Params{"Name": p.Name}, nil)
		}
		if err := w.tx.DeleteProject(ctx, w.ws.ID, id); err != nil {
			if errors.Is(err, ErrConstraint) {
				return conflict("error.project_used", Params{"Name": p.Name}, nil)
			}
			return err
		}
		w.audit(AuditDraft{Act: ActProjectManage, Target: projectTarget(p), Before: projectFields(p)})
		return nil
	})
	return p, err
}

func projectTarget(p Project) Target { return Target{Kind: "project", ID: p.ID, Name: p.Name} }

func projectFields(p Project) map[string]any {
	return map[string]any{"name": p.Name, "color": p.Color, "billable": p.Billable, "archived": p.Archived}
}

// Projects lists the workspace's projects by name. Every active member.
func (s *Service) Projects(ctx context.Context, a Actor) ([]Project, error) {
	var list []Project
	err := s.read(ctx, a, func(ctx context.Context, w *work) (err error) {
		if err := w.allow(ctx, ActProjectView, ""); err != nil {
			return err
		}
		list, err = w.tx.Projects(ctx, w.ws.ID)
		return err
	})
	return list, err
}

// CreateTag adds a tag. Owners, admins and managers. Codes: invalid, conflict (name in use), forbidden.
func (s *Service) CreateTag(ctx context.Context, a Actor, t Tag) (Tag, error) {
	t.Name = strings.TrimSpace(t.Name)
	if err := validName(t.Name); err != nil {
		return t, err
	}
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActProjectManage, ""); err != nil {
			return err
		}
		t.ID, t.WorkspaceID = NewID(w.now), w.ws.ID
		if err := w.tx.InsertTag(ctx, t); err != nil {
			if errors.Is(err, ErrDuplicate) {
				return conflict("error.tag_taken", Params{"Name": t.Name}, nil)
			}
			return err
		}
		w.audit(AuditDraft{Act: ActProjectManage, Target: Target{Kind: "tag", ID: t.ID, Name: t.Name}, After: map[string]any{"name": t.Name}})
		return nil
	})
	return t, err
}

// TagUpdate changes a tag: the fields that are not nil.
type TagUpdate struct {
	Name     *string
	Archived *bool
}

// UpdateTag changes, archives or takes back a tag. Owners, admins and managers.
// Codes: invalid, not_found, conflict (name in use), forbidden.
func (s *Service) UpdateTag(ctx context.Context, a Actor, id ID, u TagUpdate) (Tag, error) {
	var t Tag
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActProjectManage, ""); err != nil {
			return err
		}
		before, err := w.tx.Tag(ctx, w.ws.ID, id)
		if err != nil {
			return missing(err, "error.tag_unknown")
		}
		t = before
		set(&t.Name, u.Name)
		set(&t.Archived, u.Archived)
		t.Name = strings.TrimSpace(t.Name)
		if err := validName(t.Name); err != nil {
			return err
		}
		if t == before {
			w.nothingToDo()
			return nil
		}
		if err := w.tx.UpdateTag(ctx, t); err != nil {
			if errors.Is(err, ErrDuplicate) {
				return conflict("error.tag_taken", Params{"Name": t.Name}, nil)
			}
			return err
		}
		b, c := changes(tagFields(before), tagFields(t))
		w.audit(AuditDraft{Act: ActProjectManage, Target: tagTarget(t), Before: b, After: c})
		return nil
	})
	return t, err
}

// DeleteTag removes a tag that no entry carries; one that is in use can be archived.
// Owners, admins and managers. Codes: not_found, conflict (in use), forbidden.
func (s *Service) DeleteTag(ctx context.Context, a Actor, id ID) (Tag, error) {
	var t Tag
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActProjectManage, ""); err != nil {
			return err
		}
		var err error
		if t, err = w.tx.Tag(ctx, w.ws.ID, id); err != nil {
			return missing(err, "error.tag_unknown")
		}
		if err := w.tx.DeleteTag(ctx, w.ws.ID, id); err != nil {
			if errors.Is(err, ErrConstraint) {
				return conflict("error.tag_used", Params{"Name": t.Name}, nil)
			}
			return err
		}
		w.audit(AuditDraft{Act: ActProjectManage, Target: tagTarget(t), Before: tagFields(t)})
		return nil
	})
	return t, err
}

func tagTarget(t Tag) Target { return Target{Kind: "tag", ID: t.ID, Name: t.Name} }

func tagFields(t Tag) map[string]any { return map[string]any{"name": t.Name, "archived": t.Archived} }

// Tags lists the workspace's tags by name. Every active member.
func (s *Service) Tags(ctx context.Context, a Actor) ([]Tag, error) {
	var list []Tag
	err := s.read(ctx, a, func(ctx context.Context, w *work) (err error) {
		if err := w.allow(ctx, ActProjectView, ""); err != nil {
			return err
		}
		list, err = w.tx.Tags(ctx, w.ws.ID)
		return err
	})
	return list, err
}
