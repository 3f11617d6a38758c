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
