package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/console"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

type chatCommand struct {
	As        string   `required:"" placeholder:"EMAIL" help:"E-mail address of the member who talks."`
	Workspace string   `placeholder:"S" help:"Slug of the workspace (only needed by members of several)."`
	Command   []string `arg:"" optional:"" help:"One command such as \"/accounts stop-timer dana@acme.test\"; answers are then read from standard input, one a line. Without it, a conversation."`
}

// Run lets a member talk with Clockwarden in the terminal. A script's chat fails
// when anything was refused.
func (c *chatCommand) Run(inv *invocation) error {
	command := strings.TrimSpace(strings.Join(c.Command, " "))
	if command == "" && len(c.Command) > 0 {
		return &usageError{"the command is empty", "chat"}
	}
	return inv.withService(func(ctx context.Context, svc *core.Service, cfg Config) error {
		workspace, err := c.workspace(ctx, svc)
		if err != nil {
			return err
		}
		base, err := url.Parse(cfg.BaseURL)
		if err != nil {
			return fmt.Errorf("base_url: %w", err)
		}
		words, err := conversation.New(conversation.Options{
			Service: svc, Catalog: inv.catalog, BaseURL: base, Log: newLogger(inv.stderr, cfg.Log), LoginAsURL: loginAsURL(base),
		})
		if err != nil {
			return fmt.Errorf("start the chat: %w", err)
		}
		terminal := isTerminal(inv.stdin) && isTerminal(inv.stdout)
		talk, err := inv.newConsole(ctx, svc, words, workspace, c.As, terminal)
		if err != nil {
			return err
		}
		if command != "" {
			err = talk.Once(ctx, command)
		} else if err = talk.Run(ctx); err == nil && !terminal {
			err = ctx.Err() // a person who presses Ctrl+C just leaves
		}
		switch inv.reader = talk.Words(); {
		case errors.Is(err, console.ErrUnanswered):
			return errSaid
		case errors.Is(err, console.ErrRefused):
			return &failure{"cli.chat_refused", nil}
		}
		return err
	})
}

// workspace finds where the member talks. Without --workspace it is the only one
// in which the member is active.
func (c *chatCommand) workspace(ctx context.Context, svc *core.Service) (core.ID, error) {
	if c.Workspace != "" {
		ws, err := svc.WorkspaceBySlug(ctx, c.Workspace)
		return ws.ID, err
	}
	list, err := svc.MembershipsByEmail(ctx, operator(), c.As)
	if err != nil {
		return "", err
	}
	var active []core.Workspace
	var slugs []string
	for _, m := range list {
		if m.Member.Status == core.StatusActive {
			active = append(active, m.Workspace)
			slugs = append(slugs, m.Workspace.Slug)
		}
	}
	switch {
	case len(active) == 1:
		return active[0].ID, nil
	case len(active) > 1:
		return "", &failure{"cli.chat_workspace", map[string]any{"Email": oneLine(c.As, 200), "Slugs": strings.Join(slugs, ", ")}}
	case len(list) > 0:
		return list[0].Workspace.ID, nil // core says why an inactive member can't talk
	}
	return "", &failure{"cli.chat_nobody", map[string]any{"Email": oneLine(c.As, 200)}}
}

// newConsole lets a member of the workspace talk at this process's terminal.
func (inv *invocation) newConsole(
	ctx context.Context, svc *core.Service, words *conversation.Handler, workspace core.ID, email string, terminal bool,
) (*console.Console, error) {
	actor, err := svc.ActorByEmail(ctx, core.DoorConsole, workspace, email)
	if err != nil {
		return nil, err
	}
	return console.New(ctx, console.Options{
		Service: svc, Catalog: inv.catalog, Conversation: words, Actor: actor,
		In: inv.stdin, Out: inv.stdout, Terminal: terminal,
	})
}

// isTerminal tells whether a person is at the other end of a stream. The null
// device is a character device too, but nobody is there.
func isTerminal(stream any) bool {
	file, ok := stream.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return false
	}
	is, err := file.Stat()
	if err != nil || is.Mode()&fs.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(is, null)
}

// demoChat is the chat of the demo, a platform that alerts go to. It opens when
// the links are printed; when the person leaves it, the demo ends.
type demoChat struct {
	bot.Platform
	opened <-chan struct{}
	leave  func()
	log    *slog.Logger
}

// Run implements bot.Platform. A terminal that can't be read, such as that of a
// job in the background, ends the chat and not the demo.
func (d demoChat) Run(ctx context.Context) error {
	if !d.wait(ctx) {
		return nil
	}
	if err := d.Platform.Run(ctx); err != nil {
		d.log.Warn("the console chat ended", "error", err.Error())
		return nil
	}
	d.leave()
	return nil
}

// Send implements bot.Platform.
func (d demoChat) Send(ctx context.Context, due core.Delivery, r conversation.Reply) (channel, message string, err error) {
	if !d.wait(ctx) {
		return "", "", &bot.SendError{Err: ctx.Err()}
	}
	return d.Platform.Send(ctx, due, r)
}

// Edit implements bot.Platform.
func (d demoChat) Edit(ctx context.Context, due core.Delivery, r conversation.Reply) error {
	if !d.wait(ctx) {
		return &bot.SendError{Err: ctx.Err()}
	}
	return d.Platform.Edit(ctx, due, r)
}

func (d demoChat) wait(ctx context.Context) bool {
	select {
	case <-d.opened:
		return true
	case <-ctx.Done():
		return false
	}
}
