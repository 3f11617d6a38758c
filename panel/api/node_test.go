package api

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/tools/testneeds"
)

// runNode runs a script of tools/npm, which needs the package, and returns its standard output.
func runNode(t *testing.T, script, pkg string, input []byte, environment ...string) []byte {
	t.Helper()
	folder := filepath.Join("..", "..", "tools", "npm")
	node, err := exec.LookPath("node")
	if err != nil {
		testneeds.Missing(t, "Node is not installed")
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules", pkg, "package.json")); err != nil {
		testneeds.Missing(t, "the npm package "+pkg+" is not installed")
	}
	cmd := exec.CommandContext(t.Context(), node, script)
	cmd.Dir, cmd.Stdin = folder, bytes.NewReader(input)
	// Without the proxies of the environment: what is talked to listens on the loopback address.
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); !strings.HasSuffix(strings.ToLower(name), "_proxy") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, environment...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("node %s: %v\n%s", script, err, problems.String())
	}
	return out.Bytes()
}

// TestOpenAPIDocumentIsValid holds the document to the schema of OpenAPI 3.1.
func TestOpenAPIDocumentIsValid(t *testing.T) {
	document, err := openAPIDocument("1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	var result struct {
		Valid   bool            `json:"valid"`
		Version string          `json:"version"`
		Errors  json.RawMessage `json:"errors"`
	}
	check := func(document []byte) {
		t.Helper()
		if err := json.Unmarshal(runNode(t, "openapi.mjs", "@seriousme/openapi-schema-validator", document), &result); err != nil {
			t.Fatal(err)
		}
	}
	check(document)
	if !result.Valid || result.Version != "3.1" {
		t.Errorf("version %q, errors: %s", result.Version, result.Errors)
	}
	// The validator sees a mistake.
	check(bytes.Replace(document, []byte(`"responses"`), []byte(`"answers"`), 1))
	if result.Valid {
		t.Error("a document without responses passes as valid")
	}
}

// TestClockifyTS lets npm's clockify-ts, with its address redirected and nothing else changed, do a
// day's work.
func TestClockifyTS(t *testing.T) {
	r := newRig(t)
	server := httptest.NewServer(r.handler)
	defer server.Close()
	out := runNode(t, "clockify-ts.cjs", "clockify-ts", nil,
		"BASE="+server.URL+clockifyPrefix, "KEY="+r.MustKey("mona"), "NOW="+at(0))
	type object = map[string]any
	var got struct {
		Me, Project, SameProject, Tag, Started, Stopped, Replaced     object
		Workspaces, Users, Projects, Tags, Running, List, AfterDelete []object
		Refused                                                       string
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	mona := r.Who("mona")
	if got.Me["id"] != string(mona.User.ID) || got.Me["email"] != "mona@acme.test" || got.Me["activeWorkspace"] != string(r.Workspace.ID) {
		t.Errorf("me: %v", got.Me)
	}
	if len(got.Workspaces) != 1 || got.Workspaces[0]["id"] != string(r.Workspace.ID) || got.Workspaces[0]["name"] != "Acme" {
		t.Errorf("workspaces: %v", got.Workspaces)
	}
	if names(got.Users) != "adam dana dirk mona olivia otto" {
		t.Errorf("users: %s", names(got.Users))
	}
	if len(got.Projects) != 1 || got.Projects[0]["id"] != got.Project["id"] || got.SameProject["name"] != "From clockify-ts" || got.SameProject["color"] != "#ff0000" {
		t.Errorf("projects: %v %v", got.Projects, got.SameProject)
	}
	if len(got.Tags) != 1 || got.Tags[0]["id"] != got.Tag["id"] || got.Tag["name"] != "from-clockify-ts" {
		t.Errorf("tags: %v", got.Tags)
	}
	interval := func(e object) object { return e["timeInterval"].(object) }
	if got.Started["description"] != "By clockify-ts" || interval(got.Started)["start"] != at(-30*time.Minute) || interval(got.Started)["end"] != nil ||
		got.Started["projectId"] != got.Project["id"] {
		t.Errorf("start: %v", got.Started)
	}
	if len(got.Running) != 1 || got.Running[0]["id"] != got.Started["id"] {
		t.Errorf("in progress: %v", got.Running)
	}
	if got.Stopped["id"] != got.Started["id"] || interval(got.Stopped)["end"] != at(-10*time.Minute) || interval(got.Stopped)["duration"] != "PT20M" {
		t.Errorf("stop: %v", got.Stopped)
	}
	if len(got.List) != 1 || got.List[0]["id"] != got.Started["id"] {
		t.Errorf("list: %v", got.List)
	}
	if got.Replaced["description"] != "Corrected" || got.Replaced["projectId"] != nil || interval(got.Replaced)["duration"] != "PT35M" {
		t.Errorf("replace: %v", got.Replaced)
	}
	if got.AfterDelete == nil || len(got.AfterDelete) != 0 {
		t.Errorf("after the deletion: %v", got.AfterDelete)
	}
	if !strings.Contains(got.Refused, "PATCH:404") || !strings.Contains(got.Refused, "Currently running time entry doesn't exist") {
		t.Errorf("a stop without a timer: %q", got.Refused)
	}
	r.MustVerify()
}
