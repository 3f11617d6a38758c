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
		"{slug}", "acme", "{key}", h.keyOf("olivia"), "{notice}", h.noticeOf("olivia"), "{member}", h.member("dana"), "{flag}", strings.Repeat("0", 24), "{identity}", h.identity("dana"), "{id}", string(entry), "{token}", strings.Repeat("x", 43),
	).Replace(path)
}

// keyOf and noticeOf are the newest API key and notice of somebody.
func (h *house) keyOf(key string) string {
	h.t.Helper()
	list, err := h.APIKeys(h.t.Context(), h.Actor(key))
	if err != nil {
		h.t.Fatalf("keys: %v", err)
	}
	if len(list) == 0 {
		return strings.Repeat("0", 24)
	}
	return string(list[0].ID)
}

func (h *house) noticeOf(key string) string {
	h.t.Helper()
	list, err := h.Notices(h.t.Context(), h.Actor(key), 1)
	if err != nil {
		h.t.Fatalf("notices: %v", err)
	}
	if len(list) == 0 {
		return strings.Repeat("0", 24)
	}
	return string(list[0].ID)
}

// identity is the first chat account that somebody has linked.
func (h *house) identity(key string) string {
	h.t.Helper()
	list, err := h.Identities(h.t.Context(), coretest.Operator(h.Workspace.ID), false)
	if err != nil {
		h.t.Fatalf("identities: %v", err)
	}
	for _, i := range list {
		if i.MemberID == h.Who(key).ID {
			return string(i.ID)
		}
	}
	return strings.Repeat("0", 24)
}

// form is a form that would do something on a POST route.
func formFor(path string, e core.TimeEntry) url.Values {
	f := url.Values{"from": {"accounts"}, "version": {number(e.Version)}, "description": {"changed"}, "member": {string(e.MemberID)}}
	if strings.HasSuffix(path, "/log-in-as") {
		f.Set("reason", string(core.ReasonTroubleshoot))
	}
	if strings.HasSuffix(path, "/correct") || strings.HasSuffix(path, "/edit") || strings.HasSuffix(path, "/entries/new") {
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
	own := who{303, 200, 200, 200, 200}      // one's own pages
	owners := who{303, 403, 403, 200, 403}   // the Accounts tab
	actsOn := who{303, 403, 403, 303, 403}   // acts on another's account answer with a redirect
	leads := who{303, 303, 303, 303, 303}    // always leads somewhere
	ownAct := who{303, 303, 303, 303, 303}   // one's own acts
	dead := who{410, 410, 410, 410, 410}     // a link that never was
	ending := who{303, 303, 303, 303, 303}   // nothing to end
	stream := who{303, 200, 200, 200, 200}   // live
	managers := who{303, 403, 200, 200, 200} // those who manage members
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
		"GET /w/{slug}/entries/new":                            own,
		"POST /w/{slug}/entries/new":                           ownAct,
		"GET /w/{slug}/entries/{id}/edit":                      owners,
		"POST /w/{slug}/entries/{id}/edit":                     actsOn,
		"POST /w/{slug}/entries/{id}/delete":                   actsOn,
		"POST /w/{slug}/entries/{id}/restore":                  actsOn,
		"POST /w/{slug}/entries/{id}/continue":                 actsOn, // starts one's own timer
		"GET /w/{slug}/api-keys":                               own,
		"POST /w/{slug}/api-keys":                              own,                       // the answer shows the secret
		"GET /w/{slug}/api-keys/{key}/deactivate":              {303, 404, 404, 200, 200}, // Olivia's
		"POST /w/{slug}/api-keys/{key}/deactivate":             {303, 404, 404, 303, 303},
		"GET /w/{slug}/inbox":                                  own,
		"POST /w/{slug}/inbox/read":                            ownAct,
		"POST /w/{slug}/inbox/{notice}/accept":                 {303, 404, 404, 404, 404}, // no such notice
		"GET /w/{slug}/inbox/{notice}/dispute":                 {303, 404, 404, 404, 404},
		"POST /w/{slug}/inbox/{notice}/dispute":                {303, 404, 404, 404, 404},
		"GET /w/{slug}/settings":                               leads,
		"GET /w/{slug}/settings/accounts":                      owners,
		"GET /w/{slug}/settings/general":                       {303, 403, 403, 200, 200},
		"POST /w/{slug}/settings/general":                      {303, 403, 403, 422, 422}, // no name
		"GET /w/{slug}/settings/members":                       managers,
		"GET /w/{slug}/settings/members/invite":                managers,
		"POST /w/{slug}/settings/members/invite":               {303, 403, 422, 422, 422}, // no address
		"GET /w/{slug}/settings/members/{member}":              managers,
		"POST /w/{slug}/settings/members/{member}":             {303, 403, 422, 422, 422}, // nothing to change
		"GET /w/{slug}/settings/members/{member}/deactivate":   managers,
		"POST /w/{slug}/settings/members/{member}/deactivate":  {303, 403, 303, 303, 303},
		"POST /w/{slug}/settings/members/{member}/activate":    {303, 403, 303, 303, 303},
		"POST /w/{slug}/settings/members/{member}/invitation":  {303, 403, 409, 409, 409}, // has joined
		"GET /w/{slug}/settings/forgotten":                     {303, 403, 403, 200, 200},
		"POST /w/{slug}/settings/forgotten":                    {303, 403, 403, 422, 422}, // no choice
		"POST /w/{slug}/settings/forgotten/retry":              {303, 403, 403, 303, 303},
		"POST /w/{slug}/flags/{flag}/snooze":                   {303, 422, 422, 422, 422}, // no time; TestFlagActs has the others
		"POST /w/{slug}/flags/{flag}/resolve":                  {303, 404, 404, 404, 404}, // no such flag
		"GET /w/{slug}/settings/chat":                          {303, 403, 403, 200, 200},
		"GET /w/{slug}/settings/chat/{identity}/unlink":        {303, 403, 403, 200, 200},
		"POST /w/{slug}/settings/chat/{identity}/unlink":       {303, 403, 403, 303, 303},
		"GET /w/{slug}/settings/audit":                         {303, 403, 403, 200, 200},
		"POST /w/{slug}/settings/audit/verify":                 {303, 403, 403, 200, 200},
		"POST /w/{slug}/settings/audit/export":                 {303, 422, 422, 422, 422}, // no format; TestAuditExport has the others
		"GET /w/{slug}/audit":                                  own,
		"GET /w/{slug}/accounts/{member}/stop":                 owners,
		"GET /w/{slug}/accounts/{member}/log-in-as":            owners,
		"POST /w/{slug}/accounts/{member}/log-in-as":           actsOn,
		"GET /log-in-as/{token}":                               {303, 410, 410, 410, 410}, // a link that never was
		"POST /log-in-as/{token}":                              {303, 410, 410, 410, 410},
		"POST /w/{slug}/accounts/export":                       {303, 403, 403, 200, 403},
		"GET /w/{slug}/accounts/stop":                          {303, 403, 403, 422, 403}, // nobody chosen
		"POST /w/{slug}/accounts/stop":                         actsOn,
		"GET /w/{slug}/accounts/stop/result":                   {303, 403, 403, 404, 403}, // of nothing
		"GET /w/{slug}/accounts/{member}/deactivate-api-keys":  owners,
		"POST /w/{slug}/accounts/{member}/deactivate-api-keys": actsOn,
		"GET /live":          stream,
		"GET /w/{slug}/live": stream,
	}
	for _, name := range []string{"stranger", "dirk", "adam", "olivia", "pro"} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.MustKey("dana")
			h.MustKey("olivia")
			h.MustLink("dana", "slack", "T1", "U1")
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
				h.MustSetStatus("dana", core.StatusActive) // where the route deactivates
				if running, err := h.Entry(t.Context(), h.Actor("dana"), e.ID); err != nil {
					if name == "olivia" && strings.HasSuffix(r.path, "/{id}/delete") {
						continue
					}
					t.Errorf("%s: entry: %v", key, err)
				} else if changed := running.Version != e.Version; changed && (r.method == http.MethodGet || name != "olivia") && !strings.HasSuffix(r.path, "/deactivate") {
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
	home := h.get("/w/acme/", h.in("dirk"))
	mustLack(t, "a member's menu", home.Body.String(), "Workspace settings", "/settings/accounts")
}

// TestGetChangesNothing walks all GET addresses as an owner and compares the audit log and the entry.
func TestGetChangesNothing(t *testing.T) {
	h := newHouse(t)
	e := h.MustStart("dana", "work", coretest.Start.Add(-time.Hour))
	h.MustKey("dana")
	h.MustKey("olivia")
	own := h.MustStart("olivia", "own work", coretest.Start.Add(-time.Hour))
	if _, err := h.StopTimer(t.Context(), h.Actor("otto"), core.StopTimer{EntryID: own.ID}); err != nil {
		t.Fatal(err)
	}
	h.MustLink("dana", "slack", "T1", "U1")
	token := h.in("olivia")
	link, _, err := h.CreateSignInLink(t.Context(), coretest.Operator(h.Workspace.ID), "dana@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	invitation := h.invite("nadja@acme.test")
	actAs, _, _, err := h.CreateLoginAsLink(t.Context(), h.Actor("olivia"), h.Who("dana").ID)
	if err != nil {
		t.Fatal(err)
	}
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
			if strings.HasPrefix(r.path, "/log-in-as/") {
				secret = actAs
			}
			query := "?end=now&version=1&reason=x"
			if strings.Contains(r.path, "/accounts/stop") { // a choice of accounts, and its result
				query += "&member=" + h.member("dana") + "&done=" + string(e.ID)
			}
			path := strings.ReplaceAll(h.filled(r.path, e.ID), strings.Repeat("x", 43), secret)
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				w := h.do(method, path+query, call{as: token})
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
