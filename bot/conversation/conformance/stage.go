package conformance

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

// stage is what a scenario plays on: a house of its own with a platform, whose readers all speak one
// language.
type stage struct {
	*coretest.House
	t        *testing.T
	platform Platform
	driver   Driver
	language string
	words    *locale.Printer // of every reader
	clicks   atomic.Int64    // of everybody
}

func newStage(t *testing.T, p Platform, language string) *stage {
	t.Helper()
	h := coretest.New(t, coretest.WithChat(core.ChatConnection{Platform: p.Name, Workspace: "acme", AlertChannel: p.Channel}))
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	operator := coretest.Operator(h.Workspace.ID)
	if language != h.Workspace.Language {
		if _, err := h.UpdateWorkspace(t.Context(), operator, core.WorkspaceUpdate{Language: &language}); err != nil {
			t.Fatalf("language of the workspace: %v", err)
		}
		for _, key := range []string{"olivia", "otto", "adam", "mona", "dana", "dirk"} {
			if _, err := h.UpdateMember(t.Context(), operator, h.Who(key).ID, core.MemberUpdate{Language: &language}); err != nil {
				t.Fatalf("language of %s: %v", key, err)
			}
		}
	}
	s := &stage{House: h, t: t, platform: p, language: language}
	s.words = catalog.Printer(language, h.Workspace.Zone())
	s.driver = p.New(t, h)
	return s
}

// actor is a person of the platform, whose clicks are counted.
type actor struct {
	Person
	s *stage
}

func (a actor) Clicks(on *Shown, label string, picks ...Pick) *Shown {
	a.s.clicks.Add(1)
	return a.Person.Clicks(on, label, picks...)
}

// press clicks the button that the catalogue calls id.
func (a actor) press(on *Shown, id string, picks ...Pick) *Shown {
	a.s.t.Helper()
	return a.Clicks(on, a.s.words.T(id), picks...)
}

// runs gives a command; {dana} in it is how the platform names Dana.
func (a actor) runs(line string) *Shown {
	a.s.t.Helper()
	line = placeholder.ReplaceAllStringFunc(line, func(key string) string {
		return a.s.driver.Mention(strings.Trim(key, "{}"))
	})
	return a.Runs(line)
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func (s *stage) person(key string) actor { return actor{s.driver.Person(key), s} }

func (s *stage) olivia() actor { return s.person("olivia") }
func (s *stage) dana() actor   { return s.person("dana") }

// danaRuns starts a timer of Dana's that began so long ago.
func (s *stage) danaRuns(ago time.Duration) core.TimeEntry {
	s.t.Helper()
	return s.MustStart("dana", "Fix login", s.Clock.Now().Add(-ago))
}

// owner is the actor of whom the entry belongs to.
func (s *stage) owner(e core.TimeEntry) core.Actor {
	s.t.Helper()
	for _, key := range []string{"dana", "dirk", "mona"} {
		if s.Who(key).ID == e.MemberID {
			return s.Actor(key)
		}
	}
	s.t.Fatalf("an entry of nobody: %+v", e)
	return core.Actor{}
}

// entry is an entry as it is stored now.
func (s *stage) entry(e core.TimeEntry) core.TimeEntry {
	s.t.Helper()
	got, err := s.Entry(s.t.Context(), s.owner(e), e.ID)
	if err != nil {
		s.t.Fatalf("entry: %v", err)
	}
	return got
}

// runsStill fails unless the entry is the timer that runs, untouched.
func (s *stage) runsStill(e core.TimeEntry) {
	s.t.Helper()
	if got := s.entry(e); !got.Running() {
		s.t.Errorf("the timer was stopped at %s by %s", got.End, got.StoppedName)
	}
}

// endsAt fails unless the entry ends then.
func (s *stage) endsAt(e core.TimeEntry, end time.Time) {
	s.t.Helper()
	if got := s.entry(e); !got.End.Equal(end) {
		s.t.Errorf("the entry ends at %s, want %s", got.End, end)
	}
}

// done counts what was done, not refused, of an act.
func (s *stage) done(act core.Action, want int) []core.AuditEntry {
	s.t.Helper()
	var list []core.AuditEntry
	for _, e := range s.MustAudit(act) {
		if e.Outcome != core.OutcomeRefused {
			list = append(list, e)
		}
	}
	if len(list) != want {
		s.t.Errorf("%s was done %d times, want %d", act, len(list), want)
	}
	return list
}

// refused counts what was refused of an act.
func (s *stage) refused(act core.Action, want int) {
	s.t.Helper()
	n := 0
	for _, e := range s.MustAudit(act) {
		if e.Outcome == core.OutcomeRefused {
			n++
		}
	}
	if n != want {
		s.t.Errorf("%d refusals of %s in the audit log, want %d", n, act, want)
	}
}

// phrase is a text that somebody should read. A moment in it stands as a mark, and is found
// however a platform shows it.
type phrase string

const (
	momentOpen  = "\x02"
	momentClose = "\x03"
)

func moment(t time.Time) phrase {
	return phrase(momentOpen + strconv.FormatInt(t.Unix(), 10) + momentClose)
}

// say is a sentence of the catalogue, in the readers' language. The time named Ago is how long ago it was.
func (s *stage) say(id string, params ...locale.Params) phrase {
	s.t.Helper()
	if !s.words.Has(id) {
		s.t.Fatalf("there is no message %q", id)
	}
	filled := locale.Params{}
	for _, set := range params {
		for name, value := range set {
			switch x := value.(type) {
			case time.Time:
				value = string(moment(x))
				if name == "Ago" {
					value = s.words.AgoOrTime(x, s.Clock.Now())
				}
			case phrase:
				value = string(x)
			}
			filled[name] = value
		}
	}
	return phrase(s.words.T(id, filled))
}

var momentMark = regexp.MustCompile(momentOpen + `(\d+)` + momentClose)

// pattern finds a phrase in what is read, whatever its spaces.
func (s *stage) pattern(p phrase) *regexp.Regexp {
	s.t.Helper()
	text, out := spaced(string(p)), ""
	for {
		at := momentMark.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		seconds, err := strconv.ParseInt(text[at[2]:at[3]], 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		t := time.Unix(seconds, 0).UTC()
		out += regexp.QuoteMeta(text[:at[0]]) + "(?:" + regexp.QuoteMeta(t.Format(time.RFC3339)) + "|" +
			regexp.QuoteMeta(s.words.DayTime(t, s.Clock.Now())) + ")"
		text = text[at[1]:]
	}
	return regexp.MustCompile(out + regexp.QuoteMeta(text))
}

func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }

// says fails unless every phrase is read, and no text is missing.
func (s *stage) says(m *Shown, want ...phrase) {
	s.t.Helper()
	all := spaced(m.Read())
	for _, p := range want {
		if p == "" || !s.pattern(p).MatchString(all) {
			s.t.Errorf("%q is not said:\n%s", p, m.Read())
		}
	}
	if strings.ContainsAny(all, "⟦⟧\x02\x03\x1f") {
		s.t.Errorf("a text is missing or broken:\n%s", m.Read())
	}
}

// lacks fails when the phrase is read.
func (s *stage) lacks(m *Shown, p phrase) {
	s.t.Helper()
	if s.pattern(p).MatchString(spaced(m.Read())) {
		s.t.Errorf("%q is said:\n%s", p, m.Read())
	}
}

// fact fails unless the fact with the label has just this value.
func (s *stage) fact(m *Shown, id string, value phrase) {
	s.t.Helper()
	want := regexp.MustCompile("^(?:" + s.pattern(value).String() + ")$")
	for _, f := range m.Facts {
		if f.Label == s.words.T(id) {
			if !want.MatchString(spaced(f.Value)) {
				s.t.Errorf("%s is %q, want %q", f.Label, f.Value, value)
			}
			return
		}
	}
	s.t.Errorf("there is no %q:\n%s", s.words.T(id), m.Read())
}

// buttons fails unless the message has just these buttons, in any order.
func (s *stage) buttons(m *Shown, ids ...string) {
	s.t.Helper()
	var want []string
	for _, id := range ids {
		want = append(want, s.words.T(id))
	}
	got := m.Labels()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.t.Errorf("buttons are %q, want %q on:\n%s", got, want, m.Read())
	}
}

// private fails when others see the message too.
func (s *stage) private(m *Shown) {
	s.t.Helper()
	if !m.Private {
		s.t.Errorf("everybody sees:\n%s", m.Read())
	}
}

// refuses fails unless the message says only why, to the person alone, and offers nothing.
func (s *stage) refuses(m *Shown, why phrase) {
	s.t.Helper()
	s.says(m, why)
	s.private(m)
	if len(m.all()) > 0 || m.Form {
		s.t.Errorf("a refusal offers something:\n%s\n%q", m.Read(), m.Labels())
	}
}

// fieldRefuses fails unless the form was refused for the field, where the platform can show that
// beside the field, or else in words, and what the form was opened from still stands.
func (s *stage) fieldRefuses(m *Shown, label string, why phrase) {
	s.t.Helper()
	s.says(m, why)
	if s.platform.Beside && !s.pattern(why).MatchString(spaced(m.Errors[s.words.T(label)])) {
		s.t.Errorf("the error does not stand at %q: %q", s.words.T(label), m.Errors)
	}
	if m.Replaces {
		s.t.Error("a refused form takes away what it was opened from")
	}
}

// form fails unless a form opened.
func (s *stage) form(m *Shown, want ...phrase) {
	s.t.Helper()
	if !m.Form {
		s.t.Fatalf("no form opened:\n%s", m.Read())
	}
	s.says(m, want...)
}

// selected is the label of the option that is chosen on the message.
func (s *stage) selected(m *Shown, want phrase) {
	s.t.Helper()
	for _, o := range m.Choice {
		if o.Selected {
			if !s.pattern(want).MatchString(spaced(o.Label)) {
				s.t.Errorf("chosen is %q, want %q", o.Label, want)
			}
			return
		}
	}
	s.t.Errorf("nothing is chosen:\n%s", m.Read())
}

// offers fails unless an option reads like this, with its reason.
func (s *stage) offers(m *Shown, label, why phrase) {
	s.t.Helper()
	for _, o := range m.Choice {
		if s.pattern(label).MatchString(spaced(o.Label)) && s.pattern(why).MatchString(spaced(o.Why)) {
			return
		}
	}
	s.t.Errorf("no option reads %q (%q):\n%s", label, why, m.Read())
}

// row finds the row with the title.
func (s *stage) row(m *Shown, title phrase) Row {
	s.t.Helper()
	for _, r := range m.Rows {
		if s.pattern(title).MatchString(spaced(r.Title)) {
			return r
		}
	}
	s.t.Fatalf("there is no row %q:\n%s", title, m.Read())
	return Row{}
}

// rowSays fails unless the row with the title reads like this.
func (s *stage) rowSays(m *Shown, title, want phrase) {
	s.t.Helper()
	if r := s.row(m, title); !s.pattern(want).MatchString(spaced(r.Text)) {
		s.t.Errorf("%s is %q, want %q", title, r.Text, want)
	}
}

// forgotten starts a timer of Dana's, who is last seen two hours later, in the chat where that tells of her, lets it run for nine hours and flags it.
func (s *stage) forgotten() core.TimeEntry {
	s.t.Helper()
	e := s.danaRuns(0)
	s.Clock.Advance(2 * time.Hour)
	if s.platform.Knows { // whoever types there, it need not be her
		s.SignIn("dana")
	} else {
		s.dana().runs("/timer status") // the last that is seen of her
	}
	s.Clock.Advance(7 * time.Hour)
	s.flag(1)
	return e
}

// flag lets the cron job look for forgotten timers.
func (s *stage) flag(want int) {
	s.t.Helper()
	if n, err := s.FlagForgottenTimers(s.t.Context(), coretest.Cron()); err != nil || n != want {
		s.t.Fatalf("flagged %d, want %d: %v", n, want, err)
	}
}

// flagOf is the only flag there is.
func (s *stage) flagOf() core.Flag {
	s.t.Helper()
	list, _, err := s.Flags(s.t.Context(), s.Actor("olivia"), core.FlagQuery{})
	if err != nil || len(list) != 1 {
		s.t.Fatalf("%d flags, %v", len(list), err)
	}
	return list[0]
}

// alert waits for the alert, and for it to say what is wanted.
func (s *stage) alert(want ...phrase) Posted {
	s.t.Helper()
	var list []Posted
	s.eventually("an alert", func() bool {
		list = s.driver.Alerts()
		if len(list) == 0 {
			return false
		}
		for _, p := range want {
			if !s.pattern(p).MatchString(spaced(list[0].Read())) {
				return false
			}
		}
		return true
	}, func() string {
		if len(list) == 0 {
			return "there is none"
		}
		return list[0].Read()
	})
	if len(list) != 1 {
		s.t.Errorf("%d alerts about one timer", len(list))
	}
	return list[0]
}

// patience is how long a scenario waits for what must come.
const patience = 10 * time.Second

// eventually waits for what happens in the background.
func (s *stage) eventually(what string, ready func() bool, instead func() string) {
	s.t.Helper()
	for end := time.Now().Add(patience); !ready(); time.Sleep(2 * time.Millisecond) { //nolint:forbidigo // the platform works in real time
		if time.Now().After(end) { //nolint:forbidigo // see above
			s.t.Fatalf("waited in vain for %s: %s", what, instead())
		}
	}
}

// door is the platform's door.
func (s *stage) door() core.Door { return core.Door(s.platform.Name) }

// doorWord is what readers call the platform.
func (s *stage) doorWord() phrase { return s.say("door." + s.platform.Name) }

// name is how the member is called.
func (s *stage) name(key string) locale.Params { return locale.Params{"Name": s.Who(key).User.Name} }

// duration is a length of time in words.
func (s *stage) duration(d time.Duration) phrase { return phrase(s.words.Duration(d)) }

// commands are the commands of a group.
func (s *stage) commands(g conversation.Group) []conversation.Command {
	var list []conversation.Command
	for _, c := range conversation.Commands() {
		if c.Group == g {
			list = append(list, c)
		}
	}
	return list
}
