package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// The list of members that import reads and export writes: comma-separated
// values with one row of names.
var memberColumns = []string{"email", "name", "role", "time_zone", "language"}

const (
	maxListBytes = 10 << 20
	maxListRows  = 100_000
)

// listRow is a row of the list: a member, or why it is none.
type listRow struct {
	row    int // as a text editor counts
	member core.NewMember
	err    error
}

// parseMembers reads a list. Spreadsheets write a mark of the encoding at its
// begin, and semicolons where the comma stands in numbers: both are understood.
// An error means that nothing of the list can be used.
func parseMembers(data []byte) ([]listRow, error) {
	if len(data) > maxListBytes {
		return nil, &failure{"cli.import_size", map[string]any{"Max": "10 MiB"}}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil, &failure{"cli.import_encoding", nil}
	}
	reader := csv.NewReader(bytes.NewReader(data))
	reader.Comma = separator(data)
	reader.FieldsPerRecord = -1
	names, err := reader.Read()
	if err != nil || len(names) == 1 && strings.TrimSpace(names[0]) == "" {
		return nil, &failure{"cli.import_empty", nil}
	}
	columns, err := columnsOf(names)
	if err != nil {
		return nil, err
	}
	var rows []listRow
	seen := map[string]int{} // address to row
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if len(rows) == maxListRows {
			return nil, &failure{"cli.import_size", map[string]any{"Max": "100 000"}}
		}
		rows = append(rows, rowOf(reader, columns, fields, err, seen))
	}
}

// separator is what stands most often between the names of the columns.
func separator(data []byte) rune {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	best, most := ',', 0
	for _, s := range []rune{',', ';', '\t'} {
		if n := bytes.Count(first, []byte(string(s))); n > most {
			best, most = s, n
		}
	}
	return best
}

func columnsOf(names []string) ([]string, error) {
	columns := make([]string, len(names))
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		params := map[string]any{"Column": oneLine(name, 60)}
		switch {
		case !slices.Contains(memberColumns, name):
			return nil, &failure{"cli.import_column", params}
		case slices.Contains(columns, name):
			return nil, &failure{"cli.import_column_twice", params}
		}
		columns[i] = name
	}
	for _, needed := range memberColumns[:2] {
		if !slices.Contains(columns, needed) {
			return nil, &failure{"cli.import_column_missing", map[string]any{"Column": needed}}
		}
	}
	return columns, nil
}

func rowOf(reader *csv.Reader, columns, fields []string, err error, seen map[string]int) listRow {
	if broken := (*csv.ParseError)(nil); errors.As(err, &broken) {
		return listRow{row: broken.StartLine, err: &failure{"cli.import_syntax", nil}}
	}
	var r listRow
	r.row, _ = reader.FieldPos(0)
	if len(fields) != len(columns) {
		r.err = &failure{"cli.import_fields", map[string]any{"Count": len(fields), "Want": len(columns)}}
		return r
	}
	for i, value := range fields {
		value = strings.TrimSpace(withoutGuard(value))
		switch columns[i] {
		case "email":
			r.member.Email = value
		case "name":
			r.member.Name = value
		case "role":
			r.member.Role = core.Role(strings.ToLower(value))
		case "time_zone":
			r.member.TimeZone = value
		case "language":
			r.member.Language = strings.ToLower(value)
		}
	}
	key := core.NormalEmail(r.member.Email)
	if other, twice := seen[key]; twice {
		r.err = &failure{"cli.import_twice", map[string]any{"Email": oneLine(r.member.Email, 100), "Row": other}}
	} else if key != "" {
		seen[key] = r.row
	}
	return r
}

// formulas are how a cell begins that a spreadsheet would compute.
const formulas = "=+-@\t\r"

// withGuard keeps a spreadsheet from computing what a member wrote.
func withGuard(cell string) string {
	if cell != "" && strings.ContainsRune(formulas, rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// withoutGuard is the cell as it was before withGuard.
func withoutGuard(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(formulas, rune(cell[1])) {
		return cell[1:]
	}
	return cell
}

// sentence is the reason of a row in the reader's language.
func (inv *invocation) sentence(err error) string {
	if failed := (*failure)(nil); errors.As(err, &failed) {
		return inv.reader.T(failed.id, failed.params)
	}
	if e := core.AsError(err); e != nil {
		return inv.reader.T(e.Message, locale.Params(e.Params))
	}
	return oneLine(err.Error(), 300)
}
