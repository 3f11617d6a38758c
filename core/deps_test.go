package core_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/clockwarden/clockwarden"

// TestImportDirections holds ARCHITECTURE.md's directions with go list, beside the linter.
func TestImportDirections(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", module+"/...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	only := map[string][]string{
		"github.com/slack-go/slack":              {"/bot/slack"},
		"github.com/bwmarrin/discordgo":          {"/bot/discord"},
		"github.com/mattn/go-sqlite3":            {"/core/store"},
		"github.com/jackc/pgx/v5":                {"/core/store", "/tools"},
		"github.com/pressly/goose/v3":            {"/core/store"},
		"github.com/robfig/cron/v3":              {"/cmd"},
		"github.com/gorilla/mux":                 {"/panel", "/cmd"},
		module + "/core/store":                   {"/core/store", "/core/coretest", "/cmd", "/tools"},
		module + "/bot/slack":                    {"/bot/slack", "/cmd"},
		module + "/bot/discord":                  {"/bot/discord", "/cmd"},
		module + "/panel":                        {"/panel", "/cmd", "/tools/bench"},
		module + "/core/coretest":                {"/bot/bottest", "/bot/conversation/conformance", "/bot/deliverytest", "/bot/forgottentest"},
		module + "/bot/conversation/conformance": {"/tools/conformance"},
		module + "/bot/bottest":                  {"/bot/slack/fakeslack", "/bot/discord/fakediscord", "/bot/deliverytest"},
		module + "/bot/forgottentest":            {}, // for tests alone
		module + "/tools/browsertest":            {"/tools"},
		"github.com/chromedp/chromedp":           {"/tools"},
		"github.com/nicksnyder/go-i18n/v2":       {"/core/locale"},
	}
	packages := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from, imports := strings.TrimPrefix(fields[0], module), fields[1:]
		packages++
		for _, i := range imports {
			for path, rooms := range only {
				if i != path && !strings.HasPrefix(i, path+"/") {
					continue
				}
				if !slices.ContainsFunc(rooms, func(r string) bool { return from == r || strings.HasPrefix(from, r+"/") }) {
					t.Errorf("%s imports %s", from, i)
				}
			}
			if from == "/core" && strings.Contains(i, ".") && !strings.HasPrefix(i, "golang.org/x/") && i != module+"/core/textkey" {
				t.Errorf("core imports %s", i)
			}
			if strings.HasPrefix(from, "/core") && from != "/core/coretest" && strings.HasPrefix(i, module) && !strings.HasPrefix(i, module+"/core") {
				t.Errorf("%s imports %s", from, i)
			}
			if strings.HasPrefix(from, "/bot") && strings.HasPrefix(i, module+"/panel") || strings.HasPrefix(from, "/panel") && strings.HasPrefix(i, module+"/bot") {
				t.Errorf("%s and %s must not meet", from, i)
			}
		}
	}
	if packages < 8 {
		t.Errorf("go list saw only %d packages", packages)
	}
}
