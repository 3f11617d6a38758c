package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

const configPage = "../../docs/configuration.md"

// TestConfigurationPage holds docs/configuration.md to the code: keys, types
// and defaults as they are, descriptions from the comments in config.go.
// `make docs` writes the page anew.
func TestConfigurationPage(t *testing.T) {
	page := configurationPage(t)
	if os.Getenv("CLOCKWARDEN_TEST_UPDATE") == "1" {
		if err := os.WriteFile(configPage, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(configPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != page {
		t.Errorf("%s is not what config.go says; make docs writes it", configPage)
	}
}

const configPageHead = `# Configuration

<!-- Written by make docs from cmd/clockwarden/config.go; change the comments there. -->

Settings come from three places, each of which wins over the one before: the defaults below, one YAML file, the
environment. The file is the one that ` + "`--config`" + ` names, else ` + "`./config.yaml`" + ` if it is there; the Debian package uses
` + "`/etc/clockwarden/config.yaml`" + `. [config.example.yaml](../config.example.yaml) is a file with every key and its default: copy what
you change, leave out the rest. An unknown key or variable, or a value that can't be right, is an error that names the line.

In the environment a key is ` + "`CLOCKWARDEN_`" + ` and its path in capitals, joined by ` + "`_`" + `. The same name with ` + "`_FILE`" + ` at its end reads the
value from a file, which is the better place for a secret. Lists are separated by commas there. Durations are written
like ` + "`30s`, `10m`, `8h` or `1h30m`" + `. Settings are read at the start: restart the service after a change.
`

const configPageFoot = `
## What wins

The settings under ` + "`forgotten`" + ` are the live defaults of the installation: they are read at each start, nothing is copied when a
workspace is made. A workspace's own threshold wins over ` + "`forgotten.after`" + `, a member's own over both.
`

// configurationPage writes the page: top-level keys first, then one table for each section.
func configurationPage(t *testing.T) string {
	t.Helper()
	comments := fieldComments(t)
	def := Default()
	var top, sections strings.Builder
	var section func(v reflect.Value, path string)
	row := func(b *strings.Builder, v reflect.Value, name, path, comment string) {
		if comment == "" {
			t.Errorf("%s has no comment in config.go, from which docs/configuration.md takes what it means", path)
		}
		fmt.Fprintf(b, "| `%s` | `%s` | %s | %s |\n", name, setting{path: path}.variable(), shownDefault(v), strings.ReplaceAll(comment, "|", `\|`))
	}
	const head = "\n| key | environment | default | what it is |\n|---|---|---|---|\n"
	section = func(v reflect.Value, path string) {
		fmt.Fprintf(&sections, "\n## %s\n\n%s\n%s", path, sentence(comments[path]), head)
		for i := range v.NumField() {
			full := join(path, v.Type().Field(i).Tag.Get("yaml"))
			if v.Field(i).Kind() != reflect.Struct {
				row(&sections, v.Field(i), full, full, comments[full])
			}
		}
		for i := range v.NumField() {
			if v.Field(i).Kind() == reflect.Struct {
				section(v.Field(i), join(path, v.Type().Field(i).Tag.Get("yaml")))
			}
		}
	}
	top.WriteString(configPageHead + head)
	v := reflect.ValueOf(def)
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("yaml")
		if v.Field(i).Kind() == reflect.Struct {
			section(v.Field(i), key)
			continue
		}
		row(&top, v.Field(i), key, key, comments[key])
	}
	return strings.ReplaceAll(top.String()+sections.String(), "\n\n\n", "\n\n") + configPageFoot
}

func sentence(comment string) string {
	if comment == "" {
		return ""
	}
	return strings.ToUpper(comment[:1]) + comment[1:] + "."
}

func shownDefault(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case bool:
		return "`" + strconv.FormatBool(x) + "`"
	case time.Duration:
		text := x.String() // 8h0m0s
		if strings.HasSuffix(text, "m0s") {
			text = strings.TrimSuffix(text, "0s")
		}
		if strings.HasSuffix(text, "h0m") {
			text = strings.TrimSuffix(text, "0m")
		}
		return "`" + text + "`"
	case int:
		return "`" + strconv.Itoa(x) + "`"
	case []string:
		return "none"
	case Secret:
		if x == "" {
			return "empty"
		}
		return "`" + x.Reveal() + "`"
	default:
		if v.String() == "" {
			return "empty"
		}
		return "`" + v.String() + "`"
	}
}

// fieldComments are the comments of the fields in config.go by the path of their key.
func fieldComments(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	structs := map[string]*ast.StructType{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.TypeSpec); ok {
			if s, ok := spec.Type.(*ast.StructType); ok {
				structs[spec.Name.Name] = s
			}
		}
		return true
	})
	comments := map[string]string{}
	var walk func(s *ast.StructType, path string)
	walk = func(s *ast.StructType, path string) {
		for _, f := range s.Fields.List {
			tag, err := strconv.Unquote(f.Tag.Value)
			if err != nil {
				t.Fatal(err)
			}
			full := join(path, reflect.StructTag(tag).Get("yaml"))
			comments[full] = strings.TrimSpace(f.Comment.Text())
			if name, ok := f.Type.(*ast.Ident); ok && structs[name.Name] != nil {
				walk(structs[name.Name], full)
			}
		}
	}
	walk(structs["Config"], "")
	return comments
}
