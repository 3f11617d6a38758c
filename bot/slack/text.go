package slack

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

// escaper escapes the three characters that mean something in mrkdwn.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// lookalike replaces the brackets that start a mention, for texts that can't be escaped.
var lookalike = strings.NewReplacer("<", "‹", ">", "›")

// unescaper undoes escaper.
var unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// writer writes mrkdwn within a limit of code points. What does not fit ends with "…"; an entity or
// a date is never cut in two.
type writer struct {
	pieces []string
	size   int // code points of all pieces
}

func (w *writer) put(piece string) {
	w.pieces = append(w.pieces, piece)
	w.size += utf8.RuneCountInString(piece)
}

// within is what was written, at most limit code points of it.
func (w *writer) within(limit int) string {
	if w.size <= limit {
		return strings.Join(w.pieces, "")
	}
	var b strings.Builder
	left := limit - 1 // one for the "…"
	for _, piece := range w.pieces {
		if left -= utf8.RuneCountInString(piece); left < 0 {
			break
		}
		b.WriteString(piece)
	}
	return b.String() + "…"
}

// text writes a Text, with moments as Slack's dates: every reader sees their own zone.
func (w *writer) text(t conversation.Text) {
	for _, s := range t.Spans() {
		if !s.Moment.IsZero() {
			shown := strings.ReplaceAll(escaper.Replace(s.Text), "|", "/")
			w.put("<!date^" + strconv.FormatInt(s.Moment.Unix(), 10) + "^{date_short_pretty} {time}|" + shown + ">")
			continue
		}
		for _, r := range s.Text {
			w.put(escaper.Replace(string(r)))
		}
	}
}

// mrkdwn writes a Text for a place that understands mrkdwn.
func mrkdwn(t conversation.Text, limit int) string {
	w := &writer{}
	w.text(t)
	return w.within(limit)
}

// plain writes a Text for a place of plain text, where Slack escapes by itself.
func plain(t conversation.Text, limit int) string {
	return truncate(lookalike.Replace(t.Plain()), limit)
}

// truncate cuts after limit code points, the last of which is then "…".
func truncate(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}
