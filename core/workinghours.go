package core

import (
	"fmt"
	"strings"
	"time"
)

// WorkingHours is when a member usually works. A shift whose end is not after its start ends on the
// next day, so that night shifts are no false alarm.
type WorkingHours struct {
	Days       [7]bool // by time.Weekday
	Start, End time.Duration
}

var dayNames = map[string]time.Weekday{
	"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday,
	"thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday,
}

// ParseWorkingHours reads "mon-fri 09:00-17:30" or "mon,wed,fri 22:00-06:00"; nil for "".
// Code: invalid.
func ParseWorkingHours(text string) (*WorkingHours, error) {
	if text == "" {
		return nil, nil
	}
	bad := invalid("working_hours", "error.working_hours", Params{"Text": clip(text)})
	days, hours, ok := strings.Cut(strings.ToLower(strings.TrimSpace(text)), " ")
	if !ok {
		return nil, bad
	}
	var wh WorkingHours
	for part := range strings.SplitSeq(days, ",") {
		from, to, isRange := strings.Cut(part, "-")
		a, okA := dayNames[from]
		b := a
		if isRange {
			var okB bool
			b, okB = dayNames[to]
			okA = okA && okB
		}
		if !okA {
			return nil, bad
		}
		for d := a; ; d = (d + 1) % 7 {
			wh.Days[d] = true
			if d == b {
				break
			}
		}
	}
	from, to, ok := strings.Cut(strings.TrimSpace(hours), "-")
	if !ok {
		return nil, bad
	}
	var err error
	if wh.Start, err = clockTime(from); err != nil {
		return nil, bad
	}
	if wh.End, err = clockTime(to); err != nil || wh.End == wh.Start {
		return nil, bad
	}
	return &wh, nil
}

func clockTime(text string) (time.Duration, error) {
	t, err := time.Parse("15:04", strings.TrimSpace(text))
	if err != nil {
		return 0, fmt.Errorf("clock time %q: %w", text, err)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// EndAfter returns the end of the shift that contains t, or of the first shift that begins after t
// within the next week; false when there is none.
func (wh *WorkingHours) EndAfter(t time.Time, zone *time.Location) (time.Time, bool) {
	local := t.In(zone)
	for back := -1; back <= 7; back++ {
		day := time.Date(local.Year(), local.Month(), local.Day()+back, 0, 0, 0, 0, zone)
		if !wh.Days[day.Weekday()] {
			continue
		}
		endDay := day.Day()
		if wh.End <= wh.Start {
			endDay++
		}
		end := time.Date(day.Year(), day.Month(), endDay, int(wh.End.Hours()), int(wh.End.Minutes())%60, 0, 0, zone)
		if end.After(t) {
			return end.UTC(), true
		}
	}
	return time.Time{}, false
}
