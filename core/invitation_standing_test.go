package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// invited adds somebody to acme as invited and returns the link that whoever did so keeps.
func invited(t *testing.T, h *coretest.House, by string) (core.Member, string) {
	t.Helper()
	m := must[core.Member](t)(h.AddMember(t.Context(), h.Actor(by), core.NewMember{Email: "new@acme.test", Name: "New"}))
	token, _ := must2(h.CreateInvitation(t.Context(), h.Actor(by), m.ID))(t)
	return m, token
}

// TestAnotherRoleEndsTheInvitation: an admin keeps the link of a member that an owner makes an owner, and must not become
// that owner with it.
func TestAnotherRoleEndsTheInvitation(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		m, old := invited(t, h, "adam")
		must[core.Member](t)(h.UpdateMember(ctx, h.Actor("olivia"), m.ID, role(core.RoleOwner)))
		accept := core.Acceptance{Name: "Adam after all", Password: goodPassword}
		_, err := h.AcceptInvitation(ctx, old, accept, core.Client{})
		mustCode(t, err, core.CodeExpired)
		_, err = h.PeekInvitation(ctx, old)
		mustCode(t, err, core.CodeExpired)
		_, _, err = h.CreateInvitation(ctx, h.Actor("adam"), m.ID)
		mustCode(t, err, core.CodeOwnerRequired)

		token, _ := must2(h.CreateInvitation(ctx, h.Actor("olivia"), m.ID))(t)
		// What says nothing about rights leaves the link alone, and so does the role the person has.
		must[core.Member](t)(h.UpdateMember(ctx, h.Actor("olivia"), m.ID, core.MemberUpdate{ForgottenAfter: new(2 * time.Hour)}))
		must[core.Member](t)(h.UpdateMember(ctx, h.Actor("olivia"), m.ID, role(core.RoleOwner)))
		in := must[core.SignedIn](t)(h.AcceptInvitation(ctx, token, core.Acceptance{Name: "New", Password: goodPassword}, core.Client{}))
		if got := must[core.Member](t)(h.MemberByUser(ctx, h.Actor("olivia"), in.Session.UserID)); got.Role != core.RoleOwner || got.Status != core.StatusActive {
			t.Errorf("joined as %s, %s", got.Role, got.Status)
		}
		h.MustVerify()
	})
}

// TestNobodyIsMadeAMemberUnasked: whoever manages members must not make somebody active who never accepted, for the next
// step is to log in as them.
func TestNobodyIsMadeAMemberUnasked(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		token, ws := invite(t, h, "dana@acme.test")
		owner := must[core.Member](t)(h.MemberByEmail(ctx, coretest.Operator(ws.ID), "eve@evil.test"))
		eve := core.Actor{UserID: owner.User.ID, MemberID: owner.ID, WorkspaceID: ws.ID, Door: core.DoorPanel}
		dana := must[core.Member](t)(h.MemberByEmail(ctx, eve, "dana@acme.test"))
		_, err := h.UpdateMember(ctx, eve, dana.ID, status(core.StatusActive))
		if e := mustCode(t, err, core.CodeConflict); e.Message != "error.member_invited" {
			t.Errorf("the refusal says %s", e.Message)
		}
		// Neither by way of taking the invitation back.
		for range 2 {
			if m := must[core.Member](t)(h.UpdateMember(ctx, eve, dana.ID, status(core.StatusInactive))); m.Status != core.StatusInactive {
				t.Fatalf("deactivated: %s", m.Status)
			}
			_, err = h.AcceptInvitation(ctx, token, core.Acceptance{SignedInAs: dana.User.ID}, core.Client{})
			mustCode(t, err, core.CodeExpired)
			if m := must[core.Member](t)(h.UpdateMember(ctx, eve, dana.ID, status(core.StatusActive))); m.Status != core.StatusInvited {
				t.Fatalf("activated: %s", m.Status)
			}
			_, _, _, err = h.CreateLoginAsLink(ctx, eve, dana.ID)
			mustCode(t, err, core.CodeConflict)
			token, _ = must2(h.CreateInvitation(ctx, eve, dana.ID))(t)
		}
		// Who has joined comes and goes as owners and admins decide.
		must[core.SignedIn](t)(h.AcceptInvitation(ctx, token, core.Acceptance{SignedInAs: dana.User.ID}, core.Client{}))
		for _, st := range []core.Status{core.StatusInactive, core.StatusActive} {
			if m := must[core.Member](t)(h.UpdateMember(ctx, eve, dana.ID, status(st))); m.Status != st {
				t.Errorf("a member who joined is %s, want %s", m.Status, st)
			}
		}
		h.MustVerify()
	})
}

// TestTheOperatorsWord: the command line may skip the invitation, later too; a list of people may not.
func TestTheOperatorsWord(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx, operator := t.Context(), coretest.Operator(h.Workspace.ID)
		m, _ := invited(t, h, "adam")
		for _, st := range []core.Status{core.StatusActive, core.StatusInactive, core.StatusActive} {
			if m = must[core.Member](t)(h.UpdateMember(ctx, operator, m.ID, status(st))); m.Status != st {
				t.Errorf("the operator made it %s, want %s", m.Status, st)
			}
		}
		must[bool](t)(h.ImportMember(ctx, operator, core.NewMember{Email: "list@acme.test", Name: "L", Active: true}, false))
		if m := must[core.Member](t)(h.MemberByEmail(ctx, operator, "list@acme.test")); m.Status != core.StatusInvited {
			t.Errorf("a list made somebody %s", m.Status)
		}
	})
}

// TestAnInvitationTakenBackIsNoAccount: else whoever invites an address and takes that back keeps the person from joining anywhere.
func TestAnInvitationTakenBackIsNoAccount(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		_, ws := invite(t, h, "new@acme.test")
		there := must[core.Member](t)(h.MemberByEmail(ctx, coretest.Operator(ws.ID), "new@acme.test"))
		must[core.Member](t)(h.UpdateMember(ctx, coretest.Operator(ws.ID), there.ID, status(core.StatusInactive)))
		_, token := invited(t, h, "adam")
		if i := must[core.Invited](t)(h.PeekInvitation(ctx, token)); i.Known {
			t.Error("somebody who never joined anywhere has to sign in")
		}
		must[core.SignedIn](t)(h.AcceptInvitation(ctx, token, core.Acceptance{Name: "New", Password: goodPassword}, core.Client{}))
	})
}

// TestOneTimeLinksAreAudited: who made a way in for whom stands in the log, once, through which door and until when; what lets
// somebody in does not.
func TestOneTimeLinksAreAudited(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx, operator := t.Context(), coretest.Operator(h.Workspace.ID)
		m := must[core.Member](t)(h.AddMember(ctx, h.Actor("adam"), core.NewMember{Email: "new@acme.test", Name: "New"}))
		chat := h.Actor("olivia")
		chat.Door = core.DoorSlack
		signIn, _ := must2(h.CreateSignInLink(ctx, operator, "dana@acme.test"))(t)
		invitation, _ := must2(h.CreateInvitation(ctx, h.Actor("adam"), m.ID))(t)
		loginAs, _, _, err := h.CreateLoginAsLink(ctx, chat, h.Who("dana").ID)
		if err != nil {
			t.Fatal(err)
		}
		for act, want := range map[core.Action]struct {
			actor  string
			door   core.Door
			target core.ID
			until  time.Duration
		}{
			core.ActSignInLinkCreate: {string(core.JobOperator), core.DoorCLI, h.Who("dana").ID, core.SignInLinkFor},
			core.ActInvitationCreate: {"Adam Admin", core.DoorPanel, m.ID, core.InvitationFor},
			core.ActLoginAsCreate:    {"Olivia Owner", core.DoorSlack, h.Who("dana").ID, core.LoginAsFor},
		} {
			log := h.MustAudit(act)
			if len(log) != 1 {
				t.Errorf("%s: %d entries", act, len(log))
				continue
			}
			until := `{"expires_at":"` + h.Clock.Now().Add(want.until).Format(time.RFC3339) + `"}`
			e := log[0]
			if e.Outcome != core.OutcomeDone || e.ActorName != want.actor || e.Door != want.door || e.Target.MemberID != want.target || string(e.After) != until {
				t.Errorf("%s: %+v, after %s, want %s", act, e, e.After, until)
			}
		}
		for _, e := range h.MustAudit("") {
			for _, token := range []string{signIn, invitation, loginAs} {
				if strings.Contains(fmt.Sprintf("%+v %s %s", e, e.Before, e.After), token) {
					t.Errorf("entry %d holds a token", e.Seq)
				}
			}
		}
		// Who may not is refused, and that is in the log as before.
		_, _, _, err = h.CreateLoginAsLink(ctx, h.Actor("adam"), h.Who("dana").ID)
		mustCode(t, err, core.CodeOwnerRequired)
		if log := h.MustAudit(core.ActImpersonationStart); len(log) != 1 || log[0].Outcome != core.OutcomeRefused {
			t.Errorf("the refusal: %+v", log)
		}
		h.MustVerify()
	})
}
