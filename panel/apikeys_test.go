package panel

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

var secretForm = regexp.MustCompile(`cw_[0-9A-Za-z]{36}`)

// TestAPIKeySecretOnce: on the answering page, and never again anywhere.
func TestAPIKeySecretOnce(t *testing.T) {
	for _, htmx := range []bool{false, true} {
		h := newHouse(t)
		token := h.in("dana")
		mustHave(t, "empty", h.get("/w/acme/api-keys", token).Body.String(), "No API keys yet", "Create", "0 active API keys")
		w := h.do(http.MethodPost, "/w/acme/api-keys", call{as: token, htmx: htmx, form: url.Values{"name": {"Build & deploy"}}})
		secret := secretForm.FindString(w.Body.String())
		if w.Code != 200 || secret == "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("create = %d %v\n%s", w.Code, w.Header(), clipped(w.Body.String()))
		}
		if n := strings.Count(w.Body.String(), secret); n != 1 {
			t.Errorf("the secret stands %d times on the page", n)
		}
		mustHave(t, "answer", html.UnescapeString(w.Body.String()), "“Build & deploy”", "only this once", `data-copy="secret"`, "1 active API key")
		if _, err := h.ActorByAPIKey(t.Context(), secret, "r", "a"); err != nil {
			t.Errorf("the shown key does not work: %v", err)
		}
		for _, path := range []string{"/w/acme/api-keys", "/w/acme/", "/w/acme/inbox", "/w/acme/api-keys/" + h.keyOf("dana") + "/deactivate"} {
			page := h.get(path, token)
			mustLack(t, path, page.Body.String(), secret, secret[7:])
			if page.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s: Cache-Control %q", path, page.Header().Get("Cache-Control"))
			}
		}
		mustHave(t, "list", h.get("/w/acme/api-keys", token).Body.String(), secret[:7]+"…", "Active", "23 Nov 2026")
		mustLack(t, "log", h.log.String(), secret, secret[7:])
		mustLack(t, "another's list", h.get("/w/acme/api-keys", h.in("olivia")).Body.String(), "Build", secret[:7])
	}
}

func TestAPIKeyMistakes(t *testing.T) {
	h := newHouse(t)
	token := h.in("dana")
	long := strings.Repeat("n", 300)
	code, _, part := h.part(http.MethodPost, "/w/acme/api-keys", token, url.Values{"name": {long}})
	if code != 422 || secretForm.MatchString(part) {
		t.Errorf("a long name = %d", code)
	}
	mustHave(t, "long name", part, `role="alert"`, long, `aria-invalid="true"`, `id="key-form"`)
	for range 50 {
		h.MustKey("dana")
	}
	w := h.post("/w/acme/api-keys", token, url.Values{"name": {"one more"}})
	if w.Code != 409 || secretForm.MatchString(w.Body.String()) {
		t.Errorf("the 51st key = %d, want 409", w.Code)
	}
	mustHave(t, "too many", w.Body.String(), "deactivate one first", `value="one more"`)
}

// TestDeactivateOwnKey: asked first, then done, and nobody else's.
func TestDeactivateOwnKey(t *testing.T) {
	h := newHouse(t)
	secret := h.MustKey("dana")
	h.MustKey("dana")
	token := h.in("dana")
	keys, err := h.APIKeys(t.Context(), h.Actor("dana"))
	if err != nil {
		t.Fatal(err)
	}
	var id core.ID
	for _, k := range keys {
		if k.Prefix == secret[:7] {
			id = k.ID
		}
	}
	at := "/w/acme/api-keys/" + string(id) + "/deactivate"
	mustHave(t, "question", h.get(at, token).Body.String(), "Deactivate this API key?", "test key", "never", "be undone")
	if w := h.post(at, h.in("dirk"), nil); w.Code != 404 {
		t.Errorf("somebody else's key = %d, want 404", w.Code)
	}
	if w := h.post(at, h.in("olivia"), nil); w.Code != 404 {
		t.Errorf("an owner, by this address = %d, want 404", w.Code)
	}
	w := h.post(at, token, nil)
	if w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "/w/acme/api-keys?deactivated=") {
		t.Fatalf("deactivate = %d", w.Code)
	}
	page := h.get(w.Header().Get("Location"), token).Body.String()
	mustHave(t, "after", page, "no longer works", "Deactivated by you on 23 Nov 2026", "1 active API key")
	if _, err := h.ActorByAPIKey(t.Context(), secret, "r", "a"); core.ErrorCode(err) != core.CodeUnauthenticated {
		t.Errorf("the key still works: %v", err)
	}
	mustHave(t, "asked again", h.get(at, token).Body.String(), "Deactivated by you on")
	if code, _, part := h.part(http.MethodPost, at, token, nil); code != 200 || !strings.Contains(part, `id="api-keys"`) {
		t.Errorf("twice = %d", code) // harmless
	}
}

// TestKeysAnOwnerDeactivated: the page says by whom and when.
func TestKeysAnOwnerDeactivated(t *testing.T) {
	h := newHouse(t)
	h.speak("dana", "en", "Europe/Berlin")
	h.MustKey("dana")
	token := h.in("dana")
	h.Clock.Advance(5 * time.Minute)
	if _, err := h.DeactivateAPIKeys(t.Context(), h.Actor("olivia"), h.Who("dana").ID, "lost laptop"); err != nil {
		t.Fatal(err)
	}
	page := h.get("/w/acme/api-keys", token).Body.String()
	mustHave(t, "list", page, "Deactivated by Olivia Owner on 23 Nov 2026, 10:05", "0 active API keys")
	mustLack(t, "list", page, "/deactivate")
	h.speak("dana", "de", "Europe/Berlin")
	mustHave(t, "German", h.get("/w/acme/api-keys", token).Body.String(), "Deaktiviert von Olivia Owner am 23.11.2026, 10:05", "API-Schlüssel")
}

// TestKeysWhileActingAsSomebody: seen, with not a character of them, and nothing can be done.
func TestKeysWhileActingAsSomebody(t *testing.T) {
	h := newHouse(t)
	secret := h.MustKey("dana")
	id := h.keyOf("dana")
	token := h.actAs("dana")
	page := h.get("/w/acme/api-keys", token).Body.String()
	mustHave(t, "page", page, "test key", "You are logged in as Dana Member", "Active")
	mustLack(t, "page", page, secret[:7], "key-form", "/deactivate")
	for _, path := range []string{"/w/acme/api-keys", "/w/acme/api-keys/" + id + "/deactivate"} {
		w := h.post(path, token, url.Values{"name": {"x"}})
		if w.Code != 403 || secretForm.MatchString(w.Body.String()) {
			t.Errorf("POST %s = %d, want 403", path, w.Code)
		}
		mustHave(t, path, w.Body.String(), "not possible while you are logged in as another member")
	}
	if w := h.get("/w/acme/api-keys/"+id+"/deactivate", token); w.Code != 403 {
		t.Errorf("the question = %d, want 403", w.Code)
	}
	if keys, err := h.APIKeys(t.Context(), h.Actor("dana")); err != nil || len(keys) != 1 || !keys[0].Active() || keys[0].Prefix != secret[:7] {
		t.Errorf("keys: %+v %v", keys, err)
	}
}
