package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
)

func allRoutes(s *server) map[string][]route {
	return map[string][]route{ownPrefix: s.ownRoutes(), clockifyPrefix: s.clockifyRoutes()}
}

func TestEveryRouteDeclaresItsAction(t *testing.T) {
	for prefix, routes := range allRoutes(&server{}) {
		seen := map[string]bool{}
		for _, r := range routes {
			name := r.method + " " + prefix + r.path
			if seen[name] {
				t.Errorf("%s stands in the table twice", name)
			}
			seen[name] = true
			switch {
			case r.serve == nil:
				t.Errorf("%s has no handler", name)
			case r.open && name != "GET "+ownPrefix+"/openapi.json":
				t.Errorf("%s needs no key", name)
			case !r.open && !core.KnownAction(r.action):
				t.Errorf("%s declares no action of the policy: %q", name, r.action)
			}
			if r.method == http.MethodGet && !r.open && !strings.HasSuffix(string(r.action), ".view") {
				t.Errorf("%s is a GET of an action that is not a read: %s", name, r.action)
			}
			if prefix == clockifyPrefix && r.path != "/user" && !strings.HasPrefix(r.path, "/workspaces/{ws}") && r.path != "/workspaces" {
				t.Errorf("%s has no workspace in its path, so the pipeline can't check it", name)
			}
		}
	}
}

// TestOpenAPIDescribesTheRoutes compares the document with the route table, both ways.
func TestOpenAPIDescribesTheRoutes(t *testing.T) {
	source, err := openAPIDocument("9.9")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Info struct {
			Version string `json:"version"`
		} `json:"info"`
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(source, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Info.Version != "9.9" {
		t.Errorf("version %q", doc.Info.Version)
	}
	var described, served []string
	for path, item := range doc.Paths {
		for method := range maps.Keys(item) {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	for _, r := range (&server{}).ownRoutes() {
		served = append(served, r.method+" "+r.path)
	}
	slices.Sort(described)
	slices.Sort(served)
	if d := cmp.Diff(served, described); d != "" {
		t.Errorf("routes and document differ (-served +described):\n%s", d)
	}
}

// TestOpenAPIDescribesTheShapes compares the schemas with what is encoded, field by field.
func TestOpenAPIDescribesTheShapes(t *testing.T) {
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(openAPISource, &doc); err != nil {
		t.Fatal(err)
	}
	for name, shape := range map[string]any{
		"Error": failure{}, "Entry": entry{}, "Account": account{}, "AccountTimer": accountTimer{}, "AccountList": accountList{},
		"Deactivated": deactivated{}, "Proposal": proposal{}, "Flag": flag{}, "FlagList": flagList{}, "Person": person{},
		"Target": core.Target{}, "AuditEntry": auditEntry{}, "AuditList": auditList{},
	} {
		var encoded []string
		for f := range reflect.TypeOf(shape).NumField() {
			tag, _, _ := strings.Cut(reflect.TypeOf(shape).Field(f).Tag.Get("json"), ",")
			encoded = append(encoded, tag)
		}
		slices.Sort(encoded)
		if d := cmp.Diff(encoded, slices.Sorted(maps.Keys(doc.Components.Schemas[name].Properties))); d != "" {
			t.Errorf("%s (-encoded +described):\n%s", name, d)
		}
	}
}
