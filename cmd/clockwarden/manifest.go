package main

import (
	"fmt"
	"net/url"

	"go.yaml.in/yaml/v4"

	"github.com/clockwarden/clockwarden/bot/discord"
	"github.com/clockwarden/clockwarden/bot/slack"
)

type manifestCommands struct {
	Slack   slackManifestCommand   `cmd:"" help:"Print the manifest of the Slack app for this installation."`
	Discord discordManifestCommand `cmd:"" help:"Print the commands of the Discord app as JSON; the service registers them by itself."`
}

type slackManifestCommand struct {
	jsonFlag
}

// Run prints the manifest from which the Slack app of this installation is made.
func (c *slackManifestCommand) Run(inv *invocation) error {
	cfg, err := inv.loadConfig()
	if err != nil {
		return err
	}
	base, err := url.Parse(cfg.BaseURL)
	if err != nil {
		return fmt.Errorf("base_url: %w", err)
	}
	m := slack.NewManifest(slack.ManifestOptions{
		Catalog: inv.catalog, Mode: cfg.Slack.Mode, BaseURL: base, AlertChannel: cfg.Slack.AlertChannel,
	})
	if c.JSON {
		return inv.printJSON(m)
	}
	text, err := yaml.Marshal(m)
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	if _, err := inv.stdout.Write(text); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

type discordManifestCommand struct {
	jsonFlag
}

// Run prints the commands that the service registers with Discord. They are JSON with and without
// the flag: Discord knows no other form.
func (c *discordManifestCommand) Run(inv *invocation) error {
	if _, err := inv.loadConfig(); err != nil {
		return err
	}
	return inv.printJSON(discord.Commands(inv.catalog))
}
