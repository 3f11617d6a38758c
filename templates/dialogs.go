package templates

// Dialog is what all dialogs have; each is also a page of its own.
type Dialog struct {
	Words
	Heading  string
	Action   string // where the form goes
	Hidden   []Field
	Return   string // id of what gets the focus back
	BackURL  string // Cancel without scripts
	Error    string // sentence above the form
	BadField string // the field the sentence is about
	IsPage   bool   // as a page: no dialog around it
}

// Bad tells whether a field is the one the error is about.
func (d Dialog) Bad(field string) bool { return d.Error != "" && d.BadField == field }

// StopPage is the stop dialog as a page.
type StopPage struct {
	Layout
	Dialog Stop
}

// Stop asks how a timer is to be stopped.
type Stop struct {
	Dialog
	Name, Mark, Tint, Email string
	Description             string
	Since                   Moment
	Unix                    int64
	Clock                   string
	Flagged                 bool
	Choices                 []EndChoice
	Own                     bool   // a time of one's own is chosen
	OwnTime                 string // datetime-local; without limits, or a bad value would block the other choices
	Zone                    string
	Reason                  string
	NotifyLabel             string
	Notify                  bool
}

// EndChoice is an end to choose from.
type EndChoice struct {
	ID, Value, Text, Why string
	Checked              bool
}

// CorrectPage is the correction dialog as a page.
type CorrectPage struct {
	Layout
	Dialog Correct
}

// Correct asks for start, end and description of an entry.
type Correct struct {
	Dialog
	Name               string
	Start, End         string // datetime-local
	Max                string
	EndOptional        bool
	Description        string
	Reason             string
	Zone               string
	Others             bool // somebody else's entry
	BeforeText         string
	DescriptionMaximum int
}

// KeysPage is the dialog about API keys as a page.
type KeysPage struct {
	Layout
	Dialog Keys
}

// Keys asks whether a member's API keys shall be deactivated.
type Keys struct {
	Dialog
	Name, Mark, Tint, Email string
	Count                   string // "3 active API keys"
	LastUsed                string
	None                    bool
	Effect                  string
	Reason                  string
}

// TroublePage is a refusal as a page inside the shell.
type TroublePage struct {
	Layout
	Dialog Trouble
}

// Trouble says why something was not done, and what is true now.
type Trouble struct {
	Dialog
	Text  string
	Facts []string
	Links []Link
}
