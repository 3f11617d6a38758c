package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/clockwarden/clockwarden/core"
)

// parseQuery reads the query of an address; text that no database takes is refused here for all.
func parseQuery(raw string) (url.Values, error) {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badInput("", "api.query_form", nil)
	}
	for name, values := range q {
		for _, v := range append(slices.Clone(values), name) {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return nil, badInput("", "api.query_form", nil)
			}
		}
	}
	return q, nil
}

// queryInt reads a whole number between least and most, or the standard where it is not given.
func (c *call) queryInt(name string, standard, least, most int) (int, error) {
	text := c.query.Get(name)
	if text == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, badInput(name, "api.query_number", core.Params{"Field": name, "Least": least, "Most": most})
	}
	return n, nil
}

// queryBool reads 1, 0, true or false; nil where it is not given.
func (c *call) queryBool(name string) (*bool, error) {
	yes, no := true, false
	switch strings.ToLower(c.query.Get(name)) {
	case "":
		return nil, nil
	case "1", "true":
		return &yes, nil
	case "0", "false":
		return &no, nil
	}
	return nil, badInput(name, "api.query_bool", core.Params{"Field": name})
}

// queryFlag is queryBool for a parameter whose absence means false.
func (c *call) queryFlag(name string) (bool, error) {
	b, err := c.queryBool(name)
	return b != nil && *b, err
}

// queryTime reads a moment in RFC 3339; zero where it is not given. A plus sign that was not
// escaped, and so arrives as a space, is understood.
func (c *call) queryTime(name string) (time.Time, error) {
	text := c.query.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	var t time.Time
	if t.UnmarshalText([]byte(strings.Replace(text, " ", "+", 1))) != nil {
		return t, badInput(name, "api.query_time", core.Params{"Field": name})
	}
	return t.UTC(), nil
}

// queryChoice reads one of the choices, or the standard where it is not given.
func (c *call) queryChoice(name, standard string, choices ...string) (string, error) {
	text := c.query.Get(name)
	if text == "" {
		return standard, nil
	}
	if !slices.Contains(choices, text) {
		return "", badInput(name, "api.query_choice", core.Params{"Field": name, "Choices": strings.Join(choices, ", ")})
	}
	return text, nil
}

// queryID reads an id; empty where it is not given.
func (c *call) queryID(name string) (core.ID, error) {
	text := c.query.Get(name)
	if text == "" {
		return "", nil
	}
	if !core.ValidID(text) {
		return "", badInput(name, "api.query_id", core.Params{"Field": name})
	}
	return pathID(text), nil
}

// queryList reads a parameter that may be repeated or hold a list with commas, of at most so many values.
func (c *call) queryList(name string, most int) ([]string, error) {
	var list []string
	for _, v := range c.query[name] {
		for item := range strings.SplitSeq(v, ",") {
			if item = strings.TrimSpace(item); item == "" {
				continue
			}
			if len(list) == most {
				return nil, badInput(name, "api.query_many", core.Params{"Field": name, "Most": most})
			}
			list = append(list, item)
		}
	}
	return list, nil
}
