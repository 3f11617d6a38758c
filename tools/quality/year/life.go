package year

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// life makes the year of one person.
type life struct {
	dice
	plan   Plan
	person Person
	zone   *time.Location

	days     [7]bool          // on which the person works, by time.Weekday
	contract [2]time.Duration // start and end of the day as agreed, after midnight; the end may be on the next day
	lunch    time.Duration    // 0: none, or not taken off the timer
	switches float64          // tasks more than one, between two breaks
	late     time.Duration    // how exactly the days begin …
	long     time.Duration    // … and end
	byDay    [7]time.Duration // what each weekday usually adds to the end
	forgets  float64          // share of the days whose last timer is not stopped
	signsOut bool
	changes  int // day of the year from which on the hours are other ones; -1: never
	other    time.Duration
	away     map[int]bool
}

const hour, minute = time.Hour, time.Minute

func newLife(p Plan, number int, r *rand.Rand) *life {
	l := &life{dice: dice{r}, plan: p, person: Person{Number: number}, away: map[int]bool{}}
	// Two in three near the office, the rest around the world: zones with and without summer time, north and south.
	l.person.Zone = pick(l.dice, []float64{50, 12, 6, 10, 6, 8, 4, 4}, []string{
		"Europe/Berlin", "Europe/London", "Europe/Lisbon", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney",
	})
	zone, err := time.LoadLocation(l.person.Zone)
	if err != nil {
		zone = time.UTC
	}
	l.zone = zone
	l.person.Habit = pick(l.dice, []float64{70, 15, 7, 8}, []Habit{Days, PartTime, Nights, Flexible})
	l.person.Trace = pick(l.dice, []float64{20, 20, 30, 30}, []Trace{Plugin, Panel, Now, Nothing})
	l.agree()
	// Most people come within a quarter of an hour of their usual time and leave within half an hour of it; some live freely.
	l.late = time.Duration(l.skewed(12, 0.5) * float64(minute))
	l.long = time.Duration(l.skewed(20, 0.5) * float64(minute))
	if l.person.Habit == Flexible {
		l.late, l.long = 75*minute, 80*minute
	}
	for d := range l.byDay {
		l.byDay[d] = l.normal(0, 12*minute) // the choir, the child to fetch
	}
	if l.chance(0.4) {
		l.byDay[time.Friday] -= hour
	}
	l.switches = []float64{0, 0.5, 1, 2}[l.IntN(4)]
	// Half of the people forget less than one day in thirty, a few one in six.
	l.forgets = min(0.25, l.skewed(0.03, 0.8))
	l.signsOut = l.chance(0.15) // on a shared machine
	l.changes = -1
	if l.chance(0.25) { // a new team, a new school
		l.changes = l.IntN(max(1, p.Days))
		l.other = pick(l.dice, []float64{1, 1, 1, 1}, []time.Duration{-2 * hour, -hour, hour, 2 * hour})
	}
	l.vacations()
	l.settings()
	return l
}

// agree makes the contract: on which days, from when to when.
func (l *life) agree() {
	quarter := func(d time.Duration) time.Duration { return d.Round(15 * minute) }
	for _, d := range []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday} {
		l.days[d] = true
	}
	l.lunch = pick(l.dice, []float64{3, 4, 3}, []time.Duration{30 * minute, 45 * minute, hour})
	begin, length := quarter(l.normal(9*hour, 45*minute)), 8*hour
	switch l.person.Habit {
	case PartTime:
		if l.chance(0.5) { // fewer days
			l.days[time.Weekday(1+l.IntN(5))] = false
			l.days[time.Weekday(1+l.IntN(5))] = false
		} else { // shorter ones
			length, l.lunch = pick(l.dice, []float64{1, 1, 1}, []time.Duration{4 * hour, 5 * hour, 6 * hour}), 0
		}
	case Nights:
		begin = pick(l.dice, []float64{1, 2, 1}, []time.Duration{20 * hour, 22 * hour, 23 * hour})
		if l.chance(0.5) { // Thursday to Monday
			l.days = [7]bool{time.Sunday: true, time.Monday: true, time.Thursday: true, time.Friday: true, time.Saturday: true}
		}
	case Flexible:
		begin = quarter(l.normal(10*hour, 90*minute))
		length = pick(l.dice, []float64{1, 1}, []time.Duration{6 * hour, 8 * hour})
	}
	l.contract = [2]time.Duration{begin, begin + length + l.lunch}
	if l.lunch > 0 && l.chance(0.2) {
		l.lunch = 0 // the timer runs on during lunch
	}
}

// vacations takes 25 days in blocks, and a few of illness.
func (l *life) vacations() {
	if l.plan.Days < 60 {
		return
	}
	for left := 35; left > 0; { // with the weekends in it
		block := min(left, 4+l.IntN(14))
		first := l.IntN(l.plan.Days)
		for d := range block {
			l.away[first+d] = true
		}
		left -= block
	}
	for range l.IntN(8) {
		l.away[l.IntN(l.plan.Days)] = true
	}
}

// settings makes the working hours as somebody entered them: for fewer than half of the people, and not always right.
func (l *life) settings() {
	l.person.HoursAre = HoursNone
	if !l.chance(0.45) {
		return
	}
	begin, end := l.contract[0], l.contract[1]
	days := l.days
	l.person.HoursAre = pick(l.dice, []float64{70, 15, 15}, []Setting{HoursRight, HoursNear, HoursWrong})
	switch l.person.HoursAre {
	case HoursNear:
		off := pick(l.dice, []float64{1, 1, 1, 1}, []time.Duration{-hour, -30 * minute, 30 * minute, hour})
		begin, end = begin+off, end+off
	case HoursWrong:
		begin, end = 9*hour, 17*hour
		if l.contract[1] == end {
			begin, end = 7*hour, 15*hour
		}
		days = [7]bool{false, true, true, true, true, true, false}
	}
	names := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	var list []string
	for d, works := range days {
		if works {
			list = append(list, names[d])
		}
	}
	clock := func(d time.Duration) string {
		d = (d + 24*hour) % (24 * hour)
		return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
	}
	l.person.Hours = strings.Join(list, ",") + " " + clock(begin) + "-" + clock(end)
}

// shift is one day of work.
type shift struct {
	start, end, contract time.Time
}

// live makes the entries, then what happens around those that were forgotten.
func (l *life) live() Person {
	var lastEnd time.Time
	shifts := l.shifts()
	for i, s := range shifts {
		if !s.start.After(lastEnd.Add(4 * hour)) {
			continue // no time to sleep
		}
		lastEnd = s.end
		var next time.Time
		if i+1 < len(shifts) {
			next = shifts[i+1].start
		}
		l.day(s, next)
	}
	return l.person
}

func (l *life) shifts() []shift {
	var list []shift
	for n := range l.plan.Days {
		date := l.plan.From.AddDate(0, 0, n)
		at := func(after time.Duration) time.Time { // on the clock of the person's wall, over changes of summer time
			return time.Date(date.Year(), date.Month(), date.Day(), 0, int(after/minute), int(after%minute/time.Second), 0, l.zone).UTC()
		}
		if !l.days[date.Weekday()] || l.away[n] {
			continue
		}
		begin, end := l.contract[0], l.contract[1]
		if l.changes >= 0 && n >= l.changes {
			begin, end = begin+l.other, end+l.other
		}
		s := shift{contract: at(end)}
		from := l.normal(begin, l.late)
		to := l.normal(end+l.byDay[date.Weekday()], l.long)
		if l.person.Habit == Flexible {
			to = from + l.normal(end-begin, l.long) // who comes late leaves late
		}
		if l.chance(0.1) {
			to += l.exponential(45 * minute) // something burns
		}
		s.start, s.end = at(from), at(max(to, from+hour))
		list = append(list, s)
	}
	return list
}

// day cuts a shift into entries: before and after lunch, and where the task changes.
func (l *life) day(s shift, next time.Time) {
	type piece struct{ start, end time.Time }
	pieces := []piece{{s.start, s.end}}
	if length := s.end.Sub(s.start); l.lunch > 0 && length > 5*hour {
		middle := s.start.Add(length/2 + l.normal(0, 20*minute))
		pieces = []piece{{s.start, middle}, {middle.Add(l.normal(l.lunch, 6*minute)), s.end}}
	}
	for i := 0; i < len(pieces); i++ {
		if p := pieces[i]; l.chance(l.switches/2) && p.end.Sub(p.start) > 90*minute {
			cut := p.start.Add(l.between(30*minute, p.end.Sub(p.start)-30*minute))
			pieces = slices.Insert(pieces, i+1, piece{cut.Add(l.between(0, 4*minute)), p.end})
			pieces[i].end = cut
			i++ // at most one change each
		}
	}
	for i, p := range pieces {
		e := Entry{Start: p.start.Truncate(time.Second), End: p.end.Truncate(time.Second), Contract: s.contract}
		if !e.End.After(e.Start.Add(5 * minute)) {
			continue
		}
		last := i == len(pieces)-1
		back := next
		if !last {
			back = pieces[i+1].start.Truncate(time.Second)
		}
		// A break is remembered more often than the evening; from one task to the next nothing can be forgotten.
		if last && l.chance(l.forgets) || !last && back.Sub(e.End) > 15*minute && l.chance(l.forgets/4) {
			e.Forgot = l.forget(e, back, last)
		}
		l.person.Entries = append(l.person.Entries, e)
	}
}

// forget makes what happens around a timer that was not stopped.
func (l *life) forget(e Entry, back time.Time, evening bool) *Forgot {
	f := &Forgot{Back: back}
	// Two in three start the next timer as always, by which the old one ends.
	f.Then = pick(l.dice, []float64{65, 20, 15}, []Return{Starts, Notices, ByHand})
	// Four in ten alerts are looked at within minutes, some after hours, the rest in the next morning.
	switch l.IntN(20) {
	case 0, 1, 2, 3, 4, 5, 6, 7:
		f.look = minute + l.exponential(8*minute)
	case 8, 9, 10, 11, 12, 13, 14:
		f.look = 10*minute + l.exponential(2*hour)
	default:
		f.look = 8*hour + l.exponential(4*hour)
	}
	f.morning = l.between(0, 2*hour)
	f.patient = l.chance(0.6)

	// The start is a request itself.
	f.Seen = append(f.Seen, e.Start)
	every := map[Trace]time.Duration{Plugin: 4 * minute, Panel: 25 * minute, Now: 90 * minute}[l.person.Trace]
	if every > 0 {
		for t := e.Start.Add(l.exponential(every)); t.Before(e.End); t = t.Add(l.exponential(every)) {
			f.Seen = append(f.Seen, t)
		}
	}
	if evening && l.signsOut && l.chance(0.6) {
		f.SignOut = e.End.Add(-l.between(0, 4*minute)).Truncate(time.Second)
		f.Seen = append(f.Seen, f.SignOut)
	}
	end := e.End
	if l.person.Trace == Plugin && l.chance(0.15) { // the editor stays open and the machine awake for a while
		for t := e.End.Add(l.exponential(every)); t.Before(e.End.Add(40 * minute)); t = t.Add(l.exponential(every)) {
			f.Seen = append(f.Seen, t)
			end = t
		}
	}
	if evening && l.chance(0.06) { // a look at the timesheet from the sofa
		f.Seen = append(f.Seen, end.Add(30*minute+l.exponential(90*minute)))
	}
	if !back.IsZero() {
		f.Seen = append(f.Seen, back)
		if every > 0 {
			for t := back.Add(l.exponential(every)); t.Before(back.Add(4 * hour)); t = t.Add(l.exponential(every)) {
				f.Seen = append(f.Seen, t)
			}
		}
	}
	slices.SortFunc(f.Seen, time.Time.Compare)
	for i := range f.Seen {
		f.Seen[i] = f.Seen[i].Truncate(time.Second)
	}
	return f
}
