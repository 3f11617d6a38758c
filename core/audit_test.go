package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
