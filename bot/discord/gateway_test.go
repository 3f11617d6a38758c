package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// quick is the usual pace for tests; the lease goes by the clock of the house, which stands still.
var quick = pace{
	lease: 10 * time.Second, renew: 50 * time.Millisecond,
	open: 5 * time.Second, ready: 5 * time.Second, close: 3 * time.Second, deaf: time.Minute, stable: time.Minute,
	first: 20 * time.Millisecond, last: 100 * time.Millisecond,
	answer: 3 * time.Second, drain: 4 * time.Second,
}

// callbacks takes the answers of interactions, as Discord's REST API does.
type callbacks struct {
	mu     sync.Mutex
	got    map[string]string // by interaction
	tries  map[string]int
	faults []func(w http.ResponseWriter) // of the next calls, before they are recorded
	lose   bool                          // record the next one and give no answer
	wake   chan struct{}
}

func newCallbacks() *callbacks {
	return &callbacks{got: map[string]string{}, tries: map[string]int{}, wake: make(chan struct{})}
}

func (c *callbacks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if r.Method != http.MethodPost || len(parts) != 4 || parts[0] != "interactions" || parts[2] != "token-"+parts[1] || parts[3] != "callback" {
		http.Error(w, `{"code":10062,"message":"Unknown interaction"}`, http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || !json.Valid(body) || r.Header.Get("Content-Type") != "application/json" {
		http.Error(w, `{"code":50035,"message":"Invalid Form Body"}`, http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() {
		close(c.wake)
		c.wake = make(chan struct{})
	}()
	id := parts[1]
	c.tries[id]++
	if len(c.faults) > 0 {
		fault := c.faults[0]
		c.faults = c.faults[1:]
		fault(w)
		return
	}
	if _, twice := c.got[id]; twice {
		http.Error(w, `{"code":40060,"message":"Interaction has already been acknowledged."}`, http.StatusBadRequest)
		return
	}
	c.got[id] = string(body)
	if c.lose {
		c.lose = false
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(http.StatusNoContent)
}

// fail makes the next callbacks go wrong with these statuses.
func (c *callbacks) fail(retryAfter string, statuses ...int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, status := range statuses {
		c.faults = append(c.faults, func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", retryAfter)
			http.Error(w, `{"code":0,"message":"no"}`, status)
		})
	}
}

// count is how many interactions were answered.
func (c *callbacks) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.got)
}

// logText is a log that can be read.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *logText) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *logText) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// rig is a Discord with callbacks, a house, and gateways that run on them.
type rig struct {
	*testing.T
	fake      *fakediscord.Gateway
	callbacks *callbacks
	house     *coretest.House
	log       *logText
	serial    atomic.Int64
	effects   sync.Map // of the usual answer, by interaction: *atomic.Int64
}

const botToken = "bot-token-that-is-secret"

func newRig(t *testing.T, heartbeat time.Duration) *rig {
	t.Helper()
	r := &rig{T: t, callbacks: newCallbacks(), house: coretest.New(t), log: &logText{}}
	r.fake = fakediscord.NewGateway(t, fakediscord.GatewayOptions{Token: botToken, Heartbeat: heartbeat, REST: r.callbacks})
	t.Cleanup(func() {
		if text := r.log.String(); strings.Contains(text, botToken) || strings.Contains(text, "token-") {
			t.Errorf("the log holds a token:\n%s", text)
		}
	})
	return r
}

// usual is an answer with an effect that happens once for each interaction.
func (r *rig) usual(ctx context.Context, body []byte) ([]byte, error) {
	var in struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	first, err := r.house.Once(ctx, "discord:interaction:"+in.ID, time.Hour)
	if err != nil || !first {
		return nil, err
	}
	n, _ := r.effects.LoadOrStore(in.ID, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
	return []byte(`{"type":4,"data":{"content":"done ` + in.ID + `"}}`), nil
}

// happened is how often the effect of an interaction happened.
func (r *rig) happened(id string) int64 {
	n, ok := r.effects.Load(id)
	if !ok {
		return 0
	}
	return n.(*atomic.Int64).Load()
}

// gateway makes a gateway that talks with the fake by the real clients.
func (r *rig) gateway(change ...func(g *gateway)) *gateway {
	r.Helper()
	address, err := url.Parse(r.fake.APIURL())
	if err != nil {
		r.Fatal(err)
	}
	rest, err := newClient(botToken, address)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(rest.close)
	d := &Discord{api: rest, app: "1000", clock: r.house.Clock, log: slog.New(slog.NewTextHandler(r.log, nil)), svc: r.house.Service}
	g := d.newGateway()
	g.pace, g.answer = quick, r.usual
	for _, f := range change {
		f(g)
	}
	return g
}

// run runs a gateway. The function stops it, once, and returns what run returned.
func (r *rig) run(g *gateway) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(15 * time.Second):
			return errors.New("the gateway does not stop")
		}
	})
	r.Cleanup(func() {
		if err := stop(); err != nil && !r.Failed() {
			r.Errorf("run: %v", err)
		}
	})
	return stop
}

// asks sends an interaction and returns its id.
func (r *rig) asks() string {
	id := strconv.FormatInt(9000+r.serial.Add(1), 10)
	r.fake.Dispatch("INTERACTION_CREATE", interactionNo(id))
	return id
}

func interactionNo(id string) map[string]any {
	return map[string]any{
		"id": id, "application_id": "1000", "type": 2, "token": "token-" + id, "version": 1, "guild_id": "1", "channel_id": "2",
		"member": map[string]any{"user": map[string]any{"id": "3", "username": "olivia"}, "permissions": "0", "roles": []any{}},
		"data":   map[string]any{"id": "4", "name": "accounts", "type": 1},
	}
}

// answered waits for the callback of an interaction and returns its body.
func (r *rig) answered(id string) string {
	r.Helper()
	deadline := time.After(15 * time.Second)
	for {
		r.callbacks.mu.Lock()
		body, ok := r.callbacks.got[id]
		wake := r.callbacks.wake
		r.callbacks.mu.Unlock()
		if ok {
			return body
		}
		select {
		case <-wake:
		case <-deadline:
			r.Fatalf("no callback of %s; log:\n%s", id, r.log)
		}
	}
}

// logged waits until the log holds a text.
func (r *rig) logged(text string) {
	r.Helper()
	r.loggedTimes(text, 1)
}

// loggedTimes waits until the log holds a text so often.
func (r *rig) loggedTimes(text string, times int) {
	r.Helper()
	for deadline := time.Now().Add(15 * time.Second); strings.Count(r.log.String(), text) < times; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			r.Fatalf("the log does not say %q %d times:\n%s", text, times, r.log)
		}
	}
}

func identified(n int) func(fakediscord.GatewaySeen) bool {
	return func(s fakediscord.GatewaySeen) bool { return s.Identified >= n }
}

func resumed(n int) func(fakediscord.GatewaySeen) bool {
	return func(s fakediscord.GatewaySeen) bool { return s.Resumed >= n }
}

func TestGatewayAnswersAnInteraction(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	stop := r.run(r.gateway())
	r.fake.Await("a session", identified(1))
	began := time.Now()
	id := r.asks()
	if got, want := r.answered(id), `{"type":4,"data":{"content":"done `+id+`"}}`; got != want {
		t.Errorf("callback %s, want %s", got, want)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the callback came after %s; Discord waits 3 s", took)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	seen := r.fake.Await("the end", func(s fakediscord.GatewaySeen) bool { return s.Open == 0 })
	if seen.Connections != 1 || !slices.Equal(seen.Closed, []int{1000}) {
		t.Errorf("%+v", seen)
	}
}

func TestGatewayKeepsTheHeartbeat(t *testing.T) {
	t.Parallel()
	r := newRig(t, 100*time.Millisecond)
	r.run(r.gateway(func(g *gateway) { g.pace.deaf = 2 * time.Second }))
	r.fake.Await("heartbeats until after a look at them", func(s fakediscord.GatewaySeen) bool { return s.Heartbeats >= 25 })
	r.fake.AskForHeartbeat()
	seen := r.fake.Await("one more", func(s fakediscord.GatewaySeen) bool { return s.Heartbeats >= 27 })
	if seen.Connections != 1 {
		t.Errorf("%+v; log:\n%s", seen, r.log)
	}
}

func TestGatewayLeavesADeadLine(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Second)
	r.run(r.gateway(func(g *gateway) { g.pace.deaf = 2200 * time.Millisecond }))
	r.fake.Await("a session", identified(1))
	r.fake.WithholdAcks(true)
	r.fake.Await("another connection", func(s fakediscord.GatewaySeen) bool { return s.Connections >= 2 })
	r.fake.WithholdAcks(false)
	seen := r.fake.Await("the session to go on", resumed(1))
	if seen.Identified != 1 || slices.Contains(seen.Closed, 1000) {
		t.Errorf("%+v: the session was given away", seen)
	}
	r.answered(r.asks())
	r.logged("acknowledged no heartbeat")
}

func TestGatewayResumes(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	r.run(r.gateway())
	r.fake.Await("a session", identified(1))
	for i, c := range []struct {
		how string
		end func()
	}{
		{"closed by Discord", func() { r.fake.CloseWith(4000) }},
		{"going away", func() { r.fake.CloseWith(1001) }},
		{"dropped", r.fake.Drop},
		{"asked to reconnect", r.fake.AskToReconnect},
	} {
		before := r.asks()
		r.answered(before)
		connections := r.fake.Seen().Connections
		c.end()
		r.fake.Await(c.how, func(s fakediscord.GatewaySeen) bool { return s.Open == 0 || s.Connections > connections })
		while := r.asks() // kept by Discord until the session goes on
		seen := r.fake.Await("the session to go on", resumed(i+1))
		if seen.Identified != 1 {
			t.Errorf("%s: %+v", c.how, seen)
		}
		r.answered(while)
		r.answered(r.asks())
		if n := r.happened(before); n != 1 {
			t.Errorf("%s: %d effects of the first", c.how, n)
		}
	}
}

func TestGatewayBeginsAnew(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	r.fake.RefuseIdentify(4008, 9, 4000) // the first session is not taken at once
	r.run(r.gateway())
	r.fake.Await("a session", identified(1))
	r.answered(r.asks())

	r.fake.Invalidate() // in the middle: it goes on over the same connection
	before := r.fake.Seen().Connections
	r.fake.Await("another session", identified(2))
	r.answered(r.asks())
	if now := r.fake.Seen().Connections; now != before {
		t.Errorf("%d connections, there were %d", now, before)
	}

	// The session is not taken back: it is invalid, has an invalid seq, timed out, or no reason is told.
	refused := r.fake.Seen().Refused
	for i, code := range []int{9, 4007, 4009, 4000} {
		r.fake.RefuseResume(code)
		r.fake.CloseWith(4000)
		seen := r.fake.Await("another session", identified(3+i))
		if seen.Refused != refused+1+i || seen.Resumed != 0 {
			t.Errorf("code %d: %+v", code, seen)
		}
		r.answered(r.asks())
	}
}

func TestGatewayGivesUp(t *testing.T) {
	for code, want := range map[int]string{
		4004: "discord.bot_token is not accepted by Discord", 4010: "discord.mode gateway", 4011: "discord.mode gateway",
		4012: "discord.mode gateway", 4013: "discord.mode gateway", 4014: "discord.mode gateway",
	} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 0)
			r.fake.RefuseIdentify(4000, code)
			g := r.gateway()
			ended := make(chan error, 1)
			go func() { ended <- g.run(t.Context()) }()
			select {
			case err := <-ended:
				if err == nil || !strings.HasPrefix(err.Error(), want) || strings.ContainsAny(err.Error(), "\n") {
					t.Errorf("run: %v, want %q", err, want)
				}
			case <-time.After(15 * time.Second):
				t.Fatal("it goes on")
			}
			if seen := r.fake.Seen(); seen.Refused != 2 || seen.Identified != 0 {
				t.Errorf("%+v", seen)
			}
			if _, taken, err := r.house.TakeLease(t.Context(), gatewayActor, g.lease, "next", time.Minute); err != nil || !taken {
				t.Errorf("the lease is not released: %v, %v", taken, err)
			}
		})
	}
}

func TestGatewayHasTheWrongToken(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	err := r.gateway(func(g *gateway) { g.token = "Bot another" }).run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "discord.bot_token") || strings.Contains(err.Error(), "another") {
		t.Errorf("run: %v", err)
	}
}

func TestGatewayWaitsForNoSilentServer(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	r.fake.WithholdHello(true)
	g := r.gateway(func(g *gateway) { g.pace.open = 500 * time.Millisecond })
	stop := r.run(g)
	r.fake.Await("a second try", func(s fakediscord.GatewaySeen) bool { return s.Connections >= 2 })
	r.logged("said nothing")
	r.fake.WithholdHello(false)
	r.fake.Await("a session", identified(1))
	if err := stop(); err != nil {
		t.Error(err)
	}

	// Neither does the stop.
	r.fake.WithholdHello(true)
	before := r.fake.Seen().Connections
	stop = r.run(r.gateway(func(g *gateway) { g.pace.open = time.Hour }))
	r.fake.Await("a try", func(s fakediscord.GatewaySeen) bool { return s.Connections > before })
	began := time.Now()
	if err := stop(); err != nil || time.Since(began) > 3*time.Second {
		t.Errorf("stopped after %s: %v", time.Since(began), err)
	}
}

// failing answers the first calls with errors.
type failing struct {
	left atomic.Int64
	next http.RoundTripper
}

func (f *failing) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.left.Add(-1) >= 0 {
		return nil, errors.New("network is down")
	}
	return f.next.RoundTrip(r)
}

func TestGatewayOutlivesAnOutage(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	r.run(r.gateway(func(g *gateway) {
		f := &failing{next: g.rest.Transport}
		f.left.Store(3)
		down := *g.rest
		down.Transport = f
		g.rest = &down
	}))
	r.fake.Await("a session", identified(1))
	r.answered(r.asks())
	if n := strings.Count(r.log.String(), "network is down"); n != 3 {
		t.Errorf("%d failures in the log:\n%s", n, r.log)
	}
}

func TestGatewayPausesGrowAndVary(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	r.run(r.gateway(func(g *gateway) {
		f := &failing{next: g.rest.Transport}
		f.left.Store(1 << 40)
		down := *g.rest
		down.Transport = f
		g.rest, g.pace.first, g.pace.last = &down, 4*time.Millisecond, 64*time.Millisecond
	}))
	deadline := time.Now().Add(15 * time.Second)
	for strings.Count(r.log.String(), "again_in=") < 12 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	var pauses []time.Duration
	for _, part := range strings.Split(r.log.String(), "again_in=")[1:] {
		text, _, _ := strings.Cut(part, "\n")
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		pauses = append(pauses, d)
	}
	if len(pauses) < 12 {
		t.Fatalf("%v", pauses)
	}
	full := 4 * time.Millisecond
	for i, p := range pauses {
		if p < full/2-time.Millisecond || p > full+time.Millisecond {
			t.Errorf("pause %d is %s, want %s to %s", i, p, full/2, full)
		}
		full = min(2*full, 64*time.Millisecond)
	}
	if tail := slices.Clone(pauses[5:]); slices.Min(tail) == slices.Max(tail) {
		t.Errorf("all pauses are alike: %v", tail)
	}
}

func TestGatewayDeliversTwiceWithOneEffect(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	r.run(r.gateway())
	r.fake.Await("a session", identified(1))
	for range 5 {
		r.fake.Dispatch("INTERACTION_CREATE", interactionNo("77"))
	}
	r.answered("77")
	r.answered(r.asks())
	if n := r.happened("77"); n != 1 {
		t.Errorf("%d effects", n)
	}
	r.callbacks.mu.Lock()
	defer r.callbacks.mu.Unlock()
	if n := r.callbacks.tries["77"]; n != 1 {
		t.Errorf("%d callbacks", n)
	}
}

func TestGatewaySurvivesMalformedPayloads(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	r.run(r.gateway())
	r.fake.Await("a session", identified(1))
	for i, d := range []any{
		nil, "text", 7,
		[]any{},
		map[string]any{},
		map[string]any{"id": 7, "token": "x"},
		map[string]any{"id": "12/../x", "token": "x"},
		map[string]any{"id": "12"},
		map[string]any{"id": strings.Repeat("1", 30), "token": "x"},
		map[string]any{"id": "13", "type": 99, "token": "x", "data": "y"},
		map[string]any{"id": "14", "type": 3, "token": strings.Repeat("x", maxBody), "data": nil},
	} {
		r.fake.Dispatch("INTERACTION_CREATE", d)
		if i == 0 {
			r.logged("interaction refused")
		}
	}
	// One that discordgo itself can't decode: a component that it does not know.
	strange := interactionNo("4242")
	strange["type"], strange["data"] = 5, map[string]any{
		"custom_id": "x", "components": []any{map[string]any{"type": 18, "component": map[string]any{"type": 4, "custom_id": "y", "value": "z"}}},
	}
	r.fake.Dispatch("INTERACTION_CREATE", strange)
	r.answered("4242")
	r.fake.Dispatch("SOMETHING_NEW", map[string]any{"x": 1})
	for _, text := range []string{`{"op":0,"t":"INTERACTION_CREATE"`, `[]`, `{"op":42,"d":null}`, `{"op":0,"t":"INTERACTION_CREATE","s":3,"d":{"id":"15"}}`, `{"op":"x"}`, "\x00", ""} {
		r.fake.Frame(text)
	}
	r.answered(r.asks())
	if seen := r.fake.Seen(); seen.Connections != 1 {
		t.Errorf("%+v", seen)
	}
	r.logged("too large")
}

func TestGatewaySurvivesAPanic(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	panics := make(chan struct{}, 1)
	r.run(r.gateway(func(g *gateway) {
		g.answer = func(ctx context.Context, body []byte) ([]byte, error) {
			if bytes.Contains(body, []byte(`"id":"666"`)) {
				panics <- struct{}{}
				panic("the answer broke")
			}
			return r.usual(ctx, body)
		}
	}))
	r.fake.Await("a session", identified(1))
	for n := range inHand + 1 { // a panic gives its place back
		r.fake.Dispatch("INTERACTION_CREATE", interactionNo("666"))
		select {
		case <-panics:
		case <-time.After(15 * time.Second):
			t.Fatalf("number %d was not taken", n)
		}
		r.loggedTimes("panic while an interaction was answered", n+1)
	}
	r.logged("the answer broke")
	r.answered(r.asks())
}

func TestGatewayStopsCleanly(t *testing.T) {
	t.Run("with work in hand", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, 0)
		begun, finish := make(chan struct{}), make(chan struct{})
		stop := r.run(r.gateway(func(g *gateway) {
			g.answer = func(ctx context.Context, body []byte) ([]byte, error) {
				close(begun)
				<-finish
				return r.usual(ctx, body)
			}
		}))
		r.fake.Await("a session", identified(1))
		id := r.asks()
		<-begun
		time.AfterFunc(500*time.Millisecond, func() { close(finish) })
		if err := stop(); err != nil {
			t.Error(err)
		}
		if r.callbacks.count() != 1 || r.happened(id) != 1 {
			t.Errorf("%d callbacks, %d effects", r.callbacks.count(), r.happened(id))
		}
		if seen := r.fake.Await("the end", func(s fakediscord.GatewaySeen) bool { return s.Open == 0 }); !slices.Equal(seen.Closed, []int{1000}) {
			t.Errorf("%+v", seen)
		}
	})
	t.Run("with work that does not end", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, 0)
		begun, ended := make(chan struct{}), make(chan time.Time, 1)
		stop := r.run(r.gateway(func(g *gateway) {
			g.pace.answer, g.pace.drain = time.Hour, 100*time.Millisecond
			g.answer = func(ctx context.Context, _ []byte) ([]byte, error) {
				close(begun)
				<-ctx.Done()
				ended <- time.Now()
				return nil, ctx.Err()
			}
		}))
		r.fake.Await("a session", identified(1))
		r.asks()
		<-begun
		began := time.Now()
		if err := stop(); err != nil || time.Since(began) > 4*time.Second {
			t.Errorf("stopped after %s: %v", time.Since(began), err)
		}
		if took := (<-ended).Sub(began); took > time.Second { // which discordgo takes to close
			t.Errorf("the work was ended after %s", took)
		}
		r.logged("interaction refused")
	})
}

func TestGatewayBoundsItsWork(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	var begun atomic.Int64
	finish := make(chan struct{})
	g := r.gateway(func(g *gateway) {
		g.answer = func(ctx context.Context, body []byte) ([]byte, error) {
			begun.Add(1)
			<-finish
			return r.usual(ctx, body)
		}
	})
	r.run(g)
	r.fake.Await("a session", identified(1))
	for range inHand + 10 {
		r.asks()
	}
	for deadline := time.Now().Add(15 * time.Second); strings.Count(r.log.String(), "too many are in work") < 10; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("log:\n%s", r.log)
		}
	}
	close(finish)
	for deadline := time.Now().Add(15 * time.Second); len(g.slots) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d places are not given back", len(g.slots))
		}
	}
	if n := r.callbacks.count(); n != inHand {
		t.Errorf("%d callbacks, want %d", n, inHand)
	}
	r.answered(r.asks())
	if n := begun.Load(); n != inHand+1 {
		t.Errorf("%d were begun, want %d", n, inHand+1)
	}
}

func TestGatewayBringsItsAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	r.run(r.gateway())
	r.fake.Await("a session", identified(1))
	r.callbacks.fail("", 500, 503)
	r.answered(r.asks())
	began := time.Now()
	r.callbacks.fail("0.5", 429)
	r.answered(r.asks())
	if took := time.Since(began); took < 500*time.Millisecond {
		t.Errorf("tried again after %s, though Discord asked for half a second", took)
	}

	// An answer that arrived, but whose success was lost: Discord says that it has one already.
	r.callbacks.mu.Lock()
	r.callbacks.lose = true
	r.callbacks.mu.Unlock()
	id := r.asks()
	r.answered(id)
	r.answered(r.asks())
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(time.Millisecond) {
		r.callbacks.mu.Lock()
		n := r.callbacks.tries[id]
		r.callbacks.mu.Unlock()
		if n == 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d tries", n)
		}
	}
	if strings.Contains(r.log.String(), "did not reach") {
		t.Errorf("log:\n%s", r.log)
	}

	// What can't succeed is not repeated.
	r.callbacks.fail("", 404)
	id = r.asks()
	r.logged("answer did not reach Discord")
	r.callbacks.mu.Lock()
	defer r.callbacks.mu.Unlock()
	if n := r.callbacks.tries[id]; n != 1 {
		t.Errorf("%d tries after 404", n)
	}
}

func TestOnlyOneGatewayListens(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	stopFirst := r.run(r.gateway())
	r.fake.Await("a session", identified(1))
	stopSecond := r.run(r.gateway())
	r.logged("this one stands by")
	r.answered(r.asks())
	if seen := r.fake.Seen(); seen.Connections != 1 {
		t.Fatalf("both listen: %+v", seen)
	}
	if err := stopFirst(); err != nil { // releases the lease
		t.Error(err)
	}
	r.fake.Await("the other one", identified(2))
	r.answered(r.asks())
	if err := stopSecond(); err != nil {
		t.Error(err)
	}
}

// slowLeases lets a test hold back renewals, as a process does that sleeps.
type slowLeases struct {
	leases
	asleep atomic.Bool
}

func (s *slowLeases) RenewLease(ctx context.Context, a core.Actor, l core.Lease, lasts time.Duration) (core.Lease, error) {
	if s.asleep.Load() {
		return core.Lease{}, fmt.Errorf("renew: %w", context.DeadlineExceeded)
	}
	return s.leases.RenewLease(ctx, a, l, lasts)
}

func TestGatewayThatSleptThroughItsLease(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	sleepy := &slowLeases{leases: r.house.Service}
	r.run(r.gateway(func(g *gateway) { g.leases, g.pace.renew = sleepy, time.Hour }))
	r.fake.Await("a session", identified(1))

	// The first one sleeps past the end of its lease. Another one takes over and is a later holder.
	r.house.Clock.Advance(quick.lease)
	r.run(r.gateway(func(g *gateway) { g.pace.renew = time.Hour }))
	r.fake.Await("the other one", identified(2))
	id := r.asks() // reaches both
	r.answered(id)
	r.logged("the lease of Discord's gateway is over")
	if n := r.happened(id); n != 1 {
		t.Errorf("%d effects", n)
	}
}

func TestGatewayClosesWhenItsLeaseIsLost(t *testing.T) {
	for name, asleep := range map[string]bool{"somebody else has it": false, "it can't be renewed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 0)
			sleepy := &slowLeases{leases: r.house.Service}
			g := r.gateway(func(g *gateway) { g.leases = sleepy })
			r.run(g)
			r.fake.Await("a session", identified(1))
			sleepy.asleep.Store(true)
			r.logged("not renewed yet")
			if seen := r.fake.Seen(); seen.Open != 1 {
				t.Errorf("closed before the lease ended: %+v", seen)
			}
			r.house.Clock.Advance(quick.lease)
			other, taken, err := r.house.TakeLease(t.Context(), gatewayActor, g.lease, "other", time.Minute)
			if err != nil || !taken {
				t.Fatalf("%v, %v", taken, err)
			}
			sleepy.asleep.Store(asleep)
			seen := r.fake.Await("the connection to be closed", func(s fakediscord.GatewaySeen) bool { return s.Open == 0 })
			if seen.Connections != 1 || !slices.Equal(seen.Closed, []int{1000}) {
				t.Errorf("%+v", seen)
			}
			r.logged("lease of Discord's gateway lost")
			sleepy.asleep.Store(false)
			if err := r.house.ReleaseLease(t.Context(), gatewayActor, other); err != nil {
				t.Fatal(err)
			}
			r.fake.Await("it to come back", identified(2))
			r.answered(r.asks())
		})
	}
}

func TestGatewayLeavesNoGoroutine(t *testing.T) { // not parallel: others' goroutines would be in the way
	before := goleak.IgnoreCurrent()
	t.Run("in use", func(t *testing.T) {
		r := newRig(t, 50*time.Millisecond)
		stop := r.run(r.gateway())
		r.fake.Await("a session", identified(1))
		r.answered(r.asks())
		r.fake.Drop()
		r.fake.Await("the session to go on", resumed(1))
		r.fake.AskToReconnect()
		r.fake.Await("the session to go on", resumed(2))
		r.fake.RefuseResume(9)
		r.fake.CloseWith(4000)
		r.fake.Await("another session", identified(2))
		r.answered(r.asks())
		if err := stop(); err != nil {
			t.Error(err)
		}
		r.fake.RefuseIdentify(4004)
		if err := r.gateway().run(t.Context()); err == nil {
			t.Error("a refused token is no error")
		}
	})
	goleak.VerifyNone(t, before)
}
