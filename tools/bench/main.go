// Command bench measures the goals of docs/performance.md: each line beside its limit, as a ratio inside one run, since
// machines differ and are noisy. What is compared takes turns, in several rounds; the figure is the median of the rounds' ratios.
//
//	go run ./tools/bench -report docs/performance.md   # everything, about ten minutes
//	go run ./tools/bench -quick -only 5,6              # small databases: for trying, not for judging
//
// Everything runs on this machine: files in a temporary folder and connections on the loopback address.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// sizes are how much is in the databases and how often things are done.
type sizes struct {
	Small, Large data
	Due          int // running timers that become overdue at once
	DueAmong     int // timers that are due among the running ones of the large database
	Samples      int // of an act, a round
	Requests     int // of the HTTP measurements, a round
	Connections  int
}

func fullSizes() sizes {
	return sizes{
		Small: data{Members: 100_000, Entries: 1_000_000, Running: 10_000, Overdue: 1_000},
		Large: data{Members: 1_000_000, Entries: 10_000_000, Running: 100_000, Overdue: 1_000},
		Due:   85_000, DueAmong: 100, Samples: 60, Requests: 1500, Connections: 64,
	}
}

func quickSizes() sizes {
	return sizes{
		Small: data{Members: 500, Entries: 1_000, Running: 200, Overdue: 20},
		Large: data{Members: 5_000, Entries: 10_000, Running: 2_000, Overdue: 20},
		Due:   500, DueAmong: 10, Samples: 10, Requests: 128, Connections: 64,
	}
}

// scaled is a part of the databases; how often things are done stays.
func (s sizes) scaled(part float64) sizes {
	for _, n := range []*int{
		&s.Small.Members, &s.Small.Entries, &s.Small.Running, &s.Small.Overdue,
		&s.Large.Members, &s.Large.Entries, &s.Large.Running, &s.Large.Overdue, &s.Due,
	} {
		*n = int(math.Ceil(float64(*n) * part))
	}
	return s
}

// bench is one run.
type bench struct {
	sizes
	rounds  int
	dir     string
	log     io.Writer
	out     io.Writer
	figures []figure
	houses  map[string]*house
	profile string
}

// measurement is a group of figures that need the same things.
type measurement struct {
	goals string // as "1" or "1,3"
	run   func(context.Context, *bench) error
}

// measurements are in the order in which they do the least harm to each other.
func measurements() []measurement {
	return []measurement{
		{"seed", measureSeed},
		{"1", measureStop},
		{"2", measureCallers},
		{"3", measureHandOff},
		{"12", measureKey},
		{"5", measurePages},
		{"6", measureSearch},
		{"7", measurePanelPage},
		{"8", measureJSON},
		{"rest", measureREST},
		{"14", measureReaderBesideWriters},
		{"9", measureSweep},
		{"15", measureGrowth},
		{"4", measureStopOverHTTP},
		{"13", measureStart},
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	quick := flags.Bool("quick", false, "small databases: shows that everything works, judges nothing")
	scale := flags.Float64("scale", 1, "part of the full databases, for a machine that has no time")
	rounds := flags.Int("rounds", 5, "rounds of each comparison")
	only := flags.String("only", "", "goals to measure, separated by commas (default: all)")
	asJSON := flags.Bool("json", false, "print JSON")
	report := flags.String("report", "", "write a report in Markdown to `FILE`")
	parent := flags.String("dir", "", "folder for the databases, about 10 GB (default: the system's temporary folder)")
	profile := flags.String("cpuprofile", "", "write a CPU profile of the measurements, not of their preparation, to `FILE`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *rounds < 1 || *scale < 0.01 || *scale > 1 || flags.NArg() > 0 {
		return errors.New("usage: bench [flags]; rounds is at least 1, scale from 0.01 to 1")
	}
	b := &bench{sizes: fullSizes().scaled(*scale), rounds: *rounds, out: stdout, log: stderr, houses: map[string]*house{}, profile: *profile}
	if *quick {
		b.sizes = quickSizes()
	}
	if b.dir, err = os.MkdirTemp(*parent, "clockwarden-bench"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.dir) }()
	defer b.close()
	began := time.Now()
	wanted := strings.FieldsFunc(*only, func(r rune) bool { return r == ',' || r == ' ' })
	if !*asJSON {
		b.printHead()
	}
	for _, m := range measurements() {
		if len(wanted) > 0 && !slices.Contains(wanted, m.goals) {
			continue
		}
		from := len(b.figures)
		if err := m.run(ctx, b); err != nil {
			return fmt.Errorf("goal %s: %w", m.goals, err)
		}
		if !*asJSON {
			for _, f := range b.figures[from:] {
				f.print(stdout)
			}
		}
	}
	r := b.report(time.Since(began), *quick || *scale < 1)
	if *asJSON {
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	if *report == "" {
		return nil
	}
	return os.WriteFile(*report, []byte(r.markdown()), 0o644)
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) close() {
	for _, h := range b.houses {
		h.close()
	}
}

// profiled runs fn under the CPU profile, if one was asked for.
func (b *bench) profiled(fn func() error) error {
	if b.profile == "" {
		return fn()
	}
	f, err := os.Create(b.profile)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return fn()
}
