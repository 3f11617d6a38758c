package api

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestClockifyReplaceSeveral(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	p := r.mustProject("Site")
	a, b := r.mustEntry("dana", "a", -5*time.Hour, -4*time.Hour), r.mustEntry("dana", "b", -3*time.Hour, -2*time.Hour)
	item := func(id core.ID, more string) string {
		return fmt.Sprintf(`{"id":%q,"start":%q,"end":%q%s}`, id, at(-6*time.Hour), at(-5*time.Hour), more)
	}
	list := r.call(key, "PUT", r.userPath("dana"), "["+item(b.ID, fmt.Sprintf(`,"description":"B","projectId":%q,"billable":true`, p.ID))+","+item(a.ID, "")+"]").want(200).list()
	if len(list) != 2 || list[0]["id"] != string(b.ID) || list[0]["description"] != "B" || list[0]["projectId"] != string(p.ID) || list[0]["billable"] != true ||
		list[1]["description"] != "" || list[1]["timeInterval"].(map[string]any)["start"] != at(-6*time.Hour) {
		t.Errorf("%v", list)
	}
	wantKeys(t, list[0], strings.Fields(entryKeys)...)
	h := r.call(key, "PUT", r.userPath("dana")+"?hydrated=1", "["+item(a.ID, fmt.Sprintf(`,"projectId":%q`, p.ID))+"]").want(200).list()
	if h[0]["project"].(map[string]any)["name"] != "Site" {
		t.Errorf("%v", h[0])
	}
	// What is as wanted already does not hold back the others, and is no act.
	before := len(r.MustAudit(core.ActEntryCorrect))
	r.call(key, "PUT", r.userPath("dana"), "["+item(b.ID, `,"description":"B2"`)+","+item(a.ID, fmt.Sprintf(`,"projectId":%q`, p.ID))+"]").want(200)
	r.call(key, "PUT", r.userPath("dana"), "["+item(b.ID, `,"description":"B2"`)+"]").want(200)
	if n := len(r.MustAudit(core.ActEntryCorrect)) - before; n != 1 {
		t.Errorf("%d corrections in the audit log, want 1", n)
	}

	// All or none.
	other := r.mustEntry("dirk", "other", -3*time.Hour, -2*time.Hour)
	for name, c := range map[string]struct {
		body string
		code int
		text string
	}{
		"no list":       {item(a.ID, ""), 3002, "not one JSON list"},
		"nothing":       {``, 3002, "not one JSON list"},
		"null":          {`null`, 3002, "not one JSON list"},
		"no object":     {`[5]`, 3002, "not one JSON list"},
		"empty":         {`[]`, 501, "at least one"},
		"too many":      {"[" + strings.Repeat(item(a.ID, "")+",", core.MaxBulk) + item(a.ID, "") + "]", 501, "at most 200"},
		"no id":         {fmt.Sprintf(`[{"start":%q}]`, at(-time.Hour)), 501, "“id” is required"},
		"no start":      {fmt.Sprintf(`[{"id":%q}]`, a.ID), 501, "“start” is required"},
		"bad type":      {"[" + item(b.ID, `,"description":"no"`) + "," + item(a.ID, `,"type":"BREAK"`) + "]", 501, "Breaks"},
		"unknown":       {"[" + item(b.ID, `,"description":"no"`) + "," + item(noID, "") + "]", 501, "Time entry doesn't belong to Workspace"},
		"another's":     {"[" + item(b.ID, `,"description":"no"`) + "," + item(other.ID, "") + "]", 501, "Time entry doesn't belong to Workspace"},
		"wrong project": {"[" + item(b.ID, `,"description":"no"`) + "," + item(a.ID, `,"projectId":"x"`) + "]", 501, "Project doesn't belong to Workspace"},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			r.call(key, "PUT", r.userPath("dana"), c.body).wantClockify(400, c.code, c.text)
		})
	}
	r.t = t
	if now, err := r.Entry(t.Context(), r.Actor("dana"), b.ID); err != nil || now.Description != "B2" {
		t.Errorf("a refused list changed %+v %v", now, err)
	}
	r.mustRequire(core.Require{Description: true})
	r.call(key, "PUT", r.userPath("dana"), "["+item(b.ID, `,"description":"B3"`)+","+item(a.ID, "")+"]").wantClockify(400, 501, "A description is required")
	r.call(r.MustKey("adam"), "PUT", r.userPath("dana"), "["+item(a.ID, "")+"]").wantClockify(403, 403, "owners")
	olivia := r.MustKey("olivia")
	r.call(olivia, "PUT", r.userPath("dana"), "["+item(a.ID, "")+"]").want(200)
	r.MustSetPlan(core.PlanPro)
	r.call(olivia, "PUT", r.userPath("dana"), "["+item(a.ID, "")+"]").wantClockify(403, 403, "Enterprise")
	r.MustVerify()
}

func TestClockifyDeleteSeveral(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	a, b := r.mustEntry("dana", "a", -5*time.Hour, -4*time.Hour), r.mustEntry("dana", "b", -3*time.Hour, -2*time.Hour)
	running := r.MustStart("dana", "c", coretest.Start.Add(-time.Hour))
	other := r.mustEntry("dirk", "other", -3*time.Hour, -2*time.Hour)
	path := r.userPath("dana") + "?time-entry-ids="
	r.call(key, "DELETE", r.userPath("dana"), "").wantClockify(400, 3001, "“time-entry-ids” is required")
	r.call(key, "DELETE", path+string(a.ID)+","+string(other.ID), "").wantClockify(400, 501, "Time entry doesn't belong to Workspace")
	r.call(key, "DELETE", path+string(a.ID)+","+string(noID), "").wantClockify(400, 501, "Time entry doesn't belong to Workspace")
	r.call(r.MustKey("mona"), "DELETE", path+string(a.ID), "").wantClockify(403, 403, "owners")
	if n := len(r.call(key, "GET", r.userPath("dana"), "").want(200).list()); n != 3 {
		t.Fatalf("%d entries after refusals, want 3", n)
	}
	list := r.call(key, "DELETE", path+string(a.ID)+"&time-entry-ids="+string(running.ID)+","+strings.ToUpper(string(a.ID)), "").want(200).list()
	if len(list) != 2 || list[0]["id"] != string(a.ID) || list[1]["id"] != string(running.ID) || list[1]["timeInterval"].(map[string]any)["end"] == nil {
		t.Errorf("%v", list)
	}
	if left := r.call(key, "GET", r.userPath("dana"), "").want(200).list(); len(left) != 1 || left[0]["id"] != string(b.ID) {
		t.Errorf("%v", left)
	}
	if n := len(r.MustAudit(core.ActEntryDelete)); n != 3 { // two deletions and a refusal
		t.Errorf("%d lines in the audit log", n)
	}
	r.call(r.MustKey("olivia"), "DELETE", path+string(b.ID), "").want(200)
	r.MustVerify()
}

func TestClockifyDuplicate(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	p, tag := r.mustProject("Site"), r.mustTag("deep")
	made := r.call(key, "POST", r.ws()+"/time-entries", fmt.Sprintf(`{"start":%q,"end":%q,"description":"A","billable":true,"projectId":%q,"tagIds":[%q]}`,
		at(-2*time.Hour), at(-time.Hour), p.ID, tag.ID)).want(201)
	id := made.object()["id"].(string)
	path := r.userPath("dana") + "/" + id + "/duplicate"
	again := r.call(key, "POST", path, "").want(201)
	if copied := again.object()["id"].(string); copied == id || strings.ReplaceAll(again.body, copied, id) != made.body {
		t.Errorf("the copy differs:\n%s\n%s", made.body, again.body)
	}
	running := r.MustStart("dana", "c", coretest.Start.Add(-time.Minute))
	r.call(key, "POST", r.userPath("dana")+"/"+string(running.ID)+"/duplicate", "").wantClockify(400, 501, "stop it first")
	r.call(key, "POST", r.userPath("dirk")+"/"+id+"/duplicate", "").wantClockify(400, 501, "Time entry doesn't belong to Workspace")
	r.call(r.MustKey("adam"), "POST", path, "").wantClockify(403, 403, "owners")
	r.call(r.MustKey("olivia"), "POST", path, "").want(201)
	if n := len(r.call(key, "GET", r.userPath("dana"), "").want(200).list()); n != 4 {
		t.Errorf("%d entries, want 4", n)
	}
}

func TestClockifyIdempotencyKey(t *testing.T) {
	r := newRig(t)
	dana, olivia := r.MustKey("dana"), r.MustKey("olivia")
	post := func(key, name, path, body string) reply {
		t.Helper()
		r.Clock.Advance(50 * time.Millisecond)
		req := httptest.NewRequest("POST", path, strings.NewReader(body))
		req.Header.Set("X-Api-Key", key)
		req.Header.Set("Content-Type", "application/json")
		if name != "" {
			req.Header.Set("Idempotency-Key", name)
		}
		return r.send(req)
	}
	id := func(got reply) string { t.Helper(); return got.want(201).object()["id"].(string) }
	finished := fmt.Sprintf(`{"start":%q,"end":%q,"description":"x"}`, at(-2*time.Hour), at(-time.Hour))
	for _, c := range []struct{ name, path, body, other string }{
		{"start", r.ws() + "/time-entries", `{"description":"x"}`, `{"description":"y"}`},
		{"create", r.ws() + "/time-entries", finished, strings.Replace(finished, "x", "y", 1)},
		{"start of a user", r.userPath("dana"), `{"description":"x"}`, `{"description":"y"}`},
		{"create of a user", r.userPath("dana"), finished, strings.Replace(finished, "x", "y", 1)},
	} {
		first := id(post(dana, c.name, c.path, c.body))
		if again := id(post(dana, c.name, c.path, c.body)); again != first {
			t.Errorf("%s: the repetition made %s beside %s", c.name, again, first)
		}
		post(dana, c.name, c.path, c.other).wantClockify(400, 501, "used for another request")
		if other := id(post(dana, "", c.path, c.body)); other == first {
			t.Errorf("%s: without a key nothing was made", c.name)
		}
		if other := id(post(olivia, c.name, c.path, c.body)); other == first {
			t.Errorf("%s: another member's key found this member's entry", c.name)
		}
		r.Clock.Advance(24*time.Hour - time.Second)
		if again := id(post(dana, c.name, c.path, c.body)); again != first {
			t.Errorf("%s: the key was forgotten before 24 hours", c.name)
		}
		r.Clock.Advance(time.Second)
		if later := id(post(dana, c.name, c.path, c.body)); later == first {
			t.Errorf("%s: the key is still known after 24 hours", c.name)
		}
	}
	post(dana, strings.Repeat("k", 256), r.ws()+"/time-entries", finished).wantClockify(400, 501, "too long")
	source := r.userPath("dana") + "/" + id(post(dana, "", r.ws()+"/time-entries", finished)) + "/duplicate"
	if a, b := id(post(dana, "copy", source, "")), id(post(dana, "copy", source, "")); a != b {
		t.Errorf("the repeated duplication made %s beside %s", b, a)
	}
}

func TestClockifyChangeProject(t *testing.T) {
	r := newRig(t)
	mona, dana := r.MustKey("mona"), r.MustKey("dana")
	p := r.mustProject("Site")
	r.mustProject("Taken")
	path := r.ws() + "/projects/" + string(p.ID)
	got := r.call(mona, "PUT", path, `{"name":" Shop ","color":"#00ff00","note":"n"}`).want(200).object()
	if got["name"] != "Shop" || got["color"] != "#00ff00" || got["billable"] != true || got["archived"] != false {
		t.Errorf("%v", got)
	}
	if got = r.call(mona, "PUT", path, `{"billable":false}`).want(200).object(); got["name"] != "Shop" || got["billable"] != false {
		t.Errorf("%v", got)
	}
	for body, c := range map[string]struct {
		code int
		text string
	}{
		`{"name":"Taken"}`: {501, "Project with this name already exists"}, `{"name":" "}`: {501, "name is missing"},
		`{"color":"red"}`: {501, "#03a9f4"}, `{"archived":"yes"}`: {3002, "“archived” must be true or false"},
		`{"clientId":"` + string(noID) + `"}`: {501, "Client doesn't belong to Workspace"},
	} {
		r.call(mona, "PUT", path, body).wantClockify(400, c.code, c.text)
	}
	r.call(dana, "PUT", path, `{"name":"Mine"}`).wantClockify(403, 403, "")
	r.call(dana, "DELETE", path, "").wantClockify(403, 403, "")
	r.call(mona, "PUT", r.ws()+"/projects/"+string(noID), `{"name":"x"}`).wantClockify(400, 501, "Project doesn't belong to Workspace")
	r.call(mona, "DELETE", r.ws()+"/projects/"+string(noID), "").wantClockify(400, 501, "Project doesn't belong to Workspace")

	// Only an archived project that no entry uses is deleted.
	r.call(mona, "DELETE", path, "").wantClockify(400, 501, "not archived")
	used := r.call(dana, "POST", r.ws()+"/time-entries", fmt.Sprintf(`{"start":%q,"end":%q,"projectId":%q}`, at(-2*time.Hour), at(-time.Hour), p.ID)).want(201).object()["id"].(string)
	r.call(mona, "PUT", path, `{"archived":true}`).want(200)
	r.call(mona, "DELETE", path, "").wantClockify(400, 501, "leave it archived")
	r.call(dana, "GET", r.ws()+"/time-entries/"+used+"?hydrated=1", "").want(200)
	r.call(dana, "PUT", r.ws()+"/time-entries/"+used, fmt.Sprintf(`{"start":%q,"end":%q}`, at(-2*time.Hour), at(-time.Hour))).want(200)
	if gone := r.call(mona, "DELETE", path, "").want(200).object(); gone["id"] != string(p.ID) || gone["archived"] != true {
		t.Errorf("%v", gone)
	}
	r.call(dana, "GET", path, "").wantClockify(400, 501, "Project doesn't belong to Workspace")
	r.call(mona, "POST", r.ws()+"/projects", `{"name":"Shop"}`).want(201) // the name is free again
	r.MustVerify()
}

func TestClockifyChangeTag(t *testing.T) {
	r := newRig(t)
	mona, dana := r.MustKey("mona"), r.MustKey("dana")
	tag := r.mustTag("deep")
	r.mustTag("taken")
	path := r.ws() + "/tags/" + string(tag.ID)
	if got := r.call(mona, "PUT", path, `{"name":"deeper","archived":true}`).want(200).object(); got["name"] != "deeper" || got["archived"] != true {
		t.Errorf("%v", got)
	}
	if got := r.call(mona, "PUT", path, `{"name":"deeper"}`).want(200).object(); got["archived"] != false {
		t.Errorf("leaving archived out did not take the tag back: %v", got)
	}
	r.call(mona, "PUT", path, `{"name":"taken"}`).wantClockify(400, 501, "Tag with this name already exists")
	r.call(mona, "PUT", path, `{"archived":true}`).wantClockify(400, 501, "name is missing")
	r.call(dana, "PUT", path, `{"name":"mine"}`).wantClockify(403, 403, "")
	r.call(dana, "DELETE", path, "").wantClockify(403, 403, "")
	r.call(mona, "PUT", r.ws()+"/tags/"+string(noID), `{"name":"x"}`).wantClockify(400, 501, "Tag doesn't belong to Workspace")
	r.call(mona, "DELETE", r.ws()+"/tags/"+string(noID), "").wantClockify(400, 501, "Tag doesn't belong to Workspace")
	entry := r.ws() + "/time-entries/" + r.call(dana, "POST", r.ws()+"/time-entries", fmt.Sprintf(`{"start":%q,"end":%q,"tagIds":[%q]}`, at(-2*time.Hour), at(-time.Hour), tag.ID)).want(201).object()["id"].(string)
	r.call(mona, "DELETE", path, "").wantClockify(400, 501, "archive it instead")
	r.call(dana, "PUT", entry, fmt.Sprintf(`{"start":%q,"end":%q}`, at(-2*time.Hour), at(-time.Hour))).want(200)
	if got := r.call(mona, "DELETE", path, "").want(200).object(); got["id"] != string(tag.ID) {
		t.Errorf("%v", got)
	}
	r.call(mona, "DELETE", path, "").wantClockify(400, 501, "Tag doesn't belong to Workspace")
	r.MustVerify()
}
