package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestSettingsAreTheOwners(t *testing.T) {
	h := coretest.New(t, coretest.WithChat(
		core.ChatConnection{Platform: "slack", Workspace: "acme", AlertChannel: "C1"},
		core.ChatConnection{Platform: "discord", Workspace: "other"},
	))
	got := must[core.Settings](t)(h.Settings(t.Context(), h.Actor("olivia")))
	if got.Workspace.Slug != "acme" || got.Defaults.After != 8*time.Hour || len(got.Chat) != 1 || got.Chat[0].AlertChannel != "C1" {
		t.Errorf("settings: %+v", got)
	}
	for _, key := range []string{"adam", "mona", "dana"} {
		_, err := h.Settings(t.Context(), h.Actor(key))
		mustCode(t, err, core.CodeOwnerRequired)
	}
	h.MustSetPlan(core.PlanFree)
	must[core.Settings](t)(h.Settings(t.Context(), h.Actor("otto")))
}

func TestMemberPage(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		for i := range 60 {
			h.MustAddMember(fmt.Sprintf("m%02d", i), fmt.Sprintf("Person %02d", i), core.RoleMember)
		}
		first := must[core.MemberPage](t)(h.MemberPage(ctx, h.Actor("adam"), core.MemberQuery{Sort: "name"}))
		second := must[core.MemberPage](t)(h.MemberPage(ctx, h.Actor("olivia"), core.MemberQuery{Sort: "name", Offset: 50}))
		if first.Total != 66 || len(first.Members) != 50 || second.Total != 66 || len(second.Members) != 16 || first.Members[49].ID == second.Members[0].ID {
			t.Errorf("pages of %d and %d of %d and %d", len(first.Members), len(second.Members), first.Total, second.Total)
		}
		found := must[core.MemberPage](t)(h.MemberPage(ctx, h.Actor("olivia"), core.MemberQuery{Search: "MULLER"}))
		if found.Total != 1 || found.Members[0].ID != h.Who("dirk").ID {
			t.Errorf("search: %+v", found)
		}
		for _, key := range []string{"mona", "dana"} {
			_, err := h.MemberPage(ctx, h.Actor(key), core.MemberQuery{})
			mustCode(t, err, core.CodeForbidden)
		}
		_, err := h.MemberPage(ctx, h.Actor("olivia"), core.MemberQuery{Search: strings.Repeat("x", 900)})
		mustCode(t, err, core.CodeInvalid)

		hours, after := "mon-fri 09:00-17:30", 3*time.Hour
		must[core.Member](t)(h.UpdateMember(ctx, h.Actor("olivia"), h.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}))
		must[core.Member](t)(h.UpdateMember(ctx, h.Actor("olivia"), h.Who("dirk").ID, core.MemberUpdate{ForgottenAfter: &after}))
		own := must[core.MemberPage](t)(h.MemberPage(ctx, h.Actor("olivia"), core.MemberQuery{OwnTimes: true, Sort: "name"}))
		if own.Total != 2 || own.Members[0].ID != h.Who("dana").ID || own.Members[1].ID != h.Who("dirk").ID {
			t.Errorf("with times of their own: %+v", own)
		}
	})
}

func TestVerifyOwnAudit(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		h.MustStart("dana", "work", h.Clock.Now())
		report := must[core.AuditReport](t)(h.VerifyOwnAudit(t.Context(), h.Actor("olivia")))
		if n := len(h.MustAudit("")); report.Broken != nil || report.Entries != int64(n) || n == 0 {
			t.Errorf("%d entries, report %+v", n, report)
		}
		_, err := h.VerifyOwnAudit(t.Context(), h.Actor("adam"))
		mustCode(t, err, core.CodeOwnerRequired)
		_, err = h.VerifyOwnAudit(t.Context(), coretest.Operator(h.Workspace.ID))
		if err != nil {
			t.Errorf("operator: %v", err)
		}
	})
}
