package core_test

import (
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// A request that is repeated with its idempotency key makes nothing twice.
func TestIdempotencyKey(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		start := core.NewEntry{Description: "once", Start: h.Clock.Now().Add(-time.Hour), Key: "k1"}
		var wg sync.WaitGroup
		ids := make([]core.ID, 20)
		for i := range ids {
			wg.Go(func() { ids[i] = must[core.TimeEntry](t)(h.StartTimer(ctx, h.Actor("dana"), start)).ID })
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("the repetition made %s beside %s", id, ids[0])
			}
		}
		if n := len(h.MustAudit(core.ActTimerStart)); n != 1 {
			t.Errorf("%d starts audited", n)
		}
		other := start
		other.Description = "something else"
		_, err := h.StartTimer(ctx, h.Actor("dana"), other)
		mustCode(t, err, core.CodeConflict)
		if e := must[core.TimeEntry](t)(h.StartTimer(ctx, h.Actor("dirk"), start)); e.ID == ids[0] {
			t.Error("a key of one member answered another")
		}
		// After the timer was stopped the repetition still answers with the same entry.
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("dana"), core.StopTimer{EntryID: ids[0]}))
		if e := must[core.TimeEntry](t)(h.StartTimer(ctx, h.Actor("dana"), start)); e.ID != ids[0] || e.Running() {
			t.Errorf("answered %+v", e)
		}
		h.Clock.Advance(25 * time.Hour)
		if e := must[core.TimeEntry](t)(h.StartTimer(ctx, h.Actor("dana"), start)); e.ID == ids[0] {
			t.Error("the key was remembered for longer than a day")
		}
		finished := core.NewEntry{Start: h.Clock.Now().Add(-3 * time.Hour), End: h.Clock.Now().Add(-2 * time.Hour), Key: "k2"}
		a := must[core.TimeEntry](t)(h.CreateEntry(ctx, h.Actor("mona"), finished))
		b := must[core.TimeEntry](t)(h.CreateEntry(ctx, h.Actor("mona"), finished))
		if a.ID != b.ID {
			t.Error("the entry was made twice")
		}
		finished.Key = string(make([]byte, 300))
		_, err = h.CreateEntry(ctx, h.Actor("mona"), finished)
		mustCode(t, err, core.CodeInvalid)
	})
}
