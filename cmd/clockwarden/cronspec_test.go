package main

import (
	"strings"
	"testing"
)

func TestParseSchedule(t *testing.T) {
	for _, spec := range []string{"*/5 * * * *", "@every 30s", "@every 1s", "@every 1h30m", "@hourly", "@daily", "0 9-17 * * mon-fri", "0 0 29 2 *"} {
		if _, err := parseSchedule(spec); err != nil {
			t.Errorf("%q refused: %v", spec, err)
		}
	}
	for spec, want := range map[string]string{
		"":                             "is not a cron schedule",
		"* * * *":                      "expected exactly 5 fields",
		"* * * * * *":                  "expected exactly 5 fields",
		"61 * * * *":                   "is not a cron schedule",
		"*/0 * * * *":                  "is not a cron schedule",
		"5-1 * * * *":                  "is not a cron schedule",
		"a b c d e":                    "is not a cron schedule",
		"@reboot":                      "is not a cron schedule",
		"@every":                       "is not a cron schedule",
		"@every ":                      "duration after @every",
		"@every soon":                  "duration after @every",
		"@every 0s":                    "at least one second",
		"@every -1h":                   "at least one second",
		"@every 500ms":                 "at least one second",
		"TZ=Europe/Berlin":             "must not hold a time zone",
		"CRON_TZ=":                     "must not hold a time zone",
		"CRON_TZ=Asia/Tokyo 0 6 * * ?": "must not hold a time zone",
		" tz=UTC * * * * *":            "must not hold a time zone",
		"0 0 31 2 *":                   "never comes",
		"0 0 30 feb *":                 "never comes",
		strings.Repeat("*", 300):       "too long",
	} {
		schedule, err := parseSchedule(spec)
		if err == nil || schedule != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", spec, err, want)
			continue
		}
		checkSentence(t, err.Error())
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, spec := range []string{"*/5 * * * *", "@every 30s", "TZ=", "CRON_TZ=x", "0 0 31 2 *", "@weekly", "\x00"} {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		schedule, err := parseSchedule(spec)
		if (schedule == nil) != (err != nil) {
			t.Errorf("%q: %v, %v", spec, schedule, err)
		}
		if err != nil {
			checkSentence(t, err.Error())
		}
	})
}
