package conversation

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

func speaker(t testing.TB, language string) *call {
	t.Helper()
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	return &call{voice: voice{Printer: catalog.Printer(language, time.UTC), now: time.Unix(1764000000, 0)}}
}

func TestParse(t *testing.T) {
	tests := []struct {
		line string
		name string
		args Args
	}{
		{"", "help", Args{}},
		{"  HELP ", "help", Args{}},
		{"list", "list", Args{"search": ""}},
		{"list dana müller", "list", Args{"search": "dana müller"}},
		{"list dana running", "list", Args{"search": "dana", "filter": "running"}},
		{"list markiert dana", "list", Args{"search": "dana", "filter": "flagged"}},
		{"list gemeldet dana", "list", Args{"search": "dana", "filter": "flagged"}},
		{"list laufend", "list", Args{"search": "", "filter": "running"}},
		{"show <@U1>", "show", Args{"user": "U1"}},
		{"show <@!123456>", "show", Args{"user": "123456"}},
		{"show <@U1|dana with spaces>", "show", Args{"user": "U1"}},
		{"show dana@acme.test,", "show", Args{"email": "dana@acme.test"}},
		{"show <mailto:dana@acme.test|dana@acme.test>", "show", Args{"email": "dana@acme.test"}},
		{"stop-timer <@U1> at 17:30", "stop-timer", Args{"user": "U1", "at": "17:30"}},
		{"stop-timer <@U1> at: yesterday 18:00 reason: left at 6 ", "stop-timer", Args{"user": "U1", "at": "yesterday 18:00", "reason": "left at 6"}},
		{"stop-timer <@U1> um gestern 18 Uhr Grund  doppelt  belegt", "stop-timer", Args{"user": "U1", "at": "gestern 18 Uhr", "reason": "doppelt  belegt"}},
		{"stop-timer <@U1> reason at night", "stop-timer", Args{"user": "U1", "reason": "at night"}},
		{"deactivate-key a@b.test reason lost", "deactivate-key", Args{"email": "a@b.test", "reason": "lost"}},
	}
	for _, tt := range tests {
		cmd, args, err := speaker(t, "en").parse(t.Context(), Typed{Group: GroupAccounts, Text: tt.line})
		if err != nil || cmd.Name != tt.name || !maps.Equal(args, tt.args) {
			t.Errorf("%q: %s %v, %v", tt.line, cmd.Name, args, err)
		}
	}
	cmd, args, err := speaker(t, "de").parse(t.Context(), Typed{Group: GroupTimer, Text: "start  Fix  the   login at 5 "})
	if err != nil || cmd.Name != "start" || args["description"] != "Fix  the   login at 5" {
		t.Errorf("%s %q, %v", cmd.Name, args, err)
	}
}

func TestMisuse(t *testing.T) {
	tests := []struct {
		line, want string
	}{
		{"show @dana", "arrived as plain text"},
		{"show", "mention the person"},
		{"show <#C1>", "names nobody"},
		{"show <@U1> <@U2>", "is not understood here"},
		{"shwo <@U1>", "Did you mean /accounts show?"},
		{"deactivatekey x", "Did you mean /accounts deactivate-key?"},
		{"stop <@U1>", "Did you mean /accounts stop-timer?"},
		{"stop-timer <@U1> att 17:30", "Did you mean “at”?"},
		{"stop-timer <@U1> because", "is not understood here"},
		{"stop-timer <@U1> um", ""},
		{"forgotten now", "is not understood here"},
		{strings.Repeat("ü", maxLine+1), "too long"},
		{"show \xff", "too long"},
	}
	for _, tt := range tests {
		_, _, err := speaker(t, "en").parse(t.Context(), Typed{Group: GroupAccounts, Text: tt.line})
		wrong := (*misuse)(nil)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%q: %v", tt.line, err)
			}
			continue
		}
		if !errors.As(err, &wrong) || !strings.Contains(wrong.Error(), tt.want) {
			t.Errorf("%q: %v", tt.line, err)
		}
	}
}

func TestEdits(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"a", "", 1},
		{"stop", "stop", 0},
		{"hsow", "show", 1},
		{"stp", "stop", 1},
		{"xtop", "stop", 1},
		{"kitten", "sitting", 3},
		{"über", "uber", 1},
	}
	for _, tt := range tests {
		if got := edits(tt.a, tt.b); got != tt.want {
			t.Errorf("%q %q: %d", tt.a, tt.b, got)
		}
		if got := edits(tt.b, tt.a); got != tt.want {
			t.Errorf("%q %q: %d", tt.b, tt.a, got)
		}
	}
}

// Every command has its words in both languages, its own name in its group, and a help.
func TestCommandsAreComplete(t *testing.T) {
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, cmd := range Commands() {
		key := string(cmd.Group) + " " + cmd.Name
		if seen[key] || cmd.run == nil || !slices.Contains(Groups(), cmd.Group) {
			t.Errorf("%s is declared twice, in no group, or does nothing", key)
		}
		seen[key] = true
		for _, language := range locale.Languages() {
			p := catalog.Printer(language, nil)
			if text := p.T(cmd.Summary) + cmd.Usage(p, core.PlatformSlack) + cmd.Usage(p, core.PlatformConsole); strings.Contains(text, "⟦") {
				t.Errorf("%s in %s: %s", key, language, text)
			}
		}
	}
	for _, g := range Groups() {
		if !seen[string(g)+" help"] {
			t.Errorf("%s has no help", g)
		}
	}
}

func TestButtonNames(t *testing.T) {
	for _, b := range []Button{
		{Act: ButtonConfirm},
		{Act: ButtonCancel},
		{Act: ButtonStop},
		{Act: ButtonUndo},
		{Act: ButtonCorrect},
		{Act: ButtonLink},
		{Act: ButtonStopAt, End: time.Unix(1764000000, 0).UTC()},
	} {
		act, end, ok := ParseName(b.Name())
		if !ok || act != b.Act || !end.Equal(b.End) {
			t.Errorf("%q: %s %s %t", b.Name(), act, end, ok)
		}
	}
	for _, name := range []string{"", "x", "confirm.1", "stop_at", "stop_at.", "stop_at.-1", "stop_at.99999999999999", "stop_at.1e9"} {
		if _, _, ok := ParseName(name); ok {
			t.Errorf("%q is taken for a button", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"stop-timer <@U1|x> at 17:30 reason y", "list running", "show <@", "show <>", "show <mailto:@|>", "\u00a0list\u2003x"} {
		f.Add(s)
	}
	c := speaker(f, "en")
	f.Fuzz(func(t *testing.T, line string) {
		for _, g := range Groups() {
			_, args, err := c.parse(t.Context(), Typed{Group: g, Text: line})
			if err != nil {
				if wrong := (*misuse)(nil); !errors.As(err, &wrong) || strings.Contains(wrong.Error(), "⟦") {
					t.Errorf("%q: %v", line, err)
				}
				continue
			}
			if user := args["user"]; user != "" && !mention.MatchString("<@"+user+">") {
				t.Errorf("%q: user %q", line, user)
			}
			if email, ok := args["email"]; ok && strings.IndexByte(email, '@') < 1 {
				t.Errorf("%q: address %q", line, email)
			}
		}
	})
}

// What people type can't forge a moment or turn a line around, and comes out as it went in.
func FuzzText(f *testing.F) {
	f.Add("a\x02\x031\x1fb\x03c")
	f.Add("\u202eabc\u2066")
	f.Fuzz(func(t *testing.T, s string) {
		text := Literal(s)
		for _, span := range text.Spans() {
			if !span.Moment.IsZero() {
				t.Errorf("%q became a moment", s)
			}
		}
		if text.Plain() != string(text) {
			t.Errorf("%q changed to %q", text, text.Plain())
		}
	})
}

func TestMomentsInText(t *testing.T) {
	c := speaker(t, "en")
	text := c.say("chat.since_for", locale.Params{"Start": c.now, "Duration": 90 * time.Minute})
	spans := text.Spans()
	if len(spans) != 2 || !spans[0].Moment.Equal(c.now) || spans[1].Text != " (1 h 30 min)" {
		t.Errorf("%+v", spans)
	}
	if text.Plain() != "16:00 (1 h 30 min)" {
		t.Errorf("%q", text.Plain())
	}
}
