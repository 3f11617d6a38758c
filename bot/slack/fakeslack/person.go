package fakeslack

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Person is somebody in the chat.
type Person struct {
	f    *Fake
	User string
	Team string // of the person, when it is not the app's
}

// Person returns the person with a user id.
func (f *Fake) Person(user string) *Person { return &Person{f: f, User: user, Team: f.o.Team} }

// Runs types a command and returns the answer, whichever way it comes.
func (p *Person) Runs(line string) *Seen {
	p.f.t.Helper()
	command, text, _ := strings.Cut(line, " ")
	id, address := p.f.newURL(nil, nil)
	trigger := p.f.newTrigger()
	form := url.Values{
		"command": {command}, "text": {text}, "team_id": {p.Team}, "user_id": {p.User}, "user_name": {"somebody"},
		"channel_id": {"C1"}, "response_url": {address}, "trigger_id": {trigger}, "api_app_id": {"A1"},
	}
	var inline []byte
	if p.f.app == "" {
		inline = p.f.overSocket("slash_commands", flat(form))
	} else {
		inline = p.f.must("/slack/commands", form)
	}
	if len(inline) > 0 {
		p.f.check("answer", MessageProblems(inline))
		seen := messageSeen(inline)
		seen.place, seen.url = &place{now: seen}, id
		return seen
	}
	return p.f.awaitAnswer(id, trigger)
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
	button := m.button(label)
	if button == nil {
		p.f.t.Fatalf("fakeslack: there is no button %q on:\n%s", label, m)
	}
	return p.presses(m, button, picks...)
}

// Chooses chooses an option of a menu by its label: the first of that name.
func (p *Person) Chooses(m *Seen, label string) *Seen {
	p.f.t.Helper()
	var menu, option map[string]any
	m.options(func(in, o map[string]any) {
		if option == nil && o["text"].(map[string]any)["text"] == label {
			menu, option = in, o
		}
	})
	if option == nil {
		p.f.t.Fatalf("fakeslack: there is no option %q in a menu of:\n%s\n%q", label, m, m.Menu())
	}
	return p.acts(m, map[string]any{"type": menu["type"], "action_id": menu["action_id"], "selected_option": option})
}

// presses sends the click on an element, which need not be on the message any more.
func (p *Person) presses(m *Seen, button map[string]any, picks ...Pick) *Seen {
	p.f.t.Helper()
	return p.acts(m, map[string]any{
		"type": "button", "action_id": button["action_id"], "block_id": "buttons", "value": button["value"],
	}, picks...)
}

// acts sends a block_actions payload and returns what comes of it.
func (p *Person) acts(m *Seen, action map[string]any, picks ...Pick) *Seen {
	p.f.t.Helper()
	trigger := p.f.newTrigger()
	payload := map[string]any{
		"type": "block_actions", "user": map[string]any{"id": p.User, "team_id": p.Team}, "team": map[string]any{"id": p.f.o.Team},
		"trigger_id": trigger, "actions": []any{action},
	}
	id := ""
	state := map[string]any{"values": m.state(picks)}
	if m.viewID == "" {
		id, payload["response_url"] = p.f.newURL(m.posted, m.place)
		payload["state"] = state
	} else {
		payload["view"] = map[string]any{
			"id": m.viewID, "type": m.raw["type"], "callback_id": m.raw["callback_id"], "private_metadata": m.raw["private_metadata"], "state": state,
		}
	}
	if body := p.f.interact(payload); len(body) > 0 {
		p.f.t.Errorf("fakeslack: a click is answered with an empty 200, not with %s", body)
	}
	var seen *Seen
	p.f.watch.For("the answer to a click", func() bool {
		switch {
		case p.f.triggers[trigger].view != nil:
			seen = p.f.triggers[trigger].view
		case id != "" && len(p.f.urls[id].posts) > 0:
			seen = p.f.urls[id].posts[0]
		case m.viewID != "" && p.f.views[m.viewID] != nil && p.f.views[m.viewID] != m:
			seen = p.f.views[m.viewID]
		}
		return seen != nil
	})
	return seen
}

// Opens opens the app's Home and returns what stands there.
func (p *Person) Opens() *Seen {
	p.f.t.Helper()
	p.f.mu.Lock()
	before := p.f.homes[p.User]
	p.f.mu.Unlock()
	p.f.Event(map[string]any{"type": "app_home_opened", "user": p.User, "tab": "home", "channel": "D" + p.User})
	return p.f.AwaitHome(p.User, before)
}

// Home is what stands on a person's App Home.
func (f *Fake) Home(user string) *Seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.homes[user]
}

// AwaitHome waits until a person's App Home is another than before, and returns it.
func (f *Fake) AwaitHome(user string, before *Seen) *Seen {
	f.t.Helper()
	var now *Seen
	f.watch.For("the App Home of "+user, func() bool {
		now = f.homes[user]
		return now != nil && now != before
	})
	return now
}

// Shortcut uses a global shortcut and returns the modal that opens.
func (p *Person) Shortcut(callback string) *Seen {
	p.f.t.Helper()
	trigger := p.f.newTrigger()
	payload := map[string]any{
		"type": "shortcut", "callback_id": callback, "trigger_id": trigger,
		"user": map[string]any{"id": p.User, "team_id": p.Team}, "team": map[string]any{"id": p.f.o.Team},
	}
	if body := p.f.interact(payload); len(body) > 0 {
		p.f.t.Errorf("fakeslack: a shortcut is answered with an empty 200, not with %s", body)
	}
	var seen *Seen
	p.f.watch.For("the modal of a shortcut", func() bool {
		seen = p.f.triggers[trigger].view
		return seen != nil
	})
	return seen
}

// Changes says who a user is from now on, and sends the event of it.
func (f *Fake) Changes(user string, a Account) {
	f.t.Helper()
	f.Knows(user, a)
	f.mu.Lock()
	about := f.user(user)
	f.mu.Unlock()
	f.Event(map[string]any{"type": "user_change", "user": about})
}

// Event sends an event of the Events API.
func (f *Fake) Event(inner map[string]any) {
	f.t.Helper()
	f.mu.Lock()
	id := f.next("Ev")
	f.mu.Unlock()
	f.EventAs(id, inner)
}

// EventAs sends an event under an id, which may have been sent before.
func (f *Fake) EventAs(id string, inner map[string]any) {
	f.t.Helper()
	payload := map[string]any{
		"type": "event_callback", "team_id": f.o.Team, "api_app_id": "A1", "event_id": id, "event_time": f.o.Now().Unix(), "event": inner,
	}
	if f.app == "" {
		f.overSocket("events_api", payload)
		return
	}
	text, err := json.Marshal(payload)
	if err != nil {
		f.t.Fatal(err)
	}
	r := f.Signed("/slack/events", string(text))
	r.Header.Set("Content-Type", "application/json")
	if status, body := f.Send(r); status != http.StatusOK {
		f.t.Fatalf("fakeslack: an event is answered %d: %s", status, body)
	}
}

// ClicksAgain clicks a button as it was on an earlier message: a double click, or a stale window.
func (p *Person) ClicksAgain(m *Seen, label string) *Seen {
	p.f.t.Helper()
	return p.Clicks(m, label)
}

// Submits sends a form; values are by label of the field. A moment is a time.Time, a tick a bool.
func (p *Person) Submits(form *Seen, values map[string]any) *Seen {
	p.f.t.Helper()
	payload := map[string]any{
		"type": "view_submission", "user": map[string]any{"id": p.User, "team_id": p.Team}, "team": map[string]any{"id": p.f.o.Team},
		"trigger_id": p.f.newTrigger(), "view": map[string]any{
			"type": "modal", "callback_id": form.raw["callback_id"], "private_metadata": form.raw["private_metadata"],
			"state": map[string]any{"values": form.filled(values)},
		},
	}
	body := p.f.interact(payload)
	if len(body) == 0 {
		return &Seen{Closed: true}
	}
	var answer struct {
		Action string            `json:"response_action"`
		View   json.RawMessage   `json:"view"`
		Errors map[string]string `json:"errors"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		p.f.t.Fatalf("fakeslack: answer to a form: %v", err)
	}
	switch answer.Action {
	case "update":
		p.f.check("view", ViewProblems(answer.View))
		return viewSeen(answer.View)
	case "errors":
		for field := range answer.Errors {
			if form.field(field) == nil {
				p.f.t.Errorf("fakeslack: an error for the field %q, which the form does not have", field)
			}
		}
		return &Seen{Errors: answer.Errors}
	case "clear":
		return &Seen{Closed: true}
	}
	p.f.t.Fatalf("fakeslack: response_action %q", answer.Action)
	return nil
}

// Posted makes a message of a channel clickable.
func (f *Fake) Posted(m Message) *Seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, known := range f.messages {
		if known.Channel == m.Channel && known.TS == m.TS {
			return &Seen{Text: known.Text, Blocks: known.Blocks, posted: known}
		}
	}
	f.t.Fatalf("fakeslack: there is no message %s in %s", m.TS, m.Channel)
	return nil
}

// AwaitReplaced waits until an answer stands where a message was, and returns it.
func (f *Fake) AwaitReplaced(m *Seen) *Seen {
	f.t.Helper()
	now := m
	f.watch.For("a message to be replaced", func() bool {
		now = m.place.now
		return now != m
	})
	return now
}

// AwaitAfter waits for the message that follows an answer, by the same response_url.
func (f *Fake) AwaitAfter(m *Seen) *Seen {
	f.t.Helper()
	var next *Seen
	f.watch.For("a message after an answer", func() bool {
		posts := f.urls[m.url].posts
		for i, p := range posts {
			if p == m && i+1 < len(posts) {
				next = posts[i+1]
			}
		}
		if inline := len(posts) > 0 && posts[0].url == m.url && !has(posts, m); inline {
			next = posts[0]
		}
		return next != nil
	})
	return next
}

func has(list []*Seen, m *Seen) bool {
	for _, s := range list {
		if s == m {
			return true
		}
	}
	return false
}

func (f *Fake) check(what string, problems []string) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse(what, problems)
}

func (f *Fake) newURL(posted *Message, at *place) (id, address string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id = f.next("r")
	f.urls[id] = &responseURL{made: f.o.Now(), message: posted, place: at}
	return id, f.server.URL + "/response/" + id
}

func (f *Fake) newTrigger() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.next("t")
	f.triggers[id] = &trigger{made: time.Now()} //nolint:forbidigo // a trigger lives by the real clock
	return id
}

func (f *Fake) awaitAnswer(id, trigger string) *Seen {
	f.t.Helper()
	var seen *Seen
	f.watch.For("an answer at the response_url, or a form", func() bool {
		if seen = f.triggers[trigger].view; seen != nil {
			return true
		}
		if posts := f.urls[id].posts; len(posts) > 0 {
			seen = posts[0]
		}
		return seen != nil
	})
	return seen
}

func (f *Fake) interact(payload map[string]any) []byte {
	f.t.Helper()
	if f.app == "" {
		return f.overSocket("interactive", payload)
	}
	text, err := json.Marshal(payload)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.must("/slack/interactions", url.Values{"payload": {string(text)}})
}

// must sends a form that has to be answered with 200 in time.
func (f *Fake) must(path string, form url.Values) []byte {
	f.t.Helper()
	status, body := f.Send(f.Signed(path, form.Encode()))
	if status != http.StatusOK {
		f.t.Fatalf("fakeslack: %s answered %d: %s", path, status, body)
	}
	return body
}

// answerIn is how long Slack waits for an answer.
const answerIn = 3 * time.Second

// Send sends a request to the app as it is.
func (f *Fake) Send(r *http.Request) (status int, body []byte) {
	f.t.Helper()
	began := time.Now() //nolint:forbidigo // Slack measures real time
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Fatalf("fakeslack: send to the app: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatalf("fakeslack: read the app's answer: %v", err)
	}
	if took := time.Since(began); took > answerIn { //nolint:forbidigo // Slack measures real time
		f.t.Errorf("fakeslack: operation_timeout, the app took %s", took)
	}
	return resp.StatusCode, body
}

func flat(form url.Values) map[string]any {
	m := map[string]any{}
	for name := range form {
		m[name] = form.Get(name)
	}
	return m
}
