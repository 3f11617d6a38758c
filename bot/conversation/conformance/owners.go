package conformance

import (
	"net/url"
	"path"
	"time"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

func (s *stage) count(id string, n int) phrase { return s.say(id, locale.Params{"Count": n}) }

// timer is a running timer as a list writes it.
func (s *stage) timer(e core.TimeEntry) phrase {
	return s.say("chat.timer_runs", locale.Params{
		"Description": e.Description, "Start": e.Start, "Duration": e.Duration(s.Clock.Now()),
	})
}

func listShowsEverybody(s *stage) {
	e := s.danaRuns(2 * time.Hour)
	s.MustKey("dirk")
	list := s.olivia().runs("/accounts list")
	s.private(list)
	s.says(list, s.count("count.accounts", 6))
	s.buttons(list, "button.open_panel")
	for key, role := range map[string]core.Role{
		"olivia": core.RoleOwner, "otto": core.RoleOwner, "adam": core.RoleAdmin, "mona": core.RoleManager, "dana": core.RoleMember, "dirk": core.RoleMember,
	} {
		title := phrase(s.Who(key).User.Name)
		s.rowSays(list, title, phrase(key+"@acme.test"))
		s.rowSays(list, title, s.say("role."+string(role)))
	}
	s.rowSays(list, "Dana Member", s.timer(e))
	s.rowSays(list, "Dirk Müller", s.count("count.keys", 1))
	if len(list.Rows) != 6 {
		s.t.Errorf("%d rows", len(list.Rows))
	}
	s.linksTo(list, "button.open_panel", "/w/acme/settings/accounts")
}

// linksTo fails unless the button leads to this path of the panel.
func (s *stage) linksTo(m *Shown, id, want string) {
	s.t.Helper()
	if got := s.link(m, id); got.Path != want {
		s.t.Errorf("%s leads to %s, want %s", s.words.T(id), got, want)
	}
}

// link is where the button with the label leads.
func (s *stage) link(m *Shown, id string) *url.URL {
	s.t.Helper()
	for _, b := range m.Buttons {
		if b.Label == s.words.T(id) && b.URL != "" {
			u, err := url.Parse(b.URL)
			if err != nil || u.Scheme != "https" {
				s.t.Fatalf("address %q: %v", b.URL, err)
			}
			return u
		}
	}
	s.t.Fatalf("there is no link %q: %v", s.words.T(id), m.Buttons)
	return nil
}

func listSearches(s *stage) {
	for search, want := range map[string]phrase{"MULLER": "Dirk Müller", "ember": "Dana Member", "adam@ac": "Adam Admin"} {
		list := s.olivia().runs("/accounts list " + search)
		s.says(list, s.count("count.accounts", 1))
		s.row(list, want)
	}
	none := s.olivia().runs("/accounts list nowhere")
	s.says(none, s.say("chat.list.none"), s.count("count.accounts", 0))
}

func listFilters(s *stage) {
	s.danaRuns(time.Hour)
	s.MustStart("dirk", "Long gone", s.Clock.Now().Add(-9*time.Hour))
	s.flag(1)
	for filter, want := range map[string][]phrase{
		"running": {"Dana Member", "Dirk Müller"}, "laufend": {"Dana Member", "Dirk Müller"}, "flagged": {"Dirk Müller"}, "markiert": {"Dirk Müller"},
		"dana running": {"Dana Member"},
	} {
		list := s.olivia().runs("/accounts list " + filter)
		s.says(list, s.count("count.accounts", len(want)))
		for _, title := range want {
			s.row(list, title)
		}
	}
	s.rowSays(s.olivia().runs("/accounts list flagged"), "Dirk Müller", s.say("flagged"))
}

func showTellsAll(s *stage) {
	e := s.danaRuns(2 * time.Hour)
	s.MustKey("dana")
	m := s.olivia().runs("/accounts show {dana}")
	s.private(m)
	s.says(m, "Dana Member")
	s.fact(m, "word.email", "dana@acme.test")
	s.fact(m, "word.role", s.say("role.member"))
	s.fact(m, "word.status", s.say("status.active"))
	s.fact(m, "chat.keys.active", "1")
	s.fact(m, "word.timer", s.timer(e))
	s.buttons(m, "button.open_panel")
	idle := s.olivia().runs("/accounts show mona@acme.test")
	s.fact(idle, "word.role", s.say("role.manager"))
	s.fact(idle, "word.timer", s.say("none"))
	s.fact(idle, "chat.keys.active", "0")
}

func forgottenLists(s *stage) {
	none := s.olivia().runs("/accounts forgotten")
	s.says(none, s.say("chat.forgotten.none"), s.count("count.flags", 0))
	s.buttons(none, "button.open_panel")

	e := s.forgotten()
	list := s.olivia().runs("/accounts forgotten")
	s.private(list)
	s.says(list, s.count("count.flags", 1))
	s.rowSays(list, "Dana Member", s.timer(e))
	seen := coretest.Start.Add(2 * time.Hour)
	s.rowSays(list, "Dana Member", s.say("chat.alert.proposal", locale.Params{"Time": seen, "Why": s.say("why.last_activity", locale.Params{"Time": seen})}))
	var labels []string
	for _, b := range s.row(list, "Dana Member").Buttons {
		labels = append(labels, b.Label)
	}
	offered := &Shown{}
	for _, label := range labels {
		offered.Buttons = append(offered.Buttons, Button{Label: label})
	}
	s.buttons(offered, "button.stop_now", "chat.snooze.1h", "chat.snooze.4h", "chat.snooze.day", "button.still_working")

	card := s.olivia().press(list, "button.stop_now")
	s.says(card, s.say("chat.stop.title", s.name("dana")))
	s.says(s.olivia().press(card, "button.confirm"), s.say("chat.stop.done", s.name("dana")))
	s.endsAt(e, s.Clock.Now())
	s.says(s.olivia().runs("/accounts forgotten"), s.say("chat.forgotten.none"))
}

func forgottenPutsOff(s *stage) {
	e := s.forgotten()
	now := s.Clock.Now()
	tomorrow := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC) // nine in Berlin
	for _, step := range []struct {
		button string
		until  time.Time
	}{{"chat.snooze.1h", now.Add(time.Hour)}, {"chat.snooze.4h", now.Add(4 * time.Hour)}, {"chat.snooze.day", tomorrow}} {
		list := s.olivia().runs("/accounts forgotten")
		m := s.olivia().press(list, step.button)
		s.private(m)
		s.says(m, s.say("chat.snooze.done", s.name("dana"), locale.Params{"Until": step.until}))
		if f := s.flagOf(); f.State != core.FlagSnoozed || !f.SnoozedUntil.Equal(step.until) || f.SnoozedBy != "Olivia Owner" {
			s.t.Errorf("%s made the flag %+v", step.button, f)
		}
		s.rowSays(s.olivia().runs("/accounts forgotten"), "Dana Member", s.say("chat.alert.snoozed", locale.Params{"By": "Olivia Owner", "Until": step.until}))
	}
	list := s.olivia().runs("/accounts forgotten")
	s.says(s.olivia().press(list, "button.still_working"), s.say("chat.snooze.working", s.name("dana")))
	if f := s.flagOf(); f.State != core.FlagResolved || f.Resolution != core.ResolvedWorking {
		s.t.Errorf("the flag is %+v", f)
	}
	s.runsStill(e)
	s.says(s.person("otto").press(list, "chat.snooze.1h"), s.say("error.flag_resolved", locale.Params{"By": "Olivia Owner", "At": now}))
}

func logShowsLines(s *stage) {
	s.forgotten()
	s.olivia().press(s.olivia().runs("/accounts stop-timer {dana} reason went home"), "button.confirm")
	s.dana().runs("/accounts list") // refused, and in the log

	of := s.olivia().runs("/accounts log {dana}")
	s.private(of)
	s.says(of, s.say("chat.log.of", s.name("dana")))
	stopped := s.say("settings.audit.did", locale.Params{"Name": "Olivia Owner", "Act": s.say("act.timer.stop")})
	for _, want := range []phrase{moment(s.Clock.Now()), s.doorWord(), "Dana Member", "went home"} {
		s.rowSays(of, stopped, want)
	}
	s.buttons(of, "button.open_panel")
	s.linksTo(of, "button.open_panel", "/w/acme/settings/audit")

	// Who undoes the stop of a flagged timer has not found a forgotten one.
	e := s.forgotten()
	for _, act := range []func() (core.TimeEntry, error){
		func() (core.TimeEntry, error) {
			return s.StopTimer(s.t.Context(), s.Actor("olivia"), core.StopTimer{EntryID: e.ID})
		},
		func() (core.TimeEntry, error) { return s.UndoStop(s.t.Context(), s.Actor("olivia"), e.ID) },
	} {
		if _, err := act(); err != nil {
			s.t.Fatal(err)
		}
	}
	again := s.say("settings.audit.did", locale.Params{"Name": "Olivia Owner", "Act": s.say("act.flag.open_again")})
	s.rowSays(s.olivia().runs("/accounts log {dana}"), again, s.say("settings.reason.undone"))

	all := s.olivia().runs("/accounts log")
	s.says(all, s.say("nav.audit"))
	s.row(all, stopped)
	s.row(all, s.say("settings.audit.was_refused", locale.Params{"Name": "Dana Member", "Act": s.say("settings.act.accounts.view")}))
	s.says(s.olivia().runs("/accounts log mona@acme.test"), s.say("chat.log.of", s.name("mona")))

	// What no person did is said of whom it is: the operator, or Clockwarden itself.
	s.MustSetRole("otto", core.RoleAdmin)
	log := s.olivia().runs("/accounts log")
	s.row(log, s.say("settings.audit.did", locale.Params{"Name": s.say("settings.audit.job_operator"), "Act": s.say("act.member.update")}))
	s.row(log, s.say("settings.audit.did", locale.Params{"Name": s.say("product.name"), "Act": s.say("act.flag.open")}))

	s.MustAddMember("housekeeping", "housekeeping", core.RoleMember) // as a job is called: a name hides nobody
	if _, err := s.StartTimer(s.t.Context(), s.Actor("housekeeping"), core.NewEntry{}); err != nil {
		s.t.Fatal(err)
	}
	s.row(s.olivia().runs("/accounts log housekeeping@acme.test"), s.say("settings.audit.did", s.name("housekeeping"), locale.Params{"Act": s.say("act.timer.start")}))
}

func settingsShown(s *stage) {
	m := s.olivia().runs("/accounts settings")
	s.private(m)
	s.fact(m, "word.workspace", "Acme")
	s.fact(m, "word.plan", s.say("plan.enterprise"))
	s.fact(m, "word.time_zone", "Europe/Berlin")
	s.fact(m, "word.language", s.say("language."+s.language))
	s.fact(m, "chat.settings.after", s.duration(8*time.Hour)+" · "+s.say("chat.settings.standard"))
	s.fact(m, "chat.settings.auto_stop", s.say("off")+" · "+s.say("chat.settings.standard"))
	s.fact(m, "chat.settings.quiet", s.say("off")+" · "+s.say("chat.settings.standard"))
	s.linksTo(m, "button.open_panel", "/w/acme/settings/forgotten")
	after := 10 * time.Hour
	if _, err := s.UpdateWorkspace(s.t.Context(), s.Actor("olivia"), core.WorkspaceUpdate{ForgottenAfter: &after}); err != nil {
		s.t.Fatal(err)
	}
	s.fact(s.olivia().runs("/accounts settings"), "chat.settings.after", s.duration(after))
}

func loginAsYieldsALink(s *stage) {
	m := s.olivia().runs("/accounts login-as {dana}")
	s.private(m)
	s.says(m, s.say("chat.login_as.title", s.name("dana")), s.say("chat.login_as.how"),
		s.say("chat.login_as.note", locale.Params{"For": core.LoginAsFor}))
	s.buttons(m, "button.login_as_user")
	s.done(core.ActImpersonationStart, 0)
	link := s.link(m, "button.login_as_user")
	if link.Query().Get("w") != "acme" || path.Dir(link.Path) != "/log-in-as" {
		s.t.Errorf("the link is %s", link)
	}
	token := path.Base(link.Path)
	_, otto := s.SignIn("otto")
	if _, err := s.LoginAsTarget(s.t.Context(), otto, token); core.ErrorCode(err) != core.CodeForbidden {
		s.t.Errorf("another owner can use the link: %v", err)
	}
	_, olivia := s.SignIn("olivia")
	if who, err := s.LoginAsTarget(s.t.Context(), olivia, token); err != nil || who.ID != s.Who("dana").ID {
		s.t.Errorf("the link is about %s, %v", who.User.Name, err)
	}
	s.refuses(s.olivia().runs("/accounts login-as {otto}"), s.say("error.impersonate_owner", s.name("otto")))
	s.refuses(s.olivia().runs("/accounts login-as {olivia}"), s.say("error.impersonate_self"))
}

// helpNote is what stands under the help of a group; at a console people are named by their address alone.
func (s *stage) helpNote(group conversation.Group) phrase {
	if s.platform.Name == core.PlatformConsole && group == conversation.GroupAccounts {
		return s.say("chat.console.help_accounts")
	}
	return s.say("chat.help.note." + string(group))
}

func helpListsCommands(s *stage) {
	for _, group := range conversation.Groups() {
		help := s.olivia().runs("/" + string(group) + " help")
		s.private(help)
		s.says(help, s.say("chat.help.title."+string(group)))
		s.says(help, s.helpNote(group))
		n := 0
		for _, c := range s.commands(group) {
			s.rowSays(help, phrase(c.Usage(s.words, s.platform.Name)), s.say(c.Summary))
			n++
		}
		if n < 6 || len(help.Rows) != n {
			s.t.Errorf("%s help has %d rows for %d commands", group, len(help.Rows), n)
		}
	}
	s.says(s.olivia().runs("/accounts"), s.say("chat.help.title.accounts"))
	s.says(s.dana().runs("/timer"), s.say("chat.help.title.timer"))
}
