package core_test

import (
	"testing"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// invite invites an address to a second workspace, whose owner is a stranger to acme.
func invite(t *testing.T, h *coretest.House, email string) (string, core.Workspace) {
	t.Helper()
	ctx := t.Context()
	ws, owner, err := h.CreateWorkspace(ctx, coretest.Operator(""), core.NewWorkspace{
		Name: "Evil", Slug: "evil", Plan: core.PlanEnterprise, OwnerEmail: "eve@evil.test", OwnerName: "Eve",
	})
	if err != nil {
		t.Fatal(err)
	}
	eve := core.Actor{UserID: owner.User.ID, MemberID: owner.ID, WorkspaceID: ws.ID, Door: core.DoorPanel}
	m, err := h.AddMember(ctx, eve, core.NewMember{Email: email, Name: "Whoever"})
	if err != nil {
		t.Fatal(err)
	}
	token, _ := must2(h.CreateInvitation(ctx, eve, m.ID))(t)
	return token, ws
}

// TestInvitationIsNoWayIntoAnAccount: whoever invites an address has the link, and must not become its owner with it.
func TestInvitationIsNoWayIntoAnAccount(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		token, ws := invite(t, h, "olivia@acme.test")
		i, err := h.PeekInvitation(ctx, token)
		if err != nil || !i.Known || i.Password || i.Workspace.ID != ws.ID {
			t.Fatalf("peek: %+v, %v", i, err)
		}
		eves := core.Acceptance{Name: "Eve was here", Password: "chosen by eve", Language: "de"}
		_, err = h.AcceptInvitation(ctx, token, eves, core.Client{})
		mustCode(t, err, core.CodeForbidden)
		eves.SignedInAs = h.Who("dana").User.ID
		_, err = h.AcceptInvitation(ctx, token, eves, core.Client{})
		mustCode(t, err, core.CodeForbidden)

		_, olivia := h.SignIn("olivia")
		if err := h.SetPassword(ctx, olivia, "", goodPassword); err != nil {
			t.Fatal(err)
		}
		_, err = h.AcceptInvitation(ctx, token, eves, core.Client{})
		mustCode(t, err, core.CodeInvalid)
		if e := core.AsError(err); e.Field != "password" || e.Message != "error.password_wrong" {
			t.Errorf("refusal is %v", err)
		}
		in := must[core.SignedIn](t)(h.AcceptInvitation(ctx, token, core.Acceptance{Name: "other", Password: goodPassword}, core.Client{}))
		if in.Workspace.ID != ws.ID || in.Session.UserID != olivia.UserID {
			t.Errorf("signed in: %+v", in)
		}
		// Name, settings and password stay.
		m := must[core.Member](t)(h.Member(ctx, olivia, h.Who("olivia").ID))
		if m.User != h.Who("olivia").User {
			t.Errorf("the person became %+v", m.User)
		}
		must[core.SignedIn](t)(h.SignInWithPassword(ctx, "olivia@acme.test", goodPassword, core.Client{}))
		h.MustVerify()
	})
}

func TestInvitationOfSomebodySignedIn(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		token, ws := invite(t, h, "dana@acme.test")
		_, dana := h.SignIn("dana")
		in := must[core.SignedIn](t)(h.AcceptInvitation(t.Context(), token, core.Acceptance{SignedInAs: dana.UserID}, core.Client{}))
		if in.Workspace.ID != ws.ID {
			t.Errorf("signed in: %+v", in)
		}
	})
}

func TestInvitationNeedsAPassword(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		token, _ := invite(t, h, "new@acme.test")
		_, err := h.AcceptInvitation(ctx, token, core.Acceptance{Name: "New", NeedPassword: true}, core.Client{})
		mustCode(t, err, core.CodeInvalid)
		_, err = h.AcceptInvitation(ctx, token, core.Acceptance{Name: "New", TimeZone: "Mars/Olympus"}, core.Client{})
		mustCode(t, err, core.CodeInvalid)
		must[core.SignedIn](t)(h.AcceptInvitation(ctx, token, core.Acceptance{Name: "New"}, core.Client{}))
	})
}

func TestSignInMethods(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		_, a := h.SignIn("dana")
		ways := must[core.SignInMethods](t)(h.SignInMethods(ctx, a))
		if ways.Password || len(ways.Logins) != 0 {
			t.Errorf("at first: %+v", ways)
		}
		if err := h.SetPassword(ctx, a, "", goodPassword); err != nil {
			t.Fatal(err)
		}
		if err := h.LinkLogin(ctx, a, "https://id.test", "s1"); err != nil {
			t.Fatal(err)
		}
		ways = must[core.SignInMethods](t)(h.SignInMethods(ctx, a))
		if !ways.Password || len(ways.Logins) != 1 || ways.Logins[0].Issuer != "https://id.test" {
			t.Errorf("then: %+v", ways)
		}
		mustCode(t, h.UnlinkLogin(ctx, h.Actor("dirk"), "https://id.test"), core.CodeNotFound)
		if err := h.UnlinkLogin(ctx, a, "https://id.test"); err != nil {
			t.Fatal(err)
		}
		mustCode(t, h.UnlinkLogin(ctx, a, "https://id.test"), core.CodeNotFound)
		_, err := h.SignInWithLogin(ctx, "https://id.test", "s1", core.Client{})
		mustCode(t, err, core.CodeUnauthenticated)
		h.MustVerify()
	})
}
