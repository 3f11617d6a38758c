package conformance

import (
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// code is a link code as the panel shows it to the member.
func (s *stage) code(key string) string {
	s.t.Helper()
	code, _, err := s.CreateLinkCode(s.t.Context(), s.Actor(key))
	if err != nil {
		s.t.Fatalf("link code of %s: %v", key, err)
	}
	return code
}

// linked fails unless the chat account is linked, or not.
func (s *stage) linked(key string, want bool) {
	s.t.Helper()
	a := s.driver.Account(key)
	actor, err := s.ActorByIdentity(s.t.Context(), s.door(), a.Platform, a.Team, a.ChatUser, "")
	if err != nil && core.ErrorCode(err) != core.CodeUnauthenticated {
		s.t.Fatal(err)
	}
	if got := err == nil; got != want || got && actor.UserID != s.Who(key).User.ID {
		s.t.Errorf("%s is linked: %t, want %t", key, got, want)
	}
}

// asksToLink fails unless the message says how to link, and offers it.
func (s *stage) asksToLink(m *Shown) {
	s.t.Helper()
	s.private(m)
	s.says(m, s.say("chat.unlinked"), s.say("chat.unlinked_how"))
	s.buttons(m, "button.open_product", "button.enter_code")
	s.linksTo(m, "button.open_product", "/w/acme/link")
}

func unlinkedCanNothing(s *stage) {
	e := s.forgotten()
	a := s.alive()
	card := s.card("olivia")
	mona := s.person("mona")
	for _, line := range []string{
		"/accounts list", "/accounts stop-timer {dana}", "/accounts deactivate-key {dana}", "/accounts login-as {dana}", "/accounts forgotten",
		"/accounts log", "/accounts settings", "/accounts help", "/accounts unlink", "/timer start x", "/timer stop", "/timer status", "/timer help",
	} {
		s.asksToLink(mona.runs(line))
	}
	for _, line := range []string{"/accounts link", "/timer link"} {
		s.form(mona.runs(line), s.say("chat.link.title"))
	}
	for _, id := range alertButtons {
		s.asksToLink(mona.press(a.Shown, id))
	}
	asked := mona.press(card, "button.confirm")
	s.asksToLink(asked)
	if asked.Replaces {
		s.t.Error("a stranger's click takes Olivia's card away")
	}
	s.runsStill(e)
	s.done(core.ActTimerStop, 0)
	s.linked("mona", false)
	if _, err := s.RunningEntry(s.t.Context(), s.Actor("mona"), ""); core.ErrorCode(err) != core.CodeNotFound {
		s.t.Errorf("a timer of Mona's runs: %v", err)
	}
}

func linkingResumes(s *stage) {
	mona := s.person("mona")
	unlinked := mona.runs("/timer start Quarter report")
	s.asksToLink(unlinked)
	form := mona.press(unlinked, "button.enter_code")
	s.form(form, s.say("chat.link.title"))
	code := s.words.T("chat.link.code")
	s.fieldRefuses(mona.Submits(form, map[string]any{code: "AAAA-AAAA"}), "chat.link.code", s.say("error.link_code"))
	s.linked("mona", false)

	done := mona.Submits(form, map[string]any{code: strings.ToLower(s.code("mona"))})
	s.private(done)
	if !done.Replaces {
		s.t.Error("the message that offers the form stays")
	}
	s.says(done, s.say("chat.link.done"), s.say("chat.link.done_note"))
	s.fact(done, "product.name", "Mona Manager (mona@acme.test)")
	s.fact(done, "word.workspace", "Acme")
	s.says(done, phrase(s.driver.Account("mona").ChatUser)) // both sides are shown
	s.linked("mona", true)
	resumed := mona.Next(done)
	s.private(resumed)
	s.says(resumed, s.say("chat.start.done"), "Quarter report")
	e, err := s.RunningEntry(s.t.Context(), s.Actor("mona"), "")
	if err != nil || e.Description != "Quarter report" {
		s.t.Errorf("Mona runs %q, %v", e.Description, err)
	}
	log := s.MustAudit(core.ActIdentityLink)
	if len(log) == 0 || log[0].Door != s.door() || log[0].ActorName != "Mona Manager" {
		s.t.Errorf("the audit log says %+v", log)
	}
	s.says(mona.runs("/timer status"), "Quarter report")
}

func (s *stage) linkedTo(key string) phrase {
	s.t.Helper()
	return s.say("chat.home.linked", s.name(key), locale.Params{"Email": key + "@acme.test", "Workspace": "Acme"})
}

func linkByCommand(s *stage) {
	mona := s.person("mona")
	s.asksToLink(mona.runs("/timer status"))
	done := mona.runs("/timer link " + s.code("mona"))
	s.says(done, s.say("chat.link.done"))
	s.private(done)
	s.linked("mona", true)
	s.says(mona.Next(done), s.say("error.no_running_timer")) // what was asked before goes on
	for _, line := range []string{"/timer link", "/accounts link"} {
		s.says(mona.runs(line), s.linkedTo("mona"))
	}
	// Somebody else's code does not take the link over.
	s.refuses(mona.runs("/timer link "+s.code("adam")), s.say("error.chat_linked"))
	s.says(mona.runs("/timer link"), s.linkedTo("mona"))
}

func badCodes(s *stage) {
	mona := s.person("mona")
	wrong := s.say("error.link_code")
	s.refuses(mona.runs("/timer link AAAA-AAAA"), wrong)
	old := s.code("mona")
	s.Clock.Advance(core.LinkCodeFor)
	s.refuses(mona.runs("/timer link "+old), wrong)
	s.linked("mona", false)
	code := s.code("mona")
	s.says(mona.runs("/timer link "+code), s.say("chat.link.done"))
	s.says(mona.runs("/timer unlink"), s.say("chat.unlink.done", s.name("mona"), locale.Params{"Platform": s.doorWord(), "Workspace": "Acme"}))
	s.refuses(mona.runs("/timer link "+code), wrong) // used
	s.linked("mona", false)
	for range 3 {
		mona.runs("/timer link BBBB-BBBB")
	}
	s.refuses(mona.runs("/timer link "+s.code("mona")), s.say("error.link_tries"))
	s.linked("mona", false)
}

func unlinking(s *stage) {
	e := s.danaRuns(time.Hour)
	card := s.card("otto")
	m := s.person("otto").runs("/accounts unlink")
	s.private(m)
	s.says(m, s.say("chat.unlink.done", s.name("otto"), locale.Params{"Platform": s.doorWord(), "Workspace": "Acme"}))
	s.linked("otto", false)
	s.asksToLink(s.person("otto").press(card, "button.confirm"))
	s.asksToLink(s.person("otto").runs("/accounts list"))
	s.asksToLink(s.person("otto").runs("/timer unlink"))
	s.runsStill(e)
	log := s.MustAudit(core.ActIdentityUnlink)
	if len(log) != 1 || log[0].Door != s.door() || log[0].ActorName != "Otto Owner" {
		s.t.Errorf("the audit log says %+v", log)
	}
}

// nothingToLink is linking where nobody is linked.
func nothingToLink(s *stage) {
	e := s.danaRuns(time.Hour)
	code := s.code("mona")
	links := len(s.MustAudit(core.ActIdentityLink))
	for _, line := range []string{"/timer link", "/timer link " + code, "/accounts link " + code, "/timer unlink", "/accounts unlink"} {
		s.refuses(s.person("mona").runs(line), s.say("chat.link.console"))
	}
	if n := len(s.MustAudit(core.ActIdentityLink)); n != links {
		s.t.Errorf("%d links were made", n-links)
	}
	ids, err := s.Identities(s.t.Context(), s.Actor("mona"), true)
	if err != nil || len(ids) != 0 {
		s.t.Errorf("Mona is linked: %+v %v", ids, err)
	}
	account := core.ChatAccount{Platform: core.PlatformSlack, Team: "T1", ChatUser: "U1"}
	if _, _, err := s.RedeemLinkCode(s.t.Context(), core.LinkByCode{ChatAccount: account, Workspace: "acme", Code: code, Door: core.DoorSlack}); err != nil {
		s.t.Errorf("the code was used up: %v", err)
	}
	s.runsStill(e)
	s.refuses(s.person("mona").runs("/accounts list"), s.say("error.owner_required"))
}
