package locale

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMessageFiles holds the embedded files to what the program takes for granted when it parses them.
func TestMessageFiles(t *testing.T) {
	files, err := fs.Sub(messageFiles, "messages")
	if err != nil {
		t.Fatal(err)
	}
	if err := check(files); err != nil {
		t.Error(err)
	}
}

// TestNoSecondFullStop: a length of time that is abbreviated, as "8 Std." is in German, never stands before a full stop.
// A time of day can't end in one; how long ago something was can.
func TestNoSecondFullStop(t *testing.T) {
	files, err := fs.Sub(messageFiles, "messages")
	if err != nil {
		t.Fatal(err)
	}
	lengths := []string{"Duration", "For", "After", "Every", "Ago", "Default"}
	abbreviated := 0
	for _, lang := range Languages() {
		messages, err := read(files, lang)
		if err != nil {
			t.Fatal(err)
		}
		if texts := messages["duration.hours"].other.texts; !strings.HasSuffix(texts[len(texts)-1], ".") {
			continue
		}
		abbreviated++
		for _, id := range slices.Sorted(maps.Keys(messages)) {
			for _, f := range []*form{messages[id].one, messages[id].other} {
				if f == nil {
					continue
				}
				for i, name := range f.params {
					if slices.Contains(lengths, name) && strings.HasPrefix(f.texts[i+1], ".") {
						t.Errorf("%s in %s: {{.%s}} before a full stop", id, lang, name)
					}
				}
			}
		}
	}
	if abbreviated == 0 {
		t.Error("no language abbreviates: this test looks at nothing")
	}
}

// TestOneWordForAFlag: in German a forgotten timer is "gemeldet" everywhere; "markiert" is said of other things.
func TestOneWordForAFlag(t *testing.T) {
	german := texts(t, "de")
	if german["flagged"] != "gemeldet" {
		t.Fatalf("flagged is %q", german["flagged"])
	}
	about := regexp.MustCompile(`flag|^settings\.forgotten\.|^chat\.(alert|ask|reminder|snooze)\.`)
	for _, id := range slices.Sorted(maps.Keys(german)) {
		if about.MatchString(id) && strings.Contains(strings.ToLower(german[id]), "markier") {
			t.Errorf("%s: %q", id, german[id])
		}
	}
}

// TestTextsQuoteTheScreen: a text that tells to choose something calls it what the form calls it.
func TestTextsQuoteTheScreen(t *testing.T) {
	for _, lang := range Languages() {
		all := texts(t, lang)
		for id, quoted := range map[string]string{
			"error.impersonation_note": "impersonation_reason.other", "owner.start.note_hint": "impersonation_reason.other",
			"settings.forgotten.auto_hint": "automatic",
		} {
			if all[quoted] == "" || !strings.Contains(all[id], all[quoted]) {
				t.Errorf("%s in %s does not name %q: %q", id, lang, all[quoted], all[id])
			}
		}
	}
}

// texts are the texts of a language without their parameters.
func texts(t *testing.T, lang string) map[string]string {
	t.Helper()
	files, err := fs.Sub(messageFiles, "messages")
	if err != nil {
		t.Fatal(err)
	}
	messages, err := read(files, lang)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for id, m := range messages {
		all[id] = strings.Join(m.other.texts, "")
	}
	return all
}

// messageID is the form of an id: dotted lower-case words.
var messageID = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)*$`)

// check fails when a file's name is not <area>.<language>.json, and when an id has the wrong form, is missing in a
// language, is defined twice (in one file or in two areas), has other parameters or other plural forms in one language
// than in the other, or holds something that is not a parameter between its braces. The error lists every such id.
func check(files fs.FS) error {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return err
	}
	var problems []error
	for _, name := range names {
		_, lang, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".json"), ".")
		if !slices.Contains(Languages(), lang) {
			problems = append(problems, fmt.Errorf("%s: the name must be <area>.<language>.json with one of the languages %v", name, Languages()))
		}
		text, err := fs.ReadFile(files, name)
		if err == nil {
			err = checkKeys(text)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
		}
	}
	all := map[string]map[string]*message{}
	for _, lang := range Languages() {
		messages, err := read(files, lang)
		all[lang], problems = messages, append(problems, err)
	}
	problems = append(problems, compare(all)...)
	return errors.Join(problems...)
}

// compare holds every other language to the default one.
func compare(all map[string]map[string]*message) []error {
	var problems []error
	base := all[defaultLanguage]
	for _, lang := range Languages() {
		other := all[lang]
		for _, id := range slices.Sorted(maps.Keys(base)) {
			theirs, ok := other[id]
			if !ok {
				problems = append(problems, fmt.Errorf("%s is missing in %s", id, lang))
				continue
			}
			ours := base[id]
			if (ours.one == nil) != (theirs.one == nil) {
				problems = append(problems, fmt.Errorf("%s has plural forms in only one of %s and %s", id, defaultLanguage, lang))
			}
			if !slices.Equal(ours.params, theirs.params) {
				problems = append(problems, fmt.Errorf("%s has the parameters %v in %s and %v in %s", id, ours.params, defaultLanguage, theirs.params, lang))
			}
		}
		for _, id := range slices.Sorted(maps.Keys(other)) {
			if _, ok := base[id]; !ok {
				problems = append(problems, fmt.Errorf("%s is missing in %s", id, defaultLanguage))
			}
			if !messageID.MatchString(id) {
				problems = append(problems, fmt.Errorf("%s: an id is made of lower-case letters, digits, '_' and '.'", id))
			}
		}
	}
	return problems
}

// checkKeys refuses a file that is not one JSON object, or in which an object
// has the same key twice: the decoder would silently keep the last.
func checkKeys(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	type object struct {
		keys  map[string]bool
		value bool // the next token is a value, not a key
	}
	var open []*object
	for first := true; first || len(open) > 0; first = false {
		token, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("read JSON: %w", err)
		}
		if first && token != json.Delim('{') {
			return errors.New("the file must hold one JSON object")
		}
		switch token {
		case json.Delim('{'):
			open = append(open, &object{keys: map[string]bool{}})
			continue
		case json.Delim('}'):
			open = open[:len(open)-1]
		case json.Delim('['), json.Delim(']'):
			return errors.New("a message is a text or an object, not a list")
		default:
			if top := open[len(open)-1]; !top.value {
				key, _ := token.(string)
				if top.keys[key] {
					return fmt.Errorf("%s is defined twice", key)
				}
				top.keys[key], top.value = true, true
				continue
			}
		}
		if len(open) > 0 {
			open[len(open)-1].value = false
		}
	}
	if decoder.More() {
		return errors.New("there is text after the JSON object")
	}
	return nil
}
