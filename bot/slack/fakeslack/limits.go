package fakeslack

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	maxText       = 40000
	maxBlocks     = 50
	maxViewBlocks = 100
)

// MessageProblems lists what Slack would refuse in a message: an answer to a command, or a body for
// a response_url.
func MessageProblems(body []byte) []string {
	var m struct {
		ResponseType string `json:"response_type"`
		Text         string `json:"text"`
		Blocks       []any  `json:"blocks"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return []string{"not JSON: " + err.Error()}
	}
	var list []string
	if m.ResponseType != "" && m.ResponseType != "ephemeral" && m.ResponseType != "in_channel" {
		list = append(list, "response_type "+m.ResponseType)
	}
	if m.Text == "" {
		list = append(list, "no text")
	}
	list = append(list, textProblems("text", m.Text, maxText)...)
	return append(list, blockProblems(m.Blocks, maxBlocks, false)...)
}

// ViewProblems lists what Slack would refuse in a modal.
func ViewProblems(body []byte) []string {
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		return []string{"not JSON: " + err.Error()}
	}
	c := &checker{}
	if v["type"] != "modal" {
		c.bad("view has type %v", v["type"])
	}
	c.plain("view.title", v["title"], 24, true)
	c.plain("view.submit", v["submit"], 24, false)
	c.plain("view.close", v["close"], 24, false)
	c.length("view.callback_id", v["callback_id"], 255)
	c.length("view.private_metadata", v["private_metadata"], 3000)
	blocks, _ := v["blocks"].([]any)
	c.list = append(c.list, blockProblems(blocks, maxViewBlocks, v["submit"] != nil)...)
	return c.list
}

// HomeProblems lists what Slack would refuse in an App Home.
func HomeProblems(body []byte) []string {
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		return []string{"not JSON: " + err.Error()}
	}
	c := &checker{}
	if v["type"] != "home" || v["title"] != nil || v["submit"] != nil {
		c.bad("App Home has type %v, a title or a submit button", v["type"])
	}
	c.length("view.private_metadata", v["private_metadata"], 3000)
	blocks, _ := v["blocks"].([]any)
	c.list = append(c.list, blockProblems(blocks, maxViewBlocks, false)...)
	return c.list
}

func blockProblems(blocks []any, most int, inputs bool) []string {
	c := &checker{}
	if len(blocks) > most {
		c.bad("%d blocks", len(blocks))
	}
	ids, actions := map[string]bool{}, map[any]bool{}
	for i, b := range blocks {
		block, _ := b.(map[string]any)
		at := fmt.Sprintf("blocks[%d]", i)
		c.length(at+".block_id", block["block_id"], 255)
		if id, ok := block["block_id"].(string); ok && ids[id] {
			c.bad("%s: block_id %q is used twice", at, id)
		} else if ok {
			ids[id] = true
		}
		c.block(at, block, inputs)
		// Slack asks for action ids that differ only within a block; two of the same in one message confuse its state.
		if e, ok := block["accessory"].(map[string]any); ok {
			if actions[e["action_id"]] {
				c.bad("%s: action_id %v is used twice", at, e["action_id"])
			}
			actions[e["action_id"]] = true
		}
	}
	return c.list
}

type checker struct{ list []string }

func (c *checker) bad(format string, args ...any) {
	c.list = append(c.list, fmt.Sprintf(format, args...))
}

func (c *checker) block(at string, b map[string]any, inputs bool) {
	elements, _ := b["elements"].([]any)
	switch b["type"] {
	case "header":
		c.plain(at+".text", b["text"], 150, true)
	case "section":
		fields, _ := b["fields"].([]any)
		if b["text"] == nil && len(fields) == 0 || len(fields) > 10 {
			c.bad("%s: section without text or with %d fields", at, len(fields))
		}
		c.text(at+".text", b["text"], 3000, false)
		for i, f := range fields {
			c.text(fmt.Sprintf("%s.fields[%d]", at, i), f, 2000, true)
		}
		if b["accessory"] != nil {
			c.element(at+".accessory", b["accessory"])
		}
	case "actions":
		c.count(at, elements, 25)
		ids := map[any]bool{}
		for i, e := range elements {
			c.element(fmt.Sprintf("%s[%d]", at, i), e)
			id := e.(map[string]any)["action_id"]
			if ids[id] {
				c.bad("%s: action_id %v is used twice", at, id)
			}
			ids[id] = true
		}
	case "context":
		c.count(at, elements, 10)
		for i, e := range elements {
			c.text(fmt.Sprintf("%s[%d]", at, i), e, 2000, true)
		}
	case "divider":
	case "input":
		if !inputs {
			c.bad("%s: input without a submit button", at)
		}
		c.plain(at+".label", b["label"], 2000, true)
		c.plain(at+".hint", b["hint"], 2000, false)
		c.element(at+".element", b["element"])
	default:
		c.bad("%s: block of type %v", at, b["type"])
	}
}

func (c *checker) count(at string, list []any, most int) {
	if len(list) == 0 || len(list) > most {
		c.bad("%s: %d elements", at, len(list))
	}
}

func (c *checker) element(at string, v any) {
	e, ok := v.(map[string]any)
	if !ok {
		c.bad("%s is missing", at)
		return
	}
	if id, _ := e["action_id"].(string); id == "" || utf8.RuneCountInString(id) > 255 {
		c.bad("%s: action_id of %d characters", at, utf8.RuneCountInString(id))
	}
	switch e["type"] {
	case "button":
		c.plain(at+".text", e["text"], 75, true)
		c.length(at+".value", e["value"], 2000)
		c.length(at+".url", e["url"], 3000)
		if s, ok := e["style"]; ok && s != "primary" && s != "danger" {
			c.bad("%s: style %v", at, s)
		}
	case "overflow":
		c.options(at, e, 5)
	case "radio_buttons":
		c.options(at, e, 10, e["initial_option"])
	case "checkboxes":
		initial, _ := e["initial_options"].([]any)
		c.options(at, e, 10, initial...)
	case "static_select":
		c.options(at, e, 100, e["initial_option"])
		c.plain(at+".placeholder", e["placeholder"], 150, false)
	case "plain_text_input":
		most, ok := e["max_length"].(float64)
		if !ok || most < 1 || most > 3000 {
			most = 3000
			if ok {
				c.bad("%s: max_length %v", at, e["max_length"])
			}
		}
		c.length(at+".initial_value", e["initial_value"], int(most))
	case "datetimepicker":
		if n, ok := e["initial_date_time"].(float64); ok && (n < 1e9 || n >= 1e10) {
			c.bad("%s: initial_date_time %v does not have ten digits", at, n)
		}
	default:
		c.bad("%s: element of type %v", at, e["type"])
	}
}

func (c *checker) options(at string, e map[string]any, most int, initial ...any) {
	options, _ := e["options"].([]any)
	c.count(at+".options", options, most)
	for i, o := range options {
		opt, _ := o.(map[string]any)
		c.plain(fmt.Sprintf("%s.options[%d].text", at, i), opt["text"], 75, true)
		c.plain(fmt.Sprintf("%s.options[%d].description", at, i), opt["description"], 75, false)
		c.length(fmt.Sprintf("%s.options[%d].value", at, i), opt["value"], 150)
	}
	for _, want := range initial {
		found := want == nil
		for _, o := range options {
			found = found || reflect.DeepEqual(o, want)
		}
		if !found {
			c.bad("%s: the initial option is none of the options", at)
		}
	}
}

// plain checks a text object that must be plain_text.
func (c *checker) plain(at string, v any, most int, required bool) {
	if t, ok := v.(map[string]any); ok && t["type"] != "plain_text" {
		c.bad("%s has type %v", at, t["type"])
	}
	c.text(at, v, most, required)
}

func (c *checker) text(at string, v any, most int, required bool) {
	t, ok := v.(map[string]any)
	if !ok {
		if required {
			c.bad("%s is missing", at)
		}
		return
	}
	text, _ := t["text"].(string)
	n := utf8.RuneCountInString(text)
	if n == 0 || n > most {
		c.bad("%s has %d characters", at, n)
	}
	switch t["type"] {
	case "mrkdwn":
		c.list = append(c.list, textProblems(at, text, most)...)
	case "plain_text":
		if strings.ContainsAny(text, "<>") {
			c.bad("%s holds a bracket", at)
		}
	default:
		c.bad("%s has type %v", at, t["type"])
	}
}

func (c *checker) length(at string, v any, most int) {
	if s, ok := v.(string); ok && utf8.RuneCountInString(s) > most {
		c.bad("%s has %d characters", at, utf8.RuneCountInString(s))
	}
}

var (
	dateMark = regexp.MustCompile(`<!date\^\d{1,12}\^[^|<>]*\|[^<>|]+>`)
	entity   = regexp.MustCompile(`&(?:amp|lt|gt);`)
)

// textProblems finds what Slack would take for a mention, a link or a broadcast: the app writes
// dates with brackets, and nothing else.
func textProblems(at, text string, most int) []string {
	var list []string
	if utf8.RuneCountInString(text) > most {
		list = append(list, fmt.Sprintf("%s has %d characters", at, utf8.RuneCountInString(text)))
	}
	if rest := entity.ReplaceAllString(dateMark.ReplaceAllString(text, ""), ""); strings.ContainsAny(rest, "<>&") {
		list = append(list, fmt.Sprintf("%s holds an unescaped character: %q", at, rest))
	}
	return list
}
