package api

import (
	"time"

	"github.com/clockwarden/clockwarden/core"
)

type flagList struct {
	Flags      []flag  `json:"flags"`
	NextCursor *string `json:"next_cursor"`
}

type flag struct {
	ID           core.ID        `json:"id"`
	EntryID      core.ID        `json:"entry_id"`
	MemberID     core.ID        `json:"member_id"`
	State        core.FlagState `json:"state"`
	OpenedAt     time.Time      `json:"opened_at"`
	SnoozedUntil *time.Time     `json:"snoozed_until"`
	Proposals    []proposal     `json:"proposals"`
}

type proposal struct {
	End time.Time     `json:"end"`
	Why core.Evidence `json:"why"`
}

func flagShape(f core.Flag) flag {
	shape := flag{
		ID: f.ID, EntryID: f.EntryID, MemberID: f.MemberID, State: f.State,
		OpenedAt: f.OpenedAt.UTC(), SnoozedUntil: utc(f.SnoozedUntil), Proposals: make([]proposal, len(f.Proposals)),
	}
	for i, p := range f.Proposals {
		shape.Proposals[i] = proposal{End: p.End.UTC(), Why: p.Why}
	}
	return shape
}

// listFlags serves GET /flags: owners on the Enterprise plan.
func listFlags(c *call) (answer, error) {
	limit, err := c.queryInt("limit", 50, 1, pageMost)
	if err != nil {
		return answer{}, err
	}
	flags, next, err := c.svc.Flags(c.r.Context(), c.actor, core.FlagQuery{
		State: core.FlagState(c.query.Get("state")), Limit: limit, Cursor: c.query.Get("cursor"),
	})
	if err != nil {
		return answer{}, err
	}
	list := flagList{Flags: make([]flag, len(flags)), NextCursor: nextCursor(next)}
	for i, f := range flags {
		list.Flags[i] = flagShape(f)
	}
	return ok(list), nil
}

// snoozeFlag serves POST /flags/{id}/snooze: flags of own entries, and those of others for owners
// on the Enterprise plan.
func snoozeFlag(c *call) (answer, error) {
	var until *time.Time
	var reason string
	if err := c.input(strict, map[string]member{"until": optional(&until, timeOf), "reason": textOf(&reason)}); err != nil {
		return answer{}, err
	}
	if until == nil {
		return answer{}, missingField("until")
	}
	f, err := c.svc.SnoozeFlag(c.r.Context(), c.actor, pathID(c.vars["id"]), *until, reason)
	if err != nil {
		return answer{}, err
	}
	// The snooze is done; an answer without proposals is better than an error about reading them.
	if f.Proposals, err = c.svc.EndProposals(c.r.Context(), c.actor, f.EntryID); err != nil {
		f.Proposals = nil
	}
	return ok(flagShape(f)), nil
}
