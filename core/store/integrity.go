package store

import (
	"context"
	"fmt"

	"github.com/clockwarden/clockwarden/core"
)

// mostProblems bounds what Check reports of a file that is damaged everywhere.
const mostProblems = 100

// Check asks SQLite whether the database file is whole and every reference leads somewhere, and returns what is wrong, one
// sentence each; none means that all is well. It reads the whole file. PostgreSQL keeps both by itself: nothing is read there.
// CheckAccounts and core's audit verification look at what the rows say.
func (s *Store) Check(ctx context.Context) ([]string, error) {
	if s.writer == nil {
		return nil, s.Ready(ctx)
	}
	var problems []string
	err := s.Read(ctx, func(ctx context.Context, read core.Tx) error {
		t := read.(*tx)
		ctx = t.long(ctx)
		problems = nil
		if err := t.rows(ctx, fmt.Sprintf(`PRAGMA integrity_check(%d)`, mostProblems), nil, func(scan scanner) error {
			var line string
			if err := scan(&line); err != nil {
				return err
			}
			if line != "ok" {
				problems = append(problems, line)
			}
			return nil
		}); err != nil {
			return err
		}
		return t.rows(ctx, `PRAGMA foreign_key_check`, nil, func(scan scanner) error {
			var table, parent string
			var row any // none in a table without rowid
			var key int
			if err := scan(&table, &row, &parent, &key); err != nil {
				return err
			}
			if len(problems) < mostProblems {
				problems = append(problems, fmt.Sprintf("a row of %s refers to a row of %s that is not there", table, parent))
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("check the database: %w", err)
	}
	return problems, nil
}
