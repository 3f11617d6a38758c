package panel

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// exportAudit answers a file with the whole log of the workspace, oldest entry first. It is written as it is read, so
// that a long log needs no memory; core has recorded the export before the first line.
func (p *Panel) exportAudit(v *visit) error {
	format := v.value("format")
	var write func(core.AuditEntry) error
	var flush func() error
	contentType := "application/x-ndjson; charset=utf-8"
	switch format {
	case "jsonl":
		encoder := json.NewEncoder(v.w)
		encoder.SetEscapeHTML(false)
		write = func(e core.AuditEntry) error { return encoder.Encode(e.Record()) }
		flush = func() error { return nil }
	case "csv":
		contentType = "text/csv; charset=utf-8"
		write, flush = auditCSV(v.w)
	default:
		return &core.Error{Code: core.CodeInvalid, Message: "settings.forgotten.choice", Field: "format"}
	}
	begun := false
	begin := func() {
		begun = true
		h := v.w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-audit-%s.%s"`, v.me.Workspace.Slug, v.now.UTC().Format(time.DateOnly), format))
	}
	lines := 0
	err := p.svc.ExportAudit(v.r.Context(), v.actor, func(e core.AuditEntry) error {
		if !begun {
			begin()
		}
		if lines%1000 == 0 {
			v.takeTime()
		}
		lines++
		return write(e)
	})
	if err == nil {
		err = flush()
	}
	if err != nil && begun {
		// A file cut short must not look whole: the connection breaks instead of ending well.
		p.log.Warn("audit export broke off", "request_id", v.client.RequestID, "lines", lines, "error", err.Error())
		panic(http.ErrAbortHandler)
	}
	return err
}

// takeTime gives the answer more time than requests usually have; a writer that has no deadlines needs none.
func (v *visit) takeTime() {
	_ = http.NewResponseController(v.w).SetWriteDeadline(core.SystemClock{}.Now().Add(time.Minute))
}

// auditCSV writes entries as a table, which begins with a mark by which spreadsheets know the encoding.
func auditCSV(w io.Writer) (write func(core.AuditEntry) error, flush func() error) {
	table := csv.NewWriter(w)
	table.UseCRLF = true
	head := func() error {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return fmt.Errorf("audit export: %w", err)
		}
		return table.Write([]string{
			"seq", "at", "act", "outcome", "actor_id", "actor", "effective_id", "effective", "door", "target_kind", "target_id", "target",
			"reason", "before", "after", "request_id", "address", "prev_hash", "hash",
		})
	}
	write = func(e core.AuditEntry) error {
		if head != nil {
			if err := head(); err != nil {
				return err
			}
			head = nil
		}
		x := e.Record()
		row := []string{
			strconv.FormatInt(x.Seq, 10), x.At, string(x.Act), x.Outcome, string(e.ActorID), e.ActorName, "", "", string(x.Door),
			x.Target.Kind, string(x.Target.ID), x.Target.Name, x.Reason, nullAsEmpty(x.Before), nullAsEmpty(x.After), x.RequestID, x.Address, x.PrevHash, x.Hash,
		}
		if x.Effective != nil {
			row[6], row[7] = string(x.Effective.ID), x.Effective.Name
		}
		for i := range row {
			row[i] = harmless(row[i])
		}
		return table.Write(row)
	}
	flush = func() error {
		table.Flush()
		return table.Error()
	}
	return write, flush
}

func nullAsEmpty(raw json.RawMessage) string {
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
