package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"clockwarden": main})
}

// TestScripts runs the commands as an operator does. Beside testscript's own
// words the scripts know:
//
//	refused STATUS REGEXP clockwarden …   fails with one sentence, prints and changes nothing
//	jsonkeys KEY…                         standard output is one JSON object with exactly these keys
//	jsonalone                             standard output is one JSON object or array and nothing else
//	jsonget VARIABLE KEY                  takes a value of that object into a variable
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"refused":   scriptRefused,
			"jsonkeys":  scriptJSONKeys,
			"jsonalone": scriptJSONAlone,
			"jsonget":   scriptJSONGet,
		},
	})
}

func scriptRefused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: refused STATUS REGEXP clockwarden …")
	}
	status, err := strconv.Atoi(args[0])
	ts.Check(err)
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	before := auditLength(ts)
	err = ts.Exec(args[2], args[3:]...)
	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != status {
		ts.Fatalf("ended with %v, want status %d: %s%s", err, status, stdout, stderr)
	}
	if stdout != "" {
		ts.Fatalf("printed %q", stdout)
	}
	line, more := strings.CutSuffix(stderr, "\n")
	if !more || strings.TrimSpace(line) == "" || strings.Contains(line, "\n") || strings.ContainsAny(line, "⟦⟧") {
		ts.Fatalf("not one sentence: %q", stderr)
	}
	if !pattern.MatchString(line) {
		ts.Fatalf("says %q, want %s", line, pattern)
	}
	if after := auditLength(ts); after != before {
		ts.Fatalf("changed something: %s became %s", before, after)
	}
}

// auditLength is what the audit log of the script's database holds; every
// change of anything would be in it. It is read in this process, which is
// faster than starting another one.
func auditLength(ts *testscript.TestScript) string {
	database := ts.MkAbs("clockwarden.db")
	if _, err := os.Stat(database); err != nil {
		return "no database"
	}
	var stdout, stderr bytes.Buffer
	environ := []string{"CLOCKWARDEN_DATABASE=" + database}
	args := []string{"audit", "verify", "--json"}
	if status := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr, environ); status != exitDone {
		ts.Fatalf("audit verify: %d %s", status, stderr.String())
	}
	return stdout.String()
}

func scriptObject(ts *testscript.TestScript) map[string]any {
	var object map[string]any
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	ts.Check(decoder.Decode(&object))
	if decoder.More() {
		ts.Fatalf("more than one JSON value: %s", ts.ReadFile("stdout"))
	}
	if stderr := ts.ReadFile("stderr"); stderr != "" {
		ts.Fatalf("standard error holds %q", stderr)
	}
	return object
}

func scriptJSONKeys(ts *testscript.TestScript, neg bool, want []string) {
	if neg {
		ts.Fatalf("usage: jsonkeys KEY…")
	}
	var got []string
	for key, value := range scriptObject(ts) {
		if value == "" {
			ts.Fatalf("%s is empty", key)
		}
		got = append(got, key)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		ts.Fatalf("keys %v, want %v", got, want)
	}
}

func scriptJSONAlone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: jsonalone")
	}
	stdout := ts.ReadFile("stdout")
	if text := strings.TrimSpace(stdout); !json.Valid([]byte(text)) || !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		ts.Fatalf("not one JSON object or array: %s", stdout)
	}
}

func scriptJSONGet(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: jsonget VARIABLE KEY")
	}
	value, ok := scriptObject(ts)[args[1]].(string)
	if !ok {
		ts.Fatalf("no text %s in %s", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], value)
}
