package core_test

import (
	"context"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func sweep(t *testing.T, h *coretest.House) int {
	t.Helper()
	return must[int](t)(h.FlagForgottenTimers(t.Context(), coretest.Cron()))
}

func TestFlagForgottenTimers(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "forgotten", h.Clock.Now())
		h.MustStart("dirk", "fresh", h.Clock.Now())
		eight := 8 * time.Hour
		twelve := 12 * time.Hour
		must[core.Member](t)(h.UpdateMember(ctx, coretest.Operator(h.Workspace.ID), h.Who("dirk").ID, core.MemberUpdate{ForgottenAfter: &twelve}))
		h.Clock.Advance(eight - time.Second)
		if n := sweep(t, h); n != 0 {
			t.Fatalf("%d flagged before the threshold", n)
		}
		h.Clock.Advance(time.Second)
		if n := sweep(t, h); n != 1 {
			t.Fatalf("%d flagged at the threshold, want Dana's alone", n)
		}
		if n := sweep(t, h); n != 0 {
			t.Fatalf("a second sweep flagged %d again", n)
		}
		flags, _ := must2(h.Flags(ctx, h.Actor("olivia"), core.FlagQuery{State: core.FlagOpen}))(t)
		if len(flags) != 1 || flags[0].EntryID != e.ID {
			t.Fatalf("flags are %+v", flags)
		}
		if acc := must[core.Account](t)(h.Account(ctx, h.Actor("olivia"), h.Who("dana").ID)); !acc.Timer.Flagged {
			t.Error("the Accounts table shows no badge")
		}
		h.Clock.Advance(4 * time.Hour)
		if n := sweep(t, h); n != 1 {
			t.Errorf("Dirk's own threshold flagged %d", n)
		}
		h.MustVerify()
	})
}

func TestFlagLife(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "", h.Clock.Now().Add(-9*time.Hour))
		sweep(t, h)
		flag := func() core.Flag {
			t.Helper()
			flags, _ := must2(h.Flags(ctx, h.Actor("olivia"), core.FlagQuery{}))(t)
			if len(flags) != 1 {
				t.Fatalf("%d flags", len(flags))
			}
			return flags[0]
		}
		f := flag()
		for _, until := range []time.Time{h.Clock.Now(), h.Clock.Now().Add(8 * 24 * time.Hour)} {
			_, err := h.SnoozeFlag(ctx, h.Actor("olivia"), f.ID, until, "")
			mustCode(t, err, core.CodeInvalid)
		}
		must[core.Flag](t)(h.SnoozeFlag(ctx, h.Actor("olivia"), f.ID, h.Clock.Now().Add(time.Hour), "on a call"))
		if got := flag(); got.State != core.FlagSnoozed || got.SnoozeReason != "on a call" {
			t.Errorf("flag is %+v", got)
		}
		h.Clock.Advance(59 * time.Minute)
		sweep(t, h)
		if got := flag(); got.State != core.FlagSnoozed {
			t.Errorf("state is %s before the snooze is over", got.State)
		}
		h.Clock.Advance(2 * time.Minute)
		sweep(t, h)
		if got := flag(); got.State != core.FlagOpen {
			t.Errorf("state is %s after the snooze", got.State)
		}
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
		if got := flag(); got.State != core.FlagResolved || got.Resolution != core.ResolvedStopped || got.ResolvedBy != "Olivia Owner" {
			t.Errorf("flag is %+v", got)
		}
		_, err := h.SnoozeFlag(ctx, h.Actor("olivia"), f.ID, h.Clock.Now().Add(time.Hour), "")
		mustCode(t, err, core.CodeConflict)
		undone := must[core.TimeEntry](t)(h.UndoStop(ctx, h.Actor("olivia"), e.ID))
		if got := flag(); got.ID != f.ID || got.State != core.FlagOpen || !undone.Flagged {
			t.Errorf("undo left the flag %+v", got)
		}
		must[core.Flag](t)(h.ResolveFlag(ctx, h.Actor("dana"), f.ID, "still at it"))
		h.Clock.Advance(24 * time.Hour)
		if n := sweep(t, h); n != 0 {
			t.Errorf("a timer somebody still works on was flagged again (%d)", n)
		}
		h.MustVerify()
	})
}

func TestFlagTimesFollowSettings(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		h.MustStart("dana", "", h.Clock.Now().Add(-3*time.Hour))
		two := 2 * time.Hour
		must[core.Workspace](t)(h.UpdateWorkspace(ctx, h.Actor("olivia"), core.WorkspaceUpdate{ForgottenAfter: &two}))
		if n := sweep(t, h); n != 1 {
			t.Errorf("%d flagged after the threshold was lowered", n)
		}
	})
}

func TestFlagAfterWorkingHours(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		hours, night := "mon-fri 09:00-17:00", "mon-fri 22:00-06:00"
		for who, wh := range map[string]string{"dana": hours, "dirk": night} {
			must[core.Member](t)(h.UpdateMember(ctx, coretest.Operator(h.Workspace.ID), h.Who(who).ID, core.MemberUpdate{WorkingHours: &wh}))
		}
		// 2026-11-23 is a Monday; Berlin is UTC+1. Dana starts at 13:00, so 19:00 comes before 21:00.
		h.Clock.Set(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
		h.MustStart("dana", "", h.Clock.Now())
		h.Clock.Set(time.Date(2026, 11, 23, 17, 59, 0, 0, time.UTC))
		if n := sweep(t, h); n != 0 {
			t.Errorf("%d flagged before the end of the day + 2 h", n)
		}
		h.Clock.Set(time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC))
		if n := sweep(t, h); n != 1 {
			t.Errorf("%d flagged at the end of the day + 2 h", n)
		}
		// Dirk works at night: from 22:00 to 06:00 there is no false alarm in the middle of the shift.
		h.Clock.Set(time.Date(2026, 11, 23, 21, 0, 0, 0, time.UTC))
		h.MustStart("dirk", "", h.Clock.Now())
		h.Clock.Set(time.Date(2026, 11, 24, 4, 59, 0, 0, time.UTC))
		if n := sweep(t, h); n != 0 {
			t.Errorf("%d flagged during the night shift", n)
		}
	})
}

func TestEndProposals(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		hours := "mon-fri 09:00-13:00"
		must[core.Member](t)(h.UpdateMember(ctx, coretest.Operator(h.Workspace.ID), h.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}))
		e := h.MustStart("dana", "", h.Clock.Now())
		h.Clock.Advance(30 * time.Minute)
		h.SignIn("dana")
		seen := h.Clock.Now()
		if p := must[[]core.EndProposal](t)(h.EndProposals(ctx, h.Actor("olivia"), e.ID)); len(p) != 0 {
			t.Errorf("proposals while the member is active: %+v", p)
		}
		h.Clock.Advance(8 * time.Hour)
		p := must[[]core.EndProposal](t)(h.EndProposals(ctx, h.Actor("olivia"), e.ID))
		if len(p) != 2 || p[0].Why != core.EvidenceLastActivity || !p[0].End.Equal(seen) ||
			p[1].Why != core.EvidenceWorkingHours || !p[1].End.Equal(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)) {
			t.Errorf("proposals are %+v", p)
		}
		for _, x := range p {
			if !x.End.After(e.Start) || x.End.After(h.Clock.Now()) {
				t.Errorf("proposal %+v is not possible", x)
			}
		}
	})
}

func TestApplyForgottenDefault(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		h.MustStart("dana", "", h.Clock.Now().Add(-3*time.Hour))
		if err := h.ApplyForgottenDefault(ctx); err != nil {
			t.Fatal(err)
		}
		if n := sweep(t, h); n != 0 {
			t.Fatalf("%d flagged under the default", n)
		}
		again, err := core.New(core.Options{Store: h.Store, Clock: h.Clock, Forgotten: core.ForgottenDefaults{After: 2 * time.Hour}})
		if err != nil {
			t.Fatal(err)
		}
		if err := again.ApplyForgottenDefault(ctx); err != nil {
			t.Fatal(err)
		}
		if n := must[int](t)(again.FlagForgottenTimers(ctx, coretest.Cron())); n != 1 {
			t.Errorf("%d flagged after a start with a lower default", n)
		}
	})
}

func TestParseWorkingHours(t *testing.T) {
	for _, good := range []string{"", "mon-fri 09:00-17:30", "mon,wed,fri 22:00-06:00", "sat-mon 08:00-12:00", "MON 09:00-10:00"} {
		if _, err := core.ParseWorkingHours(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for typed, want := range map[string]string{
		"mon-fri 09:00-17:30": "mon-fri 09:00-17:30", "Mo-Fr 9:00-17:30": "mon-fri 09:00-17:30", "fr,mo,mi 22:00-06:00": "mon,wed,fri 22:00-06:00",
		"sa-mo 08:00-12:00": "sat-mon 08:00-12:00", "tue-mon 00:00-08:05": "mon-sun 00:00-08:05", "do 09:00-10:00": "thu 09:00-10:00",
		"mon,tue,thu-sat 09:00-10:00": "mon,tue,thu-sat 09:00-10:00", "sun,tue 09:00-10:00": "tue,sun 09:00-10:00",
	} {
		wh, err := core.ParseWorkingHours(typed)
		if err != nil || wh.String() != want {
			t.Errorf("%q is %v, want %s (%v)", typed, wh, want, err)
			continue
		}
		if again, err := core.ParseWorkingHours(want); err != nil || *again != *wh {
			t.Errorf("%q is read as %v (%v)", want, again, err)
		}
	}
	for _, bad := range []string{"9-5", "mon 9", "mon-xyz 09:00-17:00", "mon 09:00-09:00", "mon 25:00-26:00", "mon,, 09:00-10:00", "mon 09:00"} {
		if _, err := core.ParseWorkingHours(bad); core.ErrorCode(err) != core.CodeInvalid {
			t.Errorf("%q was accepted (%v)", bad, err)
		}
	}
}

// A correction of a flagged timer neither flags it twice nor stops the sweep; resuming reopens its flag.
func TestCorrectingAFlaggedTimer(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "", h.Clock.Now().Add(-9*time.Hour))
		sweep(t, h)
		text, start := "what it is about", e.Start.Add(-time.Hour)
		must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("dana"), core.EntryChange{EntryID: e.ID, Description: &text, Start: &start}))
		h.MustStart("dirk", "", h.Clock.Now().Add(-9*time.Hour))
		if n := sweep(t, h); n != 1 {
			t.Errorf("%d flagged after the correction, want Dirk's alone", n)
		}
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("dana"), core.StopTimer{EntryID: e.ID}))
		again := must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("dana"), core.EntryChange{EntryID: e.ID, Resume: true}))
		if !again.Running() || !again.Flagged || !again.FlagAt.IsZero() {
			t.Errorf("resumed: %+v", again)
		}
		sweep(t, h)
		flags, _ := must2(h.Flags(ctx, h.Actor("olivia"), core.FlagQuery{State: core.FlagOpen}))(t)
		if len(flags) != 2 {
			t.Errorf("%d open flags, want 2", len(flags))
		}
		h.MustVerify()
	})
}

// A timer stopped in the second of its start can still be corrected.
func TestCorrectingAnEntryWithoutLength(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		e := h.MustStart("dana", "", h.Clock.Now())
		must[core.TimeEntry](t)(h.StopTimer(t.Context(), h.Actor("dana"), core.StopTimer{EntryID: e.ID}))
		text := "short"
		must[core.TimeEntry](t)(h.CorrectEntry(t.Context(), h.Actor("dana"), core.EntryChange{EntryID: e.ID, Description: &text}))
		end := e.Start
		_, err := h.CorrectEntry(t.Context(), h.Actor("dana"), core.EntryChange{EntryID: e.ID, End: &end})
		mustCode(t, err, core.CodeInvalid)
	})
}

// TestDeletingAStoppedEntryIsToldToo: the alert about a timer that was stopped says later that the entry was deleted, by
// whom, and that it is back.
func TestDeletingAStoppedEntryIsToldToo(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "left running", coretest.Start.Add(-9*time.Hour))
		must[int](t)(h.FlagForgottenTimers(ctx, coretest.Cron()))
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
		flag := func() core.Flag {
			list, _, err := h.Flags(ctx, h.Actor("olivia"), core.FlagQuery{})
			if err != nil || len(list) != 1 {
				t.Fatalf("flags %v, %v", list, err)
			}
			return list[0]
		}
		for _, step := range []struct {
			do   func(context.Context, core.Actor, core.ID) (core.TimeEntry, error)
			want core.Resolution
		}{{h.DeleteEntry, core.ResolvedDeleted}, {h.RestoreEntry, core.ResolvedStopped}} {
			must[core.TimeEntry](t)(step.do(ctx, h.Actor("dana"), e.ID))
			if f := flag(); f.State != core.FlagResolved || f.Resolution != step.want || f.ResolvedBy != "Dana Member" {
				t.Errorf("%+v, want %s by Dana Member", f, step.want)
			}
		}
		h.MustVerify()
	})
}
