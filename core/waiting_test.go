package core_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestWaitingCommand(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		dana := core.ChatAccount{Platform: core.PlatformSlack, Team: "T1", ChatUser: "U1"}
		keep := func(c core.ChatAccount, command string) {
			t.Helper()
			if err := h.KeepWaitingCommand(ctx, c, command); err != nil {
				t.Fatal(err)
			}
		}
		take := func(c core.ChatAccount) string {
			t.Helper()
			return must[string](t)(h.TakeWaitingCommand(ctx, c))
		}
		keep(dana, "first")
		keep(dana, "second ü")
		other := dana
		other.Team = "T2"
		if got := take(other); got != "" {
			t.Errorf("another team's account waits for %q", got)
		}
		if got := take(dana); got != "second ü" {
			t.Errorf("waits for %q", got)
		}
		if got := take(dana); got != "" {
			t.Errorf("taken twice: %q", got)
		}
		keep(dana, "late")
		h.Clock.Advance(10 * time.Minute)
		if got := take(dana); got != "" {
			t.Errorf("after ten minutes: %q", got)
		}
		keep(dana, strings.Repeat("ü", 8000))
		if got := take(dana); len(got) != 16000 {
			t.Errorf("a command of 8000 characters comes back with %d bytes", len(got))
		}
		keep(dana, strings.Repeat("ü", 8001))
		if got := take(dana); got != "" {
			t.Errorf("a command of 8001 characters is kept: %d bytes", len(got))
		}
	})
}

func TestUnlinkBarred(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		job := core.System(core.JobChatPeople, core.DoorSlack)
		dana := core.ChatAccount{Platform: core.PlatformSlack, Team: "T1", ChatUser: "UDANA"}
		h.MustLink("dana", dana.Platform, dana.Team, dana.ChatUser)
		_, err := h.UnlinkBarred(ctx, core.System(core.JobDelivery, core.DoorSlack), dana, core.BarredGuest)
		mustCode(t, err, core.CodeForbidden)
		for i, want := range []bool{true, false} {
			if gone := must[bool](t)(h.UnlinkBarred(ctx, job, dana, core.BarredGuest)); gone != want {
				t.Errorf("try %d: %t", i+1, gone)
			}
		}
		_, err = h.ActorByIdentity(ctx, core.DoorSlack, dana.Platform, dana.Team, dana.ChatUser, "")
		mustCode(t, err, core.CodeUnauthenticated)
		done := 0
		for _, e := range h.MustAudit(core.ActIdentityUnlink) {
			if e.Outcome == core.OutcomeDone {
				done++
				if e.Reason != "guest" || e.ActorName != "chat-people" || e.Target.Name != "Dana Member" {
					t.Errorf("audit %+v", e)
				}
			}
		}
		if done != 1 {
			t.Errorf("%d unlinks audited", done)
		}
		notices := must[[]core.Notice](t)(h.Notices(ctx, h.Actor("dana"), 10))
		if !slices.ContainsFunc(notices, func(n core.Notice) bool { return n.Act == core.ActIdentityUnlink }) {
			t.Errorf("notices %+v", notices)
		}
	})
}

func TestTimerButtons(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "x", h.Clock.Now())
		h.Clock.Advance(9 * time.Hour)
		if n := must[int](t)(h.FlagForgottenTimers(ctx, coretest.Cron())); n != 1 {
			t.Fatalf("%d flagged", n)
		}
		plain := h.MustStart("dirk", "y", h.Clock.Now())
		_, err := h.TimerButtons(ctx, h.Actor("adam"), []core.ID{e.ID})
		mustCode(t, err, core.CodeOwnerRequired)
		buttons := must[map[core.ID]string](t)(h.TimerButtons(ctx, h.Actor("olivia"), []core.ID{e.ID, plain.ID}))
		flagged, unflagged := buttons[e.ID], buttons[plain.ID]
		if len(flagged) < 22 || len(unflagged) < 22 {
			t.Fatalf("buttons %v", buttons)
		}
		until := h.Clock.Now().Add(time.Hour)
		_, err = h.SnoozeByButton(ctx, h.Actor("olivia"), unflagged, until)
		mustCode(t, err, core.CodeExpired)
		_, err = h.SnoozeByButton(ctx, h.Actor("adam"), flagged, until)
		mustCode(t, err, core.CodeOwnerRequired)
		_, err = h.SnoozeByButton(ctx, h.Actor("olivia"), flagged, h.Clock.Now())
		mustCode(t, err, core.CodeInvalid)
		_, err = h.SnoozeByButton(ctx, h.Actor("olivia"), "made-up", until)
		mustCode(t, err, core.CodeExpired)
		out := must[core.FlagOutcome](t)(h.SnoozeByButton(ctx, h.Actor("otto"), flagged, until)) // works for every owner
		if out.Flag.State != core.FlagSnoozed || out.Member.ID != h.Who("dana").ID || out.Entry.ID != e.ID {
			t.Errorf("outcome %+v", out)
		}
		if card := must[core.Card](t)(h.OpenAlert(ctx, h.Actor("olivia"), unflagged, time.Time{})); card.Entry.ID != plain.ID {
			t.Errorf("card %+v", card)
		}
		must[core.FlagOutcome](t)(h.ResolveByButton(ctx, h.Actor("olivia"), flagged))
		_, err = h.ResolveByButton(ctx, h.Actor("otto"), flagged)
		if got := mustCode(t, err, core.CodeConflict); got.Message != "error.flag_resolved" {
			t.Errorf("%+v", got)
		}
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("dana"), core.StopTimer{EntryID: e.ID}))
		_, err = h.SnoozeByButton(ctx, h.Actor("olivia"), flagged, until)
		if got := mustCode(t, err, core.CodeConflict); got.Message != "error.already_stopped" {
			t.Errorf("%+v", got)
		}
	})
}
