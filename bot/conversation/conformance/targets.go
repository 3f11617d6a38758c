package conformance

import (
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

func unknownCommands(s *stage) {
	guess := func(id, group, word, guess string) phrase {
		params := locale.Params{"Group": group, "Word": word}
		if guess != "" {
			params["Guess"] = guess
		}
		return s.say(id, params)
	}
	for line, want := range map[string]phrase{
		"/accounts stop-timmer": guess("chat.command_guess", "accounts", "stop-timmer", "stop-timer"),
		"/accounts forgoten":    guess("chat.command_guess", "accounts", "forgoten", "forgotten"),
		"/accounts start":       guess("chat.command_elsewhere", "accounts", "start", "/timer start"),
		"/accounts frobnicate":  guess("chat.command_unknown", "accounts", "frobnicate", ""),
		"/timer statsu":         guess("chat.command_guess", "timer", "statsu", "status"),
		"/timer list":           guess("chat.command_elsewhere", "timer", "list", "/accounts list"),
	} {
		s.refuses(s.olivia().runs(line), want)
	}
}

func plainNames(s *stage) {
	e := s.danaRuns(time.Hour)
	for _, command := range []string{"stop-timer", "show", "deactivate-key", "login-as", "log"} {
		named, bare, missing := s.say("chat.plain_name", locale.Params{"Name": "@dana"}), s.say("chat.person_unclear", locale.Params{"Text": "dana"}), s.say("chat.person_missing")
		if s.platform.Name == core.PlatformConsole { // nobody can be mentioned there, and no list appears
			people := "Dana Member (dana@acme.test)"
			named = s.say("chat.console.person_maybe", locale.Params{"Text": "@dana", "People": people})
			bare = s.say("chat.console.person_maybe", locale.Params{"Text": "dana", "People": people})
			missing = s.say("chat.console.person_missing")
			s.refuses(s.olivia().runs("/accounts "+command+" @zzz"), s.say("chat.console.person_unclear", locale.Params{"Text": "@zzz"}))
			s.refuses(s.dana().runs("/accounts "+command+" @mona"), s.say("chat.console.person_unclear", locale.Params{"Text": "@mona"}))
		}
		s.refuses(s.olivia().runs("/accounts "+command+" @dana"), named)
		s.refuses(s.olivia().runs("/accounts "+command+" dana"), bare)
		if command != "log" {
			s.refuses(s.olivia().runs("/accounts "+command), missing)
		}
	}
	s.runsStill(e)
}

func addressesNameMembers(s *stage) {
	s.danaRuns(time.Hour)
	s.MustKey("mona")
	s.says(s.olivia().runs("/accounts stop-timer dana@acme.test"), s.say("chat.stop.title", s.name("dana")))
	s.says(s.olivia().runs("/accounts show DANA@acme.test"), "Dana Member")
	s.says(s.olivia().runs("/accounts deactivate-key mona@acme.test"), s.say("chat.keys.title", s.name("mona")))
	s.says(s.olivia().runs("/accounts login-as mona@acme.test"), s.say("chat.login_as.title", s.name("mona")))
	s.refuses(s.olivia().runs("/accounts stop-timer nobody@acme.test"), s.say("error.no_member_with_email", locale.Params{"Email": "nobody@acme.test"}))
}

// unlinked is the id of somebody on no platform who is linked to anybody.
const unlinked = "<@100000000000000009>"

func unlinkedTarget(s *stage) {
	for _, command := range []string{"stop-timer", "show", "deactivate-key", "login-as", "log"} {
		s.refuses(s.olivia().runs("/accounts "+command+" "+unlinked), s.say("error.target_not_linked"))
	}
}

func timesAreRefused(s *stage) {
	e := s.danaRuns(2 * time.Hour)
	for when, want := range map[string]phrase{
		"half past":        s.say("chat.when_unclear", locale.Params{"Text": "half past"}),
		"25:00":            s.say("chat.when_unclear", locale.Params{"Text": "25:00"}),
		"2020-01-01 10:00": s.say("error.end_before_start", locale.Params{"Start": e.Start, "End": time.Date(2020, 1, 1, 9, 0, 0, 0, time.UTC)}),
		"2030-01-01 10:00": s.say("error.end_ahead", locale.Params{"Now": s.Clock.Now()}),
	} {
		s.refuses(s.olivia().runs("/accounts stop-timer {dana} at "+when), want)
	}
	long := strings.Repeat("x", 501)
	s.refuses(s.olivia().runs("/accounts stop-timer {dana} reason "+long), s.say("error.reason_long", locale.Params{"Max": 500}))
	if s.platform.Name != core.PlatformDiscord { // an option there has a value or is left out
		s.refuses(s.olivia().runs("/accounts stop-timer {dana} at"), s.say("chat.when_missing"))
	}
	s.runsStill(e)
	s.done(core.ActTimerStop, 0)
}
