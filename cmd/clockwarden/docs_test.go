package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v4"
)

const houseFolder = "../.."

// doc is one page of the documentation, taken apart.
type doc struct {
	name   string // from the top of the repository
	text   string
	blocks []docBlock
	prose  string // without the blocks
}

type docBlock struct{ language, text string }

var fence = regexp.MustCompile("(?ms)^[ ]*```(\\w*)\n(.*?)^[ ]*```$")

// docs reads every page.
func docs(t *testing.T) []doc {
	t.Helper()
	var list []doc
	err := filepath.WalkDir(houseFolder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "bin" || d.Name() == "dist" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".md" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(houseFolder, path)
		if err != nil {
			return err
		}
		page := doc{name: name, text: string(data)}
		for _, m := range fence.FindAllStringSubmatch(page.text, -1) {
			page.blocks = append(page.blocks, docBlock{m[1], m[2]})
		}
		page.prose = fence.ReplaceAllString(page.text, "")
		list = append(list, page)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 10 {
		t.Fatalf("only %d pages were found", len(list))
	}
	return list
}

var (
	docLink  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	codeSpan = regexp.MustCompile("`([^`\n]+)`")
)

// TestLinksOfTheDocumentation: every relative link leads to a file, and to a heading where it names one.
func TestLinksOfTheDocumentation(t *testing.T) {
	for _, d := range docs(t) {
		for _, m := range docLink.FindAllStringSubmatch(codeSpan.ReplaceAllString(d.prose, ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file := filepath.Join(houseFolder, d.name)
			if target != "" {
				file = filepath.Join(filepath.Dir(file), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: the link %s leads nowhere", d.name, m[1])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(t, file), anchor) {
				t.Errorf("%s: the link %s names no heading of that page", d.name, m[1])
			}
		}
	}
}

// anchors are the names that a page's headings get.
func anchors(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(string(data), ""), -1) {
		list = append(list, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	return list
}

// programCall finds our program at the begin of a command, whatever stands before it.
var programCall = regexp.MustCompile(`(?:^|[;&|(] *|\bsudo |\bexec clockwarden )(?:bin/|\./bin/|/usr/bin/)?clockwarden(?:ctl)? ([^;&|)#]*)`)

// TestCommandsOfTheDocumentation: what stands in a block of commands is
// understood by the program, make and the scripts as it stands; what is named in a
// sentence exists.
func TestCommandsOfTheDocumentation(t *testing.T) {
	targets := makeTargets(t)
	seen := 0
	for _, d := range docs(t) {
		for _, b := range d.blocks {
			if b.language != "sh" && b.language != "" {
				continue
			}
			for line := range strings.SplitSeq(strings.ReplaceAll(b.text, "\\\n", " "), "\n") {
				for _, m := range programCall.FindAllStringSubmatch(strings.TrimSpace(line), -1) {
					seen++
					if err := understood(shellWords(m[1])); err != nil {
						t.Errorf("%s: %q: %v", d.name, strings.TrimSpace(line), err)
					}
				}
				checkMake(t, d.name, line, targets)
			}
		}
		for _, m := range codeSpan.FindAllStringSubmatch(d.prose, -1) {
			for _, call := range programCall.FindAllStringSubmatch(m[1], -1) {
				seen++
				if !namesCommand(shellWords(call[1])) {
					t.Errorf("%s names %q, which is no command", d.name, m[1])
				}
			}
			checkMake(t, d.name, m[1], targets)
		}
	}
	if seen < 20 {
		t.Errorf("only %d commands were found", seen)
	}
}

// shellWords splits a line as a shell does, as far as the documentation needs it.
func shellWords(line string) []string {
	var words []string
	word, begun, quote := "", false, rune(0)
	for _, r := range line + " " {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word += string(r)
		case r == '"' || r == '\'':
			quote, begun = r, true
		case unicode.IsSpace(r):
			if begun {
				words = append(words, word)
			}
			word, begun = "", false
		default:
			word, begun = word+string(r), true
		}
	}
	for i, w := range words { // a redirection ends what the program sees
		if strings.HasPrefix(w, ">") || strings.HasPrefix(w, "<") {
			return words[:i]
		}
	}
	return words
}

// understood parses a command line as the program does, without running it.
func understood(words []string) error {
	helped := false
	parser, err := kong.New(&commands{}, kong.Name("clockwarden"), kong.Exit(func(int) { helped = true }), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		return err
	}
	if _, err = parser.Parse(words); helped {
		return nil
	}
	return err
}

// namesCommand tells whether a command line begins with a command that exists,
// or holds nothing but flags that do. "a|b" stands for both.
func namesCommand(words []string) bool {
	if len(words) == 0 || words[0] == "…" {
		return true
	}
	for i, w := range words {
		if a, b, both := strings.Cut(w, "|"); both {
			other := slices.Clone(words)
			words[i], other[i] = a, b
			return namesCommand(words) && namesCommand(other)
		}
	}
	parser, err := kong.New(&commands{}, kong.Name("clockwarden"))
	if err != nil {
		return false
	}
	node := parser.Model.Node
	for _, w := range words {
		if strings.HasPrefix(w, "--") {
			flag, _, _ := strings.Cut(strings.TrimPrefix(w, "--"), "=")
			known := flag == "help"
			for n := node; n != nil; n = n.Parent {
				for _, f := range n.Flags {
					known = known || f.Name == flag
				}
			}
			if !known {
				return false
			}
			continue
		}
		if len(node.Children) == 0 || node != parser.Model.Node && w == "…" {
			break // an argument
		}
		i := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == w })
		if i < 0 {
			return false
		}
		node = node.Children[i]
	}
	return true
}

var makeCall = regexp.MustCompile(`(?:^|[;&|] *)make((?: +[A-Za-z][\w-]*(?:=\S*)?)*)(?:$| )`)

func checkMake(t *testing.T, page, line string, targets []string) {
	t.Helper()
	line, _, _ = strings.Cut(line, "#")
	for _, m := range makeCall.FindAllStringSubmatch(strings.TrimSpace(line), -1) {
		for target := range strings.FieldsSeq(m[1]) {
			if !strings.Contains(target, "=") && !slices.Contains(targets, target) {
				t.Errorf("%s: make has no target %s (%q)", page, target, strings.TrimSpace(line))
			}
		}
	}
}

func makeTargets(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(houseFolder, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z][a-z-]*):`).FindAllStringSubmatch(string(data), -1) {
		targets = append(targets, m[1])
	}
	return targets
}

var (
	variableName = regexp.MustCompile(`\bCLOCKWARDEN_[A-Z0-9_]+\b`)
	dottedKey    = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)+$`)
)

// ofTheTests are variables that are no settings.
var ofTheTests = []string{"CLOCKWARDEN_TEST_FAST", "CLOCKWARDEN_SCREENSHOTS", "CLOCKWARDEN_CHROMIUM", "CLOCKWARDEN_SOAK"}

// TestSettingsOfTheDocumentation: every setting that is named exists, by its
// key, its variable, or in a block of YAML.
func TestSettingsOfTheDocumentation(t *testing.T) {
	def := Default()
	keys, sections, variables := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range settings(&def) {
		keys[s.path], variables[s.variable()] = true, true
		for i, r := range s.path {
			if r == '.' {
				sections[s.path[:i]] = true
			}
		}
	}
	known := func(name string) bool {
		return variables[name] || variables[strings.TrimSuffix(name, "_FILE")] || slices.Contains(ofTheTests, name)
	}
	for _, d := range docs(t) {
		for _, name := range variableName.FindAllString(d.text, -1) {
			if !known(name) {
				t.Errorf("%s names %s, which is no setting", d.name, name)
			}
		}
		for _, m := range codeSpan.FindAllStringSubmatch(d.prose, -1) {
			top, _, _ := strings.Cut(m[1], ".")
			if dottedKey.MatchString(m[1]) && sections[top] && !keys[m[1]] && !sections[m[1]] {
				t.Errorf("%s names the setting %s, which does not exist", d.name, m[1])
			}
		}
		for _, b := range d.blocks {
			if b.language == "yaml" {
				checkYAMLKeys(t, d.name, b.text, keys, sections)
			}
		}
	}
}

// checkYAMLKeys holds a block to our keys if its first key is one of them; other programs are configured in YAML too.
func checkYAMLKeys(t *testing.T, page, text string, keys, sections map[string]bool) {
	t.Helper()
	var root yaml.Node
	if err := yaml.Load([]byte(text), &root); err != nil || len(root.Content) != 1 || root.Content[0].Kind != yaml.MappingNode {
		t.Errorf("%s: a block of YAML can't be read: %v\n%s", page, err, text)
		return
	}
	first := root.Content[0].Content[0].Value
	if !keys[first] && !sections[first] {
		if first != "scrape_configs" {
			t.Errorf("%s: a block of YAML begins with the unknown key %s", page, first)
		}
		return
	}
	var walk func(n *yaml.Node, path string)
	walk = func(n *yaml.Node, path string) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			full := join(path, n.Content[i].Value)
			switch value := n.Content[i+1]; {
			case keys[full]:
			case sections[full] && value.Kind == yaml.MappingNode:
				walk(value, full)
			default:
				t.Errorf("%s: a block of YAML sets %s, which does not exist", page, full)
			}
		}
	}
	walk(root.Content[0], "")
}

// TestTheChecksOfTheDocumentationFind proves that the checks above see what is wrong.
func TestTheChecksOfTheDocumentationFind(t *testing.T) {
	for line, want := range map[string]bool{
		`clockwarden sign-in-link --workspace acme --email a@b.test`: true, `clockwarden sign-in-link --workspace acme`: false,
		`sudo clockwardenctl version --json`: true, `clockwarden nonsense`: false, `bin/clockwarden demo --nonsense`: false,
	} {
		m := programCall.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("%q is not seen as a call", line)
			continue
		}
		if got := understood(shellWords(m[1])) == nil; got != want {
			t.Errorf("%q understood: %v", line, got)
		}
	}
	for words, want := range map[string]bool{
		"manifest slack": true, "manifest slack|nonsense": false, "audit": true, "audit nonsense": false, "workspace set --subdomain acme": true,
		"demo --nonsense": false, "--help": true, "chat --as you@example.com": true, "member …": true,
	} {
		if got := namesCommand(strings.Fields(words)); got != want {
			t.Errorf("%q named: %v", words, got)
		}
	}
}
