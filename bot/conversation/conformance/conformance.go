// Package conformance holds what every chat platform must do: one table of scenarios, which runs
// against Slack, Discord and the console. A platform that can't do a scenario fails it; there is no
// list of exceptions.
//
// A platform's test package gives a Platform, whose Driver lets people act in its chat and reads what
// they see, and calls Run. It is for tests only and knows no platform.
package conformance

import (
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// Platform is a platform under test.
type Platform struct {
	Name    string // core.PlatformSlack, …
	Channel string // where alerts go
	// New starts the platform on a house of its own, connected to its workspace acme, with delivery
	// running. Olivia, Otto, Adam, Dana and Dirk are linked; Mona is not, unless Knows.
	New func(t *testing.T, h *coretest.House) Driver
	// Beside says that the platform shows what is wrong with a form beside its field.
	Beside bool
	// Knows says that the platform knows by itself which member somebody is, so that nobody is linked
	// there: the console, where whoever runs it says whose account it is.
	Knows bool
}

// Driver acts in one platform's chat.
type Driver interface {
	// Person returns the member with the key ("olivia", …), wherever they sit.
	Person(key string) Person
	// Mention is how a command names the member: "<@U1>", or an e-mail address where nobody is mentioned.
	Mention(key string) string
	// Account is the chat account of the member; zero where Platform.Knows.
	Account(key string) core.ChatAccount
	// Alerts are the messages in the alert channel as they look now, oldest first.
	Alerts() []Posted
	// Direct are the direct messages to the member, oldest first; none where Platform.Knows.
	Direct(key string) []*Shown
}

// Person is somebody in the chat. What they do waits for the answer. A failure to do it fails the
// test; an answer is never nil.
type Person interface {
	// Runs gives a command as it is typed, "/accounts list running". A platform whose client takes
	// commands apart reads it with Options.
	Runs(line string) *Shown
	// Clicks clicks a button, or chooses it in a menu, by its label: the first of that name. It works
	// on what the person saw then, even if that is not before them any more.
	Clicks(on *Shown, label string, picks ...Pick) *Shown
	// Submits sends a form; values are by the label of the field: text, a time.Time, a bool. Other
	// fields keep what they show. A form that was refused can be sent again; where the platform has closed
	// it, the person opens it again in the same way. Where the result takes the
	// place of the message the form was opened from, it is that result.
	Submits(form *Shown, values map[string]any) *Shown
	// Next is the message that follows an answer.
	Next(after *Shown) *Shown
}

// Pick is what a person changes on a message before they click.
type Pick struct {
	Choice string // an option, by the start of its label
	Off    string // a ticked box to untick, by its label
}

// Posted is a message that everybody in a channel sees.
type Posted struct {
	*Shown
	Edits int // how often it was edited
}

// Shown is what a person sees, in plain text. A moment that the platform shows every reader in
// their own zone stands as RFC 3339 in UTC; one that is written in words stays words.
type Shown struct {
	Text     []string // titles, paragraphs and small print
	Facts    []Fact
	Rows     []Row
	Choice   []Option
	Checks   []Check
	Buttons  []Button // those in a menu and links included; not those of rows
	Form     bool     // a form to fill, which Title and intro are in Text
	Errors   map[string]string
	Private  bool // only the person sees it
	Replaces bool // it took the place of what was clicked, whose buttons are gone

	Raw any // the driver's
}

// Fact is a label with its value.
type Fact struct{ Label, Value string }

// Row is an entry of a list.
type Row struct {
	Title, Text string
	Buttons     []Button
}

// Option can be chosen.
type Option struct {
	Label, Why string
	Selected   bool
}

// Check is a box.
type Check struct {
	Label string
	On    bool
}

// Button can be clicked. Carries is all that the click brings along; URL is set for a link.
type Button struct{ Label, Carries, URL string }

// Read is everything that can be read, a line each, but for labels of buttons.
func (m *Shown) Read() string {
	lines := append([]string(nil), m.Text...)
	for _, f := range m.Facts {
		lines = append(lines, f.Label+": "+f.Value)
	}
	for _, r := range m.Rows {
		lines = append(lines, r.Title, r.Text)
	}
	for _, o := range m.Choice {
		lines = append(lines, o.Label, o.Why)
	}
	for _, c := range m.Checks {
		lines = append(lines, c.Label)
	}
	for field, text := range m.Errors {
		lines = append(lines, field+": "+text)
	}
	return strings.Join(lines, "\n")
}

// Labels are the labels of the message's buttons.
func (m *Shown) Labels() []string {
	var labels []string
	for _, b := range m.Buttons {
		labels = append(labels, b.Label)
	}
	return labels
}

// all are the buttons of the message and of its rows.
func (m *Shown) all() []Button {
	list := append([]Button(nil), m.Buttons...)
	for _, r := range m.Rows {
		list = append(list, r.Buttons...)
	}
	return list
}

// Run runs every scenario on the platform, once for English and once for German readers, and records
// the outcome for the report.
func Run(t *testing.T, p Platform) {
	record := newRecord(p.Name)
	t.Cleanup(func() { record.write(t) })
	for _, sc := range Scenarios() {
		t.Run(sc.Area+"/"+sc.Name, func(t *testing.T) {
			t.Cleanup(func() { record.add(sc, !t.Failed()) })
			for _, language := range []string{"en", "de"} {
				t.Run(language, func(t *testing.T) {
					s := newStage(t, p, language)
					run := sc.Run
					if p.Knows && sc.Known != nil {
						run = sc.Known
					}
					run(s)
					s.MustVerify()
				})
			}
		})
	}
}
