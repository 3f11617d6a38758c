package main

import (
	"context"

	"github.com/clockwarden/clockwarden/core"
)

type identityCommands struct {
	Link identityLinkCommand `cmd:"" help:"Link a chat account to a member, at the operator's word."`
}

type identityLinkCommand struct {
	Workspace string `required:"" placeholder:"S" help:"Slug of the workspace."`
	Email     string `required:"" placeholder:"E" help:"E-mail address of the member."`
	Platform  string `required:"" placeholder:"P" help:"slack or discord."`
	Team      string `required:"" placeholder:"T" help:"Id of the Slack team or Discord server."`
	User      string `required:"" placeholder:"U" help:"Id of the person there."`
	jsonFlag
}

// Run links the account; a link that is there already is no error.
func (c *identityLinkCommand) Run(inv *invocation) error {
	return inv.inWorkspace(c.Workspace, func(ctx context.Context, w opened) error {
		id, err := w.svc.LinkIdentity(ctx, w.actor, core.NewIdentity{Email: c.Email, Platform: c.Platform, Team: c.Team, ChatUser: c.User})
		if err != nil {
			return err
		}
		return inv.print(c.JSON, idResult{id.ID}, "cli.identity_linked", map[string]any{"Email": c.Email, "Platform": c.Platform})
	})
}
