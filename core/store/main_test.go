package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
	"github.com/clockwarden/clockwarden/tools/postgrestest"
)

func TestMain(m *testing.M) {
	code := postgrestest.Around(func() int { return max(m.Run(), checkPlans()) }, func(dsn string) error {
		s, err := store.Open(context.Background(), store.Options{DSN: dsn})
		if err != nil {
			return err
		}
		return s.Close()
	})
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// now is the moment at which tests happen.
var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// newID makes ids that grow with n.
func newID(n int) core.ID { return core.ID(fmt.Sprintf("%024x", n)) }

// open opens a store and closes it at the end of the test.
func open(t testing.TB, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// onBoth runs a test on each engine with an empty store.
func onBoth(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newFixture(t, filepath.Join(t.TempDir(), "clockwarden.db")))
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		test(t, newFixture(t, postgrestest.New(t)))
	})
}

// fixture is a store with the workspace acme, its owner and a member, and a twin workspace of the same shape.
type fixture struct {
	*testing.T
	*store.Store
	dsn           string
	acme, twin    core.Workspace
	owner, member core.Member // of acme
	twinOwner     core.Member
	last          int
}

func newFixture(t *testing.T, dsn string) *fixture {
	t.Helper()
	f := &fixture{T: t, Store: open(t, dsn), dsn: dsn, last: 0x1000}
	if !strings.HasPrefix(dsn, "postgres") {
		f.Trace(seenStatements.add)
	}
	f.acme, f.twin = f.addWorkspace("acme"), f.addWorkspace("twin")
	f.owner = f.addMember(f.acme, "Olivia Owner", core.RoleOwner)
	f.member = f.addMember(f.acme, "Dana Member", core.RoleMember)
	f.twinOwner = f.addMember(f.twin, "Tom Twin", core.RoleOwner)
	return f
}

// id makes the next id.
func (f *fixture) id() core.ID {
	f.last++
	return newID(f.last)
}

// do runs fn in a transaction and fails the test when it fails.
func (f *fixture) do(fn func(ctx context.Context, tx core.Tx) error) {
	f.Helper()
	if err := f.Write(f.Context(), fn); err != nil {
		f.Fatal(err)
	}
}

// refused runs fn in a transaction that must fail with the error.
func (f *fixture) refused(want error, fn func(ctx context.Context, tx core.Tx) error) {
	f.Helper()
	if err := f.Write(f.Context(), fn); !errors.Is(err, want) {
		f.Errorf("got %v, want %v", err, want)
	}
}

// get reads one thing in a snapshot.
func get[T any](f *fixture, fn func(ctx context.Context, tx core.Tx) (T, error)) T {
	f.Helper()
	var v T
	err := f.Read(f.Context(), func(ctx context.Context, tx core.Tx) (err error) {
		v, err = fn(ctx, tx)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	return v
}

// missing checks that a look-up finds nothing.
func missing[T any](f *fixture, what string, fn func(ctx context.Context, tx core.Tx) (T, error)) {
	f.Helper()
	err := f.Read(f.Context(), func(ctx context.Context, tx core.Tx) error {
		_, err := fn(ctx, tx)
		return err
	})
	if !errors.Is(err, core.ErrNoRow) {
		f.Errorf("%s: got %v, want ErrNoRow", what, err)
	}
}

func (f *fixture) addWorkspace(slug string) core.Workspace {
	f.Helper()
	w := core.Workspace{
		ID: f.id(), Slug: slug, Name: "Team " + slug, Plan: core.PlanEnterprise, Subdomain: slug, TimeZone: "Europe/Berlin",
		Language: "en", ForgottenAfter: 90 * time.Minute, Require: core.Require{Project: true}, CreatedAt: now,
	}
	f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertWorkspace(ctx, w) })
	return w
}

func (f *fixture) addMember(w core.Workspace, name string, role core.Role) core.Member {
	f.Helper()
	user := f.id()
	m := core.Member{
		ID: f.id(), WorkspaceID: w.ID, Role: role, Status: core.StatusActive, CreatedAt: now,
		User: core.User{ID: user, Name: name, Email: fmt.Sprintf("U%s@%s.test", user[18:], w.Slug), Language: "de", TimeZone: "UTC", Scheme: "auto"},
	}
	f.do(func(ctx context.Context, tx core.Tx) error {
		return errors.Join(tx.InsertUser(ctx, m.User, now), tx.InsertMember(ctx, m), tx.RefreshAccount(ctx, w.ID, m.ID))
	})
	return m
}

// start gives the member a running entry.
func (f *fixture) start(m core.Member, at time.Time) core.TimeEntry {
	f.Helper()
	e := core.TimeEntry{
		ID: f.id(), WorkspaceID: m.WorkspaceID, MemberID: m.ID, UserID: m.User.ID, Description: "work", Start: at, Version: 1,
		FlagAt: at.Add(8 * time.Hour), CreatedAt: now,
	}
	f.do(func(ctx context.Context, tx core.Tx) error {
		return errors.Join(tx.InsertEntry(ctx, e), tx.RefreshAccount(ctx, m.WorkspaceID, m.ID))
	})
	return e
}

// bumpOf is the smallest act.
func bumpOf(ws core.ID) func(ctx context.Context, tx core.Tx) error {
	return func(ctx context.Context, tx core.Tx) error { return tx.BumpRevision(ctx, ws, false) }
}
