package panel

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
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

// uncut names what is cut off among the elements that a selector finds.
func uncut(t *testing.T, tab *browsertest.Tab, what, css string) {
	t.Helper()
	if !tab.Has(css) {
		t.Fatalf("%s: there is no %s", what, css)
	}
	// Half a pixel more than there is room for is rounding.
	cut := tab.Eval(`[...document.querySelectorAll(` + strconv.Quote(css) + `)].filter(e => {
		const range = document.createRange();
		range.selectNodeContents(e);
		const text = range.getBoundingClientRect();
		for (let box = e; box; box = box.parentElement) {
			if (!["hidden", "clip"].includes(getComputedStyle(box).overflowX)) continue;
			// The text gives way to an ellipsis before it reaches the edge of its own box, by what pads it.
			const room = box.getBoundingClientRect(), pad = box === e ? parseFloat(getComputedStyle(box).paddingRight) : 0;
			if (text.right > room.right - pad + 0.5 || text.left < room.left - 0.5) return true;
		}
		return false;
	}).map(e => e.textContent.trim()).join(", ")`)
	if cut != "" {
		t.Errorf("%s: cut off in %s: %s", what, css, cut)
	}
}

// TestBrowserNothingIsCut: what counts in the tables of accounts and of API keys can be read whole at every usual width, in both languages.
func TestBrowserNothingIsCut(t *testing.T) {
	for _, lang := range []string{"en", "de"} {
		t.Run(lang, func(t *testing.T) {
			h := newHouse(t)
			h.speak("olivia", lang, "Europe/Berlin")
			h.MustStart("dana", "Customer support, second line", coretest.Start.Add(-20*time.Hour))
			h.MustStart("dirk", "Night shift", coretest.Start.Add(-10*24*time.Hour))
			h.MustKey("olivia")
			h.MustStart("mona", "", coretest.Start.Add(-25*time.Minute))
			if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
				t.Fatal(err)
			}
			if _, err := h.AddMember(t.Context(), coretest.Operator(h.Workspace.ID), core.NewMember{
				Email: "bjoern@acme.test", Name: "Björn Müller-Lüdenscheidt", Role: core.RoleManager,
			}); err != nil {
				t.Fatal(err)
			}
			srv := h.open()
			for _, width := range []int64{390, 1024, 1265, 1280, 1600} {
				tab := h.signedIn(srv, "olivia", browsertest.Options{Width: width, Height: 900, Lang: lang})
				what := fmt.Sprintf("%s, %d pixels", lang, width)
				tab.Open(srv + accountsAt)
				tab.WaitVisible("#account-" + h.member("dana"))
				for _, css := range []string{"td.c-role", "td.c-status .badge", "td.c-seen", ".run-start small", ".run-start .badge", ".run-clock", ".log-in-as", ".table thead a"} {
					uncut(t, tab, what, css)
				}
				uncut(t, tab, what, row(h, "mona")+" .name")
				if lang == "en" { // another language takes a third more
					tab.Eval(`for (const e of document.querySelectorAll("td.c-role, td.c-status .badge, .log-in-as")) e.textContent += "n".repeat(Math.round(0.3 * e.textContent.length))`)
					uncut(t, tab, what+", a third longer", "td.c-role")
					uncut(t, tab, what+", a third longer", "td.c-status .badge")
					uncut(t, tab, what+", a third longer", ".log-in-as")
				}
				fits(t, tab, what)
				tab.Screenshot("cut-accounts-" + strings.ReplaceAll(what, ", ", "-"))
				tab.Open(srv + "/w/acme/api-keys")
				uncut(t, tab, what, "td.c-act a")
				tab.Screenshot("cut-keys-" + strings.ReplaceAll(what, ", ", "-"))
			}
		})
	}
}

// TestBrowserTabRow: the row of tabs scrolls sideways only, and on a phone it shows the tab one is on.
func TestBrowserTabRow(t *testing.T) {
	h := newHouse(t)
	srv := h.open()
	for _, width := range []int64{390, 1280} {
		tab := h.signedIn(srv, "olivia", browsertest.Options{Width: width, Height: 844})
		for _, page := range []string{"general", "forgotten", "audit"} {
			tab.Open(srv + "/w/acme/settings/" + page)
			tab.WaitEval(`(() => {
				const row = document.querySelector(".tabs ul"), room = row.getBoundingClientRect();
				const here = row.querySelector("[aria-current]").getBoundingClientRect();
				return here.left >= room.left - 0.5 && here.right <= room.right + 0.5;
			})()`)
			if got := tab.Eval(`(e => e.scrollHeight - e.clientHeight + " " + scrollX + " " + scrollY)(document.querySelector(".tabs ul"))`); got != "0 0 0" {
				t.Errorf("%s at %d pixels: the row is too low by, and the page is scrolled by: %s", page, width, got)
			}
		}
		tab.Screenshot(fmt.Sprintf("tabs-%d", width))
		tab.MustBeQuiet()
	}
}
