package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

// What people write must come out of the accounts as it went in, whatever the form of the row is made of.
func TestAccountsShowAnyText(t *testing.T) {
	texts := []string{
		" ", "  7 12 0  ", "0", "a b", " leading", "trailing ", "Zoë Müller-Lüdenscheidt", "日本語 テスト", "👩‍👩‍👧 and 🇩🇪", "e\u0301\u0327",
		"\u202eright to left", "|", "'; DROP TABLE accounts; --", `\`, `"{}[]`, "%s?1$1", "\x1f\x1e", strings.Repeat("long ", 1000), "-1", "NULL",
	}
	onBoth(t, func(t *testing.T, f *fixture) {
		want := map[core.ID]core.Account{}
		f.do(func(ctx context.Context, tx core.Tx) error {
			for i, text := range texts {
				u := core.User{ID: f.id(), Language: "en", TimeZone: "UTC", Scheme: "auto", Name: text, Email: fmt.Sprintf("%d ü@example.test", i)}
				m := core.Member{ID: f.id(), WorkspaceID: f.acme.ID, User: u, CreatedAt: now, Role: core.RoleMember, Status: core.StatusActive}
				e := core.TimeEntry{
					ID: f.id(), WorkspaceID: f.acme.ID, MemberID: m.ID, UserID: u.ID, Description: texts[len(texts)-1-i], Version: 1,
					Start: now, Flagged: i%2 == 0, CreatedAt: now,
				}
				if err := tx.InsertUser(ctx, u, now); err != nil {
					return err
				}
				if err := tx.InsertMember(ctx, m); err != nil {
					return err
				}
				a := core.Account{MemberID: m.ID, UserID: u.ID, Name: text, Email: u.Email, Role: m.Role, Status: m.Status}
				if i%3 > 0 {
					if err := tx.InsertEntry(ctx, e); err != nil {
						return err
					}
					a.Timer = &core.AccountTimer{EntryID: e.ID, Description: e.Description, Start: now, Flagged: e.Flagged}
				}
				want[m.ID] = a
				if err := tx.RefreshAccount(ctx, f.acme.ID, m.ID); err != nil {
					return err
				}
			}
			return nil
		})
		page := f.accounts(core.AccountQuery{Limit: 200})
		for _, a := range page.Accounts {
			if w, ok := want[a.MemberID]; ok {
				delete(want, a.MemberID)
				if d := gocmp.Diff(w, a); d != "" {
					t.Error(d)
				}
			}
		}
		if len(want) > 0 {
			t.Errorf("%d accounts are not on the page", len(want))
		}
		if n, err := f.CheckAccounts(t.Context()); n != 0 || err != nil {
			t.Errorf("%d wrong, %v", n, err)
		}
	})
}

func TestAccountsOfAnotherFormAreRefused(t *testing.T) {
	const whole = "m u owner active 2 1000 e 2000 1 4 3 5 Zoëe@x"
	for _, text := range []string{
		whole + "about!", whole + "abou", "", " ", "m u owner active", strings.Replace(whole, " 2 ", " two ", 1) + "about",
		strings.Replace(whole, " 2 ", " -2 ", 1) + "about", strings.Replace(whole, "2000", "2000000000000000000000", 1) + "about",
		strings.Replace(whole, " 4 3", "  3", 1) + "about", "m u owner active 2 1000 e 2000 1 4 3 500 Zoëe@xabout",
	} {
		if a, ok := store.CutShown(text); ok {
			t.Errorf("%q is read as %+v", text, a)
		}
	}
	got, ok := store.CutShown(whole + "about")
	want := core.Account{
		MemberID: "m", UserID: "u", Name: "Zoë", Email: "e@x", Role: core.RoleOwner, Status: core.StatusActive, ActiveAPIKeys: 2,
		LastActivity: time.UnixMilli(1000).UTC(),
		Timer:        &core.AccountTimer{EntryID: "e", Description: "about", Start: time.UnixMilli(2000).UTC(), Flagged: true},
	}
	if d := gocmp.Diff(want, got); !ok || d != "" {
		t.Error(ok, d)
	}
}
