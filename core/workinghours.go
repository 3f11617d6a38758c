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

// dayNames are the short names that people type, in English and German.
var dayNames = map[string]time.Weekday{
	"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday,
	"thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday,
	"so": time.Sunday, "mo": time.Monday, "di": time.Tuesday, "mi": time.Wednesday,
	"do": time.Thursday, "fr": time.Friday, "sa": time.Saturday,
}

// ParseWorkingHours reads "mon-fri 09:00-17:30" or "mon,wed,fri 22:00-06:00", also with German days
// as in "mo-fr 09:00-17:30"; nil for "". Code: invalid.
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

// String writes the working hours as they are stored: "mon-fri 09:00-17:30".
func (wh *WorkingHours) String() string {
	return wh.Text(func(d time.Weekday) string { return strings.ToLower(d.String()[:3]) })
}

// Text writes the working hours with the reader's short names of days, in a form that ParseWorkingHours
// reads again where it knows the names. Days that follow each other become a range, the week beginning
// on Monday unless the days pass over it.
func (wh *WorkingHours) Text(name func(time.Weekday) string) string {
	first := time.Monday
	for wh.Days[first] && wh.Days[(first+6)%7] {
		if first = (first + 6) % 7; first == time.Monday {
			break // every day
		}
	}
	var days []string
	for n := 0; n < 7; n++ {
		from := (first + time.Weekday(n)) % 7
		if !wh.Days[from] {
			continue
		}
		last := from
		for n < 6 && wh.Days[(last+1)%7] {
			last, n = (last+1)%7, n+1
		}
		switch last {
		case from:
			days = append(days, name(from))
		case (from + 1) % 7:
			days = append(days, name(from), name(last))
		default:
			days = append(days, name(from)+"-"+name(last))
		}
	}
	at := func(d time.Duration) string {
		return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
	}
	return strings.Join(days, ",") + " " + at(wh.Start) + "-" + at(wh.End)
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
