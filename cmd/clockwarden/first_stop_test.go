package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
)

// TestFromTheManifestToTheFirstStop goes the way of docs/slack.md with a
// stand-in of Slack: print the manifest, configure, link oneself by code, stop a
// timer. The command that was waiting for the link goes on by itself.
func TestFromTheManifestToTheFirstStop(t *testing.T) {
	fake := fakeslack.New(t, fakeslack.Options{Now: time.Now})
	environ := append(serveEnviron(t), slackEnviron(fake)...)
	listen := "127.0.0.1:" + freePort(t)
	environ = append(environ, "CLOCKWARDEN_LISTEN="+listen, "CLOCKWARDEN_BASE_URL=http://"+listen)

	// 1 and 2: the manifest leads to this installation.
	var manifest struct {
		Features struct {
			SlashCommands []struct{ Command, URL string } `json:"slash_commands"`
		}
		Settings struct {
			Interactivity struct {
				RequestURL string `json:"request_url"`
			}
		}
	}
	if err := json.Unmarshal([]byte(command(t, environ, "manifest", "slack", "--json")), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest.Features.SlashCommands) != 2 || manifest.Settings.Interactivity.RequestURL != "http://"+listen+"/slack/interactions" {
		t.Fatalf("manifest: %+v", manifest)
	}
	for _, c := range manifest.Features.SlashCommands {
		if c.URL != "http://"+listen+"/slack/commands" {
			t.Errorf("%s goes to %s", c.Command, c.URL)
		}
	}

	// 3: the workspace, its people, and a timer that Dana forgot.
	command(t, environ, "workspace", "create", "--name=Acme", "--slug=acme", "--plan=enterprise", "--owner-email=olivia@acme.test", "--owner-name=Olivia")
	command(t, environ, "member", "add", "--workspace=acme", "--email=dana@acme.test", "--name=Dana", "--active")
	command(t, environ, "chat", "--as=dana@acme.test", "/timer start Monthly report")
	s := startProgram(t, environ, "serve")
	fake.Connect("http://" + s.addr)

	// 4: the owner types the command; Slack's stranger is asked to link.
	olivia := fake.Person("UOLIVIA")
	asked := olivia.Runs("/accounts stop-timer dana@acme.test")
	page := regexp.MustCompile(`http://[^"\s]+/link`).FindString(string(asked.Body))
	if page == "" {
		t.Fatalf("no address to link at:\n%s", asked.Body)
	}
	code := linkCode(t, environ, page)
	form := olivia.Clicks(asked, "Enter code")
	if done := olivia.Submits(form, map[string]any{"Code": code}); !strings.Contains(done.String(), "Your accounts are linked") {
		t.Fatalf("linking says:\n%s", done)
	}

	// 5: the command that was waiting shows its card, and Confirm stops the timer.
	card := fake.AwaitAfter(fake.AwaitReplaced(asked))
	if !strings.Contains(card.String(), "Stop the timer of Dana?") {
		t.Fatalf("the waiting command went on with:\n%s", card)
	}
	result := olivia.Clicks(card, "Confirm")
	if !strings.Contains(result.String(), "Stopped: the timer of Dana") {
		t.Errorf("confirming says:\n%s", result)
	}
	entries := command(t, environ, "audit", "export", "--workspace=acme")
	if !strings.Contains(entries, `"act":"timer.stop"`) || !strings.Contains(entries, `"door":"slack"`) {
		t.Errorf("the audit log:\n%s", entries)
	}
}

// linkCode signs Olivia in by a one-time link and lets the page show her a code.
func linkCode(t *testing.T, environ []string, page string) string {
	t.Helper()
	var link signInLink
	if err := json.Unmarshal([]byte(command(t, environ, "sign-in-link", "--workspace=acme", "--email=olivia@acme.test", "--json")), &link); err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	post := func(address string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(url.Values{}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v", address, resp.Status, err)
		}
		return string(body)
	}
	post(link.URL)
	found := regexp.MustCompile(`<output id="code"[^>]*>([^<]+)<`).FindStringSubmatch(post(page))
	if found == nil {
		t.Fatal("the page shows no code")
	}
	return found[1]
}
