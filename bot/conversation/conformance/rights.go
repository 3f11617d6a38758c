package conformance

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

// accountsTab are the commands of the Accounts tab: owners on the Enterprise plan. ownersOnly are
// for owners on every plan.
var (
	accountsTab = []string{
		"list", "list running", "show {dirk}", "stop-timer {dirk}", "stop-timer dirk@acme.test at 9:30", "deactivate-key {dirk}", "login-as {dirk}", "forgotten",
	}
	ownersOnly = []string{"log", "log {dirk}", "settings"}
)

func rolesAreRefused(s *stage) {
	e := s.MustStart("dirk", "Untouched", s.Clock.Now().Add(-time.Hour))
	secret := s.MustKey("dirk")
	s.MustSetRole("otto", core.RoleManager)
	for _, who := range []string{"adam", "otto", "dana"} { // an admin, a manager, a member
		for _, command := range slices.Concat(accountsTab, ownersOnly) {
			s.refuses(s.person(who).runs("/accounts "+command), s.say("error.owner_required"))
		}
		s.says(s.person(who).runs("/accounts help"), s.helpNote(conversation.GroupAccounts)) // for everybody
	}
	if got := s.entry(e); !got.Running() || got.Version != e.Version {
		s.t.Errorf("the entry became %+v", got)
	}
	if _, err := s.ActorByAPIKey(s.t.Context(), secret, "", ""); err != nil {
		s.t.Errorf("the key does not work: %v", err)
	}
	s.done(core.ActTimerStop, 0)
	s.refused(core.ActTimerStop, 6)
	s.done(core.ActAPIKeyDeactivate, 0)
	s.refused(core.ActAPIKeyDeactivate, 3)
}

func plansAreRefused(s *stage) {
	e := s.MustStart("dirk", "Untouched", s.Clock.Now().Add(-time.Hour))
	s.MustKey("dirk")
	for _, plan := range []core.Plan{core.PlanFree, core.PlanBasic, core.PlanStandard, core.PlanPro} {
		s.MustSetPlan(plan)
		for _, command := range accountsTab {
			s.refuses(s.olivia().runs("/accounts "+command), s.say("error.plan_required"))
		}
		s.says(s.olivia().runs("/accounts log"), s.say("nav.audit")) // for owners on every plan
		s.fact(s.olivia().runs("/accounts settings"), "word.plan", s.say("plan."+string(plan)))
		s.says(s.person("dirk").runs("/timer status"), s.say("chat.status.title"))
		s.refuses(s.person("adam").runs("/accounts list"), s.say("error.owner_required"))
	}
	s.MustSetPlan(core.PlanEnterprise)
	s.runsStill(e)
	s.refused(core.ActTimerStop, 8)
	s.refused(core.ActAPIKeyDeactivate, 4)
	s.says(s.olivia().runs("/accounts list"), s.count("count.accounts", 6))
}

func cardsArePersonal(s *stage) {
	e := s.danaRuns(time.Hour)
	card := s.card("olivia")
	for _, who := range []string{"otto", "adam", "dana"} {
		for _, id := range []string{"button.confirm", "button.cancel"} {
			m := s.person(who).press(card, id)
			s.refuses(m, s.say("error.confirmation_not_yours"))
			if m.Replaces {
				s.t.Errorf("%s takes Olivia's card away", who)
			}
		}
	}
	s.runsStill(e)
	s.says(s.olivia().press(card, "button.confirm"), s.say("chat.stop.done", s.name("dana")))
}

func roleIsLost(s *stage) {
	e := s.danaRuns(time.Hour)
	s.MustKey("dana")
	card, keys := s.card("olivia"), s.olivia().runs("/accounts deactivate-key {dana}")
	s.MustSetRole("olivia", core.RoleAdmin)
	s.refuses(s.olivia().press(card, "button.confirm"), s.say("error.owner_required"))
	s.refuses(s.olivia().press(keys, "button.confirm"), s.say("error.owner_required"))
	s.runsStill(e)
	s.refused(core.ActTimerStop, 1)
	s.refused(core.ActAPIKeyDeactivate, 1)
	s.done(core.ActAPIKeyDeactivate, 0)
}

func planIsLost(s *stage) {
	e := s.danaRuns(time.Hour)
	card := s.card("olivia")
	s.MustSetPlan(core.PlanPro)
	s.refuses(s.olivia().press(card, "button.confirm"), s.say("error.plan_required"))
	s.runsStill(e)
	s.MustSetPlan(core.PlanEnterprise) // the card was not used up
	s.says(s.olivia().press(card, "button.confirm"), s.say("chat.stop.done", s.name("dana")))
}

func inactivePerson(s *stage) {
	e := s.danaRuns(time.Hour)
	card := s.card("otto")
	s.MustSetStatus("otto", core.StatusInactive)
	s.refuses(s.person("otto").press(card, "button.confirm"), s.say("error.account_inactive"))
	for _, line := range []string{"/accounts list", "/accounts stop-timer {dana}", "/timer start x", "/timer status", "/accounts help"} {
		s.refuses(s.person("otto").runs(line), s.say("error.account_inactive"))
	}
	s.runsStill(e)
	s.done(core.ActTimerStop, 0)
}

// opaque is a random id of 128 bits or more.
var opaque = regexp.MustCompile(`[A-Za-z0-9_-]{22,}`)

func buttonsAreOpaque(s *stage) {
	e := s.forgotten()
	s.MustKey("dana")
	card := s.card("olivia")
	keys := s.olivia().runs("/accounts deactivate-key {dana}")
	list := s.olivia().runs("/accounts forgotten")
	done := s.olivia().press(card, "button.confirm")
	seen := map[string]bool{}
	for _, m := range []*Shown{card, keys, list, done} {
		s.private(m)
		n := 0
		for _, b := range m.all() {
			if b.URL != "" {
				continue
			}
			n++
			if ids := opaque.FindAllString(b.Carries, -1); len(ids) != 1 || len(b.Carries) > 100 {
				s.t.Errorf("%s carries %q", b.Label, b.Carries)
			} else {
				seen[ids[0]] = true
			}
			for _, secret := range []core.ID{e.ID, s.Who("dana").ID, s.Who("dana").User.ID, s.Who("olivia").User.ID, s.Workspace.ID} {
				if strings.Contains(b.Carries, string(secret)) {
					s.t.Errorf("%s carries %q, and in it an id that means something", b.Label, b.Carries)
				}
			}
		}
		if n < 2 {
			s.t.Errorf("only %d buttons:\n%s", n, m.Read())
		}
	}
	if len(seen) < 4 {
		s.t.Errorf("only %d ids on four messages", len(seen))
	}
}
