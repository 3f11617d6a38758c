package conversation

import (
	"context"
	"slices"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// listed is how many rows a chat message shows; the panel shows the rest.
const listed = 15

func runList(ctx context.Context, c *call) (Reply, error) {
	page, err := c.h.svc.Accounts(ctx, c.actor, core.AccountQuery{
		Search: c.args["search"], Filter: core.AccountFilter(c.args["filter"]), Limit: listed,
	})
	if err != nil {
		return Reply{}, err
	}
	reply := Reply{
		Title:   c.say("count.accounts", locale.Params{"Count": page.Total}),
		Buttons: []Button{c.panelButton("settings", "accounts")},
	}
	for _, a := range page.Accounts {
		reply.Items = append(reply.Items, Item{Title: clipped(a.Name, 100), Text: c.accountLine(a)})
	}
	switch {
	case page.Total == 0:
		reply.Text = []Text{c.say("chat.list.none")}
	case page.Total > len(page.Accounts):
		reply.Note = c.say("chat.list.more", locale.Params{"Shown": len(page.Accounts), "All": c.Number(page.Total)})
	}
	return reply, nil
}

func (c *call) accountLine(a core.Account) Text {
	line := join(clipped(a.Email, 100), c.say("role."+string(a.Role)))
	if a.Status != core.StatusActive {
		line = join(line, c.say("status."+string(a.Status)))
	}
	if a.ActiveAPIKeys > 0 {
		line = join(line, c.say("count.keys", locale.Params{"Count": a.ActiveAPIKeys}))
	}
	if a.Timer != nil {
		line = join(line, c.timer(*a.Timer))
	}
	return line
}

// timer writes a running timer of an account.
func (c *call) timer(t core.AccountTimer) Text {
	e := core.TimeEntry{Description: t.Description, Start: t.Start}
	text := c.say("chat.timer_runs", locale.Params{
		"Description": c.description(e), "Start": t.Start, "Duration": e.Duration(c.now),
	})
	if t.Flagged {
		text = join(text, c.say("flagged"))
	}
	return text
}

func runShow(ctx context.Context, c *call) (Reply, error) {
	m, err := c.person(ctx)
	if err != nil {
		return Reply{}, err
	}
	a, err := c.h.svc.Account(ctx, c.actor, m.ID)
	if err != nil {
		return Reply{}, err
	}
	timer, seen := c.say("none"), c.say("never")
	if a.Timer != nil {
		timer = c.timer(*a.Timer)
	}
	if !a.LastActivity.IsZero() {
		seen = c.at(a.LastActivity)
	}
	return Reply{
		Title: clipped(a.Name, 100),
		Facts: []Fact{
			{c.say("word.email"), clipped(a.Email, 254)},
			{c.say("word.role"), c.say("role." + string(a.Role))},
			{c.say("word.status"), c.say("status." + string(a.Status))},
			{c.say("chat.keys.active"), Text(c.Number(a.ActiveAPIKeys))},
			{c.say("word.timer"), timer},
			{c.say("word.last_activity"), seen},
		},
		Buttons: []Button{c.panelButton("settings", "accounts")},
	}, nil
}

// runForgotten lists the flags that wait for somebody, the newest first.
func runForgotten(ctx context.Context, c *call) (Reply, error) {
	reply := Reply{Buttons: []Button{c.panelButton("settings", "accounts")}}
	more := false
	var entries []core.ID
	for _, state := range []core.FlagState{core.FlagOpen, core.FlagSnoozed} {
		flags, next, err := c.h.svc.Flags(ctx, c.actor, core.FlagQuery{State: state, Limit: listed})
		if err != nil {
			return Reply{}, err
		}
		more = more || next != ""
		for _, f := range flags {
			item, err := c.flagItem(ctx, f)
			if err != nil {
				return Reply{}, err
			}
			reply.Items, entries = append(reply.Items, item), append(entries, f.EntryID)
		}
	}
	if len(reply.Items) > listed {
		reply.Items, entries, more = slices.Clip(reply.Items[:listed]), entries[:listed], true
	}
	buttons, err := c.h.svc.TimerButtons(ctx, c.actor, entries)
	if err != nil {
		return Reply{}, err
	}
	for i, id := range entries {
		reply.Items[i].Buttons = c.flagButtons(buttons[id])
	}
	reply.Title = c.say("count.flags", locale.Params{"Count": len(reply.Items)})
	if len(reply.Items) == 0 {
		reply.Text = []Text{c.say("chat.forgotten.none")}
	}
	if more {
		reply.Title = c.say("nav.forgotten")
		reply.Note = c.say("chat.forgotten.more", locale.Params{"Shown": len(reply.Items)})
	}
	return reply, nil
}

func (c *call) flagItem(ctx context.Context, f core.Flag) (Item, error) {
	m, err := c.h.svc.Member(ctx, c.actor, f.MemberID)
	if err != nil {
		return Item{}, err
	}
	e, err := c.h.svc.Entry(ctx, c.actor, f.EntryID)
	if err != nil {
		return Item{}, err
	}
	line := c.say("chat.timer_runs", locale.Params{"Description": c.description(e), "Start": e.Start, "Duration": e.Duration(c.now)})
	if f.State == core.FlagSnoozed {
		line = join(line, c.say("chat.alert.snoozed", locale.Params{"By": c.by(f.SnoozedBy), "Until": f.SnoozedUntil}))
	} else if len(f.Proposals) > 0 {
		line = join(line, c.proposal(f.Proposals[0]))
	}
	return Item{Title: clipped(m.User.Name, 100), Text: line}, nil
}

func (v voice) proposal(p core.EndProposal) Text {
	return v.say("chat.alert.proposal", locale.Params{"Time": p.End, "Why": v.why(p)})
}

func (c *call) panelButton(path ...string) Button {
	return c.h.panelButton(c.voice, c.me.Workspace.Slug, path...)
}

func (h *Handler) panelButton(v voice, slug string, path ...string) Button {
	return Button{Act: ButtonLink, Label: v.say("button.open_panel"), URL: h.panelURL(slug, path...)}
}
