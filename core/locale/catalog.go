package locale

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed messages/*.json
var messageFiles embed.FS

// Catalog holds all messages of all languages. It does not change after [New]
// and may be used by any number of goroutines.
type Catalog struct {
	languages map[string]*vocabulary
}

// vocabulary is one language: its messages and its habits of writing numbers.
type vocabulary struct {
	lang     string
	tag      language.Tag
	messages func() map[string]*message // parsed at the first call
	group    byte                       // between thousands
	decimal  byte                       // before the fraction
	date     string                     // layout of a day
}

// New opens the embedded message files. Those of a language are parsed when its
// first text is asked for, so that a start does not wait for them. That every
// language has every message, with the same parameters, is known since the
// tests of this package (check_test.go); a broken file would be a panic.
func New() (*Catalog, error) {
	files, err := fs.Sub(messageFiles, "messages")
	if err != nil {
		return nil, fmt.Errorf("open message files: %w", err)
	}
	return open(files), nil
}

// open makes a catalog of the <area>.<language>.json of files.
func open(files fs.FS) *Catalog {
	c := &Catalog{languages: map[string]*vocabulary{
		"en": {lang: "en", tag: language.English, group: ',', decimal: '.', date: "2 Jan 2006"},
		"de": {lang: "de", tag: language.German, group: '.', decimal: ',', date: "02.01.2006"},
	}}
	for lang, words := range c.languages {
		words.messages = sync.OnceValue(func() map[string]*message {
			messages, err := read(files, lang)
			if err != nil {
				panic(fmt.Errorf("message files: %w", err)) // embedded and tested
			}
			return messages
		})
	}
	return c
}

// Printer returns a printer that writes in lang and in zone. A language
// without messages is matched to the nearest that has them; a nil zone means
// UTC. It is cheap enough for every request.
func (c *Catalog) Printer(lang string, zone *time.Location) *Printer {
	words, ok := c.languages[lang]
	if !ok {
		words = c.languages[Match(lang)]
	}
	if zone == nil {
		zone = time.UTC
	}
	return &Printer{words: words, zone: zone}
}

// IDs returns the ids of all messages in alphabetical order.
func (c *Catalog) IDs() []string {
	return slices.Sorted(maps.Keys(c.languages[defaultLanguage].messages()))
}

// read parses every <area>.<lang>.json of files.
func read(files fs.FS, lang string) (map[string]*message, error) {
	names, err := fs.Glob(files, "*."+lang+".json")
	if err != nil {
		return nil, fmt.Errorf("list message files: %w", err)
	}
	messages := map[string]*message{}
	var problems []error
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		file, err := i18n.ParseMessageFileBytes(text, name, nil)
		if err != nil {
			problems = append(problems, fmt.Errorf("parse %s: %w", name, err))
			continue
		}
		for _, source := range file.Messages {
			if _, twice := messages[source.ID]; twice {
				problems = append(problems, fmt.Errorf("%s: %s is already defined", name, source.ID))
				continue
			}
			parsed, err := parseMessage(source)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: %s: %w", name, source.ID, err))
				continue
			}
			messages[source.ID] = parsed
		}
	}
	return messages, errors.Join(problems...)
}
