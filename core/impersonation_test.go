package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// visit makes the actor of a panel request anew, as the panel does.
func visit(h *coretest.House, t *testing.T, token string) (core.Actor, core.EndCause, error) {
	t.Helper()
	return h.ActorBySession(t.Context(), core.Visit{Token: token})
}

func logInAs(t *testing.T, h *coretest.House, who, target string) (string, core.Actor) {
	t.Helper()
	_, a := h.SignIn(who)
	_, token, err := h.StartImpersonation(t.Context(), a, h.Who(target).ID, core.ReasonTroubleshoot, "")
	if err != nil {
		t.Fatal(err)
	}
	a, _, err = visit(h, t, token)
	if err != nil {
		t.Fatal(err)
	}
	return token, a
}

func TestImpersonation(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		old, owner := h.SignIn("olivia")
		e := h.MustStart("dana", "forgotten", h.Clock.Now().Add(-9*time.Hour))
		imp, token, err := h.StartImpersonation(ctx, owner, h.Who("dana").ID, core.ReasonForgottenTimer, "")
		if err != nil {
			t.Fatal(err)
		}
		if want := h.Clock.Now().Add(30 * time.Minute); !imp.ExpiresAt.Equal(want) {
			t.Errorf("it ends %v, want %v", imp.ExpiresAt, want)
		}
		if _, _, err := visit(h, t, old); core.ErrorCode(err) != core.CodeUnauthenticated {
			t.Errorf("the session's old token still works: %v", err)
		}
		a, _, err := visit(h, t, token)
		if err != nil || !a.Impersonating() || a.UserID != h.Who("olivia").User.ID || a.MemberID != h.Who("dana").ID {
			t.Fatalf("actor is %+v, %v", a, err)
		}
		if _, err := h.StopTimer(ctx, a, core.StopTimer{EntryID: e.ID}); err != nil {
			t.Fatal(err)
		}
		audit := h.MustAudit(core.ActTimerStop)[0]
		if audit.ActorID != h.Who("olivia").User.ID || audit.EffectiveID != h.Who("dana").User.ID {
			t.Errorf("audit names %s as %s", audit.ActorName, audit.EffectiveName)
		}
		notices := must[[]core.Notice](t)(h.Notices(ctx, h.Actor("dana"), 10))
		if len(notices) != 2 || notices[1].Act != core.ActImpersonationStart && notices[0].Act != core.ActImpersonationStart {
			t.Errorf("the member's notices are %+v", notices)
		}

		// What is refused while it lasts.
		for name, act := range map[string]func() error{
			"accounts": func() error { _, err := h.Accounts(ctx, a, core.AccountQuery{}); return err },
			"key":      func() error { _, _, err := h.CreateAPIKey(ctx, a, "", "x"); return err },
			"keys":     func() error { _, err := h.DeactivateAPIKeys(ctx, a, "", ""); return err },
			"invite": func() error {
				_, err := h.AddMember(ctx, a, core.NewMember{Email: "x@acme.test", Name: "X"})
				return err
			},
			"nesting": func() error {
				_, _, err := h.StartImpersonation(ctx, a, h.Who("dirk").ID, core.ReasonOther, "note")
				return err
			},
			"export": func() error { return h.ExportAudit(ctx, a, func(core.AuditEntry) error { return nil }) },
		} {
			if err := act(); core.ErrorCode(err) != core.CodeForbidden {
				t.Errorf("%s while impersonating answered %v", name, err)
			}
		}
		back, err := h.EndImpersonation(ctx, a)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := visit(h, t, token); core.ErrorCode(err) != core.CodeUnauthenticated {
			t.Error("the impersonation's token still works")
		}
		if a, _, err := visit(h, t, back); err != nil || a.Impersonating() || a.MemberID != h.Who("olivia").ID {
			t.Errorf("after the return the actor is %+v, %v", a, err)
		}
		if n := len(h.MustAudit(core.ActImpersonationEnd)); n != 1 {
			t.Errorf("%d ends audited", n)
		}
		h.MustVerify()
	})
}

// Who may start it: actor role × plan × same or other workspace × target role (T-I1, 160 cases).
func TestImpersonationMatrix(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		other, _ := must2(h.CreateWorkspace(ctx, coretest.Operator(""), core.NewWorkspace{
			Name: "Other", Slug: "other", Plan: core.PlanEnterprise, OwnerEmail: "boss@other.test", OwnerName: "Boss",
		}))(t)
		elsewhere := map[core.Role]core.ID{}
		for _, r := range core.Roles() {
			m := must[core.Member](t)(h.AddMember(ctx, coretest.Operator(other.ID), core.NewMember{
				Email: fmt.Sprintf("%s@other.test", r), Name: string(r), Role: r, Active: true,
			}))
			elsewhere[r] = m.ID
		}
		// A second person of each role, so that nobody is their own target.
		same := map[core.Role]core.ID{core.RoleOwner: h.Who("otto").ID}
		for _, r := range core.Roles()[1:] {
			same[r] = h.MustAddMember("second-"+string(r), "Second "+string(r), r).ID
		}
		actors := map[core.Role]string{core.RoleOwner: "olivia", core.RoleAdmin: "adam", core.RoleManager: "mona", core.RoleMember: "dana"}
		cases := 0
		for _, plan := range core.Plans() {
			h.MustSetPlan(plan)
			for _, role := range core.Roles() {
				_, a := h.SignIn(actors[role])
				for place, targets := range map[string]map[core.Role]core.ID{"same": same, "other": elsewhere} {
					for _, target := range core.Roles() {
						cases++
						_, token, err := h.StartImpersonation(ctx, a, targets[target], core.ReasonSecurity, "")
						want := role == core.RoleOwner && plan == core.PlanEnterprise && place == "same" && target != core.RoleOwner
						if (err == nil) != want {
							t.Errorf("%s on %s as %s of %s workspace: %v", role, plan, target, place, err)
						}
						if err == nil {
							in, _, err := visit(h, t, token)
							if err != nil {
								t.Fatal(err)
							}
							must[string](t)(h.EndImpersonation(ctx, in))
						}
					}
				}
			}
		}
		if cases != 160 {
			t.Errorf("%d cases, want 160", cases)
		}
		h.MustVerify()
	})
}

func TestImpersonationRefusesOneselfAndInactive(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		_, a := h.SignIn("olivia")
		_, _, err := h.StartImpersonation(ctx, a, h.Who("olivia").ID, core.ReasonSecurity, "")
		mustCode(t, err, core.CodeConflict)
		h.MustSetStatus("dirk", core.StatusInactive)
		_, _, err = h.StartImpersonation(ctx, a, h.Who("dirk").ID, core.ReasonSecurity, "")
		mustCode(t, err, core.CodeConflict)
		for _, c := range []struct {
			reason core.ImpersonationReason
			note   string
		}{{"", ""}, {"boredom", ""}, {core.ReasonOther, ""}} {
			_, _, err = h.StartImpersonation(ctx, a, h.Who("dana").ID, c.reason, c.note)
			mustCode(t, err, core.CodeInvalid)
		}
		// Not from chat or an API key: there is no session to lay it over.
		_, _, err = h.StartImpersonation(ctx, h.Actor("olivia"), h.Who("dana").ID, core.ReasonSecurity, "")
		mustCode(t, err, core.CodeForbidden)
	})
}

// Each cause ends it at the next request, and is audited once.
func TestImpersonationEnds(t *testing.T) {
	for cause, end := range map[core.EndCause]func(h *coretest.House, t *testing.T, a core.Actor){
		core.EndExpired: func(h *coretest.House, t *testing.T, a core.Actor) {
			h.Clock.Advance(29*time.Minute + 59*time.Second)
			if _, err := h.Me(t.Context(), a); err != nil {
				t.Fatalf("ended early: %v", err)
			}
			h.Clock.Advance(time.Second)
		},
		core.EndActorRights:    func(h *coretest.House, t *testing.T, _ core.Actor) { h.MustSetRole("otto", core.RoleAdmin) },
		core.EndPlan:           func(h *coretest.House, t *testing.T, _ core.Actor) { h.MustSetPlan(core.PlanPro) },
		core.EndTargetInactive: func(h *coretest.House, t *testing.T, _ core.Actor) { h.MustSetStatus("dana", core.StatusInactive) },
		core.EndTargetOwner:    func(h *coretest.House, t *testing.T, _ core.Actor) { h.MustSetRole("dana", core.RoleOwner) },
	} {
		t.Run(string(cause), func(t *testing.T) {
			coretest.Each(t, func(t *testing.T, h *coretest.House) {
				ctx := t.Context()
				token, a := logInAs(t, h, "otto", "dana")
				// The clock may pass the idle limit of the session only by requests in between.
				if cause == core.EndExpired {
					h.Clock.Advance(time.Minute)
					if _, _, err := visit(h, t, token); err != nil {
						t.Fatal(err)
					}
					h.Clock.Advance(-time.Minute)
				}
				end(h, t, a)
				if _, err := h.StartTimer(ctx, a, core.NewEntry{}); err == nil {
					t.Fatal("an act was accepted after the end")
				}
				after, got, err := visit(h, t, token)
				if err != nil || after.Impersonating() || got != cause {
					t.Fatalf("actor %+v, cause %q, error %v; want cause %q", after, got, err, cause)
				}
				if n := len(h.MustAudit(core.ActImpersonationEnd)); n != 1 {
					t.Errorf("%d ends audited", n)
				}
				if _, got, _ := visit(h, t, token); got != "" {
					t.Errorf("the end is told twice (%s)", got)
				}
				h.MustVerify()
			})
		})
	}
	t.Run("signed out", func(t *testing.T) {
		coretest.Each(t, func(t *testing.T, h *coretest.House) {
			token, a := logInAs(t, h, "olivia", "dana")
			if err := h.SignOut(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			_, _, err := visit(h, t, token)
			mustCode(t, err, core.CodeUnauthenticated)
			if _, err := h.Me(t.Context(), a); err == nil {
				t.Error("the impersonation outlived the session")
			}
			if n := len(h.MustAudit(core.ActImpersonationEnd)); n != 1 {
				t.Errorf("%d ends audited", n)
			}
		})
	})
}

// On a subdomain it reaches that workspace only; on the main address the others where the acting
// owner is an owner too.
func TestImpersonationReach(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		for slug, ownerEmail := range map[string]string{"shared": "olivia@acme.test", "private": "boss@private.test"} {
			ws, _ := must2(h.CreateWorkspace(ctx, coretest.Operator(""), core.NewWorkspace{
				Name: slug, Slug: slug, Plan: core.PlanEnterprise, OwnerEmail: ownerEmail, OwnerName: "Owner",
			}))(t)
			must[core.Member](t)(h.AddMember(ctx, coretest.Operator(ws.ID), core.NewMember{Email: "dana@acme.test", Name: "Dana", Active: true}))
		}
		slugs := func(a core.Actor) string {
			list := must[[]core.Membership](t)(h.Memberships(ctx, a))
			all := ""
			for _, m := range list {
				all += m.Workspace.Slug + " "
			}
			return all
		}
		token, a := logInAs(t, h, "olivia", "dana")
		if got := slugs(a); got != "acme shared " {
			t.Errorf("on the main address it reaches %q", got)
		}
		for slug, ok := range map[string]bool{"shared": true, "private": false} {
			in, _, err := h.ActorBySession(ctx, core.Visit{Token: token, Workspace: slug})
			if err == nil {
				_, err = h.Me(ctx, in)
			}
			if (err == nil) != ok {
				t.Errorf("opening %s: %v", slug, err)
			}
		}
		_, sub := h.SignInOn("olivia", h.Workspace.ID)
		_, subToken, err := h.StartImpersonation(ctx, sub, h.Who("dana").ID, core.ReasonTroubleshoot, "")
		if err != nil {
			t.Fatal(err)
		}
		host := core.Client{Host: h.Workspace.ID}
		in := must2a(h.ActorBySession(ctx, core.Visit{Token: subToken, Client: host}))(t)
		if got := slugs(in); got != "acme " {
			t.Errorf("on the subdomain it reaches %q", got)
		}
		_, _, err = h.ActorBySession(ctx, core.Visit{Token: subToken, Workspace: "shared", Client: host})
		mustCode(t, err, core.CodeNotFound)
		_, _, err = h.ActorBySession(ctx, core.Visit{Token: subToken, Workspace: "shared"})
		mustCode(t, err, core.CodeUnauthenticated)
	})
}

// What belongs to the person in all their workspaces is out of reach of an owner who acts as them in one, on the subdomain
// and on the main address; working hours belong to the member of this workspace.
func TestImpersonationLeavesThePersonAlone(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		beta, boss := must2(h.CreateWorkspace(ctx, coretest.Operator(""), core.NewWorkspace{
			Name: "Beta", Slug: "beta", Plan: core.PlanEnterprise, OwnerEmail: "boss@beta.test", OwnerName: "Boss",
		}))(t)
		there := must[core.Member](t)(h.AddMember(ctx, coretest.Operator(beta.ID), core.NewMember{Email: "dana@acme.test", Name: "Dana", Active: true}))
		inBeta := func() (core.Member, core.Account, int64) {
			t.Helper()
			a := core.Actor{UserID: boss.User.ID, MemberID: boss.ID, WorkspaceID: beta.ID, Door: core.DoorPanel}
			log, _ := must2(h.Audit(ctx, a, core.AuditQuery{Limit: 1}))(t)
			return must[core.Member](t)(h.Member(ctx, a, there.ID)), must[core.Account](t)(h.Account(ctx, a, there.ID)), log[0].Seq
		}
		member, account, seq := inBeta()

		_, token, err := h.StartImpersonation(ctx, must2s(h.SignInOn("olivia", h.Workspace.ID)), h.Who("dana").ID, core.ReasonTroubleshoot, "")
		if err != nil {
			t.Fatal(err)
		}
		onSubdomain := must2a(h.ActorBySession(ctx, core.Visit{Token: token, Client: core.Client{Host: h.Workspace.ID}}))(t)
		_, onMain := logInAs(t, h, "otto", "dana")
		name, language, zone, scheme, hours := "Somebody Else", "de", "America/New_York", "dark", "mon-fri 08:00-16:00"
		refused := 0
		for place, a := range map[string]core.Actor{"subdomain": onSubdomain, "main address": onMain} {
			for field, u := range map[string]core.MemberUpdate{
				"name": {Name: &name}, "language": {Language: &language}, "zone": {TimeZone: &zone}, "scheme": {Scheme: &scheme},
				"a form with all": {Name: &name, Language: &language, TimeZone: &zone, Scheme: &scheme, WorkingHours: &hours},
			} {
				_, err := h.UpdateMember(ctx, a, h.Who("dana").ID, u)
				if got := mustCode(t, err, core.CodeForbidden); got.Message != "error.not_while_impersonating" {
					t.Errorf("%s on the %s answered %+v", field, place, got)
				}
				refused++
			}
		}
		if lines := h.MustAudit(core.ActProfileUpdate); len(lines) != refused || lines[0].EffectiveID != h.Who("dana").User.ID || lines[0].ActorID == lines[0].EffectiveID {
			t.Errorf("%d refusals are recorded, want %d with both people", len(lines), refused)
		}
		m := must[core.Member](t)(h.UpdateMember(ctx, onSubdomain, h.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}))
		if m.WorkingHours != hours || m.User != h.Who("dana").User {
			t.Errorf("with new hours the member is %+v", m)
		}
		if e := h.MustAudit(core.ActMemberUpdate)[0]; e.ActorID != h.Who("olivia").User.ID || e.EffectiveID != h.Who("dana").User.ID {
			t.Errorf("the hours are recorded as %+v", e)
		}
		if m, acc, now := inBeta(); m != member || acc != account || now != seq {
			t.Errorf("Beta has %+v, %+v and line %d; before it had %+v, %+v and line %d", m, acc, now, member, account, seq)
		}
		// The person is as free as before, and nobody else is freer.
		must[core.Member](t)(h.UpdateMember(ctx, h.Actor("dana"), h.Who("dana").ID, core.MemberUpdate{Name: &name, WorkingHours: &hours}))
		_, err = h.UpdateMember(ctx, h.Actor("olivia"), h.Who("dana").ID, core.MemberUpdate{Name: &name})
		mustCode(t, err, core.CodeForbidden)
		_, err = h.UpdateMember(ctx, h.Actor("dirk"), h.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours})
		mustCode(t, err, core.CodeOwnerRequired)
		h.MustVerify()
	})
}

func must2s(_ string, a core.Actor) core.Actor { return a }

func must2a(a core.Actor, _ core.EndCause, err error) func(t *testing.T) core.Actor {
	return func(t *testing.T) core.Actor {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

// TestTheEndIsToldToThePerson: a page that asks by itself does not use up the news that an impersonation ended; the
// person's next visit gets it, in the workspace where it began, and the session then gets a new token, once.
func TestTheEndIsToldToThePerson(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		token, _ := logInAs(t, h, "olivia", "dana")
		h.MustSetStatus("dana", core.StatusInactive)
		for range 2 {
			a, ended, err := h.ActorBySession(ctx, core.Visit{Token: token, Workspace: "acme", Quiet: true})
			if err != nil || ended != core.EndTargetInactive || a.Impersonating() {
				t.Fatalf("quiet: %+v, %q, %v", a, ended, err)
			}
		}
		a, ended, err := h.ActorBySession(ctx, core.Visit{Token: token, Workspace: "elsewhere"})
		if err != nil || ended != core.EndTargetInactive || a.MemberID != h.Who("olivia").ID || a.WorkspaceID != h.Workspace.ID {
			t.Fatalf("visit: %+v, %q, %v", a, ended, err)
		}
		if n := len(h.MustAudit(core.ActImpersonationEnd)); n != 1 {
			t.Errorf("%d ends audited", n)
		}
		fresh := must[string](t)(h.RenewSession(ctx, a, token))
		if again := must[string](t)(h.RenewSession(ctx, a, token)); fresh == "" || again != "" {
			t.Errorf("renewed %q, then %q", fresh, again)
		}
		if _, _, err := visit(h, t, token); core.ErrorCode(err) != core.CodeUnauthenticated {
			t.Errorf("the old token still works: %v", err)
		}
		if _, ended, err := visit(h, t, fresh); err != nil || ended != "" {
			t.Errorf("the new token: %q, %v", ended, err)
		}
	})
}

// TestImpersonationTarget: what a page offers is what the act allows.
func TestImpersonationTarget(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		h.MustSetStatus("dirk", core.StatusInactive)
		_, owner := h.SignIn("olivia")
		me := must[core.Me](t)(h.Me(ctx, owner))
		for key, want := range map[string]core.Code{
			"dana": "", "mona": "", "adam": "", "otto": core.CodeConflict, "olivia": core.CodeConflict, "dirk": core.CodeConflict,
		} {
			_, err := h.ImpersonationTarget(ctx, owner, h.Who(key).ID)
			acc := must[core.Account](t)(h.Account(ctx, owner, h.Who(key).ID))
			if core.ErrorCode(err) != want || me.MayLogInAs(acc) != (want == "") {
				t.Errorf("%s: %v, offered: %v", key, err, me.MayLogInAs(acc))
			}
		}
		_, adam := h.SignIn("adam")
		if _, err := h.ImpersonationTarget(ctx, adam, h.Who("dana").ID); core.ErrorCode(err) != core.CodeOwnerRequired {
			t.Errorf("an admin: %v", err)
		}
		_, acting := logInAs(t, h, "olivia", "dana")
		_, err := h.Accounts(ctx, acting, core.AccountQuery{})
		if e := core.AsError(err); e == nil || e.Message != "error.not_while_impersonating" {
			t.Errorf("the Accounts tab meanwhile: %v", err)
		}
	})
}
