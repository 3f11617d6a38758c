package discord_test

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/discord"
	"github.com/clockwarden/clockwarden/core"
)

const (
	signature = "X-Signature-Ed25519"
	stamp     = "X-Signature-Timestamp"
)

func TestOnlyDiscordIsHeard(t *testing.T) {
	h := newHouse(t, setup{})
	body := encoded(t, h.dana.CommandPayload("/timer start description:forged"))
	good := func() *http.Request { return h.fake.Signed(body) }
	with := func(change func(r *http.Request)) func() *http.Request {
		return func() *http.Request {
			r := good()
			change(r)
			return r
		}
	}
	at := func(d time.Duration) func() *http.Request {
		return func() *http.Request { return h.fake.SignedAt(body, h.Clock.Now().Add(d)) }
	}
	padded := func(n int) string {
		text := encoded(t, h.dana.CommandPayload("/timer status"))
		return text + strings.Repeat(" ", n-len(text))
	}
	tests := []struct {
		name   string
		make   func() *http.Request
		status int
	}{
		{"no signature", func() *http.Request { return h.fake.Unsigned(body) }, 401},
		{"empty signature", with(func(r *http.Request) { r.Header.Set(signature, "") }), 401},
		{"no timestamp", with(func(r *http.Request) { r.Header.Del(stamp) }), 401},
		{"two signatures", with(func(r *http.Request) { r.Header.Add(signature, r.Header.Get(signature)) }), 401},
		{"two timestamps", with(func(r *http.Request) { r.Header.Add(stamp, r.Header.Get(stamp)) }), 401},
		{"not hexadecimal", with(func(r *http.Request) { r.Header.Set(signature, strings.Repeat("z", 128)) }), 401},
		{"half a signature", with(func(r *http.Request) { r.Header.Set(signature, r.Header.Get(signature)[:64]) }), 401},
		{"a flipped digit", with(func(r *http.Request) {
			s := []byte(r.Header.Get(signature))
			s[10] ^= 1
			r.Header.Set(signature, string(s))
		}), 401},
		{"another body", with(func(r *http.Request) {
			other := h.fake.Signed(body + " ")
			r.Body = other.Body
			r.ContentLength = other.ContentLength
			r.GetBody = other.GetBody
		}), 401},
		{"another time", with(func(r *http.Request) { r.Header.Set(stamp, strconv.FormatInt(h.Clock.Now().Unix()+1, 10)) }), 401},
		{"a negative time", with(func(r *http.Request) { r.Header.Set(stamp, "-5") }), 401},
		{"301 s old", at(-301 * time.Second), 401},
		{"301 s ahead", at(301 * time.Second), 401},
		{"a form", with(func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }), 415},
		{"no type", with(func(r *http.Request) { r.Header.Del("Content-Type") }), 415},
		{"GET", with(func(r *http.Request) { r.Method = http.MethodGet }), 405},
		{"10 MB", func() *http.Request { return h.fake.Signed(padded(10 << 20)) }, 413},
		{"1 MiB and a byte", func() *http.Request { return h.fake.Signed(padded(1<<20 + 1)) }, 413},
		{"half of it", func() *http.Request { return h.fake.Signed(body[:len(body)/2]) }, 400},
		{"another application", func() *http.Request {
			p := h.dana.CommandPayload("/timer start description:forged")
			p["application_id"] = "1"
			return h.fake.Signed(encoded(t, p))
		}, 403},
	}
	before := revision(t, h)
	// While nobody else can write: what waits for the store would not be answered in time.
	err := h.Store.Write(t.Context(), func(context.Context, core.Tx) error {
		for _, tt := range tests {
			began := time.Now()
			if status, text := h.fake.Send(tt.make()); status != tt.status || time.Since(began) > 3*time.Second {
				t.Errorf("%s: status %d (%s) after %s, want %d", tt.name, status, text, time.Since(began), tt.status)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.RunningEntry(t.Context(), h.Actor("dana"), ""); core.ErrorCode(err) != core.CodeNotFound {
		t.Errorf("a forged request started a timer: %v", err)
	}
	if revision(t, h) != before {
		t.Error("a refused request reached the store")
	}
	for name, make := range map[string]func() *http.Request{
		"300 s old":     func() *http.Request { return h.fake.SignedAt(padded(2000), h.Clock.Now().Add(-300*time.Second)) },
		"300 s ahead":   func() *http.Request { return h.fake.SignedAt(padded(2000), h.Clock.Now().Add(300*time.Second)) },
		"exactly 1 MiB": func() *http.Request { return h.fake.Signed(padded(1 << 20)) },
		"capitals": func() *http.Request {
			r := h.fake.Signed(padded(2000))
			r.Header.Set(signature, strings.ToUpper(r.Header.Get(signature)))
			return r
		},
		"with a charset": func() *http.Request {
			r := h.fake.Signed(padded(2000))
			r.Header.Set("Content-Type", "application/json; charset=utf-8")
			return r
		},
	} {
		if status, text := h.fake.Send(make()); status != 200 || !bytes.Contains(text, []byte(`"type":4`)) {
			t.Errorf("%s: status %d (%s)", name, status, text)
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
	payload := h.dana.CommandPayload("/timer start description:once")
	body := encoded(t, payload)
	at := h.Clock.Now()
	if status, text := h.fake.Send(h.fake.SignedAt(body, at)); status != 200 || len(text) == 0 {
		t.Fatalf("status %d: %s", status, text)
	}
	payload["token"] = "another" // the id names an interaction, whatever stands beside it
	for _, again := range []string{body, body + " ", encoded(t, payload)} {
		h.Clock.Advance(time.Minute)
		for _, when := range []time.Time{at, h.Clock.Now()} {
			if status, text := h.fake.Send(h.fake.SignedAt(again, when)); status != 200 || len(text) != 0 {
				t.Errorf("a replay is answered %d: %s", status, text)
			}
		}
	}
	if n := len(h.MustAudit(core.ActTimerStart)); n != 1 {
		t.Errorf("%d timers were started", n)
	}
}

func TestSmallRequests(t *testing.T) {
	h := newHouse(t, setup{})
	changed := func(line string, change func(p map[string]any)) string {
		p := h.olivia.CommandPayload(line)
		change(p)
		return encoded(t, p)
	}
	component := func(customID string) string {
		return encoded(t, h.olivia.Payload(3, map[string]any{"component_type": 2, "custom_id": customID}))
	}
	tests := []struct {
		name, body string
		status     int
		want       string // the answer holds it
	}{
		{"ping", `{"type":1}`, 200, `{"type":1}`},
		{"ping as Discord sends it", `{"application_id":"9","id":"1","type":1,"token":"x","user":{"id":"3"},"version":1}`, 200, `{"type":1}`},
		{"no JSON", `{`, 400, "not understood"},
		{"no object", `[]`, 400, "not understood"},
		{"no type", `{}`, 400, "not understood"},
		{"another type", changed("/timer status", func(p map[string]any) { p["type"] = 99 }), 400, "not understood"},
		{"no id", changed("/timer status", func(p map[string]any) { delete(p, "id") }), 400, "not understood"},
		{"an id that is none", changed("/timer status", func(p map[string]any) { p["id"] = "x" }), 400, "not understood"},
		{"nobody", changed("/timer status", func(p map[string]any) { delete(p, "member") }), 400, "not understood"},
		{"a command in a direct message", changed("/timer status", func(p map[string]any) {
			delete(p, "guild_id")
		}), 200, "on the server only"},
		{"another server, in German", changed("/timer status", func(p map[string]any) { p["guild_id"], p["locale"] = "5", "de" }), 200, "nicht mit Clockwarden verbunden"},
		{"an unknown command", changed("/nonsense help", func(map[string]any) {}), 200, `"flags":64`},
		{"a user command on nobody", encoded(t, h.olivia.Payload(2, map[string]any{"type": 2, "name": "Stop timer"})), 200, "mention the person"},
		{"an unknown button", component("nonsense|x"), 200, `{"type":6}`},
		{"a link", component("link|x"), 200, `{"type":6}`},
		{"a button without a message", component("confirm|x"), 200, `"type":4`},
		{"a choice without a message", component("choice"), 200, `{"type":6}`},
		{"an unknown form", encoded(t, h.olivia.Payload(5, map[string]any{"custom_id": "nonsense|x", "components": []any{}})), 200, `"type":4`},
		{
			"components we do not know", encoded(t, h.olivia.Payload(5, map[string]any{"custom_id": "start", "components": []any{
				map[string]any{"type": 18, "component": map[string]any{"type": 4, "custom_id": "description", "value": "x"}}, map[string]any{"type": 99},
			}})), 200, "Your timer is running",
		},
	}
	for _, tt := range tests {
		if status, text := h.fake.Send(h.fake.Signed(tt.body)); status != tt.status || !strings.Contains(string(text), tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.name, status, text, tt.status, tt.want)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	h := newHouse(t, setup{})
	tests := []struct {
		name   string
		change func(o *discord.Options)
		want   string
	}{
		{"http", func(*discord.Options) {}, ""},
		{"gateway without a key", func(o *discord.Options) { o.Mode, o.PublicKey = discord.ModeGateway, "" }, ""},
		{"no service", func(o *discord.Options) { o.Service = nil }, "required"},
		{"no token", func(o *discord.Options) { o.BotToken = "" }, "discord.bot_token"},
		{"no key", func(o *discord.Options) { o.PublicKey = "" }, "discord.public_key"},
		{"a short key", func(o *discord.Options) { o.PublicKey = o.PublicKey[:62] }, "discord.public_key"},
		{"a long key", func(o *discord.Options) { o.PublicKey += "00" }, "discord.public_key"},
		{"a key of other digits", func(o *discord.Options) { o.PublicKey = strings.Repeat("zz", 32) }, "discord.public_key"},
		{"no application", func(o *discord.Options) { o.ApplicationID = "" }, "discord.application_id"},
		{"no server", func(o *discord.Options) { o.GuildID = "My server" }, "discord.guild_id"},
		{"another mode", func(o *discord.Options) { o.Mode = "socket" }, "discord.mode"},
		{"no address", func(o *discord.Options) { o.APIURL = "discord" }, "discord.api_url"},
	}
	for _, tt := range tests {
		o := h.options()
		tt.change(&o)
		_, err := discord.New(o)
		if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// encoded is an interaction as it is sent.
func encoded(t testing.TB, v any) string {
	t.Helper()
	return string(bottest.JSON(t, v))
}
