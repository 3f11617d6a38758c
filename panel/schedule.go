package panel

import (
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core/locale"
)

// scheduleInWords says a cron schedule in the reader's language; "" for one that has no simple words.
func (v *visit) scheduleInWords(spec string) string {
	spec = strings.TrimSpace(spec)
	if span, ok := strings.CutPrefix(spec, "@every "); ok {
		d, err := time.ParseDuration(span)
		if err != nil || d < time.Second {
			return ""
		}
		return v.every(d)
	}
	switch spec {
	case "@hourly":
		return v.every(time.Hour)
	case "@daily", "@midnight":
		spec = "0 0 * * *"
	case "@weekly":
		spec = "0 0 * * 0"
	}
	fields := strings.Fields(spec)
	if len(fields) != 5 || fields[2] != "*" || fields[3] != "*" {
		return ""
	}
	minute, hour, weekday := fields[0], fields[1], fields[4]
	switch {
	case hour == "*" && weekday == "*":
		return v.withinTheHour(minute)
	case minute == "0" && weekday == "*" && strings.HasPrefix(hour, "*/"):
		if n, ok := step(hour, 24); ok {
			return v.every(time.Duration(n) * time.Hour)
		}
		return ""
	}
	m, okM := upTo(minute, 59)
	h, okH := upTo(hour, 23)
	if !okM || !okH {
		return ""
	}
	params := locale.Params{"Time": v.words.Time(time.Date(2026, 1, 5, h, m, 0, 0, v.words.Zone()))}
	switch weekday {
	case "*":
		return v.t("settings.schedule.daily", params)
	case "1-5", "MON-FRI", "mon-fri":
		return v.t("settings.schedule.weekdays", params)
	}
	if day, ok := upTo(weekday, 6); ok {
		params["Weekday"] = v.words.Weekday(time.Weekday(day))
		return v.t("settings.schedule.weekly", params)
	}
	return ""
}

// withinTheHour says a schedule that has only minutes.
func (v *visit) withinTheHour(minute string) string {
	if minute == "*" {
		return v.every(time.Minute)
	}
	if n, ok := step(minute, 60); ok {
		return v.every(time.Duration(n) * time.Minute)
	}
	switch m, ok := upTo(minute, 59); {
	case !ok:
		return ""
	case m == 0:
		return v.every(time.Hour)
	default:
		return v.t("settings.schedule.hourly_at", locale.Params{"Minute": m})
	}
}

// every says a distance in the largest unit that it is a multiple of; "" for one with parts of a second.
func (v *visit) every(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		id     string
	}{{time.Hour, "settings.schedule.hours"}, {time.Minute, "settings.schedule.minutes"}, {time.Second, "settings.schedule.seconds"}} {
		if d%unit.length == 0 {
			return v.t(unit.id, locale.Params{"Count": int(d / unit.length)})
		}
	}
	return ""
}

// step reads "*/5" where the whole is a multiple of the step; else the distances are not all the same.
func step(field string, whole int) (int, bool) {
	text, ok := strings.CutPrefix(field, "*/")
	n, valid := upTo(text, whole)
	return n, ok && valid && n > 0 && whole%n == 0
}

func upTo(text string, most int) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n <= most
}
