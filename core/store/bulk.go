package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode"

	"github.com/clockwarden/clockwarden/core"
)

// bulkRows is how many rows one INSERT of a bulk load has: enough to make the statement's price
// small, few enough for both engines' limit of parameters.
const bulkRows = 200

// bulkRowsJSON is how many rows one INSERT on PostgreSQL has, where all of them are one parameter.
const bulkRowsJSON = 5000

// BulkLoad implements core.Tx.
func (t *tx) BulkLoad(ctx context.Context, workspace core.ID, b core.Bulk) error {
	users, members := make([][]any, 0, len(b.Members)), make([][]any, 0, len(b.Members))
	for _, m := range b.Members {
		sort, err := sortKey(m.User.Name)
		if err != nil {
			return err
		}
		u := m.User
		users = append(users, []any{u.ID, u.Email, core.NormalEmail(u.Email), u.Name, searchKey(u), sort, u.Language, u.TimeZone, u.Scheme, m.CreatedAt})
		members = append(members, []any{workspace, m.ID, u.ID, m.Role, m.Status, m.ForgottenAfter, m.WorkingHours, m.LastActivity, m.CreatedAt})
	}
	entries := make([][]any, 0, len(b.Entries))
	for _, e := range b.Entries {
		entries = append(entries, []any{
			workspace, e.ID, e.MemberID, e.UserID, e.Description, "", e.Billable, e.Start, e.End, e.Version,
			false, false, false, e.FlagAt, e.StoppedAt, e.StoppedBy, e.StoppedName, e.StoppedDoor, e.CreatedAt,
		})
	}
	for _, load := range []struct {
		into string
		rows [][]any
	}{
		{`users (id, email, email_key, name, search_key, sort_key, language, time_zone, scheme, created_at)`, users},
		{`members (workspace_id, id, user_id, role, status, forgotten_after, working_hours, last_activity, created_at)`, members},
		{`time_entries (workspace_id, id, member_id, user_id, description, tag_ids, billable, started_at, ended_at, version,
			incomplete, automatic, flagged, flag_at, stopped_at, stopped_by, stopped_name, stopped_door, created_at)`, entries},
	} {
		insert, most := t.insertRows, bulkRows
		if t.store.writer == nil {
			insert, most = t.insertJSON, bulkRowsJSON
		}
		for len(load.rows) > 0 {
			n := min(most, len(load.rows))
			if err := insert(ctx, load.into, load.rows[:n]); err != nil {
				return err
			}
			load.rows = load.rows[n:]
		}
	}
	return nil
}

func (t *tx) insertRows(ctx context.Context, into string, rows [][]any) error {
	var c conditions
	var text strings.Builder
	text.WriteString(`INSERT INTO ` + into + ` VALUES `)
	for i, row := range rows {
		if i > 0 {
			text.WriteString(`, `)
		}
		marks := make([]string, len(row))
		for j, v := range row {
			marks[j] = c.arg(v)
		}
		text.WriteString(`(` + strings.Join(marks, `, `) + `)`)
	}
	return t.run(ctx, text.String(), c.args...)
}

// insertJSON is insertRows for PostgreSQL, which spends more on thousands of parameters than on their rows. It gives the
// values the types of the table's columns.
func (t *tx) insertJSON(ctx context.Context, into string, rows [][]any) error {
	table, list, _ := strings.Cut(strings.TrimSuffix(into, `)`), ` (`)
	columns := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	text := []byte(`[`)
	for i, row := range rows {
		if i > 0 {
			text = append(text, ',')
		}
		for j, v := range plain(row) {
			if b, ok := v.([]byte); ok {
				v = `\x` + hex.EncodeToString(b)
			}
			value, err := json.Marshal(v)
			if err != nil {
				return err
			}
			start := byte(',')
			if j == 0 {
				start = '{'
			}
			text = append(append(append(append(text, start, '"'), columns[j]...), `":`...), value...)
		}
		text = append(text, '}')
	}
	return t.run(ctx, `INSERT INTO `+table+` (`+list+`) SELECT `+list+` FROM json_populate_recordset(NULL::`+table+`, ?1::json)`,
		string(append(text, ']')))
}

// RefreshAccounts implements core.Tx: the rows are made anew in one statement.
func (t *tx) RefreshAccounts(ctx context.Context, workspace core.ID) error {
	if err := t.settle(ctx); err != nil {
		return err
	}
	restore, err := t.withoutIndexes(ctx)
	if err != nil {
		return err
	}
	if err := t.run(ctx, `DELETE FROM accounts WHERE workspace_id = ?1`, workspace); err != nil {
		return err
	}
	if err := t.run(ctx, `
		INSERT INTO accounts (
			workspace_id, member_id, sort_key, user_id, name, email, email_key, search_key, role, role_rank, status, status_rank,
			active_keys, last_activity, running, running_since, flagged, entry_id, description
		)
		SELECT m.workspace_id, m.id, u.sort_key, m.user_id, u.name, u.email, u.email_key, u.search_key, m.role,
			CASE m.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 WHEN 'manager' THEN 2 ELSE 3 END, m.status,
			CASE m.status WHEN 'active' THEN 0 WHEN 'invited' THEN 1 ELSE 2 END,
			(SELECT count(*) FROM api_keys k WHERE k.workspace_id = m.workspace_id AND k.member_id = m.id AND k.deactivated_at IS NULL),
			coalesce(m.last_activity, 0), CASE WHEN e.id IS NULL THEN 0 ELSE 1 END, e.started_at, coalesce(e.flagged, 0), e.id,
			coalesce(e.description, '')
		FROM `+sourceTables+`
		WHERE m.workspace_id = ?1
		ORDER BY u.sort_key, m.id`, workspace); err != nil {
		return err
	}
	if err := restore(); err != nil {
		return err
	}
	return t.must(ctx, `
		UPDATE workspace_state SET
			all_count = (SELECT count(*) FROM accounts WHERE workspace_id = ?1),
			running_count = (SELECT count(*) FROM accounts WHERE workspace_id = ?1 AND running = 1),
			flagged_count = (SELECT count(*) FROM accounts WHERE workspace_id = ?1 AND flagged = 1),
			with_keys_count = (SELECT count(*) FROM accounts WHERE workspace_id = ?1 AND active_keys > 0),
			inactive_count = (SELECT count(*) FROM accounts WHERE workspace_id = ?1 AND status = 'inactive'),
			members_revision = members_revision + 1
		WHERE workspace_id = ?1`, workspace)
}

// withoutIndexes drops, on SQLite, the indexes of the accounts that only make reading fast; restore makes them again. That
// takes a sort each instead of a search for a page with each row, most of which are no longer in memory.
func (t *tx) withoutIndexes(ctx context.Context) (restore func() error, err error) {
	if t.store.writer == nil {
		return func() error { return nil }, nil
	}
	var names, texts []string
	if err := t.rows(ctx, `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'accounts' AND sql IS NOT NULL`, nil,
		func(scan scanner) error {
			var name, text string
			err := scan(&name, &text)
			names, texts = append(names, name), append(texts, text)
			return err
		}); err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := t.run(ctx, `DROP INDEX `+name); err != nil {
			return nil, err
		}
	}
	return func() error {
		for _, text := range texts {
			if err := t.run(ctx, text); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
