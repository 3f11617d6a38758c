package slack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
)

// long is a text of n code points, none of them a byte: an emoji of four, letters written from the
// right of two, and an umlaut.
func long(n int) conversation.Text {
	return conversation.Text([]rune(strings.Repeat("😀شü", n/3+1))[:n])
}

// Everything at its limit is shown whole, one more is cut with "…", and both are accepted.
func TestLimits(t *testing.T) {
	many := func(n int) []conversation.Option {
		var list []conversation.Option
		for i := range n {
			list = append(list, conversation.Option{Value: fmt.Sprint("at.", i), Label: conversation.Text(fmt.Sprint(i))})
		}
		return list
	}
	tests := []struct {
		name  string
		limit int
		make  func(n int) conversation.Reply
	}{
		{"title", maxHeader, func(n int) conversation.Reply { return conversation.Reply{Title: long(n)} }},
		{"text", maxSection, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Text: []conversation.Text{long(n)}}
		}},
		{"button", maxButtonText, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Buttons: []conversation.Button{{Act: conversation.ButtonUndo, ID: "i", Label: long(n)}}}
		}},
		{"option", maxOptionText, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Choice: &conversation.Choice{Label: "l", Options: []conversation.Option{{Value: "v", Label: long(n)}}}}
		}},
		{"why", maxOptionText, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Choice: &conversation.Choice{Label: "l", Options: []conversation.Option{{Value: "v", Label: "o", Why: long(n)}}}}
		}},
		{"note", maxContext, func(n int) conversation.Reply { return conversation.Reply{Title: "x", Note: long(n)} }},
		{"menu", maxOptionText, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Buttons: []conversation.Button{{Act: conversation.ButtonWorking, ID: "i", Label: long(n), More: true}}}
		}},
		{"row's button", maxButtonText, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Items: []conversation.Item{{Title: "x", Buttons: []conversation.Button{{Act: conversation.ButtonStop, ID: "i", Label: long(n)}}}}}
		}},
		{"row", maxSection - 2, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Items: []conversation.Item{{Title: long(n)}}}
		}},
		{"check", maxOptionText, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Checks: []conversation.Check{{Name: "c", Label: long(n), On: true}}}
		}},
	}
	for _, tt := range tests {
		for _, n := range []int{tt.limit, tt.limit + 1} {
			body := bottest.JSON(t, message(tt.make(n)))
			if problems := fakeslack.MessageProblems(body); len(problems) > 0 {
				t.Errorf("%s of %d: %v", tt.name, n, problems)
			}
			var b struct{ Blocks json.RawMessage }
			if err := json.Unmarshal(body, &b); err != nil {
				t.Fatal(err)
			}
			if cut := strings.Contains(string(b.Blocks), "…"); cut != (n > tt.limit) {
				t.Errorf("%s of %d: cut is %t", tt.name, n, cut)
			}
		}
	}
	for _, n := range []int{1, maxRadio, maxRadio + 1, maxOptions, maxOptions + 1} {
		r := conversation.Reply{Title: "x", Choice: &conversation.Choice{Label: "l", Options: many(n), Selected: "at.0"}}
		if problems := fakeslack.MessageProblems(bottest.JSON(t, message(r))); len(problems) > 0 {
			t.Errorf("%d options: %v", n, problems)
		}
	}
	for _, n := range []int{maxFields, maxFields + 1, 3 * maxFields} {
		r := conversation.Reply{Title: "x", Facts: make([]conversation.Fact, n), Items: make([]conversation.Item, maxBlocks+1), Note: "n"}
		for i := range r.Facts {
			r.Facts[i] = conversation.Fact{Label: "l", Value: long(maxField + 1)}
		}
		if problems := fakeslack.MessageProblems(bottest.JSON(t, message(r))); len(problems) > 0 {
			t.Errorf("%d facts: %v", n, problems)
		}
	}
	buttons := conversation.Reply{Title: "x"}
	for i := range maxActions + 1 {
		buttons.Buttons = append(buttons.Buttons, conversation.Button{Act: conversation.ButtonStopAt, End: time.Unix(int64(i+1), 0), ID: "i", Label: "b"})
	}
	if problems := fakeslack.MessageProblems(bottest.JSON(t, message(buttons))); len(problems) > 0 {
		t.Errorf("26 buttons: %v", problems)
	}
}

// A menu holds five; rows with menus fit into a message, a modal and the App Home.
func TestMenuLimits(t *testing.T) {
	for _, n := range []int{1, maxMenu, maxMenu + 1} {
		r := conversation.Reply{Title: "x"}
		for range n {
			r.Buttons = append(r.Buttons, conversation.Button{Act: conversation.ButtonSnooze1h, ID: strings.Repeat("i", 22), Label: long(200), More: true})
		}
		for range maxBlocks + 1 {
			r.Items = append(r.Items, conversation.Item{Title: long(200), Text: long(4000), Buttons: r.Buttons})
		}
		if problems := fakeslack.MessageProblems(bottest.JSON(t, message(r))); len(problems) > 0 {
			t.Errorf("%d: message: %v", n, problems)
		}
		if problems := fakeslack.ViewProblems(bottest.JSON(t, resultView("x", r, inbound{}, true))); len(problems) > 0 {
			t.Errorf("%d: modal: %v", n, problems)
		}
		if problems := fakeslack.HomeProblems(bottest.JSON(t, homeView(r))); len(problems) > 0 {
			t.Errorf("%d: App Home: %v", n, problems)
		}
	}
	long := conversation.Reply{Title: "x", Buttons: []conversation.Button{{Act: conversation.ButtonWorking, ID: strings.Repeat("i", maxOptionValue), Label: "x", More: true}}}
	if body := bottest.JSON(t, message(long)); strings.Contains(string(body), "overflow") {
		t.Errorf("a menu with a value that Slack refuses: %s", body)
	}
}

func TestFormLimits(t *testing.T) {
	for _, n := range []int{maxViewTitle, maxViewTitle + 1, maxInput, maxInput + 1} {
		f := conversation.Form{Act: conversation.FormCorrect, ID: "i", Title: long(n), Intro: long(n), Submit: long(n), Fields: []conversation.Field{
			{Name: "a", Label: long(n), Hint: long(n), Kind: conversation.FieldText, Value: string(long(n))},
			{Name: "b", Label: long(n), Kind: conversation.FieldMoment, Moment: time.Unix(1764000000, 0)},
			{Name: "c", Label: long(n), Kind: conversation.FieldCheck, On: true},
			{Name: "d", Label: "d", Kind: conversation.FieldText, Value: string(long(n)), Max: 10},
		}}
		if problems := fakeslack.ViewProblems(bottest.JSON(t, modal(f, inbound{responseURL: "https://hooks.slack.com/" + strings.Repeat("x", n)}))); len(problems) > 0 {
			t.Errorf("%d: %v", n, problems)
		}
	}
}

// A date and an entity are written whole or not at all.
func TestTruncationKeepsMarks(t *testing.T) {
	moment := conversation.Text("\x021764000000\x1f17:30\x03")
	text := long(10) + moment + "&<>"
	whole := mrkdwn(text, 1000)
	if want := string(long(10)) + "<!date^1764000000^{date_short_pretty} {time}|17:30>&amp;&lt;&gt;"; whole != want {
		t.Fatalf("%q", whole)
	}
	for limit := 1; limit <= utf8.RuneCountInString(whole)+1; limit++ {
		got := mrkdwn(text, limit)
		body := bottest.JSON(t, map[string]any{"text": got})
		if problems := fakeslack.MessageProblems(body); len(problems) > 0 || utf8.RuneCountInString(got) > limit {
			t.Errorf("limit %d: %q %v", limit, got, problems)
		}
	}
}

func TestResponseURLs(t *testing.T) {
	a := newAnswerer(mustURL(t, "http://127.0.0.1:4000/api/"), nil)
	tests := map[string]bool{
		"https://hooks.slack.com/commands/1":            true,
		"https://slack.com/x":                           true,
		"http://127.0.0.1:4000/response/1":              true,
		"http://hooks.slack.com/commands/1":             false,
		"https://hooks.slack.com:8443/x":                false,
		"https://hooks.slack.com.evil.example/x":        false,
		"https://evil.example/hooks.slack.com":          false,
		"https://evil.slack.com/x":                      false,
		"https://hooks.slack.com@evil.example/x":        false,
		"https://user@hooks.slack.com/x":                false,
		"https://hooks.slack.com\\@evil.example/x":      false,
		"//hooks.slack.com/x":                           false,
		"https:hooks.slack.com/x":                       false,
		"http://127.0.0.1:4001/response/1":              false,
		"https://127.0.0.1:4000/response/1":             false,
		"http://127.0.0.1/response/1":                   false,
		"http://localhost:4000/response/1":              false,
		"http://[::1]:4000/x":                           false,
		"http://169.254.169.254/latest/meta-data":       false,
		"file:///etc/passwd":                            false,
		"javascript:alert(1)":                           false,
		"":                                              false,
		"https://":                                      false,
		"https://HOOKS.SLACK.COM.evil.example":          false,
		"https://hooks.slack.com%2eevil.example/x":      false,
		"https://hooks.slack.com%00.evil.example/x":     false,
		"https://hooks.slack.com\t.evil.example/x":      false,
		"https://хooks.slack.com/x":                     false, // a Cyrillic letter
		"ftp://hooks.slack.com/x":                       false,
		"https://hooks.slack.com#@evil.example/":        true, // the host is Slack's
		"https://evil.example/?https://hooks.slack.com": false,
	}
	for address, want := range tests {
		if got := a.permitted(address); got != want {
			t.Errorf("%q: %t", address, got)
		}
	}
}
