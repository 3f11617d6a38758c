package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// killRig is the real program as processes of its own, on one database.
type killRig struct {
	t       *testing.T
	program string
	environ []string
	dsn     string
}

// newKillRig builds the program, without the race detector, for this test binary.
func newKillRig(t *testing.T) *killRig {
	t.Helper()
	folder := t.TempDir()
	r := &killRig{t: t, program: filepath.Join(folder, "clockwarden"), dsn: filepath.Join(folder, "clockwarden.db")}
	r.environ = append(os.Environ(), "CLOCKWARDEN_LISTEN=127.0.0.1:0", "CLOCKWARDEN_DATABASE="+r.dsn)
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", r.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return r
}

// command runs a command of the operator and decodes what it prints.
func (r *killRig) command(into any, args ...string) error {
	cmd := exec.CommandContext(r.t.Context(), r.program, append(args, "--json")...)
	cmd.Env, cmd.Dir = r.environ, filepath.Dir(r.program)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%q: %w: %s", args, err, stderr.String())
	}
	return json.Unmarshal(out, into)
}

func (r *killRig) must(into any, args ...string) {
	r.t.Helper()
	if err := r.command(into, args...); err != nil {
		r.t.Fatal(err)
	}
}

// victim is a running server that will be killed.
type victim struct {
	cmd    *exec.Cmd
	url    string
	client *http.Client
	ready  time.Duration // from the start of the process to the first 200 of /readyz
	read   chan struct{} // closed when its log has ended
}

// start runs a server until it is ready.
func (r *killRig) start() *victim {
	r.t.Helper()
	began := time.Now()
	v := &victim{cmd: exec.Command(r.program, "serve"), read: make(chan struct{})}
	v.cmd.Env, v.cmd.Dir = r.environ, filepath.Dir(r.program)
	logs, err := v.cmd.StderrPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = v.cmd.Process.Kill() }) // of a process that has ended: an error that says so
	listening, failed := make(chan string, 1), &lockedBuffer{}
	go func() {
		defer close(v.read)
		lines := bufio.NewScanner(io.TeeReader(logs, failed))
		for lines.Scan() {
			if addr := listeningAddr(lines.Text()); addr != "" {
				listening <- addr
			}
		}
	}()
	select {
	case addr := <-listening:
		v.url = "http://" + addr
	case <-v.read:
		r.t.Fatalf("the server ended:\n%s", failed)
	case <-time.After(30 * time.Second):
		r.t.Fatalf("the server does not listen:\n%s", failed)
	}
	v.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 20 * time.Second}
	for {
		resp, err := v.client.Get(v.url + "/readyz")
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				v.ready = time.Since(began)
				return v
			}
		}
		if time.Since(began) > 30*time.Second {
			r.t.Fatalf("the server does not become ready: %v\n%s", err, failed)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// kill ends the server as a crash would, and waits until it is gone.
func (v *victim) kill(t *testing.T) {
	t.Helper()
	if err := v.cmd.Process.Kill(); err != nil {
		t.Fatalf("kill: %v", err)
	}
	<-v.read
	_ = v.cmd.Wait() // "signal: killed"
}

// errUnanswered says that a request may have had its effect or not.
var errUnanswered = errors.New("no answer")

// call makes one request and returns the answer with the id that the act has in the audit log.
func (v *victim) call(ctx context.Context, key, method, path string, body, into any) (requestID string, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	for {
		req, err := http.NewRequestWithContext(ctx, method, v.url+"/api/clockwarden/v1"+path, bytes.NewReader(text))
		if err != nil {
			return "", err
		}
		req.Header.Set("X-Api-Key", key)
		req.Header.Set("Content-Type", "application/json")
		resp, err := v.client.Do(req)
		if err != nil {
			return "", fmt.Errorf("%w: %w", errUnanswered, err)
		}
		answer, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		switch {
		case err != nil:
			return "", fmt.Errorf("%w: %w", errUnanswered, err) // cut off
		case resp.StatusCode == http.StatusTooManyRequests: // refused before the act
			time.Sleep(10 * time.Millisecond)
			continue
		case resp.StatusCode != http.StatusOK:
			return "", fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, answer)
		}
		if err := json.Unmarshal(answer, into); err != nil {
			return "", fmt.Errorf("%s %s: %w: %s", method, path, err, answer)
		}
		return resp.Header.Get("X-Request-Id"), nil
	}
}

// running lists the running entries of all members.
func (v *victim) running(ctx context.Context, key string) ([]core.ID, error) {
	var entries []core.ID
	cursor := ""
	for {
		var page struct {
			Accounts []struct {
				Timer struct {
					EntryID core.ID `json:"entry_id"`
				} `json:"timer"`
			} `json:"accounts"`
			NextCursor string `json:"next_cursor"`
		}
		if _, err := v.call(ctx, key, http.MethodGet, "/accounts?filter=running&limit=200&cursor="+cursor, nil, &page); err != nil {
			return nil, err
		}
		for _, a := range page.Accounts {
			entries = append(entries, a.Timer.EntryID)
		}
		if cursor = page.NextCursor; cursor == "" {
			return entries, nil
		}
	}
}
