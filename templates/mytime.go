package templates

// MyTimePage is the page My time.
type MyTimePage struct {
	Layout
	Region MyTime
}

// MyTime is a member's own timer and entries.
type MyTime struct {
	Words
	PageURL, StartURL string
	Timer             *OwnTimer
	Description       string // kept when starting failed
	Error             string
	Days              []Day
	More              bool // there are older entries than shown
	ReadOnly          bool
}

// OwnTimer is the running timer of the reader.
type OwnTimer struct {
	ID, Version   string
	Description   string
	NoDescription bool
	Since         Moment
	Unix          int64
	Clock         string
	Flagged       bool
	StopURL       string
	CorrectURL    string
}

// Day is the finished entries of one day.
type Day struct {
	Title, Total string
	Entries      []OwnEntry
}

// OwnEntry is one finished entry of the reader.
type OwnEntry struct {
	ID            string
	Description   string
	NoDescription bool
	Span          string // "09:00–12:30"
	Duration      string
	CorrectURL    string
	CorrectLabel  string // says which entry
	Incomplete    bool
	Automatic     bool
	StoppedBy     string // "stopped by Olivia at 17:42"; "" when the reader did
}
