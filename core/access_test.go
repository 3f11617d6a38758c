package core_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestSignInLinkIsUsedOnce(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		token, _ := must2(h.CreateSignInLink(ctx, coretest.Operator(h.Workspace.ID), "dana@acme.test"))(t)
		for range 100 { // preview robots
			if u, _, err := h.PeekSignInLink(ctx, token); err != nil || u.Email != "dana@acme.test" {
				t.Fatalf("peek: %+v, %v", u, err)
			}
		}
		var wg sync.WaitGroup
		errs := make([]error, 50)
		for i := range errs {
			wg.Go(func() { _, errs[i] = h.UseSignInLink(ctx, token, core.Client{}) })
		}
		wg.Wait()
		used := 0
		for _, err := range errs {
			if err == nil {
				used++
			} else {
				mustCode(t, err, core.CodeExpired)
			}
		}
		if used != 1 {
			t.Errorf("the link signed in %d times", used)
		}
		late, _ := must2(h.CreateSignInLink(ctx, coretest.Operator(h.Workspace.ID), "dana@acme.test"))(t)
		h.Clock.Advance(10 * time.Minute)
		_, err := h.UseSignInLink(ctx, late, core.Client{})
		mustCode(t, err, core.CodeExpired)
		_, _, err = h.CreateSignInLink(ctx, h.Actor("olivia"), "dana@acme.test")
		mustCode(t, err, core.CodeForbidden)
	})
}

// Signing in never changes a status (Gitea CVE-2026-55987).
func TestSignInNeverActivates(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		token, _ := must2(h.CreateSignInLink(ctx, coretest.Operator(h.Workspace.ID), "dana@acme.test"))(t)
		h.MustSetStatus("dana", core.StatusInactive)
		_, err := h.UseSignInLink(ctx, token, core.Client{})
		mustCode(t, err, core.CodeForbidden)
		_, _, err = h.CreateSignInLink(ctx, coretest.Operator(h.Workspace.ID), "dana@acme.test")
		mustCode(t, err, core.CodeConflict)
	})
}

func TestSessionLimits(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		token, _ := h.SignIn("dana")
		h.Clock.Advance(29 * time.Minute)
		if _, _, err := visit(h, t, token); err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(30 * time.Minute)
		_, _, err := visit(h, t, token)
		mustCode(t, err, core.CodeUnauthenticated)

		token, _ = h.SignIn("dana")
		for range 12*60/20 - 1 {
			h.Clock.Advance(20 * time.Minute)
			if _, _, err := visit(h, t, token); err != nil {
				t.Fatal(err)
			}
		}
		h.Clock.Advance(20 * time.Minute)
		_, _, err = visit(h, t, token)
		mustCode(t, err, core.CodeUnauthenticated)

		token, a := h.SignIn("dana")
		if err := h.SignOut(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if err := h.SignOut(t.Context(), a); err != nil {
			t.Errorf("signing out twice: %v", err)
		}
		_, _, err = visit(h, t, token)
		mustCode(t, err, core.CodeUnauthenticated)
	})
}

func TestAPIKeys(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		secret := h.MustKey("dana")
		if !strings.HasPrefix(secret, "cw_") || len(secret) != 39 {
			t.Fatalf("a key of %d characters", len(secret))
		}
		a := must[core.Actor](t)(h.ActorByAPIKey(ctx, secret, "req", "127.0.0.1"))
		if a.MemberID != h.Who("dana").ID || a.Door != core.DoorAPI || a.WorkspaceID != h.Workspace.ID {
			t.Errorf("actor is %+v", a)
		}
		keys := must[[]core.APIKey](t)(h.APIKeys(ctx, h.Actor("dana")))
		if len(keys) != 1 || !keys[0].LastUsedAt.Equal(h.Clock.Now()) || strings.Contains(secret[7:], keys[0].Prefix) || keys[0].Hash == secret {
			t.Errorf("keys are %+v", keys)
		}
		char := "x"
		if secret[20] == 'x' {
			char = "y"
		}
		mistyped := secret[:20] + char + secret[21:]
		for _, bad := range []string{"", "x", mistyped, strings.Repeat("a", 39), secret + " "} {
			_, err := h.ActorByAPIKey(ctx, bad, "", "")
			mustCode(t, err, core.CodeUnauthenticated)
		}
		other := h.MustKey("dana")
		if n := must[int](t)(h.DeactivateAPIKeys(ctx, h.Actor("olivia"), h.Who("dana").ID, "leak")); n != 2 {
			t.Errorf("%d keys deactivated", n)
		}
		for _, s := range []string{secret, other} {
			_, err := h.ActorByAPIKey(ctx, s, "", "")
			mustCode(t, err, core.CodeUnauthenticated)
		}
		if n := must[int](t)(h.DeactivateAPIKeys(ctx, h.Actor("olivia"), h.Who("dana").ID, "")); n != 0 {
			t.Errorf("%d keys deactivated the second time", n)
		}
		if n := len(h.MustAudit(core.ActAPIKeyDeactivate)); n != 1 {
			t.Errorf("%d deactivations audited", n)
		}
		keys = must[[]core.APIKey](t)(h.APIKeys(ctx, h.Actor("dana")))
		if keys[0].Active() || keys[0].DeactivatedName != "Olivia Owner" {
			t.Errorf("keys are %+v", keys)
		}
		_, err := h.DeactivateAPIKeys(ctx, h.Actor("adam"), h.Who("dana").ID, "")
		mustCode(t, err, core.CodeOwnerRequired)
		must[core.APIKey](t)(first(h.CreateAPIKey(ctx, coretest.Operator(h.Workspace.ID), h.Who("dirk").ID, "by the operator")))
		_, _, err = h.CreateAPIKey(ctx, h.Actor("olivia"), h.Who("dana").ID, "not mine")
		mustCode(t, err, core.CodeForbidden)
	})
}

func first[A, B any](a A, _ B, err error) (A, error) { return a, err }

func TestIdentities(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		h.MustLink("olivia", core.PlatformSlack, "T1", "U1")
		a := must[core.Actor](t)(h.ActorByIdentity(ctx, core.DoorSlack, core.PlatformSlack, "T1", "U1", "req"))
		if a.MemberID != h.Who("olivia").ID || a.Door != core.DoorSlack {
			t.Errorf("actor is %+v", a)
		}
		for _, who := range [][2]string{{"T1", "U2"}, {"T2", "U1"}} {
			_, err := h.ActorByIdentity(ctx, core.DoorSlack, core.PlatformSlack, who[0], who[1], "")
			mustCode(t, err, core.CodeUnauthenticated)
		}
		link := func(email, team, user string) error {
			_, err := h.LinkIdentity(ctx, coretest.Operator(h.Workspace.ID), core.NewIdentity{Email: email, Platform: core.PlatformSlack, Team: team, ChatUser: user})
			return err
		}
		mustCode(t, link("dana@acme.test", "T1", "U1"), core.CodeConflict)   // the account is Olivia's
		mustCode(t, link("olivia@acme.test", "T1", "U9"), core.CodeConflict) // Olivia has one
		mustCode(t, link("nobody@acme.test", "T1", "U3"), core.CodeNotFound)
		mustCode(t, link("dana@acme.test", "T 1", "U3"), core.CodeInvalid)
		if err := link("olivia@acme.test", "T1", "U1"); err != nil {
			t.Errorf("linking the same again: %v", err)
		}
		h.MustSetStatus("olivia", core.StatusInactive)
		_, err := h.ActorByIdentity(ctx, core.DoorSlack, core.PlatformSlack, "T1", "U1", "")
		mustCode(t, err, core.CodeForbidden)
	})
}

func TestOnce(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		var wg sync.WaitGroup
		firsts := make([]bool, 20)
		for i := range firsts {
			wg.Go(func() { firsts[i] = must[bool](t)(h.Once(t.Context(), "v0:1:signature", 10*time.Minute)) })
		}
		wg.Wait()
		n := 0
		for _, f := range firsts {
			if f {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d requests were the first", n)
		}
		h.Clock.Advance(11 * time.Minute)
		must[bool](t)(h.Once(t.Context(), "another", time.Minute))
		if !must[bool](t)(h.Once(t.Context(), "v0:1:signature", time.Minute)) {
			t.Error("the record was kept longer than asked")
		}
	})
}

func TestAccountsFollowEveryAct(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		h.MustStart("dana", "Über-Report", h.Clock.Now().Add(-9*time.Hour))
		h.MustStart("dirk", "", h.Clock.Now().Add(-time.Hour))
		h.MustKey("mona")
		sweep(t, h)
		for name, c := range map[string]struct {
			q    core.AccountQuery
			want []string
		}{
			"all by name":     {core.AccountQuery{}, []string{"Adam Admin", "Dana Member", "Dirk Müller", "Mona Manager", "Olivia Owner", "Otto Owner"}},
			"running longest": {core.AccountQuery{Filter: core.FilterRunning, Sort: core.SortRunningSince}, []string{"Dana Member", "Dirk Müller"}},
			"flagged":         {core.AccountQuery{Filter: core.FilterFlagged}, []string{"Dana Member"}},
			"with keys":       {core.AccountQuery{Filter: core.FilterWithKeys}, []string{"Mona Manager"}},
			"umlaut folded":   {core.AccountQuery{Search: "MULLER"}, []string{"Dirk Müller"}},
			"umlaut typed":    {core.AccountQuery{Search: "müll"}, []string{"Dirk Müller"}},
			"part of address": {core.AccountQuery{Search: "tto@ac"}, []string{"Otto Owner"}},
			"wildcards":       {core.AccountQuery{Search: "%"}, nil},
			"by role":         {core.AccountQuery{Sort: core.SortRole, Limit: 3}, []string{"Olivia Owner", "Otto Owner", "Adam Admin"}},
		} {
			page := must[core.AccountPage](t)(h.Accounts(ctx, h.Actor("olivia"), c.q))
			var got []string
			for _, a := range page.Accounts {
				got = append(got, a.Name)
			}
			if strings.Join(got, ", ") != strings.Join(c.want, ", ") {
				t.Errorf("%s: got %v, want %v", name, got, c.want)
			}
			if c.q.Limit == 0 && page.Total != len(c.want) {
				t.Errorf("%s: total %d, want %d", name, page.Total, len(c.want))
			}
		}
		page := must[core.AccountPage](t)(h.Accounts(ctx, h.Actor("olivia"), core.AccountQuery{Limit: 4}))
		if page.Total != 6 || page.Next == "" || page.Previous != "" || page.Counts.Running != 2 || page.Counts.Flagged != 1 || page.Counts.WithKeys != 1 {
			t.Errorf("page is %+v", page)
		}
		rest := must[core.AccountPage](t)(h.Accounts(ctx, h.Actor("olivia"), core.AccountQuery{Limit: 4, Cursor: page.Next}))
		if len(rest.Accounts) != 2 || rest.Next != "" || rest.Previous == "" {
			t.Errorf("second page is %+v", rest)
		}
		for name, q := range map[string]core.AccountQuery{"cursor": {Cursor: "zzz"}, "sort": {Sort: "height"}, "filter": {Filter: "tall"}} {
			_, err := h.Accounts(ctx, h.Actor("olivia"), q)
			if got := mustCode(t, err, core.CodeInvalid); got.Field != name {
				t.Errorf("%s: %+v", name, got)
			}
		}
		_, err := h.Accounts(ctx, h.Actor("adam"), core.AccountQuery{})
		mustCode(t, err, core.CodeOwnerRequired)
		h.MustSetPlan(core.PlanPro)
		_, err = h.Accounts(ctx, h.Actor("olivia"), core.AccountQuery{})
		mustCode(t, err, core.CodePlanRequired)
		if n, err := h.Store.CheckAccounts(ctx); err != nil || n != 0 {
			t.Errorf("%d rows differ from their sources (%v)", n, err)
		}
	})
}

func TestDeliveries(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		h.MustLink("olivia", core.PlatformSlack, "T1", "U1")
		h.MustLink("otto", core.PlatformSlack, "T1", "U2")
		h.MustLink("dana", core.PlatformSlack, "T1", "U3")
		e := h.MustStart("dana", "", h.Clock.Now().Add(-9*time.Hour))
		sweep(t, h)
		claim := func() []core.Delivery {
			t.Helper()
			return must[[]core.Delivery](t)(h.ClaimDeliveries(ctx, coretest.Delivery(), []string{core.PlatformSlack}, 10))
		}
		first := claim()
		if len(first) != 2 || !first[0].Direct || first[0].Destination == first[1].Destination {
			t.Fatalf("claimed %+v", first)
		}
		if again := claim(); len(again) != 0 {
			t.Errorf("claimed twice: %+v", again)
		}
		if err := h.DeliveryDone(ctx, coretest.Delivery(), first[0], "D1", "1.1"); err != nil {
			t.Fatal(err)
		}
		if err := h.DeliveryFailed(ctx, coretest.Delivery(), first[1], "timeout", 0, false); err != nil {
			t.Fatal(err)
		}
		if early := claim(); len(early) != 0 {
			t.Errorf("a failed one is due at once: %+v", early)
		}
		h.Clock.Advance(time.Minute)
		retry := claim()
		if len(retry) != 1 || retry[0].ID != first[1].ID || retry[0].Attempts != 1 {
			t.Fatalf("retry is %+v", retry)
		}
		// The timer is stopped while the second claim is out: it is edited afterwards, not lost.
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID, Notify: true}))
		if err := h.DeliveryDone(ctx, coretest.Delivery(), retry[0], "D2", "2.2"); err != nil {
			t.Fatal(err)
		}
		edits := claim()
		topics := map[core.Topic]int{}
		for _, d := range edits {
			topics[d.Topic]++
			msg := must[core.Message](t)(h.MessageFor(ctx, coretest.Delivery(), d))
			if d.Topic == core.TopicAlert && (d.Message == "" || msg.Alert.Flag.State != core.FlagResolved || msg.Alert.Button != "") {
				t.Errorf("edit of %+v shows %+v", d, msg.Alert)
			}
			if d.Topic == core.TopicStopped && (msg.Stopped == nil || d.Destination != "U3") {
				t.Errorf("note to the member: %+v, %+v", d, msg)
			}
		}
		if topics[core.TopicAlert] != 2 || topics[core.TopicStopped] != 1 {
			t.Errorf("after the stop due are %v", topics)
		}
		// An owner who lost the role learns nothing more (Gitea CVE-2026-58440).
		h.MustSetRole("otto", core.RoleMember)
		for _, d := range edits {
			if d.Destination == "U2" {
				if msg := must[core.Message](t)(h.MessageFor(ctx, coretest.Delivery(), d)); !msg.Closed || msg.Alert != nil {
					t.Error("a demoted owner is still told")
				}
			}
		}
		// A claim whose lease was taken over changes nothing.
		h.Clock.Advance(2 * time.Minute)
		taken := claim()
		if len(taken) != 3 {
			t.Fatalf("after the lease %d are due", len(taken))
		}
		if err := h.DeliveryFailed(ctx, coretest.Delivery(), edits[0], "late", 0, true); err != nil {
			t.Fatal(err)
		}
		if err := h.DeliveryDone(ctx, coretest.Delivery(), taken[0], "D", "m"); err != nil {
			t.Fatal(err)
		}
		_, err := h.ClaimDeliveries(ctx, h.Actor("olivia"), []string{core.PlatformSlack}, 1)
		mustCode(t, err, core.CodeForbidden)
	}, coretest.WithChat(core.ChatConnection{Platform: core.PlatformSlack, Workspace: "acme"}))
}

func TestEventsComeAfterTheCommitAndNeverBlock(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		events, cancel := h.Subscribe(h.Workspace.ID, 16)
		defer cancel()
		slow, cancelSlow := h.Subscribe(h.Workspace.ID, 1)
		defer cancelSlow()
		e := h.MustStart("dana", "", h.Clock.Now().Add(-time.Hour))
		select {
		case ev := <-events:
			if ev.Kind != core.EventTimer || ev.MemberID != h.Who("dana").ID {
				t.Errorf("event %+v", ev)
			}
			if _, err := h.Entry(t.Context(), h.Actor("dana"), e.ID); err != nil {
				t.Errorf("the event came before the commit: %v", err)
			}
		case <-time.After(time.Second):
			t.Fatal("no event")
		}
		for range 5 {
			h.MustStart("dana", "", h.Clock.Now())
		}
		closed := false
		for range 10 {
			if _, ok := <-slow; !ok {
				closed = true
				break
			}
		}
		if !closed {
			t.Error("a subscriber that fell behind was not dropped")
		}
	})
}

// A page that is merely open keeps neither the session alive nor its person active.
func TestQuietVisitsAreNoActivity(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		token, _ := h.SignIn("dana")
		for range 5 {
			h.Clock.Advance(5 * time.Minute)
			if _, _, err := h.ActorBySession(t.Context(), core.Visit{Token: token, Quiet: true}); err != nil {
				t.Fatal(err)
			}
		}
		m := must[core.Member](t)(h.Member(t.Context(), h.Actor("olivia"), h.Who("dana").ID))
		if !m.LastActivity.Equal(coretest.Start) {
			t.Errorf("last activity is %v", m.LastActivity)
		}
		h.Clock.Advance(5 * time.Minute)
		_, _, err := h.ActorBySession(t.Context(), core.Visit{Token: token, Quiet: true})
		mustCode(t, err, core.CodeUnauthenticated)
	})
}
