package panel

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// csvTime is how a time stands in a CSV file, in the reader's zone, which the heading names.
const csvTime = "2006-01-02 15:04:05"

// exportAccounts sends the accounts of the view as CSV, row by row as they are read.
func (p *Panel) exportAccounts(v *visit) error {
	query, err := parseView(v.value("view")).accountQuery()
	if err != nil {
		return err
	}
	file := v.newTable(v.t("owner.csv.file") + "-" + v.me.Workspace.Slug)
	err = p.svc.ExportAccounts(v.r.Context(), v.actor, query, func(acc core.Account) error { return file.write(v.csvRow(acc)) })
	if err != nil && !file.begun {
		return err // nothing was sent: the page says why
	}
	if err == nil {
		err = file.close()
	}
	if err != nil {
		// A part of the file is out. Only a broken connection tells the browser that it is not the whole.
		p.log.Error("export failed", "request_id", v.client.RequestID, "error", err.Error())
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (v *visit) csvHeading() []string {
	zone := locale.Params{"Zone": v.words.Zone().String()}
	return []string{
		v.t("word.name"), v.t("word.email"), v.t("word.role"), v.t("word.status"), v.t("panel.accounts.keys"),
		v.t("owner.csv.timer_description"), v.t("owner.csv.timer_start", zone), v.t("owner.csv.timer_duration"), v.t("owner.csv.flagged"),
		v.t("owner.csv.last_activity", zone),
	}
}

func (v *visit) csvRow(acc core.Account) []string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(v.words.Zone()).Format(csvTime)
	}
	row := []string{acc.Name, acc.Email, v.t("role." + string(acc.Role)), v.t("status." + string(acc.Status)), number(acc.ActiveAPIKeys), "", "", "", "", at(acc.LastActivity)}
	if t := acc.Timer; t != nil {
		row[5], row[6], row[7], row[8] = t.Description, at(t.Start), v.words.Clock(max(0, v.now.Sub(t.Start))), v.t("no")
		if t.Flagged {
			row[8] = v.t("yes")
		}
	}
	return row
}

// table is a CSV file on its way to the browser. Its head is sent with the first row, so that a refusal before can
// still be a page.
type table struct {
	v     *visit
	name  string // without date and ending
	out   *bufio.Writer
	csv   *csv.Writer
	begun bool
	rows  int
}

func (v *visit) newTable(name string) *table {
	out := bufio.NewWriterSize(v.w, 32<<10)
	return &table{v: v, name: name, out: out, csv: csv.NewWriter(out)}
}

func (t *table) begin() error {
	t.begun = true
	h := t.v.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	date := t.v.now.In(t.v.words.Zone()).Format(time.DateOnly)
	h.Set("Content-Disposition", `attachment; filename="`+t.name+"-"+date+`.csv"`)
	t.v.w.WriteHeader(http.StatusOK)
	// The mark makes spreadsheets read the file as UTF-8.
	if _, err := t.out.WriteString("\ufeff"); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return t.put(t.v.csvHeading())
}

func (t *table) write(row []string) error {
	if !t.begun {
		if err := t.begin(); err != nil {
			return err
		}
	}
	if t.rows++; t.rows%200 == 0 {
		// A long file takes longer than the server gives an ordinary answer; a reader who takes nothing is not waited for.
		_ = http.NewResponseController(t.v.w).SetWriteDeadline(core.SystemClock{}.Now().Add(writeLimit))
	}
	return t.put(row)
}

func (t *table) put(row []string) error {
	safe := make([]string, len(row))
	for i, cell := range row {
		safe[i] = inert(cell)
	}
	if err := t.csv.Write(safe); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func (t *table) close() error {
	if !t.begun {
		if err := t.begin(); err != nil {
			return err
		}
	}
	t.csv.Flush()
	if err := t.csv.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	if err := t.out.Flush(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// inert keeps a spreadsheet from reading a cell as a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
