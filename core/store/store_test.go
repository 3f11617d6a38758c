package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
	"github.com/clockwarden/clockwarden/tools/postgrestest"
)

func TestPathsWithSpecialCharacters(t *testing.T) {
	for _, name := range []string{"a b.db", "what?.db", "a#b.db", "50%.db", "100%25.db", "ä&ö=ü;.db", "file:x", "-", "quote'\".db"} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		s := open(t, path)
		if err := s.Write(t.Context(), save("k", name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
			}
			if !strings.HasPrefix(f.Name(), name) {
				t.Errorf("%s: there is a file %s", name, f.Name())
			}
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestDatabasesThatAreRefused(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for dsn, want := range map[string]string{
		"":                        "no database",
		":memory:":                "path of a file",
		"file:x.db":               "SQLite URI",
		"a\x00b":                  "NUL",
		t.TempDir() + "/no/x.db":  "open",
		text:                      "not a database",
		"postgres://h:port/x":     "PostgreSQL",
		"postgres:///x?host=/nil": "PostgreSQL",
	} {
		s, err := store.Open(t.Context(), store.Options{DSN: dsn})
		if err == nil {
			t.Errorf("%q was opened", dsn)
			_ = s.Close()
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", dsn, err)
		}
	}
	_, err := store.Open(t.Context(), store.Options{DSN: "postgres://u:geheim@localhost:1/x?connect_timeout=1"})
	if err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("%v", err)
	}
	if !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("unreachable: %v", err)
	}
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		version, err := f.Version(t.Context())
		if err != nil || version < 1 {
			t.Fatalf("version %d, %v", version, err)
		}
		if err := f.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, ` + map[bool]string{true: "true", false: "1"}[strings.HasPrefix(f.dsn, "postgres")] + `)`); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(t.Context(), store.Options{DSN: f.dsn})
		if err == nil {
			_ = s.Close()
			t.Fatal("it was opened")
		}
		if !strings.Contains(err.Error(), "version 99999") || !strings.Contains(err.Error(), "knows only version") {
			t.Error(err)
		}
	})
}

func TestOpenTwiceAndAtTheSameTime(t *testing.T) {
	for name, dsn := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "x.db"), "postgresql": postgrestest.New(t)} {
		t.Run(name, func(t *testing.T) {
			if name == "postgresql" {
				if err := open(t, dsn).Exec(`DROP SCHEMA public CASCADE; CREATE SCHEMA public`); err != nil {
					t.Fatal(err)
				}
			}
			errs := make(chan error)
			for range 4 {
				go func() {
					s, err := store.Open(context.Background(), store.Options{DSN: dsn})
					if err == nil {
						err = s.Write(context.Background(), save("k", "1"))
						err = errors.Join(err, s.Close())
					}
					errs <- err
				}()
			}
			for range 4 {
				if err := <-errs; err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestWeakSettingsAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	_ = open(t, path)
	for settings, want := range map[string]string{
		"_journal_mode=WAL&_foreign_keys=on&_synchronous=FULL":    "",
		"_journal_mode=WAL&_foreign_keys=on&_synchronous=EXTRA":   "",
		"_journal_mode=WAL&_foreign_keys=on&_synchronous=NORMAL":  "synchronous is 1",
		"_journal_mode=WAL&_foreign_keys=on&_synchronous=OFF":     "synchronous is 0",
		"_journal_mode=WAL&_foreign_keys=off&_synchronous=FULL":   "foreign_keys is 0",
		"_journal_mode=MEMORY&_foreign_keys=on&_synchronous=FULL": "journal_mode is memory",
	} {
		file := path
		if strings.Contains(settings, "MEMORY") {
			file = filepath.Join(t.TempDir(), "y.db")
		}
		err := store.CheckDurable("file:" + file + "?" + settings)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", settings, err)
		}
	}
}

func TestPostgreSQLIsDurable(t *testing.T) {
	dsn := postgrestest.New(t) // its server has synchronous_commit off
	s := open(t, dsn)
	for setting, want := range map[string]string{
		"synchronous_commit": "on", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "1min", "application_name": "clockwarden",
	} {
		if got := s.Text(`SHOW ` + setting); got != want {
			t.Errorf("%s is %s", setting, got)
		}
	}
	if got := open(t, dsn+"&synchronous_commit=remote_apply&lock_timeout=3s").Text(`SELECT current_setting('synchronous_commit') || current_setting('lock_timeout')`); got != "remote_apply3s" {
		t.Error(got)
	}
	if s, err := store.Open(t.Context(), store.Options{DSN: dsn + "&synchronous_commit=off"}); err == nil || !strings.Contains(err.Error(), "synchronous_commit") {
		_ = s.Close()
		t.Errorf("off was accepted: %v", err)
	}
}

// TestLook sees what was committed before each statement, where a snapshot does not, and writes nothing.
func TestLook(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		set := func(value string) { f.do(save("k", value)) }
		get := func(ctx context.Context, tx core.Tx) string {
			value, err := tx.Setting(ctx, "k")
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
		for name, test := range map[string]struct {
			in   func(context.Context, func(context.Context, core.Tx) error) error
			want string
		}{"look": {f.Look, "new"}, "read": {f.Read, "old"}} {
			set("old")
			if err := test.in(t.Context(), func(ctx context.Context, tx core.Tx) error {
				get(ctx, tx)
				set("new")
				if got := get(ctx, tx); got != test.want {
					t.Errorf("%s sees %q after a commit, want %q", name, got, test.want)
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
		}
		if err := f.Look(t.Context(), func(context.Context, core.Tx) error { return core.ErrNoRow }); !errors.Is(err, core.ErrNoRow) {
			t.Errorf("the error of fn comes back as %v", err)
		}
	})
}
