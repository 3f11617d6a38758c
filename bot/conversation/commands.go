package conversation

import (
	"context"
	"slices"
	"strings"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// Group is the first word of a command.
type Group string

// The groups.
const (
	GroupAccounts Group = "accounts" // owners look after accounts
	GroupTimer    Group = "timer"    // everybody's own timer
)

// Command is one command, declared once for every platform.
type Command struct {
	Group   Group
	Name    string
	Summary string // message id
	Args    []Arg
	run     func(ctx context.Context, c *call) (Reply, error)
}

// Arg is an argument of a command. Its Names are the keys of Args.
type Arg struct {
	Kind     ArgKind
	Summary  string // message id of how it is written in a usage line
	Required bool
}

// ArgKind says what an argument is, and with it how it is typed and what its options are called.
type ArgKind string

// The kinds of arguments.
const (
	ArgPerson      ArgKind = "person"      // a mention or an e-mail address; options "user" and "email"
	ArgAt          ArgKind = "at"          // "at TIME"
	ArgReason      ArgKind = "reason"      // "reason …" to the end of the line
	ArgSearch      ArgKind = "search"      // words
	ArgFilter      ArgKind = "filter"      // one of Filters, before or after the search
	ArgDescription ArgKind = "description" // the rest of the line
	ArgCode        ArgKind = "code"        // a link code, with or without its hyphen
)

// Names are the names of the argument's options.
func (k ArgKind) Names() []string {
	if k == ArgPerson {
		return []string{"user", "email"}
	}
	return []string{string(k)}
}

// Filters are the values of ArgFilter.
func Filters() []string { return []string{"running", "flagged"} }

// Groups lists the groups.
func Groups() []Group { return []Group{GroupAccounts, GroupTimer} }

// Commands lists every command, in the order of the help.
func Commands() []Command {
	person := Arg{Kind: ArgPerson, Summary: "chat.arg.person", Required: true}
	at := Arg{Kind: ArgAt, Summary: "chat.arg.at"}
	about := Arg{Kind: ArgPerson, Summary: "chat.arg.person"}
	reason := Arg{Kind: ArgReason, Summary: "chat.arg.reason"}
	code := Arg{Kind: ArgCode, Summary: "chat.arg.code"}
	return []Command{
		{GroupAccounts, "list", "chat.help.list", []Arg{
			{Kind: ArgSearch, Summary: "chat.arg.search"}, {Kind: ArgFilter, Summary: "chat.arg.filter"},
		}, runList},
		{GroupAccounts, "show", "chat.help.show", []Arg{person}, runShow},
		{GroupAccounts, "stop-timer", "chat.help.stop_timer", []Arg{person, at, reason}, runStopTimer},
		{GroupAccounts, "deactivate-key", "chat.help.deactivate_key", []Arg{person, reason}, runDeactivateKey},
		{GroupAccounts, "login-as", "chat.help.login_as", []Arg{person}, runLoginAs},
		{GroupAccounts, "forgotten", "chat.help.forgotten", nil, runForgotten},
		{GroupAccounts, "log", "chat.help.log", []Arg{about}, runLog},
		{GroupAccounts, "settings", "chat.help.settings", nil, runSettings},
		{GroupAccounts, "link", "chat.help.link", []Arg{code}, runLink},
		{GroupAccounts, "unlink", "chat.help.unlink", nil, runUnlink},
		{GroupAccounts, "help", "chat.help.help", nil, runHelp},
		{GroupTimer, "start", "chat.help.start", []Arg{{Kind: ArgDescription, Summary: "chat.arg.description"}}, runStart},
		{GroupTimer, "stop", "chat.help.stop", nil, runStop},
		{GroupTimer, "status", "chat.help.status", nil, runStatus},
		{GroupTimer, "link", "chat.help.link", []Arg{code}, runLink},
		{GroupTimer, "unlink", "chat.help.unlink", nil, runUnlink},
		{GroupTimer, "help", "chat.help.help", nil, runHelp},
	}
}

func find(g Group, name string) (Command, bool) {
	for _, cmd := range Commands() {
		if cmd.Group == g && cmd.Name == name {
			return cmd, true
		}
	}
	return Command{}, false
}

// Usage writes how a command is typed on a platform: "/accounts stop-timer @user [at TIME] [reason …]".
func (cmd Command) Usage(p *locale.Printer, platform string) string {
	words := []string{"/" + string(cmd.Group), cmd.Name}
	for _, arg := range cmd.Args {
		word := p.T(arg.Summary)
		if arg.Kind == ArgPerson && platform == core.PlatformConsole { // a terminal has nobody to mention
			word = p.T("chat.arg.email")
		}
		if !arg.Required {
			word = "[" + word + "]"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// Asks tells whether a typed command wants to know something, or can't be understood, and would change nothing.
func (t Typed) Asks() bool {
	words := strings.Fields(t.Text)
	if len(words) == 0 {
		return true
	}
	if _, known := find(t.Group, strings.ToLower(words[0])); !known {
		return true
	}
	switch strings.ToLower(words[0]) {
	case "list", "show", "forgotten", "log", "settings", "status", "help":
		return true
	}
	return false
}

func (cmd Command) takes(kind ArgKind) bool {
	return slices.ContainsFunc(cmd.Args, func(a Arg) bool { return a.Kind == kind })
}

// runHelp lists the commands of the group.
func runHelp(_ context.Context, c *call) (Reply, error) {
	group := GroupAccounts
	if c.req.Typed != nil {
		group = c.req.Typed.Group
	} else if c.req.Chosen != nil {
		group = c.req.Chosen.Group
	}
	reply := Reply{Title: c.say("chat.help.title." + string(group))}
	for _, cmd := range Commands() {
		if cmd.Group == group {
			reply.Items = append(reply.Items, Item{Title: Text(cmd.Usage(c.Printer, c.req.Platform)), Text: c.say(cmd.Summary)})
		}
	}
	reply.Note = c.say("chat.help.note." + string(group))
	if group == GroupAccounts && c.req.Platform == core.PlatformConsole {
		reply.Note = c.say("chat.console.help_accounts")
	}
	return reply, nil
}
