package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"

	"github.com/clockwarden/clockwarden/core"
)

// RestoreOptions configures Restore.
type RestoreOptions struct {
	DSN   string // as of Options; what is there is replaced
	File  string // a copy made by Backup on the same engine
	Force bool   // replace a database that is there
	// Settle checks the copy and makes useless what must not be taken up again. It works on the copy before that is in
	// place; an error leaves everything as it was.
	Settle func(ctx context.Context, copied core.Store) error
}

// Restore puts a copy in the place of a database, in one step: whoever opens the database finds the old one or the
// settled copy, also after a crash. It returns the size of the copy.
// Errors: ErrExists, ErrHeld, ErrDamaged, ErrItself, *ToolMissingError, and those of Settle.
func Restore(ctx context.Context, o RestoreOptions) (int64, error) {
	is, err := os.Stat(o.File)
	if err != nil {
		return 0, err
	}
	if !is.Mode().IsRegular() {
		return 0, fmt.Errorf("%s: %w: it is not a file", o.File, ErrDamaged)
	}
	if isPostgres(o.DSN) {
		return is.Size(), restorePostgres(ctx, o)
	}
	if err := checkPath(o.DSN); err != nil {
		return 0, err
	}
	path, err := realPath(o.DSN)
	if err != nil {
		return 0, err
	}
	if err := notItself(path, o.File); err != nil {
		return 0, err
	}
	held, err := hold(path, true)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	defer held.Close()
	old, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	there := err == nil && old.Size() > 0
	if there && !o.Force {
		return 0, fmt.Errorf("%s: %w", path, ErrExists)
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+".restore-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder) // what is left is a copy in a folder of its own
	copied := filepath.Join(folder, "copy.db")
	if err := settleCopy(ctx, o, copied); err != nil {
		return 0, err
	}
	if there {
		if err := calm(ctx, path); err != nil {
			return 0, err
		}
	}
	f, err := os.Open(copied)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(giveAway(f, path), f.Close()); err != nil {
		return 0, err
	}
	if err := os.Rename(copied, path); err != nil {
		return 0, err
	}
	return is.Size(), syncFolder(filepath.Dir(path))
}

// sqliteMagic is how an SQLite file begins.
var sqliteMagic = []byte("SQLite format 3\x00")

// settleCopy makes a copy of the copy, so that the file itself stays as it is, and lets it be settled.
func settleCopy(ctx context.Context, o RestoreOptions, to string) error {
	if err := copyFile(o.File, to); err != nil {
		return err
	}
	// A file that was copied by hand may have changes beside it.
	if err := copyFile(o.File+"-wal", to+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	head := make([]byte, len(sqliteMagic))
	f, err := os.Open(to)
	if err != nil {
		return err
	}
	_, err = io.ReadFull(f, head)
	if err = errors.Join(err, f.Close()); err != nil || !bytes.Equal(head, sqliteMagic) {
		return fmt.Errorf("%s: %w", o.File, ErrDamaged)
	}
	if _, err := os.Stat(to + "-wal"); errors.Is(err, fs.ErrNotExist) {
		if err := checkCopy(ctx, to); err != nil {
			return fmt.Errorf("%s: %w", o.File, err)
		}
	}
	s, err := Open(ctx, Options{DSN: to})
	if lite := (sqlite3.Error{}); errors.As(err, &lite) && (lite.Code == sqlite3.ErrCorrupt || lite.Code == sqlite3.ErrNotADB) {
		return fmt.Errorf("%s: %w: %w", o.File, ErrDamaged, err)
	}
	if err != nil {
		return err
	}
	problems, err := s.Check(ctx)
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("%s: %w: %s", o.File, ErrDamaged, problems[0])
	}
	if err == nil {
		err = o.Settle(ctx, s)
	}
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	if is, err := os.Stat(to + "-wal"); err == nil && is.Size() > 0 {
		return errors.New("the settled copy could not be written into one file")
	}
	if f, err = os.OpenFile(to, os.O_RDWR, 0); err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// calm writes what is beside the database file into it and removes what is beside it: the changes of an old database
// must not be applied to the copy that takes its place. A file that is no database any more has nothing to lose.
func calm(ctx context.Context, path string) error {
	err := checkpoint(ctx, path)
	lite := sqlite3.Error{}
	switch {
	case err == nil:
	case errors.As(err, &lite) && (lite.Code == sqlite3.ErrCorrupt || lite.Code == sqlite3.ErrNotADB):
		if err := os.Remove(path + "-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	case errors.As(err, &lite) && (lite.Code == sqlite3.ErrBusy || lite.Code == sqlite3.ErrLocked):
		return fmt.Errorf("%s: %w", path, ErrHeld) // by a program that is not Clockwarden
	default:
		return err
	}
	if is, err := os.Stat(path + "-wal"); err == nil && is.Size() > 0 {
		return fmt.Errorf("%s: %w", path, ErrHeld)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func checkpoint(ctx context.Context, path string) (err error) {
	db := sql.OpenDB(newSQLiteConnector(path, false))
	defer func() { err = errors.Join(err, db.Close()) }()
	var busy, pages, moved int
	if err := db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return sqlite3.Error{Code: sqlite3.ErrBusy}
	}
	return nil
}
