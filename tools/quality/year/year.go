// Package year makes up a year in the life of a company's timers, in which the true end of every entry is known: who works
// when, what is seen of them meanwhile, and which timers they forget to stop. It knows nothing of how ends are proposed, and
// none of its numbers was chosen by what came out: they are guesses at how people are, written down before anything was
// measured, each beside its reason. The same seed makes the same year.
package year

import (
	"math"
	"math/rand/v2"
	"time"
)

// Plan says which year to make.
type Plan struct {
	Seed   uint64
	People int
	From   time.Time // midnight UTC of the first day
	Days   int
}

// Person is a member with their year.
type Person struct {
	Number   int
	Zone     string  // IANA name
	Habit    Habit   // how the days of this person are cut
	Trace    Trace   // what is seen of them at work
	Hours    string  // working hours as somebody entered them, "mon-fri 09:00-17:30"; "" when nobody did
	HoursAre Setting // how right Hours are
	Entries  []Entry // by start; they never overlap
}

// Habit is a way to work.
type Habit string

// The habits.
const (
	Days     Habit = "full days"
	PartTime Habit = "part time"
	Nights   Habit = "night shifts"
	Flexible Habit = "flexible hours"
)

// Trace is how much of a person's work reaches the tracker as a request.
type Trace string

// The traces.
const (
	Plugin  Trace = "plugin"         // an editor or a calendar reports every few minutes
	Panel   Trace = "panel"          // the tracker is open and used in between
	Now     Trace = "now and then"   // a look every hour or two
	Nothing Trace = "start and stop" // nothing between the two
)

// Setting is how right the working hours of a person are.
type Setting string

// The settings.
const (
	HoursNone  Setting = "none"
	HoursRight Setting = "right"
	HoursNear  Setting = "half an hour to an hour off"
	HoursWrong Setting = "wrong" // a default that an administrator gave everybody, or hours of long ago
)

// Entry is a piece of work.
type Entry struct {
	Start, End time.Time // when the work really began and ended; whole seconds, UTC
	Contract   time.Time // when the contract says that the working day of this entry ends
	Forgot     *Forgot   // nil: stopped by the person at End
}

// Forgot is what happens around a timer that was not stopped.
type Forgot struct {
	Seen    []time.Time // requests of the person from the start on, sorted, also those after the end
	SignOut time.Time   // when they signed out of the panel; zero: they did not
	Back    time.Time   // when they begin to work again; zero: not within the year
	Then    Return      // what they do then, if the timer still runs
	look    time.Duration
	patient bool // an owner who leaves the weekend alone
	morning time.Duration
}

// Return is what somebody does who comes back to a running timer.
type Return string

// The returns.
const (
	Starts  Return = "starts the next timer, which ends the old one"
	Notices Return = "notices it and puts it right"
	ByHand  Return = "enters the next work by hand, and the timer runs on"
)

// Make makes a year.
func Make(p Plan) []Person {
	people := make([]Person, p.People)
	for i := range people {
		// Each person has dice of their own, so that a smaller company is the beginning of a larger one.
		people[i] = newLife(p, i, rand.New(rand.NewPCG(p.Seed, uint64(i)))).live()
	}
	return people
}

// Looked is when an owner looks at an alert of the moment: soon, within hours, or in the morning; not at night, and some not
// at the weekend. Zone is the owner's.
func (f *Forgot) Looked(alert time.Time, zone *time.Location) time.Time {
	at := alert.Add(f.look).In(zone)
	if at.Hour() >= 22 || at.Hour() < 7 {
		day := at.Day()
		if at.Hour() >= 22 {
			day++
		}
		at = time.Date(at.Year(), at.Month(), day, 7, 30, 0, 0, zone).Add(f.morning)
	}
	for f.patient && (at.Weekday() == time.Saturday || at.Weekday() == time.Sunday) {
		at = time.Date(at.Year(), at.Month(), at.Day()+1, 7, 30, 0, 0, zone).Add(f.morning)
	}
	return at.UTC().Truncate(time.Second)
}

// LastSeen is the last request not after a moment; zero when there is none.
func (f *Forgot) LastSeen(at time.Time) time.Time {
	var last time.Time
	for _, t := range f.Seen {
		if t.After(at) {
			break
		}
		last = t
	}
	return last
}

// dice are the draws that a life needs.
type dice struct{ *rand.Rand }

func (d dice) chance(p float64) bool { return d.Float64() < p }

func (d dice) normal(mean, deviation time.Duration) time.Duration {
	return mean + time.Duration(d.NormFloat64()*float64(deviation))
}

func (d dice) exponential(mean time.Duration) time.Duration {
	return time.Duration(d.ExpFloat64() * float64(mean))
}

// skewed is log-normal: positive, with a few large ones.
func (d dice) skewed(median, spread float64) float64 {
	return median * math.Exp(d.NormFloat64()*spread)
}

func (d dice) between(a, b time.Duration) time.Duration {
	return a + time.Duration(d.Int64N(int64(b-a)+1))
}

// pick draws one of several by weight.
func pick[T any](d dice, weights []float64, of []T) T {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	x := d.Float64() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return of[i]
		}
	}
	return of[len(of)-1]
}
