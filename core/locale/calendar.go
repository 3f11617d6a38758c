package locale

import (
	"time"
)

// date is a day of the calendar, without time and zone.
type date struct {
	year  int
	month time.Month
	day   int
}

var (
	isoDate     = pattern(`^(\d{4})-(\d{2})-(\d{2})(?:t|[ ,]+)`)
	dottedDate  = pattern(`^(\d{1,2})\. ?(\d{1,2})(?:\.(\d{2}|\d{4}| \d{4})\b)?\.?(?:,? )`)
	namedDate   = pattern(`^(\d{1,2})\.? ([a-zä]+)\.?(?:,? (\d{4}))?(?:,? )`)
	leadingWord = pattern(`^([a-z]+)\.?(?:,? )`)
	// dayLast is "18:00 yesterday".
	dayLast = pattern(`^(.+) (today|heute|yesterday|gestern|vorgestern)$`)
)

// civil returns the day that t shows in its own location.
func civil(t time.Time) date {
	year, month, day := t.Date()
	return date{year, month, day}
}

// plus returns the day n days later.
func (d date) plus(n int) date {
	return civil(time.Date(d.year, d.month, d.day+n, 0, 0, 0, 0, time.UTC))
}

// exists reports whether the calendar has this day.
func (d date) exists() bool { return d.plus(0) == d }

func (d date) after(other date) bool {
	if d.year != other.year {
		return d.year > other.year
	}
	if d.month != other.month {
		return d.month > other.month
	}
	return d.day > other.day
}

// weekdayNamed finds a day of the week by any of its English or German names.
func weekdayNamed(name string) (time.Weekday, bool) {
	switch name {
	case "mon", "monday", "mo", "montag":
		return time.Monday, true
	case "tue", "tues", "tuesday", "di", "dienstag":
		return time.Tuesday, true
	case "wed", "weds", "wednesday", "mi", "mittwoch":
		return time.Wednesday, true
	case "thu", "thur", "thurs", "thursday", "do", "donnerstag":
		return time.Thursday, true
	case "fri", "friday", "fr", "freitag":
		return time.Friday, true
	case "sat", "saturday", "sa", "samstag", "sonnabend":
		return time.Saturday, true
	case "sun", "sunday", "so", "sonntag":
		return time.Sunday, true
	}
	return 0, false
}

// monthNamed finds a month by any of its English or German names, else 0.
func monthNamed(name string) time.Month {
	switch name {
	case "jan", "january", "januar", "jänner":
		return time.January
	case "feb", "february", "februar":
		return time.February
	case "mar", "march", "mär", "märz", "maerz", "mrz":
		return time.March
	case "apr", "april":
		return time.April
	case "may", "mai":
		return time.May
	case "jun", "june", "juni":
		return time.June
	case "jul", "july", "juli":
		return time.July
	case "aug", "august":
		return time.August
	case "sep", "sept", "september":
		return time.September
	case "oct", "october", "okt", "oktober":
		return time.October
	case "nov", "november":
		return time.November
	case "dec", "december", "dez", "dezember":
		return time.December
	}
	return 0
}
