package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestNoSecretIsLogged drives a server whose platforms and identity provider
// all fail, at the level that logs most. Neither a secret of the configuration
// nor one that came with a request may stand in any line.
func TestNoSecretIsLogged(t *testing.T) {
	// The stand-in of Slack, Discord and the identity provider refuses everything and repeats what it was sent.
	standIn := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = fmt.Fprintf(w, "%s %s %v %s", r.Method, r.URL, r.Header, body)
	}))
	t.Cleanup(standIn.Close)
	for _, mode := range []string{"http", "socket"} {
		t.Run(mode, func(t *testing.T) { noSecretIsLogged(t, mode, standIn.URL) })
	}
}

func noSecretIsLogged(t *testing.T, mode, standIn string) {
	values := map[string]string{
		"log.level": "debug", "log.format": "json", "metrics.listen": "127.0.0.1:0", "forgotten.schedule": "@every 1s",
		"sign_in.oidc.issuer": standIn, "sign_in.oidc.client_id": "clockwarden",
		"slack.enabled": "true", "slack.mode": mode, "slack.api_url": standIn + "/api/", "slack.workspace": "acme", "slack.alert_channel": "C1",
		"discord.enabled": "true", "discord.workspace": "acme", "discord.api_url": standIn + "/api/v10", "discord.application_id": "123456",
		"discord.public_key": strings.Repeat("ab", 32), "discord.guild_id": "456789",
	}
	var secrets []string
	environ := serveEnviron(t)
	def := Default()
	for _, s := range settings(&def) {
		if _, secret := s.value.Interface().(Secret); secret && s.path != "database" { // a path here; see below
			value := "hunter-" + strings.ReplaceAll(s.path, ".", "-")
			switch s.path {
			case "slack.bot_token":
				value = "xoxb-" + value
			case "slack.app_token":
				value = "xapp-" + value
			}
			values[s.path] = value
			secrets = append(secrets, value)
		}
	}
	if len(secrets) < 5 {
		t.Fatalf("the configuration has only these secrets: %v", secrets)
	}
	environ = append(environ, environOf(values)...)

	command(t, environ, "workspace", "create", "--name=Acme", "--slug=acme", "--plan=enterprise", "--owner-email=olivia@acme.test", "--owner-name=Olivia")
	command(t, environ, "identity", "link", "--workspace=acme", "--email=olivia@acme.test", "--platform=slack", "--team=T1", "--user=U1")
	command(t, environ, "seed", "--workspace=acme", "--members=5", "--entries=0", "--running=4", "--overdue=2")
	var link signInLink
	var key apiKeyCreated
	for into, args := range map[any][]string{
		&link: {"sign-in-link", "--workspace=acme", "--email=olivia@acme.test", "--json"},
		&key:  {"apikey", "create", "--workspace=acme", "--email=olivia@acme.test", "--json"},
	} {
		if err := json.Unmarshal([]byte(command(t, environ, args...)), into); err != nil {
			t.Fatal(err)
		}
	}
	_, token, _ := strings.Cut(link.URL, "/sign-in/")
	s := startProgram(t, environ, "serve")

	var cookies []string
	send := func(method, path, contentType, body string, header ...string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.addr+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		for _, c := range resp.Cookies() {
			cookies = append(cookies, c.Value)
		}
	}
	const form, jsonBody = "application/x-www-form-urlencoded", "application/json"
	send(http.MethodGet, "/sign-in/"+token, "", "")
	send(http.MethodPost, "/sign-in/"+token, form, "")
	send(http.MethodPost, "/sign-in/"+token, form, "") // used up
	send(http.MethodGet, "/sign-in/oidc", "", "")
	send(http.MethodGet, "/sign-in/oidc/callback?code=hunter-code&state=hunter-state", "", "")
	send(http.MethodPost, "/sign-in", form, url.Values{"email": {"olivia@acme.test"}, "password": {"hunter-password"}}.Encode())
	send(http.MethodGet, "/invitation/hunter-invitation", "", "")
	send(http.MethodGet, "/log-in-as/hunter-log-in-as", "", "")
	send(http.MethodGet, "/api/clockwarden/v1/accounts", "", "", "X-Api-Key", key.Key)
	send(http.MethodGet, "/api/v1/user", "", "", "X-Api-Key", "hunter-wrong-key")
	send(http.MethodPost, "/api/v1/workspaces/x/projects", jsonBody, `{"name": "hunter-body`, "X-Api-Key", key.Key)
	for _, line := range []string{"status", "no such command", "link hunter-code-1"} {
		body := url.Values{
			"command": {"/timer"}, "text": {line}, "team_id": {"T1"}, "user_id": {"U1"}, "response_url": {standIn + "/response/hunter-response"},
			"trigger_id": {"hunter-trigger"}, "token": {"hunter-legacy-token"},
		}.Encode()
		send(http.MethodPost, "/slack/commands", form, body, slackSignature(values["slack.signing_secret"], body)...)
		send(http.MethodPost, "/slack/commands", form, body, slackSignature("hunter-wrong-secret", body)...)
	}
	event := `{"type":"event_callback","team_id":"T1","token":"hunter-legacy-token","event":{"type":"app_home_opened","user":"U1"}}`
	send(http.MethodPost, "/slack/events", jsonBody, event, slackSignature(values["slack.signing_secret"], event)...)
	send(http.MethodPost, "/discord/interactions", jsonBody, `{"type":1,"token":"hunter-interaction"}`,
		"X-Signature-Ed25519", strings.Repeat("ab", 64), "X-Signature-Timestamp", "1700000000")
	if len(cookies) == 0 || cookies[0] == "" {
		t.Fatal("the sign-in link set no cookie: the test signs nobody in")
	}

	for deadline := time.Now().Add(15 * time.Second); !strings.Contains(s.stderr.String(), "message not delivered"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no message failed, so this test saw no error of a platform:\n%s", s.stderr)
		}
	}
	if status := s.stop(); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	secrets = append(append(secrets, token, key.Key, "hunter-", "hunter%2d"), cookies...)
	for line := range strings.SplitSeq(strings.TrimSpace(s.stderr.String()), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
		for _, secret := range secrets {
			if secret != "" && strings.Contains(strings.ToLower(line), strings.ToLower(secret)) {
				t.Errorf("%q is in the log:\n%s", secret, line)
			}
		}
	}
	for _, want := range []string{`"msg":"request"`, `"request_id":"`, `"route":"/sign-in/{token}"`, `"route":"/api/clockwarden/v1/accounts"`} {
		if !strings.Contains(s.stderr.String(), want) {
			t.Errorf("no %s in the log", want)
		}
	}
	if s.stdout.String() != "" {
		t.Errorf("standard output holds %q", s.stdout)
	}
}

// slackSignature signs a body as Slack does, in the form that send takes.
func slackSignature(secret, body string) []string {
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte("v0:" + at + ":" + body))
	return []string{"X-Slack-Request-Timestamp", at, "X-Slack-Signature", "v0=" + hex.EncodeToString(mac.Sum(nil))}
}

// TestThePasswordOfTheDatabaseIsNotShown: the address of a database that is not
// there stays out of the log and of the error.
func TestThePasswordOfTheDatabaseIsNotShown(t *testing.T) {
	for _, args := range [][]string{{"serve"}, {"migrate"}, {"member", "add", "--workspace=acme", "--email=a@acme.test", "--name=A"}} {
		var stdout, stderr bytes.Buffer
		environ := []string{"CLOCKWARDEN_LISTEN=127.0.0.1:0", "CLOCKWARDEN_LOG_LEVEL=debug", "CLOCKWARDEN_DATABASE=postgres://clock:hunter2@127.0.0.1:1/clock?connect_timeout=2"}
		status := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr, environ)
		if status != exitFailed || !strings.Contains(stderr.String(), "127.0.0.1") {
			t.Errorf("%v: %d %s", args, status, stderr.String())
		}
		if strings.Contains(stdout.String()+stderr.String(), "hunter2") {
			t.Errorf("%v shows the password: %s", args, stderr.String())
		}
	}
}
