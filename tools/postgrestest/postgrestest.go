// Package postgrestest gives each test a PostgreSQL database of its own, on a throw-away server that the test binary starts.
//
// The package under test needs a TestMain that says how a database is migrated (nil: not at all):
//
//	func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m, migrate)) }
//
//	func TestStore(t *testing.T) {
//		dsn := postgrestest.New(t) // postgres://…, migrated, empty, dropped when the test ends
//	}
//
// The server starts with the first New, listens on a Unix socket in a temporary folder only, and migrates one template database
// that the tests' databases are copied from. It works for root and for ordinary users. Durability is off: this is for tests of behaviour,
// not of crashes.
//
// Where no server is installed the test is skipped on a developer's machine and fails under CI=true; CLOCKWARDEN_TEST_FAST=1 skips it,
// except under CI=true.
package postgrestest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/clockwarden/clockwarden/tools/testneeds"
)

// template is the database that is migrated once and copied for each test.
const template = "template_clockwarden"

// instance is the one server of a test binary and its template database.
type instance struct {
	migrate func(dsn string) error
	once    sync.Once
	server  *server
	admin   *sql.DB
	count   atomic.Int64
	err     error
}

// shared is package state on purpose: a test binary has one server, and TestMain cannot hand it to the tests.
var shared struct {
	sync.Mutex
	instance *instance
}

// Main runs the tests of a package and then stops the server. It returns the exit status for os.Exit.
func Main(m *testing.M, migrate func(dsn string) error) int { return Around(m.Run, migrate) }

// Around is Main for a TestMain that needs something else around the tests as well.
func Around(run func() int, migrate func(dsn string) error) int {
	i := &instance{migrate: migrate}
	shared.Lock()
	shared.instance = i
	shared.Unlock()
	defer i.close()
	return run()
}

// New returns the address of a fresh database for this test. It is dropped, open connections included, when the test ends.
func New(t testing.TB) string {
	t.Helper()
	testneeds.Slow(t)
	shared.Lock()
	i := shared.instance
	shared.Unlock()
	if i == nil {
		t.Fatal("postgrestest: TestMain must call postgrestest.Main or postgrestest.Around")
	}
	i.once.Do(i.start)
	if errors.Is(i.err, errNoServer) {
		testneeds.Missing(t, i.err.Error())
	}
	if i.err != nil {
		t.Fatalf("PostgreSQL: %v", i.err)
	}
	name := fmt.Sprintf("t%d", i.count.Add(1))
	if err := i.exec("CREATE DATABASE " + name + " TEMPLATE " + template + " STRATEGY FILE_COPY"); err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := i.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("PostgreSQL: %v", err)
		}
	})
	return i.server.dsn(name)
}

func (i *instance) start() {
	i.server, i.err = startServer()
	if i.err != nil {
		return
	}
	if i.admin, i.err = sql.Open("pgx", i.server.dsn("postgres")); i.err != nil {
		return
	}
	// Copying a template needs it to be without connections, which two copies at a time would not guarantee.
	i.admin.SetMaxOpenConns(1)
	if i.err = i.server.waitReady(i.admin); i.err != nil {
		return
	}
	if i.err = i.exec("CREATE DATABASE " + template); i.err != nil || i.migrate == nil {
		return
	}
	if err := i.migrate(i.server.dsn(template)); err != nil {
		i.err = fmt.Errorf("migrate the template database: %w", err)
	}
}

// exec runs one statement on the maintenance database.
func (i *instance) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := i.admin.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

func (i *instance) close() {
	if i.admin != nil {
		_ = i.admin.Close()
	}
	if i.server != nil {
		if err := i.server.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "postgrestest:", err)
		}
	}
}
