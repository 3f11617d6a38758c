package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

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
	return inv.serve(cfg, serveOptions{
		realPort:      c.Listen != "",
		listenSetting: "--listen",
		fill: func(ctx context.Context, svc *core.Service) error {
			if _, err := fillDemo(ctx, svc); err != nil {
				return err
			}
			_, err := svc.FlagForgottenTimers(ctx, core.System(core.JobForgottenTimers, core.DoorCron))
			return err
		},
		listening: func(ctx context.Context, svc *core.Service, base *url.URL) error {
			return c.welcome(ctx, inv, svc, base)
		},
	})
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
