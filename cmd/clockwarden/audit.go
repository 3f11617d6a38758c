package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

type auditCommands struct {
	Verify auditVerifyCommand `cmd:"" help:"Check the hash chain of the audit log."`
	Export auditExportCommand `cmd:"" help:"Print the audit log, oldest entry first, one JSON object a line."`
}

type auditVerifyCommand struct {
	Workspace string `placeholder:"S" help:"Slug of one workspace (default: all)."`
	jsonFlag
}

type auditVerified struct {
	Entries int64        `json:"entries"`
	OK      bool         `json:"ok"`
	Broken  *auditBroken `json:"broken"`
}

type auditBroken struct {
	WorkspaceID core.ID `json:"workspace_id"`
	Seq         int64   `json:"seq"`
	Problem     string  `json:"problem"`
}

// Run recomputes the chain; a broken one fails with the first entry that does
// not fit.
func (c *auditVerifyCommand) Run(inv *invocation) error {
	return inv.withService(func(ctx context.Context, svc *core.Service, _ Config) error {
		var workspace core.ID
		if c.Workspace != "" {
			ws, err := svc.WorkspaceBySlug(ctx, c.Workspace)
			if err != nil {
				return err
			}
			workspace = ws.ID
		}
		report, err := svc.VerifyAudit(ctx, operator(), workspace)
		if err != nil {
			return err
		}
		if report.Broken == nil {
			return inv.print(c.JSON, auditVerified{report.Entries, true, nil}, "cli.audit_whole", map[string]any{"Count": int(report.Entries)})
		}
		b := report.Broken
		if c.JSON {
			if err := inv.printJSON(auditVerified{report.Entries, false, &auditBroken{b.WorkspaceID, b.Seq, b.Problem}}); err != nil {
				return err
			}
		}
		return &failure{"cli.audit_broken", map[string]any{"Seq": int(b.Seq), "Workspace": string(b.WorkspaceID), "Problem": inv.reader.T("cli.audit_problem." + b.Problem)}}
	})
}

type auditExportCommand struct {
	Workspace string `placeholder:"S" help:"Slug of one workspace (default: all)."`
	jsonFlag
}

// Run prints the entries as they are read, so that a long log needs no memory.
// With --json they are the items of one array.
func (c *auditExportCommand) Run(inv *invocation) error {
	return inv.withStore(func(ctx context.Context, st *store.Store, cfg Config) error {
		svc, err := newService(st, cfg, discard())
		if err != nil {
			return err
		}
		defer svc.Close()
		workspaces, err := c.workspaces(ctx, st, svc)
		if err != nil {
			return err
		}
		open, between, end := "", "\n", "\n"
		if c.JSON {
			open, between, end = "[", ",\n", "]\n"
		}
		out := &lines{to: inv.stdout, next: open, between: between}
		for _, ws := range workspaces {
			if err := svc.ExportAudit(ctx, operator().In(ws), func(e core.AuditEntry) error { return out.write(e.Record()) }); err != nil {
				return err
			}
		}
		if out.written == 0 && c.JSON {
			end = "[]\n"
		} else if out.written == 0 {
			end = ""
		}
		_, err = io.WriteString(inv.stdout, end)
		return err
	})
}

// workspaces is the one asked for, or every one in the order of its making.
func (c *auditExportCommand) workspaces(ctx context.Context, st *store.Store, svc *core.Service) (ids []core.ID, err error) {
	if c.Workspace != "" {
		ws, err := svc.WorkspaceBySlug(ctx, c.Workspace)
		return []core.ID{ws.ID}, err
	}
	err = st.Read(ctx, func(ctx context.Context, tx core.Tx) (err error) {
		ids, err = tx.WorkspaceIDs(ctx)
		return err
	})
	return ids, err
}

// lines writes JSON values with something between them.
type lines struct {
	to            io.Writer
	next, between string
	written       int
}

func (l *lines) write(value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode audit entry: %w", err)
	}
	if _, err := fmt.Fprintf(l.to, "%s%s", l.next, data); err != nil {
		return fmt.Errorf("write audit entry: %w", err)
	}
	l.next = l.between
	l.written++
	return nil
}
