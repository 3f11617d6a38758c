package locale

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// Params are the values of a message's {{.Name}} parameters. "Count" is
// special: it selects the plural form and is written with thousands
// separators. A time is written as [Printer.DateTime], a duration as
// [Printer.Duration]; anything else as fmt.Sprint does.
type Params map[string]any

// countParam is the parameter that selects the plural form.
const countParam = "Count"

// message is one parsed text. one is nil when the message has no plural forms.
type message struct {
	one, other *form
	params     []string // of both forms together, sorted
}

// form is a text cut at its parameters: text[0] param[0] text[1] … so that
// writing it needs no template engine. There is one text more than params.
type form struct {
	texts  []string
	params []string
}

func parseMessage(source *i18n.Message) (*message, error) {
	if source.Zero != "" || source.Two != "" || source.Few != "" || source.Many != "" {
		return nil, errors.New(`the plural forms of our languages are "one" and "other"`)
	}
	if strings.TrimSpace(source.Other) == "" {
		return nil, errors.New("the text is empty")
	}
	other, err := parseForm(source.Other)
	if err != nil {
		return nil, err
	}
	m := &message{other: other}
	names := map[string]bool{}
	for _, name := range other.params {
		names[name] = true
	}
	if source.One != "" {
		if m.one, err = parseForm(source.One); err != nil {
			return nil, err
		}
		for _, name := range m.one.params {
			names[name] = true
		}
	}
	m.params = slices.Sorted(maps.Keys(names))
	return m, nil
}

// parseForm cuts a text at its parameters. Message files are data, so nothing
// but a name may stand in braces: conditions, calls and pipelines are refused.
func parseForm(text string) (*form, error) {
	f := &form{}
	rest := text
	for {
		before, after, found := strings.Cut(rest, "{{")
		f.texts = append(f.texts, before)
		if !found {
			break
		}
		inside, after, closed := strings.Cut(after, "}}")
		name, dot := strings.CutPrefix(strings.TrimSpace(inside), ".")
		if !closed || !dot || !isParameter(name) {
			return nil, notParameter(text)
		}
		f.params = append(f.params, name)
		rest = after
	}
	for _, piece := range f.texts {
		if strings.Contains(piece, "}}") {
			return nil, notParameter(text)
		}
	}
	return f, nil
}

func notParameter(text string) error {
	return fmt.Errorf("%q: only parameters such as {{.Name}} may stand in double braces", text)
}

// isParameter reports whether name is a capital letter and then letters and digits.
func isParameter(name string) bool {
	for i := range len(name) {
		c := name[i]
		upper, lower, digit := c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9'
		if !upper && (i == 0 || !lower && !digit) {
			return false
		}
	}
	return name != ""
}
