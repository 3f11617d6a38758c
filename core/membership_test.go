package core_test

import (
	"testing"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// TestMembershipsByEmail: the operator learns where an address belongs, and nobody else does.
func TestMembershipsByEmail(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		if _, _, err := h.CreateWorkspace(ctx, coretest.Operator(""), core.NewWorkspace{
			Name: "Zeta", Slug: "zeta", OwnerEmail: "dana@acme.test", OwnerName: "Dana",
		}); err != nil {
			t.Fatal(err)
		}
		h.MustSetStatus("dana", core.StatusInactive)
		list, err := h.MembershipsByEmail(ctx, coretest.Operator(""), " DANA@acme.test")
		if err != nil || len(list) != 2 || list[0].Workspace.Slug != "acme" || list[0].Member.Status != core.StatusInactive || list[1].Workspace.Slug != "zeta" {
			t.Errorf("%+v %v", list, err)
		}
		if list, err := h.MembershipsByEmail(ctx, coretest.Operator(""), "nobody@acme.test"); err != nil || len(list) != 0 {
			t.Errorf("an unknown address: %+v %v", list, err)
		}
		for name, a := range map[string]core.Actor{"an owner": h.Actor("olivia"), "the cron job": coretest.Cron(), "nobody": {}} {
			if _, err := h.MembershipsByEmail(ctx, a, "dana@acme.test"); core.ErrorCode(err) != core.CodeForbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
