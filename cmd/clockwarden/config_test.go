package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

const exampleFile = "../../config.example.yaml"

// plain compares secrets by their text.
var plain = cmp.Comparer(func(a, b Secret) bool { return a.Reveal() == b.Reveal() })

func TestExampleFileEqualsDefault(t *testing.T) {
	got, err := Load(exampleFile, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), got, plain); diff != "" {
		t.Errorf("the example differs from Default() (-want +got):\n%s", diff)
	}
}

func TestExampleFileHoldsEveryKey(t *testing.T) {
	data, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	var c Config
	l := loader{file: "x", origins: map[string]origin{}}
	l.readYAML(data, &c)
	for _, s := range settings(&c) {
		if _, ok := l.origins[s.path]; !ok {
			t.Errorf("config.example.yaml does not show %s", s.path)
		}
	}
}

func TestLoadWithoutFile(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "config.yaml")
	got, err := Load(missing, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), got, plain); diff != "" {
		t.Error(diff)
	}
	if _, err := Load(missing, true, nil); err == nil || !strings.Contains(err.Error(), "cannot read "+missing+": no such file") {
		t.Errorf("a required file that is missing: %v", err)
	}
	if _, err := Load(t.TempDir(), true, nil); err == nil {
		t.Error("a folder was read as a configuration")
	}
	empty := writeFile(t, "empty.yaml", "# nothing\n")
	if got, err := Load(empty, true, nil); err != nil || got.Listen != Default().Listen {
		t.Errorf("an empty file: %v, %v", got.Listen, err)
	}
}

// everyKey is a value other than the default for each key, as the environment
// writes it. A test fails when a key is missing here.
func everyKey() map[string]string {
	return map[string]string{
		"listen": "0.0.0.0:9000", "base_url": "https://time.example.com", "database": "postgres://u:p@db/clock",
		"log.level": "debug", "log.format": "json", "metrics.listen": "127.0.0.1:9090",
		"trusted_proxies":  "10.0.0.0/8, 192.168.0.0/16",
		"sign_in.password": "false", "sign_in.oidc.issuer": "https://id.example.com",
		"sign_in.oidc.client_id": "cw", "sign_in.oidc.client_secret": "s3cret",
		"impersonation.max": "45m", "impersonation.other_workspaces": "none",
		"slack.enabled": "true", "slack.mode": "http", "slack.workspace": "globex", "slack.bot_token": "xoxb-1",
		"slack.app_token": "xapp-1", "slack.signing_secret": "abc", "slack.alert_channel": "C123",
		"slack.api_url":   "http://127.0.0.1:9999/api/",
		"discord.enabled": "true", "discord.mode": "gateway", "discord.workspace": "globex",
		"discord.application_id": "123", "discord.public_key": strings.Repeat("ab", 32), "discord.bot_token": "tok",
		"discord.guild_id": "456", "discord.alert_channel": "789", "discord.api_url": "http://127.0.0.1:9998/api",
		"forgotten.schedule": "@every 30s", "forgotten.after": "6h", "forgotten.remind_every": "2h", "forgotten.reminders": "1",
		"forgotten.ask_member": "false", "forgotten.digest_over": "9", "forgotten.quiet_hours": "22:00-07:00",
		"forgotten.auto_stop_after": "16h",
	}
}

func TestEveryKeyFromTheEnvironment(t *testing.T) {
	values := everyKey()
	var viaFile, viaValue []string
	def := Default()
	for _, s := range settings(&def) {
		value, ok := values[s.path]
		if !ok {
			t.Fatalf("everyKey has no value for %s", s.path)
		}
		viaValue = append(viaValue, s.variable()+"="+value)
		viaFile = append(viaFile, s.variable()+"_FILE="+writeFile(t, s.path, value+"\n"))
	}
	if len(values) != len(viaValue) {
		t.Fatalf("everyKey has %d values for %d keys", len(values), len(viaValue))
	}
	for name, environ := range map[string][]string{"value": viaValue, "file": viaFile} {
		t.Run(name, func(t *testing.T) {
			got, err := Load("", false, environ)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range settings(&got) {
				if want := values[s.path]; asText(s.value) != want {
					t.Errorf("%s = %q, want %q", s.variable(), asText(s.value), want)
				}
			}
		})
	}
}

func asText(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case Secret:
		return x.Reveal()
	case []string:
		return strings.Join(x, ", ")
	case time.Duration:
		return strings.TrimSuffix(strings.TrimSuffix(x.String(), "0s"), "0m")
	default:
		return fmt.Sprint(x)
	}
}

func TestEveryKeyFromTheFile(t *testing.T) {
	want, err := Load("", false, environOf(everyKey()))
	if err != nil {
		t.Fatal(err)
	}
	tree := map[string]any{}
	for path, value := range everyKey() {
		node := tree
		parts := strings.Split(path, ".")
		for _, part := range parts[:len(parts)-1] {
			if _, ok := node[part]; !ok {
				node[part] = map[string]any{}
			}
			node = node[part].(map[string]any)
		}
		if node[parts[len(parts)-1]] = value; path == "trusted_proxies" {
			node[path] = strings.Split(value, ", ")
		}
	}
	data, err := yaml.Dump(tree)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Load(writeFile(t, "all.yaml", string(data)), true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, plain); diff != "" {
		t.Error(diff)
	}
}

func TestEnvironmentWinsOverFile(t *testing.T) {
	file := writeFile(t, "config.yaml", "listen: 127.0.0.1:1\nforgotten: {after: 5h, reminders: 2}\n")
	got, err := Load(file, true, []string{"CLOCKWARDEN_FORGOTTEN_AFTER=3h", "HOME=/x", "CLOCKWARDEN_TEST_POSTGRES=y", "CLOCKWARDEN_SCREENSHOTS=z"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Listen != "127.0.0.1:1" || got.Forgotten.After != 3*time.Hour || got.Forgotten.Reminders != 2 {
		t.Errorf("got %s, %s, %d", got.Listen, got.Forgotten.After, got.Forgotten.Reminders)
	}
}

func TestLoadNormalizesAddresses(t *testing.T) {
	file := writeFile(t, "config.yaml", "base_url: https://x.example/\nslack: {api_url: 'http://127.0.0.1:1/api'}\ndiscord: {api_url: 'http://127.0.0.1:1/v10/'}\n")
	got, err := Load(file, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.BaseURL != "https://x.example" || got.Slack.APIURL != "http://127.0.0.1:1/api/" || got.Discord.APIURL != "http://127.0.0.1:1/v10" {
		t.Errorf("got %s, %s, %s", got.BaseURL, got.Slack.APIURL, got.Discord.APIURL)
	}
}

func TestAcceptedForms(t *testing.T) {
	for _, text := range []string{
		"slack:\n", "slack:\n  # enabled: true\n", "discord: {guild_id: 123456789012345678}", "sign_in: {password: off}",
		"listen: ':8080'", "listen: '[::1]:8080'", "trusted_proxies: ~", "forgotten: {quiet_hours: ~}", "impersonation: {max: 1ns}",
		"database: postgresql://u:p@h:5432/db?sslmode=disable", "slack: {workspace: &w globex}\ndiscord: {workspace: *w}",
		"discord: {enabled: true, mode: gateway, application_id: 1, bot_token: t, guild_id: 2}",
		"forgotten: {schedule: '@hourly'}", "forgotten: {schedule: '0 0 29 2 *'}", "forgotten: {auto_stop_after: 0}",
	} {
		if _, err := Load(writeFile(t, "ok.yaml", text), true, nil); err != nil {
			t.Errorf("%q refused: %v", text, err)
		}
	}
}

type brokenFile struct {
	text string // the whole file
	line int    // where the mistake is
	want string // part of the sentence
}

func brokenFiles() []brokenFile {
	s := func(text string, line int, want string) brokenFile { return brokenFile{text, line, want} }
	return []brokenFile{
		// unknown and doubled keys
		s("listen: :1\nlog: {}\ndsnn: x", 3, `unknown key "dsnn"; see config.example.yaml`),
		s("slack:\n  enabled: false\n  dsnn: x", 3, `unknown key "dsnn" in slack; see config.example.yaml`),
		s("sign_in:\n  oidc:\n    isuer: x", 3, `unknown key "isuer" in sign_in.oidc`),
		s("Listen: :1", 1, `unknown key "Listen"`),
		s("listen: :1\nlisten: :2", 2, "listen is set twice, first in line 1"),
		s("log:\n  level: info\nlog:\n  level: warn", 3, "log is set twice"),
		s("slack:\n  mode: http\n  mode: socket", 3, "slack.mode is set twice"),
		s("<<: {listen: :1}", 1, `unknown key "<<"`),
		s("? [a]\n: 1", 1, "a key must be a plain word"),
		// not YAML
		s("listen: :1\nlog: [", 2, "this is not YAML"),
		s("a: b: c", 1, "this is not YAML"),
		s("listen: :1\n\tlog: x", 2, "this is not YAML"),
		s("listen: 'x", 1, "this is not YAML"),
		s("listen: *nobody", 1, "this is not YAML"),
		s("listen: :1\n---\nlisten: :2", 2, "more than one YAML document"),
		s("listen: :1\nlog: \xff\xfe", 2, "not plain UTF-8"),
		s("listen: \x00", 1, "not plain UTF-8"),
		s("\xff\xfel\x00", 1, "not plain UTF-8"),
		// wrong kinds
		s("just text", 1, "the file must be a section"),
		s("- a\n- b", 1, "the file must be a section"),
		s("log: info", 1, "log must be a section of keys and values (level, format)"),
		s("slack: [a]", 1, "slack must be a section"),
		s("sign_in:\n  oidc: https://x", 2, "sign_in.oidc must be a section"),
		s("listen: [a]", 1, "listen must be a single text"),
		s("listen: {a: b}", 1, "listen must be a single text"),
		s("listen: !secret x", 1, "must not carry a YAML tag"),
		s("trusted_proxies: 10.0.0.0/8", 1, "trusted_proxies must be a list"),
		s("trusted_proxies: [[a]]", 1, "trusted_proxies must be a list"),
		s("sign_in: {password: 1}", 1, "sign_in.password must be true or false"),
		s("slack:\n  enabled: maybe", 2, "slack.enabled must be true or false"),
		s("slack:\n  enabled:", 2, "slack.enabled must be true or false"),
		s("forgotten: {ask_member: [true]}", 1, "forgotten.ask_member must be true or false"),
		s("forgotten: {reminders: many}", 1, "forgotten.reminders must be a whole number"),
		s("forgotten: {reminders: 2.5}", 1, "forgotten.reminders must be a whole number"),
		s("forgotten: {digest_over: 99999999999999999999}", 1, "forgotten.digest_over must be a whole number"),
		s("forgotten:\n  after: 8", 2, "forgotten.after must be a duration such as 30m or 8h"),
		s("forgotten: {after: eight hours}", 1, "must be a duration"),
		s("impersonation: {max: ''}", 1, "impersonation.max must be a duration"),
		s("forgotten: {remind_every: 9999999999h}", 1, "must be a duration"),
		// values
		s("listen: 8080", 1, "listen must be host:port"),
		s("listen: ''", 1, "listen must be host:port"),
		s("listen: localhost:http", 1, "listen must be host:port"),
		s("listen: localhost:70000", 1, "listen must be host:port"),
		s("listen: 'http://localhost:80'", 1, "listen must be host:port"),
		s("listen: 'a b:80'", 1, "listen must be host:port"),
		s("base_url: localhost", 1, "base_url must be an absolute http or https address"),
		s("base_url: ftp://x", 1, "base_url must be"),
		s("base_url: http://", 1, "base_url must be"),
		s("base_url: http://x/path", 1, "base_url must be"),
		s("base_url: http://x?y", 1, "base_url must be"),
		s("base_url: 'http://x#y'", 1, "base_url must be"),
		s("base_url: http://u:p@x", 1, "base_url must be"),
		s("base_url: 'http://x:'", 1, "base_url must be"),
		s("base_url: 'http://x y'", 1, "base_url must be"),
		s("base_url: 'http://x:99999'", 1, "base_url must be"),
		s("database: ''", 1, "database must not be empty"),
		s("database:", 1, "database must not be empty"),
		s("database: mysql://u:hunter2@h/d", 1, "database must be a path or an address such as postgres://"),
		s("database: postgres://", 1, "database must be a path or an address"),
		s("database: 'postgres://u:hunter2%zz@h/d'", 1, "database must be a path or an address"),
		s("database: ':memory:'", 1, "database must be a file"),
		s(`database: "a\nb"`, 1, "database must not hold control characters"),
		s("log: {level: loud}", 1, "log.level must be debug, info, warn or error"),
		s("log: {level: INFO}", 1, "log.level must be"),
		s("log:\n  format: xml", 2, "log.format must be text or json"),
		s("metrics: {listen: 9090}", 1, "metrics.listen must be host:port"),
		s("listen: :8080\nmetrics: {listen: ':8080'}", 2, "metrics.listen must differ from listen"),
		s("trusted_proxies:\n  - 10.0.0.1", 1, "trusted_proxies must hold networks"),
		s("trusted_proxies: [10.0.0.0/8, 10.0.0.0/33]", 1, "trusted_proxies must hold networks"),
		s("sign_in: {oidc: {issuer: x}}", 1, "sign_in.oidc.issuer must be"),
		s("sign_in:\n  oidc:\n    issuer: https://x", 3, "sign_in.oidc.client_id must be set together"),
		s("sign_in:\n  oidc:\n    client_secret: hunter2", 3, "sign_in.oidc.issuer must be"),
		s("impersonation: {max: 0s}", 1, "impersonation.max must be longer than zero"),
		s("impersonation: {max: -5m}", 1, "impersonation.max must be longer than zero"),
		s("impersonation:\n  other_workspaces: some", 2, "impersonation.other_workspaces must be owned, all or none"),
		s("slack: {mode: rtm}", 1, "slack.mode must be socket or http"),
		s("slack:\n  enabled: true", 2, "slack.bot_token must be set"),
		s("slack:\n  enabled: true\n  bot_token: xoxb-1", 2, "slack.app_token must be set"),
		s("slack:\n  enabled: true\n  bot_token: xoxb-1\n  mode: http", 4, "slack.signing_secret must be set"),
		s("slack:\n  enabled: true\n  bot_token: xoxb-1 hunter2\n  app_token: xapp-1", 3, "slack.bot_token must be set, without spaces"),
		s("slack:\n  bot_token: xapp-hunter2", 2, "slack.bot_token holds an app-level token"),
		s("slack:\n  app_token: xoxb-hunter2", 2, "slack.app_token holds a bot token"),
		s("slack:\n  enabled: true\n  workspace: Acme Inc\n  bot_token: xoxb-1\n  app_token: xapp-1", 3, "slack.workspace must be the slug"),
		s("slack: {alert_channel: '#alerts'}", 1, "slack.alert_channel must be a channel id"),
		s("slack: {api_url: slack.com}", 1, "slack.api_url must be"),
		s("slack: {api_url: ''}", 1, "slack.api_url must be"),
		s("discord: {mode: socket}", 1, "discord.mode must be http or gateway"),
		s("discord: {public_key: abc}", 1, "discord.public_key must be 64 hexadecimal digits"),
		s("discord:\n  enabled: true", 2, "discord.application_id must be set"),
		s("discord:\n  enabled: true\n  application_id: 1", 2, "discord.bot_token must be set"),
		s("discord:\n  enabled: true\n  application_id: 1\n  bot_token: t", 2, "discord.public_key must be set in http mode"),
		s("discord:\n  enabled: true\n  application_id: 1\n  bot_token: t\n  mode: gateway\n  workspace: ''\n  guild_id: 1", 6, "discord.workspace must be the slug"),
		s("discord:\n  enabled: true\n  application_id: 1\n  bot_token: t\n  mode: gateway", 2, "discord.guild_id must be set"),
		s("discord:\n  application_id: My App", 2, "discord.application_id must be the id"),
		s("discord: {api_url: 'javascript:alert(1)'}", 1, "discord.api_url must be"),
		s("discord: {guild_id: My Server}", 1, "discord.guild_id must be the id"),
		s("discord: {alert_channel: 'a b'}", 1, "discord.alert_channel must be the id"),
		s("forgotten: {schedule: ''}", 1, "forgotten.schedule is not a cron schedule"),
		s("forgotten:\n  schedule: '* * * *'", 2, "forgotten.schedule is not a cron schedule"),
		s("forgotten: {schedule: '@every 0s'}", 1, "forgotten.schedule must have at least one second"),
		s("forgotten: {schedule: 'TZ=Europe/Berlin'}", 1, "forgotten.schedule must not hold a time zone"),
		s("forgotten: {schedule: '0 0 31 2 *'}", 1, "forgotten.schedule never comes"),
		s("forgotten: {after: 0s}", 1, "forgotten.after must be longer than zero"),
		s("forgotten: {after: -1h}", 1, "forgotten.after must be longer than zero"),
		s("forgotten: {remind_every: 0s}", 1, "forgotten.remind_every must be longer than zero"),
		s("forgotten: {reminders: -1}", 1, "forgotten.reminders must be between"),
		s("forgotten: {digest_over: -1}", 1, "forgotten.digest_over must be between"),
		s("forgotten: {quiet_hours: night}", 1, "forgotten.quiet_hours must be a span"),
		s("forgotten: {quiet_hours: '22:00-25:00'}", 1, "forgotten.quiet_hours must be a span"),
		s("forgotten: {quiet_hours: '22:00-22:00'}", 1, "forgotten.quiet_hours must be a span"),
		s("forgotten:\n  auto_stop_after: -1s", 2, "forgotten.auto_stop_after must be zero"),
		// the first of several
		s("listen: x\nlog: {level: loud}\nnonsense: 1", 3, "unknown key"),
		s("forgotten: {after: 0s}\nlisten: x", 1, "forgotten.after"),
	}
}

func TestBrokenFiles(t *testing.T) {
	for _, b := range brokenFiles() {
		file := writeFile(t, "config.yaml", b.text)
		_, err := Load(file, true, nil)
		if err == nil {
			t.Errorf("%q was accepted", b.text)
			continue
		}
		if want := fmt.Sprintf("%s line %d: ", file, b.line); !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q\n  got  %v\n  want %s…", b.text, err, want)
		}
		if !strings.Contains(err.Error(), b.want) {
			t.Errorf("%q\n  got  %v\n  want …%s…", b.text, err, b.want)
		}
		checkSentence(t, err.Error())
	}
}

func TestBrokenEnvironment(t *testing.T) {
	secretFile := writeFile(t, "secret", "hunter2\n")
	big := writeFile(t, "big", strings.Repeat("x", maxSecretBytes+1))
	for _, b := range []struct {
		environ []string
		want    string
	}{
		{[]string{"CLOCKWARDEN_FOO=hunter2"}, "unknown setting CLOCKWARDEN_FOO; see config.example.yaml"},
		{[]string{"CLOCKWARDEN_=1"}, "unknown setting CLOCKWARDEN_;"},
		{[]string{"CLOCKWARDEN_SLACK=1"}, "unknown setting CLOCKWARDEN_SLACK;"},
		{[]string{"CLOCKWARDEN_FOO_FILE=x"}, "unknown setting CLOCKWARDEN_FOO_FILE;"},
		{[]string{"CLOCKWARDEN_LISTEN=x"}, "CLOCKWARDEN_LISTEN: listen must be host:port"},
		{[]string{"CLOCKWARDEN_FORGOTTEN_AFTER=8"}, "CLOCKWARDEN_FORGOTTEN_AFTER: forgotten.after must be a duration"},
		{[]string{"CLOCKWARDEN_SIGN_IN_PASSWORD="}, "CLOCKWARDEN_SIGN_IN_PASSWORD: sign_in.password must be true or false"},
		{[]string{"CLOCKWARDEN_FORGOTTEN_REMINDERS=x"}, "forgotten.reminders must be a whole number"},
		{[]string{"CLOCKWARDEN_TRUSTED_PROXIES=10.0.0.0/8,x"}, "CLOCKWARDEN_TRUSTED_PROXIES: trusted_proxies must hold networks"},
		{[]string{"CLOCKWARDEN_SLACK_ENABLED=true"}, "CLOCKWARDEN_SLACK_ENABLED: slack.bot_token must be set"},
		{[]string{"CLOCKWARDEN_SLACK_BOT_TOKEN=hunter2", "CLOCKWARDEN_SLACK_BOT_TOKEN_FILE=" + secretFile}, "CLOCKWARDEN_SLACK_BOT_TOKEN and CLOCKWARDEN_SLACK_BOT_TOKEN_FILE are both set"},
		{[]string{"CLOCKWARDEN_SLACK_BOT_TOKEN_FILE=/nowhere/x"}, "CLOCKWARDEN_SLACK_BOT_TOKEN_FILE: cannot read /nowhere/x: no such file or directory"},
		{[]string{"CLOCKWARDEN_SLACK_BOT_TOKEN_FILE="}, "CLOCKWARDEN_SLACK_BOT_TOKEN_FILE: it names no file"},
		{[]string{"CLOCKWARDEN_SLACK_BOT_TOKEN_FILE=" + big}, "it is larger than 64 KiB"},
		{[]string{"CLOCKWARDEN_LOG_LEVEL_FILE=" + secretFile}, "CLOCKWARDEN_LOG_LEVEL_FILE: log.level must be"},
	} {
		_, err := Load("", false, b.environ)
		if err == nil || !strings.Contains(err.Error(), b.want) {
			t.Errorf("%q\n  got  %v\n  want …%s…", b.environ, err, b.want)
			continue
		}
		checkSentence(t, err.Error())
	}
}

// checkSentence holds what every error of the configuration promises: one
// readable line that gives no secret away.
func checkSentence(t *testing.T, text string) {
	t.Helper()
	if text == "" || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		t.Errorf("not one line of text: %q", text)
	}
	if strings.Contains(text, "hunter2") {
		t.Errorf("a secret is shown: %q", text)
	}
}

func TestValidateNamesTheFirstProblem(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	c := Default()
	c.Log.Level = "loud"
	if err := c.Validate(); err == nil || err.Error() != "log.level must be debug, info, warn or error" {
		t.Errorf("got %v", err)
	}
}

func TestProxies(t *testing.T) {
	c := Default()
	c.TrustedProxies = []string{"10.1.2.3/8", "::1/128"}
	if got := fmt.Sprint(c.Proxies()); got != "[10.0.0.0/8 ::1/128]" {
		t.Errorf("got %s", got)
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	c := Default()
	c.Slack.BotToken, c.Database = "hunter2", "postgres://u:hunter2@h/d"
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+" "+verb+"\n", c.Slack.BotToken, c)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", c.Slack.BotToken, "all", c)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "secret", c.Slack.BotToken, "all", c)
	for _, encode := range []func(any) ([]byte, error){json.Marshal, func(v any) ([]byte, error) { return yaml.Dump(v) }} {
		data, err := encode(c)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
	}
	out.WriteString(c.Slack.BotToken.String())
	for _, seen := range []string{"hunter2", fmt.Sprintf("%x", "hunter2"), fmt.Sprintf("%X", "hunter2")} {
		if strings.Contains(out.String(), seen) {
			t.Errorf("the secret is seen in:\n%s", out.String())
		}
	}
	if !strings.Contains(out.String(), dots) || c.Slack.BotToken.Reveal() != "hunter2" {
		t.Error("Reveal or the dots are missing")
	}
}

func FuzzLoad(f *testing.F) {
	example, err := os.ReadFile(exampleFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example, "CLOCKWARDEN_LISTEN=:1")
	for _, b := range brokenFiles() {
		f.Add([]byte(b.text), "CLOCKWARDEN_FORGOTTEN_SCHEDULE=@every 1s")
	}
	f.Fuzz(func(t *testing.T, data []byte, variable string) {
		if strings.Contains(variable, "_FILE") {
			return // no reading of files that the fuzzer thinks of
		}
		c, err := load("config.yaml", data, []string{variable})
		if err != nil {
			text := err.Error()
			if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || len(text) > 1000 {
				t.Errorf("not one line of text: %q", text)
			}
			if !strings.HasPrefix(text, "config.yaml line ") && !strings.Contains(text, envPrefix) {
				t.Errorf("names no place: %q", text)
			}
			return
		}
		if err := c.Validate(); err != nil {
			t.Errorf("loaded, but not valid: %v", err)
		}
	})
}

func environOf(values map[string]string) []string {
	var environ []string
	for path, value := range values {
		environ = append(environ, setting{path: path}.variable()+"="+value)
	}
	return environ
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
