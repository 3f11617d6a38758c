package bot_test

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// platform is a chat in memory that answers as it is told.
type platform struct {
	mu     sync.Mutex
	name   string
	posted []string // texts, by number of the message
	edits  int
	errs   []error // of the next calls
	// findErrs are of the next calls of Find.
	findErrs []error
	keep     bool // post the message although the call fails
	found    int  // calls of Find that found it
	blocks   chan struct{}
}

func (p *platform) Name() string              { return p.name }
func (p *platform) Run(context.Context) error { return nil }

func (p *platform) next() error {
	if len(p.errs) == 0 {
		return nil
	}
	err := p.errs[0]
	p.errs = p.errs[1:]
	return err
}

func (p *platform) Send(_ context.Context, d core.Delivery, r conversation.Reply) (string, string, error) {
	if p.blocks != nil {
		<-p.blocks
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.next()
	if err == nil || p.keep {
		p.posted = append(p.posted, text(r))
	}
	return d.Destination, "m1", err
}

func (p *platform) Find(_ context.Context, d core.Delivery) (string, string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.findErrs) > 0 {
		err := p.findErrs[0]
		p.findErrs = p.findErrs[1:]
		return "", "", err
	}
	if len(p.posted) == 0 {
		return d.Destination, "", nil
	}
	p.found++
	return d.Destination, "m1", nil
}

func (p *platform) Edit(_ context.Context, _ core.Delivery, r conversation.Reply) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.next(); err != nil {
		return err
	}
	p.edits++
	p.posted[0] = text(r)
	return nil
}

func text(r conversation.Reply) string {
	words := r.Title.Plain()
	for _, t := range r.Text {
		words += "\n" + t.Plain()
	}
	return words
}

func (p *platform) seen(fn func(p *platform) bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fn(p)
}

// delivery makes a Delivery for the platforms.
func delivery(t *testing.T, h *coretest.House, platforms ...bot.Platform) *bot.Delivery {
	t.Helper()
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	words, err := conversation.New(conversation.Options{Service: h.Service, Catalog: catalog, BaseURL: &url.URL{Scheme: "https", Host: "clockwarden.example"}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := bot.NewDelivery(bot.DeliveryOptions{
		Service: h.Service, Conversation: words, Platforms: platforms, Clock: h.Clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// deliver runs a Delivery for the platforms until the test ends.
func deliver(t *testing.T, h *coretest.House, platforms ...bot.Platform) {
	t.Helper()
	d := delivery(t, h, platforms...)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

func house(t *testing.T, names ...string) *coretest.House {
	t.Helper()
	var chat []core.ChatConnection
	for _, n := range names {
		chat = append(chat, core.ChatConnection{Platform: n, Workspace: "acme", AlertChannel: "C1"})
	}
	return coretest.New(t, coretest.WithChat(chat...))
}

func forgotten(t *testing.T, h *coretest.House) core.TimeEntry {
	t.Helper()
	e := h.MustStart("dana", "x", h.Clock.Now())
	h.Clock.Advance(9 * time.Hour)
	if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	return e
}

// eventually moves the clock on until something holds.
func eventually(t *testing.T, h *coretest.House, what string, ready func() bool) {
	t.Helper()
	for range 400 {
		if ready() {
			return
		}
		time.Sleep(20 * time.Millisecond)
		h.Clock.Advance(5 * time.Second)
	}
	t.Fatalf("waited in vain for %s", what)
}

func TestFailuresAreTriedAgain(t *testing.T) {
	h := house(t, core.PlatformSlack)
	p := &platform{name: core.PlatformSlack, errs: []error{
		&bot.SendError{Err: errors.New("ratelimited"), RetryAfter: 30 * time.Second},
		&bot.SendError{Err: errors.New("fatal_error")},
	}}
	deliver(t, h, p)
	forgotten(t, h)
	eventually(t, h, "the alert", func() bool { return p.seen(func(p *platform) bool { return len(p.posted) == 1 }) })
	if !p.seen(func(p *platform) bool { return len(p.errs) == 0 && p.found == 0 }) {
		t.Error("a clean failure was skipped, or taken for an unclear one")
	}
}

func TestAmbiguousSendIsFoundNotRepeated(t *testing.T) {
	h := house(t, core.PlatformSlack)
	p := &platform{name: core.PlatformSlack, keep: true, errs: []error{&bot.SendError{Err: errors.New("timeout"), Ambiguous: true}}}
	deliver(t, h, p)
	forgotten(t, h)
	eventually(t, h, "the alert to be found", func() bool { return p.seen(func(p *platform) bool { return p.edits == 1 }) })
	if !p.seen(func(p *platform) bool { return len(p.posted) == 1 && p.found == 1 }) {
		t.Errorf("posted %d times, found %d times", len(p.posted), p.found)
	}
}

func TestFinalFailureIsNotRepeated(t *testing.T) {
	h := house(t, core.PlatformSlack)
	p := &platform{name: core.PlatformSlack, errs: []error{&bot.SendError{Err: errors.New("channel_not_found"), Final: true}}}
	deliver(t, h, p)
	forgotten(t, h)
	eventually(t, h, "the first try", func() bool { return p.seen(func(p *platform) bool { return len(p.errs) == 0 }) })
	for range 5 {
		h.Clock.Advance(time.Hour)
		h.Wake()
		time.Sleep(20 * time.Millisecond)
	}
	if p.seen(func(p *platform) bool { return len(p.posted) > 0 }) {
		t.Error("a hopeless message was tried again")
	}
}

func TestAlertOfStoppedTimerIsDropped(t *testing.T) {
	h := house(t, core.PlatformSlack)
	e := forgotten(t, h)
	if _, err := h.StopTimer(t.Context(), h.Actor("dana"), core.StopTimer{EntryID: e.ID}); err != nil {
		t.Fatal(err)
	}
	p := &platform{name: core.PlatformSlack}
	deliver(t, h, p)
	later := h.MustStart("dirk", "y", h.Clock.Now())
	h.Clock.Advance(9 * time.Hour)
	if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	eventually(t, h, "the other alert", func() bool { return p.seen(func(p *platform) bool { return len(p.posted) > 0 }) })
	if !p.seen(func(p *platform) bool { return len(p.posted) == 1 && strings.Contains(p.posted[0], "Dirk") }) {
		t.Errorf("posted %q, running %s", p.posted, later.ID)
	}
}

func TestSlowPlatformHoldsNobodyUp(t *testing.T) {
	h := house(t, core.PlatformSlack, core.PlatformDiscord)
	slow := &platform{name: core.PlatformSlack, blocks: make(chan struct{})}
	quick := &platform{name: core.PlatformDiscord}
	deliver(t, h, slow, quick)
	t.Cleanup(func() { close(slow.blocks) })
	forgotten(t, h)
	eventually(t, h, "the quick platform's alert", func() bool { return quick.seen(func(p *platform) bool { return len(p.posted) == 1 }) })
	if slow.seen(func(p *platform) bool { return len(p.posted) > 0 }) {
		t.Error("the slow platform was not slow")
	}
}

func TestDoubtful(t *testing.T) {
	tests := []struct {
		name string
		d    core.Delivery
		want bool
	}{
		{"fresh", core.Delivery{}, false},
		{"clean failure", core.Delivery{Attempts: 3, LastError: "ratelimited"}, false},
		{"unclear failure", core.Delivery{Attempts: 1, LastError: core.DeliveryDoubt + "EOF"}, true},
		{"posted", core.Delivery{LastError: core.DeliveryDoubt + "EOF", Message: "m1"}, false},
	}
	for _, tt := range tests {
		if got := bot.Doubtful(tt.d); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

// TestDoubtOutlivesCleanFailures: an unclear try, then a clear one; the message is still looked for before it is repeated.
func TestDoubtOutlivesCleanFailures(t *testing.T) {
	h := house(t, core.PlatformSlack)
	p := &platform{name: core.PlatformSlack, keep: true, errs: []error{
		&bot.SendError{Err: errors.New("timeout"), Ambiguous: true},
	}, findErrs: []error{
		&bot.SendError{Err: errors.New("unavailable"), Down: true},
		&bot.SendError{Err: errors.New("ratelimited"), RetryAfter: 20 * time.Second},
	}}
	deliver(t, h, p)
	forgotten(t, h)
	eventually(t, h, "the alert to be found", func() bool { return p.seen(func(p *platform) bool { return p.edits == 1 }) })
	if !p.seen(func(p *platform) bool { return len(p.posted) == 1 && p.found == 1 && len(p.findErrs) == 0 }) {
		t.Errorf("posted %d times, found %d times", len(p.posted), p.found)
	}
}

// TestClaimWithoutResultIsLookedFor: whoever claimed the message is gone, and may have posted it.
func TestClaimWithoutResultIsLookedFor(t *testing.T) {
	h := house(t, core.PlatformSlack)
	p := &platform{name: core.PlatformSlack, posted: []string{"posted by a process that is gone"}}
	forgotten(t, h)
	claim := func() core.Delivery {
		t.Helper()
		list, err := h.ClaimDeliveries(t.Context(), coretest.Delivery(), []string{core.PlatformSlack}, 5)
		if err != nil || len(list) != 1 {
			t.Fatalf("claimed %d: %v", len(list), err)
		}
		return list[0]
	}
	// A clean failure first: it must not hide what happens to the second claim.
	if err := h.DeliveryFailed(t.Context(), coretest.Delivery(), claim(), "service_unavailable", 0, false); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(time.Minute)
	claim()
	deliver(t, h, p)
	eventually(t, h, "the alert to be found", func() bool { return p.seen(func(p *platform) bool { return p.edits == 1 }) })
	if !p.seen(func(p *platform) bool { return len(p.posted) == 1 && p.found == 1 }) {
		t.Errorf("posted %d, found %d", len(p.posted), p.found)
	}
}

// TestOutageCostsNoTries: a platform that is down for hours is asked now and then, and everything arrives afterwards.
func TestOutageCostsNoTries(t *testing.T) {
	h := house(t, core.PlatformSlack)
	p := &platform{name: core.PlatformSlack}
	for range 60 {
		p.errs = append(p.errs, &bot.SendError{Err: errors.New("unavailable"), Down: true})
	}
	deliver(t, h, p)
	for _, key := range []string{"dana", "dirk", "mona", "adam"} {
		h.MustStart(key, "x", h.Clock.Now())
	}
	h.Clock.Advance(9 * time.Hour)
	if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	began := h.Clock.Now()
	for range 3000 {
		if p.seen(func(p *platform) bool { return len(p.posted) == 4 }) {
			break
		}
		h.Clock.Advance(time.Second)
		h.Wake()
		time.Sleep(2 * time.Millisecond)
	}
	if !p.seen(func(p *platform) bool { return len(p.posted) == 4 && len(p.errs) == 0 }) {
		t.Fatalf("%d alerts posted, %d failures to come", len(p.posted), len(p.errs))
	}
	if outage := h.Clock.Now().Sub(began); outage < 10*time.Minute {
		t.Errorf("60 calls in %s: the platform was not left alone", outage)
	}
}

// TestDestinationGetsItsPause: who asked for a pause is left alone until it is over; others are not held up.
func TestDestinationGetsItsPause(t *testing.T) {
	h := coretest.New(t, coretest.WithChat(core.ChatConnection{Platform: core.PlatformSlack, Workspace: "acme"}))
	h.MustLink("olivia", core.PlatformSlack, "T1", "UOLIVIA")
	h.MustLink("otto", core.PlatformSlack, "T1", "UOTTO")
	p := &channels{limited: map[string]time.Time{}, clock: h.Clock}
	over := coretest.Start.Add(9*time.Hour + 10*time.Minute) // what waits longer comes as one summary
	p.limited["UOLIVIA"] = over
	deliver(t, h, p)
	for _, key := range []string{"dana", "dirk", "mona", "adam"} {
		h.MustStart(key, "x", h.Clock.Now())
	}
	h.Clock.Advance(9 * time.Hour)
	if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		if p.count("UOLIVIA") == 4 {
			break
		}
		if early := h.Clock.Now().Before(over); early && p.count("UOLIVIA") > 0 {
			t.Fatal("a message came although the destination asked for a pause")
		}
		h.Clock.Advance(4 * time.Second)
		h.Wake()
		time.Sleep(2 * time.Millisecond)
	}
	if p.count("UOLIVIA") != 4 || p.count("UOTTO") != 4 || p.refused > 3 {
		t.Errorf("%d and %d alerts, %d calls within the pause", p.count("UOLIVIA"), p.count("UOTTO"), p.refused)
	}
}

// channels is a chat that limits its destinations.
type channels struct {
	platform
	clock   core.Clock
	limited map[string]time.Time
	posts   map[string]int
	refused int
}

func (c *channels) Name() string { return core.PlatformSlack }

func (c *channels) Send(_ context.Context, d core.Delivery, _ conversation.Reply) (string, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if left := c.limited[d.Destination].Sub(c.clock.Now()); left > 0 {
		c.refused++
		return "", "", &bot.SendError{Err: errors.New("ratelimited"), RetryAfter: left}
	}
	if c.posts == nil {
		c.posts = map[string]int{}
	}
	c.posts[d.Destination]++
	return d.Destination, "m", nil
}

func (c *channels) count(destination string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.posts[destination]
}
