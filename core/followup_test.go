package core_test

import (
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// stopped confirms the stop of Dana's timer by Olivia.
func stopped(t *testing.T, h *coretest.House) core.Outcome {
	t.Helper()
	h.MustStart("dana", "report", h.Clock.Now().Add(-9*time.Hour))
	return must[core.Outcome](t)(h.Confirm(t.Context(), h.Actor("olivia"), propose(t, h, "olivia", "dana").Button, core.Choice{}))
}

func TestUndoByButton(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		out := stopped(t, h)
		_, err := h.UndoByButton(ctx, h.Actor("otto"), out.Undo)
		mustCode(t, err, core.CodeForbidden)
		_, err = h.UndoByButton(ctx, h.Actor("olivia"), out.Correct)
		mustCode(t, err, core.CodeExpired)
		undone := must[core.Outcome](t)(h.UndoByButton(ctx, h.Actor("olivia"), out.Undo))
		if undone.Entry.ID != out.Entry.ID || !undone.Entry.Running() {
			t.Errorf("undone: %+v", undone.Entry)
		}
		_, err = h.UndoByButton(ctx, h.Actor("olivia"), out.Undo)
		mustCode(t, err, core.CodeConflict)
		// The button takes back its own stop, never a later one of the same entry.
		h.Clock.Advance(time.Minute)
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("dana"), core.StopTimer{EntryID: out.Entry.ID}))
		_, err = h.UndoByButton(ctx, h.Actor("olivia"), out.Undo)
		mustCode(t, err, core.CodeConflict)
		h.MustVerify()
	})
}

func TestUndoByButtonExpires(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		out := stopped(t, h)
		h.Clock.Advance(core.UndoFor)
		_, err := h.UndoByButton(t.Context(), h.Actor("olivia"), out.Undo)
		mustCode(t, err, core.CodeExpired)
	})
}

func TestCorrectByForm(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		out := stopped(t, h)
		form := must[core.Correction](t)(h.OpenCorrection(ctx, h.Actor("olivia"), out.Correct))
		bad, good := out.Entry.Start.Add(-time.Hour), out.Entry.Start.Add(time.Hour)
		_, err := h.CorrectByForm(ctx, h.Actor("olivia"), form.Form, core.EntryChange{End: &bad})
		mustCode(t, err, core.CodeInvalid)
		_, err = h.CorrectByForm(ctx, h.Actor("otto"), form.Form, core.EntryChange{End: &good})
		mustCode(t, err, core.CodeForbidden)
		done := must[core.Outcome](t)(h.CorrectByForm(ctx, h.Actor("olivia"), form.Form, core.EntryChange{End: &good}))
		if !done.Entry.End.Equal(good) {
			t.Errorf("end is %v", done.Entry.End)
		}
		_, err = h.CorrectByForm(ctx, h.Actor("olivia"), form.Form, core.EntryChange{End: &good})
		mustCode(t, err, core.CodeConflict)
		// A form shows one version; somebody else's change meanwhile is a conflict.
		form = must[core.Correction](t)(h.OpenCorrection(ctx, h.Actor("olivia"), out.Correct))
		text := "by Dana"
		must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("dana"), core.EntryChange{EntryID: out.Entry.ID, Description: &text}))
		_, err = h.CorrectByForm(ctx, h.Actor("olivia"), form.Form, core.EntryChange{End: &good})
		mustCode(t, err, core.CodeConflict)
		h.Clock.Advance(core.CorrectFor)
		_, err = h.OpenCorrection(ctx, h.Actor("olivia"), out.Correct)
		mustCode(t, err, core.CodeExpired)
		h.MustVerify()
	})
}
