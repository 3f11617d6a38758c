package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestQuickRun runs every measurement on small databases.
func TestQuickRun(t *testing.T) {
	folder := t.TempDir()
	page := filepath.Join(folder, "performance.md")
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), []string{"-quick", "-rounds", "1", "-json", "-dir", folder, "-report", page}, &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var r report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("%v: %s", err, stdout.String())
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	measured := map[string]int{}
	for _, f := range r.Figures {
		measured[f.Goal]++
		if f.Missing == "" && !(f.Value > 0) {
			t.Errorf("goal %s, %s: %v", f.Goal, f.What, f.Value)
		}
		if !strings.Contains(string(text), "| "+f.Goal+" | "+f.What+" |") {
			t.Errorf("the report lacks goal %s, %s", f.Goal, f.What)
		}
	}
	for _, m := range measurements() {
		if measured[m.goals] == 0 {
			t.Errorf("goal %s has no figure", m.goals)
		}
	}
	if left, err := filepath.Glob(filepath.Join(folder, "clockwarden-bench*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestFigure(t *testing.T) {
	b := &bench{}
	b.atMost("1", "a", 1.8, 1.81, "×", "")
	b.atLeast("2", "b", 10, 10, "")
	b.missing("8", "c", "not built yet")
	var verdicts []string
	for _, f := range b.figures {
		verdicts = append(verdicts, f.verdict())
	}
	if got := strings.Join(verdicts, " "); got != "MISS pass –" {
		t.Error(got)
	}
}

func TestQuantile(t *testing.T) {
	list := []float64{5, 1, 4, 2, 3}
	if m := median(list); m != 3 {
		t.Error(m)
	}
	if q := quantile(list, 0.99); q < 4.9 || q > 5 {
		t.Error(q)
	}
	if list[0] != 5 {
		t.Error("the caller's list was sorted")
	}
}
