package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/tools/quality/year"
)

// words are the kinds of evidence as the report calls them.
var words = map[core.Evidence]string{
	"":                        "none: no proposal, counted as now",
	core.EvidenceLastActivity: "last activity",
	core.EvidenceWorkingHours: "end of working hours",
	core.EvidenceUsualEnd:     "usual end on that weekday",
	core.EvidenceNextSign:     "next sign of life",
}

func word(why core.Evidence) string {
	if w, ok := words[why]; ok {
		return w
	}
	return strings.ReplaceAll(string(why), "_", " ")
}

// report writes docs/end-proposals.md.
func report(w io.Writer, plan year.Plan, t Tally, cases []Case) error {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	row := func(what string, f Figures) {
		p("| %s | %s | %s | %s | %s |", what, thousands(f.Cases), percent(f.Near), length(f.Median), length(f.Ninety))
	}
	head := func(what string) {
		p("\n| %s | timers | within 15 min | median error | 9 of 10 within |\n|---|---:|---:|---:|---:|", what)
	}
	p(`# How good are the proposed ends?

Written by %smake proposals%s; do not edit. The same seed gives the same figures.

When a timer was forgotten, Clockwarden proposes up to three ends, each with its evidence. This page measures them against
a made-up company in which the true end of every timer is known: %s people, %d days from %s, %s entries (seed %d). The
people, their habits and what they forget are made by %stools/quality/year%s, which says why each number is what it is, does
not know how ends are proposed, and was written before the first measurement. **It shows how the proposals compare with each
other and with simple rules, not what a real company will see.**

Everything then happens in the real service on a real database, in the order of time: the people start their timers, the
cron job flags what is overdue, an owner looks at the alert after minutes or in the next morning, and what is proposed at
that moment is compared with the true end. Nothing of the future is in the database.`, "`", "`",
		thousands(t.People), plan.Days, plan.From.Format("2 January 2006"), thousands(t.Entries), plan.Seed, "`", "`")
	p(`
%s timers were forgotten. %s were looked at by an owner and are measured here. %s ended when the person started the next
timer, %s were put right by the person, both before an owner looked; %s still ran when the year ended. %s were
flagged while the person was still at work, and forgotten after that.`,
		thousands(t.Forgotten), thousands(len(cases)), thousands(t.EndedByNext), thousands(t.Noticed), thousands(t.Unseen), thousands(t.Early))

	p("\n## Beside simple rules")
	head("rule")
	row("**the first proposal**", First(cases))
	row("**the best of the proposals**", Any(cases))
	for _, base := range baselines {
		row(string(base), Of(base, cases))
	}
	p("\nThe contract's day is known to this measurement for everybody, and always right; the product knows working hours of some\npeople only, and they are not always right.")

	p("\n## By evidence")
	head("first proposal")
	for _, why := range evidence(cases) {
		if list := led(cases, why); len(list) > 0 {
			row(word(why), First(list))
		}
	}
	head("at any place")
	for _, why := range evidence(cases) {
		if why != "" {
			row(word(why), wherever(cases, why))
		}
	}

	p("\n## With and without working hours")
	head("first proposal, working hours")
	for _, s := range []year.Setting{year.HoursNone, year.HoursRight, year.HoursNear, year.HoursWrong} {
		row(string(s), First(where(cases, func(c Case) bool { return c.Person.HoursAre == s })))
	}
	head("best proposal, working hours")
	for _, s := range []year.Setting{year.HoursNone, year.HoursRight, year.HoursNear, year.HoursWrong} {
		row(string(s), Any(where(cases, func(c Case) bool { return c.Person.HoursAre == s })))
	}

	p("\n## By what is seen of the person, and how they work")
	head("first proposal")
	for _, s := range []year.Trace{year.Plugin, year.Panel, year.Now, year.Nothing} {
		row(string(s), First(where(cases, func(c Case) bool { return c.Person.Trace == s })))
	}
	for _, s := range []year.Habit{year.Days, year.PartTime, year.Nights, year.Flexible} {
		row(string(s), First(where(cases, func(c Case) bool { return c.Person.Habit == s })))
	}
	head("first proposal, the owner looks")
	soon := func(c Case) bool { return c.Entry.Forgot.Back.IsZero() || c.Now.Before(c.Entry.Forgot.Back) }
	row("before the person is back", First(where(cases, soon)))
	row("when they work again", First(where(cases, func(c Case) bool { return !soon(c) })))
	_, err := io.WriteString(w, b.String())
	return err
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func length(d time.Duration) string {
	minutes := int(d.Round(time.Minute).Minutes())
	if minutes < 60 {
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d h %02d min", minutes/60, minutes%60)
}

func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
