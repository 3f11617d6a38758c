package core_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// defaults are the installation's settings as the program has them.
func defaults(change func(d *core.ForgottenDefaults)) coretest.Option {
	return func(o *core.Options) {
		o.Forgotten = core.ForgottenDefaults{RemindEvery: 4 * time.Hour, Reminders: 3, AskMember: true, DigestOver: 5}
		if change != nil {
			change(&o.Forgotten)
		}
	}
}

func slackAt(channel string) coretest.Option {
	return coretest.WithChat(core.ChatConnection{Platform: core.PlatformSlack, Workspace: "acme", AlertChannel: channel})
}

// chat is a platform on which everything arrives.
type chat struct {
	t      *testing.T
	h      *coretest.House
	posted int
	down   bool
}

// sent is a message that was posted or edited.
type sent struct {
	core.Delivery
	Shown core.Message
	Edit  bool
}

// drain delivers what is due, and returns what was posted or edited.
func (c *chat) drain() []sent {
	c.t.Helper()
	var all []sent
	for {
		list := must[[]core.Delivery](c.t)(c.h.ClaimDeliveries(c.t.Context(), coretest.Delivery(), []string{core.PlatformSlack}, 5))
		if len(list) == 0 {
			return all
		}
		for _, d := range list {
			msg := must[core.Message](c.t)(c.h.MessageFor(c.t.Context(), coretest.Delivery(), d))
			var err error
			switch {
			case c.down:
				err = c.h.DeliveryFailed(c.t.Context(), coretest.Delivery(), d, "service_unavailable", 0, false)
			case !msg.Wait.IsZero():
				err = c.h.DeliveryPostponed(c.t.Context(), coretest.Delivery(), d, msg.Wait)
			case msg.Drop && d.Message == "":
				err = c.h.DeliveryDropped(c.t.Context(), coretest.Delivery(), d)
			default:
				all = append(all, sent{d, msg, d.Message != ""})
				channel, message := d.Channel, d.Message
				if message == "" {
					c.posted++
					channel, message = "C"+d.Destination, fmt.Sprintf("m%d", c.posted)
				}
				err = c.h.DeliveryDone(c.t.Context(), coretest.Delivery(), d, channel, message)
			}
			if err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// topics counts the posted messages by topic, and the edits.
func topics(list []sent) map[string]int {
	n := map[string]int{}
	for _, s := range list {
		if s.Edit {
			n["edit"]++
		} else {
			n[string(s.Topic)]++
		}
	}
	return n
}

func wants(t *testing.T, what string, list []sent, want map[string]int) {
	t.Helper()
	if d := cmp.Diff(want, topics(list)); d != "" {
		t.Errorf("%s: %s", what, d)
	}
}

func (c *chat) tick(d time.Duration) []sent {
	c.t.Helper()
	c.h.Clock.Advance(d)
	sweep(c.t, c.h)
	return c.drain()
}

func none() map[string]int { return map[string]int{} }

func TestReminders(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		c := &chat{t: t, h: h}
		e := h.MustStart("dana", "", h.Clock.Now()) // 10:00 in Berlin
		first := c.tick(8 * time.Hour)
		wants(t, "alert", first, map[string]int{"alert": 1})
		wants(t, "too early", c.tick(4*time.Hour-time.Second), none())
		for n := 1; n <= 3; n++ {
			got := c.tick(time.Second)
			wants(t, "reminder", got, map[string]int{"reminder": 1})
			if r := got[0]; r.ReplyTo != "m1" || r.Channel != "CC1" || r.Shown.Reminder == nil || r.Shown.Reminder.Alert.Entry.ID != e.ID {
				t.Errorf("reminder %d is %+v", n, r)
			}
			sweep(t, h) // a doubled tick
			wants(t, "doubled", c.drain(), none())
			h.Clock.Advance(4*time.Hour - time.Second)
		}
		wants(t, "a fourth", c.tick(24*time.Hour), none())
		h.MustVerify()

		// Snoozed: silence; then it starts over, at once since the last was long ago.
		f := must[[]core.Flag](t)(flagsOf(h))[0]
		must[core.Flag](t)(h.SnoozeFlag(ctx, h.Actor("olivia"), f.ID, h.Clock.Now().Add(10*time.Hour), ""))
		wants(t, "snoozed", c.drain(), map[string]int{"edit": 1})
		wants(t, "while snoozed", c.tick(9*time.Hour), none())
		wants(t, "snooze over", c.tick(time.Hour), map[string]int{"edit": 1, "reminder": 1})
		wants(t, "an interval later", c.tick(4*time.Hour), map[string]int{"reminder": 1})
		// A snooze shorter than the interval does not make reminders come faster than one an interval.
		must[core.Flag](t)(h.SnoozeFlag(ctx, h.Actor("olivia"), f.ID, h.Clock.Now().Add(time.Hour), ""))
		wants(t, "short snooze", c.tick(time.Hour), map[string]int{"edit": 1})
		wants(t, "the rest of the interval", c.tick(3*time.Hour), map[string]int{"reminder": 1})

		// A correction is something that happens.
		text := "about it"
		h.Clock.Advance(3 * time.Hour)
		must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("otto"), core.EntryChange{EntryID: e.ID, Description: &text}))
		edits := c.drain()
		wants(t, "corrected", edits, map[string]int{"edit": 1})
		if f := edits[0].Shown.Alert.Flag; f.CorrectedBy != "Otto Owner" || f.CorrectedAt.IsZero() {
			t.Errorf("the alert does not know who corrected: %+v", f)
		}
		wants(t, "an interval after the reminder", c.tick(time.Hour), none())
		wants(t, "an interval after the correction", c.tick(3*time.Hour), map[string]int{"reminder": 1})

		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
		wants(t, "stopped", c.drain(), map[string]int{"edit": 1})
		wants(t, "after the stop", c.tick(9*time.Minute), none())
		must[core.TimeEntry](t)(h.UndoStop(ctx, h.Actor("olivia"), e.ID))
		wants(t, "undone", c.drain(), map[string]int{"edit": 1})
		wants(t, "an interval after the undo", c.tick(4*time.Hour), map[string]int{"reminder": 1})
		must[core.Flag](t)(h.ResolveFlag(ctx, h.Actor("olivia"), f.ID, ""))
		wants(t, "settled", c.drain(), map[string]int{"edit": 1})
		wants(t, "for ever after", c.tick(48*time.Hour), none())
		h.MustVerify()
	}, defaults(nil), slackAt("C1"))
}

func flagsOf(h *coretest.House) ([]core.Flag, error) {
	list, _, err := h.Flags(context.Background(), h.Actor("olivia"), core.FlagQuery{})
	return list, err
}

// A reminder waits for the end of quiet hours, and those that were missed do not pile up.
func TestRemindersInQuietHours(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		c := &chat{t: t, h: h}
		h.MustStart("dana", "", h.Clock.Now())                                                       // 10:00 in Berlin
		wants(t, "18:00", c.tick(8*time.Hour), map[string]int{"alert": 1})                           // the next is due at 22:00
		wants(t, "22:00", c.tick(4*time.Hour), none())                                               // quiet
		wants(t, "06:59", c.tick(8*time.Hour+59*time.Minute), none())                                // quiet
		wants(t, "07:00", c.tick(time.Minute), map[string]int{"reminder": 1})                        // one
		wants(t, "10:59", c.tick(3*time.Hour+59*time.Minute), none())                                // not yet
		wants(t, "a day later, no run between", c.tick(24*time.Hour), map[string]int{"reminder": 1}) // one, not six
		wants(t, "again", c.tick(0), none())
	}, defaults(func(d *core.ForgottenDefaults) { d.QuietHours = "22:00-07:00" }), slackAt("C1"))
}

// A reminder answers a message; while there is none it is not counted.
func TestReminderNeedsAMessage(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		c := &chat{t: t, h: h, down: true}
		h.MustStart("dana", "", h.Clock.Now())
		c.tick(8 * time.Hour)
		wants(t, "nothing to answer", c.tick(4*time.Hour), none())
		c.down = false
		h.Clock.Advance(time.Hour)
		wants(t, "late", c.drain(), map[string]int{"alert": 1})
		for range 3 {
			wants(t, "reminder", c.tick(4*time.Hour), map[string]int{"reminder": 1})
		}
		wants(t, "a fourth", c.tick(4*time.Hour), none())
	}, defaults(nil), slackAt("C1"))
}

func TestMemberIsAsked(t *testing.T) {
	setup := func(t *testing.T, h *coretest.House) (*chat, core.TimeEntry, sent) {
		t.Helper()
		for key, user := range map[string]string{"dana": "UD", "dirk": "UX"} {
			h.MustLink(key, core.PlatformSlack, "T1", user)
		}
		h.MustLink("dana", core.PlatformDiscord, "G1", "D") // not connected
		c := &chat{t: t, h: h}
		e := h.MustStart("dana", "", h.Clock.Now())
		list := c.tick(8 * time.Hour)
		wants(t, "asked", list, map[string]int{"alert": 1, "ask": 1})
		ask := list[slices.IndexFunc(list, func(s sent) bool { return s.Topic == core.TopicAsk })]
		if !ask.Direct || ask.Destination != "UD" || ask.Shown.Ask == nil || ask.Shown.Ask.Button == "" {
			t.Fatalf("asked %+v", ask)
		}
		return c, e, ask
	}
	after := func(t *testing.T, c *chat) {
		t.Helper()
		edits := c.drain()
		wants(t, "both messages", edits, map[string]int{"edit": 2})
		for _, s := range edits {
			a := s.Shown.Alert
			if s.Topic == core.TopicAsk {
				a = s.Shown.Ask
			}
			if a.Button != "" || a.Flag.AnsweredAt.IsZero() || a.Live() {
				t.Errorf("%s shows %+v", s.Topic, a)
			}
		}
		wants(t, "no reminder", c.tick(24*time.Hour), none())
		c.h.MustVerify()
	}
	t.Run("yes", func(t *testing.T) {
		coretest.Each(t, func(t *testing.T, h *coretest.House) {
			c, e, ask := setup(t, h)
			button := ask.Shown.Ask.Button
			for _, who := range []string{"olivia", "dirk"} { // an owner has the alert for that
				_, err := h.ResolveByButton(t.Context(), h.Actor(who), button)
				mustCode(t, err, core.CodeForbidden)
				_, err = h.StopByButton(t.Context(), h.Actor(who), button)
				mustCode(t, err, core.CodeForbidden)
				_, err = h.OpenAlert(t.Context(), h.Actor(who), button, time.Time{})
				mustCode(t, err, core.CodeForbidden)
			}
			must[core.FlagOutcome](t)(h.ResolveByButton(t.Context(), h.Actor("dana"), button))
			if got := must[core.TimeEntry](t)(h.Entry(t.Context(), h.Actor("dana"), e.ID)); !got.Running() || got.Flagged {
				t.Errorf("entry %+v", got)
			}
			after(t, c)
			_, err := h.ResolveByButton(t.Context(), h.Actor("dana"), button)
			mustCode(t, err, core.CodeConflict)
		}, defaults(nil), slackAt("C1"))
	})
	t.Run("stop now", func(t *testing.T) {
		coretest.Each(t, func(t *testing.T, h *coretest.House) {
			c, e, ask := setup(t, h)
			out := must[core.Outcome](t)(h.StopByButton(t.Context(), h.Actor("dana"), ask.Shown.Ask.Button))
			if out.Entry.ID != e.ID || !out.Entry.End.Equal(h.Clock.Now()) || out.Undo == "" || out.Correct == "" {
				t.Errorf("outcome %+v", out)
			}
			after(t, c)
			_, err := h.StopByButton(t.Context(), h.Actor("dana"), ask.Shown.Ask.Button)
			mustCode(t, err, core.CodeConflict)
		}, defaults(nil), slackAt("C1"))
	})
	t.Run("stopped at", func(t *testing.T) {
		coretest.Each(t, func(t *testing.T, h *coretest.House) {
			c, e, ask := setup(t, h)
			card := must[core.Card](t)(h.OpenAlert(t.Context(), h.Actor("dana"), ask.Shown.Ask.Button, time.Time{}))
			end := e.Start.Add(3 * time.Hour)
			out := must[core.Outcome](t)(h.Confirm(t.Context(), h.Actor("dana"), card.Button, core.Choice{End: end}))
			if !out.Entry.End.Equal(end) {
				t.Errorf("ends %s", out.Entry.End)
			}
			after(t, c)
		}, defaults(nil), slackAt("C1"))
	})
	t.Run("an alert's button does not stop at once", func(t *testing.T) {
		h := coretest.New(t, defaults(nil), slackAt("C1"))
		c := &chat{t: t, h: h}
		h.MustStart("dana", "", h.Clock.Now())
		alert := c.tick(8 * time.Hour)[0]
		for _, who := range []string{"olivia", "dana"} {
			_, err := h.StopByButton(t.Context(), h.Actor(who), alert.Shown.Alert.Button)
			mustCode(t, err, core.CodeExpired)
		}
	})
	t.Run("not in quiet hours", func(t *testing.T) {
		h := coretest.New(t, defaults(func(d *core.ForgottenDefaults) { d.QuietHours = "18:00-08:00" }), slackAt("C1"))
		h.MustLink("dana", core.PlatformSlack, "T1", "UD")
		c := &chat{t: t, h: h}
		h.MustStart("dana", "", h.Clock.Now())
		wants(t, "at 18:00", c.tick(8*time.Hour), none())
		// What happens meanwhile does not wake anybody either.
		f := must[[]core.Flag](t)(flagsOf(h))[0]
		must[core.Flag](t)(h.SnoozeFlag(t.Context(), h.Actor("olivia"), f.ID, h.Clock.Now().Add(time.Hour), ""))
		wants(t, "at 19:00", c.tick(time.Hour), none())
		wants(t, "at 08:00", c.tick(13*time.Hour), map[string]int{"alert": 1, "ask": 1})
	})
	t.Run("switched off", func(t *testing.T) {
		h := coretest.New(t, defaults(func(d *core.ForgottenDefaults) { d.AskMember = false }), slackAt("C1"))
		h.MustLink("dana", core.PlatformSlack, "T1", "UD")
		c := &chat{t: t, h: h}
		h.MustStart("dana", "", h.Clock.Now())
		wants(t, "alert", c.tick(8*time.Hour), map[string]int{"alert": 1})
	})
}

// crowd lets many members run a timer.
func crowd(h *coretest.House, n int) []core.TimeEntry {
	var list []core.TimeEntry
	for i := range n {
		key := fmt.Sprintf("crew%d", i)
		h.MustAddMember(key, "Crew "+strings.Repeat("I", i+1), core.RoleMember)
		list = append(list, h.MustStart(key, "", h.Clock.Now()))
	}
	return list
}

func TestDigest(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		c := &chat{t: t, h: h}
		entries := crowd(h, 6)
		list := c.tick(8 * time.Hour)
		wants(t, "six at once", list, map[string]int{"digest": 1})
		d := list[0].Shown.Digest
		if d.All != 6 || d.Open != 6 || len(d.Lines) != 6 {
			t.Fatalf("digest %+v", d)
		}
		for _, l := range d.Lines {
			card := must[core.Card](t)(h.OpenAlert(ctx, h.Actor("otto"), l.Button, time.Time{}))
			if card.Entry.ID != l.Entry.ID {
				t.Errorf("the line of %s opens the card of %s", l.Entry.ID, card.Entry.ID)
			}
		}
		wants(t, "one reminder for all", c.tick(4*time.Hour), map[string]int{"reminder": 1})
		for i, e := range entries {
			must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("olivia"), core.StopTimer{EntryID: e.ID}))
			edits := c.drain()
			wants(t, "stopped", edits, map[string]int{"edit": 1})
			d := edits[0].Shown.Digest
			if d.Open != 5-i || d.All != 6 || d.Lines[5].Button != "" || i < 5 && d.Lines[0].Button == "" {
				t.Errorf("after %d stops: %+v", i+1, d)
			}
		}
		must[core.TimeEntry](t)(h.UndoStop(ctx, h.Actor("olivia"), entries[3].ID))
		edits := c.drain()
		wants(t, "undone", edits, map[string]int{"edit": 1})
		if l := edits[0].Shown.Digest.Lines[0]; l.Entry.ID != entries[3].ID || l.Button == "" {
			t.Errorf("first line after the undo: %+v", l)
		}
		wants(t, "reminder for the one", c.tick(4*time.Hour), map[string]int{"reminder": 1})
		h.MustVerify()
	}, defaults(nil), slackAt("C1"))
}

// Five come one by one; a destination each gets its own message of six.
func TestDigestOnlyOverTheNumber(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		c := &chat{t: t, h: h}
		h.MustLink("olivia", core.PlatformSlack, "T1", "UO")
		h.MustLink("otto", core.PlatformSlack, "T1", "UT")
		crowd(h, 5)
		wants(t, "five", c.tick(8*time.Hour), map[string]int{"alert": 10})
		for i := range 40 {
			key := fmt.Sprintf("late%d", i)
			h.MustAddMember(key, "Late", core.RoleMember)
			h.MustStart(key, "", h.Clock.Now())
		}
		list := c.tick(8 * time.Hour)
		got := topics(list)
		if got["digest"] != 2 || got["alert"] != 0 {
			t.Errorf("forty at once: %v", got)
		}
		for _, s := range list {
			if d := s.Shown.Digest; d != nil && (d.All != 40 || len(d.Lines) != core.MostInDigest) {
				t.Errorf("digest of %d with %d lines", d.All, len(d.Lines))
			}
		}
		h.MustVerify()
	}, defaults(nil), slackAt(""))
}

// After an outage of more than fifteen minutes one summary stands for all, what ended meanwhile is
// dropped and audited, and what comes later joins it.
func TestOutage(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		c := &chat{t: t, h: h, down: true}
		var entries []core.TimeEntry
		for _, key := range []string{"dana", "dirk", "mona", "adam"} {
			entries = append(entries, h.MustStart(key, "", h.Clock.Now()))
			h.Clock.Advance(time.Minute)
		}
		h.Clock.Advance(8*time.Hour - 4*time.Minute)
		for range 4 {
			wants(t, "away", c.tick(time.Minute), none())
		}
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("dana"), core.StopTimer{EntryID: entries[0].ID}))
		for range 10 {
			h.Clock.Advance(2 * time.Minute)
			wants(t, "still away", c.drain(), none())
		}
		c.down = false
		h.Clock.Advance(10 * time.Minute)
		list := c.drain()
		wants(t, "back", list, map[string]int{"digest": 1})
		if d := list[0].Shown.Digest; d.All != 3 || d.Open != 3 {
			t.Errorf("summary of %d, %d open", d.All, d.Open)
		}
		var told []core.AuditEntry
		for _, a := range h.MustAudit(core.ActFlagResolve) {
			if a.Reason == "resolved while undelivered" {
				told = append(told, a)
			}
		}
		if len(told) != 1 || told[0].Target.MemberID != h.Who("dana").ID || !strings.Contains(string(told[0].After), `"dropped"`) {
			t.Errorf("audit: %+v", told)
		}
		must[core.TimeEntry](t)(h.StopTimer(ctx, h.Actor("dirk"), core.StopTimer{EntryID: entries[1].ID}))
		wants(t, "stopped", c.drain(), map[string]int{"edit": 1})
		text := "x"
		must[core.TimeEntry](t)(h.CorrectEntry(ctx, h.Actor("dana"), core.EntryChange{EntryID: entries[0].ID, Description: &text}))
		wants(t, "the dropped one stays away", c.drain(), none())
		if n := len(h.MustAudit(core.ActFlagResolve)); n != 1 {
			t.Errorf("%d entries about it", n)
		}
		h.MustVerify()
	}, defaults(func(d *core.ForgottenDefaults) { d.Reminders = 0 }), slackAt("C1"))
}

// A short outage, and quiet hours with few alerts, change nothing; quiet hours with many end in one message.
func TestNightEndsInOneMessage(t *testing.T) {
	for name, n := range map[string]int{"few": 3, "many": 6} {
		t.Run(name, func(t *testing.T) {
			h := coretest.New(t, defaults(func(d *core.ForgottenDefaults) { d.QuietHours = "17:00-08:00" }), slackAt("C1"))
			c := &chat{t: t, h: h}
			for i := range n { // one a run
				key := fmt.Sprintf("night%d", i)
				h.MustAddMember(key, "Night", core.RoleMember)
				h.MustStart(key, "", h.Clock.Now())
				h.Clock.Advance(10 * time.Minute)
			}
			h.Clock.Advance(8*time.Hour - time.Duration(n)*10*time.Minute)
			for range n {
				wants(t, "night", c.tick(0), none())
				h.Clock.Advance(10 * time.Minute)
			}
			h.Clock.Set(time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC))
			want := map[string]int{"alert": 3}
			if n == 6 {
				want = map[string]int{"digest": 1}
			}
			wants(t, "morning", c.drain(), want)
		})
	}
}

// Whoever loses the right, and whoever gets it back, finds the message in their state.
func TestAlertFollowsRights(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		c := &chat{t: t, h: h}
		h.MustLink("otto", core.PlatformSlack, "T1", "UT")
		e := h.MustStart("dana", "", h.Clock.Now())
		wants(t, "alert", c.tick(8*time.Hour), map[string]int{"alert": 1})
		closed := func(what string, want bool) {
			t.Helper()
			edits := c.drain()
			if len(edits) != 1 || !edits[0].Edit || edits[0].Shown.Closed != want || want && edits[0].Shown.Alert != nil {
				t.Errorf("%s: %+v", what, edits)
			}
		}
		h.MustSetRole("otto", core.RoleMember)
		closed("demoted", true)
		h.MustSetRole("otto", core.RoleOwner)
		closed("owner again", false)
		h.MustSetPlan(core.PlanPro)
		closed("plan dropped", true)
		wants(t, "no reminder", c.tick(4*time.Hour), none())
		h.MustSetPlan(core.PlanEnterprise)
		closed("plan back", false)
		h.MustSetStatus("otto", core.StatusInactive)
		closed("deactivated", true)
		h.MustSetStatus("otto", core.StatusActive)
		closed("active again", false)
		unlink := func(key string) {
			t.Helper()
			links := must[[]core.Identity](t)(h.Identities(t.Context(), h.Actor(key), true))
			if err := h.UnlinkIdentity(t.Context(), h.Actor(key), links[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		unlink("otto")
		closed("unlinked", true)
		// The same chat account is another member's now, and somebody is at the timer.
		h.MustLink("dirk", core.PlatformSlack, "T1", "UT")
		about := "found"
		must[core.TimeEntry](t)(h.CorrectEntry(t.Context(), h.Actor("olivia"), core.EntryChange{EntryID: e.ID, Description: &about}))
		closed("another member's chat account", true)
		unlink("dirk")
		h.MustLink("otto", core.PlatformSlack, "T1", "UT")
		closed("linked again", false)
		h.MustSetStatus("dana", core.StatusInactive) // which stops the timer
		edits := c.drain()
		wants(t, "the member is gone", edits, map[string]int{"edit": 1})
		if a := edits[0].Shown.Alert; a.Live() || a.Entry.ID != e.ID {
			t.Errorf("shows %+v", a)
		}
	}, defaults(nil), slackAt(""))
}

// What was given up, finally or after a day, can be seen and tried again.
func TestGivenUpMessages(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		h.MustLink("olivia", core.PlatformSlack, "T1", "UO")
		h.MustLink("otto", core.PlatformSlack, "T1", "UT")
		crowd(h, 3)
		h.Clock.Advance(8 * time.Hour)
		sweep(t, h)
		claim := func(limit int) []core.Delivery {
			t.Helper()
			return must[[]core.Delivery](t)(h.ClaimDeliveries(ctx, coretest.Delivery(), []string{core.PlatformSlack}, limit))
		}
		first := claim(1)[0]
		if err := h.DeliveryFailed(ctx, coretest.Delivery(), first, "ratelimited", 30*time.Second, false); err != nil {
			t.Fatal(err)
		}
		others := claim(10)
		if len(others) != 5 {
			t.Fatalf("%d others", len(others))
		}
		for i, d := range others {
			var err error
			if i < 3 {
				err = h.DeliveryFailed(ctx, coretest.Delivery(), d, "channel_not_found", 0, true)
			} else {
				err = h.DeliveryPostponed(ctx, coretest.Delivery(), d, h.Clock.Now().Add(72*time.Hour))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		h.Clock.Advance(30 * time.Second)
		again := claim(10)
		if len(again) != 1 || again[0].ID != first.ID || again[0].Attempts != 0 {
			t.Fatalf("after the pause that was asked for %+v", again)
		}
		// A platform that is away for a day is given up, and not before.
		d, tries, began := again[0], 0, h.Clock.Now()
		for {
			if err := h.DeliveryFailed(ctx, coretest.Delivery(), d, "service_unavailable", 0, false); err != nil {
				t.Fatal(err)
			}
			h.Clock.Advance(70 * time.Second) // the longest pause, and a little
			list := claim(1)
			if len(list) == 0 {
				break
			}
			if d = list[0]; d.ID != first.ID {
				t.Fatalf("claimed %+v", d)
			}
			tries++
		}
		if took := h.Clock.Now().Sub(began); took < 24*time.Hour || took > 30*time.Hour || tries < 1000 {
			t.Errorf("given up after %s and %d tries", took, tries)
		}

		dead, all, err := h.DeadDeliveries(ctx, h.Actor("olivia"), 2)
		if err != nil || all != 4 || len(dead) != 2 || dead[0].LastError == "" {
			t.Errorf("%d dead, %+v, %v", all, dead, err)
		}
		if _, all, err := h.DeadDeliveries(ctx, coretest.Operator(""), 10); err != nil || all != 4 {
			t.Errorf("the operator sees %d, %v", all, err)
		}
		for _, a := range []core.Actor{h.Actor("dana"), h.Actor("adam")} {
			_, _, err := h.DeadDeliveries(ctx, a, 10)
			mustCode(t, err, core.CodeOwnerRequired)
			_, err = h.RetryDeliveries(ctx, a)
			mustCode(t, err, core.CodeOwnerRequired)
		}
		stranger := h.Actor("olivia")
		stranger.WorkspaceID = ""
		_, _, err = h.DeadDeliveries(ctx, stranger, 10)
		mustCode(t, err, core.CodeForbidden)
		if n := must[int](t)(h.RetryDeliveries(ctx, h.Actor("olivia"))); n != 4 {
			t.Errorf("%d are tried again", n)
		}
		c := &chat{t: t, h: h}
		wants(t, "tried again", c.drain(), map[string]int{"alert": 4})
		if _, all, _ := h.DeadDeliveries(ctx, h.Actor("olivia"), 10); all != 0 {
			t.Errorf("%d are still dead", all)
		}
	}, defaults(func(d *core.ForgottenDefaults) { d.Reminders = 0 }), slackAt(""))
}

// The clock may jump: nothing is told twice, and nothing is lost.
func TestClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			h := coretest.New(t, defaults(nil), slackAt("C1"))
			c := &chat{t: t, h: h}
			h.MustStart("dana", "", h.Clock.Now())
			got := topics(c.tick(8 * time.Hour))
			h.Clock.Advance(jump)
			for range 2 * 60 / 5 * 24 { // two days of ticks
				for k, n := range topics(c.tick(5 * time.Minute)) {
					got[k] += n
				}
			}
			if d := cmp.Diff(map[string]int{"alert": 1, "reminder": 3}, got); d != "" {
				t.Error(d)
			}
			h.MustVerify()
		})
	}
}

// An automatic stop needs no look at every workspace, and ends in the message.
func TestAutomaticStopIsDue(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		c := &chat{t: t, h: h}
		e := h.MustStart("dana", "", h.Clock.Now())
		never, ten := -time.Second, 10*time.Hour
		wants(t, "alert", c.tick(8*time.Hour), map[string]int{"alert": 1})
		must[core.Workspace](t)(h.UpdateWorkspace(ctx, h.Actor("olivia"), core.WorkspaceUpdate{AutoStopAfter: &never}))
		wants(t, "switched off here", c.tick(5*time.Hour), map[string]int{"reminder": 1})
		must[core.Workspace](t)(h.UpdateWorkspace(ctx, h.Actor("olivia"), core.WorkspaceUpdate{AutoStopAfter: &ten}))
		edits := c.tick(time.Minute)
		wants(t, "switched on here", edits, map[string]int{"edit": 1})
		if got := must[core.TimeEntry](t)(h.Entry(ctx, h.Actor("dana"), e.ID)); got.Running() || !got.Automatic {
			t.Errorf("entry %+v", got)
		}
		zero := time.Duration(0)
		must[core.Workspace](t)(h.UpdateWorkspace(ctx, h.Actor("olivia"), core.WorkspaceUpdate{AutoStopAfter: &zero}))
		second := h.MustStart("dirk", "", h.Clock.Now())
		c.tick(12*time.Hour - time.Second)
		if got := must[core.TimeEntry](t)(h.Entry(ctx, h.Actor("dirk"), second.ID)); !got.Running() {
			t.Error("stopped before the installation's time")
		}
		c.tick(time.Second)
		if got := must[core.TimeEntry](t)(h.Entry(ctx, h.Actor("dirk"), second.ID)); got.Running() {
			t.Error("not stopped at the installation's time")
		}
	}, defaults(func(d *core.ForgottenDefaults) { d.AutoStopAfter = 12 * time.Hour }), slackAt("C1"))
}

// countingStore counts transactions.
type countingStore struct {
	core.Store
	reads, writes int
}

func (s *countingStore) Read(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	s.reads++
	return s.Store.Read(ctx, fn)
}

func (s *countingStore) Look(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	s.reads++
	return s.Store.Look(ctx, fn)
}

func (s *countingStore) Write(ctx context.Context, fn func(ctx context.Context, tx core.Tx) error) error {
	s.writes++
	return s.Store.Write(ctx, fn)
}

// A run with nothing to do reads once and writes nothing, whatever is stored; many flags are one write.
func TestSweepIsCheap(t *testing.T) {
	coretest.Each(t, func(t *testing.T, h *coretest.House) {
		ctx := t.Context()
		counted := &countingStore{Store: h.Store}
		svc, err := core.New(core.Options{
			Store: counted, Clock: h.Clock,
			Forgotten: core.ForgottenDefaults{AutoStopAfter: 48 * time.Hour, RemindEvery: 4 * time.Hour, Reminders: 3, DigestOver: 5, AskMember: true},
			Chat:      []core.ChatConnection{{Platform: core.PlatformSlack, Workspace: "acme", AlertChannel: "C1"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer svc.Close()
		run := func(flagged, reads, writes int) {
			t.Helper()
			counted.reads, counted.writes = 0, 0
			if n := must[int](t)(svc.FlagForgottenTimers(ctx, coretest.Cron())); n != flagged || counted.reads != reads || counted.writes != writes {
				t.Errorf("flagged %d with %d reads and %d writes, want %d, %d, %d", n, counted.reads, counted.writes, flagged, reads, writes)
			}
		}
		run(0, 1, 0)
		crowd(h, 20)
		run(0, 1, 0)
		h.Clock.Advance(8 * time.Hour)
		run(20, 1, 1)
		run(0, 1, 0)
	})
}
