package api

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// conditional asks for a path with an entity tag.
func (r *rig) conditional(key, path, tag string) reply {
	r.t.Helper()
	req := httptest.NewRequest("GET", path, nil)
	req.Header.Set("X-Api-Key", key)
	req.Header.Set("If-None-Match", tag)
	return r.send(req)
}

func TestAccountsUnchanged(t *testing.T) {
	r := newRig(t)
	other := newTwin(t, r.House)
	olivia, otto := r.MustKey("olivia"), r.MustKey("otto")
	path := ownPrefix + "/accounts?filter=running"
	r.call(otto, "GET", path, "").want(200) // the first use of a key is activity, which is in the list
	r.call(olivia, "GET", path, "").want(200)
	first := r.call(olivia, "GET", path, "").want(200)
	tag := first.header.Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) || first.header.Get("Cache-Control") != "private, no-cache" || first.header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("%v", first.header)
	}
	for name, known := range map[string]string{
		"same": tag, "strong": strings.TrimPrefix(tag, "W/"), "any": "*", "one of several": `"x", ` + tag + `, W/"y"`,
	} {
		got := r.conditional(olivia, path, known).want(304)
		if got.body != "" || got.header.Get("ETag") != tag || got.header.Get("Content-Type") != "" || got.header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("%s: %q %v", name, got.body, got.header)
		}
	}
	r.conditional(otto, path, tag).want(304) // whoever may read it reads the same
	r.conditional(olivia, path, `W/"x"`).want(200).wantJSON(first.body)
	for name, got := range map[string]reply{
		"another query": r.conditional(olivia, ownPrefix+"/accounts", tag),
		"another order": r.conditional(olivia, path+"&dir=desc", tag), "another tenant": r.conditional(other.key, path, tag),
	} {
		if got.status != 200 || got.header.Get("ETag") == tag {
			t.Errorf("%s: %d %s", name, got.status, got.header.Get("ETag"))
		}
	}
	// Each change of what the list shows changes the tag.
	changes := []struct {
		name   string
		change func()
	}{
		{"a timer starts", func() { r.MustStart("dana", "Report", time.Time{}) }},
		{"a timer stops", func() {
			if _, err := r.StopTimer(t.Context(), r.Actor("dana"), core.StopTimer{}); err != nil {
				t.Fatal(err)
			}
		}},
		{"a key is made", func() { r.MustKey("dirk") }},
		{"a role changes", func() { r.MustSetRole("mona", core.RoleMember) }},
		{"a member goes", func() { r.MustSetStatus("mona", core.StatusInactive) }},
		{"a member comes", func() { r.MustAddMember("new", "New Member", core.RoleMember) }},
		{"a name changes", func() {
			name := "Dana Renamed"
			if _, err := r.UpdateMember(t.Context(), r.Actor("dana"), r.Who("dana").ID, core.MemberUpdate{Name: &name}); err != nil {
				t.Fatal(err)
			}
		}},
		{"a timer is flagged", func() {
			r.MustStart("dana", "Long", time.Time{})
			tag = r.call(olivia, "GET", path, "").want(200).header.Get("ETag")
			r.Clock.Advance(9 * time.Hour)
			if _, err := r.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
				t.Fatal(err)
			}
		}},
		{"somebody is active", func() {
			r.Clock.Advance(2 * time.Minute)
			tag = r.call(olivia, "GET", path, "").want(200).header.Get("ETag")
			r.call(otto, "GET", path, "").want(200)
		}},
	}
	for _, c := range changes {
		c.change()
		got := r.conditional(olivia, path, tag).want(200)
		if now := got.header.Get("ETag"); now == tag || now == "" {
			t.Errorf("%s: the tag is still %s", c.name, now)
		}
		tag = r.call(olivia, "GET", path, "").want(200).header.Get("ETag")
		r.conditional(olivia, path, tag).want(304)
	}
	// A new version of the program may write the list differently.
	r.server.version = "9.9"
	r.conditional(olivia, path, tag).want(200)
}

// TestUnchangedIsNotToldToWhoMayNotRead asks with the right tag, or any, without the right to read.
func TestUnchangedIsNotToldToWhoMayNotRead(t *testing.T) {
	r := newRig(t)
	olivia, otto, dana := r.MustKey("olivia"), r.MustKey("otto"), r.MustKey("dana")
	path := ownPrefix + "/accounts"
	r.call(dana, "GET", clockifyPrefix+"/user", "").want(200)
	r.call(otto, "GET", path, "").want(200)
	r.call(olivia, "GET", path, "").want(200)
	tag := r.call(olivia, "GET", path, "").want(200).header.Get("ETag")
	for _, known := range []string{tag, "*"} {
		if got := r.conditional(dana, path, known).wantError(403, "owner_required", "owners"); got.header.Get("ETag") != "" {
			t.Errorf("a refusal carries the tag %s", got.header.Get("ETag"))
		}
	}
	tag = r.call(otto, "GET", path, "").want(200).header.Get("ETag")
	r.MustSetRole("otto", core.RoleMember)
	r.conditional(otto, path, tag).wantError(403, "owner_required", "")
	r.conditional(otto, path, "*").wantError(403, "owner_required", "")
	r.MustSetPlan(core.PlanPro)
	r.conditional(olivia, path, "*").wantError(403, "plan_required", "")
	r.MustSetPlan(core.PlanEnterprise)
	r.MustSetStatus("otto", core.StatusInactive)
	r.conditional(otto, path, "*").wantError(401, "unauthenticated", "")
	r.conditional("", path, "*").wantError(401, "unauthenticated", "")
}

func TestAnswersAreCompressed(t *testing.T) {
	r := newRig(t)
	for i := range 10 {
		r.MustAddMember(fmt.Sprintf("m%d", i), "Somebody with a long name", core.RoleMember)
	}
	key := r.MustKey("olivia")
	ask := func(path, accept string) reply {
		t.Helper()
		req := httptest.NewRequest("GET", path, nil)
		req.Header.Set("X-Api-Key", key)
		if accept != "" {
			req.Header.Set("Accept-Encoding", accept)
		}
		got := r.send(req)
		if n := got.header.Get("Content-Length"); n != fmt.Sprint(len(got.body)) {
			t.Errorf("%s %q: Content-Length %s of %d", path, accept, n, len(got.body))
		}
		if got.header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: Vary %q", path, got.header.Get("Vary"))
		}
		return got
	}
	paths := []string{ownPrefix + "/accounts", r.ws() + "/users", ownPrefix + "/openapi.json"}
	r.call(key, "GET", paths[0], "").want(200)
	for _, path := range paths {
		plain := ask(path, "").want(200)
		for accept, want := range map[string]bool{
			"gzip": true, "gzip, deflate, br": true, "br;q=1, GZIP;q=0.5": true, "*": true, "identity, *;q=0.1": true,
			"identity": false, "gzip;q=0": false, "gzip; q=0.000, *": false, "*;q=0": false, "br": false, "gzipped": false,
		} {
			got := ask(path, accept).want(200)
			if packed := got.header.Get("Content-Encoding") == "gzip"; packed != want {
				t.Errorf("%s %q: compressed %v", path, accept, packed)
				continue
			}
			if !want {
				continue
			}
			z, err := gzip.NewReader(strings.NewReader(got.body))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(z)
			if err != nil || string(text) != plain.body || len(got.body) >= len(plain.body) {
				t.Errorf("%s %q: %d of %d bytes, %v", path, accept, len(got.body), len(plain.body), err)
			}
			if got.header.Get("Content-Type") != "application/json" || got.header.Get("ETag") != plain.header.Get("ETag") {
				t.Errorf("%s: %v", path, got.header)
			}
		}
	}
	if got := ask(r.ws()+"/tags", "gzip").want(200); got.header.Get("Content-Encoding") != "" || got.body != "[]\n" {
		t.Errorf("a short answer: %v %q", got.header, got.body)
	}
}

// TestAccountListEncodesAsJSONDoes compares the list's own encoding with encoding/json's.
func TestAccountListEncodesAsJSONDoes(t *testing.T) {
	cursor, when := "abc_-", time.Date(2026, 3, 1, 2, 3, 4, 0, time.UTC)
	fine := when.Add(120 * time.Millisecond)
	texts := []string{
		"", "plain", "Müller", "<b>&</b>", `"quoted" \ back`, "line\nbreak\ttab\r\x00\x1f\x7f", "emoji 🕰", "\u2028\u2029", "\xff\xfe bad",
		strings.Repeat("ä", 3000),
	}
	lists := []accountList{{Accounts: []account{}}, {Accounts: []account{}, NextCursor: &cursor, Total: 1}}
	for i, text := range texts {
		lists = append(lists, accountList{Total: i, Accounts: []account{
			{MemberID: noID, Name: text, Email: "a@b.test", Role: core.RoleOwner, Status: core.StatusActive, ActiveAPIKeys: i, LastActivity: &fine},
			{Name: "x", Email: text, Timer: &accountTimer{EntryID: noID, Description: text, Start: when, Flagged: i%2 == 0}},
		}})
	}
	for _, list := range lists {
		var want strings.Builder
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(list); err != nil {
			t.Fatal(err)
		}
		if got := string(list.appendJSON(nil)) + "\n"; got != want.String() {
			t.Errorf("\ngot  %.300q\nwant %.300q", got, want.String())
		}
	}
}
