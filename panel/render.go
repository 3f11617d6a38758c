package panel

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"github.com/clockwarden/clockwarden/templates"
)

// answer collects the parts of an answer, so that nothing is sent before all of it was rendered.
type answer struct {
	body bytes.Buffer
	err  error
}

// put renders a template into the answer.
func put[T any](a *answer, view templates.View[T], data T) {
	if a.err == nil {
		a.err = view.Render(&a.body, data)
	}
}

// closeDialog empties the place of the dialog.
func (a *answer) closeDialog() {
	a.body.WriteString(`<hx-partial hx-target="#dialog-slot" hx-swap="innerHTML"></hx-partial>`)
}

// show sends one template.
func show[T any](v *visit, status int, view templates.View[T], data T) error {
	var a answer
	put(&a, view, data)
	return v.send(status, &a)
}

// send writes the whole answer at once.
func (v *visit) send(status int, a *answer) error {
	if a.err != nil {
		return fmt.Errorf("show: %w", a.err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(a.body.Len()))
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		// The browser went away: nobody is left to tell.
		_, _ = a.body.WriteTo(v.w)
	}
	return nil
}
