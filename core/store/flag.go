package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const flagColumns = `workspace_id, id, entry_id, member_id, state, opened_at, snoozed_until, snooze_reason, snoozed_by, resolved_at,
	resolution, resolved_by, remind_at, reminded_at, reminders, round, answered_at, corrected_at, corrected_by`

func readFlag(scan scanner, f *core.Flag) error {
	return scan(id{&f.WorkspaceID}, id{&f.ID}, id{&f.EntryID}, id{&f.MemberID}, &f.State, moment{&f.OpenedAt}, moment{&f.SnoozedUntil},
		&f.SnoozeReason, &f.SnoozedBy, moment{&f.ResolvedAt}, &f.Resolution, &f.ResolvedBy, moment{&f.RemindAt}, moment{&f.RemindedAt},
		&f.Reminders, &f.Round, moment{&f.AnsweredAt}, moment{&f.CorrectedAt}, &f.CorrectedBy)
}

// InsertFlags implements core.Tx.
func (t *tx) InsertFlags(ctx context.Context, flags []core.Flag) error {
	rows := make([][]any, len(flags))
	for i, f := range flags {
		rows[i] = []any{
			f.WorkspaceID, f.ID, f.EntryID, f.MemberID, string(f.State), f.OpenedAt, f.SnoozedUntil, f.SnoozeReason, f.SnoozedBy,
			f.ResolvedAt, string(f.Resolution), f.ResolvedBy, f.RemindAt, f.RemindedAt, f.Reminders, f.Round, f.AnsweredAt,
			f.CorrectedAt, f.CorrectedBy,
		}
	}
	for len(rows) > 0 {
		n := min(bulkRows, len(rows))
		if err := t.insertRows(ctx, `flags (`+flagColumns+`)`, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// SaveFlag implements core.Tx.
func (t *tx) SaveFlag(ctx context.Context, f core.Flag, was core.FlagState) error {
	return t.must(ctx, `
		UPDATE flags SET state = ?4, snoozed_until = ?5, snooze_reason = ?6, snoozed_by = ?7, resolved_at = ?8, resolution = ?9, resolved_by = ?10,
			remind_at = ?11, reminded_at = ?12, reminders = ?13, round = ?14, answered_at = ?15, corrected_at = ?16, corrected_by = ?17
		WHERE workspace_id = ?1 AND id = ?2 AND state = ?3`,
		f.WorkspaceID, f.ID, string(was), string(f.State), f.SnoozedUntil, f.SnoozeReason, f.SnoozedBy, f.ResolvedAt,
		string(f.Resolution), f.ResolvedBy, f.RemindAt, f.RemindedAt, f.Reminders, f.Round, f.AnsweredAt, f.CorrectedAt, f.CorrectedBy)
}

// FlagCorrected implements core.Tx.
func (t *tx) FlagCorrected(ctx context.Context, workspace, entry core.ID, by string, now, remind time.Time) error {
	return t.run(ctx, `
		UPDATE flags SET corrected_at = ?3, corrected_by = ?4, remind_at = CASE WHEN remind_at IS NOT NULL THEN CAST(?5 AS BIGINT) END
		WHERE workspace_id = ?1 AND entry_id = ?2`, workspace, entry, now, by, remind)
}

// FlagAnswered implements core.Tx.
func (t *tx) FlagAnswered(ctx context.Context, workspace, id core.ID, now time.Time) error {
	return t.run(ctx, `UPDATE flags SET answered_at = ?3 WHERE workspace_id = ?1 AND id = ?2`, workspace, id, now)
}

// PutOffReminder implements core.Tx.
func (t *tx) PutOffReminder(ctx context.Context, workspace, id core.ID, until time.Time) error {
	return t.run(ctx, `UPDATE flags SET remind_at = ?3 WHERE workspace_id = ?1 AND id = ?2 AND state = 'open'`, workspace, id, until)
}

// CountReminder implements core.Tx.
func (t *tx) CountReminder(ctx context.Context, workspace, id core.ID, now, next time.Time, most int) (core.Flag, bool, error) {
	f, err := one(ctx, t, readFlag, `
		UPDATE flags SET reminders = reminders + 1, reminded_at = ?3, remind_at = CASE WHEN reminders + 1 < ?5 THEN CAST(?4 AS BIGINT) END
		WHERE workspace_id = ?1 AND id = ?2 AND state = 'open' AND remind_at <= ?3 AND reminders < ?5
		RETURNING `+flagColumns, workspace, id, now, next, most)
	if errors.Is(err, core.ErrNoRow) {
		return f, false, nil
	}
	return f, err == nil, err
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

// Due implements core.Tx. It is one statement: each part is a range of an index that holds only what waits for its time.
func (t *tx) Due(ctx context.Context, now time.Time, autoStop time.Duration, limit int) ([]core.DueItem, error) {
	which := `w.auto_stop_after > 0`
	if autoStop > 0 {
		which = `w.auto_stop_after >= 0`
	}
	parts := []string{
		`SELECT 'flag' AS kind, workspace_id, id, flag_at AS at FROM time_entries WHERE flag_at IS NOT NULL AND flag_at <= ?1 ORDER BY flag_at LIMIT ?2`,
		`SELECT 'snooze' AS kind, workspace_id, id, snoozed_until AS at FROM flags
			WHERE snoozed_until IS NOT NULL AND snoozed_until <= ?1 ORDER BY snoozed_until LIMIT ?2`,
		`SELECT 'stop' AS kind, e.workspace_id, e.id, e.started_at AS at
			FROM workspaces w` + t.store.dialect.indexed(`workspaces_auto_stop`) + ` CROSS JOIN time_entries e` + t.store.dialect.indexed(`time_entries_running`) + `
			WHERE ` + which + ` AND e.workspace_id = w.id AND e.ended_at IS NULL AND e.deleted_at IS NULL
				AND e.started_at <= ?1 - (CASE WHEN w.auto_stop_after > 0 THEN w.auto_stop_after ELSE ?3 END) LIMIT ?2`,
		`SELECT 'remind' AS kind, workspace_id, id, remind_at AS at FROM flags WHERE remind_at IS NOT NULL AND remind_at <= ?1 ORDER BY remind_at LIMIT ?2`,
	}
	return list(ctx, t, func(scan scanner, d *core.DueItem) error { return scan(&d.Kind, id{&d.WorkspaceID}, id{&d.ID}) },
		`SELECT kind, workspace_id, id FROM (`+strings.Join(parts, `) a UNION ALL SELECT kind, workspace_id, id FROM (`)+`) a`,
		now, limit, autoStop)
}
