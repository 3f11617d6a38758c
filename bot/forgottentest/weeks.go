package forgottentest

import (
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// weeks have quiet hours, which follow the clock on the wall of the workspace, on the days of its change
// too: the alert comes with their end, once, through restarts and jumps of the clock.
func (platform Platform) weeks(t *testing.T) {
	const berlin, newYork = "Europe/Berlin", "America/New_York"
	for name, c := range map[string]struct {
		zone     string
		from     time.Time
		morning  time.Time // the end of the quiet hours in which the timer is flagged
		restarts bool
		jump     time.Duration
	}{
		"Berlin, spring":   {berlin, time.Date(2026, 3, 28, 16, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 5, 0, 0, 0, time.UTC), false, 0},
		"Berlin, autumn":   {berlin, time.Date(2026, 10, 24, 16, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 6, 0, 0, 0, time.UTC), true, 0},
		"New York, spring": {newYork, time.Date(2026, 3, 7, 21, 0, 0, 0, time.UTC), time.Date(2026, 3, 8, 11, 0, 0, 0, time.UTC), false, 0},
		"New York, autumn": {newYork, time.Date(2026, 10, 31, 21, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC), true, 0},
		"an hour ahead":    {berlin, time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC), time.Date(2026, 6, 2, 5, 0, 0, 0, time.UTC), false, time.Hour},
		"an hour back":     {berlin, time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC), time.Date(2026, 6, 2, 5, 0, 0, 0, time.UTC), true, -time.Hour},
		"a day ahead":      {berlin, time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC), time.Date(2026, 6, 3, 5, 0, 0, 0, time.UTC), false, 24 * time.Hour},
		"a day back":       {berlin, time.Date(2026, 6, 1, 16, 0, 0, 0, time.UTC), time.Date(2026, 6, 2, 5, 0, 0, 0, time.UTC), true, -24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlay(t, platform, platform.Channel, func(d *core.ForgottenDefaults) { d.QuietHours = "22:00-07:00" })
			p.must(p.UpdateWorkspace(t.Context(), coretest.Operator(p.Workspace.ID), core.WorkspaceUpdate{TimeZone: &c.zone}))
			p.Clock.Set(c.from)
			e := p.MustStart("dana", "Fix login", c.from)
			p.ticks(8*time.Hour+5*time.Minute, 5*time.Minute)
			if n := len(p.Alerts()) + len(p.Direct("dana")); n != 0 {
				t.Fatalf("%d messages in quiet hours", n)
			}
			p.Clock.Advance(c.jump)
			for len(p.Alerts()) == 0 {
				p.tick(5 * time.Minute)
				if p.Clock.Now().After(c.morning.Add(48 * time.Hour)) {
					t.Fatal("no alert for two days")
				}
			}
			if got := p.Clock.Now(); got.Sub(c.morning) < 0 || got.Sub(c.morning) > 10*time.Minute {
				t.Errorf("the alert came at %s, the quiet hours ended at %s", got, c.morning)
			}
			p.question("dana")
			if c.restarts {
				p.restart()
			}
			for range 14 * 24 * 4 {
				p.tick(15 * time.Minute)
			}
			p.shows(true, "Forgotten timer? Dana Member")
			p.question("dana")
			if r := p.Replies(p.alert()); len(r) != 3 {
				t.Errorf("%d reminders in two weeks", len(r))
			}
			p.must(p.StopTimer(t.Context(), p.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
			p.tick(time.Second)
			p.shows(false, "Stopped by Olivia Owner")
			p.MustVerify()
		})
	}
}

// restart goes on with a second instance on the same database, which has a queue of its own.
func (p *play) restart() {
	p.t.Helper()
	again, err := core.New(core.Options{
		Store: p.Store, Clock: p.Clock, Forgotten: p.Forgotten(), Chat: []core.ChatConnection{p.connection()},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(again.Close)
	p.Service = again
}
