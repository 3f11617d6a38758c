package api

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

const (
	ownPrefix      = "/api/clockwarden/v1"
	clockifyPrefix = "/api/v1"
)

// rig is a house with the API in front of it.
type rig struct {
	*coretest.House
	t       *testing.T
	server  *server
	handler http.Handler
	log     *bytes.Buffer

	document *document
}

func newRig(t *testing.T, options ...coretest.Option) *rig {
	t.Helper()
	return newRigOn(t, coretest.New(t, options...))
}

func newRigOn(t *testing.T, h *coretest.House) *rig {
	t.Helper()
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s, err := newServer(Options{Service: h.Service, Catalog: catalog, Log: slog.New(slog.NewTextHandler(&log, nil)), Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	return &rig{House: h, t: t, server: s, handler: s.handler(), log: &log, document: readDocument(t)}
}

type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// call sends a request with a key; a body is sent as JSON.
func (r *rig) call(key, method, path, body string) reply {
	r.t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	if key != "" {
		req.Header.Set("X-Api-Key", key)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return r.send(req)
}

// send also holds what belongs to the own API against its document.
func (r *rig) send(req *http.Request) reply {
	r.t.Helper()
	var body bytes.Buffer
	if req.Body != nil {
		req.Body = io.NopCloser(io.TeeReader(req.Body, &body))
	}
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, req)
	got := reply{r.t, w.Code, w.Header(), w.Body.String()}
	if strings.HasPrefix(req.URL.Path, ownPrefix+"/") {
		for _, wrong := range r.document.hold(req, body.String(), got) {
			r.t.Errorf("%s %s, by the document: %s", req.Method, clip(req.URL.Path), wrong)
		}
	}
	return got
}

func (r reply) want(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

func (r reply) value() any {
	r.t.Helper()
	var v any
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		r.t.Fatalf("not JSON (%v): %s", err, r.body)
	}
	return v
}

func (r reply) object() map[string]any {
	r.t.Helper()
	m, isObject := r.value().(map[string]any)
	if !isObject {
		r.t.Fatalf("not an object: %s", r.body)
	}
	return m
}

func (r reply) list() []map[string]any {
	r.t.Helper()
	var list []map[string]any
	if err := json.Unmarshal([]byte(r.body), &list); err != nil {
		r.t.Fatalf("not a list of objects (%v): %s", err, r.body)
	}
	return list
}

// wantJSON compares the whole body.
func (r reply) wantJSON(want string) reply {
	r.t.Helper()
	var w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		r.t.Fatalf("bad expectation: %v", err)
	}
	if d := cmp.Diff(w, r.value()); d != "" {
		r.t.Fatalf("body differs (-want +got):\n%s", d)
	}
	return r
}

// wantError checks status, code and message (a part of it) of an error of the own API, and its shape.
func (r reply) wantError(status int, code, message string) reply {
	r.t.Helper()
	r.want(status)
	o := r.object()
	wantKeys(r.t, o["error"], "code", "message", "reference")
	e := o["error"].(map[string]any)
	if e["code"] != code || !strings.Contains(e["message"].(string), message) {
		r.t.Fatalf("error %v, want code %s and %q", e, code, message)
	}
	if e["reference"] != r.header.Get("X-Request-Id") || e["reference"] == "" {
		r.t.Fatalf("reference %v is not the request id %q", e["reference"], r.header.Get("X-Request-Id"))
	}
	return r
}

// wantClockify checks status, code and message (a part of it) of an error in Clockify's form.
func (r reply) wantClockify(status, code int, message string) reply {
	r.t.Helper()
	r.want(status)
	o := r.object()
	wantKeys(r.t, o, "message", "code")
	if o["code"] != float64(code) || !strings.Contains(o["message"].(string), message) {
		r.t.Fatalf("error %v, want code %d and %q", o, code, message)
	}
	return r
}

func (r reply) wantLastPage(want string) reply {
	r.t.Helper()
	if got := r.header.Get("Last-Page"); got != want {
		r.t.Fatalf("Last-Page %q, want %q", got, want)
	}
	return r
}

func wantKeys(t *testing.T, v any, keys ...string) {
	t.Helper()
	m, isObject := v.(map[string]any)
	if !isObject {
		t.Fatalf("%v is not an object", v)
	}
	var got []string
	for k := range m {
		got = append(got, k)
	}
	slices.Sort(got)
	slices.Sort(keys)
	if d := cmp.Diff(keys, got); d != "" {
		t.Fatalf("keys differ (-want +got):\n%s", d)
	}
}

// ws is the house's workspace on the Clockify API.
func (r *rig) ws() string { return clockifyPrefix + "/workspaces/" + string(r.Workspace.ID) }

func (r *rig) userPath(key string) string {
	return r.ws() + "/user/" + string(r.Who(key).User.ID) + "/time-entries"
}

// at is a moment of the test's day, written for a request.
func at(d time.Duration) string { return coretest.Start.Add(d).Format(time.RFC3339) }

func (r *rig) mustRequire(q core.Require) {
	r.t.Helper()
	if _, err := r.UpdateWorkspace(r.t.Context(), coretest.Operator(r.Workspace.ID), core.WorkspaceUpdate{Require: &q}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) mustProject(name string) core.Project {
	r.t.Helper()
	p, err := r.CreateProject(r.t.Context(), r.Actor("olivia"), core.Project{Name: name, Billable: true})
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

func (r *rig) mustTag(name string) core.Tag {
	r.t.Helper()
	tag, err := r.CreateTag(r.t.Context(), r.Actor("olivia"), core.Tag{Name: name})
	if err != nil {
		r.t.Fatal(err)
	}
	return tag
}

func (r *rig) mustEntry(key, description string, start, end time.Duration) core.TimeEntry {
	r.t.Helper()
	e, err := r.CreateEntry(r.t.Context(), r.Actor(key), core.NewEntry{
		Description: description, Start: coretest.Start.Add(start), End: coretest.Start.Add(end),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

// auditSize is how many acts the workspace has, refusals included.
func (r *rig) auditSize() int64 {
	r.t.Helper()
	list := r.MustAudit("")
	if len(list) == 0 {
		return 0
	}
	return list[0].Seq
}
