package locale

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// defaultLanguage is used when nothing better is known.
const defaultLanguage = "en"

// longestPreference bounds what a header may make the parser work on.
const longestPreference = 500

var matcher = sync.OnceValue(func() language.Matcher {
	return language.NewMatcher([]language.Tag{language.English, language.German})
})

// Languages returns the languages that have messages, the default one first.
func Languages() []string {
	return []string{defaultLanguage, "de"}
}

// Match returns the language, "en" or "de", that fits the first usable of the
// preferences. A preference is an Accept-Language header, a language tag, or
// the locale that Slack ("de-DE") or Discord ("en-US") report. Empty, unknown
// and malformed ones are passed over; without a usable one the answer is "en".
func Match(preferred ...string) string {
	for _, preference := range preferred {
		switch preference {
		case "":
			continue
		case "en", "en-US", "en-GB":
			return "en"
		case "de", "de-DE":
			return "de"
		}
		if len(preference) > longestPreference {
			continue
		}
		tags, _, err := language.ParseAcceptLanguage(strings.ReplaceAll(preference, "_", "-"))
		if err != nil || len(tags) == 0 {
			continue
		}
		if _, index, confidence := matcher().Match(tags...); confidence > language.No {
			return Languages()[index]
		}
	}
	return defaultLanguage
}
