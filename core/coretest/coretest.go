// Package coretest makes a real Service on a real store for tests: a fake clock, a ready workspace
// and actors of every role. It is for tests of every room.
package coretest

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
	"github.com/clockwarden/clockwarden/tools/postgrestest"
)

// Clock is a clock that moves only when a test moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Start is where the fake clock starts: a Monday morning in winter.
var Start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// NewClock returns a clock standing at Start.
func NewClock() *Clock { return &Clock{now: Start} }

// Now returns where the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock, backwards too.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set puts the clock somewhere.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t.UTC()
}

// House is a Service with the workspace acme (Enterprise, subdomain acme, Europe/Berlin, English):
// Olivia and Otto (owners), Adam (admin), Mona (manager), Dana and Dirk (members), all active.
type House struct {
	*core.Service
	Store     *store.Store
	Clock     *Clock
	Workspace core.Workspace
	DSN       string
	byName    map[string]core.Member
	t         testing.TB
}

// Option changes the core.Options of a House.
type Option func(*core.Options)

// WithChat connects chat platforms.
func WithChat(c ...core.ChatConnection) Option { return func(o *core.Options) { o.Chat = c } }

// New makes a House on a new SQLite database.
func New(t testing.TB, options ...Option) *House {
	t.Helper()
	return On(t, filepath.Join(t.TempDir(), "clockwarden.db"), options...)
}

// Each runs a test on both engines, as subtests. The package's TestMain has to start PostgreSQL with
// postgrestest.Main(m, coretest.Migrate).
func Each(t *testing.T, test func(t *testing.T, h *House), options ...Option) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, New(t, options...)) })
	t.Run("postgresql", func(t *testing.T) { test(t, On(t, postgrestest.New(t), options...)) })
}

// Migrate makes the tables in an empty database, for the template that tests' databases are copied from.
func Migrate(dsn string) error {
	st, err := store.Open(context.Background(), store.Options{DSN: dsn})
	if err != nil {
		return err
	}
	return st.Close()
}

// On makes a House on the (empty) database of the DSN: a path, or postgres://….
func On(t testing.TB, dsn string, options ...Option) *House {
	t.Helper()
	ctx := t.Context()
	clock := NewClock()
	st, err := store.Open(ctx, store.Options{DSN: dsn})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	o := core.Options{Store: st, Clock: clock}
	for _, f := range options {
		f(&o)
	}
	svc, err := core.New(o)
	if err != nil {
		t.Fatalf("new service: %v", err)
	}
	t.Cleanup(func() {
		svc.Close()
		if err := st.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	h := &House{Service: svc, Store: st, Clock: clock, DSN: dsn, byName: map[string]core.Member{}, t: t}
	ws, olivia, err := svc.CreateWorkspace(ctx, Operator(""), core.NewWorkspace{
		Name: "Acme", Slug: "acme", Plan: core.PlanEnterprise, Subdomain: "acme", TimeZone: "Europe/Berlin", Language: "en",
		OwnerEmail: "olivia@acme.test", OwnerName: "Olivia Owner",
	})
	if err != nil {
		t.Fatalf("create workspace: %v", err)
	}
	h.Workspace, h.byName["olivia"] = ws, olivia
	for _, m := range []struct {
		key, name string
		role      core.Role
	}{
		{"otto", "Otto Owner", core.RoleOwner},
		{"adam", "Adam Admin", core.RoleAdmin},
		{"mona", "Mona Manager", core.RoleManager},
		{"dana", "Dana Member", core.RoleMember},
		{"dirk", "Dirk Müller", core.RoleMember},
	} {
		h.MustAddMember(m.key, m.name, m.role)
	}
	return h
}

// Operator is the actor of the command line, in a workspace.
func Operator(ws core.ID) core.Actor { return core.System(core.JobOperator, core.DoorCLI).In(ws) }

// Cron is the actor of the cron job.
func Cron() core.Actor { return core.System(core.JobForgottenTimers, core.DoorCron) }

// Delivery is the actor of the delivery loop.
func Delivery() core.Actor { return core.System(core.JobDelivery, core.DoorCron) }

// MustAddMember adds an active member with the address KEY@acme.test.
func (h *House) MustAddMember(key, name string, role core.Role) core.Member {
	h.t.Helper()
	m, err := h.AddMember(h.t.Context(), Operator(h.Workspace.ID), core.NewMember{
		Email: key + "@acme.test", Name: name, Role: role, Active: true,
	})
	if err != nil {
		h.t.Fatalf("add member %s: %v", key, err)
	}
	h.byName[key] = m
	return m
}

// Who returns a member by key ("olivia", "dana", …).
func (h *House) Who(key string) core.Member {
	h.t.Helper()
	m, ok := h.byName[key]
	if !ok {
		h.t.Fatalf("no member %q in this house", key)
	}
	return m
}

// Actor returns the member's actor as the console would make it, through the panel's door.
func (h *House) Actor(key string) core.Actor {
	h.t.Helper()
	m := h.Who(key)
	return core.Actor{UserID: m.User.ID, MemberID: m.ID, WorkspaceID: m.WorkspaceID, Door: core.DoorPanel, RequestID: "test"}
}

// SignIn signs a member in on the main address and returns the session's token and actor.
func (h *House) SignIn(key string) (string, core.Actor) {
	h.t.Helper()
	return h.SignInOn(key, "")
}

// SignInOn signs a member in on the host of a workspace ("" for the main address).
func (h *House) SignInOn(key string, host core.ID) (string, core.Actor) {
	h.t.Helper()
	ctx := h.t.Context()
	m := h.Who(key)
	link, _, err := h.CreateSignInLink(ctx, Operator(m.WorkspaceID), m.User.Email)
	if err != nil {
		h.t.Fatalf("sign-in link for %s: %v", key, err)
	}
	in, err := h.UseSignInLink(ctx, link, core.Client{Host: host})
	if err != nil {
		h.t.Fatalf("sign in %s: %v", key, err)
	}
	a, _, err := h.ActorBySession(ctx, core.Visit{Token: in.Token, Client: core.Client{Host: host}})
	if err != nil {
		h.t.Fatalf("actor of %s: %v", key, err)
	}
	return in.Token, a
}

// MustStart starts a timer for the member, as the member.
func (h *House) MustStart(key, description string, start time.Time) core.TimeEntry {
	h.t.Helper()
	e, err := h.StartTimer(h.t.Context(), h.Actor(key), core.NewEntry{Description: description, Start: start})
	if err != nil {
		h.t.Fatalf("start timer of %s: %v", key, err)
	}
	return e
}

// MustKey makes an API key for the member and returns its secret.
func (h *House) MustKey(key string) string {
	h.t.Helper()
	_, secret, err := h.CreateAPIKey(h.t.Context(), h.Actor(key), "", "test key")
	if err != nil {
		h.t.Fatalf("api key of %s: %v", key, err)
	}
	return secret
}

// MustLink links a chat account to the member.
func (h *House) MustLink(key, platform, team, chatUser string) {
	h.t.Helper()
	m := h.Who(key)
	if _, err := h.LinkIdentity(h.t.Context(), Operator(m.WorkspaceID), core.NewIdentity{
		Email: m.User.Email, Platform: platform, Team: team, ChatUser: chatUser,
	}); err != nil {
		h.t.Fatalf("link %s: %v", key, err)
	}
}

// MustSetPlan changes the workspace's plan.
func (h *House) MustSetPlan(p core.Plan) {
	h.t.Helper()
	if _, err := h.UpdateWorkspace(h.t.Context(), Operator(h.Workspace.ID), core.WorkspaceUpdate{Plan: &p}); err != nil {
		h.t.Fatalf("set plan: %v", err)
	}
}

// MustSetRole changes a member's role.
func (h *House) MustSetRole(key string, r core.Role) {
	h.t.Helper()
	m := h.Who(key)
	m, err := h.UpdateMember(h.t.Context(), Operator(m.WorkspaceID), m.ID, core.MemberUpdate{Role: &r})
	if err != nil {
		h.t.Fatalf("set role of %s: %v", key, err)
	}
	h.byName[key] = m
}

// MustSetStatus activates or deactivates a member.
func (h *House) MustSetStatus(key string, st core.Status) {
	h.t.Helper()
	m := h.Who(key)
	m, err := h.UpdateMember(h.t.Context(), Operator(m.WorkspaceID), m.ID, core.MemberUpdate{Status: &st})
	if err != nil {
		h.t.Fatalf("set status of %s: %v", key, err)
	}
	h.byName[key] = m
}

// MustAudit returns the workspace's audit entries of an act ("" for all), newest first.
func (h *House) MustAudit(act core.Action) []core.AuditEntry {
	h.t.Helper()
	list, _, err := h.Audit(h.t.Context(), Operator(h.Workspace.ID), core.AuditQuery{Act: act, Limit: 200})
	if err != nil {
		h.t.Fatalf("audit: %v", err)
	}
	return list
}

// MustVerify fails the test when the audit chain is broken.
func (h *House) MustVerify() {
	h.t.Helper()
	report, err := h.VerifyAudit(context.WithoutCancel(h.t.Context()), Operator(""), "")
	if err != nil {
		h.t.Fatalf("verify audit: %v", err)
	}
	if report.Broken != nil {
		h.t.Fatalf("audit chain broken: %+v", *report.Broken)
	}
}
