package locale

import "time"

const clockLayout = "15:04"

// Time writes the time of day in the reader's zone, 24 hours: "17:42".
func (p *Printer) Time(t time.Time) string { return t.In(p.zone).Format(clockLayout) }

// Date writes the day in the reader's zone: "22 Nov 2026" or "22.11.2026".
func (p *Printer) Date(t time.Time) string { return t.In(p.zone).Format(p.words.date) }

// DateTime writes day and time of day in the reader's zone:
// "22 Nov 2026, 17:42" or "22.11.2026, 17:42".
func (p *Printer) DateTime(t time.Time) string {
	return t.In(p.zone).Format(p.words.date + ", " + clockLayout)
}

// DayTime writes t as briefly as is clear at now, in the reader's zone: "17:42"
// today, "yesterday 17:42", "Mon 17:42" in the last six days, else as DateTime.
func (p *Printer) DayTime(t, now time.Time) string {
	switch days := p.daysBetween(t, now); {
	case days == 0:
		return p.Time(t)
	case days == 1:
		return p.T("day.yesterday") + " " + p.Time(t)
	case days > 1 && days <= 6:
		return p.WeekdayShort(t.In(p.zone).Weekday()) + " " + p.Time(t)
	}
	return p.DateTime(t)
}

// Ago writes how long before now t was: "just now", "5 s ago", "5 min ago",
// "2 h ago", "yesterday", else the date. A t that lies a little ahead of now
// (two clocks never agree) is "just now" as well, any other future one is
// written as DateTime.
func (p *Printer) Ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d < -time.Minute:
		return p.DateTime(t)
	case d < 5*time.Second:
		return p.T("ago.now")
	case d < time.Minute:
		return p.T("ago.seconds", Params{"N": int(d / time.Second)})
	case d < time.Hour:
		return p.T("ago.minutes", Params{"N": int(d / time.Minute)})
	}
	// Six hours ago is said as hours even across midnight.
	switch days := p.daysBetween(t, now); {
	case days <= 0 || d < 12*time.Hour:
		return p.T("ago.hours", Params{"N": int(d / time.Hour)})
	case days == 1:
		return p.T("day.yesterday")
	}
	return p.Date(t)
}

// AgoOrTime writes a t of the last hours as Ago does, and an older one as DayTime, which says the time of day too.
func (p *Printer) AgoOrTime(t, now time.Time) string {
	if now.Sub(t) < 12*time.Hour {
		return p.Ago(t, now)
	}
	return p.DayTime(t, now)
}

// Weekday writes the name of a day of the week: "Monday" or "Montag".
func (p *Printer) Weekday(day time.Weekday) string {
	return p.T("weekday." + weekdayKey(day))
}

// WeekdayShort writes the short name of a day of the week: "Mon" or "Mo".
func (p *Printer) WeekdayShort(day time.Weekday) string {
	return p.T("weekday_short." + weekdayKey(day))
}

// daysBetween counts the midnights between t and now in the reader's zone.
func (p *Printer) daysBetween(t, now time.Time) int {
	return int(dayNumber(now.In(p.zone)) - dayNumber(t.In(p.zone)))
}

// dayNumber numbers calendar days. It goes by the date alone: days of 23 and 25
// hours count as one.
func dayNumber(t time.Time) int64 {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
}

func weekdayKey(day time.Weekday) string {
	keys := [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	if day < 0 || int(day) >= len(keys) {
		return "unknown"
	}
	return keys[day]
}
