package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

// checkFiles looks whether others on the machine may read what is secret.
func (d *doctor) checkFiles() {
	const name = "files"
	file := d.inv.configFile
	if file == "" {
		file = "config.yaml"
	}
	open := func(path string) bool {
		is, err := os.Stat(path)
		return err == nil && is.Mode().Perm()&0o007 != 0
	}
	secrets := d.cfg.Slack.BotToken + d.cfg.Slack.AppToken + d.cfg.Slack.SigningSecret + d.cfg.Discord.BotToken + d.cfg.SignIn.OIDC.ClientSecret
	switch {
	case !d.onPostgres() && open(d.cfg.Database.Reveal()):
		d.fail(name, "files_database", map[string]any{"File": oneLine(d.cfg.Database.Reveal(), 300)})
	case (secrets != "" || d.onPostgres()) && open(file):
		d.warn(name, "files_config", map[string]any{"File": oneLine(file, 300)})
	default:
		d.ok(name, "files", nil)
	}
}

func (d *doctor) onPostgres() bool {
	scheme, _, isURL := strings.Cut(d.cfg.Database.Reveal(), "://")
	return isURL && strings.HasPrefix(scheme, "postgres")
}

// checkDatabase opens the database, which migrates it as every command does,
// and looks at it from all sides.
func (d *doctor) checkDatabase(ctx context.Context) {
	const name = "database"
	if !d.onPostgres() {
		// Opening would make an empty one.
		if _, err := os.Stat(d.cfg.Database.Reveal()); errors.Is(err, fs.ErrNotExist) {
			d.warn(name, "database_none", map[string]any{"File": oneLine(d.cfg.Database.Reveal(), 300)})
			return
		}
	}
	st, err := openStore(ctx, d.cfg, discard())
	if err != nil {
		d.fail(name, "database_closed", map[string]any{"Error": d.inv.sentence(err)})
		return
	}
	defer func() {
		if err := st.Close(); err != nil {
			d.fail(name, "database_closed", map[string]any{"Error": oneLine(err.Error(), 300)})
		}
	}()
	version, err := st.Version(ctx)
	if err != nil {
		d.fail(name, "database_closed", map[string]any{"Error": oneLine(err.Error(), 300)})
		return
	}
	d.ok(name, "database", map[string]any{"Engine": st.Engine(), "Version": int(version)})
	d.checkDurability(ctx, st)
	d.checkIntegrity(ctx, st)
	d.checkDisk()
	svc, err := newService(st, d.cfg, discard())
	if err != nil {
		d.fail(name, "database_closed", map[string]any{"Error": oneLine(err.Error(), 300)})
		return
	}
	defer svc.Close()
	for _, c := range []struct {
		name  string
		check func(context.Context, *core.Service) error
	}{
		{"audit", d.checkAudit}, {"workspaces", d.checkWorkspaces}, {"outbox", d.checkOutbox}, {"forgotten-timers", d.checkSweep},
	} {
		if err := c.check(ctx, svc); err != nil && ctx.Err() == nil {
			d.fail(c.name, "unreadable", map[string]any{"Error": oneLine(err.Error(), 300)})
		}
	}
}

func (d *doctor) checkDurability(ctx context.Context, st *store.Store) {
	const name = "durability"
	settings, err := st.Durability(ctx)
	if err != nil {
		d.fail(name, "unreadable", map[string]any{"Error": oneLine(err.Error(), 300)})
		return
	}
	var all, weak []string
	for _, s := range settings {
		all = append(all, s.Name+"="+s.Value)
		if !s.OK {
			weak = append(weak, s.Name+"="+s.Value)
		}
	}
	if len(weak) > 0 {
		d.fail(name, "durability_weak", map[string]any{"Settings": strings.Join(weak, ", ")})
		return
	}
	d.ok(name, "durability", map[string]any{"Settings": strings.Join(all, ", ")})
}

func (d *doctor) checkIntegrity(ctx context.Context, st *store.Store) {
	const name = "integrity"
	problems, err := st.Check(ctx)
	if err != nil {
		d.fail(name, "unreadable", map[string]any{"Error": oneLine(err.Error(), 300)})
		return
	}
	if len(problems) > 0 {
		d.fail(name, "integrity_broken", map[string]any{"Problem": oneLine(problems[0], 300), "Count": len(problems)})
		return
	}
	wrong, err := st.CheckAccounts(ctx)
	switch {
	case err != nil:
		d.fail(name, "unreadable", map[string]any{"Error": oneLine(err.Error(), 300)})
	case wrong > 0:
		d.fail(name, "integrity_accounts", map[string]any{"Count": wrong})
	default:
		d.ok(name, "integrity", nil)
	}
}

// The disk is as good as full below the first figure, and worth a look below
// the second.
const (
	diskFull  = 100 << 20
	diskShort = 1 << 30
)

func (d *doctor) checkDisk() {
	const name = "disk"
	if d.onPostgres() {
		d.ok(name, "disk_elsewhere", nil)
		return
	}
	folder := filepath.Dir(d.cfg.Database.Reveal())
	var is syscall.Statfs_t
	if err := syscall.Statfs(folder, &is); err != nil {
		d.warn(name, "disk_unknown", map[string]any{"Error": oneLine(err.Error(), 200)})
		return
	}
	d.judgeDisk(is.Bavail * uint64(is.Bsize)) //nolint:gosec // a block has a positive size
}

func (d *doctor) judgeDisk(free uint64) {
	const name = "disk"
	params := map[string]any{"MiB": int(free >> 20)}
	switch {
	case free < diskFull:
		d.fail(name, "disk_full", params)
	case free < diskShort:
		d.warn(name, "disk_short", params)
	default:
		d.ok(name, "disk", params)
	}
}

func (d *doctor) checkAudit(ctx context.Context, svc *core.Service) error {
	const name = "audit"
	report, err := svc.VerifyAudit(ctx, operator(), "")
	if err != nil {
		return err
	}
	if b := report.Broken; b != nil {
		d.fail(name, "audit_broken", map[string]any{
			"Seq": int(b.Seq), "Workspace": string(b.WorkspaceID), "Problem": d.inv.reader.T("cli.audit_problem." + b.Problem),
		})
		return nil
	}
	d.ok(name, "audit", map[string]any{"Count": int(report.Entries)})
	return nil
}

func (d *doctor) checkWorkspaces(ctx context.Context, svc *core.Service) error {
	const name = "workspaces"
	list, err := svc.OwnedWorkspaces(ctx, operator())
	if err != nil {
		return err
	}
	d.workspaces = append([]core.OwnedWorkspace{}, list...)
	var orphans []string
	for _, ws := range list {
		if ws.Owners == 0 {
			orphans = append(orphans, ws.Slug)
		}
		linked, err := svc.Identities(ctx, operator().In(ws.ID), false)
		if err != nil {
			return err
		}
		for _, id := range linked {
			if key := id.Platform + " " + ws.Slug; !slices.Contains(d.teams[key], id.Team) {
				d.teams[key] = append(d.teams[key], id.Team)
			}
		}
	}
	switch {
	case len(list) == 0:
		d.warn(name, "workspaces_none", nil)
	case len(orphans) > 0:
		d.fail(name, "workspaces_ownerless", map[string]any{"Slugs": strings.Join(orphans, ", "), "Slug": orphans[0]})
	default:
		d.ok(name, "workspaces", map[string]any{"Count": len(list)})
	}
	return nil
}

// A message that is this late is worth a look, or a sign that nothing is sent.
const (
	lateMessage = 2 * time.Minute
	deadOutbox  = 15 * time.Minute
)

func (d *doctor) checkOutbox(ctx context.Context, svc *core.Service) error {
	const name = "outbox"
	var on, off []string
	for platform, enabled := range map[string]bool{core.PlatformSlack: d.cfg.Slack.Enabled, core.PlatformDiscord: d.cfg.Discord.Enabled} {
		if enabled {
			on = append(on, platform)
		} else {
			off = append(off, platform)
		}
	}
	slices.Sort(off)
	left, err := svc.OutboxHealth(ctx, operator(), off)
	if err != nil {
		return err
	}
	if left.Due > 0 {
		d.warn(name, "outbox_off", map[string]any{"Count": left.Due, "Platforms": strings.Join(off, ", ")})
	}
	if len(on) == 0 {
		if left.Due == 0 {
			d.ok(name, "outbox_none", nil)
		}
		return nil
	}
	health, err := svc.OutboxHealth(ctx, operator(), on)
	if err != nil {
		return err
	}
	age := time.Duration(0)
	if !health.Oldest.IsZero() {
		age = max(0, d.clock.Now().Sub(health.Oldest))
	}
	params := map[string]any{"Count": health.Due, "Age": span(age)}
	switch {
	case age > deadOutbox:
		d.fail(name, "outbox_late", params)
	case age > lateMessage:
		d.warn(name, "outbox_late", params)
	case health.Dead == 0:
		d.ok(name, "outbox", params)
	}
	if health.Dead > 0 {
		d.warn(name, "outbox_dead", map[string]any{"Count": health.Dead})
	}
	return nil
}

// sweepGrace is how long after its time the search for forgotten timers may
// end: the watchdog starts one that is 90 s late.
const sweepGrace = 3 * time.Minute

func (d *doctor) checkSweep(ctx context.Context, svc *core.Service) error {
	const name = "forgotten-timers"
	last, err := svc.LastRun(ctx, operator(), core.JobForgottenTimers)
	if err != nil {
		return err
	}
	if last.IsZero() {
		d.warn(name, "sweep_never", nil)
		return nil
	}
	schedule, err := parseSchedule(d.cfg.Forgotten.Schedule)
	if err != nil {
		return err
	}
	now := d.clock.Now()
	params := map[string]any{"Age": span(max(0, now.Sub(last)))}
	// Its time is kept to the minute.
	if due := schedule.Next(last.UTC()); now.After(due.Add(sweepGrace)) {
		d.fail(name, "sweep_late", params)
		return nil
	}
	d.ok(name, "sweep", params)
	return nil
}
