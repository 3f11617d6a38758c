package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestAnExportIsWholeAndOfItsOwner: a list that could not be written leaves what was there, and one that takes the
// place of a file that everybody could read can be read by its owner alone.
func TestAnExportIsWholeAndOfItsOwner(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "list.csv")
	if err := os.WriteFile(file, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	is := func(want string, mode os.FileMode) {
		t.Helper()
		data, err := os.ReadFile(file)
		if err != nil || string(data) != want {
			t.Errorf("the file holds %q, want %q, %v", data, want, err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode() != mode {
			t.Errorf("the file is %v, want %s, %v", info, mode, err)
		}
		if names, err := os.ReadDir(folder); err != nil || len(names) != 1 {
			t.Errorf("beside the list: %v, %v", names, err)
		}
	}
	write := func(text string, end error) func(to io.Writer) error {
		return func(to io.Writer) error {
			_, err := fmt.Fprint(to, text)
			return errors.Join(err, end)
		}
	}
	full := errors.New("no space left")
	if err := writeList(file, true, write("half", full)); !errors.Is(err, full) {
		t.Errorf("a list that could not be written: %v", err)
	}
	is("old", 0o644)
	if err := writeList(file, false, write("new", nil)); !errors.Is(err, os.ErrExist) {
		t.Errorf("a list where a file is: %v", err)
	}
	is("old", 0o644)
	if err := writeList(file, true, write("new", nil)); err != nil {
		t.Error(err)
	}
	is("new", 0o600)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := writeList(file, false, write("first", nil)); err != nil {
		t.Error(err)
	}
	is("first", 0o600)
	if err := writeList(os.DevNull, true, write("nowhere", nil)); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("%s is now %v, %v", os.DevNull, info, err)
	}
}
