package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// everything is a record of all scenarios on all platforms that this program speaks.
func everything(platforms ...string) map[string][]Outcome {
	records := map[string][]Outcome{}
	for _, sc := range Scenarios() {
		for _, p := range platforms {
			records[p] = append(records[p], Outcome{sc.Area, sc.Name, true})
		}
	}
	return records
}

// The page lists exactly the present scenarios, each of which passed on every platform.
func TestPageIsOfThePresentTable(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want := Report(everything(Platforms()...)); string(page) != want {
		t.Error("docs/conformance.md is not of the present scenarios, or not all of them passed: run `make conformance`")
	}
}

func TestScenariosAreToldApart(t *testing.T) {
	seen, areas, last := map[string]bool{}, map[string]bool{}, ""
	for _, sc := range Scenarios() {
		if seen[sc.Name] || sc.Name == "" || sc.Run == nil || strings.ContainsAny(sc.Name+sc.Area, "|/\n") {
			t.Errorf("scenario %q of %q", sc.Name, sc.Area)
		}
		if sc.Area != last && areas[sc.Area] {
			t.Errorf("area %q stands in two places", sc.Area)
		}
		seen[sc.Name], areas[sc.Area], last = true, true, sc.Area
	}
	if len(seen) < 40 {
		t.Errorf("only %d scenarios", len(seen))
	}
}

func TestRecordAndReport(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(RecordEnv, folder)
	all := Scenarios()
	r := newRecord("slack")
	for i, sc := range all[:len(all)-1] { // the last one did not run
		r.add(sc, i != 0)
	}
	r.write(t)
	records, err := ReadRecords(folder)
	if err != nil {
		t.Fatal(err)
	}
	page := Report(records)
	for _, want := range []string{
		"| " + all[0].Name + " | ✗ |",
		"| " + all[1].Name + " | ✓ | ✗ |",
		"| " + all[len(all)-1].Name + " | ✗ |",
	} {
		if !strings.Contains(strings.ReplaceAll(page, " ¹", ""), want) {
			t.Errorf("the page does not hold %q:\n%s", want, page)
		}
	}
	if !strings.Contains(page, "| **passed** | ") {
		t.Error("the page has no totals")
	}
	if err := os.WriteFile(filepath.Join(folder, "console.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadRecords(folder); err == nil {
		t.Error("a broken record is read")
	}
}
