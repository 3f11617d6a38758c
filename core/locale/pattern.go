package locale

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first used: a start does not wait for what people type.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
