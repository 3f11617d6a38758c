package core_test

import (
	"context"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func housekeeping() core.Actor { return core.System(core.JobHousekeeping, core.DoorCron) }

// TestPruneForgetsAfterItsTime: what is over stays for a week, so that the answer can say what became
// of it; what is in use is never touched.
func TestPruneForgetsAfterItsTime(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		h.MustStart("dana", "report", h.Clock.Now())
		card := propose(t, h, "olivia", "dana")
		h.SignIn("dana")
		must[string](t)(first(h.CreateLinkCode(ctx, h.Actor("dirk"))))
		prune := func() int { return must[int](t)(h.Prune(ctx, housekeeping())) }
		entries := len(h.MustAudit(""))
		if n := prune(); n != 0 {
			t.Errorf("%d rows of present use were deleted", n)
		}
		h.Clock.Advance(11 * time.Minute)
		if n := prune(); n != 1 { // the link code
			t.Errorf("%d rows were deleted after eleven minutes", n)
		}
		_, err := h.Confirm(ctx, h.Actor("olivia"), card.Button, core.Choice{})
		if got := mustCode(t, err, core.CodeExpired); got.Message != "error.confirmation_expired" {
			t.Errorf("an old card answers %+v", got)
		}
		h.Clock.Advance(8 * 24 * time.Hour)
		if n := prune(); n != 3 { // card, sign-in link, session
			t.Errorf("%d rows were deleted after a week", n)
		}
		if n := prune(); n != 0 {
			t.Errorf("a second run deleted %d rows", n)
		}
		if got := len(h.MustAudit("")); got != entries {
			t.Errorf("%d audit entries, before %d", got, entries)
		}
		for _, a := range []core.Actor{h.Actor("olivia"), coretest.Operator(""), coretest.Cron()} {
			_, err := h.Prune(ctx, a)
			mustCode(t, err, core.CodeForbidden)
		}
	})
}

// TestPruneKeepsTheButtonsOfAStopThatCanBeTakenBack: the end that was written may be long ago, the stop is not.
func TestPruneKeepsTheButtonsOfAStopThatCanBeTakenBack(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "before the holidays", h.Clock.Now())
		buttons := must[map[core.ID]string](t)(h.TimerButtons(ctx, h.Actor("olivia"), []core.ID{e.ID}))
		h.Clock.Advance(20 * 24 * time.Hour)
		if _, err := h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID, End: e.Start.Add(8 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
		must[int](t)(h.Prune(ctx, housekeeping()))
		if _, err := h.UndoStop(ctx, h.Actor("olivia"), e.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.OpenAlert(ctx, h.Actor("olivia"), buttons[e.ID], time.Time{}); err != nil {
			t.Errorf("the button of the running timer answers %v", err)
		}
	})
}

// TestPruneLeavesNoImpersonationWithoutItsEnd: an owner logs in as a member and closes the browser.
// Nobody comes back to that session, and still the log says that it is over before its row goes.
func TestPruneLeavesNoImpersonationWithoutItsEnd(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		logInAs(t, h, "olivia", "dana")
		h.Clock.Advance(29 * time.Minute)
		must[int](t)(h.Prune(ctx, housekeeping()))
		if n := len(h.MustAudit(core.ActImpersonationEnd)); n != 0 {
			t.Fatalf("%d ends of an impersonation that goes on", n)
		}
		h.Clock.Advance(13 * time.Hour)
		for range 2 {
			must[int](t)(h.Prune(ctx, housekeeping()))
			log := h.MustAudit(core.ActImpersonationEnd)
			if len(log) != 1 || log[0].ActorName != string(core.JobHousekeeping) || log[0].Reason != string(core.EndExpired) ||
				log[0].Target.MemberID != h.Who("dana").ID {
				t.Errorf("the log says of the end: %+v", log)
			}
			h.Clock.Advance(8 * 24 * time.Hour)
		}
		h.MustVerify()
	})
}

func TestLastRun(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		last := func() time.Time {
			return must[time.Time](t)(h.LastRun(ctx, coretest.Operator(""), core.JobForgottenTimers))
		}
		record := func() {
			t.Helper()
			if err := h.RecordRun(ctx, coretest.Cron()); err != nil {
				t.Fatal(err)
			}
		}
		if at := last(); !at.IsZero() {
			t.Errorf("ran at %s before it ran", at)
		}
		record()
		begin := h.Clock.Now()
		h.Clock.Advance(59 * time.Second)
		record()
		if at := last(); !at.Equal(begin) {
			t.Errorf("written within the minute: %s, want %s", at, begin)
		}
		h.Clock.Advance(time.Second)
		record()
		if at := last(); !at.Equal(h.Clock.Now()) {
			t.Errorf("last run %s, want %s", at, h.Clock.Now())
		}
		h.Clock.Advance(-24 * time.Hour) // somebody set the clock back
		record()
		if at := last(); !at.Equal(h.Clock.Now()) {
			t.Errorf("after the clock was set back: %s, want %s", at, h.Clock.Now())
		}
		if at := must[time.Time](t)(h.LastRun(ctx, coretest.Operator(""), core.JobHousekeeping)); !at.IsZero() {
			t.Errorf("the other job ran at %s", at)
		}
		mustCode(t, h.RecordRun(ctx, h.Actor("olivia")), core.CodeForbidden)
		_, err := h.LastRun(ctx, h.Actor("olivia"), core.JobForgottenTimers)
		mustCode(t, err, core.CodeForbidden)
		_, err = h.OutboxHealth(ctx, h.Actor("olivia"), []string{core.PlatformSlack})
		mustCode(t, err, core.CodeForbidden)
	})
}

func TestOwnedWorkspaces(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		list := must[[]core.OwnedWorkspace](t)(h.OwnedWorkspaces(t.Context(), coretest.Operator("")))
		if len(list) != 1 || list[0].Slug != "acme" || list[0].Owners != 2 {
			t.Errorf("got %+v", list)
		}
		_, err := h.OwnedWorkspaces(t.Context(), h.Actor("olivia"))
		mustCode(t, err, core.CodeForbidden)
	})
}

// TestSettleRestored: nothing that was going on when the copy was made goes on.
func TestSettleRestored(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "report", h.Clock.Now().Add(-9*time.Hour))
		must[int](t)(h.FlagForgottenTimers(ctx, coretest.Cron()))
		card := propose(t, h, "olivia", "dana")
		dana, _ := h.SignIn("dana")
		token, owner := h.SignIn("olivia")
		_, standIn, err := h.StartImpersonation(ctx, owner, h.Who("dirk").ID, core.ReasonTroubleshoot, "")
		if err != nil {
			t.Fatal(err)
		}
		link, _, err := h.CreateSignInLink(ctx, coretest.Operator(h.Workspace.ID), "dana@acme.test")
		if err != nil {
			t.Fatal(err)
		}
		code := must[string](t)(first(h.CreateLinkCode(ctx, h.Actor("dirk"))))

		settled := must[core.Settled](t)(h.SettleRestored(ctx, coretest.Operator("")))
		want := core.Settled{Deliveries: 1, SignInLinks: 1, Confirmations: 1, LinkCodes: 1, Impersonations: 1, Sessions: 2}
		if settled != want {
			t.Errorf("settled %+v, want %+v", settled, want)
		}
		due, err := h.ClaimDeliveries(ctx, coretest.Delivery(), []string{core.PlatformSlack}, 10)
		if err != nil || len(due) != 0 {
			t.Errorf("still to be sent: %+v, %v", due, err)
		}
		if n := must[int](t)(h.FlagForgottenTimers(ctx, coretest.Cron())); n != 0 {
			t.Errorf("%d timers were flagged again", n)
		}
		for name, tok := range map[string]string{"dana": dana, "olivia": token, "the impersonation": standIn} {
			_, _, err := h.ActorBySession(ctx, core.Visit{Token: tok})
			if core.ErrorCode(err) != core.CodeUnauthenticated {
				t.Errorf("the session of %s lives: %v", name, err)
			}
		}
		_, err = h.UseSignInLink(ctx, link, core.Client{})
		mustCode(t, err, core.CodeExpired)
		_, err = h.Confirm(ctx, h.Actor("olivia"), card.Button, core.Choice{})
		mustCode(t, err, core.CodeExpired)
		_, _, err = h.RedeemLinkCode(ctx, core.LinkByCode{
			ChatAccount: core.ChatAccount{Platform: core.PlatformSlack, Team: "T1", ChatUser: "U1"}, Workspace: "acme", Code: code, Door: core.DoorSlack,
		})
		mustCode(t, err, core.CodeExpired)
		if got := must[core.TimeEntry](t)(h.Entry(ctx, h.Actor("dana"), e.ID)); !got.Running() || !got.Flagged {
			t.Errorf("the entry is %+v", got)
		}

		for act, n := range map[core.Action]int{core.ActDatabaseRestore: 1, core.ActImpersonationEnd: 1} {
			log := h.MustAudit(act)
			if len(log) != n || log[0].ActorName != string(core.JobOperator) || log[0].Door != core.DoorCLI {
				t.Errorf("%s: %+v", act, log)
			}
		}
		h.MustVerify()
		_, err = h.OpenAlert(ctx, h.Actor("olivia"), "0123456789abcdef", time.Time{})
		if e := mustCode(t, err, core.CodeExpired); e.Message != "error.alert_gone" {
			t.Errorf("an owner is told %s", e.Message)
		}
		_, err = h.ResolveByButton(ctx, h.Actor("dana"), "0123456789abcdef")
		if e := mustCode(t, err, core.CodeExpired); e.Message != "error.question_gone" {
			t.Errorf("a member is told %s", e.Message)
		}
		if again := must[core.Settled](t)(h.SettleRestored(ctx, coretest.Operator(""))); again != (core.Settled{}) {
			t.Errorf("a second time settled %+v", again)
		}
		_, err = h.SettleRestored(context.WithoutCancel(ctx), h.Actor("olivia"))
		mustCode(t, err, core.CodeForbidden)
	}, coretest.WithChat(core.ChatConnection{Platform: core.PlatformSlack, Workspace: "acme", AlertChannel: "C1"}))
}
