package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

type doctorCommand struct {
	jsonFlag
}

// finding is one line of doctor's report.
type finding struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Text  string `json:"text"`
	Fix   string `json:"fix"`
}

// The states of a finding. What could have been checked and was not is a
// warning; what nobody can check from here is ok and says so.
const (
	stateOK   = "ok"
	stateWarn = "warn"
	stateFail = "fail"
)

// doctor looks at one installation. It changes nothing but what opening the
// database changes.
type doctor struct {
	inv      *invocation
	cfg      Config
	base     *url.URL
	web      *prober
	clock    core.Clock
	findings []finding

	workspaces []core.OwnedWorkspace // nil while the database can't be read
	teams      map[string][]string   // of the linked chat accounts, by platform
}

// Run checks everything and fails when anything has to be put right.
func (c *doctorCommand) Run(inv *invocation) error {
	cfg, err := inv.loadConfig()
	if err != nil {
		return err
	}
	base, err := url.Parse(cfg.BaseURL)
	if err != nil {
		return fmt.Errorf("base_url: %w", err)
	}
	d := &doctor{inv: inv, cfg: cfg, base: base, clock: core.SystemClock{}, teams: map[string][]string{}}
	d.web = newProber(d.clock)
	defer d.web.close()
	d.checkAll(inv.ctx)
	if err := inv.ctx.Err(); err != nil {
		return err
	}
	return d.report(c.JSON)
}

func (d *doctor) checkAll(ctx context.Context) {
	d.checkFiles()
	d.checkDatabase(ctx)
	d.checkBaseURL(ctx)
	d.checkCookies()
	d.checkProxies()
	d.checkSubdomains(ctx)
	d.checkOIDC(ctx)
	d.checkSlack(ctx)
	d.checkDiscord(ctx)
	d.checkClock()
}

func (d *doctor) report(asJSON bool) error {
	failed := 0
	for _, f := range d.findings {
		if f.State == stateFail {
			failed++
		}
	}
	if asJSON {
		if err := d.inv.printJSON(d.findings); err != nil {
			return err
		}
	} else {
		for _, f := range d.findings {
			line := f.State + " " + f.Name + ": " + f.Text
			if f.Fix != "" {
				line += "; fix: " + f.Fix
			}
			if _, err := fmt.Fprintln(d.inv.stdout, oneLine(line, 2000)); err != nil {
				return fmt.Errorf("write the result: %w", err)
			}
		}
	}
	if failed > 0 {
		return &failure{"doctor.failed", map[string]any{"Count": failed}}
	}
	return nil
}

// ok, warn and fail add a finding; its sentence is the message doctor.ID, and
// what to do about it doctor.ID.fix.
func (d *doctor) ok(name, id string, params map[string]any) {
	d.add(finding{Name: name, State: stateOK, Text: d.inv.reader.T("doctor."+id, params)})
}

func (d *doctor) warn(name, id string, params map[string]any) { d.wrong(name, stateWarn, id, params) }

func (d *doctor) fail(name, id string, params map[string]any) { d.wrong(name, stateFail, id, params) }

func (d *doctor) wrong(name, state, id string, params map[string]any) {
	d.add(finding{name, state, d.inv.reader.T("doctor."+id, params), d.inv.reader.T("doctor."+id+".fix", params)})
}

func (d *doctor) add(f finding) { d.findings = append(d.findings, f) }

// knows tells whether there is a workspace with the slug; true while nobody can tell.
func (d *doctor) knows(slug string) bool {
	if d.workspaces == nil {
		return true
	}
	for _, ws := range d.workspaces {
		if ws.Slug == slug {
			return true
		}
	}
	return false
}

// span writes a length of time for people.
func span(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return d.Round(time.Second).String()
	case d < 48*time.Hour:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}
