package core_test

import (
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func ptr[T any](v T) *T { return &v }

func wantCode(t *testing.T, err error, code core.Code, message string) {
	t.Helper()
	if e := core.AsError(err); e == nil || e.Code != code || e.Message != message {
		t.Errorf("%v, want %s (%s)", err, message, code)
	}
}

func TestUpdateAndDeleteProject(t *testing.T) {
	h := coretest.New(t)
	ctx, mona := t.Context(), h.Actor("mona")
	p := must[core.Project](t)(h.CreateProject(ctx, mona, core.Project{Name: "Site"}))
	must[core.Project](t)(h.CreateProject(ctx, mona, core.Project{Name: "Taken"}))

	got := must[core.Project](t)(h.UpdateProject(ctx, mona, p.ID, core.ProjectUpdate{Name: ptr(" Shop "), Billable: ptr(true)}))
	if got.Name != "Shop" || !got.Billable || got.Color != p.Color || got.Archived {
		t.Errorf("%+v", got)
	}
	line := h.MustAudit(core.ActProjectManage)[0]
	if line.Target.Kind != "project" || line.Target.ID != p.ID || string(line.Before) != `{"billable":false,"name":"Site"}` || string(line.After) != `{"billable":true,"name":"Shop"}` {
		t.Errorf("audit: %+v %s %s", line.Target, line.Before, line.After)
	}
	lines := len(h.MustAudit(""))
	must[core.Project](t)(h.UpdateProject(ctx, mona, p.ID, core.ProjectUpdate{Name: ptr("Shop")}))
	if n := len(h.MustAudit("")); n != lines {
		t.Errorf("a change of nothing wrote %d audit entries", n-lines)
	}
	_, err := h.UpdateProject(ctx, mona, p.ID, core.ProjectUpdate{Name: ptr("Taken")})
	wantCode(t, err, core.CodeConflict, "error.project_taken")
	_, err = h.UpdateProject(ctx, mona, core.NewID(h.Now()), core.ProjectUpdate{})
	wantCode(t, err, core.CodeNotFound, "error.project_unknown")
	_, err = h.UpdateProject(ctx, h.Actor("dana"), p.ID, core.ProjectUpdate{Archived: ptr(true)})
	wantCode(t, err, core.CodeForbidden, "error.forbidden")

	_, err = h.DeleteProject(ctx, mona, p.ID)
	wantCode(t, err, core.CodeConflict, "error.project_not_archived")
	must[core.Project](t)(h.UpdateProject(ctx, mona, p.ID, core.ProjectUpdate{Archived: ptr(true)}))
	_, err = h.DeleteProject(ctx, h.Actor("dana"), p.ID)
	wantCode(t, err, core.CodeForbidden, "error.forbidden")
	e := must[core.TimeEntry](t)(h.StartTimer(ctx, h.Actor("dana"), core.NewEntry{ProjectID: p.ID})) // archived is accepted
	_, err = h.DeleteProject(ctx, mona, p.ID)
	wantCode(t, err, core.CodeConflict, "error.project_used")
	h.Clock.Advance(time.Minute)
	must[core.TimeEntry](t)(h.DeleteEntry(ctx, h.Actor("dana"), e.ID))
	_, err = h.DeleteProject(ctx, mona, p.ID) // the deletion of the entry can be taken back
	wantCode(t, err, core.CodeConflict, "error.project_used")
	back := must[core.TimeEntry](t)(h.RestoreEntry(ctx, h.Actor("dana"), e.ID))
	if back.ProjectID != p.ID {
		t.Errorf("the entry lost its project: %+v", back)
	}
	none := core.ID("")
	must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("dana"), core.EntryChange{EntryID: e.ID, ProjectID: &none}))
	must[core.Project](t)(h.DeleteProject(ctx, mona, p.ID))
	list := must[[]core.Project](t)(h.Projects(ctx, mona))
	if len(list) != 1 || list[0].Name != "Taken" {
		t.Errorf("%+v", list)
	}
	must[core.Project](t)(h.CreateProject(ctx, mona, core.Project{Name: "Shop"}))
	h.MustVerify()
}

func TestUpdateAndDeleteTag(t *testing.T) {
	h := coretest.New(t)
	ctx, adam := t.Context(), h.Actor("adam")
	tag := must[core.Tag](t)(h.CreateTag(ctx, adam, core.Tag{Name: "deep"}))
	free := must[core.Tag](t)(h.CreateTag(ctx, adam, core.Tag{Name: "free"}))
	if got := must[core.Tag](t)(h.UpdateTag(ctx, adam, tag.ID, core.TagUpdate{Name: ptr("deeper"), Archived: ptr(true)})); got.Name != "deeper" || !got.Archived {
		t.Errorf("%+v", got)
	}
	_, err := h.UpdateTag(ctx, adam, tag.ID, core.TagUpdate{Name: ptr("free")})
	wantCode(t, err, core.CodeConflict, "error.tag_taken")
	_, err = h.UpdateTag(ctx, adam, tag.ID, core.TagUpdate{Name: ptr("")})
	wantCode(t, err, core.CodeInvalid, "error.name_missing")
	_, err = h.UpdateTag(ctx, h.Actor("dana"), tag.ID, core.TagUpdate{Name: ptr("x")})
	wantCode(t, err, core.CodeForbidden, "error.forbidden")
	e := must[core.TimeEntry](t)(h.StartTimer(ctx, h.Actor("dana"), core.NewEntry{TagIDs: []core.ID{free.ID, tag.ID}}))
	for _, used := range []core.ID{tag.ID, free.ID} {
		_, err = h.DeleteTag(ctx, adam, used)
		wantCode(t, err, core.CodeConflict, "error.tag_used")
	}
	tags := []core.ID{tag.ID}
	must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("dana"), core.EntryChange{EntryID: e.ID, TagIDs: &tags}))
	_, err = h.DeleteTag(ctx, h.Actor("dana"), free.ID)
	wantCode(t, err, core.CodeForbidden, "error.forbidden")
	must[core.Tag](t)(h.DeleteTag(ctx, adam, free.ID))
	_, err = h.DeleteTag(ctx, adam, free.ID)
	wantCode(t, err, core.CodeNotFound, "error.tag_unknown")
	// The entry with the other tag can still be changed.
	must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("dana"), core.EntryChange{EntryID: e.ID, Description: ptr("x")}))
	h.MustVerify()
}

// What several entries are asked for happens to all of them or to none.
func TestSeveralEntries(t *testing.T) {
	h := coretest.New(t)
	ctx, dana := t.Context(), h.Actor("dana")
	var ids []core.ID
	for i := range 3 {
		start := coretest.Start.Add(time.Duration(-8+2*i) * time.Hour)
		ids = append(ids, must[core.TimeEntry](t)(h.CreateEntry(ctx, dana, core.NewEntry{Description: "x", Start: start, End: start.Add(time.Hour)})).ID)
	}
	other := must[core.TimeEntry](t)(h.StartTimer(ctx, h.Actor("dirk"), core.NewEntry{})).ID
	member := h.Who("dana").ID
	describe := func(text string, ids ...core.ID) (list []core.EntryChange) {
		for _, id := range ids {
			list = append(list, core.EntryChange{EntryID: id, Description: &text})
		}
		return list
	}
	lines := len(h.MustAudit(""))
	for name, refused := range map[string][]core.ID{
		"unknown": {ids[0], core.NewID(h.Now())}, "of another member": {ids[0], other}, "twice": {ids[0], ids[1], ids[0]},
	} {
		if _, err := h.DeleteEntries(ctx, dana, member, refused); core.ErrorCode(err) != core.CodeNotFound {
			t.Errorf("delete %s: %v", name, err)
		}
		if name == "twice" {
			continue
		}
		if _, err := h.CorrectEntries(ctx, dana, member, describe("no", refused...)); core.ErrorCode(err) != core.CodeNotFound {
			t.Errorf("correct %s: %v", name, err)
		}
	}
	_, err := h.DeleteEntries(ctx, dana, member, nil)
	wantCode(t, err, core.CodeInvalid, "error.entries_bulk_size")
	_, err = h.CorrectEntries(ctx, dana, member, make([]core.EntryChange, core.MaxBulk+1))
	wantCode(t, err, core.CodeInvalid, "error.entries_bulk_size")
	if n := len(h.MustAudit("")); n != lines {
		t.Fatalf("refused lists left %d lines in the audit log", n-lines)
	}
	if _, err := h.DeleteEntries(ctx, h.Actor("mona"), member, ids); core.ErrorCode(err) != core.CodeOwnerRequired {
		t.Errorf("another member: %v", err)
	}

	changed := must[[]core.TimeEntry](t)(h.CorrectEntries(ctx, dana, member, append(describe("x", ids[0]), describe("y", ids[1], ids[2])...)))
	if len(changed) != 3 || changed[0].Version != 1 || changed[1].Version != 2 || changed[2].Description != "y" {
		t.Errorf("%+v", changed)
	}
	if n := len(h.MustAudit(core.ActEntryCorrect)); n != 2 {
		t.Errorf("%d corrections audited, want the 2 that changed something", n)
	}
	gone := must[[]core.TimeEntry](t)(h.DeleteEntries(ctx, h.Actor("olivia"), member, ids))
	if len(gone) != 3 || gone[0].DeletedAt.IsZero() {
		t.Errorf("%+v", gone)
	}
	if left := must[[]core.TimeEntry](t)(h.Entries(ctx, dana, core.EntryQuery{})); len(left) != 0 {
		t.Errorf("%d entries left", len(left))
	}
	h.MustVerify()
}

func TestAccountsRevision(t *testing.T) {
	h := coretest.New(t)
	ctx, olivia := t.Context(), h.Actor("olivia")
	first := must[string](t)(h.AccountsRevision(ctx, olivia))
	if again := must[string](t)(h.AccountsRevision(ctx, h.Actor("otto"))); again != first {
		t.Errorf("%s, then %s with nothing changed", first, again)
	}
	if page := must[core.AccountPage](t)(h.Accounts(ctx, olivia, core.AccountQuery{})); page.Revision != first {
		t.Errorf("the page is of %s, not of %s", page.Revision, first)
	}
	h.MustStart("dana", "x", time.Time{})
	if now := must[string](t)(h.AccountsRevision(ctx, olivia)); now == first {
		t.Error("a start did not change the revision")
	}
	_, err := h.AccountsRevision(ctx, h.Actor("dana"))
	wantCode(t, err, core.CodeOwnerRequired, "error.owner_required")
	h.MustSetPlan(core.PlanFree)
	_, err = h.AccountsRevision(ctx, olivia)
	wantCode(t, err, core.CodePlanRequired, "error.plan_required")
}
