package store

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const identityColumns = `i.id, i.workspace_id, i.user_id, i.member_id, i.platform, i.team, i.chat_user, i.chat_name, i.linked_at`

func readIdentity(scan scanner, i *core.Identity) error {
	return scan(id{&i.ID}, id{&i.WorkspaceID}, id{&i.UserID}, id{&i.MemberID}, &i.Platform, &i.Team, &i.ChatUser, &i.ChatName, moment{&i.LinkedAt})
}

// InsertIdentity implements core.Tx.
func (t *tx) InsertIdentity(ctx context.Context, i core.Identity) error {
	return t.run(ctx, `
		INSERT INTO identities (id, workspace_id, user_id, member_id, platform, team, chat_user, chat_name, linked_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		i.ID, i.WorkspaceID, i.UserID, i.MemberID, i.Platform, i.Team, i.ChatUser, i.ChatName, i.LinkedAt)
}

// IdentityByChat implements core.Tx.
func (t *tx) IdentityByChat(ctx context.Context, platform, team, chatUser string) (core.Identity, error) {
	return one(ctx, t, readIdentity, `
		SELECT `+identityColumns+` FROM identities i WHERE i.platform = ?1 AND i.team = ?2 AND i.chat_user = ?3`, platform, team, chatUser)
}

// IdentitiesOfMember implements core.Tx.
func (t *tx) IdentitiesOfMember(ctx context.Context, workspace, member core.ID) ([]core.Identity, error) {
	return list(ctx, t, readIdentity, `
		SELECT `+identityColumns+` FROM identities i WHERE i.workspace_id = ?1 AND i.member_id = ?2 ORDER BY i.platform`, workspace, member)
}

// IdentitiesOfMembers implements core.Tx.
func (t *tx) IdentitiesOfMembers(ctx context.Context, workspace core.ID, members []core.ID) ([]core.Identity, error) {
	if len(members) == 0 {
		return nil, nil
	}
	return list(ctx, t, readIdentity, `
		SELECT `+identityColumns+` FROM identities i
		WHERE i.workspace_id = ?1 AND i.member_id IN (`+t.store.dialect.each(`?2`)+`) ORDER BY i.id`, workspace, jsonIDs(members))
}

// IdentitiesOfOwners implements core.Tx. It begins with the owners, who are few; SQLite keeps the order of a CROSS JOIN.
func (t *tx) IdentitiesOfOwners(ctx context.Context, workspace core.ID, platform string) ([]core.Identity, error) {
	return list(ctx, t, readIdentity, `
		SELECT `+identityColumns+`
		FROM members m`+t.store.dialect.indexed(`members_owners`)+` CROSS JOIN identities i
		WHERE m.workspace_id = ?1 AND m.role = 'owner' AND m.status = 'active'
			AND i.workspace_id = m.workspace_id AND i.member_id = m.id AND i.platform = ?2 ORDER BY i.id`, workspace, platform)
}

// Identities implements core.Tx.
func (t *tx) Identities(ctx context.Context, workspace core.ID) ([]core.Identity, error) {
	return list(ctx, t, readIdentity, `
		SELECT `+identityColumns+` FROM identities i WHERE i.workspace_id = ?1 ORDER BY i.platform, i.id`, workspace)
}

// Identity implements core.Tx.
func (t *tx) Identity(ctx context.Context, workspace, id core.ID) (core.Identity, error) {
	return one(ctx, t, readIdentity, `SELECT `+identityColumns+` FROM identities i WHERE i.workspace_id = ?1 AND i.id = ?2`, workspace, id)
}

// DeleteIdentity implements core.Tx.
func (t *tx) DeleteIdentity(ctx context.Context, workspace, id core.ID) error {
	return t.must(ctx, `DELETE FROM identities WHERE workspace_id = ?1 AND id = ?2`, workspace, id)
}

// SaveLinkCode implements core.Tx.
func (t *tx) SaveLinkCode(ctx context.Context, workspace, member core.ID, hash string, expires time.Time) error {
	return t.run(ctx, `
		INSERT INTO link_codes (workspace_id, member_id, hash, expires_at) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (workspace_id, member_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at`,
		workspace, member, hash, expires)
}

// LinkCode implements core.Tx.
func (t *tx) LinkCode(ctx context.Context, workspace core.ID, hash string, now time.Time) (core.ID, error) {
	return one(ctx, t, func(scan scanner, member *core.ID) error { return scan(id{member}) }, `
		SELECT member_id FROM link_codes WHERE workspace_id = ?1 AND hash = ?2 AND expires_at > ?3`, workspace, hash, now)
}

// UseLinkCode implements core.Tx.
func (t *tx) UseLinkCode(ctx context.Context, workspace core.ID, hash string, now time.Time) (bool, error) {
	return t.changed(ctx, `DELETE FROM link_codes WHERE workspace_id = ?1 AND hash = ?2 AND expires_at > ?3`, workspace, hash, now)
}

// InsertSeen implements core.Tx.
func (t *tx) InsertSeen(ctx context.Context, hash string, now, until time.Time) (first bool, err error) {
	if err := t.run(ctx, `DELETE FROM seen_requests WHERE until_at <= ?1`, now); err != nil {
		return false, err
	}
	return t.changed(ctx, `INSERT INTO seen_requests (hash, until_at) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING`, hash, until)
}
