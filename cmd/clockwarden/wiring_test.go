package main

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
)

// command runs a command beside a server, on the same database.
func command(t *testing.T, environ []string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr, environ); status != exitDone {
		t.Fatalf("%v: %d %s", args, status, stderr.String())
	}
	return stdout.String()
}

// TestLivePagesHearOtherProcessesAndEndAtTheStop: a page that is open hears of
// a command's change within a second, and does not hold up the stop.
func TestLivePagesHearOtherProcessesAndEndAtTheStop(t *testing.T) {
	data := t.TempDir()
	s := startProgram(t, nil, "demo", "--listen=127.0.0.1:0", "--data="+data)
	environ := []string{"CLOCKWARDEN_DATABASE=" + filepath.Join(data, "clockwarden.db")}
	link := strings.Replace(waitForLinks(t, s)[0], "localhost", "127.0.0.1", 1)

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	request := func(method, url string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %s", method, url, resp.Status)
		}
		return resp
	}
	request(http.MethodPost, link)                                   //nolint:bodyclose // request closes it
	live := request(http.MethodGet, "http://"+s.addr+"/w/acme/live") //nolint:bodyclose // request closes it
	if got := live.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
		t.Fatalf("the live stream is %s", got)
	}
	lines := make(chan string, 1000)
	go func() {
		scanner := bufio.NewScanner(live.Body)
		scanner.Buffer(nil, 10<<20)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
		close(lines)
	}()
	waitQuiet(t, lines)
	command(t, environ, "member", "set", "--workspace=acme", "--email=dana@acme.test", "--name=Dana Newname")
	select {
	case _, open := <-lines:
		if !open {
			t.Fatal("the stream ended")
		}
	case <-time.After(15 * time.Second):
		t.Error("the open page heard nothing of another process's change")
	}
	before := time.Now()
	if status := s.stop(); status != exitDone {
		t.Errorf("exit status %d:\n%s", status, s.stderr)
	}
	if took := time.Since(before); took > 3*time.Second {
		t.Errorf("an open page held up the stop for %s", took)
	}
}

// waitQuiet reads what a stream says at its begin.
func waitQuiet(t *testing.T, lines <-chan string) {
	t.Helper()
	for {
		select {
		case _, open := <-lines:
			if !open {
				t.Fatal("the stream ended at once")
			}
		case <-time.After(1500 * time.Millisecond):
			return
		}
	}
}

// TestTheCronJobFlagsOverdueTimers: the schedule of the configuration drives
// the search for forgotten timers.
func TestTheCronJobFlagsOverdueTimers(t *testing.T) {
	environ := append(serveEnviron(t), "CLOCKWARDEN_FORGOTTEN_SCHEDULE=@every 1s")
	command(t, environ, "workspace", "create", "--name=Acme", "--slug=acme", "--plan=enterprise", "--owner-email=olivia@acme.test", "--owner-name=Olivia")
	command(t, environ, "seed", "--workspace=acme", "--members=10", "--entries=0", "--running=8", "--overdue=3")
	startProgram(t, environ, "serve")
	flags := 0
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline) && flags != 3; time.Sleep(200 * time.Millisecond) {
		flags = strings.Count(command(t, environ, "audit", "export", "--workspace=acme"), `"act":"flag.open"`)
	}
	if flags != 3 {
		t.Errorf("%d timers were flagged, want 3", flags)
	}
}

// TestSlackIsADoorOfItsOwn: with Slack enabled its addresses are there and
// believe nothing that is not signed.
func TestSlackIsADoorOfItsOwn(t *testing.T) {
	s := startProgram(t, append(serveEnviron(t),
		"CLOCKWARDEN_SLACK_ENABLED=true", "CLOCKWARDEN_SLACK_MODE=http", "CLOCKWARDEN_SLACK_BOT_TOKEN=xoxb-hunter2",
		"CLOCKWARDEN_SLACK_SIGNING_SECRET=hunter2", "CLOCKWARDEN_SLACK_API_URL=http://127.0.0.1:9/api/",
	), "serve")
	const form = "application/x-www-form-urlencoded"
	for path, kind := range map[string]string{"/slack/commands": form, "/slack/interactions": form, "/slack/options": form, "/slack/events": "application/json"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.addr+path, strings.NewReader("command=/accounts"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", kind)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	if status := s.stop(); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	if strings.Contains(s.stderr.String(), "hunter2") {
		t.Errorf("a secret is in the log:\n%s", s.stderr)
	}
}

// TestDiscordIsADoorOfItsOwn: with Discord enabled its address is there and believes nothing that is
// not signed; a key that is none is said at the start.
func TestDiscordIsADoorOfItsOwn(t *testing.T) {
	environ := append(serveEnviron(t),
		"CLOCKWARDEN_DISCORD_ENABLED=true", "CLOCKWARDEN_DISCORD_APPLICATION_ID=11", "CLOCKWARDEN_DISCORD_GUILD_ID=12",
		"CLOCKWARDEN_DISCORD_BOT_TOKEN=hunter2", "CLOCKWARDEN_DISCORD_API_URL=http://127.0.0.1:9/api/v10",
	)
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"serve"}, strings.NewReader(""), &stdout, &stderr, append(environ, "CLOCKWARDEN_DISCORD_PUBLIC_KEY=abc")); status != exitUsage && status != exitFailed ||
		!strings.Contains(stderr.String(), "discord.public_key") || strings.Count(strings.TrimSpace(stderr.String()), "\n") > 0 {
		t.Errorf("a wrong key: %d %s", status, stderr.String())
	}
	s := startProgram(t, append(environ, "CLOCKWARDEN_DISCORD_PUBLIC_KEY="+strings.Repeat("ab", 32)), "serve")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.addr+"/discord/interactions", strings.NewReader(`{"type":1}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("an unsigned ping: %s", resp.Status)
	}
	if status := s.stop(); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	if strings.Contains(s.stderr.String(), "hunter2") {
		t.Errorf("a secret is in the log:\n%s", s.stderr)
	}
}

// TestAChatPlatformThatEndsTakesNothingAlong: when Discord no longer takes the token, the log says so and the panel
// is still served.
func TestAChatPlatformThatEndsTakesNothingAlong(t *testing.T) {
	fake := fakediscord.New(t, fakediscord.Options{Now: time.Now})
	gateway := fake.OverGateway()
	gateway.RefuseIdentify(4004)
	environ := []string{
		"CLOCKWARDEN_DATABASE=" + filepath.Join(t.TempDir(), "cw.db"), "CLOCKWARDEN_LISTEN=127.0.0.1:0",
		"CLOCKWARDEN_DISCORD_ENABLED=true", "CLOCKWARDEN_DISCORD_MODE=gateway", "CLOCKWARDEN_DISCORD_WORKSPACE=acme",
		"CLOCKWARDEN_DISCORD_APPLICATION_ID=" + fake.Application(), "CLOCKWARDEN_DISCORD_GUILD_ID=" + fake.Guild(),
		"CLOCKWARDEN_DISCORD_BOT_TOKEN=" + fake.BotToken(), "CLOCKWARDEN_DISCORD_API_URL=" + fake.APIURL(),
	}
	s := startProgram(t, environ, "serve")
	for range 200 {
		if strings.Contains(s.stderr.String(), "a chat platform ended") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if log := s.stderr.String(); !strings.Contains(log, "a chat platform ended") || !strings.Contains(log, "discord.bot_token") || strings.Contains(log, fake.BotToken()) {
		t.Errorf("the log says\n%s", log)
	}
	if status, _ := get(t, "http://"+s.addr+"/healthz"); status != http.StatusOK {
		t.Errorf("/healthz = %d", status)
	}
	if status := s.stop(); status != exitDone {
		t.Errorf("the stop = %d", status)
	}
}
