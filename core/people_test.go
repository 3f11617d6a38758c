package core_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

const goodPassword = "correct horse battery"

func TestPasswords(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		token, a := h.SignIn("dana")
		other, _ := h.SignIn("dana")
		mustCode(t, h.SetPassword(ctx, a, "", "short"), core.CodeInvalid)
		if err := h.SetPassword(ctx, a, "", goodPassword); err != nil {
			t.Fatal(err)
		}
		if _, _, err := visit(h, t, token); err != nil {
			t.Errorf("the session that set the password ended: %v", err)
		}
		_, _, err := visit(h, t, other)
		mustCode(t, err, core.CodeUnauthenticated) // listmonk CVE-2026-34828
		mustCode(t, h.SetPassword(ctx, a, "wrong", goodPassword+"!"), core.CodeInvalid)

		in := must[core.SignedIn](t)(h.SignInWithPassword(ctx, " DANA@acme.test", goodPassword, core.Client{}))
		if a, _, err := visit(h, t, in.Token); err != nil || a.MemberID != h.Who("dana").ID {
			t.Errorf("signed in as %+v, %v", a, err)
		}
		var refusals []string
		for _, c := range [][2]string{
			{"dana@acme.test", "wrong password"}, {"nobody@acme.test", goodPassword}, {"dirk@acme.test", ""}, {"dirk@acme.test", goodPassword},
		} {
			_, err := h.SignInWithPassword(ctx, c[0], c[1], core.Client{})
			refusals = append(refusals, mustCode(t, err, core.CodeUnauthenticated).Message)
		}
		h.MustSetStatus("dana", core.StatusInactive)
		_, err = h.SignInWithPassword(ctx, "dana@acme.test", goodPassword, core.Client{})
		refusals = append(refusals, mustCode(t, err, core.CodeUnauthenticated).Message)
		for _, r := range refusals {
			if r != refusals[0] {
				t.Errorf("refusals differ: %q and %q", r, refusals[0])
			}
		}
		_, imp := logInAs(t, h, "olivia", "dirk")
		mustCode(t, h.SetPassword(ctx, imp, "", goodPassword), core.CodeForbidden)
	})
}

func TestInvitations(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		m := must[core.Member](t)(h.AddMember(ctx, h.Actor("adam"), core.NewMember{Email: "new@acme.test", Name: "New"}))
		if m.Status != core.StatusInvited {
			t.Fatalf("status is %s", m.Status)
		}
		first, _ := must2(h.CreateInvitation(ctx, h.Actor("adam"), m.ID))(t)
		token, _ := must2(h.CreateInvitation(ctx, h.Actor("adam"), m.ID))(t)
		accept := core.Acceptance{Name: "Nadja Neu", Password: goodPassword, Language: "de"}
		_, err := h.AcceptInvitation(ctx, first, accept, core.Client{})
		mustCode(t, err, core.CodeExpired) // replaced by the second
		_, err = h.UseSignInLink(ctx, token, core.Client{})
		mustCode(t, err, core.CodeExpired) // an invitation is no sign-in link
		_, err = h.AcceptInvitation(ctx, token, core.Acceptance{Name: "Nadja", Password: "short"}, core.Client{})
		mustCode(t, err, core.CodeInvalid)
		if i, err := h.PeekInvitation(ctx, token); err != nil || i.User.Email != "new@acme.test" || i.Known || i.Password {
			t.Fatalf("peek: %+v, %v", i, err)
		}
		in := must[core.SignedIn](t)(h.AcceptInvitation(ctx, token, accept, core.Client{}))
		a, _, err := visit(h, t, in.Token)
		if err != nil {
			t.Fatal(err)
		}
		me := must[core.Me](t)(h.Me(ctx, a))
		if me.Self.Status != core.StatusActive || me.Self.User.Name != "Nadja Neu" || me.Self.User.Language != "de" {
			t.Errorf("member is %+v", me.Self)
		}
		_, err = h.AcceptInvitation(ctx, token, accept, core.Client{})
		mustCode(t, err, core.CodeExpired)
		if n := len(h.MustAudit(core.ActMemberJoin)); n == 0 {
			t.Error("joining was not audited")
		}
		_, _, err = h.CreateInvitation(ctx, h.Actor("adam"), m.ID)
		mustCode(t, err, core.CodeConflict)
		_, _, err = h.CreateInvitation(ctx, h.Actor("dana"), m.ID)
		mustCode(t, err, core.CodeForbidden)
		h.MustVerify()
	})
}

func TestLogins(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		_, a := h.SignIn("dana")
		_, err := h.SignInWithLogin(ctx, "https://id.test", "subject-1", core.Client{})
		mustCode(t, err, core.CodeUnauthenticated)
		if err := h.LinkLogin(ctx, a, "https://id.test", "subject-1"); err != nil {
			t.Fatal(err)
		}
		if err := h.LinkLogin(ctx, a, "https://id.test", "subject-1"); err != nil {
			t.Errorf("linking again: %v", err)
		}
		mustCode(t, h.LinkLogin(ctx, h.Actor("dirk"), "https://id.test", "subject-1"), core.CodeConflict)
		must[core.SignedIn](t)(h.SignInWithLogin(ctx, "https://id.test", "subject-1", core.Client{}))
		for _, c := range [][2]string{{"https://id.test", "subject-2"}, {"https://other.test", "subject-1"}} {
			_, err := h.SignInWithLogin(ctx, c[0], c[1], core.Client{})
			mustCode(t, err, core.CodeUnauthenticated)
		}
	})
}

func TestSessionList(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		_, a := h.SignIn("dana")
		other, _ := h.SignIn("dana")
		_, dirk := h.SignIn("dirk")
		list := must[[]core.Session](t)(h.Sessions(ctx, a))
		if len(list) != 2 {
			t.Fatalf("%d sessions", len(list))
		}
		mustCode(t, h.RevokeSession(ctx, a, dirk.SessionID), core.CodeNotFound)
		for _, s := range list {
			if s.ID != a.SessionID {
				if err := h.RevokeSession(ctx, a, s.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		_, _, err := visit(h, t, other)
		mustCode(t, err, core.CodeUnauthenticated)
	})
}

func redeem(t *testing.T, h *coretest.House, team, user, code string) error {
	t.Helper()
	_, _, err := h.RedeemLinkCode(t.Context(), core.LinkByCode{
		ChatAccount: core.ChatAccount{Platform: core.PlatformSlack, Team: team, ChatUser: user}, ChatName: "Somebody",
		Workspace: "acme", Code: code, Door: core.DoorSlack, RequestID: "req",
	})
	return err
}

func TestLinkCodes(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		code, _ := must2(h.CreateLinkCode(ctx, h.Actor("dana")))(t)
		if len(code) != 9 || code[4] != '-' {
			t.Fatalf("code is %q", code)
		}
		mustCode(t, redeem(t, h, "T1", "U1", "AAAA-AAAA"), core.CodeExpired)
		if err := redeem(t, h, "T1", "U1", strings.ToLower(" "+code)); err != nil {
			t.Fatal(err)
		}
		mustCode(t, redeem(t, h, "T1", "U2", code), core.CodeExpired) // used
		a := must[core.Actor](t)(h.ActorByIdentity(ctx, core.DoorSlack, core.PlatformSlack, "T1", "U1", ""))
		if a.MemberID != h.Who("dana").ID {
			t.Errorf("linked to %s", a.MemberID)
		}
		late, _ := must2(h.CreateLinkCode(ctx, h.Actor("dirk")))(t)
		h.Clock.Advance(10 * time.Minute)
		mustCode(t, redeem(t, h, "T1", "U3", late), core.CodeExpired)
		fresh, _ := must2(h.CreateLinkCode(ctx, h.Actor("dirk")))(t)
		for range 5 {
			mustCode(t, redeem(t, h, "T1", "U4", "BBBB-BBBB"), core.CodeExpired)
		}
		mustCode(t, redeem(t, h, "T1", "U4", fresh), core.CodeRateLimited)
		_, imp := logInAs(t, h, "olivia", "dirk")
		_, _, err := h.CreateLinkCode(ctx, imp)
		mustCode(t, err, core.CodeForbidden)

		all := must[[]core.Identity](t)(h.Identities(ctx, h.Actor("olivia"), false))
		if len(all) != 1 {
			t.Fatalf("identities: %+v", all)
		}
		_, err = h.Identities(ctx, h.Actor("adam"), false)
		mustCode(t, err, core.CodeOwnerRequired)
		mustCode(t, h.UnlinkIdentity(ctx, h.Actor("dirk"), all[0].ID), core.CodeOwnerRequired)
		if err := h.UnlinkIdentity(ctx, h.Actor("olivia"), all[0].ID); err != nil {
			t.Fatal(err)
		}
		_, err = h.ActorByIdentity(ctx, core.DoorSlack, core.PlatformSlack, "T1", "U1", "")
		mustCode(t, err, core.CodeUnauthenticated)
	})
}

func TestLoginAsLink(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		token, target, _, err := h.CreateLoginAsLink(ctx, h.Actor("olivia"), h.Who("dana").ID)
		if err != nil || target.ID != h.Who("dana").ID {
			t.Fatal(target, err)
		}
		_, olivia := h.SignIn("olivia")
		_, otto := h.SignIn("otto")
		_, err = h.LoginAsTarget(ctx, otto, token)
		mustCode(t, err, core.CodeForbidden)
		_, _, err = h.UseLoginAsLink(ctx, otto, token, core.ReasonTroubleshoot, "")
		mustCode(t, err, core.CodeForbidden)
		_, err = h.UseSignInLink(ctx, token, core.Client{})
		mustCode(t, err, core.CodeExpired) // it is no way in
		for range 100 {
			if m := must[core.Member](t)(h.LoginAsTarget(ctx, olivia, token)); m.ID != target.ID {
				t.Fatal(m)
			}
		}
		_, session, err := h.UseLoginAsLink(ctx, olivia, token, core.ReasonTroubleshoot, "")
		if err != nil {
			t.Fatal(err)
		}
		if a, _, err := visit(h, t, session); err != nil || !a.Impersonating() {
			t.Errorf("actor %+v, %v", a, err)
		}
		late, _, _, err := h.CreateLoginAsLink(ctx, h.Actor("otto"), h.Who("dana").ID)
		if err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(2 * time.Minute)
		_, _, err = h.UseLoginAsLink(ctx, otto, late, core.ReasonTroubleshoot, "")
		mustCode(t, err, core.CodeExpired)
		_, _, _, err = h.CreateLoginAsLink(ctx, h.Actor("olivia"), h.Who("otto").ID)
		mustCode(t, err, core.CodeConflict)
		_, _, _, err = h.CreateLoginAsLink(ctx, h.Actor("adam"), h.Who("dana").ID)
		mustCode(t, err, core.CodeOwnerRequired)
	})
}

func TestStopTimersInBulk(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		h.MustStart("dana", "", h.Clock.Now().Add(-time.Hour))
		h.MustStart("dirk", "", h.Clock.Now().Add(-time.Hour))
		timers := []core.BulkStop{
			{MemberID: h.Who("dana").ID}, {MemberID: h.Who("mona").ID}, {MemberID: h.Who("dirk").ID}, {MemberID: core.NewID(h.Clock.Now())},
		}
		results := must[[]core.StopResult](t)(h.StopTimers(ctx, h.Actor("olivia"), timers, "evening", false))
		want := []core.Code{"", core.CodeNotFound, "", core.CodeNotFound}
		for i, r := range results {
			if core.ErrorCode(r.Err) != want[i] {
				t.Errorf("result %d is %+v", i, r)
			}
		}
		if n := len(h.MustAudit(core.ActTimerStop)); n != 2 {
			t.Errorf("%d stops audited", n)
		}
		// An entry that was confirmed is not exchanged for the one that runs by now.
		next := h.MustStart("dana", "next", h.Clock.Now())
		results = must[[]core.StopResult](t)(h.StopTimers(ctx, h.Actor("olivia"), []core.BulkStop{{h.Who("dana").ID, results[0].Entry.ID}}, "", false))
		if e := must[core.TimeEntry](t)(h.Entry(ctx, h.Actor("dana"), next.ID)); core.ErrorCode(results[0].Err) != core.CodeConflict || !e.Running() {
			t.Errorf("a stale bulk stop gives %+v and the newer timer is %+v", results[0], e)
		}
		_, err := h.StopTimers(ctx, h.Actor("adam"), timers, "", false)
		mustCode(t, err, core.CodeOwnerRequired)
		_, err = h.StopTimers(ctx, h.Actor("olivia"), nil, "", false)
		mustCode(t, err, core.CodeInvalid)
		_, err = h.StopTimers(ctx, h.Actor("olivia"), make([]core.BulkStop, core.MaxBulk+1), "", false)
		mustCode(t, err, core.CodeInvalid)
	})
}

func TestExportAccounts(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		n := 0
		emit := func(core.Account) error { n++; return nil }
		if err := h.ExportAccounts(ctx, h.Actor("olivia"), core.AccountQuery{}, emit); err != nil || n != 6 {
			t.Errorf("%d rows, %v", n, err)
		}
		if len(h.MustAudit(core.ActAccountsExport)) != 1 {
			t.Error("the export was not audited")
		}
		mustCode(t, h.ExportAccounts(ctx, h.Actor("adam"), core.AccountQuery{}, emit), core.CodeOwnerRequired)
	})
}

func TestAnswerCorrection(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "", h.Clock.Now().Add(-time.Hour))
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
		h.Clock.Advance(time.Minute)
		text := "better"
		must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("olivia"), core.EntryChange{EntryID: e.ID, Description: &text}))
		if n := must[int](t)(h.UnreadNotices(ctx, h.Actor("dana"))); n != 2 {
			t.Errorf("%d unread", n)
		}
		notices := must[[]core.Notice](t)(h.Notices(ctx, h.Actor("dana"), 10))
		mustCode(t, h.AnswerCorrection(ctx, h.Actor("dana"), notices[0].ID, false, ""), core.CodeInvalid)
		if err := h.AnswerCorrection(ctx, h.Actor("dana"), notices[0].ID, false, "that was not me"); err != nil {
			t.Fatal(err)
		}
		if err := h.AnswerCorrection(ctx, h.Actor("dana"), notices[0].ID, false, "again"); err != nil {
			t.Errorf("the same answer again: %v", err)
		}
		mustCode(t, h.AnswerCorrection(ctx, h.Actor("dana"), notices[0].ID, true, ""), core.CodeConflict)
		mustCode(t, h.AnswerCorrection(ctx, h.Actor("dirk"), notices[1].ID, true, ""), core.CodeNotFound)
		if err := h.AnswerCorrection(ctx, h.Actor("dana"), notices[1].ID, true, ""); err != nil {
			t.Fatal(err)
		}
		told := must[[]core.Notice](t)(h.Notices(ctx, h.Actor("olivia"), 10))
		if len(told) != 1 || told[0].Act != core.ActCorrectionDispute || told[0].Reason != "that was not me" || told[0].ActorName != "Dana Member" {
			t.Errorf("the owner was told %+v", told)
		}
		if err := h.MarkNoticesRead(ctx, h.Actor("dana"), ""); err != nil {
			t.Fatal(err)
		}
		if n := must[int](t)(h.UnreadNotices(ctx, h.Actor("dana"))); n != 0 {
			t.Errorf("%d unread after reading", n)
		}
	})
}

func TestQuietHours(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	night, err := core.ParseQuietHours("22:00-07:00")
	if err != nil {
		t.Fatal(err)
	}
	noon, err := core.ParseQuietHours("12:00-13:00")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, berlin) }
	for _, c := range []struct {
		q       *core.QuietHours
		t, want time.Time
	}{
		{night, at(23, 21, 59), at(23, 21, 59)},
		{night, at(23, 22, 0), at(24, 7, 0)},
		{night, at(24, 3, 0), at(24, 7, 0)},
		{night, at(24, 7, 0), at(24, 7, 0)},
		{noon, at(24, 12, 30), at(24, 13, 0)},
		{noon, at(24, 11, 59), at(24, 11, 59)},
		{nil, at(24, 3, 0), at(24, 3, 0)},
	} {
		if got := c.q.After(c.t, berlin); !got.Equal(c.want) {
			t.Errorf("%+v at %v: %v, want %v", c.q, c.t, got.In(berlin), c.want)
		}
	}
	for _, bad := range []string{"22", "22:00", "22:00-22:00", "25:00-07:00", "a-b"} {
		if _, err := core.ParseQuietHours(bad); core.ErrorCode(err) != core.CodeInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestQuietHoursHoldAlertsBack(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		quiet := "09:30-11:00" // Berlin: 08:30–10:00 UTC; the clock stands at 09:00 UTC
		must[core.Workspace](t)(h.UpdateWorkspace(ctx, h.Actor("olivia"), core.WorkspaceUpdate{QuietHours: &quiet}))
		h.MustStart("dana", "", h.Clock.Now().Add(-9*time.Hour))
		sweep(t, h)
		claim := func() int {
			return len(must[[]core.Delivery](t)(h.ClaimDeliveries(ctx, coretest.Delivery(), []string{core.PlatformSlack}, 10)))
		}
		if n := claim(); n != 0 {
			t.Errorf("%d alerts in quiet hours", n)
		}
		h.Clock.Advance(time.Hour)
		if n := claim(); n != 1 {
			t.Errorf("%d alerts after quiet hours", n)
		}
	}, coretest.WithChat(core.ChatConnection{Platform: core.PlatformSlack, Workspace: "acme", AlertChannel: "C1"}))
}

func TestAutoStop(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "", h.Clock.Now())
		after := 12 * time.Hour
		must[core.Workspace](t)(h.UpdateWorkspace(ctx, h.Actor("olivia"), core.WorkspaceUpdate{AutoStopAfter: &after}))
		h.Clock.Advance(12*time.Hour - time.Minute)
		sweep(t, h)
		must[core.TimeEntry](t)(h.RunningEntry(ctx, h.Actor("dana"), ""))
		h.Clock.Advance(time.Minute)
		sweep(t, h)
		got := must[core.TimeEntry](t)(h.Entry(ctx, h.Actor("dana"), e.ID))
		if got.Running() || !got.Automatic {
			t.Fatalf("entry is %+v", got)
		}
		// To confirm it is no change of the entry, so the stop can still be undone.
		got = must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("dana"), core.EntryChange{EntryID: e.ID, End: &got.End}))
		if got.Automatic || got.Corrected {
			t.Errorf("the confirmed entry is %+v", got)
		}
		must[core.TimeEntry](t)(h.UndoStop(ctx, h.Actor("olivia"), e.ID))
		sweep(t, h)
		text := "confirmed"
		got = must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("dana"), core.EntryChange{EntryID: e.ID, Description: &text}))
		if got.Automatic {
			t.Error("a person's correction did not confirm the automatic stop")
		}
		h.MustVerify()
	})
}

// TestUmlautsAreFoundInBothSpellings: keyboards and lists without umlauts write two letters, and no other name is found for it.
func TestUmlautsAreFoundInBothSpellings(t *testing.T) {
	h := coretest.New(t) // has a Dirk Müller
	h.MustAddMember("s1", "Søren Holm", core.RoleMember)
	h.MustAddMember("b1", "Blumenfeld", core.RoleMember)
	h.MustAddMember("b2", "Karin Blue", core.RoleMember)
	for search, want := range map[string][]string{
		"mueller": {"Dirk Müller"}, "MÜLLER": {"Dirk Müller"}, "muller": {"Dirk Müller"}, "soeren": {"Søren Holm"}, "soren": {"Søren Holm"},
		"blue": {"Karin Blue"}, "blu": {"Blumenfeld", "Karin Blue"}, "bluemenfeld": nil,
	} {
		accounts, err := h.Accounts(t.Context(), h.Actor("olivia"), core.AccountQuery{Search: search})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, a := range accounts.Accounts {
			names = append(names, a.Name)
		}
		if !slices.Equal(names, want) || accounts.Total != len(want) {
			t.Errorf("accounts for %q: %q of %d, want %q", search, names, accounts.Total, want)
		}
		members, err := h.MemberPage(t.Context(), h.Actor("olivia"), core.MemberQuery{Search: search, Limit: 10})
		if err != nil || len(members.Members) != len(want) || members.Total != len(want) {
			t.Errorf("members for %q: %d of %d, %v, want %q", search, len(members.Members), members.Total, err, want)
		}
	}
}
