package conversation

import (
	"context"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// home is a person's overview: their link, their own timer and, where they may see them, the timers
// that run and those that look forgotten.
func (c *call) home(ctx context.Context) (Reply, error) {
	reply := Reply{
		Title: c.say("chat.home.title"),
		Text: []Text{c.say("chat.home.linked", locale.Params{
			"Name": c.me.Human.User.Name, "Email": c.me.Human.User.Email, "Workspace": c.me.Workspace.Name,
		})},
		Buttons: []Button{{Act: ButtonStart, Label: c.say("chat.home.start")}, c.panelButton()},
	}
	own, err := c.h.svc.RunningEntry(ctx, c.actor, "")
	runs := err == nil
	if err != nil && core.ErrorCode(err) != core.CodeNotFound {
		return Reply{}, err
	}
	var entries []core.ID
	mine := Item{Title: c.say("chat.status.title"), Text: c.say("error.no_running_timer")}
	if runs {
		entries = append(entries, own.ID)
		mine.Text = c.say("chat.timer_runs", locale.Params{"Description": c.description(own), "Start": own.Start, "Duration": own.Duration(c.now)})
	}
	others, err := c.othersTimers(ctx, own.ID)
	if err != nil {
		return Reply{}, err
	}
	for _, a := range others.list {
		entries = append(entries, a.Timer.EntryID)
	}
	buttons, err := c.h.svc.TimerButtons(ctx, c.actor, entries)
	if err != nil {
		return Reply{}, err
	}
	if id := buttons[own.ID]; runs && id != "" {
		mine.Buttons = []Button{{Act: ButtonStop, ID: id, Label: c.say("button.stop_now")}}
	}
	reply.Items = append(reply.Items, mine)
	if others.shown {
		reply.Items = append(reply.Items, Item{Title: join(
			c.say("chat.home.running", locale.Params{"Count": others.running}), c.say("count.flags", locale.Params{"Count": others.flagged}),
		)})
	}
	for _, a := range others.list {
		reply.Items = append(reply.Items, c.runningItem(a, buttons[a.Timer.EntryID]))
	}
	if others.more {
		reply.Note = c.say("chat.forgotten.more", locale.Params{"Shown": len(others.list)})
	}
	return reply, nil
}

// othersRunning are the timers of others as an overview shows them, those that look forgotten first.
type othersRunning struct {
	shown            bool // the person may see them
	list             []core.Account
	running, flagged int // of everybody
	more             bool
}

func (c *call) othersTimers(ctx context.Context, own core.ID) (othersRunning, error) {
	var o othersRunning
	if !c.me.May(core.ActAccountsView, "") || !c.me.May(core.ActTimerStop, "") {
		return o, nil
	}
	o.shown = true
	seen := map[core.ID]bool{own: true}
	for _, filter := range []core.AccountFilter{core.FilterFlagged, core.FilterRunning} {
		page, err := c.h.svc.Accounts(ctx, c.actor, core.AccountQuery{Filter: filter, Sort: core.SortRunningSince, Limit: listed})
		if err != nil {
			return o, err
		}
		o.running, o.flagged = page.Counts.Running, page.Counts.Flagged
		for _, a := range page.Accounts {
			if a.Timer != nil && !seen[a.Timer.EntryID] {
				seen[a.Timer.EntryID] = true
				o.list = append(o.list, a)
			}
		}
		o.more = o.more || page.Next != ""
	}
	if len(o.list) > listed {
		o.list, o.more = o.list[:listed], true
	}
	return o, nil
}

// startForm asks what one's own new timer is about.
func (c *call) startForm() Reply {
	return Reply{Form: &Form{
		Act: FormStart, Title: c.say("chat.home.start"), Submit: c.say("button.start"), Apart: true,
		Fields: []Field{{Name: "description", Label: c.say("word.description"), Kind: FieldText, Optional: true, Max: 3000}},
	}}
}
