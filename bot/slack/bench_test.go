package slack_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// benched is an app over real HTTP, with a response_url that tells when the answer came.
type benched struct {
	*coretest.House
	app      *httptest.Server
	answered chan []byte
	answers  *httptest.Server
	serial   int
}

func newBenched(b *testing.B) *benched {
	b.Helper()
	h := &benched{House: coretest.New(b), answered: make(chan []byte, 1)}
	h.MustLink("olivia", core.PlatformSlack, "T1", "UOLIVIA")
	h.MustLink("dana", core.PlatformSlack, "T1", "UDANA")
	h.answers = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.answered <- body
	}))
	b.Cleanup(h.answers.Close)
	parts := bottest.NewParts(b, h.Service)
	app, err := slack.New(slack.Options{
		Service: h.Service, Catalog: parts.Catalog, Conversation: parts.Words, Clock: h.Clock, Mode: slack.ModeHTTP,
		BotToken: "xoxb", SigningSecret: "secret", APIURL: h.answers.URL, Workspace: "acme", BaseURL: parts.Base,
	})
	if err != nil {
		b.Fatal(err)
	}
	h.app = httptest.NewServer(app.Handler())
	b.Cleanup(h.app.Close)
	return h
}

// post sends a signed form and returns the answer with how long it took.
func (h *benched) post(b *testing.B, address string, form url.Values) ([]byte, time.Duration) {
	b.Helper()
	h.serial++
	form.Set("n", strconv.Itoa(h.serial)) // no two requests are the same
	body := form.Encode()
	stamp := strconv.FormatInt(h.Clock.Now().Unix(), 10)
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, address, bytes.NewBufferString(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", fakeslack.Signature("secret", stamp, body))
	began := time.Now()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Fatalf("status %d, %v: %s", resp.StatusCode, err, answer)
	}
	return answer, time.Since(began)
}

func (h *benched) command(text string) url.Values {
	return url.Values{
		"command": {"/accounts"}, "text": {text}, "team_id": {"T1"}, "user_id": {"UOLIVIA"}, "response_url": {h.answers.URL + "/r"}, "trigger_id": {"t"},
	}
}

var opaqueButton = regexp.MustCompile(`"value":"([A-Za-z0-9_-]{22})"`) // of Confirm and of Cancel

// BenchmarkSignatureToAnswer measures, over real HTTP and on a real database with durable commits, a
// slash command up to its answer, and a click on Confirm up to its result at the response_url, beside a
// bare net/http handler that reads the same form and answers a body of about the same length.
func BenchmarkSignatureToAnswer(b *testing.B) {
	h := newBenched(b)
	card, _ := h.post(b, h.app.URL+"/slack/commands", h.command("help"))
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(card)
	}))
	b.Cleanup(bare.Close)
	var command, confirm, plain []time.Duration
	for b.Loop() {
		h.Clock.Advance(time.Hour) // the timer of the round before is over
		h.MustStart("dana", "Bench", h.Clock.Now().Add(-30*time.Minute))
		answer, took := h.post(b, h.app.URL+"/slack/commands", h.command("stop-timer <@UDANA>"))
		command = append(command, took)
		found := opaqueButton.FindSubmatch(answer)
		if found == nil {
			b.Fatalf("no button: %s", answer)
		}
		id := string(found[1])
		payload := `{"type":"block_actions","user":{"id":"UOLIVIA","team_id":"T1"},"trigger_id":"t","response_url":"` + h.answers.URL +
			`/r","actions":[{"action_id":"confirm","value":"` + id + `"}],"state":{"values":{"choice":{"choice":{"type":"radio_buttons","selected_option":{"value":"now"}}}}}}`
		began := time.Now()
		h.post(b, h.app.URL+"/slack/interactions", url.Values{"payload": {payload}})
		result := <-h.answered
		confirm = append(confirm, time.Since(began))
		if !bytes.Contains(result, []byte("Stopped")) {
			b.Fatalf("not stopped: %s", result)
		}
		_, took = h.post(b, bare.URL, h.command("stop-timer <@UDANA>"))
		plain = append(plain, took)
	}
	bottest.Percentiles(b, "stop-timer", command)
	bottest.Percentiles(b, "confirm", confirm)
	bottest.Percentiles(b, "bare", plain)
}
