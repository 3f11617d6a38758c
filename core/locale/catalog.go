package locale

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
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
	messages map[string]*message
	group    byte   // between thousands
	decimal  byte   // before the fraction
	date     string // layout of a day
}

// New parses the embedded message files. It fails when an id is missing in a
// language, is defined twice (in one file or in two areas), has other
// parameters or other plural forms in one language than in the other, or holds
// something that is not a parameter between its braces. The error lists every
// such id.
func New() (*Catalog, error) {
	files, err := fs.Sub(messageFiles, "messages")
	if err != nil {
		return nil, fmt.Errorf("open message files: %w", err)
	}
	return load(files)
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
	return slices.Sorted(maps.Keys(c.languages[defaultLanguage].messages))
}

// load reads every <area>.<language>.json of files.
func load(files fs.FS) (*Catalog, error) {
	c := &Catalog{languages: map[string]*vocabulary{
		"en": {lang: "en", tag: language.English, group: ',', decimal: '.', date: "2 Jan 2006"},
		"de": {lang: "de", tag: language.German, group: '.', decimal: ',', date: "02.01.2006"},
	}}
	areas := map[string]map[string]string{} // language, id, the file that defined it
	for lang, words := range c.languages {
		words.messages = map[string]*message{}
		areas[lang] = map[string]string{}
	}

	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list message files: %w", err)
	}
	var problems []error
	for _, name := range names {
		words, ok := c.languages[languageOf(name)]
		if !ok {
			problems = append(problems, fmt.Errorf("%s: the name must be <area>.<language>.json with one of the languages %v", name, Languages()))
			continue
		}
		problems = append(problems, words.add(files, name, areas[words.lang])...)
	}
	problems = append(problems, c.compare()...)
	if len(problems) > 0 {
		return nil, fmt.Errorf("message files: %w", errors.Join(problems...))
	}
	return c, nil
}

// languageOf returns "de" for "panel.de.json".
func languageOf(file string) string {
	_, lang, _ := strings.Cut(strings.TrimSuffix(path.Base(file), ".json"), ".")
	return lang
}

// add parses one file into v. defined remembers which file brought each id.
func (v *vocabulary) add(files fs.FS, name string, defined map[string]string) []error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return []error{fmt.Errorf("read %s: %w", name, err)}
	}
	if err := checkKeys(text); err != nil {
		return []error{fmt.Errorf("%s: %w", name, err)}
	}
	file, err := i18n.ParseMessageFileBytes(text, name, nil)
	if err != nil {
		return []error{fmt.Errorf("parse %s: %w", name, err)}
	}
	var problems []error
	for _, source := range file.Messages {
		if before, twice := defined[source.ID]; twice {
			problems = append(problems, fmt.Errorf("%s: %s is already defined in %s", name, source.ID, before))
			continue
		}
		defined[source.ID] = name
		parsed, err := parseMessage(source)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %s: %w", name, source.ID, err))
			continue
		}
		v.messages[source.ID] = parsed
	}
	return problems
}

// compare holds every other language to the default one.
func (c *Catalog) compare() []error {
	var problems []error
	base := c.languages[defaultLanguage]
	for _, lang := range Languages() {
		other := c.languages[lang]
		for _, id := range slices.Sorted(maps.Keys(base.messages)) {
			theirs, ok := other.messages[id]
			if !ok {
				problems = append(problems, fmt.Errorf("%s is missing in %s", id, lang))
				continue
			}
			ours := base.messages[id]
			if (ours.one == nil) != (theirs.one == nil) {
				problems = append(problems, fmt.Errorf("%s has plural forms in only one of %s and %s", id, defaultLanguage, lang))
			}
			if !slices.Equal(ours.params, theirs.params) {
				problems = append(problems, fmt.Errorf("%s has the parameters %v in %s and %v in %s", id, ours.params, defaultLanguage, theirs.params, lang))
			}
		}
		for _, id := range slices.Sorted(maps.Keys(other.messages)) {
			if _, ok := base.messages[id]; !ok {
				problems = append(problems, fmt.Errorf("%s is missing in %s", id, defaultLanguage))
			}
		}
	}
	return problems
}
