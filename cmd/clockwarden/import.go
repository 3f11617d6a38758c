package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

type importCommands struct {
	Members importMembersCommand `cmd:"" help:"Invite the members of a CSV file with the columns email,name,role,time_zone,language."`
}

type importMembersCommand struct {
	Workspace string `required:"" placeholder:"S" help:"Slug of the workspace."`
	File      string `arg:"" help:"The CSV file; - for standard input."`
	DryRun    bool   `help:"Check the list and change nothing."`
	jsonFlag
}

// imported is the result of an import.
type imported struct {
	Created   int           `json:"created"`
	Unchanged int           `json:"unchanged"`
	Errors    []importError `json:"errors"`
}

type importError struct {
	Row  int    `json:"row"`
	Text string `json:"text"`
}

// importTogether is how many rows are on their way at once: they share commits.
const importTogether = 32

// Run invites everybody in the list who is not a member. Rows that cannot be
// used are told and left out; the others count.
func (c *importMembersCommand) Run(inv *invocation) error {
	data, err := inv.readList(c.File)
	if err != nil {
		return err
	}
	rows, err := parseMembers(data)
	if err != nil {
		return err
	}
	return inv.inWorkspace(c.Workspace, func(ctx context.Context, w opened) error {
		done, err := c.all(ctx, inv, w, rows)
		if err != nil {
			return err
		}
		if err := c.tell(inv, done); err != nil {
			return err
		}
		if n := len(done.Errors); n > 0 {
			return &failure{"cli.import_errors", map[string]any{"Count": n}}
		}
		return nil
	})
}

// readList reads at most what a list may have.
func (inv *invocation) readList(file string) ([]byte, error) {
	if file != "-" {
		return readBounded(file, maxListBytes)
	}
	data, err := io.ReadAll(io.LimitReader(inv.stdin, maxListBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the list: %w", err)
	}
	return data, nil
}

func (c *importMembersCommand) all(ctx context.Context, inv *invocation, w opened, rows []listRow) (imported, error) {
	bar := inv.newBar(len(rows))
	defer bar.clear()
	created := make([]bool, len(rows))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(importTogether)
	for i := range rows {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			defer bar.step()
			row := &rows[i]
			if row.err != nil {
				return nil
			}
			created[i], row.err = w.svc.ImportMember(ctx, w.actor, row.member, c.DryRun)
			if core.ErrorCode(row.err) == core.CodeInvalid {
				return nil // of this row only
			}
			return row.err
		})
	}
	done := imported{Errors: []importError{}}
	if err := group.Wait(); err != nil {
		return done, err
	}
	if inv.ctx.Err() != nil {
		return done, inv.ctx.Err()
	}
	for i, row := range rows {
		switch {
		case row.err != nil:
			done.Errors = append(done.Errors, importError{row.row, inv.sentence(row.err)})
		case created[i]:
			done.Created++
		default:
			done.Unchanged++
		}
	}
	return done, nil
}

func (c *importMembersCommand) tell(inv *invocation, done imported) error {
	if !c.JSON {
		for _, e := range done.Errors {
			if err := inv.print(false, nil, "cli.import_row", map[string]any{"Row": e.Row, "Text": e.Text}); err != nil {
				return err
			}
		}
	}
	id, created, unchanged := "cli.import_done", "cli.import_invited", "cli.import_known"
	if c.DryRun {
		id, created, unchanged = "cli.import_tried", "cli.import_would_invite", "cli.import_knows"
	}
	return inv.print(c.JSON, done, id, map[string]any{
		"Created": inv.reader.T(created, locale.Params{"Count": done.Created}), "Unchanged": inv.reader.T(unchanged, locale.Params{"Count": done.Unchanged}),
	})
}

// bar shows a person at a terminal how far a long command is.
type bar struct {
	to    io.Writer // nil: nobody looks
	mu    sync.Mutex
	total int
	done  int
	shown int // of barWidth
}

const barWidth = 40

func (inv *invocation) newBar(total int) *bar {
	b := &bar{total: total, shown: -1}
	if isTerminal(inv.stderr) && total > 0 {
		b.to = inv.stderr
	}
	return b
}

func (b *bar) step() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done++
	if now := b.done * barWidth / max(1, b.total); b.to != nil && now != b.shown {
		b.shown = now
		_, _ = fmt.Fprintf(b.to, "\r[%s%s] %d/%d", strings.Repeat("#", now), strings.Repeat(" ", barWidth-now), b.done, b.total)
	}
}

// clear gives the line back to what comes next.
func (b *bar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.to != nil {
		_, _ = fmt.Fprint(b.to, "\r\x1b[K")
	}
}
