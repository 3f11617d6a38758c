package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/tools/testneeds"
)

const (
	proxiedName = "time.example.com"
	proxiedPort = "443"
)

// TestNginxExample and TestCaddyExample run the proxies with the files that we
// ship, in front of the program: hosts choose the workspace, live updates come
// at once, and nobody chooses the address that the audit log shows.
func TestNginxExample(t *testing.T) {
	nginx := findTool(t, "nginx")
	behindProxy(t, func(folder, listen, upstream string) *exec.Cmd {
		text := deployed(t, "nginx.conf", map[string]string{
			"listen 80;\n": "listen 127.0.0.1:" + freePort(t) + ";\n", "    listen [::]:80;\n": "", "    listen [::]:443 ssl http2;\n": "",
			"listen 443 ssl http2;": "listen " + listen + " ssl http2;", "server 127.0.0.1:8080;": "server " + upstream + ";",
			"/etc/ssl/clockwarden/fullchain.pem": filepath.Join(folder, "cert.pem"), "/etc/ssl/clockwarden/privkey.pem": filepath.Join(folder, "key.pem"),
		})
		conf := "daemon off; master_process off; error_log stderr; pid nginx.pid;\nevents {}\nhttp {\naccess_log off;\n"
		for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			conf += kind + "_temp_path tmp_" + kind + ";\n"
		}
		file := filepath.Join(folder, "nginx.conf")
		if err := os.WriteFile(file, []byte(conf+text+"}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		check := exec.CommandContext(t.Context(), nginx, "-t", "-q", "-p", folder, "-c", file, "-e", "stderr")
		if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("nginx -t: %v\n%s", err, out)
		}
		return exec.Command(nginx, "-p", folder, "-c", file, "-e", "stderr")
	})
}

func TestCaddyExample(t *testing.T) {
	caddy := findTool(t, "caddy")
	behindProxy(t, func(folder, listen, upstream string) *exec.Cmd {
		_, port, err := net.SplitHostPort(listen)
		if err != nil {
			t.Fatal(err)
		}
		text := deployed(t, "Caddyfile", map[string]string{
			"time.example.com, *.time.example.com {\n": "time.example.com:" + port + ", *.time.example.com:" + port + " {\n\tbind 127.0.0.1\n\ttls " +
				filepath.Join(folder, "cert.pem") + " " + filepath.Join(folder, "key.pem") + "\n",
			"127.0.0.1:8080": upstream,
		})
		file := filepath.Join(folder, "Caddyfile")
		if err := os.WriteFile(file, []byte("{\n\tadmin off\n\tauto_https disable_redirects\n}\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(caddy, "run", "--config", file, "--adapter", "caddyfile")
		cmd.Env = append(os.Environ(), "HOME="+folder, "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder)
		return cmd
	})
}

// deployed reads an example and puts the test's addresses into it; each must be there once.
func deployed(t *testing.T, name string, changes map[string]string) string {
	t.Helper()
	data, err := os.ReadFile(deployFolder + name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for old, now := range changes {
		if strings.Count(text, old) != 1 {
			t.Fatalf("%s holds %q %d times", name, old, strings.Count(text, old))
		}
		text = strings.Replace(text, old, now, 1)
	}
	return text
}

func behindProxy(t *testing.T, proxy func(folder, listen, upstream string) *exec.Cmd) {
	testneeds.Slow(t)
	folder := t.TempDir()
	roots := writeCertificate(t, folder)
	environ := append(serveEnviron(t), "CLOCKWARDEN_BASE_URL=https://"+proxiedName, "CLOCKWARDEN_TRUSTED_PROXIES=127.0.0.1/32")
	command(t, environ, "workspace", "create", "--name=Acme", "--slug=acme", "--plan=enterprise", "--subdomain=acme", "--owner-email=olivia@acme.test", "--owner-name=Olivia")
	s := startProgram(t, environ, "serve")
	listen := "127.0.0.1:" + freePort(t)
	cmd := proxy(folder, listen, s.addr)
	output := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the proxy says:\n%s", output)
		}
	})

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	dialer := net.Dialer{Timeout: time.Second}
	client := &http.Client{Jar: jar, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if _, port, _ := net.SplitHostPort(address); port != proxiedPort {
				return nil, fmt.Errorf("the test only knows the https port, not %s", address)
			}
			return dialer.DialContext(ctx, network, listen)
		},
	}}
	send := func(method, url string) (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.Header.Set("X-Forwarded-For", "198.51.100.66")
		req.Header.Set("X-Forwarded-Host", "nobody.example.org")
		return client.Do(req)
	}
	status := func(method, url string, want int) {
		t.Helper()
		resp, err := send(method, url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != want {
			t.Errorf("%s %s: %s, want %d", method, url, resp.Status, want)
		}
	}
	for range 100 {
		resp, err := send(http.MethodGet, "https://"+proxiedName+"/readyz")
		if err == nil {
			_ = resp.Body.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	status(http.MethodGet, "https://"+proxiedName+"/", 200)
	status(http.MethodGet, "https://other."+proxiedName+"/", 404)

	var link signInLink
	if err := json.Unmarshal([]byte(command(t, environ, "sign-in-link", "--workspace=acme", "--email=olivia@acme.test", "--json")), &link); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(link.URL, "https://acme."+proxiedName+"/sign-in/") {
		t.Fatalf("the link leads to %s", link.URL)
	}
	status(http.MethodPost, link.URL, 200) // and on to a page of the workspace
	begun := time.Now()
	live, err := send(http.MethodGet, "https://acme."+proxiedName+"/w/acme/live")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = live.Body.Close() }()
	lines := bufio.NewScanner(live.Body)
	heard := func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("the live stream (%s) never said %q: %v", live.Status, want, lines.Err())
	}
	heard("event: accounts-changed")
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("the first update came after %s", took)
	}
	command(t, environ, "member", "add", "--workspace=acme", "--email=dana@acme.test", "--name=Dana", "--active")
	changed := time.Now()
	heard("event: accounts-changed")
	if took := time.Since(changed); took > 10*time.Second {
		t.Errorf("an update came after %s", took)
	}
	entries := command(t, environ, "audit", "export", "--workspace=acme")
	if strings.Contains(entries, "198.51.100.66") || !strings.Contains(entries, `"address":"127.0.0.1"`) {
		t.Errorf("a visitor chooses the address in the audit log:\n%s", entries)
	}
}

// writeCertificate makes a certificate for the example's names.
func writeCertificate(t *testing.T, folder string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: proxiedName}, DNSNames: []string{proxiedName, "*." + proxiedName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool
}

// freePort finds a port of the loopback that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// findTool finds a program on the PATH or where tools/install-from-debian.sh puts it.
func findTool(t *testing.T, name string) string {
	t.Helper()
	testneeds.Slow(t)
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	path, err := filepath.Abs("../../bin/tools/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		testneeds.Missing(t, name+" is missing")
	}
	return path
}
