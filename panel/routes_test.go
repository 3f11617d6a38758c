package panel

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// TestEveryRouteDeclaresItsAction holds routes.go to the policy.
func TestEveryRouteDeclaresItsAction(t *testing.T) {
	h := newHouse(t)
	for _, r := range h.panel.routes() {
		if r.action != public && !core.KnownAction(r.action) {
			t.Errorf("%s %s declares %q, which the policy does not know", r.method, r.path, r.action)
		}
		if r.method != http.MethodGet && r.method != http.MethodPost {
			t.Errorf("%s %s: browsers send GET and POST", r.method, r.path)
		}
	}
}

// filled puts real things into a route's address.
func (h *house) filled(path string, entry core.ID) string {
	return strings.NewReplacer(
		"{slug}", "acme", "{member}", h.member("dana"), "{id}", string(entry), "{token}", strings.Repeat("x", 43),
	).Replace(path)
}

// form is a form that would do something on a POST route.
func formFor(path string, e core.TimeEntry) url.Values {
	f := url.Values{"from": {"accounts"}, "version": {number(e.Version)}, "description": {"changed"}}
	if strings.HasSuffix(path, "/correct") {
		f.Set("start", e.Start.In(berlin).Add(time.Minute).Format(formTime))
		f.Set("end", e.Start.In(berlin).Add(time.Hour).Format(formTime))
	}
	return f
}

var berlin = mustZone("Europe/Berlin")

func mustZone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

// TestWhoMayWhat asks every route as everybody. What is not listed here fails the test.
func TestWhoMayWhat(t *testing.T) {
	type who struct{ stranger, member, admin, owner, proOwner int }
	own := who{303, 200, 200, 200, 200}    // one's own pages
	owners := who{303, 403, 403, 200, 403} // the Accounts tab
	actsOn := who{303, 403, 403, 303, 403} // acts on another's account answer with a redirect
	leads := who{303, 303, 303, 303, 303}  // always leads somewhere
	ownAct := who{303, 303, 303, 303, 303} // one's own acts
	dead := who{410, 410, 410, 410, 410}   // a link that never was
	ending := who{303, 303, 303, 303, 303} // nothing to end
	stream := who{303, 200, 200, 200, 200} // live
	want := map[string]who{
		"GET /":                                                {200, 303, 303, 303, 303},
		"GET /sign-in":                                         leads,
		"POST /sign-in":                                        {422, 422, 422, 422, 422}, // no address, no password
		"GET /invitation/{token}":                              dead,
		"POST /invitation/{token}":                             dead,
		"GET /w/{slug}/profile":                                own,
		"POST /w/{slug}/profile":                               {303, 422, 422, 422, 422}, // no name
		"POST /w/{slug}/profile/password":                      {303, 422, 422, 422, 422}, // no password
		"POST /w/{slug}/profile/sessions/{id}/end":             {303, 404, 404, 404, 404}, // no session's id
		"POST /w/{slug}/profile/chat-accounts/{id}/unlink":     {303, 404, 404, 404, 404}, // no link's id
		"POST /w/{slug}/profile/single-sign-on/unlink":         {303, 404, 404, 404, 404}, // nothing is linked
		"GET /w/{slug}/link":                                   own,
		"POST /w/{slug}/link":                                  own,
		"GET /sign-in/{token}":                                 dead,
		"POST /sign-in/{token}":                                dead,
		"POST /sign-out":                                       ownAct,
		"POST /impersonation/end":                              ending,
		"GET /w/{slug}":                                        leads,
		"GET /w/{slug}/":                                       own,
		"POST /w/{slug}/timer/start":                           ownAct,
		"POST /w/{slug}/entries/{id}/stop":                     actsOn,
		"POST /w/{slug}/entries/{id}/undo-stop":                {303, 403, 403, 409, 403}, // it still runs
		"GET /w/{slug}/entries/{id}/correct":                   owners,
		"POST /w/{slug}/entries/{id}/correct":                  actsOn,
		"GET /w/{slug}/settings":                               leads,
		"GET /w/{slug}/settings/accounts":                      owners,
		"GET /w/{slug}/accounts/{member}/stop":                 owners,
		"GET /w/{slug}/accounts/{member}/deactivate-api-keys":  owners,
		"POST /w/{slug}/accounts/{member}/deactivate-api-keys": actsOn,
		"GET /live":                                            stream,
		"GET /w/{slug}/live":                                   stream,
	}
	for _, name := range []string{"stranger", "dirk", "adam", "olivia", "pro"} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.MustKey("dana")
			if name == "pro" {
				h.MustSetPlan(core.PlanPro)
			}
			for _, r := range h.panel.routes() {
				key := r.method + " " + r.path
				if strings.HasSuffix(r.path, "live") {
					continue // TestLive… have streams; they do not end by themselves
				}
				w, ok := want[key]
				if !ok {
					t.Errorf("%s is not in the table", key)
					continue
				}
				// A fresh timer of Dana's and a fresh session for each route: acts change both.
				e := h.MustStart("dana", "work", coretest.Start.Add(-2*time.Hour))
				token, status := "", w.stranger
				switch name {
				case "dirk":
					token, status = h.in("dirk"), w.member
				case "adam":
					token, status = h.in("adam"), w.admin
				case "olivia":
					token, status = h.in("olivia"), w.owner
				case "pro":
					token, status = h.in("olivia"), w.proOwner
				}
				path := h.filled(r.path, e.ID)
				got := h.do(r.method, path, call{as: token, form: formFor(r.path, e)})
				if got.Code != status {
					t.Errorf("%s as %s = %d, want %d\n%s", key, name, got.Code, status, clipped(got.Body.String()))
				}
				mustLack(t, key, got.Body.String(), "⟦", "&lt;no value")
				if running, err := h.Entry(t.Context(), h.Actor("dana"), e.ID); err != nil {
					t.Errorf("%s: entry: %v", key, err)
				} else if changed := running.Version != e.Version; changed && (r.method == http.MethodGet || name != "olivia") {
					t.Errorf("%s as %s changed another's entry", key, name)
				}
				if err := stopIfRunning(h, e.ID); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func stopIfRunning(h *house, id core.ID) error {
	e, err := h.Entry(h.t.Context(), h.Actor("dana"), id)
	if err != nil || !e.Running() {
		return err
	}
	_, err = h.DeleteEntry(h.t.Context(), h.Actor("dana"), id)
	return err
}

// TestRefusalSaysWhichReason: a page, and which of the two reasons applies.
func TestRefusalSaysWhichReason(t *testing.T) {
	h := newHouse(t)
	adam := h.get("/w/acme/settings/accounts", h.in("adam"))
	h.MustSetPlan(core.PlanPro)
	olivia := h.get("/w/acme/settings/accounts", h.in("olivia"))
	if adam.Code != 403 || olivia.Code != 403 {
		t.Fatalf("statuses %d and %d, want 403", adam.Code, olivia.Code)
	}
	mustHave(t, "admin", adam.Body.String(), "owners")
	mustHave(t, "owner on pro", olivia.Body.String(), "Enterprise")
	mustLack(t, "admin", adam.Body.String(), "Enterprise", "dana@acme.test")
	mustLack(t, "owner on pro", olivia.Body.String(), "dana@acme.test")
	// The way there is not offered either.
	home := h.get("/w/acme/", h.in("adam"))
	mustLack(t, "an admin's menu", home.Body.String(), "Workspace settings", "/settings/accounts")
}

// TestGetChangesNothing walks all GET addresses as an owner and compares the audit log and the entry.
func TestGetChangesNothing(t *testing.T) {
	h := newHouse(t)
	e := h.MustStart("dana", "work", coretest.Start.Add(-time.Hour))
	h.MustKey("dana")
	token := h.in("olivia")
	link, _, err := h.CreateSignInLink(t.Context(), coretest.Operator(h.Workspace.ID), "dana@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	invitation := h.invite("nadja@acme.test")
	before := len(h.MustAudit(""))
	for range 3 {
		for _, r := range h.panel.routes() {
			if r.method != http.MethodGet || strings.HasSuffix(r.path, "live") {
				continue
			}
			secret := link
			if strings.HasPrefix(r.path, "/invitation/") {
				secret = invitation
			}
			path := strings.ReplaceAll(h.filled(r.path, e.ID), strings.Repeat("x", 43), secret)
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				w := h.do(method, path+"?end=now&version=1&reason=x", call{as: token})
				if w.Code >= 400 {
					t.Errorf("%s %s = %d", method, r.path, w.Code)
				}
				if method == http.MethodHead && w.Body.Len() > 0 {
					t.Errorf("HEAD %s has a body", r.path)
				}
			}
			// Addresses that act must not do so by GET.
			for _, act := range []string{"/w/acme/entries/" + string(e.ID) + "/stop", "/sign-out", "/w/acme/timer/start", "/impersonation/end"} {
				if w := h.get(act, token); w.Code != http.StatusMethodNotAllowed {
					t.Errorf("GET %s = %d, want 405", act, w.Code)
				}
			}
		}
	}
	if after := len(h.MustAudit("")); after != before {
		t.Errorf("GETs wrote %d audit entries", after-before)
	}
	now, err := h.Entry(t.Context(), h.Actor("dana"), e.ID)
	if err != nil || now.Version != e.Version || !now.Running() {
		t.Errorf("entry after GETs: %+v, %v", now, err)
	}
	if w := h.post("/sign-in/"+link, "", nil); w.Code != 303 {
		t.Errorf("the link was used up by GETs: %d", w.Code)
	}
}
