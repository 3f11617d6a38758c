package slack_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
)

func TestSocketMode(t *testing.T) {
	h := newHouse(t, setup{mode: slack.ModeSocket})
	e := h.DanaRuns(3 * time.Hour)
	card := h.olivia.Runs("/accounts stop-timer <@UDANA>")
	says(t, card, "Stop the timer of Dana Member?")
	form := h.olivia.Clicks(card, "Confirm", fakeslack.Pick{Option: "Other time"})
	refused := h.olivia.Submits(form, map[string]any{"End": h.Clock.Now().Add(time.Hour)})
	if refused.Errors["end"] == "" {
		t.Errorf("no error beside the field:\n%s", refused)
	}
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped: the timer of Dana Member")
	if h.Now(e).Running() {
		t.Error("the timer runs")
	}
	says(t, h.person("mona").Runs("/timer start x"), "not linked")
	says(t, h.person("mona").Runs("/timer link"), "Link your account") // a form, which is no answer over the socket
}

func TestSocketComesBack(t *testing.T) {
	h := newHouse(t, setup{mode: slack.ModeSocket})
	says(t, h.dana.Runs("/timer status"), "No timer is running.")
	h.fake.DropSocket()
	says(t, h.dana.Runs("/timer start again"), "Your timer is running")
}

// Fifty clicks at once, of two owners on two cards, over one socket: each is answered, and has its own answer.
func TestFiftyClicksOverTheSocket(t *testing.T) {
	h := newHouse(t, setup{mode: slack.ModeSocket})
	h.DanaRuns(time.Hour)
	people := []*fakeslack.Person{h.olivia, h.person("otto")}
	var cards []*fakeslack.Seen
	for _, p := range people {
		cards = append(cards, p.Runs("/accounts stop-timer <@UDANA>"))
	}
	answers := make([]string, 50)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = people[i%2].Clicks(cards[i%2], "Confirm").String() })
	}
	wg.Wait()
	won, lost := 0, 0
	for _, a := range answers {
		switch {
		case strings.Contains(a, "Stopped: the timer of Dana Member"):
			won++
		case strings.Contains(a, "already stopped by O"):
			lost++
		default:
			t.Errorf("an answer is %s", a)
		}
	}
	if won != 1 || lost != 49 {
		t.Errorf("%d won and %d lost", won, lost)
	}
	if n := len(h.MustAudit(core.ActTimerStop)); n != 1 {
		t.Errorf("%d stops in the audit log", n)
	}
}
