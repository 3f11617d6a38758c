package store

import (
	"context"

	"github.com/clockwarden/clockwarden/core"
)

// state is what an act changes in the row of its workspace's state: the head of the audit log, the totals of the accounts,
// the revisions. It is collected and written once, by BumpRevision at the end of the act, by whatever reads the row before
// that, or at the latest before the commit.
type state struct {
	workspace core.ID
	counts    core.AccountCounts // to be added
	names     int                // to be added to members_revision
	revision  int                // to be added
	moved     bool               // head is a new one
	known     bool               // head is the workspace's present one
	head      auditHead
}

type auditHead struct {
	seq  int64
	hash string
}

// stateOf returns the collected changes of a workspace; those of another are written.
func (t *tx) stateOf(ctx context.Context, workspace core.ID) (*state, error) {
	if t.state.workspace == workspace {
		return &t.state, nil
	}
	if err := t.settle(ctx); err != nil {
		return nil, err
	}
	t.state = state{workspace: workspace}
	return &t.state, nil
}

// settle writes what was collected. ErrNoRow when the workspace is not there.
func (t *tx) settle(ctx context.Context) error {
	s := t.state
	head := state{workspace: s.workspace, known: s.known, head: s.head}
	var none core.AccountCounts
	if s.counts == none && s.names == 0 && s.revision == 0 && !s.moved {
		return nil
	}
	t.state = head
	var c conditions
	where := ` WHERE workspace_id = ` + c.arg(s.workspace)
	set := `revision = revision + ` + c.arg(s.revision) + `, members_revision = members_revision + ` + c.arg(s.names)
	if s.moved {
		set += `, audit_seq = ` + c.arg(s.head.seq) + `, audit_hash = ` + c.arg(s.head.hash)
	}
	if s.counts != none {
		set += `, all_count = all_count + ` + c.arg(s.counts.All) + `, running_count = running_count + ` + c.arg(s.counts.Running) +
			`, flagged_count = flagged_count + ` + c.arg(s.counts.Flagged) + `, with_keys_count = with_keys_count + ` + c.arg(s.counts.WithKeys) +
			`, inactive_count = inactive_count + ` + c.arg(s.counts.Inactive)
	}
	return t.must(ctx, `UPDATE workspace_state SET `+set+where, c.args...)
}

// addCounts adds what a row counted for and counts for now to the totals, and counts a change of names, which makes what
// searches keep of them worthless.
func (t *tx) addCounts(ctx context.Context, workspace core.ID, was, is core.AccountCounts, names bool) error {
	if was == is && !names {
		return nil
	}
	s, err := t.stateOf(ctx, workspace)
	if err != nil {
		return err
	}
	s.counts.All += is.All - was.All
	s.counts.Running += is.Running - was.Running
	s.counts.Flagged += is.Flagged - was.Flagged
	s.counts.WithKeys += is.WithKeys - was.WithKeys
	s.counts.Inactive += is.Inactive - was.Inactive
	if names {
		s.names++
	}
	return nil
}

// BumpRevision implements core.Tx.
func (t *tx) BumpRevision(ctx context.Context, id core.ID, members bool) error {
	s, err := t.stateOf(ctx, id)
	if err != nil {
		return err
	}
	s.revision++
	if members {
		s.names++
	}
	return t.settle(ctx)
}

// Revision implements core.Tx.
func (t *tx) Revision(ctx context.Context, id core.ID) (count int64, head string, err error) {
	if err := t.settle(ctx); err != nil {
		return 0, "", err
	}
	err = t.row(ctx, `SELECT revision, audit_hash FROM workspace_state WHERE workspace_id = ?1`, []any{id}, &count, &head)
	return count, head, err
}

// knowHead remembers the head that was read, since nobody else moves it while SQLite's writer is at work.
func (t *tx) knowHead(ctx context.Context, workspace core.ID, head auditHead) error {
	s, err := t.stateOf(ctx, workspace)
	if err == nil && !s.moved {
		s.head, s.known = head, true
	}
	return err
}

// AuditHead implements core.Tx.
func (t *tx) AuditHead(ctx context.Context, workspace core.ID) (seq int64, hash string, err error) {
	if t.state.workspace == workspace && t.state.known {
		return t.state.head.seq, t.state.head.hash, nil
	}
	err = t.row(ctx, `SELECT audit_seq, audit_hash FROM workspace_state WHERE workspace_id = ?1`, []any{workspace}, &seq, &hash)
	return seq, hash, err
}

// totals reads the totals of the accounts and the revision of names and membership.
func (t *tx) totals(ctx context.Context, workspace core.ID) (c core.AccountCounts, revision int64, err error) {
	if err := t.settle(ctx); err != nil {
		return c, 0, err
	}
	err = t.row(ctx, `
		SELECT all_count, running_count, flagged_count, with_keys_count, inactive_count, members_revision
		FROM workspace_state WHERE workspace_id = ?1`, []any{workspace},
		&c.All, &c.Running, &c.Flagged, &c.WithKeys, &c.Inactive, &revision)
	return c, revision, err
}
