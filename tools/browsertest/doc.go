// Package browsertest drives a real, headless Chromium in tests. It is the only importer of chromedp, whose API changes often.
//
// # Start
//
// One browser serves all tests of a test binary; it starts with the first tab. The package needs a TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(browsertest.Main(m)) }
//
// Together with postgrestest:
//
//	os.Exit(browsertest.Around(func() int { return postgrestest.Main(m, migrate) }))
//
// A test opens one tab per person. Each tab has its own cookies and storage, as a private window has; Sibling opens a second
// tab of the same person. Tests may run in parallel, one goroutine per tab.
//
//	func TestStopFromTheTable(t *testing.T) {
//		srv := httptest.NewServer(handler)
//		t.Cleanup(srv.Close) // BEFORE NewTab: cleanups run backwards, and Close hangs while a tab holds an SSE stream
//
//		tab := browsertest.NewTab(t, browsertest.Options{Width: 390, Height: 844, Dark: true, Lang: "de"})
//		tab.Open(srv.URL + "/w/acme/settings/accounts")
//		tab.Click("#menu-7")                     // waits until it is visible, enabled, still and not covered
//		tab.ClickText("Stop timer")              // a link, button, summary or label with exactly this text
//		tab.WaitVisible("dialog[open]")
//		tab.Type("#reason", "went home")         // replaces what stands there
//		tab.Click("dialog button[type=submit]")
//		tab.WaitText("#toasts", "Stopped")       // until the text holds the words
//		tab.WaitGone("dialog[open]")             // until absent or invisible
//		tab.Screenshot("accounts-stopped-dark-390")
//		if found := tab.Axe(); len(found) > 0 {
//			t.Errorf("accessibility: %s", strings.Join(found, "\n"))
//		}
//		tab.MustBeQuiet()                        // no console errors, no CSP violations
//	}
//
// # What there is
//
//   - Go: Open, Reload, Back, URL.
//   - Act: Click, CtrlClick, ClickText, Type, SetValue (selects, checkboxes, dates), Press ("Tab", "Enter", "Escape", "/", …), SetHidden, SetCookie.
//   - Read at once: Has, Count, Text, Value, Attr, Eval (any JavaScript; promises are awaited; strings as they are, else JSON).
//   - Wait: WaitVisible, WaitGone, WaitText, WaitURL, WaitEval (until a JavaScript expression is true). Text, Value, Attr, Click and Type
//     wait for their element too.
//   - Judge: Axe, AxeIncomplete, ConsoleErrors, CSPViolations, MustBeQuiet.
//
// Every wait ends after ten seconds and then fails the test with the page's address and an excerpt of its text. There is no Sleep, on purpose.
// A failed test leaves a screenshot when CLOCKWARDEN_SCREENSHOTS names a folder; Screenshot writes there too and does nothing otherwise.
//
// # Good to know
//
//   - Options.NoScript turns the page's scripts off; all methods still work, Axe included.
//   - The browser reaches loopback addresses only: localhost, *.localhost, 127.0.0.1 and *.clock.test (mapped to 127.0.0.1, for tests of sibling
//     subdomains; self-signed certificates are accepted). Any other name fails to resolve. A `__Host-` cookie works on http://*.localhost.
//   - prefers-reduced-motion is on, so that animations cannot make tests flaky.
//   - The browser itself logs an error for each 4xx and 5xx answer: a test that provokes a 422 says MustBeQuiet("422").
//   - SetHidden makes the page believe that its tab went to the background (visibilityState and the event). Timers are not slowed down.
//   - No Chromium: the test is skipped on a developer's machine and fails under CI=true. CLOCKWARDEN_TEST_FAST=1 skips, except under CI=true.
//     CLOCKWARDEN_CHROMIUM names another binary.
package browsertest
