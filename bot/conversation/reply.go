package conversation

import (
	"slices"
	"time"
)

// Reply is what a person gets to see. Platforms render it as well as they can; nothing in it is
// about one platform. The zero Reply says nothing.
type Reply struct {
	Public  bool // everybody in the channel sees it; else only the person who asked
	Replace bool // takes the place of the message that was clicked
	Refused bool // what was asked for was not done
	Title   Text
	Text    []Text // paragraphs
	Facts   []Fact
	Items   []Item // rows of a list
	Choice  *Choice
	Checks  []Check
	Pick    *Pick
	Buttons []Button
	Menu    Text            // what the menu of the buttons that belong into one says
	Note    Text            // small print
	Form    *Form           // opens this form, instead of a message
	Errors  map[string]Text // by field, when a form was refused; Text says the same in one piece
	Next    *Reply          // a message of its own after this one
}

// Fact is a label with its value.
type Fact struct {
	Label, Value Text
}

// Item is a row of a list.
type Item struct {
	Title, Text Text
	Buttons     []Button // what can be done to the row; at most five
}

// Choice asks for one of several options; the clicked button brings the answer along.
type Choice struct {
	Label    Text
	Options  []Option
	Selected string // value of the option chosen at first
}

// Option is one answer to a Choice.
type Option struct {
	Value string
	Label Text
	Why   Text // optional second line
	Asks  bool // the button then opens a form; where choosing sends something, it may be pressed at once
}

// Pick is a menu that acts as soon as something is chosen in it: the option's value, an opaque id,
// comes back as a Press of Act. At most 25 options, which every platform can show.
type Pick struct {
	Act     ButtonAct
	Label   Text // what the menu says while nothing is chosen
	Options []Option
}

// Check is a box to tick, answered like a Choice.
type Check struct {
	Name  string
	Label Text
	On    bool // at first
}

// Button is something to click. Act and ID come back as a Press; a ButtonLink has only a URL.
type Button struct {
	Act   ButtonAct
	ID    string // opaque
	Label Text
	Style Style
	URL   string
	End   time.Time // of ButtonStopAt
	More  bool      // belongs into a menu beside the others, where the platform has one
}

// Style is how much a button stands out.
type Style string

// The styles.
const (
	StylePlain   Style = ""
	StylePrimary Style = "primary"
	StyleDanger  Style = "danger"
)

// Form asks for text, moments and ticks; it comes back as a Submit.
type Form struct {
	Act    FormAct
	ID     string // opaque
	Title  Text
	Intro  Text
	Submit Text
	Fields []Field
	Apart  bool // its result takes the place of no message
}

// Field is one input of a form.
type Field struct {
	Name     string
	Label    Text
	Hint     Text
	Kind     FieldKind
	Value    string    // at first, of FieldText
	Moment   time.Time // at first, of FieldMoment
	Shown    string    // Moment or On as a person may type it, in the reader's zone and language
	On       bool      // at first, of FieldCheck
	Optional bool
	Long     bool // may have several lines
	Max      int  // characters of FieldText
}

// FieldKind is the kind of an input.
type FieldKind string

// The kinds.
const (
	FieldText   FieldKind = "text"
	FieldMoment FieldKind = "moment"
	FieldCheck  FieldKind = "check"
)

// withMenu says what the menu of a Reply's buttons is for, where it has one.
func (v voice) withMenu(r Reply) Reply {
	inMenu := slices.ContainsFunc(r.Buttons, func(b Button) bool { return b.More })
	for _, item := range r.Items {
		inMenu = inMenu || len(item.Buttons) > 0
	}
	if inMenu {
		r.Menu = v.say("chat.menu")
	}
	return r
}

// Empty tells whether there is nothing to show.
func (r Reply) Empty() bool {
	return r.Title == "" && len(r.Text) == 0 && len(r.Facts) == 0 && len(r.Items) == 0 && r.Form == nil
}
