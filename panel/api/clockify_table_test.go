package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// TestClockifyErrorTable has one request for each way to be refused that clients tell apart.
func TestClockifyErrorTable(t *testing.T) {
	r := newRig(t)
	dana, mona := r.MustKey("dana"), r.MustKey("mona")
	other := newTwin(t, r.House)
	r.mustProject("Site")
	r.mustTag("deep")
	deleted := r.mustEntry("dana", "gone", -5*time.Hour, -4*time.Hour)
	if _, err := r.DeleteEntry(t.Context(), r.Actor("dana"), deleted.ID); err != nil {
		t.Fatal(err)
	}
	user, entry := clockifyPrefix+"/user", r.ws()+"/time-entries/"
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Add(pairs[i], pairs[i+1])
		}
		return h
	}
	key := header("X-Api-Key", dana)
	for _, c := range []struct {
		row, method, path, body string
		header                  http.Header
		status, code            int
		message                 string
	}{
		{"no header", "GET", user, "", nil, 401, 1000, "Multiple or none auth tokens present"},
		{"both headers", "GET", user, "", header("X-Api-Key", dana, "X-Addon-Token", "x"), 401, 1000, "Multiple or none auth tokens present"},
		{"Bearer", "GET", user, "", header("Authorization", "Bearer "+dana), 401, 1000, "Multiple or none auth tokens present"},
		{"unknown key", "GET", user, "", header("X-Api-Key", "unknown"), 401, 4003, "Api key does not exist"},
		{"bad add-on token", "GET", user, "", header("X-Addon-Token", "x"), 401, 4017, "Token is not valid"},
		{"unknown path", "GET", clockifyPrefix + "/nothing", "", key, 404, 3000, "No static resource v1/nothing"},
		{"unknown path: …/stop", "PATCH", r.userPath("dana") + "/stop", `{}`, key, 404, 3000, "No static resource v1/workspaces/"},
		{"wrong verb", "POST", user, "", key, 405, 3000, "Request method 'POST' is not supported"},
		{"malformed query value", "GET", r.ws() + "/users?page=one", "", key, 400, 3000, "page"},
		{"entry of another workspace", "GET", entry + string(other.finished), "", key, 400, 501, "Time entry doesn't belong to Workspace"},
		{"entry that was deleted", "GET", entry + string(deleted.ID), "", key, 400, 501, "Time entry doesn't belong to Workspace"},
		{"entry that never existed", "GET", entry + string(noID), "", key, 400, 501, "Time entry doesn't belong to Workspace"},
		{"project of another workspace", "GET", r.ws() + "/projects/" + string(other.project), "", key, 400, 501, "Project doesn't belong to Workspace"},
		{"tag of another workspace", "POST", r.ws() + "/time-entries", fmt.Sprintf(`{"tagIds":[%q]}`, other.tag), key, 400, 501, "Tag doesn't belong to Workspace"},
		{"user of another workspace", "GET", r.ws() + "/user/" + string(other.user) + "/time-entries", "", key, 400, 501, "User doesn't belong to Workspace"},
		{"required field missing on stop", "PATCH", r.userPath("dana"), `{}`, key, 400, 501, "“end” is required"},
		{"duplicate project", "POST", r.ws() + "/projects", `{"name":"Site"}`, header("X-Api-Key", mona), 400, 501, "Project with this name already exists"},
		{"duplicate tag", "POST", r.ws() + "/tags", `{"name":"deep"}`, header("X-Api-Key", mona), 400, 501, "Tag with this name already exists"},
		{"missing query parameter", "DELETE", r.userPath("dana"), "", key, 400, 3001, "time-entry-ids"},
		{"unparsable enum", "GET", r.ws() + "/users?sort-order=UP", "", key, 400, 3002, "sort-order"},
		{"stop without a running timer", "PATCH", r.userPath("dana"), fmt.Sprintf(`{"end":%q}`, at(0)), key, 404, 404, "Currently running time entry doesn't exist"},
		{"forbidden", "POST", r.ws() + "/projects", `{"name":"Mine"}`, key, 403, 403, ""},
		{"foreign workspace", "GET", clockifyPrefix + "/workspaces/" + string(other.workspace), "", key, 403, 403, "Access Denied"},
	} {
		t.Run(c.row, func(t *testing.T) {
			r.t = t
			r.send(r.request(c.method, c.path, c.body, c.header)).wantClockify(c.status, c.code, c.message)
		})
	}
	t.Run("wrong verb names the others", func(t *testing.T) {
		r.t = t
		if allow := r.send(r.request("POST", user, "", key)).want(405).header.Get("Allow"); allow != "GET, HEAD, OPTIONS" {
			t.Errorf("Allow %q", allow)
		}
	})
	t.Run("required project missing on stop", func(t *testing.T) {
		r.t = t
		r.mustRequire(core.Require{Project: true})
		r.call(dana, "POST", r.ws()+"/time-entries", fmt.Sprintf(`{"start":%q}`, at(-time.Minute))).want(201)
		r.call(dana, "PATCH", r.userPath("dana"), fmt.Sprintf(`{"end":%q}`, at(0))).wantClockify(400, 501, "A project is required")
	})
	t.Run("too many", func(t *testing.T) {
		r.t = t
		for range keyBurst {
			r.send(r.request("GET", user, "", header("X-Api-Key", mona)))
		}
		got := r.send(r.request("GET", user, "", header("X-Api-Key", mona))).wantClockify(429, 429, "Too many requests")
		if got.header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	})
}

// TestClockifyCallTable makes every call of the API once, so that no route is without a request.
func TestClockifyCallTable(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("olivia")
	p, unused, tag, spare := r.mustProject("Site"), r.mustProject("Unused"), r.mustTag("deep"), r.mustTag("spare")
	a, b := r.mustEntry("dana", "a", -9*time.Hour, -8*time.Hour), r.mustEntry("dana", "b", -7*time.Hour, -6*time.Hour)
	r.mustEntry("olivia", "c", -7*time.Hour, -6*time.Hour)
	ws, entries, ofDana := r.ws(), r.ws()+"/time-entries", r.userPath("dana")
	finished := fmt.Sprintf(`"start":%q,"end":%q`, at(-3*time.Hour), at(-2*time.Hour))
	called := map[string]bool{}
	for _, c := range []struct {
		method, path, body string
		status             int
		last               string // Last-Page
		keys               string // of the answer, or of the first thing in it
	}{
		{"GET", clockifyPrefix + "/user", "", 200, "", "activeWorkspace email id settings"},
		{"GET", clockifyPrefix + "/workspaces", "", 200, "", "id name workspaceSettings"},
		{"GET", ws, "", 200, "", "id name workspaceSettings"},
		{"GET", ws + "/users?page=1&page-size=2", "", 200, "false", "email id name status"},
		{"PUT", ws + "/users/" + string(r.Who("dirk").User.ID), `{"status":"INACTIVE"}`, 200, "", "id workspaceSettings"},
		{"POST", entries, `{"description":"now"}`, 201, "", entryKeys},
		{"POST", entries, "{" + finished + "}", 201, "", entryKeys},
		{"POST", ofDana + "?from-entry=" + string(a.ID), fmt.Sprintf(`{"start":%q}`, at(-time.Hour)), 201, "", entryKeys},
		{"GET", entries + "/status/in-progress?page=1", "", 200, "true", entryKeys + " hourlyRate costRate"},
		{"PATCH", ofDana, fmt.Sprintf(`{"end":%q}`, at(0)), 200, "", entryKeys},
		{"GET", ofDana + "?in-progress=0&hydrated=1", "", 200, "true", entryKeys + " project task tags user"},
		{"GET", entries + "/" + string(a.ID) + "?hydrated=true", "", 200, "", entryKeys + " project task tags user"},
		{"PUT", entries + "/" + string(a.ID), "{" + finished + "}", 200, "", entryKeys},
		{"PUT", ofDana, fmt.Sprintf(`[{"id":%q,%s}]`, b.ID, finished), 200, "", entryKeys},
		{"POST", ofDana + "/" + string(a.ID) + "/duplicate", "", 201, "", entryKeys},
		{"DELETE", ofDana + "?time-entry-ids=" + string(b.ID), "", 200, "", entryKeys},
		{"DELETE", entries + "/" + string(a.ID), "", 204, "", ""},
		{"GET", ws + "/projects?page-size=1", "", 200, "false", "id name workspaceId clientId clientName color billable archived public template note duration hourlyRate memberships"},
		{"POST", ws + "/projects", `{"name":"New"}`, 201, "", "id name"},
		{"GET", ws + "/projects/" + string(p.ID), "", 200, "", "id name"},
		{"PUT", ws + "/projects/" + string(unused.ID), `{"archived":true}`, 200, "", "id name"},
		{"DELETE", ws + "/projects/" + string(unused.ID), "", 200, "", "id name"},
		{"GET", ws + "/tags", "", 200, "true", "id name workspaceId archived"},
		{"POST", ws + "/tags", `{"name":"new"}`, 201, "", "id name workspaceId archived"},
		{"PUT", ws + "/tags/" + string(tag.ID), `{"name":"deeper"}`, 200, "", "id name workspaceId archived"},
		{"DELETE", ws + "/tags/" + string(spare.ID), "", 200, "", "id name workspaceId archived"},
	} {
		t.Run(c.method+" "+strings.TrimPrefix(c.path, clockifyPrefix), func(t *testing.T) {
			r.t = t
			got := r.call(key, c.method, c.path, c.body).want(c.status)
			if last := got.header.Get("Last-Page"); last != c.last {
				t.Errorf("Last-Page %q, want %q", last, c.last)
			}
			if c.keys == "" {
				if got.body != "" {
					t.Errorf("body %q", got.body)
				}
				return
			}
			thing, isObject := got.value().(map[string]any)
			if !isObject {
				thing = got.list()[0]
			}
			for _, k := range strings.Fields(c.keys) {
				if _, there := thing[k]; !there {
					t.Errorf("%s is missing in %v", k, thing)
				}
			}
		})
		path, _, _ := strings.Cut(strings.TrimPrefix(c.path, clockifyPrefix), "?")
		for _, rt := range r.server.clockifyRoutes() {
			form := regexp.MustCompile(`^` + regexp.MustCompile(`\{\w+\}`).ReplaceAllString(rt.path, `[^/]+`) + `$`)
			if rt.method == c.method && form.MatchString(path) {
				called[rt.method+" "+rt.path] = true
				break
			}
		}
	}
	for _, rt := range r.server.clockifyRoutes() {
		if !called[rt.method+" "+rt.path] {
			t.Errorf("no call of %s %s", rt.method, rt.path)
		}
	}
}

func (r *rig) request(method, path, body string, header http.Header) *http.Request {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	for name, values := range header {
		req.Header[name] = values
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}
