package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

const (
	envPrefix = "CLOCKWARDEN_"
	// A configuration is a page of text; anything far larger is the wrong file.
	maxConfigBytes = 1 << 20
	maxSecretBytes = 64 << 10
)

// Load reads the settings: first the defaults, then the YAML file at path, then
// the environment (entries as of os.Environ). A missing file is an error only
// when it is required; an empty path means no file. The result has passed
// Validate. The error is one sentence that names the file and the line, or the
// environment variable; with several mistakes it is the first of the file.
func Load(path string, required bool, environ []string) (Config, error) {
	if path == "" {
		return load(path, nil, environ)
	}
	data, err := readBounded(path, maxConfigBytes)
	if errors.Is(err, fs.ErrNotExist) && !required {
		return load("", nil, environ)
	}
	if err != nil {
		return Config{}, err
	}
	return load(path, data, environ)
}

// load is Load with the file already read.
func load(name string, data []byte, environ []string) (Config, error) {
	c := Default()
	l := loader{file: name, origins: map[string]origin{}}
	if name != "" {
		l.readYAML(data, &c)
	}
	if err := l.first(); err != nil {
		return Config{}, err
	}
	l.readEnviron(environ, &c)
	c.normalize()
	for _, p := range c.problems() {
		l.add(l.originOf(p.keys), p.text)
	}
	if err := l.first(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// normalize brings addresses into the one form that the doors expect.
func (c *Config) normalize() {
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	c.Discord.APIURL = strings.TrimSuffix(c.Discord.APIURL, "/")
	if c.Slack.APIURL != "" && !strings.HasSuffix(c.Slack.APIURL, "/") {
		c.Slack.APIURL += "/"
	}
}

// origin is the place a value came from: a line of the file or a variable.
type origin struct {
	line     int
	variable string
}

type mistake struct {
	at   origin
	text string
}

// loader collects where each key was set and what is wrong.
type loader struct {
	file     string
	origins  map[string]origin
	mistakes []mistake
}

func (l *loader) add(at origin, text string) {
	l.mistakes = append(l.mistakes, mistake{at, text})
}

// originOf returns the place of the first of the keys that was set at all. The
// keys of a problem begin with the one to change and go on with the ones that
// made it necessary, such as slack.enabled for a missing token.
func (l *loader) originOf(keys []string) origin {
	for _, key := range keys {
		if at, ok := l.origins[key]; ok {
			return at
		}
	}
	return origin{}
}

// first returns the mistake that stands first in the file, then those of the
// environment in the order they were found.
func (l *loader) first() error {
	if len(l.mistakes) == 0 {
		return nil
	}
	place := func(m mistake) int {
		if m.at.line == 0 {
			return int(^uint(0) >> 1)
		}
		return m.at.line
	}
	m := slices.MinFunc(l.mistakes, func(a, b mistake) int { return cmp.Compare(place(a), place(b)) })
	switch {
	case m.at.line > 0:
		return fmt.Errorf("%s line %d: %s", l.file, m.at.line, m.text)
	case m.at.variable != "":
		return fmt.Errorf("%s: %s", m.at.variable, m.text)
	default:
		return errors.New(m.text)
	}
}

func (l *loader) readYAML(data []byte, c *Config) {
	lastLine := bytes.Count(bytes.TrimRight(data, "\n"), []byte("\n")) + 1
	if line := unreadableLine(data); line > 0 {
		l.add(origin{line: line}, "the file holds a character that is not plain UTF-8 text; save it as UTF-8")
		return
	}
	var documents []yaml.Node
	err := yaml.Load(data, &documents, yaml.WithAllDocuments())
	if err != nil {
		line, text := 1, "it cannot be read as YAML"
		if le := (*yaml.LoadError)(nil); errors.As(err, &le) {
			line = min(max(le.Mark.Line, 1), lastLine)
			text = "this is not YAML: " + quoteControl(le.Message)
		}
		l.add(origin{line: line}, text)
		return
	}
	if len(documents) > 1 {
		l.add(origin{line: max(documents[1].Line, 1)}, "the file holds more than one YAML document; keep one")
		return
	}
	if len(documents) == 1 && len(documents[0].Content) == 1 {
		l.section(documents[0].Content[0], reflect.ValueOf(c).Elem(), "")
	}
}

// section reads the keys of one mapping into the fields of a struct.
func (l *loader) section(node *yaml.Node, fields reflect.Value, path string) {
	node = followAlias(node)
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" {
		return // a section whose keys are all commented out
	}
	if node.Kind != yaml.MappingNode {
		where := "the file"
		if path != "" {
			where = path
		}
		l.add(origin{line: node.Line}, where+" must be a section of keys and values ("+strings.Join(keysOf(fields.Type()), ", ")+")")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := followAlias(node.Content[i]), node.Content[i+1]
		at := origin{line: node.Content[i].Line}
		field, ok := fieldByKey(fields, key)
		if !ok {
			l.add(at, unknownKey(key, path))
			continue
		}
		if before, twice := seen[key.Value]; twice {
			l.add(at, fmt.Sprintf("%s is set twice, first in line %d; keep one of them", join(path, key.Value), before))
			continue
		}
		seen[key.Value] = at.line
		full := join(path, key.Value)
		if field.Kind() == reflect.Struct {
			l.section(value, field, full)
			continue
		}
		if wrong := setFromNode(field, followAlias(value)); wrong != "" {
			l.add(at, full+" "+wrong)
			continue
		}
		l.origins[full] = at
	}
}

func setFromNode(field reflect.Value, node *yaml.Node) (wrong string) {
	if node.Style&yaml.TaggedStyle != 0 {
		return "must not carry a YAML tag; write the plain value"
	}
	if field.Kind() == reflect.Slice {
		if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" {
			field.SetZero()
			return ""
		}
		if node.Kind != yaml.SequenceNode {
			return mustBe(field)
		}
		var items []string
		for _, item := range node.Content {
			if item = followAlias(item); item.Kind != yaml.ScalarNode {
				return mustBe(field)
			}
			items = append(items, item.Value)
		}
		field.Set(reflect.ValueOf(items))
		return ""
	}
	if node.Kind != yaml.ScalarNode {
		return mustBe(field)
	}
	if node.ShortTag() == "!!null" {
		return setFromText(field, "")
	}
	return setFromText(field, node.Value)
}

func (l *loader) readEnviron(environ []string, c *Config) {
	fields := map[string]setting{}
	for _, s := range settings(c) {
		fields[s.variable()] = s
	}
	given := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && strings.HasPrefix(name, envPrefix) && !ours(name) {
			given[name] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		at := origin{variable: name}
		base, fromFile := name, false
		if _, ok := fields[name]; !ok {
			base, fromFile = strings.CutSuffix(name, "_FILE")
		}
		s, ok := fields[base]
		if !ok {
			l.add(origin{}, fmt.Sprintf("unknown setting %s; see config.example.yaml", quoteControl(name)))
			continue
		}
		value := given[name]
		if fromFile {
			if _, both := given[base]; both {
				l.add(origin{}, fmt.Sprintf("%s and %s are both set; keep one of them", base, name))
				continue
			}
			data, err := readBounded(value, maxSecretBytes)
			if err != nil {
				l.add(at, err.Error())
				continue
			}
			value = strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
		}
		if wrong := setFromText(s.value, value); wrong != "" {
			l.add(at, s.path+" "+wrong)
			continue
		}
		l.origins[s.path] = at
	}
}

// ours tells the variables of the project's own tests from settings.
func ours(name string) bool {
	return strings.HasPrefix(name, envPrefix+"TEST_") || strings.HasPrefix(name, envPrefix+"SCREENSHOTS")
}

// setting is one key of the file that holds a value.
type setting struct {
	path  string
	value reflect.Value
}

// variable is the name of the setting in the environment.
func (s setting) variable() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.path, ".", "_"))
}

// settings lists every key of c in the order of the file; setting a value
// through it changes c.
func settings(c *Config) []setting {
	var list []setting
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		for i := range v.NumField() {
			full := join(path, v.Type().Field(i).Tag.Get("yaml"))
			if v.Field(i).Kind() == reflect.Struct {
				walk(v.Field(i), full)
				continue
			}
			list = append(list, setting{full, v.Field(i)})
		}
	}
	walk(reflect.ValueOf(c).Elem(), "")
	return list
}

// setFromText writes one value; wrong says what it should have been.
func setFromText(field reflect.Value, text string) (wrong string) {
	switch field.Interface().(type) {
	case bool:
		switch strings.ToLower(text) {
		case "true", "yes", "on":
			field.SetBool(true)
		case "false", "no", "off":
			field.SetBool(false)
		default:
			return mustBe(field)
		}
	case time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return mustBe(field)
		}
		field.SetInt(int64(d))
	case int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return mustBe(field)
		}
		field.SetInt(int64(n))
	case []string:
		var items []string
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
		field.Set(reflect.ValueOf(items))
	default:
		field.SetString(text)
	}
	return ""
}

func mustBe(field reflect.Value) string {
	switch field.Interface().(type) {
	case bool:
		return "must be true or false"
	case time.Duration:
		return "must be a duration such as 30m or 8h"
	case int:
		return "must be a whole number such as 3"
	case []string:
		return "must be a list such as [10.0.0.0/8, 192.168.1.0/24]"
	default:
		return "must be a single text, not a list or a section"
	}
}

func unknownKey(key *yaml.Node, path string) string {
	name := quoteControl(key.Value)
	if key.Kind != yaml.ScalarNode {
		return "a key must be a plain word; see config.example.yaml"
	}
	if path == "" {
		return fmt.Sprintf("unknown key \"%s\"; see config.example.yaml", name)
	}
	return fmt.Sprintf("unknown key \"%s\" in %s; see config.example.yaml", name, path)
}

func fieldByKey(fields reflect.Value, key *yaml.Node) (reflect.Value, bool) {
	if i := slices.Index(keysOf(fields.Type()), key.Value); i >= 0 && key.Kind == yaml.ScalarNode {
		return fields.Field(i), true
	}
	return reflect.Value{}, false
}

func keysOf(t reflect.Type) []string {
	keys := make([]string, t.NumField())
	for i := range keys {
		keys[i] = t.Field(i).Tag.Get("yaml")
	}
	return keys
}

func followAlias(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode && node.Alias != nil {
		node = node.Alias
	}
	return node
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// unreadableLine returns the line of the first byte that is not UTF-8 or is a
// control character, which the YAML reader reports without a position.
func unreadableLine(data []byte) int {
	line := 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 || unicode.IsControl(r) && !strings.ContainsRune("\n\r\t\u0085", r) {
			return line
		}
		if r == '\n' {
			line++
		}
		i += size
	}
	return 0
}

// quoteControl makes text of unknown origin fit for a part of an error.
func quoteControl(text string) string { return oneLine(text, 80) }

// oneLine replaces what would break a line and shortens the text to limit runes.
func oneLine(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || r == utf8.RuneError:
			return '?'
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > limit {
		text = string(runes[:limit]) + "…"
	}
	return text
}

// readBounded reads a small file; its error is a sentence without more of the
// file than its name.
func readBounded(path string, limit int64) ([]byte, error) {
	if path == "" {
		return nil, errors.New("it names no file")
	}
	shown := quoteControl(filepath.Clean(path))
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", shown, causeOf(err))
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", shown, causeOf(err))
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("cannot read %s: it is larger than %d KiB", shown, limit>>10)
	}
	return data, nil
}

// causeOf drops "open PATH:" from a file error, since the sentence names the
// file already.
func causeOf(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
