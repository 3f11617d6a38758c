package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/clockwarden/clockwarden/core"
)

const (
	postgresTries = 5 // of a transaction that PostgreSQL gave up because of another
	postgresPause = 5 * time.Millisecond
)

func openPostgres(ctx context.Context, o Options) (*Store, error) {
	config, err := pgx.ParseConfig(o.DSN)
	if err != nil {
		return nil, fmt.Errorf("address of the PostgreSQL database: %w", err) // pgx leaves the password out
	}
	for name, value := range map[string]string{
		"application_name":                    "clockwarden",
		"lock_timeout":                        "10s",
		"idle_in_transaction_session_timeout": "60s",
	} {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = value
		}
	}
	asked := config.RuntimeParams["synchronous_commit"]
	if asked == "off" {
		return nil, errNotDurable
	}
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(durable))
	most := max(16, 4*runtime.NumCPU())
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	db.SetConnMaxIdleTime(5 * time.Minute)
	s := &Store{log: o.Log, fewMatches: fewMatches, dialect: newPostgresDialect(), reads: db, writes: db}
	err = s.migrate(ctx)
	if connect := (*pgconn.ConnectError)(nil); errors.As(err, &connect) {
		return nil, errors.Join(&UnreachableError{Address: address(config), Reason: reason(connect), err: s.explain(err)}, db.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open PostgreSQL database %s on %s: %w", config.Database, config.Host, s.explain(err)), db.Close())
	}
	return s, nil
}

// UnreachableError is a PostgreSQL server that took no connection. Its text is one line without the password; the driver's,
// which tells every try with every address, is inside.
type UnreachableError struct {
	Address, Reason string
	err             error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("PostgreSQL at %s cannot be reached: %s", e.Address, e.Reason)
}

func (e *UnreachableError) Unwrap() error { return e.err }

func address(config *pgx.ConnConfig) string {
	if strings.HasPrefix(config.Host, "/") {
		return config.Host // a socket
	}
	return net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
}

// reason is what the server or the network said, without what was tried.
func reason(err *pgconn.ConnectError) string {
	var refused *pgconn.PgError
	var name *net.DNSError
	var call *os.SyscallError
	var timeout net.Error
	switch {
	case errors.As(err, &refused):
		return refused.Message
	case errors.As(err, &name):
		return name.Err
	case errors.As(err, &call):
		return call.Err.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "no connection"
}

var errNotDurable = errors.New("PostgreSQL's synchronous_commit is off: an acknowledged change could be lost; set it to on")

// durable turns synchronous_commit on for a connection whose server or role has turned it off. Stronger settings stay.
func durable(ctx context.Context, conn *pgx.Conn) error {
	const show = `SHOW synchronous_commit`
	var setting string
	if err := conn.QueryRow(ctx, show).Scan(&setting); err != nil || setting != "off" {
		return err
	}
	if _, err := conn.Exec(ctx, `SET synchronous_commit = on`); err != nil {
		return fmt.Errorf("%w: %w", errNotDurable, err)
	}
	return nil
}

// writePostgres runs fn in a transaction, again when PostgreSQL gave it up in favour of another.
func (s *Store) writePostgres(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	inside := context.WithValue(ctx, insideWrite{}, s)
	for try := 1; ; try++ {
		err := s.transact(inside, fn)
		if !givenUp(err) || try == postgresTries {
			return err
		}
		pause := time.NewTimer(postgresPause << try)
		select {
		case <-ctx.Done():
			pause.Stop()
			return err
		case <-pause.C:
		}
	}
}

// givenUp tells whether the transaction failed because of another and may work when it is run again.
func givenUp(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

func (s *Store) transact(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	// The commit must not be cut off by a caller who goes away; its statements may.
	on, err := s.writes.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return s.explain(err)
	}
	defer on.Rollback()
	t := &tx{on: pooled{on}, store: s, write: true}
	if err := call(ctx, s, t, fn); err != nil {
		return err
	}
	if t.broken != nil {
		return t.broken
	}
	begun := core.SystemClock{}.Now()
	if err := on.Commit(); err != nil {
		if err = s.explain(err); errors.Is(err, core.ErrUnavailable) || errors.Is(err, core.ErrConstraint) || givenUp(err) {
			return err
		}
		return fmt.Errorf("%w: %w", core.ErrUnavailable, err)
	}
	s.committed(1, begun)
	return nil
}

func (s *Store) readPostgres(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	on, err := s.reads.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return s.explain(err)
	}
	defer on.Rollback()
	return fn(ctx, &tx{on: pooled{on}, store: s})
}
