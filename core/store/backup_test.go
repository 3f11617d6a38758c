package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
	"github.com/clockwarden/clockwarden/tools/postgrestest"
	"github.com/clockwarden/clockwarden/tools/testneeds"
)

// serviceOn puts the use cases on a store.
func serviceOn(t *testing.T, st core.Store) *core.Service {
	t.Helper()
	svc, err := core.New(core.Options{
		Store: st, Clock: core.SystemClock{}, Chat: []core.ChatConnection{{Platform: core.PlatformSlack, Workspace: "acme", AlertChannel: "C1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(svc.Close)
	return svc
}

func asOperator(workspace core.ID) core.Actor {
	return core.System(core.JobOperator, core.DoorCLI).In(workspace)
}

// settle is what the program does to a copy.
func settle(t *testing.T) func(context.Context, core.Store) error {
	return func(ctx context.Context, copied core.Store) error {
		svc := serviceOn(t, copied)
		report, err := svc.VerifyAudit(ctx, asOperator(""), "")
		if err == nil && report.Broken != nil {
			err = fmt.Errorf("the chain is broken: %+v", *report.Broken)
		}
		if err == nil {
			_, err = svc.SettleRestored(ctx, asOperator(""))
		}
		return err
	}
}

// used is a database with a workspace in which something goes on: a session, a link, a flagged timer whose alert waits.
type used struct {
	dsn       string
	workspace core.Workspace
	session   string // its token
	link      string
}

func newUsed(t *testing.T, dsn string) used {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	svc, ctx := serviceOn(t, st), t.Context()
	ws, owner, err := svc.CreateWorkspace(ctx, asOperator(""), core.NewWorkspace{
		Name: `Acme; it's "ours"\.`, Slug: "acme", Plan: core.PlanEnterprise, OwnerEmail: "olivia@acme.test", OwnerName: "Olivia Öwner",
	})
	if err != nil {
		t.Fatal(err)
	}
	u := used{dsn: dsn, workspace: ws}
	link := func() string {
		token, _, err := svc.CreateSignInLink(ctx, asOperator(ws.ID), "olivia@acme.test")
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	in, err := svc.UseSignInLink(ctx, link(), core.Client{})
	if err != nil {
		t.Fatal(err)
	}
	u.session, u.link = in.Token, link()
	actor := core.Actor{UserID: owner.User.ID, MemberID: owner.ID, WorkspaceID: ws.ID, Door: core.DoorPanel}
	if _, err := svc.StartTimer(ctx, actor, core.NewEntry{Description: "tabs\tand\\N", Start: time.Now().Add(-20 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if n, err := svc.FlagForgottenTimers(ctx, core.System(core.JobForgottenTimers, core.DoorCron)); err != nil || n != 1 {
		t.Fatalf("%d timers flagged, %v", n, err)
	}
	return u
}

// dead checks that nothing of what was going on goes on in the restored database, and that the rest is there.
func (u used) dead(t *testing.T, dsn string) {
	t.Helper()
	st := open(t, dsn)
	svc, ctx := serviceOn(t, st), t.Context()
	if problems, err := st.Check(ctx); err != nil || len(problems) > 0 {
		t.Errorf("problems %q, %v", problems, err)
	}
	report, err := svc.VerifyAudit(ctx, asOperator(""), "")
	if err != nil || report.Broken != nil || report.Entries == 0 {
		t.Errorf("audit log: %+v, %v", report, err)
	}
	log, _, err := svc.Audit(ctx, asOperator(u.workspace.ID), core.AuditQuery{Act: core.ActDatabaseRestore})
	if err != nil || len(log) != 1 {
		t.Errorf("the restore is in the log %d times, %v", len(log), err)
	}
	if ws, err := svc.WorkspaceBySlug(ctx, "acme"); err != nil || ws.ID != u.workspace.ID || ws.Name != u.workspace.Name {
		t.Errorf("workspace %+v, %v", ws, err)
	}
	if due, err := svc.ClaimDeliveries(ctx, core.System(core.JobDelivery, core.DoorCron), []string{core.PlatformSlack}, 10); err != nil || len(due) > 0 {
		t.Errorf("%d old messages would be sent, %v", len(due), err)
	}
	if _, _, err := svc.ActorBySession(ctx, core.Visit{Token: u.session}); core.ErrorCode(err) != core.CodeUnauthenticated {
		t.Errorf("the session lives: %v", err)
	}
	if _, err := svc.UseSignInLink(ctx, u.link, core.Client{}); core.ErrorCode(err) != core.CodeExpired {
		t.Errorf("the link works: %v", err)
	}
}

// onEach runs a test with the addresses of two empty databases of an engine.
func onEach(t *testing.T, test func(t *testing.T, one, two string)) {
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		test(t, filepath.Join(dir, "one.db"), filepath.Join(dir, "two.db"))
	})
	t.Run("postgresql", func(t *testing.T) {
		one := postgrestest.New(t)
		for _, tool := range []string{"pg_dump", "pg_restore"} {
			if _, err := exec.LookPath(tool); err != nil {
				testneeds.Missing(t, tool+" is not installed")
			}
		}
		test(t, one, postgrestest.New(t))
	})
}

func TestBackupAndRestore(t *testing.T) {
	onEach(t, func(t *testing.T, one, two string) {
		u := newUsed(t, one)
		file, ctx := filepath.Join(t.TempDir(), "copy of it"), t.Context()
		backup := func(force bool) (int64, error) {
			return store.Backup(ctx, store.BackupOptions{DSN: one, File: file, Force: force})
		}
		restore := func(dsn string, force bool) error {
			_, err := store.Restore(ctx, store.RestoreOptions{DSN: dsn, File: file, Force: force, Settle: settle(t)})
			return err
		}
		size, err := backup(false)
		if err != nil {
			t.Fatal(err)
		}
		is, err := os.Stat(file)
		if err != nil || is.Size() != size || is.Mode() != 0o600 {
			t.Errorf("the copy has %d bytes and mode %s (%v), told %d", is.Size(), is.Mode(), err, size)
		}
		if _, err := backup(false); !errors.Is(err, store.ErrExists) {
			t.Errorf("a second copy: %v", err)
		}
		if again, err := backup(true); err != nil || again != size {
			t.Errorf("a second copy with force: %d bytes, %v", again, err)
		}
		if names, err := os.ReadDir(filepath.Dir(file)); err != nil || len(names) != 1 {
			t.Errorf("beside the copy: %v, %v", names, err)
		}

		// Into the place of the database itself, where acts came after the copy.
		st := open(t, one)
		if _, err := serviceOn(t, st).AddMember(ctx, asOperator(u.workspace.ID), core.NewMember{Email: "late@acme.test", Name: "Late"}); err != nil {
			t.Fatal(err)
		}
		if err := restore(one, true); !errors.Is(err, store.ErrHeld) {
			t.Errorf("while it is open: %v", err)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		if err := restore(one, false); !errors.Is(err, store.ErrExists) {
			t.Errorf("without force: %v", err)
		}
		if err := restore(one, true); err != nil {
			t.Fatal(err)
		}
		u.dead(t, one)
		st = open(t, one)
		if _, err := serviceOn(t, st).MemberByEmail(ctx, asOperator(u.workspace.ID), "late@acme.test"); core.ErrorCode(err) != core.CodeNotFound {
			t.Errorf("who came after the copy: %v", err)
		}
		if strings.HasPrefix(one, "postgres") {
			if err := restore(two, true); err != nil { // the template has the tables
				t.Fatal(err)
			}
		} else if err := restore(two, false); err != nil {
			t.Fatal(err)
		}
		u.dead(t, two)
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(one), ".*")); !strings.HasPrefix(one, "postgres") && (err != nil || len(left) > 0) {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

// TestRestoreIsAllOrNothing: when the copy is refused, the database is as it was.
func TestRestoreIsAllOrNothing(t *testing.T) {
	onEach(t, func(t *testing.T, one, two string) {
		newUsed(t, one)
		dir, ctx := t.TempDir(), t.Context()
		file := filepath.Join(dir, "copy")
		if _, err := store.Backup(ctx, store.BackupOptions{DSN: one, File: file}); err != nil {
			t.Fatal(err)
		}
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			content []byte
			settle  func(context.Context, core.Store) error
			want    error
		}{
			"a part of it":    {whole[:len(whole)/2], settle(t), store.ErrDamaged},
			"something else":  {[]byte("Dear diary, today we made no copy."), settle(t), store.ErrDamaged},
			"nothing":         {nil, settle(t), store.ErrDamaged},
			"one that is not": {whole, func(context.Context, core.Store) error { return errRefused }, errRefused},
		} {
			bad := filepath.Join(dir, "bad")
			if err := os.WriteFile(bad, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := store.Restore(ctx, store.RestoreOptions{DSN: one, File: bad, Force: true, Settle: c.settle})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := store.Restore(ctx, store.RestoreOptions{DSN: one, File: filepath.Join(dir, "nowhere"), Force: true, Settle: settle(t)}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("no file: %v", err)
		}
		st := open(t, one)
		if problems, err := st.Check(ctx); err != nil || len(problems) > 0 {
			t.Errorf("problems %q, %v", problems, err)
		}
		svc := serviceOn(t, st)
		ws, err := svc.WorkspaceBySlug(ctx, "acme")
		if err != nil {
			t.Fatal(err)
		}
		if log, _, err := svc.Audit(ctx, asOperator(ws.ID), core.AuditQuery{Act: core.ActDatabaseRestore}); err != nil || len(log) > 0 {
			t.Errorf("restored %d times, %v", len(log), err)
		}
		if due, err := svc.ClaimDeliveries(ctx, core.System(core.JobDelivery, core.DoorCron), []string{core.PlatformSlack}, 10); err != nil || len(due) != 1 {
			t.Errorf("%d messages wait, %v", len(due), err)
		}
	})
}

var errRefused = errors.New("refused")

// TestBackupUnderLoad copies five times while acts go on: each copy is whole and holds what was acknowledged before.
func TestBackupUnderLoad(t *testing.T) {
	onEach(t, func(t *testing.T, one, _ string) {
		u := newUsed(t, one)
		st := open(t, one)
		svc := serviceOn(t, st)
		ctx, stop := context.WithCancel(t.Context())
		var added atomic.Int64
		done := make(chan error, 1)
		go func() {
			for ctx.Err() == nil {
				_, err := svc.AddMember(t.Context(), asOperator(u.workspace.ID), core.NewMember{Email: fmt.Sprintf("m%06d@acme.test", added.Load()), Name: "Member"})
				if err != nil {
					done <- err
					return
				}
				added.Add(1)
			}
			done <- nil
		}()
		dir := t.TempDir()
		var known [5]int64
		for i := range known {
			for before := added.Load(); added.Load() < before+5; {
				time.Sleep(time.Millisecond)
			}
			known[i] = added.Load()
			if _, err := store.Backup(t.Context(), store.BackupOptions{DSN: one, File: filepath.Join(dir, fmt.Sprint(i))}); err != nil {
				t.Fatal(err)
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		for i, least := range known {
			dsn := one
			if !strings.HasPrefix(one, "postgres") {
				dsn = filepath.Join(dir, fmt.Sprint("restored", i))
			}
			if _, err := store.Restore(t.Context(), store.RestoreOptions{DSN: dsn, File: filepath.Join(dir, fmt.Sprint(i)), Force: true, Settle: settle(t)}); err != nil {
				t.Fatal(err)
			}
			copied, err := store.Open(t.Context(), store.Options{DSN: dsn})
			if err != nil {
				t.Fatal(err)
			}
			members := 0
			err = copied.Read(t.Context(), func(ctx context.Context, tx core.Tx) (err error) {
				members, err = tx.CountMembers(ctx, u.workspace.ID, core.MemberQuery{})
				return err
			})
			if err != nil || int64(members) < least+1 || int64(members) > added.Load()+1 {
				t.Errorf("copy %d has %d members, %v; %d were acknowledged before it began", i, members, err, least)
			}
			if problems, err := copied.Check(t.Context()); err != nil || len(problems) > 0 {
				t.Errorf("copy %d: %q, %v", i, problems, err)
			}
			if wrong, err := copied.CheckAccounts(t.Context()); err != nil || wrong > 0 {
				t.Errorf("copy %d: %d accounts are wrong, %v", i, wrong, err)
			}
			if err := copied.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestBackupNeverReplacesTheDatabase(t *testing.T) {
	dir := t.TempDir()
	dsn := filepath.Join(dir, "clockwarden.db")
	u := newUsed(t, dsn)
	st := open(t, dsn)
	if err := os.Symlink(dsn, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(dsn, filepath.Join(dir, "second name")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"clockwarden.db", "clockwarden.db-wal", "clockwarden.db.lock", "link", "second name"} {
		if _, err := store.Backup(t.Context(), store.BackupOptions{DSN: dsn, File: filepath.Join(dir, name), Force: true}); !errors.Is(err, store.ErrItself) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := store.Restore(t.Context(), store.RestoreOptions{DSN: dsn, File: filepath.Join(dir, name), Force: true, Settle: settle(t)}); !errors.Is(err, store.ErrItself) {
			t.Errorf("restore from %s: %v", name, err)
		}
	}
	if _, err := store.Backup(t.Context(), store.BackupOptions{DSN: filepath.Join(dir, "nothing.db"), File: filepath.Join(dir, "copy")}); !errors.Is(err, store.ErrNoDatabase) {
		t.Errorf("of no database: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "nothing.db")); err == nil {
		t.Error("a database was made")
	}
	if ws, err := serviceOn(t, st).WorkspaceBySlug(t.Context(), "acme"); err != nil || ws.ID != u.workspace.ID {
		t.Errorf("%v, %v", ws, err)
	}
}

// TestRestoreReplacesARuin: what is no database any more can be replaced, with its leftovers.
// TestBackupReplacesFilesOnly: as root, a copy to /dev/null would take the device's place.
func TestBackupReplacesFilesOnly(t *testing.T) {
	dsn, pipe := filepath.Join(t.TempDir(), "clock.db"), filepath.Join(t.TempDir(), "pipe")
	newUsed(t, dsn)
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Backup(t.Context(), store.BackupOptions{DSN: dsn, File: pipe, Force: true}); err == nil {
		t.Error("a pipe was replaced")
	}
	if is, err := os.Lstat(pipe); err != nil || is.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe is %+v, %v", is, err)
	}
}

func TestRestoreReplacesARuin(t *testing.T) {
	dir := t.TempDir()
	dsn, file := filepath.Join(dir, "clockwarden.db"), filepath.Join(dir, "copy")
	u := newUsed(t, dsn)
	if _, err := store.Backup(t.Context(), store.BackupOptions{DSN: dsn, File: file}); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"": strings.Repeat("ruin", 5000), "-wal": strings.Repeat("old news", 5000), "-shm": "x"} {
		if err := os.WriteFile(dsn+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Restore(t.Context(), store.RestoreOptions{DSN: dsn, File: file, Force: true, Settle: settle(t)}); err != nil {
		t.Fatal(err)
	}
	u.dead(t, dsn)
}

// TestRestoreForgetsTheChangesOfTheOldDatabase: a server that was killed leaves changes beside its file. They must not
// be applied to the copy.
func TestRestoreForgetsTheChangesOfTheOldDatabase(t *testing.T) {
	dir := t.TempDir()
	dsn, file := filepath.Join(dir, "clockwarden.db"), filepath.Join(dir, "copy")
	u := newUsed(t, dsn)
	if _, err := store.Backup(t.Context(), store.BackupOptions{DSN: dsn, File: file}); err != nil {
		t.Fatal(err)
	}
	killed := filepath.Join(dir, "killed.db")
	st := open(t, dsn)
	if _, err := serviceOn(t, st).AddMember(t.Context(), asOperator(u.workspace.ID), core.NewMember{Email: "late@acme.test", Name: "Late"}); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} { // what a kill would leave
		data, err := os.ReadFile(dsn + suffix)
		if err != nil || len(data) == 0 {
			t.Fatalf("%s: %d bytes, %v", suffix, len(data), err)
		}
		if err := os.WriteFile(killed+suffix, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Restore(t.Context(), store.RestoreOptions{DSN: killed, File: file, Force: true, Settle: settle(t)}); err != nil {
		t.Fatal(err)
	}
	u.dead(t, killed)
	if _, err := serviceOn(t, open(t, killed)).MemberByEmail(t.Context(), asOperator(u.workspace.ID), "late@acme.test"); core.ErrorCode(err) != core.CodeNotFound {
		t.Errorf("who came after the copy: %v", err)
	}
}

// TestACopyMadeByHandIsRestoredWithItsChanges: a file with its -wal beside it is a copy as well.
func TestACopyMadeByHandIsRestoredWithItsChanges(t *testing.T) {
	dir := t.TempDir()
	dsn, file := filepath.Join(dir, "clockwarden.db"), filepath.Join(dir, "copy")
	u := newUsed(t, dsn)
	st := open(t, dsn)
	if _, err := serviceOn(t, st).AddMember(t.Context(), asOperator(u.workspace.ID), core.NewMember{Email: "late@acme.test", Name: "Late"}); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(dsn + suffix)
		if err != nil || len(data) == 0 {
			t.Fatalf("%s: %d bytes, %v", suffix, len(data), err)
		}
		if err := os.WriteFile(file+suffix, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	restored := filepath.Join(dir, "restored.db")
	if _, err := store.Restore(t.Context(), store.RestoreOptions{DSN: restored, File: file, Settle: settle(t)}); err != nil {
		t.Fatal(err)
	}
	u.dead(t, restored)
	if _, err := serviceOn(t, open(t, restored)).MemberByEmail(t.Context(), asOperator(u.workspace.ID), "late@acme.test"); err != nil {
		t.Errorf("what stood beside the file: %v", err)
	}
}

// TestNobodyOpensWhatIsBeingRestored: a command that comes meanwhile is told so.
func TestNobodyOpensWhatIsBeingRestored(t *testing.T) {
	dir := t.TempDir()
	dsn, file := filepath.Join(dir, "clockwarden.db"), filepath.Join(dir, "copy")
	newUsed(t, dsn)
	if _, err := store.Backup(t.Context(), store.BackupOptions{DSN: dsn, File: file}); err != nil {
		t.Fatal(err)
	}
	met := false
	_, err := store.Restore(t.Context(), store.RestoreOptions{DSN: dsn, File: file, Force: true, Settle: func(ctx context.Context, copied core.Store) error {
		met = true
		st, err := store.Open(ctx, store.Options{DSN: dsn})
		if err == nil {
			t.Error("the database was opened")
			return st.Close()
		}
		if !strings.Contains(err.Error(), "is being restored") {
			t.Errorf("got %v", err)
		}
		return settle(t)(ctx, copied)
	}})
	if err != nil || !met {
		t.Errorf("%v, %v", met, err)
	}
}

// TestPostgresToolsGetNoSecretOnTheirCommandLine replaces pg_dump by one that shows what it was given.
func TestPostgresToolsGetNoSecretOnTheirCommandLine(t *testing.T) {
	dir := t.TempDir()
	shown := filepath.Join(dir, "shown")
	script := "#!/bin/sh\necho \"$0 $*\" >>" + shown + "\necho \"password $PGPASSWORD\" >>" + shown + "\nexit 3\n"
	for _, tool := range []string{"pg_dump", "pg_restore"} {
		if err := os.WriteFile(filepath.Join(dir, tool), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":/bin:/usr/bin")
	for _, dsn := range []string{
		"postgres://clock:hunter%202@127.0.0.1:1/clock?sslmode=disable&pool_max_conns=4",
		"postgres://clock@127.0.0.1:1/clock?password=hunter%202&sslmode=disable",
	} {
		_, err := store.Backup(t.Context(), store.BackupOptions{DSN: dsn, File: filepath.Join(dir, "copy")})
		if err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("got %v", err)
		}
		text, err := os.ReadFile(shown)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
			if strings.HasPrefix(line, "password ") {
				if line != "password hunter 2" {
					t.Errorf("got %q", line)
				}
				continue
			}
			if strings.Contains(line, "hunter") || strings.Contains(line, "pool_max_conns") || !strings.Contains(line, "postgres://clock@127.0.0.1:1/clock?sslmode=disable") {
				t.Errorf("command line %q", line)
			}
		}
		if err := os.Remove(shown); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "copy")); err == nil {
		t.Error("there is a copy")
	}
	t.Setenv("PATH", filepath.Join(dir, "nothing"))
	missing := (*store.ToolMissingError)(nil)
	if _, err := store.Backup(t.Context(), store.BackupOptions{DSN: "postgres://clock@127.0.0.1:1/clock", File: filepath.Join(dir, "copy")}); !errors.As(err, &missing) {
		t.Errorf("without the tools: %v", err)
	}
	file := filepath.Join(dir, "some file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Restore(t.Context(), store.RestoreOptions{DSN: "postgres://clock@127.0.0.1:1/clock", File: file, Settle: settle(t)}); !errors.As(err, &missing) {
		t.Errorf("restore without the tools: %v", err)
	}
}
