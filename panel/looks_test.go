package panel

import (
	"testing"

	"github.com/clockwarden/clockwarden/tools/browsertest"
)

// look is one way to see a page.
type look struct {
	name, lang string
	o          browsertest.Options
}

// inEveryLook runs a test for pairs of scheme, width and language, side by side.
func inEveryLook(t *testing.T, run func(*testing.T, look)) {
	t.Helper()
	for _, l := range []look{
		{"light-1280-en", "en", browsertest.Options{}},
		{"dark-1280-de", "de", browsertest.Options{Dark: true, Lang: "de"}},
		{"dark-390-en", "en", browsertest.Options{Dark: true, Width: 390, Height: 844}},
		{"light-390-de", "de", browsertest.Options{Width: 390, Height: 844, Lang: "de"}},
	} {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			run(t, l)
		})
	}
}

// in makes what looks at a state of a page: a picture for a person, axe, and whether it fits.
func (l look) in(t *testing.T, tab *browsertest.Tab, group string) (see func(what string)) {
	return func(what string) {
		t.Helper()
		tab.Screenshot(group + l.name + "-" + what)
		accessible(t, tab, l.name+" "+what)
		fits(t, tab, l.name+" "+what)
	}
}
