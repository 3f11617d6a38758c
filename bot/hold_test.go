package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// fussy is a platform with destinations that take nothing for a while.
type fussy struct {
	clock  *coretest.Clock
	closed map[string]time.Time // until when
	failed *bot.SendError       // what it says meanwhile
	order  map[string][]string  // who the messages are about, by destination
	tries  map[string]int       // in vain
	made   int
}

func (p *fussy) Name() string              { return core.PlatformSlack }
func (p *fussy) Run(context.Context) error { return nil }

func (p *fussy) Send(_ context.Context, d core.Delivery, r conversation.Reply) (string, string, error) {
	if p.closed[d.Destination].After(p.clock.Now()) {
		p.tries[d.Destination]++
		return "", "", p.failed
	}
	p.made++
	p.order[d.Destination] = append(p.order[d.Destination], r.Title.Plain())
	return d.Destination, fmt.Sprint("m", p.made), nil
}

func (p *fussy) Edit(_ context.Context, d core.Delivery, _ conversation.Reply) error {
	if p.closed[d.Destination].After(p.clock.Now()) {
		p.tries[d.Destination]++
		return p.failed
	}
	return nil
}

// A destination that is rate-limited is left alone with all its messages, which
// come in their order afterwards; another destination gets its own at once.
func TestDestinationKeepsItsOrder(t *testing.T) {
	for name, failed := range map[string]*bot.SendError{
		"asks for a pause": {Err: errors.New("ratelimited"), RetryAfter: 90 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			h := coretest.New(t, coretest.WithChat(core.ChatConnection{Platform: core.PlatformSlack, Workspace: "acme"}))
			h.MustLink("olivia", core.PlatformSlack, "T1", "UO")
			h.MustLink("otto", core.PlatformSlack, "T1", "UT")
			p := &fussy{
				clock: h.Clock, failed: failed, closed: map[string]time.Time{}, order: map[string][]string{}, tries: map[string]int{},
			}
			d := delivery(t, h, p)
			var want []string
			for i := range 8 { // more than one claim takes
				key := fmt.Sprintf("crew%d", i)
				h.MustAddMember(key, "Crew "+key[4:], core.RoleMember)
				h.MustStart(key, "", h.Clock.Now())
				want = append(want, "Crew "+key[4:])
				h.Clock.Advance(time.Second)
			}
			h.Clock.Advance(8 * time.Hour)
			if _, err := h.FlagForgottenTimers(t.Context(), coretest.Cron()); err != nil {
				t.Fatal(err)
			}
			p.closed["UO"] = h.Clock.Now().Add(time.Minute)
			drain := func() {
				t.Helper()
				if err := d.Drain(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			drain()
			if len(p.order["UT"]) != 8 || len(p.order["UO"]) != 0 || p.tries["UO"] != 1 {
				t.Fatalf("sent %d and %d, %d tries in vain", len(p.order["UT"]), len(p.order["UO"]), p.tries["UO"])
			}
			for range 60 {
				h.Clock.Advance(2 * time.Second)
				drain()
			}
			if p.tries["UO"] > 8 {
				t.Errorf("%d tries in vain in a minute", p.tries["UO"])
			}
			for destination, got := range p.order {
				if !slices.EqualFunc(got, want, strings.HasSuffix) {
					t.Errorf("%s got %q", destination, got)
				}
			}
		})
	}
}
