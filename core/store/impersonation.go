package store

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const impersonationColumns = `id, session_id, workspace_id, actor_user_id, actor_member_id, member_id, user_id, reason, note,
	started_at, expires_at, ended_at, end_cause`

func readImpersonation(scan scanner, i *core.Impersonation) error {
	return scan(id{&i.ID}, id{&i.SessionID}, id{&i.WorkspaceID}, id{&i.ActorUserID}, id{&i.ActorMemberID}, id{&i.MemberID}, id{&i.UserID},
		&i.Reason, &i.Note, moment{&i.StartedAt}, moment{&i.ExpiresAt}, moment{&i.EndedAt}, &i.EndCause)
}

// InsertImpersonation implements core.Tx.
func (t *tx) InsertImpersonation(ctx context.Context, i core.Impersonation) error {
	return t.run(ctx, `INSERT INTO impersonations (`+impersonationColumns+`)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
		i.ID, i.SessionID, i.WorkspaceID, i.ActorUserID, i.ActorMemberID, i.MemberID, i.UserID, string(i.Reason), i.Note,
		i.StartedAt, i.ExpiresAt, i.EndedAt, string(i.EndCause))
}

// Impersonation implements core.Tx.
func (t *tx) Impersonation(ctx context.Context, id core.ID) (core.Impersonation, error) {
	return one(ctx, t, readImpersonation, `SELECT `+impersonationColumns+` FROM impersonations WHERE id = ?1`, id)
}

// OpenImpersonation implements core.Tx.
func (t *tx) OpenImpersonation(ctx context.Context, session core.ID) (core.Impersonation, error) {
	return one(ctx, t, readImpersonation, `
		SELECT `+impersonationColumns+` FROM impersonations WHERE session_id = ?1 AND ended_at IS NULL`, session)
}

// EndImpersonation implements core.Tx.
func (t *tx) EndImpersonation(ctx context.Context, id core.ID, cause core.EndCause, now time.Time) (bool, error) {
	return t.changed(ctx, `UPDATE impersonations SET ended_at = ?3, end_cause = ?2 WHERE id = ?1 AND ended_at IS NULL`,
		id, string(cause), now)
}
