package console

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

// card is what can be answered of a reply, with what is chosen on it.
type card struct {
	first   int                   // number of the first button
	buttons []conversation.Button // but for links, which are printed as addresses
	own     int                   // how many of them are the reply's own; then come those of its rows, then its menu's
	label   conversation.Text     // of the choice
	options []conversation.Option
	chosen  string
	checks  []conversation.Check
}

// newCard takes from a reply what can be answered; its buttons are numbered from first on.
func newCard(r conversation.Reply, first int) card {
	c := card{first: first, checks: append([]conversation.Check(nil), r.Checks...)}
	for _, b := range r.Buttons {
		if b.Act != conversation.ButtonLink {
			c.buttons = append(c.buttons, b)
		}
	}
	c.own = len(c.buttons)
	for _, item := range r.Items {
		c.buttons = append(c.buttons, item.Buttons...)
	}
	if r.Pick != nil {
		for _, o := range r.Pick.Options {
			c.buttons = append(c.buttons, conversation.Button{Act: r.Pick.Act, ID: o.Value, Label: o.Label})
		}
	}
	if r.Choice != nil {
		c.label, c.options, c.chosen = r.Choice.Label, r.Choice.Options, r.Choice.Selected
	}
	return c
}

// button finds the button with the number.
func (c card) button(number int) (conversation.Button, bool) {
	if i := number - c.first; i >= 0 && i < len(c.buttons) {
		return c.buttons[i], true
	}
	return conversation.Button{}, false
}

// press is a click on a button of the card, with what is chosen on it.
func (c card) press(b conversation.Button) conversation.Press {
	p := conversation.Press{Act: b.Act, ID: b.ID, End: b.End, Choice: c.chosen}
	if len(c.checks) > 0 {
		p.Checks = make(map[string]bool, len(c.checks))
		for _, check := range c.checks {
			p.Checks[check.Name] = check.On
		}
	}
	return p
}

// confirm finds the button that acts on what is chosen.
func (c card) confirm() (conversation.Button, bool) {
	for _, b := range c.buttons {
		if b.Act == conversation.ButtonConfirm {
			return b, true
		}
	}
	return conversation.Button{}, false
}

// choose takes the option, or flips the box, that the letter stands for, and returns the line that
// shows it; asks tells that the option is half an answer.
func (c *card) choose(name string) (shown string, asks, ok bool) {
	for i, o := range c.options {
		if letter(i) == name {
			c.chosen = o.Value
			return plain(c.label) + ": " + option(o), o.Asks, true
		}
	}
	for i := range c.checks {
		if letter(len(c.options)+i) == name {
			c.checks[i].On = !c.checks[i].On
			return mark(c.checks[i].On, "x") + " " + plain(c.checks[i].Label), false, true
		}
	}
	return "", false, false
}

// letters are those that choose something.
func (c card) letters() []string {
	var list []string
	for i := range len(c.options) + len(c.checks) {
		list = append(list, letter(i))
	}
	return list
}

// letter names the i-th thing to choose: a, b, … z, aa, bb, …
func letter(i int) string { return strings.Repeat(string(rune('a'+i%26)), i/26+1) }

func mark(on bool, sign string) string {
	if on {
		return "(" + sign + ")"
	}
	return "( )"
}

func option(o conversation.Option) string {
	if o.Why == "" {
		return plain(o.Label)
	}
	return plain(o.Label) + " – " + plain(o.Why)
}

// render writes a reply as lines of text; c is what can be answered of it.
func render(r conversation.Reply, c card) string {
	w := &strings.Builder{}
	line := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	if r.Title != "" {
		line("%s", plain(r.Title))
	}
	for _, t := range r.Text {
		line("%s", plain(t))
	}
	renderFacts(w, r.Facts)
	row := c.own
	for _, item := range r.Items {
		line("  %s", plain(item.Title))
		if item.Text != "" {
			line("      %s", plain(item.Text))
		}
		if len(item.Buttons) > 0 {
			line("      %s", numbered(item.Buttons, c.first+row))
			row += len(item.Buttons)
		}
	}
	if r.Pick != nil && len(r.Pick.Options) > 0 {
		line("  %s", plain(r.Pick.Label))
		for i, o := range r.Pick.Options {
			line("    [%d] %s", c.first+row+i, option(o))
		}
	}
	if len(c.options) > 0 {
		line("  %s:", plain(c.label))
	}
	for i, o := range c.options {
		line("    [%s] %s %s", letter(i), mark(o.Value == c.chosen, "•"), option(o))
	}
	for i, check := range c.checks {
		line("    [%s] %s %s", letter(len(c.options)+i), mark(check.On, "x"), plain(check.Label))
	}
	if c.own > 0 {
		line("  %s", numbered(c.buttons[:c.own], c.first))
	}
	for _, b := range r.Buttons {
		if b.Act == conversation.ButtonLink {
			line("  %s: %s", plain(b.Label), plain(conversation.Text(b.URL)))
		}
	}
	if r.Note != "" {
		line("  %s", plain(r.Note))
	}
	return w.String()
}

// numbered writes buttons side by side, from the number on.
func numbered(buttons []conversation.Button, first int) string {
	var shown []string
	for i, b := range buttons {
		shown = append(shown, fmt.Sprintf("[%d] %s", first+i, plain(b.Label)))
	}
	return strings.Join(shown, "   ")
}

// renderFacts writes labels and values in two columns. Labels are words of the catalogue, each
// character of which takes one column.
func renderFacts(w *strings.Builder, facts []conversation.Fact) {
	wide := 0
	for _, f := range facts {
		wide = max(wide, utf8.RuneCountInString(plain(f.Label)))
	}
	for _, f := range facts {
		label := plain(f.Label)
		fmt.Fprintf(w, "  %s%s  %s\n", label, strings.Repeat(" ", wide-utf8.RuneCountInString(label)), plain(f.Value))
	}
}

// plain is a text as a terminal may print it. What people typed comes without control characters
// already; a terminal obeys them, so they are dropped here once more.
func plain(t conversation.Text) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, t.Plain())
}
