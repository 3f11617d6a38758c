package templates

// InboxPage is the page Inbox.
type InboxPage struct {
	Layout
	Region Inbox
}

// Inbox is what others did to the reader's account.
type Inbox struct {
	Words
	PageURL  string
	ReadURL  string // where "mark all as read" goes; "" when there is nothing to mark
	Newest   string // the newest notice shown
	Unread   string // "3 unread"
	ReadOnly string // why nothing can be answered; "" when it can
	Items    []InboxItem
	More     bool
	ActedAs  []ActedAs
	Nobody   string // when nobody acted in the reader's name
}

// InboxItem is one notice.
type InboxItem struct {
	ID                    string
	Unread                bool
	Text                  string // who did what
	Mark, Tint            string
	At                    Moment
	Door                  string
	Facts                 []Fact
	Reason                string
	AcceptURL, DisputeURL string // "" when there is nothing to answer
	CorrectURL            string // of the entry a member disputes; "" for none
	Which                 string // what is answered, for the buttons' labels
	Answer, AnswerNote    string
	Disputed              bool
}

// Fact is something about an entry: as it was, if it changed, and as it is.
type Fact struct{ Label, Before, After string }

// ActedAs is a time somebody was logged in as the reader.
type ActedAs struct {
	Name, Mark, Tint string
	Reason, Note     string
	Start            Moment
	End              string // "10:12", "open until 10:30 at most"
	Open             bool
}

// DisputePage is the dispute dialog as a page.
type DisputePage struct {
	Layout
	Dialog Dispute
}

// Dispute asks what is wrong with what was done.
type Dispute struct {
	Dialog
	Text  string
	Facts []Fact
	Note  string
}
