package store_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/textkey"
)

var (
	allSorts = []core.AccountSort{
		core.SortName, core.SortEmail, core.SortRole, core.SortStatus, core.SortKeys, core.SortRunningSince, core.SortLastActivity,
	}
	allFilters = []core.AccountFilter{core.FilterNone, core.FilterRunning, core.FilterFlagged, core.FilterWithKeys, core.FilterInactive}
)

// populate adds members with many ties in every column.
func populate(f *fixture, members int) {
	r := rand.New(rand.NewPCG(7, 7))
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	f.do(func(ctx context.Context, tx core.Tx) error {
		for i := range members {
			u := core.User{
				ID: f.id(), Language: "en", TimeZone: "UTC", Scheme: "auto",
				Name:  pick("Zoë", "ZOE", "Ärmel", "Arne", "Müller", "Mueller", "muller", "Straße", "Strasse", "100%", "a_b", `back\slash`, "İpek"),
				Email: fmt.Sprintf("%s%d@Example.Test", pick("x", "Y", "z"), (i*7919)%members),
			}
			m := core.Member{
				ID: f.id(), WorkspaceID: f.acme.ID, User: u, CreatedAt: now, Role: core.Roles()[r.IntN(4)],
				Status: core.Status(pick("active", "active", "invited", "inactive")),
			}
			if r.IntN(3) > 0 {
				m.LastActivity = now.Add(-time.Duration(r.IntN(4)) * time.Hour)
			}
			if err := tx.InsertUser(ctx, u, now); err != nil {
				return err
			}
			if err := tx.InsertMember(ctx, m); err != nil {
				return err
			}
			for range max(0, r.IntN(6)-3) {
				k := core.APIKey{ID: f.id(), WorkspaceID: f.acme.ID, MemberID: m.ID, Name: "k", Hash: string(f.id()), CreatedAt: now}
				if err := tx.InsertAPIKey(ctx, k); err != nil {
					return err
				}
			}
			if r.IntN(2) == 0 {
				e := core.TimeEntry{
					ID: f.id(), WorkspaceID: f.acme.ID, MemberID: m.ID, UserID: u.ID, Description: pick("", "work"), Version: 1,
					Start: now.Add(-time.Duration(r.IntN(5)) * time.Hour), Flagged: r.IntN(3) == 0, CreatedAt: now,
				}
				if err := tx.InsertEntry(ctx, e); err != nil {
					return err
				}
			}
			if err := tx.RefreshAccount(ctx, f.acme.ID, m.ID); err != nil {
				return err
			}
		}
		return tx.BumpRevision(ctx, f.acme.ID, true)
	})
}

// compareAccounts is the documented order.
func compareAccounts(q core.AccountQuery) func(a, b core.Account) int {
	names := map[string]string{}
	name := func(s string) string {
		if names[s] == "" {
			names[s] = textkey.SortKey(s)
		}
		return names[s]
	}
	byName := func(a, b core.Account) int {
		return cmp.Or(strings.Compare(name(a.Name), name(b.Name)), strings.Compare(string(a.MemberID), string(b.MemberID)))
	}
	statuses := []core.Status{core.StatusActive, core.StatusInvited, core.StatusInactive}
	return func(a, b core.Account) int {
		c := 0
		switch q.Sort {
		case core.SortEmail:
			c = strings.Compare(core.NormalEmail(a.Email), core.NormalEmail(b.Email))
		case core.SortRole:
			c = slices.Index(core.Roles(), a.Role) - slices.Index(core.Roles(), b.Role)
		case core.SortStatus:
			c = slices.Index(statuses, a.Status) - slices.Index(statuses, b.Status)
		case core.SortKeys:
			c = a.ActiveAPIKeys - b.ActiveAPIKeys
		case core.SortLastActivity:
			c = a.LastActivity.Compare(b.LastActivity)
		case core.SortRunningSince:
			switch {
			case a.Timer == nil && b.Timer == nil:
				return byName(a, b)
			case a.Timer == nil:
				return 1
			case b.Timer == nil:
				return -1
			}
			c = a.Timer.Start.Compare(b.Timer.Start)
		}
		if c = cmp.Or(c, byName(a, b)); q.Desc {
			return -c
		}
		return c
	}
}

// lets tells whether a query lets an account through.
func lets(q core.AccountQuery, a core.Account) bool {
	if !strings.Contains(textkey.Fold(a.Name+"\n"+a.Email), q.Search) {
		return false
	}
	switch q.Filter {
	case core.FilterRunning:
		return a.Timer != nil
	case core.FilterFlagged:
		return a.Timer != nil && a.Timer.Flagged
	case core.FilterWithKeys:
		return a.ActiveAPIKeys > 0
	case core.FilterInactive:
		return a.Status == core.StatusInactive
	}
	return true
}

func (f *fixture) accounts(q core.AccountQuery) core.AccountPage {
	f.Helper()
	return get(f, func(ctx context.Context, tx core.Tx) (core.AccountPage, error) { return tx.Accounts(ctx, f.acme.ID, q) })
}

func memberIDs(list []core.Account) []core.ID {
	out := make([]core.ID, len(list))
	for i, a := range list {
		out[i] = a.MemberID
	}
	return out
}

// everyAccount reads all rows one by one.
func (f *fixture) everyAccount() []core.Account {
	f.Helper()
	return get(f, func(ctx context.Context, tx core.Tx) ([]core.Account, error) {
		members, err := tx.Members(ctx, f.acme.ID, core.MemberQuery{Limit: 1_000_000})
		var all []core.Account
		for _, m := range members {
			a, err := tx.Account(ctx, f.acme.ID, m.ID)
			if err != nil {
				return nil, err
			}
			all = append(all, a)
		}
		return all, err
	})
}

func TestAccountsPageForwardAndBackward(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		populate(f, 150)
		all := f.everyAccount()
		if len(all) != 152 {
			t.Fatalf("%d accounts", len(all))
		}
		limits := []int{7, 40, 200}
		n := 0
		for _, search := range []string{"", "zoe", "muller", "example", "strasse", "%", "_", `\`, "x1", "ipek", "nobody at all"} {
			for _, filter := range allFilters {
				for _, sort := range allSorts {
					for _, desc := range []bool{false, true} {
						q := core.AccountQuery{Search: search, Filter: filter, Sort: sort, Desc: desc, Limit: limits[n%3]}
						f.SetFewMatches([]int{1_000, -1, 20}[n/2%3])
						n++
						var want []core.Account
						for _, a := range all {
							if lets(q, a) {
								want = append(want, a)
							}
						}
						slices.SortFunc(want, compareAccounts(q))
						checkWalk(f, q, want)
						if t.Failed() {
							t.Fatalf("%+v", q)
						}
					}
				}
			}
		}
	})
}

// checkWalk walks forward to the end and back to the start.
func checkWalk(f *fixture, q core.AccountQuery, want []core.Account) {
	f.Helper()
	var pages []core.AccountPage
	for at := 0; ; {
		page := f.accounts(q)
		from := at + 1
		if len(want) == 0 {
			from = 0
		}
		end := min(at+q.Limit, len(want))
		if d := gocmp.Diff(want[at:end], page.Accounts, gocmp.Transformer("none", func(l []core.Account) []core.Account { return append([]core.Account{}, l...) })); d != "" {
			f.Fatalf("rows %d to %d: %s", at+1, end, d)
		}
		if page.Total != len(want) || page.From != from || (page.Next == "") != (end == len(want)) || (page.Previous == "") != (at == 0) {
			f.Fatalf("rows %d to %d of %d: total %d, from %d, next %q, previous %q", at+1, end, len(want), page.Total, page.From, page.Next, page.Previous)
		}
		pages = append(pages, page)
		if page.Next == "" {
			break
		}
		at, q.Cursor = end, page.Next
	}
	for i := len(pages) - 1; i > 0; i-- {
		q.Cursor = pages[i].Previous
		page := f.accounts(q)
		if d := gocmp.Diff(pages[i-1], page); d != "" {
			f.Fatalf("back to page %d: %s", i, d)
		}
	}
}

func TestAccountsAfterChangesBetweenPages(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		populate(f, 30)
		q := core.AccountQuery{Sort: core.SortKeys, Limit: 10}
		first := f.accounts(q)
		// The row that the cursor names goes to another place: the next page still begins where the first ended.
		moved := first.Accounts[9]
		f.do(func(ctx context.Context, tx core.Tx) error {
			for range 9 {
				k := core.APIKey{ID: f.id(), WorkspaceID: f.acme.ID, MemberID: moved.MemberID, Name: "k", Hash: string(f.id()), CreatedAt: now}
				if err := tx.InsertAPIKey(ctx, k); err != nil {
					return err
				}
			}
			return tx.RefreshAccount(ctx, f.acme.ID, moved.MemberID)
		})
		q.Cursor = first.Next
		second := f.accounts(q)
		seen := map[core.ID]bool{}
		for _, a := range first.Accounts {
			seen[a.MemberID] = true
		}
		for _, a := range second.Accounts {
			if seen[a.MemberID] {
				t.Errorf("%s is on both pages", a.MemberID)
			}
		}
		// Everything beyond a place vanishes: the last page is shown.
		q = core.AccountQuery{Filter: core.FilterRunning, Sort: core.SortRunningSince, Desc: true, Limit: 3}
		page := f.accounts(q)
		for page.Next != "" && page.From < 6 {
			q.Cursor = page.Next
			page = f.accounts(q)
		}
		gone := page.Next
		if gone == "" {
			t.Fatal("too few timers")
		}
		keep := map[core.ID]bool{}
		for _, a := range f.accounts(core.AccountQuery{Filter: q.Filter, Sort: q.Sort, Desc: true, Limit: 5}).Accounts {
			keep[a.MemberID] = true
		}
		f.do(func(ctx context.Context, tx core.Tx) error {
			running, err := tx.RunningEntries(ctx, f.acme.ID, "", 0, 1000)
			if err != nil {
				return err
			}
			for _, e := range running {
				if keep[e.MemberID] {
					continue
				}
				was := e
				e.End, e.Flagged = now.Add(time.Hour), false
				if _, err := tx.SaveEntry(ctx, was, e); err != nil {
					return err
				}
				if err := tx.RefreshAccount(ctx, f.acme.ID, e.MemberID); err != nil {
					return err
				}
			}
			return nil
		})
		q.Cursor = gone
		if page = f.accounts(q); len(page.Accounts) != 3 || page.From != 3 || page.Total != 5 || page.Next != "" || page.Previous == "" {
			t.Errorf("%+v", page)
		}
	})
}

func TestCursorsAreBoundToTheirQuery(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		populate(f, 20)
		q := core.AccountQuery{Sort: core.SortEmail, Limit: 5, Search: "e", Filter: core.FilterNone}
		cursor := f.accounts(q).Next
		q.Cursor = cursor
		f.accounts(q)
		raw, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil {
			t.Fatal(err)
		}
		encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
		refused := func(name string, ws core.ID, q core.AccountQuery) {
			t.Helper()
			err := f.Read(t.Context(), func(ctx context.Context, tx core.Tx) error {
				_, err := tx.Accounts(ctx, ws, q)
				return err
			})
			if core.ErrorCode(err) != core.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, change := range map[string]func(q *core.AccountQuery){
			"sort":      func(q *core.AccountQuery) { q.Sort = core.SortName },
			"direction": func(q *core.AccountQuery) { q.Desc = true },
			"filter":    func(q *core.AccountQuery) { q.Filter = core.FilterRunning },
			"search":    func(q *core.AccountQuery) { q.Search = "ex" },
			"garbage":   func(q *core.AccountQuery) { q.Cursor = "x" },
			"no base64": func(q *core.AccountQuery) { q.Cursor = "%%%" },
			"no JSON":   func(q *core.AccountQuery) { q.Cursor = encode("hello") },
			"empty":     func(q *core.AccountQuery) { q.Cursor = encode("{}") },
			"part":      func(q *core.AccountQuery) { q.Cursor = encode(strings.Replace(string(raw), `"p":0`, `"p":1`, 1)) },
			"negative":  func(q *core.AccountQuery) { q.Cursor = encode(strings.Replace(string(raw), `"p":0`, `"p":-1`, 1)) },
			"member":    func(q *core.AccountQuery) { q.Cursor = encode(strings.Replace(string(raw), `"m":"`, `"m":"x`, 1)) },
		} {
			changed := q
			change(&changed)
			refused(name, f.acme.ID, changed)
		}
		refused("workspace", f.twin.ID, q)
	})
}

func TestRefreshAccountKeepsRowsAndTotalsRight(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		populate(f, 40)
		check := func(what string) {
			t.Helper()
			if n, err := f.CheckAccounts(t.Context()); n != 0 || err != nil {
				t.Fatalf("%s: %d wrong, %v", what, n, err)
			}
		}
		check("at first")
		r := rand.New(rand.NewPCG(1, 2))
		members := f.everyAccount()
		for i := range 150 {
			a := members[r.IntN(len(members))]
			f.do(func(ctx context.Context, tx core.Tx) error {
				m, err := tx.Member(ctx, f.acme.ID, a.MemberID)
				if err != nil {
					return err
				}
				switch r.IntN(6) {
				case 0:
					m.User.Name = fmt.Sprint("Name ", i)
					err = tx.UpdateUser(ctx, m.User)
				case 1:
					if m.ID != f.owner.ID {
						m.Status, m.Role = []core.Status{core.StatusActive, core.StatusInactive}[r.IntN(2)], core.Roles()[1+r.IntN(3)]
						if m.Role != core.RoleOwner {
							err = tx.UpdateMember(ctx, m)
						}
					}
				case 2:
					_, err = tx.DeactivateAPIKeys(ctx, f.acme.ID, m.ID, "", f.owner.User.ID, "O", now)
				case 3:
					err = tx.TouchMember(ctx, f.acme.ID, m.ID, now.Add(time.Duration(i)*time.Minute))
				case 4:
					var e core.TimeEntry
					if e, err = tx.RunningEntry(ctx, f.acme.ID, m.ID); err == nil {
						was := e
						e.End, e.Flagged = now.Add(time.Hour), false
						_, err = tx.SaveEntry(ctx, was, e)
					} else {
						err = tx.InsertEntry(ctx, core.TimeEntry{
							ID: f.id(), WorkspaceID: f.acme.ID, MemberID: m.ID, UserID: m.User.ID, Version: 1, Start: now, Flagged: i%2 == 0, CreatedAt: now,
						})
					}
				case 5:
					err = tx.InsertAPIKey(ctx, core.APIKey{ID: f.id(), WorkspaceID: f.acme.ID, MemberID: m.ID, Name: "k", Hash: string(f.id()), CreatedAt: now})
				}
				if err != nil {
					return fmt.Errorf("%+v: %w", m, err)
				}
				return tx.RefreshAccount(ctx, f.acme.ID, m.ID)
			})
		}
		check("after changes")
		before := f.accounts(core.AccountQuery{Limit: 200})
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.RefreshAccounts(ctx, f.acme.ID) })
		check("after making all anew")
		if d := gocmp.Diff(before, f.accounts(core.AccountQuery{Limit: 200})); d != "" {
			t.Error(d)
		}
		// The check finds what is wrong.
		for _, damage := range []string{
			`UPDATE accounts SET name = 'x' WHERE member_id = '` + string(f.owner.ID) + `'`,
			`UPDATE accounts SET active_keys = 77 WHERE member_id = '` + string(f.member.ID) + `'`,
			`UPDATE workspace_state SET running_count = running_count + 1 WHERE workspace_id = '` + string(f.twin.ID) + `'`,
			`DELETE FROM accounts WHERE member_id = '` + string(f.twinOwner.ID) + `'`,
		} {
			was, err := f.CheckAccounts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Exec(damage); err != nil {
				t.Fatal(err)
			}
			if n, err := f.CheckAccounts(t.Context()); n <= was || err != nil {
				t.Errorf("%s: %d wrong, %v", damage, n, err)
			}
		}
	})
}

func TestAccountOfAnotherWorkspaceIsMissing(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		missing(f, "twin", func(ctx context.Context, tx core.Tx) (core.Account, error) {
			return tx.Account(ctx, f.twin.ID, f.member.ID)
		})
		missing(f, "no workspace", func(ctx context.Context, tx core.Tx) (core.AccountPage, error) {
			return tx.Accounts(ctx, newID(1), core.AccountQuery{Limit: 5})
		})
		page := get(f, func(ctx context.Context, tx core.Tx) (core.AccountPage, error) {
			return tx.Accounts(ctx, f.twin.ID, core.AccountQuery{Limit: 50})
		})
		if d := gocmp.Diff([]core.ID{f.twinOwner.ID}, memberIDs(page.Accounts)); d != "" || page.Total != 1 {
			t.Error(d)
		}
		f.do(func(ctx context.Context, tx core.Tx) error { return tx.RefreshAccount(ctx, f.twin.ID, f.member.ID) }) // changes nothing
		if n, err := f.CheckAccounts(t.Context()); n != 0 || err != nil {
			t.Errorf("%d wrong, %v", n, err)
		}
	})
}

func TestSearchesSeeTheirSnapshot(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		populate(f, 20)
		q := core.AccountQuery{Search: "quux", Sort: core.SortName, Limit: 10}
		total := func(ctx context.Context, tx core.Tx) int {
			t.Helper()
			page, err := tx.Accounts(ctx, f.acme.ID, q)
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Accounts) != page.Total {
				t.Errorf("%d rows, total %d", len(page.Accounts), page.Total)
			}
			return page.Total
		}
		seen := func(ctx context.Context, tx core.Tx, want int, when string) {
			t.Helper()
			if n := total(ctx, tx); n != want {
				t.Errorf("%s: %d matches, want %d", when, n, want)
			}
		}
		look := func(want int, when string) {
			t.Helper()
			_ = f.Read(t.Context(), func(ctx context.Context, tx core.Tx) error {
				seen(ctx, tx, want, when)
				return nil
			})
		}
		rename := func(name string) func(ctx context.Context, tx core.Tx) error {
			return func(ctx context.Context, tx core.Tx) error {
				u := f.member.User
				u.Name = name
				return errors.Join(tx.UpdateUser(ctx, u), tx.RefreshAccount(ctx, f.acme.ID, f.member.ID))
			}
		}
		look(0, "at first")
		_ = f.Read(t.Context(), func(ctx context.Context, old core.Tx) error {
			seen(ctx, old, 0, "in the old snapshot")
			f.do(rename("Quüx"))
			look(1, "renamed")
			seen(ctx, old, 0, "in the old snapshot, when a newer one was searched")
			return nil
		})
		f.refused(errOwn, func(ctx context.Context, tx core.Tx) error {
			if err := rename("Gone")(ctx, tx); err != nil {
				return err
			}
			seen(ctx, tx, 0, "in the act")
			return errOwn
		})
		look(1, "after an act that failed")
		f.addMember(f.acme, "Other Quux", core.RoleMember)
		look(2, "with a new member")
		if err := open(t, f.dsn).Write(t.Context(), rename("Nobody")); err != nil { // as another process
			t.Fatal(err)
		}
		look(1, "renamed again")
	})
}

func TestSearchFollowsACursorWhoseRowHasMoved(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		populate(f, 40)
		for _, desc := range []bool{false, true} {
			q := core.AccountQuery{Search: "example", Sort: core.SortName, Desc: desc, Limit: 10}
			first := f.accounts(q)
			// The last row of the page gets a name at the other end, so the row that the cursor names is not where it was.
			var want []core.Account
			for _, a := range f.everyAccount() {
				if lets(q, a) {
					want = append(want, a)
				}
			}
			slices.SortFunc(want, compareAccounts(q))
			last := first.Accounts[9]
			name := map[bool]string{false: "zzz", true: "000"}[desc]
			f.do(func(ctx context.Context, tx core.Tx) error {
				u, err := tx.User(ctx, last.UserID)
				if err != nil {
					return err
				}
				u.Name = name
				return errors.Join(tx.UpdateUser(ctx, u), tx.RefreshAccount(ctx, f.acme.ID, last.MemberID))
			})
			q.Cursor = first.Next
			if d := gocmp.Diff(memberIDs(want[10:20]), memberIDs(f.accounts(q).Accounts)); d != "" {
				t.Error(d)
			}
		}
	})
}
