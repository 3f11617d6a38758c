package discord

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// line is the network below one connection to the gateway. The library's calls know no deadline while
// it opens or closes, and it keeps the connection to itself: a line that is cut ends them, and gone
// tells that the connection is closed, by whomever.
type line struct {
	rest   *http.Client
	dialer *websocket.Dialer
	gone   chan struct{}

	ctx  context.Context // of the way to Discord
	end  context.CancelFunc
	mu   sync.Mutex
	conn net.Conn
}

// newLine makes a line whose way to Discord ends with ctx; rest is the client for the API.
func newLine(ctx context.Context, rest *http.Client) *line {
	l := &line{gone: make(chan struct{})}
	l.ctx, l.end = context.WithCancel(ctx)
	bound := *rest
	bound.Transport = boundTransport{ctx: l.ctx, next: rest.Transport}
	l.rest = &bound
	l.dialer = &websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: 10 * time.Second, NetDialContext: l.dial}
	return l
}

// dial opens the connection, unless the line is cut meanwhile.
func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.ctx.Err(); err != nil {
		_ = conn.Close()
		return nil, err
	}
	l.conn = &lineConn{Conn: conn, closed: sync.OnceFunc(func() { close(l.gone) })}
	return l.conn, nil
}

// cut ends the line; it may be called any number of times.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
	if l.conn != nil {
		_ = l.conn.Close()
	}
}

// lineConn tells when it is closed.
type lineConn struct {
	net.Conn
	closed func()
}

// Close implements net.Conn.
func (c *lineConn) Close() error {
	defer c.closed()
	return c.Conn.Close()
}

// boundTransport ends calls that were begun without a context together with its own.
type boundTransport struct {
	ctx  context.Context
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t boundTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(t.ctx, cancel)
	end := func() {
		stop()
		cancel()
	}
	resp, err := t.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		end()
		return nil, err
	}
	resp.Body = &boundBody{ReadCloser: resp.Body, end: end}
	return resp, nil
}

type boundBody struct {
	io.ReadCloser
	end func()
}

// Close implements io.Closer.
func (b *boundBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
