package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
)

// refusedCommand runs a command that must fail and returns its sentence.
func refusedCommand(t *testing.T, environ []string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr, environ); status != exitFailed || stdout.Len() > 0 {
		t.Fatalf("%v: %d %s%s", args, status, stdout.String(), stderr.String())
	}
	return stderr.String()
}

// signIn signs the owner of acme in with a one-time link.
func signIn(t *testing.T, environ []string, addr string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var link signInLink
	if err := json.Unmarshal([]byte(command(t, environ, "sign-in-link", "--workspace=acme", "--email=olivia@acme.test", "--json")), &link); err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(link.URL, "/sign-in/")
	if status := visit(t, browser, http.MethodPost, "http://"+addr+"/sign-in/"+token); status != http.StatusSeeOther {
		t.Fatalf("the sign-in link answers %d", status)
	}
	return browser
}

// profile asks for a page that needs a session.
func profile(t *testing.T, browser *http.Client, addr string) int {
	t.Helper()
	return visit(t, browser, http.MethodGet, "http://"+addr+"/w/acme/profile")
}

func visit(t *testing.T, browser *http.Client, method, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// TestRestoreDrill goes the whole way: a server with Slack, whose alert can't be delivered; a copy; the loss of the
// database; the copy in its place; and a server on it that says nothing of the past.
func TestRestoreDrill(t *testing.T) {
	fake := fakeslack.New(t, fakeslack.Options{Now: time.Now})
	fake.Silence("chat.postMessage", true)
	environ := append(serveEnviron(t),
		"CLOCKWARDEN_FORGOTTEN_SCHEDULE=@every 1s", "CLOCKWARDEN_SLACK_ENABLED=true", "CLOCKWARDEN_SLACK_MODE=http",
		"CLOCKWARDEN_SLACK_BOT_TOKEN="+fake.BotToken(), "CLOCKWARDEN_SLACK_SIGNING_SECRET="+fake.SigningSecret(),
		"CLOCKWARDEN_SLACK_ALERT_CHANNEL=C1", "CLOCKWARDEN_SLACK_API_URL="+fake.APIURL(),
	)
	database := strings.TrimPrefix(environ[1], "CLOCKWARDEN_DATABASE=")
	dir := filepath.Dir(database)
	file := filepath.Join(dir, "copy")
	command(t, environ, "workspace", "create", "--name=Acme", "--slug=acme", "--plan=enterprise", "--owner-email=olivia@acme.test", "--owner-name=Olivia")
	command(t, environ, "seed", "--workspace=acme", "--members=5", "--entries=0", "--running=3", "--overdue=1")
	s := startProgram(t, environ, "serve")
	flagged := func() int {
		return strings.Count(command(t, environ, "audit", "export", "--workspace=acme"), `"act":"flag.open"`)
	}
	for deadline := time.Now().Add(15 * time.Second); flagged() == 0 && time.Now().Before(deadline); {
		time.Sleep(100 * time.Millisecond)
	}
	browser := signIn(t, environ, s.addr)
	if status := profile(t, browser, s.addr); status != http.StatusOK {
		t.Fatalf("before the copy the session answers %d", status)
	}
	command(t, environ, "backup", file)

	// While the server holds the database, it is not replaced.
	before, err := os.Stat(database)
	if err != nil {
		t.Fatal(err)
	}
	if text := refusedCommand(t, environ, "restore", file, "--force"); !strings.Contains(text, "The database is in use; stop the service") {
		t.Errorf("says %q", text)
	}
	if after, err := os.Stat(database); err != nil || !os.SameFile(before, after) {
		t.Error("the database of a running server was replaced")
	}
	if status := s.stop(); status != exitDone {
		t.Errorf("exit status %d:\n%s", status, s.stderr)
	}

	for _, suffix := range []string{"", "-wal", "-shm"} { // the disk is lost
		_ = os.Remove(database + suffix)
	}
	if text := command(t, environ, "restore", file); !strings.Contains(text, "1 waiting messages, 1 sessions") {
		t.Errorf("says %q", text)
	}
	fake.Silence("chat.postMessage", false)
	s = startProgram(t, environ, "serve")
	if status := profile(t, browser, s.addr); status != http.StatusSeeOther {
		t.Errorf("the session answers %d, as if it lived", status)
	}
	time.Sleep(3 * time.Second) // some runs of the sweep and of the delivery
	if calls := fake.Calls("chat.postMessage"); len(calls) > 0 || len(fake.Messages("C1")) > 0 {
		t.Errorf("old alerts were sent: %+v", fake.Messages("C1"))
	}
	if n := flagged(); n != 1 {
		t.Errorf("%d flags", n)
	}
}

// TestPostgresCopiesNeedTheirPrograms: where they are missing, one sentence says so.
func TestPostgresCopiesNeedTheirPrograms(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	file := writeFile(t, "copy", "x")
	environ := []string{"CLOCKWARDEN_DATABASE=postgres://clock:hunter2@127.0.0.1:1/clock"}
	for _, args := range [][]string{{"backup", file, "--force"}, {"restore", file, "--force"}} {
		text := refusedCommand(t, environ, args...)
		if !strings.HasPrefix(text, "pg_restore is not installed; install PostgreSQL's client programs") || strings.Contains(text, "hunter2") {
			t.Errorf("%v: says %q", args, text)
		}
	}
}
