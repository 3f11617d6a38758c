package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// InsertNotice implements core.Tx.
func (t *tx) InsertNotice(ctx context.Context, n core.Notice) error {
	data, err := json.Marshal(n.Data)
	if err != nil {
		return fmt.Errorf("data of a notice: %w", err)
	}
	return t.run(ctx, `
		INSERT INTO notices (workspace_id, member_id, id, act, actor_name, door, entry_id, reason, data, at, read_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
		n.WorkspaceID, n.MemberID, n.ID, n.Act, n.ActorName, n.Door, n.EntryID, n.Reason, string(data), n.At, n.ReadAt)
}

// Notices implements core.Tx.
func (t *tx) Notices(ctx context.Context, workspace, member core.ID, limit int) ([]core.Notice, error) {
	return list(ctx, t, func(scan scanner, n *core.Notice) error {
		var data string
		if err := scan(id{&n.WorkspaceID}, id{&n.MemberID}, id{&n.ID}, &n.Act, &n.ActorName, &n.Door, id{&n.EntryID}, &n.Reason, &data,
			moment{&n.At}, moment{&n.ReadAt}); err != nil {
			return err
		}
		return json.Unmarshal([]byte(data), &n.Data)
	}, `
		SELECT workspace_id, member_id, id, act, actor_name, door, entry_id, reason, data, at, read_at
		FROM notices WHERE workspace_id = ?1 AND member_id = ?2 ORDER BY id DESC LIMIT ?3`, workspace, member, limit)
}

// MarkNoticesRead implements core.Tx.
func (t *tx) MarkNoticesRead(ctx context.Context, workspace, member core.ID, now time.Time) error {
	return t.run(ctx, `UPDATE notices SET read_at = ?3 WHERE workspace_id = ?1 AND member_id = ?2 AND read_at IS NULL`, workspace, member, now)
}
