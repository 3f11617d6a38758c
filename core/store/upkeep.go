package store

import (
	"context"
	"fmt"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// prune holds the statement of each kind; ?1 is the moment before which its time was over, ?2 how many rows.
func prune(what core.Prunable) string {
	switch what {
	case core.PruneSeenRequests:
		return `DELETE FROM seen_requests WHERE hash IN (SELECT hash FROM seen_requests WHERE until_at <= ?1 ORDER BY until_at LIMIT ?2)`
	case core.PruneRepeatable:
		return `DELETE FROM repeatable_requests WHERE (workspace_id, member_id, hash) IN (
			SELECT workspace_id, member_id, hash FROM repeatable_requests WHERE until_at <= ?1 ORDER BY until_at LIMIT ?2)`
	case core.PruneLinkCodes:
		return `DELETE FROM link_codes WHERE (workspace_id, member_id) IN (
			SELECT workspace_id, member_id FROM link_codes WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)`
	case core.PruneWaitingCommands:
		return `DELETE FROM waiting_commands WHERE (platform, team, chat_user) IN (
			SELECT platform, team, chat_user FROM waiting_commands WHERE until_at <= ?1 ORDER BY until_at LIMIT ?2)`
	case core.PruneConfirmations:
		return `DELETE FROM confirmations WHERE id IN (SELECT id FROM confirmations WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)`
	case core.PruneAlertButtons:
		return `DELETE FROM confirmations WHERE id IN (
			SELECT c.id FROM confirmations c JOIN time_entries e ON e.workspace_id = c.workspace_id AND e.id = c.entry_id
			WHERE c.expires_at IS NULL AND c.created_at <= ?1 AND (e.ended_at <= ?1 AND coalesce(e.stopped_at, 0) <= ?1 OR e.deleted_at <= ?1)
			ORDER BY c.created_at LIMIT ?2)`
	case core.PruneSignInLinks:
		return `DELETE FROM sign_in_links WHERE id IN (SELECT id FROM sign_in_links WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)`
	case core.PruneImpersonations:
		return `DELETE FROM impersonations WHERE id IN (
			SELECT i.id FROM sessions s JOIN impersonations i ON i.session_id = s.id WHERE s.expires_at <= ?1 AND i.expires_at <= ?1 AND i.ended_at IS NOT NULL LIMIT ?2)`
	case core.PruneSessions:
		return `DELETE FROM sessions WHERE id IN (
			SELECT s.id FROM sessions s WHERE s.expires_at <= ?1 AND NOT EXISTS (SELECT 1 FROM impersonations i WHERE i.session_id = s.id)
			ORDER BY s.expires_at LIMIT ?2)`
	}
	return ""
}

// Prune implements core.Tx.
func (t *tx) Prune(ctx context.Context, what core.Prunable, before time.Time, limit int) (int, error) {
	statement := prune(what)
	if statement == "" {
		return 0, fmt.Errorf("store: nothing is known of how to prune %q", what)
	}
	n, err := t.exec(ctx, statement, before, limit)
	return int(n), err
}

// OutboxHealth implements core.Tx.
func (t *tx) OutboxHealth(ctx context.Context, platforms []string, now time.Time) (core.OutboxHealth, error) {
	var h core.OutboxHealth
	if len(platforms) == 0 {
		return h, nil
	}
	var waiting, dead conditions
	oneOf(&waiting, `platform`, platforms)
	waiting.add(`state = 'pending'`)
	waiting.add(`due_at <= ` + waiting.arg(now))
	if err := t.row(t.long(ctx), `SELECT count(*), min(due_at) FROM outbox WHERE `+waiting.text(), waiting.args, &h.Due, moment{&h.Oldest}); err != nil {
		return h, err
	}
	oneOf(&dead, `platform`, platforms)
	dead.add(`state = 'dead'`)
	err := t.row(t.long(ctx), `SELECT count(*) FROM outbox WHERE `+dead.text(), dead.args, &h.Dead)
	return h, err
}

// SettleRestored implements core.Tx. An alert that was on its way may be there or not: both are the past. One that only waited
// for an edit stands, so that it is edited and reminded of again.
func (t *tx) SettleRestored(ctx context.Context, workspace core.ID, now time.Time) (core.Settled, error) {
	var n core.Settled
	for _, s := range []struct {
		count     *int
		statement string
		args      []any
	}{
		{&n.Deliveries, `UPDATE outbox SET state = CASE WHEN message <> '' THEN 'sent' ELSE 'dropped' END,
			sent_revision = revision, lease_token = '', lease_until = NULL
			WHERE workspace_id = ?1 AND state = 'pending'`, []any{workspace}},
		{&n.SignInLinks, `UPDATE sign_in_links SET used_at = ?2 WHERE workspace_id = ?1 AND used_at IS NULL`, []any{workspace, now}},
		{&n.Confirmations, `DELETE FROM confirmations WHERE workspace_id = ?1 AND used_at IS NULL`, []any{workspace}},
		{&n.LinkCodes, `DELETE FROM link_codes WHERE workspace_id = ?1`, []any{workspace}},
	} {
		changed, err := t.exec(t.long(ctx), s.statement, s.args...)
		if err != nil {
			return n, err
		}
		*s.count = int(changed)
	}
	return n, nil
}

// OpenImpersonations implements core.Tx.
func (t *tx) OpenImpersonations(ctx context.Context, workspace core.ID) ([]core.Impersonation, error) {
	return list(ctx, t, readImpersonation, `
		SELECT `+impersonationColumns+` FROM impersonations WHERE workspace_id = ?1 AND ended_at IS NULL ORDER BY id`, workspace)
}

// LeftImpersonations implements core.Tx.
func (t *tx) LeftImpersonations(ctx context.Context, now time.Time, limit int) ([]core.Impersonation, error) {
	return list(ctx, t, readImpersonation, `
		SELECT `+impersonationColumns+` FROM impersonations
		WHERE ended_at IS NULL AND expires_at <= ?1 AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = session_id AND s.expires_at <= ?1)
		ORDER BY session_id LIMIT ?2`, now, limit)
}

// EndAllSessions implements core.Tx.
func (t *tx) EndAllSessions(ctx context.Context, now time.Time) (int, error) {
	if err := t.run(ctx, `DELETE FROM waiting_commands`); err != nil {
		return 0, err
	}
	n, err := t.exec(t.long(ctx), `UPDATE sessions SET ended_at = ?1 WHERE ended_at IS NULL`, now)
	return int(n), err
}
