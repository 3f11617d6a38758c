package core

import "encoding/json"

// AuditRecord is an audit entry as it is exported, whole, from every door: with what is needed to check the chain elsewhere.
type AuditRecord struct {
	Workspace ID              `json:"workspace_id"`
	Seq       int64           `json:"seq"`
	At        string          `json:"at"` // RFC 3339, UTC, milliseconds
	Act       Action          `json:"act"`
	Outcome   string          `json:"outcome"`
	Actor     AuditPerson     `json:"actor"`
	Effective *AuditPerson    `json:"effective"` // null without impersonation
	Door      Door            `json:"door"`
	Target    Target          `json:"target"`
	Reason    string          `json:"reason"`
	Before    json.RawMessage `json:"before"`
	After     json.RawMessage `json:"after"`
	RequestID string          `json:"request_id"`
	Address   string          `json:"address"`
	PrevHash  string          `json:"prev_hash"`
	Hash      string          `json:"hash"`
}

// AuditPerson is who acted, or as whom; the id of a job is empty.
type AuditPerson struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// Record is the entry in the form in which it is exported.
func (e AuditEntry) Record() AuditRecord {
	r := AuditRecord{
		Workspace: e.WorkspaceID, Seq: e.Seq, At: e.At.UTC().Format("2006-01-02T15:04:05.000Z"), Act: e.Act, Outcome: e.Outcome,
		Actor: AuditPerson{e.ActorID, e.ActorName}, Door: e.Door, Target: e.Target, Reason: e.Reason,
		Before: e.Before, After: e.After, RequestID: e.RequestID, Address: e.Address, PrevHash: e.PrevHash, Hash: e.Hash,
	}
	if e.EffectiveID != e.ActorID {
		r.Effective = &AuditPerson{e.EffectiveID, e.EffectiveName}
	}
	return r
}
