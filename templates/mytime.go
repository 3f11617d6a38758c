package templates

// MyTimePage is the page My time.
type MyTimePage struct {
	Layout
	Region MyTime
}

// MyTime is a member's own timer, and the entries of one week.
type MyTime struct {
	Words
	PageURL, StartURL, AddURL string
	View                      string // the week in the address; "" for the present one
	Timer                     *OwnTimer
	Work                      Work // of the form that starts a timer; kept when starting failed
	Error, BadField           string
	Week                      Week
	Days                      []Day
	More                      bool // there are more entries in the week than shown
}

// Bad tells whether a field of the form is the one the error is about.
func (m MyTime) Bad(field string) bool { return m.Error != "" && m.BadField == field }

// Week is the week shown.
type Week struct {
	Title, Range, Total     string
	Previous, Next, Present string // addresses; "" for none
	None                    string // what to say when there is nothing
	Last                    string // address of last week, where that is the place to look; "" for none
}

// Work is what an entry is about, as fields of a form.
type Work struct {
	Words
	Description string
	Projects    []Option // none: there are no projects to choose from
	Tags        []Option
	Billable    bool
	NoProject   string
}

// Picked counts the chosen tags.
func (w Work) Picked() int {
	n := 0
	for _, t := range w.Tags {
		if t.Chosen {
			n++
		}
	}
	return n
}

// About is what an entry is about, as text.
type About struct {
	Description   string
	NoDescription bool
	Project       string // "" for none
	Color         string // of the project, "#rrggbb"; "" for none
	Tags          []string
	Billable      string // "Billable"; "" when it is not
}

// OwnTimer is the running timer of the reader.
type OwnTimer struct {
	About
	ID, Version string
	Since       Moment
	Unix        int64
	Clock       string
	Flagged     bool
	StopURL     string
	EditURL     string
}

// Day is the finished entries of one day.
type Day struct {
	Title, Total string
	Entries      []OwnEntry
}

// OwnEntry is one finished entry of the reader.
type OwnEntry struct {
	About
	ID                               string
	Span                             string // "09:00–12:30"
	Duration                         string
	EditURL, DeleteURL, ContinueURL  string
	EditLabel, DeleteLabel, Continue string // say which entry
	Incomplete                       string // "incomplete: the project is missing"
	Automatic                        bool
	StoppedBy                        string // "stopped by Olivia at 17:42"; "" when the reader did
}

// EntryPage is the entry dialog as a page.
type EntryPage struct {
	Layout
	Dialog Entry
}

// Entry asks for everything about an entry: to add one, or to change it.
type Entry struct {
	Dialog
	Work               Work
	Start, End         string // datetime-local
	Max                string
	EndOptional        bool
	Zone               string
	Now                string // what the entry is by now, when it was changed meanwhile
	AskReason          bool   // somebody else's entry, or one's own while somebody else acts
	Reason             string
	New                bool
	DescriptionMaximum int
}
