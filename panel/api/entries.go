package api

import (
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// entry is a time entry of the own API. Times are UTC; version counts up with each change.
type entry struct {
	ID          core.ID    `json:"id"`
	MemberID    core.ID    `json:"member_id"`
	Description string     `json:"description"`
	ProjectID   *core.ID   `json:"project_id"`
	TagIDs      []core.ID  `json:"tag_ids"`
	Billable    bool       `json:"billable"`
	Start       time.Time  `json:"start"`
	End         *time.Time `json:"end"`
	Version     int        `json:"version"`
	Incomplete  bool       `json:"incomplete"`
	Automatic   bool       `json:"automatic"`
	Flagged     bool       `json:"flagged"`
}

func entryShape(e core.TimeEntry) entry {
	return entry{
		ID: e.ID, MemberID: e.MemberID, Description: e.Description, ProjectID: orNull(e.ProjectID),
		TagIDs: append([]core.ID{}, e.TagIDs...), Billable: e.Billable, Start: e.Start.UTC(), End: utc(e.End),
		Version: e.Version, Incomplete: e.Incomplete, Automatic: e.Automatic, Flagged: e.Flagged,
	}
}

// stopEntry serves POST /entries/{id}/stop: own entries, and those of others for owners on the
// Enterprise plan. Without "end" the entry ends now; "notify" is true unless it says otherwise.
func stopEntry(c *call) (answer, error) {
	var end *time.Time
	var reason string
	notify := true
	if err := c.input(strict, map[string]member{
		"end": optional(&end, timeOf), "reason": textOf(&reason), "notify": boolOf(&notify),
	}); err != nil {
		return answer{}, err
	}
	stop := core.StopTimer{EntryID: pathID(c.vars["id"]), Reason: reason, Notify: notify}
	if end != nil {
		stop.End = *end
	}
	e, err := c.svc.StopTimer(c.r.Context(), c.actor, stop)
	if err != nil {
		return answer{}, err
	}
	return ok(entryShape(e)), nil
}

// undoStop serves POST /entries/{id}/undo-stop, with the rights of stopEntry.
func undoStop(c *call) (answer, error) {
	if err := c.input(strict, nil); err != nil {
		return answer{}, err
	}
	e, err := c.svc.UndoStop(c.r.Context(), c.actor, pathID(c.vars["id"]))
	if err != nil {
		return answer{}, err
	}
	return ok(entryShape(e)), nil
}

// correctEntry serves PATCH /entries/{id}, with the rights of stopEntry. "version" is the version
// the change is based on; a stale one is a conflict.
func correctEntry(c *call) (answer, error) {
	change := core.EntryChange{EntryID: pathID(c.vars["id"])}
	var version *int
	if err := c.input(strict|noNulls, map[string]member{
		"start": optional(&change.Start, timeOf), "end": optional(&change.End, timeOf),
		"description": optional(&change.Description, textOf), "version": optional(&version, numberOf),
	}); err != nil {
		return answer{}, err
	}
	switch {
	case version == nil:
		return answer{}, missingField("version")
	case *version < 1:
		return answer{}, badInput("version", "api.field_number", core.Params{"Field": "version"})
	case change.Start == nil && change.End == nil && change.Description == nil:
		return answer{}, badInput("", "error.nothing_to_change", nil)
	}
	change.Version = *version
	e, err := c.svc.CorrectEntry(c.r.Context(), c.actor, change)
	if err != nil {
		return answer{}, err
	}
	return ok(entryShape(e)), nil
}
