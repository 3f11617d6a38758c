package discord_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/bot/bottest"
)

// Every golden body, and the command list, fits into the schemas of Discord's own document.
func TestBodiesFitDiscordsSchemas(t *testing.T) {
	if out, err := bottest.Node(t, nil, "check.mjs", "discord", filepath.Join("testdata", "golden")); err != nil {
		t.Errorf("%v\n%s", err, out)
	}

	// The check finds what is wrong.
	broken := t.TempDir()
	bodies := map[string]string{
		"callback.label.json":    `{"type":4,"data":{"content":"x","components":[{"type":1,"components":[{"type":2,"style":2,"custom_id":"a","label":"` + strings.Repeat("x", 81) + `"}]}]}}`,
		"callback.content.json":  `{"type":4,"data":{"content":"` + strings.Repeat("x", 2001) + `"}}`,
		"callback.title.json":    `{"type":9,"data":{"custom_id":"a","title":"` + strings.Repeat("x", 46) + `","components":[{"type":1,"components":[{"type":4,"custom_id":"a","style":1,"label":"x"}]}]}}`,
		"callback.unknown.json":  `{"type":4,"data":{"content":"x","nonsense":1}}`,
		"callback.kind.json":     `{"type":77,"data":{}}`,
		"callback.options.json":  `{"type":4,"data":{"content":"x","components":[{"type":1,"components":[{"type":3,"custom_id":"a","options":[]}]}]}}`,
		"post.field.json":        `{"content":"x","embeds":[{"fields":[{"name":"` + strings.Repeat("x", 257) + `","value":"x"}]}]}`,
		"commands.name.json":     `[{"type":1,"name":"` + strings.Repeat("x", 33) + `","description":"x"}]`,
		"nothing.we.know.json":   `{}`,
		"callback.embedkey.json": `{"type":7,"data":{"embeds":[{"fieldz":[]}]}}`,
	}
	for name, body := range bodies {
		if err := os.WriteFile(filepath.Join(broken, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := bottest.Node(t, nil, "check.mjs", "discord", broken)
	if err == nil {
		t.Error("broken bodies pass")
	}
	for name := range bodies {
		if !strings.Contains(out, name) {
			t.Errorf("%s passes:\n%s", name, out)
		}
	}
}

// Discord's own package and this program agree on which signatures are good.
func TestSignaturesAsDiscordJudgesThem(t *testing.T) {
	h := newHouse(t, setup{})
	type request struct {
		Key       string `json:"key"`
		Timestamp string `json:"timestamp"`
		Body      string `json:"body"`
		Signature string `json:"signature"`
	}
	var cases []request
	for i, body := range []string{`{"type":1}`, `{"type":1,"x":"ä😀"}`, `{ "type" : 1 }`, `{"type":1,"a":1}`, `{"type":1,"a":2}`, `{"type":1,"a":3}`, `{"type":1,"a":4}`} {
		r := h.fake.Signed(body)
		cases = append(cases, request{h.fake.PublicKey(), r.Header.Get(stamp), body, r.Header.Get(signature)})
		flipped := "0"
		if cases[i].Signature[0] == '0' {
			flipped = "1"
		}
		switch i {
		case 3:
			cases[i].Body += " "
		case 4:
			cases[i].Signature = flipped + cases[i].Signature[1:]
		case 5:
			cases[i].Timestamp = strconv.FormatInt(h.Clock.Now().Unix()+1, 10)
		case 6:
			cases[i].Signature = cases[i-1].Signature
		}
	}
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	out, err := bottest.Node(t, input, "signature-discord.mjs")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var theirs []bool
	if err := json.Unmarshal([]byte(out), &theirs); err != nil || len(theirs) != len(cases) {
		t.Fatalf("%v: %s", err, out)
	}
	if !slices.Contains(theirs, true) || !slices.Contains(theirs, false) {
		t.Fatalf("they say %v", theirs)
	}
	for i, c := range cases {
		r := h.fake.Unsigned(c.Body)
		r.Header.Set(stamp, c.Timestamp)
		r.Header.Set(signature, c.Signature)
		status, _ := h.fake.Send(r)
		if good := status == http.StatusOK; good != theirs[i] {
			t.Errorf("%+v: status %d, they say %v", c, status, theirs[i])
		}
	}
}
