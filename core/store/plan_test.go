package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/clockwarden/clockwarden/core/store"
)

// statements are the SQLite statements that the tests of this package have run.
type statements struct {
	mu   sync.Mutex
	text map[string]bool
}

// seenStatements is package state because all tests fill it and TestMain looks at it at the end.
var seenStatements = statements{text: map[string]bool{}}

func (s *statements) add(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text[text] = true
}

// scans are the statements that may read a whole table, by what they contain: small tables, and work on all rows.
var scans = []*regexp.Regexp{
	regexp.MustCompile(`^SELECT id FROM workspaces ORDER BY id$`),
	regexp.MustCompile(`FROM workspace_state$`), // Watch on PostgreSQL
	regexp.MustCompile(`sqlite_schema|goose_db_version`),
	regexp.MustCompile(`FROM settings$`),
	regexp.MustCompile(`FROM impersonations\s+WHERE ended_at IS NULL AND expires_at <= \?1 AND EXISTS`), // an index of the open ones alone
	// Once, on a restored copy that nobody works with yet.
	regexp.MustCompile(`^(UPDATE outbox SET state = 'dropped'|UPDATE sign_in_links SET used_at = \?2 WHERE workspace_id = \?1 AND used_at|DELETE FROM confirmations WHERE workspace_id = \?1 AND used_at|DELETE FROM waiting_commands$|UPDATE sessions SET ended_at = \?1 WHERE ended_at IS NULL$)`),
	regexp.MustCompile(`FROM impersonations WHERE workspace_id = \?1 AND ended_at IS NULL ORDER BY id`),
}

// readsAll is a step of a plan that goes through a whole table or index.
var readsAll = regexp.MustCompile(`^SCAN (\w+)`)

// checkPlans prints every statement that reads a whole table, and returns the exit status.
func checkPlans() int {
	dir, err := os.MkdirTemp("", "plans")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(context.Background(), store.Options{DSN: filepath.Join(dir, "x.db")})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer s.Close()
	code := 0
	for text := range seenStatements.text {
		if strings.HasPrefix(text, "PRAGMA") || strings.HasPrefix(text, "DROP") || strings.HasPrefix(text, "CREATE") ||
			slices.ContainsFunc(scans, func(r *regexp.Regexp) bool { return r.MatchString(text) }) {
			continue
		}
		steps, err := s.Plan(text)
		if err != nil {
			fmt.Fprintf(os.Stderr, "plan of %s: %v\n", text, err)
			code = 1
		}
		for _, step := range steps {
			m := readsAll.FindStringSubmatch(step)
			if m != nil && m[1] != "json_each" && !strings.HasSuffix(step, "VALUES CLAUSE") && !slices.Contains(steps, "CO-ROUTINE "+m[1]) && !slices.Contains(steps, "MATERIALIZE "+m[1]) {
				fmt.Fprintf(os.Stderr, "this statement reads all rows:\n%s\n\t%s\n", text, strings.Join(steps, "\n\t"))
				code = 1
			}
		}
	}
	return code
}
