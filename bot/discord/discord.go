// Package discord speaks with Discord: it verifies and decodes what Discord sends, renders a
// conversation.Reply as a message or a modal, and posts and edits messages. It is the only importer of
// discordgo and decides nothing.
package discord

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// Options configures a Discord.
type Options struct {
	Service       *core.Service         // required
	Catalog       *locale.Catalog       // required
	Conversation  *conversation.Handler // required
	Log           *slog.Logger          // nil: discard
	Clock         core.Clock            // required
	Mode          string                // ModeHTTP or ModeGateway
	ApplicationID string                // required
	PublicKey     string                // required in HTTP mode: 64 hexadecimal digits
	BotToken      string                // required
	GuildID       string                // required: the only server that is answered
	AlertChannel  string                // core decides from its own settings, this is for checks
	APIURL        string                // empty: Discord's own, version 10; else e.g. of a stand-in
	Workspace     string                // slug of the workspace this guild is connected to
	BaseURL       *url.URL              // required
}

// The modes.
const (
	ModeHTTP    = "http"
	ModeGateway = "gateway"
)

const discordAPI = "https://discord.com/api/v10"

// Discord is a connected Discord guild. It implements bot.Platform.
type Discord struct {
	svc       *core.Service
	catalog   *locale.Catalog
	words     *conversation.Handler
	log       *slog.Logger
	clock     core.Clock
	mode      string
	app       string // id of the application
	guild     string
	workspace string
	base      *url.URL
	verify    verifier
	api       *client
	jobs      *bot.Jobs
	strangers *bot.Strangers
}

// New makes a Discord. Until Run, only its Handler works.
func New(o Options) (*Discord, error) {
	if o.Service == nil || o.Catalog == nil || o.Conversation == nil || o.Clock == nil || o.BaseURL == nil {
		return nil, errors.New("discord.New: Service, Catalog, Conversation, Clock and BaseURL are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Mode != ModeHTTP && o.Mode != ModeGateway {
		return nil, fmt.Errorf("discord.mode %q is not http or gateway", o.Mode)
	}
	if !isSnowflake(o.ApplicationID) {
		return nil, errors.New("discord.application_id is missing or no id; copy the Application ID of the Discord app (General Information)")
	}
	if !isSnowflake(o.GuildID) {
		return nil, errors.New("discord.guild_id is missing or no id; copy the id of the server (Developer Mode, then Copy Server ID)")
	}
	if o.BotToken == "" {
		return nil, errors.New("discord.bot_token is missing; copy the Token of the Discord app (Bot)")
	}
	key, err := publicKey(o.PublicKey)
	if err != nil && (o.Mode == ModeHTTP || o.PublicKey != "") {
		return nil, err
	}
	if o.APIURL == "" {
		o.APIURL = discordAPI
	}
	api, err := url.Parse(strings.TrimSuffix(o.APIURL, "/"))
	if err != nil || api.Host == "" || api.Scheme != "https" && api.Scheme != "http" {
		return nil, errors.New("discord.api_url is not an http or https address")
	}
	rest, err := newClient(o.BotToken, api)
	if err != nil {
		return nil, err
	}
	return &Discord{
		svc: o.Service, catalog: o.Catalog, words: o.Conversation, log: o.Log, clock: o.Clock,
		mode: o.Mode, app: o.ApplicationID, guild: o.GuildID, workspace: o.Workspace, base: o.BaseURL,
		verify:    verifier{key: key, clock: o.Clock},
		api:       rest,
		jobs:      bot.NewJobs(),
		strangers: bot.NewStrangers(o.Log, o.Clock),
	}, nil
}

// publicKey reads the key that Discord's requests are signed with.
func publicKey(text string) (ed25519.PublicKey, error) {
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("discord.public_key is not 64 hexadecimal digits; copy the Public Key of the Discord app (General Information)")
	}
	return key, nil
}

// isSnowflake tells whether a text is an id of Discord's.
func isSnowflake(text string) bool {
	if text == "" || len(text) > 20 {
		return false
	}
	return strings.Trim(text, "0123456789") == ""
}

// Name is "discord".
func (d *Discord) Name() string { return core.PlatformDiscord }

// drainFor is how long answers that are on their way may take when the program stops: it waits a little longer for them.
const drainFor = 4 * time.Second

// Run registers the commands where Discord does not have them as they are, follows who leaves the server,
// listens to the gateway in gateway mode, and at the end of ctx waits for the answers that are on their way. It ends with an
// error when Discord does not accept a setting of the gateway.
func (d *Discord) Run(ctx context.Context) error {
	defer d.api.close()
	defer d.jobs.Drain(drainFor)
	beside, cancel := context.WithCancel(ctx)
	var others sync.WaitGroup
	others.Go(func() { d.register(beside) })
	others.Go(func() { d.followPeople(beside) })
	defer func() {
		cancel()
		others.Wait()
	}()
	if d.mode == ModeGateway {
		return d.runGateway(ctx)
	}
	<-ctx.Done()
	return nil
}

// Handler serves POST /discord/interactions. In gateway mode it answers 404.
func (d *Discord) Handler() http.Handler {
	mux := http.NewServeMux()
	if d.mode == ModeHTTP {
		mux.HandleFunc("POST /discord/interactions", d.receive)
	}
	return mux
}
