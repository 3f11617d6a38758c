package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const (
	probeFor  = 5 * time.Second
	maxAnswer = 1 << 20
)

// prober makes doctor's calls and remembers what the answers say of the time.
type prober struct {
	http  *http.Client
	clock core.Clock
	mu    sync.Mutex
	skews []skew
}

// skew is how far the clock of somebody else is ahead of ours.
type skew struct {
	host  string
	ahead time.Duration
}

func newProber(clock core.Clock) *prober {
	return &prober{clock: clock, http: &http.Client{
		Timeout:   probeFor,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: probeFor},
		// A token must not go to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (p *prober) close() { p.http.CloseIdleConnections() }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call makes one request. The error holds no address: a secret may be in it.
func (p *prober) call(ctx context.Context, method, address string, header map[string]string, body string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return answer{}, errors.New("the address cannot be used")
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	begin := p.clock.Now()
	resp, err := p.http.Do(req)
	if err != nil {
		var withURL *url.Error
		if errors.As(err, &withURL) {
			err = withURL.Err
		}
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	took := p.clock.Now().Sub(begin)
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		// A Date is cut to the second; on the average half of one is lost.
		ahead := date.Add(500 * time.Millisecond).Sub(begin.Add(took / 2))
		p.mu.Lock()
		p.skews = append(p.skews, skew{req.URL.Host, ahead})
		p.mu.Unlock()
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer{}, err
	}
	return answer{resp.StatusCode, resp.Header, data}, nil
}

// why says in a few words what is wrong with a connection.
func why(err error) string {
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return "no answer within " + probeFor.String()
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		err = op.Err
	}
	return oneLine(err.Error(), 200)
}

func isLoopbackHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// checkBaseURL goes the way of a browser: through DNS and the proxy.
func (d *doctor) checkBaseURL(ctx context.Context) {
	const name = "base_url"
	params := map[string]any{"URL": d.cfg.BaseURL, "Listen": d.cfg.Listen}
	got, err := d.web.call(ctx, http.MethodGet, d.base.JoinPath("healthz").String(), nil, "")
	if err != nil {
		params["Error"] = why(err)
		if isLoopbackHost(d.base.Hostname()) {
			d.warn(name, "base_url_stopped", params)
		} else {
			d.fail(name, "base_url_unreachable", params)
		}
		return
	}
	params["Status"] = got.status
	switch to, _ := url.Parse(got.header.Get("Location")); {
	case got.status == http.StatusOK && strings.TrimSpace(string(got.body)) == "ok":
		d.ok(name, "base_url", params)
	case got.status/100 == 3 && to != nil && to.Host != "":
		params["To"] = oneLine(to.Scheme+"://"+to.Host, 200)
		d.fail(name, "base_url_elsewhere", params)
	default:
		d.fail(name, "base_url_foreign", params)
	}
}

func (d *doctor) checkCookies() {
	const name = "cookies"
	switch {
	case d.base.Scheme == "https":
		d.ok(name, "cookies_secure", nil)
	case isLoopbackHost(d.base.Hostname()):
		d.ok(name, "cookies_loopback", nil)
	default:
		d.warn(name, "cookies_plain", map[string]any{"Host": d.base.Host})
	}
}

// checkProxies: the service speaks no TLS itself, so there is a proxy wherever
// the public address is https.
func (d *doctor) checkProxies() {
	const name = "trusted_proxies"
	for _, p := range d.cfg.Proxies() {
		if p.Bits() == 0 {
			d.fail(name, "proxies_everybody", map[string]any{"Network": p.String()})
			return
		}
	}
	switch {
	case len(d.cfg.TrustedProxies) > 0:
		d.ok(name, "proxies", map[string]any{"Networks": strings.Join(d.cfg.TrustedProxies, ", ")})
	case d.base.Scheme == "https":
		d.warn(name, "proxies_missing", nil)
	default:
		d.ok(name, "proxies_none", nil)
	}
}

// mostSubdomains bounds how many names are looked up.
const mostSubdomains = 20

func (d *doctor) checkSubdomains(ctx context.Context) {
	const name = "subdomains"
	if d.workspaces == nil {
		return // nobody could be asked for them
	}
	var used []string
	for _, ws := range d.workspaces {
		if ws.Subdomain != "" {
			used = append(used, ws.Subdomain)
		}
	}
	host := d.base.Hostname()
	_, notAName := netip.ParseAddr(host)
	switch {
	case len(used) == 0:
		d.ok(name, "subdomains_none", nil)
		return
	case notAName == nil && !isLoopbackHost(host):
		d.fail(name, "subdomains_of_a_number", map[string]any{"Host": host})
		return
	case isLoopbackHost(host):
		d.ok(name, "subdomains_loopback", nil)
		return
	}
	checked := used[:min(len(used), mostSubdomains)]
	for _, sub := range checked {
		within, cancel := context.WithTimeout(ctx, probeFor)
		_, err := net.DefaultResolver.LookupHost(within, sub+"."+host)
		cancel()
		if err != nil {
			d.fail(name, "subdomains_unknown", map[string]any{"Name": sub + "." + host, "Host": host})
			return
		}
	}
	d.ok(name, "subdomains", map[string]any{"Count": len(checked)})
}

func (d *doctor) checkOIDC(ctx context.Context) {
	const name = "oidc"
	issuer := d.cfg.SignIn.OIDC.Issuer
	if issuer == "" {
		d.ok(name, "oidc_off", nil)
		return
	}
	params := map[string]any{"Issuer": oneLine(issuer, 200)}
	got, err := d.web.call(ctx, http.MethodGet, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", nil, "")
	if err != nil {
		params["Error"] = why(err)
		d.fail(name, "oidc_unreachable", params)
		return
	}
	var told struct {
		Issuer string `json:"issuer"`
	}
	if err := json.Unmarshal(got.body, &told); got.status != http.StatusOK || err != nil || told.Issuer == "" {
		params["Status"] = got.status
		d.fail(name, "oidc_foreign", params)
		return
	}
	if told.Issuer != issuer {
		params["Told"] = oneLine(told.Issuer, 200)
		d.fail(name, "oidc_other_name", params)
		return
	}
	d.ok(name, "oidc", params)
}

// Signatures of requests are good for five minutes; nobody should come near.
const (
	clockOff   = 5 * time.Second
	clockWrong = time.Minute
)

// checkClock compares our clock with those of whoever was reached. Our own
// server tells nothing new.
func (d *doctor) checkClock() {
	const name = "clock"
	d.web.mu.Lock()
	defer d.web.mu.Unlock()
	var worst *skew
	for i, s := range d.web.skews {
		if s.host == d.base.Host && isLoopbackHost(d.base.Hostname()) {
			continue
		}
		if worst == nil || s.ahead.Abs() > worst.ahead.Abs() {
			worst = &d.web.skews[i]
		}
	}
	if worst == nil {
		d.warn(name, "clock_unknown", nil)
		return
	}
	params := map[string]any{"Off": span(worst.ahead.Abs()), "Host": worst.host}
	switch {
	case worst.ahead.Abs() > clockWrong:
		d.fail(name, "clock_off", params)
	case worst.ahead.Abs() > clockOff:
		d.warn(name, "clock_off", params)
	default:
		d.ok(name, "clock", params)
	}
}

// checkDoor asks our own server, from outside, whether a platform's requests
// arrive: one without a signature is refused there, and does nothing.
func (d *doctor) checkDoor(ctx context.Context, name, path, kind, body string) {
	address := d.base.JoinPath(path).String()
	params := map[string]any{"URL": address}
	got, err := d.web.call(ctx, http.MethodPost, address, map[string]string{"Content-Type": kind}, body)
	switch {
	case err != nil:
		params["Error"] = why(err)
		d.fail(name, "door_unreachable", params)
	case got.status == http.StatusUnauthorized:
		d.ok(name, "door", params)
	default:
		params["Status"] = got.status
		d.fail(name, "door_closed", params)
	}
}
