package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// berlin is the zone of the house's people.
func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// worked gives a member a finished entry.
func worked(t *testing.T, h *coretest.House, who string, start, end time.Time) {
	t.Helper()
	must[core.TimeEntry](t)(h.CreateEntry(t.Context(), h.Actor(who), core.NewEntry{Start: start, End: end}))
}

func ends(list []core.EndProposal) []string {
	var texts []string
	for _, p := range list {
		texts = append(texts, fmt.Sprintf("%s %s", p.Why, p.End.UTC().Format("01-02 15:04")))
	}
	return texts
}

func TestUsualEnd(t *testing.T) {
	zone := berlin(t)
	monday := func(week, hour, minute int) time.Time {
		return time.Date(2026, 11, 23-7*week, hour, minute, 0, 0, zone)
	}
	for name, c := range map[string]struct {
		weeks []time.Time // the ends
		start time.Time
		want  []string
	}{
		"two are too few":       {[]time.Time{monday(1, 17, 0), monday(2, 17, 0)}, monday(0, 9, 0), nil},
		"the one in the middle": {[]time.Time{monday(1, 17, 0), monday(2, 18, 0), monday(3, 16, 45)}, monday(0, 9, 0), []string{"usual_end 11-23 16:00"}},
		"between two": {
			[]time.Time{monday(1, 17, 0), monday(2, 18, 0), monday(3, 16, 0), monday(4, 17, 31)}, monday(0, 9, 0), []string{"usual_end 11-23 16:15"},
		},
		// Summer time until 25 October: 17:00 is 15:00 UTC then and 16:00 UTC now.
		"by the clock on the wall": {[]time.Time{monday(5, 17, 0), monday(6, 17, 0), monday(7, 17, 0)}, monday(0, 9, 0), []string{"usual_end 11-23 16:00"}},
		"the latest eight": {
			[]time.Time{
				monday(1, 17, 0), monday(2, 17, 0), monday(3, 17, 0), monday(4, 17, 0), monday(5, 17, 0), monday(6, 17, 0), monday(7, 17, 0), monday(8, 17, 0),
				monday(9, 12, 0), monday(10, 12, 0), monday(11, 12, 0), monday(12, 12, 0), monday(13, 12, 0),
			}, monday(0, 9, 0), []string{"usual_end 11-23 16:00"},
		},
		"nothing older than a quarter": {[]time.Time{monday(14, 17, 0), monday(15, 17, 0), monday(16, 17, 0)}, monday(0, 9, 0), nil},
		"before the start":             {[]time.Time{monday(1, 12, 0), monday(2, 12, 0), monday(3, 12, 0)}, monday(0, 13, 0), nil},
		"not yet":                      {[]time.Time{monday(1, 23, 0), monday(2, 23, 0), monday(3, 23, 0)}, monday(0, 9, 0), nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := coretest.New(t)
			h.Clock.Set(monday(0, 0, 30))
			for _, end := range c.weeks {
				worked(t, h, "dana", end.Add(-3*time.Hour), end)
				worked(t, h, "dana", end.Add(-8*time.Hour), end.Add(-4*time.Hour)) // a break is no end
				worked(t, h, "dana", end.Add(21*time.Hour), end.Add(22*time.Hour)) // another weekday
			}
			h.Clock.Set(c.start)
			e := h.MustStart("dana", "", c.start)
			h.Clock.Set(monday(0, 22, 0))
			got := must[[]core.EndProposal](t)(h.EndProposals(t.Context(), h.Actor("olivia"), e.ID))
			if d := cmp.Diff(c.want, ends(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

// A night shift ends on the day after its start, and stays with the weekday of its start.
func TestUsualEndOfANight(t *testing.T) {
	zone := berlin(t)
	h := coretest.New(t)
	for week := 1; week <= 4; week++ {
		worked(t, h, "dana", time.Date(2026, 11, 23-7*week, 22, 0, 0, 0, zone), time.Date(2026, 11, 24-7*week, 6, 10, 0, 0, zone))
	}
	h.Clock.Set(time.Date(2026, 11, 23, 22, 0, 0, 0, zone))
	e := h.MustStart("dana", "", h.Clock.Now())
	h.Clock.Advance(12 * time.Hour)
	got := must[[]core.EndProposal](t)(h.EndProposals(t.Context(), h.Actor("olivia"), e.ID))
	if d := cmp.Diff([]string{"usual_end 11-24 05:10"}, ends(got)); d != "" {
		t.Error(d)
	}
}

func TestProposalsTogether(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		zone := berlin(t)
		at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) }
		for week := 1; week <= 3; week++ {
			worked(t, h, "dana", at(24-7*week, 9, 0), at(24-7*week, 18, 30))
		}
		hours := "mon-fri 09:00-17:00"
		must[core.Member](t)(h.UpdateMember(ctx, coretest.Operator(h.Workspace.ID), h.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}))
		proposals := func(e core.TimeEntry, want ...string) {
			t.Helper()
			got := must[[]core.EndProposal](t)(h.EndProposals(ctx, h.Actor("olivia"), e.ID))
			if d := cmp.Diff(want, ends(got)); d != "" {
				t.Error(d)
			}
			for _, p := range got { // each of them would be accepted
				if _, err := h.Propose(ctx, h.Actor("olivia"), core.Prepare{Act: core.ActTimerStop, MemberID: e.MemberID, End: p.End}); err != nil {
					t.Errorf("%s %s: %v", p.Why, p.End, err)
				}
			}
		}
		// Tuesday: seen until 17:42, signed out at 17:50.
		h.Clock.Set(at(24, 9, 0))
		e := h.MustStart("dana", "", h.Clock.Now())
		h.Clock.Set(at(24, 17, 42))
		_, session := h.SignIn("dana")
		h.Clock.Set(at(24, 17, 50))
		if err := h.SignOut(ctx, session); err != nil {
			t.Fatal(err)
		}
		h.Clock.Set(at(24, 22, 0))
		seen := must[core.Account](t)(h.Account(ctx, h.Actor("olivia"), h.Who("dana").ID)).LastActivity
		proposals(e, "last_activity "+seen.UTC().Format("01-02 15:04"), "working_hours 11-24 16:00", "usual_end 11-24 17:30")
		// She comes back the next morning: that is no end of yesterday's work.
		h.Clock.Set(at(25, 8, 30))
		h.SignIn("dana")
		h.Clock.Set(at(25, 9, 0))
		proposals(e, "working_hours 11-24 16:00", "usual_end 11-24 17:30", "next_sign 11-24 16:50")
		// And enters what she did from 18:00 on: nothing may be later than that.
		worked(t, h, "dana", at(24, 18, 0), at(24, 19, 0))
		proposals(e, "working_hours 11-24 16:00", "next_sign 11-24 17:00")
		h.MustVerify()
	})
}
