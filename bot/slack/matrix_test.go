package slack_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/slack"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

// need is what a command asks of the person.
type need int

const (
	anybody need = iota
	owners
	ownersOnEnterprise
)

// everyCommand is each command as it is typed, what it needs, and a message of its success.
var everyCommand = []struct {
	line string
	need need
	says string // message id; its first words are looked for
}{
	{"/accounts list", ownersOnEnterprise, "button.open_panel"},
	{"/accounts list running", ownersOnEnterprise, "button.open_panel"},
	{"/accounts show <@UDIRK>", ownersOnEnterprise, "chat.keys.active"},
	{"/accounts stop-timer <@UDIRK|dirk>", ownersOnEnterprise, "chat.end_label"},
	{"/accounts deactivate-key dirk@acme.test", ownersOnEnterprise, "chat.keys.all"},
	{"/accounts login-as <@UDIRK>", ownersOnEnterprise, "chat.login_as.how"},
	{"/accounts forgotten", ownersOnEnterprise, "chat.forgotten.none"},
	{"/accounts log", owners, "nav.audit"},
	{"/accounts settings", owners, "chat.settings.after"},
	{"/accounts help", anybody, "chat.help.note.accounts"},
	{"/accounts link", anybody, "product.none"},
	{"/timer start Matrix", anybody, "chat.start.done"},
	{"/timer status", anybody, "chat.status.title"},
	{"/timer stop", anybody, "chat.stop.own"},
	{"/timer help", anybody, "chat.help.note.timer"},
	{"/timer link", anybody, "product.none"},
}

func (h *house) speak(key, language string) {
	h.t.Helper()
	if _, err := h.UpdateMember(h.t.Context(), coretest.Operator(h.Workspace.ID), h.Who(key).ID, core.MemberUpdate{Language: &language}); err != nil {
		h.t.Fatal(err)
	}
}

// Every command × language × role × plan × linked or not answers as it should, and what was refused
// changed nothing.
func TestMatrix(t *testing.T) {
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string][]string{slack.ModeHTTP: {"en", "de"}, slack.ModeSocket: {"de"}}
	for mode, languages := range modes {
		for _, plan := range []core.Plan{core.PlanEnterprise, core.PlanPro} {
			t.Run(fmt.Sprintf("%s %s", mode, plan), func(t *testing.T) {
				h := newHouse(t, setup{mode: mode})
				running := h.MustStart("dirk", "Untouched", h.Clock.Now().Add(-time.Hour))
				h.MustKey("dirk")
				h.MustSetPlan(plan)
				for _, language := range languages {
					p := catalog.Printer(language, nil)
					for who, role := range map[string]core.Role{"olivia": core.RoleOwner, "adam": core.RoleAdmin, "dana": core.RoleMember} {
						h.speak(who, language)
						for _, c := range everyCommand {
							want := c.says
							switch {
							case c.need != anybody && role != core.RoleOwner:
								want = "error.owner_required"
							case c.need == ownersOnEnterprise && plan != core.PlanEnterprise:
								want = "error.plan_required"
							}
							seen := h.person(who).Runs(c.line)
							if want == "product.none" { // already linked: to whom
								says(t, seen, h.Who(who).User.Name, h.Who(who).User.Email, "Acme")
								continue
							}
							says(t, seen, p.T(want, locale.Params{"Count": 2}))
							if seen.Public {
								t.Errorf("%s: everybody sees the answer", c.line)
							}
						}
					}
					h.fake.Knows("UMONA", fakeslack.Account{Locale: map[string]string{"en": "en-GB", "de": "de-DE"}[language]})
					h.fake.Changes("UMONA", fakeslack.Account{Locale: map[string]string{"en": "en-GB", "de": "de-DE"}[language]})
					h.eventually("the language is known", func() bool {
						return strings.Contains(h.person("mona").Runs("/timer help").String(), p.T("chat.unlinked"))
					})
					for _, c := range everyCommand {
						seen := h.person("mona").Runs(c.line)
						if strings.HasSuffix(c.line, " link") {
							says(t, seen, p.T("chat.link.title"))
							continue
						}
						says(t, seen, p.T("chat.unlinked"))
					}
				}
				for _, who := range []string{"adam", "dana"} {
					says(t, h.person(who).Runs("/timer unlink"), h.Who(who).User.Name)
					if h.linked(who) {
						t.Errorf("%s is still linked", who)
					}
				}
				h.MustSetPlan(core.PlanEnterprise)
				if e := h.entry(running); !e.Running() || e.Description != "Untouched" {
					t.Error("the timer that everybody asked about was touched")
				}
			})
		}
	}
}

// Every button × role × language: owners act, others are refused and the refusal is audited.
func TestButtonMatrix(t *testing.T) {
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	buttons := []string{"button.stop_now", "button.other_time", "chat.snooze.1h", "chat.snooze.4h", "chat.snooze.day", "button.still_working"}
	h := newHouse(t, setup{channel: "CALERTS", delivers: true})
	e := h.MustStart("dana", "Forgotten", h.Clock.Now())
	h.Clock.Advance(9 * time.Hour)
	if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	alert := h.fake.Posted(h.fake.Await("CALERTS", "an alert", one)[0])
	english := catalog.Printer("en", nil)
	press := func(who, id string) *fakeslack.Seen {
		t.Helper()
		if id == "button.stop_now" {
			return h.person(who).Clicks(alert, english.T(id))
		}
		return h.person(who).Chooses(alert, english.T(id))
	}
	for _, language := range []string{"en", "de"} {
		p := catalog.Printer(language, nil)
		for _, who := range []string{"adam", "dirk"} {
			h.speak(who, language)
			for _, id := range buttons {
				says(t, press(who, id), p.T("error.owner_required"))
			}
		}
		h.speak("olivia", language)
		card := press("olivia", "button.stop_now")
		says(t, card, p.T("chat.end_label"))
		says(t, h.person("otto").Clicks(card, p.T("button.confirm")), english.T("error.confirmation_not_yours"))
		says(t, h.olivia.Clicks(card, p.T("button.cancel")), p.T("chat.canceled"))
		says(t, press("olivia", "button.other_time"), p.T("chat.other_time.title"))
		for _, id := range []string{"chat.snooze.1h", "chat.snooze.4h", "chat.snooze.day"} {
			says(t, press("olivia", id), "Dana Member")
		}
	}
	for _, id := range buttons {
		says(t, press("mona", id), english.T("chat.unlinked"))
	}
	h.MustSetPlan(core.PlanPro)
	h.speak("olivia", "en")
	for _, id := range buttons {
		says(t, press("olivia", id), english.T("error.plan_required"))
	}
	h.MustSetPlan(core.PlanEnterprise)
	if !h.entry(e).Running() {
		t.Error("stopped without a confirmation")
	}
	refused := 0
	for _, a := range h.MustAudit(core.ActTimerStop) {
		if a.Outcome == core.OutcomeRefused {
			refused++
		}
	}
	if want := 2*2*2 + 2 + 2; refused != want { // stop and other time; two people, two languages; the plan; somebody else's card
		t.Errorf("%d refused stops in the log, want %d", refused, want)
	}
}

func TestExpiredCard(t *testing.T) {
	h := newHouse(t, setup{})
	e := h.danaRuns(time.Hour)
	card := h.olivia.Runs("/accounts stop-timer <@UDANA>")
	form := h.olivia.Clicks(card, "Confirm", fakeslack.Pick{Option: "Other time"})
	h.Clock.Advance(10 * time.Minute)
	gone := h.olivia.Clicks(card, "Confirm")
	says(t, gone, "older than 10 minutes")
	if !gone.Replaces {
		t.Error("the dead card stays")
	}
	says(t, h.olivia.Submits(form, map[string]any{"End": h.Clock.Now().Add(-time.Minute)}), "older than 10 minutes")
	if !h.entry(e).Running() {
		t.Error("an expired card stopped the timer")
	}
}

// Fifty clicks at once, of two owners on two cards: one effect, and everybody else reads who did it.
func TestFiftyClicksOneEffect(t *testing.T) {
	for _, mode := range []string{slack.ModeHTTP, slack.ModeSocket} {
		t.Run(mode, func(t *testing.T) {
			h := newHouse(t, setup{mode: mode})
			h.danaRuns(time.Hour)
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
		})
	}
}

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
			e := h.danaRuns(time.Hour)
			card := h.olivia.Runs("/accounts stop-timer <@UDANA>") // inline: Slack's API has no part in it
			if fault.LoseAnswer {
				h.fake.FailNext("views.open", fakeslack.Fault{Status: 502})
			} else {
				h.fake.FailNext("views.open", fault)
			}
			says(t, h.olivia.Clicks(card, "Confirm", fakeslack.Pick{Option: "Other time"}), "Stop at another time")
			h.fake.FailNext("views.open", fakeslack.Fault{Error: "internal_error"})
			says(t, h.olivia.Clicks(card, "Confirm", fakeslack.Pick{Option: "Other time"}), "could not be opened, and nothing was changed")
			if !h.entry(e).Running() {
				t.Fatal("stopped")
			}
			h.fake.FailNext("response_url", fault)
			h.fake.FailNext("response_url", fault)
			says(t, h.olivia.Clicks(card, "Confirm"), "Stopped: the timer of Dana Member")
			if h.entry(e).Running() {
				t.Error("not stopped")
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, setup{})
		h.danaRuns(time.Hour)
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
