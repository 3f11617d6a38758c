package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// Backlog is what waits in the database, of all workspaces together: figures for monitoring.
type Backlog struct {
	Outbox map[string]Waiting     // by platform
	Flags  map[core.FlagState]int // counted up to flagsCounted
}

// Waiting is what a platform's part of the outbox holds.
type Waiting struct {
	Pending int       // counted up to outboxCounted
	Oldest  time.Time // since when the oldest pending message should be there; zero: there is none
	Dead    int       // given up, counted up to outboxCounted
}

// So much is counted at most: the figures are read again and again, and beyond that they say no more.
const (
	outboxCounted = 10_000
	flagsCounted  = 100_000
)

// Backlog counts what waits, for the platforms given, from indexes alone but for the age of the oldest message.
func (s *Store) Backlog(ctx context.Context, platforms []string) (Backlog, error) {
	b := Backlog{Outbox: map[string]Waiting{}, Flags: map[core.FlagState]int{}}
	err := s.Read(ctx, func(ctx context.Context, ct core.Tx) error {
		t := ct.(*tx)
		ctx = t.long(ctx)
		for _, p := range platforms {
			w, err := t.waiting(ctx, p)
			if err != nil {
				return err
			}
			b.Outbox[p] = w
		}
		ids, err := t.WorkspaceIDs(ctx)
		if err != nil {
			return err
		}
		workspaces, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		for _, state := range []core.FlagState{core.FlagOpen, core.FlagSnoozed, core.FlagResolved} {
			n := 0
			err := t.row(ctx, `SELECT count(*) FROM (SELECT 1 FROM flags WHERE workspace_id IN (`+t.store.dialect.each("?1")+`) AND state = ?2 LIMIT ?3) AS counted`,
				[]any{string(workspaces), string(state), flagsCounted}, &n)
			if err != nil {
				return err
			}
			b.Flags[state] = n
		}
		return nil
	})
	if err != nil {
		return Backlog{}, fmt.Errorf("count what waits: %w", err)
	}
	return b, nil
}

// waiting counts a platform's messages. One that was never sent has waited since it was made; one that is to be edited,
// since it became due.
func (t *tx) waiting(ctx context.Context, platform string) (Waiting, error) {
	var w Waiting
	err := t.row(ctx, `
		SELECT count(*), min(since) FROM (
			SELECT CASE WHEN message = '' THEN created_at ELSE due_at END AS since FROM outbox
			WHERE platform = ?1 AND state = 'pending' LIMIT ?2) AS counted`,
		[]any{platform, outboxCounted}, &w.Pending, moment{&w.Oldest})
	if err != nil {
		return w, err
	}
	err = t.row(ctx, `SELECT count(*) FROM (SELECT 1 FROM outbox WHERE platform = ?1 AND state = 'dead' LIMIT ?2) AS counted`,
		[]any{platform, outboxCounted}, &w.Dead)
	return w, err
}
