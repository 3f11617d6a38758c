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
	"strconv"
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

// manner is how strictly a body is read.
type manner uint8

const (
	strict  manner = 1 << iota // refuse unknown and repeated fields
	noNulls                    // refuse null, where it would not mean "leave it"
)

// input reads the body as one JSON object into fields. An empty body is an empty object. Field
// names are compared exactly. Codes: invalid with the field, too_large.
func (c *call) input(how manner, fields map[string]member) error {
	body, err := io.ReadAll(c.r.Body)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &core.Error{Code: core.CodeTooLarge, Message: "error.too_large"}
	}
	if err != nil {
		return badInput("", "api.body_unread", nil)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return badInput("", "api.content_type", nil)
	}
	return decodeObject(body, how, fields)
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
		seen[name] = true
		if !known || (how&noNulls == 0 && string(raw) == "null") {
			continue
		}
		if string(raw) == "null" || json.Unmarshal(raw, field.into) != nil {
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

// send encodes an answer. It is encoded whole before the first byte is sent, so that a failure to
// encode can still be answered as one.
func (s *server) send(w http.ResponseWriter, c *call, a answer) {
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(a.body); err != nil {
		s.log.Error("api answer can't be encoded", "request_id", c.requestID, "error", err.Error())
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(a.status)
	if _, err := w.Write(b.Bytes()); err != nil {
		s.log.Debug("api answer not delivered", "request_id", c.requestID, "error", err.Error())
	}
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
