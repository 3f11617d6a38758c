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

func TestAccounts(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("olivia")
	r.MustKey("dana")
	e := r.MustStart("dana", "Sorting <mail> & post", coretest.Start.Add(-time.Hour))
	dana := r.Who("dana")

	list := r.call(key, "GET", ownPrefix+"/accounts?search=DANA", "").want(200)
	list.wantJSON(fmt.Sprintf(`{"accounts":[{"member_id":%q,"name":"Dana Member","email":"dana@acme.test","role":"member","status":"active",
		"active_api_keys":1,"timer":{"entry_id":%q,"description":"Sorting <mail> & post","start":"2026-11-23T08:00:00Z","flagged":false},
		"last_activity":null}],"next_cursor":null,"total":1}`, dana.ID, e.ID))
	if !strings.Contains(list.body, "Sorting <mail> & post") {
		t.Errorf("text is escaped: %s", list.body)
	}

	all := r.call(key, "GET", ownPrefix+"/accounts", "").want(200).object()
	wantKeys(t, all, "accounts", "next_cursor", "total")
	if all["total"] != 6.0 || len(all["accounts"].([]any)) != 6 || all["next_cursor"] != nil {
		t.Fatalf("%v", all)
	}
	var names []string
	path := ownPrefix + "/accounts?limit=2&sort=email&dir=desc"
	for next := ""; ; {
		page := r.call(key, "GET", path+next, "").want(200).object()
		for _, a := range page["accounts"].([]any) {
			names = append(names, strings.Split(a.(map[string]any)["email"].(string), "@")[0])
		}
		if page["total"] != 6.0 {
			t.Fatalf("total %v", page["total"])
		}
		if page["next_cursor"] == nil {
			break
		}
		next = "&cursor=" + page["next_cursor"].(string)
	}
	if got := strings.Join(names, " "); got != "otto olivia mona dirk dana adam" {
		t.Errorf("order: %s", got)
	}
	for filter, want := range map[string]float64{"running": 1, "with_keys": 2, "flagged": 0, "inactive": 0} {
		if got := r.call(key, "GET", ownPrefix+"/accounts?filter="+filter, "").want(200).object()["total"]; got != want {
			t.Errorf("%s: %v, want %v", filter, got, want)
		}
	}
}

func TestStopEntry(t *testing.T) {
	r := newRig(t)
	olivia, dana := r.MustKey("olivia"), r.MustKey("dana")
	e := r.MustStart("dana", "Report", coretest.Start.Add(-2*time.Hour))
	stop := ownPrefix + "/entries/" + string(e.ID) + "/stop"

	r.call(olivia, "POST", stop, `{"end":"2026-11-23T09:30:00.750+01:00","reason":"forgotten","notify":false}`).want(200).
		wantJSON(fmt.Sprintf(`{"id":%q,"member_id":%q,"description":"Report","project_id":null,"tag_ids":[],"billable":false,
		"start":"2026-11-23T07:00:00Z","end":"2026-11-23T08:30:00Z","version":2,"incomplete":false,"automatic":false,"flagged":false}`, e.ID, e.MemberID))
	line := r.MustAudit(core.ActTimerStop)[0]
	if line.Door != core.DoorAPI || line.Reason != "forgotten" || line.ActorName != "Olivia Owner" || line.Address != "192.0.2.1" || line.RequestID == "" {
		t.Errorf("audit: %+v", line)
	}

	r.Clock.Advance(5 * time.Second)
	again := r.call(olivia, "POST", stop, "").wantError(409, "conflict", "This timer was already stopped by Olivia Owner 5 s ago.").object()
	wantKeys(t, again, "error", "entry")
	wantKeys(t, again["entry"], "id", "member_id", "description", "project_id", "tag_ids", "billable", "start", "end", "version", "incomplete", "automatic", "flagged")
	if entry := again["entry"].(map[string]any); entry["end"] != "2026-11-23T08:30:00Z" || entry["version"] != 2.0 {
		t.Errorf("entry: %v", entry)
	}
	r.MustStart("dana", "Next", time.Time{})
	r.call(olivia, "POST", stop, "").wantError(409, "conflict", "a new timer runs since")
	if now, err := r.RunningEntry(t.Context(), r.Actor("dana"), ""); err != nil || now.Description != "Next" {
		t.Errorf("the new timer was touched: %+v %v", now, err)
	}

	// One's own, without a body, ends now.
	own, err := r.RunningEntry(t.Context(), r.Actor("dana"), "")
	if err != nil {
		t.Fatal(err)
	}
	r.Clock.Advance(time.Minute)
	got := r.call(dana, "POST", ownPrefix+"/entries/"+strings.ToUpper(string(own.ID))+"/stop", "").want(200).object()
	if got["end"] != "2026-11-23T09:01:05Z" {
		t.Errorf("end %v", got["end"])
	}
}

func TestStopMarksIncompleteAndNeverBlocks(t *testing.T) {
	r := newRig(t)
	r.mustRequire(core.Require{Project: true})
	e := r.MustStart("dana", "Report", coretest.Start.Add(-time.Hour))
	if got := r.call(r.MustKey("dana"), "POST", ownPrefix+"/entries/"+string(e.ID)+"/stop", "{}").want(200).object(); got["incomplete"] != true {
		t.Errorf("%v", got)
	}
}

func TestUndoStop(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("olivia")
	e := r.MustStart("dana", "Report", coretest.Start.Add(-time.Hour))
	path := ownPrefix + "/entries/" + string(e.ID)
	r.call(key, "POST", path+"/undo-stop", "").wantError(409, "conflict", "already running")
	r.call(key, "POST", path+"/stop", "").want(200)
	r.call(r.MustKey("dana"), "PATCH", path, `{"version":2,"end":"`+at(-30*time.Minute)+`"}`).want(200)
	refused := r.call(key, "POST", path+"/undo-stop", "").wantError(409, "conflict", "changed meanwhile").object()
	if now := refused["entry"].(map[string]any); now["end"] != at(-30*time.Minute) || now["version"] != 3.0 {
		t.Errorf("the refusal shows %v", now)
	}
	r.call(key, "PUT", r.ws()+"/time-entries/"+string(e.ID), `{"start":"`+at(-time.Hour)+`","description":"Report"}`).want(200)
	r.call(key, "POST", path+"/stop", "").want(200)
	got := r.call(key, "POST", path+"/undo-stop", "{}").want(200).object()
	if got["id"] != string(e.ID) || got["end"] != nil || got["version"] != 6.0 {
		t.Errorf("%v", got)
	}
	r.call(key, "POST", path+"/stop", "").want(200)
	r.Clock.Advance(core.UndoFor + time.Second)
	r.call(key, "POST", path+"/undo-stop", "").wantError(410, "expired", "10 minutes")
	finished := r.mustEntry("dana", "Done", -5*time.Hour, -4*time.Hour)
	r.call(key, "POST", ownPrefix+"/entries/"+string(finished.ID)+"/undo-stop", "").wantError(409, "conflict", "nothing to undo")
}

func TestCorrectEntry(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("olivia")
	e := r.mustEntry("dana", "Report", -3*time.Hour, -time.Hour)
	path := ownPrefix + "/entries/" + string(e.ID)
	got := r.call(key, "PATCH", path, fmt.Sprintf(`{"start":%q,"end":%q,"description":" Report 2 ","version":1}`, at(-150*time.Minute), at(-90*time.Minute))).want(200).object()
	if got["start"] != at(-150*time.Minute) || got["end"] != at(-90*time.Minute) || got["description"] != "Report 2" || got["version"] != 2.0 {
		t.Fatalf("%v", got)
	}
	stale := r.call(key, "PATCH", path, `{"description":"Late","version":1}`).wantError(409, "conflict", "changed meanwhile").object()
	wantKeys(t, stale, "error", "entry")
	if entry := stale["entry"].(map[string]any); entry["version"] != 2.0 || entry["description"] != "Report 2" {
		t.Errorf("entry: %v", entry)
	}
	if now, err := r.Entry(t.Context(), r.Actor("dana"), e.ID); err != nil || now.Description != "Report 2" {
		t.Errorf("a stale correction changed %+v %v", now, err)
	}
}

func TestFlagsAndSnooze(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("olivia")
	hours := "mon-fri 01:00-02:00"
	if _, err := r.UpdateMember(t.Context(), r.Actor("dana"), r.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}); err != nil {
		t.Fatal(err)
	}
	e := r.MustStart("dana", "Night", coretest.Start.Add(-9*time.Hour))
	if n, err := r.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	f := r.call(key, "GET", ownPrefix+"/flags?state=open", "").want(200).object()
	wantKeys(t, f, "flags", "next_cursor")
	first := f["flags"].([]any)[0].(map[string]any)
	wantKeys(t, first, "id", "entry_id", "member_id", "state", "opened_at", "snoozed_until", "proposals")
	if first["entry_id"] != string(e.ID) || first["member_id"] != string(e.MemberID) || first["state"] != "open" || first["opened_at"] != at(0) || first["snoozed_until"] != nil {
		t.Errorf("%v", first)
	}
	proposals := first["proposals"].([]any)
	if len(proposals) != 1 {
		t.Fatalf("%v", proposals)
	}
	wantKeys(t, proposals[0], "end", "why")
	if p := proposals[0].(map[string]any); p["end"] != "2026-11-23T01:00:00Z" || p["why"] != "working_hours" {
		t.Errorf("%v", p)
	}

	snooze := ownPrefix + "/flags/" + first["id"].(string) + "/snooze"
	got := r.call(key, "POST", snooze, fmt.Sprintf(`{"until":%q,"reason":"long meeting"}`, at(2*time.Hour))).want(200).object()
	wantKeys(t, got, "id", "entry_id", "member_id", "state", "opened_at", "snoozed_until", "proposals")
	if got["state"] != "snoozed" || got["snoozed_until"] != at(2*time.Hour) || len(got["proposals"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
	if n := len(r.call(key, "GET", ownPrefix+"/flags?state=open", "").want(200).object()["flags"].([]any)); n != 0 {
		t.Errorf("%d open flags", n)
	}
	for _, bad := range []string{at(0), at(-time.Hour), at(8 * 24 * time.Hour)} {
		r.call(key, "POST", snooze, fmt.Sprintf(`{"until":%q}`, bad)).wantError(400, "invalid", "7 days")
	}
	if _, err := r.StopTimer(t.Context(), r.Actor("olivia"), core.StopTimer{EntryID: e.ID}); err != nil {
		t.Fatal(err)
	}
	settled := r.call(key, "POST", snooze, fmt.Sprintf(`{"until":%q}`, at(time.Hour))).wantError(409, "conflict", "already settled by Olivia Owner").object()
	wantKeys(t, settled, "error")
	resolved := r.call(key, "GET", ownPrefix+"/flags?state=resolved", "").want(200).object()["flags"].([]any)[0].(map[string]any)
	if p, isList := resolved["proposals"].([]any); !isList || len(p) != 0 {
		t.Errorf("proposals of a resolved flag: %v", resolved["proposals"])
	}
}

func TestFlagPages(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("olivia")
	for _, who := range []string{"dana", "dirk", "mona"} {
		r.MustStart(who, "Night", coretest.Start.Add(-9*time.Hour))
	}
	if _, err := r.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	seen := map[any]bool{}
	for next := ""; ; {
		page := r.call(key, "GET", ownPrefix+"/flags?limit=2"+next, "").want(200).object()
		for _, f := range page["flags"].([]any) {
			seen[f.(map[string]any)["id"]] = true
		}
		if page["next_cursor"] == nil {
			break
		}
		next = "&cursor=" + page["next_cursor"].(string)
	}
	if len(seen) != 3 {
		t.Errorf("%d flags", len(seen))
	}
}

func TestAudit(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("olivia")
	dana, olivia := r.Who("dana"), r.Who("olivia")
	e := r.MustStart("dana", "Report", coretest.Start.Add(-time.Hour))
	r.call(key, "POST", ownPrefix+"/entries/"+string(e.ID)+"/stop", `{"reason":"forgotten"}`).want(200)

	got := r.call(key, "GET", ownPrefix+"/audit?act=timer.stop", "").want(200).object()
	wantKeys(t, got, "entries", "next_cursor")
	line := got["entries"].([]any)[0].(map[string]any)
	wantKeys(t, line, "seq", "at", "act", "outcome", "actor", "effective", "door", "target", "reason", "before", "after", "request_id", "address", "hash")
	wantKeys(t, line["actor"], "id", "name")
	if line["act"] != "timer.stop" || line["outcome"] != "done" || line["effective"] != nil || line["door"] != "api" || line["reason"] != "forgotten" ||
		line["actor"].(map[string]any)["id"] != string(olivia.User.ID) || line["at"] != at(0) || len(line["hash"].(string)) != 64 {
		t.Errorf("%v", line)
	}
	if target := line["target"].(map[string]any); target["kind"] != "entry" || target["id"] != string(e.ID) || target["member_id"] != string(dana.ID) || target["name"] != "Dana Member" {
		t.Errorf("%v", target)
	}
	if line["before"].(map[string]any)["end"] != nil || line["after"].(map[string]any)["end"] != at(0) {
		t.Errorf("before %v after %v", line["before"], line["after"])
	}

	// A job has a name and no id.
	job := r.call(key, "GET", ownPrefix+"/audit?act=workspace.create", "").want(200).object()["entries"].([]any)[0].(map[string]any)
	if job["actor"].(map[string]any)["id"] != nil || job["actor"].(map[string]any)["name"] != "operator" || job["before"] != nil {
		t.Errorf("%v", job)
	}

	// Pages hold every entry once, newest first.
	var seqs []float64
	for next := ""; ; {
		page := r.call(key, "GET", ownPrefix+"/audit?limit=3"+next, "").want(200).object()
		for _, l := range page["entries"].([]any) {
			seqs = append(seqs, l.(map[string]any)["seq"].(float64))
		}
		if page["next_cursor"] == nil {
			break
		}
		next = "&cursor=" + page["next_cursor"].(string)
	}
	for i, seq := range seqs {
		if seq != float64(len(seqs)-i) {
			t.Fatalf("seqs %v", seqs)
		}
	}
	if int64(len(seqs)) != r.auditSize() {
		t.Errorf("%d of %d entries", len(seqs), r.auditSize())
	}

	count := func(query string) int {
		t.Helper()
		return len(r.call(key, "GET", ownPrefix+"/audit?limit=200&"+query, "").want(200).object()["entries"].([]any))
	}
	if n := count("act=timer.stop&from=" + at(time.Hour)); n != 0 {
		t.Errorf("from: %d", n)
	}
	if n := count("act=timer.stop&from=" + at(0) + "&to=" + at(time.Second)); n != 1 {
		t.Errorf("from/to: %d", n)
	}
	if n := count("act=timer.start&actor=" + string(dana.User.ID)); n != 1 {
		t.Errorf("actor: %d", n)
	}
	if n := count("act=timer.stop&member=" + string(dana.ID)); n != 1 {
		t.Errorf("member: %d", n)
	}
	// A plus sign that was not escaped is understood.
	if n := count("act=timer.stop&from=2026-11-23T10:00:00+01:00"); n != 1 {
		t.Errorf("offset: %d", n)
	}

	// Members read the lines about themselves and no others.
	mine := r.MustKey("dana")
	r.call(mine, "GET", ownPrefix+"/audit?act=timer.stop&member="+string(dana.ID), "").want(200)
	r.call(mine, "GET", ownPrefix+"/audit", "").wantError(403, "owner_required", "")
	r.call(mine, "GET", ownPrefix+"/audit?member="+string(olivia.ID), "").wantError(403, "owner_required", "")
}

func TestOwnRefusals(t *testing.T) {
	r := newRig(t)
	running := r.MustStart("olivia", "Board", coretest.Start.Add(-9*time.Hour))
	finished := r.mustEntry("otto", "Done", -3*time.Hour, -2*time.Hour)
	r.MustKey("otto")
	if _, err := r.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	flags, _, err := r.Flags(t.Context(), r.Actor("olivia"), core.FlagQuery{})
	if err != nil || len(flags) != 1 {
		t.Fatal(flags, err)
	}
	calls := []struct{ method, path, body string }{
		{"GET", "/accounts", ""},
		{"POST", "/entries/" + string(running.ID) + "/stop", ""},
		{"POST", "/entries/" + string(finished.ID) + "/undo-stop", ""},
		{"PATCH", "/entries/" + string(finished.ID), `{"version":1,"description":"x"}`},
		{"POST", "/members/" + string(r.Who("otto").ID) + "/deactivate-api-keys", ""},
		{"GET", "/flags", ""},
		{"POST", "/flags/" + string(flags[0].ID) + "/snooze", fmt.Sprintf(`{"until":%q}`, at(time.Hour))},
	}
	for _, who := range []string{"adam", "mona", "dana"} {
		key := r.MustKey(who)
		for _, c := range calls {
			r.call(key, c.method, ownPrefix+c.path, c.body).wantError(403, "owner_required", "owners")
		}
	}
	otto := r.MustKey("otto")
	r.MustSetPlan(core.PlanPro)
	for _, c := range calls {
		if strings.Contains(c.path, string(finished.ID)) || strings.Contains(c.path, string(r.Who("otto").ID)) {
			continue // otto's own
		}
		r.call(otto, c.method, ownPrefix+c.path, c.body).wantError(403, "plan_required", "Enterprise")
	}
	if e, err := r.Entry(t.Context(), r.Actor("olivia"), running.ID); err != nil || e.Version != 1 || !e.Running() {
		t.Errorf("a refusal changed %+v %v", e, err)
	}
	refused := 0
	for _, line := range r.MustAudit("") {
		if line.Outcome == core.OutcomeRefused {
			refused++
		}
	}
	if refused != 3*len(calls)+4 {
		t.Errorf("%d refusals in the audit log, want %d", refused, 3*len(calls)+4)
	}
}

// TestOwnBadInput sends bad input to every endpoint: one sentence that names what is wrong, and
// nothing changes.
func TestOwnBadInput(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("olivia")
	e := r.MustStart("dana", "Night", coretest.Start.Add(-9*time.Hour))
	if _, err := r.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	flags, _, err := r.Flags(t.Context(), r.Actor("olivia"), core.FlagQuery{})
	if err != nil {
		t.Fatal(err)
	}
	r.call(key, "GET", ownPrefix+"/accounts", "").want(200) // the first use of a key is recorded
	entry := "/entries/" + string(e.ID)
	snooze := "/flags/" + string(flags[0].ID) + "/snooze"
	keys := "/members/" + string(r.Who("dana").ID) + "/deactivate-api-keys"
	long := strings.Repeat("x", 5000)
	before := r.auditSize()
	for _, c := range []struct{ method, path, body, text string }{
		{"GET", "/accounts?limit=0", "", "“limit” must be a whole number from 1 to 200"},
		{"GET", "/accounts?limit=201", "", "“limit”"},
		{"GET", "/accounts?limit=ten", "", "“limit”"},
		{"GET", "/accounts?dir=up", "", "“dir” must be one of asc, desc"},
		{"GET", "/accounts?filter=lazy", "", "“lazy” is not a filter"},
		{"GET", "/accounts?sort=age", "", "“age” is not a column"},
		{"GET", "/accounts?cursor=nonsense", "", "no longer exists"},
		{"GET", "/accounts?search=" + long, "", "too long"},
		{"GET", "/accounts?search=%zz", "", "can't be read"},
		{"GET", "/accounts?search=%00", "", "can't be read"},
		{"GET", "/accounts?search=%ff", "", "can't be read"},
		{"POST", entry + "/stop", `{"ende":"x"}`, "“ende” is not a field of this request; it takes end, notify, reason"},
		{"POST", entry + "/stop", `{"End":"2026-11-23T08:00:00Z"}`, "“End” is not a field"},
		{"POST", entry + "/stop", `{"end":"x"}`, "“end” must be a time"},
		{"POST", entry + "/stop", `{"end":"0001-01-01T00:00:00Z"}`, "“end” must be a time"},
		{"POST", entry + "/stop", fmt.Sprintf(`{"end":%q}`, at(time.Hour)), "lies in the future"},
		{"POST", entry + "/stop", fmt.Sprintf(`{"end":%q}`, at(-10*time.Hour)), "after the start"},
		{"POST", entry + "/stop", `{"notify":"yes"}`, "“notify” must be true or false"},
		{"POST", entry + "/stop", `{"reason":` + fmt.Sprintf("%q", long) + `}`, "reason is too long"},
		{"POST", entry + "/stop", `{"reason":7}`, "“reason” must be a text"},
		{"POST", entry + "/stop", `not json`, "not one JSON object"},
		{"POST", entry + "/stop", `{} {}`, "not one JSON object"},
		{"POST", entry + "/undo-stop", `{"x":1}`, "it takes no fields"},
		{"PATCH", entry, ``, "“version” is required"},
		{"PATCH", entry, `{"description":"x"}`, "“version” is required"},
		{"PATCH", entry, `{"version":1}`, "nothing to change"},
		{"PATCH", entry, `{"version":0,"description":"x"}`, "“version” must be a whole number"},
		{"PATCH", entry, `{"version":1.5,"description":"x"}`, "“version” must be a whole number"},
		{"PATCH", entry, `{"version":1,"end":null}`, "“end” must be a time"},
		{"PATCH", entry, `{"version":1,"description":null}`, "“description” must be a text"},
		{"PATCH", entry, `{"version":1,"description":` + fmt.Sprintf("%q", long) + `}`, "description is too long"},
		{"PATCH", entry, `{"version":1,"description":"a\u0000b"}`, "can't be stored"},
		{"PATCH", entry, `{"version":1,"start":"1999-01-01T00:00:00Z"}`, "before the year 2000"},
		{"PATCH", entry, `{"version":1,"project_id":null}`, "“project_id” is not a field"},
		{"POST", keys, `{"reason":true}`, "“reason” must be a text"},
		{"POST", keys, `{"all":true}`, "“all” is not a field"},
		{"POST", keys, `[]`, "not one JSON object"},
		{"GET", "/flags?state=old", "", "“old” is not a state"},
		{"GET", "/flags?limit=-1", "", "“limit”"},
		{"GET", "/flags?cursor=x", "", "no longer exists"},
		{"POST", snooze, ``, "“until” is required"},
		{"POST", snooze, `{"until":null}`, "“until” is required"},
		{"POST", snooze, `{"until":"tomorrow"}`, "“until” must be a time"},
		{"POST", snooze, `{"until":"2026-11-23T12:00:00Z","why":"x"}`, "“why” is not a field"},
		{"GET", "/audit?act=timer.fly", "", "“timer.fly” is not an act"},
		{"GET", "/audit?actor=dana", "", "“actor” must be an id"},
		{"GET", "/audit?member=1", "", "“member” must be an id"},
		{"GET", "/audit?from=monday", "", "“from” must be a time"},
		{"GET", "/audit?to=2026-13-01T00:00:00Z", "", "“to” must be a time"},
		{"GET", "/audit?limit=1000", "", "“limit”"},
		{"GET", "/audit?cursor=-3", "", "no longer exists"},
		{"GET", "/audit?cursor=x", "", "no longer exists"},
	} {
		t.Run(c.method+" "+clip(c.path)+" "+clip(c.body), func(t *testing.T) {
			r.t = t
			r.Clock.Advance(20 * time.Millisecond) // the rate of the key
			got := r.call(key, c.method, ownPrefix+c.path, c.body).wantError(400, "invalid", c.text)
			message := got.object()["error"].(map[string]any)["message"].(string)
			if strings.Contains(message, "⟦") || strings.Count(message, ". ") > 0 {
				t.Errorf("not one clear sentence: %s", message)
			}
		})
	}
	r.t = t
	if after := r.auditSize(); after != before {
		t.Errorf("%d acts were recorded", after-before)
	}
	if now, err := r.Entry(t.Context(), r.Actor("dana"), e.ID); err != nil || now.Version != 1 || !now.Running() {
		t.Errorf("bad input changed %+v %v", now, err)
	}
}

func TestBodyLimits(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	path := ownPrefix + "/entries/" + string(noID) + "/stop"
	big := `{"reason":"` + strings.Repeat("x", maxBody) + `"}`
	r.call(key, "POST", path, big).wantError(413, "too_large", "1 MiB")
	r.call(key, "POST", r.ws()+"/time-entries", big).wantClockify(413, 413, "1 MiB")
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"} {
		for prefix, path := range map[string]string{ownPrefix: path, clockifyPrefix: r.ws() + "/time-entries"} {
			req := httptest.NewRequest("POST", path, strings.NewReader(`{}`))
			req.Header.Set("X-Api-Key", key)
			req.Header.Set("Content-Type", media)
			got := r.send(req)
			if prefix == ownPrefix {
				got.wantError(400, "invalid", "Content-Type: application/json")
			} else {
				got.wantClockify(415, 3000, "Content-Type: application/json")
			}
		}
	}
	req := httptest.NewRequest("POST", path, strings.NewReader(`{}`))
	req.Header.Set("X-Api-Key", key)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.send(req).wantError(404, "not_found", "does not exist")
	if _, err := r.RunningEntry(t.Context(), r.Actor("dana"), ""); core.ErrorCode(err) != core.CodeNotFound {
		t.Errorf("a refused body started a timer: %v", err)
	}
}

func TestOpenAPIIsServedToAnybody(t *testing.T) {
	r := newRig(t)
	doc := r.call("", "GET", ownPrefix+"/openapi.json", "").want(200).object()
	if doc["openapi"] != "3.1.0" || doc["info"].(map[string]any)["version"] != "1.2.3" {
		t.Errorf("%v", doc["info"])
	}
}
