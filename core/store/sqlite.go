package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/mattn/go-sqlite3"

	"github.com/clockwarden/clockwarden/core"
)

const (
	statementCache = 200     // prepared statements a connection keeps
	mapBytes       = 1 << 30 // how much of the file readers map into memory at most
)

func openSQLite(ctx context.Context, o Options) (*Store, error) {
	if err := checkPath(o.DSN); err != nil {
		return nil, err
	}
	path, err := realPath(o.DSN)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", o.DSN, err)
	}
	held, err := hold(path, false)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := createPrivate(path); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), held.Close())
	}
	s := &Store{log: o.Log, fewMatches: fewMatches, dialect: sqliteDialect, held: held}
	s.writes = sql.OpenDB(newSQLiteConnector(path, false))
	s.writes.SetMaxOpenConns(1)
	s.reads = sql.OpenDB(newSQLiteConnector(path, true))
	readers := 2 * runtime.NumCPU()
	s.reads.SetMaxOpenConns(readers)
	s.reads.SetMaxIdleConns(readers)
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), s.reads.Close(), s.writes.Close(), held.Close())
	}
	s.writer = newWriter(s)
	return s, nil
}

// checkPath refuses what SQLite would take for something else than a file.
func checkPath(path string) error {
	switch {
	case path == "":
		return errors.New("no database given: expected the path of a file or postgres://…")
	case path == ":memory:":
		return errors.New("the database :memory: would forget everything at exit: give the path of a file")
	case strings.HasPrefix(path, "file:"):
		return fmt.Errorf("the database %q is an SQLite URI: give the path of the file alone", path)
	case strings.ContainsRune(path, 0):
		return errors.New("the path of the database holds a NUL character")
	}
	return nil
}

// createPrivate makes a file that is not there as one that only its owner reads; SQLite gives its companions the same rights.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// sqliteConnector opens connections of one kind and checks their settings.
type sqliteConnector struct {
	driver   sqlite3.SQLiteDriver
	dsn      string
	readOnly bool
}

func newSQLiteConnector(path string, readOnly bool) *sqliteConnector {
	c := &sqliteConnector{readOnly: readOnly}
	settings := "_foreign_keys=on&_journal_mode=WAL&_busy_timeout=5000&_txlock=immediate&_synchronous=FULL&_cache_size=-16384"
	if readOnly {
		settings = "_foreign_keys=on&_busy_timeout=5000&_txlock=deferred&_query_only=1&_synchronous=FULL"
	}
	// A connection is used by one goroutine at a time, so SQLite needs no lock on it.
	c.dsn = "file:" + escapePath(path) + "?" + settings + fmt.Sprintf("&_mutex=no&_stmt_cache_size=%d", statementCache)
	return c
}

// escapePath writes a path so that neither SQLite's URI parser nor the driver sees more in it than a path.
func escapePath(path string) string {
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '/' || c == '.' || c == '-' || c == '_' {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// Driver implements driver.Connector.
func (c *sqliteConnector) Driver() driver.Driver { return &c.driver }

// Connect implements driver.Connector.
func (c *sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	if err := c.prepare(conn.(*sqlite3.SQLiteConn)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// prepare sets what the DSN can't and reads back what durability depends on.
func (c *sqliteConnector) prepare(conn *sqlite3.SQLiteConn) error {
	if c.readOnly {
		_, err := conn.Exec(fmt.Sprintf("PRAGMA mmap_size = %d", mapBytes), nil)
		return err
	}
	return checkDurable(conn)
}

// checkDurable refuses a connection whose commits could be lost or whose constraints are not enforced.
func checkDurable(conn *sqlite3.SQLiteConn) error {
	for _, want := range []struct {
		pragma string
		ok     func(driver.Value) bool
		text   string
	}{
		{"journal_mode", func(v driver.Value) bool { return v == "wal" }, "WAL (is the database on a network share?)"},
		{"synchronous", func(v driver.Value) bool { n, _ := v.(int64); return n >= 2 }, "FULL"},
		{"foreign_keys", func(v driver.Value) bool { return v == int64(1) }, "on"},
	} {
		v, err := pragma(conn, want.pragma)
		if err != nil {
			return fmt.Errorf("read PRAGMA %s: %w", want.pragma, err)
		}
		if !want.ok(v) {
			return fmt.Errorf("SQLite's %s is %v, but must be %s: an acknowledged change could be lost", want.pragma, v, want.text)
		}
	}
	return nil
}

func pragma(conn *sqlite3.SQLiteConn, name string) (driver.Value, error) {
	rows, err := conn.Query("PRAGMA "+name, nil)
	if err != nil {
		return nil, err
	}
	value := make([]driver.Value, len(rows.Columns()))
	err = rows.Next(value)
	if err := errors.Join(err, rows.Close()); err != nil {
		return nil, err
	}
	return value[0], nil
}

// onReader runs fn on a connection that reads, with a snapshot if asked. Statements run without ctx's cancellation, which
// costs more than a look-up; scans ask the transaction for it.
func (s *Store) onReader(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error, snapshot bool) error {
	conn, err := s.reads.Conn(ctx)
	if err != nil {
		return s.explain(err)
	}
	defer conn.Close()
	calm := context.WithoutCancel(ctx)
	var begun bool
	var failed error
	err = conn.Raw(func(c any) error {
		on := direct{c.(*sqlite3.SQLiteConn)}
		if snapshot {
			if _, err := on.exec(calm, "BEGIN", nil); err != nil {
				return err
			}
		}
		begun = true
		failed = fn(calm, &tx{on: on, store: s, scan: ctx})
		if snapshot {
			if _, err := on.exec(calm, "ROLLBACK", nil); err != nil {
				return driver.ErrBadConn // it must not go back to the pool
			}
		}
		return nil
	})
	if begun {
		return failed
	}
	return s.explain(err)
}
