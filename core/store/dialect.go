package store

import (
	"regexp"
	"sync"
)

// dialect is what differs between the engines. SQL is written for SQLite with placeholders ?1, ?2, …, which SQLite binds by
// number; PostgreSQL gets $1, $2, …. No text literal in this package holds a question mark with a digit.
type dialect struct {
	name       string
	migrations string                        // folder
	lock       string                        // appended to a SELECT that locks its rows
	skipLocked string                        // appended to a SELECT that takes what nobody else has locked
	each       func(parameter string) string // a query of the texts in a JSON array
	unindexed  string                        // before a column that must not choose the index
	indexed    func(index string) string     // after a table, to choose the index: SQLite knows no sizes
	rewrite    func(string) string
}

var (
	sqliteDialect = &dialect{
		name: "sqlite", migrations: "migrations/sqlite", unindexed: "+",
		indexed: func(index string) string { return " INDEXED BY " + index },
		each:    func(p string) string { return "SELECT value FROM json_each(" + p + ")" },
		rewrite: rewriter(compared, "${1}ifnull($2, NULL)"),
	}
	// SQLite plans a statement anew whenever a parameter is bound that is compared for equality or limits the rows, in case
	// the value changes the plan; that costs more than most statements. It does not look into a function.
	compared    = regexp.MustCompile(`( = |\bLIMIT |\bOFFSET )(\?[0-9]+)`)
	placeholder = regexp.MustCompile(`\?([0-9]+)`)
)

func newPostgresDialect() *dialect {
	return &dialect{
		name: "postgresql", migrations: "migrations/postgres", lock: " FOR UPDATE", skipLocked: " FOR UPDATE SKIP LOCKED",
		indexed: func(string) string { return "" },
		each:    func(p string) string { return "SELECT value FROM json_array_elements_text(" + p + "::json)" },
		rewrite: rewriter(placeholder, "$$$1"),
	}
}

// rewriter replaces what it finds in the text of a statement.
func rewriter(find *regexp.Regexp, replacement string) func(string) string {
	var known sync.Map // rewriting costs more than looking up; the texts are a small fixed set
	return func(text string) string {
		if r, ok := known.Load(text); ok {
			return r.(string)
		}
		r := find.ReplaceAllString(text, replacement)
		known.Store(text, r)
		return r
	}
}
