package discord

import (
	"slices"
	"testing"

	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// TestWhoLeftIsUnlinked: whoever has left the server, and nobody else, loses the link at the next round; while Discord
// can't be asked, nobody does.
func TestWhoLeftIsUnlinked(t *testing.T) {
	r := newLone(t)
	people := map[string]string{"olivia": "118000000000000001", "dana": "118000000000000004", "dirk": "118000000000000005"}
	for key, user := range people {
		if !slices.Contains(r.linked(t), user) {
			r.MustLink(key, core.PlatformDiscord, r.fake.Guild(), user)
		}
	}
	before := len(r.linked(t))
	check := func(want int) {
		t.Helper()
		if got := r.linked(t); len(got) != want {
			t.Errorf("%d are linked, want %d: %v", len(got), want, got)
		}
	}
	round := func() error { return r.app.checkPeople(t.Context(), 0) }
	if err := round(); err != nil {
		t.Fatal(err)
	}
	check(before)
	r.fake.Knows(people["dana"], fakediscord.Account{Unknown: true})
	for range 40 { // net/http asks again where a connection turns out to be closed
		r.fake.FailNext(fakediscord.GetMember, fakediscord.Fault{Status: 503})
	}
	if err := round(); err == nil {
		t.Error("a round in which Discord could not be asked ended well")
	}
	check(before)
	r.fake.Clear(fakediscord.GetMember)
	for range 2 {
		if err := round(); err != nil {
			t.Fatal(err)
		}
		check(before - 1)
	}
	if slices.Contains(r.linked(t), people["dana"]) {
		t.Error("who left is still linked")
	}
	entries := r.MustAudit(core.ActIdentityUnlink)
	if len(entries) != 1 || entries[0].Reason != string(core.BarredStranger) || entries[0].Target.MemberID != r.Who("dana").ID {
		t.Errorf("audit: %+v", entries)
	}
}

// linked are the Discord users that are linked.
func (r *lone) linked(t *testing.T) []string {
	t.Helper()
	list, err := r.Identities(t.Context(), coretest.Operator(r.Workspace.ID), false)
	if err != nil {
		t.Fatal(err)
	}
	var users []string
	for _, i := range list {
		users = append(users, i.ChatUser)
	}
	return users
}
