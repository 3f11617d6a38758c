package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"time"
)

// Config holds every setting of the service. The yaml tags are the keys of the
// file; the environment names are made from the same tags, so that a key can
// never have one without the other. config.example.yaml shows all of them.
type Config struct {
	Listen         string              `yaml:"listen"`          // host:port of the panel, the API and the chat call-backs
	BaseURL        string              `yaml:"base_url"`        // the public address, without a slash at its end
	Database       Secret              `yaml:"database"`        // a path (SQLite) or postgres://…; secret because it may hold a password
	Log            LogConfig           `yaml:"log"`             // level and form of the log on standard error
	Metrics        MetricsConfig       `yaml:"metrics"`         // the listener of its own for Prometheus
	TrustedProxies []string            `yaml:"trusted_proxies"` // CIDRs whose X-Forwarded-* headers are believed
	SignIn         SignInConfig        `yaml:"sign_in"`         // ways to sign in beside the one-time link
	Impersonation  ImpersonationConfig `yaml:"impersonation"`   // limits of "Log in as user"
	Slack          SlackConfig         `yaml:"slack"`           // the connection to one Slack team
	Discord        DiscordConfig       `yaml:"discord"`         // the connection to one Discord guild
	Forgotten      ForgottenConfig     `yaml:"forgotten"`       // the search for forgotten timers
}

// LogConfig says how much is logged and how it looks.
type LogConfig struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // text or json
}

// MetricsConfig is the Prometheus listener; an empty address turns it off.
type MetricsConfig struct {
	Listen string `yaml:"listen"` // host:port of /metrics, e.g. 127.0.0.1:9090; empty: off
}

// SignInConfig lists the ways to sign in.
type SignInConfig struct {
	Password bool       `yaml:"password"` // people may set and use a password
	OIDC     OIDCConfig `yaml:"oidc"`     // single sign-on by OpenID Connect
}

// OIDCConfig is on when Issuer is set; then the other two are needed as well.
type OIDCConfig struct {
	Issuer       string `yaml:"issuer"`        // address of the provider, e.g. https://login.example.com; empty: off
	ClientID     string `yaml:"client_id"`     // what the provider calls this installation
	ClientSecret Secret `yaml:"client_secret"` // the provider's secret for it
}

// ImpersonationConfig limits "Log in as user".
type ImpersonationConfig struct {
	Max             time.Duration `yaml:"max"`              // how long it may last; any positive duration
	OtherWorkspaces string        `yaml:"other_workspaces"` // owned, all or none
}

// SlackConfig connects one Slack team to one workspace.
type SlackConfig struct {
	Enabled       bool   `yaml:"enabled"`        // connect with Slack
	Mode          string `yaml:"mode"`           // socket (no public address needed) or http
	Workspace     string `yaml:"workspace"`      // slug of the workspace that this Slack team is connected to
	BotToken      Secret `yaml:"bot_token"`      // xoxb-…
	AppToken      Secret `yaml:"app_token"`      // xapp-…; needed in socket mode
	SigningSecret Secret `yaml:"signing_secret"` // needed in http mode
	AlertChannel  string `yaml:"alert_channel"`  // id of the channel for alerts, C…; empty: direct messages to the owners
	APIURL        string `yaml:"api_url"`        // Slack's address; another one is for a stand-in
}

// DiscordConfig connects one Discord guild to one workspace.
type DiscordConfig struct {
	Enabled       bool   `yaml:"enabled"`        // connect with Discord
	Mode          string `yaml:"mode"`           // http or gateway (no public address needed)
	Workspace     string `yaml:"workspace"`      // slug of the workspace that this Discord server is connected to
	ApplicationID string `yaml:"application_id"` // of the application
	PublicKey     string `yaml:"public_key"`     // 64 hexadecimal digits; needed in http mode
	BotToken      Secret `yaml:"bot_token"`      // of the application's bot
	GuildID       string `yaml:"guild_id"`       // id of the server
	AlertChannel  string `yaml:"alert_channel"`  // id of the channel for alerts; empty: direct messages to the owners
	APIURL        string `yaml:"api_url"`        // Discord's address; another one is for a stand-in
}

// ForgottenConfig holds the live defaults of the search for forgotten timers;
// a workspace's or a member's own value wins over them.
type ForgottenConfig struct {
	Schedule      string        `yaml:"schedule"`        // five cron fields or "@every 30s"
	After         time.Duration `yaml:"after"`           // how long a timer may run before it is flagged
	RemindEvery   time.Duration `yaml:"remind_every"`    // the time between two reminders
	Reminders     int           `yaml:"reminders"`       // at most so many reminders for a flag
	AskMember     bool          `yaml:"ask_member"`      // ask the member "Still working?" too
	DigestOver    int           `yaml:"digest_over"`     // more new flags than this in a run come as one message
	QuietHours    string        `yaml:"quiet_hours"`     // HH:MM-HH:MM in the workspace's zone; empty: none
	AutoStopAfter time.Duration `yaml:"auto_stop_after"` // counted from the start of the timer; 0: never
}

// Default returns the settings of a service that was given no file and no
// environment. It is the same as config.example.yaml, which a test holds.
func Default() Config {
	return Config{
		Listen:        "127.0.0.1:8080",
		BaseURL:       "http://localhost:8080",
		Database:      "clockwarden.db",
		Log:           LogConfig{Level: "info", Format: "text"},
		SignIn:        SignInConfig{Password: true},
		Impersonation: ImpersonationConfig{Max: 30 * time.Minute, OtherWorkspaces: "owned"},
		Slack:         SlackConfig{Mode: "socket", Workspace: "acme", APIURL: "https://slack.com/api/"},
		Discord:       DiscordConfig{Mode: "http", Workspace: "acme", APIURL: "https://discord.com/api/v10"},
		Forgotten: ForgottenConfig{
			Schedule:    "*/5 * * * *",
			After:       8 * time.Hour,
			RemindEvery: 4 * time.Hour,
			Reminders:   3,
			AskMember:   true,
			DigestOver:  5,
		},
	}
}

// Proxies returns TrustedProxies as prefixes. It expects a Config that passed
// Validate and leaves out what is not a CIDR.
func (c Config) Proxies() []netip.Prefix {
	var prefixes []netip.Prefix
	for _, text := range c.TrustedProxies {
		if p, err := netip.ParsePrefix(text); err == nil {
			prefixes = append(prefixes, p.Masked())
		}
	}
	return prefixes
}

// Secret is a setting that must not be seen: every way of printing, logging or
// encoding it gives dots. Reveal is the only way to its text.
type Secret string

const dots = "•••"

// Reveal returns the secret itself, for the client that needs it.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (s Secret) String() string { return dots }

// Format hides the secret from every verb of fmt, %q, %x and %#v included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, dots) }

// MarshalText hides the secret from JSON, YAML and other encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(dots), nil } //nolint:unparam // the form of encoding.TextMarshaler

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(dots) }
