package year_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/tools/quality/year"
)

func plan(people int) year.Plan {
	return year.Plan{Seed: 7, People: people, From: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Days: 365}
}

func TestSameSeedSameYear(t *testing.T) {
	small, large := year.Make(plan(20)), year.Make(plan(60))
	if !reflect.DeepEqual(small, large[:20]) {
		t.Error("a smaller company is not the beginning of a larger one")
	}
	other := plan(20)
	other.Seed++
	if reflect.DeepEqual(small, year.Make(other)) {
		t.Error("another seed makes the same year")
	}
}

func TestYearIsPlausible(t *testing.T) {
	forgotten, entries, wrong := 0, 0, 0
	kinds := map[any]int{}
	people := year.Make(plan(300))
	for _, p := range people {
		kinds[p.Habit]++
		kinds[p.Trace]++
		kinds[p.HoursAre]++
		var before time.Time
		var hours time.Duration
		for _, e := range p.Entries {
			entries++
			hours += e.End.Sub(e.Start)
			if e.Start.Before(before) || !e.End.After(e.Start) || e.End.Sub(e.Start) > 16*time.Hour {
				wrong++
			}
			before = e.End
			f := e.Forgot
			if f == nil {
				continue
			}
			forgotten++
			if !f.Back.IsZero() && f.Back.Before(e.End) || f.LastSeen(e.Start) != e.Start || f.LastSeen(e.Start.Add(-1)) != (time.Time{}) {
				wrong++
			}
			for i := 1; i < len(f.Seen); i++ {
				if f.Seen[i].Before(f.Seen[i-1]) {
					wrong++
				}
			}
		}
		if hours < 500*time.Hour || hours > 2500*time.Hour {
			t.Errorf("person %d (%s) works %s a year", p.Number, p.Habit, hours)
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d entries overlap, have no length or a wrong trace", wrong, entries)
	}
	if share := float64(forgotten) / float64(300*220); share < 0.02 || share > 0.10 {
		t.Errorf("%.3f timers are forgotten a day and person", share)
	}
	for _, k := range []any{
		year.Days, year.PartTime, year.Nights, year.Flexible, year.Plugin, year.Panel, year.Now, year.Nothing,
		year.HoursNone, year.HoursRight, year.HoursNear, year.HoursWrong,
	} {
		if kinds[k] == 0 {
			t.Errorf("nobody is of kind %v", k)
		}
	}
}

func TestOwnersSleepAtNight(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range year.Make(plan(100)) {
		for _, e := range p.Entries {
			if e.Forgot == nil {
				continue
			}
			at := e.Forgot.Looked(e.End, zone)
			if h := at.In(zone).Hour(); !at.After(e.End) || h < 7 || h >= 22 {
				t.Fatalf("an alert of %s is looked at at %s", e.End.In(zone), at.In(zone))
			}
		}
	}
}
