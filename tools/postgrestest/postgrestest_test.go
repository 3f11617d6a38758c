package postgrestest_test

import (
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/tools/postgrestest"
	"github.com/clockwarden/clockwarden/tools/testneeds"
)

// migrations counts how often the template was migrated. The tests run in one process, after TestMain.
var migrations int

func TestMain(m *testing.M) {
	os.Exit(postgrestest.Main(m, func(dsn string) error {
		migrations++
		db, err := sql.Open("pgx", dsn)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Exec("CREATE TABLE entry (id BIGINT PRIMARY KEY, name TEXT NOT NULL)")
		return err
	}))
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestEachTestHasItsOwnMigratedDatabase(t *testing.T) {
	for _, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, postgrestest.New(t))
			var before int
			if err := db.QueryRow("SELECT count(*) FROM entry").Scan(&before); err != nil || before != 0 {
				t.Fatalf("%d rows before, %v", before, err)
			}
			if _, err := db.Exec("INSERT INTO entry VALUES (1, $1)", name); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestMigratedOnce(t *testing.T) {
	one, two := postgrestest.New(t), postgrestest.New(t)
	if one == two {
		t.Errorf("two databases have one address: %s", one)
	}
	if migrations != 1 {
		t.Errorf("migrated %d times", migrations)
	}
}

func TestDroppedAtTheEndInSpiteOfConnections(t *testing.T) {
	testneeds.Slow(t) // here too: a skip inside would leave nothing to check
	var dsn string
	t.Run("inner", func(t *testing.T) {
		dsn = postgrestest.New(t)
		db, err := sql.Open("pgx", dsn)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Ping(); err != nil { // leaves its connection open
			t.Fatal(err)
		}
	})
	if err := open(t, dsn).Ping(); err == nil || !strings.Contains(err.Error(), "3D000") { // invalid_catalog_name
		t.Errorf("the database is still there: %v", err)
	}
}

func TestServerSettings(t *testing.T) {
	db := open(t, postgrestest.New(t))
	var addresses, encoding string
	if err := db.QueryRow("SELECT current_setting('listen_addresses'), current_setting('server_encoding')").Scan(&addresses, &encoding); err != nil {
		t.Fatal(err)
	}
	if addresses != "" || encoding != "UTF8" {
		t.Errorf("listens on %q, encoding %s", addresses, encoding)
	}
}
