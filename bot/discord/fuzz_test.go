package discord

import (
	"crypto/ed25519"
	"net/http"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
)

type fixedClock struct{ now time.Time }

func (c fixedClock) Now() time.Time { return c.now }

// No input verifies without the key.
func FuzzVerify(f *testing.F) {
	_, other, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	own, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("00", "1764000000", "{}")
	f.Add(fakediscord.Signature(other, "1764000000", "{}"), "1764000000", "{}")
	v := verifier{key: own, clock: fixedClock{time.Unix(1764000000, 0)}}
	f.Fuzz(func(t *testing.T, signature, stamp, body string) {
		h := http.Header{headerSignature: {signature}, headerTimestamp: {stamp}}
		if err := v.check(h, []byte(body)); err == nil {
			t.Errorf("accepted %q at %q", signature, stamp)
		}
	})
}

// A key of another length refuses everything and fails on nothing.
func TestVerifyWithoutAKey(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{headerSignature: {fakediscord.Signature(key, "1764000000", "{}")}, headerTimestamp: {"1764000000"}}
	for _, n := range []int{0, 31, 33} {
		v := verifier{key: make([]byte, n), clock: fixedClock{time.Unix(1764000000, 0)}}
		if err := v.check(h, []byte("{}")); err == nil {
			t.Errorf("a key of %d bytes accepts", n)
		}
	}
}

func FuzzInteraction(f *testing.F) {
	f.Add(`{"id":"1","application_id":"2","type":3,"token":"x","guild_id":"4","member":{"user":{"id":"3"}},"data":{"component_type":2,"custom_id":"stop_at.1764000000|x"},"message":{"flags":64,"components":[{"type":1,"components":[{"type":3,"custom_id":"choice","options":[{"value":"now","default":true}]}]}]}}`)
	f.Add(`{"id":"1","application_id":"2","type":3,"token":"x","user":{"id":"3"},"data":{"component_type":3,"custom_id":"choice","values":["now"]},"message":{"flags":64,"embeds":[{"fields":[{"name":"End","value":"x"}]}],"components":[{"type":1,"components":[{"type":3,"custom_id":"choice","placeholder":"End","options":[{"value":"now","label":"n"}]},{"type":2,"custom_id":"check|notify|on","label":"☑ x"}]}]}}`)
	f.Add(`{"id":"1","application_id":"2","type":2,"token":"x","member":{"user":{"id":"3"}},"data":{"type":1,"name":"accounts","options":[{"type":1,"name":"stop-timer","options":[{"type":6,"name":"user","value":"3"},{"name":"at","value":5,"focused":true}]}]}}`)
	f.Add(`{"id":"1","application_id":"2","type":5,"token":"x","member":{"user":{"id":"3"}},"data":{"custom_id":"correct|x|apart","components":[{"type":18,"component":{}},{"type":1,"components":[{"type":4,"custom_id":"end","value":"17:30"}]}]}}`)
	f.Add(`{"id":"1","application_id":"2","type":4,"token":"x","member":null,"user":null,"data":null}`)
	f.Fuzz(func(t *testing.T, body string) {
		in, err := interactionOf([]byte(body))
		if err != nil || in.Type == kindPing {
			return
		}
		asked := 0
		for _, is := range []bool{in.req.Chosen != nil, in.req.Press != nil, in.req.Submit != nil, in.marked != nil} {
			if is {
				asked++
			}
		}
		if asked > 1 {
			t.Error("an interaction asks for several things")
		}
		if in.marked != nil && in.Message != nil {
			_ = in.changed()
		}
	})
}

// Nothing that people type becomes a mention, a link or code, and Discord accepts every body.
func FuzzRender(f *testing.F) {
	f.Add("@everyone & <@1>", "*_~`", "\x02\x1f\x03")
	f.Add("https://evil.example", "\u202eevil", "[x](https://evil.example)")
	f.Add("", " ", "\n\n")
	f.Add("1. x", "# y", "\\")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		x, y, z := conversation.Literal(a), conversation.Literal(b), conversation.Literal(c)
		r := conversation.Reply{
			Title: x, Text: []conversation.Text{y, z}, Facts: []conversation.Fact{{Label: y, Value: x}},
			Items:   []conversation.Item{{Title: y, Text: z, Buttons: []conversation.Button{{Act: conversation.ButtonStop, ID: "i", Label: x}}}},
			Choice:  &conversation.Choice{Label: z, Options: []conversation.Option{{Value: "now", Label: x, Why: y}}, Selected: "now"},
			Checks:  []conversation.Check{{Name: "notify", Label: y}},
			Buttons: []conversation.Button{{Act: conversation.ButtonUndo, ID: "i", Label: z}}, Note: x, Menu: z,
		}
		for _, reply := range []conversation.Reply{r, {Title: x, Text: []conversation.Text{y}, Note: z}} {
			if problems := fakediscord.MessageProblems(bottest.JSON(t, ephemeral(reply))); len(problems) > 0 {
				t.Errorf("%v", problems)
			}
		}
		form := conversation.Form{Act: conversation.FormCorrect, ID: "i", Title: x, Intro: y + ".", Submit: z, Fields: []conversation.Field{
			{Name: "d", Label: x, Hint: z, Kind: conversation.FieldText, Value: string(y)},
		}}
		if problems := fakediscord.ModalProblems(bottest.JSON(t, modalOf(form))); len(problems) > 0 {
			t.Errorf("%v", problems)
		}
	})
}
