package main

import (
	"errors"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// comparison is two things that were measured in turns: the medians of the rounds.
type comparison struct {
	ratio       float64 // of ours to theirs
	ours, their float64 // seconds, or a rate
}

// inRounds measures ours and theirs in turns, which first changes with each round.
func (b *bench) inRounds(ours, theirs func() (float64, error)) (comparison, error) {
	var ratios, a, z []float64
	// The first round warms caches and connections up and does not count.
	for round := range b.rounds + 1 {
		var x, y float64
		var errX, errY error
		if round%2 == 0 {
			x, errX = ours()
			y, errY = theirs()
		} else {
			y, errY = theirs()
			x, errX = ours()
		}
		if err := errors.Join(errX, errY); err != nil {
			return comparison{}, err
		}
		if round > 0 {
			ratios, a, z = append(ratios, x/y), append(a, x), append(z, y)
		}
	}
	return comparison{median(ratios), median(a), median(z)}, nil
}

// timed does something once and returns how long the part took that is measured.
type timed func() (time.Duration, error)

// whole times all of fn.
func whole(fn func() error) timed {
	return func() (time.Duration, error) {
		began := time.Now()
		err := fn()
		return time.Since(began), err
	}
}

// inTurns does ours and theirs n times a round, one after the other, and compares the median durations.
func (b *bench) inTurns(n int, ours, theirs timed) (comparison, error) {
	var ratios, a, z []float64
	for round := range b.rounds + 1 {
		x, y := make([]float64, n), make([]float64, n)
		for i := range n {
			dx, err := ours()
			if err != nil {
				return comparison{}, err
			}
			dy, err := theirs()
			if err != nil {
				return comparison{}, err
			}
			x[i], y[i] = dx.Seconds(), dy.Seconds()
		}
		if round > 0 {
			mx, my := median(x), median(y)
			ratios, a, z = append(ratios, mx/my), append(a, mx), append(z, my)
		}
	}
	return comparison{median(ratios), median(a), median(z)}, nil
}

func median(list []float64) float64 { return quantile(list, 0.5) }

func quantile(list []float64, q float64) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	list = slices.Sorted(slices.Values(list))
	at := q * float64(len(list)-1)
	low := int(at)
	high := min(low+1, len(list)-1)
	return list[low] + (at-float64(low))*(list[high]-list[low])
}

// crowd lets callers do n things in all at the same time, and returns the rate a second and how long each took.
func crowd(callers, n int, do func(caller, number int) error) (rate float64, took []float64, err error) {
	var wait sync.WaitGroup
	var next atomic.Int64
	took = make([]float64, n)
	failures := make([]error, callers)
	began := time.Now()
	for c := range callers {
		wait.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				start := time.Now()
				if err := do(c, i); err != nil {
					failures[c] = err
					return
				}
				took[i] = time.Since(start).Seconds()
			}
		})
	}
	wait.Wait()
	return float64(n) / time.Since(began).Seconds(), took, errors.Join(failures...)
}
