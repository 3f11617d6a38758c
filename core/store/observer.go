package store

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"github.com/clockwarden/clockwarden/core"
)

// Observer is told what a store does, for metrics. Its methods are called by several goroutines, must be quick, and must
// not use the store.
type Observer interface {
	// Committed reports a durable commit that several acts may have shared, and how long the commit alone took.
	Committed(acts int, took time.Duration)
	// Failed reports a "read" or "write" that the database failed: because it was unavailable, or for a reason that core
	// does not know. What core knows and answers (a duplicate, a constraint, no such row) is no failure.
	Failed(operation string, unavailable bool)
}

// Observe tells o what the store does from now on. It is called once, before the store is used.
func (s *Store) Observe(o Observer) { s.observer = o }

// committed reports a commit that began at the moment.
func (s *Store) committed(acts int, begun time.Time) {
	if s.observer != nil {
		s.observer.Committed(acts, core.SystemClock{}.Now().Sub(begun))
	}
}

// failed reports the error of an operation if it is the database's.
func (s *Store) failed(operation string, err error) error {
	if err == nil || s.observer == nil {
		return err
	}
	var lite sqlite3.Error
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, core.ErrUnavailable):
		s.observer.Failed(operation, true)
	case errors.Is(err, core.ErrDuplicate), errors.Is(err, core.ErrConstraint), errors.Is(err, core.ErrNoRow):
	case errors.As(err, &lite), errors.As(err, &pg):
		s.observer.Failed(operation, false)
	}
	return err
}
