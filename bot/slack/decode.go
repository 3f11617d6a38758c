package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

// inbound is a decoded request with the ways to answer it.
type inbound struct {
	req         conversation.Request
	responseURL string // of the command or the clicked message; empty when a view was clicked
	triggerID   string // opens a modal, once, within three seconds
	modal       string // the modal that was clicked, which the answer takes the place of
	home        bool   // it began on the App Home, which shows what became of it
}

// asks tells whether the request asks for an answer at all.
func (in inbound) asks() bool {
	return in.req.Typed != nil || in.req.Press != nil || in.req.Submit != nil || in.req.Home
}

// commandOf decodes a slash command.
func commandOf(form url.Values) inbound {
	return inbound{
		req: conversation.Request{
			Team: form.Get("team_id"), ChatUser: form.Get("user_id"),
			Typed: &conversation.Typed{
				Group: conversation.Group(strings.TrimPrefix(form.Get("command"), "/")),
				Text:  unescape(form.Get("text")),
			},
		},
		responseURL: form.Get("response_url"),
		triggerID:   form.Get("trigger_id"),
	}
}

// The kinds of views, and our shortcut.
const (
	viewModal        = "modal"
	viewHome         = "home"
	shortcutAccounts = "accounts"
)

// links matches what Slack makes of addresses and channels in escaped text: <http://…|words>, <#C1|name>.
var links = regexp.MustCompile(`<(https?://[^<>|]*|#[^<>|]*)(?:\|([^<>]*))?>`)

// unescape gives a command's text as it was typed. Mentions stay in their form <@U…>: what a person
// types in that form arrives escaped, and naming somebody by id is no right anyway.
func unescape(text string) string {
	text = links.ReplaceAllStringFunc(text, func(link string) string {
		m := links.FindStringSubmatch(link)
		if m[2] != "" {
			return m[2]
		}
		return m[1]
	})
	return unescaper.Replace(text)
}

// payload is the part of an interaction we read. Own structs, because slack-go decodes the whole
// message that was clicked and fails on shapes it does not know.
type payload struct {
	Type string `json:"type"`
	Team *struct {
		ID string `json:"id"`
	} `json:"team"`
	User struct {
		ID     string `json:"id"`
		TeamID string `json:"team_id"`
	} `json:"user"`
	TriggerID   string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
	CallbackID  string `json:"callback_id"` // of a shortcut
	Actions     []struct {
		ActionID       string  `json:"action_id"`
		Value          string  `json:"value"`
		SelectedOption *option `json:"selected_option"` // of a menu
	} `json:"actions"`
	State state `json:"state"`
	View  struct {
		ID              string `json:"id"`
		Type            string `json:"type"`
		CallbackID      string `json:"callback_id"`
		PrivateMetadata string `json:"private_metadata"`
		State           state  `json:"state"`
	} `json:"view"`
}

// state is what is chosen and typed, by block and element.
type state struct {
	Values map[string]map[string]element `json:"values"`
}

type element struct {
	Type             string   `json:"type"`
	Value            *string  `json:"value"`
	SelectedOption   *option  `json:"selected_option"`
	SelectedOptions  []option `json:"selected_options"`
	SelectedDateTime *int64   `json:"selected_date_time"`
}

type option struct {
	Value string `json:"value"`
}

// metadata is a modal's private_metadata: the form's opaque id, and where the card is that it belongs to.
type metadata struct {
	ID   string `json:"id,omitempty"`
	Card string `json:"card,omitempty"`
	Home bool   `json:"home,omitempty"` // it was opened on the App Home
}

// interactionOf decodes a click, a form or a shortcut. What needs no answer (a changed choice, a
// link, a closed modal) gives an inbound that asks for nothing.
func interactionOf(body []byte) (inbound, error) {
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		return inbound{}, fmt.Errorf("decode payload: %w", err)
	}
	in := inbound{responseURL: p.ResponseURL, triggerID: p.TriggerID}
	in.req.ChatUser = p.User.ID
	// A person of another team who sees a shared channel must not pass for one of ours.
	if in.req.Team = p.User.TeamID; in.req.Team == "" && p.Team != nil {
		in.req.Team = p.Team.ID
	}
	switch p.Type {
	case "":
		return in, errors.New("payload has no type")
	case "block_actions":
		in.req.Press = p.press()
		if in.home = p.View.Type == viewHome; p.View.Type == viewModal {
			in.modal = p.View.ID
			var m metadata
			_ = json.Unmarshal([]byte(p.View.PrivateMetadata), &m) // of a view without any, nothing is known
			in.home = m.Home
			if in.responseURL == "" {
				in.responseURL = m.Card
			}
		}
	case "shortcut":
		in.req.Home = p.CallbackID == shortcutAccounts
	case "view_submission":
		var m metadata
		if err := json.Unmarshal([]byte(p.View.PrivateMetadata), &m); err != nil {
			return in, fmt.Errorf("decode private_metadata: %w", err)
		}
		in.responseURL, in.home = m.Card, m.Home
		in.req.Submit = &conversation.Submit{
			Form: conversation.FormAct(p.View.CallbackID), ID: m.ID, Values: p.View.State.form(),
		}
	}
	return in, nil
}

// press is the click of a payload, or nil when no button of ours was clicked.
func (p payload) press() *conversation.Press {
	if len(p.Actions) == 0 {
		return nil
	}
	name, id := p.Actions[0].ActionID, p.Actions[0].Value
	if chosen := p.Actions[0].SelectedOption; (strings.HasPrefix(name, menuPrefix) || name == pickID) && chosen != nil {
		name, id, _ = strings.Cut(chosen.Value, " ")
	}
	// Several rows of a list have the same button; what follows the act only tells them apart.
	name, _, _ = strings.Cut(name, rowMark)
	act, end, ok := conversation.ParseName(name)
	if !ok || act == conversation.ButtonLink {
		return nil
	}
	press := &conversation.Press{Act: act, ID: id, End: end, Checks: map[string]bool{}}
	for _, values := range []map[string]map[string]element{p.State.Values, p.View.State.Values} {
		for _, block := range values {
			read(press, block)
		}
	}
	return press
}

// read takes what is chosen in a block of the clicked message.
func read(press *conversation.Press, block map[string]element) {
	for id, e := range block {
		if name, ok := strings.CutPrefix(id, checkPrefix); ok {
			press.Checks[name] = len(e.SelectedOptions) > 0
		} else if id == choiceID && e.SelectedOption != nil {
			press.Choice = e.SelectedOption.Value
		}
	}
}

// form reads a modal's inputs, which are named like their blocks.
func (s state) form() map[string]string {
	values := map[string]string{}
	for name, block := range s.Values {
		for _, e := range block {
			switch {
			case e.Type == "checkboxes":
				values[name] = "false"
				if len(e.SelectedOptions) > 0 {
					values[name] = "true"
				}
			case e.SelectedDateTime != nil:
				values[name] = time.Unix(*e.SelectedDateTime, 0).UTC().Format(time.RFC3339)
			case e.Value != nil:
				values[name] = *e.Value
			default:
				values[name] = ""
			}
		}
	}
	return values
}
