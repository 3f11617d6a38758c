package console

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

func TestRender(t *testing.T) {
	r := conversation.Reply{
		Title: "Title\x1b[31m",
		Text:  []conversation.Text{"First paragraph.", "\x021764000000\x1fyesterday 17:00\x03 was a moment."},
		Facts: []conversation.Fact{{Label: "Läuft seit", Value: "佐藤 愛子"}, {Label: "Kürzer", Value: "x\r\ny\u009b1m"}},
		Items: []conversation.Item{{Title: "One", Text: "with words"}, {Title: "Two"}},
		Choice: &conversation.Choice{Label: "End", Selected: "y", Options: []conversation.Option{
			{Value: "x", Label: "17:00", Why: "usual end"}, {Value: "y", Label: "Now"},
		}},
		Checks: []conversation.Check{{Name: "n", Label: "Tell Zoë", On: true}, {Name: "m", Label: "Tell nobody"}},
		Buttons: []conversation.Button{
			{Act: conversation.ButtonConfirm, ID: "secret-id", Label: "Confirm"},
			{Act: conversation.ButtonLink, Label: "Open", URL: "https://time.example/w/acme"},
			{Act: conversation.ButtonCancel, ID: "secret-id", Label: "Cancel"},
		},
		Note: "Small print.",
	}
	want := `Title[31m
First paragraph.
yesterday 17:00 was a moment.
  Läuft seit  佐藤 愛子
  Kürzer      xy1m
  One
      with words
  Two
  End:
    [a] ( ) 17:00 – usual end
    [b] (•) Now
    [c] (x) Tell Zoë
    [d] ( ) Tell nobody
  [7] Confirm   [8] Cancel
  Open: https://time.example/w/acme
  Small print.
`
	if d := cmp.Diff(want, render(r, newCard(r, 7))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := render(conversation.Reply{}, card{}); got != "" {
		t.Errorf("nothing is written as %q", got)
	}
}

func TestCard(t *testing.T) {
	r := conversation.Reply{
		Choice:  &conversation.Choice{Label: "End", Selected: "now", Options: []conversation.Option{{Value: "now", Label: "Now"}, {Value: "at.1", Label: "17:00"}}},
		Checks:  []conversation.Check{{Name: "notify", Label: "Tell", On: true}},
		Buttons: []conversation.Button{{Act: conversation.ButtonConfirm, ID: "id"}, {Act: conversation.ButtonCancel, ID: "id"}},
	}
	c := newCard(r, 1)
	if shown, _, ok := c.choose("b"); !ok || shown != "End: 17:00" {
		t.Errorf("b: %q %v", shown, ok)
	}
	if shown, _, ok := c.choose("c"); !ok || shown != "( ) Tell" {
		t.Errorf("c: %q %v", shown, ok)
	}
	if _, _, ok := c.choose("d"); ok {
		t.Error("d means something")
	}
	b, ok := c.button(1)
	if !ok {
		t.Fatal("there is no button 1")
	}
	want := conversation.Press{Act: conversation.ButtonConfirm, ID: "id", Choice: "at.1", Checks: map[string]bool{"notify": false}}
	if d := cmp.Diff(want, c.press(b)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, number := range []int{-1, 0, 3} {
		if _, ok := c.button(number); ok {
			t.Errorf("there is a button %d", number)
		}
	}
	if !r.Checks[0].On {
		t.Error("choosing changed the reply")
	}
}

func TestLetter(t *testing.T) {
	var names []string
	for _, i := range []int{0, 25, 26, 51, 52} {
		names = append(names, letter(i))
	}
	if got := strings.Join(names, " "); got != "a z aa zz aaa" {
		t.Error(got)
	}
}

// A menu that acts at once is a list of numbers after those of the buttons.
func TestRenderPick(t *testing.T) {
	r := conversation.Reply{
		Title:   "3 forgotten timers?",
		Items:   []conversation.Item{{Title: "Dana", Buttons: []conversation.Button{{Act: conversation.ButtonUndo, ID: "row", Label: "Undo"}}}},
		Buttons: []conversation.Button{{Act: conversation.ButtonCancel, ID: "own", Label: "Cancel"}},
		Pick: &conversation.Pick{Act: conversation.ButtonStop, Label: "Stop a timer…", Options: []conversation.Option{
			{Value: "secret-1", Label: "Dana", Why: "Fix login"}, {Value: "secret-2", Label: "Dirk"},
		}},
	}
	want := `3 forgotten timers?
  Dana
      [102] Undo
  Stop a timer…
    [103] Dana – Fix login
    [104] Dirk
  [101] Cancel
`
	c := newCard(r, 101)
	if d := cmp.Diff(want, render(r, c)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for number, want := range map[int]conversation.Press{
		101: {Act: conversation.ButtonCancel, ID: "own"}, 102: {Act: conversation.ButtonUndo, ID: "row"},
		103: {Act: conversation.ButtonStop, ID: "secret-1"}, 104: {Act: conversation.ButtonStop, ID: "secret-2"},
	} {
		b, ok := c.button(number)
		if d := cmp.Diff(want, c.press(b)); !ok || d != "" {
			t.Errorf("%d: %t %s", number, ok, d)
		}
	}
	if _, ok := c.button(105); ok {
		t.Error("there is a button 105")
	}
}
