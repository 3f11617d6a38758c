package locale

import (
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func mustCatalog(t testing.TB) *Catalog {
	t.Helper()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

// TestFilesAgree counts the ids straight from the JSON, so that it would also
// notice a loader that loses some.
func TestFilesAgree(t *testing.T) {
	c := mustCatalog(t)
	for _, lang := range Languages() {
		var ids []string
		areas, err := fs.Glob(messageFiles, "messages/*."+lang+".json")
		if err != nil || len(areas) < 6 {
			t.Fatalf("areas: %v %v", areas, err)
		}
		for _, area := range areas {
			text, err := messageFiles.ReadFile(area)
			if err != nil {
				t.Fatal(err)
			}
			var raw map[string]any
			if err := json.Unmarshal(text, &raw); err != nil {
				t.Fatalf("%s: %v", area, err)
			}
			for id := range raw {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		flat := !slices.ContainsFunc(ids, func(id string) bool { return !slices.Contains(c.IDs(), id) })
		if !flat || len(ids) != len(c.IDs()) {
			t.Errorf("%s: the files hold %d ids, the catalog %d; nested objects are not used here", lang, len(ids), len(c.IDs()))
		}
	}
}

func TestEveryMessageWrites(t *testing.T) {
	c := mustCatalog(t)
	for _, lang := range Languages() {
		p := c.Printer(lang, nil)
		for _, id := range c.IDs() {
			params := Params{}
			for _, name := range c.languages[lang].messages()[id].params {
				params[name] = 2
			}
			if text := p.T(id, params); text == "" || strings.ContainsAny(text, "⟦⟧{}") {
				t.Errorf("%s %s writes %q", lang, id, text)
			}
		}
	}
}

func TestSharedWords(t *testing.T) {
	c := mustCatalog(t)
	ids := []string{
		"product.name", "no_description", "running",
		"role.owner", "role.admin", "role.manager", "role.member",
		"status.active", "status.inactive", "status.invited",
		"flag_state.open", "flag_state.snoozed", "flag_state.resolved",
		"why.last_activity", "why.working_hours", "why.usual_end", "why.next_sign", "why.now",
	}
	for prefix, words := range map[string]string{
		"plan.":                 "free basic standard pro enterprise",
		"door.":                 "panel slack discord console api cron cli",
		"impersonation_reason.": "forgotten_timer correct_entries troubleshoot security other",
		"act.": "workspace.create workspace.update member.invite member.join member.update member.deactivate member.activate " +
			"session.sign_in session.sign_out identity.link identity.unlink timer.start timer.stop timer.undo_stop " +
			"entry.create entry.correct entry.delete entry.restore apikey.create apikey.deactivate impersonation.start " +
			"impersonation.end flag.open flag.snooze flag.resolve settings.update audit.export accounts.export " +
			"correction.accept correction.dispute",
	} {
		for word := range strings.FieldsSeq(words) {
			ids = append(ids, prefix+word)
		}
	}
	for day := range time.Weekday(7) {
		ids = append(ids, "weekday."+weekdayKey(day), "weekday_short."+weekdayKey(day))
	}
	p := c.Printer("de", nil)
	for _, id := range ids {
		if !p.Has(id) {
			t.Errorf("there is no message %s", id)
		}
	}

	for id, want := range map[string]string{
		"button.stop": "Stoppen", "button.stopped": "Gestoppt", "button.confirm": "Bestätigen", "button.cancel": "Abbrechen",
		"button.undo": "Rückgängig", "button.later": "Später", "button.login_as": "Anmelden als", "nav.accounts": "Konten",
		"button.return": "Zurück zu meinem Konto", "button.sign_out": "Abmelden",
		"button.deactivate_keys": "API-Schlüssel deaktivieren", "button.deactivate": "Deaktivieren",
	} {
		if got := p.T(id); got != want {
			t.Errorf("%s = %q, want %q", id, got, want)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"missing in German":     {files("a.en.json", `{"x.y":"X"}`, "a.de.json", `{}`), "x.y is missing in de"},
		"missing in English":    {files("a.en.json", `{}`, "a.de.json", `{"x.y":"X"}`), "x.y is missing in en"},
		"twice in two areas":    {files("a.en.json", `{"x":"X"}`, "b.en.json", `{"x":"X"}`, "a.de.json", `{"x":"X"}`), "b.en.json: x is already defined"},
		"twice in one file":     {files("a.en.json", `{"x":"X","x":"Y"}`, "a.de.json", `{"x":"X"}`), "x is defined twice"},
		"twice by nesting":      {files("a.en.json", `{"x.y":"X","x":{"y":"Y"}}`, "a.de.json", `{"x.y":"X"}`), "x.y is already defined"},
		"other parameters":      {files("a.en.json", `{"x":"{{.A}}"}`, "a.de.json", `{"x":"{{.B}}"}`), "x has the parameters [A] in en and [B] in de"},
		"parameter forgotten":   {files("a.en.json", `{"x":"{{.A}}"}`, "a.de.json", `{"x":"A"}`), "x has the parameters [A] in en and [] in de"},
		"plural in one only":    {files("a.en.json", `{"x":{"one":"1","other":"n"}}`, "a.de.json", `{"x":"n"}`), "x has plural forms in only one"},
		"plural form unknown":   {files("a.en.json", `{"x":{"few":"1","other":"n"}}`, "a.de.json", `{"x":"n"}`), "plural forms"},
		"no other form":         {files("a.en.json", `{"x":{"one":"1"}}`, "a.de.json", `{"x":"n"}`), "the text is empty"},
		"empty text":            {files("a.en.json", `{"x":""}`, "a.de.json", `{"x":"n"}`), "the text is empty"},
		"template logic":        {files("a.en.json", `{"x":"{{if .A}}a{{end}}"}`, "a.de.json", `{"x":"n"}`), "only parameters"},
		"broken braces":         {files("a.en.json", `{"x":"{{.A}"}`, "a.de.json", `{"x":"n"}`), "only parameters"},
		"capital id":            {files("a.en.json", `{"X":"x"}`, "a.de.json", `{"X":"x"}`), "lower-case"},
		"unknown language":      {files("a.fr.json", `{}`), "a.fr.json"},
		"broken JSON":           {files("a.en.json", `{"x":`, "a.de.json", `{}`), "read JSON"},
		"text after the object": {files("a.en.json", `{} {}`, "a.de.json", `{}`), "text after"},
		"a list":                {files("a.en.json", `[]`, "a.de.json", `{}`), "one JSON object"},
		"a number":              {files("a.en.json", `{"x":1}`, "a.de.json", `{}`), "a.en.json"},
	} {
		t.Run(name, func(t *testing.T) {
			err := check(test.files)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("check = %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestCheckListsEveryProblem(t *testing.T) {
	err := check(files("a.en.json", `{"one.thing":"x","other.thing":"y"}`, "a.de.json", `{}`))
	for _, id := range []string{"one.thing", "other.thing"} {
		if err == nil || !strings.Contains(err.Error(), id) {
			t.Errorf("check = %v, does not name %s", err, id)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		preferred []string
		want      string
	}{
		{nil, "en"},
		{[]string{""}, "en"},
		{[]string{"de"}, "de"},
		{[]string{"de-DE"}, "de"},
		{[]string{"de_AT"}, "de"},
		{[]string{"DE"}, "de"},
		{[]string{"en-GB"}, "en"},
		{[]string{"en-US"}, "en"},
		{[]string{"de-CH,de;q=0.9,en;q=0.8"}, "de"},
		{[]string{"en;q=0.3, de;q=0.7"}, "de"},
		{[]string{"fr-FR, de;q=0.5"}, "de"},
		{[]string{"fr", "de"}, "de"},
		{[]string{"", "en", "de"}, "en"},
		{[]string{"ja"}, "en"},
		{[]string{"!!!", "de"}, "de"},
		{[]string{strings.Repeat("de,", 1000)}, "en"},
		{[]string{"*"}, "en"},
	} {
		if got := Match(test.preferred...); got != test.want {
			t.Errorf("Match(%.40q) = %q, want %q", test.preferred, got, test.want)
		}
	}
}
