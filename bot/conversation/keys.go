package conversation

import (
	"context"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

func runDeactivateKey(ctx context.Context, c *call) (Reply, error) {
	m, err := c.person(ctx)
	if err != nil {
		return Reply{}, err
	}
	card, err := c.h.svc.Propose(ctx, c.actor, core.Prepare{
		Act: core.ActAPIKeyDeactivate, MemberID: m.ID, Reason: c.args["reason"],
	})
	if err != nil {
		return Reply{}, err
	}
	used := c.say("never")
	if !card.Keys.LastUsed.IsZero() {
		used = c.at(card.Keys.LastUsed)
	}
	reply := Reply{
		Title: c.say("chat.keys.title", locale.Params{"Name": card.Member.User.Name}),
		Text:  []Text{c.say("chat.keys.all")},
		Facts: []Fact{
			{c.say("chat.keys.active"), Text(c.Number(card.Keys.Active))},
			{c.say("chat.keys.last_used"), used},
		},
		Buttons: []Button{
			{Act: ButtonConfirm, ID: card.Button, Label: c.say("button.confirm"), Style: StyleDanger},
			{Act: ButtonCancel, ID: card.Button, Label: c.say("button.cancel")},
		},
		Note: c.say("chat.card_note"),
	}
	if card.Reason != "" {
		reply.Facts = append(reply.Facts, Fact{c.say("word.reason"), clipped(card.Reason, 500)})
	}
	return reply, nil
}

// keysDeactivated shows how many keys were deactivated; none, when they went meanwhile.
func (c *call) keysDeactivated(out core.Outcome) Reply {
	return Reply{Replace: true, Text: []Text{
		c.say("chat.keys.done", locale.Params{"Count": out.Keys, "Name": out.Member.User.Name}),
	}}
}
