package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// server is the program at work in this process.
type server struct {
	addr   string
	stdout *lockedBuffer
	stderr *lockedBuffer
	stop   func() int // asks for a stop and returns the exit status
}

// startProgram runs the program until it listens.
func startProgram(t *testing.T, environ []string, args ...string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	logs, write := io.Pipe()
	s := &server{stdout: &lockedBuffer{}, stderr: &lockedBuffer{}}
	exit := make(chan int, 1)
	go func() {
		status := run(ctx, args, strings.NewReader(""), s.stdout, write, environ)
		_ = write.Close()
		exit <- status
	}()
	listening := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(io.TeeReader(logs, s.stderr))
		for lines.Scan() {
			if addr := listeningAddr(lines.Text()); addr != "" {
				listening <- addr
			}
		}
		close(listening)
	}()
	s.stop = func() int {
		cancel()
		select {
		case status := <-exit:
			exit <- status
			return status
		case <-time.After(10 * time.Second):
			t.Errorf("still running ten seconds after the stop:\n%s", s.stderr)
			return -1
		}
	}
	t.Cleanup(func() { s.stop() })
	var ok bool
	select {
	case s.addr, ok = <-listening:
	case <-time.After(30 * time.Second):
	}
	if !ok {
		t.Fatalf("does not listen:\n%s", s.stderr)
	}
	return s
}

var textAddr = regexp.MustCompile(` msg=listening addr=(\S+)`)

// listeningAddr takes the address out of the log line that promises it.
func listeningAddr(line string) string {
	var entry struct{ Msg, Addr string }
	if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "listening" {
		return entry.Addr
	}
	if found := textAddr.FindStringSubmatch(line); found != nil {
		return found[1]
	}
	return ""
}

// get answers with status and body; it follows no redirect.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func serveEnviron(t *testing.T) []string {
	t.Helper()
	return []string{"CLOCKWARDEN_LISTEN=127.0.0.1:0", "CLOCKWARDEN_DATABASE=" + filepath.Join(t.TempDir(), "clockwarden.db")}
}

func TestServeAnswersAndStops(t *testing.T) {
	environ := append(serveEnviron(t), "CLOCKWARDEN_LOG_FORMAT=json")
	s := startProgram(t, environ, "serve")
	url := "http://" + s.addr
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ok\n"} {
		if status, body := get(t, url+path); status != 200 || body != want {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	for path, want := range map[string]int{"/api/v1/user": 401, "/api/clockwarden/v1/accounts": 401, "/api/clockwarden/v1/openapi.json": 200, "/slack/commands": 404} {
		if status, body := get(t, url+path); status != want {
			t.Errorf("%s: %d %q, want %d", path, status, body, want)
		}
	}
	if status, _ := get(t, url+"/"); status != 200 && status != 302 && status != 303 {
		t.Errorf("/: %d", status)
	}
	if status := s.stop(); status != exitDone {
		t.Errorf("exit status %d:\n%s", status, s.stderr)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(s.stderr.String()), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	if s.stdout.String() != "" {
		t.Errorf("standard output holds %q", s.stdout)
	}
}

var metricsAddr = regexp.MustCompile(` msg=metrics addr=(\S+)`)

func TestMetricsHaveTheirOwnListener(t *testing.T) {
	s := startProgram(t, append(serveEnviron(t), "CLOCKWARDEN_METRICS_LISTEN=127.0.0.1:0"), "serve")
	found := metricsAddr.FindStringSubmatch(s.stderr.String())
	if found == nil {
		t.Fatalf("no address of the metrics:\n%s", s.stderr)
	}
	status, body := get(t, "http://"+found[1]+"/metrics")
	for _, want := range []string{`clockwarden_build_info{`, `clockwarden_job_runs_total{job="forgotten-timers",result="failed"} 0`, `clockwarden_job_overdue_total{job="forgotten-timers"} 0`, "go_goroutines "} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("%d, no %s in\n%s", status, want, body)
		}
	}
	if status, _ := get(t, "http://"+found[1]+"/"); status != 404 {
		t.Errorf("/ answers %d", status)
	}
	if status, _ := get(t, "http://"+s.addr+"/metrics"); status == 200 {
		t.Error("the public listener shows the metrics")
	}
}

func TestServeFindsItsAddressInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for command, setting := range map[string]string{"serve": "listen", "demo": "--listen"} {
		var stdout, stderr bytes.Buffer
		environ := append(serveEnviron(t), "CLOCKWARDEN_LISTEN="+taken.Addr().String(), "CLOCKWARDEN_LOG_LEVEL=error")
		status := run(t.Context(), []string{command}, strings.NewReader(""), &stdout, &stderr, environ)
		want := "Cannot listen on " + taken.Addr().String() + ": the address is in use; choose another address with " + setting + ".\n"
		if status != exitFailed || stderr.String() != want || stdout.Len() > 0 {
			t.Errorf("%s: %d %q %q", command, status, stdout.String(), stderr.String())
		}
	}
}

// TestCommandsBesideAServer: every command may run while a server holds the
// database, and the server knows at once.
func TestCommandsBesideAServer(t *testing.T) {
	environ := serveEnviron(t)
	s := startProgram(t, environ, "serve")
	command := func(args ...string) string {
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr, environ); status != exitDone {
			t.Fatalf("%v: %d %s", args, status, stderr.String())
		}
		return stdout.String()
	}
	command("workspace", "create", "--name=Acme", "--slug=acme", "--plan=enterprise", "--owner-email=olivia@acme.test", "--owner-name=Olivia")
	var link signInLink
	if err := json.Unmarshal([]byte(command("sign-in-link", "--workspace=acme", "--email=olivia@acme.test", "--json")), &link); err != nil {
		t.Fatal(err)
	}
	_, path, _ := strings.Cut(link.URL, "/sign-in/")
	if status, body := get(t, "http://"+s.addr+"/sign-in/"+path); status != 200 || !strings.Contains(body, "<form") {
		t.Errorf("the sign-in link answers %d:\n%s", status, body)
	}
	var key apiKeyCreated
	if err := json.Unmarshal([]byte(command("apikey", "create", "--workspace=acme", "--email=olivia@acme.test", "--json")), &key); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+"/api/clockwarden/v1/accounts", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", key.Key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var accounts struct{ Accounts []struct{ Email string } }
	if err := json.NewDecoder(resp.Body).Decode(&accounts); err != nil || len(accounts.Accounts) != 1 || accounts.Accounts[0].Email != "olivia@acme.test" {
		t.Errorf("accounts: %d %v %+v", resp.StatusCode, err, accounts)
	}
}

var demoLinks = regexp.MustCompile(`(?m)^  (http://localhost:\d+/sign-in/\S+)$`)

func TestDemoKeepsItsData(t *testing.T) {
	data := filepath.Join(t.TempDir(), "new", "folder")
	var seen []string
	for start := range 2 {
		s := startProgram(t, nil, "demo", "--listen=127.0.0.1:0", "--data="+data)
		_, port, _ := net.SplitHostPort(s.addr)
		found := waitForLinks(t, s)
		for _, link := range found {
			if !strings.HasPrefix(link, "http://localhost:"+port+"/") {
				t.Errorf("the link %s does not lead to port %s", link, port)
			}
			status, body := get(t, strings.Replace(link, "localhost", "127.0.0.1", 1))
			if status != 200 || !strings.Contains(body, "<form") {
				t.Errorf("start %d: %s answers %d", start, link, status)
			}
		}
		seen = append(seen, found...)
		if status := s.stop(); status != exitDone {
			t.Errorf("exit status %d:\n%s", status, s.stderr)
		}
	}
	if len(seen) != 4 || seen[0] == seen[2] || seen[1] == seen[3] {
		t.Errorf("links: %v", seen)
	}
	var stdout, stderr bytes.Buffer
	environ := []string{"CLOCKWARDEN_DATABASE=" + filepath.Join(data, "clockwarden.db")}
	if status := run(t.Context(), []string{"audit", "export", "--workspace=acme"}, strings.NewReader(""), &stdout, &stderr, environ); status != exitDone {
		t.Fatal(stderr.String())
	}
	for act, want := range map[string]int{"workspace.create": 1, "timer.start": 10, "apikey.create": 6, "member.invite": 1, "member.deactivate": 1} {
		if got := strings.Count(stdout.String(), `"act":"`+act+`"`); got != want {
			t.Errorf("%d × %s, want %d", got, act, want)
		}
	}
	if got := strings.Count(stdout.String(), `"act":"flag.open"`); got < 3 {
		t.Errorf("%d timers were flagged", got)
	}
}

func waitForLinks(t *testing.T, s *server) []string {
	t.Helper()
	for range 200 {
		var links []string
		for _, found := range demoLinks.FindAllStringSubmatch(s.stdout.String(), -1) {
			links = append(links, found[1])
		}
		if len(links) == 2 {
			return links
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no two links:\n%s", s.stdout)
	return nil
}

func TestDemoRefusesBadFlags(t *testing.T) {
	file := writeFile(t, "file", "")
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"demo", "--listen=8080"}, exitUsage, "--listen must be host:port such as 127.0.0.1:8080; see clockwarden demo --help\n"},
		{[]string{"demo", "--listen"}, exitUsage, ""},
		{[]string{"demo", "--data=" + filepath.Join(file, "x")}, exitFailed, "Cannot use the folder " + filepath.Join(file, "x") + ": not a directory.\n"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), c.args, strings.NewReader(""), &stdout, &stderr, nil)
		if status != c.status || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 || c.want != "" && stderr.String() != c.want {
			t.Errorf("%v: %d %q %q", c.args, status, stdout.String(), stderr.String())
		}
	}
}

// TestSignalsStopTheProcess runs the real process: SIGTERM and SIGINT end it
// well within ten seconds, with status 0.
func TestSignalsStopTheProcess(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		cmd := &exec.Cmd{Path: self, Args: []string{"clockwarden", "serve"}, Env: serveEnviron(t), Dir: t.TempDir()}
		logs, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		lines := bufio.NewScanner(logs)
		for lines.Scan() && listeningAddr(lines.Text()) == "" {
		}
		before := time.Now()
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // until the process closes its end
		}
		if err := cmd.Wait(); err != nil || time.Since(before) > 10*time.Second {
			t.Errorf("%s: %v after %s", signal, err, time.Since(before))
		}
	}
}
