package locale

import (
	"errors"
	"testing"
	"time"
)

const stamp = "2006-01-02 15:04:05 -0700"

func TestParseWhen(t *testing.T) {
	berlin := mustZone(t, "Europe/Berlin")
	now := time.Date(2026, 11, 22, 19, 20, 30, 0, berlin) // a Sunday
	for text, want := range map[string]string{
		"17:30":                     "2026-11-22 17:30:00 +0100",
		"17.30":                     "2026-11-22 17:30:00 +0100",
		" 17:30:15 ":                "2026-11-22 17:30:15 +0100",
		"9:05":                      "2026-11-22 09:05:00 +0100",
		"at 17:30":                  "2026-11-22 17:30:00 +0100",
		"um 17:30":                  "2026-11-22 17:30:00 +0100",
		"5:30pm":                    "2026-11-22 17:30:00 +0100",
		"5.30 p.m.":                 "2026-11-22 17:30:00 +0100",
		"5pm":                       "2026-11-22 17:00:00 +0100",
		"5 PM":                      "2026-11-22 17:00:00 +0100",
		"12am":                      "2026-11-22 00:00:00 +0100",
		"12pm":                      "2026-11-22 12:00:00 +0100",
		"17h":                       "2026-11-22 17:00:00 +0100",
		"17h30":                     "2026-11-22 17:30:00 +0100",
		"17 Uhr":                    "2026-11-22 17:00:00 +0100",
		"17 Uhr 30":                 "2026-11-22 17:30:00 +0100",
		"17:30 Uhr":                 "2026-11-22 17:30:00 +0100",
		"17.30 Uhr":                 "2026-11-22 17:30:00 +0100",
		"19:20":                     "2026-11-22 19:20:00 +0100",
		"19:21":                     "2026-11-21 19:21:00 +0100",
		"23:59":                     "2026-11-21 23:59:00 +0100",
		"now":                       "2026-11-22 19:20:30 +0100",
		"Jetzt":                     "2026-11-22 19:20:30 +0100",
		"yesterday 18:00":           "2026-11-21 18:00:00 +0100",
		"yesterday at 6pm":          "2026-11-21 18:00:00 +0100",
		"6pm yesterday":             "2026-11-21 18:00:00 +0100",
		"gestern 18:00":             "2026-11-21 18:00:00 +0100",
		"Gestern um 18:00":          "2026-11-21 18:00:00 +0100",
		"gestern, 18 Uhr":           "2026-11-21 18:00:00 +0100",
		"um 18 Uhr gestern":         "2026-11-21 18:00:00 +0100",
		"vorgestern 18:00":          "2026-11-20 18:00:00 +0100",
		"today 9:15":                "2026-11-22 09:15:00 +0100",
		"heute 9:15":                "2026-11-22 09:15:00 +0100",
		"heute 23:00":               "2026-11-22 23:00:00 +0100",
		"morgen 8:00":               "2026-11-23 08:00:00 +0100",
		"mon 18:00":                 "2026-11-16 18:00:00 +0100",
		"Montag 18:00":              "2026-11-16 18:00:00 +0100",
		"monday at 18:00":           "2026-11-16 18:00:00 +0100",
		"on Monday at 18:00":        "2026-11-16 18:00:00 +0100",
		"am Montag um 18 Uhr":       "2026-11-16 18:00:00 +0100",
		"Mo. 18:00":                 "2026-11-16 18:00:00 +0100",
		"Sa 18:00":                  "2026-11-21 18:00:00 +0100",
		"sunday 18:00":              "2026-11-22 18:00:00 +0100",
		"sonntag 20:00":             "2026-11-15 20:00:00 +0100",
		"2026-11-21 18:00":          "2026-11-21 18:00:00 +0100",
		"2026-11-21T18:00":          "2026-11-21 18:00:00 +0100",
		"2026-11-21T18:00:05":       "2026-11-21 18:00:05 +0100",
		"2026-07-01 18:00":          "2026-07-01 18:00:00 +0200",
		"2026-11-21T18:00:00Z":      "2026-11-21 19:00:00 +0100",
		"2026-11-21t18:00:00.5z":    "2026-11-21 19:00:00 +0100",
		"2026-11-21T18:00:00-05:00": "2026-11-22 00:00:00 +0100",
		"21.11.2026 18:00":          "2026-11-21 18:00:00 +0100",
		"21.11.2026, 18:00":         "2026-11-21 18:00:00 +0100",
		"21.11.26 18:00":            "2026-11-21 18:00:00 +0100",
		"21. 11. 2026 um 18:00":     "2026-11-21 18:00:00 +0100",
		"1.2.2026 8:00":             "2026-02-01 08:00:00 +0100",
		"21.11. 18:00":              "2026-11-21 18:00:00 +0100",
		"21.11. 18 Uhr":             "2026-11-21 18:00:00 +0100",
		"21.11 17.30":               "2026-11-21 17:30:00 +0100",
		"am 21.11. um 18:00":        "2026-11-21 18:00:00 +0100",
		"23.11. 18:00":              "2025-11-23 18:00:00 +0100",
		"22.11. 23:00":              "2026-11-22 23:00:00 +0100",
		"29.2. 8:00":                "2024-02-29 08:00:00 +0100",
		"21 Nov 2026, 18:00":        "2026-11-21 18:00:00 +0100",
		"21. November 18:00":        "2026-11-21 18:00:00 +0100",
		"3. März 2026 um 18 Uhr":    "2026-03-03 18:00:00 +0100",
		"45 min ago":                "2026-11-22 18:35:30 +0100",
		"2h ago":                    "2026-11-22 17:20:30 +0100",
		"1h30 ago":                  "2026-11-22 17:50:30 +0100",
		"vor 45 Min":                "2026-11-22 18:35:30 +0100",
		"vor 45 Min.":               "2026-11-22 18:35:30 +0100",
		"vor 2 Std":                 "2026-11-22 17:20:30 +0100",
		"vor 2 Stunden 5 Minuten":   "2026-11-22 17:15:30 +0100",
		"vor 2 Tagen":               "2026-11-20 19:20:30 +0100",
	} {
		got, err := ParseWhen(text, now, berlin)
		if err != nil || got.Format(stamp) != want {
			t.Errorf("ParseWhen(%q) = %s, %v; want %s", text, got.Format(stamp), err, want)
		}
		if got.Location() != berlin {
			t.Errorf("ParseWhen(%q) answers in %s, not in the reader's zone", text, got.Location())
		}
	}
}

func TestParseWhenRefuses(t *testing.T) {
	now := time.Date(2026, 11, 22, 19, 20, 0, 0, time.UTC)
	for _, text := range []string{
		"", " ", "17", "1730", "24:00", "25:00", "17:60", "17:5", "17:30:60", "13pm", "0am", "17:30pm", "-1:00",
		"yesterday", "monday", "gestern um", "blursday 18:00", "21.11.2026", "2026-11-21", "31.11. 18:00", "31.2.2026 18:00",
		"2026-02-30 18:00", "2026-13-01 18:00", "0.0. 18:00", "99.99. 10:00", "1 foo 18:00", "1969-01-01 10:00", "0000-01-01T00:00:00Z",
		"2026-11-21T25:00:00Z", "ago", "x ago", "vor", "vor langem", "5 ago", "vor 5", "now now", "17:30 17:30",
		"99999999999999999999h ago", "999999 days ago", "999999 weeks ago", "18:00 yesterday 18:00", "yesterday yesterday 18:00",
		"17:30\x00", "\xff\xfe", "yesterday                                                                              18:00",
	} {
		if got, err := ParseWhen(text, now, nil); !errors.Is(err, ErrWhen) {
			t.Errorf("ParseWhen(%q) = %s, %v; want ErrWhen", text, got, err)
		}
	}
}

// TestParseWhenChange covers the nights in which Berlin changes its clocks:
// 02:00 → 03:00 on 2026-03-29 and 03:00 → 02:00 on 2026-10-25.
func TestParseWhenChange(t *testing.T) {
	berlin := mustZone(t, "Europe/Berlin")
	spring := time.Date(2026, 3, 29, 12, 0, 0, 0, berlin)
	autumn := time.Date(2026, 10, 25, 12, 0, 0, 0, berlin)
	for _, test := range []struct {
		text string
		now  time.Time
		want string
	}{
		{"1:59", spring, "2026-03-29 01:59:00 +0100"},
		{"2:00", spring, "2026-03-29 03:00:00 +0200"},
		{"2:30", spring, "2026-03-29 03:00:00 +0200"},
		{"2:59", spring, "2026-03-29 03:00:00 +0200"},
		{"3:00", spring, "2026-03-29 03:00:00 +0200"},
		{"3:01", spring, "2026-03-29 03:01:00 +0200"},
		{"29.3.2026 2:30", autumn, "2026-03-29 03:00:00 +0200"},
		{"yesterday 18:00", spring, "2026-03-28 18:00:00 +0100"},
		{"2:30", time.Date(2026, 3, 29, 0, 30, 0, 0, berlin), "2026-03-28 02:30:00 +0100"},
		{"yesterday 2:30", spring.AddDate(0, 0, 1), "2026-03-29 03:00:00 +0200"},
		{"1:59", autumn, "2026-10-25 01:59:00 +0200"},
		{"2:00", autumn, "2026-10-25 02:00:00 +0200"},
		{"2:30", autumn, "2026-10-25 02:30:00 +0200"},
		{"3:00", autumn, "2026-10-25 03:00:00 +0100"},
		{"2026-10-25T02:30:00+01:00", autumn, "2026-10-25 02:30:00 +0100"},
		{"10h ago", autumn, "2026-10-25 02:00:00 +0100"},
		{"11h ago", autumn, "2026-10-25 02:00:00 +0200"},
		{"gestern 18:00", autumn, "2026-10-24 18:00:00 +0200"},
	} {
		got, err := ParseWhen(test.text, test.now, berlin)
		if err != nil || got.Format(stamp) != test.want {
			t.Errorf("ParseWhen(%q) at %s = %s, %v; want %s", test.text, test.now.Format(stamp), got.Format(stamp), err, test.want)
		}
	}

	// In the repeated hour: at the second 02:10 the first 02:30 has passed, and
	// at the first 02:10 it has not.
	first := time.Date(2026, 10, 25, 0, 10, 0, 0, time.UTC)
	for now, want := range map[time.Time]string{
		first:                "2026-10-24 02:30:00 +0200",
		first.Add(time.Hour): "2026-10-25 02:30:00 +0200",
	} {
		if got, err := ParseWhen("2:30", now, berlin); err != nil || got.Format(stamp) != want {
			t.Errorf("2:30 at %s = %s, %v; want %s", now.In(berlin).Format(stamp), got.Format(stamp), err, want)
		}
	}
}

func TestParseWhenOtherZones(t *testing.T) {
	for _, test := range []struct{ zone, text, want string }{
		{"America/New_York", "2026-03-08 02:30", "2026-03-08 03:00:00 -0400"},
		{"America/New_York", "2026-11-01 01:30", "2026-11-01 01:30:00 -0400"},
		{"Australia/Lord_Howe", "2026-10-04 02:10", "2026-10-04 02:30:00 +1100"}, // half an hour
		{"America/Sao_Paulo", "2018-11-04 00:00", "2018-11-04 01:00:00 -0200"},   // no midnight
		{"Pacific/Apia", "2011-12-30 12:00", "2011-12-31 00:00:00 +1400"},        // no such day
		{"Asia/Kathmandu", "2026-11-21 18:00", "2026-11-21 18:00:00 +0545"},
		{"UTC", "2026-11-21 18:00", "2026-11-21 18:00:00 +0000"},
	} {
		zone := mustZone(t, test.zone)
		got, err := ParseWhen(test.text, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), zone)
		if err != nil || got.Format(stamp) != test.want {
			t.Errorf("ParseWhen(%q) in %s = %s, %v; want %s", test.text, test.zone, got.Format(stamp), err, test.want)
		}
	}
}

// TestParseWhenReadsWhatPrintersWrite goes through three weeks in steps that
// hit every hour, the autumn change included.
func TestParseWhenReadsWhatPrintersWrite(t *testing.T) {
	en, de := printers(t)
	now := time.Date(2026, 11, 5, 19, 20, 0, 0, en.Zone())
	for at := now; now.Sub(at) < 21*24*time.Hour; at = at.Add(-37 * time.Minute) {
		for _, p := range []*Printer{en, de} {
			for _, text := range []string{p.DateTime(at), p.DayTime(at, now)} {
				got, err := ParseWhen(text, now, p.Zone())
				// The repeated hour is written the same twice and read as the first.
				if err != nil || !got.Equal(at) && !got.Equal(at.Add(-time.Hour)) || p.DateTime(got) != p.DateTime(at) {
					t.Fatalf("%s was written %q and read as %s, %v", at, text, got, err)
				}
			}
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"8h":                    8 * time.Hour,
		"8 hours":               8 * time.Hour,
		"1h30m":                 90 * time.Minute,
		"1h30":                  90 * time.Minute,
		"1h 5":                  65 * time.Minute,
		"1 h 30 min":            90 * time.Minute,
		"1 hour and 30 minutes": 90 * time.Minute,
		"90 min":                90 * time.Minute,
		"1:30":                  90 * time.Minute,
		"1:30:15":               90*time.Minute + 15*time.Second,
		"1.5h":                  90 * time.Minute,
		"1,5 Std":               90 * time.Minute,
		"0,25 Std.":             15 * time.Minute,
		"2 Std":                 2 * time.Hour,
		"2 Stunden":             2 * time.Hour,
		"1 Tag":                 24 * time.Hour,
		"1d":                    24 * time.Hour,
		"2 Tage 4 Std.":         52 * time.Hour,
		"1 Woche":               7 * 24 * time.Hour,
		"45s":                   45 * time.Second,
		"0h":                    0,
		"3660d":                 3660 * 24 * time.Hour,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "8", "h", "-1h", "1h-5m", "5m 3h", "1h 1h", "1 lightyear", "1:60", "1:3", "1.h", "1h30x", "30 5", "1m30",
		"3661d", "999999 weeks", "99999:59", "9999999h", "and 1h", "1h99",
	} {
		if got, err := ParseDuration(text); !errors.Is(err, ErrDuration) {
			t.Errorf("ParseDuration(%q) = %s, %v; want ErrDuration", text, got, err)
		}
	}
}

func TestParseDurationReadsWhatPrintersWrite(t *testing.T) {
	en, de := printers(t)
	for d := time.Duration(0); d < 100*time.Hour; d += 7*time.Minute + 13*time.Second {
		for _, p := range []*Printer{en, de} {
			got, err := ParseDuration(p.Duration(d))
			if err != nil || p.Duration(got) != p.Duration(d) {
				t.Fatalf("%s was written %q and read as %s, %v", d, p.Duration(d), got, err)
			}
			if got, err = ParseDuration(p.Clock(d)); err != nil || got != d.Truncate(time.Second) {
				t.Fatalf("%s was written %q and read as %s, %v", d, p.Clock(d), got, err)
			}
		}
	}
}

func FuzzParseWhen(f *testing.F) {
	for _, seed := range []string{
		"17:30", "5:30pm", "17 Uhr", "jetzt", "yesterday at 18:00", "gestern um 18:00", "Mo. 18:00", "21.11. 18:00", "21.11.2026 18:00",
		"2026-03-29 02:30", "2026-11-21T18:00:00+01:00", "vor 2 Std", "1h30 ago", "29.2. 8:00", "21 Nov 2026, 18:00", "9999-12-31 23:59", "\xff", "1970-01-01 00:00",
	} {
		f.Add(seed, int64(1795375200))
	}
	berlin := mustZone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		now := time.Unix(unix%(1<<33), 0)
		got, err := ParseWhen(text, now, berlin)
		if err != nil {
			if !errors.Is(err, ErrWhen) || !got.IsZero() {
				t.Errorf("ParseWhen(%q) = %s, %v; an error must be ErrWhen, without a time", text, got, err)
			}
			return
		}
		if got.Year() < 1970 || got.Year() > 9999 || got.Location() != berlin {
			t.Errorf("ParseWhen(%q) = %s is out of range or in another zone", text, got)
		}
		if typed, _ := normalize(text); typed != "" {
			if _, bare := parseClock(typed); bare && got.After(now) {
				t.Errorf("ParseWhen(%q) at %s = %s, a bare time of day after now", text, now, got)
			}
		}
	})
}
