package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/clockwarden/clockwarden/core"
)

const (
	demoSlug        = "acme"
	demoOwnerEmail  = "olivia@acme.test"
	demoMemberEmail = "dana@acme.test"
)

// demoPerson is one made-up member of the demo.
type demoPerson struct {
	email, name string
	role        core.Role
	zone        string
	language    string
	hours       string        // working hours; empty: none
	running     time.Duration // how long the timer has been running; 0: none
	task        string        // what the timer is about
	keys        []string      // names of API keys
	invited     bool          // has not joined yet
	left        bool          // inactive
}

func demoPeople() []demoPerson {
	const day, night = "mon-fri 09:00-17:30", "mon-fri 22:00-06:00"
	return []demoPerson{
		{email: demoOwnerEmail, name: "Olivia Owner", role: core.RoleOwner, zone: "Europe/Berlin", language: "en", running: 25 * time.Minute, task: "Plan the sprint"},
		{email: "adam@acme.test", name: "Adam Admin", role: core.RoleAdmin, zone: "Europe/London", language: "en", hours: day, running: 3 * time.Hour, task: "Renew the certificates", keys: []string{"Backup script"}},
		{email: "mona@acme.test", name: "Mona Manager", role: core.RoleManager, zone: "Europe/Vienna", language: "de", hours: day, running: 70 * time.Minute, task: "Angebot für Globex"},
		{email: demoMemberEmail, name: "Dana Díaz", role: core.RoleMember, zone: "Europe/Madrid", language: "en", running: 11*time.Hour + 40*time.Minute, task: "Customer support", keys: []string{"Laptop", "Spreadsheet import"}},
		{email: "bjoern@acme.test", name: "Björn Müller-Lüdenscheidt", role: core.RoleMember, zone: "Europe/Berlin", language: "de", running: 19*time.Hour + 30*time.Minute, task: "Bühnenbau Köln", keys: []string{"Zeitnahme"}},
		{email: "zoe@acme.test", name: "Zoë Ångström", role: core.RoleMember, zone: "Europe/Stockholm", language: "en", running: 9*time.Hour + 10*time.Minute, task: "Usability test"},
		{email: "nguyen@acme.test", name: "Nguyễn Thị Minh", role: core.RoleMember, zone: "Asia/Ho_Chi_Minh", language: "en", running: 14 * time.Hour, task: "Nightly import"},
		{email: "lukasz@acme.test", name: "Łukasz Wiśniewski", role: core.RoleMember, zone: "Europe/Warsaw", language: "en", hours: day, running: 40 * time.Minute, task: "Code review"},
		{email: "aiko@acme.test", name: "佐藤 愛子", role: core.RoleMember, zone: "Asia/Tokyo", language: "en", running: 2 * time.Hour, task: "翻訳の確認", keys: []string{"Calendar"}},
		{email: "chidi@acme.test", name: "Chidi Okonkwo", role: core.RoleMember, zone: "Africa/Lagos", language: "en"},
		{email: "fatima@acme.test", name: "Fatima Al-Sayed", role: core.RoleMember, zone: "Africa/Cairo", language: "en", keys: []string{"CI"}},
		{email: "joao@acme.test", name: "João Gonçalves", role: core.RoleMember, zone: "America/Sao_Paulo", language: "en"},
		{email: "soeren@acme.test", name: "Søren Kjærgaard", role: core.RoleMember, zone: "Europe/Copenhagen", language: "en", hours: night, running: 5 * time.Hour, task: "Night watch"},
		{email: "priya@acme.test", name: "Priya Raghunathan", role: core.RoleMember, zone: "Asia/Kolkata", language: "en"},
		{email: "siobhan@acme.test", name: "Siobhán O’Connor", role: core.RoleMember, zone: "Europe/Dublin", language: "en", left: true},
		{email: "jurgen@acme.test", name: "Jürgen Groß", role: core.RoleMember, zone: "Europe/Zurich", language: "de", invited: true},
	}
}

// fillDemo makes the workspace acme with its people, timers, entries and keys.
// A workspace that is there already is left as it is.
func fillDemo(ctx context.Context, svc *core.Service) (core.Workspace, error) {
	ws, err := svc.WorkspaceBySlug(ctx, demoSlug)
	if core.ErrorCode(err) != core.CodeNotFound {
		return ws, err
	}
	people := demoPeople()
	ws, _, err = svc.CreateWorkspace(ctx, operator(), core.NewWorkspace{
		Name: "Acme", Slug: demoSlug, Plan: core.PlanEnterprise, TimeZone: "Europe/Berlin",
		OwnerEmail: people[0].email, OwnerName: people[0].name,
	})
	if err != nil {
		return ws, err
	}
	projects, err := demoProjects(ctx, svc, ws)
	if err != nil {
		return ws, err
	}
	// Side by side, the store commits many acts at once.
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	seed := uint64(0)
	for _, p := range people {
		seed++
		random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // made-up data, the same at each start
		group.Go(func() error {
			if err := demoMember(ctx, svc, ws, p, projects, random); err != nil {
				return fmt.Errorf("made-up member %s: %w", p.email, err)
			}
			return nil
		})
	}
	return ws, group.Wait()
}

func demoProjects(ctx context.Context, svc *core.Service, ws core.Workspace) ([]core.ID, error) {
	owner, err := svc.ActorByEmail(ctx, core.DoorCLI, ws.ID, demoOwnerEmail)
	if err != nil {
		return nil, err
	}
	var ids []core.ID
	for _, p := range []core.Project{
		{Name: "Globex website", Color: "#03a9f4", Billable: true},
		{Name: "Initech migration", Color: "#8bc34a", Billable: true},
		{Name: "Internal", Color: "#9e9e9e"},
	} {
		made, err := svc.CreateProject(ctx, owner, p)
		if err != nil {
			return nil, err
		}
		ids = append(ids, made.ID)
	}
	for _, name := range []string{"meeting", "on site", "overtime"} {
		if _, err := svc.CreateTag(ctx, owner, core.Tag{Name: name}); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func demoMember(ctx context.Context, svc *core.Service, ws core.Workspace, p demoPerson, projects []core.ID, r *rand.Rand) error {
	op := operator().In(ws.ID)
	m, err := svc.MemberByEmail(ctx, op, p.email)
	if core.ErrorCode(err) == core.CodeNotFound {
		m, err = svc.AddMember(ctx, op, core.NewMember{
			Email: p.email, Name: p.name, Role: p.role, Active: !p.invited, Language: p.language, TimeZone: p.zone,
		})
	}
	if err != nil || p.invited {
		return err
	}
	if p.hours != "" {
		if _, err := svc.UpdateMember(ctx, op, m.ID, core.MemberUpdate{WorkingHours: &p.hours}); err != nil {
			return err
		}
	}
	self, err := svc.ActorByEmail(ctx, core.DoorCLI, ws.ID, p.email)
	if err != nil {
		return err
	}
	if err := demoEntries(ctx, svc, self, m, p, projects, r); err != nil {
		return err
	}
	for _, name := range p.keys {
		if _, _, err := svc.CreateAPIKey(ctx, op, m.ID, name); err != nil {
			return err
		}
	}
	if p.left {
		status := core.StatusInactive
		_, err = svc.UpdateMember(ctx, op, m.ID, core.MemberUpdate{Status: &status})
	}
	return err
}

// demoEntries gives a member two weeks of work, and the running timer.
func demoEntries(ctx context.Context, svc *core.Service, self core.Actor, m core.Member, p demoPerson, projects []core.ID, r *rand.Rand) error {
	tasks := []string{"Customer support", "Code review", "Design meeting", "Write the documentation", "Fix the import", "Prepare the release", ""}
	now := svc.Now()
	zone := m.User.Zone()
	// Nothing overlaps the running timer: its member was busy with it since.
	latest := now.Add(-p.running)
	today := now.In(zone)
	for back := 14; back >= 0; back-- {
		day := time.Date(today.Year(), today.Month(), today.Day()-back, 0, 0, 0, 0, zone)
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			continue
		}
		start := day.Add(9*time.Hour + time.Duration(r.IntN(40))*time.Minute)
		for range 2 + r.IntN(2) {
			end := start.Add(time.Duration(75+r.IntN(90)) * time.Minute)
			if end.After(latest) {
				break
			}
			entry := core.NewEntry{
				Description: tasks[r.IntN(len(tasks))], ProjectID: projects[r.IntN(len(projects))],
				Billable: r.IntN(3) > 0, Start: start, End: end,
			}
			if _, err := svc.CreateEntry(ctx, self, entry); err != nil {
				return err
			}
			start = end.Add(time.Duration(10+r.IntN(40)) * time.Minute)
		}
	}
	if p.running == 0 {
		return nil
	}
	_, err := svc.StartTimer(ctx, self, core.NewEntry{Description: p.task, ProjectID: projects[0], Billable: true, Start: latest})
	if err != nil {
		return errors.Join(fmt.Errorf("start the timer of %s", p.email), err)
	}
	return nil
}
