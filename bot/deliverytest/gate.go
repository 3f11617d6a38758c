package deliverytest

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

// gate is the network of a process: when the process is killed, every connection of it is gone in that moment.
type gate struct {
	listener net.Listener
	to       string
	mu       sync.Mutex
	dead     bool
	conns    map[net.Conn]struct{}
	wg       sync.WaitGroup
}

func newGate(t testing.TB, to string) *gate {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("deliverytest: %v", err)
	}
	g := &gate{listener: l, to: to, conns: map[net.Conn]struct{}{}}
	g.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			g.wg.Go(func() { g.join(c) })
		}
	})
	return g
}

func (g *gate) address() string { return g.listener.Addr().String() }

func (g *gate) join(c net.Conn) {
	up, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", g.to)
	if err != nil {
		_ = c.Close()
		return
	}
	if !g.keep(c) || !g.keep(up) {
		_, _ = c.Close(), up.Close()
		return
	}
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{c, up}, {up, c}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			_, _ = pair[0].Close(), pair[1].Close()
			done <- struct{}{}
		}()
	}
	<-done
	<-done
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
	delete(g.conns, up)
}

func (g *gate) keep(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.dead {
		g.conns[c] = struct{}{}
	}
	return !g.dead
}

func (g *gate) kill() {
	g.mu.Lock()
	g.dead = true
	for c := range g.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, not a farewell
		}
		_ = c.Close()
	}
	g.mu.Unlock()
	_ = g.listener.Close()
	g.wg.Wait()
}

var errKilled = errors.New("the process is dead")

// mortal is the store as one process sees it. After its death nothing of that process reaches the database any more, and it
// does not learn what became of what it had begun.
type mortal struct {
	core.Store
	dead atomic.Bool
	busy *atomic.Int64
}

// Write implements core.Store.
func (m *mortal) Write(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	if m.dead.Load() {
		return errKilled
	}
	m.busy.Add(1)
	defer m.busy.Add(-1)
	err := m.Store.Write(ctx, fn)
	if m.dead.Load() {
		return errKilled
	}
	return err
}

// Read implements core.Store.
func (m *mortal) Read(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	if m.dead.Load() {
		return errKilled
	}
	return m.Store.Read(ctx, fn)
}

// watched is a platform whose calls count as work.
type watched struct {
	bot.Platform
	busy *atomic.Int64
}

// Send implements bot.Platform.
func (w watched) Send(ctx context.Context, d core.Delivery, r conversation.Reply) (channel, message string, err error) {
	w.busy.Add(1)
	defer w.busy.Add(-1)
	return w.Platform.Send(ctx, d, r)
}

// Edit implements bot.Platform.
func (w watched) Edit(ctx context.Context, d core.Delivery, r conversation.Reply) error {
	w.busy.Add(1)
	defer w.busy.Add(-1)
	return w.Platform.Edit(ctx, d, r)
}

// finding is a watched platform that can look for a message.
type finding struct {
	watched
	finder bot.Finder
}

// Find implements bot.Finder.
func (f finding) Find(ctx context.Context, d core.Delivery) (channel, message string, err error) {
	f.busy.Add(1)
	defer f.busy.Add(-1)
	return f.finder.Find(ctx, d)
}

func watch(p bot.Platform, busy *atomic.Int64) bot.Platform {
	w := watched{p, busy}
	if f, ok := p.(bot.Finder); ok {
		return finding{w, f}
	}
	return w
}
