package conversation

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// Request is one thing a person did in a chat, after the platform has verified it. Exactly one of
// Typed, Chosen, Press, Submit and Home is set.
type Request struct {
	Actor     core.Actor // of a platform that knows its person (the console); else the identity below counts
	Door      core.Door
	Platform  string // core.PlatformSlack, …
	Team      string // Slack team or Discord guild
	ChatUser  string // the platform's immutable user id
	Workspace string // slug the platform is connected to; people of another one count as not linked
	Locale    string // what the platform knows of the person's language; may be empty
	ID        string // for logs and the audit log

	Typed  *Typed
	Chosen *Chosen
	Press  *Press
	Submit *Submit
	Home   bool // shows the person's overview

	// Ask asks the platform who the person is; nil when it can't be asked. It is called when somebody
	// is to be linked, and to learn the language of somebody who is not; never for a linked person.
	Ask func(ctx context.Context) (Profile, error)
}

// Kind says what a request is, for figures.
type Kind string

// The kinds.
const (
	KindCommand Kind = "command"
	KindPress   Kind = "press"
	KindSubmit  Kind = "submit"
	KindHome    Kind = "home"
)

// Kinds lists them all.
func Kinds() []Kind { return []Kind{KindCommand, KindPress, KindSubmit, KindHome} }

// Kind tells which one the request is.
func (r Request) Kind() Kind {
	switch {
	case r.Press != nil:
		return KindPress
	case r.Submit != nil:
		return KindSubmit
	case r.Home:
		return KindHome
	}
	return KindCommand
}

// Profile is what a platform knows of a person.
type Profile struct {
	Name   string      // what the platform calls them
	Locale string      // of their client; may be empty
	Barred core.Barred // why they may not be linked; empty: they may
}

// Typed is a command as one line of text, without its first word. Mentions stand as <@ID> or
// <@ID|name>, entities are resolved.
type Typed struct {
	Group Group
	Text  string
}

// Chosen is a command whose options the platform has taken apart.
type Chosen struct {
	Group Group
	Name  string
	Args  Args
}

// Args are a command's arguments by the name of the option.
type Args map[string]string

// Press is a click on a button, with what is chosen on its message.
type Press struct {
	Act    ButtonAct
	ID     string    // the opaque id
	End    time.Time // of ButtonStopAt
	Choice string    // value of the chosen option; empty: the message has none, or the platform does not tell
	Checks map[string]bool
}

// Submit is a filled form. Values are by field: text as typed, a moment as typed or in RFC 3339, a
// check as typed or as "true" or "false".
type Submit struct {
	Form   FormAct
	ID     string // the form's opaque id
	Values map[string]string
}

// ButtonAct says what a button is for. It acts on nothing without the opaque id beside it.
type ButtonAct string

// The acts of buttons.
const (
	ButtonConfirm ButtonAct = "confirm"
	ButtonCancel  ButtonAct = "cancel"
	ButtonStop    ButtonAct = "stop"    // of an alert: opens a card
	ButtonStopAt  ButtonAct = "stop_at" // of an alert: opens a card with an end chosen
	ButtonUndo    ButtonAct = "undo"
	ButtonCorrect ButtonAct = "correct" // opens a form
	ButtonLink    ButtonAct = "link"    // an address; the platform opens it by itself

	ButtonOther     ButtonAct = "other"      // of an alert: opens a form that asks for the end
	ButtonSnooze1h  ButtonAct = "snooze_1h"  // of an alert
	ButtonSnooze4h  ButtonAct = "snooze_4h"  // of an alert
	ButtonTomorrow  ButtonAct = "snooze_day" // of an alert: until tomorrow morning
	ButtonWorking   ButtonAct = "working"    // of an alert, and of the question to a member: still working
	ButtonStopOwn   ButtonAct = "stop_own"   // of the question to a member: stops their timer now
	ButtonStoppedAt ButtonAct = "stopped_at" // of the question to a member: opens a form that asks for the end
	ButtonCode      ButtonAct = "code"       // opens the form for a link code; has no id
	ButtonStart     ButtonAct = "start"      // opens the form that starts one's own timer; has no id
)

// FormAct says what a form is for.
type FormAct string

// The acts of forms.
const (
	FormOtherTime FormAct = "other_time"
	FormCorrect   FormAct = "correct"
	FormLinkCode  FormAct = "link_code" // has no id
	FormStart     FormAct = "start"     // has no id
)

// Name is how a platform writes the button's act beside its opaque id: the act, and for
// ButtonStopAt the end that its label promises.
func (b Button) Name() string {
	if b.Act == ButtonStopAt {
		return string(b.Act) + "." + strconv.FormatInt(b.End.Unix(), 10)
	}
	return string(b.Act)
}

// ParseName reads Button.Name. ok is false for anything else.
func ParseName(name string) (act ButtonAct, end time.Time, ok bool) {
	word, at, timed := strings.Cut(name, ".")
	act = ButtonAct(word)
	switch act {
	case ButtonConfirm, ButtonCancel, ButtonStop, ButtonUndo, ButtonCorrect, ButtonLink, ButtonOther, ButtonSnooze1h, ButtonSnooze4h,
		ButtonTomorrow, ButtonWorking, ButtonStopOwn, ButtonStoppedAt, ButtonCode, ButtonStart:
		return act, time.Time{}, !timed
	case ButtonStopAt:
		end, ok = parseUnix(at)
		return act, end, ok
	}
	return "", time.Time{}, false
}

// parseUnix reads seconds since 1970 within the years that core accepts.
func parseUnix(text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > 253402300799 {
		return time.Time{}, false
	}
	return time.Unix(n, 0).UTC(), true
}
