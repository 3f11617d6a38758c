package fakediscord

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// utf16Len is the length of a text as Discord's clients count it, the stricter way.
func utf16Len(s string) int { return len(utf16.Encode([]rune(s))) }

type checker struct {
	list []string
	ids  map[string]bool
}

func (c *checker) bad(format string, args ...any) {
	c.list = append(c.list, fmt.Sprintf(format, args...))
}

// text checks a text of at least least and at most most characters.
func (c *checker) text(at string, v any, least, most int) {
	s, ok := v.(string)
	if !ok {
		if v != nil || least > 0 {
			c.bad("%s is %T", at, v)
		}
		return
	}
	n := utf16Len(s)
	if n > most || n < least || least > 0 && strings.TrimSpace(s) == "" {
		c.bad("%s has %d characters", at, n)
	}
}

var (
	goodTime   = regexp.MustCompile(`<t:\d{1,12}:[tTdDfFsSR]>`)
	escapedOne = regexp.MustCompile(`\\[^A-Za-z0-9\s]`)
)

// words checks Markdown for what must not come from people: mentions, links, code.
func (c *checker) words(at string, v any) {
	s, _ := v.(string)
	rest := escapedOne.ReplaceAllString(goodTime.ReplaceAllString(s, ""), "")
	for _, bad := range []string{"<", "@everyone", "@here", "://", "`", "]("} {
		if strings.Contains(rest, bad) {
			c.bad("%s holds %q unescaped: %q", at, bad, s)
		}
	}
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func array(v any) []any {
	l, _ := v.([]any)
	return l
}

// nulls finds lists that are null, which Discord takes for something else than an empty one.
func (c *checker) nulls(at string, v any) {
	switch x := v.(type) {
	case map[string]any:
		for name, e := range x {
			if e == nil {
				c.bad("%s.%s is null", at, name)
			}
			c.nulls(at+"."+name, e)
		}
	case []any:
		for i, e := range x {
			c.nulls(fmt.Sprintf("%s[%d]", at, i), e)
		}
	}
}

func (c *checker) known(at string, m map[string]any, names ...string) {
	for name := range m {
		if !slices.Contains(names, name) {
			c.bad("%s has %q", at, name)
		}
	}
}

// MessageProblems lists what Discord would refuse in a message, and what this app must not send.
func MessageProblems(body []byte) []string {
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		return []string{"not JSON: " + err.Error()}
	}
	c := &checker{ids: map[string]bool{}}
	c.known("message", m, "content", "embeds", "components", "allowed_mentions", "flags", "nonce", "enforce_nonce", "message_reference")
	c.nulls("message", m)
	c.text("content", m["content"], 0, 2000)
	c.words("content", m["content"])
	parse, ok := object(m["allowed_mentions"])["parse"].([]any)
	if !ok || len(parse) > 0 || len(object(m["allowed_mentions"])) != 1 {
		c.bad("allowed_mentions is %v", m["allowed_mentions"])
	}
	embeds, rows := array(m["embeds"]), array(m["components"])
	if content, sent := m["content"].(string); sent && strings.TrimSpace(content) == "" && len(embeds) == 0 {
		c.bad("an empty message")
	}
	if len(embeds) > 10 {
		c.bad("%d embeds", len(embeds))
	}
	sum := 0
	for i, v := range embeds {
		sum += c.embed(fmt.Sprintf("embeds[%d]", i), object(v))
	}
	if sum > 6000 {
		c.bad("the embeds have %d characters", sum)
	}
	if flags, ok := m["flags"].(float64); ok && int(flags) != flagEphemeral {
		c.bad("flags %v", flags)
	}
	if len(rows) > 5 {
		c.bad("%d rows", len(rows))
	}
	for i, v := range rows {
		c.row(fmt.Sprintf("components[%d]", i), object(v))
	}
	return c.list
}

// postProblems lists what is missing in a message of the bot's own.
func postProblems(body []byte) []string {
	var m map[string]any
	_ = json.Unmarshal(body, &m)
	c := &checker{}
	c.text("nonce", m["nonce"], 1, 25)
	if m["enforce_nonce"] != true {
		c.bad("the nonce is not enforced")
	}
	if m["flags"] != nil {
		c.bad("a message of the bot's own can't be ephemeral")
	}
	return c.list
}

func (c *checker) embed(at string, e map[string]any) int {
	sum := 0
	add := func(v any) {
		s, _ := v.(string)
		sum += utf16Len(s)
	}
	c.known(at, e, "fields", "footer", "description", "url")
	c.text(at+".url", e["url"], 0, 2048)
	c.text(at+".description", e["description"], 0, 4096)
	add(e["description"])
	fields := array(e["fields"])
	if len(fields) > 25 {
		c.bad("%s has %d fields", at, len(fields))
	}
	for i, v := range fields {
		f := object(v)
		c.text(fmt.Sprintf("%s.fields[%d].name", at, i), f["name"], 1, 256)
		c.text(fmt.Sprintf("%s.fields[%d].value", at, i), f["value"], 1, 1024)
		c.words(fmt.Sprintf("%s.fields[%d].name", at, i), f["name"])
		c.words(fmt.Sprintf("%s.fields[%d].value", at, i), f["value"])
		add(f["name"])
		add(f["value"])
	}
	if f, ok := e["footer"]; ok {
		c.text(at+".footer", object(f)["text"], 1, 2048)
		add(object(f)["text"])
	}
	if sum == 0 {
		c.bad("%s shows nothing", at)
	}
	return sum
}

func (c *checker) customID(at string, v any) {
	c.text(at+".custom_id", v, 1, 100)
	id, _ := v.(string)
	if c.ids[id] {
		c.bad("%s: custom_id %q is used twice", at, id)
	}
	c.ids[id] = true
}

func (c *checker) row(at string, row map[string]any) {
	parts := array(row["components"])
	if row["type"] != 1.0 || len(parts) == 0 || len(parts) > 5 {
		c.bad("%s has type %v with %d parts", at, row["type"], len(parts))
	}
	for i, v := range parts {
		p, here := object(v), fmt.Sprintf("%s[%d]", at, i)
		switch p["type"] {
		case 2.0:
			c.button(here, p)
		case 3.0:
			if len(parts) > 1 {
				c.bad("%s: a select has a row of its own", at)
			}
			c.sel(here, p)
		default:
			c.bad("%s has type %v", here, p["type"])
		}
	}
}

func (c *checker) button(at string, b map[string]any) {
	c.known(at, b, "type", "style", "label", "custom_id", "url")
	c.text(at+".label", b["label"], 1, 80)
	switch b["style"] {
	case 1.0, 2.0, 3.0, 4.0:
		c.customID(at, b["custom_id"])
		if b["url"] != nil {
			c.bad("%s has an address", at)
		}
	case 5.0:
		c.text(at+".url", b["url"], 1, 512)
		text, _ := b["url"].(string)
		if u, err := url.Parse(text); err != nil || u.Scheme != "https" && u.Scheme != "http" || b["custom_id"] != nil {
			c.bad("%s leads to %q", at, text)
		}
	default:
		c.bad("%s has style %v", at, b["style"])
	}
}

func (c *checker) sel(at string, s map[string]any) {
	c.known(at, s, "type", "custom_id", "placeholder", "options")
	c.customID(at, s["custom_id"])
	c.text(at+".placeholder", s["placeholder"], 0, 150)
	options := array(s["options"])
	if len(options) == 0 || len(options) > 25 {
		c.bad("%s has %d options", at, len(options))
	}
	values, chosen := map[any]bool{}, 0
	for i, v := range options {
		o, here := object(v), fmt.Sprintf("%s.options[%d]", at, i)
		c.text(here+".label", o["label"], 1, 100)
		c.text(here+".value", o["value"], 1, 100)
		c.text(here+".description", o["description"], 0, 100)
		if values[o["value"]] {
			c.bad("%s: value %v is used twice", at, o["value"])
		}
		values[o["value"]] = true
		if o["default"] == true {
			chosen++
		}
	}
	if chosen > 1 {
		c.bad("%s has %d options chosen at first", at, chosen)
	}
}

// ModalProblems lists what Discord would refuse in a form.
func ModalProblems(body []byte) []string {
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		return []string{"not JSON: " + err.Error()}
	}
	c := &checker{ids: map[string]bool{}}
	c.known("modal", m, "custom_id", "title", "components")
	c.nulls("modal", m)
	c.text("custom_id", m["custom_id"], 1, 100)
	c.text("title", m["title"], 1, 45)
	parts := array(m["components"])
	if len(parts) == 0 || len(parts) > 5 {
		c.bad("%d parts", len(parts))
	}
	inputs := 0
	for i, v := range parts {
		p, at := object(v), fmt.Sprintf("components[%d]", i)
		if p["type"] == 10.0 {
			c.text(at+".content", p["content"], 1, 4000)
			c.words(at, p["content"])
			continue
		}
		inner := array(p["components"])
		if p["type"] != 1.0 || len(inner) != 1 {
			c.bad("%s has type %v with %d inputs", at, p["type"], len(inner))
			continue
		}
		inputs++
		c.input(at, object(inner[0]))
	}
	if inputs == 0 {
		c.bad("no input")
	}
	return c.list
}

func (c *checker) input(at string, in map[string]any) {
	c.known(at, in, "type", "custom_id", "style", "label", "value", "placeholder", "required", "max_length")
	if in["type"] != 4.0 || in["style"] != 1.0 && in["style"] != 2.0 {
		c.bad("%s has type %v and style %v", at, in["type"], in["style"])
	}
	c.customID(at, in["custom_id"])
	c.text(at+".label", in["label"], 1, 45)
	c.text(at+".placeholder", in["placeholder"], 0, 100)
	most := 4000
	if n, ok := in["max_length"].(float64); ok {
		if n < 1 || n > 4000 {
			c.bad("%s: max_length %v", at, n)
		}
		most = int(n)
	}
	c.text(at+".value", in["value"], 0, most)
}

// CallbackProblems lists what Discord would refuse in the first answer to an interaction of a kind.
func CallbackProblems(kind int, body []byte) []string {
	var b struct {
		Type int             `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return []string{"not JSON: " + err.Error()}
	}
	allowed := map[int][]int{kindCommand: {4, 5, 9}, kindComponent: {4, 5, 6, 7, 9}, kindTyping: {8}, kindModal: {4, 5, 6, 7}}[kind]
	if !slices.Contains(allowed, b.Type) {
		return []string{fmt.Sprintf("an interaction of type %d is answered with type %d", kind, b.Type)}
	}
	c := &checker{}
	switch b.Type {
	case 4, 7:
		return MessageProblems(b.Data)
	case 5:
		if string(b.Data) != `{"flags":64}` {
			c.bad("a deferred answer with %s", b.Data)
		}
	case 6:
		if len(b.Data) > 0 {
			c.bad("a deferred update with %s", b.Data)
		}
	case 8:
		return choiceProblems(b.Data)
	case 9:
		return ModalProblems(b.Data)
	}
	return c.list
}

func choiceProblems(data []byte) []string {
	var m map[string]any
	_ = json.Unmarshal(data, &m)
	c := &checker{}
	list, ok := m["choices"].([]any)
	if !ok || len(list) > 25 {
		c.bad("%d choices, %T", len(list), m["choices"])
	}
	for i, v := range list {
		c.text(fmt.Sprintf("choices[%d].name", i), object(v)["name"], 1, 100)
		c.text(fmt.Sprintf("choices[%d].value", i), object(v)["value"], 1, 100)
	}
	return c.list
}

var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}]{1,32}$`)

// CommandProblems lists what Discord would refuse in a list of commands.
func CommandProblems(body []byte) []string {
	var list []map[string]any
	if err := json.Unmarshal(body, &list); err != nil {
		return []string{"not JSON: " + err.Error()}
	}
	c := &checker{ids: map[string]bool{}}
	count := map[any]int{}
	for i, cmd := range list {
		at := fmt.Sprintf("commands[%d]", i)
		c.nulls(at, cmd)
		if cmd["default_member_permissions"] != nil {
			c.bad("%s has default_member_permissions", at)
		}
		count[cmd["type"]]++
		switch cmd["type"] {
		case 1.0:
			if n := c.command(at, cmd, 0); n > 8000 {
				c.bad("%s has %d characters", at, n)
			}
		case 2.0:
			c.text(at+".name", cmd["name"], 1, 32)
			c.text(at+".description", cmd["description"], 0, 0)
			for _, name := range object(cmd["name_localizations"]) {
				c.text(at+".name", name, 1, 32)
			}
		default:
			c.bad("%s has type %v", at, cmd["type"])
		}
	}
	if count[1.0] > 100 || count[2.0] > 15 {
		c.bad("%v commands", count)
	}
	return c.list
}

// command checks a command, a subcommand or an option, and counts its characters.
func (c *checker) command(at string, m map[string]any, depth int) int {
	longest := 0
	for _, part := range []string{"name", "description"} {
		texts := []any{m[part]}
		for _, t := range object(m[part+"_localizations"]) {
			texts = append(texts, t)
		}
		most := 0
		for _, t := range texts {
			s, _ := t.(string)
			most = max(most, utf16Len(s))
			if part == "name" && (!commandName.MatchString(s) || strings.ToLower(s) != s) {
				c.bad("%s has the name %q", at, s)
			}
			if part == "description" {
				c.text(at+".description", t, 1, 100)
			}
		}
		longest += most
	}
	options := array(m["options"])
	if len(options) > 25 || depth > 1 && len(options) > 0 {
		c.bad("%s has %d options", at, len(options))
	}
	names, optional := map[any]bool{}, false
	for i, v := range options {
		o := object(v)
		if names[o["name"]] {
			c.bad("%s: two options %v", at, o["name"])
		}
		names[o["name"]] = true
		if o["required"] == true && optional {
			c.bad("%s: a required option after one that is not", at)
		}
		optional = optional || o["required"] != true
		if choices := array(o["choices"]); len(choices) > 25 || len(choices) > 0 && o["autocomplete"] == true {
			c.bad("%s: option %v has %d choices", at, o["name"], len(choices))
		}
		longest += c.command(fmt.Sprintf("%s.options[%d]", at, i), o, depth+1)
	}
	return longest
}
