package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

const (
	readyWithin = 2 * time.Second // after a kill
	killWorkers = 8
	checkEvery  = 25 // kills
)

// TestKill kills the server a hundred times while it stops and corrects entries and deactivates keys. What
// it has acknowledged is there, once, with one audit entry; what it was asked without an answer may have happened, once.
func TestKill(t *testing.T) {
	kills := 100
	if os.Getenv("CLOCKWARDEN_TEST_FAST") == "1" && os.Getenv("CI") != "true" {
		kills = 10
	}
	killAgainAndAgain(t, kills)
}

// TestSoakKill is the long form.
func TestSoakKill(t *testing.T) {
	if os.Getenv("CLOCKWARDEN_SOAK") != "1" {
		t.Skip("make soak runs this")
	}
	killAgainAndAgain(t, 1000)
}

func killAgainAndAgain(t *testing.T, kills int) {
	r := newKillRig(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("moments of the kills from seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	c := newClients(t, r, kills)
	stopKeys := c.makeKeys(t)

	var slowest time.Duration
	for kill := 1; kill <= kills; kill++ {
		v := r.start()
		slowest = max(slowest, v.ready)
		if v.ready > readyWithin {
			t.Errorf("start %d: ready after %s, which is more than %s", kill, v.ready, readyWithin)
		}
		wait := c.run(t, v)
		time.Sleep(40*time.Millisecond + time.Duration(random.IntN(160))*time.Millisecond)
		v.kill(t)
		if err := wait(); err != nil {
			t.Fatalf("kill %d: %v", kill, err)
		}
		v.client.CloseIdleConnections()
		if kill == kills {
			stopKeys()
		}
		if kill%checkEvery == 0 || kill == kills {
			c.check(t)
		}
	}
	acts, lost := 0, 0
	for _, e := range c.entries {
		acts += len(e.acts)
		if e.unanswered != "" {
			lost++
		}
	}
	t.Logf("%d kills: %d acknowledged acts on entries, %d keys deactivated, %d acts without an answer; ready after %s at most",
		kills, acts, c.deactivated(), lost, slowest.Round(time.Millisecond))
	if acts < 3*kills {
		t.Errorf("only %d acts: the kills found nothing to interrupt", acts)
	}
	if lost == 0 || c.deactivated() == 0 {
		t.Error("no kill met an act in flight, or no key was deactivated")
	}
}

// clients are what the clients did and were told.
type clients struct {
	rig       *killRig
	workspace core.ID
	keys      []string   // of owners, one for each worker
	entries   []*history // worker i has those with index i modulo killWorkers

	mu      sync.Mutex // guards what follows
	waiting []*keyed   // have a key that nobody has deactivated yet
	keyed   []*keyed
}

// history is what was done to one entry. Only one worker touches an entry, and none after an act without an answer.
type history struct {
	id         core.ID
	acts       []acknowledged
	unanswered core.Action
	version    int
	stopped    bool
	text       string // the description, once there was a change
	asked      string // the one asked for last
}

type acknowledged struct {
	act       core.Action
	requestID string
}

// keyed is a member with one API key, made by the command line beside the running server.
type keyed struct {
	member     core.ID
	requestID  string // of the acknowledged deactivation
	unanswered bool
}

// newLoad fills the database.
func newClients(t *testing.T, r *killRig, kills int) *clients {
	t.Helper()
	members := max(500, 20*kills)
	c := &clients{rig: r}
	var ws struct{ ID core.ID }
	r.must(&ws, "workspace", "create", "--name", "Acme", "--slug", "acme", "--plan", "enterprise",
		"--owner-email", "owner@acme.test", "--owner-name", "Olivia")
	c.workspace = ws.ID
	var seeded map[string]int
	n := strconv.Itoa(members)
	r.must(&seeded, "seed", "--workspace", "acme", "--members", n, "--entries", n, "--running", n, "--overdue", "0")
	for range killWorkers {
		var made apiKeyCreated
		r.must(&made, "apikey", "create", "--workspace", "acme", "--email", "owner@acme.test")
		c.keys = append(c.keys, made.Key)
	}
	v := r.start()
	running, err := v.running(t.Context(), c.keys[0])
	v.kill(t)
	if err != nil || len(running) != members {
		t.Fatalf("%d running entries, want %d; %v", len(running), members, err)
	}
	for _, id := range running {
		c.entries = append(c.entries, &history{id: id, version: 1})
	}
	return c
}

// run sends acts until the server is gone; wait returns what must not have happened.
func (c *clients) run(t *testing.T, v *victim) (wait func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	group := &errgroup.Group{}
	group.Go(func() error { return c.deactivate(ctx, v, c.keys[0]) })
	for i := 1; i < killWorkers; i++ {
		group.Go(func() error { return c.work(ctx, v, i) })
	}
	return func() error {
		hung := time.AfterFunc(10*time.Second, cancel)
		err := group.Wait()
		if !hung.Stop() {
			err = errors.Join(err, errors.New("a request hung after the kill"))
		}
		cancel()
		return err
	}
}

// work stops, corrects, revives and corrects one entry after the other.
func (c *clients) work(ctx context.Context, v *victim, worker int) error {
	for round := 0; ; round++ {
		untouched := true
		for i := worker; i < len(c.entries); i += killWorkers {
			e := c.entries[i]
			if e.unanswered != "" {
				continue
			}
			untouched = false
			for range 3 {
				if err := e.act(ctx, v, c.keys[worker]); err != nil {
					if errors.Is(err, errUnanswered) {
						return nil
					}
					return err
				}
			}
		}
		if untouched {
			return fmt.Errorf("worker %d has no entries left", worker)
		}
	}
}

// act does what comes next to the entry: stop, correct, undo the stop, and again.
func (e *history) act(ctx context.Context, v *victim, key string) error {
	var answer struct {
		ID          core.ID
		End         *time.Time
		Version     int
		Description string
	}
	act, method, path, body := core.ActTimerStop, http.MethodPost, "/stop", map[string]any{"notify": false}
	switch {
	case e.stopped && e.version%3 == 2:
		e.asked = fmt.Sprintf("%s after change %d", e.id, e.version)
		act, method, path, body = core.ActEntryCorrect, http.MethodPatch, "", map[string]any{"description": e.asked, "version": e.version}
	case e.stopped:
		act, path, body = core.ActTimerUndoStop, "/undo-stop", map[string]any{}
	}
	e.unanswered = act
	requestID, err := v.call(ctx, key, method, "/entries/"+string(e.id)+path, body, &answer)
	if err != nil {
		return err
	}
	e.unanswered = ""
	e.stopped = act != core.ActTimerUndoStop
	e.version++
	e.text = e.asked
	e.acts = append(e.acts, acknowledged{act, requestID})
	if answer.ID != e.id || answer.Version != e.version || (answer.End != nil) != e.stopped || e.text != "" && answer.Description != e.text {
		return fmt.Errorf("after %s the answer is %+v, want %+v", act, answer, *e)
	}
	return nil
}

// makeKeys gives one member after the other a key, from other processes than the server, until stop is called.
func (c *clients) makeKeys(t *testing.T) (stop func()) {
	stopping, ended := make(chan struct{}), make(chan error, 1)
	give := func(number int) error {
		email := fmt.Sprintf("seed1-%d@acme.example", number)
		var m struct{ ID core.ID }
		if err := c.rig.command(&m, "member", "set", "--workspace", "acme", "--email", email, "--language", "de"); err != nil {
			return err
		}
		var key apiKeyCreated
		if err := c.rig.command(&key, "apikey", "create", "--workspace", "acme", "--email", email); err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		k := &keyed{member: m.ID}
		c.keyed, c.waiting = append(c.keyed, k), append(c.waiting, k)
		return nil
	}
	go func() {
		for number := 1; ; number++ {
			if err := give(number); err != nil {
				ended <- err
				return
			}
			select {
			case <-stopping:
				ended <- nil
				return
			case <-time.After(300 * time.Millisecond): // processes are dear
			}
		}
	}()
	stop = sync.OnceFunc(func() {
		close(stopping)
		if err := <-ended; err != nil {
			t.Errorf("a command failed beside the server: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// deactivate takes the keys away that makeKeys made.
func (c *clients) deactivate(ctx context.Context, v *victim, owner string) error {
	for {
		var k *keyed
		c.mu.Lock()
		if len(c.waiting) > 0 {
			k, c.waiting = c.waiting[0], c.waiting[1:]
		}
		c.mu.Unlock()
		var answer struct{ Deactivated int }
		var err error
		if k == nil {
			_, err = v.running(ctx, owner) // so that the worker sees the end of the server
		} else {
			k.unanswered = true
			k.requestID, err = v.call(ctx, owner, http.MethodPost, "/members/"+string(k.member)+"/deactivate-api-keys", map[string]any{}, &answer)
		}
		switch {
		case errors.Is(err, errUnanswered):
			return nil
		case err != nil:
			return err
		case k != nil && answer.Deactivated != 1:
			return fmt.Errorf("%d keys of %s were deactivated, want 1", answer.Deactivated, k.member)
		case k != nil:
			k.unanswered = false
		}
	}
}

func (c *clients) deactivated() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.keyed {
		if k.requestID != "" {
			n++
		}
	}
	return n
}

// check compares the database, while no server runs, with what the clients were told.
func (c *clients) check(t *testing.T) {
	t.Helper()
	var chain auditVerified
	c.rig.must(&chain, "audit", "verify")
	if !chain.OK {
		t.Errorf("the audit chain is broken: %+v", chain.Broken)
	}
	ctx := t.Context()
	st, err := store.Open(ctx, store.Options{DSN: c.rig.dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	if problems, err := st.Check(ctx); err != nil || len(problems) > 0 {
		t.Errorf("the database is damaged: %q, %v", problems, err)
	}
	if wrong, err := st.CheckAccounts(ctx); err != nil || wrong > 0 {
		t.Errorf("%d rows of the Accounts table are wrong, %v", wrong, err)
	}
	c.mu.Lock()
	keyed := slices.Clone(c.keyed) // before the snapshot: more keys are being made
	c.mu.Unlock()
	if err := st.Read(ctx, func(ctx context.Context, tx core.Tx) error {
		about := map[core.ID][]acknowledged{}
		if err := tx.EachAudit(ctx, c.workspace, 0, func(a core.AuditEntry) error {
			if a.Outcome != core.OutcomeDone {
				t.Errorf("%s of %s was refused", a.Act, a.Target.ID)
			}
			about[a.Target.ID] = append(about[a.Target.ID], acknowledged{a.Act, a.RequestID})
			return nil
		}); err != nil {
			return err
		}
		for _, e := range c.entries {
			is, err := tx.Entry(ctx, c.workspace, e.id)
			if err != nil {
				return fmt.Errorf("entry %s: %w", e.id, err)
			}
			e.compare(t, is, about[e.id])
		}
		for _, k := range keyed {
			keys, err := tx.APIKeys(ctx, c.workspace, k.member)
			if err != nil {
				return err
			}
			k.compare(t, keys, about[k.member])
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if t.Failed() {
		t.FailNow()
	}
}

// compare holds an entry and its audit against the acts that were acknowledged, and one without an answer.
func (e *history) compare(t *testing.T, is core.TimeEntry, audited []acknowledged) {
	t.Helper()
	extra := len(audited) - len(e.acts)
	if extra < 0 || !slices.Equal(audited[:len(e.acts)], e.acts) {
		t.Errorf("entry %s: acknowledged were %v, audited are %v", e.id, e.acts, audited)
		return
	}
	if extra > 1 || extra == 1 && audited[len(e.acts)].act != e.unanswered {
		t.Errorf("entry %s: after the acknowledged acts, with %q unanswered, the audit has %v", e.id, e.unanswered, audited[len(e.acts):])
		return
	}
	version, stopped, text := e.version+extra, e.stopped, e.text
	if extra == 1 {
		stopped, text = e.unanswered != core.ActTimerUndoStop, e.asked
	}
	if is.Version != version || is.Running() == stopped || text != "" && is.Description != text {
		t.Errorf("entry %s: version %d, running %t, %q; want version %d, running %t, %q after %v with %q unanswered",
			e.id, is.Version, is.Running(), is.Description, version, !stopped, text, e.acts, e.unanswered)
	}
}

// compare holds a member's only key and its audit against the deactivation.
func (k *keyed) compare(t *testing.T, keys []core.APIKey, audited []acknowledged) {
	t.Helper()
	if len(keys) != 1 {
		t.Errorf("member %s has %d keys, want 1", k.member, len(keys))
		return
	}
	var requests []string
	for _, a := range audited {
		if a.act == core.ActAPIKeyDeactivate {
			requests = append(requests, a.requestID)
		}
	}
	happened := len(requests) == 1 && !keys[0].Active() && (k.unanswered || k.requestID == requests[0])
	missing := len(requests) == 0 && keys[0].Active() && k.requestID == ""
	if !happened && !missing {
		t.Errorf("member %s: key active %t, deactivations audited %q, acknowledged %q, unanswered %t",
			k.member, keys[0].Active(), requests, k.requestID, k.unanswered)
	}
}
