package core_test

import (
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func propose(t *testing.T, h *coretest.House, who, target string) core.Card {
	t.Helper()
	return must[core.Card](t)(h.Propose(t.Context(), h.Actor(who), core.Prepare{Act: core.ActTimerStop, MemberID: h.Who(target).ID}))
}

func TestConfirmStopsTheTimerOnce(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "report", h.Clock.Now().Add(-9*time.Hour))
		card := propose(t, h, "olivia", "dana")
		if card.Entry.ID != e.ID || card.Member.ID != h.Who("dana").ID || len(card.Button) < 22 {
			t.Fatalf("card is %+v", card)
		}
		if n := len(h.MustAudit(core.ActTimerStop)); n != 0 {
			t.Fatalf("proposing audited %d stops", n)
		}
		out := must[core.Outcome](t)(h.Confirm(ctx, h.Actor("olivia"), card.Button, core.Choice{}))
		if out.Entry.ID != e.ID || out.Entry.Running() {
			t.Errorf("outcome is %+v", out)
		}
		_, err := h.Confirm(ctx, h.Actor("olivia"), card.Button, core.Choice{})
		if got := mustCode(t, err, core.CodeConflict); got.Message != "error.already_stopped" || got.Params["By"] != "Olivia Owner" {
			t.Errorf("second click answered %+v", got)
		}
	})
}

// A used card tells only those who may still do its act what became of it: not who was demoted or deactivated since,
// not on a lower plan, not in another workspace, and nothing of the new timer.
func TestUsedCardTellsNothingWithoutTheRight(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		h.MustStart("dana", "secret merger", h.Clock.Now().Add(-9*time.Hour))
		card := propose(t, h, "otto", "dana")
		must[core.Outcome](t)(h.Confirm(ctx, h.Actor("otto"), card.Button, core.Choice{}))
		h.Clock.Advance(time.Minute)
		h.MustStart("dana", "secret merger again", h.Clock.Now())
		canceled := propose(t, h, "otto", "dana")
		if err := h.Cancel(ctx, h.Actor("otto"), canceled.Button); err != nil {
			t.Fatal(err)
		}
		h.MustKey("dana")
		keys := must[core.Card](t)(h.Propose(ctx, h.Actor("otto"), core.Prepare{Act: core.ActAPIKeyDeactivate, MemberID: h.Who("dana").ID}))
		must[core.Outcome](t)(h.Confirm(ctx, h.Actor("otto"), keys.Button, core.Choice{}))
		beta, _ := must2(h.CreateWorkspace(ctx, coretest.Operator(""), core.NewWorkspace{
			Name: "Beta", Slug: "beta", Plan: core.PlanEnterprise, OwnerEmail: "otto@acme.test", OwnerName: "Otto Owner",
		}))(t)

		click := func(a core.Actor, button, message string, code core.Code) {
			t.Helper()
			refusals := len(h.MustAudit(core.ActTimerStop)) + len(h.MustAudit(core.ActAPIKeyDeactivate))
			_, err := h.Confirm(ctx, a, button, core.Choice{})
			got := mustCode(t, err, code)
			if got.Message != message || len(got.Params) != 0 || got.Entry != nil {
				t.Errorf("a used card answered %+v, want %s and nothing else", got, message)
			}
			if n := len(h.MustAudit(core.ActTimerStop)) + len(h.MustAudit(core.ActAPIKeyDeactivate)); a.WorkspaceID == h.Workspace.ID && n != refusals+1 {
				t.Error("the refusal was not audited")
			}
		}
		all := func(message string, code core.Code) {
			t.Helper()
			for _, button := range []string{card.Button, canceled.Button, keys.Button} {
				click(h.Actor("otto"), button, message, code)
			}
		}
		h.MustSetRole("otto", core.RoleAdmin)
		all("error.owner_required", core.CodeOwnerRequired)
		h.MustSetRole("otto", core.RoleOwner)
		h.MustSetPlan(core.PlanPro)
		all("error.plan_required", core.CodePlanRequired)
		h.MustSetPlan(core.PlanEnterprise)
		h.MustSetStatus("otto", core.StatusInactive)
		all("error.account_inactive", core.CodeForbidden)
		elsewhere := h.Actor("otto")
		elsewhere.WorkspaceID = beta.ID
		click(elsewhere, card.Button, "error.button_gone", core.CodeExpired)

		// Whoever has the right again learns what became of the card.
		h.MustSetStatus("otto", core.StatusActive)
		_, err := h.Confirm(ctx, h.Actor("otto"), card.Button, core.Choice{})
		if got := mustCode(t, err, core.CodeConflict); got.Params["By"] != "Otto Owner" {
			t.Errorf("with the right it answered %+v", got)
		}
		h.MustVerify()
	})
}

func TestConfirmIsBound(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "report", h.Clock.Now().Add(-9*time.Hour))

		t.Run("to the person who asked", func(t *testing.T) {
			card := propose(t, h, "olivia", "dana")
			_, err := h.Confirm(ctx, h.Actor("otto"), card.Button, core.Choice{})
			mustCode(t, err, core.CodeForbidden)
			mustCode(t, h.Cancel(ctx, h.Actor("otto"), card.Button), core.CodeForbidden)
		})
		t.Run("to ten minutes", func(t *testing.T) {
			card := propose(t, h, "olivia", "dana")
			h.Clock.Advance(10 * time.Minute)
			_, err := h.Confirm(ctx, h.Actor("olivia"), card.Button, core.Choice{})
			mustCode(t, err, core.CodeExpired)
		})
		t.Run("to the version that was shown", func(t *testing.T) {
			card := propose(t, h, "olivia", "dana")
			text := "changed"
			must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("dana"), core.EntryChange{EntryID: e.ID, Description: &text}))
			_, err := h.Confirm(ctx, h.Actor("olivia"), card.Button, core.Choice{})
			if got := mustCode(t, err, core.CodeConflict); got.Message != "error.entry_changed" {
				t.Errorf("answered %+v", got)
			}
		})
		t.Run("to the rights at the click", func(t *testing.T) {
			card := propose(t, h, "otto", "dana")
			h.MustSetRole("otto", core.RoleAdmin)
			_, err := h.Confirm(ctx, h.Actor("otto"), card.Button, core.Choice{})
			mustCode(t, err, core.CodeOwnerRequired)
			h.MustSetRole("otto", core.RoleOwner)
		})
		t.Run("to the entry", func(t *testing.T) {
			card := propose(t, h, "olivia", "dana")
			must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("dana"), core.StopTimer{EntryID: e.ID}))
			h.Clock.Advance(time.Minute)
			b := h.MustStart("dana", "new", h.Clock.Now())
			_, err := h.Confirm(ctx, h.Actor("olivia"), card.Button, core.Choice{})
			mustCode(t, err, core.CodeConflict)
			if r := must[core.TimeEntry](t)(h.RunningEntry(ctx, h.Actor("dana"), "")); r.ID != b.ID {
				t.Errorf("%s runs, want %s", r.ID, b.ID)
			}
		})
		t.Run("not to a button nobody made", func(t *testing.T) {
			_, err := h.Confirm(ctx, h.Actor("olivia"), "nobody-made-this-button", core.Choice{})
			mustCode(t, err, core.CodeExpired)
		})
		h.MustVerify()
	})
}

// A wrong end changes nothing and leaves the card usable.
func TestConfirmSurvivesAWrongEnd(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "report", h.Clock.Now().Add(-9*time.Hour))
		card := propose(t, h, "olivia", "dana")
		_, err := h.Confirm(ctx, h.Actor("olivia"), card.Button, core.Choice{End: e.Start.Add(-time.Hour)})
		mustCode(t, err, core.CodeInvalid)
		end := e.Start.Add(8 * time.Hour)
		out := must[core.Outcome](t)(h.Confirm(ctx, h.Actor("olivia"), card.Button, core.Choice{End: end}))
		if !out.Entry.End.Equal(end) {
			t.Errorf("end is %v, want %v", out.Entry.End, end)
		}
	})
}

func TestCancel(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		h.MustStart("dana", "", h.Clock.Now().Add(-time.Hour))
		card := propose(t, h, "olivia", "dana")
		if err := h.Cancel(ctx, h.Actor("olivia"), card.Button); err != nil {
			t.Fatal(err)
		}
		_, err := h.Confirm(ctx, h.Actor("olivia"), card.Button, core.Choice{})
		if got := mustCode(t, err, core.CodeExpired); got.Message != "error.confirmation_canceled" {
			t.Errorf("answered %+v", got)
		}
		must[core.TimeEntry](t)(h.RunningEntry(ctx, h.Actor("dana"), ""))
	})
}

func TestConfirmDeactivatesKeys(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		_, err := h.Propose(ctx, h.Actor("olivia"), core.Prepare{Act: core.ActAPIKeyDeactivate, MemberID: h.Who("dana").ID})
		mustCode(t, err, core.CodeConflict)
		h.MustKey("dana")
		h.MustKey("dana")
		card := must[core.Card](t)(h.Propose(ctx, h.Actor("olivia"), core.Prepare{Act: core.ActAPIKeyDeactivate, MemberID: h.Who("dana").ID}))
		if card.Keys.Active != 2 {
			t.Errorf("card counts %d keys", card.Keys.Active)
		}
		out := must[core.Outcome](t)(h.Confirm(ctx, h.Actor("olivia"), card.Button, core.Choice{}))
		if out.Keys != 2 {
			t.Errorf("%d keys deactivated", out.Keys)
		}
	})
}

func TestConfirmFiftyClicksOneEffect(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		h.MustStart("dana", "", h.Clock.Now().Add(-time.Hour))
		card := propose(t, h, "olivia", "dana")
		var wg sync.WaitGroup
		errs := make([]error, 50)
		for i := range errs {
			wg.Go(func() { _, errs[i] = h.Confirm(t.Context(), h.Actor("olivia"), card.Button, core.Choice{}) })
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else {
				mustCode(t, err, core.CodeConflict)
			}
		}
		if done != 1 {
			t.Errorf("%d clicks had an effect", done)
		}
	})
}

func TestAlertButton(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "forgotten", h.Clock.Now().Add(-9*time.Hour))
		if n := must[int](t)(h.FlagForgottenTimers(ctx, coretest.Cron())); n != 1 {
			t.Fatalf("%d timers flagged", n)
		}
		d := must[[]core.Delivery](t)(h.ClaimDeliveries(ctx, coretest.Delivery(), []string{core.PlatformSlack}, 10))
		if len(d) != 1 || d[0].Destination != "C1" || d[0].Topic != core.TopicAlert {
			t.Fatalf("deliveries are %+v", d)
		}
		msg := must[core.Message](t)(h.MessageFor(ctx, coretest.Delivery(), d[0]))
		if msg.Drop || msg.Alert == nil || msg.Alert.Entry.ID != e.ID || msg.Alert.Button == "" {
			t.Fatalf("message is %+v", msg)
		}
		// The alert's button works for every owner, is not used up by opening a card, and for nobody else.
		card := must[core.Card](t)(h.OpenAlert(ctx, h.Actor("olivia"), msg.Alert.Button, time.Time{}))
		card2 := must[core.Card](t)(h.OpenAlert(ctx, h.Actor("otto"), msg.Alert.Button, time.Time{}))
		_, err := h.OpenAlert(ctx, h.Actor("adam"), msg.Alert.Button, time.Time{})
		mustCode(t, err, core.CodeOwnerRequired)
		_, err = h.Confirm(ctx, h.Actor("olivia"), msg.Alert.Button, core.Choice{})
		mustCode(t, err, core.CodeExpired) // an alert's button is no confirmation
		must[core.Outcome](t)(h.Confirm(ctx, h.Actor("otto"), card2.Button, core.Choice{}))
		_, err = h.Confirm(ctx, h.Actor("olivia"), card.Button, core.Choice{})
		if got := mustCode(t, err, core.CodeConflict); got.Params["By"] != "Otto Owner" {
			t.Errorf("answered %+v", got)
		}
		_, err = h.OpenAlert(ctx, h.Actor("olivia"), msg.Alert.Button, time.Time{})
		mustCode(t, err, core.CodeConflict)
	}, coretest.WithChat(core.ChatConnection{Platform: core.PlatformSlack, Workspace: "acme", AlertChannel: "C1"}))
}
