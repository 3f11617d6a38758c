package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const (
	watchSQLite   = 250 * time.Millisecond
	watchPostgres = time.Second
)

// Watch calls changed when another process has committed, until ctx ends. A failure to look is tried again. On PostgreSQL
// the commits of this process are reported as well.
func (s *Store) Watch(ctx context.Context, changed func()) error {
	look, every := s.dataVersion, watchSQLite
	if s.writer == nil {
		look, every = s.revisions, watchPostgres
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	last, known := int64(0), false
	for {
		now, err := look(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errClosed):
			return err
		case err != nil:
			s.log.Warn("look for changes of other processes", "error", err.Error())
		default:
			if known && now != last {
				changed()
			}
			last, known = now, true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// dataVersion is a number that changes when another connection than the writer's has committed.
func (s *Store) dataVersion(ctx context.Context) (int64, error) {
	var version int64
	a := &act{ctx: ctx, done: make(chan struct{})}
	a.probe = func(conn *sql.Conn) error {
		return conn.QueryRowContext(context.WithoutCancel(ctx), "PRAGMA data_version").Scan(&version)
	}
	err := s.writer.hand(a)
	return version, err
}

// revisions is a number that changes with each act of any process.
func (s *Store) revisions(ctx context.Context) (int64, error) {
	var sum int64
	err := s.Read(ctx, func(ctx context.Context, t core.Tx) error {
		return t.(*tx).row(ctx, `SELECT CAST(coalesce(sum(revision), 0) AS BIGINT) FROM workspace_state`, nil, &sum)
	})
	return sum, err
}
