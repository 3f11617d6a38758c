// Package templates holds the panel's HTML and, for each template, the type of what it shows. A page is parsed when it
// is first shown, so that a start does not wait for all; nothing here decides or computes.
package templates

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"sync"

	"github.com/clockwarden/clockwarden/core/locale"
)

//go:embed *.html
var files embed.FS

// View is one template with the type of its data.
type View[T any] struct {
	set  parsed
	name string
}

// parsed returns the template of a page with the layout, parsed at the first call.
type parsed func() (*template.Template, error)

func page(file string) parsed {
	return sync.OnceValues(func() (*template.Template, error) {
		t, err := template.ParseFS(files, "layout.html", "parts.html", file)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", file, err)
		}
		return t, nil
	})
}

// Render writes the template.
func (v View[T]) Render(w io.Writer, data T) error {
	set, err := v.set()
	if err != nil {
		return err
	}
	if err := set.ExecuteTemplate(w, v.name, data); err != nil {
		return fmt.Errorf("render %s: %w", v.name, err)
	}
	return nil
}

// Templates are all pages and fragments. A fragment is part of its page too, so both show the same.
type Templates struct {
	SignIn     View[SignIn]
	SignInLink View[SignInLink]
	Message    View[Message]

	Invitation View[Invitation]
	Profile    View[Profile]
	ChatLink   View[ChatLink]

	MyTime       View[MyTimePage]
	MyTimeRegion View[MyTime]
	Entry        View[EntryPage]
	EntryDialog  View[Entry]

	APIKeys      View[APIKeysPage]
	APIKeyForm   View[APIKeyForm]
	APIKeySecret View[APIKeySecret] // as a part for its place
	APIKeyList   View[APIKeys]      // as a part for its place
	APIKeyRegion View[APIKeys]
	APIKey       View[APIKeyPage]
	APIKeyDialog View[APIKey]

	Inbox         View[InboxPage]
	InboxRegion   View[Inbox]
	InboxPart     View[Inbox] // as a part for its place
	Dispute       View[DisputePage]
	DisputeDialog View[Dispute]

	Accounts       View[AccountsPage]
	AccountsRegion View[Accounts]
	AccountRow     View[AccountRow]

	Stop          View[StopPage]
	StopDialog    View[Stop]
	Correct       View[CorrectPage]
	CorrectDialog View[Correct]
	Keys          View[KeysPage]
	KeysDialog    View[Keys]
	LogInAs       View[LogInAsPage]
	LogInAsDialog View[LogInAs]
	BulkStop      View[BulkStopPage]
	BulkDialog    View[BulkStop]
	BulkResult    View[BulkResultPage]
	BulkDone      View[BulkResult]
	BulkOutcome   View[BulkOutcome]
	Trouble       View[TroublePage]
	TroubleDialog View[Trouble]

	General                View[GeneralPage]
	Members                View[MembersPage]
	MembersRegion          View[Members]
	MemberEdit             View[MemberEditPage]
	MemberEditDialog       View[MemberEdit]
	MemberDeactivate       View[MemberDeactivatePage]
	MemberDeactivateDialog View[MemberDeactivate]
	Invite                 View[InvitePage]
	InviteDialog           View[Invite]
	Invited                View[InvitedPage]
	InvitedDialog          View[Invited]
	Forgotten              View[ForgottenPage]
	Flags                  View[Flags]
	Overrides              View[Overrides]
	Chat                   View[ChatPage]
	Unlink                 View[UnlinkPage]
	UnlinkDialog           View[Unlink]
	Audit                  View[AuditPage]
	AuditVerified          View[AuditVerified]

	Toast View[Toast] // as a part for the toasts
}

// New returns all templates. That each of them can be parsed is known since the tests of this package.
func New() *Templates {
	t := &Templates{}
	for file, set := range map[string]func(parsed){
		"signin.html":      func(s parsed) { t.SignIn = View[SignIn]{s, "bare"} },
		"signin_link.html": func(s parsed) { t.SignInLink = View[SignInLink]{s, "bare"} },
		"invitation.html":  func(s parsed) { t.Invitation = View[Invitation]{s, "bare"} },
		"profile.html":     func(s parsed) { t.Profile = View[Profile]{s, "layout"} },
		"chatlink.html":    func(s parsed) { t.ChatLink = View[ChatLink]{s, "layout"} },
		"message.html":     func(s parsed) { t.Message = View[Message]{s, "message"} },
		"mytime.html": func(s parsed) {
			t.MyTime, t.MyTimeRegion = View[MyTimePage]{s, "layout"}, View[MyTime]{s, "mytime"}
		},
		"entry.html": func(s parsed) {
			t.Entry, t.EntryDialog = View[EntryPage]{s, "layout"}, View[Entry]{s, "dialog"}
		},
		"apikeys.html": func(s parsed) {
			t.APIKeys, t.APIKeyForm = View[APIKeysPage]{s, "layout"}, View[APIKeyForm]{s, "apikey-form"}
			t.APIKeySecret, t.APIKeyList = View[APIKeySecret]{s, "apikey-secret-part"}, View[APIKeys]{s, "apikeys-part"}
			t.APIKeyRegion = View[APIKeys]{s, "apikeys"}
		},
		"apikey.html": func(s parsed) {
			t.APIKey, t.APIKeyDialog = View[APIKeyPage]{s, "layout"}, View[APIKey]{s, "dialog"}
		},
		"inbox.html": func(s parsed) {
			t.Inbox, t.InboxRegion, t.InboxPart = View[InboxPage]{s, "layout"}, View[Inbox]{s, "inbox"}, View[Inbox]{s, "inbox-part"}
		},
		"dispute.html": func(s parsed) {
			t.Dispute, t.DisputeDialog = View[DisputePage]{s, "layout"}, View[Dispute]{s, "dialog"}
		},
		"accounts.html": func(s parsed) {
			t.Accounts, t.AccountsRegion = View[AccountsPage]{s, "layout"}, View[Accounts]{s, "accounts"}
			t.AccountRow = View[AccountRow]{s, "account-row-part"}
		},
		"stop.html": func(s parsed) {
			t.Stop, t.StopDialog = View[StopPage]{s, "layout"}, View[Stop]{s, "dialog"}
		},
		"correct.html": func(s parsed) {
			t.Correct, t.CorrectDialog = View[CorrectPage]{s, "layout"}, View[Correct]{s, "dialog"}
		},
		"keys.html": func(s parsed) {
			t.Keys, t.KeysDialog = View[KeysPage]{s, "layout"}, View[Keys]{s, "dialog"}
		},
		"loginas.html": func(s parsed) {
			t.LogInAs, t.LogInAsDialog = View[LogInAsPage]{s, "layout"}, View[LogInAs]{s, "dialog"}
		},
		"bulkstop.html": func(s parsed) {
			t.BulkStop, t.BulkDialog = View[BulkStopPage]{s, "layout"}, View[BulkStop]{s, "dialog"}
		},
		"bulkresult.html": func(s parsed) {
			t.BulkResult, t.BulkDone = View[BulkResultPage]{s, "layout"}, View[BulkResult]{s, "dialog"}
			t.BulkOutcome = View[BulkOutcome]{s, "outcome"}
		},
		"general.html": func(s parsed) { t.General = View[GeneralPage]{s, "layout"} },
		"members.html": func(s parsed) {
			t.Members, t.MembersRegion = View[MembersPage]{s, "layout"}, View[Members]{s, "members"}
		},
		"member_edit.html": func(s parsed) {
			t.MemberEdit, t.MemberEditDialog = View[MemberEditPage]{s, "layout"}, View[MemberEdit]{s, "dialog"}
		},
		"member_deactivate.html": func(s parsed) {
			t.MemberDeactivate, t.MemberDeactivateDialog = View[MemberDeactivatePage]{s, "layout"}, View[MemberDeactivate]{s, "dialog"}
		},
		"member_invite.html": func(s parsed) {
			t.Invite, t.InviteDialog = View[InvitePage]{s, "layout"}, View[Invite]{s, "dialog"}
		},
		"member_invited.html": func(s parsed) {
			t.Invited, t.InvitedDialog = View[InvitedPage]{s, "layout"}, View[Invited]{s, "dialog"}
		},
		"forgotten.html": func(s parsed) {
			t.Forgotten, t.Flags = View[ForgottenPage]{s, "layout"}, View[Flags]{s, "flags"}
			t.Overrides = View[Overrides]{s, "overrides-part"}
		},
		"chat.html": func(s parsed) { t.Chat = View[ChatPage]{s, "layout"} },
		"chat_unlink.html": func(s parsed) {
			t.Unlink, t.UnlinkDialog = View[UnlinkPage]{s, "layout"}, View[Unlink]{s, "dialog"}
		},
		"audit.html": func(s parsed) {
			t.Audit, t.AuditVerified = View[AuditPage]{s, "layout"}, View[AuditVerified]{s, "verified"}
		},
		"trouble.html": func(s parsed) {
			t.Trouble, t.TroubleDialog = View[TroublePage]{s, "layout"}, View[Trouble]{s, "dialog"}
		},
	} {
		set(page(file))
	}
	t.Toast = View[Toast]{t.Message.set, "toast-part"}
	return t
}

// Words gives a template its texts.
type Words struct{ Printer *locale.Printer }

// T returns the text of a message in the reader's language.
func (w Words) T(id string) string { return w.Printer.T(id) }

// Lang is the reader's language, for the lang attribute.
func (w Words) Lang() string { return w.Printer.Lang() }

// Moment is a point in time as a person reads it.
type Moment struct {
	Text  string // "5 min ago"
	ISO   string // RFC 3339, for machines
	Exact string // "22 Nov 2026, 17:42"; on hover
}

// Head is what every page has.
type Head struct {
	Words
	Title      string
	Scheme     string // "auto", "light", "dark"
	CSS, Icon  string // addresses
	Scripts    []string
	NowMillis  int64 // the server's clock
	NoReferrer bool  // the address is a secret
	Banner     *Banner
}

// Layout is a signed-in page: the shell around "main".
type Layout struct {
	Head
	Base        string // "/w/acme"
	LiveURL     string
	Workspace   string
	Initial     string
	Plan        string
	SettingsURL string // "" when no settings tab may be seen
	Switch      []Link // other workspaces of the person
	Nav         []Link
	PersonName  string
	PersonEmail string
	PersonMark  string
	ProfileURL  string
	InProfile   bool
	Tint        string
	Tabs        []Link // of the workspace settings; none elsewhere
	Toasts      []Toast
}

// Link is an item of a menu.
type Link struct {
	Text, URL string
	Current   bool
	Count     string // beside the text; "" for none
	ID        string
	Short     string  // for narrow windows; "" for the same
	Icon      string  // "clock", "inbox", "key"; "" for none
	Unread    *Unread // nil where nothing is counted
}

// Unread counts the notices nobody has read yet, in the navigation.
type Unread struct {
	Count string // "" for none
	Label string // "3 unread notices"
}

// Banner says on every page that an owner acts as somebody else.
type Banner struct {
	Words
	Text   string
	Reason string
	Until  int64 // Unix seconds
	Left   string
}

// SignIn is the page for strangers.
type SignIn struct {
	Head
	Notice          string // "your session has ended"
	Error           string
	Wrong           bool   // the address or the password is what is wrong
	Email, Next     string // kept
	Password        bool   // passwords can be used
	SingleSignOnURL string // "" when not configured
}

// SignInLink is the page behind a one-time link.
type SignInLink struct {
	Head
	Name, Mark, Tint, Email, Workspace string
	Action                             string
}

// Message is a page that says one thing: an error, mostly. It stands alone, since nothing else may be known.
type Message struct {
	Head
	Heading, Text string
	Reference     string // of an unexpected error
	Links         []Link
}

// Toast is the result of an act, with what can be done about it.
type Toast struct {
	Words
	ID      string
	Text    string
	Bad     bool
	Seconds int
	Undo    *ToastUndo
	Correct string // address; "" for none
	Show    string // address of what the toast is about, where it is not on the page; "" for none
}

// ToastUndo is the form behind Undo.
type ToastUndo struct {
	URL    string
	Hidden []Field
}

// Field is a hidden field of a form.
type Field struct{ Name, Value string }
