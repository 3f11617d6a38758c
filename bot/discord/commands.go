package discord

import (
	"strings"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core/locale"
)

// Command is a command as Discord knows it. Its keys are Discord's. No command has
// default_member_permissions: who may do what is decided when it is done.
type Command struct {
	Type          int               `json:"type"`
	Name          string            `json:"name"`
	Names         map[string]string `json:"name_localizations,omitempty"`
	Description   string            `json:"description,omitempty"`
	Descriptions  map[string]string `json:"description_localizations,omitempty"`
	Options       []CommandOption   `json:"options,omitempty"`
	Contexts      []int             `json:"contexts,omitempty"`          // on a server, where it is registered for all of them
	Installations []int             `json:"integration_types,omitempty"` // of a server
}

// CommandOption is a subcommand, or an option of one.
type CommandOption struct {
	Type         int               `json:"type"`
	Name         string            `json:"name"`
	Names        map[string]string `json:"name_localizations,omitempty"`
	Description  string            `json:"description"`
	Descriptions map[string]string `json:"description_localizations,omitempty"`
	Required     bool              `json:"required,omitempty"`
	Choices      []CommandChoice   `json:"choices,omitempty"`
	Options      []CommandOption   `json:"options,omitempty"`
	Autocomplete bool              `json:"autocomplete,omitempty"`
	MaxLength    int               `json:"max_length,omitempty"`
}

// CommandChoice is a value that an option may have.
type CommandChoice struct {
	Name  string            `json:"name"`
	Names map[string]string `json:"name_localizations,omitempty"`
	Value string            `json:"value"`
}

// translated writes names and descriptions in every language.
type translated struct {
	english *locale.Printer
	others  map[string]*locale.Printer
}

// Commands lists the commands, made from the conversation's own table.
func Commands(catalog *locale.Catalog) []Command {
	t := translated{english: catalog.Printer("en", nil), others: map[string]*locale.Printer{}}
	for _, lang := range locale.Languages() {
		if lang != t.english.Lang() {
			t.others[lang] = catalog.Printer(lang, nil)
		}
	}
	var list []Command
	for _, g := range conversation.Groups() {
		c := Command{
			Type: commandChat, Name: string(g), Names: t.each(commandText(string(g)), maxCommandName),
			Contexts: []int{contextGuild}, Installations: []int{0},
		}
		c.Description, c.Descriptions = t.text("chat.help.title."+string(g), maxCommandText)
		for _, cmd := range conversation.Commands() {
			if cmd.Group != g {
				continue
			}
			sub := CommandOption{Type: optionSubcommand, Name: cmd.Name, Names: t.each(commandText(cmd.Name), maxCommandName)}
			sub.Description, sub.Descriptions = t.text(cmd.Summary, maxCommandText)
			for _, arg := range cmd.Args {
				for _, name := range arg.Kind.Names() {
					sub.Options = append(sub.Options, t.option(arg.Kind, name))
				}
			}
			c.Options = append(c.Options, sub)
		}
		list = append(list, c)
	}
	stop := Command{Type: commandUser, Contexts: []int{contextGuild}, Installations: []int{0}}
	stop.Name, stop.Names = t.text("button.stop_timer", maxCommandName)
	return append(list, stop)
}

// commandText is the message that holds a command's name.
func commandText(name string) string { return "discord.command." + strings.ReplaceAll(name, "-", "_") }

// text is a message in English and in the other languages.
func (t translated) text(id string, limit int) (string, map[string]string) {
	return truncate(t.english.T(id), limit), t.each(id, limit)
}

// each is a message in the languages other than English.
func (t translated) each(id string, limit int) map[string]string {
	texts := map[string]string{}
	for lang, p := range t.others {
		texts[lang] = truncate(p.T(id), limit)
	}
	return texts
}

// Lengths of what is typed into options; core has the last word.
var maxTyped = map[string]int{"email": 254, "at": 60, "reason": 500, "search": 100, "code": 20, "description": 3000}

// option is an option of a command. None is required: a person is named by a member or by an
// address, and the rest says itself what is missing, in words.
func (t translated) option(kind conversation.ArgKind, name string) CommandOption {
	o := CommandOption{Type: optionString, Name: name, Names: t.each("discord.option."+name, maxCommandName), MaxLength: maxTyped[name]}
	o.Description, o.Descriptions = t.text("discord.about."+name, maxCommandText)
	switch {
	case name == "user":
		o.Type = optionUser
	case name == "email", kind == conversation.ArgSearch, kind == conversation.ArgAt:
		o.Autocomplete = true
	case kind == conversation.ArgFilter:
		for _, value := range conversation.Filters() {
			c := CommandChoice{Value: value}
			c.Name, c.Names = t.text("panel.filter."+value, maxCommandText)
			o.Choices = append(o.Choices, c)
		}
	}
	return o
}
