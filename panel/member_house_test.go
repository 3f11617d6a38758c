package panel

import (
	"net/http"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// project and tag add one to the workspace.
func (h *house) project(name string) core.Project {
	h.t.Helper()
	p, err := h.CreateProject(h.t.Context(), h.Actor("olivia"), core.Project{Name: name, Color: "#d98300"})
	if err != nil {
		h.t.Fatalf("project: %v", err)
	}
	return p
}

func (h *house) tag(name string) core.Tag {
	h.t.Helper()
	tag, err := h.CreateTag(h.t.Context(), h.Actor("olivia"), core.Tag{Name: name})
	if err != nil {
		h.t.Fatalf("tag: %v", err)
	}
	return tag
}

// finished adds an entry of one's own that began some time before the house's start.
func (h *house) finished(key, description string, ago, long time.Duration) core.TimeEntry {
	h.t.Helper()
	start := coretest.Start.Add(-ago)
	e, err := h.CreateEntry(h.t.Context(), h.Actor(key), core.NewEntry{Description: description, Start: start, End: start.Add(long)})
	if err != nil {
		h.t.Fatalf("entry: %v", err)
	}
	return e
}

// actAs makes Olivia act as somebody and returns the token of her session.
func (h *house) actAs(key string) string {
	h.t.Helper()
	_, actor := h.SignIn("olivia")
	_, token, err := h.StartImpersonation(h.t.Context(), actor, h.Who(key).ID, core.ReasonTroubleshoot, "the report <b>fails</b>")
	if err != nil {
		h.t.Fatalf("act as %s: %v", key, err)
	}
	return token
}

// part asks for what htmx swaps.
func (h *house) part(method, path, token string, form map[string][]string) (int, http.Header, string) {
	h.t.Helper()
	w := h.do(method, path, call{as: token, htmx: true, form: form})
	return w.Code, w.Header(), w.Body.String()
}
