package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/clockwarden/clockwarden/core"
)

// account is a row of the read model with the columns that are not shown.
type account struct {
	core.Account
	sortKey   []byte
	emailKey  string
	searchKey string
}

// counts is what the row adds to the totals of its workspace.
func (a *account) counts() core.AccountCounts {
	var c core.AccountCounts
	if a == nil {
		return c
	}
	c.All = 1
	if a.Timer != nil {
		c.Running = 1
		if a.Timer.Flagged {
			c.Flagged = 1
		}
	}
	if a.ActiveAPIKeys > 0 {
		c.WithKeys = 1
	}
	if a.Status == core.StatusInactive {
		c.Inactive = 1
	}
	return c
}

func (a *account) equal(b *account) bool {
	if a == nil || b == nil {
		return a == b
	}
	if (a.Timer == nil) != (b.Timer == nil) || a.Timer != nil && (a.Timer.EntryID != b.Timer.EntryID ||
		a.Timer.Description != b.Timer.Description || !a.Timer.Start.Equal(b.Timer.Start) || a.Timer.Flagged != b.Timer.Flagged) {
		return false
	}
	return a.MemberID == b.MemberID && a.UserID == b.UserID && a.Name == b.Name && a.Email == b.Email && a.Role == b.Role &&
		a.Status == b.Status && a.ActiveAPIKeys == b.ActiveAPIKeys && a.LastActivity.Equal(b.LastActivity) &&
		bytes.Equal(a.sortKey, b.sortKey) && a.emailKey == b.emailKey && a.searchKey == b.searchKey
}

// timer holds the columns of a running timer, which may all be NULL.
type timer struct{ core.AccountTimer }

func (r *timer) targets() []any {
	return []any{id{&r.EntryID}, moment{&r.Start}, text{&r.Description}, yes{&r.Flagged}}
}

func (r *timer) value() *core.AccountTimer {
	if r.EntryID == "" {
		return nil
	}
	v := r.AccountTimer
	return &v
}

const (
	// storedColumns are the row as it is.
	storedColumns = `a.shown, a.sort_key, a.email_key, a.search_key`
	// presentColumns are the same where there may be no row.
	presentColumns = `a.shown, a.sort_key, coalesce(a.email_key, ''), coalesce(a.search_key, '')`
	// sourceColumns are what the row should be, from the sources.
	sourceColumns = `m.id, m.user_id, u.name, u.email, m.role, m.status,
		(SELECT count(*) FROM api_keys k WHERE k.workspace_id = m.workspace_id AND k.member_id = m.id AND k.deactivated_at IS NULL),
		coalesce(m.last_activity, 0), e.id, e.started_at, e.description, e.flagged, u.sort_key, u.email_key, u.search_key`
	sourceTables = `members m
		JOIN users u ON u.id = m.user_id
		LEFT JOIN time_entries e ON e.member_id = m.id AND e.ended_at IS NULL AND e.deleted_at IS NULL`
)

func (a *account) source(r *timer) []any {
	return append(append([]any{
		id{&a.MemberID}, id{&a.UserID}, &a.Name, &a.Email, &a.Role, &a.Status, &a.ActiveAPIKeys, never{&a.LastActivity},
	}, r.targets()...), &a.sortKey, &a.emailKey, &a.searchKey)
}

func (a *account) stored() []any {
	return []any{shownAs{&a.Account}, &a.sortKey, &a.emailKey, &a.searchKey}
}

func readSource(scan scanner, a *account) error {
	var r timer
	err := scan(a.source(&r)...)
	a.Timer = r.value()
	return err
}

func readStored(scan scanner, a *account) error { return scan(a.stored()...) }

// rank is the place of a value in the order that the table sorts by.
func rank[T comparable](order []T, v T) int { return slices.Index(order, v) }

// statuses is the order of the status column.
func statuses() []core.Status {
	return []core.Status{core.StatusActive, core.StatusInvited, core.StatusInactive}
}

// RefreshAccount implements core.Tx. A row that is right already is not written.
func (t *tx) RefreshAccount(ctx context.Context, workspace, member core.ID) error {
	if t.store.dialect.lock != "" {
		// Two acts that refresh a member at the same time would both count its change.
		if err := t.run(ctx, `SELECT 1 FROM workspace_state WHERE workspace_id = ?1`+t.store.dialect.lock, workspace); err != nil {
			return err
		}
	}
	is, was, err := t.accountAndSource(ctx, workspace, member)
	if err != nil || was.equal(is) {
		return err
	}
	switch {
	case is == nil:
		err = t.run(ctx, `DELETE FROM accounts WHERE member_id = ?2 AND workspace_id = ?1`, workspace, member)
	case was == nil:
		err = t.insertAccount(ctx, workspace, is)
	default:
		err = t.updateAccount(ctx, workspace, is, was)
	}
	if err != nil {
		return err
	}
	names := was == nil || is == nil || was.searchKey != is.searchKey || !bytes.Equal(was.sortKey, is.sortKey)
	return t.addCounts(ctx, workspace, was.counts(), is.counts(), names)
}

// accountAndSource reads a row as it should be and as it is; nil where there is none.
func (t *tx) accountAndSource(ctx context.Context, workspace, member core.ID) (is, was *account, err error) {
	var a, b account
	var r timer
	err = t.row(ctx, `SELECT `+sourceColumns+`, `+presentColumns+` FROM `+sourceTables+`
		LEFT JOIN accounts a ON a.member_id = m.id AND a.workspace_id = m.workspace_id
		WHERE m.workspace_id = ?1 AND m.id = ?2`, []any{workspace, member}, append(a.source(&r), b.stored()...)...)
	if errors.Is(err, core.ErrNoRow) {
		was, err = find(one(ctx, t, readStored, `SELECT `+storedColumns+` FROM accounts a
			WHERE a.member_id = ?2 AND a.workspace_id = ?1`, workspace, member))
		return nil, was, err
	}
	if err != nil {
		return nil, nil, err
	}
	a.Timer = r.value()
	if b.MemberID == "" {
		return &a, nil, nil
	}
	return &a, &b, nil
}

// find turns ErrNoRow into nil.
func find(a account, err error) (*account, error) {
	if errors.Is(err, core.ErrNoRow) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &a, nil
}

// stored lists the columns of the table in the order of values.
var stored = [...]string{
	`workspace_id`, `member_id`, `sort_key`, `user_id`, `name`, `email`, `email_key`, `search_key`, `role`, `role_rank`, `status`,
	`status_rank`, `active_keys`, `last_activity`, `running`, `running_since`, `flagged`, `entry_id`, `description`,
}

func (a *account) values(workspace core.ID) []any {
	var r core.AccountTimer
	if a.Timer != nil {
		r = *a.Timer
	}
	activity := int64(0)
	if !a.LastActivity.IsZero() {
		activity = a.LastActivity.UnixMilli()
	}
	return plain([]any{
		workspace, a.MemberID, a.sortKey, a.UserID, a.Name, a.Email, a.emailKey, a.searchKey, a.Role, rank(core.Roles(), a.Role), a.Status,
		rank(statuses(), a.Status), a.ActiveAPIKeys, activity, a.Timer != nil, r.Start, r.Flagged, r.EntryID, r.Description,
	})
}

func (t *tx) insertAccount(ctx context.Context, workspace core.ID, a *account) error {
	var c conditions
	marks := make([]string, 0, len(stored))
	for _, v := range a.values(workspace) {
		marks = append(marks, c.arg(v))
	}
	return t.run(ctx, `INSERT INTO accounts (`+strings.Join(stored[:], ", ")+`) VALUES (`+strings.Join(marks, ", ")+`)`, c.args...)
}

func (t *tx) updateAccount(ctx context.Context, workspace core.ID, is, was *account) error {
	var c conditions
	before := was.values(workspace)
	where := `workspace_id = ` + c.arg(before[0]) + ` AND member_id = ` + c.arg(before[1])
	set := c.changes(stored[:], before, is.values(workspace))
	return t.must(ctx, `UPDATE accounts SET `+strings.Join(set, ", ")+` WHERE `+where, c.args...)
}

// Account implements core.Tx.
func (t *tx) Account(ctx context.Context, workspace, member core.ID) (core.Account, error) {
	return one(ctx, t, readAccount, `SELECT a.shown FROM accounts a WHERE a.member_id = ?2 AND a.workspace_id = ?1`, workspace, member)
}
