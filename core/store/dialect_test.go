package store

import "testing"

func TestRewrite(t *testing.T) {
	const text = `UPDATE a SET b = ?2, c = c + ?3 WHERE d = ?1 AND (e, f) > (?10, ?11) AND g <= ?4 ORDER BY h LIMIT ?5 OFFSET ?6`
	for dialect, want := range map[*dialect]string{
		sqliteDialect: `UPDATE a SET b = ifnull(?2, NULL), c = c + ?3 WHERE d = ifnull(?1, NULL) AND (e, f) > (?10, ?11) AND g <= ?4 ` +
			`ORDER BY h LIMIT ifnull(?5, NULL) OFFSET ifnull(?6, NULL)`,
		newPostgresDialect(): `UPDATE a SET b = $2, c = c + $3 WHERE d = $1 AND (e, f) > ($10, $11) AND g <= $4 ORDER BY h LIMIT $5 OFFSET $6`,
	} {
		for range 2 { // the second answer is a remembered one
			if got := dialect.rewrite(text); got != want {
				t.Errorf("%s: %s\nwant %s", dialect.name, got, want)
			}
		}
	}
}
