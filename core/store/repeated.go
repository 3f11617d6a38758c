package store

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// Repeated implements core.Tx.
func (t *tx) Repeated(ctx context.Context, workspace, member core.ID, hash string, now time.Time) (entry core.ID, content string, err error) {
	err = t.row(ctx, `
		SELECT entry_id, content FROM repeatable_requests WHERE workspace_id = ?1 AND member_id = ?2 AND hash = ?3 AND until_at > ?4`,
		[]any{workspace, member, hash, now}, id{&entry}, &content)
	return entry, content, err
}

// InsertRepeatable implements core.Tx.
func (t *tx) InsertRepeatable(ctx context.Context, workspace, member core.ID, hash, content string, entry core.ID, now, until time.Time) error {
	if err := t.run(ctx, `DELETE FROM repeatable_requests WHERE until_at <= ?1`, now); err != nil {
		return err
	}
	return t.run(ctx, `
		INSERT INTO repeatable_requests (workspace_id, member_id, hash, content, entry_id, until_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		workspace, member, hash, content, entry, until)
}
