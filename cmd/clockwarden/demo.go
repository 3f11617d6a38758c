package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

type demoCommand struct {
	Listen string `placeholder:"ADDR" help:"Where to listen, host:port (default: as configured)."`
	Data   string `placeholder:"DIR" type:"path" help:"Folder to keep the data in (default: a temporary one, removed at the end)."`
}

// Run serves a made-up workspace and prints a sign-in link for its owner and
// for a member. With --data a second start finds what the first one made.
func (c *demoCommand) Run(inv *invocation) (err error) {
	cfg, err := inv.loadConfig()
	if err != nil {
		return err
	}
	if c.Listen != "" {
		if !isHostPort(c.Listen) {
			return &usageError{"--listen must be host:port such as 127.0.0.1:8080", "demo"}
		}
		cfg.Listen = c.Listen
	}
	folder := c.Data
	if folder == "" {
		if folder, err = os.MkdirTemp("", "clockwarden-demo-"); err != nil {
			return &failure{"cli.data_folder", map[string]any{"Folder": os.TempDir(), "Error": causeOf(err).Error()}}
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	} else if err := os.MkdirAll(folder, 0o700); err != nil {
		return &failure{"cli.data_folder", map[string]any{"Folder": oneLine(folder, 200), "Error": causeOf(err).Error()}}
	}
	cfg.Database = Secret(filepath.Join(folder, "clockwarden.db"))
	o := serveOptions{
		realPort:      c.Listen != "",
		listenSetting: "--listen",
		fill: func(ctx context.Context, st core.Store, svc *core.Service) error {
			clock := &demoClock{now: svc.Now()}
			past, err := core.New(core.Options{Store: st, Clock: clock, Forgotten: svc.Forgotten()})
			if err != nil {
				return err
			}
			defer past.Close()
			if err := fillDemo(ctx, past, clock, svc.Now()); err != nil {
				return err
			}
			_, err = svc.FlagForgottenTimers(ctx, core.System(core.JobForgottenTimers, core.DoorCron))
			return err
		},
		listening: func(ctx context.Context, svc *core.Service, base *url.URL) error {
			return c.welcome(ctx, inv, svc, base)
		},
	}
	if isTerminal(inv.stdin) && isTerminal(inv.stdout) {
		closeLog, e := c.openChat(inv, folder, &o)
		if e != nil {
			return e
		}
		defer func() { err = errors.Join(err, closeLog()) }()
	}
	return inv.serve(cfg, o)
}

// openChat lets the owner talk in the terminal, where alerts are shown as they
// come. The log would be written across the prompt, so it goes to a file then.
func (c *demoCommand) openChat(inv *invocation, folder string, o *serveOptions) (closeLog func() error, err error) {
	closeLog = func() error { return nil }
	file := ""
	if isTerminal(inv.stderr) {
		file = filepath.Join(folder, "clockwarden.log")
		log, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, &failure{"cli.data_folder", map[string]any{"Folder": oneLine(folder, 200), "Error": causeOf(err).Error()}}
		}
		o.logTo, closeLog = log, log.Close
	}
	// A job in the background may serve but not read: its read fails then, instead of stopping the process.
	signal.Ignore(syscall.SIGTTIN)
	ctx, leave := context.WithCancel(inv.ctx)
	inv.ctx = ctx
	opened := make(chan struct{})
	welcome := o.listening
	o.listening = func(ctx context.Context, svc *core.Service, base *url.URL) error {
		err := welcome(ctx, svc, base)
		if err == nil && file != "" {
			_, err = fmt.Fprintln(inv.stdout, inv.reader.T("cli.demo_log", map[string]any{"File": file}))
		}
		if err == nil {
			_, err = fmt.Fprintln(inv.stdout)
		}
		close(opened)
		return err
	}
	o.chat = []core.ChatConnection{{Platform: core.PlatformConsole, Workspace: demoSlug, AlertChannel: "console"}}
	o.platform = func(ctx context.Context, svc *core.Service, words *conversation.Handler, log *slog.Logger) (bot.Platform, error) {
		ws, err := svc.WorkspaceBySlug(ctx, demoSlug)
		if err != nil {
			return nil, err
		}
		talk, err := inv.newConsole(ctx, svc, words, ws.ID, demoOwnerEmail, true)
		if err != nil {
			return nil, err
		}
		return demoChat{Platform: talk, opened: opened, leave: leave, log: log}, nil
	}
	return closeLog, nil
}

// welcome prints how to get in.
func (c *demoCommand) welcome(ctx context.Context, inv *invocation, svc *core.Service, base *url.URL) error {
	ws, err := svc.WorkspaceBySlug(ctx, demoSlug)
	if err != nil {
		return err
	}
	op := operator().In(ws.ID)
	for _, who := range []struct{ text, email string }{{"cli.demo_owner", demoOwnerEmail}, {"cli.demo_member", demoMemberEmail}} {
		m, err := svc.MemberByEmail(ctx, op, who.email)
		if err != nil {
			return err
		}
		link, err := newSignInLink(ctx, svc, op, base, who.email)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(inv.stdout, "%s\n  %s\n", inv.reader.T(who.text, map[string]any{"Name": m.User.Name}), link); err != nil {
			return fmt.Errorf("print the links: %w", err)
		}
	}
	_, err = fmt.Fprintln(inv.stdout, inv.reader.T("cli.demo_hint"))
	return err
}
