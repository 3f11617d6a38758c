package slack_test

import (
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
)

// codeForm is the form for a code, opened by somebody who is not linked.
func (h *house) codeForm(key string) *fakeslack.Seen {
	h.T.Helper()
	return h.person(key).Clicks(h.person(key).Runs("/timer"), "Enter code")
}

// A link names the person as Slack does, to both sides, over HTTP and over the socket.
func TestLinkNamesThePerson(t *testing.T) {
	for _, mode := range []string{slack.ModeHTTP, slack.ModeSocket} {
		t.Run(mode, func(t *testing.T) {
			h := newHouse(t, setup{mode: mode})
			mona := h.person("mona")
			h.fake.Knows("UMONA", fakeslack.Account{Name: "Mona on Slack"})
			unlinked := mona.Runs("/timer start Quarter report")
			form := mona.Clicks(unlinked, "Enter code")
			says(t, mona.Submits(form, map[string]any{"Code": h.Code("mona")}), "Your accounts are linked", "Mona on Slack (UMONA)")
			linked := h.fake.AwaitReplaced(unlinked)
			says(t, linked, "Your accounts are linked")
			says(t, h.fake.AwaitAfter(linked), "Your timer is running", "Quarter report")
			ids, err := h.Identities(t.Context(), h.Actor("mona"), true)
			if err != nil || len(ids) != 1 || ids[0].ChatName != "Mona on Slack" {
				t.Errorf("identities %+v, %v", ids, err)
			}
			if log := h.MustAudit(core.ActIdentityLink); !strings.Contains(string(log[0].After), "Mona on Slack") {
				t.Errorf("audit %+v", log[0])
			}
		})
	}
}

// A code works in the team it is typed into, and for whoever types it first (T-C2).
func TestLinkCodeIsBound(t *testing.T) {
	h := newHouse(t, setup{})
	mona, foreign := h.person("mona"), h.person("mona")
	code := h.Code("mona")
	foreign.Team = "T2"
	says(t, foreign.Runs("/timer link "+code), "People of another Slack team can't be linked")
	says(t, mona.Runs("/timer link "+code), "Your accounts are linked")
	says(t, h.fake.Person("UOTHER").Runs("/timer link "+code), "wrong, used")
}

// Eleven kinds of people, as users.info tells them: only full members are linked, and a Slack that
// does not answer links nobody (T-C1).
func TestWhoMayBeLinked(t *testing.T) {
	tests := []struct {
		name string
		who  fakeslack.Account
		want string // "" when linked
	}{
		{"full member", fakeslack.Account{}, ""},
		{"deactivated", fakeslack.Account{Deleted: true}, "deactivated"},
		{"bot", fakeslack.Account{Bot: true}, "A bot can't be linked"},
		{"multi-channel guest", fakeslack.Account{Guest: true}, "Guests"},
		{"single-channel guest", fakeslack.Account{Guest: true, SingleChannelGuest: true}, "Guests"},
		{"stranger", fakeslack.Account{Stranger: true}, "another Slack team"},
		{"connect outsider", fakeslack.Account{Team: "T2"}, "another Slack team"},
		{"unconfirmed", fakeslack.Account{Unsure: true}, "not confirmed yet"},
		{"unknown", fakeslack.Account{Unknown: true}, "another Slack team"},
		{"deactivated guest", fakeslack.Account{Deleted: true, Guest: true}, "deactivated"},
		{"bot of another team", fakeslack.Account{Bot: true, Team: "T9"}, "another Slack team"},
	}
	h := newHouse(t, setup{})
	mona := h.person("mona")
	for _, tt := range tests {
		h.fake.Knows("UMONA", tt.who)
		code := h.Code("mona")
		seen := mona.Runs("/timer link " + code)
		if tt.want != "" {
			says(t, seen, tt.want)
			if h.Linked("mona") {
				t.Fatalf("%s was linked", tt.name)
			}
			for _, command := range []string{"/accounts list", "/timer start x", "/timer stop", "/accounts stop-timer <@UDANA>"} {
				says(t, mona.Runs(command), "not linked")
			}
			continue
		}
		if !h.Linked("mona") {
			t.Fatalf("%s was not linked: %s", tt.name, seen)
		}
		mona.Runs("/timer unlink")
	}
	h.fake.Knows("UMONA", fakeslack.Account{})
	for name, fault := range map[string]fakeslack.Fault{
		"429": {Status: 429, RetryAfter: 30}, "500": {Status: 500}, "503": {Status: 503}, "reset": {LoseAnswer: true}, "refused": {Error: "missing_scope"},
	} {
		h.fake.FailNext("users.info", fault)
		h.fake.FailNext("users.info", fault)
		says(t, mona.Runs("/timer link "+h.Code("mona")), "nothing was linked; try again")
		if h.Linked("mona") {
			t.Fatalf("linked after %s", name)
		}
	}
	h.fake.Silence("users.info", true)
	seen := mona.Runs("/timer link " + h.Code("mona"))
	says(t, seen, "nothing was linked; try again")
	h.fake.Silence("users.info", false)
	says(t, mona.Runs("/timer link "+h.Code("mona")), "Your accounts are linked")
}

// Who leaves Slack, or becomes a guest, is unlinked at once (user_change).
func TestLeavingUnlinks(t *testing.T) {
	for _, mode := range []string{slack.ModeHTTP, slack.ModeSocket} {
		t.Run(mode, func(t *testing.T) {
			h := newHouse(t, setup{mode: mode})
			h.fake.Changes("UDANA", fakeslack.Account{Name: "Dana with a new name"})
			h.fake.Changes("UDIRK", fakeslack.Account{Deleted: true})
			h.fake.Changes("UADAM", fakeslack.Account{Guest: true})
			h.eventually("Dirk and Adam are unlinked", func() bool { return !h.Linked("dirk") && !h.Linked("adam") })
			if !h.Linked("dana") {
				t.Error("a new name unlinks")
			}
			says(t, h.person("dirk").Runs("/timer status"), "not linked")
			log := h.MustAudit(core.ActIdentityUnlink)
			if len(log) != 2 || log[0].ActorName != string(core.JobChatPeople) || log[0].Door != core.DoorSlack || log[0].Reason == "" {
				t.Errorf("audit %+v", log)
			}
		})
	}
}

// An unlinked person is spoken to in the language of their Slack, if it is told in time.
func TestStrangersLanguage(t *testing.T) {
	h := newHouse(t, setup{})
	h.fake.Knows("UMONA", fakeslack.Account{Locale: "de-DE"})
	says(t, h.person("mona").Runs("/timer status"), "nicht mit Clockwarden verknüpft")
	h.fake.Silence("users.info", true)
	began := time.Now()
	says(t, h.fake.Person("UELSE").Runs("/timer status"), "not linked to Clockwarden")
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("answered after %s", took)
	}
	says(t, h.person("mona").Runs("/accounts list"), "nicht mit Clockwarden verknüpft") // known by now
	h.fake.Silence("users.info", false)
	h.fake.Changes("UMONA", fakeslack.Account{Locale: "en-GB"})
	h.eventually("Slack told of another language", func() bool {
		return strings.Contains(h.person("mona").Runs("/timer status").String(), "not linked to Clockwarden")
	})
}

// eventually waits for what an event in the background does.
func (h *house) eventually(what string, done func() bool) {
	h.T.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			h.T.Fatalf("waited in vain: %s", what)
		}
	}
}
