package discord

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

// size is the length of a text as Discord's clients count it, in UTF-16 units: it is never less than
// the number of characters, so a text within a limit is within it however it is counted.
func size(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// truncate cuts a text that is longer than limit; its last character is then "…".
func truncate(s string, limit int) string {
	if size(s) <= limit {
		return s
	}
	left := limit - 1 // one for the "…"
	for i, r := range s {
		if left -= max(1, utf16.RuneLen(r)); left < 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// marks are the characters that mean something in Discord's Markdown wherever they stand.
const marks = "\\*_~`|<>[]"

// writer writes Discord's Markdown within a limit. What does not fit ends with "…"; an escaped
// character or a time is never cut in two.
type writer struct {
	pieces []string
	size   int
}

// put writes Markdown of our own.
func (w *writer) put(piece string) {
	w.pieces = append(w.pieces, piece)
	w.size += size(piece)
}

// within is what was written, at most limit of it.
func (w *writer) within(limit int) string {
	if w.size <= limit {
		return strings.Join(w.pieces, "")
	}
	var b strings.Builder
	left := limit - 1
	for _, piece := range w.pieces {
		if left -= size(piece); left < 0 {
			break
		}
		b.WriteString(piece)
	}
	return b.String() + "…"
}

// text writes a Text, with moments as Discord's times: every reader sees their own zone.
func (w *writer) text(t conversation.Text) {
	for _, s := range t.Spans() {
		if !s.Moment.IsZero() {
			w.put("<t:" + strconv.FormatInt(s.Moment.Unix(), 10) + ":f>")
			continue
		}
		w.literal(s.Text)
	}
}

// literal writes what is to be read as it is: no emphasis, no mention, no link, no list.
func (w *writer) literal(text string) {
	lineStart := w.lineStart()
	number := lineStart // digits at the begin of a line, which would number a list
	for i, r := range text {
		piece := string(r)
		switch rest := text[i+len(piece):]; {
		case strings.ContainsRune(marks, r),
			r == '@' && (strings.HasPrefix(rest, "everyone") || strings.HasPrefix(rest, "here")),
			r == ':' && strings.HasPrefix(rest, "//"),
			lineStart && strings.ContainsRune("#-+", r),
			number && i > 0 && (r == '.' || r == ')'):
			piece = "\\" + piece
		}
		if lineStart = lineStart && r == ' '; r < '0' || r > '9' {
			number = number && r == ' '
		}
		w.put(piece)
	}
}

// lineStart tells whether the next character begins a line.
func (w *writer) lineStart() bool {
	return len(w.pieces) == 0 || strings.HasSuffix(w.pieces[len(w.pieces)-1], "\n")
}

// markdown writes a Text for a place that understands Markdown and times.
func markdown(t conversation.Text, limit int) string {
	w := &writer{}
	w.text(t)
	return w.within(limit)
}

// heading writes a Text for a place that understands Markdown, but no times.
func heading(t conversation.Text, limit int) string {
	w := &writer{}
	w.literal(t.Plain())
	return w.within(limit)
}

// blank stands where Discord refuses an empty text.
const blank = "\u200b"

// plain writes a Text for a place that is read as it is. It is never empty.
func plain(t conversation.Text, limit int) string {
	return filled(truncate(t.Plain(), limit))
}

func filled(text string) string {
	if strings.TrimSpace(text) == "" {
		return blank
	}
	return text
}
