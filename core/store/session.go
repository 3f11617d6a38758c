package store

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// InsertSignInLink implements core.Tx.
func (t *tx) InsertSignInLink(ctx context.Context, l core.SignInLink, hash string) error {
	return t.run(ctx, `
		INSERT INTO sign_in_links (id, workspace_id, user_id, hash, expires_at, used_at, kind, member_id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
		l.ID, l.WorkspaceID, l.UserID, hash, l.ExpiresAt, l.UsedAt, string(l.Kind), l.MemberID)
}

// SignInLinkByHash implements core.Tx.
func (t *tx) SignInLinkByHash(ctx context.Context, hash string) (core.SignInLink, error) {
	return one(ctx, t, func(scan scanner, l *core.SignInLink) error {
		return scan(id{&l.ID}, id{&l.WorkspaceID}, id{&l.UserID}, moment{&l.ExpiresAt}, moment{&l.UsedAt}, &l.Kind, id{&l.MemberID})
	}, `SELECT id, workspace_id, user_id, expires_at, used_at, kind, member_id FROM sign_in_links WHERE hash = ?1`, hash)
}

// UseSignInLink implements core.Tx.
func (t *tx) UseSignInLink(ctx context.Context, id core.ID, now time.Time) (bool, error) {
	return t.changed(ctx, `UPDATE sign_in_links SET used_at = ?2 WHERE id = ?1 AND used_at IS NULL AND expires_at > ?2`, id, now)
}

// DropSignInLinks implements core.Tx.
func (t *tx) DropSignInLinks(ctx context.Context, workspace, user core.ID, kind core.LinkKind, now time.Time) error {
	return t.run(ctx, `
		UPDATE sign_in_links SET used_at = ?4 WHERE workspace_id = ?1 AND user_id = ?2 AND kind = ?3 AND used_at IS NULL`,
		workspace, user, string(kind), now)
}

const sessionColumns = `id, user_id, host_workspace_id, created_at, last_seen_at, expires_at, ended_at, address, user_agent`

func readSession(scan scanner, s *core.Session) error {
	return scan(id{&s.ID}, id{&s.UserID}, id{&s.HostWorkspaceID}, moment{&s.CreatedAt}, moment{&s.LastSeenAt}, moment{&s.ExpiresAt},
		moment{&s.EndedAt}, &s.Address, &s.UserAgent)
}

// InsertSession implements core.Tx.
func (t *tx) InsertSession(ctx context.Context, s core.Session, hash string) error {
	return t.run(ctx, `
		INSERT INTO sessions (id, user_id, host_workspace_id, created_at, last_seen_at, expires_at, ended_at, address, user_agent, hash)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
		s.ID, s.UserID, s.HostWorkspaceID, s.CreatedAt, s.LastSeenAt, s.ExpiresAt, s.EndedAt, s.Address, s.UserAgent, hash)
}

// Session implements core.Tx.
func (t *tx) Session(ctx context.Context, id core.ID) (core.Session, error) {
	return one(ctx, t, readSession, `SELECT `+sessionColumns+` FROM sessions WHERE id = ?1`, id)
}

// SessionByHash implements core.Tx.
func (t *tx) SessionByHash(ctx context.Context, hash string) (core.Session, error) {
	return one(ctx, t, readSession, `SELECT `+sessionColumns+` FROM sessions WHERE hash = ?1`, hash)
}

// TouchSession implements core.Tx.
func (t *tx) TouchSession(ctx context.Context, id core.ID, now time.Time) error {
	return t.run(ctx, `UPDATE sessions SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2`, id, now)
}

// RotateSession implements core.Tx.
func (t *tx) RotateSession(ctx context.Context, id core.ID, hash string, now time.Time) (bool, error) {
	return t.changed(ctx, `
		UPDATE sessions SET hash = ?2, last_seen_at = CASE WHEN last_seen_at < ?3 THEN ?3 ELSE last_seen_at END
		WHERE id = ?1 AND ended_at IS NULL`, id, hash, now)
}

// EndSession implements core.Tx.
func (t *tx) EndSession(ctx context.Context, id core.ID, now time.Time) (bool, error) {
	return t.changed(ctx, `UPDATE sessions SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL`, id, now)
}

// SessionsOfUser implements core.Tx.
func (t *tx) SessionsOfUser(ctx context.Context, user core.ID) ([]core.Session, error) {
	return list(ctx, t, readSession, `SELECT `+sessionColumns+` FROM sessions WHERE user_id = ?1 AND ended_at IS NULL ORDER BY id DESC`, user)
}

// EndOtherSessions implements core.Tx.
func (t *tx) EndOtherSessions(ctx context.Context, user, except core.ID, now time.Time) error {
	return t.run(ctx, `
		UPDATE sessions SET ended_at = ?3 WHERE user_id = ?1 AND id <> ?2 AND ended_at IS NULL`, user, string(except), now)
}
