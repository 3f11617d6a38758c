package fakediscord

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Person is somebody on the server.
type Person struct {
	f        *Fake
	User     string
	Guild    string // where they act; another server than the app's is possible
	Language string // of their client, default "en-US"
}

// Person returns the person with a user id.
func (f *Fake) Person(user string) *Person {
	return &Person{f: f, User: user, Guild: f.o.Guild, Language: "en-US"}
}

// The kinds of interactions.
const (
	kindCommand   = 2
	kindComponent = 3
	kindTyping    = 4
	kindModal     = 5
)

var optionName = regexp.MustCompile(`(?:^|\s)(user|email|at|reason|search|filter|code|description):`)

// commandData takes a line such as "/accounts stop-timer user:<118> at:17:30" apart.
func commandData(line, focused string) map[string]any {
	line = strings.TrimPrefix(line, "/")
	command, rest, _ := strings.Cut(line, " ")
	sub, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
	options := []any{}
	found := optionName.FindAllStringSubmatchIndex(rest, -1)
	for i, at := range found {
		end := len(rest)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		name, value := rest[at[2]:at[3]], strings.TrimSpace(rest[at[1]:end])
		o := map[string]any{"name": name, "type": 3, "value": value}
		if name == "user" {
			o["type"], o["value"] = 6, strings.Trim(value, "<@!>")
		}
		if name == focused {
			o["focused"] = true
		}
		options = append(options, o)
	}
	return map[string]any{
		"id": "1", "name": command, "type": 1, "options": []any{map[string]any{"type": 1, "name": sub, "options": options}},
	}
}

// Runs runs a command and returns the answer.
func (p *Person) Runs(line string) *Seen {
	p.f.t.Helper()
	return p.acts(kindCommand, commandData(line, ""), nil)
}

// Uses uses a command of a person's menu.
func (p *Person) Uses(command, on string) *Seen {
	p.f.t.Helper()
	return p.acts(kindCommand, map[string]any{"id": "2", "name": command, "type": 2, "target_id": on}, nil)
}

// Types types into an option of a command, the last one of the line, and returns what is offered.
func (p *Person) Types(line string) []Choice {
	p.f.t.Helper()
	return p.Typing(line).Choices
}

// Typing is Types with all that comes of it.
func (p *Person) Typing(line string) *Seen {
	p.f.t.Helper()
	found := optionName.FindAllStringSubmatch(line, -1)
	if len(found) == 0 {
		p.f.t.Fatalf("fakediscord: no option in %q", line)
	}
	return p.acts(kindTyping, commandData(line, found[len(found)-1][1]), nil)
}

// Pick is something chosen on a message before a click: an option by the start of its label, or a
// box unticked.
type Pick struct {
	Option string
	Untick bool
}

// Clicks clicks a button by its label and returns what comes: a message, or a form.
func (p *Person) Clicks(m *Seen, label string, picks ...Pick) *Seen {
	p.f.t.Helper()
	for _, pick := range picks {
		if pick.Untick {
			m = p.Ticks(m)
		} else {
			m = p.Chooses(m, pick.Option)
		}
	}
	b := m.button(label)
	if b == nil {
		p.f.t.Fatalf("fakediscord: there is no button %q on:\n%s", label, m)
	}
	return p.acts(kindComponent, map[string]any{"component_type": 2, "custom_id": b["custom_id"], "id": 3}, m)
}

// Ticks ticks the first box of a message, or unticks it, and returns the message as it then stands.
func (p *Person) Ticks(m *Seen) *Seen {
	p.f.t.Helper()
	for _, b := range m.components(2) {
		if label, _ := b["label"].(string); isBox(label) {
			return p.acts(kindComponent, map[string]any{"component_type": 2, "custom_id": b["custom_id"], "id": 3}, m)
		}
	}
	p.f.t.Fatalf("fakediscord: there is no box on:\n%s", m)
	return nil
}

// Chooses chooses an option of a select by the start of its label: the first of that name.
func (p *Person) Chooses(m *Seen, label string) *Seen {
	p.f.t.Helper()
	for _, s := range m.components(3) {
		options, _ := s["options"].([]any)
		for _, o := range options {
			option, _ := o.(map[string]any)
			if text, _ := option["label"].(string); strings.HasPrefix(text, label) {
				return p.acts(kindComponent, map[string]any{
					"component_type": 3, "custom_id": s["custom_id"], "values": []any{option["value"]}, "id": 3,
				}, m)
			}
		}
	}
	p.f.t.Fatalf("fakediscord: there is no option %q in a select of:\n%s", label, m)
	return nil
}

// Submits sends a form; values are by label of the field: a text, a moment (time.Time), a tick (bool).
func (p *Person) Submits(form *Seen, values map[string]any) *Seen {
	p.f.t.Helper()
	if !form.Form {
		p.f.t.Fatalf("fakediscord: this is no form:\n%s", form)
	}
	known := map[string]bool{}
	parts := []any{}
	for _, c := range form.Components {
		row, _ := c.(map[string]any)
		inputs, _ := row["components"].([]any)
		if len(inputs) == 0 {
			parts = append(parts, map[string]any{"type": row["type"], "id": 1})
			continue
		}
		in := inputs[0].(map[string]any)
		label, _ := in["label"].(string)
		value, _ := in["value"].(string)
		known[label] = true
		switch v := values[label].(type) {
		case string:
			value = v
		case time.Time:
			value = v.In(p.f.o.Zone).Format("2006-01-02 15:04")
		case bool:
			value = map[bool]string{true: "yes", false: "no"}[v]
		}
		if most, ok := in["max_length"].(float64); ok && utf16Len(value) > int(most) {
			p.f.t.Fatalf("fakediscord: the client does not take %d characters into %q", utf16Len(value), label)
		}
		if required, ok := in["required"].(bool); (!ok || required) && value == "" {
			p.f.t.Fatalf("fakediscord: the client does not send an empty %q", label)
		}
		parts = append(parts, map[string]any{"type": 1, "id": 1, "components": []any{
			map[string]any{"type": 4, "id": 2, "custom_id": in["custom_id"], "value": value},
		}})
	}
	for label := range values {
		if !known[label] {
			p.f.t.Fatalf("fakediscord: there is no field %q in:\n%s", label, form)
		}
	}
	return p.acts(kindModal, map[string]any{"custom_id": form.modalID, "components": parts}, form.on)
}

// Payload is an interaction as Discord would send it, to be changed and sent by hand.
func (p *Person) Payload(kind int, data map[string]any) map[string]any {
	payload, _ := p.payload(kind, data, nil)
	return payload
}

// CommandPayload is the interaction of a command, to be changed and sent by hand.
func (p *Person) CommandPayload(line string) map[string]any {
	return p.Payload(kindCommand, commandData(line, ""))
}

func (p *Person) payload(kind int, data map[string]any, on *Seen) (map[string]any, *interaction) {
	f := p.f
	f.mu.Lock()
	defer f.mu.Unlock()
	i := &interaction{id: f.next(), kind: kind, made: f.o.Now(), sentAt: time.Now()} //nolint:forbidigo // Discord measures real time
	i.token = "aW50ZXJhY3Rpb24-" + i.id
	payload := map[string]any{
		"id": i.id, "application_id": f.o.Application, "type": kind, "token": i.token, "version": 1, "locale": p.Language,
		"channel_id": "1400000000000000001", "data": data, "entitlements": []any{}, "attachment_size_limit": 10 << 20,
	}
	direct := false
	if on != nil {
		i.on = on.message
		message := on.message.tell()
		message["content"], message["embeds"], message["components"] = on.Text, on.Embeds, on.Components
		payload["message"] = message
		direct = on.message.Direct
	}
	member := f.account(p.User)
	if direct {
		payload["user"], payload["context"] = member["user"], 1
	} else {
		payload["member"], payload["guild_id"], payload["guild_locale"], payload["context"] = member, p.Guild, "en-US", 0
	}
	f.open[i.token] = i
	return payload, i
}

// acts sends an interaction and returns what comes of it.
func (p *Person) acts(kind int, data map[string]any, on *Seen) *Seen {
	p.f.t.Helper()
	payload, i := p.payload(kind, data, on)
	text, err := json.Marshal(payload)
	if err != nil {
		p.f.t.Fatal(err)
	}
	f := p.f
	if f.app == "" {
		f.overGateway(text, i)
	} else {
		status, body := f.Send(f.Signed(string(text)))
		if status != http.StatusOK {
			f.t.Fatalf("fakediscord: an interaction is answered %d: %s", status, body)
		}
		f.mu.Lock()
		f.take(i, body)
		f.watch.Changed()
		f.mu.Unlock()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if i.seen == nil {
		return &Seen{Deferred: true, by: i, on: on}
	}
	i.seen.on = on
	return i.seen
}

// overGateway sends an interaction over the gateway and waits for its callback.
func (f *Fake) overGateway(payload []byte, i *interaction) {
	f.t.Helper()
	f.watch.For("the app's gateway", func() bool { return f.dispatch != nil })
	f.mu.Lock()
	dispatch := f.dispatch
	i.sentAt = time.Now() //nolint:forbidigo // Discord measures real time
	f.mu.Unlock()
	dispatch("INTERACTION_CREATE", payload)
	f.watch.For("the callback of an interaction", func() bool { return i.acked })
}

// take takes the first answer to an interaction; the lock is held.
func (f *Fake) take(i *interaction, body []byte) refusal {
	if said := f.refuse("callback", CallbackProblems(i.kind, body)); said.status != 0 {
		return said
	}
	var b struct {
		Type int             `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	_ = json.Unmarshal(body, &b)
	i.acked, i.body = true, body
	switch b.Type {
	case 4:
		m := &Message{ID: f.next(), Channel: "answer", Direct: i.on != nil && i.on.Direct}
		m.fill(b.Data)
		i.original, i.seen = m, f.seenOf(m)
	case 5:
		m := &Message{ID: f.next(), Channel: "answer"}
		m.fill(b.Data)
		i.original = m
	case 6, 7:
		if i.on == nil {
			return f.refuse("callback", []string{"it changes a message, and none was clicked"})
		}
		i.original = i.on
		if b.Type == 6 {
			break
		}
		if i.on.Flags&flagEphemeral == 0 {
			f.t.Error("fakediscord: the answer replaces a message that others see as well")
		}
		flags := i.on.Flags
		i.on.fill(b.Data)
		i.on.Flags = flags
		i.on.Edits++
		i.seen = f.seenOf(i.on)
		i.seen.Replaces = true
	case 8:
		i.seen = &Seen{Body: body}
		var data struct {
			Choices []Choice `json:"choices"`
		}
		_ = json.Unmarshal(b.Data, &data)
		i.seen.Choices = data.Choices
	case 9:
		i.seen = formSeen(b.Data)
	}
	i.seen.about(i, body)
	return refusal{}
}

// Choice is a value that is offered for an option.
type Choice struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// AwaitAnswer waits for the answer of an interaction that was deferred.
func (f *Fake) AwaitAnswer(s *Seen) *Seen {
	f.t.Helper()
	var seen *Seen
	f.watch.For("a deferred answer", func() bool {
		if seen = s.by.seen; seen == nil && len(s.by.after) > 0 {
			seen = s.by.after[0]
		}
		return seen != nil
	})
	return seen
}

// AwaitAfter waits for the message that follows an answer.
func (f *Fake) AwaitAfter(s *Seen) *Seen {
	f.t.Helper()
	var seen *Seen
	f.watch.For("a message after an answer", func() bool {
		if len(s.by.after) > 0 {
			seen = s.by.after[0]
		}
		return seen != nil
	})
	return seen
}

// Posted makes a message of a channel clickable.
func (f *Fake) Posted(m Message) *Seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.find(m.Channel, m.ID)
	if known == nil {
		f.t.Fatalf("fakediscord: there is no message %s in %s", m.ID, m.Channel)
	}
	return f.seenOf(known)
}

// Send sends a request to the app as it is.
func (f *Fake) Send(r *http.Request) (status int, body []byte) {
	f.t.Helper()
	began := time.Now() //nolint:forbidigo // Discord measures real time
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Fatalf("fakediscord: send to the app: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatalf("fakediscord: read the app's answer: %v", err)
	}
	if took := time.Since(began); took > answerIn { //nolint:forbidigo // Discord measures real time
		f.t.Errorf("fakediscord: the interaction failed, the app took %s", took)
	}
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode == http.StatusOK && len(body) > 0 && kind != "application/json" {
		f.t.Errorf("fakediscord: an answer of type %q", kind)
	}
	return resp.StatusCode, body
}
