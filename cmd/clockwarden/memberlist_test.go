package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/core"
)

func TestListsOfSpreadsheetsAreUnderstood(t *testing.T) {
	want := core.NewMember{Email: "dana@acme.test", Name: "Dana Díaz", Role: core.RoleManager, TimeZone: "Europe/Madrid", Language: "de"}
	for name, text := range map[string]string{
		"plain":            "email,name,role,time_zone,language\ndana@acme.test,Dana Díaz,manager,Europe/Madrid,de\n",
		"mark and CRLF":    "\xef\xbb\xbfemail,name,role,time_zone,language\r\ndana@acme.test,Dana Díaz,manager,Europe/Madrid,de\r\n",
		"semicolons":       "email;name;role;time_zone;language\ndana@acme.test;Dana Díaz;Manager;Europe/Madrid;DE",
		"tabs":             "email\tname\trole\ttime_zone\tlanguage\ndana@acme.test\tDana Díaz\tmanager\tEurope/Madrid\tde\n",
		"another order":    "Name, Language ,EMAIL,role,time_zone\nDana Díaz,de,dana@acme.test,manager,Europe/Madrid\n",
		"quoted and empty": "\"email\",\"name\",role,time_zone,language\n\n\"dana@acme.test\",\"Dana Díaz\",manager,Europe/Madrid,de\n\n",
	} {
		rows, err := parseMembers([]byte(text))
		if err != nil || len(rows) != 1 || rows[0].err != nil || rows[0].member != want {
			t.Errorf("%s: %+v, %v", name, rows, err)
		}
	}
}

func TestListsThatCannotBeUsed(t *testing.T) {
	long := "email,name\n" + strings.Repeat("a@b.test,A\n", maxListRows+1)
	for want, text := range map[string]string{
		"cli.import_empty":    "",
		"cli.import_encoding": "email,name\nd@acme.test,Dana D\xedaz\n",
		"cli.import_column":   "PK\x03\x04,name\n",
		"cli.import_size":     long,
	} {
		_, err := parseMembers([]byte(text))
		var failed *failure
		if !errors.As(err, &failed) || failed.id != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	var failed *failure
	if _, err := parseMembers(bytes.Repeat([]byte("a"), maxListBytes+1)); !errors.As(err, &failed) || failed.id != "cli.import_size" {
		t.Errorf("a huge list: %v", err)
	}
	if _, err := parseMembers([]byte("\xff\xfee\x00m\x00")); !errors.As(err, &failed) || failed.id != "cli.import_encoding" {
		t.Errorf("UTF-16: %v", err)
	}
}

func TestGuardsGoBothWays(t *testing.T) {
	for _, cell := range []string{"", "Dana", "=1+1", "+49", "-", "@dana", "\tx", "'quoted", "O'Brien", "'"} {
		guarded := withGuard(cell)
		if guarded != "" && strings.ContainsRune(formulas, rune(guarded[0])) {
			t.Errorf("a spreadsheet would compute %q", guarded)
		}
		if back := withoutGuard(guarded); back != cell {
			t.Errorf("%q came back as %q", cell, back)
		}
	}
}

// TestTheBarIsForPeople: standard error of a script stays empty.
func TestTheBarIsForPeople(t *testing.T) {
	var out bytes.Buffer
	inv := &invocation{stderr: &out}
	b := inv.newBar(3)
	b.step()
	b.clear()
	if out.Len() > 0 {
		t.Errorf("wrote %q", out.String())
	}
	b = &bar{to: &out, total: 3, shown: -1}
	for range 3 {
		b.step()
	}
	b.clear()
	if !strings.Contains(out.String(), "] 3/3") || !strings.HasSuffix(out.String(), "\r\x1b[K") {
		t.Errorf("wrote %q", out.String())
	}
}

func FuzzParseMembers(f *testing.F) {
	f.Add([]byte("email,name\na@b.test,A\n"))
	f.Add([]byte("\xef\xbb\xbfemail;name\n\"a@b.test\";\"A\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := parseMembers(data)
		if err != nil {
			return
		}
		last := 0
		for _, r := range rows {
			if r.row <= last {
				t.Fatalf("row %d after row %d", r.row, last)
			}
			last = r.row
		}
	})
}
