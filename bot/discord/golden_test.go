package discord_test

import (
	"encoding/json"
	"flag"
	"regexp"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/discord"
	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

var update = flag.Bool("update", false, "write the golden files anew")

var masks = []bottest.Mask{
	{Find: regexp.MustCompile(`\|[A-Za-z0-9_-]{22}([|"])`), Put: `|AAAAAAAAAAAAAAAAAAAAAA$1`},
	{Find: regexp.MustCompile(`/log-in-as/[A-Za-z0-9_-]+`), Put: `/log-in-as/AAAAAAAAAAAAAAAAAAAAAA`},
	{Find: regexp.MustCompile(`("nonce": "|example#)[A-Za-z0-9_-]{25}"`), Put: `${1}AAAAAAAAAAAAAAAAAAAAAAAAA"`},
	{Find: regexp.MustCompile(`"value": "[A-Za-z0-9_-]{22}"`), Put: `"value": "AAAAAAAAAAAAAAAAAAAAAA"`},
	{Find: regexp.MustCompile(`"message_id": "[0-9]{19}"`), Put: `"message_id": "1500000000000000001"`},
}

// golden compares a body with its file. What differs from run to run is replaced.
func golden(t *testing.T, name string, body []byte) {
	t.Helper()
	bottest.Golden(t, *update, name, body, masks...)
}

// goldenSeen keeps the callback of an interaction.
func goldenSeen(t *testing.T, name string, seen *fakediscord.Seen) *fakediscord.Seen {
	t.Helper()
	golden(t, "callback."+name, seen.Body)
	return seen
}

func TestGoldenBodies(t *testing.T) {
	h := newHouse(t, setup{})
	h.DanaRuns(3 * time.Hour)
	h.MustKey("dirk")
	h.MustAddMember("eve", "@everyone **Eve** 😀 شكرا <@1>", core.RoleMember)
	goldenSeen(t, "list", h.olivia.Runs("/accounts list"))
	goldenSeen(t, "show", h.olivia.Runs("/accounts show "+at("dana")))
	goldenSeen(t, "forgotten-none", h.olivia.Runs("/accounts forgotten"))
	goldenSeen(t, "help-accounts", h.olivia.Runs("/accounts help"))
	goldenSeen(t, "help-timer", h.olivia.Runs("/timer help"))
	goldenSeen(t, "unlinked", h.person("mona").Runs("/accounts list"))
	goldenSeen(t, "refused", h.person("dirk").Runs("/accounts list"))
	goldenSeen(t, "did-you-mean", h.olivia.Runs("/accounts stop-timmer "+at("dana")))
	goldenSeen(t, "timer-status-none", h.person("dirk").Runs("/timer status"))
	goldenSeen(t, "keys-card", h.olivia.Runs("/accounts deactivate-key "+at("dirk")))
	goldenSeen(t, "canceled", h.olivia.Clicks(h.olivia.Runs("/accounts stop-timer "+at("dana")), "Cancel"))
	card := goldenSeen(t, "stop-card", h.olivia.Runs("/accounts stop-timer "+at("dana")+" at:9:30 reason:forgot it"))
	goldenSeen(t, "chosen", h.olivia.Chooses(card, "Now"))
	goldenSeen(t, "unticked", h.olivia.Ticks(card))
	goldenSeen(t, "other-time", h.olivia.Clicks(card, "Confirm", fakediscord.Pick{Option: "Other time"}))
	done := goldenSeen(t, "stopped", h.olivia.Clicks(card, "Confirm"))
	form := goldenSeen(t, "correct", h.olivia.Clicks(done, "Correct the time"))
	goldenSeen(t, "corrected", h.olivia.Submits(form, map[string]any{"End": h.Clock.Now().Add(-time.Hour)}))
	goldenSeen(t, "undone", h.olivia.Clicks(done, "Undo"))
	goldenSeen(t, "login-as", h.olivia.Runs("/accounts login-as "+at("dana")))
	goldenSeen(t, "settings", h.olivia.Runs("/accounts settings"))
	goldenSeen(t, "log", h.olivia.Runs("/accounts log "+at("dana")))
	goldenSeen(t, "link-code", h.codeForm("mona"))
	linked := goldenSeen(t, "linked", h.person("mona").Submits(h.codeForm("mona"), map[string]any{"Code": h.Code("mona")}))
	golden(t, "follow.waiting", h.fake.AwaitAfter(linked).Body)
	goldenSeen(t, "unlinked-again", h.person("mona").Runs("/timer unlink"))
	h.Speak("olivia", "de")
	goldenSeen(t, "stop-card-de", h.olivia.Runs("/accounts stop-timer "+at("dana")))
	goldenSeen(t, "help-accounts-de", h.olivia.Runs("/accounts help"))
	_, ping := h.fake.Send(h.fake.Signed(`{"type":1}`))
	golden(t, "callback.pong", ping)
	golden(t, "callback.offered", h.olivia.Typing("/accounts show email:d").Body)
	commands, err := json.Marshal(discord.Commands(h.Catalog))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "commands", commands)
}

func TestGoldenAlerts(t *testing.T) {
	h := newHouse(t, setup{channel: alerts, delivers: true})
	e := h.Forgotten()
	keep := func(name string, m fakediscord.Message) {
		t.Helper()
		golden(t, name, m.Body)
	}
	keep("post.alert", h.fake.Await(alerts, "an alert", one)[0])
	goldenSeen(t, "forgotten", h.olivia.Runs("/accounts forgotten"))
	flags, _, err := h.Flags(t.Context(), h.Actor("olivia"), core.FlagQuery{State: core.FlagOpen})
	if err != nil || len(flags) != 1 {
		t.Fatalf("%d flags, %v", len(flags), err)
	}
	if _, err := h.SnoozeFlag(t.Context(), h.Actor("olivia"), flags[0].ID, h.Clock.Now().Add(time.Hour), ""); err != nil {
		t.Fatal(err)
	}
	keep("edit.alert-snoozed", h.fake.Await(alerts, "a snoozed alert", edited(1))[0])
	if _, err := h.StopTimer(t.Context(), h.Actor("otto"), core.StopTimer{EntryID: e.ID, Notify: true}); err != nil {
		t.Fatal(err)
	}
	keep("edit.alert-stopped", h.fake.Await(alerts, "a stopped alert", edited(2))[0])
	keep("post.stopped-note", h.fake.Await(h.fake.DirectChannel(user("dana")), "a note", one)[0])

	second := h.MustStart("dirk", "", h.Clock.Now())
	h.Clock.Advance(9 * time.Hour)
	if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	two := func(list []fakediscord.Message) bool { return len(list) == 2 }
	h.fake.Await(alerts, "the second alert", two)
	if _, err := h.DeleteEntry(t.Context(), h.Actor("otto"), second.ID); err != nil {
		t.Fatal(err)
	}
	all := h.fake.Await(alerts, "a deleted alert", func(list []fakediscord.Message) bool { return list[1].Edits > 0 })
	keep("edit.alert-deleted", all[1])
}
