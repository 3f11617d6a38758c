package main

import (
	"context"

	"github.com/clockwarden/clockwarden/core"
)

type apiKeyCommands struct {
	Create apiKeyCreateCommand `cmd:"" help:"Create an API key and print it once."`
}

type apiKeyCreateCommand struct {
	Workspace string `required:"" placeholder:"S" help:"Slug of the workspace."`
	Email     string `required:"" placeholder:"E" help:"E-mail address of the member."`
	Name      string `placeholder:"N" help:"Name of the key (default: API key)."`
	jsonFlag
}

type apiKeyCreated struct {
	ID  core.ID `json:"id"`
	Key string  `json:"key"`
}

// Run creates the key. This is the only time that it can be seen.
func (c *apiKeyCreateCommand) Run(inv *invocation) error {
	return inv.forMember(c.Workspace, c.Email, func(ctx context.Context, w opened, m core.Member) error {
		key, secret, err := w.svc.CreateAPIKey(ctx, w.actor, m.ID, c.Name)
		if err != nil {
			return err
		}
		return inv.print(c.JSON, apiKeyCreated{key.ID, secret}, "cli.apikey_created", map[string]any{"Key": secret})
	})
}
