package core

import (
	"context"
	"errors"
	"slices"
	"time"
)

// EndProposal is a suggested end for a running timer, with its evidence.
type EndProposal struct {
	End time.Time
	Why Evidence
}

// Evidence says why an end is proposed; its text is part of a message id ("why.last_activity").
type Evidence string

// The kinds of evidence, best first.
const (
	EvidenceLastActivity Evidence = "last_activity" // last request seen from the member
	EvidenceWorkingHours Evidence = "working_hours" // end of the member's shift
	EvidenceUsualEnd     Evidence = "usual_end"     // when the member usually ends on this weekday
	EvidenceNextSign     Evidence = "next_sign"     // start of the member's next entry, or their sign-out
)

const (
	maxProposals = 3
	// closeTogether is how near two proposals may be before the worse one says nothing new.
	closeTogether = 5 * time.Minute
	// nextVisit is how long after every other proposal the last activity stops being evidence of the
	// end: whoever comes back the next morning has not worked all night.
	nextVisit = 8 * time.Hour
	// usualWeeks is how far back the usual end is looked for, usualDays how many days count, and
	// usualLeast how many there must be.
	usualWeeks = 13
	usualDays  = 8
	usualLeast = 3
)

// TimeSpan is the time from From up to, but not including, To.
type TimeSpan struct {
	From, To time.Time
}

// proposals suggests ends for a running entry, best first, at most three. None lies in the future, not
// after the start or over a later entry of the member, and none within five minutes of a better one:
// every one of them would be accepted.
func (w *work) proposals(ctx context.Context, e TimeEntry) ([]EndProposal, error) {
	if !e.Running() {
		return nil, nil
	}
	m, err := w.tx.Member(ctx, w.ws.ID, e.MemberID)
	if err != nil {
		return nil, err
	}
	latest := w.now // no end may be later: a chosen end must not overlap a later entry
	next, err := w.tx.EntryBetween(ctx, w.ws.ID, e.MemberID, e.ID, e.Start, w.now)
	overtaken := err == nil
	if err != nil && !errors.Is(err, ErrNoRow) {
		return nil, err
	}
	if overtaken {
		latest = next.Start
	}
	var list []EndProposal
	add := func(end time.Time, why Evidence) {
		if end = second(end); !end.IsZero() && end.After(e.Start) && !end.After(latest) {
			list = append(list, EndProposal{End: end, Why: why})
		}
	}
	if wh, err := ParseWorkingHours(m.WorkingHours); err == nil && wh != nil {
		if end, ok := wh.EndAfter(e.Start, m.User.Zone()); ok {
			add(end, EvidenceWorkingHours)
		}
	}
	usual, err := w.usualEnd(ctx, e, m)
	if err != nil {
		return nil, err
	}
	add(usual, EvidenceUsualEnd)
	sign := next.Start
	if !overtaken {
		if sign, err = w.tx.LastSignOut(ctx, w.ws.ID, m.User.ID, TimeSpan{e.Start, w.now}); err != nil {
			return nil, err
		}
	}
	add(sign, EvidenceNextSign)
	// Activity within the last minutes is no evidence that the member has left.
	if w.now.Sub(m.LastActivity) > closeTogether {
		usually := len(list)
		add(m.LastActivity, EvidenceLastActivity)
		if len(list) > usually && !muchLater(m.LastActivity, list[:usually]) {
			list = slices.Insert(list[:usually], 0, list[usually])
		}
	}
	return distinct(list), nil
}

// muchLater tells whether t is far behind all that the working hours and habits of the member say.
func muchLater(t time.Time, others []EndProposal) bool {
	said := false
	for _, p := range others {
		if p.Why == EvidenceNextSign {
			continue
		}
		said = true
		if t.Sub(p.End) <= nextVisit {
			return false
		}
	}
	return said
}

// distinct keeps the best of proposals that are close together, and the best three of all.
func distinct(list []EndProposal) []EndProposal {
	var kept []EndProposal
	for _, p := range list {
		known := slices.ContainsFunc(kept, func(k EndProposal) bool { return k.End.Sub(p.End).Abs() <= closeTogether })
		if !known && len(kept) < maxProposals {
			kept = append(kept, p)
		}
	}
	return kept
}

// usualEnd is when the member usually ends a day of work that begins on the weekday of the entry, put
// on the entry's day; zero when too little is known. A day ends with the last entry that began on it,
// in the member's zone, so that a break at noon is no end and a night shift ends in the morning. It is
// the median of the latest eight such days of a quarter of a year; automatic ends count for nothing.
func (w *work) usualEnd(ctx context.Context, e TimeEntry, m Member) (time.Time, error) {
	zone := m.User.Zone()
	y, month, d := e.Start.In(zone).Date()
	days := make([]TimeSpan, usualWeeks)
	for i := range days {
		days[i].From = time.Date(y, month, d-7*(i+1), 0, 0, 0, 0, zone)
		days[i].To = time.Date(y, month, d-7*(i+1)+1, 0, 0, 0, 0, zone)
	}
	ends, err := w.tx.LatestEnds(ctx, w.ws.ID, m.ID, days)
	if err != nil {
		return time.Time{}, err
	}
	var after []time.Duration // by the clock on the wall, since midnight of the day
	for i, end := range ends {
		if end.IsZero() || len(after) == usualDays {
			continue
		}
		after = append(after, onTheWall(end.In(zone)).Sub(onTheWall(days[i].From.In(zone))))
	}
	if len(after) < usualLeast {
		return time.Time{}, nil
	}
	return time.Date(y, month, d, 0, int(median(after)/time.Minute), 0, 0, zone), nil
}

// onTheWall is what a clock shows, as a moment of UTC: differences of it know no change of the clock.
func onTheWall(t time.Time) time.Time {
	y, m, d := t.Date()
	h, minute, s := t.Clock()
	return time.Date(y, m, d, h, minute, s, 0, time.UTC)
}

// median is the middle of some durations, or the mean of the two in the middle.
func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	half := len(list) / 2
	if len(list)%2 == 1 {
		return list[half]
	}
	return (list[half-1] + list[half]) / 2
}

// EndProposals suggests ends for a running entry. Rights as StopTimer.
func (s *Service) EndProposals(ctx context.Context, a Actor, entryID ID) ([]EndProposal, error) {
	var list []EndProposal
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		e, _, err := w.entryFor(ctx, ActTimerStop, entryID)
		if err != nil {
			return err
		}
		list, err = w.proposals(ctx, e)
		return err
	})
	return list, err
}
