package store

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// tx implements core.Tx.
type tx struct {
	on     statements
	store  *Store
	write  bool
	scan   context.Context // for statements that may take long; nil: the one they are called with
	broken error           // the first statement of a write that failed: it ends the act, see fail
	state  state           // of a workspace, to be written when the act ends
}

var _ core.Tx = (*tx)(nil)

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if t.broken != nil {
		return 0, t.broken
	}
	t.store.watch(query)
	n, err := t.on.exec(ctx, t.store.dialect.rewrite(query), args)
	return n, t.fail(err)
}

// watch shows a statement to a test.
func (s *Store) watch(query string) {
	if s.trace != nil {
		s.trace(query)
	}
}

// changed is exec for a compare-and-set: whether there was a row to change.
func (t *tx) changed(ctx context.Context, query string, args ...any) (bool, error) {
	n, err := t.exec(ctx, query, args...)
	return n > 0, err
}

// must is exec for a row that has to be there.
func (t *tx) must(ctx context.Context, query string, args ...any) error {
	n, err := t.exec(ctx, query, args...)
	if err == nil && n == 0 {
		return core.ErrNoRow
	}
	return err
}

// run is exec for a statement that may change nothing.
func (t *tx) run(ctx context.Context, query string, args ...any) error {
	_, err := t.exec(ctx, query, args...)
	return err
}

// row reads the only row of a query into the targets.
func (t *tx) row(ctx context.Context, query string, args []any, targets ...any) error {
	found := false
	err := t.rows(ctx, query, args, func(scan scanner) error {
		found = true
		return scan(targets...)
	})
	if err == nil && !found {
		return core.ErrNoRow
	}
	return err
}

// scanner reads the present row into targets.
type scanner func(targets ...any) error

// rows gives each row of a query to fn. The rows are closed when it returns.
func (t *tx) rows(ctx context.Context, query string, args []any, fn func(scanner) error) error {
	if t.broken != nil {
		return t.broken
	}
	t.store.watch(query)
	err := t.on.query(ctx, t.store.dialect.rewrite(query), args, fn)
	if own, ok := err.(stopped); ok { //nolint:errorlint // as it was returned
		return own.error
	}
	return t.fail(err)
}

// long returns the context for a statement that may take long.
func (t *tx) long(ctx context.Context) context.Context {
	if t.scan != nil {
		return t.scan
	}
	return ctx
}

// fail explains an error of the driver. The first one ends an act on both engines: PostgreSQL accepts nothing more in the
// transaction, and SQLite may have left it, so that it would commit what comes next on its own.
func (t *tx) fail(err error) error {
	if err == nil {
		return nil
	}
	err = t.store.explain(err)
	if t.write && t.broken == nil {
		t.broken = err
	}
	return err
}

// one reads one thing.
func one[T any](ctx context.Context, t *tx, read func(scanner, *T) error, query string, args ...any) (T, error) {
	var v T
	found := false
	err := t.rows(ctx, query, args, func(scan scanner) error {
		found = true
		return read(scan, &v)
	})
	if err == nil && !found {
		err = core.ErrNoRow
	}
	if err != nil {
		var none T
		return none, err
	}
	return v, nil
}

// list reads things in the order of the query.
func list[T any](ctx context.Context, t *tx, read func(scanner, *T) error, query string, args ...any) ([]T, error) {
	var all []T
	err := t.rows(ctx, query, args, func(scan scanner) error {
		var v T
		if err := read(scan, &v); err != nil {
			return err
		}
		all = append(all, v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// plain turns arguments into what both drivers store alike: times into Unix milliseconds, durations into milliseconds,
// booleans into 0 and 1, a zero time and an empty ID into NULL.
func plain(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = plainValue(a)
	}
	return out
}

func plainValue(a any) any {
	switch v := a.(type) {
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UnixMilli()
	case core.ID:
		if v == "" {
			return nil
		}
		return string(v)
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case time.Duration:
		return v.Milliseconds()
	case int:
		return int64(v)
	case core.Role:
		return string(v)
	case core.Status:
		return string(v)
	case core.Plan:
		return string(v)
	case core.Door:
		return string(v)
	case core.Action:
		return string(v)
	}
	return a
}
