package core

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// AuditEntry is one line of a workspace's append-only, hash-chained log.
type AuditEntry struct {
	WorkspaceID   ID
	Seq           int64 // 1, 2, 3 … in the workspace
	At            time.Time
	Act           Action
	Outcome       string // "done" or "refused"
	ActorID       ID     // user of the human; empty for a job
	ActorName     string // the human's name, or the job's
	EffectiveID   ID     // user acted as; the same as ActorID without impersonation
	EffectiveName string
	Door          Door
	Target        Target
	Reason        string
	Before, After json.RawMessage // JSON objects or null
	RequestID     string
	Address       string
	PrevHash      string // hexadecimal SHA-256 of the entry before; "" for the first
	Hash          string
}

// The outcomes of an act.
const (
	OutcomeDone    = "done"
	OutcomeRefused = "refused"
)

// Target is what an act was about.
type Target struct {
	Kind     string `json:"kind"` // workspace, member, entry, flag, session
	ID       ID     `json:"id"`
	MemberID ID     `json:"member_id,omitempty"` // the member it belongs to
	Name     string `json:"name,omitempty"`      // of the person or workspace, as it was
}

func memberTarget(m Member) Target {
	return Target{Kind: "member", ID: m.ID, MemberID: m.ID, Name: m.User.Name}
}

func entryTarget(e TimeEntry, m Member) Target {
	return Target{Kind: "entry", ID: e.ID, MemberID: m.ID, Name: m.User.Name}
}

// AuditDraft is what a use case knows of its audit entry; the rest comes from the actor and the chain.
type AuditDraft struct {
	Act     Action
	Refused bool
	Target  Target
	Reason  string
	Before  map[string]any
	After   map[string]any
}

func (w *work) audit(d AuditDraft) { w.drafts = append(w.drafts, d) }

// changes returns the fields that differ, as they were and as they are.
func changes(before, after map[string]any) (was, is map[string]any) {
	was, is = map[string]any{}, map[string]any{}
	for k, b := range before {
		if a := after[k]; !reflect.DeepEqual(a, b) {
			was[k], is[k] = b, a
		}
	}
	return was, is
}

// appendAudit writes the drafts of an act to the end of the workspace's chain.
func (w *work) appendAudit(ctx context.Context) error {
	if len(w.drafts) == 0 {
		return nil
	}
	seq, prev, err := w.tx.AuditHead(ctx, w.ws.ID)
	if err != nil {
		return fmt.Errorf("audit head: %w", err)
	}
	for _, d := range w.drafts {
		seq++
		e := AuditEntry{
			WorkspaceID: w.ws.ID, Seq: seq, At: w.now.UTC().Truncate(time.Millisecond), Act: d.Act, Outcome: OutcomeDone,
			ActorID: w.actor.UserID, ActorName: w.human.User.Name,
			EffectiveID: w.self.User.ID, EffectiveName: w.self.User.Name,
			Door: w.actor.Door, Target: d.Target, Reason: d.Reason,
			Before: jsonObject(d.Before), After: jsonObject(d.After),
			RequestID: w.actor.RequestID, Address: w.actor.Address, PrevHash: prev,
		}
		if d.Refused {
			e.Outcome = OutcomeRefused
		}
		if w.actor.Job != "" {
			e.ActorName = string(w.actor.Job)
			e.EffectiveID, e.EffectiveName = "", e.ActorName
		}
		if e.EffectiveID == "" {
			e.EffectiveID, e.EffectiveName = e.ActorID, e.ActorName
		}
		e.Hash = e.computeHash()
		prev = e.Hash
		if err := w.tx.AppendAudit(ctx, e); err != nil {
			return fmt.Errorf("append audit entry %d: %w", e.Seq, err)
		}
	}
	return nil
}

func jsonObject(m map[string]any) json.RawMessage {
	if len(m) == 0 {
		return json.RawMessage("null")
	}
	b, err := json.Marshal(m) // keys are sorted, so the text is canonical
	if err != nil {
		return json.RawMessage(`null`)
	}
	return b
}

// computeHash is the SHA-256 of the entry's canonical JSON: an array of all fields in fixed order,
// the hash of the entry before included.
func (e AuditEntry) computeHash() string {
	b, err := json.Marshal([]any{
		e.WorkspaceID, e.Seq, e.At.UnixMilli(), e.Act, e.Outcome, e.ActorID, e.ActorName, e.EffectiveID, e.EffectiveName,
		e.Door, e.Target.Kind, e.Target.ID, e.Target.MemberID, e.Target.Name, e.Reason,
		string(e.Before), string(e.After), e.RequestID, e.Address, e.PrevHash,
	})
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// AuditQuery selects audit entries, newest first.
type AuditQuery struct {
	Act      Action
	Outcome  string
	ActorID  ID // user or member
	MemberID ID // the member the entries are about
	From, To time.Time
	Limit    int   // 1 to 200
	Before   int64 // entries with a smaller seq; 0: from the end
}

// Audit lists the workspace's audit entries, newest first. Owners see all; others must ask
// for their own MemberID. next is the Before of the following page, 0 at the end.
func (s *Service) Audit(ctx context.Context, a Actor, q AuditQuery) (entries []AuditEntry, next int64, err error) {
	err = s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.standing(ctx); err != nil {
			return err
		}
		target := q.MemberID
		if target == "" || target != w.self.ID {
			target = ""
		}
		if err := w.allow(ctx, ActAuditView, target); err != nil {
			return err
		}
		q.Limit = bound(q.Limit, 50, 200)
		entries, err = w.tx.Audit(ctx, w.ws.ID, q, q.Limit+1)
		if err != nil {
			return err
		}
		if len(entries) > q.Limit {
			entries = entries[:q.Limit]
			next = entries[q.Limit-1].Seq
		}
		return nil
	})
	return entries, next, err
}

// AuditReport is the result of VerifyAudit.
type AuditReport struct {
	Entries int64
	Broken  *AuditBreak // nil: the chain is whole
}

// AuditBreak is the first entry that does not fit the chain.
type AuditBreak struct {
	WorkspaceID ID
	Seq         int64
	Problem     string // "hash", "link", "gap" or "head"
}

// VerifyAudit recomputes the chain of a workspace, or ("") of all. The operator only, at the command
// line. It finds every change of an entry, a gap, a swap, and a chain cut short of its recorded head.
func (s *Service) VerifyAudit(ctx context.Context, a Actor, workspace ID) (AuditReport, error) {
	var report AuditReport
	if Decide(Request{Action: ActAuditView, Job: a.Job}) != "" {
		return report, &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) error {
		ids := []ID{workspace}
		if workspace == "" {
			var err error
			if ids, err = tx.WorkspaceIDs(ctx); err != nil {
				return err
			}
		}
		for _, id := range ids {
			n, broken, err := verifyChain(ctx, tx, id)
			if err != nil {
				return err
			}
			report.Entries += n
			if broken != nil {
				report.Broken = broken
				return nil
			}
		}
		return nil
	})
	return report, s.explain(err)
}

// VerifyOwnAudit recomputes the chain of the actor's workspace, for its owners. It reads the whole log, so it is
// done when somebody asks for it. Code owner_required.
func (s *Service) VerifyOwnAudit(ctx context.Context, a Actor) (AuditReport, error) {
	var report AuditReport
	err := s.read(ctx, a, func(ctx context.Context, w *work) (err error) {
		if err := w.allow(ctx, ActAuditView, ""); err != nil {
			return err
		}
		report.Entries, report.Broken, err = verifyChain(ctx, w.tx, w.ws.ID)
		return err
	})
	return report, err
}

var errStop = errors.New("stop")

func verifyChain(ctx context.Context, tx Tx, workspace ID) (n int64, broken *AuditBreak, err error) {
	prev := ""
	err = tx.EachAudit(ctx, workspace, 0, func(e AuditEntry) error {
		problem := ""
		switch {
		case e.Seq != n+1:
			problem = "gap"
		case e.PrevHash != prev:
			problem = "link"
		case e.computeHash() != e.Hash:
			problem = "hash"
		}
		if problem != "" {
			broken = &AuditBreak{WorkspaceID: workspace, Seq: n + 1, Problem: problem}
			return errStop
		}
		n, prev = e.Seq, e.Hash
		return nil
	})
	if errors.Is(err, errStop) {
		return n, broken, nil
	}
	if err != nil {
		return n, nil, err
	}
	seq, hash, err := tx.AuditHead(ctx, workspace)
	if err != nil {
		return n, nil, err
	}
	if seq != n || hash != prev {
		return n, &AuditBreak{WorkspaceID: workspace, Seq: n + 1, Problem: "head"}, nil
	}
	return n, nil, nil
}

// exportLines is how many audit entries one transaction of ExportAudit reads.
const exportLines = 200

// ExportAudit gives every audit entry of the actor's workspace to emit, oldest first and up to the record of the export
// itself. emit may wait as long as it likes for whoever takes the lines: nothing is read meanwhile, and no connection to
// the database is held. The right is asked anew for each page of lines; whoever loses it in the midst gets an error, not
// a file that ends as if it were whole. Owners and the operator; not while impersonating. Code owner_required.
func (s *Service) ExportAudit(ctx context.Context, a Actor, emit func(AuditEntry) error) error {
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActAuditExport, ""); err != nil {
			return err
		}
		w.audit(AuditDraft{Act: ActAuditExport, Target: Target{Kind: "workspace", ID: w.ws.ID, Name: w.ws.Name}})
		return nil
	})
	if err != nil {
		return err
	}
	var last, seq int64
	for {
		var page []AuditEntry
		err := s.read(ctx, a, func(ctx context.Context, w *work) (err error) {
			if err := w.allow(ctx, ActAuditExport, ""); err != nil {
				return err
			}
			if last == 0 { // what is recorded from here on is for the next export, or a busy log would have no end
				if last, _, err = w.tx.AuditHead(ctx, w.ws.ID); err != nil {
					return err
				}
			}
			page, err = w.tx.AuditAfter(ctx, w.ws.ID, seq, exportLines)
			return err
		})
		if err != nil {
			return err
		}
		for _, e := range page {
			if e.Seq > last {
				return nil
			}
			if err := emit(e); err != nil {
				return err
			}
			seq = e.Seq
		}
		if seq >= last || len(page) < exportLines {
			return nil
		}
	}
}
