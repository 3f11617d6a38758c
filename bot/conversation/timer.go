package conversation

import (
	"context"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// runStart starts the person's own timer; one that runs already ends at the new start.
func runStart(ctx context.Context, c *call) (Reply, error) {
	before, err := c.h.svc.RunningEntry(ctx, c.actor, "")
	ran := err == nil
	if err != nil && core.ErrorCode(err) != core.CodeNotFound {
		return Reply{}, err
	}
	e, err := c.h.svc.StartTimer(ctx, c.actor, core.NewEntry{Description: c.args["description"]})
	if err != nil {
		return Reply{}, err
	}
	reply := Reply{Title: c.say("chat.start.done"), Facts: []Fact{
		{c.say("word.description"), c.description(e)}, {c.say("word.start"), c.at(e.Start)},
	}}
	if ran {
		reply.Text = []Text{c.say("chat.start.stopped", locale.Params{
			"Description": c.description(before), "Duration": e.Start.Sub(before.Start),
		})}
	}
	return reply, nil
}

// runStop stops the person's own timer. It needs no confirmation, and can be undone.
func runStop(ctx context.Context, c *call) (Reply, error) {
	running, err := c.h.svc.RunningEntry(ctx, c.actor, "")
	if err != nil {
		return Reply{}, err
	}
	e, err := c.h.svc.StopTimer(ctx, c.actor, core.StopTimer{EntryID: running.ID})
	if err != nil {
		return Reply{}, err
	}
	next, err := c.h.svc.FollowUps(ctx, c.actor, e.ID)
	if err != nil {
		return Reply{}, err
	}
	reply := c.finished("chat.stop.own", core.Outcome{Act: core.ActTimerStop, Member: c.me.Self, Entry: e, FollowUps: next})
	reply.Replace = false
	return reply, nil
}

func runStatus(ctx context.Context, c *call) (Reply, error) {
	e, err := c.h.svc.RunningEntry(ctx, c.actor, "")
	if core.ErrorCode(err) == core.CodeNotFound {
		return Reply{Text: []Text{c.say("error.no_running_timer")}}, nil
	}
	if err != nil {
		return Reply{}, err
	}
	return Reply{Title: c.say("chat.status.title"), Facts: c.entryFacts(e)}, nil
}
