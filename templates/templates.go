// Package templates holds the panel's HTML and, for each template, the type of what it shows. All are parsed once,
// at start; nothing here decides or computes.
package templates

import (
	"embed"
	"fmt"
	"html/template"
	"io"

	"github.com/clockwarden/clockwarden/core/locale"
)

//go:embed *.html
var files embed.FS

// View is one template with the type of its data.
type View[T any] struct {
	set  *template.Template
	name string
}

// Render writes the template.
func (v View[T]) Render(w io.Writer, data T) error {
	if err := v.set.ExecuteTemplate(w, v.name, data); err != nil {
		return fmt.Errorf("render %s: %w", v.name, err)
	}
	return nil
}

// Templates are all pages and fragments. A fragment is part of its page too, so both show the same.
type Templates struct {
	SignIn     View[SignIn]
	SignInLink View[SignInLink]
	Message    View[Message]

	MyTime       View[MyTimePage]
	MyTimeRegion View[MyTime]

	Accounts       View[AccountsPage]
	AccountsRegion View[Accounts]
	AccountRow     View[AccountRow]

	Stop          View[StopPage]
	StopDialog    View[Stop]
	Correct       View[CorrectPage]
	CorrectDialog View[Correct]
	Keys          View[KeysPage]
	KeysDialog    View[Keys]
	Trouble       View[TroublePage]
	TroubleDialog View[Trouble]

	Toast View[Toast] // as a part for the toasts
}

// New parses all templates.
func New() (*Templates, error) {
	base, err := template.New("").ParseFS(files, "layout.html", "parts.html")
	if err != nil {
		return nil, fmt.Errorf("parse layout: %w", err)
	}
	t := &Templates{}
	for file, set := range map[string]func(*template.Template){
		"signin.html":      func(s *template.Template) { t.SignIn = View[SignIn]{s, "bare"} },
		"signin_link.html": func(s *template.Template) { t.SignInLink = View[SignInLink]{s, "bare"} },
		"message.html":     func(s *template.Template) { t.Message = View[Message]{s, "message"} },
		"mytime.html": func(s *template.Template) {
			t.MyTime, t.MyTimeRegion = View[MyTimePage]{s, "layout"}, View[MyTime]{s, "mytime"}
		},
		"accounts.html": func(s *template.Template) {
			t.Accounts, t.AccountsRegion = View[AccountsPage]{s, "layout"}, View[Accounts]{s, "accounts"}
			t.AccountRow = View[AccountRow]{s, "account-row-part"}
		},
		"stop.html": func(s *template.Template) {
			t.Stop, t.StopDialog = View[StopPage]{s, "layout"}, View[Stop]{s, "dialog"}
		},
		"correct.html": func(s *template.Template) {
			t.Correct, t.CorrectDialog = View[CorrectPage]{s, "layout"}, View[Correct]{s, "dialog"}
		},
		"keys.html": func(s *template.Template) {
			t.Keys, t.KeysDialog = View[KeysPage]{s, "layout"}, View[Keys]{s, "dialog"}
		},
		"trouble.html": func(s *template.Template) {
			t.Trouble, t.TroubleDialog = View[TroublePage]{s, "layout"}, View[Trouble]{s, "dialog"}
		},
	} {
		page, err := base.Clone()
		if err != nil {
			return nil, fmt.Errorf("clone layout for %s: %w", file, err)
		}
		if page, err = page.ParseFS(files, file); err != nil {
			return nil, fmt.Errorf("parse %s: %w", file, err)
		}
		set(page)
	}
	t.Toast = View[Toast]{t.Message.set, "toast-part"}
	return t, nil
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
	Tint        string
	Banner      *Banner
	Tabs        []Link // of the workspace settings; none elsewhere
	Toasts      []Toast
}

// Link is an item of a menu.
type Link struct {
	Text, URL string
	Current   bool
	Count     string // beside the text; "" for none
	ID        string
}

// Banner says on every page that an owner acts as somebody else.
type Banner struct {
	Text   string
	Reason string
	Until  int64 // Unix seconds
	Left   string
}

// SignIn is the page for strangers.
type SignIn struct {
	Head
	Notice string // "your session has ended"
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
}

// ToastUndo is the form behind Undo.
type ToastUndo struct {
	URL    string
	Hidden []Field
}

// Field is a hidden field of a form.
type Field struct{ Name, Value string }
