// Command quality measures how good the proposed ends of forgotten timers are: it lets a made-up year with known true ends
// (tools/quality/year) happen in a real service and compares. docs/end-proposals.md is its report.
//
//	go run ./tools/quality -report docs/end-proposals.md
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
	_ "time/tzdata" // the same year on every machine

	"github.com/clockwarden/clockwarden/tools/quality/year"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "quality:", err)
		os.Exit(1)
	}
}

// standard is the year of the report: a whole one, with both changes of summer time in it.
func standard() year.Plan {
	return year.Plan{Seed: 1, People: 1000, From: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Days: 365}
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	plan := standard()
	flags := flag.NewFlagSet("quality", flag.ContinueOnError)
	flags.SetOutput(log)
	file := flags.String("report", "", "file to write the report to; standard output without it")
	flags.Uint64Var(&plan.Seed, "seed", plan.Seed, "another year")
	flags.IntVar(&plan.People, "people", plan.People, "how many people")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if plan.People < 1 || plan.People > 100_000 {
		return errors.New("-people must be from 1 to 100,000")
	}
	began := time.Now()
	tally, cases, err := measure(ctx, plan)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(log, "%s timers measured in %s\n", thousands(len(cases)), time.Since(began).Round(time.Second))
	if *file == "" {
		return report(out, plan, tally, cases)
	}
	f, err := os.Create(*file)
	if err != nil {
		return err
	}
	return errors.Join(report(f, plan, tally, cases), f.Close())
}

// measure lets the year happen in a database of its own, which is removed.
func measure(ctx context.Context, plan year.Plan) (t Tally, cases []Case, err error) {
	dir, err := os.MkdirTemp("", "clockwarden-quality-")
	if err != nil {
		return t, nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	h, err := open(ctx, dir, plan)
	if err != nil {
		return t, nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.live(ctx); err != nil {
		return t, nil, err
	}
	h.tally.Unseen = h.unseen()
	return h.tally, h.cases, nil
}
