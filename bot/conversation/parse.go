package conversation

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// maxLine bounds a typed command: the longest description, and room for the words before it.
const maxLine = 3100

var (
	mention = regexp.MustCompile(`^<@!?([A-Za-z0-9]+)(?:\|[^<>]*)?>$`)
	mailto  = regexp.MustCompile(`^<mailto:([^|<>\s]+)(?:\|[^<>]*)?>$`)
)

// The words that introduce an argument, in every language at once: people mix them.
var (
	atWords     = []string{"at", "um"}
	reasonWords = []string{"reason", "grund"}
	filterWords = map[string]string{"running": "running", "laufend": "running", "flagged": "flagged", "gemeldet": "flagged", "markiert": "flagged"}
)

// token is a word of a line with where it stands.
type token struct {
	text    string
	at, end int // bytes of the line
}

// word is the token as it is compared with keywords.
func (t token) word() string { return strings.ToLower(strings.TrimRight(t.text, ":")) }

// tokens splits a line at spaces; what stands in <…> stays together.
func tokens(line string) []token {
	var list []token
	start, bracket := -1, false
	for i, r := range line {
		switch {
		case unicode.IsSpace(r) && !bracket:
			if start >= 0 {
				list = append(list, token{line[start:i], start, i})
			}
			start = -1
		default:
			if start < 0 {
				start = i
				bracket = r == '<' && strings.ContainsRune(line[i:], '>')
			}
			if r == '>' {
				bracket = false
			}
		}
	}
	if start >= 0 {
		list = append(list, token{line[start:], start, len(line)})
	}
	return list
}

// parse understands a typed command. Errors are a misuse with help.
func (c *call) parse(ctx context.Context, t Typed) (Command, Args, error) {
	if !utf8.ValidString(t.Text) || utf8.RuneCountInString(t.Text) > maxLine {
		return Command{}, nil, c.misuse("chat.line_long", locale.Params{"Max": maxLine})
	}
	words := tokens(t.Text)
	if len(words) == 0 {
		help, _ := find(t.Group, "help")
		return help, Args{}, nil
	}
	cmd, ok := find(t.Group, strings.ToLower(words[0].text))
	if !ok {
		return cmd, nil, c.unknownCommand(t.Group, words[0].text)
	}
	p := parser{call: c, cmd: cmd, line: t.Text, rest: words[1:], args: Args{}}
	return cmd, p.args, p.all(ctx)
}

// parser reads the arguments of one command.
type parser struct {
	*call
	cmd  Command
	line string
	rest []token
	args Args
}

func (p *parser) all(ctx context.Context) error {
	for _, arg := range p.cmd.Args {
		switch arg.Kind {
		case ArgPerson:
			if !arg.Required && len(p.rest) == 0 {
				continue
			}
			if err := p.person(ctx); err != nil {
				return err
			}
		case ArgAt:
			p.until(ArgAt, atWords)
		case ArgReason:
			if p.starts(reasonWords) {
				p.args["reason"] = p.remainder(1)
				p.rest = nil
			}
		case ArgDescription:
			p.args["description"] = p.remainder(0)
			p.rest = nil
		case ArgCode:
			p.args[fieldCode] = p.remainder(0)
			p.rest = nil
		case ArgSearch:
			p.search()
		case ArgFilter: // read together with the search
		}
	}
	if len(p.rest) > 0 {
		return p.leftover(p.rest[0].text)
	}
	return nil
}

func (p *parser) starts(words []string) bool {
	return len(p.rest) > 0 && slices.Contains(words, p.rest[0].word())
}

// remainder is the line from the n-th token on, as it was typed.
func (p *parser) remainder(n int) string {
	if len(p.rest) <= n {
		return ""
	}
	return strings.TrimSpace(p.line[p.rest[n].at:])
}

// until reads what follows one of the words, up to the next argument.
func (p *parser) until(kind ArgKind, words []string) {
	if !p.starts(words) {
		return
	}
	var value []string
	for p.rest = p.rest[1:]; len(p.rest) > 0 && !p.starts(reasonWords); p.rest = p.rest[1:] {
		value = append(value, p.rest[0].text)
	}
	p.args[string(kind)] = strings.Join(value, " ")
	if len(value) == 0 {
		p.args[string(kind)] = " " // named but empty: refused as no time, not taken for "now"
	}
}

// person reads the target: a mention, or an address. A plain @name could be anybody's and is refused.
func (p *parser) person(ctx context.Context) error {
	if len(p.rest) == 0 {
		return p.usage(p.nobody(), nil)
	}
	text := p.rest[0].text
	p.rest = p.rest[1:]
	if m := mention.FindStringSubmatch(text); m != nil {
		p.args["user"] = m[1]
		return nil
	}
	if m := mailto.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	text = strings.TrimRight(text, ",;:")
	if id, params := p.noAddress(ctx, text); id != "" {
		return p.usage(id, params)
	}
	p.args["email"] = text
	return nil
}

// nobody is the sentence for a missing target.
func (c *call) nobody() string {
	if c.req.Platform == core.PlatformConsole {
		return "chat.console.person_missing"
	}
	return "chat.person_missing"
}

// noAddress is the sentence for a target that is no mention and can't be an e-mail address; "" when it can.
func (c *call) noAddress(ctx context.Context, text string) (id string, params locale.Params) {
	switch at := strings.IndexByte(text, '@'); {
	case at <= 0 && c.req.Platform == core.PlatformConsole:
		return c.addressOf(ctx, text)
	case at == 0:
		return "chat.plain_name", locale.Params{"Name": clipped(text, 50)}
	case at < 0:
		return "chat.person_unclear", locale.Params{"Text": clipped(text, 50)}
	}
	return "", nil
}

// addressOf tells whom a name typed at a terminal could mean, which has no list to choose from. It names nobody to a
// person who may not see accounts.
func (c *call) addressOf(ctx context.Context, text string) (id string, params locale.Params) {
	params = locale.Params{"Text": clipped(text, 50)}
	name := strings.TrimLeft(text, "@")
	if name == "" || !c.me.May(core.ActAccountsView, "") {
		return "chat.console.person_unclear", params
	}
	page, err := c.h.svc.Accounts(ctx, c.actor, core.AccountQuery{Search: name, Limit: 5})
	if err != nil || len(page.Accounts) == 0 {
		return "chat.console.person_unclear", params // which is what to do, whatever kept the names back
	}
	var people []string
	for _, a := range page.Accounts {
		people = append(people, string(clipped(a.Name, 60)+" ("+clipped(a.Email, 254)+")"))
	}
	params["People"] = strings.Join(people, ", ")
	return "chat.console.person_maybe", params
}

// search reads words to look for, with a filter before or after them.
func (p *parser) search() {
	if n := len(p.rest); n > 0 {
		if f, ok := filterWords[p.rest[n-1].word()]; ok {
			p.args["filter"], p.rest = f, p.rest[:n-1]
		} else if f, ok := filterWords[p.rest[0].word()]; ok {
			p.args["filter"], p.rest = f, p.rest[1:]
		}
	}
	var words []string
	for _, t := range p.rest {
		words = append(words, t.text)
	}
	p.args["search"], p.rest = strings.Join(words, " "), nil
}

// leftover refuses a word that is no argument, and guesses what was meant.
func (p *parser) leftover(word string) error {
	var known []string
	if p.cmd.takes(ArgAt) {
		known = append(known, atWords...)
	}
	if p.cmd.takes(ArgReason) {
		known = append(known, reasonWords...)
	}
	if guess := nearest(word, known); guess != "" {
		return p.usage("chat.word_guess", locale.Params{"Word": clipped(word, 50), "Guess": guess})
	}
	return p.usage("chat.word_unknown", locale.Params{"Word": clipped(word, 50)})
}

// unknownCommand refuses a command that does not exist, and guesses which was meant.
func (c *call) unknownCommand(g Group, name string) error {
	var known []string
	for _, cmd := range Commands() {
		if cmd.Group == g {
			known = append(known, cmd.Name)
		}
	}
	params := locale.Params{"Word": clipped(name, 50), "Group": string(g)}
	if guess := nearest(name, known); guess != "" {
		params["Guess"] = guess
		return c.misuse("chat.command_guess", params)
	}
	for _, cmd := range Commands() {
		if cmd.Group != g && cmd.Name == strings.ToLower(name) {
			params["Guess"] = "/" + string(cmd.Group) + " " + cmd.Name
			return c.misuse("chat.command_elsewhere", params)
		}
	}
	return c.misuse("chat.command_unknown", params)
}

// usage is a misuse that also shows how the command is written.
func (p *parser) usage(id string, params locale.Params) error {
	return &misuse{text: []Text{p.say(id, params), p.say("chat.usage", locale.Params{"Usage": p.cmd.Usage(p.Printer, p.req.Platform)})}}
}

func (c *call) misuse(id string, params locale.Params) error {
	return &misuse{text: []Text{c.say(id, params)}}
}

// nearest finds the known word that was probably meant: one that begins like it, or is at most two
// mistakes away (one, for short words).
func nearest(word string, known []string) string {
	word = strings.ToLower(word)
	if utf8.RuneCountInString(word) > 40 {
		return ""
	}
	best, distance := "", 3
	for _, k := range known {
		if len(word) >= 3 && strings.HasPrefix(k, word) {
			return k
		}
		if d := edits(word, k); d < distance && (d < 2 || len(k) > 4) && d < utf8.RuneCountInString(k) {
			best, distance = k, d
		}
	}
	return best
}

// edits counts the mistakes between two words: a character missing, added, wrong, or two swapped.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
