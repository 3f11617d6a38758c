package discord_test

import (
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
)

// codeForm is the form for a code, opened by somebody who is not linked.
func (h *house) codeForm(key string) *fakediscord.Seen {
	h.T.Helper()
	return h.person(key).Clicks(h.person(key).Runs("/timer help"), "Enter code")
}

// A link names the person as Discord does, to both sides.
func TestLinkNamesThePerson(t *testing.T) {
	h := newHouse(t, setup{})
	h.fake.Knows(user("mona"), fakediscord.Account{Name: "Mona on Discord"})
	form := h.codeForm("mona")
	linked := h.person("mona").Submits(form, map[string]any{"Code": h.Code("mona")})
	says(t, linked, "Your accounts are linked", "Mona on Discord ("+user("mona")+")")
	ids, err := h.Identities(t.Context(), h.Actor("mona"), true)
	if err != nil || len(ids) != 1 || ids[0].ChatName != "Mona on Discord" {
		t.Errorf("identities %+v, %v", ids, err)
	}
	if log := h.MustAudit(core.ActIdentityLink); !strings.Contains(string(log[0].After), "Mona on Discord") {
		t.Errorf("audit %+v", log[0])
	}
}

// A code works on the server it is typed into, and for whoever types it first (T-C2).
func TestLinkCodeIsBound(t *testing.T) {
	h := newHouse(t, setup{})
	mona, foreign := h.person("mona"), h.person("mona")
	code := h.Code("mona")
	foreign.Guild = "1299999999999999999"
	says(t, foreign.Runs("/timer link code:"+code), "This server is not connected")
	says(t, mona.Runs("/timer link code:"+code), "Your accounts are linked")
	says(t, h.fake.Person("118000000000000042").Runs("/timer link code:"+code), "wrong, used")
}

// Only full members of the server are linked, and a Discord that does not answer links nobody (T-C1).
func TestWhoMayBeLinked(t *testing.T) {
	tests := []struct {
		name string
		who  fakediscord.Account
		want string // "" when linked
	}{
		{"full member", fakediscord.Account{}, ""},
		{"bot", fakediscord.Account{Bot: true}, "A bot can't be linked"},
		{"system", fakediscord.Account{System: true}, "A bot can't be linked"},
		{"pending", fakediscord.Account{Pending: true}, "Guests"},
		{"guest", fakediscord.Account{Guest: true}, "Guests"},
		{"unknown", fakediscord.Account{Unknown: true}, "can't be linked"},
		{"bot that is pending", fakediscord.Account{Bot: true, Pending: true}, "A bot can't be linked"},
	}
	h := newHouse(t, setup{})
	mona := h.person("mona")
	for _, tt := range tests {
		h.fake.Knows(user("mona"), tt.who)
		seen := mona.Runs("/timer link code:" + h.Code("mona"))
		if tt.want == "" {
			if !h.Linked("mona") {
				t.Fatalf("%s was not linked: %s", tt.name, seen)
			}
			mona.Runs("/timer unlink")
			continue
		}
		says(t, seen, tt.want)
		if h.Linked("mona") {
			t.Fatalf("%s was linked", tt.name)
		}
		for _, command := range []string{"/accounts list", "/timer start description:x", "/timer stop", "/accounts stop-timer " + at("dana")} {
			says(t, mona.Runs(command), "not linked")
		}
	}
	h.fake.Knows(user("mona"), fakediscord.Account{})
	for name, fault := range map[string]fakediscord.Fault{
		"429": {Status: 429, RetryAfter: 30}, "500": {Status: 500}, "503": {Status: 503}, "reset": {Reset: true}, "lost": {LoseAnswer: true},
		"refused": {Status: 403, Code: 50001}, "wrong token": {Status: 401},
	} {
		// net/http tries a GET again for each idle connection that turns out to be closed.
		for range 8 {
			h.fake.FailNext(fakediscord.GetMember, fault)
		}
		says(t, mona.Runs("/timer link code:"+h.Code("mona")), "nothing was linked; try again")
		if h.Linked("mona") {
			t.Fatalf("linked after %s", name)
		}
		h.fake.Clear(fakediscord.GetMember)
	}
	h.fake.Silence(fakediscord.GetMember, true)
	says(t, mona.Runs("/timer link code:"+h.Code("mona")), "nothing was linked; try again")
	h.fake.Silence(fakediscord.GetMember, false)
	says(t, mona.Runs("/timer link code:"+h.Code("mona")), "Your accounts are linked")
}

// Nothing that a linked person does waits for Discord's API; a stranger is spoken to in the language
// of their client.
func TestClicksAskDiscordNothing(t *testing.T) {
	h := newHouse(t, setup{})
	h.DanaRuns(time.Hour)
	h.fake.AwaitCommands()
	for _, name := range []string{fakediscord.GetMember, fakediscord.CreateMessage, fakediscord.FollowUp, fakediscord.EditOriginal} {
		h.fake.Silence(name, true)
		defer h.fake.Silence(name, false)
	}
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped")
	german := h.person("mona")
	german.Language = "de"
	says(t, german.Runs("/timer status"), "nicht mit Clockwarden verknüpft")
	says(t, h.person("mona").Runs("/timer status"), "not linked to Clockwarden")
}
