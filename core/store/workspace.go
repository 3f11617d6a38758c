package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/textkey"
)

const workspaceColumns = `w.id, w.slug, w.name, w.plan, w.subdomain, w.time_zone, w.language, w.forgotten_after,
	w.require_description, w.require_project, w.require_tags, w.quiet_hours, w.auto_stop_after, w.created_at`

func workspaceTargets(w *core.Workspace) []any {
	return []any{
		id{&w.ID},
		&w.Slug, &w.Name, &w.Plan,
		text{&w.Subdomain},
		&w.TimeZone, &w.Language,
		span{&w.ForgottenAfter},
		yes{&w.Require.Description},
		yes{&w.Require.Project},
		yes{&w.Require.Tags},
		&w.QuietHours,
		span{&w.AutoStopAfter},
		moment{&w.CreatedAt},
	}
}

func readWorkspace(scan scanner, w *core.Workspace) error { return scan(workspaceTargets(w)...) }

// optional stores an empty text as NULL.
func optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// InsertWorkspace implements core.Tx.
func (t *tx) InsertWorkspace(ctx context.Context, w core.Workspace) error {
	if err := t.run(ctx, `
		INSERT INTO workspaces (id, slug, name, plan, subdomain, time_zone, language, forgotten_after,
			require_description, require_project, require_tags, quiet_hours, auto_stop_after, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)`,
		w.ID, w.Slug, w.Name, w.Plan, optional(w.Subdomain), w.TimeZone, w.Language, w.ForgottenAfter,
		w.Require.Description, w.Require.Project, w.Require.Tags, w.QuietHours, w.AutoStopAfter, w.CreatedAt); err != nil {
		return err
	}
	return t.run(ctx, `
		INSERT INTO workspace_state (workspace_id, revision, members_revision, audit_seq, audit_hash,
			all_count, running_count, flagged_count, with_keys_count, inactive_count)
		VALUES (?1, 0, 0, 0, '', 0, 0, 0, 0, 0)`, w.ID)
}

// UpdateWorkspace implements core.Tx.
func (t *tx) UpdateWorkspace(ctx context.Context, w core.Workspace) error {
	return t.must(ctx, `
		UPDATE workspaces SET slug = ?2, name = ?3, plan = ?4, subdomain = ?5, time_zone = ?6, language = ?7, forgotten_after = ?8,
			require_description = ?9, require_project = ?10, require_tags = ?11, quiet_hours = ?12, auto_stop_after = ?13
		WHERE id = ?1`,
		w.ID, w.Slug, w.Name, w.Plan, optional(w.Subdomain), w.TimeZone, w.Language, w.ForgottenAfter,
		w.Require.Description, w.Require.Project, w.Require.Tags, w.QuietHours, w.AutoStopAfter)
}

// Workspace implements core.Tx.
func (t *tx) Workspace(ctx context.Context, id core.ID) (core.Workspace, error) {
	return one(ctx, t, readWorkspace, `SELECT `+workspaceColumns+` FROM workspaces w WHERE w.id = ?1`, id)
}

// LockWorkspace implements core.Tx. SQLite's writer is alone anyway.
func (t *tx) LockWorkspace(ctx context.Context, id core.ID) (core.Workspace, error) {
	lock := ""
	if t.write {
		lock = t.store.dialect.lock
	}
	return one(ctx, t, readWorkspace, `SELECT `+workspaceColumns+` FROM workspaces w WHERE w.id = ?1`+lock, id)
}

// Standing implements core.Tx. What PostgreSQL read before it waited for the lock may be out of date, so there it takes two
// statements; SQLite's writer is alone, and a snapshot never changes.
func (t *tx) Standing(ctx context.Context, workspace, user core.ID) (w core.Workspace, m core.Member, err error) {
	if t.write && t.store.dialect.lock != "" {
		if w, err = t.LockWorkspace(ctx, workspace); err != nil {
			return w, m, err
		}
		if m, err = t.MemberByUser(ctx, workspace, user); errors.Is(err, core.ErrNoRow) {
			err = nil
		}
		return w, m, err
	}
	var head auditHead
	err = t.row(ctx, `
		SELECT `+workspaceColumns+`, `+memberColumns+`, s.audit_seq, s.audit_hash
		FROM workspaces w
		JOIN workspace_state s ON s.workspace_id = w.id
		JOIN members m ON m.user_id = ?2 AND m.workspace_id = w.id
		JOIN users u ON u.id = m.user_id
		WHERE w.id = ?1`, []any{workspace, user}, append(append(workspaceTargets(&w), memberTargets(&m)...), &head.seq, &head.hash)...)
	if errors.Is(err, core.ErrNoRow) {
		w, err = t.Workspace(ctx, workspace)
		return w, m, err
	}
	if err == nil && t.write {
		err = t.knowHead(ctx, workspace, head)
	}
	return w, m, err
}

// WorkspaceBySlug implements core.Tx.
func (t *tx) WorkspaceBySlug(ctx context.Context, slug string) (core.Workspace, error) {
	return one(ctx, t, readWorkspace, `SELECT `+workspaceColumns+` FROM workspaces w WHERE w.slug = ?1`, slug)
}

// WorkspaceBySubdomain implements core.Tx.
func (t *tx) WorkspaceBySubdomain(ctx context.Context, subdomain string) (core.Workspace, error) {
	return one(ctx, t, readWorkspace, `SELECT `+workspaceColumns+` FROM workspaces w WHERE w.subdomain = ?1`, optional(subdomain))
}

// WorkspaceIDs implements core.Tx.
func (t *tx) WorkspaceIDs(ctx context.Context) ([]core.ID, error) {
	return list(ctx, t, func(scan scanner, v *core.ID) error { return scan(id{v}) }, `SELECT id FROM workspaces ORDER BY id`)
}

// MembershipsOfUser implements core.Tx.
func (t *tx) MembershipsOfUser(ctx context.Context, user core.ID) ([]core.Membership, error) {
	all, err := list(ctx, t, func(scan scanner, m *core.Membership) error {
		return scan(append(workspaceTargets(&m.Workspace), memberTargets(&m.Member)...)...)
	}, `SELECT `+workspaceColumns+`, `+memberColumns+`
		FROM members m JOIN workspaces w ON w.id = m.workspace_id JOIN users u ON u.id = m.user_id
		WHERE m.user_id = ?1`, user)
	byName(all, func(m core.Membership) (string, core.ID) { return m.Workspace.Name, m.Workspace.ID })
	return all, err
}

// byName sorts a short list as people expect names to stand.
func byName[T any](all []T, key func(T) (string, core.ID)) {
	slices.SortFunc(all, func(a, b T) int {
		nameA, idA := key(a)
		nameB, idB := key(b)
		if c := strings.Compare(textkey.SortKey(nameA), textkey.SortKey(nameB)); c != 0 {
			return c
		}
		return strings.Compare(string(idA), string(idB))
	})
}

// Setting implements core.Tx.
func (t *tx) Setting(ctx context.Context, key string) (string, error) {
	var value string
	err := t.rows(ctx, `SELECT value FROM settings WHERE key = ?1`, []any{key}, func(scan scanner) error { return scan(&value) })
	return value, err
}

// SaveSetting implements core.Tx.
func (t *tx) SaveSetting(ctx context.Context, key, value string) error {
	return t.run(ctx, `INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
}
