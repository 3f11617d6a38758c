package browsertest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/clockwarden/clockwarden/tools/testneeds"
)

const (
	// waitLimit bounds every wait for something on a page.
	waitLimit = 10 * time.Second
	// loadLimit bounds loading a page and running axe, which may have to wait for a busy machine.
	loadLimit = 30 * time.Second
)

// Options say how the person behind a tab looks at the page. The zero value is a light, English desktop window with scripts.
type Options struct {
	Width, Height int64  // in CSS pixels; 0 is 1280 × 800; up to 600 wide also emulates touch and a mobile viewport
	Dark          bool   // prefers-color-scheme: dark
	Lang          string // Accept-Language, navigator.language and the locale of Intl, e.g. "de" or "de-DE"; empty is "en-US"
	NoScript      bool   // the page's own scripts do not run
}

// Tab is one page of one person. Its methods end the test when they fail, so they belong to the test's goroutine.
type Tab struct {
	t        testing.TB
	ctx      context.Context
	options  Options
	messages *messages
}

// NewTab opens a tab with cookies and storage of its own and closes it when the test ends.
// Register the clean-up of the server before calling it: the server cannot close while the tab holds a stream.
func NewTab(t testing.TB, o Options) *Tab {
	t.Helper()
	testneeds.Slow(t)
	parent, err := started()
	if errors.Is(err, errNoChromium) {
		testneeds.Missing(t, err.Error())
	}
	if err != nil {
		t.Fatalf("browser: %v", err)
	}
	return openTab(t, parent, o, chromedp.WithNewBrowserContext())
}

// Sibling opens another tab of the same person: it shares cookies and storage with tab.
func (tab *Tab) Sibling(o Options) *Tab {
	tab.t.Helper()
	parent, err := started()
	if err != nil {
		tab.t.Fatalf("browser: %v", err)
	}
	return openTab(tab.t, parent, o, chromedp.WithExistingBrowserContext(chromedp.FromContext(tab.ctx).BrowserContextID))
}

func openTab(t testing.TB, parent context.Context, o Options, identity chromedp.ContextOption) *Tab {
	t.Helper()
	if o.Width == 0 {
		o.Width = 1280
	}
	if o.Height == 0 {
		o.Height = 800
	}
	if o.Lang == "" {
		o.Lang = "en-US"
	}
	tab := &Tab{t: t, options: o, messages: &messages{}}
	ctx, cancel := chromedp.NewContext(parent, identity, chromedp.WithListener(tab.messages.receive))
	tab.ctx = ctx
	t.Cleanup(cancel)
	t.Cleanup(func() {
		if t.Failed() {
			tab.Screenshot("failed-" + t.Name())
		}
	})
	// Opens the tab. No deadline here: the tab lives as long as the context of this call.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	tab.emulate()
	return tab
}

// emulate makes the page see what the options say.
func (tab *Tab) emulate() {
	tab.t.Helper()
	scheme := "light"
	if tab.options.Dark {
		scheme = "dark"
	}
	viewport := []chromedp.EmulateViewportOption{}
	if tab.options.Width <= 600 {
		viewport = append(viewport, chromedp.EmulatePortrait, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	agent := tab.Eval("navigator.userAgent")
	ctx, cancel := context.WithTimeout(tab.ctx, waitLimit)
	defer cancel()
	_, errMedia := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	_, errAgent := chromedp.Call(ctx, emulation.SetUserAgentOverride,
		emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: tab.options.Lang})
	_, errLocale := chromedp.Call(ctx, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: tab.options.Lang})
	errScript := tab.setScripts(ctx, !tab.options.NoScript)
	errSize := chromedp.Do(ctx, chromedp.EmulateViewport(tab.options.Width, tab.options.Height, viewport...))
	if err := errors.Join(errMedia, errAgent, errLocale, errScript, errSize); err != nil {
		tab.t.Fatalf("set up the tab: %v", err)
	}
}

func (tab *Tab) setScripts(ctx context.Context, on bool) error {
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	return err
}

// Open loads the address and waits for the load event. A status of 4xx or 5xx is not a failure: the page is there to be looked at.
func (tab *Tab) Open(url string) {
	tab.t.Helper()
	tab.do(loadLimit, "open "+url, chromedp.Navigate(url))
}

// Reload loads the page again, as the person's reload button does.
func (tab *Tab) Reload() {
	tab.t.Helper()
	tab.do(loadLimit, "reload", chromedp.Reload())
}

// Back goes back in the tab's history. It does not wait for the page, which may come from a script: use WaitURL or WaitVisible.
func (tab *Tab) Back() {
	tab.t.Helper()
	tab.Eval("history.back()")
}

// URL returns the address in the address bar.
func (tab *Tab) URL() string {
	tab.t.Helper()
	return tab.Eval("location.href")
}

// SetCookie gives the tab a cookie for the address, as if the server had set it.
func (tab *Tab) SetCookie(url, name, value string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, waitLimit)
	defer cancel()
	if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{URL: url, Name: name, Value: value}); err != nil {
		tab.t.Fatalf("set cookie %s for %s: %v", name, url, err)
	}
}

// SetHidden makes the page believe that its tab is in the background (true) or in front again (false).
func (tab *Tab) SetHidden(hidden bool) {
	tab.t.Helper()
	state := "visible"
	if hidden {
		state = "hidden"
	}
	tab.Eval(`(() => {
		Object.defineProperty(document, "visibilityState", {configurable: true, get: () => "` + state + `"});
		Object.defineProperty(document, "hidden", {configurable: true, get: () => document.visibilityState === "hidden"});
		document.dispatchEvent(new Event("visibilitychange", {bubbles: true}));
	})()`)
}

var notInFileNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// Screenshot writes the whole page as NAME.png into the folder named by CLOCKWARDEN_SCREENSHOTS; without that variable it does nothing.
func (tab *Tab) Screenshot(name string) {
	tab.t.Helper()
	folder := os.Getenv("CLOCKWARDEN_SCREENSHOTS")
	if folder == "" {
		return
	}
	ctx, cancel := context.WithTimeout(tab.ctx, waitLimit)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, notInFileNames.ReplaceAllString(name, "-")+".png"), png, 0o644)
	}
	if err != nil {
		tab.t.Errorf("screenshot %s: %v", name, err)
	}
}

// do runs actions under a deadline and ends the test with the page's state when they fail.
func (tab *Tab) do(limit time.Duration, what string, actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, limit)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		tab.fail(what, err.Error())
	}
}

// fail ends the test with what was tried, why it failed, and what the page shows.
func (tab *Tab) fail(what, why string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, 2*time.Second)
	defer cancel()
	page, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		`location.href + "\n" + (document.body ? document.body.innerText : "(no body)").slice(0, 1500)`))
	if err != nil {
		page = "(the page does not answer: " + err.Error() + ")"
	}
	var console string
	if lines := tab.messages.all(); len(lines) > 0 {
		console = "\nconsole errors:\n" + strings.Join(lines, "\n")
	}
	tab.t.Fatalf("%s: %s\npage %s%s", what, why, page, console)
}
