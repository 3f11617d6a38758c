package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

// operator is the actor of every command: the person at the machine.
func operator() core.Actor { return core.System(core.JobOperator, core.DoorCLI) }

// opened is a service at work for one workspace.
type opened struct {
	svc   *core.Service
	actor core.Actor // the operator in the workspace
	ws    core.Workspace
	cfg   Config
}

// withStore loads the configuration, opens and migrates the database, and
// closes it after fn.
func (inv *invocation) withStore(fn func(context.Context, *store.Store, Config) error) (err error) {
	cfg, err := inv.loadConfig()
	if err != nil {
		return err
	}
	st, err := openStore(inv.ctx, cfg, discard())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return fn(inv.ctx, st, cfg)
}

// withService is withStore with the use cases on top.
func (inv *invocation) withService(fn func(context.Context, *core.Service, Config) error) error {
	return inv.withStore(func(ctx context.Context, st *store.Store, cfg Config) error {
		svc, err := newService(st, cfg, discard())
		if err != nil {
			return err
		}
		defer svc.Close()
		return fn(ctx, svc, cfg)
	})
}

// inWorkspace is withService for commands on one workspace.
func (inv *invocation) inWorkspace(slug string, fn func(context.Context, opened) error) error {
	return inv.withService(func(ctx context.Context, svc *core.Service, cfg Config) error {
		ws, err := svc.WorkspaceBySlug(ctx, slug)
		if err != nil {
			return err
		}
		return fn(ctx, opened{svc, operator().In(ws.ID), ws, cfg})
	})
}

// forMember is inWorkspace for commands on one member.
func (inv *invocation) forMember(slug, email string, fn func(context.Context, opened, core.Member) error) error {
	return inv.inWorkspace(slug, func(ctx context.Context, w opened) error {
		m, err := w.svc.MemberByEmail(ctx, w.actor, email)
		if err != nil {
			return err
		}
		return fn(ctx, w, m)
	})
}

func openStore(ctx context.Context, cfg Config, log *slog.Logger) (*store.Store, error) {
	st, err := store.Open(ctx, store.Options{DSN: cfg.Database.Reveal(), Log: log})
	if away := (*store.UnreachableError)(nil); errors.As(err, &away) {
		return nil, &failure{"cli.database_unreachable", map[string]any{"Address": oneLine(away.Address, 200), "Error": oneLine(away.Reason, 200)}}
	}
	if err != nil {
		return nil, &failure{"cli.database", map[string]any{"Error": oneLine(err.Error(), 300)}}
	}
	return st, nil
}

// newService puts the use cases on an open store, with the settings they need;
// chat is connected beside the configured platforms.
func newService(st core.Store, cfg Config, log *slog.Logger, chat ...core.ChatConnection) (*core.Service, error) {
	o := core.Options{
		Store: st, Clock: core.SystemClock{}, Log: log,
		Forgotten: core.ForgottenDefaults{
			After: cfg.Forgotten.After, QuietHours: cfg.Forgotten.QuietHours,
			AutoStopAfter: cfg.Forgotten.AutoStopAfter, Schedule: cfg.Forgotten.Schedule,
			RemindEvery: cfg.Forgotten.RemindEvery, Reminders: cfg.Forgotten.Reminders, AskMember: cfg.Forgotten.AskMember,
			DigestOver: cfg.Forgotten.DigestOver,
		},
		Impersonation: core.ImpersonationOf{Max: cfg.Impersonation.Max, OtherWorkspaces: cfg.Impersonation.OtherWorkspaces},
		Chat:          chat,
	}
	if cfg.Slack.Enabled {
		o.Chat = append(o.Chat, core.ChatConnection{Platform: core.PlatformSlack, Workspace: cfg.Slack.Workspace, AlertChannel: cfg.Slack.AlertChannel})
	}
	if cfg.Discord.Enabled {
		o.Chat = append(o.Chat, core.ChatConnection{Platform: core.PlatformDiscord, Workspace: cfg.Discord.Workspace, AlertChannel: cfg.Discord.AlertChannel})
	}
	svc, err := core.New(o)
	if err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	return svc, nil
}

// discard is the log of a command, which says on standard error what is to say.
func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
