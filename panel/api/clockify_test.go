package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestClockifyUser(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	dana := r.Who("dana")
	user := fmt.Sprintf(`{"id":%q,"email":"dana@acme.test","name":"Dana Member","memberships":%%s,"profilePicture":"",
		"activeWorkspace":%q,"defaultWorkspace":%q,"status":"ACTIVE","customFields":[],
		"settings":{"weekStart":"MONDAY","timeZone":"Europe/Berlin","timeFormat":"HOUR24","dateFormat":"YYYY-MM-DD","lang":"EN",
		"longRunning":true,"timeTrackingManual":false,"isCompactViewOn":false,"sendNewsletter":false,"weeklyUpdates":false}}`,
		dana.User.ID, r.Workspace.ID, r.Workspace.ID)
	r.call(key, "GET", clockifyPrefix+"/user", "").want(200).wantJSON(fmt.Sprintf(user, "[]"))
	membership := fmt.Sprintf(`[{"userId":%q,"targetId":%q,"membershipType":"WORKSPACE","membershipStatus":"ACTIVE","hourlyRate":null,"costRate":null}]`,
		dana.User.ID, r.Workspace.ID)
	for _, yes := range []string{"1", "true", "TRUE"} {
		r.call(key, "GET", clockifyPrefix+"/user?include-memberships="+yes, "").want(200).wantJSON(fmt.Sprintf(user, membership))
	}
	r.call(key, "GET", clockifyPrefix+"/user?include-memberships=0", "").want(200).wantJSON(fmt.Sprintf(user, "[]"))
	r.call(key, "GET", clockifyPrefix+"/user?include-memberships=maybe", "").wantClockify(400, 3000, "true or false")
}

func TestClockifyWorkspaces(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	r.mustRequire(core.Require{Project: true, Description: true})
	list := r.call(key, "GET", clockifyPrefix+"/workspaces?page=7&page-size=1", "").want(200).list()
	if len(list) != 1 {
		t.Fatalf("%d workspaces", len(list))
	}
	ws := r.call(key, "GET", r.ws(), "").want(200).object()
	for _, w := range []map[string]any{list[0], ws} {
		wantKeys(t, w, "id", "name", "imageUrl", "hourlyRate", "costRate", "memberships", "workspaceSettings",
			"featureSubscriptionType", "features", "subdomain", "currencies")
		if w["id"] != string(r.Workspace.ID) || w["name"] != "Acme" || w["featureSubscriptionType"] != "ENTERPRISE_2021" {
			t.Errorf("%v", w)
		}
		if s := w["subdomain"].(map[string]any); s["name"] != "acme" || s["enabled"] != true {
			t.Errorf("subdomain %v", s)
		}
		s := w["workspaceSettings"].(map[string]any)
		for name, want := range map[string]any{
			"forceProjects": true, "forceTasks": false, "forceTags": false, "forceDescription": true,
			"lockTimeEntries": nil, "trackTimeDownToSecond": true, "automaticLock": nil,
		} {
			if got, there := s[name]; !there || got != want {
				t.Errorf("workspaceSettings.%s: %v, want %v", name, got, want)
			}
		}
		m := w["memberships"].([]any)
		if len(m) != 1 || m[0].(map[string]any)["userId"] != string(r.Who("dana").User.ID) {
			t.Errorf("memberships %v", m)
		}
	}
	r.call(key, "GET", clockifyPrefix+"/workspaces/"+strings.ToUpper(string(r.Workspace.ID)), "").want(200)
	r.MustSetPlan(core.PlanFree)
	if got := r.call(key, "GET", r.ws(), "").want(200).object()["featureSubscriptionType"]; got != "FREE" {
		t.Errorf("plan %v", got)
	}
	for _, id := range []string{string(noID), "x", string(core.NewID(r.Clock.Now()))} {
		r.call(key, "GET", clockifyPrefix+"/workspaces/"+id, "").wantClockify(403, 403, "Access Denied")
		r.call(key, "POST", clockifyPrefix+"/workspaces/"+id+"/time-entries", "{}").wantClockify(403, 403, "Access Denied")
	}
}

// names lists who is in a list of users, by the part before the @.
func names(list []map[string]any) string {
	var all []string
	for _, u := range list {
		name, _, _ := strings.Cut(u["email"].(string), "@")
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

func TestClockifyUsers(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	r.MustSetStatus("dirk", core.StatusInactive)
	if _, err := r.AddMember(t.Context(), r.Actor("olivia"), core.NewMember{Email: "ines@acme.test", Name: "Ines Invited"}); err != nil {
		t.Fatal(err)
	}
	users := r.ws() + "/users"
	for _, c := range []struct{ query, want, last string }{
		{"", "adam dana dirk ines mona olivia otto", "true"},
		{"?sort-order=DESCENDING", "otto olivia mona ines dirk dana adam", "true"},
		{"?sort-column=NAME", "adam dana dirk ines mona olivia otto", "true"},
		{"?sort-column=ID", "adam dana dirk ines mona olivia otto", "true"},
		{"?page=1&page-size=3", "adam dana dirk", "false"},
		{"?page=2&page-size=3", "ines mona olivia", "false"},
		{"?page=3&page-size=3", "otto", "true"},
		{"?page=1&page-size=7", "adam dana dirk ines mona olivia otto", "true"},
		{"?page=2&pageSize=4", "mona olivia otto", "true"},
		{"?page=0&page-size=2", "adam dana", "false"},
		{"?page=999", "", "true"},
		{"?email=DANA@acme.test", "dana", "true"},
		{"?email=acme&page-size=2&page=2", "dirk ines", "false"},
		{"?name=owner", "olivia otto", "true"},
		{"?name=muller", "dirk", "true"},
		{"?name=acme", "", "true"},
		{"?email=owner", "", "true"},
		{"?email=ol&name=owner", "olivia", "true"},
		{"?status=ACTIVE", "adam dana mona olivia otto", "true"},
		{"?status=INACTIVE", "dirk", "true"},
		{"?status=PENDING", "ines", "true"},
		{"?status=DECLINED", "", "true"},
		{"?status=ALL", "adam dana dirk ines mona olivia otto", "true"},
		{"?account-statuses=NOT_REGISTERED,LIMITED", "ines", "true"},
		{"?account-statuses=DELETED", "", "true"},
		{"?account-statuses=ACTIVE&status=ACTIVE&name=member", "dana", "true"},
	} {
		r.Clock.Advance(20 * time.Millisecond)
		list := r.call(key, "GET", users+c.query, "").want(200).wantLastPage(c.last).list()
		if got := names(list); got != c.want {
			t.Errorf("%s: %s, want %s", c.query, got, c.want)
		}
	}
	r.Clock.Advance(time.Second)
	u := r.call(key, "GET", users+"?name=otto&memberships=WORKSPACE&include-roles=true", "").want(200).list()[0]
	wantKeys(t, u, "id", "email", "name", "memberships", "profilePicture", "activeWorkspace", "defaultWorkspace", "settings", "status", "customFields", "roles")
	if u["roles"].([]any)[0].(map[string]any)["role"] != "OWNER" || len(u["memberships"].([]any)) != 1 {
		t.Errorf("%v", u)
	}
	u = r.call(key, "GET", users+"?name=dirk", "").want(200).list()[0]
	if _, there := u["settings"]; !there || u["status"] != "ACTIVE" || len(u["memberships"].([]any)) != 0 {
		t.Errorf("%v", u)
	}
	for query, code := range map[string]int{
		"page=x": 3000, "page=-1": 3000, "page-size=0": 3000, "page-size=5001": 3000, "include-roles=2": 3000,
		"sort-column=AGE": 3002, "sort-order=UP": 3002, "status=GONE": 3002, "memberships=SOME": 3002,
		"project-id=" + string(noID): 501, "email=%00": 3000, "name=%zz": 3000,
	} {
		r.call(key, "GET", users+"?"+query, "").wantClockify(400, code, "")
	}
}

func TestClockifySetStatus(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("adam")
	path := r.ws() + "/users/" + string(r.Who("dana").User.ID)
	r.MustStart("dana", "Report", coretest.Start.Add(-time.Hour))
	if got := r.call(key, "PUT", path, `{"status":"INACTIVE"}`).want(200).object(); got["id"] != string(r.Workspace.ID) {
		t.Errorf("%v", got)
	}
	m, err := r.Member(t.Context(), r.Actor("adam"), r.Who("dana").ID)
	if err != nil || m.Status != core.StatusInactive {
		t.Errorf("%v %v", m.Status, err)
	}
	r.call(key, "PUT", path, `{"status":"ACTIVE"}`).want(200)
	r.call(key, "PUT", path, `{"status":"ACTIVE"}`).want(200) // twice is harmless
	r.call(key, "PUT", path, `{"status":"GONE"}`).wantClockify(400, 3002, "ACTIVE, INACTIVE")
	r.call(key, "PUT", path, `{}`).wantClockify(400, 501, "“status” is required")
	r.call(key, "PUT", path, `{"status":1}`).wantClockify(400, 3002, "")
	r.call(key, "PUT", r.ws()+"/users/"+string(noID), `{"status":"ACTIVE"}`).wantClockify(400, 501, "User doesn't belong to Workspace")
	r.call(r.MustKey("dana"), "PUT", r.ws()+"/users/"+string(r.Who("dirk").User.ID), `{"status":"INACTIVE"}`).wantClockify(403, 403, "")
	r.call(key, "PUT", r.ws()+"/users/"+string(r.Who("otto").User.ID), `{"status":"INACTIVE"}`).wantClockify(403, 403, "owners")
	olivia := r.MustKey("olivia")
	r.call(olivia, "PUT", r.ws()+"/users/"+string(r.Who("otto").User.ID), `{"status":"INACTIVE"}`).want(200)
	r.call(olivia, "PUT", r.ws()+"/users/"+string(r.Who("olivia").User.ID), `{"status":"INACTIVE"}`).wantClockify(400, 501, "last active owner")
}

// TestClockifyMakesNobodyAMember: only the invited person accepts, whatever a client sends.
func TestClockifyMakesNobodyAMember(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("adam")
	m, err := r.AddMember(t.Context(), r.Actor("adam"), core.NewMember{Email: "new@acme.test", Name: "New"})
	if err != nil {
		t.Fatal(err)
	}
	path := r.ws() + "/users/" + string(m.User.ID)
	stays := func(want core.Status) {
		t.Helper()
		if m, err := r.Member(t.Context(), r.Actor("adam"), m.ID); err != nil || m.Status != want {
			t.Errorf("%v %v, want %v", m.Status, err, want)
		}
	}
	r.call(key, "PUT", path, `{"status":"ACTIVE"}`).wantClockify(400, 501, "New has not joined yet")
	stays(core.StatusInvited)
	r.call(key, "PUT", path, `{"status":"INACTIVE"}`).want(200)
	stays(core.StatusInactive)
	r.call(key, "PUT", path, `{"status":"ACTIVE"}`).want(200)
	stays(core.StatusInvited)
}

func TestClockifyDeactivatesOneself(t *testing.T) {
	r := newRig(t)
	otto := r.MustKey("otto")
	r.call(otto, "PUT", r.ws()+"/users/"+string(r.Who("otto").User.ID), `{"status":"INACTIVE"}`).want(200)
	r.call(otto, "GET", clockifyPrefix+"/user", "").wantClockify(401, 4003, "")
}

const entryKeys = "id description tagIds userId billable taskId projectId workspaceId timeInterval customFieldValues type kioskId isLocked"

func TestClockifyStartAndStop(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	p, tag := r.mustProject("Site"), r.mustTag("deep")
	dana := r.Who("dana")

	r.call(key, "PATCH", r.userPath("dana"), fmt.Sprintf(`{"end":%q}`, at(0))).wantClockify(404, 404, "Currently running time entry doesn't exist")
	started := r.call(key, "POST", r.ws()+"/time-entries", fmt.Sprintf(`{"start":"2026-11-23T08:15:00.832Z","description":"Pages","projectId":%q,
		"tagIds":[%q,%q],"billable":true,"type":"REGULAR","customFields":[{"customFieldId":"x","value":1}],"customFieldValues":[1],"later":{}}`,
		p.ID, tag.ID, strings.ToUpper(string(tag.ID)))).want(201)
	id := started.object()["id"].(string)
	entry := `{"id":%q,"description":"Pages","tagIds":[%q],"userId":%q,"billable":true,"taskId":null,"projectId":%q,"workspaceId":%q,
		"timeInterval":{"start":"2026-11-23T08:15:00Z","end":%s,"duration":%s},"customFieldValues":[],"type":"REGULAR","kioskId":null,"isLocked":false}`
	started.wantJSON(fmt.Sprintf(entry, id, tag.ID, dana.User.ID, p.ID, r.Workspace.ID, "null", "null"))
	r.call(key, "GET", r.ws()+"/time-entries/"+id, "").want(200).wantJSON(fmt.Sprintf(entry, id, tag.ID, dana.User.ID, p.ID, r.Workspace.ID, "null", "null"))

	stopped := r.call(key, "PATCH", r.userPath("dana"), `{"end":"2026-11-23T08:59:59.999Z"}`).want(200)
	stopped.wantJSON(fmt.Sprintf(entry, id, tag.ID, dana.User.ID, p.ID, r.Workspace.ID, `"2026-11-23T08:59:59Z"`, `"PT44M59S"`))
	r.call(key, "PATCH", r.userPath("dana"), fmt.Sprintf(`{"end":%q}`, at(0))).wantClockify(404, 404, "")

	// Without a body it starts now; the one that runs is stopped at the new start.
	first := r.call(key, "POST", r.ws()+"/time-entries", "").want(201).object()
	wantKeys(t, first, strings.Fields(entryKeys)...)
	if first["tagIds"] != nil || first["projectId"] != nil || first["timeInterval"].(map[string]any)["start"] != at(0) {
		t.Errorf("%v", first)
	}
	r.Clock.Advance(10 * time.Minute)
	r.call(key, "POST", r.userPath("dana"), fmt.Sprintf(`{"start":%q,"projectId":"","taskId":null,"tagIds":null}`, at(5*time.Minute))).want(201)
	old := r.call(key, "GET", r.ws()+"/time-entries/"+first["id"].(string), "").want(200).object()["timeInterval"].(map[string]any)
	if old["end"] != at(5*time.Minute) || old["duration"] != "PT5M" {
		t.Errorf("%v", old)
	}
	r.MustVerify()
}

func TestClockifyStopInTheSecondOfTheStart(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	r.call(key, "POST", r.ws()+"/time-entries", `{}`).want(201)
	r.Clock.Advance(1500 * time.Millisecond)
	got := r.call(key, "PATCH", r.userPath("dana"), fmt.Sprintf(`{"end":%q}`, at(0))).want(200).object()["timeInterval"].(map[string]any)
	if got["end"] != at(time.Second) {
		t.Errorf("%v", got)
	}
	// An end that is neither now nor after the start stays refused.
	r.call(key, "POST", r.ws()+"/time-entries", `{}`).want(201)
	r.Clock.Advance(time.Minute)
	r.call(key, "PATCH", r.userPath("dana"), fmt.Sprintf(`{"end":%q}`, at(time.Second))).wantClockify(400, 501, "after the start")
}

func TestClockifyRequiredFields(t *testing.T) {
	r := newRig(t)
	dana, olivia := r.MustKey("dana"), r.MustKey("olivia")
	p, tag := r.mustProject("Site"), r.mustTag("deep")
	r.mustRequire(core.Require{Description: true, Project: true, Tags: true})
	end := fmt.Sprintf(`{"end":%q}`, at(0))

	r.call(dana, "POST", r.ws()+"/time-entries", fmt.Sprintf(`{"start":%q}`, at(-time.Hour))).want(201) // a start is never blocked
	r.call(dana, "PATCH", r.userPath("dana"), end).wantClockify(400, 501, "A description is required")
	running, err := r.RunningEntry(t.Context(), r.Actor("dana"), "")
	if err != nil {
		t.Fatal(err)
	}
	entry := r.ws() + "/time-entries/" + string(running.ID)
	r.call(dana, "PUT", entry, fmt.Sprintf(`{"start":%q,"description":"x"}`, at(-time.Hour))).want(200)
	r.call(dana, "PATCH", r.userPath("dana"), end).wantClockify(400, 501, "A project is required")
	r.call(dana, "PUT", entry, fmt.Sprintf(`{"start":%q,"description":"x","projectId":%q}`, at(-time.Hour), p.ID)).want(200)
	r.call(dana, "PATCH", r.userPath("dana"), end).wantClockify(400, 501, "Tags are required")
	r.call(dana, "PUT", entry, fmt.Sprintf(`{"start":%q,"end":%q,"description":"x","projectId":%q}`, at(-time.Hour), at(0), p.ID)).wantClockify(400, 501, "Tags are required")
	if now, err := r.RunningEntry(t.Context(), r.Actor("dana"), ""); err != nil || now.ID != running.ID {
		t.Fatalf("a refused stop stopped: %+v %v", now, err)
	}
	complete := fmt.Sprintf(`"description":"x","projectId":%q,"tagIds":[%q]`, p.ID, tag.ID)
	r.call(dana, "PUT", entry, fmt.Sprintf(`{"start":%q,%s}`, at(-time.Hour), complete)).want(200)
	r.call(dana, "PATCH", r.userPath("dana"), end).want(200)

	finished := fmt.Sprintf(`"start":%q,"end":%q`, at(-3*time.Hour), at(-2*time.Hour))
	r.call(dana, "POST", r.ws()+"/time-entries", "{"+finished+"}").wantClockify(400, 501, "A description is required")
	r.call(dana, "POST", r.ws()+"/time-entries", "{"+finished+","+complete+"}").want(201)

	// What an owner does for somebody else never fails for it; the entry becomes incomplete.
	r.MustStart("dana", "", coretest.Start.Add(-time.Minute))
	stopped := r.call(olivia, "PATCH", r.userPath("dana"), end).want(200).object()
	if e, err := r.Entry(t.Context(), r.Actor("dana"), core.ID(stopped["id"].(string))); err != nil || !e.Incomplete {
		t.Errorf("%+v %v", e, err)
	}
	r.call(olivia, "POST", r.userPath("dana"), "{"+finished+"}").want(201)
	r.call(olivia, "PUT", r.ws()+"/time-entries/"+stopped["id"].(string), "{"+finished+"}").want(200)
}

func TestClockifyForOthers(t *testing.T) {
	r := newRig(t)
	e := r.MustStart("dana", "Report", coretest.Start.Add(-time.Hour))
	entry := r.ws() + "/time-entries/" + string(e.ID)
	calls := []struct{ method, path, body string }{
		{"GET", entry, ""},
		{"PUT", entry, fmt.Sprintf(`{"start":%q}`, at(-time.Hour))},
		{"GET", r.userPath("dana"), ""},
		{"POST", r.userPath("dana"), `{}`},
		{"PATCH", r.userPath("dana"), fmt.Sprintf(`{"end":%q}`, at(0))},
		{"DELETE", entry, ""},
	}
	for _, who := range []string{"adam", "mona", "dirk"} {
		key := r.MustKey(who)
		for _, c := range calls {
			r.call(key, c.method, c.path, c.body).wantClockify(403, 403, "owners")
		}
	}
	olivia := r.MustKey("olivia")
	r.MustSetPlan(core.PlanStandard)
	for _, c := range calls {
		r.call(olivia, c.method, c.path, c.body).wantClockify(403, 403, "Enterprise")
	}
	if now, err := r.Entry(t.Context(), r.Actor("dana"), e.ID); err != nil || now.Version != 1 {
		t.Fatalf("a refusal changed %+v %v", now, err)
	}
	r.MustSetPlan(core.PlanEnterprise)
	for _, c := range calls {
		if got := r.call(olivia, c.method, c.path, c.body); got.status >= 300 {
			t.Errorf("%s %s: %d %s", c.method, c.path, got.status, got.body)
		}
	}
	if line := r.MustAudit(core.ActTimerStop)[0]; line.ActorName != "Olivia Owner" || line.Target.Name != "Dana Member" || line.Door != core.DoorAPI {
		t.Errorf("audit: %+v", line)
	}
}

func TestClockifyReplaceAndDelete(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	p, tag := r.mustProject("Site"), r.mustTag("deep")
	e := r.mustEntry("dana", "Report", -3*time.Hour, -2*time.Hour)
	path := r.ws() + "/time-entries/" + string(e.ID)
	got := r.call(key, "PUT", path, fmt.Sprintf(`{"start":%q,"end":%q,"projectId":%q,"tagIds":[%q],"billable":true,"description":"A"}`,
		at(-4*time.Hour), at(-150*time.Minute), p.ID, tag.ID)).want(200).object()
	if got["projectId"] != string(p.ID) || got["description"] != "A" || got["billable"] != true || got["timeInterval"].(map[string]any)["duration"] != "PT1H30M" {
		t.Errorf("%v", got)
	}
	// What is left out is taken away, the end included.
	got = r.call(key, "PUT", path, fmt.Sprintf(`{"start":%q}`, at(-4*time.Hour))).want(200).object()
	if got["projectId"] != nil || got["tagIds"] != nil || got["description"] != "" || got["billable"] != false || got["timeInterval"].(map[string]any)["end"] != nil {
		t.Errorf("%v", got)
	}
	other := r.mustEntry("dana", "Other", -6*time.Hour, -5*time.Hour)
	r.call(key, "PUT", r.ws()+"/time-entries/"+string(other.ID), fmt.Sprintf(`{"start":%q}`, at(-6*time.Hour))).wantClockify(400, 501, "Another timer is running")
	deleted := r.call(key, "DELETE", path, "").want(204)
	if deleted.body != "" {
		t.Errorf("body %q", deleted.body)
	}
	for _, method := range []string{"GET", "DELETE"} {
		r.call(key, method, path, "").wantClockify(400, 501, "Time entry doesn't belong to Workspace")
	}
	r.call(key, "PUT", path, fmt.Sprintf(`{"start":%q}`, at(-time.Hour))).wantClockify(400, 501, "Time entry doesn't belong to Workspace")
}

func TestClockifyEntries(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	p, tag := r.mustProject("Site"), r.mustTag("deep")
	add := func(name, more string, start time.Duration) {
		t.Helper()
		r.call(key, "POST", r.ws()+"/time-entries", fmt.Sprintf(`{"description":%q,"start":%q,"end":%q%s}`,
			name, at(start), at(start+30*time.Minute), more)).want(201)
	}
	add("a", "", -10*24*time.Hour)
	add("b Plan", "", -3*time.Hour)
	add("c", fmt.Sprintf(`,"projectId":%q`, p.ID), -2*time.Hour)
	add("d", fmt.Sprintf(`,"tagIds":[%q]`, tag.ID), -time.Hour)
	r.call(key, "POST", r.ws()+"/time-entries", `{"description":"e"}`).want(201)
	for _, c := range []struct{ query, want, last string }{
		{"", "e d c b a", "true"},
		{"?page=1&page-size=2", "e d", "false"},
		{"?page=2&page-size=2", "c b", "false"},
		{"?page=3&page-size=2", "a", "true"},
		{"?page=1&page-size=5", "e d c b a", "true"},
		{"?page=999", "", "true"},
		{"?page-size=5000", "e d c b a", "true"},
		{"?in-progress=1", "e", "true"},
		{"?in-progress=true&page-size=1", "e", "true"},
		{"?in-progress=0", "e d c b a", "true"},
		{"?description=plan", "b", "true"},
		{"?project=" + string(p.ID), "c", "true"},
		{"?tags=" + string(tag.ID), "d", "true"},
		{"?project-required=1", "c", "true"},
		{"?project-required=false", "e d c b a", "true"},
		{"?task-required=1", "", "true"},
		{"?start=" + at(-2*time.Hour), "e d c", "true"},
		{"?start=" + at(-3*time.Hour) + "&end=" + at(-time.Hour), "c b", "true"},
		{"?start=2026-11-23T07:00:00.000Z&end=2026-11-23T08:00:00.000Z", "c", "true"},
		{"?start=2026-11-23T08:00:00%2B01:00&end=2026-11-23T08:00:00Z", "c", "true"},
		{"?get-week-before=" + at(-9*24*time.Hour), "a", "true"},
	} {
		r.Clock.Advance(20 * time.Millisecond)
		var got []string
		for _, e := range r.call(key, "GET", r.userPath("dana")+c.query, "").want(200).wantLastPage(c.last).list() {
			wantKeys(t, e, strings.Fields(entryKeys)...)
			got = append(got, e["description"].(string)[:1])
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.query, s, c.want)
		}
	}
	r.Clock.Advance(time.Second)
	for query, code := range map[string]int{
		"page=x": 3000, "page-size=x": 3000, "hydrated=2": 3000, "in-progress=x": 3000, "start=monday": 3000, "end=x": 3000,
		"get-week-before=x": 3000, "project-required=x": 3000, "task-required=x": 3000, "description=%00": 3000,
		"project=" + string(noID): 501, "project=x": 501, "tags=" + string(tag.ID) + "," + string(noID): 501, "task=" + string(noID): 501,
	} {
		r.call(key, "GET", r.userPath("dana")+"?"+query, "").wantClockify(400, code, "")
	}
	r.call(key, "GET", r.ws()+"/user/"+string(noID)+"/time-entries", "").wantClockify(400, 501, "User doesn't belong to Workspace")

	h := r.call(key, "GET", r.userPath("dana")+"?hydrated=1", "").want(200).list()
	wantKeys(t, h[2], strings.Fields(entryKeys+" project task tags user")...)
	if h[2]["project"].(map[string]any)["name"] != "Site" || h[2]["task"] != nil || h[2]["user"].(map[string]any)["email"] != "dana@acme.test" {
		t.Errorf("%v", h[2])
	}
	if h[1]["tags"].([]any)[0].(map[string]any)["name"] != "deep" || h[1]["project"] != nil {
		t.Errorf("%v", h[1])
	}
	one := r.call(key, "GET", r.ws()+"/time-entries/"+h[1]["id"].(string)+"?hydrated=true", "").want(200).object()
	wantKeys(t, one, strings.Fields(entryKeys+" project task tags user")...)
}

// A time of the year 1 means none inside, so it is no way to say "now" or "still running".
func TestClockifyTimesAreNeverNone(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	e := r.MustStart("dana", "Report", coretest.Start.Add(-time.Hour))
	start, none := at(-time.Hour), "0001-01-01T00:00:00Z"
	for _, c := range []struct{ method, path, body, field string }{
		{"PUT", r.ws() + "/time-entries/" + string(e.ID), `{"start":"` + start + `","end":"` + none + `","description":"x"}`, "end"},
		{"PUT", r.ws() + "/time-entries/" + string(e.ID), `{"start":"` + none + `","description":"x"}`, "start"},
		{"PUT", r.userPath("dana"), `[{"id":"` + string(e.ID) + `","start":"` + start + `","end":"0001-01-01T01:00:00+01:00","description":"x"}]`, "end"},
		{"PATCH", r.userPath("dana"), `{"end":"` + none + `"}`, "end"},
		{"PATCH", r.userPath("dana"), `{"end":"0001-01-01T00:00:00.5Z"}`, "end"},
		{"POST", r.ws() + "/time-entries", `{"start":"` + none + `","description":"x"}`, "start"},
		{"POST", r.ws() + "/time-entries", `{"start":"` + start + `","end":"` + none + `","description":"x"}`, "end"},
	} {
		r.call(key, c.method, c.path, c.body).wantClockify(400, 3002, "“"+c.field+"” must be a time")
	}
	now, err := r.RunningEntry(t.Context(), r.Actor("dana"), "")
	if err != nil || now.ID != e.ID || now.Version != e.Version || !now.StoppedAt.IsZero() {
		t.Errorf("the timer is %+v (%v)", now, err)
	}
}

func TestClockifyInProgress(t *testing.T) {
	r := newRig(t)
	path := r.ws() + "/time-entries/status/in-progress"
	for i, who := range []string{"dana", "dirk", "mona"} {
		r.MustStart(who, who, coretest.Start.Add(time.Duration(i-5)*time.Hour))
	}
	olivia := r.MustKey("olivia")
	list := r.call(olivia, "GET", path, "").want(200).wantLastPage("true").list()
	if len(list) != 3 {
		t.Fatalf("%d timers", len(list))
	}
	wantKeys(t, list[0], strings.Fields(entryKeys+" hourlyRate costRate")...)
	if got := r.call(olivia, "GET", path+"?page=2&page-size=2", "").want(200).wantLastPage("true").list(); len(got) != 1 || got[0]["description"] != "mona" {
		t.Errorf("%v", got)
	}
	r.call(olivia, "GET", path+"?page-size=2", "").want(200).wantLastPage("false")
	r.call(olivia, "GET", path+"?page-size=1001", "").wantClockify(400, 3000, "")
	mine := r.call(r.MustKey("dirk"), "GET", path, "").want(200).wantLastPage("true").list()
	if len(mine) != 1 || mine[0]["description"] != "dirk" {
		t.Errorf("%v", mine)
	}
	for i := range 9 {
		key := fmt.Sprintf("m%d", i)
		r.MustAddMember(key, key, core.RoleMember)
		r.MustStart(key, key, coretest.Start.Add(-time.Hour))
	}
	if n := len(r.call(olivia, "GET", path, "").want(200).wantLastPage("false").list()); n != 10 {
		t.Errorf("%d of 12 on a page of the default size 10", n)
	}
}

func TestClockifyProjects(t *testing.T) {
	r := newRig(t)
	mona, dana := r.MustKey("mona"), r.MustKey("dana")
	path := r.ws() + "/projects"
	made := r.call(mona, "POST", path, `{"name":" Alpha ","color":"#FF0000","billable":true,"isPublic":true,"note":"n"}`).want(201)
	id := made.object()["id"].(string)
	project := fmt.Sprintf(`{"id":%q,"name":"Alpha","workspaceId":%q,"clientId":"","clientName":"","color":"#FF0000","billable":true,
		"archived":false,"public":true,"template":false,"note":"","duration":null,"hourlyRate":null,"costRate":null,"memberships":[],
		"estimate":{"estimate":"PT0S","type":"AUTO"},"timeEstimate":null}`, id, r.Workspace.ID)
	made.wantJSON(project)
	r.call(dana, "GET", path+"/"+id, "").want(200).wantJSON(project)
	r.call(mona, "POST", path, `{"name":"alpine"}`).want(201)
	r.call(mona, "POST", path, `{"name":"Beta"}`).want(201)
	for query, want := range map[string]string{
		"": "Alpha alpine Beta", "?name=ALP": "Alpha alpine", "?name=alpha&strict-name-search=1": "Alpha", "?name=alp&strict-name-search=true": "",
		"?archived=true": "", "?archived=0": "Alpha alpine Beta", "?billable=1": "Alpha", "?billable=0": "alpine Beta", "?sort-order=DESCENDING": "Beta alpine Alpha",
		"?clients=" + string(noID): "", "?clients=" + string(noID) + "&contains-client=false": "Alpha alpine Beta", "?access=PRIVATE": "", "?is-template=1": "",
		"?page=2&page-size=2": "Beta", "?page=999": "",
	} {
		var got []string
		for _, p := range r.call(dana, "GET", path+query, "").want(200).wantLastPage("true").list() {
			got = append(got, p["name"].(string))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s, want %s", query, s, want)
		}
	}
	r.call(dana, "GET", path+"?page-size=2", "").want(200).wantLastPage("false")
	r.call(dana, "POST", path, `{"name":"Gamma"}`).wantClockify(403, 403, "")
	for body, c := range map[string]struct {
		code int
		text string
	}{
		`{"name":"Alpha"}`: {501, "Project with this name already exists"}, `{}`: {501, "name is missing"}, `{"name":" "}`: {501, "name is missing"},
		`{"name":7}`: {3002, "“name” must be a text"}, `{"name":"x","color":"red"}`: {501, "#03a9f4"}, `{"name":"a\nb"}`: {501, "one line"},
		`{"name":"x","clientId":"` + string(noID) + `"}`: {501, "Client doesn't belong to Workspace"}, `nonsense`: {3002, "not one JSON object"},
		`{"name":"` + strings.Repeat("x", 300) + `"}`: {501, "too long"},
	} {
		r.call(mona, "POST", path, body).wantClockify(400, c.code, c.text)
	}
	r.call(dana, "GET", path+"/"+string(noID), "").wantClockify(400, 501, "Project doesn't belong to Workspace")
	for query, code := range map[string]int{"archived=x": 3000, "sort-column=SIZE": 3002, "page-size=0": 3000, "access=SOME": 3002} {
		r.call(dana, "GET", path+"?"+query, "").wantClockify(400, code, "")
	}
	if list, err := r.Projects(t.Context(), r.Actor("dana")); err != nil || len(list) != 3 {
		t.Errorf("%d projects %v", len(list), err)
	}
}

func TestClockifyTags(t *testing.T) {
	r := newRig(t)
	mona, dana := r.MustKey("mona"), r.MustKey("dana")
	path := r.ws() + "/tags"
	made := r.call(mona, "POST", path, `{"name":"deep"}`).want(201)
	id := made.object()["id"].(string)
	made.wantJSON(fmt.Sprintf(`{"id":%q,"name":"deep","workspaceId":%q,"archived":false}`, id, r.Workspace.ID))
	r.Clock.Advance(time.Second) // ids grow with time
	r.call(mona, "POST", path, `{"name":"flat"}`).want(201)
	for query, want := range map[string]string{
		"": "deep flat", "?name=EE": "deep", "?strict-name-search=1&name=flat": "flat", "?excluded-ids=" + id: "flat", "?archived=1": "",
		"?sort-order=DESCENDING&sort-column=ID": "flat deep", "?page=2&page-size=1": "flat",
	} {
		var got []string
		for _, tag := range r.call(dana, "GET", path+query, "").want(200).wantLastPage("true").list() {
			got = append(got, tag["name"].(string))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s, want %s", query, s, want)
		}
	}
	r.call(dana, "POST", path, `{"name":"mine"}`).wantClockify(403, 403, "")
	r.call(mona, "POST", path, `{"name":"deep"}`).wantClockify(400, 501, "Tag with this name already exists")
	r.call(mona, "POST", path, `{}`).wantClockify(400, 501, "name is missing")
	r.call(mona, "POST", path, `{"name":["x"]}`).wantClockify(400, 3002, "“name” must be a text")
	r.call(dana, "GET", path+"?sort-column=AGE", "").wantClockify(400, 3002, "")
}

// TestClockifyBadEntries sends bad bodies to every call that writes an entry; nothing changes.
func TestClockifyBadEntries(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	e := r.MustStart("dana", "Report", coretest.Start.Add(-time.Hour))
	entry := r.ws() + "/time-entries/" + string(e.ID)
	r.call(key, "GET", entry, "").want(200)
	before := r.auditSize()
	bodies := []struct {
		body string
		code int
		text string
	}{
		{`nonsense`, 3002, "not one JSON object"},
		{`[]`, 3002, "not one JSON object"},
		{`{"start":"x"}`, 3002, "“start” must be a time"},
		{`{"start":5}`, 3002, "“start” must be a time"},
		{`{"start":"2026-11-23T08:30:00Z","end":"x"}`, 3002, "“end” must be a time"},
		{`{"start":"2026-11-23T08:30:00Z","end":"2026-11-23T08:30:00Z"}`, 501, "after the start"},
		{`{"start":"2026-11-23T08:30:00Z","end":"2026-11-23T10:30:00Z"}`, 501, "lies in the future"},
		{`{"start":"2026-11-23T10:30:00Z"}`, 501, "lies in the future"},
		{`{"start":"1970-01-01T00:00:00Z"}`, 501, ""},
		{`{"start":"2026-11-23T08:30:00Z","description":5}`, 3002, "“description” must be a text"},
		{`{"start":"2026-11-23T08:30:00Z","description":"` + strings.Repeat("x", 3001) + `"}`, 501, "too long"},
		{`{"start":"2026-11-23T08:30:00Z","billable":"1"}`, 3002, "“billable” must be true or false"},
		{`{"start":"2026-11-23T08:30:00Z","tagIds":"x"}`, 3002, "“tagIds” must be a list"},
		{`{"start":"2026-11-23T08:30:00Z","tagIds":["x"]}`, 501, "Tag doesn't belong to Workspace"},
		{`{"start":"2026-11-23T08:30:00Z","projectId":"x"}`, 501, "Project doesn't belong to Workspace"},
		{`{"start":"2026-11-23T08:30:00Z","projectId":"` + string(noID) + `"}`, 501, "Project doesn't belong to Workspace"},
		{`{"start":"2026-11-23T08:30:00Z","taskId":"` + string(noID) + `"}`, 501, "Task doesn't belong to Workspace"},
		{`{"start":"2026-11-23T08:30:00Z","type":"BREAK"}`, 501, "Breaks"},
		{`{"start":"2026-11-23T08:30:00Z","type":"PARTY"}`, 3002, "“type” must be one of REGULAR"},
	}
	for _, c := range bodies {
		for _, target := range [][2]string{{"POST", r.ws() + "/time-entries"}, {"POST", r.userPath("dana")}, {"PUT", entry}} {
			r.Clock.Advance(20 * time.Millisecond)
			got := r.call(key, target[0], target[1], c.body).wantClockify(400, c.code, c.text)
			if strings.Contains(got.body, "⟦") {
				t.Errorf("%s", got.body)
			}
		}
	}
	r.call(key, "PUT", entry, `{"description":"x"}`).wantClockify(400, 501, "“start” is required")
	for _, body := range []string{``, `{}`, `{"end":null}`} {
		r.call(key, "PATCH", r.userPath("dana"), body).wantClockify(400, 501, "“end” is required")
	}
	r.call(key, "PATCH", r.userPath("dana"), `{"end":"soon"}`).wantClockify(400, 3002, "“end” must be a time")
	r.call(key, "PATCH", r.userPath("dana"), `{"end":"2026-11-23T10:30:00Z"}`).wantClockify(400, 501, "lies in the future")
	r.call(key, "PATCH", r.userPath("dana"), `{"end":"2026-11-23T07:30:00Z"}`).wantClockify(400, 501, "after the start")
	if after := r.auditSize(); after != before {
		t.Errorf("%d acts were recorded", after-before)
	}
	if now, err := r.RunningEntry(t.Context(), r.Actor("dana"), ""); err != nil || now.Version != 1 {
		t.Errorf("bad input changed %+v %v", now, err)
	}
}
