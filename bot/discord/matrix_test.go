package discord_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
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

// everyCommand is each command as it is run, what it needs, and a message of its success.
var everyCommand = []struct {
	line string
	need need
	says string // message id; its first words are looked for
}{
	{"/accounts list", ownersOnEnterprise, "button.open_panel"},
	{"/accounts list filter:running search:dirk", ownersOnEnterprise, "button.open_panel"},
	{"/accounts show " + at("dirk"), ownersOnEnterprise, "chat.keys.active"},
	{"/accounts stop-timer " + at("dirk"), ownersOnEnterprise, "chat.end_label"},
	{"/accounts deactivate-key email:dirk@acme.test", ownersOnEnterprise, "chat.keys.all"},
	{"/accounts login-as " + at("dirk"), ownersOnEnterprise, "chat.login_as.how"},
	{"/accounts forgotten", ownersOnEnterprise, "chat.forgotten.none"},
	{"/accounts log", owners, "nav.audit"},
	{"/accounts settings", owners, "chat.settings.after"},
	{"/accounts help", anybody, "chat.help.note.accounts"},
	{"/accounts link", anybody, "product.none"},
	{"/timer start description:Matrix", anybody, "chat.start.done"},
	{"/timer status", anybody, "chat.status.title"},
	{"/timer stop", anybody, "chat.stop.own"},
	{"/timer help", anybody, "chat.help.note.timer"},
	{"/timer link", anybody, "product.none"},
}

func catalog(t testing.TB) *locale.Catalog {
	t.Helper()
	c, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Every command × language × role × plan × linked or not answers as it should, and what was refused
// changed nothing.
func TestMatrix(t *testing.T) {
	for _, plan := range []core.Plan{core.PlanEnterprise, core.PlanPro} {
		t.Run(fmt.Sprint(plan), func(t *testing.T) {
			h := newHouse(t, setup{})
			running := h.MustStart("dirk", "Untouched", h.Clock.Now().Add(-time.Hour))
			h.MustKey("dirk")
			h.MustSetPlan(plan)
			for _, language := range []string{"en", "de"} {
				p := catalog(t).Printer(language, nil)
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
				stranger := h.person("mona")
				stranger.Language = map[string]string{"en": "en-GB", "de": "de"}[language]
				for _, c := range everyCommand {
					seen := stranger.Runs(c.line)
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

// Every button × role × language: owners act, others are refused and the refusal is audited.
func TestButtonMatrix(t *testing.T) {
	buttons := []string{"button.stop_now", "button.other_time", "chat.snooze.1h", "chat.snooze.4h", "chat.snooze.day", "button.still_working"}
	h := newHouse(t, setup{channel: alerts, delivers: true})
	e := h.MustStart("dana", "Forgotten", h.Clock.Now())
	h.Clock.Advance(9 * time.Hour)
	if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	alert := h.fake.Posted(h.fake.Await(alerts, "an alert", one)[0])
	english := catalog(t).Printer("en", nil)
	press := func(who, id string) *fakediscord.Seen {
		t.Helper()
		if id == "button.stop_now" {
			return h.person(who).Clicks(alert, english.T(id))
		}
		return h.person(who).Chooses(alert, english.T(id))
	}
	for _, language := range []string{"en", "de"} {
		p := catalog(t).Printer(language, nil)
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

// A confirmation that expired, also one whose form is still open.
func TestExpiredCard(t *testing.T) {
	h := newHouse(t, setup{})
	e := h.danaRuns(time.Hour)
	card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
	form := h.olivia.Clicks(card, "Confirm", fakediscord.Pick{Option: "Other time"})
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
	h := newHouse(t, setup{})
	h.danaRuns(time.Hour)
	people := []*fakediscord.Person{h.olivia, h.person("otto")}
	var cards []*fakediscord.Seen
	for _, p := range people {
		cards = append(cards, p.Runs("/accounts stop-timer "+at("dana")))
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

// What is chosen and ticked on a card stays there, and stands in words on it.
func TestChoicesStayOnTheCard(t *testing.T) {
	h := newHouse(t, setup{})
	hours := "mon-fri 09:00-17:30"
	if _, err := h.UpdateMember(t.Context(), coretest.Operator(h.Workspace.ID), h.Who("dana").ID, core.MemberUpdate{WorkingHours: &hours}); err != nil {
		t.Fatal(err)
	}
	e := h.danaRuns(0)
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
	if got := h.entry(e); !got.End.Equal(h.Clock.Now()) {
		t.Errorf("entry ends %s", got.End)
	}
}

// The tick in a form is a word, in either language.
func TestTickInAForm(t *testing.T) {
	for word, told := range map[string]bool{"yes": true, "Ja": true, "nein": false, "NO": false, "": false, "maybe": true} {
		t.Run(word, func(t *testing.T) {
			h := newHouse(t, setup{})
			e := h.danaRuns(3 * time.Hour)
			card := h.olivia.Runs("/accounts stop-timer " + at("dana"))
			form := h.olivia.Clicks(card, "Confirm", fakediscord.Pick{Option: "Other time"})
			says(t, form, "Let the member know\nyes")
			done := h.olivia.Submits(form, map[string]any{"End": "11 o'clock?", "Let the member know": word})
			says(t, done, "is not understood as a time")
			done = h.olivia.Submits(form, map[string]any{"End": h.Clock.Now().Add(-time.Hour), "Let the member know": word})
			if word == "maybe" {
				says(t, done, "yes", "no")
				if !h.entry(e).Running() {
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
	e := h.danaRuns(time.Hour)
	says(t, h.person("adam").Uses("Stop timer", user("dana")), "Only owners")
	says(t, h.person("mona").Uses("Stop timer", user("dana")), "not linked")
	says(t, h.olivia.Uses("Stop timer", user("mona")), "has not linked their chat account")
	card := h.olivia.Uses("Stop timer", user("dana"))
	says(t, card, "Stop the timer of Dana Member?")
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped")
	if h.entry(e).Running() {
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
	e := h.danaRuns(30 * time.Hour)
	card := h.olivia.Runs("/accounts stop-timer " + at("dana") + " at:" + typed[0].Value)
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped")
	if got := h.entry(e); !got.End.Equal(time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)) {
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
	e := h.forgotten()
	alert := h.fake.Posted(h.fake.Await(h.fake.DirectChannel(user("olivia")), "an alert", one)[0])
	card := h.olivia.Clicks(alert, "Stop now")
	if card.Public || card.Replaces {
		t.Error("the card takes the place of the alert")
	}
	says(t, h.olivia.Clicks(card, "Confirm"), "Stopped: the timer of Dana Member")
	if h.entry(e).Running() {
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
		"429": {Status: 429, RetryAfter: 1}, "500": {Status: 500}, "503": {Status: 503}, "reset": {Drop: true}, "unknown webhook": {Status: 404, Code: 10015},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, setup{})
			h.person("mona").Runs("/timer start description:Waiting")
			h.fake.FailNext(fakediscord.FollowUp, fault)
			h.fake.FailNext(fakediscord.FollowUp, fault)
			done := h.person("mona").Runs("/timer link code:" + h.code("mona"))
			says(t, done, "Your accounts are linked")
			says(t, h.fake.AwaitAfter(done), "Your timer is running", "Waiting")
		})
	}
}
