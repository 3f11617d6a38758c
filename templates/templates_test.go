package templates

import (
	"bytes"
	"io/fs"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/core/locale"
)

func mustTemplates(t *testing.T) (*Templates, *locale.Catalog) {
	t.Helper()
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	return New(), catalog
}

// fill gives every field of a struct something to show, all the way down.
func fill(v reflect.Value, words Words) {
	if v.Type() == reflect.TypeFor[Words]() {
		v.Set(reflect.ValueOf(words))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), words)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), words)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), words)
		}
	case reflect.String:
		v.SetString("<i>x</i>")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	}
}

// TestEveryTemplateWrites executes each template with everything and with nothing, in both languages.
func TestEveryTemplateWrites(t *testing.T) {
	all, catalog := mustTemplates(t)
	views := reflect.ValueOf(all).Elem()
	for i := range views.NumField() {
		name := views.Type().Field(i).Name
		render := views.Field(i).MethodByName("Render")
		for _, lang := range locale.Languages() {
			words := Words{Printer: catalog.Printer(lang, nil)}
			for _, full := range []bool{true, false} {
				data := reflect.New(render.Type().In(1)).Elem()
				if full {
					fill(data, words)
				} else {
					onlyWords(data, words)
				}
				var b bytes.Buffer
				if err, _ := render.Call([]reflect.Value{reflect.ValueOf(&b), data})[0].Interface().(error); err != nil {
					t.Errorf("%s in %s: %v", name, lang, err)
					continue
				}
				out := b.String()
				if len(out) == 0 || strings.Contains(out, "⟦") || strings.Contains(out, "no value") || strings.Contains(out, "<i>x</i>") || strings.Contains(out, "ZgotmplZ") {
					t.Errorf("%s in %s (full: %v) writes:\n%s", name, lang, full, out)
				}
			}
		}
	}
}

// onlyWords leaves everything empty but the texts, and the words of a row.
func onlyWords(v reflect.Value, words Words) {
	for i := range v.NumField() {
		f := v.Field(i)
		switch {
		case f.Type() == reflect.TypeFor[Words]():
			f.Set(reflect.ValueOf(words))
		case f.Type() == reflect.TypeFor[*RowWords]():
			f.Set(reflect.ValueOf(&RowWords{}))
		case f.Kind() == reflect.Struct:
			onlyWords(f, words)
		}
	}
}

// TestNothingTheContentPolicyForbids: no inline script, style or handler, no htmx attribute that would need eval, and
// no text that is not in the catalogues.
func TestNothingTheContentPolicyForbids(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)hx-on|js:|sse-connect="|hx-ext|hx-vars|htmx:[a-z]+[A-Z]|\son[a-z]+=|style=|<style|<script(?:[^>]*)>[^<]|hx-trigger="[^"]*\[`)
	actions := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	tags := regexp.MustCompile(`(?s)<[^>]*>`)
	letters := regexp.MustCompile(`\p{L}{2,}`)
	names, err := fs.Glob(files, "*.html")
	if err != nil || len(names) < 10 {
		t.Fatalf("templates: %v %v", names, err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		checked := strings.ReplaceAll(string(text), `hx-sse:connect="`, `"`)
		if found := forbidden.FindString(checked); found != "" {
			t.Errorf("%s holds %q", name, found)
		}
		plain := tags.ReplaceAllString(actions.ReplaceAllString(string(text), ""), " ")
		plain = strings.ReplaceAll(plain, "clockwarden sign-in-link --workspace … --email …", "") // a command
		if found := letters.FindString(plain); found != "" {
			t.Errorf("%s holds the text %q, which belongs into the catalogues", name, found)
		}
	}
}
