package store

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const flagColumns = `workspace_id, id, entry_id, member_id, state, opened_at, snoozed_until, snooze_reason, snoozed_by, resolved_at,
	resolution, resolved_by`

func readFlag(scan scanner, f *core.Flag) error {
	return scan(id{&f.WorkspaceID}, id{&f.ID}, id{&f.EntryID}, id{&f.MemberID}, &f.State, moment{&f.OpenedAt}, moment{&f.SnoozedUntil},
		&f.SnoozeReason, &f.SnoozedBy, moment{&f.ResolvedAt}, &f.Resolution, &f.ResolvedBy)
}

// InsertFlag implements core.Tx.
func (t *tx) InsertFlag(ctx context.Context, f core.Flag) error {
	return t.run(ctx, `INSERT INTO flags (`+flagColumns+`) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
		f.WorkspaceID, f.ID, f.EntryID, f.MemberID, string(f.State), f.OpenedAt, f.SnoozedUntil, f.SnoozeReason, f.SnoozedBy,
		f.ResolvedAt, string(f.Resolution), f.ResolvedBy)
}

// SaveFlag implements core.Tx.
func (t *tx) SaveFlag(ctx context.Context, f core.Flag, was core.FlagState) error {
	return t.must(ctx, `
		UPDATE flags SET state = ?4, snoozed_until = ?5, snooze_reason = ?6, snoozed_by = ?7, resolved_at = ?8, resolution = ?9, resolved_by = ?10
		WHERE workspace_id = ?1 AND id = ?2 AND state = ?3`,
		f.WorkspaceID, f.ID, string(was), string(f.State), f.SnoozedUntil, f.SnoozeReason, f.SnoozedBy, f.ResolvedAt,
		string(f.Resolution), f.ResolvedBy)
}

// Flag implements core.Tx.
func (t *tx) Flag(ctx context.Context, workspace, id core.ID) (core.Flag, error) {
	return one(ctx, t, readFlag, `SELECT `+flagColumns+` FROM flags WHERE workspace_id = ?1 AND id = ?2`, workspace, id)
}

// FlagOfEntry implements core.Tx.
func (t *tx) FlagOfEntry(ctx context.Context, workspace, entry core.ID) (core.Flag, error) {
	return one(ctx, t, readFlag, `SELECT `+flagColumns+` FROM flags WHERE workspace_id = ?1 AND entry_id = ?2`, workspace, entry)
}

// Flags implements core.Tx.
func (t *tx) Flags(ctx context.Context, workspace core.ID, state core.FlagState, before core.ID, limit int) ([]core.Flag, error) {
	var where conditions
	where.add(`workspace_id = ` + where.arg(workspace))
	index := ``
	if state != "" {
		where.add(`state = ` + where.arg(string(state)))
		index = t.store.dialect.indexed(`flags_by_state`)
	}
	if before != "" {
		where.add(`id < ` + where.arg(before))
	}
	return list(ctx, t, readFlag, `SELECT `+flagColumns+` FROM flags`+index+` WHERE `+where.text()+` ORDER BY id DESC LIMIT `+where.arg(limit), where.args...)
}

// DueSnoozes implements core.Tx.
func (t *tx) DueSnoozes(ctx context.Context, now time.Time, limit int) ([]core.DueEntry, error) {
	return list(ctx, t, readDue, `
		SELECT workspace_id, entry_id FROM flags
		WHERE snoozed_until IS NOT NULL AND snoozed_until <= ?1 ORDER BY snoozed_until LIMIT ?2`, now, limit)
}
