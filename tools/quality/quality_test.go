package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/tools/quality/year"
)

// TestProposalsBeatSimpleRules holds the quality of the proposals: nobody may make them worse than what needs no evidence.
func TestProposalsBeatSimpleRules(t *testing.T) {
	plan := standard()
	plan.People = 50
	tally, cases, err := measure(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 300 || tally.Forgotten != len(cases)+tally.EndedByNext+tally.Noticed+tally.Unseen {
		t.Fatalf("%d timers measured: %+v", len(cases), tally)
	}
	first, best := First(cases), Any(cases)
	t.Logf("first %+v, best %+v", first, best)
	for _, b := range baselines {
		f := Of(b, cases)
		t.Logf("%s: %+v", b, f)
		if first.Near <= f.Near {
			t.Errorf("%.3f of the first proposals are near the true end, of %q %.3f", first.Near, b, f.Near)
		}
		if first.Median >= f.Median {
			t.Errorf("the first proposals are %s off, %q is %s", first.Median, b, f.Median)
		}
		if best.Near < f.Near+0.15 || best.Median > f.Median*2/3 {
			t.Errorf("of three proposals the best is hardly better than %q: %+v, %+v", b, best, f)
		}
	}
	var text bytes.Buffer
	if err := report(&text, plan, tally, cases); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"**the first proposal**", "last activity", "end of working hours", "usual end on that weekday", "next sign of life", "| none |", "plugin"} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("the report says nothing of %q", part)
		}
	}
}

func TestFigures(t *testing.T) {
	at := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	c := func(proposals ...time.Duration) Case {
		c := Case{Entry: year.Entry{Start: at, End: at.Add(4 * time.Hour), Contract: at.Add(5 * time.Hour)}, Now: at.Add(10 * time.Hour)}
		for _, p := range proposals {
			c.Proposals = append(c.Proposals, core.EndProposal{End: at.Add(p), Why: core.EvidenceLastActivity})
		}
		return c
	}
	cases := []Case{c(4*time.Hour+15*time.Minute, 4*time.Hour), c(6*time.Hour, 4*time.Hour+time.Minute), c()}
	if f := First(cases); f.Cases != 3 || f.Near < 0.33 || f.Near > 0.34 || f.Median != 2*time.Hour || f.Ninety != 6*time.Hour {
		t.Errorf("first: %+v", f)
	}
	if f := Any(cases); f.Near < 0.66 || f.Near > 0.67 || f.Median != time.Minute {
		t.Errorf("best: %+v", f)
	}
	for b, want := range map[Baseline]time.Duration{BaseNow: 6 * time.Hour, BaseEight: 4 * time.Hour, BaseContract: time.Hour} {
		if f := Of(b, cases); f.Median != want {
			t.Errorf("%s: %+v", b, f)
		}
	}
	if f := wherever(cases, core.EvidenceLastActivity); f.Cases != 4 || f.Near != 0.75 {
		t.Errorf("wherever: %+v", f)
	}
	if n := len(led(cases, "")); n != 1 {
		t.Errorf("%d cases without a proposal", n)
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{"-people", "0"}, {"-people", "x"}, {"-report", "/nowhere/at/all", "-people", "1"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
