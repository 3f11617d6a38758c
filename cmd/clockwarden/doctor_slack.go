package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/core"
)

// slackAnswer is what the methods that doctor calls have in common.
type slackAnswer struct {
	OK      bool   `json:"ok"`
	Error   string `json:"error"`
	Team    string `json:"team"`
	TeamID  string `json:"team_id"`
	Channel struct {
		IsMember bool `json:"is_member"`
	} `json:"channel"`
}

// slackCall calls a method of the Web API; scopes are those of the token, where
// Slack tells them.
func (d *doctor) slackCall(ctx context.Context, method string, token Secret, args url.Values) (said slackAnswer, scopes string, err error) {
	got, err := d.web.call(ctx, http.MethodPost, d.cfg.Slack.APIURL+method, map[string]string{
		"Authorization": "Bearer " + token.Reveal(), "Content-Type": "application/x-www-form-urlencoded",
	}, args.Encode())
	if err != nil {
		return said, "", err
	}
	if err := json.Unmarshal(got.body, &said); err != nil {
		said.Error = "http_" + http.StatusText(got.status)
	}
	said.Error = oneLine(said.Error, 100)
	return said, got.header.Get("X-Oauth-Scopes"), nil
}

// tokenRefused are Slack's words for a token that is of no use.
var tokenRefused = []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "no_permission", "not_allowed_token_type"}

var signingSecretForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

func (d *doctor) checkSlack(ctx context.Context) {
	c := d.cfg.Slack
	if !c.Enabled {
		d.ok("slack", "slack_off", nil)
		return
	}
	if d.knows(c.Workspace) {
		d.ok("slack.workspace", "chat_workspace", map[string]any{"Slug": c.Workspace})
	} else {
		d.fail("slack.workspace", "chat_workspace_unknown", map[string]any{"Slug": c.Workspace, "Setting": "slack.workspace"})
	}
	if d.checkSlackToken(ctx) {
		d.checkSlackChannel(ctx)
	}
	if c.Mode == slack.ModeSocket {
		d.checkSlackSocket(ctx)
	} else {
		d.checkSlackHTTP(ctx)
	}
	// Slack lets no bot ask for the settings of its app.
	d.ok("slack.app", "slack_app", nil)
}

// checkSlackToken tells whether the token works at all.
func (d *doctor) checkSlackToken(ctx context.Context) bool {
	const name = "slack.token"
	said, scopes, err := d.slackCall(ctx, "auth.test", d.cfg.Slack.BotToken, nil)
	params := map[string]any{"Error": said.Error}
	switch {
	case err != nil:
		d.fail(name, "slack_unreachable", map[string]any{"URL": d.cfg.Slack.APIURL, "Error": why(err)})
		return false
	case slices.Contains(tokenRefused, said.Error):
		d.fail(name, "slack_token_refused", params)
		return false
	case !said.OK:
		d.fail(name, "slack_unwell", params)
		return false
	}
	d.ok(name, "slack_token", map[string]any{"Team": oneLine(said.TeamID+" "+said.Team, 100)})
	d.checkTeam("slack.team", core.PlatformSlack, d.cfg.Slack.Workspace, said.TeamID)
	d.checkSlackScopes(scopes)
	return true
}

// checkTeam looks for chat accounts that were linked in another place: nobody
// answers to them.
func (d *doctor) checkTeam(name, platform, slug, team string) {
	linked := d.teams[platform+" "+slug]
	if slices.ContainsFunc(linked, func(t string) bool { return t != team }) {
		d.warn(name, "chat_other_team", map[string]any{"Team": oneLine(team, 60), "Linked": oneLine(strings.Join(linked, ", "), 200)})
		return
	}
	d.ok(name, "chat_team", map[string]any{"Team": oneLine(team, 60)})
}

func (d *doctor) checkSlackScopes(told string) {
	const name = "slack.scopes"
	if told == "" {
		d.warn(name, "slack_scopes_untold", nil)
		return
	}
	var have, missing []string
	for scope := range strings.SplitSeq(told, ",") {
		have = append(have, strings.TrimSpace(scope))
	}
	for _, scope := range d.slackScopes() {
		if !slices.Contains(have, scope) {
			missing = append(missing, scope)
		}
	}
	if len(missing) > 0 {
		d.fail(name, "slack_scopes_missing", map[string]any{"Scopes": strings.Join(missing, ", ")})
		return
	}
	d.ok(name, "slack_scopes", map[string]any{"Count": len(d.slackScopes())})
}

// slackScopes are what the manifest of this installation asks for.
func (d *doctor) slackScopes() []string {
	return slack.NewManifest(slack.ManifestOptions{
		Catalog: d.inv.catalog, Mode: d.cfg.Slack.Mode, BaseURL: d.base, AlertChannel: d.cfg.Slack.AlertChannel,
	}).OAuthConfig.Scopes.Bot
}

// checkSlackChannel asks whether the bot is where alerts go. Our scopes don't
// let us ask directly, so where that is refused the channel's history answers.
func (d *doctor) checkSlackChannel(ctx context.Context) {
	const name = "slack.alert_channel"
	channel := d.cfg.Slack.AlertChannel
	if channel == "" {
		d.ok(name, "channel_direct", nil)
		return
	}
	params := map[string]any{"Channel": channel, "Setting": name}
	said, _, err := d.slackCall(ctx, "conversations.info", d.cfg.Slack.BotToken, url.Values{"channel": {channel}})
	member := said.Channel.IsMember
	if err == nil && said.Error == "missing_scope" {
		said, _, err = d.slackCall(ctx, "conversations.history", d.cfg.Slack.BotToken, url.Values{"channel": {channel}, "limit": {"1"}})
		member = said.Error != "not_in_channel"
	}
	params["Error"] = said.Error
	switch {
	case err != nil:
		d.fail(name, "slack_unreachable", map[string]any{"URL": d.cfg.Slack.APIURL, "Error": why(err)})
	case said.Error == "channel_not_found":
		d.fail(name, "channel_unknown", params)
	case said.Error == "not_in_channel" || said.OK && !member:
		d.fail(name, "slack_channel_absent", params)
	case said.Error == "missing_scope":
		d.warn(name, "channel_unchecked", params)
	case !said.OK:
		d.fail(name, "slack_unwell", params)
	default:
		d.ok(name, "channel", params)
	}
}

// checkSlackSocket asks for the address of a connection and makes none.
func (d *doctor) checkSlackSocket(ctx context.Context) {
	const name = "slack.app_token"
	said, _, err := d.slackCall(ctx, "apps.connections.open", d.cfg.Slack.AppToken, nil)
	params := map[string]any{"Error": said.Error}
	switch {
	case err != nil:
		d.fail(name, "slack_unreachable", map[string]any{"URL": d.cfg.Slack.APIURL, "Error": why(err)})
	case said.OK:
		d.ok(name, "slack_app_token", nil)
	case said.Error == "missing_scope" || slices.Contains(tokenRefused, said.Error):
		d.fail(name, "slack_app_token_refused", params)
	default:
		d.fail(name, "slack_socket_off", params)
	}
}

func (d *doctor) checkSlackHTTP(ctx context.Context) {
	const name = "slack.signing_secret"
	if signingSecretForm.MatchString(d.cfg.Slack.SigningSecret.Reveal()) {
		d.ok(name, "slack_secret", nil)
	} else {
		d.warn(name, "slack_secret_odd", nil)
	}
	if d.reachable("slack.address", d.cfg.Slack.APIURL, "slack_loopback") {
		d.checkDoor(ctx, "slack.address", "slack/commands", "application/x-www-form-urlencoded", "command=/timer")
	}
}

// reachable tells whether a platform can reach us at base_url at all; a
// stand-in on this machine can always.
func (d *doctor) reachable(name, apiURL, id string) bool {
	if api, err := url.Parse(apiURL); err == nil && isLoopbackHost(api.Hostname()) {
		return true
	}
	if isLoopbackHost(d.base.Hostname()) || d.base.Scheme != "https" {
		d.fail(name, id, map[string]any{"URL": d.cfg.BaseURL})
		return false
	}
	return true
}
