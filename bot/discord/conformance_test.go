package discord_test

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
	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Platform{
		Name: core.PlatformDiscord, Channel: alerts,
		New: func(t *testing.T, h *coretest.House) conformance.Driver {
			ws, err := h.WorkspaceBySlug(t.Context(), "acme")
			if err != nil {
				t.Fatal(err)
			}
			return chat{on(t, h, setup{channel: alerts, delivers: true}), ws.Language}
		},
	})
}

// chat is Discord as the conformance suite sees it.
type chat struct {
	h        *house
	language string // of everybody's client
}

func (c chat) Person(key string) conformance.Person {
	p := c.h.person(key)
	p.Language = c.language
	return somebody{p, c}
}

func (c chat) Mention(key string) string { return "<@" + user(key) + ">" }

func (c chat) Account(key string) core.ChatAccount {
	return core.ChatAccount{Platform: core.PlatformDiscord, Team: c.h.fake.Guild(), ChatUser: user(key)}
}

func (c chat) Alerts() []conformance.Posted {
	var list []conformance.Posted
	for _, m := range c.h.fake.Messages(alerts) {
		list = append(list, conformance.Posted{Shown: shown(c.h.fake.Posted(m), nil), Edits: m.Edits})
	}
	return list
}

func (c chat) Direct(key string) []*conformance.Shown {
	var list []*conformance.Shown
	for _, m := range c.h.fake.Messages(c.h.fake.DirectChannel(user(key))) {
		list = append(list, shown(c.h.fake.Posted(m), nil))
	}
	return list
}

// somebody is a person in Discord.
type somebody struct {
	*fakediscord.Person
	chat chat
}

// before is what a Shown stands for: what fakediscord saw, and how a form is opened again, which
// Discord closes when it is sent, whatever the answer.
type before struct {
	seen   *fakediscord.Seen
	reopen func() *fakediscord.Seen
	sent   *bool
}

func (p somebody) shown(seen *fakediscord.Seen, reopen func() *fakediscord.Seen) *conformance.Shown {
	if seen.Deferred {
		seen = p.chat.h.fake.AwaitAnswer(seen)
	}
	return shown(seen, reopen)
}

// Runs fills in a command as Discord's client makes people do it.
func (p somebody) Runs(line string) *conformance.Shown {
	group, name, options := conformance.Options(line)
	line = "/" + string(group) + " " + name
	for _, option := range []string{"user", "email", "at", "search", "filter", "code", "description", "reason"} {
		if value, ok := options[option]; ok {
			line += " " + option + ":" + value
		}
	}
	open := func() *fakediscord.Seen { return p.Person.Runs(line) }
	return p.shown(open(), open)
}

func (p somebody) Clicks(on *conformance.Shown, label string, picks ...conformance.Pick) *conformance.Shown {
	m := on.Raw.(before).seen
	for _, pick := range picks {
		if pick.Off != "" {
			m = p.Ticks(m)
		} else {
			m = p.Chooses(m, pick.Choice)
		}
	}
	click := func() *fakediscord.Seen {
		if slices.Contains(m.Buttons(), label) {
			return p.Person.Clicks(m, label)
		}
		option := label
		for _, o := range m.Options() { // rows of a list name whom they are about
			if strings.HasSuffix(o, ": "+label) {
				option = o
				break
			}
		}
		return p.Chooses(m, option)
	}
	return p.shown(click(), click)
}

func (p somebody) Submits(form *conformance.Shown, values map[string]any) *conformance.Shown {
	f := form.Raw.(before)
	open := f.seen
	if *f.sent {
		open = f.reopen()
	}
	*f.sent = true
	return p.shown(p.Person.Submits(open, values), nil)
}

func (p somebody) Next(after *conformance.Shown) *conformance.Shown {
	return shown(p.chat.h.fake.AwaitAfter(after.Raw.(before).seen), nil)
}

// shown reads a message or a form as a person does.
func shown(seen *fakediscord.Seen, reopen func() *fakediscord.Seen) *conformance.Shown {
	m := &conformance.Shown{
		Raw: before{seen, reopen, new(bool)}, Form: seen.Form, Private: seen.Form || !seen.Public, Replaces: seen.Replaces,
	}
	if seen.Form {
		var sent struct {
			Data struct{ Title string }
		}
		_ = json.Unmarshal(seen.Body, &sent)
		m.Text = append(m.Text, sent.Data.Title)
	}
	for line := range strings.SplitSeq(readable(seen.Text), "\n") {
		m.Text = append(m.Text, strings.TrimPrefix(line, "-# "))
	}
	for _, c := range seen.Components {
		readRow(m, c)
	}
	for _, e := range seen.Embeds {
		for _, f := range bottest.List(e, "fields") {
			name, value := readable(bottest.Text(f, "name")), readable(bottest.Text(f, "value"))
			switch inline, _ := f.(map[string]any)["inline"].(bool); {
			case inline:
				m.Facts = append(m.Facts, conformance.Fact{Label: name, Value: value})
			case len(m.Choice) > 0: // what is chosen stands in a field, too
				m.Text = append(m.Text, name)
			default:
				m.Rows = append(m.Rows, conformance.Row{Title: name, Text: value, Buttons: rowButtons(seen, name)})
			}
		}
		if footer := bottest.Text(e, "footer", "text"); footer != "" {
			m.Text = append(m.Text, footer)
		}
	}
	return m
}

// The types of components.
const (
	typeRow         = 1.0
	typeButton      = 2.0
	typeSelect      = 3.0
	typeInput       = 4.0
	typeTextDisplay = 10.0
)

// readRow reads what stands in a row of a message or a form.
func readRow(m *conformance.Shown, c any) {
	label := bottest.Text(c, "label")
	switch c.(map[string]any)["type"] {
	case typeRow:
		for _, inner := range bottest.List(c, "components") {
			readRow(m, inner)
		}
	case typeTextDisplay:
		m.Text = append(m.Text, readable(bottest.Text(c, "content")))
	case typeInput:
		m.Text = append(m.Text, label)
	case typeButton:
		if words, ticked := strings.CutPrefix(label, "☑ "); ticked || strings.HasPrefix(label, "☐ ") {
			m.Checks = append(m.Checks, conformance.Check{Label: strings.TrimPrefix(words, "☐ "), On: ticked})
			return
		}
		m.Buttons = append(m.Buttons, conformance.Button{Label: label, Carries: bottest.Text(c, "custom_id"), URL: bottest.Text(c, "url")})
	case typeSelect:
		for _, o := range bottest.List(c, "options") {
			switch bottest.Text(c, "custom_id") {
			case "choice":
				on, _ := o.(map[string]any)["default"].(bool)
				m.Choice = append(m.Choice, conformance.Option{Label: bottest.Text(o, "label"), Why: bottest.Text(o, "description"), Selected: on})
			case "menu":
				m.Buttons = append(m.Buttons, conformance.Button{Label: bottest.Text(o, "label"), Carries: bottest.Text(o, "value")})
			}
		}
	}
}

// rowButtons are the options of the menus under a list that are about the row with the title.
func rowButtons(seen *fakediscord.Seen, title string) []conformance.Button {
	var buttons []conformance.Button
	for _, row := range seen.Components {
		for _, c := range bottest.List(row, "components") {
			if !strings.HasPrefix(bottest.Text(c, "custom_id"), "menu|") {
				continue
			}
			for _, o := range bottest.List(c, "options") {
				if label, ok := strings.CutPrefix(bottest.Text(o, "label"), title+": "); ok {
					buttons = append(buttons, conformance.Button{Label: label, Carries: bottest.Text(o, "value")})
				}
			}
		}
	}
	return buttons
}

var (
	timeMark = regexp.MustCompile(`<t:(\d+):[tTdDfFsSR]>`)
	emphasis = regexp.MustCompile(`\\(.)|\*\*`)
)

// readable makes Markdown plain, and times RFC 3339.
func readable(words string) string {
	words = timeMark.ReplaceAllStringFunc(words, func(mark string) string {
		seconds, _ := strconv.ParseInt(timeMark.FindStringSubmatch(mark)[1], 10, 64)
		return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	})
	return emphasis.ReplaceAllString(words, "$1")
}
