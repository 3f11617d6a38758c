package fakediscord

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// GatewayOptions configures a Gateway.
type GatewayOptions struct {
	Token     string        // of the bot; default "bot-token"
	Heartbeat time.Duration // how often the app has to send one; default 41.25 s, as Discord asks for
	REST      http.Handler  // serves everything but the gateway, with /api/v… before the path removed; nil: nothing
}

// Gateway is a stand-in for Discord's gateway, for tests: a real WebSocket server that the real client
// library talks to. It refuses what Discord refuses with Discord's close codes, keeps sessions that
// can be resumed with what was missed, and records what it saw.
type Gateway struct {
	o      GatewayOptions
	t      testing.TB
	server *httptest.Server
	served sync.WaitGroup

	mu       sync.Mutex
	serial   int
	lines    map[*gatewayLine]struct{}
	sessions map[string]*gatewaySession
	seen     GatewaySeen
	refusals map[int][]int // by operation, what its next payloads are refused with
	deaf     bool          // no heartbeat is acknowledged
	mute     bool          // no HELLO
	changed  chan struct{} // closed and renewed at each change
}

// GatewaySeen is what a Gateway saw. The numbers only grow, but for Open and Sessions.
type GatewaySeen struct {
	Asked       int   // GET /gateway
	Connections int   // WebSocket connections
	Open        int   // of them, open now
	Sessions    int   // there are, also those that wait for a RESUME
	Identified  int   // new sessions
	Resumed     int   // sessions that went on
	Refused     int   // IDENTIFY and RESUME that were not accepted
	Heartbeats  int   // received
	Closed      []int // the app's close codes, where the app ended a connection; 1006 without one
}

// gatewaySession is what a RESUME goes on with.
type gatewaySession struct {
	id   string
	seq  int64
	sent []gatewayEvent
	line *gatewayLine // nil while the app is away
}

type gatewayEvent struct {
	seq  int64
	name string
	data any
}

// gatewayLine is one connection.
type gatewayLine struct {
	conn   *websocket.Conn
	write  sync.Mutex
	closed bool // by the gateway; guarded by write
}

// The operations of the gateway. Source: Discord, Opcodes and Status Codes, Gateway Opcodes.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opResume         = 6
	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opHeartbeatAck   = 11
)

// gatewayPatience is how long a test waits for something that must come.
const gatewayPatience = 15 * time.Second

// NewGateway starts a Gateway that ends with the test.
func NewGateway(t testing.TB, o GatewayOptions) *Gateway {
	t.Helper()
	if o.Token == "" {
		o.Token = "bot-token"
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = 41250 * time.Millisecond
	}
	if o.REST == nil {
		o.REST = http.NotFoundHandler()
	}
	g := &Gateway{
		o: o, t: t, lines: map[*gatewayLine]struct{}{}, sessions: map[string]*gatewaySession{}, refusals: map[int][]int{},
		changed: make(chan struct{}),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/{version}/gateway", g.address)
	mux.HandleFunc("GET /ws/", g.serve)
	mux.HandleFunc("/api/{version}/", func(w http.ResponseWriter, r *http.Request) {
		http.StripPrefix("/api/"+r.PathValue("version"), o.REST).ServeHTTP(w, r)
	})
	g.server = httptest.NewServer(mux)
	t.Cleanup(func() {
		for _, l := range g.open() {
			_ = l.conn.Close()
		}
		g.served.Wait()
		g.server.Close()
	})
	return g
}

// OverGateway makes the people of the Fake reach the app over a gateway, which the app finds at the
// Fake's API; a Fake that is connected to an app over HTTP does not use it.
func (f *Fake) OverGateway() *Gateway {
	f.t.Helper()
	g := NewGateway(f.t, GatewayOptions{Token: f.o.BotToken})
	f.mux.HandleFunc("GET "+apiPath+"/gateway", g.address)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dispatch = func(event string, payload []byte) {
		f.t.Helper()
		g.Await("the app's session", func(s GatewaySeen) bool { return s.Sessions > 0 })
		g.Dispatch(event, json.RawMessage(payload))
	}
	f.watch.Changed()
	return g
}

// APIURL is what the app under test uses instead of https://discord.com/api/v10.
func (g *Gateway) APIURL() string { return g.server.URL + "/api/v10" }

// Token is the bot's token.
func (g *Gateway) Token() string { return g.o.Token }

// socketURL is where the gateway is.
func (g *Gateway) socketURL() string { return "ws" + strings.TrimPrefix(g.server.URL, "http") + "/ws" }

func (g *Gateway) address(w http.ResponseWriter, _ *http.Request) {
	g.mu.Lock()
	g.seen.Asked++
	g.notify()
	g.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"url": g.socketURL()})
}

// serve takes a connection of the app.
func (g *Gateway) serve(w http.ResponseWriter, r *http.Request) {
	g.served.Add(1)
	defer g.served.Done()
	if e := r.URL.Query().Get("encoding"); e != "json" {
		g.t.Errorf("fakediscord: the gateway is asked for encoding %q", e)
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	l := &gatewayLine{conn: conn}
	g.mu.Lock()
	g.lines[l] = struct{}{}
	g.seen.Connections++
	g.seen.Open++
	mute := g.mute
	g.notify()
	g.mu.Unlock()
	if !mute {
		l.send(opHello, map[string]any{"heartbeat_interval": g.o.Heartbeat.Milliseconds()})
	}
	code := g.listen(l)
	_ = conn.Close()
	l.write.Lock()
	ours := l.closed
	l.write.Unlock()

	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.lines, l)
	g.seen.Open--
	if !ours {
		g.seen.Closed = append(g.seen.Closed, code)
	}
	for id, s := range g.sessions {
		if s.line != l {
			continue
		}
		s.line = nil
		if !ours && (code == websocket.CloseNormalClosure || code == websocket.CloseGoingAway) {
			delete(g.sessions, id) // a session that the app ended can't be resumed
		}
	}
	g.notify()
}

// listen reads until the connection ends and returns the app's close code.
func (g *Gateway) listen(l *gatewayLine) int {
	for {
		_, text, err := l.conn.ReadMessage()
		if err != nil {
			var e *websocket.CloseError
			if errors.As(err, &e) {
				return e.Code
			}
			return websocket.CloseAbnormalClosure
		}
		var p struct {
			Op   int             `json:"op"`
			Data json.RawMessage `json:"d"`
		}
		if json.Unmarshal(text, &p) != nil {
			g.t.Errorf("fakediscord: the app sent what is no JSON")
			l.closeWith(4002)
			continue
		}
		switch p.Op {
		case opHeartbeat:
			g.heartbeat(l)
		case opIdentify:
			g.identify(l, p.Data)
		case opResume:
			g.resume(l, p.Data)
		default:
			g.t.Errorf("fakediscord: the app sent operation %d", p.Op)
			l.closeWith(4001)
		}
	}
}

func (g *Gateway) heartbeat(l *gatewayLine) {
	g.mu.Lock()
	g.seen.Heartbeats++
	deaf := g.deaf
	g.notify()
	g.mu.Unlock()
	if !deaf {
		l.send(opHeartbeatAck, nil)
	}
}

// ordered takes the refusal that a test ordered for an operation; 0: none. The lock is held.
func (g *Gateway) ordered(op int) int {
	codes := g.refusals[op]
	if len(codes) == 0 {
		return 0
	}
	g.refusals[op] = codes[1:]
	return codes[0]
}

// refuse answers with a close code, or with "invalid session" for the code 9. The lock is held.
func (g *Gateway) refuse(l *gatewayLine, code int) {
	g.seen.Refused++
	g.notify()
	if code == opInvalidSession {
		l.send(opInvalidSession, false)
		return
	}
	l.closeWith(code)
}

func (g *Gateway) identify(l *gatewayLine, data json.RawMessage) {
	var d struct {
		Token   string `json:"token"`
		Intents *int   `json:"intents"`
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := json.Unmarshal(data, &d); err != nil {
		g.t.Errorf("fakediscord: IDENTIFY: %v", err)
		g.refuse(l, 4002)
		return
	}
	for _, s := range g.sessions {
		if s.line == l {
			g.t.Error("fakediscord: IDENTIFY on a connection that has a session")
			g.refuse(l, 4005)
			return
		}
	}
	if code := g.ordered(opIdentify); code != 0 {
		g.refuse(l, code)
		return
	}
	if strings.TrimPrefix(d.Token, "Bot ") != g.o.Token {
		g.refuse(l, 4004)
		return
	}
	if d.Intents == nil || *d.Intents != 0 {
		g.t.Error("fakediscord: IDENTIFY asks for intents; interactions need none")
		g.refuse(l, 4014)
		return
	}
	g.serial++
	s := &gatewaySession{id: "session" + strconv.Itoa(g.serial), line: l}
	g.sessions[s.id] = s
	s.dispatch("READY", map[string]any{
		"v": 9, "session_id": s.id, "guilds": []any{}, "user": map[string]any{"id": "1000", "username": "Clockwarden", "bot": true},
		"application": map[string]any{"id": "1000", "flags": 0}, "resume_gateway_url": g.socketURL(),
	})
	g.seen.Identified++
	g.notify()
}

func (g *Gateway) resume(l *gatewayLine, data json.RawMessage) {
	var d struct {
		Token   string `json:"token"`
		Session string `json:"session_id"`
		Seq     int64  `json:"seq"`
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := json.Unmarshal(data, &d); err != nil {
		g.t.Errorf("fakediscord: RESUME: %v", err)
		g.refuse(l, 4002)
		return
	}
	if code := g.ordered(opResume); code != 0 {
		delete(g.sessions, d.Session)
		g.refuse(l, code)
		return
	}
	if strings.TrimPrefix(d.Token, "Bot ") != g.o.Token {
		g.refuse(l, 4004)
		return
	}
	s := g.sessions[d.Session]
	switch {
	case s == nil:
		g.refuse(l, opInvalidSession)
		return
	case d.Seq > s.seq:
		delete(g.sessions, d.Session)
		g.refuse(l, 4007)
		return
	}
	s.line = l
	for _, e := range s.sent {
		if e.seq > d.Seq {
			l.event(e)
		}
	}
	s.dispatch("RESUMED", map[string]any{})
	g.seen.Resumed++
	g.notify()
}

// dispatch sends an event, or keeps it until the app comes back; the lock is held.
func (s *gatewaySession) dispatch(name string, data any) {
	s.seq++
	e := gatewayEvent{s.seq, name, data}
	s.sent = append(s.sent, e)
	if s.line != nil {
		s.line.event(e)
	}
}

func (l *gatewayLine) event(e gatewayEvent) {
	l.frame(map[string]any{"op": opDispatch, "s": e.seq, "t": e.name, "d": e.data})
}

func (l *gatewayLine) send(op int, data any) { l.frame(map[string]any{"op": op, "d": data}) }

func (l *gatewayLine) frame(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // a test's own mistake
	}
	l.raw(text)
}

func (l *gatewayLine) raw(text []byte) {
	l.write.Lock()
	defer l.write.Unlock()
	_ = l.conn.SetWriteDeadline(time.Now().Add(gatewayPatience)) //nolint:forbidigo // a socket goes by real time
	_ = l.conn.WriteMessage(websocket.TextMessage, text)
}

func (l *gatewayLine) closeWith(code int) {
	l.write.Lock()
	defer l.write.Unlock()
	l.closed = true
	_ = l.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(gatewayPatience)) //nolint:forbidigo // a socket goes by real time
}

// Dispatch sends an event to every session of the app, as Discord does; a session that is away gets
// it when it is resumed.
func (g *Gateway) Dispatch(event string, data any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.sessions {
		s.dispatch(event, data)
	}
}

// Frame sends a text as it is over every open connection.
func (g *Gateway) Frame(text string) {
	for _, l := range g.open() {
		l.raw([]byte(text))
	}
}

// CloseWith closes the open connections with a close code; the sessions can be resumed.
func (g *Gateway) CloseWith(code int) {
	for _, l := range g.open() {
		l.closeWith(code)
	}
}

// Drop ends the open connections without a word.
func (g *Gateway) Drop() {
	for _, l := range g.open() {
		l.write.Lock()
		l.closed = true
		l.write.Unlock()
		_ = l.conn.Close()
	}
}

// AskToReconnect tells the app to come back on another connection.
func (g *Gateway) AskToReconnect() {
	for _, l := range g.open() {
		l.send(opReconnect, nil)
	}
}

// AskForHeartbeat makes the app send a heartbeat at once.
func (g *Gateway) AskForHeartbeat() {
	for _, l := range g.open() {
		l.send(opHeartbeat, nil)
	}
}

// Invalidate ends the sessions of the app and tells it so.
func (g *Gateway) Invalidate() {
	g.mu.Lock()
	clear(g.sessions)
	g.mu.Unlock()
	for _, l := range g.open() {
		l.send(opInvalidSession, false)
	}
}

// RefuseIdentify closes the connections of the next IDENTIFYs with these codes, one each; the code 9
// answers "invalid session" instead.
func (g *Gateway) RefuseIdentify(codes ...int) { g.order(opIdentify, codes) }

// RefuseResume is RefuseIdentify for RESUME. The session is lost.
func (g *Gateway) RefuseResume(codes ...int) { g.order(opResume, codes) }

func (g *Gateway) order(op int, codes []int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refusals[op] = append(g.refusals[op], codes...)
}

// WithholdAcks leaves heartbeats without an answer, as a connection does that is dead on the way.
func (g *Gateway) WithholdAcks(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.deaf = on
}

// WithholdHello lets new connections wait for HELLO in vain.
func (g *Gateway) WithholdHello(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mute = on
}

func (g *Gateway) open() []*gatewayLine {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []*gatewayLine
	for l := range g.lines {
		list = append(list, l)
	}
	return list
}

// Seen returns what the gateway saw until now.
func (g *Gateway) Seen() GatewaySeen {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.view()
}

// view is a copy of what was seen; the lock is held.
func (g *Gateway) view() GatewaySeen {
	s := g.seen
	s.Closed, s.Sessions = slices.Clone(s.Closed), len(g.sessions)
	return s
}

// Await waits until what the gateway saw is as wanted, and returns it.
func (g *Gateway) Await(what string, wanted func(GatewaySeen) bool) GatewaySeen {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), gatewayPatience)
	defer cancel()
	for {
		g.mu.Lock()
		seen, changed := g.view(), g.changed
		g.mu.Unlock()
		if wanted(seen) {
			return seen
		}
		select {
		case <-ctx.Done():
			g.t.Fatalf("fakediscord: waited in vain for %s: %+v", what, seen)
		case <-changed:
		}
	}
}

// notify wakes those who wait; the lock is held.
func (g *Gateway) notify() {
	close(g.changed)
	g.changed = make(chan struct{})
}
