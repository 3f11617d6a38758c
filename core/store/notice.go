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
		INSERT INTO notices (workspace_id, member_id, id, act, actor_name, door, entry_id, reason, data, at, read_at, actor_member_id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
		n.WorkspaceID, n.MemberID, n.ID, n.Act, n.ActorName, n.Door, n.EntryID, n.Reason, string(data), n.At, n.ReadAt, n.ActorMemberID)
}

const noticeColumns = `workspace_id, member_id, id, act, actor_name, actor_member_id, door, entry_id, reason, data, at, read_at,
	answer, answer_note, answered_at`

func readNotice(scan scanner, n *core.Notice) error {
	var data string
	if err := scan(id{&n.WorkspaceID}, id{&n.MemberID}, id{&n.ID}, &n.Act, &n.ActorName, id{&n.ActorMemberID}, &n.Door, id{&n.EntryID},
		&n.Reason, &data, moment{&n.At}, moment{&n.ReadAt}, &n.Answer, &n.AnswerNote, moment{&n.AnsweredAt}); err != nil {
		return err
	}
	return json.Unmarshal([]byte(data), &n.Data)
}

// Notices implements core.Tx.
func (t *tx) Notices(ctx context.Context, workspace, member core.ID, limit int) ([]core.Notice, error) {
	return list(ctx, t, readNotice, `
		SELECT `+noticeColumns+` FROM notices WHERE workspace_id = ?1 AND member_id = ?2 ORDER BY id DESC LIMIT ?3`, workspace, member, limit)
}

// Notice implements core.Tx.
func (t *tx) Notice(ctx context.Context, workspace, member, id core.ID) (core.Notice, error) {
	return one(ctx, t, readNotice, `
		SELECT `+noticeColumns+` FROM notices WHERE workspace_id = ?1 AND member_id = ?2 AND id = ?3`, workspace, member, id)
}

// UnreadNotices implements core.Tx.
func (t *tx) UnreadNotices(ctx context.Context, workspace, member core.ID) (int, error) {
	n := 0
	err := t.row(ctx, `SELECT count(*) FROM notices WHERE workspace_id = ?1 AND member_id = ?2 AND read_at IS NULL`,
		[]any{workspace, member}, &n)
	return n, err
}

// AnswerNotice implements core.Tx.
func (t *tx) AnswerNotice(ctx context.Context, workspace, member, id core.ID, answer, note string, now time.Time) (bool, error) {
	return t.changed(ctx, `
		UPDATE notices SET answer = ?4, answer_note = ?5, answered_at = ?6, read_at = coalesce(read_at, ?6)
		WHERE workspace_id = ?1 AND member_id = ?2 AND id = ?3 AND answer = ''`, workspace, member, id, answer, note, now)
}

// MarkNoticesRead implements core.Tx.
func (t *tx) MarkNoticesRead(ctx context.Context, workspace, member, newest core.ID, now time.Time) error {
	return t.run(ctx, `
		UPDATE notices SET read_at = ?3 WHERE workspace_id = ?1 AND member_id = ?2 AND read_at IS NULL AND (?4 = '' OR id <= ?4)`,
		workspace, member, now, string(newest))
}
