package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"github.com/clockwarden/clockwarden/core"
)

var errClosed = fmt.Errorf("%w: it is closed", core.ErrUnavailable)

// explain turns an error of a driver into the one that core knows, by its code. The driver's error stays inside.
func (s *Store) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, core.ErrUnavailable), errors.Is(err, core.ErrDuplicate), errors.Is(err, core.ErrConstraint):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return core.ErrNoRow
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	if known := knownError(err); known != nil {
		return fmt.Errorf("%w: %w", known, err)
	}
	if s.closed.Load() {
		return fmt.Errorf("%w: %w", errClosed, err)
	}
	return err
}

// knownError returns the error of core that err stands for, or nil.
func knownError(err error) error {
	var lite sqlite3.Error
	var pg *pgconn.PgError
	var network net.Error
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &lite):
		return sqliteError(lite)
	case errors.As(err, &pg):
		return postgresError(pg.Code)
	case errors.As(err, &connect), errors.As(err, &network), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return core.ErrUnavailable
	}
	return nil
}

func sqliteError(err sqlite3.Error) error {
	switch err.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
		return core.ErrDuplicate
	}
	switch err.Code {
	case sqlite3.ErrConstraint:
		return core.ErrConstraint
	case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrCantOpen, sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrNomem,
		sqlite3.ErrReadonly, sqlite3.ErrProtocol, sqlite3.ErrPerm, sqlite3.ErrNoLFS:
		return core.ErrUnavailable
	}
	return nil
}

// postgresError knows SQLSTATE codes and their classes.
func postgresError(code string) error {
	if code == "23505" {
		return core.ErrDuplicate
	}
	if len(code) < 2 {
		return nil
	}
	switch code[:2] {
	case "23": // integrity constraint violation
		return core.ErrConstraint
	case "08", "53", "58": // connection, resources, the system
		return core.ErrUnavailable
	}
	switch code {
	case "57P01", "57P02", "57P03", "57P04", "57P05", // shut down, starting up, dropped, idle
		"55P03", "25P03", "25006", // lock timeout, idle in transaction, read-only server
		"40001", "40P01": // serialization, deadlock: tried again, and given up
		return core.ErrUnavailable
	}
	return nil
}
