package locale

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
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

// parameter matches what may stand in braces. Message files are data, so
// conditions, calls and pipelines are refused.
var parameter = regexp.MustCompile(`\{\{\s*\.([A-Z][A-Za-z0-9]*)\s*\}\}`)

// messageID is the form of an id: dotted lower-case words.
var messageID = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)*$`)

func parseMessage(source *i18n.Message) (*message, error) {
	if !messageID.MatchString(source.ID) {
		return nil, errors.New("an id is made of lower-case letters, digits, '_' and '.'")
	}
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

func parseForm(text string) (*form, error) {
	f := &form{}
	end := 0
	for _, at := range parameter.FindAllStringSubmatchIndex(text, -1) {
		f.texts = append(f.texts, text[end:at[0]])
		f.params = append(f.params, text[at[2]:at[3]])
		end = at[1]
	}
	f.texts = append(f.texts, text[end:])
	for _, piece := range f.texts {
		if strings.Contains(piece, "{{") || strings.Contains(piece, "}}") {
			return nil, fmt.Errorf("%q: only parameters such as {{.Name}} may stand in double braces", text)
		}
	}
	return f, nil
}

// checkKeys refuses a file that is not one JSON object, or in which an object
// has the same key twice: the decoder would silently keep the last.
func checkKeys(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	type object struct {
		keys  map[string]bool
		value bool // the next token is a value, not a key
	}
	var open []*object
	for first := true; first || len(open) > 0; first = false {
		token, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("read JSON: %w", err)
		}
		if first && token != json.Delim('{') {
			return errors.New("the file must hold one JSON object")
		}
		switch token {
		case json.Delim('{'):
			open = append(open, &object{keys: map[string]bool{}})
			continue
		case json.Delim('}'):
			open = open[:len(open)-1]
		case json.Delim('['), json.Delim(']'):
			return errors.New("a message is a text or an object, not a list")
		default:
			if top := open[len(open)-1]; !top.value {
				key, _ := token.(string)
				if top.keys[key] {
					return fmt.Errorf("%s is defined twice", key)
				}
				top.keys[key], top.value = true, true
				continue
			}
		}
		if len(open) > 0 {
			open[len(open)-1].value = false
		}
	}
	if decoder.More() {
		return errors.New("there is text after the JSON object")
	}
	return nil
}
