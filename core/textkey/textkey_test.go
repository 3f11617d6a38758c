package textkey_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/clockwarden/clockwarden/core/textkey"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"ZOË":                     "zoe",
		"zoë":                     "zoe",
		"zoe":                     "zoe",
		"Zoe\u0308":               "zoe",
		"Müller":                  "muller",
		"MÜLLER":                  "muller",
		"Straße":                  "strasse",
		"STRAẞE":                  "strasse",
		"Dana.Meyer+x@Example.DE": "dana.meyer+x@example.de",
		"Åsa Ångström":            "asa angstrom",
		"Søren Ødegård":           "soren odegard",
		"Łukasz":                  "lukasz",
		"Æsir Œuvre":              "aesir oeuvre",
		"İpek IŞIK ışık":          "ipek isik isik",
		"François":                "francois",
		"Nguyễn Thị":              "nguyen thi",
		"ﬁn Ａ１":                   "fin a1",
		"Zoë 42":                  "zoe 42",
		"100%_ö":                  "100%_o",
		"O’Brien":                 "o'brien",
		"Анна Йо":                 "анна ио",
		"김민준":                     "김민준",
		"a\u00adb\x00c\u200bd":    "abcd",
		"tab\there ü":             "tab here u",
		"bad\xff":                 "bad\uFFFD",
	} {
		if got := textkey.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"Zoë", "Straße", "İ", "\xff\x00", "ﷺ", "ǰ", "ᾳ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := textkey.Fold(s)
		if !utf8.ValidString(once) {
			t.Errorf("Fold(%q) = %q is not valid UTF-8", s, once)
		}
		if strings.ContainsRune(once, 0) {
			t.Errorf("Fold(%q) = %q keeps NUL, which PostgreSQL refuses", s, once)
		}
		if twice := textkey.Fold(once); twice != once {
			t.Errorf("Fold(%q) = %q, folded again %q", s, once, twice)
		}
	})
}

func TestFoldIsStableForEveryCodePoint(t *testing.T) {
	for r := rune(1); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		once := textkey.Fold(string(r))
		if twice := textkey.Fold(once); twice != once {
			t.Errorf("%U: once %q, twice %q", r, once, twice)
		}
	}
}

func TestSortKey(t *testing.T) {
	want := []string{
		"", "1 Anton", "Åbo", "anna", "Anna", "Anna Berg", "Annabel", "Ärmel", "Arnold", "Zander",
	}
	// Åbo: German sorts å beside a, so "Åbo" stands before "anna".
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(textkey.SortKey(a), textkey.SortKey(b)) })
	if !slices.Equal(got, want) {
		t.Errorf("sorted = %q\nwant     %q", got, want)
	}

	for _, pair := range [][2]string{
		{"Muller", "Müller"},
		{"Müller", "Mulligan"},
		{"Strasse", "Straße"},
		{"Straße", "Strauss"},
		{"ödön", "Zoe"},
		{"Ökonom", "Olga"},
		{"Zoë", "Zoff"},
		{"de Boer", "Deboer"},
	} {
		if textkey.SortKey(pair[0]) >= textkey.SortKey(pair[1]) {
			t.Errorf("%q does not sort before %q", pair[0], pair[1])
		}
	}
}

func TestSortKeyIsLowerCaseHex(t *testing.T) {
	for _, s := range []string{"Dana", "Zoë \x00 \xff", "김민준", strings.Repeat("ü", 500)} {
		if key := textkey.SortKey(s); strings.Trim(key, "0123456789abcdef") != "" {
			t.Errorf("SortKey(%q) = %q holds other characters than hexadecimal digits", s, key)
		}
	}
}

func TestSortKeyFromManyGoroutines(t *testing.T) {
	want := make([]string, 50)
	for i := range want {
		want[i] = textkey.SortKey(fmt.Sprintf("Müller %d", i))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range want {
				if got := textkey.SortKey(fmt.Sprintf("Müller %d", i)); got != want[i] {
					t.Errorf("SortKey of number %d changed under concurrency", i)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkFoldUmlaut(b *testing.B) {
	for b.Loop() {
		textkey.Fold("Zoë Müller")
	}
}

func BenchmarkSortKey(b *testing.B) {
	for b.Loop() {
		textkey.SortKey("Zoë Müller")
	}
}

func TestSpelled(t *testing.T) {
	for name, want := range map[string]string{
		"Dirk Müller": "dirk mueller", "Mu\u0308ller": "mueller", "SÖREN": "soeren", "Søren Åse": "soeren aase", "Zoë Müller": "zoe mueller",
		"Mueller": "", "Blue": "", "Zoë": "", "": "",
	} {
		if got := textkey.Spelled(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
