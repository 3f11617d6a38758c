package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
)

// is checks the answer of a compare-and-set.
func is(f *fixture, want bool, fn func(ctx context.Context, tx core.Tx) (bool, error)) {
	f.Helper()
	f.do(func(ctx context.Context, tx core.Tx) error {
		ok, err := fn(ctx, tx)
		if ok != want {
			f.Errorf("got %v, want %v", ok, want)
		}
		return err
	})
}

func TestAPIKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		key := func(hash string) core.APIKey {
			return core.APIKey{
				ID: f.id(), WorkspaceID: f.acme.ID, MemberID: f.member.ID, Name: "laptop", Prefix: "cw_ab", Hash: hash, CreatedAt: now,
			}
		}
		one, two := key("h1"), key("h2")
		f.do(func(ctx context.Context, tx core.Tx) error {
			if err := tx.InsertAPIKey(ctx, one); err != nil {
				return err
			}
			return tx.InsertAPIKey(ctx, two)
		})
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.InsertAPIKey(ctx, key("h1")) })
		keys := func(ws core.ID) []core.APIKey {
			return get(f, func(ctx context.Context, tx core.Tx) ([]core.APIKey, error) { return tx.APIKeys(ctx, ws, f.member.ID) })
		}
		if d := cmp.Diff([]core.APIKey{two, one}, keys(f.acme.ID)); d != "" {
			t.Error(d)
		}
		if got := keys(f.twin.ID); len(got) != 0 {
			t.Errorf("the twin sees %+v", got)
		}
		type both struct {
			Key    core.APIKey
			Member core.Member
		}
		byHash := func(hash string) func(ctx context.Context, tx core.Tx) (both, error) {
			return func(ctx context.Context, tx core.Tx) (both, error) {
				k, m, err := tx.APIKeyByHash(ctx, hash)
				return both{k, m}, err
			}
		}
		if d := cmp.Diff(both{one, f.member}, get(f, byHash("h1"))); d != "" {
			t.Error(d)
		}
		missing(f, "unknown hash", byHash("h3"))

		touch := func(at time.Time) {
			f.do(func(ctx context.Context, tx core.Tx) error { return tx.TouchAPIKey(ctx, one.ID, at) })
		}
		touch(now.Add(time.Minute))
		touch(now)
		sum := func(ws core.ID) core.KeySummary {
			return get(f, func(ctx context.Context, tx core.Tx) (core.KeySummary, error) {
				return tx.KeySummary(ctx, ws, f.member.ID)
			})
		}
		if got := sum(f.acme.ID); got != (core.KeySummary{Active: 2, LastUsed: now.Add(time.Minute)}) {
			t.Errorf("%+v", got)
		}
		if got := sum(f.twin.ID); got != (core.KeySummary{}) {
			t.Errorf("the twin sees %+v", got)
		}
		off := func(ws, only core.ID, want int) {
			t.Helper()
			f.do(func(ctx context.Context, tx core.Tx) error {
				n, err := tx.DeactivateAPIKeys(ctx, ws, f.member.ID, only, f.owner.User.ID, "Olivia", now)
				if n != want {
					t.Errorf("%d deactivated, want %d", n, want)
				}
				return err
			})
		}
		off(f.twin.ID, "", 0)
		off(f.acme.ID, one.ID, 1)
		off(f.acme.ID, one.ID, 0)
		if got := sum(f.acme.ID); got != (core.KeySummary{Active: 1}) {
			t.Errorf("%+v", got)
		}
		off(f.acme.ID, "", 1)
		one.LastUsedAt = now.Add(time.Minute)
		for _, k := range []*core.APIKey{&one, &two} {
			k.DeactivatedAt, k.DeactivatedBy, k.DeactivatedName = now, f.owner.User.ID, "Olivia"
		}
		if d := cmp.Diff([]core.APIKey{two, one}, keys(f.acme.ID)); d != "" {
			t.Error(d)
		}
	})
}

func TestSignInLinks(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		l := core.SignInLink{ID: f.id(), WorkspaceID: f.acme.ID, UserID: f.member.User.ID, Kind: core.LinkSignIn, ExpiresAt: now.Add(time.Minute)}
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertSignInLink(ctx, l, "hash") })
		read := func(ctx context.Context, tx core.Tx) (core.SignInLink, error) {
			return tx.SignInLinkByHash(ctx, "hash")
		}
		if d := cmp.Diff(l, get(f, read)); d != "" {
			t.Error(d)
		}
		missing(f, "unknown", func(ctx context.Context, tx core.Tx) (core.SignInLink, error) { return tx.SignInLinkByHash(ctx, "x") })
		use := func(at time.Time) func(ctx context.Context, tx core.Tx) (bool, error) {
			return func(ctx context.Context, tx core.Tx) (bool, error) { return tx.UseSignInLink(ctx, l.ID, at) }
		}
		is(f, false, use(now.Add(time.Minute)))
		is(f, true, use(now))
		is(f, false, use(now))
		l.UsedAt = now
		if d := cmp.Diff(l, get(f, read)); d != "" {
			t.Error(d)
		}
		l.ID = f.id()
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.InsertSignInLink(ctx, l, "hash") })
	})
}

func TestSessions(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		s := core.Session{
			ID: f.id(), UserID: f.owner.User.ID, HostWorkspaceID: f.acme.ID, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
			Address: "::1", UserAgent: "ua",
		}
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertSession(ctx, s, "one") })
		read := func(ctx context.Context, tx core.Tx) (core.Session, error) { return tx.Session(ctx, s.ID) }
		byHash := func(hash string) func(ctx context.Context, tx core.Tx) (core.Session, error) {
			return func(ctx context.Context, tx core.Tx) (core.Session, error) { return tx.SessionByHash(ctx, hash) }
		}
		for _, look := range []func(ctx context.Context, tx core.Tx) (core.Session, error){read, byHash("one")} {
			if d := cmp.Diff(s, get(f, look)); d != "" {
				t.Error(d)
			}
		}
		missing(f, "unknown", func(ctx context.Context, tx core.Tx) (core.Session, error) { return tx.Session(ctx, newID(1)) })
		for _, at := range []time.Time{now.Add(time.Minute), now} {
			f.do(func(ctx context.Context, tx core.Tx) error { return tx.TouchSession(ctx, s.ID, at) })
		}
		s.LastSeenAt = now.Add(time.Minute)
		if d := cmp.Diff(s, get(f, read)); d != "" {
			t.Error(d)
		}
		is(f, true, func(ctx context.Context, tx core.Tx) (bool, error) {
			return tx.RotateSession(ctx, s.ID, "two", now.Add(2*time.Minute))
		})
		missing(f, "old token", byHash("one"))
		s.LastSeenAt = now.Add(2 * time.Minute)
		if d := cmp.Diff(s, get(f, byHash("two"))); d != "" {
			t.Error(d)
		}
		end := func(ctx context.Context, tx core.Tx) (bool, error) {
			return tx.EndSession(ctx, s.ID, now.Add(time.Hour))
		}
		is(f, true, end)
		is(f, false, end)
		is(f, false, func(ctx context.Context, tx core.Tx) (bool, error) { return tx.RotateSession(ctx, s.ID, "three", now) })
		s.EndedAt = now.Add(time.Hour)
		if d := cmp.Diff(s, get(f, byHash("two"))); d != "" {
			t.Error(d)
		}
		s.ID, s.HostWorkspaceID, s.EndedAt = f.id(), "", time.Time{}
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.InsertSession(ctx, s, "two") })
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertSession(ctx, s, "four") })
	})
}

func TestImpersonations(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		s := core.Session{ID: f.id(), UserID: f.owner.User.ID, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour)}
		i := core.Impersonation{
			ID: f.id(), SessionID: s.ID, WorkspaceID: f.acme.ID, ActorUserID: f.owner.User.ID, ActorMemberID: f.owner.ID,
			MemberID: f.member.ID, UserID: f.member.User.ID, Reason: core.ReasonOther, Note: "why", StartedAt: now, ExpiresAt: now.Add(time.Hour),
		}
		f.do(func(ctx context.Context, tx core.Tx) error {
			if err := tx.InsertSession(ctx, s, "hash"); err != nil {
				return err
			}
			return tx.InsertImpersonation(ctx, i)
		})
		read := func(ctx context.Context, tx core.Tx) (core.Impersonation, error) { return tx.Impersonation(ctx, i.ID) }
		open := func(ctx context.Context, tx core.Tx) (core.Impersonation, error) {
			return tx.OpenImpersonation(ctx, s.ID)
		}
		if d := cmp.Diff(i, get(f, read)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(i, get(f, open)); d != "" {
			t.Error(d)
		}
		second := i
		second.ID = f.id()
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.InsertImpersonation(ctx, second) })
		end := func(ctx context.Context, tx core.Tx) (bool, error) {
			return tx.EndImpersonation(ctx, i.ID, core.EndPlan, now.Add(time.Minute))
		}
		is(f, true, end)
		is(f, false, end)
		i.EndedAt, i.EndCause = now.Add(time.Minute), core.EndPlan
		if d := cmp.Diff(i, get(f, read)); d != "" {
			t.Error(d)
		}
		missing(f, "open one", open)
		missing(f, "unknown", func(ctx context.Context, tx core.Tx) (core.Impersonation, error) {
			return tx.Impersonation(ctx, newID(1))
		})
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertImpersonation(ctx, second) })
		third := second
		third.ID, third.WorkspaceID, third.EndedAt = f.id(), f.twin.ID, now // a member of another workspace
		f.refused(core.ErrConstraint, func(ctx context.Context, tx core.Tx) error { return tx.InsertImpersonation(ctx, third) })
	})
}

func TestIdentities(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		link := func(m core.Member, platform, chatUser string) core.Identity {
			return core.Identity{
				ID: f.id(), WorkspaceID: m.WorkspaceID, UserID: m.User.ID, MemberID: m.ID, Platform: platform, Team: "T1", ChatUser: chatUser, LinkedAt: now,
			}
		}
		owner, member, discord, twin := link(f.owner, "slack", "U1"), link(f.member, "slack", "U2"), link(f.owner, "discord", "U1"), link(f.twinOwner, "slack", "U4")
		f.do(func(ctx context.Context, tx core.Tx) error {
			for _, i := range []core.Identity{owner, member, discord, twin} {
				if err := tx.InsertIdentity(ctx, i); err != nil {
					return err
				}
			}
			return nil
		})
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error {
			return tx.InsertIdentity(ctx, link(f.twinOwner, "slack", "U1"))
		})
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error {
			return tx.InsertIdentity(ctx, link(f.owner, "slack", "U9"))
		})
		byChat := func(platform, team, user string) func(ctx context.Context, tx core.Tx) (core.Identity, error) {
			return func(ctx context.Context, tx core.Tx) (core.Identity, error) {
				return tx.IdentityByChat(ctx, platform, team, user)
			}
		}
		if got := get(f, byChat("slack", "T1", "U2")); got != member {
			t.Errorf("%+v", got)
		}
		missing(f, "team", byChat("slack", "T2", "U2"))
		missing(f, "platform", byChat("discord", "T1", "U2"))
		ofMember := func(ws core.ID) []core.Identity {
			return get(f, func(ctx context.Context, tx core.Tx) ([]core.Identity, error) {
				return tx.IdentitiesOfMember(ctx, ws, f.owner.ID)
			})
		}
		if d := cmp.Diff([]core.Identity{discord, owner}, ofMember(f.acme.ID)); d != "" {
			t.Error(d)
		}
		if got := ofMember(f.twin.ID); len(got) != 0 {
			t.Errorf("the twin sees %+v", got)
		}
		ofOwners := func() []core.Identity {
			return get(f, func(ctx context.Context, tx core.Tx) ([]core.Identity, error) {
				return tx.IdentitiesOfOwners(ctx, f.acme.ID, "slack")
			})
		}
		if d := cmp.Diff([]core.Identity{owner}, ofOwners()); d != "" {
			t.Error(d)
		}
		f.member.Role = core.RoleOwner
		f.owner.Status = core.StatusInactive
		f.do(func(ctx context.Context, tx core.Tx) error {
			if err := tx.UpdateMember(ctx, f.member); err != nil {
				return err
			}
			return tx.UpdateMember(ctx, f.owner)
		})
		if d := cmp.Diff([]core.Identity{member}, ofOwners()); d != "" {
			t.Error(d)
		}
	})
}

func TestConfirmations(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		c := core.Confirmation{
			ID: f.id(), WorkspaceID: f.acme.ID, Kind: core.ConfirmCard, Act: core.ActTimerStop, UserID: f.owner.User.ID, MemberID: f.member.ID,
			EntryID: f.id(), Version: 2, FlagID: f.id(), End: now, Reason: "r", CreatedAt: now, ExpiresAt: now.Add(time.Minute),
		}
		alert := core.Confirmation{ID: f.id(), WorkspaceID: f.acme.ID, Kind: core.ConfirmAlert, Act: core.ActTimerStop, MemberID: f.member.ID, CreatedAt: now}
		f.do(func(ctx context.Context, tx core.Tx) error {
			if err := tx.InsertConfirmation(ctx, c, "h1"); err != nil {
				return err
			}
			return tx.InsertConfirmation(ctx, alert, "h2")
		})
		read := func(ws core.ID, hash string) func(ctx context.Context, tx core.Tx) (core.Confirmation, error) {
			return func(ctx context.Context, tx core.Tx) (core.Confirmation, error) {
				return tx.ConfirmationByHash(ctx, ws, hash)
			}
		}
		for hash, want := range map[string]core.Confirmation{"h1": c, "h2": alert} {
			if d := cmp.Diff(want, get(f, read(f.acme.ID, hash))); d != "" {
				t.Error(d)
			}
		}
		missing(f, "twin", read(f.twin.ID, "h1"))
		use := func(ctx context.Context, tx core.Tx) (bool, error) { return tx.UseConfirmation(ctx, c.ID, now, true) }
		is(f, true, use)
		is(f, false, use)
		c.UsedAt, c.Canceled = now, true
		if d := cmp.Diff(c, get(f, read(f.acme.ID, "h1"))); d != "" {
			t.Error(d)
		}
		c.ID = f.id()
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.InsertConfirmation(ctx, c, "h1") })
	})
}

func TestSeenRequests(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		seen := func(hash string, at time.Time) func(ctx context.Context, tx core.Tx) (bool, error) {
			return func(ctx context.Context, tx core.Tx) (bool, error) {
				return tx.InsertSeen(ctx, hash, at, at.Add(time.Minute))
			}
		}
		is(f, true, seen("a", now))
		is(f, false, seen("a", now.Add(time.Second)))
		is(f, true, seen("b", now))
		is(f, false, seen("a", now.Add(59*time.Second)))
		is(f, true, seen("a", now.Add(time.Minute))) // its time is over
	})
}

func TestPasswords(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		user := f.member.User.ID
		hash := func(ctx context.Context, tx core.Tx) (string, error) { return tx.PasswordHash(ctx, user) }
		set := func(was, hash string) func(ctx context.Context, tx core.Tx) (bool, error) {
			return func(ctx context.Context, tx core.Tx) (bool, error) { return tx.SetPasswordHash(ctx, user, was, hash) }
		}
		if got := get(f, hash); got != "" {
			t.Errorf("at first %q", got)
		}
		is(f, true, set("", "one"))
		is(f, false, set("", "two"))
		is(f, true, set("one", "two"))
		if got := get(f, hash); got != "two" {
			t.Errorf("%q", got)
		}
		missing(f, "unknown user", func(ctx context.Context, tx core.Tx) (string, error) { return tx.PasswordHash(ctx, newID(1)) })
	})
}

func TestLogins(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		login := func(issuer, subject string, u core.ID) core.Login {
			return core.Login{Issuer: issuer, Subject: subject, UserID: u, LinkedAt: now}
		}
		insert := func(l core.Login) func(ctx context.Context, tx core.Tx) error {
			return func(ctx context.Context, tx core.Tx) error { return tx.InsertLogin(ctx, l) }
		}
		user, other := f.member.User.ID, f.owner.User.ID
		a, b := login("https://b.test", "1", user), login("https://a.test", "1", user)
		f.do(insert(a))
		f.do(insert(b))
		f.refused(core.ErrDuplicate, insert(login(a.Issuer, "1", other))) // the account is linked
		f.refused(core.ErrDuplicate, insert(login(a.Issuer, "2", user)))  // the user has one there
		if got := get(f, func(ctx context.Context, tx core.Tx) (core.Login, error) { return tx.Login(ctx, a.Issuer, "1") }); got != a {
			t.Errorf("%+v", got)
		}
		missing(f, "subject", func(ctx context.Context, tx core.Tx) (core.Login, error) { return tx.Login(ctx, a.Issuer, "2") })
		of := func() []core.Login {
			return get(f, func(ctx context.Context, tx core.Tx) ([]core.Login, error) { return tx.LoginsOfUser(ctx, user) })
		}
		if d := cmp.Diff([]core.Login{b, a}, of()); d != "" {
			t.Error(d)
		}
		drop := func(u core.ID) func(ctx context.Context, tx core.Tx) error {
			return func(ctx context.Context, tx core.Tx) error { return tx.DeleteLogin(ctx, u, a.Issuer) }
		}
		f.refused(core.ErrNoRow, drop(other))
		f.do(drop(user))
		f.refused(core.ErrNoRow, drop(user))
		if d := cmp.Diff([]core.Login{b}, of()); d != "" {
			t.Error(d)
		}
	})
}

func TestSessionsOfAUser(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		session := func(u core.ID) core.Session {
			s := core.Session{ID: f.id(), UserID: u, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour)}
			f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertSession(ctx, s, "hash of "+string(s.ID)) })
			return s
		}
		a, b, c, other := session(f.owner.User.ID), session(f.owner.User.ID), session(f.owner.User.ID), session(f.member.User.ID)
		is(f, true, func(ctx context.Context, tx core.Tx) (bool, error) { return tx.EndSession(ctx, b.ID, now) })
		of := func(u core.ID) []core.Session {
			return get(f, func(ctx context.Context, tx core.Tx) ([]core.Session, error) { return tx.SessionsOfUser(ctx, u) })
		}
		if d := cmp.Diff([]core.Session{c, a}, of(f.owner.User.ID)); d != "" {
			t.Error(d)
		}
		f.do(func(ctx context.Context, tx core.Tx) error {
			return tx.EndOtherSessions(ctx, f.owner.User.ID, a.ID, now)
		})
		if d := cmp.Diff([]core.Session{a}, of(f.owner.User.ID)); d != "" {
			t.Error(d)
		}
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.EndOtherSessions(ctx, f.owner.User.ID, "", now) })
		if got := of(f.owner.User.ID); len(got) != 0 {
			t.Errorf("%+v", got)
		}
		if d := cmp.Diff([]core.Session{other}, of(f.member.User.ID)); d != "" {
			t.Error(d)
		}
	})
}

func TestSignInLinksAreDroppedByKind(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		link := func(kind core.LinkKind, ws, user core.ID) core.ID {
			l := core.SignInLink{ID: f.id(), WorkspaceID: ws, UserID: user, Kind: kind, ExpiresAt: now.Add(time.Hour)}
			f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertSignInLink(ctx, l, string(l.ID)) })
			return l.ID
		}
		user := f.member.User.ID
		gone := []core.ID{link(core.LinkInvitation, f.acme.ID, user), link(core.LinkInvitation, f.acme.ID, user)}
		stay := []core.ID{link(core.LinkSignIn, f.acme.ID, user), link(core.LinkInvitation, f.twin.ID, user), link(core.LinkInvitation, f.acme.ID, f.owner.User.ID)}
		f.do(func(ctx context.Context, tx core.Tx) error {
			return tx.DropSignInLinks(ctx, f.acme.ID, user, core.LinkInvitation, now)
		})
		for _, l := range gone {
			is(f, false, func(ctx context.Context, tx core.Tx) (bool, error) { return tx.UseSignInLink(ctx, l, now) })
		}
		for _, l := range stay {
			is(f, true, func(ctx context.Context, tx core.Tx) (bool, error) { return tx.UseSignInLink(ctx, l, now) })
		}
	})
}

func TestIdentitiesOfAWorkspace(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := core.Identity{
			ID: f.id(), WorkspaceID: f.acme.ID, UserID: f.owner.User.ID, MemberID: f.owner.ID, Platform: "slack", Team: "T", ChatUser: "U1", ChatName: "olivia", LinkedAt: now,
		}
		b := a
		b.ID, b.Platform = f.id(), "discord"
		f.do(func(ctx context.Context, tx core.Tx) error {
			if err := tx.InsertIdentity(ctx, a); err != nil {
				return err
			}
			return tx.InsertIdentity(ctx, b)
		})
		of := func(ws core.ID) []core.Identity {
			return get(f, func(ctx context.Context, tx core.Tx) ([]core.Identity, error) { return tx.Identities(ctx, ws) })
		}
		if d := cmp.Diff([]core.Identity{b, a}, of(f.acme.ID)); d != "" {
			t.Error(d)
		}
		if got := of(f.twin.ID); len(got) != 0 {
			t.Errorf("the twin sees %+v", got)
		}
		look := func(ws core.ID) func(ctx context.Context, tx core.Tx) (core.Identity, error) {
			return func(ctx context.Context, tx core.Tx) (core.Identity, error) { return tx.Identity(ctx, ws, a.ID) }
		}
		if got := get(f, look(f.acme.ID)); got != a {
			t.Errorf("%+v", got)
		}
		missing(f, "twin", look(f.twin.ID))
		f.refused(core.ErrNoRow, func(ctx context.Context, tx core.Tx) error { return tx.DeleteIdentity(ctx, f.twin.ID, a.ID) })
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.DeleteIdentity(ctx, f.acme.ID, a.ID) })
		missing(f, "deleted", look(f.acme.ID))
	})
}

func TestLinkCodes(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		code := func(hash string, expires time.Time) {
			f.do(func(ctx context.Context, tx core.Tx) error {
				return tx.SaveLinkCode(ctx, f.acme.ID, f.member.ID, hash, expires)
			})
		}
		look := func(ws core.ID, hash string, at time.Time) func(ctx context.Context, tx core.Tx) (core.ID, error) {
			return func(ctx context.Context, tx core.Tx) (core.ID, error) { return tx.LinkCode(ctx, ws, hash, at) }
		}
		use := func(ws core.ID, hash string) func(ctx context.Context, tx core.Tx) (bool, error) {
			return func(ctx context.Context, tx core.Tx) (bool, error) { return tx.UseLinkCode(ctx, ws, hash, now) }
		}
		code("old", now.Add(time.Minute))
		code("new", now.Add(time.Minute)) // takes the place of the old one
		if got := get(f, look(f.acme.ID, "new", now)); got != f.member.ID {
			t.Errorf("%s", got)
		}
		missing(f, "old", look(f.acme.ID, "old", now))
		missing(f, "late", look(f.acme.ID, "new", now.Add(time.Minute)))
		missing(f, "twin", look(f.twin.ID, "new", now))
		is(f, false, use(f.twin.ID, "new"))
		is(f, true, use(f.acme.ID, "new"))
		is(f, false, use(f.acme.ID, "new"))
	})
}

func TestWaitingCommands(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		who := core.ChatAccount{Platform: "slack", Team: "T", ChatUser: "U"}
		keep := func(c core.ChatAccount, command string, at time.Time) {
			f.do(func(ctx context.Context, tx core.Tx) error {
				return tx.SaveWaitingCommand(ctx, c, command, at, at.Add(time.Minute))
			})
		}
		take := func(c core.ChatAccount, at time.Time) (command string, err error) {
			err = f.Write(t.Context(), func(ctx context.Context, tx core.Tx) (err error) {
				command, err = tx.TakeWaitingCommand(ctx, c, at)
				return err
			})
			return command, err
		}
		keep(who, "first", now)
		keep(who, "second", now)
		other := who
		other.Team = "T2"
		if c, err := take(other, now); !errors.Is(err, core.ErrNoRow) {
			t.Errorf("another team took %q, %v", c, err)
		}
		if c, err := take(who, now.Add(time.Minute)); !errors.Is(err, core.ErrNoRow) {
			t.Errorf("too late: %q, %v", c, err)
		}
		if c, err := take(who, now); c != "second" || err != nil {
			t.Errorf("%q, %v", c, err)
		}
		if c, err := take(who, now); !errors.Is(err, core.ErrNoRow) {
			t.Errorf("twice: %q, %v", c, err)
		}
		keep(who, "old", now)
		keep(other, "new", now.Add(time.Hour))
		if n := f.Count(`SELECT count(*) FROM waiting_commands`); n != 1 {
			t.Errorf("%d rows: old ones stay", n)
		}
	})
}

func TestRepeatableRequests(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		e := f.start(f.member, now)
		insert := func(hash string, at time.Time) func(ctx context.Context, tx core.Tx) error {
			return func(ctx context.Context, tx core.Tx) error {
				return tx.InsertRepeatable(ctx, f.acme.ID, f.member.ID, hash, "content", e.ID, at, at.Add(time.Hour))
			}
		}
		look := func(ws, member core.ID, at time.Time) func(ctx context.Context, tx core.Tx) (string, error) {
			return func(ctx context.Context, tx core.Tx) (string, error) {
				entry, content, err := tx.Repeated(ctx, ws, member, "h", at)
				return string(entry) + content, err
			}
		}
		f.do(insert("h", now))
		f.refused(core.ErrDuplicate, insert("h", now))
		if got := get(f, look(f.acme.ID, f.member.ID, now)); got != string(e.ID)+"content" {
			t.Error(got)
		}
		missing(f, "late", look(f.acme.ID, f.member.ID, now.Add(time.Hour)))
		missing(f, "another member", look(f.acme.ID, f.owner.ID, now))
		missing(f, "twin", look(f.twin.ID, f.member.ID, now))
		f.do(insert("h", now.Add(time.Hour))) // its time is over
	})
}
