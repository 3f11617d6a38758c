package core

import (
	"strings"
	"time"
)

// QuietHours is the part of each day in which alerts wait until it is over. It may pass midnight.
type QuietHours struct {
	Start, End time.Duration // since midnight, in the workspace's zone
}

// ParseQuietHours reads "22:00-07:00"; nil for "". Code invalid.
func ParseQuietHours(text string) (*QuietHours, error) {
	if text == "" {
		return nil, nil
	}
	bad := invalid("quiet_hours", "error.quiet_hours", Params{"Text": clip(text)})
	from, to, ok := strings.Cut(text, "-")
	if !ok {
		return nil, bad
	}
	var q QuietHours
	var err error
	if q.Start, err = clockTime(from); err != nil {
		return nil, bad
	}
	if q.End, err = clockTime(to); err != nil || q.Start == q.End {
		return nil, bad
	}
	return &q, nil
}

// After returns when a message of the moment t may be sent: t itself outside quiet hours, else their
// end. On the days of a change of the clock the end is the first moment of that name.
func (q *QuietHours) After(t time.Time, zone *time.Location) time.Time {
	if q == nil {
		return t
	}
	local := t.In(zone)
	for back := -1; back <= 0; back++ {
		at := func(d time.Duration, day int) time.Time {
			return time.Date(local.Year(), local.Month(), local.Day()+day, int(d/time.Hour), int(d%time.Hour/time.Minute), 0, 0, zone)
		}
		endDay := back
		if q.End < q.Start {
			endDay++
		}
		start, end := at(q.Start, back), at(q.End, endDay)
		if !t.Before(start) && t.Before(end) {
			return end.UTC()
		}
	}
	return t
}

// quietHours are the workspace's own, or the installation's.
func (w *work) quietHours() *QuietHours {
	text := w.ws.QuietHours
	if text == "" {
		text = w.svc.forgotten.QuietHours
	}
	if text == "off" {
		return nil
	}
	q, err := ParseQuietHours(text)
	if err != nil {
		return nil // checked when it was set
	}
	return q
}
