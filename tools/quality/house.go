package main

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
	"github.com/clockwarden/clockwarden/tools/quality/year"
)

// tick is how often the cron job looks for forgotten timers.
const tick = 5 * time.Minute

// clock stands where the year is.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// house is a service on a new database, in which the people of a year live.
type house struct {
	*core.Service
	store   *store.Store
	clock   *clock
	ws      core.Workspace
	owner   core.Actor
	zone    *time.Location // of the owner
	people  []year.Person
	members []core.Member
	finish  []finished // entries that were stopped by their person, by end
	loaded  int        // of finish
	running map[int]*timer
	events  agenda
	cases   []Case
	tally   Tally
}

// finished is an entry that nobody forgot.
type finished struct {
	person int
	entry  year.Entry
}

// timer is a forgotten timer while it runs.
type timer struct {
	person int
	entry  year.Entry
	id     core.ID
	flagAt time.Time
	opened time.Time // when the flag was opened
	in     core.Actor
}

// Tally counts what became of the forgotten timers.
type Tally struct {
	People, Entries, Forgotten int
	EndedByNext                int // the person's next timer ended it before an owner looked
	Noticed                    int // the person put it right before an owner looked
	Unseen                     int // the year ended first
	Early                      int // flagged while the person still worked
}

// open makes the database and puts the people into it.
func open(ctx context.Context, dir string, plan year.Plan) (*house, error) {
	h := &house{clock: &clock{now: plan.From.Add(-24 * time.Hour)}, people: year.Make(plan), running: map[int]*timer{}}
	var err error
	if h.store, err = store.Open(ctx, store.Options{DSN: filepath.Join(dir, "year.db")}); err != nil {
		return nil, err
	}
	if h.Service, err = core.New(core.Options{Store: h.store, Clock: h.clock}); err != nil {
		return nil, errors.Join(err, h.store.Close())
	}
	if err := h.settle(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *house) close() error {
	h.Close()
	return h.store.Close()
}

func operator() core.Actor { return core.System(core.JobOperator, core.DoorCLI) }
func cron() core.Actor     { return core.System(core.JobForgottenTimers, core.DoorCron) }

func (h *house) settle(ctx context.Context) error {
	ws, owner, err := h.CreateWorkspace(ctx, operator(), core.NewWorkspace{
		Name: "Acme", Slug: "acme", Plan: core.PlanEnterprise, TimeZone: "Europe/Berlin", Language: "en",
		OwnerEmail: "owner@acme.example", OwnerName: "Olivia Owner",
	})
	if err != nil {
		return err
	}
	h.ws, h.zone = ws, ws.Zone()
	h.owner = core.Actor{UserID: owner.User.ID, MemberID: owner.ID, WorkspaceID: ws.ID, Door: core.DoorPanel, RequestID: "quality"}
	now := h.clock.Now()
	for _, p := range h.people {
		m := core.Member{
			ID: core.NewID(now), WorkspaceID: ws.ID, Role: core.RoleMember, Status: core.StatusActive, WorkingHours: p.Hours, CreatedAt: now,
			User: core.User{
				ID: core.NewID(now), Name: fmt.Sprintf("Person %d", p.Number), Email: fmt.Sprintf("person%d@acme.example", p.Number),
				TimeZone: p.Zone, Language: "en", Scheme: "auto",
			},
		}
		if _, err := core.ParseWorkingHours(p.Hours); err != nil {
			return fmt.Errorf("working hours %q: %w", p.Hours, err)
		}
		h.members = append(h.members, m)
	}
	if err := h.store.Write(ctx, func(ctx context.Context, tx core.Tx) error {
		if err := tx.BulkLoad(ctx, ws.ID, core.Bulk{Members: h.members}); err != nil {
			return err
		}
		return tx.RefreshAccounts(ctx, ws.ID)
	}); err != nil {
		return err
	}
	h.tally.People = len(h.people)
	for i, p := range h.people {
		h.tally.Entries += len(p.Entries)
		for _, e := range p.Entries {
			if e.Forgot == nil {
				h.finish = append(h.finish, finished{i, e})
				continue
			}
			h.tally.Forgotten++
			h.at(e.Start, i, func(ctx context.Context) error { return h.start(ctx, i, e) })
		}
	}
	slices.SortStableFunc(h.finish, func(a, b finished) int {
		return cmp.Or(a.entry.End.Compare(b.entry.End), cmp.Compare(a.person, b.person))
	})
	return nil
}

// live lets the year happen: what the people and the product do, in the order of time, with the clock where it happens.
func (h *house) live(ctx context.Context) error {
	for h.events.Len() > 0 {
		next, _ := heap.Pop(&h.events).(event)
		h.clock.set(next.at)
		if err := next.happens(ctx); err != nil {
			return fmt.Errorf("%s: %w", next.at.Format(time.RFC3339), err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// load writes the entries that people finished since the last time. Nothing of the future is ever in the database.
func (h *house) load(ctx context.Context) error {
	var b core.Bulk
	now := h.clock.Now()
	for ; h.loaded < len(h.finish) && !h.finish[h.loaded].entry.End.After(now); h.loaded++ {
		f := h.finish[h.loaded]
		m := h.members[f.person]
		b.Entries = append(b.Entries, core.TimeEntry{
			ID: core.NewID(f.entry.Start), WorkspaceID: h.ws.ID, MemberID: m.ID, UserID: m.User.ID, Description: "work",
			Start: f.entry.Start, End: f.entry.End, Version: 2, StoppedAt: f.entry.End, StoppedBy: m.User.ID, StoppedDoor: core.DoorPanel,
			CreatedAt: f.entry.Start,
		})
	}
	if len(b.Entries) == 0 {
		return nil
	}
	return h.store.Write(ctx, func(ctx context.Context, tx core.Tx) error { return tx.BulkLoad(ctx, h.ws.ID, b) })
}

func (h *house) actor(person int) core.Actor {
	m := h.members[person]
	return core.Actor{UserID: m.User.ID, MemberID: m.ID, WorkspaceID: h.ws.ID, Door: core.DoorPanel, RequestID: "quality"}
}

// start begins a timer that will be forgotten, as its person.
func (h *house) start(ctx context.Context, person int, e year.Entry) error {
	if h.running[person] != nil {
		h.tally.EndedByNext++ // whoever entered work by hand while it ran begins a timer again
		delete(h.running, person)
	}
	t := &timer{person: person, entry: e, in: h.actor(person)}
	if !e.Forgot.SignOut.IsZero() {
		if err := h.signIn(ctx, t); err != nil {
			return err
		}
	}
	started, err := h.StartTimer(ctx, t.in, core.NewEntry{Description: "work"})
	if err != nil {
		return err
	}
	t.id, t.flagAt = started.ID, started.FlagAt
	h.running[person] = t
	h.at(t.flagAt.Add(tick-1).Truncate(tick), person, func(ctx context.Context) error { return h.sweep(ctx, t) })
	if !e.Forgot.SignOut.IsZero() {
		h.at(e.Forgot.SignOut, person, func(ctx context.Context) error { return h.SignOut(ctx, t.in) })
	}
	if !e.Forgot.Back.IsZero() && e.Forgot.Then != year.ByHand {
		h.at(e.Forgot.Back, person, func(ctx context.Context) error { return h.back(ctx, t) })
	}
	return nil
}

// signIn gives a person who will sign out a real session.
func (h *house) signIn(ctx context.Context, t *timer) error {
	link, _, err := h.CreateSignInLink(ctx, operator().In(h.ws.ID), h.members[t.person].User.Email)
	if err != nil {
		return err
	}
	in, err := h.UseSignInLink(ctx, link, core.Client{})
	if err != nil {
		return err
	}
	t.in, _, err = h.ActorBySession(ctx, core.Visit{Token: in.Token})
	return err
}

func (h *house) runs(t *timer) bool { return h.running[t.person] == t }

// sweep is a tick of the cron job at which a timer is due.
func (h *house) sweep(ctx context.Context, t *timer) error {
	if !h.runs(t) {
		return nil
	}
	if _, err := h.FlagForgottenTimers(ctx, cron()); err != nil {
		return err
	}
	t.opened = h.clock.Now()
	alert := t.opened
	if t.entry.End.After(alert) {
		h.tally.Early++
		alert = t.entry.End // until then nothing is forgotten; the alert stands there still
	}
	h.at(t.entry.Forgot.Looked(alert, h.zone), t.person, func(ctx context.Context) error { return h.look(ctx, t) })
	return nil
}

// back is the return of a person to their running timer.
func (h *house) back(ctx context.Context, t *timer) error {
	if !h.runs(t) {
		return nil
	}
	stop := core.StopTimer{EntryID: t.id}
	if t.entry.Forgot.Then == year.Notices {
		h.tally.Noticed++
		stop.End = t.entry.End
	} else {
		h.tally.EndedByNext++
	}
	delete(h.running, t.person)
	_, err := h.StopTimer(ctx, h.actor(t.person), stop)
	return err
}

// look is an owner who reads the alert: what is proposed now is what counts.
func (h *house) look(ctx context.Context, t *timer) error {
	if !h.runs(t) {
		return nil
	}
	delete(h.running, t.person)
	now := h.clock.Now()
	if err := h.load(ctx); err != nil {
		return err
	}
	if err := h.store.Write(ctx, func(ctx context.Context, tx core.Tx) error {
		return tx.TouchMember(ctx, h.ws.ID, h.members[t.person].ID, t.entry.Forgot.LastSeen(now))
	}); err != nil {
		return err
	}
	proposals, err := h.EndProposals(ctx, h.owner, t.id)
	if err != nil {
		return err
	}
	h.cases = append(h.cases, Case{Person: h.people[t.person], Entry: t.entry, Now: now, Opened: t.opened, Proposals: proposals})
	// The record is put right: what was forgotten is not to be what is usual.
	_, err = h.StopTimer(ctx, h.owner, core.StopTimer{EntryID: t.id, End: t.entry.End})
	return err
}

// unseen counts what still ran at the end.
func (h *house) unseen() int {
	return h.tally.Forgotten - len(h.cases) - h.tally.EndedByNext - h.tally.Noticed
}

// event is something that happens at a moment.
type event struct {
	at      time.Time
	person  int
	serial  int
	happens func(ctx context.Context) error
}

// agenda is a heap of events, the next first.
type agenda struct {
	list   []event
	serial int
}

func (h *house) at(t time.Time, person int, happens func(ctx context.Context) error) {
	h.events.serial++
	heap.Push(&h.events, event{t, person, h.events.serial, happens})
}

func (a agenda) Len() int { return len(a.list) }

func (a agenda) Less(i, j int) bool {
	x, y := a.list[i], a.list[j]
	return cmp.Or(x.at.Compare(y.at), cmp.Compare(x.serial, y.serial)) < 0
}
func (a agenda) Swap(i, j int) { a.list[i], a.list[j] = a.list[j], a.list[i] }

// Push implements heap.Interface.
func (a *agenda) Push(x any) {
	if e, ok := x.(event); ok {
		a.list = append(a.list, e)
	}
}

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	last := a.list[len(a.list)-1]
	a.list = a.list[:len(a.list)-1]
	return last
}
