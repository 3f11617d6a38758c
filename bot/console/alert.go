package console

import (
	"context"
	"slices"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

var _ bot.Platform = (*Console)(nil)

// Send implements bot.Platform: it prints an alert above the prompt.
func (c *Console) Send(_ context.Context, d core.Delivery, r conversation.Reply) (channel, message string, err error) {
	return d.Destination, string(d.ID), c.post(d, r)
}

// Find implements bot.Platform: it knows what it has printed.
func (c *Console) Find(_ context.Context, d core.Delivery) (channel, message string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.ContainsFunc(c.alerts, func(a posted) bool { return a.delivery == d.ID }) {
		return d.Destination, string(d.ID), nil
	}
	return "", "", nil
}

// Edit implements bot.Platform. A screen can't be changed: the new state is printed, when it looks
// different, and the buttons of the old one are gone.
func (c *Console) Edit(_ context.Context, d core.Delivery, r conversation.Reply) error {
	return c.post(d, r)
}

func (c *Console) post(d core.Delivery, r conversation.Reply) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := posted{delivery: d.ID, look: render(r, newCard(r, 0)), card: newCard(r, c.number+1)}
	at := slices.IndexFunc(c.alerts, func(a posted) bool { return a.delivery == d.ID })
	if at >= 0 && c.alerts[at].look == now.look {
		c.alerts[at].card.buttons = now.card.buttons // under the numbers on the screen
		return nil
	}
	c.block(render(r, now.card))
	if c.outErr != nil {
		return &bot.SendError{Err: c.outErr, Final: true}
	}
	c.number += len(now.card.buttons)
	if at >= 0 {
		c.alerts = slices.Delete(c.alerts, at, at+1)
	}
	c.alerts = append(c.alerts, now)
	c.alerts = slices.Delete(c.alerts, 0, max(0, len(c.alerts)-maxAlerts))
	return nil
}
