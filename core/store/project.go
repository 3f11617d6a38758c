package store

import (
	"context"

	"github.com/clockwarden/clockwarden/core"
)

const (
	projectColumns = `workspace_id, id, name, color, billable, archived`
	tagColumns     = `workspace_id, id, name, archived`
)

func readProject(scan scanner, p *core.Project) error {
	return scan(id{&p.WorkspaceID}, id{&p.ID}, &p.Name, &p.Color, yes{&p.Billable}, yes{&p.Archived})
}

func readTag(scan scanner, t *core.Tag) error {
	return scan(id{&t.WorkspaceID}, id{&t.ID}, &t.Name, yes{&t.Archived})
}

// InsertProject implements core.Tx.
func (t *tx) InsertProject(ctx context.Context, p core.Project) error {
	return t.run(ctx, `INSERT INTO projects (`+projectColumns+`) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		p.WorkspaceID, p.ID, p.Name, p.Color, p.Billable, p.Archived)
}

// Project implements core.Tx.
func (t *tx) Project(ctx context.Context, workspace, id core.ID) (core.Project, error) {
	return one(ctx, t, readProject, `SELECT `+projectColumns+` FROM projects WHERE workspace_id = ?1 AND id = ?2`, workspace, id)
}

// Projects implements core.Tx.
func (t *tx) Projects(ctx context.Context, workspace core.ID) ([]core.Project, error) {
	all, err := list(ctx, t, readProject, `SELECT `+projectColumns+` FROM projects WHERE workspace_id = ?1`, workspace)
	byName(all, func(p core.Project) (string, core.ID) { return p.Name, p.ID })
	return all, err
}

// InsertTag implements core.Tx.
func (t *tx) InsertTag(ctx context.Context, tag core.Tag) error {
	return t.run(ctx, `INSERT INTO tags (`+tagColumns+`) VALUES (?1, ?2, ?3, ?4)`, tag.WorkspaceID, tag.ID, tag.Name, tag.Archived)
}

// Tag implements core.Tx.
func (t *tx) Tag(ctx context.Context, workspace, id core.ID) (core.Tag, error) {
	return one(ctx, t, readTag, `SELECT `+tagColumns+` FROM tags WHERE workspace_id = ?1 AND id = ?2`, workspace, id)
}

// Tags implements core.Tx.
func (t *tx) Tags(ctx context.Context, workspace core.ID) ([]core.Tag, error) {
	all, err := list(ctx, t, readTag, `SELECT `+tagColumns+` FROM tags WHERE workspace_id = ?1`, workspace)
	byName(all, func(tag core.Tag) (string, core.ID) { return tag.Name, tag.ID })
	return all, err
}
