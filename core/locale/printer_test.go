package locale

import (
	"errors"
	"math"
	"testing"
	"time"
)

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// printers returns an English and a German printer for readers in Berlin.
func printers(t testing.TB) (en, de *Printer) {
	t.Helper()
	c, zone := mustCatalog(t), mustZone(t, "Europe/Berlin")
	return c.Printer("en", zone), c.Printer("de", zone)
}

func TestT(t *testing.T) {
	files := files(
		"a.en.json", `{"plain":"Hello","who":"{{.Who}} stopped {{ .What }}.","n":{"one":"{{.Count}} timer","other":"{{.Count}} timers"},"at":"at {{.At}} for {{.For}}"}`,
		"a.de.json", `{"plain":"Hallo","who":"{{.What}} von {{.Who}} gestoppt.","n":{"one":"{{.Count}} Uhr","other":"{{.Count}} Uhren"},"at":"um {{.At}} für {{.For}}"}`)
	if err := check(files); err != nil {
		t.Fatal(err)
	}
	c := open(files)
	en, de := c.Printer("en", nil), c.Printer("de", nil)
	for _, test := range []struct {
		id     string
		params []Params
		en, de string
	}{
		{"plain", nil, "Hello", "Hallo"},
		{"plain", []Params{{"Extra": 1}}, "Hello", "Hallo"},
		{"who", []Params{{"Who": "Olivia", "What": errors.New("it")}}, "Olivia stopped it.", "it von Olivia gestoppt."},
		{"who", []Params{{"Who": "Olivia"}, {"Who": "Dana", "What": 8080}}, "Olivia stopped 8080.", "8080 von Olivia gestoppt."},
		{"who", []Params{{"Who": "{{.What}}", "What": "<b>"}}, "{{.What}} stopped <b>.", "<b> von {{.What}} gestoppt."},
		{"who", nil, "⟦Who⟧ stopped ⟦What⟧.", "⟦What⟧ von ⟦Who⟧ gestoppt."},
		{"n", []Params{{"Count": 0}}, "0 timers", "0 Uhren"},
		{"n", []Params{{"Count": 1}}, "1 timer", "1 Uhr"},
		{"n", []Params{{"Count": int64(2)}}, "2 timers", "2 Uhren"},
		{"n", []Params{{"Count": 12345}}, "12,345 timers", "12.345 Uhren"},
		{"n", nil, "⟦Count⟧ timers", "⟦Count⟧ Uhren"},
		{"no.such", nil, "⟦no.such⟧", "⟦no.such⟧"},
	} {
		if got := en.T(test.id, test.params...); got != test.en {
			t.Errorf("en T(%s, %v) = %q, want %q", test.id, test.params, got, test.en)
		}
		if got := de.T(test.id, test.params...); got != test.de {
			t.Errorf("de T(%s, %v) = %q, want %q", test.id, test.params, got, test.de)
		}
	}
	if !en.Has("plain") || en.Has("no.such") {
		t.Error("Has is wrong about plain or no.such")
	}
}

func TestPrinterFallsBack(t *testing.T) {
	c := mustCatalog(t)
	for lang, want := range map[string]string{"": "en", "fr": "en", "de-AT": "de", "de": "de"} {
		p := c.Printer(lang, nil)
		if p.Lang() != want || p.Zone() != time.UTC {
			t.Errorf("Printer(%q, nil) writes %s in %s, want %s in UTC", lang, p.Lang(), p.Zone(), want)
		}
	}
}

func TestTimes(t *testing.T) {
	en, de := printers(t)
	at := time.Date(2026, 11, 2, 16, 42, 30, 0, time.UTC)
	for _, test := range []struct{ got, want string }{
		{en.Time(at), "17:42"},
		{de.Time(at), "17:42"},
		{en.Date(at), "2 Nov 2026"},
		{de.Date(at), "02.11.2026"},
		{en.DateTime(at), "2 Nov 2026, 17:42"},
		{de.DateTime(at), "02.11.2026, 17:42"},
		{en.Time(at.Add(7 * time.Hour)), "00:42"},
		{de.Date(at.Add(7 * time.Hour)), "03.11.2026"},
		{de.Weekday(time.Wednesday), "Mittwoch"},
		{en.WeekdayShort(time.Sunday), "Sun"},
		{en.T("why.usual_end", Params{"Weekday": en.Weekday(at.Weekday()), "Time": en.Time(at)}), "usual end on Mondays 17:42"},
		{de.T("why.usual_end", Params{"Weekday": de.Weekday(at.Weekday()), "Time": de.Time(at)}), "übliches Ende am Montag 17:42"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestDayTime(t *testing.T) {
	en, de := printers(t)
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, en.Zone()) // a Sunday
	for _, test := range []struct {
		t      time.Time
		en, de string
	}{
		{now, "20:00", "20:00"},
		{time.Date(2026, 11, 22, 0, 0, 0, 0, en.Zone()), "00:00", "00:00"},
		{time.Date(2026, 11, 21, 23, 59, 0, 0, en.Zone()), "yesterday 23:59", "gestern 23:59"},
		{time.Date(2026, 11, 20, 17, 42, 0, 0, en.Zone()), "Fri 17:42", "Fr 17:42"},
		{time.Date(2026, 11, 16, 17, 42, 0, 0, en.Zone()), "Mon 17:42", "Mo 17:42"},
		{time.Date(2026, 11, 15, 23, 0, 0, 0, en.Zone()), "15 Nov 2026, 23:00", "15.11.2026, 23:00"},
		{time.Date(2026, 11, 23, 1, 0, 0, 0, en.Zone()), "23 Nov 2026, 01:00", "23.11.2026, 01:00"},
		{time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC), "23 Nov 2026, 00:30", "23.11.2026, 00:30"},
	} {
		if got := en.DayTime(test.t, now); got != test.en {
			t.Errorf("en DayTime(%s) = %q, want %q", test.t, got, test.en)
		}
		if got := de.DayTime(test.t, now); got != test.de {
			t.Errorf("de DayTime(%s) = %q, want %q", test.t, got, test.de)
		}
	}
	// The day that loses an hour is still one day.
	now = time.Date(2026, 3, 30, 0, 10, 0, 0, en.Zone())
	if got := en.DayTime(now.Add(-24*time.Hour), now); got != "Sat 23:10" {
		t.Errorf("over the spring change: %q, want Sat 23:10", got)
	}
}

func TestDurations(t *testing.T) {
	en, de := printers(t)
	for _, test := range []struct {
		d                       time.Duration
		en, de, clock, enH, deH string
	}{
		{0, "0 s", "0 Sek.", "0:00:00", "0.00", "0,00"},
		{30 * time.Second, "30 s", "30 Sek.", "0:00:30", "0.01", "0,01"},
		{59*time.Second + 999*time.Millisecond, "59 s", "59 Sek.", "0:00:59", "0.02", "0,02"},
		{45*time.Minute + 59*time.Second, "45 min", "45 Min.", "0:45:59", "0.77", "0,77"},
		{time.Hour, "1 h", "1 Std.", "1:00:00", "1.00", "1,00"},
		{105 * time.Minute, "1 h 45 min", "1 Std. 45 Min.", "1:45:00", "1.75", "1,75"},
		{9*time.Hour + 12*time.Minute + 5*time.Second, "9 h 12 min", "9 Std. 12 Min.", "9:12:05", "9.20", "9,20"},
		{47*time.Hour + 59*time.Minute, "47 h 59 min", "47 Std. 59 Min.", "47:59:00", "47.98", "47,98"},
		{48 * time.Hour, "2 d", "2 Tg.", "48:00:00", "48.00", "48,00"},
		{76*time.Hour + 30*time.Minute, "3 d 4 h", "3 Tg. 4 Std.", "76:30:00", "76.50", "76,50"},
		{1234*time.Hour + 30*time.Minute, "51 d 10 h", "51 Tg. 10 Std.", "1234:30:00", "1,234.50", "1.234,50"},
		{-90 * time.Minute, "-1 h 30 min", "-1 Std. 30 Min.", "-1:30:00", "-1.50", "-1,50"},
		{math.MinInt64, "-106751 d 23 h", "-106751 Tg. 23 Std.", "-2562047:47:16", "-2,562,047.79", "-2.562.047,79"},
	} {
		for _, check := range []struct{ name, got, want string }{
			{"en Duration", en.Duration(test.d), test.en},
			{"de Duration", de.Duration(test.d), test.de},
			{"Clock", en.Clock(test.d), test.clock},
			{"en Hours", en.Hours(test.d), test.enH},
			{"de Hours", de.Hours(test.d), test.deH},
		} {
			if check.got != check.want {
				t.Errorf("%s(%s) = %q, want %q", check.name, test.d, check.got, check.want)
			}
		}
	}
}

func TestAgo(t *testing.T) {
	en, de := printers(t)
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, en.Zone())
	for _, test := range []struct {
		ago    time.Duration
		en, de string
	}{
		{-5 * time.Minute, "22 Nov 2026, 20:05", "22.11.2026, 20:05"},
		{-10 * time.Second, "just now", "gerade eben"},
		{0, "just now", "gerade eben"},
		{5 * time.Second, "5 s ago", "vor 5 Sek."},
		{59 * time.Second, "59 s ago", "vor 59 Sek."},
		{5 * time.Minute, "5 min ago", "vor 5 Min."},
		{2*time.Hour + 59*time.Minute, "2 h ago", "vor 2 Std."},
		{19 * time.Hour, "19 h ago", "vor 19 Std."},
		{21 * time.Hour, "yesterday", "gestern"},
		{43 * time.Hour, "yesterday", "gestern"},
		{45 * time.Hour, "20 Nov 2026", "20.11.2026"},
	} {
		if got := en.Ago(now.Add(-test.ago), now); got != test.en {
			t.Errorf("en Ago(%s) = %q, want %q", test.ago, got, test.en)
		}
		if got := de.Ago(now.Add(-test.ago), now); got != test.de {
			t.Errorf("de Ago(%s) = %q, want %q", test.ago, got, test.de)
		}
	}
	night := time.Date(2026, 11, 22, 1, 0, 0, 0, en.Zone())
	if got := en.Ago(night.Add(-2*time.Hour), night); got != "2 h ago" {
		t.Errorf("across midnight: %q, want 2 h ago", got)
	}
}

func TestNumber(t *testing.T) {
	en, de := printers(t)
	for n, want := range map[int][2]string{
		0:             {"0", "0"},
		999:           {"999", "999"},
		-999:          {"-999", "-999"},
		1234:          {"1,234", "1.234"},
		-100000:       {"-100,000", "-100.000"},
		1234567:       {"1,234,567", "1.234.567"},
		math.MinInt64: {"-9,223,372,036,854,775,808", "-9.223.372.036.854.775.808"},
	} {
		if got := [2]string{en.Number(n), de.Number(n)}; got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func BenchmarkTPlain(b *testing.B) {
	p := mustCatalog(b).Printer("de", nil)
	b.ReportAllocs()
	for b.Loop() {
		p.T("button.stop")
	}
}

func BenchmarkTPlural(b *testing.B) {
	p := mustCatalog(b).Printer("de", nil)
	b.ReportAllocs()
	for b.Loop() {
		p.T("count.timers", Params{"Count": 1234})
	}
}

func TestPrinterAtWritesTimesForThatMoment(t *testing.T) {
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 17, 2, 5, 0, time.UTC)
	p := c.Printer("en", time.UTC).At(now)
	params := Params{"By": "Olivia", "At": now.Add(-5 * time.Second), "Ago": now.Add(-5 * time.Second)}
	if got, want := p.T("error.already_stopped", params), "This timer was already stopped by Olivia 5 s ago."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	params["At"], params["Ago"] = now.AddDate(0, 0, -1), now.AddDate(0, 0, -1)
	p = c.Printer("de", time.UTC).At(now)
	if got, want := p.T("error.already_stopped", params), "Dieser Timer wurde bereits von Olivia gestoppt (gestern 17:02)."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
