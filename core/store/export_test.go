package store

import (
	"context"
)

// Exec runs a statement past core.Tx, as somebody with access to the database could.
func (s *Store) Exec(query string, args ...any) error {
	_, err := s.writes.ExecContext(context.Background(), s.dialect.rewrite(query), args...)
	return err
}
