package deliverytest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

const (
	// fast is how many seconds of the test's clock pass in a real one while the process waits. While it works the clock goes
	// as always: no lease must end because this machine is slow. So it does while the backlog is measured.
	fast = 300
	// beat is how often the clock moves, in real time.
	beat = 5 * time.Millisecond
	// patience bounds a call, in real time: with a fast clock nobody waits eight seconds.
	patience = 200 * time.Millisecond
	outage   = 10 * time.Minute
	// drainIn is the goal after an outage, beside what the platform's own limits cost.
	drainIn = time.Minute
	// answerIn is how long a platform waits for the answer to a slash command.
	answerIn = 3 * time.Second
	// stuckFor is how long nothing may arrive while something waits.
	stuckFor = time.Minute
	// connections are what a platform may be asked at once, from one process.
	connections = 5
)

// result is what a run has shown.
type result struct {
	alerts, edits, kills int
	killed               int // of the kills, in the middle of a call
	troubles             [kinds]int
	backlog              int // alerts that waited when the outage ended
	drained              time.Duration
	asked                []time.Duration // answers to slash commands during the outage, sorted
}

// p99 is what 99 of 100 answers did not take longer than.
func (r result) p99() time.Duration {
	if len(r.asked) == 0 {
		return 0
	}
	return r.asked[len(r.asked)*99/100]
}

// run is one run.
type run struct {
	t      testing.TB
	plan   Plan
	driver Driver
	*coretest.House
	platform string
	chat     []core.ChatConnection
	spaces   []space
	result   result
	server   *httptest.Server
	handler  atomic.Pointer[http.Handler]
	speed    atomic.Int64 // of the clock
	busy     atomic.Int64 // transactions and calls that go on

	mu     sync.Mutex
	dice   *rand.Rand
	wanted [kinds]float64 // shares of the troubles now
	rest   kind           // what the other calls meet
	deadly bool           // the next call that posts is the last of its process
	life   *life
}

// space is a workspace with the channel of its alerts.
type space struct {
	ws      core.Workspace
	owner   core.Actor
	channel string
	stopped int
}

// life is a process, from its start to its death.
type life struct {
	svc    *core.Service
	store  *mortal
	gate   *gate
	cancel context.CancelFunc
	ended  chan error
	runs   int
}

// connectionsFor are the chat connections: one for each destination, and acme's for the people who ask.
func connectionsFor(plan Plan, platform string) []core.ChatConnection {
	list := []core.ChatConnection{{Platform: platform, Workspace: "acme", AlertChannel: channel(-1)}}
	for i := range plan.Destinations {
		list = append(list, core.ChatConnection{Platform: platform, Workspace: slug(i), AlertChannel: channel(i)})
	}
	return list
}

func slug(i int) string { return fmt.Sprintf("w%04d", i) }

// channel is a destination in a form that every platform has.
func channel(i int) string { return fmt.Sprintf("14000000000%08d", i+1000) }

// Run runs the plan. make makes the driver, once the House with its clock is there.
func Run(t testing.TB, platform string, plan Plan, newDriver func(h *coretest.House) Driver) {
	t.Helper()
	r := &run{t: t, plan: plan, platform: platform, chat: connectionsFor(plan, platform), dice: rand.New(rand.NewPCG(plan.Seed, 1))} //nolint:gosec // repeatable weather
	r.House = coretest.New(t, coretest.WithChat(r.chat...))
	r.driver = newDriver(r.House)
	r.driver.Limit(time.Second)
	r.driver.Weather(r.weather)
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		(*r.handler.Load()).ServeHTTP(w, req)
	}))
	t.Cleanup(r.server.Close)
	r.driver.Connect(r.server.URL)
	r.settle()

	stop := r.tick()
	defer stop()
	r.start()
	r.badWeather()
	r.breakdown()
	r.deaths()
	r.end()
	r.check()
	t.Logf("%d alerts and %d edits, %d kills (%d in the middle of a post), calls by trouble %v; backlog of %d drained in %s; "+
		"%d slash commands during the outage, p99 %s", r.result.alerts, r.result.edits, r.result.kills, r.result.killed, r.result.troubles,
		r.result.backlog, r.result.drained.Round(10*time.Millisecond), len(r.result.asked), r.result.p99().Round(time.Millisecond))
}

// settle makes the workspaces.
func (r *run) settle() {
	r.t.Helper()
	for i := range r.plan.Destinations {
		ws, owner, err := r.CreateWorkspace(r.t.Context(), coretest.Operator(""), core.NewWorkspace{
			Name: "Workspace " + slug(i), Slug: slug(i), Plan: core.PlanEnterprise, TimeZone: "UTC", Language: "en",
			OwnerEmail: "owner@" + slug(i) + ".example", OwnerName: "Olivia Owner",
		})
		if err != nil {
			r.t.Fatal(err)
		}
		r.spaces = append(r.spaces, space{ws: ws, channel: channel(i), owner: core.Actor{
			UserID: owner.User.ID, MemberID: owner.ID, WorkspaceID: ws.ID, Door: core.DoorPanel, RequestID: "test",
		}})
	}
}

// forget makes five timers overdue in each of the workspaces and flags them.
func (r *run) forget(round int, spaces []space) {
	r.t.Helper()
	for _, s := range spaces {
		if err := r.Seed(r.t.Context(), coretest.Operator(s.ws.ID), core.SeedPlan{
			Members: perRound, Running: perRound, Overdue: perRound, Seed: uint64(round + 1), //nolint:gosec // a small number
		}); err != nil {
			r.t.Fatal(err)
		}
	}
	n, err := r.FlagForgottenTimers(r.t.Context(), coretest.Cron())
	if err != nil || n != perRound*len(spaces) {
		r.t.Fatalf("%d timers flagged: %v", n, err)
	}
	r.result.alerts += n
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.life != nil {
		r.life.svc.Wake()
	}
}

// moment is real time: what people wait for, and what the test's clock is driven by.
func moment() time.Time {
	return time.Now() //nolint:forbidigo // real time is what is measured
}

// tick moves the clock and wakes the process, as events and the ticker do in real time.
func (r *run) tick() (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	r.speed.Store(fast)
	wg.Go(func() {
		last := moment()
		for {
			select {
			case <-done:
				return
			case <-time.After(beat):
			}
			now := moment()
			speed := r.speed.Load()
			if r.busy.Load() > 0 {
				speed = 1
			}
			r.Clock.Advance(now.Sub(last) * time.Duration(speed))
			last = now
			r.mu.Lock()
			if r.life != nil {
				r.life.svc.Wake()
			}
			r.mu.Unlock()
		}
	})
	return sync.OnceFunc(func() { close(done); wg.Wait() })
}

// start is the start of a process.
func (r *run) start() {
	r.t.Helper()
	l := &life{store: &mortal{Store: r.Store, busy: &r.busy}, gate: newGate(r.t, r.driver.Address()), ended: make(chan error, 2), runs: 2}
	var err error
	if l.svc, err = core.New(core.Options{Store: l.store, Clock: r.Clock, Chat: r.chat}); err != nil {
		r.t.Fatal(err)
	}
	parts := bottest.NewParts(r.t, l.svc)
	p := r.driver.Start(r.t, Parts{Parts: parts, Service: l.svc, Clock: r.Clock, Gate: l.gate.address(), Patience: patience})
	delivery, err := bot.NewDelivery(bot.DeliveryOptions{Service: l.svc, Conversation: parts.Words, Platforms: []bot.Platform{watch(p.Platform, &r.busy)}, Clock: r.Clock})
	if err != nil {
		r.t.Fatal(err)
	}
	var ctx context.Context
	ctx, l.cancel = context.WithCancel(context.Background())
	go func() { l.ended <- p.Platform.Run(ctx) }()
	go func() { l.ended <- delivery.Run(ctx) }()
	r.handler.Store(&p.Handler)
	r.mu.Lock()
	r.life = l
	r.mu.Unlock()
}

// kill ends the process as kill -9 does: nothing that it had begun reaches the database or the network any more.
func (r *run) kill() {
	r.t.Helper()
	r.mu.Lock()
	l := r.life
	r.life, r.deadly = nil, false
	r.mu.Unlock()
	l.store.dead.Store(true)
	l.gate.kill()
	r.bury(l)
	r.result.kills++
	r.start()
}

// end stops the last process in order.
func (r *run) end() {
	r.mu.Lock()
	l := r.life
	r.life = nil
	r.mu.Unlock()
	r.bury(l)
	l.gate.kill()
}

func (r *run) bury(l *life) {
	r.t.Helper()
	l.cancel()
	for range l.runs {
		if err := <-l.ended; err != nil {
			r.t.Errorf("process ended with %v", err)
		}
	}
	l.svc.Close()
}

// weather is asked by the stand-in with each call.
func (r *run) weather(name, _ string) bottest.Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.deadly && name == r.driver.Posts() && r.life != nil {
		// The message stands, and the process dies before it can say so.
		r.deadly = false
		r.life.store.dead.Store(true)
		r.result.killed++
		return lost.fault(0)
	}
	now, x := r.rest, r.dice.Float64()
	for k, share := range r.wanted {
		if x -= share; x < 0 {
			now = kind(k)
			break
		}
	}
	r.result.troubles[now]++
	return now.fault(time.Duration(1+r.dice.IntN(30)) * time.Second)
}

func (r *run) setWeather(rest kind, wanted [kinds]float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rest, r.wanted = rest, wanted
}

// storm is bad weather: a fifth of the calls go wrong, each kind by itself.
var storm = [kinds]float64{rateLimit: 0.04, broken: 0.03, away: 0.03, reset: 0.03, blackhole: 0.003, lost: 0.04, swallowed: 0.003, halfSaid: 0.02}

// badWeather sends half of the alerts through all kinds of trouble, with most of the kills.
func (r *run) badWeather() {
	r.t.Helper()
	r.setWeather(none, storm)
	for round := range r.plan.Rounds / 2 {
		r.forget(round, r.spaces)
	}
	r.killing(r.plan.Kills * 3 / 4)
	r.settled("the alerts in bad weather")
}

// killing kills the process again and again: every other time in the middle of a call that posts.
func (r *run) killing(times int) {
	r.t.Helper()
	for i := range times {
		if i%2 == 0 {
			r.mu.Lock()
			l := r.life
			r.deadly = true
			r.mu.Unlock()
			for range 400 {
				if l.store.dead.Load() {
					break
				}
				time.Sleep(5 * time.Millisecond)
			}
		} else {
			r.mu.Lock()
			wait := time.Duration(r.dice.IntN(300)) * time.Millisecond
			r.mu.Unlock()
			time.Sleep(wait)
		}
		r.kill()
	}
}

// breakdown lets the platform be away for ten minutes, in which a quarter of the alerts come and people go on asking.
func (r *run) breakdown() {
	r.t.Helper()
	var clear, nothing [kinds]float64
	r.setWeather(away, nothing)
	began := r.Clock.Now()
	for round := r.plan.Rounds / 2; round < r.plan.Rounds; round++ {
		r.forget(round, r.spaces[:len(r.spaces)/2])
	}
	for _, k := range []kind{away, broken, reset, blackhole} {
		r.setWeather(k, nothing)
		for range 25 {
			at := moment()
			r.driver.Ask()
			r.result.asked = append(r.result.asked, moment().Sub(at))
			time.Sleep(5 * time.Millisecond)
		}
	}
	for r.Clock.Now().Sub(began) < outage {
		time.Sleep(beat)
	}
	slices.Sort(r.result.asked)
	if worst := r.result.asked[len(r.result.asked)-1]; worst > answerIn {
		r.t.Errorf("a slash command was answered in %s", worst)
	}
	before := r.standing()
	r.speed.Store(1)
	r.setWeather(none, clear)
	over := moment()
	r.settled("the backlog of the outage")
	r.result.drained, r.result.backlog = moment().Sub(over), r.standing()-before
	r.speed.Store(fast)
	// A destination takes a message a second, so much has to be added to the goal.
	if most := drainIn + time.Duration(r.plan.Rounds*perRound)*time.Second; r.result.drained > most {
		r.t.Errorf("%d alerts that had waited were delivered in %s", r.result.backlog, r.result.drained)
	}
}

// deaths sends the rest through good weather and processes that die, while timers are being stopped.
func (r *run) deaths() {
	r.t.Helper()
	for round := r.plan.Rounds / 2; round < r.plan.Rounds; round++ {
		r.forget(round, r.spaces[len(r.spaces)/2:])
	}
	for i := 0; i < len(r.spaces); i += 2 {
		r.stopOne(&r.spaces[i])
	}
	r.killing(r.plan.Kills - r.result.kills)
	r.settled("the last alerts")
}

// stopOne stops the timer of the workspace's oldest flag, whose alert is there, so that it is edited.
func (r *run) stopOne(s *space) {
	r.t.Helper()
	flags := r.flags(*s)
	oldest := flags[len(flags)-1]
	if _, err := r.StopTimer(r.t.Context(), s.owner, core.StopTimer{EntryID: oldest.EntryID}); err != nil {
		r.t.Fatal(err)
	}
	s.stopped++
	r.result.edits++
}

func (r *run) flags(s space) []core.Flag {
	r.t.Helper()
	flags, _, err := r.Flags(r.t.Context(), s.owner, core.FlagQuery{Limit: 200})
	if err != nil {
		r.t.Fatal(err)
	}
	return flags
}

// settled waits until nothing is left to deliver, as long as something is being delivered.
func (r *run) settled(what string) {
	r.t.Helper()
	seen, last := -1, moment()
	for moment().Sub(last) < stuckFor {
		waiting := false
		if err := r.Store.Read(r.t.Context(), func(ctx context.Context, tx core.Tx) (err error) {
			waiting, err = tx.AnyDeliveryDue(ctx, []string{r.platform}, r.Clock.Now().AddDate(1, 0, 0))
			return err
		}); err != nil {
			r.t.Fatal(err)
		}
		if !waiting {
			return
		}
		if n := r.standing(); n != seen {
			seen, last = n, moment()
		}
		time.Sleep(50 * time.Millisecond)
	}
	r.t.Fatalf("waited in vain for %s: %d of %d stand, calls by trouble %v", what, seen, r.result.alerts, r.result.troubles)
}

// standing is how many messages stand in all channels.
func (r *run) standing() int {
	n := 0
	for _, s := range r.spaces {
		n += r.driver.Count(s.channel)
	}
	return n
}

// check compares what stands at the platform with what should.
func (r *run) check() {
	r.t.Helper()
	lost, doubled, stale := 0, 0, 0
	for _, s := range r.spaces {
		shown := r.driver.Shown(s.channel)
		want := map[string]int{}
		for _, f := range r.flags(s) {
			m, err := r.Member(r.t.Context(), s.owner, f.MemberID)
			if err != nil {
				r.t.Fatal(err)
			}
			want[m.User.Name]++
		}
		for name, n := range want {
			there := 0
			for _, text := range shown {
				if strings.Contains(text, name) {
					there++
				}
			}
			lost += max(0, n-there)
			doubled += max(0, there-n)
		}
		stopped := 0
		for _, text := range shown {
			if strings.Contains(text, "Stopped by") {
				stopped++
			}
		}
		if stopped != s.stopped {
			stale++
		}
	}
	if r.result.alerts != r.plan.Alerts() || lost > 0 || doubled > 0 || stale > 0 {
		r.t.Errorf("%d alerts: %d lost, %d doubled; %d channels with a message that is not up to date", r.result.alerts, lost, doubled, stale)
	}
	if n := r.driver.Impatient(); n > r.result.kills*connections {
		// A new process does not know what the one before it was told.
		r.t.Errorf("%d calls came within a pause that the platform had asked for", n)
	}
	if n := r.driver.Busiest(); n > connections {
		r.t.Errorf("%d calls were open at once", n)
	}
	if r.result.kills < r.plan.Kills || r.result.killed < r.plan.Kills/4 {
		r.t.Errorf("%d kills, %d of them in the middle of a call", r.result.kills, r.result.killed)
	}
	for k, n := range r.result.troubles {
		if n == 0 {
			r.t.Errorf("trouble %d never happened", k)
		}
	}
}
