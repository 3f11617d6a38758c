// Package static holds the panel's own style sheet and script, the vendored htmx, and serves them with a hash of
// their content in the address, so that browsers may keep them for ever.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed app.css app.js accounts.js favicon.svg vendor/htmx.min.js vendor/hx-sse.min.js
var files embed.FS

// The library is served as one script with its extension. It begins to work as soon as the browser gives it a moment,
// which can be before the next script runs; an extension that comes after that is never asked, and the page would
// have no live stream.
const (
	library   = "vendor/htmx.min.js"
	extension = "vendor/hx-sse.min.js"
)

// Prefix is where Handler has to be mounted.
const Prefix = "/static/"

// Files serves the embedded files. They are read when one is first asked for.
type Files struct{ table func() table }

// table is all files. It does not change.
type table struct {
	byPath map[string]*file // "<hash>/app.css"
	urls   map[string]string
}

type file struct {
	contentType string
	plain       []byte
	small       func() []byte // gzip, compressed when it is first asked for
}

// New returns the embedded files.
func New() *Files { return &Files{table: sync.OnceValue(read)} }

func read() table {
	f := table{byPath: map[string]*file{}, urls: map[string]string{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == extension {
			return err
		}
		plain, err := files.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if name == library {
			more, err := files.ReadFile(extension)
			if err != nil {
				return fmt.Errorf("read %s: %w", extension, err)
			}
			plain = slices.Concat(plain, []byte("\n"), more)
		}
		types := map[string]string{
			".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
		}
		contentType, ok := types[path.Ext(name)]
		if !ok {
			return fmt.Errorf("%s: no content type for its ending", name)
		}
		sum := sha256.Sum256(plain)
		short := path.Base(name)
		address := hex.EncodeToString(sum[:8]) + "/" + short
		f.byPath[address] = &file{contentType: contentType, plain: plain, small: sync.OnceValue(func() []byte { return compress(plain) })}
		f.urls[short] = Prefix + address
		return nil
	})
	if err != nil {
		panic(fmt.Errorf("static files: %w", err)) // embedded and tested
	}
	return f
}

func compress(plain []byte) []byte {
	var small bytes.Buffer
	z, err := gzip.NewWriterLevel(&small, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(plain)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // the level is known and a buffer takes everything
	}
	return small.Bytes()
}

// URL returns the address of a file by its name without folder, "app.css"; "" for a file that is not there.
func (f *Files) URL(name string) string { return f.table().urls[name] }

// Serve answers a request below Prefix and reports whether the file is there; if not, nothing was written.
func (f *Files) Serve(w http.ResponseWriter, r *http.Request) bool {
	found, ok := f.table().byPath[strings.TrimPrefix(r.URL.Path, Prefix)]
	if !ok {
		return false
	}
	body := found.plain
	h := w.Header()
	h.Set("Content-Type", found.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = found.small()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		// The browser went away: nobody is left to tell.
		_, _ = w.Write(body)
	}
	return true
}
