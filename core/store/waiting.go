package store

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// SaveWaitingCommand implements core.Tx.
func (t *tx) SaveWaitingCommand(ctx context.Context, c core.ChatAccount, command string, now, until time.Time) error {
	if err := t.run(ctx, `DELETE FROM waiting_commands WHERE until_at <= ?1`, now); err != nil {
		return err
	}
	return t.run(ctx, `
		INSERT INTO waiting_commands (platform, team, chat_user, command, until_at) VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT (platform, team, chat_user) DO UPDATE SET command = excluded.command, until_at = excluded.until_at`,
		c.Platform, c.Team, c.ChatUser, command, until)
}

// TakeWaitingCommand implements core.Tx.
func (t *tx) TakeWaitingCommand(ctx context.Context, c core.ChatAccount, now time.Time) (string, error) {
	return one(ctx, t, func(scan scanner, command *string) error { return scan(command) }, `
		DELETE FROM waiting_commands WHERE platform = ?1 AND team = ?2 AND chat_user = ?3 AND until_at > ?4 RETURNING command`,
		c.Platform, c.Team, c.ChatUser, now)
}
