package core_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestAuditReading(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		for range 3 {
			e := h.MustStart("dana", "", h.Clock.Now())
			h.Clock.Advance(time.Minute)
			must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
			h.Clock.Advance(time.Minute)
		}
		h.MustStart("dirk", "", h.Clock.Now())

		entries, next, err := h.Audit(ctx, h.Actor("olivia"), core.AuditQuery{Act: core.ActTimerStop, Limit: 2})
		if err != nil || len(entries) != 2 || next == 0 || entries[0].Seq < entries[1].Seq {
			t.Fatalf("first page: %d entries, next %d, %v", len(entries), next, err)
		}
		entries, next, err = h.Audit(ctx, h.Actor("olivia"), core.AuditQuery{Act: core.ActTimerStop, Limit: 2, Before: next})
		if err != nil || len(entries) != 1 || next != 0 {
			t.Fatalf("second page: %d entries, next %d, %v", len(entries), next, err)
		}
		// A member reads the lines about themselves and no others.
		_, _, err = h.Audit(ctx, h.Actor("dana"), core.AuditQuery{})
		mustCode(t, err, core.CodeOwnerRequired)
		_, _, err = h.Audit(ctx, h.Actor("dana"), core.AuditQuery{MemberID: h.Who("dirk").ID})
		mustCode(t, err, core.CodeOwnerRequired)
		own, _, err := h.Audit(ctx, h.Actor("dana"), core.AuditQuery{MemberID: h.Who("dana").ID})
		if err != nil || len(own) == 0 {
			t.Fatalf("own lines: %d, %v", len(own), err)
		}
		for _, e := range own {
			if e.Target.MemberID != h.Who("dana").ID {
				t.Errorf("a line about somebody else: %+v", e.Target)
			}
		}
	})
}

func TestAuditExportIsAudited(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		n := 0
		if err := h.ExportAudit(t.Context(), h.Actor("olivia"), func(core.AuditEntry) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		if n == 0 || len(h.MustAudit(core.ActAuditExport)) != 1 {
			t.Errorf("%d lines exported, %d exports audited", n, len(h.MustAudit(core.ActAuditExport)))
		}
		err := h.ExportAudit(t.Context(), h.Actor("adam"), func(core.AuditEntry) error { return nil })
		mustCode(t, err, core.CodeOwnerRequired)
	})
}

// counted is a store that knows how many of its transactions and look-ups are under way.
type counted struct {
	core.Store
	open atomic.Int32
}

func (s *counted) Write(ctx context.Context, fn func(context.Context, core.Tx) error) error {
	s.open.Add(1)
	defer s.open.Add(-1)
	return s.Store.Write(ctx, fn)
}

func (s *counted) Read(ctx context.Context, fn func(context.Context, core.Tx) error) error {
	s.open.Add(1)
	defer s.open.Add(-1)
	return s.Store.Read(ctx, fn)
}

func (s *counted) Look(ctx context.Context, fn func(context.Context, core.Tx) error) error {
	s.open.Add(1)
	defer s.open.Add(-1)
	return s.Store.Look(ctx, fn)
}

// An export that waits for whoever takes its lines holds no connection to the database: readers who do not read, however
// many, stop nobody else.
func TestExportsHoldNoConnection(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		st := &counted{Store: h.Store}
		svc := must[*core.Service](t)(core.New(core.Options{Store: st, Clock: h.Clock}))
		operator, olivia := coretest.Operator(h.Workspace.ID), h.Actor("olivia")
		for name, export := range map[string]func(waits func() error) error{
			"audit": func(waits func() error) error {
				return svc.ExportAudit(t.Context(), olivia, func(core.AuditEntry) error { return waits() })
			},
			"accounts": func(waits func() error) error {
				return svc.ExportAccounts(t.Context(), olivia, core.AccountQuery{}, func(core.Account) error { return waits() })
			},
			"members": func(waits func() error) error {
				return svc.ExportMembers(t.Context(), operator, func(core.Member) error { return waits() })
			},
		} {
			lines, held := 0, int32(0)
			if err := export(func() error { lines++; held = max(held, st.open.Load()); return nil }); err != nil || lines < 6 || held > 0 {
				t.Errorf("%s: %d lines, while %d transactions were open, %v", name, lines, held, err)
			}
		}

		// As many exports as a store will ever have readers, each stuck in its first line, and a look-up beside them.
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		stuck := 0
		var again func(core.AuditEntry) error
		again = func(core.AuditEntry) error {
			if stuck++; stuck < 16+4*runtime.NumCPU() {
				return h.ExportAudit(ctx, olivia, again)
			}
			if _, err := h.Me(ctx, h.Actor("dana")); err != nil {
				return err
			}
			return errEnough
		}
		if err := h.ExportAudit(ctx, olivia, again); !errors.Is(err, errEnough) {
			t.Errorf("with %d slow downloads a look-up answered %v", stuck, err)
		}
	})
}

var errEnough = errors.New("enough")

// A long log is exported whole, in its order and without what is recorded meanwhile, and an owner who loses the right in
// the midst gets no more of it than the page that was read.
func TestAuditExportAsksForEachPage(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		const more = 450
		if err := h.Store.Write(ctx, func(ctx context.Context, tx core.Tx) error {
			ws, err := tx.LockWorkspace(ctx, h.Workspace.ID)
			if err != nil {
				return err
			}
			seq, _, err := tx.AuditHead(ctx, ws.ID)
			for i := int64(1); err == nil && i <= more; i++ {
				err = tx.AppendAudit(ctx, core.AuditEntry{
					WorkspaceID: ws.ID, Seq: seq + i, At: h.Clock.Now(), Act: core.ActTimerStart, Outcome: core.OutcomeDone, Hash: "h",
				})
			}
			if err != nil {
				return err
			}
			return tx.BumpRevision(ctx, ws.ID, false)
		}); err != nil {
			t.Fatal(err)
		}
		var last core.AuditEntry
		if err := h.ExportAudit(ctx, h.Actor("olivia"), func(e core.AuditEntry) error {
			if e.Seq != last.Seq+1 {
				t.Fatalf("line %d comes after %d", e.Seq, last.Seq)
			}
			if last = e; e.Seq%100 == 1 {
				_, _, err := h.Audit(ctx, h.Actor("dana"), core.AuditQuery{}) // records a refusal
				mustCode(t, err, core.CodeOwnerRequired)
			}
			return nil
		}); err != nil || last.Seq <= more || last.Act != core.ActAuditExport {
			t.Errorf("the export ended with line %d, %s, %v", last.Seq, last.Act, err)
		}

		lines := 0
		err := h.ExportAudit(ctx, h.Actor("otto"), func(core.AuditEntry) error {
			if lines++; lines == 1 {
				h.MustSetRole("otto", core.RoleAdmin)
			}
			return nil
		})
		mustCode(t, err, core.CodeOwnerRequired)
		if lines == 0 || lines > more/2 {
			t.Errorf("%d lines were given to who is no owner any more", lines)
		}
		if e := h.MustAudit(core.ActAuditExport)[0]; e.Outcome != core.OutcomeRefused || e.ActorID != h.Who("otto").User.ID {
			t.Errorf("the end of the export is recorded as %+v", e)
		}
	})
}

func TestVerifyAuditIsTheOperators(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		_, err := h.VerifyAudit(t.Context(), h.Actor("olivia"), "")
		mustCode(t, err, core.CodeForbidden)
	})
}

// failingAudit is a store whose audit entries can't be written.
type failingAudit struct{ core.Store }

type failingTx struct{ core.Tx }

var errDisk = errors.New("no space left")

func (s failingAudit) Write(ctx context.Context, fn func(context.Context, core.Tx) error) error {
	return s.Store.Write(ctx, func(ctx context.Context, tx core.Tx) error { return fn(ctx, failingTx{tx}) })
}

func (failingTx) AppendAudit(context.Context, core.AuditEntry) error { return errDisk }

// An act whose audit entry can't be written does not happen.
func TestNoAuditNoAct(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		e := h.MustStart("dana", "", h.Clock.Now().Add(-time.Hour))
		h.MustKey("dana")
		broken, err := core.New(core.Options{Store: failingAudit{h.Store}, Clock: h.Clock})
		if err != nil {
			t.Fatal(err)
		}
		for name, act := range map[string]func() error{
			"stop": func() error {
				_, err := broken.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID})
				return err
			},
			"start": func() error { _, err := broken.StartTimer(ctx, h.Actor("dirk"), core.NewEntry{}); return err },
			"keys": func() error {
				_, err := broken.DeactivateAPIKeys(ctx, h.Actor("olivia"), h.Who("dana").ID, "")
				return err
			},
		} {
			if err := act(); !errors.Is(err, errDisk) {
				t.Errorf("%s answered %v", name, err)
			}
		}
		if r := must[core.TimeEntry](t)(h.RunningEntry(ctx, h.Actor("dana"), "")); r.Version != e.Version {
			t.Error("the timer was changed")
		}
		if sum := must[core.KeySummary](t)(h.KeySummary(ctx, h.Actor("dana"), "")); sum.Active != 1 {
			t.Error("the keys were deactivated")
		}
		_, err = h.RunningEntry(ctx, h.Actor("dirk"), "")
		mustCode(t, err, core.CodeNotFound)
		h.MustVerify()
	})
}

// No secret that was ever issued stands in the audit log or a notice.
func TestNoSecretsInAudit(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		secret := h.MustKey("dana")
		token, _ := h.SignIn("olivia")
		must[int](t)(h.DeactivateAPIKeys(ctx, h.Actor("olivia"), h.Who("dana").ID, ""))
		for _, e := range h.MustAudit("") {
			line := fmt.Sprintf("%+v %s %s", e, e.Before, e.After)
			for _, s := range []string{secret, secret[3:12], token} {
				if strings.Contains(line, s) {
					t.Errorf("audit entry %d holds a secret", e.Seq)
				}
			}
		}
	})
}
