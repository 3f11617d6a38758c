package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
)

func TestAudit(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		head := func(ws core.ID) string {
			return get(f, func(ctx context.Context, tx core.Tx) (string, error) {
				seq, hash, err := tx.AuditHead(ctx, ws)
				return fmt.Sprint(seq, hash), err
			})
		}
		if got := head(f.acme.ID); got != "0" {
			t.Errorf("head %q", got)
		}
		missing(f, "head", func(ctx context.Context, tx core.Tx) (int64, error) {
			seq, _, err := tx.AuditHead(ctx, newID(1))
			return seq, err
		})
		var all []core.AuditEntry
		for i := range 5 {
			e := core.AuditEntry{
				WorkspaceID: f.acme.ID, Seq: int64(i + 1), At: now.Add(time.Duration(i) * time.Hour), Act: core.ActTimerStop, Outcome: core.OutcomeDone,
				ActorID: f.owner.User.ID, ActorName: "Olivia", EffectiveID: f.member.User.ID, EffectiveName: "Dana", Door: core.DoorPanel,
				Target: core.Target{Kind: "entry", ID: f.id(), MemberID: f.member.ID, Name: "Dana"}, Reason: "r",
				Before: json.RawMessage(`{"b": 1,  "a":"<ä>"}`), After: json.RawMessage(`null`), RequestID: "q", Address: "::1",
				PrevHash: fmt.Sprint("h", i), Hash: fmt.Sprint("h", i+1),
			}
			switch i {
			case 3:
				e.Act, e.Outcome, e.Target.MemberID = core.ActFlagOpen, core.OutcomeRefused, f.owner.ID
			case 4: // a job, about the workspace
				e.ActorID, e.EffectiveID, e.Target.MemberID, e.Target.ID, e.Before = "", "", "", "", json.RawMessage(`null`)
			}
			all = append(all, e)
			f.do(func(ctx context.Context, tx core.Tx) error { return tx.AppendAudit(ctx, e) })
		}
		if got := head(f.acme.ID); got != "5h5" {
			t.Errorf("head %q", got)
		}
		if got := head(f.twin.ID); got != "0" {
			t.Errorf("the twin's head %q", got)
		}
		f.refused(core.ErrDuplicate, func(ctx context.Context, tx core.Tx) error { return tx.AppendAudit(ctx, all[2]) })
		for name, c := range map[string]struct {
			q    core.AuditQuery
			want []int
		}{
			"all":      {core.AuditQuery{}, []int{4, 3, 2, 1, 0}},
			"before":   {core.AuditQuery{Before: 3}, []int{1, 0}},
			"act":      {core.AuditQuery{Act: core.ActFlagOpen}, []int{3}},
			"outcome":  {core.AuditQuery{Outcome: core.OutcomeRefused}, []int{3}},
			"user":     {core.AuditQuery{ActorID: f.owner.User.ID}, []int{3, 2, 1, 0}},
			"actor":    {core.AuditQuery{ActorID: f.owner.ID, Before: 3}, []int{1, 0}},
			"nobody":   {core.AuditQuery{ActorID: f.member.User.ID}, nil},
			"about":    {core.AuditQuery{MemberID: f.member.ID}, []int{2, 1, 0}},
			"from, to": {core.AuditQuery{From: now.Add(time.Hour), To: now.Add(3 * time.Hour)}, []int{2, 1}},
		} {
			var want []core.AuditEntry
			for _, i := range c.want {
				want = append(want, all[i])
			}
			got := get(f, func(ctx context.Context, tx core.Tx) ([]core.AuditEntry, error) {
				return tx.Audit(ctx, f.acme.ID, c.q, 10)
			})
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: %s", name, d)
			}
			if got := get(f, func(ctx context.Context, tx core.Tx) ([]core.AuditEntry, error) {
				return tx.Audit(ctx, f.twin.ID, c.q, 10)
			}); len(got) > 0 {
				t.Errorf("%s: the twin sees %+v", name, got)
			}
		}
		if got := get(f, func(ctx context.Context, tx core.Tx) ([]core.AuditEntry, error) {
			return tx.Audit(ctx, f.acme.ID, core.AuditQuery{}, 2)
		}); len(got) != 2 {
			t.Errorf("limit: %d", len(got))
		}
		for after, want := range map[int64][]core.AuditEntry{0: all[:2], 2: all[2:4], 4: all[4:], 5: nil} {
			if d := cmp.Diff(want, get(f, func(ctx context.Context, tx core.Tx) ([]core.AuditEntry, error) {
				return tx.AuditAfter(ctx, f.acme.ID, after, 2)
			})); d != "" {
				t.Errorf("after %d: %s", after, d)
			}
		}
		if got := get(f, func(ctx context.Context, tx core.Tx) ([]core.AuditEntry, error) {
			return tx.AuditAfter(ctx, f.twin.ID, 0, 9)
		}); len(got) > 0 {
			t.Errorf("the twin sees %+v", got)
		}
		enough := errors.New("enough")
		each := func(after int64, most int) (seqs []int64, err error) {
			err = f.Read(t.Context(), func(ctx context.Context, tx core.Tx) error {
				return tx.EachAudit(ctx, f.acme.ID, after, func(e core.AuditEntry) error {
					if d := cmp.Diff(all[e.Seq-1], e); d != "" {
						t.Error(d)
					}
					if seqs = append(seqs, e.Seq); len(seqs) == most {
						return enough
					}
					return nil
				})
			})
			return seqs, err
		}
		if got, err := each(2, 9); err != nil || !cmp.Equal(got, []int64{3, 4, 5}) {
			t.Errorf("%v, %v", got, err)
		}
		if got, err := each(0, 2); !errors.Is(err, enough) || len(got) != 2 {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestAuditEntriesStayAsTheyAre(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		e := core.AuditEntry{WorkspaceID: f.acme.ID, Seq: 1, At: now, Act: core.ActTimerStop, Outcome: core.OutcomeDone, Hash: "h"}
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.AppendAudit(ctx, e) })
		for _, statement := range []string{
			`UPDATE audit_entries SET reason = 'x'`, `DELETE FROM audit_entries`, `UPDATE audit_entries SET reason = reason WHERE seq = 1`,
			`INSERT INTO audit_entries SELECT * FROM audit_entries`,
		} {
			if err := f.Exec(statement); !errors.Is(err, core.ErrConstraint) && !errors.Is(err, core.ErrDuplicate) {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}
