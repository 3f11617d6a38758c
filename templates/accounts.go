package templates

// AccountsPage is the Accounts tab.
type AccountsPage struct {
	Layout
	Region Accounts
}

// Accounts is everything on the tab that changes.
type Accounts struct {
	Words
	Path     string // without query
	PageURL  string // with the query: what a live refresh asks for
	Search   string
	Hidden   []Field // the rest of the view, for the search form
	Filters  []Link
	Chips    []Chip // what narrows the table, each with a way to take it away
	ClearURL string
	Columns  []Column
	Rows     []AccountRow
	Caption  string
	Range    string // "1–50 of 1,234"
	Previous string // address; "" for none
	Next     string

	ColumnLinks []ColumnLink
	AllColumns  string // address that shows all of them; "" when all are shown
	BulkURL     string
	ExportURL   string
	View        []Field // the whole view, for forms that act on it
	SelectPage  string
}

// Chip is an active search or filter.
type Chip struct{ Text, RemoveURL, RemoveLabel string }

// Column is a heading that sorts.
type Column struct {
	Text, URL, Class string
	Sort             string // aria-sort: "ascending", "descending", "none"
	ID               string
}

// RowWords are the texts every row repeats, looked up once a page.
type RowWords struct {
	LogInAs, LogInAsUser                         string
	Hide                                         HiddenColumns
	Stop, Keys, Flagged, NoDescription, Since    string
	Email, Role, Status, KeyCount, Running, Seen string
	UndoStop, Correct                            string
	Origin                                       []Field // for forms: where the result is shown
}

// AccountRow is one row of the table.
type AccountRow struct {
	*RowWords
	ID         string // of the member
	Name, Mark string
	Tint       string
	Email      string
	Role       string
	Status     string
	StatusKind string // class
	Keys       string // "0" is shown as a dash
	HasKeys    bool
	Timer      *RowTimer
	Seen       Moment
	MenuLabel  string
	StopURL    string
	KeysURL    string
	UndoURL    string // takes the last stop back; "" when there is none to take back
	CorrectURL string // of the entry stopped last

	PickLabel    string
	LogInAsURL   string // "" where nobody can
	LogInAsLabel string
}

// RowTimer is the running timer in a row.
type RowTimer struct {
	Description string // "" for none
	Since       Moment
	Unix        int64
	Clock       string
	Flagged     bool
}
