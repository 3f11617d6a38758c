package store_test

import (
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestActsThroughTheService(t *testing.T) {
	h := coretest.New(t)
	ctx := t.Context()
	e := h.MustStart("dana", "report", time.Time{})
	page, err := h.Accounts(ctx, h.Actor("olivia"), core.AccountQuery{Search: "MULLER"})
	if err != nil || page.Total != 1 || page.Accounts[0].Name != "Dirk Müller" {
		t.Fatalf("search: %+v, %v", page, err)
	}
	page, err = h.Accounts(ctx, h.Actor("olivia"), core.AccountQuery{Sort: core.SortRunningSince})
	if err != nil || page.Total != 6 || page.Accounts[0].Timer == nil || page.Accounts[0].Timer.EntryID != e.ID || page.Counts.Running != 1 {
		t.Fatalf("accounts: %+v, %v", page, err)
	}
	h.Clock.Advance(time.Hour)
	stopped, err := h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{MemberID: h.Who("dana").ID})
	if err != nil {
		t.Fatalf("stop: %+v, %v", stopped, err)
	}
	if n, err := h.Store.CheckAccounts(ctx); n != 0 || err != nil {
		t.Errorf("%d wrong accounts, %v", n, err)
	}
	h.MustVerify()
}
