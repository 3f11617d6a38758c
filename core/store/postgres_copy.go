package store

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/clockwarden/clockwarden/core"
)

// libpqKeys are the parameters of an address that PostgreSQL's own programs know and that hold no secret.
var libpqKeys = []string{
	"application_name", "channel_binding", "connect_timeout", "dbname", "gssencmode", "host", "keepalives", "keepalives_idle", "options", "passfile",
	"port", "service", "sslcert", "sslkey", "sslmode", "sslrootcert", "sslsni", "target_session_attrs", "user",
}

// postgresTool prepares a program of PostgreSQL. The password goes through the environment: what stands on a command
// line can be read by everybody on the machine.
func postgresTool(ctx context.Context, name, dsn string, args ...string) (*exec.Cmd, error) {
	program, err := exec.LookPath(name)
	if err != nil {
		return nil, &ToolMissingError{Tool: name}
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = os.Environ()
	if dsn == "" {
		return cmd, nil
	}
	address, password, err := withoutPassword(dsn)
	if err != nil {
		return nil, err
	}
	cmd.Args = append(cmd.Args, "--dbname="+address)
	if password != "" {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
	}
	return cmd, nil
}

func withoutPassword(dsn string) (address, password string, err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return "", "", fmt.Errorf("address of the PostgreSQL database: %w", err) // pgx leaves the password out
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "", "", errors.New("address of the PostgreSQL database: it is not an address")
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	for key := range query {
		if !slices.Contains(libpqKeys, key) {
			query.Del(key)
		}
	}
	u.RawQuery = query.Encode()
	return u.String(), config.Password, nil
}

// runTool runs a program and gives what it complains of as one error.
func runTool(cmd *exec.Cmd) error {
	var said bytes.Buffer
	cmd.Stderr = &limited{to: &said, left: 4096}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", path.Base(cmd.Path), err, strings.TrimSpace(said.String()))
	}
	return nil
}

// limited keeps the beginning of what is written to it.
type limited struct {
	to   io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	keep := p[:min(len(p), l.left)]
	l.left -= len(keep)
	if _, err := l.to.Write(keep); err != nil {
		return 0, err
	}
	return len(p), nil
}

// dumpPostgres writes a database as an archive of pg_dump's own format, which is of one moment.
func dumpPostgres(ctx context.Context, dsn string, to *os.File) error {
	if _, err := exec.LookPath("pg_restore"); err != nil {
		return &ToolMissingError{Tool: "pg_restore"} // a copy that nobody here could restore
	}
	dump, err := postgresTool(ctx, "pg_dump", dsn, "--format=custom", "--no-owner", "--no-privileges", "--no-password")
	if err != nil {
		return err
	}
	dump.Stdout = to
	if err := runTool(dump); err != nil {
		return err
	}
	return checkArchive(ctx, to.Name())
}

// checkArchive refuses what is not an archive of our tables.
func checkArchive(ctx context.Context, file string) error {
	list, err := postgresTool(ctx, "pg_restore", "", "--list", file)
	if err != nil {
		return err
	}
	var contents bytes.Buffer
	list.Stdout = &limited{to: &contents, left: 1 << 20}
	if err := runTool(list); err != nil {
		return fmt.Errorf("%s: %w: %w", file, ErrDamaged, err)
	}
	if !strings.Contains(contents.String(), " goose_db_version ") {
		return fmt.Errorf("%s: %w: it holds none of Clockwarden's tables", file, ErrDamaged)
	}
	return nil
}

// restorePostgres replaces the tables and settles them in one transaction, which others see whole or not at all.
func restorePostgres(ctx context.Context, o RestoreOptions) error {
	if err := checkArchive(ctx, o.File); err != nil {
		return err
	}
	config, err := pgx.ParseConfig(o.DSN)
	if err != nil {
		return fmt.Errorf("address of the PostgreSQL database: %w", err)
	}
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(durable))
	defer db.Close()
	s := &Store{dialect: newPostgresDialect(), reads: db, writes: db, fewMatches: fewMatches}
	conn, err := db.Conn(ctx)
	if err != nil {
		return s.explain(err)
	}
	defer conn.Close()
	if err := s.restore(ctx, conn, o); err != nil {
		// The connection is closed with its transaction open, which undoes everything.
		return s.explain(err)
	}
	// What is known of the sizes of the tables is not part of a copy.
	if _, err := conn.ExecContext(ctx, `ANALYZE`); err != nil {
		return s.explain(err)
	}
	migrated, err := Open(ctx, Options{DSN: o.DSN}) // a copy may be older than this program
	if err != nil {
		return err
	}
	return migrated.Close()
}

func (s *Store) restore(ctx context.Context, conn *sql.Conn, o RestoreOptions) error {
	alone := func() error {
		var others int
		if err := conn.QueryRowContext(ctx, `
			SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL`,
		).Scan(&others); err != nil {
			return err
		}
		if others > 0 {
			return fmt.Errorf("%w by %d other connections", ErrHeld, others)
		}
		return nil
	}
	if err := alone(); err != nil {
		return err
	}
	known, err := newestMigration(s.dialect.migrations)
	if err != nil {
		return err
	}
	there, version, err := postgresVersion(ctx, conn)
	switch {
	case err != nil:
		return err
	case there && !o.Force:
		return ErrExists
	case there && version > known:
		return fmt.Errorf("the database has tables of version %d, and this program knows only version %d", version, known)
	}
	tables, functions, err := ours(s.dialect.migrations)
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, `BEGIN; SET LOCAL lock_timeout = '10s'`); err != nil {
		return err
	}
	for _, name := range tables {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf(`DROP TABLE IF EXISTS %s CASCADE`, pgx.Identifier{name}.Sanitize())); err != nil {
			return err
		}
	}
	for _, name := range functions {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf(`DROP FUNCTION IF EXISTS %s CASCADE`, pgx.Identifier{name}.Sanitize())); err != nil {
			return err
		}
	}
	if err := loadArchive(ctx, conn, o.File); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, `RESET search_path; RESET row_security`); err != nil {
		return err
	}
	if _, version, err = postgresVersion(ctx, conn); err != nil {
		return fmt.Errorf("%s: %w: %w", o.File, ErrDamaged, err)
	}
	if version > known {
		return fmt.Errorf("%s has tables of version %d, and this program knows only version %d", o.File, version, known)
	}
	if err := o.Settle(ctx, inTransaction{store: s, on: conn}); err != nil {
		return err
	}
	if err := alone(); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, `COMMIT`)
	return err
}

// inTransaction is a store whose acts all belong to one transaction that somebody else commits.
type inTransaction struct {
	store *Store
	on    querier
}

// Write implements core.Store. The error of an act is the end of the whole transaction.
func (t inTransaction) Write(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	w := &tx{on: pooled{t.on}, store: t.store, write: true}
	if err := fn(ctx, w); err != nil {
		return err
	}
	return w.broken
}

// Read implements core.Store.
func (t inTransaction) Read(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	return fn(ctx, &tx{on: pooled{t.on}, store: t.store})
}

// Look implements core.Store.
func (t inTransaction) Look(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	return t.Read(ctx, fn)
}

// Ready implements core.Store.
func (t inTransaction) Ready(context.Context) error { return nil }

// postgresVersion tells whether our tables are there, and their version.
func postgresVersion(ctx context.Context, conn *sql.Conn) (there bool, version int64, err error) {
	if err := conn.QueryRowContext(ctx, `SELECT to_regclass('goose_db_version') IS NOT NULL`).Scan(&there); err != nil || !there {
		return false, 0, err
	}
	err = conn.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	return true, version, err
}

// newestMigration is the version that this program migrates to.
func newestMigration(folder string) (int64, error) {
	files, err := migrations.ReadDir(folder)
	if err != nil {
		return 0, err
	}
	newest := int64(0)
	for _, f := range files {
		number, _, _ := strings.Cut(f.Name(), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s: %w", f.Name(), err)
		}
		newest = max(newest, n)
	}
	return newest, nil
}

var (
	makesTable    = regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`)
	makesFunction = regexp.MustCompile(`(?m)^CREATE (?:OR REPLACE )?FUNCTION (\w+)`)
)

// ours are the names of the tables and functions that the migrations make; nothing else is touched.
func ours(folder string) (tables, functions []string, err error) {
	files, err := migrations.ReadDir(folder)
	if err != nil {
		return nil, nil, err
	}
	tables = []string{"goose_db_version"}
	for _, f := range files {
		text, err := migrations.ReadFile(path.Join(folder, f.Name()))
		if err != nil {
			return nil, nil, err
		}
		for _, m := range makesTable.FindAllSubmatch(text, -1) {
			tables = append(tables, string(m[1]))
		}
		for _, m := range makesFunction.FindAllSubmatch(text, -1) {
			functions = append(functions, string(m[1]))
		}
	}
	return tables, functions, nil
}

// loadArchive runs the script of an archive on the connection, inside its transaction. psql could run the script, but
// not what has to follow in the same transaction.
func loadArchive(ctx context.Context, conn *sql.Conn, file string) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd, err := postgresTool(ctx, "pg_restore", "", "--no-owner", "--no-privileges", "--file=-", file)
	if err != nil {
		return err
	}
	script, write := io.Pipe()
	cmd.Stdout = write
	ended := make(chan error, 1)
	go func() {
		err := runTool(cmd)
		write.CloseWithError(err) // nil is the end of the file
		ended <- err
	}()
	err = conn.Raw(func(driver any) error {
		return runScript(ctx, driver.(*stdlib.Conn).Conn().PgConn(), bufio.NewReaderSize(script, 64<<10))
	})
	cancel()
	_ = script.Close()
	if e := <-ended; e != nil && err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %w", file, ErrDamaged, err)
	}
	return nil
}

var copiesRows = regexp.MustCompile(`^COPY .* FROM stdin;\s*$`)

// runScript runs a script as pg_restore writes it: statements, and rows after each COPY up to a line "\.".
func runScript(ctx context.Context, pg *pgconn.PgConn, script *bufio.Reader) error {
	var statements strings.Builder
	run := func() error {
		text := statements.String()
		statements.Reset()
		if strings.TrimSpace(text) == "" {
			return nil
		}
		_, err := pg.Exec(ctx, text).ReadAll()
		return err
	}
	for {
		line, err := script.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		atEnd := err != nil
		switch {
		case copiesRows.MatchString(line):
			if err := run(); err != nil {
				return err
			}
			if _, err := pg.CopyFrom(ctx, &rowLines{from: script}, strings.TrimRight(line, ";\r\n ")); err != nil {
				return err
			}
		case strings.HasPrefix(line, `\`): // a word to psql
		case strings.HasPrefix(line, "SET transaction_timeout"): // of a pg_restore that is newer than the server
		default:
			statements.WriteString(line)
		}
		if atEnd {
			return run()
		}
	}
}

// rowLines reads the rows of a COPY up to their end.
type rowLines struct {
	from *bufio.Reader
	rest []byte
	over bool
}

// Read implements io.Reader.
func (r *rowLines) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.over {
			return 0, io.EOF
		}
		line, err := r.from.ReadBytes('\n')
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		if string(bytes.TrimRight(line, "\r\n")) == `\.` {
			r.over = true
			return 0, io.EOF
		}
		r.rest = line
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
