package fakeslack

import (
	"encoding/json"
	"strings"
	"time"
)

// Seen is what a person has before their eyes: a message, or a form.
type Seen struct {
	Text     string
	Blocks   []any
	Public   bool // everybody sees it
	Replaces bool // stands where the clicked message was
	Form     bool
	Closed   bool              // the form closed
	Errors   map[string]string // beside the fields of a form that was refused

	Body   []byte // as it came
	raw    map[string]any
	posted *Message // in a channel
	place  *place   // of an ephemeral message
	viewID string   // of a modal or an App Home
	url    string   // the response_url of the command that this answers, or through which it came
}

func messageSeen(body []byte) *Seen {
	var m struct {
		ResponseType    string `json:"response_type"`
		ReplaceOriginal bool   `json:"replace_original"`
		Text            string `json:"text"`
		Blocks          []any  `json:"blocks"`
	}
	_ = json.Unmarshal(body, &m)
	return &Seen{Body: body, Text: m.Text, Blocks: m.Blocks, Public: m.ResponseType == "in_channel", Replaces: m.ReplaceOriginal}
}

func viewSeen(body []byte) *Seen {
	s := &Seen{Form: true, Body: body}
	_ = json.Unmarshal(body, &s.raw)
	s.Blocks, _ = s.raw["blocks"].([]any)
	return s
}

// String is everything that can be read, one text a line; dates show their words.
func (s *Seen) String() string {
	var lines []string
	var walk func(v any)
	walk = func(v any) {
		switch x := v.(type) {
		case []any:
			for _, e := range x {
				walk(e)
			}
		case map[string]any:
			if text, ok := x["text"].(string); ok {
				lines = append(lines, readable(text))
			}
			for _, part := range []string{"title", "label", "hint", "text", "fields", "elements", "element", "accessory", "options", "description"} {
				walk(x[part])
			}
		}
	}
	if s.Text != "" && len(s.Blocks) == 0 {
		lines = append(lines, readable(s.Text))
	}
	walk(s.raw["title"])
	walk(s.Blocks)
	for field, text := range s.Errors {
		lines = append(lines, field+": "+text)
	}
	return strings.Join(lines, "\n")
}

func readable(text string) string {
	text = dateMark.ReplaceAllStringFunc(text, func(mark string) string {
		return strings.TrimSuffix(mark[strings.LastIndexByte(mark, '|')+1:], ">")
	})
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

// Buttons are the labels of the buttons, links included.
func (s *Seen) Buttons() []string {
	var labels []string
	for _, b := range s.buttons() {
		labels = append(labels, b["text"].(map[string]any)["text"].(string))
	}
	return labels
}

// ButtonIDs are the opaque values of the buttons that are not links.
func (s *Seen) ButtonIDs() []string {
	var ids []string
	for _, b := range s.buttons() {
		if v, ok := b["value"].(string); ok {
			ids = append(ids, v)
		}
	}
	return ids
}

func (s *Seen) buttons() []map[string]any {
	var list []map[string]any
	for _, b := range s.Blocks {
		block, _ := b.(map[string]any)
		elements, _ := block["elements"].([]any)
		for _, e := range append(elements, block["accessory"]) {
			if m, ok := e.(map[string]any); ok && m["type"] == "button" {
				list = append(list, m)
			}
		}
	}
	return list
}

// Menu are the labels in the menus, one menu after the other.
func (s *Seen) Menu() []string {
	var labels []string
	s.options(func(_, o map[string]any) { labels = append(labels, o["text"].(map[string]any)["text"].(string)) })
	return labels
}

// options calls fn with each option of each menu.
func (s *Seen) options(fn func(menu, option map[string]any)) {
	for _, b := range s.Blocks {
		block, _ := b.(map[string]any)
		elements, _ := block["elements"].([]any)
		for _, e := range append(elements, block["accessory"]) {
			menu, ok := e.(map[string]any)
			if !ok || menu["type"] != "overflow" && !isPick(menu) {
				continue
			}
			list, _ := menu["options"].([]any)
			for _, o := range list {
				fn(menu, o.(map[string]any))
			}
		}
	}
}

// isPick tells whether an element is a select that acts by itself, in a block of actions.
func isPick(e map[string]any) bool { return e["type"] == "static_select" && e["action_id"] == "pick" }

func (s *Seen) button(label string) map[string]any {
	for _, b := range s.buttons() {
		if b["text"].(map[string]any)["text"] == label && b["url"] == nil {
			return b
		}
	}
	return nil
}

// inputs calls fn with each input of the message or form and its block.
func (s *Seen) inputs(fn func(block, element map[string]any)) {
	for _, b := range s.Blocks {
		block, _ := b.(map[string]any)
		elements, _ := block["elements"].([]any)
		for _, e := range append(elements, block["accessory"], block["element"]) {
			if m, ok := e.(map[string]any); ok && m["type"] != "button" && m["type"] != "overflow" && m["action_id"] != nil {
				fn(block, m)
			}
		}
	}
}

// state is what Slack sends along with a click: what is chosen at first, changed by the picks.
func (s *Seen) state(picks []Pick) map[string]any {
	values := map[string]any{}
	s.inputs(func(block, e map[string]any) {
		chosen := map[string]any{"type": e["type"]}
		switch e["type"] {
		case "radio_buttons", "static_select":
			chosen["selected_option"] = e["initial_option"]
			for _, p := range picks {
				if opt := optionOf(e, p.Option); p.Option != "" && opt != nil {
					chosen["selected_option"] = opt
				}
			}
		case "checkboxes":
			chosen["selected_options"] = e["initial_options"]
			for _, p := range picks {
				if p.Untick {
					chosen["selected_options"] = []any{}
				}
			}
		}
		add(values, block, e, chosen)
	})
	return values
}

// Options are the labels of what can be chosen.
func (s *Seen) Options() []string {
	var labels []string
	s.inputs(func(_, e map[string]any) {
		if e["type"] != "radio_buttons" && e["type"] != "static_select" {
			return
		}
		options, _ := e["options"].([]any)
		for _, o := range options {
			labels = append(labels, o.(map[string]any)["text"].(map[string]any)["text"].(string))
		}
	})
	return labels
}

func optionOf(e map[string]any, label string) any {
	options, _ := e["options"].([]any)
	for _, o := range options {
		if strings.HasPrefix(o.(map[string]any)["text"].(map[string]any)["text"].(string), label) {
			return o
		}
	}
	return nil
}

// filled is the state of a form: what it showed at first, changed by the values.
func (s *Seen) filled(byLabel map[string]any) map[string]any {
	values := map[string]any{}
	s.inputs(func(block, e map[string]any) {
		name, _ := block["label"].(map[string]any)["text"].(string)
		v, given := byLabel[name]
		chosen := map[string]any{"type": e["type"]}
		switch e["type"] {
		case "plain_text_input":
			chosen["value"] = e["initial_value"]
			if given {
				chosen["value"] = v
			}
		case "datetimepicker":
			chosen["selected_date_time"] = e["initial_date_time"]
			if t, ok := v.(time.Time); ok {
				chosen["selected_date_time"] = t.Unix()
			}
		case "checkboxes":
			chosen["selected_options"] = e["initial_options"]
			if on, ok := v.(bool); ok && !on {
				chosen["selected_options"] = []any{}
			} else if ok {
				chosen["selected_options"] = e["options"]
			}
		}
		add(values, block, e, chosen)
	})
	return values
}

func (s *Seen) field(blockID string) map[string]any {
	for _, b := range s.Blocks {
		if block, ok := b.(map[string]any); ok && block["type"] == "input" && block["block_id"] == blockID {
			return block
		}
	}
	return nil
}

func add(values map[string]any, block, e, chosen map[string]any) {
	id, _ := block["block_id"].(string)
	inner, _ := values[id].(map[string]any)
	if inner == nil {
		inner = map[string]any{}
	}
	inner[e["action_id"].(string)] = chosen
	values[id] = inner
}
