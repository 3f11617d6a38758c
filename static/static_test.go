package static

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestServe(t *testing.T) {
	f := New()
	for _, name := range []string{"app.css", "app.js", "accounts.js", "favicon.svg", "htmx.min.js"} {
		get := func(method, path, encoding string) (*httptest.ResponseRecorder, bool) {
			r := httptest.NewRequest(method, path, nil)
			r.Header.Set("Accept-Encoding", encoding)
			w := httptest.NewRecorder()
			return w, f.Serve(w, r)
		}
		plain, ok := get(http.MethodGet, f.URL(name), "")
		if !ok || plain.Code != 200 || plain.Body.Len() == 0 {
			t.Fatalf("%s: %v %d", name, ok, plain.Code)
		}
		small, _ := get(http.MethodGet, f.URL(name), "br, gzip")
		z, err := gzip.NewReader(small.Body)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil || string(text) != plain.Body.String() {
			t.Errorf("%s: gzip holds something else (%v)", name, err)
		}
		if head, _ := get(http.MethodHead, f.URL(name), ""); head.Body.Len() != 0 || head.Header().Get("Content-Length") == "" {
			t.Errorf("HEAD %s: %v", name, head.Header())
		}
		if _, ok := get(http.MethodGet, Prefix+"0000000000000000/"+name, ""); ok {
			t.Errorf("%s answers to a wrong hash", name)
		}
	}
}

// TestWeight holds the panel to its budget: scripts under 25 kB and the sheet under 10 kB, compressed.
func TestWeight(t *testing.T) {
	f := New()
	size := func(name string) int { return len(f.table().byPath[strings.TrimPrefix(f.URL(name), Prefix)].small()) }
	if n := size("app.js") + size("accounts.js") + size("htmx.min.js"); n > 25_000 {
		t.Errorf("scripts: %d bytes", n)
	}
	if n := size("app.css"); n > 10_000 {
		t.Errorf("style sheet: %d bytes", n)
	}
}

// TestScriptIsPlain: nothing in our script needs what the content policy forbids.
func TestScriptIsPlain(t *testing.T) {
	for _, name := range []string{"app.js", "accounts.js"} {
		text, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"eval(", "new Function", "innerHTML", "document.write", ".style.cssText", "setAttribute(\"style"} {
			if strings.Contains(string(text), bad) {
				t.Errorf("%s holds %s", name, bad)
			}
		}
		if n := strings.Count(string(text), "\n"); n > 140 {
			t.Errorf("%s has %d lines, 140 are planned", name, n)
		}
	}
}

// TestExtensionComesWithItsLibrary: in a script of its own it would sometimes come too late.
func TestExtensionComesWithItsLibrary(t *testing.T) {
	f := New()
	script := string(f.table().byPath[strings.TrimPrefix(f.URL("htmx.min.js"), Prefix)].plain)
	if at := strings.Index(script, `registerExtension("sse"`); at < strings.Index(script, "initialize()") || f.URL("hx-sse.min.js") != "" {
		t.Errorf("the extension stands at %d, its own address is %q", at, f.URL("hx-sse.min.js"))
	}
}
