// Command screenshots makes the pictures of the documentation from the real program: it starts the demo, signs in as
// the owner with headless Chromium and photographs pages into docs/images.
//
// Usage: go run ./tools/screenshots [-program bin/clockwarden] [-into docs/images]
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// picture is one page as the owner sees it.
type picture struct {
	file   string
	path   string
	ready  string // a CSS selector that is there when the page is
	width  int64
	height int64
}

var pictures = []picture{
	{"accounts.png", "/w/acme/settings/accounts", "table tbody tr", 1280, 1110},
}

func main() {
	program := flag.String("program", "bin/clockwarden", "the program to photograph")
	into := flag.String("into", "docs/images", "the folder for the pictures")
	flag.Parse()
	if err := run(*program, *into); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(program, into string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	link, stop, err := startDemo(ctx, program)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()

	tab, closeBrowser, err := openBrowser(ctx)
	if err != nil {
		return err
	}
	defer closeBrowser()
	base, _, _ := strings.Cut(link, "/sign-in/")
	err = chromedp.Do(tab,
		chromedp.Navigate(link),
		chromedp.Click(chromedp.CSS("main form button")),
		chromedp.WaitVisible(chromedp.CSS("table tbody tr")),
	)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	for _, p := range pictures {
		err := chromedp.Do(tab,
			chromedp.EmulateViewport(p.width, p.height),
			chromedp.Navigate(base+p.path),
			chromedp.WaitVisible(chromedp.CSS(p.ready)),
			chromedp.Sleep(time.Second), // live durations and fonts
		)
		if err != nil {
			return fmt.Errorf("%s: %w", p.file, err)
		}
		data, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
		if err != nil {
			return fmt.Errorf("%s: %w", p.file, err)
		}
		file := filepath.Join(into, p.file)
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
		fmt.Println(file)
	}
	return nil
}

// openBrowser starts Chromium: CLOCKWARDEN_CHROMIUM, or the one that chromedp finds.
func openBrowser(ctx context.Context) (tab context.Context, stop func(), err error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.DisableGPU,
		chromedp.Flag("lang", "en-US"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
	)
	if path := os.Getenv("CLOCKWARDEN_CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	browser, closeBrowser := chromedp.NewExecAllocator(ctx, options...)
	// chromedp logs protocol messages newer than itself; that is no news here.
	quiet := func(string, ...any) {}
	tab, closeTab := chromedp.NewContext(browser, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	stop = func() {
		closeTab()
		closeBrowser()
	}
	// The first call must have no deadline of its own: the browser lives as long as its context.
	if err := chromedp.Do(tab); err != nil {
		stop()
		return nil, nil, fmt.Errorf("start Chromium: %w", err)
	}
	return tab, stop, nil
}

// startDemo starts the demo in a fresh folder and returns the owner's sign-in link; stop ends the demo.
func startDemo(ctx context.Context, program string) (link string, stop func() error, err error) {
	cmd := exec.CommandContext(ctx, program, "demo", "--listen", "127.0.0.1:0")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("start the demo (make build?): %w", err)
	}
	stop = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return err
		}
		return cmd.Wait()
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if link = strings.TrimSpace(lines.Text()); strings.Contains(link, "/sign-in/") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return link, stop, nil
		}
	}
	return "", nil, errors.Join(errors.New("the demo printed no sign-in link"), stop())
}
