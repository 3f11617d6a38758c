package conformance

import (
	"regexp"
	"slices"
	"strings"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

// Options takes a typed command apart for a platform whose client sends a name and options, as a
// person there fills them in: "/accounts stop-timer <@7> um 9:30 Grund krank" gives the group
// "accounts", the name "stop-timer" and the options user, at and reason. A target that is no mention
// goes into email. It understands what scenarios type, not all that people do.
func Options(line string) (group conversation.Group, name string, options map[string]string) {
	words := strings.Fields(line)
	group, options = conversation.Group(strings.TrimPrefix(words[0], "/")), map[string]string{}
	if len(words) == 1 {
		return group, "help", options
	}
	name, words = words[1], words[2:]
	for _, c := range conversation.Commands() {
		if c.Group != group || c.Name != name {
			continue
		}
		for _, arg := range c.Args {
			words = fill(options, arg.Kind, words)
		}
	}
	return group, name, options
}

var mention = regexp.MustCompile(`^<@!?([A-Za-z0-9]+)(?:\|[^>]*)?>$`)

var (
	atWords     = []string{"at", "um"}
	reasonWords = []string{"reason", "grund"}
	filterWords = map[string]string{"running": "running", "laufend": "running", "flagged": "flagged", "gemeldet": "flagged", "markiert": "flagged"}
)

// fill reads one argument and returns the words after it.
func fill(options map[string]string, kind conversation.ArgKind, words []string) []string {
	if len(words) == 0 {
		return nil
	}
	first := strings.ToLower(words[0])
	switch kind {
	case conversation.ArgPerson:
		if m := mention.FindStringSubmatch(words[0]); m != nil {
			options["user"] = m[1]
		} else {
			options["email"] = words[0]
		}
		return words[1:]
	case conversation.ArgAt:
		if !slices.Contains(atWords, first) {
			return words
		}
		end := slices.IndexFunc(words, func(w string) bool { return slices.Contains(reasonWords, strings.ToLower(w)) })
		if end < 0 {
			end = len(words)
		}
		options["at"] = strings.Join(words[1:end], " ")
		return words[end:]
	case conversation.ArgReason:
		if slices.Contains(reasonWords, first) {
			options["reason"] = strings.Join(words[1:], " ")
			return nil
		}
		return words
	case conversation.ArgSearch:
		if f, ok := filterWords[strings.ToLower(words[len(words)-1])]; ok {
			options["filter"], words = f, words[:len(words)-1]
		}
	}
	if len(words) > 0 && kind != conversation.ArgFilter {
		options[string(kind)] = strings.Join(words, " ")
	}
	return nil
}
