package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

type backupCommand struct {
	File  string `arg:"" placeholder:"FILE" help:"Where the copy goes."`
	Force bool   `help:"Replace a file that is there."`
	jsonFlag
}

// copied is the answer of backup and restore.
type copied struct {
	Bytes int64 `json:"bytes"`
}

// Run copies the database while others work with it. It does not migrate it: a
// copy is best made before that.
func (c *backupCommand) Run(inv *invocation) error {
	cfg, err := inv.loadConfig()
	if err != nil {
		return err
	}
	size, err := store.Backup(inv.ctx, store.BackupOptions{DSN: cfg.Database.Reveal(), File: c.File, Force: c.Force})
	if err != nil {
		return copyFailure(inv.ctx, err, "cli.backup_exists", c.File)
	}
	return inv.print(c.JSON, copied{size}, "cli.backed_up", map[string]any{"File": c.File, "Bytes": int(size)})
}

type restoreCommand struct {
	File  string `arg:"" placeholder:"FILE" help:"A copy made by clockwarden backup."`
	Force bool   `help:"Replace a database that is there."`
	jsonFlag
}

// Run puts a copy in the place of the database. Before it is there it is
// checked, and what it must not take up again is made useless.
func (c *restoreCommand) Run(inv *invocation) error {
	cfg, err := inv.loadConfig()
	if err != nil {
		return err
	}
	var settled core.Settled
	size, err := store.Restore(inv.ctx, store.RestoreOptions{
		DSN: cfg.Database.Reveal(), File: c.File, Force: c.Force,
		Settle: func(ctx context.Context, copied core.Store) (err error) {
			settled, err = inv.settle(ctx, copied, cfg)
			return err
		},
	})
	if err != nil {
		return copyFailure(inv.ctx, err, "cli.restore_exists", c.File)
	}
	return inv.print(c.JSON, copied{size}, "cli.restored", map[string]any{
		"File": c.File, "Bytes": int(size), "Messages": settled.Deliveries, "Sessions": settled.Sessions, "Links": settled.SignInLinks,
	})
}

// settle checks the audit log of a copy and makes useless what was going on when
// it was made.
func (inv *invocation) settle(ctx context.Context, copied core.Store, cfg Config) (core.Settled, error) {
	svc, err := newService(copied, cfg, discard())
	if err != nil {
		return core.Settled{}, err
	}
	defer svc.Close()
	report, err := svc.VerifyAudit(ctx, operator(), "")
	if err != nil {
		return core.Settled{}, err
	}
	if b := report.Broken; b != nil {
		return core.Settled{}, &failure{"cli.restore_chain", map[string]any{
			"Seq": int(b.Seq), "Workspace": string(b.WorkspaceID), "Problem": inv.reader.T("cli.audit_problem." + b.Problem),
		}}
	}
	return svc.SettleRestored(ctx, operator())
}

// copyFailure says in a sentence why a copy was not made or not restored.
func copyFailure(ctx context.Context, err error, exists, file string) error {
	var (
		tool   *store.ToolMissingError
		failed *failure
		path   *fs.PathError
	)
	params := map[string]any{"File": oneLine(file, 300), "Error": oneLine(err.Error(), 500)}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &failed), core.AsError(err) != nil:
		return err
	case errors.As(err, &tool):
		return &failure{"cli.tool_missing", map[string]any{"Tool": tool.Tool}}
	case errors.Is(err, store.ErrExists):
		return &failure{exists, params}
	case errors.Is(err, store.ErrHeld):
		return &failure{"cli.restore_held", nil}
	case errors.Is(err, store.ErrItself):
		return &failure{"cli.copy_itself", params}
	case errors.Is(err, store.ErrNoDatabase):
		return &failure{"cli.backup_nothing", nil}
	case errors.Is(err, store.ErrDamaged):
		return &failure{"cli.copy_damaged", params}
	case errors.As(err, &path) && errors.Is(err, os.ErrNotExist):
		params["Error"] = oneLine(path.Path, 300)
		return &failure{"cli.copy_no_file", params}
	}
	return &failure{"cli.copy_failed", params}
}
