package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// RecordEnv names the folder that Run writes <platform>.json to; unset: nothing is written.
const RecordEnv = "CLOCKWARDEN_CONFORMANCE"

// Outcome is how a scenario went on a platform.
type Outcome struct {
	Area     string `json:"area"`
	Scenario string `json:"scenario"`
	Passed   bool   `json:"passed"`
}

// record collects the outcomes of one run.
type record struct {
	platform string
	mu       sync.Mutex
	list     []Outcome
}

func newRecord(platform string) *record { return &record{platform: platform} }

func (r *record) add(sc Scenario, passed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, Outcome{sc.Area, sc.Name, passed})
}

func (r *record) write(t *testing.T) {
	folder := os.Getenv(RecordEnv)
	if folder == "" {
		return
	}
	text, err := json.MarshalIndent(r.list, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, r.platform+".json"), append(text, '\n'), 0o600) //nolint:gosec // whoever runs the tests names the folder
	}
	if err != nil {
		t.Errorf("record the outcome: %v", err)
	}
}

// Platforms are the columns of the report.
func Platforms() []string { return []string{"slack", "discord", "console"} }

// ReadRecords reads what runs have recorded in a folder. A platform that recorded nothing has no outcomes.
func ReadRecords(folder string) (map[string][]Outcome, error) {
	records := map[string][]Outcome{}
	for _, p := range Platforms() {
		text, err := os.ReadFile(filepath.Join(folder, p+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read record: %w", err)
		}
		var list []Outcome
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, fmt.Errorf("read record of %s: %w", p, err)
		}
		records[p] = list
	}
	return records, nil
}

// Report writes the page docs/conformance.md. A scenario that did not run on a platform did not pass
// there. It depends on the outcomes and the table alone.
func Report(records map[string][]Outcome) string {
	w := &strings.Builder{}
	w.WriteString(`# Conformance of the chat platforms

One table of scenarios (bot/conversation/conformance) runs against every platform: over HTTP against a
stand-in that refuses what the platform refuses, and in the console over its input and output. Every
scenario runs twice, for English and for German readers. A scenario that a platform can't do is a failure
there, ✗; there is no list of exceptions.

This page is written by ` + "`make conformance`" + `, and a test holds it to the present table.

`)
	passed := map[string]int{}
	all := Scenarios()
	rows := &strings.Builder{}
	area, known := "", false
	for _, sc := range all {
		if sc.Area != area {
			area = sc.Area
			fmt.Fprintf(rows, "| **%s** |%s\n", area, strings.Repeat(" |", len(Platforms())))
		}
		name := sc.Name
		if sc.Known != nil {
			name, known = name+" ¹", true
		}
		fmt.Fprintf(rows, "| %s |", name)
		for _, p := range Platforms() {
			mark := "✗"
			if slices.Contains(records[p], Outcome{sc.Area, sc.Name, true}) {
				mark, passed[p] = "✓", passed[p]+1
			}
			fmt.Fprintf(rows, " %s |", mark)
		}
		rows.WriteString("\n")
	}
	w.WriteString("| scenario |")
	for _, p := range Platforms() {
		fmt.Fprintf(w, " %s |", p)
	}
	w.WriteString("\n|---|" + strings.Repeat(":-:|", len(Platforms())) + "\n")
	w.WriteString(rows.String())
	w.WriteString("| **passed** |")
	for _, p := range Platforms() {
		fmt.Fprintf(w, " %d of %d |", passed[p], len(all))
	}
	w.WriteString("\n")
	if known {
		w.WriteString(`
¹ Nobody is linked at the console: whoever runs it says whose account it is (` + "`clockwarden chat --as EMAIL`" + `).
There, the scenario is that link and unlink say so, use up no code and change nothing.
`)
	}
	return w.String()
}
