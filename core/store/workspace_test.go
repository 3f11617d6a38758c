package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
)

func TestWorkspaces(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		for name, look := range map[string]func(ctx context.Context, tx core.Tx) (core.Workspace, error){
			"id":   func(ctx context.Context, tx core.Tx) (core.Workspace, error) { return tx.Workspace(ctx, f.acme.ID) },
			"lock": func(ctx context.Context, tx core.Tx) (core.Workspace, error) { return tx.LockWorkspace(ctx, f.acme.ID) },
			"slug": func(ctx context.Context, tx core.Tx) (core.Workspace, error) { return tx.WorkspaceBySlug(ctx, "acme") },
			"subdomain": func(ctx context.Context, tx core.Tx) (core.Workspace, error) {
				return tx.WorkspaceBySubdomain(ctx, "acme")
			},
		} {
			if d := cmp.Diff(f.acme, get(f, look)); d != "" {
				t.Errorf("by %s: %s", name, d)
			}
		}
		missing(f, "unknown id", func(ctx context.Context, tx core.Tx) (core.Workspace, error) { return tx.Workspace(ctx, newID(1)) })
		missing(f, "empty id", func(ctx context.Context, tx core.Tx) (core.Workspace, error) { return tx.LockWorkspace(ctx, "") })
		missing(f, "unknown slug", func(ctx context.Context, tx core.Tx) (core.Workspace, error) { return tx.WorkspaceBySlug(ctx, "nope") })
		missing(f, "no subdomain", func(ctx context.Context, tx core.Tx) (core.Workspace, error) { return tx.WorkspaceBySubdomain(ctx, "") })

		changed := f.acme
		changed.Name, changed.Plan, changed.Subdomain, changed.Slug = "Äcme", core.PlanFree, "", "acme2"
		changed.TimeZone, changed.Language, changed.ForgottenAfter = "UTC", "de", 0
		changed.Require = core.Require{Description: true, Tags: true}
		f.do(func(ctx context.Context, tx core.Tx) error {
			if err := tx.UpdateWorkspace(ctx, changed); err != nil {
				return err
			}
			locked, err := tx.LockWorkspace(ctx, f.acme.ID)
			if d := cmp.Diff(changed, locked); d != "" {
				t.Error(d)
			}
			return err
		})
		twin := f.twin
		twin.Slug = "acme2"
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.UpdateWorkspace(ctx, twin) })
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.InsertWorkspace(ctx, f.acme) })
		f.refused(core.ErrNoRow, func(ctx context.Context, tx core.Tx) error {
			return tx.UpdateWorkspace(ctx, core.Workspace{ID: newID(1), Plan: core.PlanFree})
		})
		f.refused(core.ErrConstraint, func(ctx context.Context, tx core.Tx) error {
			changed.Plan = "gold"
			return tx.UpdateWorkspace(ctx, changed)
		})
		ids := get(f, func(ctx context.Context, tx core.Tx) ([]core.ID, error) { return tx.WorkspaceIDs(ctx) })
		if d := cmp.Diff([]core.ID{f.acme.ID, f.twin.ID}, ids); d != "" {
			t.Error(d)
		}
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.BumpRevision(ctx, f.acme.ID, true) })
		f.refused(core.ErrNoRow, func(ctx context.Context, tx core.Tx) error { return tx.BumpRevision(ctx, newID(1), false) })
	})
}

func TestMembershipsAreByNameOfTheWorkspace(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		zebra, apple := f.addWorkspace("zebra"), f.addWorkspace("aepfel")
		apple.Name = "Äpfel" // after Acme, before Birnen and "Team acme" in German
		f.do(func(ctx context.Context, tx core.Tx) error {
			if err := tx.UpdateWorkspace(ctx, apple); err != nil {
				return err
			}
			for _, w := range []core.Workspace{zebra, apple} {
				if err := tx.InsertMember(ctx, core.Member{
					ID: f.id(), WorkspaceID: w.ID, User: f.owner.User, Role: core.RoleMember, Status: core.StatusInvited, CreatedAt: now,
				}); err != nil {
					return err
				}
			}
			return nil
		})
		list := get(f, func(ctx context.Context, tx core.Tx) ([]core.Membership, error) {
			return tx.MembershipsOfUser(ctx, f.owner.User.ID)
		})
		var names []string
		for _, m := range list {
			names = append(names, m.Workspace.Name)
			if m.Member.WorkspaceID != m.Workspace.ID || m.Member.User != f.owner.User {
				t.Errorf("%+v", m)
			}
		}
		if d := cmp.Diff([]string{"Äpfel", "Team acme", "Team zebra"}, names); d != "" {
			t.Error(d)
		}
	})
}

func TestSettings(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		read := func() string {
			return get(f, func(ctx context.Context, tx core.Tx) (string, error) { return tx.Setting(ctx, "k") })
		}
		if v := read(); v != "" {
			t.Errorf("before: %q", v)
		}
		for _, v := range []string{"1", "2"} {
			f.do(func(ctx context.Context, tx core.Tx) error { return tx.SaveSetting(ctx, "k", v) })
			if got := read(); got != v {
				t.Errorf("got %q, want %q", got, v)
			}
		}
	})
}

func TestProjectsAndTags(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		p := core.Project{ID: f.id(), WorkspaceID: f.acme.ID, Name: "Über", Color: "#123456", Billable: true, Archived: true}
		second := core.Project{ID: f.id(), WorkspaceID: f.acme.ID, Name: "Umbau"}
		first := core.Project{ID: f.id(), WorkspaceID: f.acme.ID, Name: "alpha"}
		tag := core.Tag{ID: f.id(), WorkspaceID: f.acme.ID, Name: "x", Archived: true}
		f.do(func(ctx context.Context, tx core.Tx) error {
			for _, v := range []core.Project{second, p, first} {
				if err := tx.InsertProject(ctx, v); err != nil {
					return err
				}
			}
			return tx.InsertTag(ctx, tag)
		})
		projects := get(f, func(ctx context.Context, tx core.Tx) ([]core.Project, error) { return tx.Projects(ctx, f.acme.ID) })
		if d := cmp.Diff([]core.Project{first, p, second}, projects); d != "" {
			t.Error(d)
		}
		if got := get(f, func(ctx context.Context, tx core.Tx) (core.Project, error) { return tx.Project(ctx, f.acme.ID, p.ID) }); got != p {
			t.Errorf("%+v", got)
		}
		if got := get(f, func(ctx context.Context, tx core.Tx) (core.Tag, error) { return tx.Tag(ctx, f.acme.ID, tag.ID) }); got != tag {
			t.Errorf("%+v", got)
		}
		if got := get(f, func(ctx context.Context, tx core.Tx) ([]core.Tag, error) { return tx.Tags(ctx, f.acme.ID) }); len(got) != 1 || got[0] != tag {
			t.Errorf("%+v", got)
		}
		missing(f, "twin's project", func(ctx context.Context, tx core.Tx) (core.Project, error) { return tx.Project(ctx, f.twin.ID, p.ID) })
		missing(f, "twin's tag", func(ctx context.Context, tx core.Tx) (core.Tag, error) { return tx.Tag(ctx, f.twin.ID, tag.ID) })
		if got := get(f, func(ctx context.Context, tx core.Tx) ([]core.Tag, error) { return tx.Tags(ctx, f.twin.ID) }); len(got) != 0 {
			t.Errorf("the twin sees %+v", got)
		}
		p.ID, tag.ID = f.id(), f.id()
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.InsertProject(ctx, p) })
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.InsertTag(ctx, tag) })
		p.WorkspaceID, tag.WorkspaceID = f.twin.ID, f.twin.ID
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertProject(ctx, p) })
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertTag(ctx, tag) })
	})
}

func TestMembers(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		type look = func(ctx context.Context, tx core.Tx) (core.Member, error)
		for name, fn := range map[string]look{
			"id": func(ctx context.Context, tx core.Tx) (core.Member, error) {
				return tx.Member(ctx, f.acme.ID, f.member.ID)
			},
			"user": func(ctx context.Context, tx core.Tx) (core.Member, error) {
				return tx.MemberByUser(ctx, f.acme.ID, f.member.User.ID)
			},
			"email": func(ctx context.Context, tx core.Tx) (core.Member, error) {
				return tx.MemberByEmail(ctx, f.acme.ID, core.NormalEmail(f.member.User.Email))
			},
		} {
			if d := cmp.Diff(f.member, get(f, fn)); d != "" {
				t.Errorf("by %s: %s", name, d)
			}
		}
		for name, fn := range map[string]look{
			"twin id": func(ctx context.Context, tx core.Tx) (core.Member, error) {
				return tx.Member(ctx, f.twin.ID, f.member.ID)
			},
			"twin user": func(ctx context.Context, tx core.Tx) (core.Member, error) {
				return tx.MemberByUser(ctx, f.twin.ID, f.member.User.ID)
			},
			"twin email": func(ctx context.Context, tx core.Tx) (core.Member, error) {
				return tx.MemberByEmail(ctx, f.twin.ID, core.NormalEmail(f.member.User.Email))
			},
			"empty": func(ctx context.Context, tx core.Tx) (core.Member, error) { return tx.Member(ctx, f.acme.ID, "") },
		} {
			missing(f, name, fn)
		}
		user := f.member.User
		if got := get(f, func(ctx context.Context, tx core.Tx) (core.User, error) { return tx.User(ctx, user.ID) }); got != user {
			t.Errorf("%+v", got)
		}
		if got := get(f, func(ctx context.Context, tx core.Tx) (core.User, error) {
			return tx.UserByEmail(ctx, core.NormalEmail(user.Email))
		}); got != user {
			t.Errorf("%+v", got)
		}
		missing(f, "user", func(ctx context.Context, tx core.Tx) (core.User, error) { return tx.User(ctx, newID(1)) })
		missing(f, "user by email", func(ctx context.Context, tx core.Tx) (core.User, error) { return tx.UserByEmail(ctx, "nobody@x") })

		changed := f.member
		changed.Role, changed.Status, changed.ForgottenAfter, changed.WorkingHours = core.RoleAdmin, core.StatusInactive, time.Hour, "mon-fri 09:00-17:00"
		changed.User.Name, changed.User.Language, changed.User.TimeZone, changed.User.Scheme = "Dana Ömer", "en", "Europe/Paris", "dark"
		f.do(func(ctx context.Context, tx core.Tx) error {
			if err := tx.UpdateMember(ctx, changed); err != nil {
				return err
			}
			stranger := changed.User
			stranger.Email = "other@x" // is not written
			return tx.UpdateUser(ctx, stranger)
		})
		touch := func(at time.Time) {
			f.do(func(ctx context.Context, tx core.Tx) error { return tx.TouchMember(ctx, f.acme.ID, changed.ID, at) })
		}
		touch(now.Add(time.Hour))
		touch(now) // never backwards
		f.do(func(ctx context.Context, tx core.Tx) error {
			return tx.TouchMember(ctx, f.twin.ID, changed.ID, now.Add(2*time.Hour))
		})
		changed.LastActivity = now.Add(time.Hour)
		got := get(f, func(ctx context.Context, tx core.Tx) (core.Member, error) {
			return tx.Member(ctx, f.acme.ID, changed.ID)
		})
		if d := cmp.Diff(changed, got); d != "" {
			t.Error(d)
		}
		f.refused(core.ErrNoRow, func(ctx context.Context, tx core.Tx) error {
			twin := changed
			twin.WorkspaceID = f.twin.ID
			return tx.UpdateMember(ctx, twin)
		})
		f.refused(core.ErrNoRow, func(ctx context.Context, tx core.Tx) error { return tx.UpdateUser(ctx, core.User{ID: newID(1)}) })
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error {
			again := changed
			again.ID = f.id()
			return tx.InsertMember(ctx, again)
		})
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error {
			return tx.InsertUser(ctx, core.User{ID: f.id(), Email: " U" + user.Email[1:] + " "}, now)
		})
		f.refused(core.ErrConstraint, func(ctx context.Context, tx core.Tx) error { // no such user
			return tx.InsertMember(ctx, core.Member{ID: f.id(), WorkspaceID: f.acme.ID, User: core.User{ID: newID(1)}, Role: core.RoleMember, Status: core.StatusActive, CreatedAt: now})
		})
		f.refused(core.ErrConstraint, func(ctx context.Context, tx core.Tx) error {
			bad := changed
			bad.Role = "king"
			return tx.UpdateMember(ctx, bad)
		})
	})
}

func TestAWorkspaceKeepsAnActiveOwner(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		owners := func() int {
			return get(f, func(ctx context.Context, tx core.Tx) (int, error) { return tx.CountActiveOwners(ctx, f.acme.ID) })
		}
		if n := owners(); n != 1 {
			t.Fatalf("%d owners", n)
		}
		for _, change := range []func(m *core.Member){
			func(m *core.Member) { m.Role = core.RoleAdmin },
			func(m *core.Member) { m.Status = core.StatusInactive },
		} {
			m := f.owner
			change(&m)
			f.refused(core.ErrConstraint, func(ctx context.Context, tx core.Tx) error { return tx.UpdateMember(ctx, m) })
		}
		second := f.addMember(f.acme, "Otto", core.RoleOwner)
		f.owner.Role = core.RoleMember
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.UpdateMember(ctx, f.owner) })
		second.Role = core.RoleMember
		f.refused(core.ErrConstraint, func(ctx context.Context, tx core.Tx) error { return tx.UpdateMember(ctx, second) })
		if err := f.Exec(`DELETE FROM accounts WHERE member_id = ?1`, string(second.ID)); err != nil {
			t.Fatal(err)
		}
		if err := f.Exec(`DELETE FROM members WHERE id = ?1`, string(second.ID)); err == nil {
			t.Error("the last owner was deleted")
		}
		if n := owners(); n != 1 {
			t.Errorf("%d owners", n)
		}
	})
}

func TestMembersList(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		zoe := f.addMember(f.acme, "Zoë_100%", core.RoleMember)
		zoe.Status = core.StatusInvited
		f.do(func(ctx context.Context, tx core.Tx) error {
			if err := tx.UpdateMember(ctx, zoe); err != nil {
				return err
			}
			return tx.RefreshAccount(ctx, f.acme.ID, zoe.ID)
		})
		for name, c := range map[string]struct {
			q    core.MemberQuery
			want []core.Member
		}{
			"by email":       {core.MemberQuery{}, []core.Member{f.owner, f.member, zoe}},
			"by name":        {core.MemberQuery{Sort: "name"}, []core.Member{f.member, f.owner, zoe}},
			"by name, down":  {core.MemberQuery{Sort: "name", Desc: true}, []core.Member{zoe, f.owner, f.member}},
			"page":           {core.MemberQuery{Sort: "name", Offset: 1, Limit: 1}, []core.Member{f.owner}},
			"search":         {core.MemberQuery{Search: "zoe"}, []core.Member{zoe}},
			"no wildcards":   {core.MemberQuery{Search: "_100%"}, []core.Member{zoe}},
			"no wildcards 2": {core.MemberQuery{Search: "%a"}, nil},
			"email":          {core.MemberQuery{Email: core.NormalEmail(f.member.User.Email)}, []core.Member{f.member}},
			"statuses":       {core.MemberQuery{Statuses: []core.Status{core.StatusInvited, core.StatusInactive}}, []core.Member{zoe}},
			"both statuses":  {core.MemberQuery{Statuses: []core.Status{core.StatusInvited, core.StatusActive}, Limit: 2}, []core.Member{f.owner, f.member}},
		} {
			if c.q.Limit == 0 {
				c.q.Limit = 50
			}
			got := get(f, func(ctx context.Context, tx core.Tx) ([]core.Member, error) { return tx.Members(ctx, f.acme.ID, c.q) })
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("%s: %s", name, d)
			}
			n := get(f, func(ctx context.Context, tx core.Tx) (int, error) { return tx.CountMembers(ctx, f.acme.ID, c.q) })
			c.q.Offset, c.q.Limit = 0, 50
			all := get(f, func(ctx context.Context, tx core.Tx) ([]core.Member, error) { return tx.Members(ctx, f.acme.ID, c.q) })
			if n != len(all) {
				t.Errorf("%s: counted %d of %d", name, n, len(all))
			}
		}
		if n := get(f, func(ctx context.Context, tx core.Tx) (int, error) {
			return tx.CountMembers(ctx, f.twin.ID, core.MemberQuery{})
		}); n != 1 {
			t.Errorf("the twin has %d", n)
		}
	})
}

func TestMembersWithTimesOfTheirOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.owner.ForgottenAfter = time.Hour
		f.member.WorkingHours = "mon 09:00-10:00"
		f.addMember(f.acme, "None", core.RoleMember)
		f.do(func(ctx context.Context, tx core.Tx) error {
			if err := tx.UpdateMember(ctx, f.owner); err != nil {
				return err
			}
			return tx.UpdateMember(ctx, f.member)
		})
		q := core.MemberQuery{OwnTimes: true, Limit: 9}
		got := get(f, func(ctx context.Context, tx core.Tx) ([]core.Member, error) { return tx.Members(ctx, f.acme.ID, q) })
		if d := cmp.Diff([]core.Member{f.owner, f.member}, got); d != "" {
			t.Error(d)
		}
		if n := get(f, func(ctx context.Context, tx core.Tx) (int, error) { return tx.CountMembers(ctx, f.acme.ID, q) }); n != 2 {
			t.Errorf("%d", n)
		}
	})
}

func TestProjectsAndTagsInUseStay(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		e := fullEntry(f, now)
		used, free := core.Tag{ID: e.TagIDs[1], WorkspaceID: f.acme.ID, Name: "used"}, core.Tag{ID: f.id(), WorkspaceID: f.acme.ID, Name: "free"}
		project := core.Project{ID: f.id(), WorkspaceID: f.acme.ID, Name: "free", Color: "#000000"}
		f.do(func(ctx context.Context, tx core.Tx) error {
			for _, err := range []error{tx.InsertEntry(ctx, e), tx.InsertTag(ctx, used), tx.InsertTag(ctx, free), tx.InsertProject(ctx, project)} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		project.Name, project.Color, project.Billable, project.Archived = "new", "#ffffff", true, true
		free.Name, free.Archived = "new", true
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.UpdateProject(ctx, project) })
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.UpdateTag(ctx, free) })
		if got := get(f, func(ctx context.Context, tx core.Tx) (core.Project, error) {
			return tx.Project(ctx, f.acme.ID, project.ID)
		}); got != project {
			t.Errorf("%+v", got)
		}
		if got := get(f, func(ctx context.Context, tx core.Tx) (core.Tag, error) { return tx.Tag(ctx, f.acme.ID, free.ID) }); got != free {
			t.Errorf("%+v", got)
		}
		taken, twin, twinTag := project, project, free
		taken.ID, twin.WorkspaceID, twinTag.WorkspaceID = e.ProjectID, f.twin.ID, f.twin.ID
		renamed := used
		renamed.Name = free.Name
		for _, c := range []struct {
			want error
			fn   func(ctx context.Context, tx core.Tx) error
		}{
			{core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.UpdateProject(ctx, taken) }},
			{core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.UpdateTag(ctx, renamed) }},
			{core.ErrNoRow, func(ctx context.Context, tx core.Tx) error { return tx.UpdateProject(ctx, twin) }},
			{core.ErrNoRow, func(ctx context.Context, tx core.Tx) error { return tx.UpdateTag(ctx, twinTag) }},
			{core.ErrConstraint, func(ctx context.Context, tx core.Tx) error { return tx.DeleteProject(ctx, f.acme.ID, e.ProjectID) }},
			{core.ErrConstraint, func(ctx context.Context, tx core.Tx) error { return tx.DeleteTag(ctx, f.acme.ID, used.ID) }},
			{core.ErrNoRow, func(ctx context.Context, tx core.Tx) error { return tx.DeleteProject(ctx, f.twin.ID, project.ID) }},
			{core.ErrNoRow, func(ctx context.Context, tx core.Tx) error { return tx.DeleteTag(ctx, f.twin.ID, free.ID) }},
		} {
			f.refused(c.want, c.fn)
		}
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.DeleteProject(ctx, f.acme.ID, project.ID) })
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.DeleteTag(ctx, f.acme.ID, free.ID) })
	})
}
