package core_test

import (
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// TestNoticeSaysWhatWasBefore: a correction by an owner keeps what the entry was.
func TestNoticeSaysWhatWasBefore(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		start := coretest.Start.Add(-3 * time.Hour)
		e := must[core.TimeEntry](t)(h.CreateEntry(ctx, h.Actor("dana"), core.NewEntry{Description: "old", Start: start, End: start.Add(time.Hour)}))
		text, end := "new", start.Add(2*time.Hour)
		must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("olivia"), core.EntryChange{EntryID: e.ID, Version: e.Version, Description: &text, End: &end}))
		notices := must[[]core.Notice](t)(h.Notices(ctx, h.Actor("dana"), 10))
		before, _ := notices[0].Data["before"].(map[string]any)
		if before["description"] != "old" || before["end"] != "2026-11-23T07:00:00Z" || before["start"] != nil || notices[0].Data["end"] != "2026-11-23T08:00:00Z" {
			t.Errorf("data of the notice: %v", notices[0].Data)
		}
		// One's own correction is no news.
		text = "mine"
		must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("dana"), core.EntryChange{EntryID: e.ID, Description: &text}))
		if again := must[[]core.Notice](t)(h.Notices(ctx, h.Actor("dana"), 10)); len(again) != len(notices) {
			t.Errorf("%d notices, had %d", len(again), len(notices))
		}
	})
}

// TestReadingStopsAtWhatWasShown: a notice that came in after the page was read stays unread.
func TestReadingStopsAtWhatWasShown(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		stop := func() {
			t.Helper()
			e := h.MustStart("dana", "work", h.Clock.Now())
			must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
			h.Clock.Advance(time.Second)
		}
		stop()
		shown := must[[]core.Notice](t)(h.Notices(ctx, h.Actor("dana"), 10))[0].ID
		stop()
		events, cancel := h.Subscribe(h.Workspace.ID, 8)
		defer cancel()
		if err := h.MarkNoticesRead(ctx, h.Actor("dana"), shown); err != nil {
			t.Fatal(err)
		}
		if n := must[int](t)(h.UnreadNotices(ctx, h.Actor("dana"))); n != 1 {
			t.Errorf("%d unread, want the one that came later", n)
		}
		select {
		case e := <-events:
			if e.Kind != core.EventNotice || e.MemberID != h.Who("dana").ID {
				t.Errorf("event %+v", e)
			}
		case <-time.After(time.Second):
			t.Error("other open pages are not told")
		}
	})
}

// TestDeletedEntry finds what can be brought back, for as long as it can be.
func TestDeletedEntry(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := must[core.TimeEntry](t)(h.CreateEntry(ctx, h.Actor("dana"), core.NewEntry{Description: "x", Start: coretest.Start.Add(-time.Hour), End: coretest.Start}))
		_, err := h.DeletedEntry(ctx, h.Actor("dana"), e.ID)
		mustCode(t, err, core.CodeNotFound)
		must[core.TimeEntry](t)(h.DeleteEntry(ctx, h.Actor("dana"), e.ID))
		if got := must[core.TimeEntry](t)(h.DeletedEntry(ctx, h.Actor("dana"), e.ID)); got.Description != "x" {
			t.Errorf("got %+v", got)
		}
		_, err = h.DeletedEntry(ctx, h.Actor("dirk"), e.ID)
		mustCode(t, err, core.CodeOwnerRequired)
		h.Clock.Advance(core.UndoFor + time.Second)
		_, err = h.DeletedEntry(ctx, h.Actor("dana"), e.ID)
		mustCode(t, err, core.CodeExpired)
	})
}
