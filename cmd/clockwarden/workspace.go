package main

import (
	"context"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

type workspaceCommands struct {
	Create workspaceCreateCommand `cmd:"" help:"Create a workspace with its first owner."`
	Set    workspaceSetCommand    `cmd:"" help:"Change a workspace."`
}

type workspaceCreateCommand struct {
	Name       string `required:"" placeholder:"N" help:"Name for people."`
	Slug       string `required:"" placeholder:"S" help:"Short name for addresses and commands."`
	Plan       string `placeholder:"P" help:"free, basic, standard, pro or enterprise (default: free)."`
	Subdomain  string `placeholder:"D" help:"Custom subdomain of the public address."`
	TimeZone   string `placeholder:"Z" help:"Time zone such as Europe/Berlin (default: UTC)."`
	Language   string `placeholder:"L" help:"en or de (default: en)."`
	OwnerEmail string `required:"" placeholder:"E" help:"E-mail address of the first owner."`
	OwnerName  string `required:"" placeholder:"N" help:"Name of the first owner."`
	jsonFlag
}

type workspaceCreated struct {
	ID            core.ID `json:"id"`
	Slug          string  `json:"slug"`
	OwnerMemberID core.ID `json:"owner_member_id"`
}

// Run creates the workspace; nothing is kept when any field is refused.
func (c *workspaceCreateCommand) Run(inv *invocation) error {
	return inv.withService(func(ctx context.Context, svc *core.Service, _ Config) error {
		ws, owner, err := svc.CreateWorkspace(ctx, operator(), core.NewWorkspace{
			Name: c.Name, Slug: c.Slug, Subdomain: c.Subdomain, TimeZone: c.TimeZone, Language: c.Language,
			Plan: core.Plan(c.Plan), OwnerEmail: c.OwnerEmail, OwnerName: c.OwnerName,
		})
		if err != nil {
			return err
		}
		inv.noteAccount(ctx, svc, owner, ws.Slug)
		return inv.print(c.JSON, workspaceCreated{ws.ID, ws.Slug, owner.ID}, "cli.workspace_created",
			map[string]any{"Name": ws.Name, "Slug": ws.Slug, "Email": owner.User.Email})
	})
}

type workspaceSetCommand struct {
	Workspace      string         `required:"" placeholder:"S" help:"Slug of the workspace."`
	Name           *string        `placeholder:"N" help:"Name for people."`
	Plan           *string        `placeholder:"P" help:"free, basic, standard, pro or enterprise."`
	Subdomain      *string        `placeholder:"D" help:"Custom subdomain; empty: none."`
	ForgottenAfter *time.Duration `placeholder:"8h" help:"How long a timer may run before it is flagged; 0s: the installation's default."`
	Require        *string        `placeholder:"LIST" help:"Fields a finished entry must have: description, project, tags; empty: none."`
	TimeZone       *string        `placeholder:"Z" help:"Time zone such as Europe/Berlin."`
	Language       *string        `placeholder:"L" help:"en or de."`
	jsonFlag
}

// idResult is the answer of commands that change one thing.
type idResult struct {
	ID core.ID `json:"id"`
}

// Run changes what was given and leaves the rest.
func (c *workspaceSetCommand) Run(inv *invocation) error {
	u := core.WorkspaceUpdate{
		Name: c.Name, Subdomain: c.Subdomain, TimeZone: c.TimeZone, Language: c.Language,
		Plan: as[core.Plan](c.Plan), ForgottenAfter: c.ForgottenAfter,
	}
	if c.Require != nil {
		require, err := parseRequire(*c.Require)
		if err != nil {
			return err
		}
		u.Require = &require
	}
	if u == (core.WorkspaceUpdate{}) {
		return &usageError{"nothing to change: give at least one setting", "workspace set"}
	}
	return inv.inWorkspace(c.Workspace, func(ctx context.Context, w opened) error {
		ws, err := w.svc.UpdateWorkspace(ctx, w.actor, u)
		if err != nil {
			return err
		}
		return inv.print(c.JSON, idResult{ws.ID}, "cli.workspace_set", map[string]any{"Slug": ws.Slug})
	})
}

// parseRequire reads a list such as "description,tags".
func parseRequire(list string) (core.Require, error) {
	var r core.Require
	for field := range strings.SplitSeq(list, ",") {
		switch strings.TrimSpace(field) {
		case "description":
			r.Description = true
		case "project":
			r.Project = true
		case "tags":
			r.Tags = true
		case "":
		default:
			return r, &usageError{"--require takes description, project and tags, separated by commas", "workspace set"}
		}
	}
	return r, nil
}

// as converts an optional flag to the type core uses for it.
func as[T ~string](text *string) *T {
	if text == nil {
		return nil
	}
	t := T(*text)
	return &t
}
