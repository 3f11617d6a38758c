package locale

import (
	"errors"
	"strings"
	"time"
)

// ErrWhen is returned by [ParseWhen] for a text that names no point in time.
var ErrWhen = errors.New("not a point in time")

// ParseWhen reads a point in time as people type it in a chat or a form, in
// English and German alike, in the reader's zone (nil means UTC):
//
//   - a time of day: "17:30", "17.30", "5:30pm", "5pm", "17h", "17 Uhr",
//     "17:30 Uhr"; the latest such time that is not after now
//   - a day and a time: "yesterday 18:00", "gestern um 18:00", "heute 9:15",
//     "6pm yesterday"
//   - a day of the week and a time: "mon 18:00", "Montag um 18 Uhr", "monday at
//     6pm"; the latest such moment that is not after now
//   - a date and a time: "2026-11-21 18:00", "2026-11-21T18:00", "21.11.2026
//     18:00", "22 Nov 2026, 17:42"; without a year ("21.11. 18:00") the last
//     such day that is not after today
//   - RFC 3339 with its own offset, "now", "jetzt", "2h ago", "vor 45 Min"
//
// It reads whatever [Printer.Time], DateTime and DayTime write. A time that a
// clock change skips becomes the first moment after the gap; one that happens
// twice means the first. The answer is in zone, and may lie after now where the
// text says so: the use case decides whether that is allowed.
func ParseWhen(text string, now time.Time, zone *time.Location) (time.Time, error) {
	if zone == nil {
		zone = time.UTC
	}
	typed, ok := normalize(text)
	if !ok {
		return time.Time{}, ErrWhen
	}
	now = now.In(zone)
	if typed == "now" || typed == "jetzt" {
		return now, nil
	}
	if exact, err := time.Parse(time.RFC3339, strings.ToUpper(typed)); err == nil {
		return inRange(exact.In(zone))
	}
	if span, ok := agoSpan(typed); ok {
		d, err := ParseDuration(span)
		if err != nil {
			return time.Time{}, ErrWhen
		}
		return inRange(now.Add(-d))
	}
	// The whole text is tried as a time of day first, because "17.30 Uhr" also
	// begins like a date.
	if at, ok := parseClock(typed); ok {
		moment := at.on(civil(now), zone)
		if moment.After(now) {
			moment = at.on(civil(now).plus(-1), zone)
		}
		return inRange(moment)
	}
	return parseDayAndClock(typed, now)
}

// agoSpan returns the duration inside "… ago" and "vor …".
func agoSpan(typed string) (string, bool) {
	if span, ok := strings.CutSuffix(typed, " ago"); ok {
		return span, true
	}
	return strings.CutPrefix(typed, "vor ")
}

// parseDayAndClock reads "<day> <time of day>" with the usual words between.
func parseDayAndClock(typed string, now time.Time) (time.Time, error) {
	today := civil(now)
	for _, preposition := range []string{"on ", "am "} {
		typed = strings.TrimPrefix(typed, preposition)
	}
	typed = dayLast().ReplaceAllString(typed, "$2 $1")
	if m := isoDate().FindStringSubmatch(typed); m != nil {
		d := date{int(number(m[1])), time.Month(number(m[2])), int(number(m[3]))}
		return onDate(d, typed[len(m[0]):], now)
	}
	if m := dottedDate().FindStringSubmatch(typed); m != nil {
		d, ok := recentDate(number(m[1]), time.Month(number(m[2])), m[3], today)
		if !ok {
			return time.Time{}, ErrWhen
		}
		return onDate(d, typed[len(m[0]):], now)
	}
	if m := namedDate().FindStringSubmatch(typed); m != nil {
		d, ok := recentDate(number(m[1]), monthNamed(m[2]), m[3], today)
		if !ok {
			return time.Time{}, ErrWhen
		}
		return onDate(d, typed[len(m[0]):], now)
	}
	m := leadingWord().FindStringSubmatch(typed)
	if m == nil {
		return time.Time{}, ErrWhen
	}
	rest := typed[len(m[0]):]
	switch m[1] {
	case "today", "heute":
		return onDate(today, rest, now)
	case "yesterday", "gestern":
		return onDate(today.plus(-1), rest, now)
	case "vorgestern":
		return onDate(today.plus(-2), rest, now)
	case "tomorrow", "morgen":
		return onDate(today.plus(1), rest, now)
	}
	weekday, ok := weekdayNamed(m[1])
	if !ok {
		return time.Time{}, ErrWhen
	}
	d := today.plus(-(int(now.Weekday()) - int(weekday) + 7) % 7)
	moment, err := onDate(d, rest, now)
	if err == nil && moment.After(now) {
		return onDate(d.plus(-7), rest, now)
	}
	return moment, err
}

// betweenDayAndClock is what may stand between a day and a time of day.
var betweenDayAndClock = pattern(`^[ ,]*(?:(?:at|um)\s+|@\s*)?`)

// onDate joins a day with the rest of the text, which must be a time of day.
func onDate(d date, rest string, now time.Time) (time.Time, error) {
	rest = strings.TrimPrefix(rest, betweenDayAndClock().FindString(rest))
	at, ok := parseClock(rest)
	if !ok || !d.exists() {
		return time.Time{}, ErrWhen
	}
	return inRange(at.on(d, now.Location()))
}

// recentDate completes a date that may lack its year with the last year in
// which it is not after today.
func recentDate(dayOfMonth time.Duration, month time.Month, year string, today date) (date, bool) {
	year = strings.TrimSpace(year)
	d := date{int(number(year)), month, int(dayOfMonth)}
	switch len(year) {
	case 0:
		// 29 February may be up to eight years away.
		for d.year = today.year; d.year > today.year-9; d.year-- {
			if d.exists() && !d.after(today) {
				return d, true
			}
		}
		return d, false
	case 2:
		d.year += 2000
	}
	return d, d.exists()
}

// inRange refuses years that the databases or the doors can't show.
func inRange(t time.Time) (time.Time, error) {
	if t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, ErrWhen
	}
	return t, nil
}
