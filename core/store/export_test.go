package store

import (
	"context"
	"database/sql"
)

// Exec runs a statement past core.Tx, as somebody with access to the database could.
func (s *Store) Exec(query string, args ...any) error {
	if s.writer == nil {
		_, err := s.writes.ExecContext(context.Background(), s.dialect.rewrite(query), args...)
		return err
	}
	return s.writer.hand(&act{ctx: context.Background(), done: make(chan struct{}), probe: func(conn *sql.Conn) error {
		_, err := conn.ExecContext(context.Background(), query, args...)
		return err
	}})
}
