package slack_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/conversation/conformance"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Platform{
		Name: core.PlatformSlack, Channel: "CALERTS", Beside: true,
		New: func(t *testing.T, h *coretest.House) conformance.Driver {
			return chat{on(t, h, setup{channel: "CALERTS", delivers: true})}
		},
	})
}

// chat is Slack as the conformance suite sees it.
type chat struct{ h *house }

func (c chat) Person(key string) conformance.Person { return somebody{c.h.person(key), c} }
func (c chat) Mention(key string) string            { return "<@" + user(key) + "|" + key + ">" }

func (c chat) Account(key string) core.ChatAccount {
	return core.ChatAccount{Platform: core.PlatformSlack, Team: c.h.fake.Team(), ChatUser: user(key)}
}

func (c chat) Alerts() []conformance.Posted {
	var list []conformance.Posted
	for _, m := range c.h.fake.Messages("CALERTS") {
		seen := c.h.fake.Posted(m)
		seen.Blocks, seen.Public = m.Blocks, true
		list = append(list, conformance.Posted{Shown: shown(seen, nil), Edits: m.Edits})
	}
	return list
}

func (c chat) Direct(key string) []*conformance.Shown {
	var list []*conformance.Shown
	for _, m := range c.h.fake.Messages("D" + user(key)) {
		list = append(list, shown(c.h.fake.Posted(m), nil))
	}
	return list
}

// somebody is a person in Slack.
type somebody struct {
	*fakeslack.Person
	chat chat
}

// before is what a Shown stands for: what fakeslack saw, and the message a form was opened from.
type before struct {
	*fakeslack.Seen
	card *fakeslack.Seen
}

func seenOf(m *conformance.Shown) before { return m.Raw.(before) }

func (p somebody) Runs(line string) *conformance.Shown { return shown(p.Person.Runs(line), nil) }

func (p somebody) Clicks(on *conformance.Shown, label string, picks ...conformance.Pick) *conformance.Shown {
	m := seenOf(on).Seen
	var chosen []fakeslack.Pick
	for _, pick := range picks {
		chosen = append(chosen, fakeslack.Pick{Option: pick.Choice, Untick: pick.Off != ""})
	}
	if slices.Contains(m.Menu(), label) && !slices.Contains(m.Buttons(), label) {
		return shown(p.Chooses(m, label), m)
	}
	return shown(p.Person.Clicks(m, label, chosen...), m)
}

func (p somebody) Submits(form *conformance.Shown, values map[string]any) *conformance.Shown {
	f := seenOf(form)
	answer := p.Person.Submits(f.Seen, values)
	if len(answer.Errors) > 0 {
		m := shown(answer, f.card)
		m.Errors = map[string]string{}
		for _, b := range f.Blocks {
			if wrong, ok := answer.Errors[bottest.Text(b, "block_id")]; ok {
				m.Errors[bottest.Text(b, "label", "text")] = wrong
			}
		}
		return m
	}
	// A result without metadata stands where the form was opened, too, with its buttons.
	if f.card != nil && !strings.Contains(string(answer.Body), "private_metadata") {
		return shown(p.chat.h.fake.AwaitReplaced(f.card), nil)
	}
	return shown(answer, nil)
}

func (p somebody) Next(after *conformance.Shown) *conformance.Shown {
	return shown(p.chat.h.fake.AwaitAfter(seenOf(after).Seen), nil)
}

// shown reads Block Kit as a person does. card is the message that a form was opened from.
func shown(seen *fakeslack.Seen, card *fakeslack.Seen) *conformance.Shown {
	m := &conformance.Shown{Raw: before{seen, card}, Form: seen.Form && seen.Errors == nil, Private: !seen.Public, Replaces: seen.Replaces}
	var view struct {
		Title, Submit map[string]any
	}
	_ = json.Unmarshal(seen.Body, &view)
	if seen.Form {
		m.Form = view.Submit != nil // else a result that stands in a modal
		m.Text = append(m.Text, bottest.Text(view.Title, "text"))
	}
	if len(seen.Blocks) == 0 && seen.Text != "" {
		m.Text = append(m.Text, marks(seen.Text))
	}
	for _, b := range seen.Blocks {
		readBlock(m, b)
	}
	return m
}

var rowTitle = regexp.MustCompile(`(?s)^\*(.+?)\*(?:\n(.*))?$`)

func readBlock(m *conformance.Shown, b any) {
	words := marks(bottest.Text(b, "text", "text"))
	switch bottest.Text(b, "type") {
	case "header":
		m.Text = append(m.Text, words)
	case "context":
		for _, e := range bottest.List(b, "elements") {
			m.Text = append(m.Text, marks(bottest.Text(e, "text")))
		}
	case "input":
		m.Text = append(m.Text, bottest.Text(b, "label", "text"))
	case "actions":
		for _, e := range bottest.List(b, "elements") {
			readElement(m, &m.Buttons, e)
		}
	case "section":
		for _, f := range bottest.List(b, "fields") {
			if parts := rowTitle.FindStringSubmatch(bottest.Text(f, "text")); parts != nil {
				m.Facts = append(m.Facts, conformance.Fact{Label: marks(parts[1]), Value: marks(parts[2])})
			}
		}
		accessory := b.(map[string]any)["accessory"]
		if parts := rowTitle.FindStringSubmatch(bottest.Text(b, "text", "text")); parts != nil {
			row := conformance.Row{Title: marks(parts[1]), Text: marks(parts[2])}
			readElement(m, &row.Buttons, accessory)
			m.Rows = append(m.Rows, row)
			return
		}
		if words != "" {
			m.Text = append(m.Text, words)
		}
		readElement(m, &m.Buttons, accessory)
	}
}

// readElement reads an interactive element; buttons, also of a menu, are added to the list.
func readElement(m *conformance.Shown, buttons *[]conformance.Button, e any) {
	switch bottest.Text(e, "type") {
	case "button":
		*buttons = append(*buttons, conformance.Button{
			Label: bottest.Text(e, "text", "text"), Carries: bottest.Text(e, "action_id") + " " + bottest.Text(e, "value"), URL: bottest.Text(e, "url"),
		})
	case "overflow":
		for _, o := range bottest.List(e, "options") {
			*buttons = append(*buttons, conformance.Button{Label: bottest.Text(o, "text", "text"), Carries: bottest.Text(o, "value")})
		}
	case "radio_buttons", "static_select":
		for _, o := range bottest.List(e, "options") {
			m.Choice = append(m.Choice, conformance.Option{
				Label: bottest.Text(o, "text", "text"), Why: bottest.Text(o, "description", "text"), Selected: bottest.Text(o, "value") == bottest.Text(e, "initial_option", "value"),
			})
		}
	case "checkboxes":
		for _, o := range bottest.List(e, "options") {
			m.Checks = append(m.Checks, conformance.Check{Label: bottest.Text(o, "text", "text"), On: len(bottest.List(e, "initial_options")) > 0})
		}
	}
}

var dateMark = regexp.MustCompile(`<!date\^(\d+)\^[^|>]*\|[^>]*>`)

// marks makes mrkdwn plain, and dates RFC 3339.
func marks(words string) string {
	words = dateMark.ReplaceAllStringFunc(words, func(mark string) string {
		seconds, _ := strconv.ParseInt(dateMark.FindStringSubmatch(mark)[1], 10, 64)
		return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	})
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(words)
}
