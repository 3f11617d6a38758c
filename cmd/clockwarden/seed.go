package main

import (
	"context"

	"github.com/clockwarden/clockwarden/core"
)

type seedCommand struct {
	Workspace string `required:"" placeholder:"S" help:"Slug of the workspace."`
	Members   int    `required:"" placeholder:"N" help:"New members."`
	Entries   int    `required:"" placeholder:"N" help:"Finished time entries of theirs."`
	Running   int    `required:"" placeholder:"N" help:"Running timers of theirs, beside the entries."`
	Overdue   int    `required:"" placeholder:"N" help:"So many of the running ones are past their threshold."`
	Seed      uint64 `default:"1" placeholder:"K" help:"The same number makes the same data (default: 1)."`
	jsonFlag
}

type seeded struct {
	Members int `json:"members"`
	Entries int `json:"entries"`
	Running int `json:"running"`
	Overdue int `json:"overdue"`
}

// Run adds the made-up data and prints what was added.
func (c *seedCommand) Run(inv *invocation) error {
	plan := core.SeedPlan{Members: c.Members, Entries: c.Entries, Running: c.Running, Overdue: c.Overdue, Seed: c.Seed}
	if err := plan.Validate(); err != nil {
		return err
	}
	return inv.inWorkspace(c.Workspace, func(ctx context.Context, w opened) error {
		if err := w.svc.Seed(ctx, w.actor, plan); err != nil {
			return err
		}
		return inv.print(c.JSON, seeded{c.Members, c.Entries, c.Running, c.Overdue}, "cli.seeded", map[string]any{
			"Members": c.Members, "Entries": c.Entries, "Running": c.Running, "Overdue": c.Overdue,
		})
	})
}
