package slack

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
)

func mustURL(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

type fixedClock struct{ now time.Time }

func (c fixedClock) Now() time.Time { return c.now }

// No input verifies without the secret.
func FuzzVerify(f *testing.F) {
	f.Add("v0=00", "1764000000", "command=x")
	f.Add(fakeslack.Signature("guess", "1764000000", "a=b"), "1764000000", "a=b")
	v := verifier{secret: []byte("8f742231b10e8888abcd99yyyzzz85a5"), clock: fixedClock{time.Unix(1764000000, 0)}}
	f.Fuzz(func(t *testing.T, signature, stamp, body string) {
		h := http.Header{headerSignature: {signature}, headerTimestamp: {stamp}}
		if _, err := v.check(h, []byte(body)); err == nil {
			t.Errorf("accepted %q at %q", signature, stamp)
		}
	})
}

// The example of Slack's documentation.
func TestVerifyKnownSignature(t *testing.T) {
	const (
		body  = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
		stamp = "1531420618"
		want  = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
	)
	v := verifier{secret: []byte("8f742231b10e8888abcd99yyyzzz85a5"), clock: fixedClock{time.Unix(1531420618, 0)}}
	if _, err := v.check(http.Header{headerSignature: {want}, headerTimestamp: {stamp}}, []byte(body)); err != nil {
		t.Error(err)
	}
}

func FuzzInteraction(f *testing.F) {
	f.Add(`{"type":"block_actions","user":{"id":"U1","team_id":"T1"},"actions":[{"action_id":"stop_at.1764000000","value":"x"}],"state":{"values":{"choice":{"choice":{"selected_option":{"value":"now"}}}}}}`)
	f.Add(`{"type":"view_submission","view":{"callback_id":"correct","private_metadata":"{\"id\":\"x\"}","state":{"values":{"end":{"end":{"type":"datetimepicker","selected_date_time":1764000000}}}}}}`)
	f.Add(`{"type":"view_submission","team":null,"view":{"private_metadata":"null"}}`)
	f.Fuzz(func(t *testing.T, body string) {
		in, err := interactionOf([]byte(body))
		if err == nil && in.req.Press != nil && in.req.Submit != nil {
			t.Error("a request asks for two things")
		}
	})
}

// Nothing that people type becomes a mention, a link or a broadcast, and Slack accepts every body.
func FuzzRender(f *testing.F) {
	f.Add("<!channel> & <@U1|x>", "*_~`", "\x02\x1f\x03")
	f.Add("&lt;!here&gt;", "\u202eevil", "https://evil.example|x")
	f.Add("", " ", "\n\n")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		x, y, z := conversation.Literal(a), conversation.Literal(b), conversation.Literal(c)
		r := conversation.Reply{
			Title: x + "!", Text: []conversation.Text{y + ".", z}, Facts: []conversation.Fact{{Label: "l", Value: x}},
			Items:   []conversation.Item{{Title: y, Text: z}},
			Choice:  &conversation.Choice{Label: z + ":", Options: []conversation.Option{{Value: "now", Label: x, Why: y}}, Selected: "now"},
			Buttons: []conversation.Button{{Act: conversation.ButtonUndo, ID: "i", Label: z}}, Note: x + ".",
		}
		if problems := fakeslack.MessageProblems(bottest.JSON(t, message(r))); len(problems) > 0 {
			t.Errorf("%v", problems)
		}
		form := conversation.Form{Act: conversation.FormCorrect, ID: a, Title: x, Intro: y + ".", Submit: z, Fields: []conversation.Field{
			{Name: "d", Label: x, Kind: conversation.FieldText, Value: string(y)},
		}}
		if problems := fakeslack.ViewProblems(bottest.JSON(t, modal(form, inbound{responseURL: c}))); len(problems) > 0 {
			t.Errorf("%v", problems)
		}
	})
}
