package api

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// clockifyTimeEntry is a time entry as Clockify writes it.
type clockifyTimeEntry struct {
	ID                core.ID          `json:"id"`
	Description       string           `json:"description"`
	TagIDs            []core.ID        `json:"tagIds"` // null without tags
	UserID            core.ID          `json:"userId"`
	Billable          bool             `json:"billable"`
	TaskID            *core.ID         `json:"taskId"`
	ProjectID         *core.ID         `json:"projectId"`
	WorkspaceID       core.ID          `json:"workspaceId"`
	TimeInterval      clockifyInterval `json:"timeInterval"`
	CustomFieldValues []struct{}       `json:"customFieldValues"`
	Type              string           `json:"type"`
	KioskID           *core.ID         `json:"kioskId"`
	IsLocked          bool             `json:"isLocked"`
}

// ratedEntry is an entry of the in-progress list.
type ratedEntry struct {
	clockifyTimeEntry
	HourlyRate *clockifyRate `json:"hourlyRate"`
	CostRate   *clockifyRate `json:"costRate"`
}

// hydratedEntry carries the things themselves beside their ids.
type hydratedEntry struct {
	clockifyTimeEntry
	Project *clockifyProjectShape `json:"project"`
	Task    *struct{}             `json:"task"`
	Tags    []clockifyTag         `json:"tags"`
	User    *clockifyUser         `json:"user"`
}

type clockifyInterval struct {
	Start    clockifyTime  `json:"start"`
	End      *clockifyTime `json:"end"`
	Duration *isoDuration  `json:"duration"`
}

// clockifyTime is written in whole seconds of UTC.
type clockifyTime time.Time

// MarshalJSON writes yyyy-MM-ddThh:mm:ssZ.
func (t clockifyTime) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Time(t).UTC().Format("2006-01-02T15:04:05Z"))
}

// isoDuration is written in the form of ISO 8601 that Clockify uses: PT26H5M, PT0S.
type isoDuration time.Duration

// MarshalJSON writes hours, minutes and seconds that are not zero.
func (d isoDuration) MarshalJSON() ([]byte, error) {
	seconds := int64(time.Duration(d) / time.Second)
	text := "PT"
	for _, part := range []struct {
		n    int64
		unit string
	}{{seconds / 3600, "H"}, {seconds / 60 % 60, "M"}, {seconds % 60, "S"}} {
		if part.n != 0 {
			text += fmt.Sprintf("%d%s", part.n, part.unit)
		}
	}
	if text == "PT" {
		text = "PT0S"
	}
	return json.Marshal(text)
}

func timeEntryShape(e core.TimeEntry) clockifyTimeEntry {
	shape := clockifyTimeEntry{
		ID: e.ID, Description: e.Description, UserID: e.UserID, Billable: e.Billable, ProjectID: orNull(e.ProjectID),
		WorkspaceID: e.WorkspaceID, TimeInterval: clockifyInterval{Start: clockifyTime(e.Start)},
		CustomFieldValues: []struct{}{}, Type: "REGULAR",
	}
	if len(e.TagIDs) > 0 {
		shape.TagIDs = e.TagIDs
	}
	if !e.End.IsZero() {
		end, took := clockifyTime(e.End), isoDuration(e.End.Sub(e.Start))
		shape.TimeInterval.End, shape.TimeInterval.Duration = &end, &took
	}
	return shape
}

// entryShapes writes a member's entries, with the things behind their ids where hydrated is set.
func (c *call) entryShapes(entries []core.TimeEntry, user core.ID, hydrated bool) ([]any, error) {
	list, shape := make([]any, len(entries)), c.entryShaper(user, hydrated)
	for i, e := range entries {
		var err error
		if list[i], err = shape(e); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// entryShaper returns what writes a member's entries one after the other. What stands behind their ids is read
// with the first of them, where hydrated is set.
func (c *call) entryShaper(user core.ID, hydrated bool) func(core.TimeEntry) (any, error) {
	if !hydrated {
		return func(e core.TimeEntry) (any, error) { return timeEntryShape(e), nil }
	}
	behind := sync.OnceValues(func() (things, error) { return c.thingsBehind(user) })
	return func(e core.TimeEntry) (any, error) {
		t, err := behind()
		if err != nil {
			return nil, err
		}
		h := hydratedEntry{clockifyTimeEntry: timeEntryShape(e), Tags: []clockifyTag{}, User: &t.person}
		if p, found := t.projects[e.ProjectID]; found {
			shape := projectShape(p)
			h.Project = &shape
		}
		for _, id := range e.TagIDs {
			if tag, found := t.tags[id]; found {
				h.Tags = append(h.Tags, tagShape(tag))
			}
		}
		return h, nil
	}
}

// things are what the entries of a member can name.
type things struct {
	person   clockifyUser
	projects map[core.ID]core.Project
	tags     map[core.ID]core.Tag
}

func (c *call) thingsBehind(user core.ID) (things, error) {
	ctx := c.r.Context()
	m, err := c.svc.MemberByUser(ctx, c.actor, user)
	if err != nil {
		return things{}, err
	}
	projects, err := c.svc.Projects(ctx, c.actor)
	if err != nil {
		return things{}, err
	}
	tags, err := c.svc.Tags(ctx, c.actor)
	if err != nil {
		return things{}, err
	}
	t := things{userShape(m, false), make(map[core.ID]core.Project, len(projects)), make(map[core.ID]core.Tag, len(tags))}
	for _, p := range projects {
		t.projects[p.ID] = p
	}
	for _, tag := range tags {
		t.tags[tag.ID] = tag
	}
	return t, nil
}
