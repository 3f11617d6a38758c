package main

import (
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

var (
	slugPattern      = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	channelPattern   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	snowflakePattern = regexp.MustCompile(`^[0-9]{1,20}$`)
	clockPattern     = regexp.MustCompile(`^(?:[01]\d|2[0-3]):[0-5]\d$`)
)

// problem is a setting that cannot be used: the keys whose change would mend
// it, the most likely first, and a sentence for the operator.
type problem struct {
	keys []string
	text string
}

// Validate checks every setting and returns the first problem as a sentence
// that names the key and says what to write. Values are not repeated, since a
// secret may stand in the wrong place.
func (c Config) Validate() error {
	if problems := c.problems(); len(problems) > 0 {
		return errors.New(problems[0].text)
	}
	return nil
}

// checklist gathers problems; a rule that does not hold adds one.
type checklist struct {
	list []problem
}

func (k *checklist) need(ok bool, key, text string, because ...string) {
	if !ok {
		k.list = append(k.list, problem{append([]string{key}, because...), key + " " + text})
	}
}

func (c Config) problems() []problem {
	k := &checklist{}
	k.need(isHostPort(c.Listen), "listen", "must be host:port such as 127.0.0.1:8080")
	k.need(isBaseURL(c.BaseURL), "base_url", "must be an absolute http or https address without path or query such as https://time.example.com")
	c.checkDatabase(k)
	k.need(slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level), "log.level", "must be debug, info, warn or error")
	k.need(slices.Contains([]string{"text", "json"}, c.Log.Format), "log.format", "must be text or json")
	k.need(c.Metrics.Listen == "" || isHostPort(c.Metrics.Listen), "metrics.listen", "must be host:port such as 127.0.0.1:9090, or empty for off")
	k.need(c.Metrics.Listen == "" || c.Metrics.Listen != c.Listen || strings.HasSuffix(c.Listen, ":0"), "metrics.listen", "must differ from listen; choose another port", "listen")
	for _, cidr := range c.TrustedProxies {
		_, err := netip.ParsePrefix(cidr)
		k.need(err == nil, "trusted_proxies", "must hold networks such as 10.0.0.0/8 or single addresses such as 192.0.2.1/32")
	}
	c.SignIn.OIDC.check(k)
	k.need(c.Impersonation.Max > 0, "impersonation.max", "must be longer than zero such as 30m")
	k.need(slices.Contains([]string{"owned", "all", "none"}, c.Impersonation.OtherWorkspaces), "impersonation.other_workspaces", "must be owned, all or none")
	c.Slack.check(k)
	c.Discord.check(k)
	c.Forgotten.check(k)
	return k.list
}

func (c Config) checkDatabase(k *checklist) {
	const key = "database"
	db := c.Database.Reveal()
	if scheme, rest, isURL := strings.Cut(db, "://"); isURL {
		u, err := url.Parse(db)
		known := scheme == "postgres" || scheme == "postgresql"
		k.need(known && rest != "" && err == nil && u.Opaque == "", key, "must be a path or an address such as postgres://user:password@host/name")
		return
	}
	k.need(db != "", key, "must not be empty; write a path such as clockwarden.db or a postgres:// address")
	k.need(!strings.Contains(db, ":memory:"), key, "must be a file, since a database in memory is lost at the stop")
	k.need(!strings.ContainsFunc(db, unicode.IsControl), key, "must not hold control characters")
}

func (c OIDCConfig) check(k *checklist) {
	if c.Issuer == "" && c.ClientID == "" && c.ClientSecret == "" {
		return
	}
	k.need(isHTTPURL(c.Issuer), "sign_in.oidc.issuer", "must be the http or https address of the identity provider", "sign_in.oidc.client_id", "sign_in.oidc.client_secret")
	k.need(c.ClientID != "", "sign_in.oidc.client_id", "must be set together with sign_in.oidc.issuer", "sign_in.oidc.issuer", "sign_in.oidc.client_secret")
	k.need(isToken(c.ClientSecret), "sign_in.oidc.client_secret", "must be set together with sign_in.oidc.issuer, without spaces", "sign_in.oidc.issuer", "sign_in.oidc.client_id")
}

func (c SlackConfig) check(k *checklist) {
	const on = "slack.enabled"
	k.need(c.Mode == "socket" || c.Mode == "http", "slack.mode", "must be socket or http")
	k.need(isHTTPURL(c.APIURL), "slack.api_url", "must be an http or https address such as https://slack.com/api/")
	k.need(c.AlertChannel == "" || channelPattern.MatchString(c.AlertChannel), "slack.alert_channel", "must be a channel id such as C0123456789, not a name, or empty")
	k.need(!strings.HasPrefix(c.BotToken.Reveal(), "xapp-"), "slack.bot_token", "holds an app-level token (xapp-…); write the bot token (xoxb-…)")
	k.need(!strings.HasPrefix(c.AppToken.Reveal(), "xoxb-"), "slack.app_token", "holds a bot token (xoxb-…); write the app-level token (xapp-…)")
	if !c.Enabled {
		return
	}
	k.need(slugPattern.MatchString(c.Workspace), "slack.workspace", "must be the slug of a workspace such as acme when Slack is enabled", on)
	k.need(isToken(c.BotToken), "slack.bot_token", "must be set, without spaces, when Slack is enabled (xoxb-… from OAuth & Permissions)", on)
	if c.Mode == "socket" {
		k.need(isToken(c.AppToken), "slack.app_token", "must be set, without spaces, in socket mode (xapp-… from Basic Information)", "slack.mode", on)
	}
	if c.Mode == "http" {
		k.need(isToken(c.SigningSecret), "slack.signing_secret", "must be set, without spaces, in http mode (from Basic Information)", "slack.mode", on)
	}
}

func (c DiscordConfig) check(k *checklist) {
	const on = "discord.enabled"
	k.need(c.Mode == "http" || c.Mode == "gateway", "discord.mode", "must be http or gateway")
	k.need(isHTTPURL(c.APIURL), "discord.api_url", "must be an http or https address such as https://discord.com/api/v10")
	k.need(c.AlertChannel == "" || channelPattern.MatchString(c.AlertChannel), "discord.alert_channel", "must be the id of a channel, not its name, or empty")
	k.need(c.GuildID == "" || snowflakePattern.MatchString(c.GuildID), "discord.guild_id", "must be the id of a server (digits), not its name")
	k.need(c.ApplicationID == "" || snowflakePattern.MatchString(c.ApplicationID), "discord.application_id", "must be the id of the application: digits (from General Information)")
	k.need(c.PublicKey == "" || isPublicKey(c.PublicKey), "discord.public_key", "must be 64 hexadecimal digits (from General Information)")
	if !c.Enabled {
		return
	}
	k.need(slugPattern.MatchString(c.Workspace), "discord.workspace", "must be the slug of a workspace such as acme when Discord is enabled", on)
	k.need(c.ApplicationID != "", "discord.application_id", "must be set to the id of the application when Discord is enabled", on)
	k.need(isToken(c.BotToken), "discord.bot_token", "must be set, without spaces, when Discord is enabled", on)
	if c.Mode == "http" {
		k.need(c.PublicKey != "", "discord.public_key", "must be set in http mode: 64 hexadecimal digits (from General Information)", "discord.mode", on)
	}
	k.need(c.GuildID != "", "discord.guild_id", "must be set to the id of the server when Discord is enabled", on)
}

func (c ForgottenConfig) check(k *checklist) {
	if _, err := parseSchedule(c.Schedule); err != nil {
		k.need(false, "forgotten.schedule", err.Error())
	}
	k.need(c.After > 0, "forgotten.after", "must be longer than zero such as 8h")
	k.need(c.RemindEvery > 0, "forgotten.remind_every", "must be longer than zero such as 4h")
	k.need(c.Reminders >= 0 && c.Reminders <= 100, "forgotten.reminders", "must be between 0 and 100")
	k.need(c.DigestOver >= 0 && c.DigestOver <= 1000, "forgotten.digest_over", "must be between 0 and 1000")
	k.need(isQuietHours(c.QuietHours), "forgotten.quiet_hours", "must be a span such as 22:00-07:00, or empty")
	k.need(c.AutoStopAfter >= 0 && c.AutoStopAfter <= 10*365*24*time.Hour, "forgotten.auto_stop_after", "must be zero for never, or a duration such as 16h")
}

func isHostPort(text string) bool {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil && isHost(host)
}

// isHost accepts an empty host (every interface), an IP address and a name.
func isHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '.' && r != '_'
	})
}

func isHTTPURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || !isHost(u.Hostname()) {
		return false
	}
	if strings.HasSuffix(u.Host, ":") {
		return false
	}
	if u.Port() != "" {
		if _, err := strconv.ParseUint(u.Port(), 10, 16); err != nil {
			return false
		}
	}
	return u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && !strings.Contains(text, "#")
}

func isBaseURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isHTTPURL(text) && (u.Path == "" || u.Path == "/")
}

// isToken reports whether a secret is there and free of the spaces and line
// breaks that come with careless copying.
func isToken(s Secret) bool {
	text := s.Reveal()
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

func isPublicKey(text string) bool {
	key, err := hex.DecodeString(text)
	return err == nil && len(key) == 32
}

func isQuietHours(text string) bool {
	if text == "" {
		return true
	}
	from, to, ok := strings.Cut(text, "-")
	return ok && from != to && clockPattern.MatchString(from) && clockPattern.MatchString(to)
}
