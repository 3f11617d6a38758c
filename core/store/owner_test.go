package store_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/clockwarden/clockwarden/core/store"
)

// TestWhatRootMakesBelongsToTheDatabasesOwner: the service runs as a user of its own, and who looks after the machine
// may copy and restore as root. The service must be able to go on.
func TestWhatRootMakesBelongsToTheDatabasesOwner(t *testing.T) {
	owner := os.Geteuid()
	if owner == 0 {
		owner = 12345 // nobody else can give files away
	}
	dir, ctx := t.TempDir(), t.Context()
	dsn, file := filepath.Join(dir, "clock.db"), filepath.Join(t.TempDir(), "copy.db")
	newUsed(t, dsn)
	if err := os.Remove(dsn + ".lock"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, dsn} {
		if err := os.Chown(path, owner, -1); err != nil {
			t.Fatal(err)
		}
	}
	belongs := func(when string) {
		t.Helper()
		names, err := filepath.Glob(dsn + "*")
		if err != nil || len(names) < 2 {
			t.Fatalf("%s: %v, %v", when, names, err)
		}
		for _, name := range names {
			is, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			if uid := is.Sys().(*syscall.Stat_t).Uid; int(uid) != owner || is.Mode() != 0o600 {
				t.Errorf("%s: %s is of user %d and %s", when, filepath.Base(name), uid, is.Mode())
			}
		}
	}
	if err := os.Chmod(dsn, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Backup(ctx, store.BackupOptions{DSN: dsn, File: file}); err != nil {
		t.Fatal(err)
	}
	belongs("after a copy")
	restore := func() {
		t.Helper()
		if _, err := store.Restore(ctx, store.RestoreOptions{DSN: dsn, File: file, Force: true, Settle: settle(t)}); err != nil {
			t.Fatal(err)
		}
	}
	restore()
	belongs("after a restore")
	for _, name := range []string{dsn, dsn + ".lock"} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	restore()
	belongs("after a restore where nothing was")

	// A link in the lock's place gives nothing of somebody else away.
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dsn + ".lock"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, dsn+".lock"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Backup(ctx, store.BackupOptions{DSN: dsn, File: file, Force: true}); err == nil {
		t.Error("a lock that is a link was followed")
	}
	if is, err := os.Stat(secret); err != nil || int(is.Sys().(*syscall.Stat_t).Uid) != os.Geteuid() {
		t.Errorf("the file behind the link was given away: %+v, %v", is, err)
	}
}
