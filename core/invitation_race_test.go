package core_test

import (
	"database/sql"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// holdUser keeps the row of a user, so that acts that need it meet there. wait returns when n of them stand before it.
// On SQLite, where acts come one after the other, there is nothing to hold.
func holdUser(t *testing.T, h *coretest.House, user core.ID) (wait func(n int), release func()) {
	t.Helper()
	if !strings.HasPrefix(h.DSN, "postgres") {
		return func(int) {}, func() {}
	}
	db, err := sql.Open("pgx", h.DSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	holder, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.ExecContext(t.Context(), `SELECT id FROM users WHERE id = $1 FOR UPDATE`, string(user)); err != nil {
		t.Fatal(err)
	}
	wait = func(n int) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; {
			var waiting int
			if err := db.QueryRowContext(t.Context(), `
				SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting); err != nil {
				t.Fatal(err)
			}
			if waiting == n {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d acts wait for the user, want %d", waiting, n)
			}
		}
	}
	return wait, func() { _ = holder.Rollback() }
}

// TestTwoInvitationsOfOnePersonAtOnce: the inviter of one is a stranger to the other workspace, and a session of theirs must
// not open it. Whoever comes second has to prove to be the person.
func TestTwoInvitationsOfOnePersonAtOnce(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		_, ws := invite(t, h, "first@acme.test")
		for name, passwords := range map[string][2]string{
			"two passwords": {goodPassword, "chosen by eve"}, "one password": {goodPassword, ""}, "no password": {"", ""},
		} {
			t.Run(name, func(t *testing.T) {
				email := strings.ReplaceAll(name, " ", ".") + "@acme.test"
				var tokens [2]string
				var user core.ID
				for i, operator := range []core.Actor{coretest.Operator(h.Workspace.ID), coretest.Operator(ws.ID)} {
					m := must[core.Member](t)(h.AddMember(ctx, operator, core.NewMember{Email: email, Name: "Invited"}))
					tokens[i], _ = must2(h.CreateInvitation(ctx, operator, m.ID))(t)
					user = m.User.ID
				}
				wait, release := holdUser(t, h, user)
				defer release()
				var errs [2]error
				var at sync.WaitGroup
				for i := range tokens {
					at.Go(func() {
						in := core.Acceptance{Name: "One of two", Password: passwords[i]}
						_, errs[i] = h.AcceptInvitation(ctx, tokens[i], in, core.Client{})
					})
				}
				wait(len(tokens))
				release()
				at.Wait()
				second := 0
				if errs[0] == nil {
					second = 1
				}
				if errs[1-second] != nil {
					t.Fatalf("nobody joined: %v", errs)
				}
				if e := mustCode(t, errs[second], core.CodeForbidden); e.Message != "error.invitation_sign_in" {
					t.Errorf("the second is told %s", e.Message)
				}
				joined := 0
				for _, m := range must[[]core.Membership](t)(h.MembershipsByEmail(ctx, coretest.Operator(""), email)) {
					if m.Member.Status == core.StatusActive {
						joined++
					}
				}
				if joined != 1 {
					t.Errorf("active in %d workspaces", joined)
				}
				// The second invitation is not used up: the person still has it.
				must[core.SignedIn](t)(h.AcceptInvitation(ctx, tokens[second], core.Acceptance{SignedInAs: user}, core.Client{}))
			})
		}
		h.MustVerify()
	})
}
