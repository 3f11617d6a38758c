package store

import (
	"context"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const (
	memberColumns = userColumns + `, m.id, m.workspace_id, m.role, m.status, m.forgotten_after, m.working_hours, m.last_activity, m.created_at`
	memberTables  = `members m JOIN users u ON u.id = m.user_id`
)

func memberTargets(m *core.Member) []any {
	return append(userTargets(&m.User), id{&m.ID}, id{&m.WorkspaceID}, &m.Role, &m.Status, span{&m.ForgottenAfter},
		&m.WorkingHours, moment{&m.LastActivity}, moment{&m.CreatedAt})
}

func readMember(scan scanner, m *core.Member) error { return scan(memberTargets(m)...) }

// InsertMember implements core.Tx.
func (t *tx) InsertMember(ctx context.Context, m core.Member) error {
	return t.run(ctx, `
		INSERT INTO members (workspace_id, id, user_id, role, status, forgotten_after, working_hours, last_activity, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		m.WorkspaceID, m.ID, m.User.ID, m.Role, m.Status, m.ForgottenAfter, m.WorkingHours, m.LastActivity, m.CreatedAt)
}

// UpdateMember implements core.Tx.
func (t *tx) UpdateMember(ctx context.Context, m core.Member) error {
	return t.must(ctx, `
		UPDATE members SET role = ?3, status = ?4, forgotten_after = ?5, working_hours = ?6 WHERE workspace_id = ?1 AND id = ?2`,
		m.WorkspaceID, m.ID, m.Role, m.Status, m.ForgottenAfter, m.WorkingHours)
}

// Member implements core.Tx.
func (t *tx) Member(ctx context.Context, workspace, id core.ID) (core.Member, error) {
	return one(ctx, t, readMember, `SELECT `+memberColumns+` FROM `+memberTables+` WHERE m.workspace_id = ?1 AND m.id = ?2`, workspace, id)
}

// MembersByID implements core.Tx.
func (t *tx) MembersByID(ctx context.Context, workspace core.ID, ids []core.ID) (map[core.ID]core.Member, error) {
	found, err := list(ctx, t, readMember, `
		SELECT `+memberColumns+` FROM `+memberTables+` WHERE m.workspace_id = ?1 AND m.id IN (`+t.store.dialect.each(`?2`)+`)`, workspace, jsonIDs(ids))
	members := make(map[core.ID]core.Member, len(found))
	for _, m := range found {
		members[m.ID] = m
	}
	return members, err
}

// MemberByUser implements core.Tx.
func (t *tx) MemberByUser(ctx context.Context, workspace, user core.ID) (core.Member, error) {
	return one(ctx, t, readMember, `SELECT `+memberColumns+` FROM `+memberTables+` WHERE m.user_id = ?2 AND m.workspace_id = ?1`, workspace, user)
}

// MemberByEmail implements core.Tx.
func (t *tx) MemberByEmail(ctx context.Context, workspace core.ID, normal string) (core.Member, error) {
	return one(ctx, t, readMember, `
		SELECT `+memberColumns+` FROM users u JOIN members m ON m.user_id = u.id AND m.workspace_id = ?1 WHERE u.email_key = ?2`,
		workspace, normal)
}

// Members implements core.Tx. It walks the accounts, which have an index for each order and are there for every member.
func (t *tx) Members(ctx context.Context, workspace core.ID, q core.MemberQuery) ([]core.Member, error) {
	where := membersWhere(workspace, q)
	key, index := `a.email_key`, `accounts_by_email`
	if q.Sort == "name" {
		key, index = ``, membersIndex(q)
	}
	page := where.arg(q.Limit)
	offset := where.arg(q.Offset)
	return list(t.long(ctx), t, readMember, `
		SELECT `+memberColumns+`
		FROM (
			SELECT a.workspace_id, a.member_id, a.user_id, a.email_key, a.sort_key
			FROM accounts a`+t.store.dialect.indexed(index)+` WHERE `+where.text()+` ORDER BY `+order(`a.`, key, q.Desc)+` LIMIT `+page+` OFFSET `+offset+`
		) a
		JOIN members m ON m.workspace_id = a.workspace_id AND m.id = a.member_id
		JOIN users u ON u.id = a.user_id
		ORDER BY `+order(`a.`, key, q.Desc), where.args...)
}

// CountMembers implements core.Tx.
func (t *tx) CountMembers(ctx context.Context, workspace core.ID, q core.MemberQuery) (int, error) {
	if q.Email == "" && q.Search == "" && len(q.Statuses) == 0 && !q.OwnTimes {
		counts, _, err := t.totals(ctx, workspace)
		return counts.All, err
	}
	where := membersWhere(workspace, q)
	var n int
	err := t.row(t.long(ctx), `SELECT count(*) FROM accounts a`+t.store.dialect.indexed(membersIndex(q))+` WHERE `+where.text(), where.args, &n)
	return n, err
}

// membersIndex is the index of what a MemberQuery asks for, by name where it asks for no one.
func membersIndex(q core.MemberQuery) string {
	if q.Email != "" {
		return `accounts_by_email`
	}
	return `accounts_by_name`
}

// membersWhere selects accounts a by what a MemberQuery asks for.
func membersWhere(workspace core.ID, q core.MemberQuery) conditions {
	var where conditions
	ws := where.arg(workspace)
	where.add(`a.workspace_id = ` + ws)
	if q.Email != "" {
		where.add(`a.email_key = ` + where.arg(q.Email))
	}
	if q.Search != "" {
		where.add(`a.search_key LIKE ` + where.arg(likePattern(q.Search)) + ` ESCAPE '\'`)
	}
	if len(q.Statuses) > 0 {
		oneOf(&where, `a.status`, q.Statuses)
	}
	if q.OwnTimes {
		where.add(`EXISTS (SELECT 1 FROM members o WHERE o.workspace_id = ` + ws + ` AND o.id = a.member_id AND (o.forgotten_after <> 0 OR o.working_hours <> ''))`)
	}
	return where
}

// order is the order of accounts by a column ("" for none), then by name and member; descending turns all of it.
func order(table, column string, desc bool) string {
	direction := ``
	if desc {
		direction = ` DESC`
	}
	text := table + `sort_key` + direction + `, ` + table + `member_id` + direction
	if column != "" {
		text = column + direction + `, ` + text
	}
	return text
}

// likePattern finds a text anywhere; the three characters that LIKE gives a meaning stand for themselves.
func likePattern(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(part) + "%"
}

// CountActiveOwners implements core.Tx.
func (t *tx) CountActiveOwners(ctx context.Context, workspace core.ID) (int, error) {
	var n int
	err := t.row(ctx, `SELECT count(*) FROM members WHERE workspace_id = ?1 AND role = 'owner' AND status = 'active'`, []any{workspace}, &n)
	return n, err
}

// TouchMember implements core.Tx.
func (t *tx) TouchMember(ctx context.Context, workspace, id core.ID, now time.Time) error {
	return t.run(ctx, `
		UPDATE members SET last_activity = ?3
		WHERE workspace_id = ?1 AND id = ?2 AND (last_activity IS NULL OR last_activity < ?3)`, workspace, id, now)
}

// conditions collects the parts of a WHERE clause and their arguments.
type conditions struct {
	parts []string
	args  []any
}

// arg adds an argument and returns its placeholder.
func (c *conditions) arg(v any) string {
	c.args = append(c.args, v)
	return "?" + strconv.Itoa(len(c.args))
}

func (c *conditions) add(part string) { c.parts = append(c.parts, part) }

// changes returns assignments of the columns whose value is another one now. A statement names no other column, because
// SQLite rewrites every index of a column that is named.
func (c *conditions) changes(columns []string, was, is []any) []string {
	var set []string
	for i, v := range is {
		if !reflect.DeepEqual(v, was[i]) {
			set = append(set, columns[i]+` = `+c.arg(v))
		}
	}
	return set
}

// oneOf adds that a column has one of the values.
func oneOf[T any](c *conditions, column string, values []T) {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = c.arg(v)
	}
	c.add(column + ` IN (` + strings.Join(names, ", ") + `)`)
}

func (c *conditions) text() string { return strings.Join(c.parts, " AND ") }
