package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/mattn/go-sqlite3"
)

// statements runs statements on one connection or transaction.
type statements interface {
	// exec returns how many rows the statement changed.
	exec(ctx context.Context, query string, args []any) (int64, error)
	// query gives each row to fn. The rows are closed when it returns.
	query(ctx context.Context, query string, args []any, fn func(scanner) error) error
}

// pooled runs statements through database/sql: PostgreSQL.
type pooled struct{ on querier }

// querier is a connection or transaction of database/sql.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func (p pooled) exec(ctx context.Context, query string, args []any) (int64, error) {
	r, err := p.on.ExecContext(ctx, query, plain(args)...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (p pooled) query(ctx context.Context, query string, args []any, fn func(scanner) error) error {
	rows, err := p.on.QueryContext(ctx, query, plain(args)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return stopped{err}
		}
	}
	return rows.Err()
}

// stopped is the error of a row's reader, which is none of the database.
type stopped struct{ error }

func (s stopped) Unwrap() error { return s.error }

// direct runs statements on SQLite's driver without database/sql, whose conversions and locks cost as much as a look-up.
// Whoever has a direct has the connection for himself.
type direct struct{ conn *sqlite3.SQLiteConn }

func (d direct) exec(ctx context.Context, query string, args []any) (int64, error) {
	values, err := named(args)
	if err != nil {
		return 0, err
	}
	r, err := d.conn.ExecContext(ctx, query, values)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (d direct) query(ctx context.Context, query string, args []any, fn func(scanner) error) (err error) {
	values, err := named(args)
	if err != nil {
		return err
	}
	rows, err := d.conn.QueryContext(ctx, query, values)
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	row := make([]driver.Value, len(rows.Columns()))
	scan := func(targets ...any) error {
		if len(targets) != len(row) {
			return fmt.Errorf("%d columns for %d targets", len(row), len(targets))
		}
		for i, target := range targets {
			if err := assign(target, row[i]); err != nil {
				return fmt.Errorf("column %d: %w", i+1, err)
			}
		}
		return nil
	}
	for {
		if err := rows.Next(row); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := fn(scan); err != nil {
			return stopped{err}
		}
	}
}

// named gives arguments their places.
func named(args []any) ([]driver.NamedValue, error) {
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v := plainValue(a)
		switch v.(type) {
		case nil, int64, string, []byte:
		default:
			var err error
			if v, err = driver.DefaultParameterConverter.ConvertValue(v); err != nil {
				return nil, fmt.Errorf("argument %d: %w", i+1, err)
			}
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return values, nil
}

// assign puts a value of the driver where it belongs, without guessing: a text is no number, and NULL goes only where it
// is expected.
func assign(target any, value driver.Value) error {
	switch t := target.(type) {
	case sql.Scanner:
		return t.Scan(value)
	case *any:
		*t = value
		return nil
	case *string:
		switch v := value.(type) {
		case string:
			*t = v
			return nil
		case []byte:
			*t = string(v)
			return nil
		}
	case *int:
		if v, ok := value.(int64); ok {
			*t = int(v)
			return nil
		}
	case *int64:
		if v, ok := value.(int64); ok {
			*t = v
			return nil
		}
	case *[]byte:
		switch v := value.(type) {
		case []byte:
			*t = v
			return nil
		case string:
			*t = []byte(v)
			return nil
		case nil:
			*t = nil
			return nil
		}
	default:
		named := reflect.ValueOf(target)
		if v, ok := value.(string); ok && named.Kind() == reflect.Pointer && named.Elem().Kind() == reflect.String {
			named.Elem().SetString(v)
			return nil
		}
	}
	return fmt.Errorf("%T does not fit into %T", value, target)
}
