package slack_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core/locale"
)

func manifest(t *testing.T, mode, channel string) slack.Manifest {
	t.Helper()
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse("https://clock.example.com/team")
	if err != nil {
		t.Fatal(err)
	}
	return slack.NewManifest(slack.ManifestOptions{Catalog: catalog, Mode: mode, BaseURL: base, AlertChannel: channel})
}

func writeJSON(t *testing.T, file string, v any) string {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Every golden body, and the manifest, is a value of Slack's own types.
func TestBodiesFitSlacksTypes(t *testing.T) {
	dir := t.TempDir()
	socket := writeJSON(t, filepath.Join(dir, "manifest.socket.json"), manifest(t, slack.ModeSocket, ""))
	web := writeJSON(t, filepath.Join(dir, "manifest.http.json"), manifest(t, slack.ModeHTTP, "C1"))
	if out, err := bottest.Node(t, nil, "check.mjs", "slack", filepath.Join("testdata", "golden"), socket, web); err != nil {
		t.Errorf("%v\n%s", err, out)
	}

	// The check finds what is wrong.
	broken := t.TempDir()
	for name, body := range map[string]string{
		"message.style.json":   `{"text":"x","blocks":[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"x"},"style":"loud"}]}]}`,
		"message.mrkdwn.json":  `{"text":"x","blocks":[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]}`,
		"message.unknown.json": `{"text":"x","blocks":[{"type":"carousel"}]}`,
		"message.notext.json":  `{"blocks":[]}`,
		"view.notitle.json":    `{"type":"modal","blocks":[]}`,
		"home.title.json":      `{"type":"home","title":{"type":"plain_text","text":"x"},"blocks":[]}`,
		"post.nowhere.json":    `{"text":"x"}`,
		"manifest.type.json":   `{"display_information":{"name":"x"},"features":{"shortcuts":[{"name":"x","type":"everywhere","callback_id":"x","description":"x"}]}}`,
	} {
		if err := os.WriteFile(filepath.Join(broken, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := bottest.Node(t, nil, "check.mjs", "slack", broken)
	if err == nil {
		t.Error("broken bodies pass")
	}
	for _, name := range []string{
		"message.style", "message.mrkdwn", "message.unknown", "message.notext", "view.notitle", "home.title", "post.nowhere", "manifest.type",
	} {
		if !strings.Contains(out, name) {
			t.Errorf("%s passes:\n%s", name, out)
		}
	}
}

// Slack's own framework and this program agree on which signatures are good.
func TestSignaturesAsBoltJudgesThem(t *testing.T) {
	h := newHouse(t, setup{})
	type request struct {
		Secret    string `json:"secret"`
		Timestamp string `json:"timestamp"`
		Now       int64  `json:"now"`
		Body      string `json:"body"`
		Signature string `json:"signature"`
	}
	now := h.Clock.Now().Unix()
	signed := func(body string, ago int64) request {
		stamp := strconv.FormatInt(now-ago, 10)
		return request{h.fake.SigningSecret(), stamp, now, body, fakeslack.Signature(h.fake.SigningSecret(), stamp, body)}
	}
	cases := []request{
		signed("ssl_check=1", 0), signed("ssl_check=1&x=%C3%A4%F0%9F%98%80", 1), signed("ssl_check=1&ä=😀", 2), signed("ssl_check=1", 300),
		signed("ssl_check=1", 301), signed("ssl_check=1&a", 3), signed("ssl_check=1&b", 4), signed("ssl_check=1&c", 5),
	}
	cases[5].Body += "x"
	cases[6].Signature = strings.Replace(cases[6].Signature, "v0=", "v1=", 1)
	cases[7].Signature = fakeslack.Signature("another", cases[7].Timestamp, cases[7].Body)
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	out, err := bottest.Node(t, input, "signature.mjs")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var bolt []bool
	if err := json.Unmarshal([]byte(out), &bolt); err != nil || len(bolt) != len(cases) {
		t.Fatalf("%v: %s", err, out)
	}
	if !slices.Contains(bolt, true) || !slices.Contains(bolt, false) {
		t.Fatalf("bolt says %v", bolt)
	}
	for i, c := range cases {
		r := h.fake.Unsigned("/slack/commands", "application/x-www-form-urlencoded", c.Body)
		r.Header.Set("X-Slack-Request-Timestamp", c.Timestamp)
		r.Header.Set("X-Slack-Signature", c.Signature)
		status, _ := h.fake.Send(r)
		if good := status == http.StatusOK; good != bolt[i] {
			t.Errorf("%+v: status %d, bolt says %v", c, status, bolt[i])
		}
	}
	// The example of Slack's documentation.
	const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
		"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands" +
		"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	if got := fakeslack.Signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body); got != "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503" {
		t.Errorf("signature of the documented example is %s", got)
	}
}

// What Slack's schema of manifests bounds, and which scopes and addresses the modes need.
func TestManifest(t *testing.T) {
	for _, mode := range []string{slack.ModeSocket, slack.ModeHTTP} {
		m := manifest(t, mode, "")
		short := func(what, text string, most int) {
			t.Helper()
			if n := utf8.RuneCountInString(text); n == 0 || n > most {
				t.Errorf("%s: %s has %d characters, at most %d", mode, what, n, most)
			}
		}
		short("name", m.Display.Name, 35)
		short("description", m.Display.Description, 140)
		short("bot", m.Features.Bot.Name, 80)
		for _, s := range m.Features.Shortcuts {
			short("shortcut", s.Name, 24)
			short("shortcut text", s.Description, 150)
			short("callback", s.CallbackID, 255)
		}
		if len(m.Features.Commands) != 2 {
			t.Errorf("%d commands", len(m.Features.Commands))
		}
		for _, c := range m.Features.Commands {
			short("command", c.Command, 32)
			short("command text", c.Description, 2000)
			short("hint", c.UsageHint, 1000)
			if !c.ShouldEscape {
				t.Errorf("%s: people arrive as plain names", c.Command)
			}
			if want := map[string]string{slack.ModeHTTP: "https://clock.example.com/team/slack/commands"}[mode]; c.URL != want {
				t.Errorf("%s: address %q, want %q", c.Command, c.URL, want)
			}
		}
		if got := m.OAuthConfig.Scopes.Bot; !slices.Equal(got, []string{"chat:write", "commands", "im:history", "im:write", "users:read"}) {
			t.Errorf("scopes are %q", got)
		}
		if m.Settings.SocketMode != (mode == slack.ModeSocket) || !m.Settings.Interactivity.Enabled {
			t.Errorf("settings are %+v", m.Settings)
		}
	}
	with := manifest(t, slack.ModeSocket, "C1").OAuthConfig.Scopes.Bot
	if !slices.Contains(with, "channels:history") || !slices.Contains(with, "groups:history") {
		t.Errorf("scopes with an alert channel are %q", with)
	}
}
