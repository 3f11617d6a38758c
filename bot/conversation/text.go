package conversation

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// Text is something a person reads. Moments stand in it as marks that carry the moment and how it
// reads in the reader's zone, so that a platform can show every reader their own zone. Nothing in a
// Text is escaped for any platform.
type Text string

// Span is a piece of a Text: plain words, or a moment with the words for it.
type Span struct {
	Text   string
	Moment time.Time // zero for plain words
}

const (
	markOpen  = '\x02'
	markMid   = '\x1f'
	markClose = '\x03'
)

// momentText is a mark for t that reads as shown.
func momentText(t time.Time, shown string) Text {
	return Text(string(markOpen) + strconv.FormatInt(t.Unix(), 10) + string(markMid) + shown + string(markClose))
}

// Spans takes the text apart.
func (t Text) Spans() []Span {
	var spans []Span
	rest := string(t)
	for {
		before, mark, found := strings.Cut(rest, string(markOpen))
		if before != "" {
			spans = append(spans, Span{Text: before})
		}
		if !found {
			return spans
		}
		mark, rest, _ = strings.Cut(mark, string(markClose))
		unix, shown, _ := strings.Cut(mark, string(markMid))
		moment, _ := parseUnix(unix)
		spans = append(spans, Span{Text: shown, Moment: moment})
	}
}

// Plain is the text with its moments in words.
func (t Text) Plain() string {
	if !strings.ContainsRune(string(t), markOpen) {
		return string(t)
	}
	var b strings.Builder
	for _, s := range t.Spans() {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Literal makes a Text of what a person typed: control characters, which could forge a mark, and
// characters that turn the direction of the line around are dropped.
func Literal(s string) Text {
	return Text(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s))
}

// clipped is Literal, at most n characters long.
func clipped(s string, n int) Text {
	r := []rune(string(Literal(s)))
	if len(r) <= n {
		return Text(r)
	}
	return Text(r[:n-1]) + "…"
}

// voice speaks to one reader at one moment.
type voice struct {
	*locale.Printer
	now time.Time
}

// say writes a message. Strings in params are taken literally, times become moments, durations words.
func (v voice) say(id string, params ...locale.Params) Text {
	filled := make([]locale.Params, len(params))
	for i, set := range params {
		filled[i] = make(locale.Params, len(set))
		for name, value := range set {
			switch x := value.(type) {
			case string:
				value = string(Literal(x))
			case Text:
				value = string(x)
			case time.Time:
				value = string(v.at(x))
			}
			filled[i][name] = value
		}
	}
	return Text(v.T(id, filled...))
}

// at writes a moment.
func (v voice) at(t time.Time) Text { return momentText(t, v.DayTime(t, v.now)) }

// description writes what an entry is about.
func (v voice) description(e core.TimeEntry) Text {
	if strings.TrimSpace(e.Description) == "" {
		return v.say("no_description")
	}
	return clipped(e.Description, 300)
}

// by writes who did something, as it stands after "by": a name, or the words for a job.
func (v voice) by(name string) Text {
	switch core.Job(name) {
	case core.JobOperator:
		return v.say("chat.operator")
	case core.JobForgottenTimers, core.JobDelivery, core.JobChatPeople, core.JobHousekeeping:
		return v.say("chat.job")
	}
	return clipped(name, 100)
}

// join puts texts side by side.
func join(texts ...Text) Text {
	var b strings.Builder
	for _, t := range texts {
		if t == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(" · ")
		}
		b.WriteString(string(t))
	}
	return Text(b.String())
}
