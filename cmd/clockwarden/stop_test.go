package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
)

// stopRig is an installation with Slack and a timer whose alert is about to be
// sent.
func stopRig(t *testing.T) (environ []string, fake *fakeslack.Fake) {
	t.Helper()
	fake = fakeslack.New(t, fakeslack.Options{Now: time.Now})
	environ = append(serveEnviron(t),
		"CLOCKWARDEN_FORGOTTEN_SCHEDULE=@every 1s", "CLOCKWARDEN_SLACK_ENABLED=true", "CLOCKWARDEN_SLACK_MODE=http",
		"CLOCKWARDEN_SLACK_BOT_TOKEN="+fake.BotToken(), "CLOCKWARDEN_SLACK_SIGNING_SECRET="+fake.SigningSecret(),
		"CLOCKWARDEN_SLACK_ALERT_CHANNEL=C1", "CLOCKWARDEN_SLACK_API_URL="+fake.APIURL(),
	)
	command(t, environ, "workspace", "create", "--name=Acme", "--slug=acme", "--plan=enterprise", "--owner-email=olivia@acme.test", "--owner-name=Olivia")
	command(t, environ, "seed", "--workspace=acme", "--members=5", "--entries=0", "--running=1", "--overdue=1")
	return environ, fake
}

// waitForFlag waits until the alert is queued, and a moment more until it is on
// its way.
func waitForFlag(t *testing.T, environ []string) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !strings.Contains(command(t, environ, "audit", "export"), `"act":"flag.open"`); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the timer was not flagged")
		}
	}
	time.Sleep(500 * time.Millisecond)
}

// outboxOf is what became of the only message.
func outboxOf(t *testing.T, environ []string) (state, lastError string) {
	t.Helper()
	p := &patient{t: t, dsn: strings.TrimPrefix(environ[1], "CLOCKWARDEN_DATABASE=")}
	return p.text(`SELECT state FROM outbox`), p.text(`SELECT last_error FROM outbox`)
}

// TestStopLetsAMessageArrive: a message that a slow Slack is taking in is waited
// for, and is not sent again by the next start.
func TestStopLetsAMessageArrive(t *testing.T) {
	environ, fake := stopRig(t)
	fake.FailNext("chat.postMessage", fakeslack.Fault{Delay: 2 * time.Second})
	s := startProgram(t, environ, "serve")
	waitForFlag(t, environ)
	if status := s.stop(); status != exitDone {
		t.Errorf("exit status %d:\n%s", status, s.stderr)
	}
	if n := len(fake.Messages("C1")); n != 1 {
		t.Fatalf("%d messages after the stop", n)
	}
	if state, lastError := outboxOf(t, environ); state != "sent" || lastError != "" {
		t.Errorf("the message is %s, %q", state, lastError)
	}
	s = startProgram(t, environ, "serve")
	time.Sleep(2 * time.Second)
	if n := len(fake.Messages("C1")); n != 1 {
		t.Errorf("%d messages after the next start", n)
	}
	if strings.Contains(s.stderr.String(), "cut off") {
		t.Errorf("the log says\n%s", s.stderr)
	}
}

// TestStopWritesDownWhatHasNoAnswer: a message that Slack does not answer does
// not hold up the stop, and the database knows that it may have arrived.
func TestStopWritesDownWhatHasNoAnswer(t *testing.T) {
	environ, fake := stopRig(t)
	fake.Silence("chat.postMessage", true)
	s := startProgram(t, environ, "serve")
	waitForFlag(t, environ)
	before := time.Now()
	if status := s.stop(); status != exitDone || time.Since(before) > 9*time.Second {
		t.Errorf("exit status %d after %s:\n%s", status, time.Since(before), s.stderr)
	}
	if state, lastError := outboxOf(t, environ); state != "pending" || !strings.HasPrefix(lastError, "ambiguous: ") {
		t.Errorf("the message is %s, %q", state, lastError)
	}
	if strings.Contains(s.stderr.String(), "cut off") {
		t.Errorf("the log says\n%s", s.stderr)
	}
}

// TestStopLetsARequestEnd: what a client has begun to ask before the stop is
// done, answered and kept.
func TestStopLetsARequestEnd(t *testing.T) {
	environ := serveEnviron(t)
	var ws workspaceCreated
	if err := json.Unmarshal([]byte(command(t, environ, "workspace", "create", "--name=Acme", "--slug=acme", "--plan=enterprise",
		"--owner-email=olivia@acme.test", "--owner-name=Olivia", "--json")), &ws); err != nil {
		t.Fatal(err)
	}
	var key apiKeyCreated
	if err := json.Unmarshal([]byte(command(t, environ, "apikey", "create", "--workspace=acme", "--email=olivia@acme.test", "--json")), &key); err != nil {
		t.Fatal(err)
	}
	s := startProgram(t, environ, "serve")
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	body := fmt.Sprintf(`{"start":%q,"description":"begun before the stop"}`, time.Now().UTC().Add(-time.Hour).Format(time.RFC3339))
	_, err = fmt.Fprintf(conn, "POST /api/v1/workspaces/%s/time-entries HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		ws.ID, key.Key, len(body), body[:10])
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	stopped := make(chan int, 1)
	go func() { stopped <- s.stop() }()
	time.Sleep(time.Second)
	if refused, err := net.DialTimeout("tcp", s.addr, time.Second); err == nil {
		_ = refused.Close()
		t.Error("a stopping server takes new connections")
	}
	if _, err := conn.Write([]byte(body[10:])); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Errorf("answered %s", resp.Status)
	}
	if status := <-stopped; status != exitDone {
		t.Errorf("exit status %d:\n%s", status, s.stderr)
	}
	if log := command(t, environ, "audit", "export"); !strings.Contains(log, `"act":"timer.start"`) {
		t.Errorf("the answered act is not there:\n%s", log)
	}
}
