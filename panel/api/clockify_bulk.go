package api

import (
	"slices"

	"github.com/clockwarden/clockwarden/core"
)

// clockifyReplaceSeveral serves PUT /workspaces/{ws}/user/{user}/time-entries: a list of entries
// with their ids, each replaced as by a PUT of its own. When one is refused, none is changed.
func clockifyReplaceSeveral(c *call) (answer, error) {
	hydrated, err := c.queryFlag("hydrated")
	if err != nil {
		return answer{}, err
	}
	var list []*entryInput
	if err := c.inputList(0, func() map[string]member {
		list = append(list, &entryInput{})
		return list[len(list)-1].fields()
	}); err != nil {
		return answer{}, err
	}
	user := pathID(c.vars["user"])
	changes, inputs := make([]core.EntryChange, len(list)), make([]entryInput, len(list))
	for i, in := range list {
		if err := in.check(); err != nil {
			return answer{}, err
		}
		switch {
		case in.id == "":
			return answer{}, missingField("id")
		case in.start == nil:
			return answer{}, missingField("start")
		}
		inputs[i], changes[i] = *in, in.replacement(pathID(in.id))
	}
	id, err := c.memberOf(user)
	if err != nil {
		return answer{}, err
	}
	if err := c.requireComplete(user, inputs...); err != nil {
		return answer{}, err
	}
	entries, err := c.svc.CorrectEntries(c.r.Context(), c.actor, id, changes)
	if err != nil {
		return answer{}, err
	}
	return c.entryList(entries, user, hydrated)
}

// clockifyDeleteSeveral serves DELETE /workspaces/{ws}/user/{user}/time-entries?time-entry-ids=….
// When one can't be deleted, none is.
func clockifyDeleteSeveral(c *call) (answer, error) {
	texts, err := c.queryList("time-entry-ids", core.MaxBulk)
	if err != nil {
		return answer{}, err
	}
	var ids []core.ID
	for _, text := range texts {
		if id := pathID(text); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return answer{}, badInput("time-entry-ids", "api.query_missing", core.Params{"Field": "time-entry-ids"})
	}
	user := pathID(c.vars["user"])
	id, err := c.memberOf(user)
	if err != nil {
		return answer{}, err
	}
	entries, err := c.svc.DeleteEntries(c.r.Context(), c.actor, id, ids)
	if err != nil {
		return answer{}, err
	}
	return c.entryList(entries, user, false)
}

func (c *call) entryList(entries []core.TimeEntry, user core.ID, hydrated bool) (answer, error) {
	list, err := c.entryShapes(entries, user, hydrated)
	if err != nil {
		return answer{}, err
	}
	return ok(list), nil
}

// clockifyDuplicate serves POST /workspaces/{ws}/user/{user}/time-entries/{id}/duplicate: a second
// entry with the same times and fields. A running one has no times yet, so it is refused.
func clockifyDuplicate(c *call) (answer, error) {
	member, err := c.memberOf(pathID(c.vars["user"]))
	if err != nil {
		return answer{}, err
	}
	e, err := c.svc.Entry(c.r.Context(), c.actor, pathID(c.vars["id"]))
	if err != nil {
		return answer{}, err
	}
	switch {
	case e.MemberID != member:
		return answer{}, &core.Error{Code: core.CodeNotFound, Message: "error.entry_not_found"}
	case e.Running():
		return answer{}, &core.Error{Code: core.CodeConflict, Message: "api.duplicate_running"}
	}
	e, err = c.svc.CreateEntry(c.r.Context(), c.actor, core.NewEntry{
		MemberID: member, Description: e.Description, ProjectID: e.ProjectID, TagIDs: e.TagIDs, Billable: e.Billable,
		Start: e.Start, End: e.End, Key: c.idempotencyKey(),
	})
	if err != nil {
		return answer{}, err
	}
	return created(timeEntryShape(e)), nil
}
