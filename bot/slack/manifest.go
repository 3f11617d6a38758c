package slack

import (
	"net/url"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core/locale"
)

// Manifest describes the Slack app to Slack: whoever makes an app from it has every command, scope and
// address of this installation. Its keys are Slack's.
type Manifest struct {
	Metadata    ManifestMetadata `json:"_metadata" yaml:"_metadata"`
	Display     ManifestDisplay  `json:"display_information" yaml:"display_information"`
	Features    ManifestFeatures `json:"features" yaml:"features"`
	OAuthConfig ManifestOAuth    `json:"oauth_config" yaml:"oauth_config"`
	Settings    ManifestSettings `json:"settings" yaml:"settings"`
}

// ManifestMetadata names the version of Slack's schema.
type ManifestMetadata struct {
	Major int `json:"major_version" yaml:"major_version"`
	Minor int `json:"minor_version" yaml:"minor_version"`
}

// ManifestDisplay is how the app presents itself.
type ManifestDisplay struct {
	Name        string `json:"name" yaml:"name"`
	Description string `json:"description" yaml:"description"`
	Background  string `json:"background_color" yaml:"background_color"`
}

// ManifestFeatures are the places where people meet the app.
type ManifestFeatures struct {
	Home      ManifestHome       `json:"app_home" yaml:"app_home"`
	Bot       ManifestBot        `json:"bot_user" yaml:"bot_user"`
	Shortcuts []ManifestShortcut `json:"shortcuts" yaml:"shortcuts"`
	Commands  []ManifestCommand  `json:"slash_commands" yaml:"slash_commands"`
}

// ManifestHome switches the App Home.
type ManifestHome struct {
	Home             bool `json:"home_tab_enabled" yaml:"home_tab_enabled"`
	Messages         bool `json:"messages_tab_enabled" yaml:"messages_tab_enabled"`
	MessagesReadOnly bool `json:"messages_tab_read_only_enabled" yaml:"messages_tab_read_only_enabled"`
}

// ManifestBot is the bot user, who posts.
type ManifestBot struct {
	Name         string `json:"display_name" yaml:"display_name"`
	AlwaysOnline bool   `json:"always_online" yaml:"always_online"`
}

// ManifestShortcut is an entry of the shortcuts menu.
type ManifestShortcut struct {
	Name        string `json:"name" yaml:"name"`
	Type        string `json:"type" yaml:"type"`
	CallbackID  string `json:"callback_id" yaml:"callback_id"`
	Description string `json:"description" yaml:"description"`
}

// ManifestCommand is a slash command. With ShouldEscape people arrive as ids, not as names.
type ManifestCommand struct {
	Command      string `json:"command" yaml:"command"`
	URL          string `json:"url,omitempty" yaml:"url,omitempty"`
	Description  string `json:"description" yaml:"description"`
	UsageHint    string `json:"usage_hint" yaml:"usage_hint"`
	ShouldEscape bool   `json:"should_escape" yaml:"should_escape"`
}

// ManifestOAuth is what the app may do.
type ManifestOAuth struct {
	Scopes struct {
		Bot []string `json:"bot" yaml:"bot"`
	} `json:"scopes" yaml:"scopes"`
}

// ManifestSettings are the addresses and events.
type ManifestSettings struct {
	Events struct {
		URL string   `json:"request_url,omitempty" yaml:"request_url,omitempty"`
		Bot []string `json:"bot_events" yaml:"bot_events"`
	} `json:"event_subscriptions" yaml:"event_subscriptions"`
	Interactivity struct {
		Enabled bool   `json:"is_enabled" yaml:"is_enabled"`
		URL     string `json:"request_url,omitempty" yaml:"request_url,omitempty"`
	} `json:"interactivity" yaml:"interactivity"`
	OrgDeploy     bool `json:"org_deploy_enabled" yaml:"org_deploy_enabled"`
	SocketMode    bool `json:"socket_mode_enabled" yaml:"socket_mode_enabled"`
	TokenRotation bool `json:"token_rotation_enabled" yaml:"token_rotation_enabled"`
}

// ManifestOptions is what of an installation its manifest depends on.
type ManifestOptions struct {
	Catalog      *locale.Catalog
	Mode         string   // ModeSocket or ModeHTTP
	BaseURL      *url.URL // where Slack reaches us, in HTTP mode
	AlertChannel string   // empty: direct messages
}

// Limits of Slack's manifest, in characters.
const (
	maxAppName      = 35
	maxAppText      = 140
	maxShortcutName = 24
	maxShortcutText = 150
	maxUsageHint    = 1000
	maxCommandText  = 2000
)

// NewManifest writes the manifest of an installation.
func NewManifest(o ManifestOptions) Manifest {
	p := o.Catalog.Printer("en", nil)
	name := p.T("product.name")
	m := Manifest{
		Metadata: ManifestMetadata{Major: 2, Minor: 1},
		Display:  ManifestDisplay{Name: truncate(name, maxAppName), Description: truncate(p.T("chat.manifest.about"), maxAppText), Background: "#1f3a5f"},
		Features: ManifestFeatures{
			Home: ManifestHome{Home: true, Messages: true, MessagesReadOnly: true},
			Bot:  ManifestBot{Name: name, AlwaysOnline: true},
			Shortcuts: []ManifestShortcut{{
				Name: truncate(p.T("nav.accounts"), maxShortcutName), Type: "global", CallbackID: shortcutAccounts,
				Description: truncate(p.T("chat.manifest.shortcut"), maxShortcutText),
			}},
		},
	}
	address := func(path string) string {
		if o.Mode != ModeHTTP {
			return ""
		}
		return o.BaseURL.JoinPath("slack", path).String()
	}
	for _, g := range conversation.Groups() {
		hint := ""
		for _, cmd := range conversation.Commands() {
			if cmd.Group == g {
				hint += " | " + cmd.Name
			}
		}
		m.Features.Commands = append(m.Features.Commands, ManifestCommand{
			Command: "/" + string(g), URL: address("commands"), ShouldEscape: true,
			Description: truncate(p.T("chat.help.title."+string(g)), maxCommandText), UsageHint: truncate(hint[3:], maxUsageHint),
		})
	}
	m.OAuthConfig.Scopes.Bot = scopes(o.AlertChannel)
	m.Settings.Events.URL = address("events")
	m.Settings.Events.Bot = []string{"app_home_opened", "user_change"}
	m.Settings.Interactivity.Enabled = true
	m.Settings.Interactivity.URL = address("interactions")
	m.Settings.SocketMode = o.Mode != ModeHTTP
	return m
}

// scopes are what our calls need, and no more: commands and shortcuts; chat.postMessage and
// chat.update; conversations.open; users.info and user_change; conversations.history, to find an alert
// again whose posting had no clear answer, in the kind of place where alerts go.
func scopes(alertChannel string) []string {
	list := []string{"chat:write", "commands", "im:history", "im:write", "users:read"}
	if alertChannel != "" {
		list = append(list, "channels:history", "groups:history")
	}
	return list
}
