package templates

// APIKeysPage is the page Manage API keys.
type APIKeysPage struct {
	Layout
	Form     APIKeyForm
	Secret   APIKeySecret
	Region   APIKeys
	ReadOnly string // why nothing can be changed; "" when it can
}

// APIKeyForm creates a key.
type APIKeyForm struct {
	Words
	Action, Name    string
	Error, BadField string
}

// Bad tells whether a field is the one the error is about.
func (f APIKeyForm) Bad(field string) bool { return f.Error != "" && f.BadField == field }

// APIKeySecret shows a new key, once.
type APIKeySecret struct {
	Words
	Secret string // "" for none
	Title  string
	IsPage bool
}

// APIKeys is the list of the reader's own keys.
type APIKeys struct {
	Words
	PageURL string
	Count   string
	Rows    []APIKeyRow
}

// APIKeyRow is one key.
type APIKeyRow struct {
	ID, Name        string
	Prefix          string // the first characters; "" when they may not be shown
	Created, Used   Moment
	Never           bool // it was never used
	Active          bool
	Status          string
	DeactivateURL   string // "" when the reader cannot
	DeactivateLabel string
}

// APIKeyPage is the dialog about one key as a page.
type APIKeyPage struct {
	Layout
	Dialog APIKey
}

// APIKey asks whether a key shall be deactivated.
type APIKey struct {
	Dialog
	Name, Prefix string
	Created      string
	Used         string
	Already      string // it is deactivated already, by whom
}
