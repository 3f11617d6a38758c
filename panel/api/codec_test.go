package api

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

type decoded struct {
	text   string
	flag   bool
	number int
	when   *time.Time
	texts  []string
}

func (d *decoded) fields() map[string]member {
	return map[string]member{
		"text": textOf(&d.text), "flag": boolOf(&d.flag), "number": numberOf(&d.number),
		"when": optional(&d.when, timeOf), "texts": textsOf(&d.texts),
	}
}

func TestDecodeObject(t *testing.T) {
	for _, c := range []struct {
		body  string
		how   manner
		field string // wrong field
		text  string // message id; "" for accepted
	}{
		{`{}`, strict, "", ""},
		{` {"text":"a","flag":true,"number":3,"when":"2026-01-02T03:04:05.678Z","texts":["x"]} `, strict, "", ""},
		{`{"when":"2026-01-02T03:04:05+02:00"}`, strict, "", ""},
		{`{"text":null,"when":null}`, strict, "", ""},
		{`{"text":null}`, strict | noNulls, "text", "api.field_text"},
		{`{"extra":1,"text":"a"}`, 0, "", ""},
		{`{"text":"a","text":"b"}`, 0, "", ""},
		{`{"extra":1}`, strict, "extra", "api.field_unknown"},
		{`{"TEXT":"a"}`, strict, "TEXT", "api.field_unknown"},
		{`{"text":"a","text":"b"}`, strict, "text", "api.field_twice"},
		{`{"text":1}`, strict, "text", "api.field_text"},
		{`{"flag":"true"}`, strict, "flag", "api.field_bool"},
		{`{"number":1.5}`, strict, "number", "api.field_number"},
		{`{"number":"1"}`, strict, "number", "api.field_number"},
		{`{"number":99999999999999999999}`, strict, "number", "api.field_number"},
		{`{"when":"yesterday"}`, strict, "when", "api.field_time"},
		{`{"when":"2026-01-02 03:04:05"}`, strict, "when", "api.field_time"},
		{`{"when":"2026-02-30T03:04:05Z"}`, strict, "when", "api.field_time"},
		{`{"when":1767322800}`, 0, "when", "api.field_time"},
		{`{"texts":"x"}`, 0, "texts", "api.field_texts"},
		{`[]`, 0, "", "api.body_json"},
		{`"text"`, 0, "", "api.body_json"},
		{`null`, 0, "", "api.body_json"},
		{`{`, 0, "", "api.body_json"},
		{`{"text":"a"`, 0, "", "api.body_json"},
		{`{"text" "a"}`, 0, "", "api.body_json"},
		{`{"text":}`, 0, "", "api.body_json"},
		{`{text:"a"}`, 0, "", "api.body_json"},
		{`{} {}`, 0, "", "api.body_json"},
		{`{}x`, 0, "", "api.body_json"},
		{"\xef\xbb\xbf{}", 0, "", "api.body_json"},
	} {
		var d decoded
		err := decodeObject([]byte(c.body), c.how, d.fields())
		if c.text == "" {
			if err != nil {
				t.Errorf("%s: %v", c.body, err)
			}
			continue
		}
		e := core.AsError(err)
		if e == nil || e.Code != core.CodeInvalid || e.Message != c.text || e.Field != c.field {
			t.Errorf("%s: %+v, want %s of %q", c.body, e, c.text, c.field)
		}
	}
}

func TestDecodeObjectKeepsWhatIsNotGiven(t *testing.T) {
	d := decoded{text: "before", flag: true}
	if err := decodeObject([]byte(`{"number":2,"text":null}`), 0, d.fields()); err != nil {
		t.Fatal(err)
	}
	if d.text != "before" || !d.flag || d.number != 2 || d.when != nil {
		t.Fatalf("%+v", d)
	}
}

// FuzzDecodeObject holds the decoder to its promises: it never panics, and whatever it refuses it
// refuses as bad input.
func FuzzDecodeObject(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"text":"a","number":1}`, `{"when":"2026-01-02T03:04:05Z"}`, `{"texts":["a","b"]}`, `[`, `{"text":"\ud800"}`,
		`{"text":{"text":{}}}`, strings.Repeat(`{"text":`, 50), "\x00", `{"flag":tru`,
	} {
		f.Add([]byte(seed), byte(0))
		f.Add([]byte(seed), byte(strict|noNulls))
	}
	f.Fuzz(func(t *testing.T, body []byte, how byte) {
		var d decoded
		err := decodeObject(body, manner(how), d.fields())
		if err == nil {
			return
		}
		var e *core.Error
		if !errors.As(err, &e) || e.Code != core.CodeInvalid || !strings.HasPrefix(e.Message, "api.") {
			t.Fatalf("%q: %v", body, err)
		}
	})
}
