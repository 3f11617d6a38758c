package browsertest

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

// messages keeps the error lines of a tab's console since it was opened.
type messages struct {
	mu    sync.Mutex
	lines []string
}

// receive is called for each event of the tab, by the goroutine that reads from the browser: it must be quick.
func (m *messages) receive(event any) {
	var line string
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeError && e.Type != runtime.ConsoleAPICalledTypeAssert {
			return
		}
		parts := make([]string, 0, len(e.Args))
		for _, arg := range e.Args {
			parts = append(parts, plain(arg))
		}
		line = strings.Join(parts, " ")
	case *runtime.EventExceptionThrown:
		line = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			line += " " + plain(e.ExceptionDetails.Exception)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelError {
			return
		}
		line = e.Entry.Text
		if e.Entry.URL != "" {
			line += " (" + e.Entry.URL + ")"
		}
	default:
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines = append(m.lines, line)
}

func (m *messages) all() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.lines)
}

// plain is an argument of console.error as DevTools would show it.
func plain(o *runtime.RemoteObject) string {
	var s string
	if json.Unmarshal(o.Value, &s) == nil {
		return s
	}
	if o.Description != "" {
		return o.Description
	}
	return string(o.Value)
}

// ConsoleErrors returns the error lines of the console since the tab was opened: console.error, uncaught exceptions, failed
// requests (the browser logs each 4xx and 5xx), and CSP violations.
func (tab *Tab) ConsoleErrors() []string {
	tab.t.Helper()
	// Events that the browser sent before the answer to this call are in the list when it returns.
	tab.Eval("0")
	return tab.messages.all()
}

// CSPViolations returns the console errors about the page's Content-Security-Policy.
func (tab *Tab) CSPViolations() []string {
	tab.t.Helper()
	return slices.DeleteFunc(tab.ConsoleErrors(), func(line string) bool { return !strings.Contains(line, "Content Security Policy") })
}

// MustBeQuiet fails the test, and goes on, when the console holds an error line that contains none of the expected parts.
func (tab *Tab) MustBeQuiet(expected ...string) {
	tab.t.Helper()
	for _, line := range tab.ConsoleErrors() {
		if !slices.ContainsFunc(expected, func(part string) bool { return strings.Contains(line, part) }) {
			tab.t.Errorf("console error on %s: %s", tab.URL(), line)
		}
	}
}
