package slack_test

import (
	"encoding/json"
	"flag"
	"regexp"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

var update = flag.Bool("update", false, "write the golden files anew")

var masks = []bottest.Mask{
	{Find: regexp.MustCompile(`("value": "(?:[a-z_0-9]+ )?)[A-Za-z0-9_-]{22}"`), Put: `${1}AAAAAAAAAAAAAAAAAAAAAA"`},
	{Find: regexp.MustCompile(`/log-in-as/[A-Za-z0-9_-]+`), Put: `/log-in-as/AAAAAAAAAAAAAAAAAAAAAA`},
	{Find: regexp.MustCompile(`"private_metadata": ".*"`), Put: `"private_metadata": "{\"id\":\"AAAAAAAAAAAAAAAAAAAAAA\"}"`},
}

// golden compares a body with its file. What differs from run to run is replaced.
func golden(t *testing.T, name string, body []byte) {
	t.Helper()
	bottest.Golden(t, *update, name, body, masks...)
}

// goldenSeen keeps an answer: message.NAME or view.NAME.
func goldenSeen(t *testing.T, name string, seen *fakeslack.Seen) *fakeslack.Seen {
	t.Helper()
	kind := "message."
	if seen.Form {
		kind = "view."
	}
	golden(t, kind+name, seen.Body)
	return seen
}

func TestGoldenBodies(t *testing.T) {
	h := newHouse(t, setup{})
	h.DanaRuns(3 * time.Hour)
	h.MustKey("dirk")
	goldenSeen(t, "list", h.olivia.Runs("/accounts list"))
	goldenSeen(t, "show", h.olivia.Runs("/accounts show <@UDANA>"))
	goldenSeen(t, "forgotten-none", h.olivia.Runs("/accounts forgotten"))
	goldenSeen(t, "help-accounts", h.olivia.Runs("/accounts help"))
	goldenSeen(t, "help-timer", h.olivia.Runs("/timer help"))
	goldenSeen(t, "unlinked", h.person("mona").Runs("/accounts"))
	goldenSeen(t, "refused", h.person("dirk").Runs("/accounts list"))
	goldenSeen(t, "did-you-mean", h.olivia.Runs("/accounts stop-timmer <@UDANA>"))
	goldenSeen(t, "timer-status-none", h.person("dirk").Runs("/timer status"))
	goldenSeen(t, "keys-card", h.olivia.Runs("/accounts deactivate-key <@UDIRK>"))
	goldenSeen(t, "canceled", h.olivia.Clicks(h.olivia.Runs("/accounts stop-timer <@UDANA>"), "Cancel"))
	card := goldenSeen(t, "stop-card", h.olivia.Runs("/accounts stop-timer <@UDANA> at 9:30 reason forgot it"))
	goldenSeen(t, "other-time", h.olivia.Clicks(card, "Confirm", fakeslack.Pick{Option: "Other time"}))
	done := goldenSeen(t, "stopped", h.olivia.Clicks(card, "Confirm"))
	form := goldenSeen(t, "correct", h.olivia.Clicks(done, "Correct the time"))
	corrected := h.olivia.Submits(form, map[string]any{"End": h.Clock.Now().Add(-time.Hour)})
	goldenSeen(t, "corrected", corrected)
	goldenSeen(t, "undone", h.olivia.Clicks(done, "Undo"))
	goldenSeen(t, "login-as", h.olivia.Runs("/accounts login-as <@UDANA>"))
	goldenSeen(t, "settings", h.olivia.Runs("/accounts settings"))
	goldenSeen(t, "log", h.olivia.Runs("/accounts log <@UDANA>"))
	goldenSeen(t, "link-code", h.person("mona").Clicks(h.person("mona").Runs("/timer status"), "Enter code"))
	golden(t, "home.owner", h.olivia.Opens().Body)
	golden(t, "home.member", h.dana.Opens().Body)
	golden(t, "home.unlinked", h.person("mona").Opens().Body)
	goldenSeen(t, "shortcut", h.olivia.Shortcut("accounts"))
	goldenSeen(t, "start", h.dana.Clicks(h.dana.Opens(), "Start a timer"))
	linked := h.person("mona").Submits(h.codeForm("mona"), map[string]any{"Code": h.Code("mona")})
	goldenSeen(t, "linked", linked)
	goldenSeen(t, "unlinked-again", h.person("mona").Runs("/timer unlink"))
	h.Speak("olivia", "de")
	golden(t, "home.owner-de", h.olivia.Opens().Body)
	goldenSeen(t, "stop-card-de", h.olivia.Runs("/accounts stop-timer <@UDANA>"))
	goldenSeen(t, "help-accounts-de", h.olivia.Runs("/accounts"))
}

func TestGoldenAlerts(t *testing.T) {
	h := newHouse(t, setup{channel: "CALERTS", delivers: true})
	e := h.Forgotten()
	keep := func(name string, m fakeslack.Message) {
		t.Helper()
		body, err := json.Marshal(map[string]any{"channel": m.Channel, "text": m.Text, "blocks": m.Blocks})
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, body)
	}
	keep("post.alert", h.fake.Await("CALERTS", "an alert", one)[0])
	list := h.olivia.Runs("/accounts forgotten")
	goldenSeen(t, "forgotten", list)
	golden(t, "home.forgotten", h.olivia.Opens().Body)
	flags, _, err := h.Flags(t.Context(), h.Actor("olivia"), core.FlagQuery{State: core.FlagOpen})
	if err != nil || len(flags) != 1 {
		t.Fatalf("%d flags, %v", len(flags), err)
	}
	if _, err := h.SnoozeFlag(t.Context(), h.Actor("olivia"), flags[0].ID, h.Clock.Now().Add(time.Hour), ""); err != nil {
		t.Fatal(err)
	}
	keep("update.alert-snoozed", h.fake.Await("CALERTS", "a snoozed alert", edited(1))[0])
	if _, err := h.StopTimer(t.Context(), h.Actor("otto"), core.StopTimer{EntryID: e.ID, Notify: true}); err != nil {
		t.Fatal(err)
	}
	keep("update.alert-stopped", h.fake.Await("CALERTS", "a stopped alert", edited(2))[0])
	keep("post.stopped-note", h.fake.Await("DUDANA", "a note", one)[0])

	second := h.MustStart("dirk", "", h.Clock.Now())
	h.Clock.Advance(9 * time.Hour)
	if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	two := func(list []fakeslack.Message) bool { return len(list) == 2 }
	h.fake.Await("CALERTS", "the second alert", two)
	if _, err := h.DeleteEntry(t.Context(), h.Actor("otto"), second.ID); err != nil {
		t.Fatal(err)
	}
	all := h.fake.Await("CALERTS", "a deleted alert", func(list []fakeslack.Message) bool { return list[1].Edits > 0 })
	keep("update.alert-deleted", all[1])
}
