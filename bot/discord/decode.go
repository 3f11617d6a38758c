package discord

import (
	"encoding/json"
	"strings"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

// The types of interactions.
const (
	kindPing      = 1
	kindCommand   = 2
	kindComponent = 3
	kindTyping    = 4 // an option is being typed
	kindModal     = 5
)

// The types of commands and options.
const (
	commandChat       = 1
	commandUser       = 2
	optionSubcommand  = 1
	optionString      = 3
	optionUser        = 6
	contextGuild      = 0
	flagEphemeral     = 1 << 6
	channelTypeDirect = 1
)

// interaction is the part of an interaction we read. Own structs, because discordgo refuses a whole
// interaction for one component it does not know.
type interaction struct {
	ID            string `json:"id"`
	ApplicationID string `json:"application_id"`
	Type          int    `json:"type"`
	Token         string `json:"token"`
	GuildID       string `json:"guild_id"`
	Locale        string `json:"locale"`
	Member        *struct {
		User user `json:"user"`
	} `json:"member"`
	User    *user    `json:"user"` // in a direct message
	Message *clicked `json:"message"`
	Data    struct {
		Type       int         `json:"type"` // of a command
		Name       string      `json:"name"`
		TargetID   string      `json:"target_id"` // of a user command
		Options    []option    `json:"options"`
		CustomID   string      `json:"custom_id"`
		Values     []string    `json:"values"` // chosen in a select
		Components []component `json:"components"`
	} `json:"data"`
}

type user struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name"`
	Bot        bool   `json:"bot"`
	System     bool   `json:"system"`
}

// option is an option of a command as somebody filled it.
type option struct {
	Name    string          `json:"name"`
	Type    int             `json:"type"`
	Value   json.RawMessage `json:"value"`
	Focused bool            `json:"focused"`
	Options []option        `json:"options"`
}

// text is the option's value.
func (o option) text() string {
	var text string
	if json.Unmarshal(o.Value, &text) == nil {
		return text
	}
	return strings.TrimSpace(string(o.Value))
}

// clicked is the message whose component was used, as it stands there now.
type clicked struct {
	ID         string      `json:"id"`
	Flags      int         `json:"flags"`
	Embeds     []embed     `json:"embeds"`
	Components []component `json:"components"`
}

// inbound is a decoded interaction.
type inbound struct {
	interaction
	req    conversation.Request
	own    bool    // on a message that only the person sees, which the answer may take the place of
	marked *marked // only a choice or a tick on the message: nothing is asked for yet
	option string  // the one being typed
	typed  string
}

// marked is a change of what is chosen on a message.
type marked struct {
	choice string // value; empty: none
	check  string // name of the box whose tick turns
}

// asks tells whether the interaction asks the conversation for something.
func (in inbound) asks() bool {
	return in.req.Chosen != nil || in.req.Press != nil || in.req.Submit != nil
}

// person is the user who acts.
func (i interaction) person() user {
	switch {
	case i.Member != nil:
		return i.Member.User
	case i.User != nil:
		return *i.User
	}
	return user{}
}

func interactionOf(body []byte) (inbound, error) {
	var in inbound
	if err := json.Unmarshal(body, &in.interaction); err != nil {
		return in, errMalformed
	}
	if in.Type == kindPing {
		return in, nil
	}
	who := in.person()
	if !isSnowflake(in.ID) || !isSnowflake(in.ApplicationID) || in.Token == "" || who.ID == "" {
		return in, errMalformed
	}
	in.req.ChatUser, in.req.Locale = who.ID, in.Locale
	in.own = in.Message != nil && in.Message.Flags&flagEphemeral != 0
	switch in.Type {
	case kindCommand:
		in.req.Chosen = in.command()
	case kindComponent:
		in.component()
	case kindTyping:
		for _, sub := range in.Data.Options {
			for _, o := range sub.Options {
				if o.Focused {
					in.option, in.typed = o.Name, o.text()
				}
			}
		}
	case kindModal:
		in.modal()
	default:
		return in, errMalformed
	}
	return in, nil
}

// stopTimer is the command behind the user command.
const stopTimer = "stop-timer"

// command is what a command chooses; nil when it can't be ours.
func (i interaction) command() *conversation.Chosen {
	if i.Data.Type == commandUser {
		return &conversation.Chosen{Group: conversation.GroupAccounts, Name: stopTimer, Args: conversation.Args{"user": i.Data.TargetID}}
	}
	chosen := &conversation.Chosen{Group: conversation.Group(i.Data.Name), Name: "help", Args: conversation.Args{}}
	for _, sub := range i.Data.Options {
		if sub.Type != optionSubcommand {
			continue
		}
		chosen.Name = sub.Name
		for _, o := range sub.Options {
			chosen.Args[o.Name] = o.text()
		}
	}
	return chosen
}

// The custom ids: the words of one stand apart by separator.
const (
	separator  = "|"
	choiceID   = "choice"
	checkID    = "check" // check|NAME|on
	menuID     = "menu"  // the value chosen is the custom id of a button
	pickID     = "pick"  // pick|ACT; the value chosen is the opaque id
	ticked     = "on"
	unticked   = "off"
	apartWord  = "apart"
	maxIDWords = 4
)

// component decodes a click, or something chosen in a select.
func (in *inbound) component() {
	words := strings.SplitN(in.Data.CustomID, separator, maxIDWords)
	value := ""
	if len(in.Data.Values) > 0 {
		value = in.Data.Values[0]
	}
	switch {
	case words[0] == choiceID:
		in.marked = &marked{choice: value}
		return
	case words[0] == checkID && len(words) > 1:
		in.marked = &marked{check: words[1]}
		return
	case words[0] == menuID:
		words = strings.SplitN(value, separator, maxIDWords)
	case words[0] == pickID && len(words) > 1:
		words = []string{words[1], value}
	}
	act, end, ok := conversation.ParseName(words[0])
	if !ok || act == conversation.ButtonLink {
		return
	}
	press := &conversation.Press{Act: act, End: end, Checks: map[string]bool{}}
	if len(words) > 1 {
		press.ID = words[1]
	}
	if in.Message != nil {
		for _, row := range in.Message.Components {
			for _, c := range row.Components {
				c.read(press)
			}
		}
	}
	in.req.Press = press
}

// read takes what is chosen on a component of the clicked message.
func (c component) read(press *conversation.Press) {
	switch words := strings.Split(c.CustomID, separator); {
	case c.CustomID == choiceID:
		for _, o := range c.Options {
			if o.Default {
				press.Choice = o.Value
			}
		}
	case words[0] == checkID && len(words) == 3:
		press.Checks[words[1]] = words[2] == ticked
	}
}

// modal decodes a filled form.
func (in *inbound) modal() {
	words := strings.SplitN(in.Data.CustomID, separator, maxIDWords)
	submit := &conversation.Submit{Form: conversation.FormAct(words[0]), Values: map[string]string{}}
	if len(words) > 1 {
		submit.ID = words[1]
	}
	in.own = in.own && (len(words) < 3 || words[2] != apartWord)
	var read func(list []component)
	read = func(list []component) {
		for _, c := range list {
			if c.Type == typeTextInput && c.CustomID != "" {
				submit.Values[c.CustomID] = c.Value
			}
			read(c.Components)
		}
	}
	read(in.Data.Components)
	in.req.Submit = submit
}

// changed is a message's components with something else chosen on them, and its embeds with the
// words for it.
func (in inbound) changed() message {
	m := message{Embeds: in.Message.Embeds, Components: []component{}, AllowedMentions: noMentions()}
	for _, row := range in.Message.Components {
		kept := component{Type: typeRow}
		for _, c := range row.Components {
			words := strings.Split(c.CustomID, separator)
			switch {
			case c.CustomID == choiceID && in.marked.choice != "":
				c = c.choose(in.marked.choice)
				m.Embeds = c.describe(m.Embeds)
			case words[0] == checkID && len(words) == 3 && words[1] == in.marked.check:
				c = c.turn(words)
			}
			kept.Components = append(kept.Components, c)
		}
		m.Components = append(m.Components, kept)
	}
	return m
}

// choose makes an option of a select the chosen one.
func (c component) choose(value string) component {
	options := make([]selectOption, len(c.Options))
	for i, o := range c.Options {
		o.Default = o.Value == value
		options[i] = o
	}
	c.Options = options
	return c
}

// describe writes the chosen option into the field that tells of it.
func (c component) describe(embeds []embed) []embed {
	for _, o := range c.Options {
		if !o.Default {
			continue
		}
		for _, e := range embeds {
			for i, f := range e.Fields {
				if f.Name == heading(conversation.Text(c.Placeholder), maxFieldName) {
					e.Fields[i].Value = filled(heading(conversation.Text(o.Label), maxFieldValue))
				}
			}
		}
	}
	return embeds
}

// turn ticks a box that is not ticked, and the other way round.
func (c component) turn(words []string) component {
	on := words[2] != ticked
	c.CustomID = checkName(words[1], on)
	if sign, label, found := strings.Cut(c.Label, " "); found && (sign == signOn || sign == signOff) {
		c.Label = checkSign(on) + " " + label
	}
	return c
}
