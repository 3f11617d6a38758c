package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
)

// fullEntry has a value in every field.
func fullEntry(f *fixture, start time.Time) core.TimeEntry {
	p := core.Project{ID: f.id(), WorkspaceID: f.acme.ID, Name: "P" + string(f.id())}
	f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertProject(ctx, p) })
	return core.TimeEntry{
		ID: f.id(), WorkspaceID: f.acme.ID, MemberID: f.member.ID, UserID: f.member.User.ID, Description: "Größe 100% ?1 $1 'x'",
		ProjectID: p.ID, TagIDs: []core.ID{newID(9), newID(8)}, Billable: true, Start: start, End: start.Add(time.Hour), Version: 3,
		Incomplete: true, Automatic: true, StoppedAt: start.Add(time.Hour + time.Millisecond), StoppedBy: f.owner.User.ID,
		StoppedName: "Olivia", StoppedDoor: core.DoorSlack, Corrected: true, CreatedAt: start.Add(time.Second),
	}
}

func TestEntries(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		e := fullEntry(f, now)
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertEntry(ctx, e) })
		read := func() core.TimeEntry {
			return get(f, func(ctx context.Context, tx core.Tx) (core.TimeEntry, error) { return tx.Entry(ctx, f.acme.ID, e.ID) })
		}
		if d := cmp.Diff(e, read()); d != "" {
			t.Fatal(d)
		}
		missing(f, "twin's entry", func(ctx context.Context, tx core.Tx) (core.TimeEntry, error) { return tx.Entry(ctx, f.twin.ID, e.ID) })

		was := e
		e.Description, e.ProjectID, e.TagIDs, e.Billable, e.Incomplete, e.Automatic, e.Corrected = "", "", nil, false, false, false, false
		e.Start, e.End, e.Flagged, e.FlagAt = now.Add(-time.Hour), time.Time{}, true, now.Add(7*time.Hour)
		e.StoppedAt, e.StoppedBy, e.StoppedName, e.StoppedDoor = time.Time{}, "", "", ""
		save := func(was, is core.TimeEntry, want bool) {
			t.Helper()
			f.do(func(ctx context.Context, tx core.Tx) error {
				ok, err := tx.SaveEntry(ctx, was, is)
				if ok != want {
					t.Errorf("saved: %v, want %v", ok, want)
				}
				return err
			})
		}
		save(was, e, true)
		save(was, e, false) // the version moved on
		e.Version++
		if d := cmp.Diff(e, read()); d != "" {
			t.Fatal(d)
		}
		stranger := e
		stranger.WorkspaceID = f.twin.ID
		save(stranger, stranger, false)

		running := get(f, func(ctx context.Context, tx core.Tx) (core.TimeEntry, error) {
			return tx.RunningEntry(ctx, f.acme.ID, f.member.ID)
		})
		if running.ID != e.ID {
			t.Errorf("%+v", running)
		}
		missing(f, "twin's timer", func(ctx context.Context, tx core.Tx) (core.TimeEntry, error) {
			return tx.RunningEntry(ctx, f.twin.ID, f.member.ID)
		})

		second := e
		second.ID = f.id()
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.InsertEntry(ctx, second) })
		second.End, second.FlagAt = now, time.Time{}
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.InsertEntry(ctx, second) })
		was = second
		second.End = time.Time{}
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error {
			_, err := tx.SaveEntry(ctx, was, second)
			return err
		})
		second.DeletedAt = now // a deleted one is no timer
		save(was, second, true)
		second.Version++
		if got := get(f, func(ctx context.Context, tx core.Tx) (core.TimeEntry, error) {
			return tx.Entry(ctx, f.acme.ID, second.ID)
		}); !got.DeletedAt.Equal(now) {
			t.Errorf("%+v", got)
		}
		second.ID, second.MemberID = f.id(), newID(1)
		f.refused(core.ErrConstraint, func(ctx context.Context, tx core.Tx) error { return tx.InsertEntry(ctx, second) })
		second.MemberID, second.WorkspaceID = f.member.ID, f.twin.ID // a member of another workspace
		f.refused(core.ErrConstraint, func(ctx context.Context, tx core.Tx) error { return tx.InsertEntry(ctx, second) })
	})
}

func TestEntriesList(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		var all []core.TimeEntry
		for i := range 6 {
			e := fullEntry(f, now.Add(time.Duration(i/2)*time.Hour)) // two start together
			e.Description = []string{"Zoë baut", "ZOE plant", "100%", "100 Euro", "_", "Straße"}[i]
			e.TagIDs = []core.ID{newID(100 + i)}
			if i == 5 {
				e.End, e.FlagAt = time.Time{}, now.Add(20*time.Hour)
			}
			all = append(all, e)
		}
		deleted := fullEntry(f, now)
		deleted.DeletedAt = now
		f.do(func(ctx context.Context, tx core.Tx) error {
			for _, e := range append(all, deleted) {
				if err := tx.InsertEntry(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
		yes, no := true, false
		for name, c := range map[string]struct {
			q    core.EntryQuery
			want []int
		}{
			"all":               {core.EntryQuery{}, []int{5, 4, 3, 2, 1, 0}},
			"page":              {core.EntryQuery{Offset: 1, Limit: 2}, []int{4, 3}},
			"from":              {core.EntryQuery{From: now.Add(time.Hour)}, []int{5, 4, 3, 2}},
			"to":                {core.EntryQuery{To: now.Add(time.Hour)}, []int{1, 0}},
			"running":           {core.EntryQuery{Running: &yes}, []int{5}},
			"finished":          {core.EntryQuery{Running: &no}, []int{4, 3, 2, 1, 0}},
			"project":           {core.EntryQuery{ProjectID: all[3].ProjectID}, []int{3}},
			"tags":              {core.EntryQuery{TagIDs: []core.ID{newID(100), newID(104), newID(7)}}, []int{4, 0}},
			"description":       {core.EntryQuery{Description: "zoe"}, []int{1, 0}},
			"description, page": {core.EntryQuery{Description: "ZOË", Offset: 1, Limit: 1}, []int{0}},
			"no wildcard":       {core.EntryQuery{Description: "0%"}, []int{2}},
			"sharp s":           {core.EntryQuery{Description: "STRASSE", Running: &yes}, []int{5}},
			"nobody":            {core.EntryQuery{MemberID: f.owner.ID}, nil},
		} {
			if c.q.MemberID == "" {
				c.q.MemberID = f.member.ID
			}
			if c.q.Limit == 0 {
				c.q.Limit = 50
			}
			var want []core.TimeEntry
			for _, i := range c.want {
				want = append(want, all[i])
			}
			got := get(f, func(ctx context.Context, tx core.Tx) ([]core.TimeEntry, error) {
				return tx.Entries(ctx, f.acme.ID, c.q)
			})
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: %s", name, d)
			}
			if got := get(f, func(ctx context.Context, tx core.Tx) ([]core.TimeEntry, error) {
				return tx.Entries(ctx, f.twin.ID, c.q)
			}); len(got) > 0 {
				t.Errorf("%s: the twin sees %+v", name, got)
			}
		}
	})
}

func TestEntryBetween(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		mine, early, late, deleted := fullEntry(f, now), fullEntry(f, now), fullEntry(f, now.Add(time.Hour)), fullEntry(f, now)
		deleted.DeletedAt = now
		f.do(func(ctx context.Context, tx core.Tx) error {
			for _, e := range []core.TimeEntry{mine, late, early, deleted} {
				if err := tx.InsertEntry(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
		look := func(ws, except core.ID, from, to time.Time) func(ctx context.Context, tx core.Tx) (core.TimeEntry, error) {
			return func(ctx context.Context, tx core.Tx) (core.TimeEntry, error) {
				return tx.EntryBetween(ctx, ws, f.member.ID, except, from, to)
			}
		}
		if got := get(f, look(f.acme.ID, mine.ID, now, now.Add(2*time.Hour))); got.ID != early.ID {
			t.Errorf("%+v", got)
		}
		if got := get(f, look(f.acme.ID, mine.ID, now.Add(time.Second), now.Add(2*time.Hour))); got.ID != late.ID {
			t.Errorf("%+v", got)
		}
		if got := get(f, look(f.acme.ID, "", now, now.Add(time.Second))); got.ID != mine.ID {
			t.Errorf("%+v", got)
		}
		missing(f, "end is exclusive", look(f.acme.ID, mine.ID, now.Add(time.Second), now.Add(time.Hour)))
		missing(f, "twin", look(f.twin.ID, "", now, now.Add(2*time.Hour)))
	})
}

func TestEntryMadeSince(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		mine, early, old, late, deleted := fullEntry(f, now), fullEntry(f, now.Add(-time.Hour)), fullEntry(f, now), fullEntry(f, now.Add(time.Hour)), fullEntry(f, now)
		mine.CreatedAt, early.CreatedAt, old.CreatedAt, late.CreatedAt = now, now, now.Add(-time.Millisecond), now
		deleted.CreatedAt, deleted.DeletedAt = now, now
		f.do(func(ctx context.Context, tx core.Tx) error {
			for _, e := range []core.TimeEntry{mine, early, old, late, deleted} {
				if err := tx.InsertEntry(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
		look := func(ws core.ID, from, made time.Time) func(ctx context.Context, tx core.Tx) (core.TimeEntry, error) {
			return func(ctx context.Context, tx core.Tx) (core.TimeEntry, error) {
				return tx.EntryMadeSince(ctx, ws, f.member.ID, mine.ID, from, made)
			}
		}
		if got := get(f, look(f.acme.ID, now, now)); got.ID != late.ID {
			t.Errorf("%+v", got)
		}
		if got := get(f, look(f.acme.ID, now, now.Add(-time.Millisecond))); got.ID != old.ID {
			t.Errorf("%+v", got)
		}
		missing(f, "made before", look(f.acme.ID, now, now.Add(time.Millisecond)))
		missing(f, "begun before", look(f.acme.ID, now.Add(time.Hour+time.Second), now))
		missing(f, "twin", look(f.twin.ID, now, now))
	})
}

func TestRunningAndDueEntries(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		a := f.start(f.member, now)                              // due at 17:00
		b := f.start(f.owner, now.Add(-time.Hour))               // due at 16:00
		c := f.start(f.twinOwner, now.Add(-30*time.Minute))      // due at 16:30
		never := f.start(f.addMember(f.acme, "N", "admin"), now) // is never due
		f.do(func(ctx context.Context, tx core.Tx) error {
			return tx.SetFlagAt(ctx, f.acme.ID, never.ID, time.Time{})
		})
		f.refused(core.ErrNoRow, func(ctx context.Context, tx core.Tx) error { return tx.SetFlagAt(ctx, f.twin.ID, a.ID, now) })
		ids := func(list []core.TimeEntry) (out []core.ID) {
			for _, e := range list {
				out = append(out, e.ID)
			}
			return out
		}
		type list = func(ctx context.Context, tx core.Tx) ([]core.TimeEntry, error)
		running := func(ws, member core.ID, offset, limit int) list {
			return func(ctx context.Context, tx core.Tx) ([]core.TimeEntry, error) {
				return tx.RunningEntries(ctx, ws, member, offset, limit)
			}
		}
		unflagged := func(ws, member core.ID) list {
			return func(ctx context.Context, tx core.Tx) ([]core.TimeEntry, error) {
				return tx.UnflaggedRunning(ctx, ws, member)
			}
		}
		for name, x := range map[string]struct {
			fn   list
			want []core.ID
		}{
			"running":           {running(f.acme.ID, "", 0, 10), []core.ID{b.ID, a.ID, never.ID}},
			"running, page":     {running(f.acme.ID, "", 1, 1), []core.ID{a.ID}},
			"running of one":    {running(f.acme.ID, f.member.ID, 0, 10), []core.ID{a.ID}},
			"running of twin":   {running(f.twin.ID, "", 0, 10), []core.ID{c.ID}},
			"twin's member":     {running(f.twin.ID, f.member.ID, 0, 10), nil},
			"unflagged":         {unflagged(f.acme.ID, ""), []core.ID{b.ID, a.ID}},
			"unflagged of one":  {unflagged(f.acme.ID, f.member.ID), []core.ID{a.ID}},
			"unflagged of twin": {unflagged(f.twin.ID, f.member.ID), nil},
		} {
			if d := cmp.Diff(x.want, ids(get(f, x.fn))); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
		due := func(at time.Time, limit int) []core.DueEntry {
			return get(f, func(ctx context.Context, tx core.Tx) ([]core.DueEntry, error) { return tx.DueEntries(ctx, at, limit) })
		}
		if got := due(now.Add(7*time.Hour-time.Millisecond), 10); len(got) != 0 {
			t.Errorf("%+v", got)
		}
		want := []core.DueEntry{{WorkspaceID: f.acme.ID, EntryID: b.ID}, {WorkspaceID: f.twin.ID, EntryID: c.ID}, {WorkspaceID: f.acme.ID, EntryID: a.ID}}
		if d := cmp.Diff(want, due(now.Add(8*time.Hour), 10)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(want[:2], due(now.Add(24*time.Hour), 2)); d != "" {
			t.Error(d)
		}
		mark := func(ws, id core.ID, at time.Time, want bool) {
			t.Helper()
			f.do(func(ctx context.Context, tx core.Tx) error {
				marked, err := tx.MarkFlagged(ctx, ws, []core.ID{id, never.ID}, at)
				if ok := len(marked) == 1 && marked[0].ID == id && marked[0].Flagged && marked[0].FlagAt.IsZero(); ok != want || !want && len(marked) > 0 {
					t.Errorf("marked: %+v", marked)
				}
				return err
			})
		}
		mark(f.acme.ID, b.ID, now, false)                   // not due
		mark(f.twin.ID, b.ID, now.Add(24*time.Hour), false) // not there
		mark(f.acme.ID, never.ID, now.Add(24*time.Hour), false)
		mark(f.acme.ID, b.ID, now.Add(7*time.Hour), true)
		mark(f.acme.ID, b.ID, now.Add(7*time.Hour), false) // once
		got := get(f, func(ctx context.Context, tx core.Tx) (core.TimeEntry, error) { return tx.Entry(ctx, f.acme.ID, b.ID) })
		b.Flagged, b.FlagAt = true, time.Time{}
		if d := cmp.Diff(b, got); d != "" {
			t.Error(d)
		}
		f.refused(core.ErrNoRow, func(ctx context.Context, tx core.Tx) error { return tx.ClearFlagged(ctx, f.twin.ID, b.ID) })
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.ClearFlagged(ctx, f.acme.ID, b.ID) })
		got = get(f, func(ctx context.Context, tx core.Tx) (core.TimeEntry, error) { return tx.Entry(ctx, f.acme.ID, b.ID) })
		if got.Flagged || got.Version != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// What others stopped of the members' time is found by an index that holds nothing else.
func TestStoppedByOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		other := f.addMember(f.acme, "Olga", core.RoleOwner)
		stopped := func(m core.Member, by core.ID, at time.Time, change func(e *core.TimeEntry)) core.ID {
			return f.finished(m, at.Add(-time.Hour), at, func(e *core.TimeEntry) {
				e.StoppedAt, e.StoppedBy = at, by
				if change != nil {
					change(e)
				}
			}).ID
		}
		want := []core.ID{
			stopped(f.member, other.User.ID, now.Add(-time.Minute), nil),
			stopped(f.member, "", now.Add(-2*time.Minute), nil), // by the program
			stopped(other, f.member.User.ID, now, nil),
		}
		stopped(f.member, f.member.User.ID, now, nil)                   // by themselves
		stopped(f.member, other.User.ID, now.Add(-10*time.Minute), nil) // long ago
		stopped(f.owner, other.User.ID, now, nil)                       // not asked for
		f.finished(f.member, now.Add(-time.Hour), now, nil)             // never ran
		stopped(f.member, other.User.ID, now, func(e *core.TimeEntry) { e.DeletedAt = now })
		read := func(w core.Workspace) []core.ID {
			list := get(f, func(ctx context.Context, tx core.Tx) ([]core.TimeEntry, error) {
				return tx.StoppedByOthers(ctx, w.ID, []core.ID{f.member.ID, other.ID}, now.Add(-10*time.Minute))
			})
			var ids []core.ID
			for _, e := range list {
				ids = append(ids, e.ID)
			}
			slices.Sort(ids)
			return ids
		}
		slices.Sort(want)
		if got := read(f.acme); !slices.Equal(got, want) {
			t.Errorf("found %v, want %v", got, want)
		}
		if got := read(f.twin); len(got) != 0 {
			t.Errorf("another workspace finds %v", got)
		}
	})
}
