package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

func TestISODuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: `"PT0S"`, time.Second: `"PT1S"`, 105 * time.Minute: `"PT1H45M"`, 26*time.Hour + 5*time.Second: `"PT26H5S"`,
		time.Hour + time.Minute + time.Second: `"PT1H1M1S"`, 90*time.Second + 400*time.Millisecond: `"PT1M30S"`,
	} {
		if got, err := json.Marshal(isoDuration(d)); err != nil || string(got) != want {
			t.Errorf("%v: %s %v, want %s", d, got, err, want)
		}
	}
}

func TestClockifyTimeIsWholeSecondsUTC(t *testing.T) {
	moment := time.Date(2026, 3, 1, 12, 0, 0, 999_000_000, time.FixedZone("", 3600))
	if got, err := json.Marshal(clockifyTime(moment)); err != nil || string(got) != `"2026-03-01T11:00:00Z"` {
		t.Errorf("%s %v", got, err)
	}
}

// TestEachOfPage walks lists of many lengths page by page and finds each item once.
func TestEachOfPage(t *testing.T) {
	even := func(n int) bool { return n%2 == 0 }
	for _, total := range []int{0, 1, 9, 10, 11, 999, 1000, 1001, 2500} {
		for _, size := range []int{1, 10, 1000, 1200, 5000} {
			if total/size > 300 {
				continue
			}
			for _, keep := range []func(int) bool{nil, even} {
				next := 0
				for page := 0; ; page++ {
					c := &call{header: http.Header{}, r: httptest.NewRequest("GET", "/", nil), large: newLargeAnswers()}
					var got []int
					err := eachOfPage(c, paging{offset: page * size, size: size}, func(offset, limit int) ([]int, error) {
						if limit > chunk {
							t.Fatalf("asked for %d at once", limit)
						}
						var list []int
						for n := offset; n < min(total, offset+limit); n++ {
							list = append(list, n)
						}
						return list, nil
					}, keep, func(n int) error {
						got = append(got, n)
						return nil
					})
					if err != nil {
						t.Fatal(err)
					}
					for _, n := range got {
						for keep != nil && !keep(next) {
							next++
						}
						if n != next {
							t.Fatalf("total %d size %d page %d: %d, want %d", total, size, page, n, next)
						}
						next++
					}
					if c.header.Get("Last-Page") == "true" {
						break
					}
					if len(got) != size {
						t.Fatalf("total %d size %d page %d: %d items and not the last", total, size, page, len(got))
					}
				}
				for keep != nil && next < total && !keep(next) {
					next++
				}
				if next != total {
					t.Fatalf("total %d size %d: ended at %d", total, size, next)
				}
			}
		}
	}
}

func TestClockifyErrorOfEveryCode(t *testing.T) {
	for code, want := range map[core.Code][2]int{
		core.CodeInvalid: {400, 501}, core.CodeConflict: {400, 501}, core.CodeNotFound: {400, 501}, core.CodeExpired: {400, 501},
		core.CodeForbidden: {403, 403}, core.CodeOwnerRequired: {403, 403}, core.CodePlanRequired: {403, 403},
		core.CodeTooLarge: {413, 413}, core.CodeRateLimited: {429, 429}, core.CodeUnavailable: {503, 503}, core.CodeInternal: {500, 500},
	} {
		if got := clockifyErrorOf(&core.Error{Code: code, Message: "error.other"}); got.status != want[0] || got.code != want[1] {
			t.Errorf("%s: %d %d, want %v", code, got.status, got.code, want)
		}
	}
}

func TestOwnStatusOfEveryCode(t *testing.T) {
	for code, want := range map[core.Code]int{
		core.CodeInvalid: 400, core.CodeUnauthenticated: 401, core.CodeOwnerRequired: 403, core.CodePlanRequired: 403,
		core.CodeForbidden: 403, core.CodeNotFound: 404, codeMethod: 405, core.CodeConflict: 409, core.CodeExpired: 410,
		core.CodeTooLarge: 413, core.CodeRateLimited: 429, core.CodeUnavailable: 503, core.CodeInternal: 500, "new": 500,
	} {
		if got := statusOf(code); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
}
