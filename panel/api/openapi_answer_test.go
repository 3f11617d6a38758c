package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// document is the OpenAPI document, as far as tests hold requests and answers against it.
type document struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Responses map[string]described `json:"responses"`
		Schemas   map[string]schema    `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Parameters []struct {
		Name string `json:"name"`
		In   string `json:"in"`
	} `json:"parameters"`
	RequestBody described            `json:"requestBody"`
	Responses   map[string]described `json:"responses"`
}

type described struct {
	Ref     string `json:"$ref"`
	Content map[string]struct {
		Schema schema `json:"schema"`
	} `json:"content"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       json.RawMessage   `json:"type"` // a text or a list
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	Enum       []any             `json:"enum"`
	Format     string            `json:"format"`
	Pattern    string            `json:"pattern"`
	AnyOf      []schema          `json:"anyOf"`
	OneOf      []schema          `json:"oneOf"`
}

func readDocument(t *testing.T) *document {
	t.Helper()
	d := &document{}
	if err := json.Unmarshal(openAPISource, d); err != nil {
		t.Fatal(err)
	}
	return d
}

// operation finds what the document says of a request; the path in its form with variables.
func (d *document) operation(method, path string) (operation, bool) {
	for form, methods := range d.Paths {
		pattern := `^` + regexp.MustCompile(`\{\w+\}`).ReplaceAllString(regexp.QuoteMeta(form), "X")
		pattern = regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(pattern, `[^/]+`) + `$`
		if op, there := methods[strings.ToLower(method)]; there && regexp.MustCompile(pattern).MatchString(path) {
			return op, true
		}
	}
	return operation{}, false
}

// hold reports what of a request that was accepted, and of its answer, the document does not say.
func (d *document) hold(req *http.Request, body string, got reply) []string {
	path := strings.TrimPrefix(req.URL.Path, ownPrefix)
	op, known := d.operation(req.Method, path)
	if !known {
		return nil // an address or method that does not exist
	}
	var wrong []string
	for name := range req.URL.Query() {
		if got.status < 300 && !slices.ContainsFunc(op.Parameters, func(p struct {
			Name string `json:"name"`
			In   string `json:"in"`
		},
		) bool {
			return p.In == "query" && p.Name == name
		}) {
			wrong = append(wrong, "the parameter "+name+" is not described")
		}
	}
	if content, there := op.RequestBody.Content["application/json"]; body != "" && got.status < 300 {
		if !there {
			wrong = append(wrong, "a body is not described")
		} else {
			wrong = append(wrong, d.match("request", content.Schema, decode(body))...)
		}
	}
	answer, there := op.Responses[fmt.Sprint(got.status)]
	if !there {
		return append(wrong, fmt.Sprintf("the status %d is not described", got.status))
	}
	if answer.Ref != "" {
		answer = d.Components.Responses[answer.Ref[strings.LastIndex(answer.Ref, "/")+1:]]
	}
	content, there := answer.Content["application/json"]
	switch {
	case !there && got.body != "":
		wrong = append(wrong, "the answer's body is not described")
	case there && got.header.Get("Content-Encoding") == "":
		wrong = append(wrong, d.match("answer", content.Schema, decode(got.body))...)
	}
	return wrong
}

func decode(text string) any {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return "not JSON"
	}
	return v
}

// match reports where v does not fit the schema; a member that the schema does not name is wrong too.
func (d *document) match(at string, s schema, v any) []string {
	if s.Ref != "" {
		return d.match(at, d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]], v)
	}
	if choices := append(slices.Clone(s.AnyOf), s.OneOf...); len(choices) > 0 {
		var wrong []string
		for _, choice := range choices {
			w := d.match(at, choice, v)
			if len(w) == 0 {
				return nil
			}
			wrong = append(wrong, w...)
		}
		return wrong
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		return []string{fmt.Sprintf("%s: %v is none of %v", at, v, s.Enum)}
	}
	if len(s.Type) > 0 && !strings.Contains(string(s.Type), `"`+typeOf(v, s.Type)+`"`) {
		return []string{fmt.Sprintf("%s: %v is not %s", at, v, s.Type)}
	}
	var wrong []string
	switch v := v.(type) {
	case string:
		if _, err := time.Parse(time.RFC3339Nano, v); s.Format == "date-time" && err != nil {
			wrong = append(wrong, at+": "+v+" is no time")
		}
		if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v) {
			wrong = append(wrong, at+": "+v+" does not match "+s.Pattern)
		}
	case []any:
		for i, item := range v {
			if s.Items != nil {
				wrong = append(wrong, d.match(fmt.Sprintf("%s[%d]", at, i), *s.Items, item)...)
			}
		}
	case map[string]any:
		for _, name := range s.Required {
			if _, there := v[name]; !there {
				wrong = append(wrong, at+": "+name+" is missing")
			}
		}
		for name, value := range v {
			if of, there := s.Properties[name]; there {
				wrong = append(wrong, d.match(at+"."+name, of, value)...)
			} else if len(s.Properties) > 0 {
				wrong = append(wrong, at+": "+name+" is not described")
			}
		}
	}
	return wrong
}

// typeOf names the type of a decoded value as a schema does; a whole number is an integer where one is wanted.
func typeOf(v any, wanted json.RawMessage) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		if v == float64(int64(v)) && strings.Contains(string(wanted), "integer") {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// TestDocumentIsHeldAgainstAnswers shows that the comparison, which every request of these tests to
// the own API goes through, sees what differs.
func TestDocumentIsHeldAgainstAnswers(t *testing.T) {
	d := readDocument(t)
	r := newRig(t)
	e := r.MustStart("dana", "Report", time.Time{})
	r.Clock.Advance(time.Minute)
	path := ownPrefix + "/entries/" + string(e.ID) + "/stop"
	good := r.call(r.MustKey("dana"), "POST", path, `{"reason":"x"}`).want(200)
	req := r.request("POST", path, "", nil)
	if wrong := d.hold(req, `{"reason":"x"}`, good); len(wrong) > 0 {
		t.Fatalf("%v", wrong)
	}
	for name, change := range map[string]func(*reply){
		"status":  func(g *reply) { g.status = 418 },
		"missing": func(g *reply) { g.body = strings.Replace(g.body, `"billable":false,`, "", 1) },
		"extra":   func(g *reply) { g.body = strings.Replace(g.body, `{`, `{"colour":1,`, 1) },
		"type":    func(g *reply) { g.body = strings.Replace(g.body, `"billable":false`, `"billable":"no"`, 1) },
		"null":    func(g *reply) { g.body = strings.Replace(g.body, `"billable":false`, `"billable":null`, 1) },
		"time":    func(g *reply) { g.body = strings.Replace(g.body, e.Start.Format(time.RFC3339), "monday", 1) },
		"no JSON": func(g *reply) { g.body = "{" },
	} {
		bad := good
		change(&bad)
		if len(d.hold(req, "", bad)) == 0 {
			t.Errorf("%s: nothing found wrong with %d %s", name, bad.status, bad.body)
		}
	}
	if len(d.hold(req, `{"why":"x"}`, good)) == 0 || len(d.hold(r.request("POST", path+"?x=1", "", nil), "", good)) == 0 {
		t.Error("nothing found wrong with a request")
	}
	for _, rt := range r.server.ownRoutes() {
		if _, known := d.operation(rt.method, strings.ReplaceAll(rt.path, "{id}", string(core.NewID(r.Now())))); !known {
			t.Errorf("%s %s is not found in the document", rt.method, rt.path)
		}
	}
}
