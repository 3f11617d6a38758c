// Command conformance merges what the chat platforms' conformance runs have recorded into one page.
//
//	conformance -from FOLDER -report docs/conformance.md
//
// It exits with 1 when a scenario did not pass on every platform; the page is written all the same.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/clockwarden/clockwarden/bot/conversation/conformance"
)

func main() {
	from := flag.String("from", "", "folder with the records")
	report := flag.String("report", "docs/conformance.md", "page to write")
	flag.Parse()
	if err := run(*from, *report); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(from, report string) error {
	records, err := conformance.ReadRecords(from)
	if err != nil {
		return err
	}
	page := conformance.Report(records)
	if err := os.WriteFile(report, []byte(page), 0o644); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	if failed := strings.Count(page, "✗") - 1; failed > 0 { // one explains the sign
		return fmt.Errorf("%d scenarios failed, see %s", failed, report)
	}
	return nil
}
