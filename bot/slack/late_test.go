package slack

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// A reply that is not ready in time goes to the response_url, once.
func TestLateReply(t *testing.T) {
	h := coretest.New(t)
	h.MustLink("dana", core.PlatformSlack, "T1", "UDANA")
	posted := make(chan body, 2)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var b struct {
			Text string `json:"text"`
		}
		if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
			t.Error(err)
		}
		posted <- body{Text: b.Text}
	}))
	defer server.Close()
	parts := bottest.NewParts(t, h.Service)
	s, err := New(Options{
		Service: h.Service, Catalog: parts.Catalog, Conversation: parts.Words, Clock: h.Clock, Mode: ModeHTTP,
		BotToken: "x", SigningSecret: "x", APIURL: server.URL, Workspace: "acme", BaseURL: parts.Base,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.answers.http.CloseIdleConnections()

	release := bottest.Hold(t, h.Store)
	in := commandOf(map[string][]string{
		"command": {"/timer"}, "text": {"start late"}, "team_id": {"T1"}, "user_id": {"UDANA"}, "response_url": {server.URL + "/response/1"},
	})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, state := s.await(ctx, in); state != later {
		t.Errorf("state %d while the store is busy", state)
	}
	release()
	s.jobs.Drain(10 * time.Second)
	if len(posted) != 1 {
		t.Fatalf("%d answers", len(posted))
	}
	if b := <-posted; !strings.Contains(b.Text, "Your timer is running") {
		t.Errorf("answer is %q", b.Text)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	h := coretest.New(t)
	parts := bottest.NewParts(t, h.Service)
	good := Options{
		Service: h.Service, Catalog: parts.Catalog, Conversation: parts.Words, Clock: h.Clock, BaseURL: parts.Base,
		Mode: ModeHTTP, BotToken: "xoxb", SigningSecret: "s", AppToken: "xapp",
	}
	tests := []struct {
		name   string
		change func(o *Options)
		want   string
	}{
		{"http", func(*Options) {}, ""},
		{"socket", func(o *Options) { o.Mode, o.SigningSecret = ModeSocket, "" }, ""},
		{"no service", func(o *Options) { o.Service = nil }, "required"},
		{"no token", func(o *Options) { o.BotToken = "" }, "slack.bot_token"},
		{"no secret", func(o *Options) { o.SigningSecret = "" }, "slack.signing_secret"},
		{"no app token", func(o *Options) { o.Mode, o.AppToken = ModeSocket, "" }, "slack.app_token"},
		{"another mode", func(o *Options) { o.Mode = "rtm" }, "slack.mode"},
		{"no address", func(o *Options) { o.APIURL = "slack" }, "slack.api_url"},
	}
	for _, tt := range tests {
		o := good
		tt.change(&o)
		_, err := New(o)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
