package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestManualPageNamesEveryCommand: the manual page of the Debian package names the commands that there are, and no other.
func TestManualPageNamesEveryCommand(t *testing.T) {
	text := strings.NewReplacer(`\-`, "-", `" ", " "`, ", ", `"`, "").Replace(readDeployed(t, "clockwarden.1"))
	_, list, _ := strings.Cut(text, ".SH COMMANDS\n")
	list, _, _ = strings.Cut(list, ".SH ")
	parser, err := kong.New(&commands{}, kong.Name("clockwarden"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, node := range parser.Model.Leaves(true) {
		words := strings.TrimPrefix(node.FullPath(), "clockwarden ")
		known[strings.Fields(words)[0]] = true
		group, _, grouped := strings.Cut(words, " ")
		if !regexp.MustCompile(`(?m)^\.BR? (.*, )?`+regexp.QuoteMeta(words)+`($|,)`).MatchString(list) &&
			(!grouped || !strings.Contains(list, "\n.B "+group+"\n")) {
			t.Errorf("the manual page does not name %q", words)
		}
	}
	for _, line := range regexp.MustCompile(`(?m)^\.BR? (.+)$`).FindAllStringSubmatch(list, -1) {
		for words := range strings.SplitSeq(line[1], ",") {
			if word := strings.Fields(words)[0]; !known[word] {
				t.Errorf("the manual page names %q, which is no command", word)
			}
		}
	}
}

func readDeployed(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(deployFolder + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestContainerfile: what the image is built from is there, its settings are
// settings, and it runs without rights.
func TestContainerfile(t *testing.T) {
	stages, image := 0, ""
	for line := range strings.SplitSeq(strings.ReplaceAll(readDeployed(t, "Containerfile"), "\\\n", " "), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		switch words[0] {
		case "FROM":
			stages++
			image = ""
			if strings.ContainsAny(words[1], "/") {
				t.Errorf("%s names a registry", words[1])
			}
		case "COPY":
			if strings.HasPrefix(words[1], "--from=") {
				break
			}
			for _, source := range words[1 : len(words)-1] {
				if _, err := os.Stat(filepath.Join("../..", source)); err != nil {
					t.Error(err)
				}
			}
		}
		image += line + "\n"
	}
	if stages != 2 || !strings.HasPrefix(image, "FROM scratch\n") {
		t.Errorf("%d stages, the last is\n%s", stages, image)
	}
	environ := regexp.MustCompile(`CLOCKWARDEN_\w+=\S+`).FindAllString(image, -1)
	c, err := Load("", false, environ)
	if err != nil || c.Database.Reveal() != "/data/clockwarden.db" || c.Listen != "0.0.0.0:8080" {
		t.Errorf("%v: %v", environ, err)
	}
	if !strings.Contains(image, "\nUSER 10001:10001\n") || !strings.Contains(image, "\nVOLUME /data\n") || !strings.Contains(image, `ENTRYPOINT ["/usr/bin/clockwarden"]`) {
		t.Errorf("the image is not complete:\n%s", image)
	}
	if !strings.Contains(readDeployed(t, "Containerfile"), "tools/build-static.sh") {
		t.Error("the image's binary would need libraries")
	}
}

// TestPackagedConfiguration: the file that the Debian package installs is the
// example with the packaged database, as tools/deb.sh makes it.
func TestPackagedConfiguration(t *testing.T) {
	example, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(example), "\ndatabase: clockwarden.db\n") != 1 {
		t.Error("tools/deb.sh does not find the line of the database in config.example.yaml")
	}
	for _, line := range []string{"# Every setting of Clockwarden with its default. Copy this file to config.yaml\n", "# and change what you need; leave out the rest.\n"} {
		if !strings.Contains(string(example), line) {
			t.Errorf("tools/deb.sh replaces %q, which is not in config.example.yaml", line)
		}
	}
	script, err := os.ReadFile("../../tools/deb.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range regexp.MustCompile(`\bdeploy/[\w.-]+`).FindAllString(string(script)+readDeployed(t, "nfpm.yaml"), -1) {
		if _, err := os.Stat(filepath.Join("../..", file)); err != nil {
			t.Error(err)
		}
	}
	for _, promise := range []string{"User=clockwarden", "ProtectSystem=strict", "NoNewPrivileges=yes", "StateDirectory=clockwarden", "Restart=always", "ExecStart=/usr/bin/clockwarden serve --config /etc/clockwarden/config.yaml"} {
		if !strings.Contains(readDeployed(t, "clockwarden.service"), "\n"+promise+"\n") {
			t.Errorf("the unit lacks %s", promise)
		}
	}
}
