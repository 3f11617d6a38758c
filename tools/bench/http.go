package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/panel"
	"github.com/clockwarden/clockwarden/panel/api"
)

// web is the two web doors and a handler that serves bytes from memory, in one server of this process.
type web struct {
	url    string
	client *http.Client
	memory atomic.Pointer[[]byte]
	kind   atomic.Value // content type of the bytes
	close  func()
}

func openWeb(h *house) (*web, error) {
	catalog, err := locale.New()
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &web{url: "http://" + ln.Addr().String()}
	base, err := url.Parse(w.url)
	if err != nil {
		return nil, err
	}
	p, err := panel.New(panel.Options{Service: h.Service, Catalog: catalog, BaseURL: base, Version: "bench"})
	if err != nil {
		return nil, err
	}
	rest, err := api.New(api.Options{Service: h.Service, Catalog: catalog, Version: "bench"})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", rest)
	mux.Handle("/", p.Handler())
	mux.HandleFunc("/memory", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", w.kind.Load().(string))
		rw.Header().Set("Cache-Control", "no-store")
		_, _ = rw.Write(*w.memory.Load())
	})
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(ln) }()
	w.client = newClient(64)
	w.close = func() {
		p.Close()
		w.client.CloseIdleConnections()
		_ = server.Close()
	}
	return w, nil
}

func newClient(connections int) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       time.Minute,
	}
}

// send makes a request and returns the body of its answer, which must have the status.
func send(ctx context.Context, client *http.Client, want int, method, address string, header map[string]string, body string) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, nil, err
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != want {
		err = fmt.Errorf("%s %s: %s: %.300s", method, req.URL.Path, resp.Status, answer)
	}
	return answer, resp.Header, err
}

// loading returns the rate at which an address can be had over a few connections.
func (w *web) loading(ctx context.Context, n, want int, path string, header func(i int) map[string]string) func() (float64, error) {
	const connections = 8
	return func() (float64, error) {
		rate, _, err := crowd(connections, n, func(_, i int) error {
			_, _, err := send(ctx, w.client, want, http.MethodGet, w.url+path, header(i), "")
			return err
		})
		return rate, err
	}
}

func plain(int) map[string]string { return nil }

const accountsPage = "/w/acme/settings/accounts"

// signIn returns the cookie of the owner.
func (h *house) signIn(ctx context.Context) (map[string]string, error) {
	link, _, err := h.CreateSignInLink(ctx, operator().In(h.ws.ID), "owner@acme.test")
	if err != nil {
		return nil, err
	}
	in, err := h.UseSignInLink(ctx, link, core.Client{})
	return map[string]string{"Cookie": "clockwarden=" + in.Token}, err
}

func measurePanelPage(ctx context.Context, b *bench) error {
	h, err := b.small(ctx)
	if err != nil {
		return err
	}
	w, err := openWeb(h)
	if err != nil {
		return err
	}
	defer w.close()
	cookie, err := h.signIn(ctx)
	if err != nil {
		return err
	}
	page, header, err := send(ctx, w.client, http.StatusOK, http.MethodGet, w.url+accountsPage, cookie, "")
	if err != nil {
		return err
	}
	w.memory.Store(&page)
	w.kind.Store(header.Get("Content-Type"))
	var c comparison
	if err := b.profiled(func() error {
		c, err = b.inRounds(w.loading(ctx, b.Requests/2, http.StatusOK, accountsPage, func(int) map[string]string { return cookie }),
			w.loading(ctx, 4*b.Requests, http.StatusOK, "/memory", plain))
		return err
	}); err != nil {
		return err
	}
	b.atLeast("7", "the Accounts page over HTTP, to the same bytes from memory (rate)", 0.04, c.ratio,
		fmt.Sprintf("%.0f to %.0f a second, %s bytes", c.ours, c.their, thousands(len(page))))
	return nil
}

// keys makes API keys of owners, so many that the rate limit of one key does not limit the measurement.
func (h *house) keys(ctx context.Context, n int) ([]string, error) {
	secrets := make([]string, n)
	const each = 40
	for from := 0; from < n; from += each {
		m, err := h.AddMember(ctx, operator().In(h.ws.ID), core.NewMember{
			Email: fmt.Sprintf("keys%d-%s@acme.test", from, core.NewID(time.Now())), Name: "Owner of keys", Role: core.RoleOwner, Active: true,
		})
		if err != nil {
			return nil, err
		}
		if _, _, err := crowd(min(each, n-from), min(each, n-from), func(_, i int) (err error) {
			_, secrets[from+i], err = h.CreateAPIKey(ctx, operator().In(h.ws.ID), m.ID, "bench")
			return err
		}); err != nil {
			return nil, err
		}
	}
	// The first use of a key is written down; that is not what is measured.
	_, _, err := crowd(16, n, func(_, i int) error {
		_, err := h.ActorByAPIKey(ctx, secrets[i], "bench", "")
		return err
	})
	return secrets, err
}

const manyKeys = 320

func measureJSON(ctx context.Context, b *bench) error {
	h, err := b.small(ctx)
	if err != nil {
		return err
	}
	keys, err := h.keys(ctx, manyKeys)
	if err != nil {
		return err
	}
	w, err := openWeb(h)
	if err != nil {
		return err
	}
	defer w.close()
	const path = "/api/clockwarden/v1/accounts"
	key := func(i int) map[string]string { return map[string]string{"X-Api-Key": keys[i%len(keys)]} }
	list, header, err := send(ctx, w.client, http.StatusOK, http.MethodGet, w.url+path, key(0), "")
	if err != nil {
		return err
	}
	w.memory.Store(&list)
	w.kind.Store(header.Get("Content-Type"))
	c, err := b.inRounds(w.loading(ctx, b.Requests, http.StatusOK, path, key), w.loading(ctx, 4*b.Requests, http.StatusOK, "/memory", plain))
	if err != nil {
		return err
	}
	b.atLeast("8", "the accounts as JSON over HTTP, to the same bytes from memory (rate)", 0.15, c.ratio,
		fmt.Sprintf("%.0f to %.0f a second, %s bytes", c.ours, c.their, thousands(len(list))))
	tag := header.Get("ETag")
	if tag == "" {
		b.missing("8", "the same unchanged (ETag)", "not built yet: the list carries no ETag")
		return nil
	}
	known := func(i int) map[string]string {
		return map[string]string{"X-Api-Key": keys[i%len(keys)], "If-None-Match": tag}
	}
	if err := b.profiled(func() error {
		c, err = b.inRounds(w.loading(ctx, 2*b.Requests, http.StatusNotModified, path, known), w.loading(ctx, 4*b.Requests, http.StatusOK, "/memory", plain))
		return err
	}); err != nil {
		return err
	}
	b.atLeast("8", "the same unchanged (ETag), to the same bytes from memory (rate)", 0.8, c.ratio, fmt.Sprintf("%.0f to %.0f a second", c.ours, c.their))
	return nil
}

func measureReaderBesideWriters(ctx context.Context, b *bench) error {
	h, err := b.small(ctx)
	if err != nil {
		return err
	}
	w, err := openWeb(h)
	if err != nil {
		return err
	}
	defer w.close()
	cookie, err := h.signIn(ctx)
	if err != nil {
		return err
	}
	read := func() (float64, error) {
		took := make([]float64, b.Samples)
		for i := range took {
			began := time.Now()
			// Anything but 200 fails: no reader may hear that the database is busy.
			if _, _, err := send(ctx, w.client, http.StatusOK, http.MethodGet, w.url+accountsPage, cookie, ""); err != nil {
				return 0, err
			}
			took[i] = time.Since(began).Seconds()
		}
		return median(took), nil
	}
	var acts atomic.Int64
	c, err := b.inRounds(func() (float64, error) {
		stop := make(chan struct{})
		done := make(chan error, 1)
		go func() {
			_, _, err := crowd(64, 64, func(_, i int) error {
				r := h.timers[i%len(h.timers)]
				for {
					select {
					case <-stop:
						return nil
					default:
					}
					if err := errors.Join(h.stop(ctx, r), h.undo(ctx, r)); err != nil {
						return err
					}
					acts.Add(2)
				}
			})
			done <- err
		}()
		p50, err := read()
		close(stop)
		return p50, errors.Join(err, <-done)
	}, read)
	if err != nil {
		return err
	}
	b.atMost("14", "the Accounts page while 64 callers stop timers, to idle (p50)", 2.5, c.ratio, "×",
		fmt.Sprintf("%s to %s; %s acts beside", seconds(c.ours), seconds(c.their), thousands(int(acts.Load()))))
	return nil
}
