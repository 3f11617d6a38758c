package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// clockifyEntry serves GET /workspaces/{ws}/time-entries/{id}.
func clockifyEntry(c *call) (answer, error) {
	hydrated, err := c.queryFlag("hydrated")
	if err != nil {
		return answer{}, err
	}
	e, err := c.svc.Entry(c.r.Context(), c.actor, pathID(c.vars["id"]))
	if err != nil {
		return answer{}, err
	}
	list, err := c.entryShapes([]core.TimeEntry{e}, e.UserID, hydrated)
	if err != nil {
		return answer{}, err
	}
	return ok(list[0]), nil
}

// clockifyEntries serves GET /workspaces/{ws}/user/{user}/time-entries, newest first. The window of
// start and end is one of instants.
func clockifyEntries(c *call) (answer, error) {
	p, err := c.paging(50, clockifyPageMost)
	if err != nil {
		return answer{}, err
	}
	hydrated, err := c.queryFlag("hydrated")
	if err != nil {
		return answer{}, err
	}
	q, keep, err := c.entryQuery()
	if err != nil {
		return answer{}, err
	}
	user := pathID(c.vars["user"])
	if q.MemberID, err = c.memberOf(user); err != nil {
		return answer{}, err
	}
	list, shape := newRowList(), c.entryShaper(user, hydrated)
	err = eachOfPage(c, p, func(offset, limit int) ([]core.TimeEntry, error) {
		q.Offset, q.Limit = offset, limit
		return c.svc.Entries(c.r.Context(), c.actor, q)
	}, keep, func(e core.TimeEntry) error {
		row, err := shape(e)
		if err != nil {
			return err
		}
		return list.add(row)
	})
	if err != nil {
		return answer{}, err
	}
	return ok(list.end()), nil
}

const week = 7 * 24 * time.Hour

func (c *call) entryQuery() (core.EntryQuery, func(core.TimeEntry) bool, error) {
	q := core.EntryQuery{Description: c.query.Get("description")}
	var err error
	if q.From, err = c.queryTime("start"); err != nil {
		return q, nil, err
	}
	if q.To, err = c.queryTime("end"); err != nil {
		return q, nil, err
	}
	before, err := c.queryTime("get-week-before")
	if err != nil {
		return q, nil, err
	}
	if !before.IsZero() {
		q.From, q.To = before.Add(-week), before
	}
	running, err := c.queryFlag("in-progress")
	if err != nil {
		return q, nil, err
	}
	if running {
		q.Running = &running
	}
	if err := c.knownProject("project"); err != nil {
		return q, nil, err
	}
	if id := c.query.Get("project"); id != "" {
		q.ProjectID = pathID(id)
	}
	if q.TagIDs, err = c.knownTags("tags"); err != nil {
		return q, nil, err
	}
	if c.query.Get("task") != "" {
		return q, nil, badInput("task", "api.task_unknown", nil) // there are no tasks
	}
	withProject, err := c.queryFlag("project-required")
	if err != nil {
		return q, nil, err
	}
	withTask, err := c.queryFlag("task-required")
	if err != nil {
		return q, nil, err
	}
	switch {
	case withTask:
		return q, func(core.TimeEntry) bool { return false }, nil
	case withProject:
		return q, func(e core.TimeEntry) bool { return e.ProjectID != "" }, nil
	}
	return q, nil, nil
}

// clockifyInProgress serves GET /workspaces/{ws}/time-entries/status/in-progress: owners see every
// running timer, others their own.
func clockifyInProgress(c *call) (answer, error) {
	p, err := c.paging(10, chunk)
	if err != nil {
		return answer{}, err
	}
	list := newRowList()
	err = eachOfPage(c, p, func(offset, limit int) ([]core.TimeEntry, error) {
		return c.svc.RunningEntries(c.r.Context(), c.actor, offset, limit)
	}, nil, func(e core.TimeEntry) error { return list.add(ratedEntry{clockifyTimeEntry: timeEntryShape(e)}) })
	if err != nil {
		return answer{}, err
	}
	return ok(list.end()), nil
}

// entryInput is the body of POST and PUT. Custom fields and fields of Clockify's that we do not
// keep are ignored, as Clockify ignores what it does not know.
type entryInput struct {
	id          string // in a list only
	start, end  *time.Time
	description string
	project     string
	task        string
	tags        []string
	billable    bool
	kind        string
}

func (in *entryInput) fields() map[string]member {
	return map[string]member{
		"id": textOf(&in.id), "start": optional(&in.start, timeOf), "end": optional(&in.end, timeOf),
		"description": textOf(&in.description), "projectId": textOf(&in.project), "tagIds": textsOf(&in.tags),
		"billable": boolOf(&in.billable), "taskId": textOf(&in.task), "type": textOf(&in.kind),
	}
}

func (c *call) entryInput() (entryInput, error) {
	var in entryInput
	if err := c.input(0, in.fields()); err != nil {
		return in, err
	}
	return in, in.check()
}

// check refuses what can't be kept here. More tags than an entry can have are refused before anything
// looks at them, repeated ones too.
func (in entryInput) check() error {
	if len(in.tags) > core.MaxTags {
		return badInput("tagIds", "error.tags_many", core.Params{"Max": core.MaxTags})
	}
	if in.task != "" {
		return badInput("taskId", "api.task_unknown", nil)
	}
	switch in.kind {
	case "", "REGULAR":
		return nil
	case "BREAK":
		return badInput("type", "api.no_breaks", nil)
	}
	return badInput("type", "api.field_choice", core.Params{"Field": "type", "Choices": "REGULAR"})
}

// replacement is the change that makes an entry what the input says: every field is replaced.
func (in entryInput) replacement(id core.ID) core.EntryChange {
	project, tags := in.projectID(), in.tagIDs()
	return core.EntryChange{
		EntryID: id, Description: &in.description, ProjectID: &project, TagIDs: &tags, Billable: &in.billable,
		Start: in.start, End: in.end, Resume: in.end == nil,
	}
}

func (in entryInput) projectID() core.ID {
	if in.project == "" {
		return ""
	}
	return pathID(in.project)
}

func (in entryInput) tagIDs() []core.ID {
	ids := make([]core.ID, 0, len(in.tags))
	for _, t := range in.tags {
		if id := pathID(t); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// requireComplete refuses a finished entry of one's own without a field that the workspace
// requires, as Clockify does. What an owner writes for somebody else is never refused for it.
func (c *call) requireComplete(user core.ID, list ...entryInput) error {
	finished := func(in entryInput) bool { return in.end != nil }
	if user != c.actor.UserID || !slices.ContainsFunc(list, finished) {
		return nil
	}
	me, err := c.svc.Me(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	for _, in := range list {
		field, lacks := me.Workspace.Require.Missing(core.TimeEntry{
			Description: in.description, ProjectID: in.projectID(), TagIDs: in.tagIDs(),
		})
		if lacks && finished(in) {
			return badInput(field, "error.required_"+field, nil)
		}
	}
	return nil
}

// clockifyCreate serves POST /workspaces/{ws}/time-entries and …/user/{user}/time-entries. Without
// an end it starts a timer, and stops the one that runs at the new start. A repetition with the same
// Idempotency-Key makes nothing and answers with the entry as it is now.
func clockifyCreate(c *call) (answer, error) {
	in, err := c.entryInput()
	if err != nil {
		return answer{}, err
	}
	user := c.actor.UserID
	if given, named := c.vars["user"]; named {
		user = pathID(given)
	}
	n := core.NewEntry{Description: in.description, ProjectID: in.projectID(), TagIDs: in.tagIDs(), Billable: in.billable, Key: c.idempotencyKey()}
	if n.MemberID, err = c.memberOf(user); err != nil {
		return answer{}, err
	}
	if in.start != nil {
		n.Start = *in.start
	}
	var e core.TimeEntry
	if in.end == nil {
		e, err = c.svc.StartTimer(c.r.Context(), c.actor, n)
	} else {
		if err := c.requireComplete(user, in); err != nil {
			return answer{}, err
		}
		n.End = *in.end
		e, err = c.svc.CreateEntry(c.r.Context(), c.actor, n)
	}
	if err != nil {
		return answer{}, err
	}
	return created(timeEntryShape(e)), nil
}

// idempotencyKey is what the client calls its request, so that it can be repeated; empty: nothing.
func (c *call) idempotencyKey() string { return c.r.Header.Get("Idempotency-Key") }

// clockifyReplace serves PUT /workspaces/{ws}/time-entries/{id}: every field is replaced, so an
// entry without an end in the body runs afterwards.
func clockifyReplace(c *call) (answer, error) {
	in, err := c.entryInput()
	if err != nil {
		return answer{}, err
	}
	if in.start == nil {
		return answer{}, missingField("start")
	}
	id := pathID(c.vars["id"])
	before, err := c.svc.Entry(c.r.Context(), c.actor, id)
	if err != nil {
		return answer{}, err
	}
	if err := c.requireComplete(before.UserID, in); err != nil {
		return answer{}, err
	}
	e, err := c.svc.CorrectEntry(c.r.Context(), c.actor, in.replacement(id))
	if err != nil {
		return answer{}, err
	}
	return ok(timeEntryShape(e)), nil
}

// clockifyDelete serves DELETE /workspaces/{ws}/time-entries/{id}.
func clockifyDelete(c *call) (answer, error) {
	if _, err := c.svc.DeleteEntry(c.r.Context(), c.actor, pathID(c.vars["id"])); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent}, nil
}

// justNow is how old an end may be to still mean "now".
const justNow = 5 * time.Second

// clockifyStop serves PATCH /workspaces/{ws}/user/{user}/time-entries, which stops the user's timer.
// A member's own stop fails when a required field is missing; an owner's never does.
func clockifyStop(c *call) (answer, error) {
	var end *time.Time
	if err := c.input(0, map[string]member{"end": optional(&end, timeOf)}); err != nil {
		return answer{}, err
	}
	if end == nil {
		return answer{}, missingField("end")
	}
	id, err := c.memberOf(pathID(c.vars["user"]))
	if err != nil {
		return answer{}, err
	}
	stop := core.StopTimer{MemberID: id, End: *end, Notify: true, Strict: true}
	e, err := c.svc.StopTimer(c.r.Context(), c.actor, stop)
	// Clients have no way to say "now", they send their clock's second. A timer stopped in the
	// second of its start would be refused for that; "now" is always accepted.
	if refused := core.AsError(err); refused != nil && refused.Field == "end" {
		if age := c.svc.Now().Sub(*end); age >= 0 && age < justNow {
			stop.End = time.Time{}
			e, err = c.svc.StopTimer(c.r.Context(), c.actor, stop)
		}
	}
	if err != nil {
		return answer{}, err
	}
	return ok(timeEntryShape(e)), nil
}
