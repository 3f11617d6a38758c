package panel

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/core"
)

// TestWeightOfTheAccountsPage holds the first visit of a full page with all it loads to 60 kB on the wire.
func TestWeightOfTheAccountsPage(t *testing.T) {
	h := newHouse(t)
	if err := h.Seed(t.Context(), core.System(core.JobOperator, core.DoorCLI).In(h.Workspace.ID),
		core.SeedPlan{Members: 200, Entries: 200, Running: 100, Overdue: 30, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	page := h.get("/w/acme/settings/accounts", h.in("olivia"))
	text := page.Body.String()
	if rows := strings.Count(text, `<tr id="account-`); page.Code != http.StatusOK || rows != 50 {
		t.Fatalf("%d, %d rows", page.Code, rows)
	}
	total := compressed(t, text)
	assets := regexp.MustCompile(`"(/static/[^"]+)"`).FindAllStringSubmatch(text, -1)
	if len(assets) < 4 {
		t.Fatalf("the page loads %v", assets)
	}
	for _, a := range assets {
		file := h.get(a[1], "")
		if file.Code != http.StatusOK {
			t.Fatalf("%s: %d", a[1], file.Code)
		}
		total += compressed(t, file.Body.String())
	}
	if total > 60_000 {
		t.Errorf("the page weighs %d bytes, compressed, with all it loads", total)
	}
	t.Logf("%d bytes, compressed", total)
}

func compressed(t *testing.T, text string) int {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
