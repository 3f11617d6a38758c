package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// figure is one line of the report.
type figure struct {
	Goal    string  `json:"goal"`
	What    string  `json:"what"`
	AtLeast bool    `json:"at_least"` // else at most
	Limit   float64 `json:"limit"`
	Unit    string  `json:"unit"` // "×" for a ratio
	Value   float64 `json:"value"`
	OK      bool    `json:"ok"`
	Missing string  `json:"missing,omitempty"` // why there is no value
	Detail  string  `json:"detail"`
}

func (b *bench) atMost(goal, what string, limit, value float64, unit, detail string) {
	b.figures = append(b.figures, figure{Goal: goal, What: what, Limit: limit, Unit: unit, Value: value, OK: value <= limit, Detail: detail})
}

func (b *bench) atLeast(goal, what string, limit, value float64, detail string) {
	b.figures = append(b.figures, figure{Goal: goal, What: what, AtLeast: true, Limit: limit, Unit: "×", Value: value, OK: value >= limit, Detail: detail})
}

func (b *bench) missing(goal, what, why string) {
	b.figures = append(b.figures, figure{Goal: goal, What: what, Missing: why})
}

func (f figure) limit() string {
	sign := "≤"
	if f.AtLeast {
		sign = "≥"
	}
	return sign + " " + short(f.Limit) + " " + f.Unit
}

func (f figure) verdict() string {
	switch {
	case f.Missing != "":
		return "–"
	case f.OK:
		return "pass"
	}
	return "MISS"
}

// gap says by how much a goal is missed.
func (f figure) gap() string {
	if f.AtLeast {
		return short(f.Limit/f.Value) + " times too little"
	}
	return short(f.Value/f.Limit) + " times too much"
}

func short(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 0.1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(time.Duration(max(1, s*1e7))).String()
}

func (b *bench) printHead() {
	_, _ = fmt.Fprintf(b.out, "%-5s %-66s %14s %12s  %s\n", "goal", "what", "limit", "measured", "")
}

func (f figure) print(w io.Writer) {
	if f.Missing != "" {
		_, _ = fmt.Fprintf(w, "%-5s %-66s %14s %12s  –     %s\n", f.Goal, f.What, "", "", f.Missing)
		return
	}
	_, _ = fmt.Fprintf(w, "%-5s %-66s %14s %12s  %-5s %s\n", f.Goal, f.What, f.limit(), short(f.Value)+" "+f.Unit, f.verdict(), f.Detail)
}

// report is what a run found.
type report struct {
	At      string   `json:"at"`
	Machine string   `json:"machine"`
	Quick   bool     `json:"quick"`
	Rounds  int      `json:"rounds"`
	Took    string   `json:"took"`
	Sizes   sizes    `json:"sizes"`
	Figures []figure `json:"figures"`
}

func (b *bench) report(took time.Duration, quick bool) report {
	return report{
		At: time.Now().UTC().Format("2 January 2006"), Machine: machine(), Quick: quick, Rounds: b.rounds,
		Took: took.Round(time.Second).String(), Sizes: b.sizes, Figures: b.figures,
	}
}

// machine describes what the figures depend on.
func machine() string {
	cpu := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d × %s, %s/%s, %s", runtime.NumCPU(), cpu, runtime.GOOS, runtime.GOARCH, runtime.Version())
}

func (r report) markdown() string {
	var s strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&s, format+"\n", args...) }
	line("# Performance")
	line("")
	line("Written by `make bench`; do not edit. Each figure is a ratio of two things measured in turns in one run")
	line("(%d rounds, the median of their ratios), because machines are noisy; times are given only to show the scale.", r.Rounds)
	line("One line alone: `go run ./tools/bench -only 5`.")
	line("")
	line("Measured on %s: %s. The run took %s.", r.At, r.Machine, r.Took)
	line("Small database: %s. Large database: %s. SQLite in a temporary folder; every commit is synchronised to the disk.", r.Sizes.Small, r.Sizes.Large)
	if r.Quick {
		line("")
		line("**This run had smaller databases than the goals speak of: it shows that the measurements work and where to look.**")
	}
	line("")
	line("| goal | what | limit | measured | | in figures | command |")
	line("|---|---|---|---|---|---|---|")
	for _, f := range r.Figures {
		command := "`go run ./tools/bench -only " + f.Goal + "`"
		if f.Missing != "" {
			line("| %s | %s | | | – | %s | |", f.Goal, f.What, f.Missing)
			continue
		}
		verdict := f.verdict()
		if !f.OK {
			verdict = "**MISS**"
		}
		line("| %s | %s | %s | %s %s | %s | %s | %s |", f.Goal, f.What, f.limit(), short(f.Value), f.Unit, verdict, f.Detail, command)
	}
	missed := 0
	for _, f := range r.Figures {
		if f.OK || f.Missing != "" {
			continue
		}
		if missed++; missed == 1 {
			line("")
			line("## Missed goals")
			line("")
		}
		why := cause(f)
		if why == "" {
			why = "the cause is not known"
		}
		line("- **%s, %s**: %s %s, %s. Cause: %s.", f.Goal, f.What, short(f.Value), f.Unit, f.gap(), why)
	}
	return s.String()
}
