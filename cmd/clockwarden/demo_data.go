package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

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
	seen        time.Duration // how long ago the person was last active; 0: has never been here
	task        string        // what the timer is about
	keys        []string      // names of API keys
	invited     bool          // has not joined yet
	left        bool          // inactive
}

func demoPeople() []demoPerson {
	const day, night = "mon-fri 09:00-17:30", "mon-fri 22:00-06:00"
	return []demoPerson{
		{email: demoOwnerEmail, name: "Olivia Owner", role: core.RoleOwner, zone: "Europe/Berlin", language: "en", seen: 25 * time.Minute, running: 25 * time.Minute, task: "Plan the sprint"},
		{email: "adam@acme.test", name: "Adam Admin", role: core.RoleAdmin, zone: "Europe/London", language: "en", seen: 12 * time.Minute, hours: day, running: 3 * time.Hour, task: "Renew the certificates", keys: []string{"Backup script"}},
		{email: "mona@acme.test", name: "Mona Manager", role: core.RoleManager, zone: "Europe/Vienna", language: "de", seen: 4 * time.Minute, hours: day, running: 70 * time.Minute, task: "Angebot für Globex"},
		{email: demoMemberEmail, name: "Dana Díaz", role: core.RoleMember, zone: "Europe/Madrid", language: "en", seen: 3*time.Hour + 20*time.Minute, running: 11*time.Hour + 40*time.Minute, task: "Customer support", keys: []string{"Laptop", "Spreadsheet import"}},
		{email: "bjoern@acme.test", name: "Björn Müller-Lüdenscheidt", role: core.RoleMember, zone: "Europe/Berlin", language: "de", seen: 11*time.Hour + 5*time.Minute, running: 19*time.Hour + 30*time.Minute, task: "Bühnenbau Köln", keys: []string{"Zeitnahme"}},
		{email: "zoe@acme.test", name: "Zoë Ångström", role: core.RoleMember, zone: "Europe/Stockholm", language: "en", seen: 95 * time.Minute, running: 9*time.Hour + 10*time.Minute, task: "Usability test"},
		{email: "nguyen@acme.test", name: "Nguyễn Thị Minh", role: core.RoleMember, zone: "Asia/Ho_Chi_Minh", language: "en", seen: 6 * time.Hour, running: 14 * time.Hour, task: "Nightly import"},
		{email: "lukasz@acme.test", name: "Łukasz Wiśniewski", role: core.RoleMember, zone: "Europe/Warsaw", language: "en", seen: 8 * time.Minute, hours: day, running: 40 * time.Minute, task: "Code review"},
		{email: "aiko@acme.test", name: "佐藤 愛子", role: core.RoleMember, zone: "Asia/Tokyo", language: "en", seen: 50 * time.Minute, running: 2 * time.Hour, task: "翻訳の確認", keys: []string{"Calendar"}},
		{email: "chidi@acme.test", name: "Chidi Okonkwo", role: core.RoleMember, zone: "Africa/Lagos", language: "en", seen: 27 * time.Hour},
		{email: "fatima@acme.test", name: "Fatima Al-Sayed", role: core.RoleMember, zone: "Africa/Cairo", language: "en", seen: 3 * 24 * time.Hour, keys: []string{"CI"}},
		{email: "joao@acme.test", name: "João Gonçalves", role: core.RoleMember, zone: "America/Sao_Paulo", language: "en", seen: 2*time.Hour + 10*time.Minute},
		{email: "soeren@acme.test", name: "Søren Kjærgaard", role: core.RoleMember, zone: "Europe/Copenhagen", language: "en", seen: 40 * time.Minute, hours: night, running: 5 * time.Hour, task: "Night watch"},
		{email: "priya@acme.test", name: "Priya Raghunathan", role: core.RoleMember, zone: "Asia/Kolkata", language: "en", seen: 5 * 24 * time.Hour},
		{email: "siobhan@acme.test", name: "Siobhán O’Connor", role: core.RoleMember, zone: "Europe/Dublin", language: "en", seen: 9 * 24 * time.Hour, left: true},
		{email: "jurgen@acme.test", name: "Jürgen Groß", role: core.RoleMember, zone: "Europe/Zurich", language: "de", invited: true},
	}
}

// demoClock stands where the made-up story is.
type demoClock struct{ now time.Time }

// Now implements core.Clock.
func (c *demoClock) Now() time.Time { return c.now }

// demoStory is what happened in the demo's workspace, told from the beginning: each step at its
// moment, so that the audit log reads like one that grew.
type demoStory struct {
	svc      *core.Service
	clock    *demoClock
	ws       core.Workspace
	projects []core.ID
	steps    []demoStep
}

type demoStep struct {
	at time.Time
	do func(context.Context) error
}

func (d *demoStory) add(at time.Time, do func(context.Context) error) {
	d.steps = append(d.steps, demoStep{at, do})
}

// demoDays is how long ago the story begins.
const demoDays = 14

// fillDemo makes the workspace acme with its people, timers, entries and keys as of now. A workspace
// that is there already is left as it is. svc runs on the clock, which fillDemo moves.
func fillDemo(ctx context.Context, svc *core.Service, clock *demoClock, now time.Time) error {
	if _, err := svc.WorkspaceBySlug(ctx, demoSlug); core.ErrorCode(err) != core.CodeNotFound {
		return err
	}
	d := &demoStory{svc: svc, clock: clock}
	clock.now = now.AddDate(0, 0, -demoDays-1)
	if err := d.begin(ctx); err != nil {
		return err
	}
	for i, p := range demoPeople() {
		random := rand.New(rand.NewPCG(uint64(i)+1, 1)) //nolint:gosec // made-up data, the same at each start
		if err := d.join(ctx, p); err != nil {
			return fmt.Errorf("made-up member %s: %w", p.email, err)
		}
		if !p.invited {
			d.live(p, now, random)
		}
	}
	slices.SortStableFunc(d.steps, func(a, b demoStep) int { return a.at.Compare(b.at) })
	for _, step := range d.steps {
		clock.now = step.at
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// begin makes the workspace, its projects and tags.
func (d *demoStory) begin(ctx context.Context) (err error) {
	first := demoPeople()[0]
	d.ws, _, err = d.svc.CreateWorkspace(ctx, operator(), core.NewWorkspace{
		Name: "Acme", Slug: demoSlug, Plan: core.PlanEnterprise, TimeZone: "Europe/Berlin",
		OwnerEmail: first.email, OwnerName: first.name,
	})
	if err != nil {
		return err
	}
	owner, err := d.svc.ActorByEmail(ctx, core.DoorCLI, d.ws.ID, first.email)
	if err != nil {
		return err
	}
	for _, p := range []core.Project{
		{Name: "Globex website", Color: "#03a9f4", Billable: true},
		{Name: "Initech migration", Color: "#8bc34a", Billable: true},
		{Name: "Internal", Color: "#9e9e9e"},
	} {
		made, err := d.svc.CreateProject(ctx, owner, p)
		if err != nil {
			return err
		}
		d.projects = append(d.projects, made.ID)
	}
	for _, name := range []string{"meeting", "on site", "overtime"} {
		if _, err := d.svc.CreateTag(ctx, owner, core.Tag{Name: name}); err != nil {
			return err
		}
	}
	return nil
}

// join adds a member, who is the owner for the first of the people.
func (d *demoStory) join(ctx context.Context, p demoPerson) error {
	op := operator().In(d.ws.ID)
	m, err := d.svc.MemberByEmail(ctx, op, p.email)
	if core.ErrorCode(err) == core.CodeNotFound {
		m, err = d.svc.AddMember(ctx, op, core.NewMember{
			Email: p.email, Name: p.name, Role: p.role, Active: !p.invited, Language: p.language, TimeZone: p.zone,
		})
	}
	if err != nil || p.invited {
		return err
	}
	if p.hours != "" {
		if _, err := d.svc.UpdateMember(ctx, op, m.ID, core.MemberUpdate{WorkingHours: &p.hours}); err != nil {
			return err
		}
	}
	for _, name := range p.keys {
		if _, _, err := d.svc.CreateAPIKey(ctx, op, m.ID, name); err != nil {
			return err
		}
	}
	return nil
}

// live tells what a member did since: two weeks of work, the running timer, the last visit.
func (d *demoStory) live(p demoPerson, now time.Time, r *rand.Rand) {
	tasks := []string{"Customer support", "Code review", "Design meeting", "Write the documentation", "Fix the import", "Prepare the release", ""}
	zone, err := time.LoadLocation(p.zone)
	if err != nil {
		zone = time.UTC
	}
	self := func(ctx context.Context) (core.Actor, error) {
		return d.svc.ActorByEmail(ctx, core.DoorPanel, d.ws.ID, p.email)
	}
	// Nothing overlaps the running timer: its member was busy with it since.
	latest := now.Add(-p.running)
	if p.left {
		latest = now.Add(-p.seen)
	}
	today := now.In(zone)
	for back := demoDays; back >= 0; back-- {
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
				Description: tasks[r.IntN(len(tasks))], ProjectID: d.projects[r.IntN(len(d.projects))],
				Billable: r.IntN(3) > 0, Start: start, End: end,
			}
			d.add(end, func(ctx context.Context) error {
				a, err := self(ctx)
				if err == nil {
					_, err = d.svc.CreateEntry(ctx, a, entry)
				}
				return err
			})
			start = end.Add(time.Duration(10+r.IntN(40)) * time.Minute)
		}
	}
	if p.running > 0 {
		d.add(latest, func(ctx context.Context) error {
			a, err := self(ctx)
			if err == nil {
				_, err = d.svc.StartTimer(ctx, a, core.NewEntry{Description: p.task, ProjectID: d.projects[0], Billable: true})
			}
			return err
		})
	}
	if p.seen > 0 {
		d.add(now.Add(-p.seen), func(ctx context.Context) error { return d.visit(ctx, p.email) })
	}
	if p.left {
		d.add(latest.Add(time.Hour), func(ctx context.Context) error {
			op := operator().In(d.ws.ID)
			m, err := d.svc.MemberByEmail(ctx, op, p.email)
			if err != nil {
				return err
			}
			status := core.StatusInactive
			_, err = d.svc.UpdateMember(ctx, op, m.ID, core.MemberUpdate{Status: &status})
			return err
		})
	}
}

// visit signs a member in for a moment, which leaves the last activity.
func (d *demoStory) visit(ctx context.Context, email string) error {
	link, _, err := d.svc.CreateSignInLink(ctx, operator().In(d.ws.ID), email)
	if err != nil {
		return err
	}
	in, err := d.svc.UseSignInLink(ctx, link, core.Client{})
	if err != nil {
		return err
	}
	a, _, err := d.svc.ActorBySession(ctx, core.Visit{Token: in.Token})
	if err != nil {
		return err
	}
	return d.svc.SignOut(ctx, a)
}
