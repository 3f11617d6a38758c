package store

import (
	"context"
	"encoding/json"

	"github.com/clockwarden/clockwarden/core"
)

const auditColumns = `workspace_id, seq, at, act, outcome, actor_id, actor_name, effective_id, effective_name, door,
	target_kind, target_id, target_member_id, target_name, reason, was, became, request_id, address, prev_hash, hash`

func readAudit(scan scanner, e *core.AuditEntry) error {
	var was, became string
	err := scan(id{&e.WorkspaceID}, &e.Seq, moment{&e.At}, &e.Act, &e.Outcome, id{&e.ActorID}, &e.ActorName, id{&e.EffectiveID},
		&e.EffectiveName, &e.Door, &e.Target.Kind, id{&e.Target.ID}, id{&e.Target.MemberID}, &e.Target.Name, &e.Reason,
		&was, &became, &e.RequestID, &e.Address, &e.PrevHash, &e.Hash)
	e.Before, e.After = json.RawMessage(was), json.RawMessage(became)
	return err
}

// AppendAudit implements core.Tx.
func (t *tx) AppendAudit(ctx context.Context, e core.AuditEntry) error {
	if err := t.run(ctx, `INSERT INTO audit_entries (`+auditColumns+`)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)`,
		e.WorkspaceID, e.Seq, e.At, e.Act, e.Outcome, e.ActorID, e.ActorName, e.EffectiveID, e.EffectiveName, e.Door,
		e.Target.Kind, e.Target.ID, e.Target.MemberID, e.Target.Name, e.Reason, string(e.Before), string(e.After), e.RequestID, e.Address,
		e.PrevHash, e.Hash); err != nil {
		return err
	}
	s, err := t.stateOf(ctx, e.WorkspaceID)
	if err == nil {
		s.head, s.moved, s.known = auditHead{e.Seq, e.Hash}, true, true
	}
	return err
}

// Audit implements core.Tx.
func (t *tx) Audit(ctx context.Context, workspace core.ID, q core.AuditQuery, limit int) ([]core.AuditEntry, error) {
	var where conditions
	ws := where.arg(workspace)
	where.add(`workspace_id = ` + ws)
	if q.Act != "" {
		where.add(`act = ` + where.arg(q.Act))
	}
	if q.Outcome != "" {
		where.add(`outcome = ` + where.arg(q.Outcome))
	}
	if q.ActorID != "" {
		actor := where.arg(q.ActorID)
		where.add(`(actor_id = ` + actor + ` OR actor_id = (SELECT user_id FROM members WHERE workspace_id = ` + ws + ` AND id = ` + actor + `))`)
	}
	if q.MemberID != "" {
		where.add(`target_member_id = ` + where.arg(q.MemberID))
	}
	if !q.From.IsZero() {
		where.add(`at >= ` + where.arg(q.From))
	}
	if !q.To.IsZero() {
		where.add(`at < ` + where.arg(q.To))
	}
	if q.Before != 0 {
		where.add(`seq < ` + where.arg(q.Before))
	}
	return list(t.long(ctx), t, readAudit, `SELECT `+auditColumns+` FROM audit_entries WHERE `+where.text()+`
		ORDER BY seq DESC LIMIT `+where.arg(limit), where.args...)
}

// AuditAfter implements core.Tx.
func (t *tx) AuditAfter(ctx context.Context, workspace core.ID, after int64, limit int) ([]core.AuditEntry, error) {
	return list(t.long(ctx), t, readAudit, `SELECT `+auditColumns+` FROM audit_entries WHERE workspace_id = ?1 AND seq > ?2
		ORDER BY seq LIMIT ?3`, workspace, after, limit)
}

// EachAudit implements core.Tx.
func (t *tx) EachAudit(ctx context.Context, workspace core.ID, after int64, fn func(core.AuditEntry) error) error {
	return t.rows(t.long(ctx), `SELECT `+auditColumns+` FROM audit_entries WHERE workspace_id = ?1 AND seq > ?2 ORDER BY seq`,
		[]any{workspace, after}, func(scan scanner) error {
			var e core.AuditEntry
			if err := readAudit(scan, &e); err != nil {
				return err
			}
			return fn(e)
		})
}
