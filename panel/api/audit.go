package api

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

type auditList struct {
	Entries    []auditEntry `json:"entries"`
	NextCursor *string      `json:"next_cursor"`
}

type auditEntry struct {
	Seq       int64           `json:"seq"`
	At        time.Time       `json:"at"`
	Act       core.Action     `json:"act"`
	Outcome   string          `json:"outcome"`
	Actor     person          `json:"actor"`
	Effective *person         `json:"effective"` // null without impersonation
	Door      core.Door       `json:"door"`
	Target    core.Target     `json:"target"`
	Reason    string          `json:"reason"`
	Before    json.RawMessage `json:"before"`
	After     json.RawMessage `json:"after"`
	RequestID string          `json:"request_id"`
	Address   string          `json:"address"`
	Hash      string          `json:"hash"`
}

// person is a user by id and name; a job has a name only.
type person struct {
	ID   *core.ID `json:"id"`
	Name string   `json:"name"`
}

func auditShape(e core.AuditEntry) auditEntry {
	shape := auditEntry{
		Seq: e.Seq, At: e.At.UTC(), Act: e.Act, Outcome: e.Outcome, Actor: person{orNull(e.ActorID), e.ActorName},
		Door: e.Door, Target: e.Target, Reason: e.Reason, Before: e.Before, After: e.After,
		RequestID: e.RequestID, Address: e.Address, Hash: e.Hash,
	}
	if e.EffectiveID != e.ActorID {
		shape.Effective = &person{orNull(e.EffectiveID), e.EffectiveName}
	}
	return shape
}

// listAudit serves GET /audit, newest first: owners, and members about themselves.
func listAudit(c *call) (answer, error) {
	q, err := c.auditQuery()
	if err != nil {
		return answer{}, err
	}
	entries, next, err := c.svc.Audit(c.r.Context(), c.actor, q)
	if err != nil {
		return answer{}, err
	}
	list := auditList{Entries: make([]auditEntry, len(entries))}
	for i, e := range entries {
		list.Entries[i] = auditShape(e)
	}
	if next > 0 {
		list.NextCursor = nextCursor(strconv.FormatInt(next, 10))
	}
	return ok(list), nil
}

func (c *call) auditQuery() (core.AuditQuery, error) {
	q := core.AuditQuery{Act: core.Action(c.query.Get("act"))}
	if q.Act != "" && !core.KnownAction(q.Act) {
		return q, badInput("act", "api.query_act", core.Params{"Act": clip(string(q.Act))})
	}
	var err error
	if q.ActorID, err = c.queryID("actor"); err != nil {
		return q, err
	}
	if q.MemberID, err = c.queryID("member"); err != nil {
		return q, err
	}
	if q.From, err = c.queryTime("from"); err != nil {
		return q, err
	}
	if q.To, err = c.queryTime("to"); err != nil {
		return q, err
	}
	if q.Limit, err = c.queryInt("limit", 50, 1, pageMost); err != nil {
		return q, err
	}
	if cursor := c.query.Get("cursor"); cursor != "" {
		if q.Before, err = strconv.ParseInt(cursor, 10, 64); err != nil || q.Before < 1 {
			return q, badInput("cursor", "error.cursor", nil)
		}
	}
	return q, nil
}
