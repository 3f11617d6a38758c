package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// A list that is longer than its limit is refused by its length alone, before its values are compared or asked for.
func TestClockifyListsAreBounded(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	tag := string(r.mustTag("urgent").ID)
	e := r.mustEntry("dana", "Report", -2*time.Hour, -time.Hour)
	repeated := func(n int, quote string) string {
		return strings.TrimSuffix(strings.Repeat(quote+tag+quote+",", n), ",")
	}
	var different []string
	for i := range 37_000 {
		different = append(different, fmt.Sprintf("%q", fmt.Sprintf("%024x", i+1)))
	}
	body := func(tags string) string {
		return `{"id":"` + string(e.ID) + `","start":"` + at(-2*time.Hour) + `","end":"` + at(-time.Hour) + `","tagIds":[` + tags + `]}`
	}
	before := r.auditSize()
	for _, tags := range []string{repeated(core.MaxTags+1, `"`), strings.Join(different, ",")} {
		for _, c := range []struct{ method, path, body string }{
			{"POST", r.ws() + "/time-entries", body(tags)},
			{"POST", r.userPath("dana"), body(tags)},
			{"PUT", r.ws() + "/time-entries/" + string(e.ID), body(tags)},
			{"PUT", r.userPath("dana"), "[" + body("") + "," + body(tags) + "]"},
		} {
			r.call(key, c.method, c.path, c.body).wantClockify(400, 501, "at most 50")
		}
	}
	for path, most := range map[string]int{
		r.userPath("dana") + "?tags=": core.MaxTags, r.ws() + "/tags?excluded-ids=": core.MaxBulk, r.ws() + "/projects?clients=": core.MaxBulk,
		r.ws() + "/users?account-statuses=": core.MaxBulk,
	} {
		r.call(key, "GET", path+repeated(most, ""), "").want(200)
		r.call(key, "GET", path+repeated(most+1, ""), "").wantClockify(400, 3000, fmt.Sprintf("at most %d", most))
		name := path[strings.Index(path, "?")+1:]
		r.call(key, "GET", path+strings.Repeat(tag+"&"+name, 2000)+tag, "").wantClockify(400, 3000, fmt.Sprintf("at most %d", most))
	}
	r.call(key, "DELETE", r.userPath("dana")+"?time-entry-ids="+repeated(core.MaxBulk+1, ""), "").wantClockify(400, 3000, "at most 200")
	r.call(key, "PUT", r.userPath("dana"), "["+strings.Repeat("{},", 300_000)+"{}]").wantClockify(400, 501, "at most 200")
	if n := r.auditSize() - before; n != 0 {
		t.Errorf("%d acts", n)
	}
	r.call(key, "PUT", r.userPath("dana"), "["+body(repeated(core.MaxTags, `"`))+"]").want(200)
}
