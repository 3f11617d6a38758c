package store

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const keyColumns = `k.id, k.workspace_id, k.member_id, k.name, k.prefix, k.hash, k.created_at, k.last_used_at, k.deactivated_at,
	k.deactivated_by, k.deactivated_name`

func keyTargets(k *core.APIKey) []any {
	return []any{
		id{&k.ID},
		id{&k.WorkspaceID},
		id{&k.MemberID},
		&k.Name, &k.Prefix, &k.Hash,
		moment{&k.CreatedAt},
		moment{&k.LastUsedAt},
		moment{&k.DeactivatedAt},
		id{&k.DeactivatedBy},
		&k.DeactivatedName,
	}
}

// InsertAPIKey implements core.Tx.
func (t *tx) InsertAPIKey(ctx context.Context, k core.APIKey) error {
	return t.run(ctx, `
		INSERT INTO api_keys (id, workspace_id, member_id, name, prefix, hash, created_at, last_used_at, deactivated_at,
			deactivated_by, deactivated_name)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
		k.ID, k.WorkspaceID, k.MemberID, k.Name, k.Prefix, k.Hash, k.CreatedAt, k.LastUsedAt, k.DeactivatedAt,
		k.DeactivatedBy, k.DeactivatedName)
}

// APIKeyByHash implements core.Tx.
func (t *tx) APIKeyByHash(ctx context.Context, hash string) (core.APIKey, core.Member, error) {
	var k core.APIKey
	var m core.Member
	err := t.row(ctx, `
		SELECT `+keyColumns+`, `+memberColumns+`
		FROM api_keys k
		JOIN members m ON m.workspace_id = k.workspace_id AND m.id = k.member_id
		JOIN users u ON u.id = m.user_id
		WHERE k.hash = ?1`, []any{hash}, append(keyTargets(&k), memberTargets(&m)...)...)
	return k, m, err
}

// APIKeys implements core.Tx.
func (t *tx) APIKeys(ctx context.Context, workspace, member core.ID) ([]core.APIKey, error) {
	return list(ctx, t, func(scan scanner, k *core.APIKey) error { return scan(keyTargets(k)...) }, `
		SELECT `+keyColumns+` FROM api_keys k WHERE k.workspace_id = ?1 AND k.member_id = ?2 ORDER BY k.id DESC`, workspace, member)
}

// KeySummary implements core.Tx.
func (t *tx) KeySummary(ctx context.Context, workspace, member core.ID) (core.KeySummary, error) {
	var sum core.KeySummary
	err := t.row(ctx, `
		SELECT count(*), max(last_used_at) FROM api_keys WHERE workspace_id = ?1 AND member_id = ?2 AND deactivated_at IS NULL`,
		[]any{workspace, member}, &sum.Active, moment{&sum.LastUsed})
	return sum, err
}

// DeactivateAPIKeys implements core.Tx.
func (t *tx) DeactivateAPIKeys(ctx context.Context, workspace, member, only, by core.ID, byName string, now time.Time) (int, error) {
	var where conditions
	set := `deactivated_at = ` + where.arg(now) + `, deactivated_by = ` + where.arg(by) + `, deactivated_name = ` + where.arg(byName)
	where.add(`workspace_id = ` + where.arg(workspace))
	where.add(`member_id = ` + where.arg(member))
	where.add(`deactivated_at IS NULL`)
	if only != "" {
		where.add(`id = ` + where.arg(only))
	}
	n, err := t.exec(ctx, `UPDATE api_keys SET `+set+` WHERE `+where.text(), where.args...)
	return int(n), err
}

// TouchAPIKey implements core.Tx.
func (t *tx) TouchAPIKey(ctx context.Context, id core.ID, now time.Time) error {
	return t.run(ctx, `
		UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)`, id, now)
}
