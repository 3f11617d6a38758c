package discord

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
)

// long is a text of n units as Discord's clients count them: emoji of two, letters written from the
// right and umlauts of one.
func long(n int) conversation.Text {
	var b strings.Builder
	for left := n; left > 0; {
		for _, r := range "😀شü" {
			if w := size(string(r)); w <= left {
				b.WriteRune(r)
				left -= w
			}
		}
	}
	return conversation.Text(b.String())
}

// Everything at its limit is shown whole, one more is cut with "…", and both are accepted.
func TestLimits(t *testing.T) {
	tests := []struct {
		name  string
		limit int
		make  func(n int) conversation.Reply
	}{
		{"content", maxContent, func(n int) conversation.Reply { return conversation.Reply{Text: []conversation.Text{long(n)}} }},
		{"title", maxContent - 4, func(n int) conversation.Reply { return conversation.Reply{Title: long(n)} }},
		{"note alone", maxContent - 5, func(n int) conversation.Reply {
			return conversation.Reply{Text: []conversation.Text{"x"}, Note: long(n)}
		}},
		{"field name", maxFieldName, func(n int) conversation.Reply {
			return conversation.Reply{Facts: []conversation.Fact{{Label: long(n), Value: "v"}}}
		}},
		{"field value", maxFieldValue, func(n int) conversation.Reply {
			return conversation.Reply{Facts: []conversation.Fact{{Label: "l", Value: long(n)}}}
		}},
		{"row", maxFieldValue, func(n int) conversation.Reply {
			return conversation.Reply{Items: []conversation.Item{{Title: "l", Text: long(n)}}}
		}},
		{"footer", maxFooter, func(n int) conversation.Reply {
			return conversation.Reply{Facts: []conversation.Fact{{Label: "l", Value: "v"}}, Note: long(n)}
		}},
		{"all fields", maxEmbed, func(n int) conversation.Reply {
			r := conversation.Reply{}
			for n > 0 {
				part := min(n, maxFieldName+maxFieldValue)
				r.Facts = append(r.Facts, conversation.Fact{Label: long(min(part-1, maxFieldName)), Value: long(part - min(part-1, maxFieldName))})
				n -= part
			}
			return r
		}},
		{"button", maxButtonText, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Buttons: []conversation.Button{{Act: conversation.ButtonUndo, ID: "i", Label: long(n)}}}
		}},
		{"check", maxButtonText - 2, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Checks: []conversation.Check{{Name: "c", Label: long(n), On: true}}}
		}},
		{"option", maxOptionText, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Choice: &conversation.Choice{Label: "l", Options: []conversation.Option{{Value: "v", Label: long(n)}}}}
		}},
		{"why", maxOptionText, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Choice: &conversation.Choice{Label: "l", Options: []conversation.Option{{Value: "v", Label: "o", Why: long(n)}}}}
		}},
		{"placeholder", maxPlaceholder, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Pick: &conversation.Pick{Act: conversation.ButtonStop, Label: long(n), Options: []conversation.Option{{Value: "v", Label: "o"}}}}
		}},
		{"pick", maxOptionText, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Pick: &conversation.Pick{Act: conversation.ButtonStop, Label: "l", Options: []conversation.Option{{Value: "v", Label: long(n), Why: "w"}}}}
		}},
		{"menu", maxOptionText, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Menu: "m", Buttons: []conversation.Button{{Act: conversation.ButtonWorking, ID: "i", Label: long(n), More: true}}}
		}},
		{"menu of a row", maxOptionText - 3, func(n int) conversation.Reply {
			return conversation.Reply{Title: "x", Menu: "m", Items: []conversation.Item{{Title: "t", Text: "x", Buttons: []conversation.Button{{Act: conversation.ButtonStop, ID: "i", Label: long(n)}}}}}
		}},
	}
	for _, tt := range tests {
		for _, n := range []int{tt.limit, tt.limit + 1} {
			body := bottest.JSON(t, ephemeral(tt.make(n)))
			if problems := fakediscord.MessageProblems(body); len(problems) > 0 {
				t.Errorf("%s of %d: %v", tt.name, n, problems)
			}
			if cut := strings.Contains(string(body), "…"); cut != (n > tt.limit) {
				t.Errorf("%s of %d: cut is %t", tt.name, n, cut)
			}
		}
	}
}

// Whatever number of things a reply has, Discord takes the message.
func TestNumbers(t *testing.T) {
	id := strings.Repeat("i", 22)
	for _, n := range []int{0, 1, 5, 6, 15, 20, 24, 25, 26, 50, 100} {
		r := conversation.Reply{Title: long(200), Text: []conversation.Text{long(4000)}, Note: long(3000), Menu: long(200)}
		r.Choice = &conversation.Choice{Label: long(300), Selected: "at.0"}
		r.Pick = &conversation.Pick{Act: conversation.ButtonStop, Label: long(300)}
		for i := range n {
			r.Facts = append(r.Facts, conversation.Fact{Label: long(300), Value: long(2000)})
			r.Choice.Options = append(r.Choice.Options, conversation.Option{Value: fmt.Sprint("at.", i), Label: long(200), Why: long(200)})
			r.Pick.Options = append(r.Pick.Options, conversation.Option{Value: fmt.Sprint(id, i), Label: long(200), Why: long(200)})
			r.Checks = append(r.Checks, conversation.Check{Name: fmt.Sprint("c", i), Label: long(200)})
			r.Buttons = append(r.Buttons,
				conversation.Button{Act: conversation.ButtonStopAt, End: time.Unix(int64(i+1), 0), ID: id, Label: long(200)},
				conversation.Button{Act: conversation.ButtonStart, Label: "same id"},
				conversation.Button{Act: conversation.ButtonLink, URL: "https://x.example/" + strings.Repeat("x", i*20), Label: "l"},
				conversation.Button{Act: conversation.ButtonWorking, ID: fmt.Sprint(id, i), Label: long(200), More: true})
		}
		full := r
		for i := range n {
			full.Items = append(full.Items, conversation.Item{Title: long(200), Text: long(2000), Buttons: []conversation.Button{
				{Act: conversation.ButtonStop, ID: fmt.Sprint(id, i), Label: long(90)}, {Act: conversation.ButtonWorking, ID: fmt.Sprint(id, i), Label: long(10)},
			}})
		}
		list := conversation.Reply{Title: "x", Menu: "m", Items: full.Items}
		for name, reply := range map[string]conversation.Reply{"all": r, "with a list": full, "list": list} {
			if problems := fakediscord.MessageProblems(bottest.JSON(t, ephemeral(reply))); len(problems) > 0 {
				t.Errorf("%s, %d: %v", name, n, problems)
			}
		}
	}
}

// A list of fifteen timers, which is what a chat shows, has every act of every row in its menus.
func TestEveryActOfAList(t *testing.T) {
	r := conversation.Reply{Title: "x", Menu: "What?", Buttons: []conversation.Button{{Act: conversation.ButtonLink, URL: "https://x.example", Label: "p"}}}
	for i := range 15 {
		item := conversation.Item{Title: conversation.Text(strings.Repeat("n", 200)), Text: "t"}
		for _, act := range []conversation.ButtonAct{conversation.ButtonStop, conversation.ButtonSnooze1h, conversation.ButtonSnooze4h, conversation.ButtonTomorrow, conversation.ButtonWorking} {
			item.Buttons = append(item.Buttons, conversation.Button{Act: act, ID: fmt.Sprintf("%022d", i), Label: conversation.Text(act)})
		}
		r.Items = append(r.Items, item)
	}
	m := ephemeral(r)
	if problems := fakediscord.MessageProblems(bottest.JSON(t, m)); len(problems) > 0 {
		t.Error(problems)
	}
	options := 0
	for _, row := range m.Components {
		for _, c := range row.Components {
			for _, o := range c.Options {
				options++
				act := strings.SplitN(o.Value, separator, 2)[0]
				if !strings.HasSuffix(o.Label, ": "+act) {
					t.Errorf("option %q stands for %q", o.Label, o.Value)
				}
			}
		}
	}
	if options != 75 {
		t.Errorf("%d options, want 75", options)
	}
}

func TestFormLimits(t *testing.T) {
	for _, n := range []int{1, maxModalTitle, maxModalTitle + 1, maxInputHint, maxInputHint + 1, maxInput, maxInput + 1} {
		f := conversation.Form{Act: conversation.FormCorrect, ID: strings.Repeat("i", 22), Title: long(n), Intro: long(n), Submit: long(n), Apart: true, Fields: []conversation.Field{
			{Name: "a", Label: long(n), Hint: long(n), Kind: conversation.FieldText, Value: string(long(n))},
			{Name: "b", Label: long(n), Kind: conversation.FieldMoment, Shown: "22 Nov 2026, 17:42"},
			{Name: "c", Label: long(n), Kind: conversation.FieldCheck, Shown: "yes", Optional: true},
			{Name: "d", Label: "d", Kind: conversation.FieldText, Value: string(long(n)), Max: 10, Long: true},
		}}
		for range 3 {
			m := modalOf(f)
			if problems := fakediscord.ModalProblems(bottest.JSON(t, m)); len(problems) > 0 {
				t.Errorf("%d: %v", n, problems)
			}
			if cut := strings.HasSuffix(m.Title, "…"); cut != (n > maxModalTitle) {
				t.Errorf("title of %d: cut is %t", n, cut)
			}
			f.Fields = append(f.Fields, conversation.Field{Name: fmt.Sprint("e", len(f.Fields)), Label: "e", Kind: conversation.FieldText})
		}
	}
}

// A time and an escaped character are written whole or not at all.
func TestTruncationKeepsMarks(t *testing.T) {
	moment := conversation.Text("\x021764000000\x1f17:30\x03")
	text := long(10) + moment + "*_<>"
	whole := markdown(text, 1000)
	if want := string(long(10)) + `<t:1764000000:f>\*\_\<\>`; whole != want {
		t.Fatalf("%q", whole)
	}
	for limit := 1; limit <= size(whole)+1; limit++ {
		got := markdown(text, limit)
		message := message{Content: &got, Embeds: []embed{}, Components: []component{}, AllowedMentions: noMentions()}
		if problems := fakediscord.MessageProblems(bottest.JSON(t, message)); len(problems) > 0 || size(got) > limit {
			t.Errorf("limit %d: %q %v", limit, got, problems)
		}
		if strings.HasSuffix(strings.TrimSuffix(got, "…"), `\`) {
			t.Errorf("limit %d: %q", limit, got)
		}
	}
	for limit := 1; limit < 30; limit++ {
		if got := truncate(string(long(20)), limit); size(got) > limit || limit >= 20 && got != string(long(20)) {
			t.Errorf("limit %d: %q", limit, got)
		}
	}
}

func TestLiteral(t *testing.T) {
	for text, want := range map[string]string{
		"plain, with-hyphen. 1.5 (ok) dana@acme.test": "plain, with-hyphen. 1.5 (ok) dana@acme.test",
		"# heading":          `\# heading`,
		"- item":             `\- item`,
		"-# small":           `\-# small`,
		"12. item":           `12\. item`,
		" + item":            ` \+ item`,
		"@everyone @here x@": `\@everyone \@here x@`,
		"https://x.example":  `https\://x.example`,
		"||spoiler|| ~~s~~":  `\|\|spoiler\|\| \~\~s\~\~`,
		"[a](b) <@1> `c`":    "\\[a\\](b) \\<@1\\> \\`c\\`",
		`back\slash`:         `back\\slash`,
	} {
		if got := markdown(conversation.Text(text), 1000); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A Pick comes back as a press of its act with the chosen id.
func TestPick(t *testing.T) {
	r := conversation.Reply{Title: "x", Pick: &conversation.Pick{Act: conversation.ButtonStop, Label: "Which?", Options: []conversation.Option{{Value: "opaque-id", Label: "Dana", Why: "9 h"}}}}
	m := ephemeral(r)
	pick := m.Components[0].Components[0]
	body := bottest.JSON(t, map[string]any{
		"id": "1", "application_id": "2", "type": 3, "token": "x", "user": map[string]any{"id": "3"},
		"data": map[string]any{"component_type": 3, "custom_id": pick.CustomID, "values": []string{pick.Options[0].Value}},
	})
	in, err := interactionOf(body)
	if err != nil || in.req.Press == nil || in.req.Press.Act != conversation.ButtonStop || in.req.Press.ID != "opaque-id" {
		t.Errorf("%+v, %v", in.req.Press, err)
	}
}
