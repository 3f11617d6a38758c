package slack_test

import (
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
)

// Whatever Slack's side does, commands are answered in time, clicks reach the person, and what is
// said is true.
func TestWeakSlack(t *testing.T) {
	faults := map[string]fakeslack.Fault{
		"429": {Status: 429, RetryAfter: 1}, "500": {Status: 500}, "503": {Status: 503}, "reset": {LoseAnswer: true},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, setup{})
			e := h.DanaRuns(time.Hour)
			card := h.olivia.Runs("/accounts stop-timer <@UDANA>") // inline: Slack's API has no part in it
			if fault.LoseAnswer {
				h.fake.FailNext("views.open", fakeslack.Fault{Status: 502})
			} else {
				h.fake.FailNext("views.open", fault)
			}
			says(t, h.olivia.Clicks(card, "Confirm", fakeslack.Pick{Option: "Other time"}), "Stop at another time")
			h.fake.FailNext("views.open", fakeslack.Fault{Error: "internal_error"})
			says(t, h.olivia.Clicks(card, "Confirm", fakeslack.Pick{Option: "Other time"}), "could not be opened, and nothing was changed")
			if !h.Now(e).Running() {
				t.Fatal("stopped")
			}
			h.fake.FailNext("response_url", fault)
			h.fake.FailNext("response_url", fault)
			says(t, h.olivia.Clicks(card, "Confirm"), "Stopped: the timer of Dana Member")
			if h.Now(e).Running() {
				t.Error("not stopped")
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, setup{})
		h.DanaRuns(time.Hour)
		for _, method := range []string{"views.open", "views.publish", "users.info", "auth.test"} {
			h.fake.Silence(method, true)
			defer h.fake.Silence(method, false)
		}
		began := time.Now()
		card := h.olivia.Runs("/accounts stop-timer <@UDANA>")
		says(t, h.person("mona").Runs("/timer start x"), "not linked")
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("answered after %s", took)
		}
		says(t, h.olivia.Clicks(card, "Confirm", fakeslack.Pick{Option: "Other time"}), "could not be opened, and nothing was changed")
		says(t, h.olivia.Clicks(card, "Confirm"), "Stopped: the timer of Dana Member")
	})
}
