package locale

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
)

// Printer writes for one reader: in one language and one time zone. It holds
// no state and may be shared by goroutines. Make one with [Catalog.Printer].
type Printer struct {
	words *vocabulary
	zone  *time.Location
	now   time.Time // zero: unknown
}

// At returns a printer for the same reader who reads at now: T then writes times as briefly as is
// clear at that moment (DayTime), and a parameter named Ago as how long before now it was (AgoOrTime).
func (p *Printer) At(now time.Time) *Printer {
	at := *p
	at.now = now
	return &at
}

// Lang returns the printer's language, "en" or "de".
func (p *Printer) Lang() string { return p.words.lang }

// Zone returns the reader's time zone, never nil.
func (p *Printer) Zone() *time.Location { return p.zone }

// Has reports whether there is a message with this id.
func (p *Printer) Has(id string) bool {
	_, ok := p.words.messages()[id]
	return ok
}

// T returns the text of a message with its parameters filled in. An unknown id
// answers "⟦id⟧" and a parameter without a value "⟦Name⟧", so that a mistake is
// seen and never breaks the page. When a parameter stands in several params,
// the first wins.
func (p *Printer) T(id string, params ...Params) string {
	m, ok := p.words.messages()[id]
	if !ok {
		return "⟦" + id + "⟧"
	}
	f := m.other
	if m.one != nil && p.isOne(params) {
		f = m.one
	}
	if len(f.params) == 0 {
		return f.texts[0]
	}
	var b strings.Builder
	for i, name := range f.params {
		b.WriteString(f.texts[i])
		b.WriteString(p.value(name, params))
	}
	b.WriteString(f.texts[len(f.texts)-1])
	return b.String()
}

// isOne reports whether the Count in params takes the plural form "one".
func (p *Printer) isOne(params []Params) bool {
	value, ok := lookup(countParam, params)
	if !ok {
		return false
	}
	n, ok := integer(value)
	return ok && plural.Cardinal.MatchPlural(p.words.tag, max(n, -n), 0, 0, 0, 0) == plural.One
}

// value writes one parameter.
func (p *Printer) value(name string, params []Params) string {
	value, ok := lookup(name, params)
	if !ok {
		return "⟦" + name + "⟧"
	}
	if name == countParam {
		if n, ok := integer(value); ok {
			return p.Number(n)
		}
	}
	switch v := value.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case time.Time:
		switch {
		case p.now.IsZero():
			return p.DateTime(v)
		case name == agoParam:
			return p.AgoOrTime(v, p.now)
		}
		return p.DayTime(v, p.now)
	case time.Duration:
		return p.Duration(v)
	}
	return fmt.Sprint(value)
}

// agoParam names a time that is written as how long ago it was.
const agoParam = "Ago"

func lookup(name string, params []Params) (any, bool) {
	for _, set := range params {
		if value, ok := set[name]; ok {
			return value, true
		}
	}
	return nil, false
}

func integer(value any) (int, bool) {
	switch n := value.(type) {
	case int:
		return n, true
	case int32:
		return int(n), true
	case int64:
		return int(n), true
	}
	return 0, false
}

// Number writes n with the language's thousands separator: 1,234 or 1.234.
func (p *Printer) Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	if len(digits) <= 3 {
		return sign + digits
	}
	var b strings.Builder
	b.WriteString(sign)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(p.words.group)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}
