package main

import (
	"slices"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/tools/quality/year"
)

// near is how far from the true end a proposal may be to be taken without a correction.
const near = 15 * time.Minute

// Case is a forgotten timer that an owner looked at.
type Case struct {
	Person    year.Person
	Entry     year.Entry
	Opened    time.Time // when it was flagged
	Now       time.Time // when the owner looked
	Proposals []core.EndProposal
}

// Baseline is a way to guess the end without evidence.
type Baseline string

// The baselines.
const (
	BaseNow      Baseline = "now: the moment the owner looks"
	BaseEight    Baseline = "8 h after the start"
	BaseContract Baseline = "end of the contract's day"
)

var baselines = []Baseline{BaseNow, BaseEight, BaseContract}

// guess is what the baseline proposes; like every proposal never in the future nor at the start.
func (b Baseline) guess(c Case) time.Time {
	end := c.Now
	switch b {
	case BaseEight:
		end = c.Entry.Start.Add(8 * time.Hour)
	case BaseContract:
		// Known for everybody and always right, also where the product was not told any working hours.
		end = c.Entry.Contract
		if !end.After(c.Entry.Start) {
			end = c.Entry.Start.Add(8 * time.Hour)
		}
	case BaseNow:
	}
	if end.After(c.Now) {
		return c.Now
	}
	return end
}

// off is how far a guess is from the true end.
func (c Case) off(guess time.Time) time.Duration { return guess.Sub(c.Entry.End).Abs() }

// first is the first proposal; where there is none, what the owner is left with: now.
func (c Case) first() time.Time {
	if len(c.Proposals) == 0 {
		return c.Now
	}
	return c.Proposals[0].End
}

// best is how far the best of the proposals is from the true end.
func (c Case) best() time.Duration {
	best := c.off(c.first())
	for _, p := range c.Proposals {
		best = min(best, c.off(p.End))
	}
	return best
}

// Figures are how good guesses are over many cases.
type Figures struct {
	Cases  int
	Near   float64       // share within a quarter of an hour
	Median time.Duration // of the absolute error
	Ninety time.Duration // nine of ten are better
}

func figuresOf(offs []time.Duration) Figures {
	f := Figures{Cases: len(offs)}
	if len(offs) == 0 {
		return f
	}
	offs = slices.Clone(offs)
	slices.Sort(offs)
	hits := 0
	for _, d := range offs {
		if d <= near {
			hits++
		}
	}
	f.Near = float64(hits) / float64(len(offs))
	f.Median, f.Ninety = offs[len(offs)/2], offs[len(offs)*9/10]
	return f
}

// First are the figures of the first proposals, Any those of the best of each, Of those of a baseline.
func First(cases []Case) Figures {
	return over(cases, func(c Case) time.Duration { return c.off(c.first()) })
}

// Any are the figures of the best of the proposals.
func Any(cases []Case) Figures { return over(cases, Case.best) }

// Of are the figures of a baseline.
func Of(b Baseline, cases []Case) Figures {
	return over(cases, func(c Case) time.Duration { return c.off(b.guess(c)) })
}

func over(cases []Case, off func(c Case) time.Duration) Figures {
	offs := make([]time.Duration, len(cases))
	for i, c := range cases {
		offs[i] = off(c)
	}
	return figuresOf(offs)
}

// evidence returns the kinds in the order in which they come first most often; "" stands for no proposal.
func evidence(cases []Case) []core.Evidence {
	count := map[core.Evidence]int{}
	for _, c := range cases {
		if len(c.Proposals) == 0 {
			count[""]++
		}
		for _, p := range c.Proposals {
			count[p.Why]++
		}
	}
	var kinds []core.Evidence
	for k := range count {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b core.Evidence) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
	return kinds
}

// led are the cases whose first proposal has an evidence.
func led(cases []Case, why core.Evidence) []Case {
	return where(cases, func(c Case) bool {
		if len(c.Proposals) == 0 {
			return why == ""
		}
		return c.Proposals[0].Why == why
	})
}

// wherever are the figures of an evidence at any place in the list.
func wherever(cases []Case, why core.Evidence) Figures {
	var offs []time.Duration
	for _, c := range cases {
		for _, p := range c.Proposals {
			if p.Why == why {
				offs = append(offs, c.off(p.End))
			}
		}
	}
	return figuresOf(offs)
}

func where(cases []Case, holds func(c Case) bool) []Case {
	var list []Case
	for _, c := range cases {
		if holds(c) {
			list = append(list, c)
		}
	}
	return list
}
