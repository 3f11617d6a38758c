package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/panel"
)

type signInLinkCommand struct {
	Workspace string `required:"" placeholder:"S" help:"Slug of the workspace."`
	Email     string `required:"" placeholder:"E" help:"E-mail address of the member."`
	jsonFlag
}

type signInLink struct {
	URL string `json:"url"`
}

// Run prints a link that signs the member in once within ten minutes.
func (c *signInLinkCommand) Run(inv *invocation) error {
	return inv.inWorkspace(c.Workspace, func(ctx context.Context, w opened) error {
		base, err := url.Parse(w.cfg.BaseURL)
		if err != nil {
			return fmt.Errorf("base_url: %w", err)
		}
		link, err := newSignInLink(ctx, w.svc, w.actor, base, c.Email)
		if err != nil {
			return err
		}
		return inv.print(c.JSON, signInLink{link}, "cli.sign_in_link", map[string]any{"URL": link})
	})
}

func newSignInLink(ctx context.Context, svc *core.Service, operator core.Actor, base *url.URL, email string) (string, error) {
	token, ws, err := svc.CreateSignInLink(ctx, operator, email)
	if err != nil {
		return "", err
	}
	return panel.SignInURL(base, ws, token), nil
}

// loginAsURL writes the panel's address of a log-in-as link from a chat.
func loginAsURL(base *url.URL) func(core.Workspace, string) string {
	return func(ws core.Workspace, token string) string { return panel.LoginAsURL(base, ws, token) }
}
