// Package slack speaks with Slack: it verifies and decodes what Slack sends, renders a
// conversation.Reply as blocks, and posts and edits messages. It is the only importer of slack-go
// and decides nothing.
package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// Options configures a Slack.
type Options struct {
	Service       *core.Service         // required
	Catalog       *locale.Catalog       // required
	Conversation  *conversation.Handler // required
	Log           *slog.Logger          // nil: discard
	Clock         core.Clock            // required
	Mode          string                // ModeSocket or ModeHTTP
	BotToken      string                // required
	AppToken      string                // required in socket mode
	SigningSecret string                // required in HTTP mode
	AlertChannel  string                // C…; core decides from its own settings, this is for checks
	APIURL        string                // empty: Slack's own; else e.g. of a stand-in, ending with a slash
	Workspace     string                // slug of the workspace this team is connected to
	BaseURL       *url.URL              // required
}

// The modes.
const (
	ModeSocket = "socket"
	ModeHTTP   = "http"
)

const slackAPI = "https://slack.com/api/"

// Slack is a connected Slack team. It implements bot.Platform.
type Slack struct {
	svc       *core.Service
	catalog   *locale.Catalog
	words     *conversation.Handler
	log       *slog.Logger
	clock     core.Clock
	mode      string
	workspace string
	verify    verifier
	api       *client
	answers   *answerer
	jobs      *bot.Jobs
	strangers *bot.Strangers
	locales   locales
	homes     homes
}

// New makes a Slack. Until Run, only its Handler works.
func New(o Options) (*Slack, error) {
	if o.Service == nil || o.Catalog == nil || o.Conversation == nil || o.Clock == nil || o.BaseURL == nil {
		return nil, errors.New("slack.New: Service, Catalog, Conversation, Clock and BaseURL are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.BotToken == "" {
		return nil, errors.New("slack.bot_token is missing; copy the Bot User OAuth Token of the Slack app (xoxb-…)")
	}
	switch o.Mode {
	case ModeHTTP:
		if o.SigningSecret == "" {
			return nil, errors.New("slack.signing_secret is missing; mode http needs the Signing Secret of the Slack app")
		}
	case ModeSocket:
		if o.AppToken == "" {
			return nil, errors.New("slack.app_token is missing; mode socket needs an App-Level Token of the Slack app (xapp-…)")
		}
	default:
		return nil, fmt.Errorf("slack.mode %q is not socket or http", o.Mode)
	}
	if o.APIURL == "" {
		o.APIURL = slackAPI
	}
	if !strings.HasSuffix(o.APIURL, "/") {
		o.APIURL += "/"
	}
	api, err := url.Parse(o.APIURL)
	if err != nil || api.Host == "" || api.Scheme != "https" && api.Scheme != "http" {
		return nil, errors.New("slack.api_url is not an http or https address")
	}
	return &Slack{
		svc: o.Service, catalog: o.Catalog, words: o.Conversation, log: o.Log, clock: o.Clock,
		mode: o.Mode, workspace: o.Workspace,
		verify:    verifier{secret: []byte(o.SigningSecret), clock: o.Clock},
		api:       newClient(o.BotToken, o.AppToken, o.APIURL),
		answers:   newAnswerer(api, o.Log),
		jobs:      bot.NewJobs(),
		strangers: bot.NewStrangers(o.Log, o.Clock),
	}, nil
}

// Name is "slack".
func (s *Slack) Name() string { return core.PlatformSlack }

// drainFor is how long answers that are on their way may take when the program stops: it waits a little longer for them.
const drainFor = 4 * time.Second

// Run checks the token, holds the connection in socket mode, and at the end of ctx waits for the
// answers that are on their way.
func (s *Slack) Run(ctx context.Context) error {
	defer s.jobs.Drain(drainFor)
	defer s.api.http.CloseIdleConnections()
	defer s.answers.http.CloseIdleConnections()
	go s.checkToken(ctx)
	if s.mode == ModeSocket {
		s.runSocket(ctx)
	}
	<-ctx.Done()
	return nil
}

// checkToken logs once whether Slack accepts the token. Nothing waits for it.
func (s *Slack) checkToken(ctx context.Context) {
	team, err := s.api.authTest(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.log.Error("Slack does not accept the bot token or can't be reached", "error", err.Error())
	default:
		s.log.Info("connected to Slack", "team", team, "mode", s.mode)
	}
}

// Handler serves POST /slack/commands, /slack/interactions, /slack/events and /slack/options. In
// socket mode it answers 404 to all of them.
func (s *Slack) Handler() http.Handler {
	mux := http.NewServeMux()
	if s.mode == ModeHTTP {
		mux.Handle("POST /slack/commands", s.verified(formType, s.command))
		mux.Handle("POST /slack/interactions", s.verified(formType, s.interaction))
		mux.Handle("POST /slack/options", s.verified(formType, s.options))
		mux.Handle("POST /slack/events", s.verified(jsonType, s.event))
	}
	return mux
}
