package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/clockwarden/clockwarden/core"
)

type exportCommands struct {
	Members exportMembersCommand `cmd:"" help:"Write the invited and active members as CSV, in the form that import takes."`
}

type exportMembersCommand struct {
	Workspace string `required:"" placeholder:"S" help:"Slug of the workspace."`
	File      string `arg:"" optional:"" help:"Where the list goes (default: standard output)."`
	Force     bool   `help:"Replace a file that is there."`
	jsonFlag
}

// listedMember is a member as the list has it.
type listedMember struct {
	Email    string    `json:"email"`
	Name     string    `json:"name"`
	Role     core.Role `json:"role"`
	TimeZone string    `json:"time_zone"`
	Language string    `json:"language"`
}

type exported struct {
	Members int `json:"members"`
}

// Run writes the list to standard output or into a file.
func (c *exportMembersCommand) Run(inv *invocation) error {
	return inv.inWorkspace(c.Workspace, func(ctx context.Context, w opened) error {
		if c.File == "" {
			_, err := c.write(ctx, w, inv.stdout, c.JSON)
			return err
		}
		n := 0
		err := writeList(c.File, c.Force, func(to io.Writer) (err error) {
			n, err = c.write(ctx, w, to, false)
			return err
		})
		if errors.Is(err, fs.ErrExist) {
			return &failure{"cli.export_exists", map[string]any{"File": oneLine(c.File, 300)}}
		}
		if err != nil {
			return err
		}
		return inv.print(c.JSON, exported{n}, "cli.export_done", map[string]any{"File": c.File, "Count": n})
	})
}

func (c *exportMembersCommand) write(ctx context.Context, w opened, to io.Writer, asJSON bool) (n int, err error) {
	out := bufio.NewWriter(to)
	list := csvList
	if asJSON {
		list = jsonList
	}
	emit, end := list(out) // only the one asked for: making a table writes its first row
	err = w.svc.ExportMembers(ctx, w.actor, func(m core.Member) error {
		n++
		return emit(listedMember{m.User.Email, m.User.Name, m.Role, m.User.TimeZone, m.User.Language})
	})
	if err == nil {
		err = end()
	}
	if err == nil {
		err = out.Flush()
	}
	return n, err
}

// csvList writes the names of the columns and returns what writes a row.
func csvList(to *bufio.Writer) (emit func(listedMember) error, end func() error) {
	table := csv.NewWriter(to)
	failed := table.Write(memberColumns)
	table.Flush()
	emit = func(m listedMember) error {
		if failed == nil {
			failed = table.Write([]string{withGuard(m.Email), withGuard(m.Name), string(m.Role), withGuard(m.TimeZone), m.Language})
			table.Flush()
		}
		return errors.Join(failed, table.Error())
	}
	return emit, func() error { return errors.Join(failed, table.Error()) }
}

func jsonList(to *bufio.Writer) (emit func(listedMember) error, end func() error) {
	list := &lines{to: to, next: "[", between: ",\n"}
	return func(m listedMember) error { return list.write(m) }, func() error {
		last := "]\n"
		if list.written == 0 {
			last = "[]\n"
		}
		_, err := to.WriteString(last)
		return err
	}
}

// writeList writes a file that only its owner may read: whole and in one step, so that a list that
// could not be written leaves what was there. With force it takes the place of a file; what is no
// file, like a pipe, is written to.
func writeList(file string, force bool, fill func(to io.Writer) error) (err error) {
	if is, e := os.Stat(file); e == nil && !force {
		return fmt.Errorf("write the list: %w", fs.ErrExist)
	} else if e == nil && !is.Mode().IsRegular() {
		f, err := os.OpenFile(file, os.O_WRONLY, 0)
		if err != nil {
			return fmt.Errorf("write the list: %w", err)
		}
		return errors.Join(fill(f), f.Close())
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*") // 0600
	if err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}()
	if err := errors.Join(fill(tmp), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), file); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	return nil
}
