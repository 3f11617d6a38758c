package slack_test

import (
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// The same id in another team is another person.
func TestAnotherTeamIsNobody(t *testing.T) {
	h := newHouse(t, setup{})
	h.DanaRuns(time.Hour)
	stranger := h.person("olivia")
	stranger.Team = "T2"
	says(t, stranger.Runs("/accounts list"), "not linked")
	card := h.olivia.Runs("/accounts stop-timer <@UDANA>")
	says(t, stranger.Clicks(card, "Confirm"), "not linked")
}

// What Slack makes of the text of a command: people and addresses in angle brackets, entities.
func TestTextOfACommand(t *testing.T) {
	h := newHouse(t, setup{})
	h.DanaRuns(time.Hour)
	tests := []struct{ command, want string }{
		{"stop-timer <@UMONA>", "has not linked their chat account; use their e-mail address"},
		{"stop-timer <@UNOBODY|nobody>", "has not linked their chat account"},
		{"stop-timer <mailto:dana@acme.test|dana@acme.test>", "Stop the timer of Dana Member?"},
		{"stop-timer <@UDANA>", "Stop the timer of Dana Member?"},
		{"stop-timer <@UDANA> at", "The time is missing after “at”"},
		{"stop-timer " + strings.Repeat("x", 4000), "too long"},
	}
	for _, tt := range tests {
		says(t, h.olivia.Runs("/accounts "+tt.command), tt.want)
	}
	says(t, h.dana.Runs("/timer start <!channel> & R&amp;D"), "<!channel> & R&D")
	says(t, h.dana.Runs("/timer status"), "<!channel> & R&D")
}

// A form that Slack sends twice is taken once.
func TestFormIsTakenOnce(t *testing.T) {
	h := newHouse(t, setup{})
	e := h.DanaRuns(4 * time.Hour)
	done := h.olivia.Clicks(h.olivia.Runs("/accounts stop-timer <@UDANA>"), "Confirm")
	form := h.olivia.Clicks(done, "Correct the time")
	end := e.Start.Add(3 * time.Hour)
	says(t, h.olivia.Submits(form, map[string]any{"End": end}), "Corrected: the time entry of Dana Member")
	says(t, h.olivia.Submits(form, map[string]any{"End": end}), "already confirmed")
}

func TestHostileNames(t *testing.T) {
	h := newHouse(t, setup{})
	h.MustAddMember("eve", "<!channel> *Eve* & <@UOLIVIA>", core.RoleMember)
	h.MustStart("eve", strings.Repeat("<!here>", 400), h.Clock.Now().Add(-time.Hour))
	card := h.olivia.Runs("/accounts stop-timer eve@acme.test")
	says(t, card, "‹!channel› *Eve* & ‹@UOLIVIA›")
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped")
	h.olivia.Runs("/accounts list")
}
