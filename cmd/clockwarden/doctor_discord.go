package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/clockwarden/clockwarden/bot/discord"
	"github.com/clockwarden/clockwarden/core"
)

// discordApp is what Discord tells a bot of its application.
type discordApp struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	PublicKey string `json:"verify_key"`
	Endpoint  string `json:"interactions_endpoint_url"`
}

func (d *doctor) discordGet(ctx context.Context, path string) (answer, error) {
	return d.web.call(ctx, http.MethodGet, d.cfg.Discord.APIURL+path, map[string]string{
		"Authorization": "Bot " + d.cfg.Discord.BotToken.Reveal(),
		"User-Agent":    "DiscordBot (https://github.com/clockwarden/clockwarden, " + buildVersion().Version + ")",
	}, "")
}

func (d *doctor) checkDiscord(ctx context.Context) {
	c := d.cfg.Discord
	if !c.Enabled {
		d.ok("discord", "discord_off", nil)
		return
	}
	if d.knows(c.Workspace) {
		d.ok("discord.workspace", "chat_workspace", map[string]any{"Slug": c.Workspace})
	} else {
		d.fail("discord.workspace", "chat_workspace_unknown", map[string]any{"Slug": c.Workspace, "Setting": "discord.workspace"})
	}
	app, ok := d.checkDiscordToken(ctx)
	if !ok {
		return
	}
	if app.ID == c.ApplicationID {
		d.ok("discord.application_id", "discord_app", map[string]any{"App": oneLine(app.ID+" "+app.Name, 100)})
	} else {
		d.fail("discord.application_id", "discord_other_app", map[string]any{"Told": oneLine(app.ID, 60)})
	}
	d.checkDiscordKey(app)
	d.checkDiscordEndpoint(ctx, app)
	if c.GuildID == "" {
		d.fail("discord.guild_id", "discord_no_guild", nil)
		return
	}
	if d.checkDiscordGuild(ctx) {
		d.checkDiscordCommands(ctx)
		d.checkDiscordChannel(ctx)
	}
}

// discordRefused adds the finding for an answer that is none, and is false for
// one that can be used.
func (d *doctor) discordRefused(name string, got answer, err error) bool {
	switch {
	case err != nil:
		d.fail(name, "discord_unreachable", map[string]any{"URL": d.cfg.Discord.APIURL, "Error": why(err)})
	case got.status == http.StatusUnauthorized:
		d.fail(name, "discord_token_refused", nil)
	case got.status/100 != 2:
		d.fail(name, "discord_unwell", map[string]any{"Status": got.status})
	default:
		return false
	}
	return true
}

func (d *doctor) checkDiscordToken(ctx context.Context) (app discordApp, ok bool) {
	const name = "discord.token"
	got, err := d.discordGet(ctx, "/applications/@me")
	if d.discordRefused(name, got, err) {
		return app, false
	}
	if err := json.Unmarshal(got.body, &app); err != nil || app.ID == "" {
		d.fail(name, "discord_unwell", map[string]any{"Status": got.status})
		return app, false
	}
	d.ok(name, "discord_token", nil)
	return app, true
}

func (d *doctor) checkDiscordKey(app discordApp) {
	const name = "discord.public_key"
	switch configured := d.cfg.Discord.PublicKey; {
	case strings.EqualFold(configured, app.PublicKey):
		d.ok(name, "discord_key", nil)
	case configured == "" && d.cfg.Discord.Mode == discord.ModeGateway:
		d.ok(name, "discord_key_unused", nil)
	default:
		d.fail(name, "discord_other_key", nil)
	}
}

// checkDiscordEndpoint: an address for interactions silences the gateway, and
// without one nothing arrives over HTTP.
func (d *doctor) checkDiscordEndpoint(ctx context.Context, app discordApp) {
	const name = "discord.endpoint"
	want := d.base.JoinPath("discord", "interactions").String()
	params := map[string]any{"URL": oneLine(app.Endpoint, 200), "Want": want}
	if d.cfg.Discord.Mode == discord.ModeGateway {
		if app.Endpoint != "" {
			d.fail(name, "discord_endpoint_conflict", params)
		} else {
			d.ok(name, "discord_gateway", nil)
		}
		return
	}
	if !d.reachable("discord.address", d.cfg.Discord.APIURL, "discord_loopback") {
		return
	}
	switch {
	case app.Endpoint == "":
		d.fail(name, "discord_endpoint_missing", params)
	case strings.TrimSuffix(app.Endpoint, "/") != want:
		d.fail(name, "discord_endpoint_other", params)
	default:
		d.ok(name, "discord_endpoint", params)
	}
	d.checkDoor(ctx, "discord.address", "discord/interactions", "application/json", `{"type":1}`)
}

func (d *doctor) checkDiscordGuild(ctx context.Context) bool {
	const name = "discord.guild_id"
	got, err := d.discordGet(ctx, "/guilds/"+d.cfg.Discord.GuildID)
	if err == nil && (got.status == http.StatusNotFound || got.status == http.StatusForbidden) {
		d.fail(name, "discord_guild_absent", map[string]any{"Guild": d.cfg.Discord.GuildID})
		return false
	}
	if d.discordRefused(name, got, err) {
		return false
	}
	d.ok(name, "discord_guild", nil)
	d.checkTeam("discord.team", core.PlatformDiscord, d.cfg.Discord.Workspace, d.cfg.Discord.GuildID)
	return true
}

// checkDiscordCommands compares what people see with what this version knows.
func (d *doctor) checkDiscordCommands(ctx context.Context) {
	const name = "discord.commands"
	path := "/applications/" + d.cfg.Discord.ApplicationID
	got, err := d.discordGet(ctx, path+"/guilds/"+d.cfg.Discord.GuildID+"/commands?with_localizations=true")
	if err == nil && got.status == http.StatusForbidden {
		d.fail(name, "discord_commands_refused", nil)
		return
	}
	if d.discordRefused(name, got, err) {
		return
	}
	drifted, err := discord.Drifted(got.body, d.inv.catalog)
	if err != nil {
		d.fail(name, "discord_unwell", map[string]any{"Status": got.status})
		return
	}
	if drifted {
		d.warn(name, "discord_commands_drifted", nil)
		return
	}
	// A command that is registered for all servers as well stands there twice.
	got, err = d.discordGet(ctx, path+"/commands")
	if d.discordRefused(name, got, err) {
		return
	}
	var global []struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(got.body, &global); err != nil {
		d.fail(name, "discord_unwell", map[string]any{"Status": got.status})
		return
	}
	if len(global) > 0 {
		d.warn(name, "discord_commands_twice", map[string]any{"Count": len(global)})
		return
	}
	d.ok(name, "discord_commands", nil)
}

func (d *doctor) checkDiscordChannel(ctx context.Context) {
	const name = "discord.alert_channel"
	channel := d.cfg.Discord.AlertChannel
	if channel == "" {
		d.ok(name, "channel_direct", nil)
		return
	}
	params := map[string]any{"Channel": channel, "Setting": name}
	got, err := d.discordGet(ctx, "/channels/"+channel)
	var told struct {
		Guild string `json:"guild_id"`
	}
	switch {
	case err == nil && got.status == http.StatusNotFound:
		d.fail(name, "channel_unknown", params)
	case err == nil && got.status == http.StatusForbidden:
		d.fail(name, "discord_channel_absent", params)
	case d.discordRefused(name, got, err):
	case json.Unmarshal(got.body, &told) != nil || told.Guild != d.cfg.Discord.GuildID:
		d.fail(name, "channel_unknown", params)
	default:
		d.ok(name, "channel", params)
	}
}
