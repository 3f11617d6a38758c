package core

import (
	"context"
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
)

const maxProposals = 3

// proposals suggests ends for a running entry, best first. None lies in the future or not after the
// start, and none twice.
func (w *work) proposals(ctx context.Context, e TimeEntry) ([]EndProposal, error) {
	if !e.Running() {
		return nil, nil
	}
	m, err := w.tx.Member(ctx, w.ws.ID, e.MemberID)
	if err != nil {
		return nil, err
	}
	var list []EndProposal
	add := func(end time.Time, why Evidence) {
		end = second(end)
		if end.IsZero() || !end.After(e.Start) || end.After(w.now) || len(list) == maxProposals {
			return
		}
		for _, p := range list {
			if p.End.Equal(end) {
				return
			}
		}
		list = append(list, EndProposal{End: end, Why: why})
	}
	// Activity within the last minutes is no evidence that the member has left.
	if w.now.Sub(m.LastActivity) > 5*time.Minute {
		add(m.LastActivity, EvidenceLastActivity)
	}
	if wh, err := ParseWorkingHours(m.WorkingHours); err == nil && wh != nil {
		if end, ok := wh.EndAfter(e.Start, m.User.Zone()); ok {
			add(end, EvidenceWorkingHours)
		}
	}
	return list, nil
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
