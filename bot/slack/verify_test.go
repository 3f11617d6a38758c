package slack_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
)

func TestOnlySlackIsHeard(t *testing.T) {
	h := newHouse(t, setup{})
	form := url.Values{
		"command": {"/timer"}, "text": {"start forged"}, "team_id": {"T1"}, "user_id": {"UDANA"}, "response_url": {h.fake.APIURL()},
	}.Encode()
	const path = "/slack/commands"
	good := func() *http.Request { return h.fake.Signed(path, form) }
	with := func(change func(r *http.Request)) func() *http.Request {
		return func() *http.Request {
			r := good()
			change(r)
			return r
		}
	}
	at := func(d time.Duration) func() *http.Request {
		return func() *http.Request { return h.fake.SignedAt(path, form, h.Clock.Now().Add(d)) }
	}
	const signature, stamp = "X-Slack-Signature", "X-Slack-Request-Timestamp"
	tests := []struct {
		name   string
		make   func() *http.Request
		status int
	}{
		{"no signature", func() *http.Request { return h.fake.Unsigned(path, "application/x-www-form-urlencoded", form) }, 401},
		{"empty signature", with(func(r *http.Request) { r.Header.Set(signature, "") }), 401},
		{"no timestamp", with(func(r *http.Request) { r.Header.Del(stamp) }), 401},
		{"two signatures", with(func(r *http.Request) { r.Header.Add(signature, r.Header.Get(signature)) }), 401},
		{"two timestamps", with(func(r *http.Request) { r.Header.Add(stamp, r.Header.Get(stamp)) }), 401},
		{"another version", with(func(r *http.Request) {
			r.Header.Set(signature, strings.Replace(r.Header.Get(signature), "v0=", "v1=", 1))
		}), 401},
		{"not hexadecimal", with(func(r *http.Request) { r.Header.Set(signature, "v0=zz") }), 401},
		{"half a signature", with(func(r *http.Request) { r.Header.Set(signature, r.Header.Get(signature)[:35]) }), 401},
		{"a flipped digit", with(func(r *http.Request) {
			s := []byte(r.Header.Get(signature))
			s[10] ^= 1
			r.Header.Set(signature, string(s))
		}), 401},
		{"another secret", with(func(r *http.Request) {
			r.Header.Set(signature, fakeslack.Signature("guess", r.Header.Get(stamp), form))
		}), 401},
		{"another time", with(func(r *http.Request) {
			r.Header.Set(stamp, strconv.FormatInt(h.Clock.Now().Unix()+1, 10))
		}), 401},
		{"a negative time", with(func(r *http.Request) { r.Header.Set(stamp, "-5") }), 401},
		{"301 s old", at(-301 * time.Second), 401},
		{"301 s ahead", at(301 * time.Second), 401},
		{"JSON instead of a form", with(func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }), 415},
		{"no type", with(func(r *http.Request) { r.Header.Del("Content-Type") }), 415},
		{"GET", with(func(r *http.Request) { r.Method = http.MethodGet }), 405},
		{"10 MB", func() *http.Request { return h.fake.Signed(path, form+"&x="+strings.Repeat("y", 10<<20)) }, 413},
		{"1 MiB and a byte", func() *http.Request {
			return h.fake.Signed(path, form+"&x="+strings.Repeat("y", 1<<20-len(form)-2))
		}, 413},
	}
	before := revision(t, h)
	for _, tt := range tests {
		if status, body := h.fake.Send(tt.make()); status != tt.status {
			t.Errorf("%s: status %d (%s), want %d", tt.name, status, body, tt.status)
		}
	}
	if _, err := h.RunningEntry(t.Context(), h.Actor("dana"), ""); core.ErrorCode(err) != core.CodeNotFound {
		t.Errorf("a forged request started a timer: %v", err)
	}
	if after := revision(t, h); after != before {
		t.Error("a refused request reached the store")
	}
	for name, make := range map[string]func() *http.Request{
		"300 s old": at(-300 * time.Second), "300 s ahead": at(300 * time.Second), "exactly 1 MiB": func() *http.Request {
			return h.fake.Signed(path, form+"&x="+strings.Repeat("y", 1<<20-len(form)-3))
		},
	} {
		if status, body := h.fake.Send(make()); status != 200 || len(body) == 0 {
			t.Errorf("%s: status %d (%s)", name, status, body)
		}
	}
}

// revision stands for everything in the store that a request could have changed.
func revision(t *testing.T, h *house) int {
	t.Helper()
	return len(h.MustAudit(""))
}

func TestReplayHasNoEffect(t *testing.T) {
	h := newHouse(t, setup{})
	form := url.Values{"command": {"/timer"}, "text": {"start once"}, "team_id": {"T1"}, "user_id": {"UDANA"}}.Encode()
	at := h.Clock.Now()
	if status, body := h.fake.Send(h.fake.SignedAt("/slack/commands", form, at)); status != 200 || len(body) == 0 {
		t.Fatalf("status %d: %s", status, body)
	}
	for _, path := range []string{"/slack/commands", "/slack/commands", "/slack/options"} {
		h.Clock.Advance(time.Minute)
		if status, body := h.fake.Send(h.fake.SignedAt(path, form, at)); status != 200 || len(body) != 0 {
			t.Errorf("%s: a replay is answered %d: %s", path, status, body)
		}
	}
	upper := h.fake.SignedAt("/slack/commands", form, at)
	upper.Header.Set("X-Slack-Signature", "v0="+strings.ToUpper(strings.TrimPrefix(upper.Header.Get("X-Slack-Signature"), "v0=")))
	if status, body := h.fake.Send(upper); status != 200 || len(body) != 0 {
		t.Errorf("a replay in capitals is answered %d: %s", status, body)
	}
	if n := len(h.MustAudit(core.ActTimerStart)); n != 1 {
		t.Errorf("%d timers were started", n)
	}
}

// TestARequestFromAheadIsRememberedWhileItIsFresh: a time five minutes ahead is fresh for ten minutes, the last moment included.
func TestARequestFromAheadIsRememberedWhileItIsFresh(t *testing.T) {
	h := newHouse(t, setup{})
	h.Clock.Advance(h.Clock.Now().Truncate(time.Second).Add(time.Second).Sub(h.Clock.Now()))
	form := url.Values{"command": {"/timer"}, "text": {"status"}, "team_id": {"T1"}, "user_id": {"UDANA"}}.Encode()
	at := h.Clock.Now().Add(5 * time.Minute)
	for i, want := range []struct {
		status   int
		answered bool
	}{{200, true}, {200, false}, {401, true}} {
		if status, body := h.fake.Send(h.fake.SignedAt("/slack/commands", form, at)); status != want.status || (len(body) > 0) != want.answered {
			t.Errorf("number %d: status %d: %s", i, status, body)
		}
		h.Clock.Advance([]time.Duration{10 * time.Minute, time.Second, 0}[i])
	}
}

func TestSmallRequests(t *testing.T) {
	h := newHouse(t, setup{})
	post := func(r *http.Request) (int, string) {
		status, body := h.fake.Send(r)
		return status, string(body)
	}
	payload := func(text string) *http.Request {
		return h.fake.Signed("/slack/interactions", url.Values{"payload": {text}}.Encode())
	}
	tests := []struct {
		name   string
		make   *http.Request
		status int
		body   string
	}{
		{"ssl_check", h.fake.Signed("/slack/commands", "ssl_check=1&token=x"), 200, ""},
		{"url_verification", h.fake.SignedJSON("/slack/events", `{"type":"url_verification","challenge":"abc"}`), 200, `{"challenge":"abc"}`},
		{"another event", h.fake.SignedJSON("/slack/events", `{"type":"event_callback","event":{"type":"user_change"}}`), 200, ""},
		{"half an event", h.fake.SignedJSON("/slack/events", `{`), 400, "not JSON\n"},
		{"options", h.fake.Signed("/slack/options", "payload=%7B%7D"), 200, `{"options":[]}`},
		{"shortcut", payload(`{"type":"shortcut","callback_id":"x","user":{"id":"UDANA"},"team":null}`), 200, ""},
		{"closed form", payload(`{"type":"view_closed","user":{"id":"UDANA"}}`), 200, ""},
		{"changed choice", payload(`{"type":"block_actions","user":{"id":"UDANA"},"actions":[{"action_id":"choice"}]}`), 200, ""},
		{"link", payload(`{"type":"block_actions","user":{"id":"UDANA"},"actions":[{"action_id":"link"}]}`), 200, ""},
		{"no action", payload(`{"type":"block_actions","user":{"id":"UDANA"}}`), 200, ""},
		{"no type", payload(`{"type":""}`), 400, "payload not understood\n"},
		{"no payload", h.fake.Signed("/slack/interactions", "a=b"), 400, "payload not understood\n"},
		{"broken form", h.fake.Signed("/slack/commands", "%zz"), 400, "not a form\n"},
	}
	for _, tt := range tests {
		if status, body := post(tt.make); status != tt.status || body != tt.body {
			t.Errorf("%s: %d %q, want %d %q", tt.name, status, body, tt.status, tt.body)
		}
	}
}
