package locale

import (
	"time"
)

// clockTime is a time of day as a wall clock shows it.
type clockTime struct{ hour, minute, second int }

var (
	clock24  = pattern(`^(\d{1,2})[:.](\d{2})(?::(\d{2}))?(?: ?(?:uhr|h))?$`)
	clock12  = pattern(`^(\d{1,2})(?:[:.](\d{2}))? ?([ap])\.?m\.?$`)
	hourOnly = pattern(`^(\d{1,2}) ?(?:uhr|h)(?: ?(\d{2}))?$`)
)

// parseClock reads a time of day. A bare number is none: "17" might as well be
// a day or a duration.
func parseClock(typed string) (clockTime, bool) {
	for _, preposition := range [...]string{"at ", "um "} {
		if len(typed) > len(preposition) && typed[:len(preposition)] == preposition {
			typed = typed[len(preposition):]
		}
	}
	var c clockTime
	if m := clock24().FindStringSubmatch(typed); m != nil {
		c = clockTime{int(number(m[1])), int(number(m[2])), int(number(m[3]))}
	} else if m := clock12().FindStringSubmatch(typed); m != nil {
		c = clockTime{hour: int(number(m[1])), minute: int(number(m[2]))}
		if c.hour < 1 || c.hour > 12 {
			return c, false
		}
		c.hour %= 12
		if m[3] == "p" {
			c.hour += 12
		}
	} else if m := hourOnly().FindStringSubmatch(typed); m != nil {
		c = clockTime{hour: int(number(m[1])), minute: int(number(m[2]))}
	} else {
		return c, false
	}
	return c, c.hour < 24 && c.minute < 60 && c.second < 60
}

// on returns the moment at which the wall clock of zone shows c on day d: the
// first of two, or the first moment after the gap when there is none.
// time.Date promises neither.
func (c clockTime) on(d date, zone *time.Location) time.Time {
	wall := time.Date(d.year, d.month, d.day, c.hour, c.minute, c.second, 0, time.UTC)
	before := offset(wall.Add(-day), zone)
	after := offset(wall.Add(day), zone)
	// The larger offset gives the earlier moment.
	for _, candidate := range [...]int{max(before, after), min(before, after)} {
		moment := wall.Add(-time.Duration(candidate) * time.Second)
		if offset(moment, zone) == candidate {
			return moment.In(zone)
		}
	}
	// In a gap the clock still counted with the offset from before it, which
	// leads to a moment soon after the change.
	moment := wall.Add(-time.Duration(before) * time.Second).In(zone)
	if change, _ := moment.ZoneBounds(); !change.IsZero() {
		return change
	}
	return moment
}

// offset returns how many seconds east of UTC the zone's clocks are at t.
func offset(t time.Time, zone *time.Location) int {
	_, seconds := t.In(zone).Zone()
	return seconds
}
