package slack_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestHome(t *testing.T) {
	for _, mode := range []string{slack.ModeHTTP, slack.ModeSocket} {
		t.Run(mode, func(t *testing.T) {
			h := newHouse(t, setup{mode: mode})
			e := h.DanaRuns(2 * time.Hour)
			h.MustStart("dirk", "Long gone", h.Clock.Now().Add(-9*time.Hour))
			if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
				t.Fatal(err)
			}
			home := h.olivia.Opens()
			says(t, home, "Linked to Olivia Owner (olivia@acme.test) in Acme.", "No timer is running.", "2 running timers · 1 forgotten timer",
				"Dirk Müller", "Long gone", "flagged", "Dana Member", "Fix login")
			buttons(t, home, "Stop now", "Start a timer", "Open in panel")
			if !slices.Contains(home.Menu(), "Still working") {
				t.Errorf("menu is %q", home.Menu())
			}
			card := h.olivia.Clicks(home, "Stop now") // Dana's: she is the one with a single button
			says(t, card, "Stop the timer of Dana Member?")
			done := h.olivia.Clicks(card, "Confirm")
			says(t, done, "Stopped: the timer of Dana Member")
			buttons(t, done, "Undo", "Correct the time")
			after := h.fake.AwaitHome("UOLIVIA", home)
			h.eventually("the home shows the stop", func() bool {
				after = h.fake.Home("UOLIVIA")
				return !strings.Contains(after.String(), "Fix login")
			})
			says(t, h.olivia.Clicks(done, "Undo"), "running again")
			if !h.Now(e).Running() {
				t.Error("not undone")
			}

			mine := h.dana.Opens()
			says(t, mine, "Linked to Dana Member", "Fix login")
			if strings.Contains(mine.String(), "Dirk") {
				t.Error("a member sees others' timers")
			}
			form := h.dana.Clicks(mine, "Start a timer")
			says(t, h.dana.Submits(form, map[string]any{"Description": "From home"}), "Your timer is running", "From home")

			says(t, h.olivia.Shortcut("accounts"), "Linked to Olivia Owner", "Long gone")
			stranger := h.person("mona").Shortcut("accounts")
			says(t, stranger, "not linked")
			code := h.person("mona").Clicks(stranger, "Enter code")
			says(t, h.person("mona").Submits(code, map[string]any{"Code": h.Code("mona")}), "Your accounts are linked")
			says(t, h.person("mona").Opens(), "Linked to Mona Manager")
		})
	}
}

// A button of an App Home that was opened earlier stops the timer it is about, never the one after it.
func TestStaleHome(t *testing.T) {
	h := newHouse(t, setup{})
	h.Forgotten()
	home := h.olivia.Opens()
	h.dana.Runs("/timer stop")
	h.Clock.Advance(5 * time.Second)
	h.dana.Runs("/timer start New work")
	says(t, h.olivia.Chooses(home, "Stop now"), "already stopped by Dana Member", "a new timer runs since")
	if e, err := h.RunningEntry(t.Context(), h.Actor("dana"), ""); err != nil || e.Description != "New work" {
		t.Errorf("the new timer was stopped: %v", err)
	}
}

// An event that Slack sends twice is taken once.
func TestEventsAreTakenOnce(t *testing.T) {
	h := newHouse(t, setup{})
	opened := map[string]any{"type": "app_home_opened", "user": "UDANA", "tab": "home"}
	h.fake.EventAs("Ev-twice", opened)
	h.fake.AwaitHome("UDANA", nil)
	h.Clock.Advance(time.Second)
	h.fake.EventAs("Ev-twice", opened)
	h.person("dirk").Opens()
	if n := len(h.fake.Calls("views.publish")); n != 2 {
		t.Errorf("%d App Homes were shown", n)
	}
}
