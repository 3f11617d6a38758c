package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/clockwarden/clockwarden/core"
)

// Options configures Open.
type Options struct {
	// DSN is the path of an SQLite file, or the address of a PostgreSQL database (postgres://… or postgresql://…).
	DSN string
	Log *slog.Logger // nil: discard
}

// Store implements core.Store. It is safe for concurrent use.
type Store struct {
	log     *slog.Logger
	dialect *dialect
	reads   *sql.DB  // SQLite: the pool of readers; PostgreSQL: the only pool
	writes  *sql.DB  // SQLite: one connection; PostgreSQL: the same as reads
	writer  *writer  // SQLite only
	held    *os.File // SQLite only: the share in the lock of the file
	search  searchTexts

	fewMatches func(all, limit int) int // of a search; tests change it
	trace      func(statement string)   // tests look at the plans of all statements; else nil
	observer   Observer                 // nil: nobody looks
	probes     atomic.Int64
	closed     atomic.Bool
	close      sync.Once
}

var _ core.Store = (*Store)(nil)

// Open opens the database, creates or migrates its tables, and checks that an acknowledged write survives a loss of power.
// It refuses a database that a newer program has migrated, and settings that are not durable.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if isPostgres(o.DSN) {
		return openPostgres(ctx, o)
	}
	return openSQLite(ctx, o)
}

// Close waits for the acts that were accepted and closes the database. Acts that come later fail with core.ErrUnavailable.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		if s.writer != nil {
			s.writer.stop()
		}
		s.closed.Store(true)
		err = s.reads.Close()
		if s.writes != s.reads {
			err = errors.Join(err, s.writes.Close())
		}
		if s.held != nil {
			err = errors.Join(err, s.held.Close())
		}
	})
	return err
}

// insideWrite marks the context of a function that runs inside Write of a store.
type insideWrite struct{}

// Write implements core.Store. On SQLite acts of several callers share one durable commit. fn must not call Write of the
// same store: it would wait for itself, so it gets an error instead. Once fn has begun it is not interrupted.
func (s *Store) Write(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	if ctx.Value(insideWrite{}) == s {
		return errors.New("store: Write was called inside Write")
	}
	if s.closed.Load() {
		return errClosed
	}
	if s.writer != nil {
		return s.failed("write", s.writer.do(ctx, fn))
	}
	return s.failed("write", s.writePostgres(ctx, fn))
}

// Read implements core.Store.
func (s *Store) Read(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	if s.closed.Load() {
		return errClosed
	}
	if s.writer == nil {
		return s.failed("read", s.readPostgres(ctx, fn))
	}
	return s.failed("read", s.onReader(ctx, fn, true))
}

// Look implements core.Store. It saves beginning and ending a transaction, which take longer than a look-up by key.
func (s *Store) Look(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	if s.closed.Load() {
		return errClosed
	}
	if s.writer == nil {
		return s.failed("read", fn(ctx, &tx{on: pooled{s.reads}, store: s}))
	}
	return s.failed("read", s.onReader(ctx, fn, false))
}

// Ready implements core.Store. When the last write failed because the database could not be written to, it tries a write.
func (s *Store) Ready(ctx context.Context) error {
	err := s.Read(ctx, func(ctx context.Context, tx core.Tx) error {
		_, err := tx.Setting(ctx, settingReady)
		return err
	})
	if err != nil || s.writer == nil || !s.writer.failed.Load() {
		return err
	}
	return s.Write(ctx, func(ctx context.Context, tx core.Tx) error {
		return tx.SaveSetting(ctx, settingReady, strconv.FormatInt(s.probes.Add(1), 10)) // a new value, or no page is written
	})
}

// settingReady is the row that Ready writes to find out whether writing works again.
const settingReady = "store.ready"

// Version returns the version of the database's tables.
func (s *Store) Version(ctx context.Context) (int64, error) {
	var version int64
	err := s.Read(ctx, func(ctx context.Context, t core.Tx) error {
		return t.(*tx).row(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`, nil, &version)
	})
	if err != nil {
		return 0, fmt.Errorf("read the version of the tables: %w", err)
	}
	return version, nil
}
