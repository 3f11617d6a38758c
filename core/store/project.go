package store

import (
	"context"
	"errors"
	"fmt"

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

// UpdateProject implements core.Tx.
func (t *tx) UpdateProject(ctx context.Context, p core.Project) error {
	return t.must(ctx, `UPDATE projects SET name = ?3, color = ?4, billable = ?5, archived = ?6 WHERE workspace_id = ?1 AND id = ?2`,
		p.WorkspaceID, p.ID, p.Name, p.Color, p.Billable, p.Archived)
}

// DeleteProject implements core.Tx. The foreign key of the entries refuses it while one uses the project.
func (t *tx) DeleteProject(ctx context.Context, workspace, id core.ID) error {
	return t.must(ctx, `DELETE FROM projects WHERE workspace_id = ?1 AND id = ?2`, workspace, id)
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

// UpdateTag implements core.Tx.
func (t *tx) UpdateTag(ctx context.Context, tag core.Tag) error {
	return t.must(ctx, `UPDATE tags SET name = ?3, archived = ?4 WHERE workspace_id = ?1 AND id = ?2`, tag.WorkspaceID, tag.ID, tag.Name, tag.Archived)
}

// DeleteTag implements core.Tx. Entries carry their tags in a text, so no foreign key watches over them; the workspace
// is locked, so none can get the tag meanwhile.
func (t *tx) DeleteTag(ctx context.Context, workspace, id core.ID) error {
	var carried int
	err := t.row(ctx, `SELECT 1 FROM time_entries WHERE workspace_id = ?1 AND tag_ids <> '' AND tag_ids LIKE ?2 LIMIT 1`,
		[]any{workspace, "%" + string(id) + "%"}, &carried)
	switch {
	case err == nil:
		return fmt.Errorf("%w: an entry carries the tag", core.ErrConstraint)
	case !errors.Is(err, core.ErrNoRow):
		return err
	}
	return t.must(ctx, `DELETE FROM tags WHERE workspace_id = ?1 AND id = ?2`, workspace, id)
}
