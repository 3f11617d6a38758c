package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// canary stands in everything that the other tenant has.
const canary = "zanzibar"

// twin is another workspace in the same database, with one of everything.
type twin struct {
	workspace, user, member, running, finished, flag, project, tag core.ID
	key                                                            string
}

func newTwin(t *testing.T, h *coretest.House) twin {
	t.Helper()
	ctx := t.Context()
	ws, owner, err := h.CreateWorkspace(ctx, coretest.Operator(""), core.NewWorkspace{
		Name: canary, Slug: canary, Plan: core.PlanEnterprise, TimeZone: "UTC", Language: "en",
		OwnerEmail: canary + "@other.test", OwnerName: canary,
	})
	if err != nil {
		t.Fatal(err)
	}
	a := core.Actor{UserID: owner.User.ID, MemberID: owner.ID, WorkspaceID: ws.ID, Door: core.DoorPanel, RequestID: "twin"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	project, err := h.CreateProject(ctx, a, core.Project{Name: canary})
	must(err)
	tag, err := h.CreateTag(ctx, a, core.Tag{Name: canary})
	must(err)
	finished, err := h.StartTimer(ctx, a, core.NewEntry{Description: canary, Start: coretest.Start.Add(-12 * time.Hour)})
	must(err)
	finished, err = h.StopTimer(ctx, a, core.StopTimer{EntryID: finished.ID})
	must(err)
	running, err := h.StartTimer(ctx, a, core.NewEntry{Description: canary, ProjectID: project.ID, TagIDs: []core.ID{tag.ID}, Start: coretest.Start.Add(-10 * time.Hour)})
	must(err)
	_, err = h.FlagForgottenTimers(ctx, coretest.Cron())
	must(err)
	flags, _, err := h.Flags(ctx, a, core.FlagQuery{})
	must(err)
	_, secret, err := h.CreateAPIKey(ctx, a, "", canary)
	must(err)
	return twin{ws.ID, owner.User.ID, owner.ID, running.ID, finished.ID, flags[0].ID, project.ID, tag.ID, secret}
}

func (w twin) ids() []core.ID {
	return []core.ID{w.workspace, w.user, w.member, w.running, w.finished, w.flag, w.project, w.tag}
}

// TestTwinTenant calls every route with every id of another tenant, in the path, the query and the
// body, and with ids that never existed: both answers are the same, nothing of the other tenant
// appears, and nothing of it changes.
func TestTwinTenant(t *testing.T) {
	r := newRig(t)
	other := newTwin(t, r.House)
	r.MustStart("dana", "Report", coretest.Start.Add(-time.Hour))
	otherSize := func() int64 {
		list, _, err := r.Audit(t.Context(), coretest.Operator(other.workspace), core.AuditQuery{Limit: 1})
		if err != nil || len(list) == 0 {
			t.Fatal(err)
		}
		return list[0].Seq
	}
	before := otherSize()

	bodies := map[string]string{
		"POST /entries/{id}/stop": `{}`, "PATCH /entries/{id}": `{"version":1,"description":"x"}`,
		"POST /flags/{id}/snooze":                         fmt.Sprintf(`{"until":%q}`, at(time.Hour)),
		"PUT /workspaces/{ws}/users/{user}":               `{"status":"INACTIVE"}`,
		"POST /workspaces/{ws}/time-entries":              `{"projectId":"ID","start":"` + at(0) + `"}|{"tagIds":["ID"],"start":"` + at(0) + `"}|{"taskId":"ID"}`,
		"POST /workspaces/{ws}/user/{user}/time-entries":  `{}`,
		"PATCH /workspaces/{ws}/user/{user}/time-entries": fmt.Sprintf(`{"end":%q}`, at(0)),
		"PUT /workspaces/{ws}/time-entries/{id}":          fmt.Sprintf(`{"start":%q}`, at(-time.Hour)),
		"POST /workspaces/{ws}/projects":                  `{"name":"x","clientId":"ID"}`,
		"POST /workspaces/{ws}/tags":                      `{"name":"` + canary + `ID"}`,
		"PUT /workspaces/{ws}/user/{user}/time-entries": fmt.Sprintf(`[{"id":"ID","start":%[1]q}]|[{"id":%[2]q,"start":%[1]q,"projectId":"ID"}]|[{"id":%[2]q,"start":%[1]q,"tagIds":["ID"]}]`,
			at(-time.Hour), r.mustEntry("olivia", "own", -3*time.Hour, -2*time.Hour).ID),
		"DELETE /workspaces/{ws}/user/{user}/time-entries":     "?time-entry-ids=ID",
		"PUT /workspaces/{ws}/projects/{id}":                   `{"name":"x"}|{"name":"x","clientId":"ID"}`,
		"PUT /workspaces/{ws}/tags/{id}":                       `{"name":"x"}`,
		"GET /workspaces/{ws}/users":                           "?project-id=ID",
		"GET /workspaces/{ws}/user/{user}/time-entries":        "?project=ID|?tags=ID|?task=ID",
		"GET /workspaces/{ws}/projects":                        "?clients=ID|?users=ID",
		"GET /workspaces/{ws}/tags":                            "?excluded-ids=ID",
		"GET /audit":                                           "?member=ID|?actor=ID",
		"GET /flags":                                           "?cursor=" + string(noID),
		"GET /accounts":                                        "?search=" + canary,
		"GET /workspaces/{ws}/time-entries/status/in-progress": "?page=1",
		"POST /members/{id}/deactivate-api-keys":               `{}`,
		"POST /entries/{id}/undo-stop":                         `{}`,
	}
	key, used := r.MustKey("olivia"), 0
	answer := func(rt route, prefix, path, extra string, id core.ID) string {
		if used++; used%50 == 0 { // a new key before the rate ends
			key = r.MustKey("olivia")
		}
		path = strings.ReplaceAll(prefix+path, "ID", string(id))
		extra = strings.ReplaceAll(extra, "ID", string(id))
		body := ""
		if strings.HasPrefix(extra, "?") {
			path += extra
		} else if rt.method != "GET" && rt.method != "DELETE" {
			body = extra
		}
		got := r.call(key, rt.method, path, body)
		if strings.Contains(got.body, canary) && !strings.Contains(extra, canary) {
			t.Errorf("%s %s shows the other tenant: %s", rt.method, path, got.body)
		}
		if got.status == 500 {
			t.Errorf("%s %s: %s", rt.method, path, got.body)
		}
		text := strings.ReplaceAll(got.body, got.header.Get("X-Request-Id"), "REF")
		return fmt.Sprintf("%d %s %s", got.status, got.header.Get("Last-Page"), strings.ReplaceAll(text, string(id), "ID"))
	}
	for prefix, routes := range allRoutes(r.server) {
		for _, rt := range routes {
			if rt.open {
				continue
			}
			own := strings.NewReplacer("{ws}", string(r.Workspace.ID), "{user}", string(r.Who("olivia").User.ID), "{id}", string(noID)).Replace
			var paths []string
			for _, variable := range []string{"{ws}", "{user}", "{id}"} {
				if strings.Contains(rt.path, variable) {
					paths = append(paths, own(strings.ReplaceAll(rt.path, variable, "ID")))
				}
			}
			name := rt.method + " " + rt.path
			extras := strings.Split(bodies[name], "|")
			paths = append(paths, own(rt.path))
			for _, path := range paths {
				for _, extra := range extras {
					if name == "POST /workspaces/{ws}/tags" && !strings.Contains(path, "ID") {
						continue // makes a tag, as it should
					}
					if !strings.Contains(path+extra, "ID") && extra == "" {
						continue
					}
					if !strings.Contains(path+extra, "ID") && (rt.method != "GET") {
						continue // acts on one's own things, as it should
					}
					never := answer(rt, prefix, path, extra, core.NewID(r.Clock.Now()))
					for _, id := range other.ids() {
						if foreign := answer(rt, prefix, path, extra, id); foreign != never {
							t.Errorf("%s %s %s\nforeign: %s\nnever:   %s", rt.method, path, extra, foreign, never)
						}
					}
				}
			}
		}
	}
	if used < 300 {
		t.Errorf("only %d calls", used)
	}
	if after := otherSize(); after != before {
		t.Errorf("%d acts reached the other tenant", after-before)
	}
	// The own refusals are what the contract says.
	for _, id := range other.ids() {
		r.call(r.MustKey("dana"), "POST", ownPrefix+"/entries/"+string(id)+"/stop", "").wantError(404, "not_found", "")
		r.call(r.MustKey("dana"), "GET", r.ws()+"/time-entries/"+string(id), "").wantClockify(400, 501, "Time entry doesn't belong to Workspace")
		r.call(r.MustKey("dana"), "GET", clockifyPrefix+"/workspaces/"+string(id)+"/users", "").wantClockify(403, 403, "Access Denied")
	}
	// And the other way round: the other tenant's key opens nothing here.
	r.call(other.key, "GET", r.ws(), "").wantClockify(403, 403, "Access Denied")
	if got := r.call(other.key, "GET", clockifyPrefix+"/workspaces", "").want(200).list(); len(got) != 1 || got[0]["name"] != canary {
		t.Errorf("%v", got)
	}
}
