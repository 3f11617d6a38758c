package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// maxBody bounds the body of a request.
const maxBody = 1 << 20

var errPanic = errors.New("panic")

// member of the input object: where its value goes, and the message that says what it must be.
type member struct {
	into any
	must string
}

func textOf(to *string) member    { return member{to, "api.field_text"} }
func textsOf(to *[]string) member { return member{to, "api.field_texts"} }
func boolOf(to *bool) member      { return member{to, "api.field_bool"} }
func numberOf(to *int) member     { return member{to, "api.field_number"} }
func timeOf(to *time.Time) member { return member{to, "api.field_time"} }
func optional[T any](to **T, m func(*T) member) member {
	return member{to, m(nil).must}
}

// isZeroTime tells whether a time was given that everywhere behind here means none: now, or still running.
func (m member) isZeroTime() bool {
	switch t := m.into.(type) {
	case *time.Time:
		return t.Unix() == time.Time{}.Unix()
	case **time.Time:
		return *t != nil && (*t).Unix() == time.Time{}.Unix()
	}
	return false
}

// manner is how strictly a body is read.
type manner uint8

const (
	strict  manner = 1 << iota // refuse unknown and repeated fields
	noNulls                    // refuse null, where it would not mean "leave it"
)

// input reads the body as one JSON object into fields. An empty body is an empty object. Field
// names are compared exactly. Codes: invalid with the field, too_large.
func (c *call) input(how manner, fields map[string]member) error {
	body, err := c.body()
	if err != nil || len(body) == 0 {
		return err
	}
	return decodeObject(body, how, fields)
}

// inputList reads the body as a JSON list of objects; fields gives where an object's values go, and
// is called for one after the other. Codes: invalid with the field, too_large.
func (c *call) inputList(how manner, fields func() map[string]member) error {
	body, err := c.body()
	if err != nil {
		return err
	}
	list, err := objects(body)
	if err != nil {
		return err
	}
	for _, object := range list {
		if err := decodeObject(object, how, fields()); err != nil {
			return err
		}
	}
	return nil
}

// objects takes a JSON list of objects apart, and reads no further than to the first that is too many.
func objects(body []byte) ([]json.RawMessage, error) {
	wrong := badInput("", "api.body_list", nil)
	d := json.NewDecoder(bytes.NewReader(body))
	if first, err := d.Token(); err != nil || first != json.Delim('[') {
		return nil, wrong
	}
	var list []json.RawMessage
	for d.More() {
		if len(list) == core.MaxBulk {
			return nil, badInput("", "error.entries_bulk_size", core.Params{"Max": core.MaxBulk})
		}
		var object json.RawMessage
		if d.Decode(&object) != nil || object[0] != '{' {
			return nil, wrong
		}
		list = append(list, object)
	}
	if _, err := d.Token(); err != nil { // the closing bracket
		return nil, wrong
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, wrong
	}
	return list, nil
}

// body reads the whole body, which must be JSON unless it is empty.
func (c *call) body() ([]byte, error) {
	body, err := io.ReadAll(c.r.Body)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &core.Error{Code: core.CodeTooLarge, Message: "error.too_large"}
	}
	if err != nil {
		return nil, badInput("", "api.body_unread", nil)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	if media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, badInput("", "api.content_type", nil)
	}
	return body, nil
}

// decodeObject reads body, which must be one JSON object and nothing else, into fields.
func decodeObject(body []byte, how manner, fields map[string]member) error {
	d := json.NewDecoder(bytes.NewReader(body))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return badInput("", "api.body_json", nil)
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		name, isName := token.(string)
		var raw json.RawMessage
		if err != nil || !isName || d.Decode(&raw) != nil {
			return badInput("", "api.body_json", nil)
		}
		field, known := fields[name]
		if how&strict != 0 && !known {
			return unknownField(name, fields)
		}
		if how&strict != 0 && seen[name] {
			return badInput(name, "api.field_twice", core.Params{"Field": clip(name)})
		}
		if known { // so that a body of unknown names is not remembered
			seen[name] = true
		}
		if !known || (how&noNulls == 0 && string(raw) == "null") {
			continue
		}
		if string(raw) == "null" || json.Unmarshal(raw, field.into) != nil || field.isZeroTime() {
			return badInput(name, field.must, core.Params{"Field": name})
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return badInput("", "api.body_json", nil)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badInput("", "api.body_json", nil)
	}
	return nil
}

func unknownField(name string, fields map[string]member) error {
	p := core.Params{"Field": clip(name), "Known": strings.Join(slices.Sorted(maps.Keys(fields)), ", ")}
	if len(fields) == 0 {
		return badInput(clip(name), "api.field_none", p)
	}
	return badInput(clip(name), "api.field_unknown", p)
}

func badInput(field, message string, p core.Params) *core.Error {
	return &core.Error{Code: core.CodeInvalid, Message: message, Params: p, Field: field}
}

// missingField refuses a body without a field that the call needs.
func missingField(name string) *core.Error {
	return badInput(name, "api.field_missing", core.Params{"Field": name})
}

// pathID reads an id of the address. What has not the form of an id becomes one that nothing has,
// so that it is answered as every other id that does not exist.
func pathID(text string) core.ID {
	if !core.ValidID(text) {
		return noID
	}
	return core.ID(strings.ToLower(text))
}

// noID has the form of an id and belongs to nothing: it would have been made in 1970.
const noID core.ID = "000000000000000000000000"

// orNull is the text of an id, or null for the empty one.
func orNull(id core.ID) *core.ID {
	if id == "" {
		return nil
	}
	return &id
}
