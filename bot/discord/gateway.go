package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"github.com/clockwarden/clockwarden/core"
)

// gateway is the way in without a public address: interactions come over a WebSocket that we open,
// and are answered over REST. Of discordgo it uses what speaks the gateway's protocol and nothing
// else: when to connect again, how long to wait and when to give up is decided here, because the
// library neither stops nor gives up by itself. See docs/decisions/0007-gateway.md.
type gateway struct {
	token  string       // of the bot, as discordgo takes it
	lease  string       // name of the lease that the holder of the connection has
	rest   *http.Client // for what discordgo asks of the API
	leases leases
	clock  core.Clock
	log    *slog.Logger
	pace   pace
	answer func(ctx context.Context, body []byte) (response []byte, err error)
	post   func(ctx context.Context, id, token string, response []byte) error // the callback of an interaction

	base  context.Context // of the work in hand
	end   context.CancelFunc
	slots chan struct{}
	work  sync.WaitGroup
	ready chan struct{} // signalled when Discord has taken a session

	mu     sync.Mutex
	held   core.Lease
	closed bool
}

// leases is what a gateway needs of core.
type leases interface {
	TakeLease(ctx context.Context, a core.Actor, name, holder string, lasts time.Duration) (core.Lease, bool, error)
	RenewLease(ctx context.Context, a core.Actor, l core.Lease, lasts time.Duration) (core.Lease, error)
	ReleaseLease(ctx context.Context, a core.Actor, l core.Lease) error
}

// pace holds the durations of a gateway.
type pace struct {
	lease  time.Duration // how long a lease lasts: after a crash, so long nobody listens
	renew  time.Duration // between renewals, and between tries to take it
	open   time.Duration // for the way to Discord, up to its first words
	ready  time.Duration // for Discord to take the session
	close  time.Duration // for the farewell; discordgo waits one second in it
	deaf   time.Duration // without an acknowledged heartbeat; Discord wants one every 41 s
	stable time.Duration // after which a connection counts as a good one
	first  time.Duration // pause before the second try; it doubles
	last   time.Duration // longest pause. Discord allows 1000 new sessions a day
	answer time.Duration // for an answer and, once more, for its way to Discord
	drain  time.Duration // for answers on their way when the program stops
}

var usualPace = pace{
	lease: 10 * time.Second, renew: 3 * time.Second,
	open: 15 * time.Second, ready: 5 * time.Second, close: 2 * time.Second, deaf: 100 * time.Second, stable: time.Minute,
	first: time.Second, last: 2 * time.Minute,
	answer: 3 * time.Second, drain: 4 * time.Second,
}

// inHand bounds the interactions that are answered at the same time.
const inHand = 64

var gatewayActor = core.System(core.JobGateway, core.DoorDiscord)

// complete makes a gateway ready to run. It starts no goroutine.
func (g *gateway) complete() *gateway {
	g.base, g.end = context.WithCancel(context.Background())
	g.slots, g.ready = make(chan struct{}, inHand), make(chan struct{}, 1)
	return g
}

// runGateway listens to Discord's gateway until ctx ends, while no other process on the database
// does, and then waits for the answers that are on their way. Its error names the setting that
// Discord does not accept; whatever may pass by itself is tried again.
func (d *Discord) runGateway(ctx context.Context) error { return d.newGateway().run(ctx) }

func (d *Discord) newGateway() *gateway {
	g := &gateway{
		token: d.api.session.Token, lease: "discord.gateway:" + d.app, rest: d.api.http, leases: d.svc, clock: d.clock, log: d.log,
		pace: usualPace, answer: d.answer,
		post: func(ctx context.Context, id, token string, response []byte) error {
			path := "/interactions/" + url.PathEscape(id) + "/" + url.PathEscape(token) + "/callback"
			return d.api.interact(ctx, http.MethodPost, path, json.RawMessage(response), nil)
		},
	}
	return g.complete()
}

// run is runGateway.
func (g *gateway) run(ctx context.Context) error {
	defer g.drain()
	// The farewell to Discord takes a second; it is not added to the time for what is in hand.
	defer context.AfterFunc(ctx, func() { time.AfterFunc(g.pace.drain, g.end) })()
	holder := string(core.NewID(g.clock.Now()))
	waiting := false
	for ctx.Err() == nil {
		lease, taken, err := g.leases.TakeLease(ctx, gatewayActor, g.lease, holder, g.pace.lease)
		switch {
		case ctx.Err() != nil && !taken:
			return nil
		case err != nil:
			g.log.Error("lease of Discord's gateway can't be taken", "error", err.Error())
		case taken:
			waiting = false
			if err := g.hold(ctx, lease); err != nil {
				return err
			}
			continue
		case !waiting:
			waiting = true
			g.log.Info("another process listens to Discord's gateway, or did until a moment ago; this one stands by")
		}
		sleep(ctx, g.pace.renew)
	}
	return nil
}

// hold listens while the lease is held.
func (g *gateway) hold(ctx context.Context, lease core.Lease) error {
	g.setLease(lease)
	holding, lose := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { g.renew(holding, lease, lose) })
	err := g.connect(holding)
	lose(nil)
	renewing.Wait()
	lease = g.setLease(core.Lease{})
	if errors.Is(context.Cause(holding), core.ErrLeaseLost) {
		g.log.Warn("lease of Discord's gateway lost; the connection is closed")
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.pace.renew)
	defer cancel()
	if err := g.leases.ReleaseLease(ctx, gatewayActor, lease); err != nil {
		g.log.Warn("lease of Discord's gateway not released; it ends by itself", "error", err.Error())
	}
	return err
}

// renew keeps the lease until ctx ends, or calls lose.
func (g *gateway) renew(ctx context.Context, lease core.Lease, lose context.CancelCauseFunc) {
	ticker := time.NewTicker(g.pace.renew)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		soon, cancel := context.WithTimeout(ctx, g.pace.renew)
		renewed, err := g.leases.RenewLease(soon, gatewayActor, lease, g.pace.lease)
		cancel()
		switch {
		case err == nil:
			lease = renewed
			g.setLease(lease)
		case ctx.Err() != nil:
			return
		case errors.Is(err, core.ErrLeaseLost), !lease.Held(g.clock.Now()):
			lose(core.ErrLeaseLost)
			return
		default:
			g.log.Warn("lease of Discord's gateway not renewed yet", "error", err.Error())
		}
	}
}

// setLease sets the lease that interactions are taken under and returns the one before.
func (g *gateway) setLease(l core.Lease) core.Lease {
	g.mu.Lock()
	defer g.mu.Unlock()
	l, g.held = g.held, l
	return l
}

// connect keeps a connection to Discord until ctx ends or Discord says that trying again is useless.
func (g *gateway) connect(ctx context.Context) error {
	var session *discordgo.Session // kept from one connection to the next, so that it is resumed
	pause := g.pace.first
	for {
		if session == nil {
			var err error
			if session, err = g.newSession(); err != nil {
				return err
			}
		}
		was := g.listen(ctx, session)
		if stopped(ctx) {
			return nil
		}
		if err := useless(was.err); err != nil {
			return err
		}
		if !was.taken {
			session = nil // a session that is not taken back at once is begun anew
		}
		if was.stable {
			pause = g.pace.first
		}
		again := pause/2 + rand.N(pause/2+1) //nolint:gosec // spreads the tries of many processes; no secret
		pause = min(2*pause, g.pace.last)
		g.log.Warn("not connected to Discord", "error", was.err.Error(), "again_in", again.Round(time.Millisecond).String())
		if !sleep(ctx, again) {
			return nil
		}
	}
}

func stopped(ctx context.Context) bool { return ctx.Err() != nil }

// newSession makes a session that asks for no events: interactions need no intent. It never connects
// by itself, so that the library's own loop, which cannot be stopped, is not run; and its handlers are
// called one after the other, so that events do not pile up in goroutines.
func (g *gateway) newSession() (*discordgo.Session, error) {
	s, err := discordgo.New(g.token)
	if err != nil {
		return nil, fmt.Errorf("make Discord session: %w", err)
	}
	s.Identify.Intents, s.Identify.Properties.Browser, s.Identify.Properties.Device = 0, "clockwarden", "clockwarden"
	s.ShouldReconnectOnError, s.ShouldReconnectVoiceOnSessionError, s.ShouldRetryOnRateLimit, s.MaxRestRetries = false, false, false, 0
	s.StateEnabled, s.Compress, s.SyncEvents = false, false, true
	s.LogLevel = discordgo.LogError - 1 // nothing: its words go to the standard logger, and may hold a token
	s.AddHandler(g.event)
	return s, nil
}

// spell is what became of one connection.
type spell struct {
	taken  bool  // Discord took the session, so it may be resumed
	stable bool  // for long enough that nothing is wrong with it
	err    error // why it ended; nil when ctx did
}

var (
	errNotTaken = errors.New("Discord did not take the session")
	errEnded    = errors.New("Discord or the network ended the connection")
	errDeaf     = errors.New("Discord acknowledged no heartbeat; the line is dead")
	errSilent   = errors.New("Discord can't be reached, or accepted and said nothing")
)

// listen is one connection, from its opening to its end.
func (g *gateway) listen(ctx context.Context, s *discordgo.Session) (was spell) {
	l := newLine(ctx, g.rest)
	defer l.cut()
	s.Client, s.Dialer = l.rest, l.dialer
	select { // left by a connection before
	case <-g.ready:
	default:
	}
	unwanted := context.AfterFunc(ctx, l.cut)
	late := time.AfterFunc(g.pace.open, l.cut)
	err := s.Open()
	inTime := late.Stop()
	unwanted()
	switch {
	case err != nil && !inTime:
		return spell{err: errSilent}
	case err != nil:
		return spell{err: withoutAddress(err)}
	}
	defer func() {
		// The library sends the close frame without a deadline: a dead line is cut below it.
		stuck := time.AfterFunc(g.pace.close, l.cut)
		defer stuck.Stop()
		_ = s.Close() // with code 1000; its error is always nil
	}()
	select {
	case <-ctx.Done():
		return spell{}
	case <-l.gone:
		return spell{err: errEnded}
	case <-time.After(g.pace.ready):
		return spell{err: errNotTaken}
	case <-g.ready:
	}
	was.taken = true
	g.log.Info("listening to Discord", "mode", ModeGateway)
	stable := time.NewTimer(g.pace.stable)
	defer stable.Stop()
	watch := time.NewTicker(g.pace.deaf)
	defer watch.Stop()
	last := acknowledged(s)
	for {
		select {
		case <-ctx.Done():
			return was
		case <-l.gone:
			was.err = errEnded
			return was
		case <-stable.C:
			was.stable = true
		case <-watch.C:
			now := acknowledged(s)
			if now.Equal(last) {
				l.cut() // without a close frame, so that the session can be resumed
				was.err = errDeaf
				return was
			}
			last = now
		}
	}
}

// acknowledged is when Discord last acknowledged a heartbeat.
func acknowledged(s *discordgo.Session) time.Time {
	s.RLock()
	defer s.RUnlock()
	return s.LastHeartbeatAck
}

// useless returns what to tell the operator when Discord closed the connection with a code after
// which trying again is useless, else nil. Source: Discord, Gateway Close Event Codes.
func useless(err error) error {
	var e *websocket.CloseError
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code {
	case 4004:
		return errors.New("discord.bot_token is not accepted by Discord; copy the Token of the Discord app again (Bot, Reset Token)")
	case 4010, 4011:
		return fmt.Errorf("discord.mode gateway does not work for a bot that Discord wants to be sharded (close code %d); use mode http", e.Code)
	case 4012:
		return errors.New("discord.mode gateway speaks a version that Discord has switched off (close code 4012); use mode http or a newer release")
	case 4013, 4014:
		return fmt.Errorf("discord.mode gateway was refused by Discord because of its intents (close code %d); use mode http", e.Code)
	}
	return nil
}

// event hears everything that Discord dispatches; it must not block.
func (g *gateway) event(_ *discordgo.Session, e *discordgo.Event) {
	defer g.survive()
	switch e.Type {
	case "READY", "RESUMED":
		select {
		case g.ready <- struct{}{}:
		default:
		}
	case "INTERACTION_CREATE":
		g.take(e.RawData)
	}
}

// survive keeps a panic of ours from ending the process; it is deferred.
func (g *gateway) survive() {
	if r := recover(); r != nil {
		g.log.Error("panic while an interaction was answered", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	}
}

// take begins the work on an interaction. What comes while too many are in work, or when the lease is
// over, is not answered, and Discord tells the person so: nothing was done.
func (g *gateway) take(body []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		g.log.Warn("interaction not taken: the program stops")
		return
	case !g.held.Held(g.clock.Now()):
		g.log.Warn("interaction not taken: the lease of Discord's gateway is over")
		return
	case len(body) > maxBody:
		g.log.Warn("interaction not taken: it is too large", "bytes", len(body))
		return
	}
	select {
	case g.slots <- struct{}{}:
	default:
		g.log.Warn("interaction not taken: too many are in work", "limit", inHand)
		return
	}
	g.work.Go(func() {
		defer func() { <-g.slots }()
		defer g.survive()
		g.reply(body)
	})
}

// reply answers an interaction. What is done is committed before the answer leaves.
func (g *gateway) reply(body []byte) {
	var head struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	}
	if err := json.Unmarshal(body, &head); err != nil || !isSnowflake(head.ID) || head.Token == "" {
		g.log.Warn("interaction refused", "why", errMalformed.Error())
		return
	}
	response, err := within(g.base, g.pace.answer, func(ctx context.Context) ([]byte, error) { return g.answer(ctx, body) })
	if err != nil {
		g.log.Warn("interaction refused", "why", err.Error())
		return
	}
	if len(response) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(g.base, g.pace.answer)
	defer cancel()
	if err := g.bring(ctx, head.ID, head.Token, response); err != nil {
		g.log.Error("answer did not reach Discord", "error", err.Error())
	}
}

// within runs fn with a deadline of its own.
func within(ctx context.Context, limit time.Duration, fn func(ctx context.Context) ([]byte, error)) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return fn(ctx)
}

// alreadyAcknowledged is Discord's code for a second callback of an interaction.
const alreadyAcknowledged = 40060

// bring posts a callback and, as long as there is time, tries again what may pass by itself.
func (g *gateway) bring(ctx context.Context, id, token string, response []byte) error {
	for pause := 100 * time.Millisecond; ; pause *= 2 {
		err := g.post(ctx, id, token, response)
		var e *apiError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &e) && e.Code == alreadyAcknowledged:
			return nil // by a try whose answer was lost
		case e != nil && e.Status < http.StatusInternalServerError && e.Status != http.StatusTooManyRequests:
			return err
		case e != nil:
			pause = max(pause, e.RetryAfter)
		}
		if !sleep(ctx, pause) {
			return err
		}
	}
}

// drain takes nothing new and waits for what was begun, at most as long as the pace allows.
func (g *gateway) drain() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	timer := time.AfterFunc(g.pace.drain, g.end)
	defer timer.Stop()
	g.work.Wait()
	g.end()
}

// sleep waits; it is false when ctx ended first.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
