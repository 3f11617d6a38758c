package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestAuthentication(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	wrong := "cw_" + strings.Repeat("a", 36) // has the form, not the checksum
	for _, c := range []struct {
		name    string
		headers [][2]string
		status  int
		code    int // Clockify's
	}{
		{"key", [][2]string{{"X-Api-Key", key}}, 200, 0},
		{"key in lower-case header", [][2]string{{"x-api-key", key}}, 200, 0},
		{"none", nil, 401, 1000},
		{"empty", [][2]string{{"X-Api-Key", " "}}, 401, 1000},
		{"bearer", [][2]string{{"Authorization", "Bearer " + key}}, 401, 1000},
		{"cookie", [][2]string{{"Cookie", "X-Api-Key=" + key}}, 401, 1000},
		{"both", [][2]string{{"X-Api-Key", key}, {"X-Addon-Token", "x"}}, 401, 1000},
		{"twice", [][2]string{{"X-Api-Key", key}, {"X-Api-Key", key}}, 401, 1000},
		{"wrong", [][2]string{{"X-Api-Key", wrong}}, 401, 4003},
		{"nonsense", [][2]string{{"X-Api-Key", "x"}}, 401, 4003},
		{"cut", [][2]string{{"X-Api-Key", key[:len(key)-1]}}, 401, 4003},
		{"add-on", [][2]string{{"X-Addon-Token", key}}, 401, 4017},
	} {
		t.Run(c.name, func(t *testing.T) {
			request := func(path string) *http.Request {
				req := httptest.NewRequest("GET", path, nil)
				for _, h := range c.headers {
					req.Header.Add(h[0], h[1])
				}
				return req
			}
			r.t = t
			clockify, own := r.send(request(clockifyPrefix+"/user")), r.send(request(ownPrefix+"/audit?member="+string(r.Who("dana").ID)))
			if c.code == 0 {
				clockify.want(200)
				own.want(200)
				return
			}
			text := map[int]string{1000: "Multiple or none auth tokens present", 4003: "Api key does not exist", 4017: "Token is not valid"}[c.code]
			clockify.wantClockify(c.status, c.code, text)
			own.wantError(c.status, "unauthenticated", "")
		})
	}
	r.t = t
	if strings.Contains(r.log.String(), key[3:10]) || strings.Contains(r.log.String(), wrong) {
		t.Fatalf("a key is in the log: %s", r.log)
	}
	// Nothing about an address is told without a key, not even whether there is one.
	r.call("", "GET", clockifyPrefix+"/nothing", "").wantClockify(401, 1000, "")
	r.call("", "GET", ownPrefix+"/nothing", "").wantError(401, "unauthenticated", "")
}

// TestRefusedKeysLookAlike is T-K3: status, body and headers are the same, whatever is wrong with a key.
func TestRefusedKeysLookAlike(t *testing.T) {
	r := newRig(t)
	deactivated := r.MustKey("dana")
	if _, err := r.DeactivateAPIKeys(t.Context(), r.Actor("olivia"), r.Who("dana").ID, "lost"); err != nil {
		t.Fatal(err)
	}
	inactive := r.MustKey("dirk")
	r.MustSetStatus("dirk", core.StatusInactive)
	other := newRig(t)
	unknown := other.MustKey("dana") // a well-formed key of another installation
	for _, path := range []string{clockifyPrefix + "/user", ownPrefix + "/accounts"} {
		var first string
		for name, key := range map[string]string{"deactivated": deactivated, "inactive": inactive, "unknown": unknown, "misformed": "cw_x"} {
			got := r.call(key, "GET", path, "").want(401)
			id := got.header.Get("X-Request-Id")
			got.header.Del("X-Request-Id")
			got.header.Del("Content-Length")
			text := fmt.Sprint(got.header, strings.ReplaceAll(got.body, id, "REF"))
			if first == "" {
				first = text
			}
			if text != first {
				t.Errorf("%s: %s\nothers: %s", name, text, first)
			}
		}
	}
}

func TestDeactivatedKeyIsRefusedAtTheNextRequest(t *testing.T) {
	r := newRig(t)
	dana, olivia := r.MustKey("dana"), r.MustKey("olivia")
	second := r.MustKey("dana")
	r.call(dana, "GET", clockifyPrefix+"/user", "").want(200)
	r.call(olivia, "POST", ownPrefix+"/members/"+string(r.Who("dana").ID)+"/deactivate-api-keys", "").want(200).wantJSON(`{"deactivated":2}`)
	r.call(dana, "GET", clockifyPrefix+"/user", "").wantClockify(401, 4003, "")
	r.call(second, "POST", r.ws()+"/time-entries", `{}`).wantClockify(401, 4003, "")
	r.call(olivia, "GET", clockifyPrefix+"/user", "").want(200)
}

func TestDemotionTakesEffectAtTheNextRequest(t *testing.T) {
	r := newRig(t)
	otto := r.MustKey("otto")
	r.call(otto, "GET", ownPrefix+"/accounts", "").want(200)
	r.MustSetRole("otto", core.RoleAdmin)
	r.call(otto, "GET", ownPrefix+"/accounts", "").wantError(403, "owner_required", "owners")
	olivia := r.MustKey("olivia")
	r.call(olivia, "GET", ownPrefix+"/accounts", "").want(200)
	r.MustSetPlan(core.PlanPro)
	r.call(olivia, "GET", ownPrefix+"/accounts", "").wantError(403, "plan_required", "Enterprise")
}

func TestRateOfAKey(t *testing.T) {
	r := newRig(t)
	dana, dirk := r.MustKey("dana"), r.MustKey("dirk")
	for range keyBurst {
		r.call(dana, "GET", clockifyPrefix+"/user", "").want(200)
	}
	got := r.call(dana, "GET", clockifyPrefix+"/user", "").wantClockify(429, 429, "Too many requests")
	if got.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
	r.call(dana, "GET", ownPrefix+"/flags", "").wantError(429, "rate_limited", "Too many requests")
	r.call(dirk, "GET", clockifyPrefix+"/user", "").want(200)
	r.Clock.Advance(time.Second)
	for range keyRate {
		r.call(dana, "GET", clockifyPrefix+"/user", "").want(200)
	}
	r.call(dana, "GET", clockifyPrefix+"/user", "").want(429)
}

func TestRateOfFailedAuthentications(t *testing.T) {
	r := newRig(t)
	for range failedBurst {
		r.call("cw_guess", "GET", clockifyPrefix+"/user", "").want(401)
	}
	got := r.call("cw_guess", "GET", clockifyPrefix+"/user", "").wantClockify(429, 429, "")
	if got.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
	r.call("", "GET", ownPrefix+"/flags", "").wantError(429, "rate_limited", "")
	// Who shares the address and has a key is not held up.
	r.call(r.MustKey("dana"), "GET", clockifyPrefix+"/user", "").want(200)
	req := httptest.NewRequest("GET", clockifyPrefix+"/user", nil)
	req.RemoteAddr = "198.51.100.7:9"
	r.send(req).want(401)
	r.Clock.Advance(time.Second)
	r.call("cw_guess", "GET", clockifyPrefix+"/user", "").want(401)
	r.call("cw_guess", "GET", clockifyPrefix+"/user", "").want(429)
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	for _, c := range []struct {
		key, method, path, body string
		status                  int
	}{
		{key, "GET", clockifyPrefix + "/user", "", 200},
		{"", "GET", clockifyPrefix + "/user", "", 401},
		{key, "GET", clockifyPrefix + "/nothing", "", 404},
		{key, "GET", ownPrefix + "/accounts", "", 403},
		{key, "GET", "/api/other", "", 404},
		{key, "PATCH", ownPrefix + "/entries/x", "{", 400},
		{"", "OPTIONS", ownPrefix + "/accounts", "", 204},
		{"", "GET", ownPrefix + "/openapi.json", "", 200},
	} {
		got := r.call(c.key, c.method, c.path, c.body).want(c.status)
		h := got.header
		if !core.ValidID(h.Get("X-Request-Id")) || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: %v", c.method, c.path, h)
		}
		for _, unwanted := range []string{"Set-Cookie", "Access-Control-Allow-Origin", "Location"} {
			if h.Get(unwanted) != "" {
				t.Errorf("%s %s: %s %q", c.method, c.path, unwanted, h.Get(unwanted))
			}
		}
		if got.body != "" && h.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: Content-Type %q", c.method, c.path, h.Get("Content-Type"))
		}
	}
}

func TestMethodsAndPaths(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("olivia")
	for _, path := range []string{"/nothing", "", "/", "/user/", "/workspaces//users", "/../v1/user", "/user/stop"} {
		r.call(key, "GET", clockifyPrefix+path, "").wantClockify(404, 3000, "No static resource v1")
	}
	r.call(key, "PATCH", r.userPath("dana")+"/stop", `{"end":"2026-11-23T09:00:00Z"}`).wantClockify(404, 3000, "No static resource")
	for _, path := range []string{ownPrefix + "/nothing", ownPrefix, "/api/clockwarden/v2/accounts", "/api/", "/api/v10/user"} {
		r.call(key, "GET", path, "").wantError(404, "not_found", "nothing at")
	}
	long := r.call(key, "GET", clockifyPrefix+"/"+strings.Repeat("x", 5000), "").wantClockify(404, 3000, "…")
	if len(long.body) > 300 {
		t.Errorf("the answer repeats %d bytes", len(long.body))
	}

	got := r.call(key, "DELETE", clockifyPrefix+"/user", "").wantClockify(405, 3000, "Request method 'DELETE' is not supported")
	if got.header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("Allow %q", got.header.Get("Allow"))
	}
	got = r.call(key, "PUT", r.ws()+"/projects", "[]").wantClockify(405, 3000, "")
	if got.header.Get("Allow") != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("Allow %q", got.header.Get("Allow"))
	}
	got = r.call(key, "GET", ownPrefix+"/entries/x", "").wantError(405, "method_not_allowed", "PATCH")
	if got.header.Get("Allow") != "OPTIONS, PATCH" {
		t.Errorf("Allow %q", got.header.Get("Allow"))
	}
	got = r.call("", "OPTIONS", r.ws()+"/projects", "").want(204)
	if got.body != "" || got.header.Get("Allow") != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("OPTIONS: %q %v", got.body, got.header)
	}

	// HEAD is GET without its body, as net/http sends it.
	server := httptest.NewServer(r.handler)
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), "HEAD", server.URL+r.ws()+"/users", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", key)
	head, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = head.Body.Close() }()
	if head.StatusCode != 200 || head.Header.Get("Last-Page") != "true" {
		t.Errorf("HEAD: %d %v", head.StatusCode, head.Header)
	}
}

func TestInternalErrorsHaveAReferenceAndNothingElse(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	for name, failing := range map[string]func(*call) (answer, error){
		"error": func(*call) (answer, error) { return answer{}, fmt.Errorf("SELECT secret FROM table") },
		"panic": func(*call) (answer, error) { panic("SELECT secret FROM table") },
	} {
		for _, d := range []*dialect{{prefix: "", refuse: r.server.refuseOwn}, {prefix: "", refuse: r.server.refuseClockify}} {
			r.log.Reset()
			h := r.server.pipeline(d, byPath([]route{{"GET", "/x", core.ActWorkspaceView, false, failing}})[0])
			req := httptest.NewRequest("GET", "/x", nil)
			req.Header.Set("X-Api-Key", key)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			id := w.Header().Get("X-Request-Id")
			if w.Code != 500 || strings.Contains(w.Body.String(), "SELECT") || !strings.Contains(w.Body.String(), id) {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
			if !strings.Contains(r.log.String(), id) || !strings.Contains(r.log.String(), "SELECT secret") {
				t.Errorf("%s: not in the log: %s", name, r.log)
			}
		}
	}
}

func TestUnavailableStore(t *testing.T) {
	r := newRig(t)
	key := r.MustKey("dana")
	h := coretest.New(t)
	broken := newRigOn(t, h)
	if err := h.Store.Close(); err != nil {
		t.Fatal(err)
	}
	broken.call(key, "GET", clockifyPrefix+"/user", "").wantClockify(503, 503, "database")
	broken.call(key, "GET", ownPrefix+"/accounts", "").wantError(503, "unavailable", "database")
}

func TestMessagesAreInTheLanguageOfTheKeysUser(t *testing.T) {
	r := newRig(t)
	key, lang := r.MustKey("dana"), "de"
	m := r.Who("dana")
	if _, err := r.UpdateMember(t.Context(), r.Actor("dana"), m.ID, core.MemberUpdate{Language: &lang}); err != nil {
		t.Fatal(err)
	}
	r.call(key, "PATCH", ownPrefix+"/entries/"+string(noID), `{"version":"1"}`).wantError(400, "invalid", "„version“ muss eine ganze Zahl ab 1 sein.")
	r.call(key, "GET", r.userPath("dana")+"?page=x", "").wantClockify(400, 3000, "„page“ muss")
	r.call(r.MustKey("dirk"), "GET", r.userPath("dana")+"?page=x", "").wantClockify(400, 3000, "“page” must be")
	req := httptest.NewRequest("GET", ownPrefix+"/accounts", nil)
	req.Header.Set("Accept-Language", "de-AT,de;q=0.9")
	r.send(req).wantError(401, "unauthenticated", "API-Schlüssel")
}
