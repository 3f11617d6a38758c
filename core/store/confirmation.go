package store

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const confirmationColumns = `id, workspace_id, kind, act, user_id, member_id, entry_id, version, flag_id, end_at, reason, created_at,
	expires_at, used_at, canceled`

// InsertConfirmation implements core.Tx.
func (t *tx) InsertConfirmation(ctx context.Context, c core.Confirmation, hash string) error {
	return t.run(ctx, `INSERT INTO confirmations (`+confirmationColumns+`, hash)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)`,
		c.ID, c.WorkspaceID, string(c.Kind), c.Act, c.UserID, c.MemberID, c.EntryID, c.Version, c.FlagID, c.End, c.Reason, c.CreatedAt,
		c.ExpiresAt, c.UsedAt, c.Canceled, hash)
}

// ConfirmationByHash implements core.Tx.
func (t *tx) ConfirmationByHash(ctx context.Context, workspace core.ID, hash string) (core.Confirmation, error) {
	return one(ctx, t, func(scan scanner, c *core.Confirmation) error {
		return scan(id{&c.ID}, id{&c.WorkspaceID}, &c.Kind, &c.Act, id{&c.UserID}, id{&c.MemberID}, id{&c.EntryID}, &c.Version,
			id{&c.FlagID}, moment{&c.End}, &c.Reason, moment{&c.CreatedAt}, moment{&c.ExpiresAt}, moment{&c.UsedAt}, yes{&c.Canceled})
	}, `SELECT `+confirmationColumns+` FROM confirmations WHERE hash = ?2 AND workspace_id = ?1`, workspace, hash)
}

// UseConfirmation implements core.Tx.
func (t *tx) UseConfirmation(ctx context.Context, id core.ID, now time.Time, canceled bool) (bool, error) {
	return t.changed(ctx, `UPDATE confirmations SET used_at = ?2, canceled = ?3 WHERE id = ?1 AND used_at IS NULL`, id, now, canceled)
}
