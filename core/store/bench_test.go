package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// benchMembers is how many members the benchmarks' workspace has.
const benchMembers = 100_000

// crowd is a house with many members, some of them running.
func crowd(b *testing.B) *coretest.House {
	h := coretest.New(b)
	if err := h.Seed(b.Context(), coretest.Operator(h.Workspace.ID), core.SeedPlan{
		Members: benchMembers, Entries: 2 * benchMembers, Running: benchMembers / 10, Seed: 1,
	}); err != nil {
		b.Fatal(err)
	}
	return h
}

func BenchmarkAccounts(b *testing.B) {
	h := crowd(b)
	read := func(b *testing.B, q core.AccountQuery) core.AccountPage {
		var page core.AccountPage
		if err := h.Store.Read(b.Context(), func(ctx context.Context, tx core.Tx) (err error) {
			page, err = tx.Accounts(ctx, h.Workspace.ID, q)
			return err
		}); err != nil {
			b.Fatal(err)
		}
		return page
	}
	run := func(name string, q core.AccountQuery) {
		b.Run(name, func(b *testing.B) {
			total := 0
			for b.Loop() {
				total = read(b, q).Total
			}
			b.ReportMetric(float64(total), "matches")
		})
	}
	for _, filter := range allFilters {
		for _, sort := range allSorts {
			for _, desc := range []bool{false, true} {
				run(fmt.Sprintf("%s/%s/desc=%v", filter, sort, desc), core.AccountQuery{Filter: filter, Sort: sort, Desc: desc, Limit: 50})
			}
		}
	}
	for _, part := range []string{"mull", "e", "zoe xu 77", "nobody", "99999", "seed1-5"} {
		for _, sort := range []core.AccountSort{core.SortName, core.SortKeys, core.SortRunningSince} {
			for _, filter := range []core.AccountFilter{core.FilterNone, core.FilterRunning} {
				run(fmt.Sprintf("search=%s/%s/%s", part, filter, sort), core.AccountQuery{Search: part, Filter: filter, Sort: sort, Limit: 50})
			}
		}
	}
	b.Run("first search", func(b *testing.B) {
		for b.Loop() {
			h.Store.ForgetSearches()
			read(b, core.AccountQuery{Search: "nobody", Sort: core.SortName, Limit: 50})
		}
	})
	b.Run("like scan", func(b *testing.B) {
		for b.Loop() {
			h.Store.Count(`SELECT count(*) FROM accounts WHERE workspace_id = '` + string(h.Workspace.ID) + `' AND search_key LIKE '%nobody%'`)
		}
	})
}

func BenchmarkActs(b *testing.B) {
	h := coretest.New(b)
	owner := h.Actor("olivia")
	member := h.Who("dana").ID
	b.Run("start and stop", func(b *testing.B) {
		for b.Loop() {
			h.MustStart("dana", "work", time.Time{})
			h.Clock.Advance(time.Minute)
			if _, err := h.StopTimer(b.Context(), owner, core.StopTimer{MemberID: member}); err != nil {
				b.Fatal(err)
			}
		}
	})
	secret := h.MustKey("dana")
	if _, err := h.ActorByAPIKey(b.Context(), secret, "", ""); err != nil {
		b.Fatal(err)
	}
	b.Run("API key", func(b *testing.B) {
		for b.Loop() {
			if _, err := h.ActorByAPIKey(b.Context(), secret, "", ""); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			b.SetParallelism(callers)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := h.Store.Write(b.Context(), bumpOf(h.Workspace.ID)); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
