package browsertest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/clockwarden/clockwarden/tools/testneeds"
)

// axeResult is the part of axe-core's answer that is reported.
type axeResult struct {
	Violations []axeFinding
	Incomplete []axeFinding
	Passes     int
}

type axeFinding struct {
	ID, Impact, Help string
	Targets          []string
	Summary          string
}

func (f axeFinding) String() string {
	return fmt.Sprintf("%s (%s): %s: %s: %s", f.ID, f.Impact, f.Help, strings.Join(f.Targets, " | "), f.Summary)
}

// Axe runs axe-core's accessibility rules on the page as it stands (open menus and dialogs included) and returns the violations, best none.
func (tab *Tab) Axe() []string {
	tab.t.Helper()
	return describe(tab.axe().Violations)
}

// AxeIncomplete returns what axe-core could not decide, such as contrast on gradients; a person should look at these once.
func (tab *Tab) AxeIncomplete() []string {
	tab.t.Helper()
	return describe(tab.axe().Incomplete)
}

func describe(findings []axeFinding) []string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, f.String())
	}
	return lines
}

func (tab *Tab) axe() axeResult {
	tab.t.Helper()
	source, err := os.ReadFile(axePath())
	if err != nil {
		testneeds.Missing(tab.t, "axe-core is not installed")
	}
	if tab.options.NoScript {
		// axe needs timers. The page's own scripts were not loaded and do not start by this.
		if err := tab.setScripts(tab.ctx, true); err != nil {
			tab.fail("axe", err.Error())
		}
		defer func() {
			if err := tab.setScripts(tab.ctx, false); err != nil {
				tab.fail("axe", err.Error())
			}
		}()
	}
	if _, err := tab.eval(loadLimit, string(source)+";0"); err != nil {
		tab.fail("load axe", err.Error())
	}
	out, err := tab.eval(loadLimit, `axe.run(document, {resultTypes: ["violations", "incomplete"]}).then(r => {
		const short = list => list.map(f => ({ID: f.id, Impact: f.impact, Help: f.help,
			Targets: f.nodes.map(n => n.target.join(" ")), Summary: f.nodes[0]?.failureSummary?.replace(/\s+/g, " ") ?? ""}));
		return JSON.stringify({Violations: short(r.violations), Incomplete: short(r.incomplete), Passes: r.passes.length});
	})`)
	if err != nil {
		tab.fail("run axe", err.Error())
	}
	var result axeResult
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		tab.fail("read axe's answer", err.Error())
	}
	if result.Passes == 0 {
		tab.fail("run axe", "no rule passed, so axe did not see the page")
	}
	return result
}

// axePath is where tools/install-test-deps.sh puts axe-core, found from the place of this source file.
func axePath() string {
	const inTools = "npm/node_modules/axe-core/axe.min.js"
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		return filepath.Join(filepath.Dir(file), "..", inTools)
	}
	// With -trimpath the source file is not named; a test runs in its package's folder, somewhere below the module's root.
	for dir := "."; ; dir = filepath.Join(dir, "..") {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "tools", inTools)
		}
		if abs, err := filepath.Abs(dir); err != nil || abs == "/" {
			return inTools
		}
	}
}
