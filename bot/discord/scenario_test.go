package discord_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// The same id on another server is another person.
func TestAnotherServerIsNobody(t *testing.T) {
	h := newHouse(t, setup{})
	h.DanaRuns(time.Hour)
	stranger := h.person("olivia")
	stranger.Guild = "1299999999999999999"
	says(t, stranger.Runs("/accounts list"), "This server is not connected")
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	says(t, stranger.Clicks(card, "Confirm"), "This server is not connected")
}

// What Discord's client may send in options although it would not offer it.
func TestOptions(t *testing.T) {
	h := newHouse(t, setup{})
	h.DanaRuns(time.Hour)
	for command, want := range map[string]string{
		"stop-timer":                    "mention the person with @",
		"stop-timer email:@dana":        "“@dana” arrived as plain text",
		"stop-timer " + at("mona"):      "has not linked their chat account; use their e-mail address",
		"stop-timmer " + at("dana"):     "Did you mean /accounts stop-timer?",
		"list filter:everybody":         "is not a filter",
		"list filter:running":           "Dana Member",
		"list search:MULLER":            "Dirk Müller",
		"stop-timer email:no@acme.test": "Nobody in this workspace has the address no@acme.test",
	} {
		says(t, h.olivia.Runs("/accounts "+command), want)
	}
}

func TestHostileNames(t *testing.T) {
	h := newHouse(t, setup{})
	h.MustAddMember("eve", "@everyone **Eve** <@118000000000000001> `x` [a](https://evil.example)", core.RoleMember)
	h.MustStart("eve", strings.Repeat("<@&1>@here", 300), h.Clock.Now().Add(-time.Hour))
	card := h.olivia.Runs("/accounts stop-timer email:eve@acme.test")
	if !strings.Contains(card.Text, `\@everyone \*\*Eve\*\* \<@118000000000000001\> \`+"`x\\`"+` \[a\](https\://evil.example)`) {
		t.Errorf("the title is %s", card.Text)
	}
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped")
	h.olivia.Runs("/accounts list")
}

// What is chosen and ticked on a card stays there, and stands in words on it.
func TestChoicesStayOnTheCard(t *testing.T) {
	h := newHouse(t, setup{})
	hours := "mon-fri 09:00-17:30"
	if _, err := h.UpdateMember(t.Context(), coretest.Operator(h.Workspace.ID), h.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}); err != nil {
		t.Fatal(err)
	}
	e := h.DanaRuns(0)
	h.Clock.Advance(9 * time.Hour)
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	says(t, card, "End to be written\nNow (", "☑ Let Dana Member know")
	chosen := h.olivia.Chooses(card, "17:30")
	if !chosen.Replaces {
		t.Error("a choice makes a new message")
	}
	says(t, chosen, "Stop the timer of Dana Member?", "Fix login", "End to be written\n17:30")
	buttons(t, chosen, "Confirm", "Cancel")
	off := h.olivia.Ticks(chosen)
	says(t, off, "☐ Let Dana Member know", "End to be written\n17:30")
	on := h.olivia.Ticks(off)
	says(t, on, "☑ Let Dana Member know")
	again := h.olivia.Chooses(h.olivia.Ticks(on), "Now")
	says(t, again, "☐ Let Dana Member know", "End to be written\nNow (")
	done := h.olivia.Clicks(again, "Confirm")
	says(t, done, "9 h")
	if strings.Contains(done.String(), "is told") {
		t.Error("the box was unticked, and the member is said to be told")
	}
	if got := h.Now(e); !got.End.Equal(h.Clock.Now()) {
		t.Errorf("entry ends %s", got.End)
	}
}

// The tick in a form is a word, in either language.
func TestTickInAForm(t *testing.T) {
	for word, told := range map[string]bool{"yes": true, "Ja": true, "nein": false, "NO": false, "": false, "maybe": true} {
		t.Run(word, func(t *testing.T) {
			h := newHouse(t, setup{})
			e := h.DanaRuns(3 * time.Hour)
			card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
			form := h.olivia.Clicks(card, "Confirm", fakediscord.Pick{Option: "Other time"})
			says(t, form, "Let the member know\nyes")
			done := h.olivia.Submits(form, map[string]any{"End": "11 o'clock?", "Let the member know": word})
			says(t, done, "is not understood as a time")
			done = h.olivia.Submits(form, map[string]any{"End": h.Clock.Now().Add(-time.Hour), "Let the member know": word})
			if word == "maybe" {
				says(t, done, "yes", "no")
				if !h.Now(e).Running() {
					t.Error("stopped by an unclear form")
				}
				return
			}
			says(t, done, "Stopped: the timer of Dana Member")
			if got := strings.Contains(done.String(), "is told"); got != told {
				t.Errorf("told is %t:\n%s", got, done)
			}
		})
	}
}

func TestUserCommand(t *testing.T) {
	h := newHouse(t, setup{})
	e := h.DanaRuns(time.Hour)
	says(t, h.person("adam").Uses("Stop timer", user("dana")), "Only owners")
	says(t, h.person("mona").Uses("Stop timer", user("dana")), "not linked")
	says(t, h.olivia.Uses("Stop timer", user("mona")), "has not linked their chat account")
	card := h.olivia.Uses("Stop timer", user("dana"))
	says(t, card, "Stop the timer of Dana Member?")
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped")
	if h.Now(e).Running() {
		t.Error("not stopped")
	}
}

func TestAutocomplete(t *testing.T) {
	h := newHouse(t, setup{})
	find := func(list []fakediscord.Choice, name string) string {
		for _, c := range list {
			if strings.Contains(c.Name, name) {
				return c.Value
			}
		}
		return ""
	}
	if got := find(h.olivia.Types("/accounts stop-timer email:muller"), "Dirk Müller"); got != "dirk@acme.test" {
		t.Errorf("an address is %q", got)
	}
	if got := h.olivia.Types("/accounts list search:"); len(got) != 6 || find(got, "Dana Member") != "Dana Member" {
		t.Errorf("names are %v", got)
	}
	times := h.olivia.Types("/accounts stop-timer " + at("dana") + " at:")
	if len(times) != 25 || times[0].Value != "2026-11-23 10:00" || times[1].Name != "09:45" {
		t.Errorf("times are %v", times)
	}
	typed := h.olivia.Types("/accounts stop-timer " + at("dana") + " at:gestern 18 Uhr")
	if len(typed) != 1 || typed[0].Value != "2026-11-22 18:00" {
		t.Errorf("times are %v", typed)
	}
	e := h.DanaRuns(30 * time.Hour)
	card := h.olivia.Runs("/accounts stop-timer " + at("dana") + " at:" + typed[0].Value)
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped")
	if got := h.Now(e); !got.End.Equal(time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)) {
		t.Errorf("entry ends %s", got.End)
	}
	before := len(h.MustAudit(""))
	for _, who := range []string{"adam", "dana", "mona"} {
		for _, line := range []string{"/accounts show email:d", "/accounts list search:d", "/accounts stop-timer at:1"} {
			if got := h.person(who).Types(line); len(got) > 0 {
				t.Errorf("%s is offered %v", who, got)
			}
		}
	}
	if after := len(h.MustAudit("")); after != before {
		t.Errorf("typing wrote %d lines into the audit log", after-before)
	}
	foreign := h.person("olivia")
	foreign.Guild = "5"
	if got := foreign.Types("/accounts show email:d"); len(got) > 0 {
		t.Errorf("on another server %v is offered", got)
	}
	for i := range 30 {
		h.MustAddMember(fmt.Sprintf("many%d", i), strings.Repeat("😀 name ", 25), core.RoleMember)
	}
	if got := h.olivia.Types("/accounts show email:many"); len(got) != 25 {
		t.Errorf("%d members are offered", len(got))
	}
}

// An alert in direct messages has no server, and its buttons work all the same.
func TestButtonsOfDirectMessages(t *testing.T) {
	h := newHouse(t, setup{delivers: true})
	e := h.Forgotten()
	alert := h.fake.Posted(h.fake.Await(h.fake.DirectChannel(user("olivia")), "an alert", one)[0])
	card := h.olivia.Clicks(alert, "Stop now")
	if card.Public || card.Replaces {
		t.Error("the card takes the place of the alert")
	}
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped: the timer of Dana Member")
	if h.Now(e).Running() {
		t.Error("not stopped")
	}
	form := h.olivia.Chooses(alert, "Other time")
	says(t, form, "already stopped by Olivia Owner")
}

// Discord keeps the commands; they are overwritten only when they differ.
func TestRegistration(t *testing.T) {
	h := newHouse(t, setup{})
	h.fake.AwaitCommands()
	again := func(want int) {
		t.Helper()
		h.restart()
		if got := h.fake.Registrations(); got != want {
			t.Errorf("commands were registered %d times, want %d", got, want)
		}
	}
	again(1)
	h.fake.Forgets(func(list []map[string]any) []map[string]any { return []map[string]any{list[2], list[1], list[0]} })
	again(1) // the order means nothing
	h.fake.Forgets(func(list []map[string]any) []map[string]any { return list[1:] })
	again(2)
	h.fake.Forgets(func(list []map[string]any) []map[string]any {
		list[0]["description"] = "old"
		return list
	})
	again(3)
	h.fake.Forgets(func(list []map[string]any) []map[string]any {
		return append(list, map[string]any{"type": 1, "name": "old", "description": "x"})
	})
	again(4)
	h.fake.Forgets(func(list []map[string]any) []map[string]any {
		delete(list[0]["options"].([]any)[0].(map[string]any), "description_localizations")
		return list
	})
	again(5)
	h.fake.FailNext(fakediscord.GetCommands, fakediscord.Fault{Status: 503})
	h.fake.Forgets(func(list []map[string]any) []map[string]any { return list[:1] })
	again(6)
}

// Whatever Discord's side does, answers are inline and true; what follows them is tried again.
func TestWeakDiscord(t *testing.T) {
	for name, fault := range map[string]fakediscord.Fault{
		"429": {Status: 429, RetryAfter: 1}, "500": {Status: 500}, "503": {Status: 503}, "reset": {Reset: true}, "unknown webhook": {Status: 404, Code: 10015},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, setup{})
			h.person("mona").Runs("/timer start description:Waiting")
			h.fake.FailNext(fakediscord.FollowUp, fault)
			h.fake.FailNext(fakediscord.FollowUp, fault)
			done := h.person("mona").Runs("/timer link code:" + h.Code("mona"))
			says(t, done, "Your accounts are linked")
			says(t, h.fake.AwaitAfter(done), "Your timer is running", "Waiting")
		})
	}
}
