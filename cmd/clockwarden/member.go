package main

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

type memberCommands struct {
	Add memberAddCommand `cmd:"" help:"Add a member to a workspace."`
	Set memberSetCommand `cmd:"" help:"Change a member."`
}

type memberAddCommand struct {
	Workspace string `required:"" placeholder:"S" help:"Slug of the workspace."`
	Email     string `required:"" placeholder:"E" help:"E-mail address."`
	Name      string `required:"" placeholder:"N" help:"Name of the person."`
	Role      string `placeholder:"R" help:"owner, admin, manager or member (default: member)."`
	Active    bool   `help:"Skip the invitation."`
	jsonFlag
}

type memberAdded struct {
	ID     core.ID `json:"id"`
	UserID core.ID `json:"user_id"`
}

// Run adds the member as invited, or as active with --active.
func (c *memberAddCommand) Run(inv *invocation) error {
	return inv.inWorkspace(c.Workspace, func(ctx context.Context, w opened) error {
		m, err := w.svc.AddMember(ctx, w.actor, core.NewMember{Email: c.Email, Name: c.Name, Role: core.Role(c.Role), Active: c.Active})
		if err != nil {
			return err
		}
		id := "cli.member_invited"
		if m.Status == core.StatusActive {
			id = "cli.member_added"
			inv.noteAccount(ctx, w.svc, m, c.Workspace)
		}
		return inv.print(c.JSON, memberAdded{m.ID, m.User.ID}, id, map[string]any{"Name": m.User.Name, "Email": m.User.Email, "Slug": c.Workspace})
	})
}

// noteAccount tells that somebody who was let in without an invitation has an account that is in use: whoever set its
// password or single sign-on in another workspace, the inviter there perhaps, comes in here too. The act is done
// whatever becomes of the note.
func (inv *invocation) noteAccount(ctx context.Context, svc *core.Service, m core.Member, slug string) {
	ways, err := svc.SignInMethodsOf(ctx, operator(), m.User.ID)
	params := map[string]any{"Email": m.User.Email, "Slug": slug}
	switch {
	case err != nil:
	case ways.Password:
		inv.note("cli.account_password", params)
	case len(ways.Logins) > 0:
		inv.note("cli.account_login", params)
	}
}

type memberSetCommand struct {
	Workspace      string         `required:"" placeholder:"S" help:"Slug of the workspace."`
	Email          string         `required:"" placeholder:"E" help:"E-mail address of the member."`
	Name           *string        `placeholder:"N" help:"Name of the person."`
	Role           *string        `placeholder:"R" help:"owner, admin, manager or member."`
	Status         *string        `placeholder:"STATUS" help:"active or inactive."`
	ForgottenAfter *time.Duration `placeholder:"D" help:"How long the member's timer may run before it is flagged; 0s: as in the workspace."`
	WorkingHours   *string        `placeholder:"HOURS" help:"Such as \"mon-fri 09:00-17:30\"; empty: none."`
	TimeZone       *string        `placeholder:"Z" help:"Time zone such as Europe/Berlin."`
	Language       *string        `placeholder:"L" help:"en or de."`
	jsonFlag
}

// Run changes what was given and leaves the rest.
func (c *memberSetCommand) Run(inv *invocation) error {
	u := core.MemberUpdate{
		Role: as[core.Role](c.Role), Status: as[core.Status](c.Status), ForgottenAfter: c.ForgottenAfter,
		WorkingHours: c.WorkingHours, TimeZone: c.TimeZone, Language: c.Language, Name: c.Name,
	}
	if u == (core.MemberUpdate{}) {
		return &usageError{"nothing to change: give at least one setting", "member set"}
	}
	return inv.forMember(c.Workspace, c.Email, func(ctx context.Context, w opened, m core.Member) error {
		role, status := m.Role, m.Status
		m, err := w.svc.UpdateMember(ctx, w.actor, m.ID, u)
		if err != nil {
			return err
		}
		if status == core.StatusInvited && m.Status == core.StatusActive {
			inv.noteAccount(ctx, w.svc, m, c.Workspace)
		}
		if m.Status == core.StatusInvited && m.Role != role {
			inv.note("cli.member_relink", map[string]any{"Name": m.User.Name})
		}
		return inv.print(c.JSON, idResult{m.ID}, "cli.member_set", map[string]any{"Name": m.User.Name, "Email": m.User.Email})
	})
}
