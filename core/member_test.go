package core_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func role(r core.Role) core.MemberUpdate     { return core.MemberUpdate{Role: &r} }
func status(s core.Status) core.MemberUpdate { return core.MemberUpdate{Status: &s} }

func TestLastOwnerStays(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		h.MustSetRole("otto", core.RoleAdmin)
		for name, u := range map[string]core.MemberUpdate{"demoted": role(core.RoleMember), "deactivated": status(core.StatusInactive)} {
			_, err := h.UpdateMember(ctx, h.Actor("olivia"), h.Who("olivia").ID, u)
			if got := mustCode(t, err, core.CodeConflict); got.Message != "error.last_owner" {
				t.Errorf("%s: %+v", name, got)
			}
		}
	})
}

func TestOnlyOwnersMakeAndUnmakeOwners(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		_, err := h.UpdateMember(ctx, h.Actor("adam"), h.Who("dana").ID, role(core.RoleOwner))
		mustCode(t, err, core.CodeOwnerRequired)
		_, err = h.UpdateMember(ctx, h.Actor("adam"), h.Who("otto").ID, role(core.RoleMember))
		mustCode(t, err, core.CodeOwnerRequired)
		_, err = h.UpdateMember(ctx, h.Actor("adam"), h.Who("otto").ID, status(core.StatusInactive))
		mustCode(t, err, core.CodeOwnerRequired)
		_, err = h.AddMember(ctx, h.Actor("adam"), core.NewMember{Email: "new@acme.test", Name: "New", Role: core.RoleOwner})
		mustCode(t, err, core.CodeOwnerRequired)
		must[core.Member](t)(h.UpdateMember(ctx, h.Actor("adam"), h.Who("dana").ID, role(core.RoleManager)))
		_, err = h.UpdateMember(ctx, h.Actor("mona"), h.Who("dirk").ID, role(core.RoleAdmin))
		mustCode(t, err, core.CodeForbidden)
		_, err = h.UpdateMember(ctx, h.Actor("dirk"), h.Who("dirk").ID, role(core.RoleAdmin))
		mustCode(t, err, core.CodeForbidden)
	})
}

func TestDeactivatingStopsTheTimerAndKeepsTheEntry(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "work", h.Clock.Now().Add(-time.Hour))
		key := h.MustKey("dana")
		token, a := h.SignIn("dana")
		must[core.Member](t)(h.UpdateMember(ctx, h.Actor("adam"), h.Who("dana").ID, status(core.StatusInactive)))
		got := must[core.TimeEntry](t)(h.Entry(ctx, h.Actor("olivia"), e.ID))
		if !got.End.Equal(h.Clock.Now()) {
			t.Errorf("entry is %+v", got)
		}
		if _, err := h.ActorByAPIKey(ctx, key, "", ""); core.ErrorCode(err) != core.CodeUnauthenticated {
			t.Errorf("the key of an inactive member answered %v", err)
		}
		_, err := h.StartTimer(ctx, a, core.NewEntry{})
		mustCode(t, err, core.CodeForbidden)
		if a, _, err := visit(h, t, token); err == nil {
			_, err = h.Me(ctx, a)
			mustCode(t, err, core.CodeForbidden)
		}
	})
}

func TestAddMemberValidates(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		for name, n := range map[string]core.NewMember{
			"no address":     {Name: "X"},
			"a name inside":  {Email: "X <x@acme.test>", Name: "X"},
			"no domain":      {Email: "x", Name: "X"},
			"no name":        {Email: "x@acme.test", Name: "  "},
			"a long name":    {Email: "x@acme.test", Name: strings.Repeat("ö", 201)},
			"a control":      {Email: "x@acme.test", Name: "a\x00b"},
			"unknown role":   {Email: "x@acme.test", Name: "X", Role: "root"},
			"unknown zone":   {Email: "x@acme.test", Name: "X", TimeZone: "Mars/Olympus"},
			"other language": {Email: "x@acme.test", Name: "X", Language: "fr"},
		} {
			if _, err := h.AddMember(t.Context(), coretest.Operator(h.Workspace.ID), n); core.ErrorCode(err) != core.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := h.AddMember(t.Context(), coretest.Operator(h.Workspace.ID), core.NewMember{Email: " DANA@acme.test", Name: "D"})
		mustCode(t, err, core.CodeConflict)
	})
}

// Parallel promotions, demotions and deactivations never leave a workspace without an owner (T-R1).
func TestRolesUnderConcurrency(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		people := []string{"olivia", "otto", "adam", "dana"}
		ids := map[string]core.ID{}
		actors := map[string]core.Actor{}
		for _, p := range people {
			ids[p], actors[p] = h.Who(p).ID, h.Actor(p)
		}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(7, uint64(i)))
				for range 50 {
					target := people[r.IntN(len(people))]
					u := role(core.Roles()[r.IntN(4)])
					if r.IntN(3) == 0 {
						u = status([]core.Status{core.StatusActive, core.StatusInactive}[r.IntN(2)])
					}
					_, err := h.UpdateMember(t.Context(), actors[people[r.IntN(len(people))]], ids[target], u)
					switch core.ErrorCode(err) {
					case "", core.CodeConflict, core.CodeForbidden, core.CodeOwnerRequired:
					default:
						t.Errorf("unexpected %v", err)
					}
				}
			})
		}
		wg.Wait()
		owners := 0
		for _, m := range must[[]core.Member](t)(h.Members(t.Context(), coretest.Operator(h.Workspace.ID), core.MemberQuery{})) {
			if m.Role == core.RoleOwner && m.Status == core.StatusActive {
				owners++
			}
		}
		if owners == 0 {
			t.Error("no owner is left")
		}
		h.MustVerify()
		if n, err := h.Store.CheckAccounts(t.Context()); err != nil || n != 0 {
			t.Errorf("%d rows of the Accounts table differ from their sources (%v)", n, err)
		}
	})
}

func TestWorkspaceValidates(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		good := core.NewWorkspace{Name: "W", Slug: "w", OwnerEmail: "o@w.test", OwnerName: "O"}
		for name, change := range map[string]func(*core.NewWorkspace){
			"slug with a slash":  func(n *core.NewWorkspace) { n.Slug = "a/b" },
			"empty slug":         func(n *core.NewWorkspace) { n.Slug = "" },
			"subdomain with dot": func(n *core.NewWorkspace) { n.Subdomain = "a.b" },
			"unknown plan":       func(n *core.NewWorkspace) { n.Plan = "gold" },
			"unknown zone":       func(n *core.NewWorkspace) { n.TimeZone = "Local" },
			"unknown language":   func(n *core.NewWorkspace) { n.Language = "xx" },
			"no owner":           func(n *core.NewWorkspace) { n.OwnerEmail = "" },
		} {
			n := good
			change(&n)
			_, _, err := h.CreateWorkspace(t.Context(), coretest.Operator(""), n)
			if core.ErrorCode(err) != core.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		taken := good
		taken.Slug = "acme"
		_, _, err := h.CreateWorkspace(t.Context(), coretest.Operator(""), taken)
		mustCode(t, err, core.CodeConflict)
		taken = good
		taken.Subdomain = "acme"
		_, _, err = h.CreateWorkspace(t.Context(), coretest.Operator(""), taken)
		mustCode(t, err, core.CodeConflict)
		_, _, err = h.CreateWorkspace(t.Context(), h.Actor("olivia"), good)
		mustCode(t, err, core.CodeForbidden)
		plan := core.PlanFree
		_, err = h.UpdateWorkspace(t.Context(), h.Actor("olivia"), core.WorkspaceUpdate{Plan: &plan})
		mustCode(t, err, core.CodeForbidden)
	})
}
