package templates

// ColumnLink shows or hides a column of the Accounts table.
type ColumnLink struct {
	ID, Text, URL string
	Shown         bool
}

// HiddenColumns says which columns of the Accounts table are left out. The name is always there.
type HiddenColumns struct{ Email, Role, Status, Keys, Timer, Seen bool }

// NameSpan is how many columns the cell with the name fills: the e-mail address stands below the name.
func (r RowWords) NameSpan() int {
	if r.Hide.Email {
		return 1
	}
	return 2
}

// LogInAsPage is the dialog before acting as a member, as a page.
type LogInAsPage struct {
	Layout
	Dialog LogInAs
}

// LogInAs asks why an owner wants to act as a member.
type LogInAs struct {
	Dialog
	Name, Mark, Tint, Email, Role string
	Means, Limits                 string
	Reasons                       []Reason
	Note                          string
}

// Reason is a reason to choose from.
type Reason struct {
	ID, Value, Text string
	Checked         bool
}

// BulkStopPage is the dialog before stopping several timers, as a page.
type BulkStopPage struct {
	Layout
	Dialog BulkStop
}

// BulkStop asks whether several timers shall be stopped.
type BulkStop struct {
	Dialog
	Timers []BulkTimer
	Idle   string   // "2 selected accounts have no running timer:"; "" when all have one
	Names  []string // of those
	Reason string
	Notify bool
}

// BulkTimer is one of the timers.
type BulkTimer struct {
	Name, Mark, Tint string
	Description      string
	NoDescription    bool
	Since            Moment
	Unix             int64
	Clock            string
	Flagged          bool
}

// BulkResultPage is the result of stopping several timers, as a page.
type BulkResultPage struct {
	Layout
	Dialog BulkResult
}

// BulkResult tells what became of each timer.
type BulkResult struct {
	Dialog
	Summary string // "4 stopped, 1 had no timer"
	Rows    []BulkOutcome
}

// BulkOutcome is what became of one timer.
type BulkOutcome struct {
	Words
	IsPage                 bool
	ID                     string // of the entry; "" when nothing can be done about it
	Name, Mark, Tint, Text string
	Kind                   string // class: "good", "quiet" or "bad"
	CorrectURL             string // "" when there is nothing to correct
	Undo                   *ToastUndo
	Fresh                  bool // the answer to its Undo, whose button is gone: it takes the focus
}
