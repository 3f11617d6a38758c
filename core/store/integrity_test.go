package store_test

import (
	"database/sql"
	"strings"
	"testing"
)

func TestCheckFindsNothingInAWholeDatabase(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		if problems, err := f.Check(t.Context()); err != nil || len(problems) > 0 {
			t.Errorf("%q, %v", problems, err)
		}
	})
}

func TestCheckFindsDamage(t *testing.T) {
	for name, damage := range map[string]struct {
		statements []string
		says       string
	}{
		"a reference to nothing": {
			[]string{`PRAGMA foreign_keys = OFF`, `DELETE FROM workspaces WHERE slug = 'twin'`},
			"a row of members refers to a row of workspaces that is not there",
		},
		"a value that may not be": {
			[]string{`PRAGMA ignore_check_constraints = ON`, `UPDATE workspaces SET plan = 'gold' WHERE slug = 'twin'`},
			"CHECK constraint failed in workspaces",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, t.TempDir()+"/clockwarden.db")
			db := rawSQLite(t, f.dsn)
			for _, statement := range damage.statements {
				if _, err := db.ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			problems, err := f.Check(t.Context())
			if err != nil || !strings.Contains(strings.Join(problems, "\n"), damage.says) {
				t.Errorf("%q, %v", problems, err)
			}
		})
	}
}

// rawSQLite opens the database past the store, on one connection.
func rawSQLite(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}
