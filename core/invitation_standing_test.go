package core_test

import (
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
