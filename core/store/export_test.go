package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/mattn/go-sqlite3"

	"github.com/clockwarden/clockwarden/core"
)

// onWriter gives fn the connection that writes.
func (s *Store) onWriter(fn func(on querier) error) error {
	if s.writer == nil {
		return s.explain(fn(s.writes))
	}
	return s.writer.hand(&act{ctx: context.Background(), done: make(chan struct{}), probe: func(conn *sql.Conn) error { return fn(conn) }})
}

// Exec runs a statement past core.Tx, as somebody with access to the database could.
func (s *Store) Exec(query string, args ...any) error {
	return s.onWriter(func(on querier) error {
		_, err := on.ExecContext(context.Background(), s.dialect.rewrite(query), args...)
		return err
	})
}

// scanOne reads the only value of a query.
func scanOne[T any](s *Store, query string) T {
	var v T
	err := s.onWriter(func(on querier) error {
		rows, err := on.QueryContext(context.Background(), query)
		if err != nil {
			return err
		}
		defer rows.Close()
		if !rows.Next() {
			return errors.Join(sql.ErrNoRows, rows.Err())
		}
		return errors.Join(rows.Scan(&v), rows.Err())
	})
	if err != nil {
		panic(err)
	}
	return v
}

// Count reads a number.
func (s *Store) Count(query string) int { return scanOne[int](s, query) }

// Text reads a text.
func (s *Store) Text(query string) string { return scanOne[string](s, query) }

// Waiting is how many acts wait for the writer.
func (s *Store) Waiting() int { return len(s.writer.acts) }

// Commits is how often the writer has committed.
func (s *Store) Commits() int64 { return s.writer.commits.Load() }

// CheckDurable opens a connection with a DSN of the driver and checks its settings.
func CheckDurable(dsn string) error {
	conn, err := (&sqlite3.SQLiteDriver{}).Open(dsn)
	if err != nil {
		return err
	}
	return errors.Join(checkDurable(conn.(*sqlite3.SQLiteConn)), conn.Close())
}

// SetFewMatches decides up to how many matches of a search are fetched one by one.
func (s *Store) SetFewMatches(n int) { s.fewMatches = func(int, int) int { return n } }

// ForgetSearches drops what searches keep; the next one reads it again.
func (s *Store) ForgetSearches() {
	s.search.mu.Lock()
	defer s.search.mu.Unlock()
	s.search.texts = nil
}

// SearchedWorkspaces is of how many workspaces texts are kept.
func (s *Store) SearchedWorkspaces() int {
	s.search.mu.Lock()
	defer s.search.mu.Unlock()
	return len(s.search.texts)
}

// Trace shows fn every statement.
func (s *Store) Trace(fn func(statement string)) { s.trace = fn }

// Plan is SQLite's plan of a statement, a line each step.
func (s *Store) Plan(statement string) (steps []string, err error) {
	parameters := 0
	for _, m := range placeholder.FindAllStringSubmatch(statement, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return nil, err
		}
		parameters = max(parameters, n)
	}
	err = s.onWriter(func(on querier) error {
		rows, err := on.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+s.dialect.rewrite(statement), make([]any, parameters)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var a, b, c int
			var step string
			if err := rows.Scan(&a, &b, &c, &step); err != nil {
				return err
			}
			steps = append(steps, step)
		}
		return rows.Err()
	})
	return steps, err
}

// CutShown takes the column "shown" of an account apart.
func CutShown(text string) (core.Account, bool) {
	var a core.Account
	ok := shownAs{&a}.cut(text)
	return a, ok
}
