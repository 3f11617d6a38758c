package bottest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/tools/testneeds"
)

// Says fails unless what is seen holds every text.
func Says(t testing.TB, seen fmt.Stringer, texts ...string) {
	t.Helper()
	all := seen.String()
	for _, text := range texts {
		if !strings.Contains(all, text) {
			t.Errorf("%q is not said:\n%s", text, all)
		}
	}
	if strings.Contains(all, "⟦") {
		t.Errorf("a text is missing:\n%s", all)
	}
}

// Buttons fails unless what is seen has just these buttons.
func Buttons(t testing.TB, seen interface{ Buttons() []string }, want ...string) {
	t.Helper()
	if got := seen.Buttons(); !slices.Equal(got, want) {
		t.Errorf("buttons are %q, want %q", got, want)
	}
}

// Mask is what differs from run to run in a body, and what stands in its golden file instead.
type Mask struct {
	Find *regexp.Regexp
	Put  string
}

// Golden compares a body with its file below testdata/golden, or writes it.
func Golden(t testing.TB, write bool, name string, body []byte, masks ...Mask) {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, body, "", "  "); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	got := pretty.Bytes()
	for _, m := range masks {
		got = m.Find.ReplaceAll(got, []byte(m.Put))
	}
	got = append(bytes.TrimSpace(got), '\n')
	file := filepath.Join("testdata", "golden", name+".json")
	if write {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run go test with -update here", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s changed; if that is meant, run go test with -update here\n%s", name, got)
	}
}

// Node runs a script of tools/payloads, from a package two folders deep, and returns what it says.
func Node(t testing.TB, stdin []byte, script string, args ...string) (string, error) {
	t.Helper()
	testneeds.Slow(t)
	program, err := exec.LookPath("node")
	if err != nil {
		testneeds.Missing(t, "node is not installed")
	}
	tools := filepath.Join("..", "..", "tools", "payloads")
	if _, err := os.Stat(filepath.Join(tools, "node_modules", ".package-lock.json")); err != nil {
		testneeds.Missing(t, "the packages of tools/payloads are not installed")
	}
	cmd := exec.CommandContext(t.Context(), program, append([]string{filepath.Join(tools, script)}, args...)...)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// JSON encodes a value.
func JSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Text is the string at a path in decoded JSON, or "".
func Text(v any, path ...string) string {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	s, _ := v.(string)
	return s
}

// List is the list at a name in decoded JSON.
func List(v any, name string) []any {
	m, _ := v.(map[string]any)
	l, _ := m[name].([]any)
	return l
}

// Percentiles adds two of them to a benchmark's line.
func Percentiles(b *testing.B, name string, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(took[min(len(took)-1, len(took)*p/100)].Microseconds())/1000, name+"-p"+strconv.Itoa(p)+"-ms")
	}
}
