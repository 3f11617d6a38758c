package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/discord"
	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// patient is an installation that is well, until a test plants a fault.
type patient struct {
	t       *testing.T
	dsn     string
	environ []string
	slack   *fakeslack.Fake
	front   *front
	discord *discordPortal
}

// front stands where a browser arrives.
type front struct {
	server *httptest.Server
	routes map[string]http.HandlerFunc
	date   time.Time // zero: as it is
}

func newFront(t *testing.T) *front {
	f := &front{routes: map[string]http.HandlerFunc{
		"/healthz":              func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) },
		"/slack/commands":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"/discord/interactions": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
	}}
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f.date.IsZero() {
			w.Header().Set("Date", f.date.UTC().Format(http.TimeFormat))
		}
		if route := f.routes[r.URL.Path]; route != nil {
			route(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(f.server.Close)
	return f
}

// discordPortal answers as Discord does about one application and its server.
type discordPortal struct {
	server   *httptest.Server
	app      discordApp
	statuses map[string]int // of paths that are refused
	commands any
	global   any
	channel  map[string]string
}

const (
	discordKey   = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	discordToken = "discord-hunter2"
)

func newPortal(t *testing.T) *discordPortal {
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	p := &discordPortal{
		app: discordApp{ID: "100", Name: "Clockwarden", PublicKey: discordKey}, statuses: map[string]int{},
		commands: discord.Commands(catalog), global: []any{}, channel: map[string]string{"id": "300", "guild_id": "200"},
	}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bot "+discordToken {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if status := p.statuses[r.URL.Path]; status != 0 {
			w.WriteHeader(status)
			return
		}
		said := map[string]any{
			"/applications/@me": p.app, "/guilds/200": map[string]string{"id": "200"}, "/channels/300": p.channel,
			"/applications/100/guilds/200/commands": p.commands, "/applications/100/commands": p.global,
		}[r.URL.Path]
		if said == nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(said)
	}))
	t.Cleanup(p.server.Close)
	return p
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{t: t, dsn: filepath.Join(t.TempDir(), "clockwarden.db"), front: newFront(t), discord: newPortal(t)}
	p.slack = fakeslack.New(t, fakeslack.Options{
		Now: time.Now, Scopes: []string{"chat:write", "commands", "im:history", "im:write", "users:read", "channels:history", "groups:history"},
	})
	p.set(
		"DATABASE="+p.dsn, "BASE_URL="+p.front.server.URL,
		"SLACK_ENABLED=true", "SLACK_BOT_TOKEN="+p.slack.BotToken(), "SLACK_APP_TOKEN="+p.slack.AppToken(), "SLACK_SIGNING_SECRET="+strings.Repeat("0f", 16),
		"SLACK_ALERT_CHANNEL=C1", "SLACK_API_URL="+p.slack.APIURL(),
		"DISCORD_ENABLED=true", "DISCORD_MODE=gateway", "DISCORD_APPLICATION_ID=100", "DISCORD_PUBLIC_KEY="+discordKey, "DISCORD_BOT_TOKEN="+discordToken,
		"DISCORD_GUILD_ID=200", "DISCORD_ALERT_CHANNEL=300", "DISCORD_API_URL="+p.discord.server.URL,
	)
	command(t, p.environ, "workspace", "create", "--name=Acme", "--slug=acme", "--plan=enterprise", "--owner-email=olivia@acme.test", "--owner-name=Olivia")
	p.ran(time.Now())
	return p
}

// set changes settings.
func (p *patient) set(settings ...string) {
	for _, s := range settings {
		p.environ = append(p.environ, "CLOCKWARDEN_"+s)
	}
}

// raw does to the database what only somebody with access to it can.
func (p *patient) raw(statements ...string) {
	p.t.Helper()
	db, err := sql.Open("sqlite3", p.dsn)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.ExecContext(p.t.Context(), s); err != nil {
			p.t.Fatalf("%s: %v", s, err)
		}
	}
}

// ran says when the search for forgotten timers ended.
func (p *patient) ran(at time.Time) {
	p.raw(fmt.Sprintf(`INSERT INTO settings (key, value) VALUES ('job.forgotten-timers.done', '%[1]s')
		ON CONFLICT (key) DO UPDATE SET value = '%[1]s'`, at.UTC().Format(time.RFC3339)))
}

// queue puts a message into the outbox that was due a while ago.
func (p *patient) queue(state string, late time.Duration) {
	p.raw(fmt.Sprintf(`INSERT INTO outbox (id, workspace_id, topic, key, platform, destination, direct, revision, sent_revision, channel, message,
		reply_to, state, attempts, due_at, wanted_at, lease_token, last_error, created_at)
		SELECT '%024d', id, 'alert', 'k%[1]d', 'slack', 'C1', 0, 1, 0, '', '', '', '%s', 0, %[3]d, %[3]d, '', '', 0 FROM workspaces`,
		time.Now().UnixNano(), state, time.Now().Add(-late).UnixMilli()))
}

// examine runs doctor.
func (p *patient) examine(args ...string) (status int, stdout, stderr string) {
	p.t.Helper()
	var out, said bytes.Buffer
	status = run(p.t.Context(), append([]string{"doctor"}, args...), strings.NewReader(""), &out, &said, p.environ)
	for _, secret := range []string{p.slack.BotToken(), p.slack.AppToken(), discordToken, strings.Repeat("0f", 16)} {
		if strings.Contains(out.String()+said.String(), secret) {
			p.t.Errorf("the report holds the secret %s", secret)
		}
	}
	return status, out.String(), said.String()
}

func (p *patient) findings() []finding {
	p.t.Helper()
	status, stdout, stderr := p.examine("--json")
	var list []finding
	if err := json.Unmarshal([]byte(stdout), &list); err != nil {
		p.t.Fatalf("%d %s %s: %v", status, stdout, stderr, err)
	}
	failed := slices.ContainsFunc(list, func(f finding) bool { return f.State == stateFail })
	if failed != (status == exitFailed) || failed != (stderr != "") || strings.Count(stderr, "\n") > 1 {
		p.t.Errorf("exit status %d, says %q, of %+v", status, stderr, list)
	}
	return list
}

func TestDoctorFindsNothingInAHealthyInstallation(t *testing.T) {
	p := newPatient(t)
	seen := map[string]bool{}
	for _, f := range p.findings() {
		if f.State != stateOK || f.Text == "" || f.Fix != "" {
			t.Errorf("%+v", f)
		}
		seen[f.Name] = true
	}
	for _, name := range []string{
		"files", "database", "durability", "integrity", "disk", "audit", "workspaces", "outbox", "forgotten-timers", "base_url", "cookies", "trusted_proxies",
		"subdomains", "oidc", "clock", "slack.workspace", "slack.token", "slack.team", "slack.scopes", "slack.alert_channel", "slack.app_token", "slack.app",
		"discord.workspace", "discord.token", "discord.application_id", "discord.public_key", "discord.endpoint", "discord.guild_id", "discord.team",
		"discord.commands", "discord.alert_channel",
	} {
		if !seen[name] {
			t.Errorf("%s was not checked", name)
		}
	}
	_, stdout, _ := p.examine()
	for line := range strings.SplitSeq(strings.TrimSpace(stdout), "\n") {
		if !strings.HasPrefix(line, "ok ") || strings.Contains(line, "fix:") || !strings.Contains(line, ": ") {
			t.Errorf("line %q", line)
		}
	}
	if calls := p.slack.Calls("chat.postMessage"); len(calls) > 0 {
		t.Errorf("doctor posted %+v", calls)
	}
}

// TestDoctorFindsPlantedFaults plants one fault at a time: it is found, by its
// name, with the way out, and nothing else fails because of it.
func TestDoctorFindsPlantedFaults(t *testing.T) {
	httpMode := func(p *patient) {
		p.set("SLACK_MODE=http", "DISCORD_MODE=http")
		p.discord.app.Endpoint = p.front.server.URL + "/discord/interactions"
	}
	for what, c := range map[string]struct {
		plant func(p *patient)
		name  string
		state string
		fix   string
		also  []string // names that follow from it
	}{
		"database others can read": {func(p *patient) { _ = os.Chmod(p.dsn, 0o644) }, "files", stateFail, "chmod", nil},
		"a database that is none": {func(p *patient) {
			_ = os.WriteFile(p.dsn, []byte(strings.Repeat("Dear diary ", 500)), 0o600)
		}, "database", stateFail, "correct database", nil},
		"no database yet": {func(p *patient) { p.set("DATABASE=" + p.dsn + "x") }, "database", stateWarn, "workspace create", nil},
		"reference to nothing": {func(p *patient) {
			p.raw(`PRAGMA foreign_keys = OFF`, `INSERT INTO tags (workspace_id, id, name, archived) VALUES ('nowhere', '000000000000000000000000', 'x', 0)`)
		}, "integrity", stateFail, "restore", nil},
		"accounts that lie": {func(p *patient) { p.raw(`UPDATE accounts SET name = 'Somebody'`) }, "integrity", stateFail, "bug", nil},
		"a changed audit entry": {func(p *patient) {
			p.raw(`DROP TRIGGER audit_entries_no_update`, `UPDATE audit_entries SET actor_name = 'nobody' WHERE seq = 1`)
		}, "audit", stateFail, "audit export", nil},
		"a workspace without an owner": {func(p *patient) {
			p.raw(`DROP TRIGGER members_keep_an_owner_on_update`, `UPDATE members SET role = 'member'`, `UPDATE accounts SET role = 'member', role_rank = 3`)
		}, "workspaces", stateFail, "member set --workspace acme --role owner", []string{"integrity"}},
		"messages that wait":       {func(p *patient) { p.queue("pending", time.Hour) }, "outbox", stateFail, "serve", nil},
		"messages that wait a bit": {func(p *patient) { p.queue("pending", 5*time.Minute) }, "outbox", stateWarn, "serve", nil},
		"messages given up":        {func(p *patient) { p.queue("dead", time.Hour) }, "outbox", stateWarn, "log", nil},
		"messages for a platform that is off": {func(p *patient) {
			p.queue("pending", time.Hour)
			p.set("SLACK_ENABLED=false")
		}, "outbox", stateWarn, "switch the platform on", nil},
		"a search that stopped": {func(p *patient) { p.ran(time.Now().Add(-time.Hour)) }, "forgotten-timers", stateFail, "serve", nil},
		"a search that never ran": {func(p *patient) {
			p.raw(`DELETE FROM settings WHERE key = 'job.forgotten-timers.done'`)
		}, "forgotten-timers", stateWarn, "serve", nil},
		"a server that is stopped": {func(p *patient) { p.set("BASE_URL=http://127.0.0.1:9") }, "base_url", stateWarn, "start clockwarden serve", nil},
		"somebody else's server": {func(p *patient) {
			p.front.routes["/healthz"] = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<h1>It works!</h1>")) }
		}, "base_url", stateFail, "proxy", nil},
		"an address that moved": {func(p *patient) {
			p.front.routes["/healthz"] = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://time.example.com/healthz", http.StatusMovedPermanently)
			}
		}, "base_url", stateFail, "set base_url to https://time.example.com", nil},
		"an address DNS does not know": {func(p *patient) { p.set("BASE_URL=https://clock.invalid", "TRUSTED_PROXIES=10.0.0.0/8") }, "base_url", stateFail, "DNS record", nil},
		"plain http":                   {func(p *patient) { p.set("BASE_URL=http://clock.invalid") }, "cookies", stateWarn, "https://clock.invalid", []string{"base_url"}},
		"a proxy nobody trusts":        {func(p *patient) { p.set("BASE_URL=https://clock.invalid") }, "trusted_proxies", stateWarn, "trusted_proxies", []string{"base_url"}},
		"everybody is trusted":         {func(p *patient) { p.set("TRUSTED_PROXIES=10.0.0.0/8,0.0.0.0/0") }, "trusted_proxies", stateFail, "only the network", nil},
		"a subdomain DNS does not know": {func(p *patient) {
			command(p.t, p.environ, "workspace", "set", "--workspace=acme", "--subdomain=acme")
			p.set("BASE_URL=https://clock.invalid", "TRUSTED_PROXIES=10.0.0.0/8")
		}, "subdomains", stateFail, "*.clock.invalid", []string{"base_url"}},
		"a subdomain of a number": {func(p *patient) {
			command(p.t, p.environ, "workspace", "set", "--workspace=acme", "--subdomain=acme")
			p.set("BASE_URL=https://192.0.2.1:1", "TRUSTED_PROXIES=10.0.0.0/8")
		}, "subdomains", stateFail, "base_url to a name", []string{"base_url"}},
		"an issuer that is away": {func(p *patient) {
			p.set("SIGN_IN_OIDC_ISSUER=http://127.0.0.1:9", "SIGN_IN_OIDC_CLIENT_ID=c", "SIGN_IN_OIDC_CLIENT_SECRET=s")
		}, "oidc", stateFail, "sign_in.oidc.issuer", nil},
		"an issuer of another name": {func(p *patient) {
			p.front.routes["/.well-known/openid-configuration"] = func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(`{"issuer":"https://login.example.com"}`))
			}
			p.set("SIGN_IN_OIDC_ISSUER="+p.front.server.URL, "SIGN_IN_OIDC_CLIENT_ID=c", "SIGN_IN_OIDC_CLIENT_SECRET=s")
		}, "oidc", stateFail, "https://login.example.com", nil},
		"a clock that is wrong": {func(p *patient) {
			away := newFront(p.t)
			away.date = time.Now().Add(10 * time.Minute)
			away.routes["/.well-known/openid-configuration"] = func(w http.ResponseWriter, _ *http.Request) {
				_, _ = fmt.Fprintf(w, `{"issuer":%q}`, away.server.URL)
			}
			p.set("SIGN_IN_OIDC_ISSUER="+away.server.URL, "SIGN_IN_OIDC_CLIENT_ID=c", "SIGN_IN_OIDC_CLIENT_SECRET=s")
		}, "clock", stateFail, "NTP", nil},

		"Slack: no such workspace": {func(p *patient) { p.set("SLACK_WORKSPACE=globex") }, "slack.workspace", stateFail, "slack.workspace", nil},
		"Slack: unreachable":       {func(p *patient) { p.set("SLACK_API_URL=http://127.0.0.1:9/api/") }, "slack.token", stateFail, "slack.api_url", []string{"slack.app_token"}},
		"Slack: token refused":     {func(p *patient) { p.set("SLACK_BOT_TOKEN=xoxb-old") }, "slack.token", stateFail, "OAuth & Permissions", nil},
		"Slack: unwell": {func(p *patient) {
			p.slack.FailNext("auth.test", fakeslack.Fault{Status: http.StatusServiceUnavailable})
		}, "slack.token", stateFail, "status.slack.com", nil},
		"Slack: a scope is missing": {func(p *patient) {
			p.slack = fakeslack.New(p.t, fakeslack.Options{Now: time.Now, Scopes: []string{"chat:write", "commands", "im:history", "channels:history", "groups:history"}})
			p.set("SLACK_API_URL=" + p.slack.APIURL())
		}, "slack.scopes", stateFail, "manifest slack", nil},
		"Slack: people of another team": {func(p *patient) {
			command(p.t, p.environ, "identity", "link", "--workspace=acme", "--email=olivia@acme.test", "--platform=slack", "--team=T9", "--user=U9")
		}, "slack.team", stateWarn, "link themselves again", nil},
		"Slack: bot not invited": {func(p *patient) { p.slack.Leaves("C1") }, "slack.alert_channel", stateFail, "/invite @Clockwarden", nil},
		"Slack: no such channel": {func(p *patient) {
			p.slack.FailNext("conversations.info", fakeslack.Fault{Error: "channel_not_found"})
		}, "slack.alert_channel", stateFail, "slack.alert_channel", nil},
		"Slack: bot not invited, and it may ask": {func(p *patient) {
			p.slack = fakeslack.New(p.t, fakeslack.Options{Now: time.Now})
			p.slack.Leaves("C1")
			p.set("SLACK_API_URL=" + p.slack.APIURL())
		}, "slack.alert_channel", stateFail, "/invite @Clockwarden", []string{"slack.scopes"}}, // which this Slack does not tell
		"Slack: app token refused": {func(p *patient) { p.set("SLACK_APP_TOKEN=xapp-old") }, "slack.app_token", stateFail, "connections:write", nil},
		"Slack: Socket Mode off": {func(p *patient) {
			p.slack.FailNext("apps.connections.open", fakeslack.Fault{Error: "socket_mode_disabled"})
		}, "slack.app_token", stateFail, "Socket Mode", nil},
		"Slack: no signing secret": {func(p *patient) {
			httpMode(p)
			p.set("SLACK_SIGNING_SECRET=xapp-by-mistake")
		}, "slack.signing_secret", stateWarn, "Signing Secret", nil},
		"Slack: requests do not arrive": {func(p *patient) {
			httpMode(p)
			delete(p.front.routes, "/slack/commands")
		}, "slack.address", stateFail, "proxy", nil},

		"Discord: no such workspace":   {func(p *patient) { p.set("DISCORD_WORKSPACE=globex") }, "discord.workspace", stateFail, "discord.workspace", nil},
		"Discord: unreachable":         {func(p *patient) { p.set("DISCORD_API_URL=http://127.0.0.1:9") }, "discord.token", stateFail, "discord.api_url", nil},
		"Discord: token refused":       {func(p *patient) { p.set("DISCORD_BOT_TOKEN=old") }, "discord.token", stateFail, "discord.bot_token", nil},
		"Discord: unwell":              {func(p *patient) { p.discord.statuses["/applications/@me"] = 502 }, "discord.token", stateFail, "discordstatus.com", nil},
		"Discord: another application": {func(p *patient) { p.discord.app.ID = "101" }, "discord.application_id", stateFail, "discord.application_id to 101", nil},
		"Discord: another key":         {func(p *patient) { p.discord.app.PublicKey = strings.Repeat("a", 64) }, "discord.public_key", stateFail, "Public Key", nil},
		"Discord: endpoint in gateway mode": {func(p *patient) {
			p.discord.app.Endpoint = "https://old.example.com/discord/interactions"
		}, "discord.endpoint", stateFail, "discord.mode to http", nil},
		"Discord: no endpoint in http mode": {func(p *patient) {
			httpMode(p)
			p.discord.app.Endpoint = ""
		}, "discord.endpoint", stateFail, "/discord/interactions", nil},
		"Discord: another endpoint": {func(p *patient) {
			httpMode(p)
			p.discord.app.Endpoint = "https://old.example.com/discord/interactions"
		}, "discord.endpoint", stateFail, "/discord/interactions", nil},
		"Discord: requests do not arrive": {func(p *patient) {
			httpMode(p)
			delete(p.front.routes, "/discord/interactions")
		}, "discord.address", stateFail, "proxy", nil},
		"Discord: bot not on the server":  {func(p *patient) { p.discord.statuses["/guilds/200"] = 404 }, "discord.guild_id", stateFail, "applications.commands", nil},
		"Discord: old commands":           {func(p *patient) { p.discord.commands = []any{map[string]any{"type": 1, "name": "old"}} }, "discord.commands", stateWarn, "restart", nil},
		"Discord: commands stand twice":   {func(p *patient) { p.discord.global = []any{map[string]any{"name": "timer"}} }, "discord.commands", stateWarn, "global commands", nil},
		"Discord: no right to commands":   {func(p *patient) { p.discord.statuses["/applications/100/guilds/200/commands"] = 403 }, "discord.commands", stateFail, "applications.commands", nil},
		"Discord: bot not in the channel": {func(p *patient) { p.discord.statuses["/channels/300"] = 403 }, "discord.alert_channel", stateFail, "view and write", nil},
		"Discord: another server's channel": {func(p *patient) {
			p.discord.channel["guild_id"] = "201"
		}, "discord.alert_channel", stateFail, "discord.alert_channel", nil},
	} {
		t.Run(what, func(t *testing.T) {
			p := newPatient(t)
			c.plant(p)
			found := false
			for _, f := range p.findings() {
				if f.State == stateOK {
					continue
				}
				if f.Name == c.name && f.State == c.state && strings.Contains(f.Fix, c.fix) && f.Text != "" {
					found = true
					continue
				}
				if !slices.Contains(c.also, f.Name) {
					t.Errorf("%+v", f)
				}
			}
			if !found {
				t.Errorf("%s %s … %s was not found", c.state, c.name, c.fix)
			}
		})
	}
}

func TestDoctorJudgesTheDisk(t *testing.T) {
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	for free, want := range map[uint64]string{0: stateFail, 99 << 20: stateFail, 100 << 20: stateWarn, 1023 << 20: stateWarn, 1 << 30: stateOK, 1 << 42: stateOK} {
		d := &doctor{inv: &invocation{catalog: catalog, reader: catalog.Printer("en", nil)}}
		d.judgeDisk(free)
		if len(d.findings) != 1 || d.findings[0].Name != "disk" || d.findings[0].State != want {
			t.Errorf("%d: %+v", free, d.findings)
		}
	}
}

// TestDoctorBesideAServer looks at the real program through its own listener,
// in German.
func TestDoctorBesideAServer(t *testing.T) {
	p := newPatient(t)
	p.set("DISCORD_ENABLED=false", "SLACK_MODE=http", "LISTEN=127.0.0.1:0", "FORGOTTEN_SCHEDULE=@every 1s")
	p.raw(`DELETE FROM settings WHERE key = 'job.forgotten-timers.done'`)
	s := startProgram(t, p.environ, "serve")
	p.set("BASE_URL=http://" + s.addr)
	p.environ = append(p.environ, "LANG=de_DE.UTF-8")
	var status int
	var stdout, stderr string
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if status, stdout, stderr = p.examine(); status == exitDone && !strings.Contains(stdout, "warn ") {
			break
		}
	}
	if status != exitDone || strings.Contains(stdout, "warn ") || !strings.Contains(stdout, "ok integrity: die Datenbank ist unversehrt\n") ||
		!strings.Contains(stdout, "ok slack.address: Anfragen kommen unter http://"+s.addr+"/slack/commands an") {
		t.Errorf("%d %s\n%s", status, stdout, stderr)
	}
	if !strings.Contains(stdout, "ok "+string(core.JobForgottenTimers)+": vergessene Timer wurden zuletzt vor ") {
		t.Errorf("the search did not leave word:\n%s", stdout)
	}
}

// text reads one value.
func (p *patient) text(query string) string {
	p.t.Helper()
	db, err := sql.Open("sqlite3", p.dsn)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var value string
	if err := db.QueryRowContext(p.t.Context(), query).Scan(&value); err != nil {
		p.t.Fatalf("%s: %v", query, err)
	}
	return value
}
