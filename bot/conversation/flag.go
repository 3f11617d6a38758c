package conversation

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// flagButtons are what can be done to a flagged timer in a list; none without an id.
func (v voice) flagButtons(id string) []Button {
	if id == "" {
		return nil
	}
	stop := Button{Act: ButtonStop, ID: id, Label: v.say("button.stop_now"), Style: StyleDanger}
	return append([]Button{stop}, v.putOff(id)...)
}

// putOff are the buttons that let a flagged timer go on.
func (v voice) putOff(id string) []Button {
	return []Button{
		{Act: ButtonSnooze1h, ID: id, Label: v.say("chat.snooze.1h"), More: true},
		{Act: ButtonSnooze4h, ID: id, Label: v.say("chat.snooze.4h"), More: true},
		{Act: ButtonTomorrow, ID: id, Label: v.say("chat.snooze.day"), More: true},
		{Act: ButtonWorking, ID: id, Label: v.say("button.still_working"), More: true},
	}
}

// snooze puts a flag off; the timer goes on, and the alert's own message shows it.
func (c *call) snooze(ctx context.Context, p Press) (Reply, error) {
	until := c.now.Add(time.Hour)
	switch p.Act {
	case ButtonSnooze4h:
		until = c.now.Add(4 * time.Hour)
	case ButtonTomorrow:
		until = c.me.Workspace.Tomorrow(c.now)
	}
	out, err := c.h.svc.SnoozeByButton(ctx, c.actor, p.ID, until)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: []Text{c.say("chat.snooze.done", locale.Params{"Name": out.Member.User.Name, "Until": out.Flag.SnoozedUntil})}}, nil
}

// stillWorking settles a flag without a stop.
func (c *call) stillWorking(ctx context.Context, button string) (Reply, error) {
	out, err := c.h.svc.ResolveByButton(ctx, c.actor, button)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: []Text{c.say("chat.snooze.working", locale.Params{"Name": out.Member.User.Name})}}, nil
}

// runningItem is a running timer in a list, with what can be done to it.
func (c *call) runningItem(a core.Account, button string) Item {
	item := Item{Title: clipped(a.Name, 100), Text: c.timer(*a.Timer)}
	switch {
	case button == "":
	case a.Timer.Flagged:
		item.Buttons = c.flagButtons(button)
	default:
		item.Buttons = []Button{{Act: ButtonStop, ID: button, Label: c.say("button.stop_now")}}
	}
	return item
}
