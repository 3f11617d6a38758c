package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/textkey"
)

const entryColumns = `e.workspace_id, e.id, e.member_id, e.user_id, e.description, e.project_id, e.tag_ids, e.billable, e.started_at,
	e.ended_at, e.version, e.incomplete, e.automatic, e.flagged, e.flag_at, e.stopped_at, e.stopped_by, e.stopped_name,
	e.stopped_door, e.corrected, e.deleted_at, e.created_at`

func entryTargets(e *core.TimeEntry) []any {
	return []any{
		id{&e.WorkspaceID},
		id{&e.ID},
		id{&e.MemberID},
		id{&e.UserID},
		&e.Description,
		id{&e.ProjectID},
		idList{&e.TagIDs},
		yes{&e.Billable},
		moment{&e.Start},
		moment{&e.End},
		&e.Version,
		yes{&e.Incomplete},
		yes{&e.Automatic},
		yes{&e.Flagged},
		moment{&e.FlagAt},
		moment{&e.StoppedAt},
		id{&e.StoppedBy},
		&e.StoppedName,
		&e.StoppedDoor,
		yes{&e.Corrected},
		moment{&e.DeletedAt},
		moment{&e.CreatedAt},
	}
}

func readEntry(scan scanner, e *core.TimeEntry) error { return scan(entryTargets(e)...) }

// joinIDs writes ids in their order, separated by spaces.
func joinIDs(ids []core.ID) string { return strings.Join(texts(ids), " ") }

func texts(ids []core.ID) []string {
	list := make([]string, len(ids))
	for i, v := range ids {
		list[i] = string(v)
	}
	return list
}

// InsertEntry implements core.Tx.
func (t *tx) InsertEntry(ctx context.Context, e core.TimeEntry) error {
	return t.run(ctx, `
		INSERT INTO time_entries (workspace_id, id, member_id, user_id, description, project_id, tag_ids, billable, started_at,
			ended_at, version, incomplete, automatic, flagged, flag_at, stopped_at, stopped_by, stopped_name,
			stopped_door, corrected, deleted_at, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)`,
		e.WorkspaceID, e.ID, e.MemberID, e.UserID, e.Description, e.ProjectID, joinIDs(e.TagIDs), e.Billable, e.Start,
		e.End, e.Version, e.Incomplete, e.Automatic, e.Flagged, e.FlagAt, e.StoppedAt, e.StoppedBy, e.StoppedName,
		e.StoppedDoor, e.Corrected, e.DeletedAt, e.CreatedAt)
}

// savedColumns lists what SaveEntry can change, in the order of savedValues.
var savedColumns = []string{
	`description`, `project_id`, `tag_ids`, `billable`, `started_at`, `ended_at`, `incomplete`, `automatic`, `flagged`, `flag_at`,
	`stopped_at`, `stopped_by`, `stopped_name`, `stopped_door`, `corrected`, `deleted_at`,
}

func savedValues(e core.TimeEntry) []any {
	return plain([]any{
		e.Description, e.ProjectID, joinIDs(e.TagIDs), e.Billable, e.Start, e.End, e.Incomplete, e.Automatic, e.Flagged, e.FlagAt,
		e.StoppedAt, e.StoppedBy, e.StoppedName, e.StoppedDoor, e.Corrected, e.DeletedAt,
	})
}

// SaveEntry implements core.Tx.
func (t *tx) SaveEntry(ctx context.Context, was, is core.TimeEntry) (bool, error) {
	var c conditions
	where := `workspace_id = ` + c.arg(was.WorkspaceID) + ` AND id = ` + c.arg(was.ID) + ` AND version = ` + c.arg(was.Version)
	set := append(c.changes(savedColumns, savedValues(was), savedValues(is)), `version = version + 1`)
	return t.changed(ctx, `UPDATE time_entries SET `+strings.Join(set, `, `)+` WHERE `+where, c.args...)
}

// Entry implements core.Tx.
func (t *tx) Entry(ctx context.Context, workspace, id core.ID) (core.TimeEntry, error) {
	return one(ctx, t, readEntry, `SELECT `+entryColumns+` FROM time_entries e WHERE e.workspace_id = ?1 AND e.id = ?2`, workspace, id)
}

// EntryAndMember implements core.Tx.
func (t *tx) EntryAndMember(ctx context.Context, workspace, id core.ID) (e core.TimeEntry, m core.Member, err error) {
	err = t.row(ctx, `
		SELECT `+entryColumns+`, `+memberColumns+`
		FROM time_entries e
		JOIN members m ON m.workspace_id = e.workspace_id AND m.id = e.member_id
		JOIN users u ON u.id = m.user_id
		WHERE e.workspace_id = ?1 AND e.id = ?2`, []any{workspace, id}, append(entryTargets(&e), memberTargets(&m)...)...)
	return e, m, err
}

// RunningEntry implements core.Tx.
func (t *tx) RunningEntry(ctx context.Context, workspace, member core.ID) (core.TimeEntry, error) {
	return one(ctx, t, readEntry, `
		SELECT `+entryColumns+` FROM time_entries e
		WHERE e.member_id = ?2 AND e.ended_at IS NULL AND e.deleted_at IS NULL AND e.workspace_id = ?1`, workspace, member)
}

// Entries implements core.Tx.
func (t *tx) Entries(ctx context.Context, workspace core.ID, q core.EntryQuery) ([]core.TimeEntry, error) {
	var where conditions
	where.add(`e.member_id = ` + where.arg(q.MemberID))
	where.add(`e.workspace_id = ` + where.arg(workspace))
	where.add(`e.deleted_at IS NULL`)
	if !q.From.IsZero() {
		where.add(`e.started_at >= ` + where.arg(q.From))
	}
	if !q.To.IsZero() {
		where.add(`e.started_at < ` + where.arg(q.To))
	}
	if q.ProjectID != "" {
		where.add(`e.project_id = ` + where.arg(q.ProjectID))
	}
	if q.Running != nil && *q.Running {
		where.add(`e.ended_at IS NULL`)
	} else if q.Running != nil {
		where.add(`e.ended_at IS NOT NULL`)
	}
	if len(q.TagIDs) > 0 {
		var any conditions
		any.args = where.args
		for _, tag := range q.TagIDs {
			any.add(`e.tag_ids LIKE ` + any.arg(likePattern(string(tag))) + ` ESCAPE '\'`)
		}
		where.args = any.args
		where.add(`(` + strings.Join(any.parts, " OR ") + `)`)
	}
	if q.Description == "" {
		return list(ctx, t, readEntry, entriesNewestFirst(&where)+` LIMIT `+where.arg(q.Limit)+` OFFSET `+where.arg(q.Offset), where.args...)
	}
	return t.entriesDescribed(ctx, &where, q)
}

func entriesNewestFirst(where *conditions) string {
	return `SELECT ` + entryColumns + ` FROM time_entries e WHERE ` + where.text() + ` ORDER BY e.started_at DESC, e.id DESC`
}

// RunningEntries implements core.Tx.
func (t *tx) RunningEntries(ctx context.Context, workspace, member core.ID, offset, limit int) ([]core.TimeEntry, error) {
	var where conditions
	where.add(`e.workspace_id = ` + where.arg(workspace))
	where.add(`e.ended_at IS NULL AND e.deleted_at IS NULL`)
	if member != "" {
		where.add(`e.member_id = ` + where.arg(member))
	}
	return list(ctx, t, readEntry, `SELECT `+entryColumns+` FROM time_entries e WHERE `+where.text()+`
		ORDER BY e.started_at, e.id LIMIT `+where.arg(limit)+` OFFSET `+where.arg(offset), where.args...)
}

// EntryBetween implements core.Tx.
func (t *tx) EntryBetween(ctx context.Context, workspace, member, except core.ID, from, to time.Time) (core.TimeEntry, error) {
	return one(ctx, t, readEntry, `
		SELECT `+entryColumns+` FROM time_entries e
		WHERE e.member_id = ?2 AND e.started_at >= ?4 AND e.started_at < ?5
			AND e.workspace_id = ?1 AND e.id <> ?3 AND e.deleted_at IS NULL
		ORDER BY e.started_at, e.id LIMIT 1`, workspace, member, string(except), from, to)
}

// EntryMadeSince implements core.Tx.
func (t *tx) EntryMadeSince(ctx context.Context, workspace, member, except core.ID, from, made time.Time) (core.TimeEntry, error) {
	return one(ctx, t, readEntry, `
		SELECT `+entryColumns+` FROM time_entries e
		WHERE e.member_id = ?2 AND e.started_at >= ?4 AND e.created_at >= ?5
			AND e.workspace_id = ?1 AND e.id <> ?3 AND e.deleted_at IS NULL
		ORDER BY e.started_at, e.id LIMIT 1`, workspace, member, string(except), from, made)
}

// StoppedByOthers implements core.Tx.
func (t *tx) StoppedByOthers(ctx context.Context, workspace core.ID, members []core.ID, after time.Time) ([]core.TimeEntry, error) {
	return list(ctx, t, readEntry, `
		SELECT `+entryColumns+` FROM time_entries e`+t.store.dialect.indexed(`time_entries_stopped_by_others`)+`
		WHERE e.member_id IN (`+t.store.dialect.each(`?2`)+`) AND e.stopped_at > ?3 AND e.stopped_at IS NOT NULL
			AND e.stopped_by IS DISTINCT FROM e.user_id AND e.workspace_id = ?1 AND e.deleted_at IS NULL`,
		workspace, jsonIDs(members), after)
}

// UnflaggedRunning implements core.Tx.
func (t *tx) UnflaggedRunning(ctx context.Context, workspace, member core.ID) ([]core.TimeEntry, error) {
	var where conditions
	where.add(`e.workspace_id = ` + where.arg(workspace))
	where.add(`e.ended_at IS NULL AND e.deleted_at IS NULL AND e.flag_at IS NOT NULL`)
	if member != "" {
		where.add(`e.member_id = ` + where.arg(member))
	}
	return list(t.long(ctx), t, readEntry, `SELECT `+entryColumns+` FROM time_entries e WHERE `+where.text()+` ORDER BY e.started_at, e.id`, where.args...)
}

// SetFlagAt implements core.Tx.
func (t *tx) SetFlagAt(ctx context.Context, workspace, id core.ID, at time.Time) error {
	return t.must(ctx, `UPDATE time_entries SET flag_at = ?3 WHERE workspace_id = ?1 AND id = ?2`, workspace, id, at)
}

func readDue(scan scanner, d *core.DueEntry) error { return scan(id{&d.WorkspaceID}, id{&d.EntryID}) }

// DueEntries implements core.Tx.
func (t *tx) DueEntries(ctx context.Context, now time.Time, limit int) ([]core.DueEntry, error) {
	return list(ctx, t, readDue, `
		SELECT workspace_id, id FROM time_entries WHERE flag_at IS NOT NULL AND flag_at <= ?1 ORDER BY flag_at LIMIT ?2`, now, limit)
}

// MarkFlagged implements core.Tx.
func (t *tx) MarkFlagged(ctx context.Context, workspace core.ID, ids []core.ID, now time.Time) ([]core.TimeEntry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := list(ctx, t, readEntry, `
		UPDATE time_entries SET flagged = 1, flag_at = NULL
		WHERE workspace_id = ?1 AND id IN (`+t.store.dialect.each(`?2`)+`) AND flag_at <= ?3 AND ended_at IS NULL AND deleted_at IS NULL
		RETURNING `+strings.ReplaceAll(entryColumns, `e.`, ``), workspace, jsonIDs(ids), now)
	slices.SortFunc(all, func(a, b core.TimeEntry) int {
		return cmp.Or(a.Start.Compare(b.Start), strings.Compare(string(a.ID), string(b.ID)))
	})
	return all, err
}

// ClearFlagged implements core.Tx.
func (t *tx) ClearFlagged(ctx context.Context, workspace, id core.ID) error {
	return t.must(ctx, `UPDATE time_entries SET flagged = 0 WHERE workspace_id = ?1 AND id = ?2`, workspace, id)
}

// jsonIDs writes ids as a JSON array, for dialect.each.
func jsonIDs(ids []core.ID) string {
	if len(ids) == 0 {
		return `[]`
	}
	return `["` + strings.Join(texts(ids), `","`) + `"]`
}

// errEnough ends a walk over rows early.
var errEnough = errors.New("enough rows")

// entriesDescribed looks for a part of the description with case and accents folded, which neither engine can.
func (t *tx) entriesDescribed(ctx context.Context, where *conditions, q core.EntryQuery) ([]core.TimeEntry, error) {
	var found []core.TimeEntry
	part, skip := textkey.Fold(q.Description), q.Offset
	err := t.rows(t.long(ctx), entriesNewestFirst(where), where.args, func(scan scanner) error {
		var e core.TimeEntry
		if err := readEntry(scan, &e); err != nil {
			return err
		}
		if !strings.Contains(textkey.Fold(e.Description), part) {
			return nil
		}
		if skip--; skip >= 0 {
			return nil
		}
		if found = append(found, e); len(found) == q.Limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}
