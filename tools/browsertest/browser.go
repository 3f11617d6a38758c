package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// errNoChromium says that no browser was found on this machine.
var errNoChromium = errors.New("no Chromium found")

// browser is the one browser of a test binary. It starts with the first tab, since most runs of a package's tests open none.
type browser struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

// shared is package state on purpose: a test binary has one browser, and TestMain cannot hand it to the tests.
var shared struct {
	sync.Mutex
	browser *browser
}

// Main runs the tests of a package and then stops the browser. It returns the exit status for os.Exit.
func Main(m *testing.M) int { return Around(m.Run) }

// Around is Main for a TestMain that needs something else around the tests as well.
func Around(run func() int) int {
	b := &browser{}
	shared.Lock()
	shared.browser = b
	shared.Unlock()
	defer b.close()
	return run()
}

// started returns the context of the running browser, starting it when this is the first call.
func started() (context.Context, error) {
	shared.Lock()
	b := shared.browser
	shared.Unlock()
	if b == nil {
		return nil, errors.New("browsertest: TestMain must call browsertest.Main or browsertest.Around")
	}
	b.once.Do(b.start)
	return b.ctx, b.err
}

func (b *browser) start() {
	path, err := chromium()
	if err != nil {
		b.err = err
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.DisableGPU,
		chromedp.IgnoreCertErrors,
		chromedp.WindowSize(1280, 800),
		chromedp.Flag("lang", "en-US"),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("hide-scrollbars", true),
		// A test must not depend on, or disturb, anything outside this machine.
		chromedp.Flag("host-resolver-rules",
			"MAP *.clock.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1"),
	)
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	// chromedp logs protocol messages newer than itself; that is no news for a test.
	quiet := func(string, ...any) {}
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	b.stop = func() {
		cancel()
		stopAllocator()
	}
	b.ctx = ctx
	// The first call must have no deadline: the browser lives as long as its context.
	if err := chromedp.Do(ctx); err != nil {
		b.err = fmt.Errorf("start %s: %w", path, err)
	}
}

func (b *browser) close() {
	if b.stop != nil {
		b.stop()
	}
}

// chromium returns the path of the browser: CLOCKWARDEN_CHROMIUM, or the first that is installed.
func chromium() (string, error) {
	if path := os.Getenv("CLOCKWARDEN_CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoChromium
}
