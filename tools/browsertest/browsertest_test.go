package browsertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/tools/browsertest"
)

func TestMain(m *testing.M) { os.Exit(browsertest.Main(m)) }

const page = `<!doctype html><html lang="en"><head><title>Accounts</title><link rel="stylesheet" href="/app.css"><link rel="icon" href="data:,"><script src="/app.js" defer></script></head>
<body><main><h1>Accounts</h1>
<p id="scheme">scheme</p><p id="lang">{lang}</p><p id="cookie">{cookie}</p>
<form method="get" action="/"><label for="name">Name</label> <input id="name" name="name" value="old">
<label for="role">Role</label> <select id="role" name="role"><option>member</option><option>owner</option></select>
<button id="send">Send</button></form>
<button id="late" disabled>Later</button> <button id="behind">Behind</button>
<div id="log" hidden>log</div><p id="hides">here</p>
<p><a href="/next">Next page</a></p>
</main></body></html>`

const script = `
document.getElementById("scheme").textContent = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
const log = document.getElementById("log");
document.getElementById("late").addEventListener("click", () => { log.textContent = "clicked late"; });
document.getElementById("behind").addEventListener("click", () => { log.hidden = false; log.textContent += " clicked behind"; });
document.addEventListener("keydown", e => { if (e.key === "/") { e.preventDefault(); document.getElementById("name").focus(); } });
document.addEventListener("visibilitychange", () => { log.textContent += " " + document.visibilityState; });
setTimeout(() => { document.getElementById("late").disabled = false; document.getElementById("hides").remove(); log.hidden = false; }, 300);
`

// serve starts a server for a page with a strict CSP; body replaces the page when it is not "".
func serve(t *testing.T, body string) string {
	t.Helper()
	if body == "" {
		body = page
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /app.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = fmt.Fprint(w, script)
	})
	mux.HandleFunc("GET /app.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		_, _ = fmt.Fprint(w, ":root { color-scheme: light dark }")
	})
	mux.HandleFunc("GET /cover.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		_, _ = fmt.Fprint(w, "#cover { position: fixed; inset: 0; background: white }")
	})
	mux.HandleFunc("GET /missing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnprocessableEntity) })
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; form-action 'self'; connect-src 'self'")
		cookie := "none"
		if c, err := r.Cookie("who"); err == nil {
			cookie = c.Value
		}
		_, _ = fmt.Fprint(w, strings.NewReplacer("{lang}", r.Header.Get("Accept-Language"), "{cookie}", cookie).Replace(body))
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestActAndRead(t *testing.T) {
	url := serve(t, "")
	tab := browsertest.NewTab(t, browsertest.Options{})
	tab.Open(url)

	if got := tab.Text("h1"); got != "Accounts" {
		t.Errorf("Text(h1) = %q", got)
	}
	if !tab.Has("#hides") || tab.Has("#nowhere") || tab.Count("button") != 3 {
		t.Error("Has or Count is wrong")
	}
	if got := tab.Attr("#name", "name") + tab.Attr("#name", "data-none"); got != "name" {
		t.Errorf("Attr = %q", got)
	}

	tab.Click("#late") // is enabled only after a while
	tab.WaitText("#log", "clicked late")
	tab.WaitGone("#hides")
	tab.ClickText("Behind")
	tab.WaitText("#log", "clicked behind")

	tab.Eval("document.activeElement.blur()")
	tab.Press("/")
	if got := tab.Eval("document.activeElement.id"); got != "name" {
		t.Errorf("focus is on %q after /", got)
	}
	tab.Type("#name", "Zoë & Co.")
	tab.SetValue("#role", "owner")
	if got := tab.Value("#name"); got != "Zoë & Co." {
		t.Errorf("Value = %q: Type must replace", got)
	}
	tab.Press("Enter")
	tab.WaitURL("name=Zo%C3%AB")
	tab.WaitURL("role=owner")
	tab.ClickText("Next page")
	tab.WaitURL("/next")
	tab.Back()
	tab.WaitURL("role=owner")
	tab.Reload()
	tab.WaitVisible("h1")

	if got := tab.Eval("({a: [1, null]})"); got != `{"a":[1,null]}` {
		t.Errorf("Eval of an object = %s", got)
	}
	if got := tab.Eval("new Promise(done => setTimeout(() => done('later'), 20))"); got != "later" {
		t.Errorf("Eval of a promise = %s", got)
	}
	tab.SetHidden(true)
	tab.SetHidden(false)
	tab.WaitText("#log", "hidden visible")
	tab.MustBeQuiet()
}

func TestOptions(t *testing.T) {
	url := serve(t, "")
	tab := browsertest.NewTab(t, browsertest.Options{Width: 390, Height: 844, Dark: true, Lang: "de"})
	tab.Open(url)
	tab.WaitText("#scheme", "dark")
	if got := tab.Text("#lang"); !strings.HasPrefix(got, "de") {
		t.Errorf("Accept-Language = %q", got)
	}
	if got := tab.Eval("navigator.language + new Intl.NumberFormat().format(1.5)"); got != "de1,5" {
		t.Errorf("language and number = %q", got)
	}
	if got := tab.Eval("[screen.width, matchMedia('(prefers-reduced-motion: reduce)').matches].join()"); got != "390,true" {
		t.Errorf("width and motion = %q", got)
	}
}

func TestNoScript(t *testing.T) {
	url := serve(t, "")
	tab := browsertest.NewTab(t, browsertest.Options{NoScript: true})
	tab.Open(url)
	if got := tab.Text("#scheme"); got != "scheme" {
		t.Errorf("the page's script ran: %q", got)
	}
	if found := tab.Axe(); len(found) > 0 {
		t.Errorf("axe: %s", found)
	}
	tab.Type("#name", "plain")
	tab.Click("#send")
	tab.WaitURL("name=plain")
	if got := tab.Text("#scheme"); got != "scheme" {
		t.Errorf("the page's script ran after axe: %q", got)
	}
}

func TestTabsAreSeparatePeople(t *testing.T) {
	url := serve(t, "")
	ann, bob := browsertest.NewTab(t, browsertest.Options{}), browsertest.NewTab(t, browsertest.Options{})
	ann.SetCookie(url, "who", "ann")
	ann.Open(url)
	bob.Open(url)
	second := ann.Sibling(browsertest.Options{})
	second.Open(url)
	if got := []string{ann.Text("#cookie"), bob.Text("#cookie"), second.Text("#cookie")}; !slices.Equal(got, []string{"ann", "none", "ann"}) {
		t.Errorf("cookies of ann, bob, ann's second tab = %q", got)
	}
}

func TestAxe(t *testing.T) {
	good := serve(t, "")
	tab := browsertest.NewTab(t, browsertest.Options{})
	tab.Open(good)
	if found := tab.Axe(); len(found) > 0 {
		t.Errorf("axe on a good page: %s", found)
	}
	bad := serve(t, `<!doctype html><html><head><title>Bad</title></head><body><main><h1>Bad</h1><input><button></button></main></body></html>`)
	tab.Open(bad)
	found := strings.Join(tab.Axe(), "\n")
	for _, rule := range []string{"html-has-lang", "label", "button-name"} {
		if !strings.Contains(found, rule+" (") {
			t.Errorf("axe does not report %s; it found:\n%s", rule, found)
		}
	}
}

func TestConsole(t *testing.T) {
	url := serve(t, `<!doctype html><html lang="en"><head><title>Noisy</title><link rel="icon" href="data:,"></head><body><p style="color: red">x</p><script>1</script></body></html>`)
	tab := browsertest.NewTab(t, browsertest.Options{})
	tab.Open(url)
	if got := tab.CSPViolations(); len(got) != 2 {
		t.Errorf("CSP violations = %q, want one for the style and one for the script", got)
	}
	before := len(tab.ConsoleErrors())
	tab.Eval(`console.error("number", 7, {a: 1}); console.warn("only a warning"); setTimeout(() => { throw new Error("planted") }); fetch("/missing").then(() => new Promise(done => setTimeout(done, 50)))`)
	got := strings.Join(tab.ConsoleErrors()[before:], "\n")
	for _, want := range []string{"number 7 Object", "Uncaught Error: planted", "422"} {
		if !strings.Contains(got, want) {
			t.Errorf("console errors lack %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "warning") {
		t.Errorf("a warning counts as an error:\n%s", got)
	}
	if len(tab.CSPViolations()) != 2 {
		t.Error("CSPViolations counts other errors")
	}

	failed := &failures{TB: t}
	loud := browsertest.NewTab(failed, browsertest.Options{})
	loud.Open(url)
	loud.MustBeQuiet("Content Security Policy")
	if len(failed.lines) != 0 {
		t.Errorf("MustBeQuiet does not let the expected pass: %q", failed.lines)
	}
	loud.MustBeQuiet()
	if len(failed.lines) != 2 {
		t.Errorf("MustBeQuiet reported %q, want two lines", failed.lines)
	}
}

func TestNothingOutsideIsReached(t *testing.T) {
	url := serve(t, "")
	tab := browsertest.NewTab(t, browsertest.Options{})
	tab.Open(strings.Replace(url, "127.0.0.1", "acme.clock.test", 1))
	if got := tab.Text("h1"); got != "Accounts" {
		t.Errorf("*.clock.test shows %q", got)
	}
	failed := &failures{TB: t}
	outside := browsertest.NewTab(failed, browsertest.Options{})
	failed.run(func() { outside.Open("http://example.com/") })
	if got := strings.Join(failed.lines, "\n"); !strings.Contains(got, "ERR_NAME_NOT_RESOLVED") {
		t.Errorf("an outside name: %q", got)
	}
}

func TestFailureSaysWhere(t *testing.T) {
	if testing.Short() {
		t.Skip("waits out a deadline")
	}
	url := serve(t, `<!doctype html><html lang="en"><head><link rel="stylesheet" href="/cover.css"></head><body><button id="b">Under</button><div id="cover">on top</div></body></html>`)
	failed := &failures{TB: t}
	tab := browsertest.NewTab(failed, browsertest.Options{})
	tab.Open(url + "/here")
	start := time.Now()
	failed.run(func() { tab.Click("#b") })
	if took := time.Since(start); took < 9*time.Second || took > 20*time.Second {
		t.Errorf("gave up after %s", took)
	}
	got := strings.Join(failed.lines, "\n")
	for _, want := range []string{"click #b", "covered", url + "/here", "on top"} {
		if !strings.Contains(got, want) {
			t.Errorf("the failure lacks %q:\n%s", want, got)
		}
	}
}

func TestScreenshot(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "shots")
	t.Setenv("CLOCKWARDEN_SCREENSHOTS", folder)
	tab := browsertest.NewTab(t, browsertest.Options{})
	tab.Open(serve(t, ""))
	tab.Screenshot("accounts/light 1280")
	png, err := os.ReadFile(filepath.Join(folder, "accounts-light-1280.png"))
	if err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("screenshot: %d bytes, %v", len(png), err)
	}
}

// failures is a test that writes down how it fails instead of failing.
type failures struct {
	testing.TB
	lines []string
}

type ended struct{}

func (f *failures) Errorf(format string, args ...any) {
	f.lines = append(f.lines, fmt.Sprintf(format, args...))
}

func (f *failures) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic(ended{})
}

// run calls fn and returns when it is done or ended the test.
func (f *failures) run(fn func()) {
	defer func() {
		if r := recover(); r != nil && r != (ended{}) {
			panic(r)
		}
	}()
	fn()
}
