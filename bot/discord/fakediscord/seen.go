package fakediscord

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Seen is what a person has before their eyes: a message, a form, or what is offered while typing.
type Seen struct {
	Text       string // as it came, in Markdown
	Embeds     []any
	Components []any
	Public     bool // everybody sees it
	Replaces   bool // stands where the clicked message was
	Form       bool
	Deferred   bool // the answer comes later, or not at all
	Choices    []Choice
	Body       []byte // the callback, or the message

	title   string // of a form
	modalID string
	message *Message
	on      *Seen // the message that was clicked
	by      *interaction
	zone    *time.Location
}

const flagEphemeral = 1 << 6

// seenOf is a message as it stands now; the lock is held.
func (f *Fake) seenOf(m *Message) *Seen {
	return &Seen{
		Text: m.Content, Embeds: m.Embeds, Components: m.Components, Public: m.Flags&flagEphemeral == 0, message: m, Body: m.Body, zone: f.o.Zone,
	}
}

func formSeen(data []byte) *Seen {
	var b struct {
		CustomID   string `json:"custom_id"`
		Title      string `json:"title"`
		Components []any  `json:"components"`
	}
	_ = json.Unmarshal(data, &b)
	return &Seen{Form: true, title: b.Title, modalID: b.CustomID, Components: b.Components}
}

// about notes which interaction it answers.
func (s *Seen) about(i *interaction, body []byte) {
	if s != nil {
		s.by, s.Body = i, body
	}
}

var timeMark = regexp.MustCompile(`<t:(-?\d{1,12}):([tTdDfFsSR])>`)

// readable is Markdown as people read it.
func (s *Seen) readable(text string) string {
	zone := s.zone
	if zone == nil {
		zone = time.UTC
	}
	text = timeMark.ReplaceAllStringFunc(text, func(mark string) string {
		n, _ := strconv.ParseInt(timeMark.FindStringSubmatch(mark)[1], 10, 64)
		return time.Unix(n, 0).In(zone).Format("2 January 2006 15:04")
	})
	var b strings.Builder
	escaped := false
	for _, r := range text {
		switch {
		case !escaped && r == '\\':
			escaped = true
			continue
		case !escaped && r == '*':
		default:
			b.WriteRune(r)
		}
		escaped = false
	}
	return strings.TrimPrefix(strings.ReplaceAll(b.String(), "\n-# ", "\n"), "-# ")
}

// String is everything that can be read, one text a line.
func (s *Seen) String() string {
	lines := []string{}
	add := func(texts ...string) {
		for _, t := range texts {
			if strings.Trim(t, " \u200b") != "" {
				lines = append(lines, t)
			}
		}
	}
	add(s.title, s.readable(s.Text))
	for _, v := range s.Embeds {
		e, _ := v.(map[string]any)
		for _, name := range []string{"title", "description"} {
			text, _ := e[name].(string)
			add(s.readable(text))
		}
		fields, _ := e["fields"].([]any)
		for _, f := range fields {
			field, _ := f.(map[string]any)
			name, _ := field["name"].(string)
			value, _ := field["value"].(string)
			add(s.readable(name), s.readable(value))
		}
		if footer, ok := e["footer"].(map[string]any); ok {
			text, _ := footer["text"].(string)
			add(text)
		}
	}
	var walk func(list []any)
	walk = func(list []any) {
		for _, v := range list {
			c, _ := v.(map[string]any)
			for _, name := range []string{"content", "label", "placeholder", "value"} {
				if text, ok := c[name].(string); ok {
					if name == "content" {
						text = s.readable(text)
					}
					add(text)
				}
			}
			options, _ := c["options"].([]any)
			for _, o := range options {
				option, _ := o.(map[string]any)
				label, _ := option["label"].(string)
				why, _ := option["description"].(string)
				add(label, why)
			}
			inner, _ := c["components"].([]any)
			walk(inner)
		}
	}
	walk(s.Components)
	return strings.Join(lines, "\n")
}

// components are the components of a type, in the rows.
func (s *Seen) components(kind float64) []map[string]any {
	var list []map[string]any
	for _, r := range s.Components {
		row, _ := r.(map[string]any)
		inner, _ := row["components"].([]any)
		for _, c := range inner {
			if m, ok := c.(map[string]any); ok && m["type"] == kind {
				list = append(list, m)
			}
		}
	}
	return list
}

// isBox tells whether a button stands for a box to tick.
func isBox(label string) bool {
	return strings.HasPrefix(label, "☑ ") || strings.HasPrefix(label, "☐ ")
}

// Buttons are the labels of the buttons, links included, boxes not.
func (s *Seen) Buttons() []string {
	var labels []string
	for _, b := range s.components(2) {
		if label, _ := b["label"].(string); !isBox(label) {
			labels = append(labels, label)
		}
	}
	return labels
}

// CustomIDs are what the buttons and options carry.
func (s *Seen) CustomIDs() []string {
	var ids []string
	for _, b := range s.components(2) {
		if id, ok := b["custom_id"].(string); ok {
			ids = append(ids, id)
		}
	}
	for _, m := range s.components(3) {
		options, _ := m["options"].([]any)
		for _, o := range options {
			value, _ := o.(map[string]any)["value"].(string)
			ids = append(ids, value)
		}
	}
	return ids
}

// Options are the labels of what can be chosen in selects.
func (s *Seen) Options() []string {
	var labels []string
	for _, m := range s.components(3) {
		options, _ := m["options"].([]any)
		for _, o := range options {
			label, _ := o.(map[string]any)["label"].(string)
			labels = append(labels, label)
		}
	}
	return labels
}

func (s *Seen) button(label string) map[string]any {
	for _, b := range s.components(2) {
		if b["label"] == label && b["url"] == nil {
			return b
		}
	}
	return nil
}
