package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

var errOwn = errors.New("the act's own error")

func save(key, value string) func(ctx context.Context, tx core.Tx) error {
	return func(ctx context.Context, tx core.Tx) error { return tx.SaveSetting(ctx, key, value) }
}

func (f *fixture) setting(key string) string {
	f.Helper()
	return get(f, func(ctx context.Context, tx core.Tx) (string, error) { return tx.Setting(ctx, key) })
}

func TestActsThatFailDisturbNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		const callers, each = 64, 20
		var wg sync.WaitGroup
		for c := range callers {
			wg.Go(func() {
				for i := range each {
					key := fmt.Sprintf("%d/%d", c, i)
					n := c*each + i
					err := f.Write(t.Context(), func(ctx context.Context, tx core.Tx) error {
						if err := tx.SaveSetting(ctx, key, "done"); err != nil {
							return err
						}
						switch n % 40 {
						case 7:
							return errOwn
						case 27: // a constraint of the database
							return tx.InsertWorkspace(ctx, f.acme)
						}
						return nil
					})
					switch want, got := "done", f.setting(key); {
					case n%40 == 7 && (!errors.Is(err, errOwn) || got != ""), n%40 == 27 && (!errors.Is(err, core.ErrDuplicate) || got != ""):
						t.Errorf("%s: %v, stored %q", key, err, got)
					case n%20 != 7 && (err != nil || got != want):
						t.Errorf("%s: %v, stored %q", key, err, got)
					}
				}
			})
		}
		wg.Wait()
	})
}

// hold keeps the writer busy until the returned function is called; acts that come meanwhile form one batch.
func hold(f *fixture) (release func()) {
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- f.Write(f.Context(), func(context.Context, core.Tx) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	return func() {
		close(end)
		if err := <-done; err != nil {
			f.Error(err)
		}
	}
}

// together runs acts in one batch, in their order, and returns their errors.
func together(f *fixture, acts ...func(ctx context.Context, tx core.Tx) error) []error {
	f.Helper()
	release := hold(f)
	errs := make([]error, len(acts))
	var wg sync.WaitGroup
	for i, fn := range acts {
		wg.Go(func() { errs[i] = f.Write(f.Context(), fn) })
		for f.Waiting() != i+1 {
			time.Sleep(time.Millisecond)
		}
	}
	release()
	wg.Wait()
	return errs
}

func onSQLite(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Parallel()
	test(t, newFixture(t, t.TempDir()+"/clockwarden.db"))
}

func TestABatchRunsInOrderAndFailsAlone(t *testing.T) {
	onSQLite(t, func(t *testing.T, f *fixture) {
		var order []string
		note := func(name string, fn func(ctx context.Context, tx core.Tx) error) func(ctx context.Context, tx core.Tx) error {
			return func(ctx context.Context, tx core.Tx) error {
				before, err := tx.Setting(ctx, "k")
				order = append(order, name+" sees "+before)
				return errors.Join(err, fn(ctx, tx))
			}
		}
		before := f.Commits()
		errs := together(f,
			note("a", save("k", "a")),
			note("b", func(ctx context.Context, tx core.Tx) error { return errors.Join(tx.SaveSetting(ctx, "k", "b"), errOwn) }),
			note("c", func(ctx context.Context, tx core.Tx) error {
				if err := tx.SaveSetting(ctx, "k", "c"); err != nil {
					return err
				}
				panic("c is broken")
			}),
			note("d", func(ctx context.Context, tx core.Tx) error { return tx.InsertWorkspace(ctx, f.acme) }),
			note("e", save("l", "e")),
		)
		if n := f.Commits() - before; n != 2 { // the one that held the writer, and the batch
			t.Errorf("%d commits", n)
		}
		if got := strings.Join(order, ", "); got != "a sees , b sees a, c sees a, d sees a, e sees a" {
			t.Error(got)
		}
		if errs[0] != nil || !errors.Is(errs[1], errOwn) || errs[2] == nil || !strings.Contains(errs[2].Error(), "c is broken") ||
			!errors.Is(errs[3], core.ErrDuplicate) || errs[4] != nil {
			t.Errorf("%v", errs)
		}
		if f.setting("k") != "a" || f.setting("l") != "e" {
			t.Errorf("stored %q and %q", f.setting("k"), f.setting("l"))
		}
	})
}

func TestPanicOfAnAct(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		err := f.Write(t.Context(), func(ctx context.Context, tx core.Tx) error {
			if err := tx.SaveSetting(ctx, "k", "1"); err != nil {
				return err
			}
			panic("oh no")
		})
		if err == nil || !strings.Contains(err.Error(), "oh no") || f.setting("k") != "" {
			t.Errorf("%v, stored %q", err, f.setting("k"))
		}
		f.do(save("k", "2"))
	})
}

func TestWriteInsideWriteIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		other := open(t, t.TempDir()+"/other.db")
		f.do(func(ctx context.Context, tx core.Tx) error {
			if err := f.Write(ctx, save("k", "1")); err == nil {
				t.Error("Write inside Write worked")
			}
			return other.Write(ctx, save("k", "1")) // another store is no problem
		})
	})
}

func TestACallerWhoLeaves(t *testing.T) {
	onSQLite(t, func(t *testing.T, f *fixture) {
		release := hold(f)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		var ran atomic.Bool
		go func() {
			done <- f.Write(ctx, func(context.Context, core.Tx) error {
				ran.Store(true)
				return nil
			})
		}()
		for f.Waiting() != 1 {
			time.Sleep(time.Millisecond)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) { // at once, while the writer is busy
			t.Error(err)
		}
		release()
		f.do(save("k", "1"))
		if ran.Load() {
			t.Error("the act ran")
		}
		if err := f.Write(ctx, save("k", "2")); !errors.Is(err, context.Canceled) || f.setting("k") != "1" {
			t.Errorf("%v, stored %q", err, f.setting("k"))
		}
	})
}

func TestAnActThatHasBegunIsFinished(t *testing.T) {
	onSQLite(t, func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithCancel(t.Context())
		err := f.Write(ctx, func(ctx context.Context, tx core.Tx) error {
			if err := tx.SaveSetting(ctx, "k", "1"); err != nil {
				return err
			}
			cancel()
			return errors.Join(tx.SaveSetting(ctx, "l", "1"), ctx.Err())
		})
		if err != nil || f.setting("k") != "1" || f.setting("l") != "1" {
			t.Errorf("%v", err)
		}
	})
}

func TestCloseDrains(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		const callers = 50
		var wg sync.WaitGroup
		var done atomic.Int64
		errs := make([]error, callers)
		for i := range callers {
			wg.Go(func() {
				for n := 0; ; n++ {
					if errs[i] = f.Write(context.Background(), save(fmt.Sprint(i, "/", n), "1")); errs[i] != nil {
						return
					}
					done.Add(1)
				}
			})
		}
		for done.Load() < 2*callers {
			time.Sleep(time.Millisecond)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		for _, err := range errs {
			if !errors.Is(err, core.ErrUnavailable) {
				t.Errorf("after Close: %v", err)
			}
		}
		if err := f.Read(t.Context(), func(context.Context, core.Tx) error { return nil }); !errors.Is(err, core.ErrUnavailable) {
			t.Errorf("Read after Close: %v", err)
		}
		if err := f.Ready(t.Context()); !errors.Is(err, core.ErrUnavailable) {
			t.Errorf("Ready after Close: %v", err)
		}
		if err := f.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
		f.Store = open(t, f.dsn)
		if n := f.Count(`SELECT count(*) FROM settings`); n != int(done.Load()) {
			t.Errorf("%d acts were acknowledged, %d are stored", done.Load(), n)
		}
	})
}

func TestAFullDisk(t *testing.T) {
	onSQLite(t, func(t *testing.T, f *fixture) {
		if err := f.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", f.Count("PRAGMA page_count")+1)); err != nil {
			t.Fatal(err)
		}
		large := strings.Repeat("x", 100_000)
		errs := together(f,
			save("before", "1"),
			func(ctx context.Context, tx core.Tx) error {
				if err := tx.SaveSetting(ctx, "large", large); !errors.Is(err, core.ErrUnavailable) {
					t.Errorf("in the act: %v", err)
				}
				// SQLite has rolled back and would commit this on its own.
				if err := tx.SaveSetting(ctx, "after", "1"); !errors.Is(err, core.ErrUnavailable) {
					t.Errorf("after the failure: %v", err)
				}
				return nil // as if nothing had happened
			},
			save("later", "1"),
		)
		if !errors.Is(errs[0], core.ErrUnavailable) || !errors.Is(errs[1], core.ErrUnavailable) || errs[2] != nil {
			t.Errorf("%v", errs)
		}
		if f.setting("before") != "" || f.setting("after") != "" || f.setting("large") != "" || f.setting("later") != "1" {
			t.Error("wrong rows are stored")
		}
		f.do(save("large", large)) // on a new connection, where there is room again
	})
}

func TestReadyTriesAWriteAfterAFailure(t *testing.T) {
	onSQLite(t, func(t *testing.T, f *fixture) {
		fill := func() error {
			return f.Write(t.Context(), save("large", strings.Repeat("x", 100_000)))
		}
		if err := f.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := f.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", f.Count("PRAGMA page_count"))); err != nil {
			t.Fatal(err)
		}
		if err := fill(); !errors.Is(err, core.ErrUnavailable) {
			t.Fatal(err)
		}
		before := f.Commits()
		if err := f.Ready(t.Context()); err != nil || f.Commits() != before+1 {
			t.Errorf("%v, %d commits", err, f.Commits()-before)
		}
		if err := f.Ready(t.Context()); err != nil || f.Commits() != before+1 {
			t.Errorf("%v, %d commits: Ready writes although all is well", err, f.Commits()-before)
		}
	})
}

func TestReadsSeeOneSnapshotAndCannotWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.do(save("k", "1"))
		err := f.Read(t.Context(), func(ctx context.Context, tx core.Tx) error {
			first, err := tx.Setting(ctx, "k")
			if err != nil {
				return err
			}
			if err := f.Write(t.Context(), save("k", "2")); err != nil {
				return err
			}
			second, err := tx.Setting(ctx, "k")
			if first != "1" || second != "1" {
				t.Errorf("%q, then %q", first, second)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if v := f.setting("k"); v != "2" {
			t.Errorf("later: %q", v)
		}
		if err := f.Read(t.Context(), save("k", "3")); err == nil || f.setting("k") != "2" {
			t.Errorf("a write in Read: %v", err)
		}
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		if err := f.Read(canceled, func(context.Context, core.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
	})
}

func TestManyReadersAndWriters(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		other := open(t, f.dsn) // as another process
		stop := make(chan struct{})
		var readers, writers sync.WaitGroup
		for range 8 {
			readers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					// Both rows are always written together.
					err := f.Read(t.Context(), func(ctx context.Context, tx core.Tx) error {
						a, err := tx.Setting(ctx, "a")
						if err != nil {
							return err
						}
						b, err := tx.Setting(ctx, "b")
						if a != b {
							t.Errorf("half an act: %q and %q", a, b)
						}
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for w := range 8 {
			s := []*store.Store{f.Store, other}[w%2]
			writers.Go(func() {
				for i := range 25 {
					err := s.Write(t.Context(), func(ctx context.Context, tx core.Tx) error {
						if _, err := tx.LockWorkspace(ctx, f.acme.ID); err != nil {
							return err
						}
						n, err := tx.Setting(ctx, "n")
						if err != nil {
							return err
						}
						count := 0
						_, _ = fmt.Sscan(n, &count) // empty at first
						v := fmt.Sprint(w, "/", i)
						return errors.Join(tx.SaveSetting(ctx, "n", fmt.Sprint(count+1)), tx.SaveSetting(ctx, "a", v), tx.SaveSetting(ctx, "b", v))
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		writers.Wait()
		close(stop)
		readers.Wait()
		if n := f.setting("n"); n != "200" {
			t.Errorf("%s of 200 acts were counted", n)
		}
	})
}

func TestPostgreSQLRunsAnActAgainAfterADeadlock(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		var wg sync.WaitGroup
		meet := make(chan struct{}, 1)
		runs := atomic.Int64{}
		for _, order := range [][]core.Workspace{{f.acme, f.twin}, {f.twin, f.acme}} {
			wg.Go(func() {
				err := f.Write(t.Context(), func(ctx context.Context, tx core.Tx) error {
					runs.Add(1)
					if err := tx.BumpRevision(ctx, order[0].ID, false); err != nil {
						return err
					}
					select { // wait for the other, but not for ever: on SQLite it comes afterwards
					case meet <- struct{}{}:
					case <-meet:
					}
					time.Sleep(50 * time.Millisecond)
					return tx.BumpRevision(ctx, order[1].ID, false)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := f.Count(`SELECT sum(revision) FROM workspace_state`); n != 4 {
			t.Errorf("revisions %d after %d runs", n, runs.Load())
		}
	})
}

func TestAFailedStatementEndsTheAct(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		err := f.Write(t.Context(), func(ctx context.Context, tx core.Tx) error {
			if err := tx.SaveSetting(ctx, "k", "1"); err != nil {
				return err
			}
			if err := tx.InsertWorkspace(ctx, f.acme); !errors.Is(err, core.ErrDuplicate) {
				t.Error(err)
			}
			if err := tx.SaveSetting(ctx, "k", "2"); err == nil {
				t.Error("the act goes on after a statement that failed")
			}
			return nil
		})
		if err == nil || f.setting("k") != "" {
			t.Errorf("%v, stored %q", err, f.setting("k"))
		}
	})
}

func TestAnotherProcessThatKeepsTheLock(t *testing.T) {
	onSQLite(t, func(t *testing.T, f *fixture) {
		other := *f
		other.Store = open(t, f.dsn)
		release := hold(&other)
		errs := make(chan error, 2)
		for range 2 {
			go func() { errs <- f.Write(t.Context(), save("k", "1")) }()
		}
		for range 2 {
			if err := <-errs; !errors.Is(err, core.ErrUnavailable) { // after five seconds
				t.Errorf("%v", err)
			}
		}
		if v := f.setting("k"); v != "" { // reading goes on
			t.Errorf("stored %q", v)
		}
		release()
		f.do(save("k", "2"))
	})
}
