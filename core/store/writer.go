package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/mattn/go-sqlite3"

	"github.com/clockwarden/clockwarden/core"
)

// maxBatch bounds how many acts share a commit.
const maxBatch = 256

// writer is SQLite's only writer: one goroutine and one connection. It takes an act and those that wait behind it, runs each
// in a savepoint of its own inside one transaction, commits once, and then answers all. No timer gathers acts: while one
// commit waits for the disk, the next batch collects itself.
type writer struct {
	store   *Store
	acts    chan *act
	closed  bool
	mu      sync.RWMutex // closed; held for reading while an act is handed over
	done    chan struct{}
	failed  atomic.Bool // the last batch could not be written
	commits atomic.Int64
	conn    *sql.Conn // nil: open one for the next batch
	on      direct    // the same connection
}

// act is one call of Write.
type act struct {
	ctx   context.Context
	fn    func(ctx context.Context, tx core.Tx) error
	probe func(conn *sql.Conn) error // instead of fn: looks at the connection between batches
	state atomic.Int32               // whoever moves it away from waiting owns the act
	err   error
	done  chan struct{}
}

// The states of an act.
const (
	waiting int32 = iota
	begun
	abandoned
)

func newWriter(s *Store) *writer {
	w := &writer{store: s, acts: make(chan *act, maxBatch), done: make(chan struct{})}
	go w.loop()
	return w
}

// do hands fn to the writer and waits for its commit. A caller whose ctx is done before the act begins gets ctx's error.
func (w *writer) do(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	return w.hand(&act{ctx: ctx, fn: fn, done: make(chan struct{})})
}

func (w *writer) hand(a *act) error {
	if err := w.enqueue(a); err != nil {
		return err
	}
	select {
	case <-a.done:
	case <-a.ctx.Done():
		if a.state.CompareAndSwap(waiting, abandoned) {
			return a.ctx.Err()
		}
		<-a.done
	}
	return a.err
}

func (w *writer) enqueue(a *act) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.acts <- a:
		return nil
	case <-a.ctx.Done():
		return a.ctx.Err()
	}
}

// stop lets the accepted acts finish and ends the goroutine.
func (w *writer) stop() {
	w.mu.Lock()
	w.closed = true
	close(w.acts)
	w.mu.Unlock()
	<-w.done
}

func (w *writer) loop() {
	defer close(w.done)
	defer w.drop()
	batch := make([]*act, 0, maxBatch)
	for a := range w.acts {
		batch = append(batch[:0], a)
		for more := true; more && len(batch) < maxBatch; {
			select {
			case next, ok := <-w.acts:
				if more = ok; ok {
					batch = append(batch, next)
				}
			default:
				more = false
			}
		}
		w.probes(batch)
		w.write(batch)
		clear(batch)
	}
}

// probes answers the acts that only look at the connection.
func (w *writer) probes(batch []*act) {
	for _, a := range batch {
		if a.probe == nil || !a.take() {
			continue
		}
		if a.err = w.connect(); a.err == nil {
			a.err = w.store.explain(a.probe(w.conn))
		}
		close(a.done)
	}
}

// take claims the act for running. An act whose caller is gone is answered or left alone.
func (a *act) take() bool {
	if !a.state.CompareAndSwap(waiting, begun) {
		return false
	}
	if a.err = a.ctx.Err(); a.err != nil {
		close(a.done)
		return false
	}
	return true
}

// write runs the acts of a batch and answers them. When the database fails during an act, those that have not begun get a
// transaction of their own.
func (w *writer) write(batch []*act) {
	for len(batch) > 0 {
		batch = w.transact(batch)
	}
}

// transact runs acts in one transaction, commits, answers them, and returns those that have not had their turn.
func (w *writer) transact(batch []*act) (rest []*act) {
	var ran []*act
	var err error
	alone, i := len(batch) == 1, 0
	for ; i < len(batch) && err == nil; i++ {
		a := batch[i]
		if !a.take() {
			continue
		}
		ran = append(ran, a)
		if len(ran) == 1 {
			if err = w.begin(); err != nil {
				ran, i = takeAll(ran, batch[1:]), len(batch) // the next try would wait as long and fail as well
				break
			}
		}
		err = w.run(a, alone)
	}
	if len(ran) == 0 {
		return batch[i:]
	}
	if err == nil && (!alone || ran[0].err == nil) {
		begun := core.SystemClock{}.Now()
		if err = w.exec("COMMIT"); err == nil {
			w.store.committed(len(ran), begun)
		}
	}
	if err != nil {
		err = w.unavailable(err)
		w.drop() // closes the connection, which rolls back; the next batch opens another
	}
	if err == nil {
		w.commits.Add(1)
	}
	w.failed.Store(err != nil)
	for _, a := range ran {
		if err != nil {
			// Also where the act had failed by itself: it may have seen changes of this batch that are not there.
			a.err = err
		}
		close(a.done)
	}
	return batch[i:]
}

func takeAll(ran, others []*act) []*act {
	for _, a := range others {
		if a.take() {
			ran = append(ran, a)
		}
	}
	return ran
}

// run runs one act; what it did is undone when it fails, with its savepoint or, alone in its batch, with the transaction.
// The error is the database's: the transaction is lost.
func (w *writer) run(a *act, alone bool) error {
	if !alone {
		if err := w.exec("SAVEPOINT act"); err != nil {
			return err
		}
	}
	t := &tx{on: w.on, store: w.store, write: true}
	a.err = call(context.WithValue(context.WithoutCancel(a.ctx), insideWrite{}, w.store), w.store, t, a.fn)
	if errors.Is(t.broken, core.ErrUnavailable) {
		return t.broken
	}
	if a.err == nil {
		a.err = t.broken
	}
	switch {
	case alone && a.err != nil:
		return w.exec("ROLLBACK")
	case alone:
		return nil
	case a.err != nil:
		return w.exec("ROLLBACK TO act; RELEASE act")
	}
	return w.exec("RELEASE act")
}

// call runs the function of an act and turns a panic into an error for its caller.
func call(ctx context.Context, s *Store, t *tx, fn func(ctx context.Context, tx core.Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in an act: %v", p)
			s.log.Error("panic in an act", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	if err := fn(ctx, t); err != nil {
		return err
	}
	return t.settle(ctx)
}

func (w *writer) begin() error {
	if err := w.connect(); err != nil {
		return err
	}
	return w.exec("BEGIN IMMEDIATE")
}

func (w *writer) connect() error {
	if w.conn != nil {
		return nil
	}
	conn, err := w.store.writes.Conn(context.Background())
	if err != nil {
		return w.unavailable(err)
	}
	if err := conn.Raw(func(c any) error { w.on = direct{c.(*sqlite3.SQLiteConn)}; return nil }); err != nil {
		_ = conn.Close()
		return w.unavailable(err)
	}
	w.conn = conn
	return nil
}

// drop closes the connection.
func (w *writer) drop() {
	if w.conn == nil {
		return
	}
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn }) // or the pool would keep it open
	_ = w.conn.Close()
	w.conn = nil
}

func (w *writer) exec(statements string) error {
	_, err := w.on.exec(context.Background(), statements, nil)
	return err
}

func (w *writer) unavailable(err error) error {
	if err = w.store.explain(err); errors.Is(err, core.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", core.ErrUnavailable, err)
}
