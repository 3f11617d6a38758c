package templates

import "strings"

// Option is something to choose from a list.
type Option struct {
	Value, Text string
	Chosen      bool
}

// OptionGroup is a part of a long list.
type OptionGroup struct {
	Label   string
	Options []Option
}

// SecretField is the input of a password, with a button that shows what was typed.
type SecretField struct {
	Words
	ID, Name, Autocomplete string
	Bad                    bool
	Described              string // ids of what explains it
	Optional               bool
}

// Secret makes the input of a password; err and hint are ids of texts about it, "" for none.
func (w Words) Secret(name, autocomplete string, bad bool, err, hint string) SecretField {
	f := SecretField{Words: w, ID: name, Name: name, Autocomplete: autocomplete, Bad: bad, Described: hint}
	if bad {
		f.Described = strings.TrimSpace(err + " " + hint)
	}
	return f
}

// As gives the input another id than its name.
func (f SecretField) As(id string) SecretField { f.ID = id; return f }

// Maybe says whether it may be left empty.
func (f SecretField) Maybe(optional bool) SecretField { f.Optional = optional; return f }

// Invitation is the page behind an invitation.
type Invitation struct {
	Head
	Fresh                  bool // nothing was filled in yet
	Heading, Action, Email string
	PersonName, Mark, Tint string // as known so far
	New                    bool   // has no account yet
	SignInFirst            bool   // has one, and must prove it
	Password               bool   // asks for one: a new one, or the present one
	PasswordOptional       bool
	PasswordHint           string
	Name                   string
	Languages              []Option
	Zones                  []OptionGroup
	Error, BadField        string
}

// Bad tells whether a field is the one the error is about.
func (i Invitation) Bad(field string) bool { return i.Error != "" && i.BadField == field }

// Profile is a person's own page.
type Profile struct {
	Layout
	Others       string // says whose page this is while acting as somebody else
	Fixed        []Fact // what only the person may change, while acting as them; else empty
	Own          bool   // may see password, sessions and links
	Action       string
	Email        string
	Name         string
	WorkingHours string
	Languages    []Option
	Zones        []OptionGroup
	Schemes      []Option

	Password     *PasswordForm
	SingleSignOn *SingleSignOn
	Sessions     []SessionRow
	Chat         []ChatAccount
	LinkURL      string

	Error, BadField, BadForm string
}

// Wrong is the error of a form on the page; "" where it is none or another's.
func (p Profile) Wrong(form string) string {
	if p.BadForm != form {
		return ""
	}
	return p.Error
}

// Bad tells whether a field of the form is the one the error is about.
func (p Profile) Bad(form, field string) bool { return p.Wrong(form) != "" && p.BadField == field }

// PasswordForm changes the password.
type PasswordForm struct {
	Action, Email, Hint string
	Present             bool // there is one, which is asked for
}

// SingleSignOn is the state of the links to accounts at a provider.
type SingleSignOn struct {
	Linked    []LinkedLogin
	UnlinkURL string
	Provider  string // one that can be linked; "" for none
	LinkURL   string
}

// LinkedLogin is an account at a provider that opens this one.
type LinkedLogin struct{ Provider, Issuer, Since string }

// SessionRow is a browser that is signed in.
type SessionRow struct {
	Device, Address, Since string
	Seen                   Moment
	Here                   bool
	EndURL, EndLabel       string
}

// ChatAccount is a linked account of a chat.
type ChatAccount struct {
	Platform, Called, Account, Team, Since string // Called is the name the platform knows; may be empty
	UnlinkURL, UnlinkLabel                 string
}

// ChatLink is the page that makes a code for linking a chat account.
type ChatLink struct {
	Layout
	Action, BackURL string
	Allowed         bool
	Platforms       []string // connected to the workspace
	Code            string   // shown once; "" before
	Command         string   // to type into the chat
	Until           string
}
