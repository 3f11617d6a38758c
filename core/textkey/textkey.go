// Package textkey turns names and e-mail addresses into the two keys the
// database stores beside them: one to search by and one to sort by. Both are
// made in Go, so that SQLite and PostgreSQL find and order the same rows.
package textkey

import (
	"encoding/hex"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// Fold returns the search key of s: compatibility characters unified, letters
// case-folded, diacritics removed. "ZOË", "zoë" and "zoe" give the same key,
// "Müller" gives "muller" and "ß" gives "ss". Digits, spaces and punctuation
// such as '@', '.', '%' and '_' stay, so a caller that puts the key into a LIKE
// pattern has to escape it. Control and invisible characters are dropped; the
// result is always valid UTF-8. Folding twice changes nothing more.
func Fold(s string) string {
	if folded, ok := foldASCII(s); ok {
		return folded
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	// Removing one mark can bring others together or free a letter that
	// decomposes again, hence the loop; a second round almost never changes
	// anything, and three suffice for every code point.
	for range 3 {
		next := foldOnce(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

// foldASCII handles the usual case, plain ASCII, without the Unicode tables.
func foldASCII(s string) (string, bool) {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' || c == 0x7f {
			return "", false
		}
	}
	return strings.ToLower(s), true
}

// Spelled returns the search key of s with its umlauts written as two letters, as keyboards and lists without them have
// it: "Müller" gives "mueller", "Søren" and "Sören" give "soeren", "Åse" gives "aase". It is empty when s has none of them.
func Spelled(s string) string {
	s = norm.NFC.String(s)
	spelled := twoLetters.Replace(s)
	if spelled == s {
		return ""
	}
	return Fold(spelled)
}

// twoLetters is safe for use by several goroutines.
var twoLetters = strings.NewReplacer("ä", "ae", "Ä", "Ae", "ö", "oe", "Ö", "Oe", "ü", "ue", "Ü", "Ue", "ø", "oe", "Ø", "Oe", "å", "aa", "Å", "Aa")

func foldOnce(s string) string {
	s = norm.NFKD.String(s)
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			b.WriteByte(' ')
		case unicode.In(r, unicode.Mn, unicode.Cc, unicode.Cf):
			// a diacritic, or nothing that a person could type into a search
		default:
			r = unicode.ToLower(r)
			if plain, ok := plainLetter(r); ok {
				b.WriteString(plain)
				continue
			}
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// plainLetter names the lower-case letters that people type without their
// stroke or ligature although Unicode does not decompose them, and those whose
// case folding is more than lowering. (cases.Fold of x/text is not used: it
// swaps the two cases of Cherokee, so folding twice would undo it.)
func plainLetter(r rune) (string, bool) {
	switch r {
	case 'ß':
		return "ss", true
	case 'ς':
		return "σ", true
	case 'ø':
		return "o", true
	case 'ł':
		return "l", true
	case 'đ', 'ð':
		return "d", true
	case 'ħ':
		return "h", true
	case 'ı':
		return "i", true
	case 'æ':
		return "ae", true
	case 'œ':
		return "oe", true
	case 'þ':
		return "th", true
	case '’', 'ʼ':
		return "'", true
	}
	return "", false
}

// sorter is a collator with its scratch buffer. Neither may be used by two
// goroutines at once.
type sorter struct {
	collator *collate.Collator
	buffer   collate.Buffer
}

// sorters holds idle sorters; building one costs far more than using it.
var sorters = sync.Pool{New: func() any {
	return &sorter{collator: collate.New(language.German)}
}}

// SortKey returns the German collation key of s as lower-case hexadecimal
// digits. Keys compare byte by byte in the order in which German readers expect
// the names, under SQLite's BINARY and PostgreSQL's C collation alike. Names
// that differ only in case or accent stand beside each other and still have
// different keys. It may be called from several goroutines.
func SortKey(s string) string {
	sorter := sorters.Get().(*sorter)
	defer sorters.Put(sorter)
	sorter.buffer.Reset()
	return hex.EncodeToString(sorter.collator.KeyFromString(&sorter.buffer, strings.ToValidUTF8(s, "\uFFFD")))
}
