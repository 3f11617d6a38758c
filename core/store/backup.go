package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The errors of Backup and Restore beside ErrHeld.
var (
	ErrExists     = errors.New("it is there already")
	ErrNoDatabase = errors.New("there is no database yet")
	ErrDamaged    = errors.New("it is not a whole copy of a database")
	ErrItself     = errors.New("the copy and the database are the same file")
)

// ToolMissingError says that a program of PostgreSQL is not installed.
type ToolMissingError struct{ Tool string }

func (e *ToolMissingError) Error() string { return e.Tool + " is not installed" }

// BackupOptions configures Backup.
type BackupOptions struct {
	DSN   string // as of Options
	File  string // where the copy goes; only its owner may read it
	Force bool   // replace a file that is there
}

// Backup copies a database while others work with it, and returns the size of the copy. The copy holds every act that
// was acknowledged before Backup began. It appears whole or not at all, and only after it was found to be whole. The
// database is not migrated: the copy is of what is there. On PostgreSQL pg_dump does the work.
// Errors: ErrExists, ErrNoDatabase, ErrDamaged, ErrItself, *ToolMissingError.
func Backup(ctx context.Context, o BackupOptions) (int64, error) {
	if is, err := os.Stat(o.File); err == nil && !o.Force {
		return 0, fmt.Errorf("%s: %w", o.File, ErrExists)
	} else if err == nil && !is.Mode().IsRegular() {
		return 0, fmt.Errorf("%s is there and is not a file", o.File)
	}
	if isPostgres(o.DSN) {
		return putFile(o.File, o.Force, func(tmp *os.File) error { return dumpPostgres(ctx, o.DSN, tmp) })
	}
	if err := checkPath(o.DSN); err != nil {
		return 0, err
	}
	path, err := realPath(o.DSN)
	if err != nil {
		return 0, err
	}
	if is, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && is.Size() == 0 {
		return 0, fmt.Errorf("%s: %w", path, ErrNoDatabase)
	} else if err != nil {
		return 0, err
	}
	if err := notItself(path, o.File); err != nil {
		return 0, err
	}
	held, err := hold(path, false)
	if err != nil {
		return 0, err
	}
	defer held.Close()
	return putFile(o.File, o.Force, func(tmp *os.File) error { return copySQLite(ctx, path, tmp.Name()) })
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// notItself refuses a copy that would be the database, or one of the files that belong to it.
func notItself(database, file string) error {
	real, err := realPath(file)
	if err != nil {
		return err
	}
	is, err := os.Stat(real)
	for _, suffix := range []string{"", "-wal", "-shm", lockSuffix} {
		if real == database+suffix {
			return ErrItself
		}
		if err != nil {
			continue
		}
		if other, e := os.Stat(database + suffix); e == nil && os.SameFile(is, other) {
			return ErrItself
		}
	}
	return nil
}

// putFile lets fill write a file beside its destination, makes it durable and then puts it there in one step.
func putFile(file string, force bool, fill func(tmp *os.File) error) (int64, error) {
	folder := filepath.Dir(file)
	tmp, err := os.CreateTemp(folder, "."+filepath.Base(file)+".*") // 0600
	if err != nil {
		return 0, err
	}
	defer os.Remove(tmp.Name()) // gone after the rename
	defer tmp.Close()           // Sync has told what there is to tell
	if err := fill(tmp); err != nil {
		return 0, err
	}
	if err := tmp.Sync(); err != nil {
		return 0, err
	}
	is, err := tmp.Stat()
	if err != nil {
		return 0, err
	}
	if force {
		err = os.Rename(tmp.Name(), file)
	} else {
		err = linkInto(tmp.Name(), file)
	}
	if err != nil {
		return 0, err
	}
	return is.Size(), syncFolder(folder)
}

// linkInto puts a file at a name where nothing is; a rename would replace what came there meanwhile.
func linkInto(tmp, file string) error {
	err := os.Link(tmp, file)
	if err == nil || errors.Is(err, fs.ErrExist) {
		if err != nil {
			return fmt.Errorf("%s: %w", file, ErrExists)
		}
		return nil
	}
	// Not every file system knows hard links.
	if _, e := os.Lstat(file); e == nil {
		return fmt.Errorf("%s: %w", file, ErrExists)
	}
	return os.Rename(tmp, file)
}

// syncFolder makes the names in a folder durable.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// copySQLite writes the state of one moment into an empty file. Readers and the writer go on meanwhile.
func copySQLite(ctx context.Context, from, to string) error {
	db := sql.OpenDB(newSQLiteConnector(from, true))
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `PRAGMA query_only = 0`); err != nil { // it would hold for the copy as well
		return err
	}
	if _, err := conn.ExecContext(ctx, `VACUUM INTO ?1`, to); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return checkCopy(ctx, to)
}

// checkCopy reads a whole copy that nobody else works with.
func checkCopy(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite3", "file:"+escapePath(file)+"?mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer db.Close()
	var said string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if said != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, said)
	}
	var versions int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'`).Scan(&versions); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if versions == 0 {
		return fmt.Errorf("%w: it holds none of Clockwarden's tables", ErrDamaged)
	}
	return nil
}
