package slack_test

import (
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
)

func TestSocketMode(t *testing.T) {
	h := newHouse(t, setup{mode: slack.ModeSocket})
	e := h.danaRuns(3 * time.Hour)
	card := h.olivia.Runs("/accounts stop-timer <@UDANA>")
	says(t, card, "Stop the timer of Dana Member?")
	form := h.olivia.Clicks(card, "Confirm", fakeslack.Pick{Option: "Other time"})
	refused := h.olivia.Submits(form, map[string]any{"End": h.Clock.Now().Add(time.Hour)})
	if refused.Errors["end"] == "" {
		t.Errorf("no error beside the field:\n%s", refused)
	}
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped: the timer of Dana Member")
	if h.entry(e).Running() {
		t.Error("the timer runs")
	}
	says(t, h.person("mona").Runs("/timer start x"), "not linked")
}

func TestSocketComesBack(t *testing.T) {
	h := newHouse(t, setup{mode: slack.ModeSocket})
	says(t, h.dana.Runs("/timer status"), "No timer is running.")
	h.fake.DropSocket()
	says(t, h.dana.Runs("/timer start again"), "Your timer is running")
}
