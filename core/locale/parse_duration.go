package locale

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// ErrDuration is returned by [ParseDuration] for a text that is no duration.
var ErrDuration = errors.New("not a duration")

// longestDuration bounds what may be typed: ten years.
const longestDuration = 3660 * day

var (
	durationPart  = pattern(`^(\d{1,6})(?:[.,](\d{1,3}))?\s*([a-zäöü]+)\.?\s*(?:(?:and|und)\s+)?`)
	durationClock = pattern(`^(\d{1,5}):([0-5]\d)(?::([0-5]\d))?$`)
	// bareMinutes is the end of "1h30".
	bareMinutes = pattern(`^[0-5]?\d$`)
)

// ParseDuration reads a length of time as people type it, in English or German:
// "8h", "1h30m", "1h30", "90 min", "1:30", "1,5 Std", "2 Stunden", "1 Tag",
// "1d", and whatever [Printer.Duration] and [Printer.Clock] write. Units go from
// large to small, each at most once. A bare number, a negative duration and one
// beyond ten years give ErrDuration.
func ParseDuration(text string) (time.Duration, error) {
	rest, ok := normalize(text)
	if !ok {
		return 0, ErrDuration
	}
	if m := durationClock().FindStringSubmatch(rest); m != nil {
		return bounded(number(m[1])*time.Hour + number(m[2])*time.Minute + number(m[3])*time.Second)
	}
	var sum, before time.Duration
	for rest != "" {
		if before == time.Hour && bareMinutes().MatchString(rest) {
			sum += number(rest) * time.Minute
			break
		}
		m := durationPart().FindStringSubmatch(rest)
		if m == nil {
			return 0, ErrDuration
		}
		unit := durationUnit(m[3])
		if unit == 0 || before != 0 && unit >= before || number(m[1]) > longestDuration/unit {
			return 0, ErrDuration
		}
		sum += number(m[1]) * unit
		if m[2] != "" {
			sum += number(m[2]) * unit / number("1000"[:1+len(m[2])])
		}
		before, rest = unit, rest[len(m[0]):]
	}
	return bounded(sum)
}

func bounded(d time.Duration) (time.Duration, error) {
	if d > longestDuration {
		return 0, ErrDuration
	}
	return d, nil
}

// durationUnit returns the length of a unit by any of its names, else 0.
func durationUnit(name string) time.Duration {
	switch name {
	case "s", "sec", "secs", "second", "seconds", "sek", "sekunde", "sekunden":
		return time.Second
	case "m", "min", "mins", "minute", "minutes", "minuten":
		return time.Minute
	case "h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden":
		return time.Hour
	case "d", "day", "days", "tg", "tag", "tage", "tagen":
		return day
	case "w", "week", "weeks", "woche", "wochen":
		return 7 * day
	}
	return 0
}

// number reads digits that a pattern has already counted; "" is 0.
func number(digits string) time.Duration {
	n, _ := strconv.Atoi(digits)
	return time.Duration(n)
}

// longestTyped bounds the texts that are looked at, in bytes.
const longestTyped = 80

// normalize lowers text, makes every run of white space one space, and refuses
// what is empty or too long to be a time.
func normalize(text string) (string, bool) {
	if len(text) > longestTyped {
		return "", false
	}
	text = strings.Join(strings.Fields(strings.ToLower(text)), " ")
	return text, text != ""
}
