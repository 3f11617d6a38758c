package bot

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

// DeliveryOptions configures a Delivery.
type DeliveryOptions struct {
	Service      *core.Service         // required
	Conversation *conversation.Handler // required: writes the messages
	Platforms    []Platform            // may be empty
	Log          *slog.Logger          // nil: discard
	Clock        core.Clock            // required
}

// Delivery drains core's outbox: claim → write → send or edit → settle. Several instances may run on
// one database; a claim belongs to one of them. No network call is made inside a transaction.
type Delivery struct {
	svc       *core.Service
	words     *conversation.Handler
	platforms []Platform
	log       *slog.Logger
	clock     core.Clock
	actor     core.Actor
	// held are, by platform, the destinations that take nothing until a moment. Core knows of them too, but
	// an edit that becomes due meanwhile would not wait. One goroutine uses each.
	held map[string]map[string]time.Time
}

const (
	// claimed at once and sent one after the other, each within sendFor, so that a lease of a minute suffices.
	batch   = 5
	sendFor = 10 * time.Second
	// tick is how often the outbox is looked at without a hint: for retries, and for what another
	// process queued.
	tick = time.Second
	// lease is how long a claim of core lasts.
	lease = time.Minute
)

// NewDelivery makes a Delivery. It starts no goroutine.
func NewDelivery(o DeliveryOptions) (*Delivery, error) {
	if o.Service == nil || o.Conversation == nil || o.Clock == nil {
		return nil, errors.New("bot.NewDelivery: Service, Conversation and Clock are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	held := make(map[string]map[string]time.Time, len(o.Platforms))
	for _, p := range o.Platforms {
		held[p.Name()] = map[string]time.Time{}
	}
	return &Delivery{
		held: held,
		svc:  o.Service, words: o.Conversation, platforms: o.Platforms, log: o.Log, clock: o.Clock,
		actor: core.System(core.JobDelivery, core.DoorCron),
	}, nil
}

// Run delivers until ctx ends and the message being sent is settled. A slow platform does not hold
// up another one.
func (d *Delivery) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	var bells []chan struct{}
	for _, p := range d.platforms {
		bell := make(chan struct{}, 1)
		bells = append(bells, bell)
		g.Go(func() error { d.serve(ctx, p, bell); return nil })
	}
	g.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-d.svc.Wakeups():
			}
			for _, bell := range bells {
				select {
				case bell <- struct{}{}:
				default:
				}
			}
		}
	})
	return g.Wait()
}

func (d *Delivery) serve(ctx context.Context, p Platform, bell <-chan struct{}) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	failing := false
	for {
		err := d.drain(ctx, p)
		if err != nil && ctx.Err() == nil && !failing {
			d.log.Error("outbox can't be read", "platform", p.Name(), "error", err.Error())
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-bell:
		case <-ticker.C:
		}
	}
}

// Drain delivers once what is due now and returns; Run does so for ever. Not while Run does.
func (d *Delivery) Drain(ctx context.Context) error {
	for _, p := range d.platforms {
		if err := d.drain(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// drain delivers everything of a platform that is due now.
func (d *Delivery) drain(ctx context.Context, p Platform) error {
	held := d.held[p.Name()]
	for !stopped(ctx) {
		list, err := d.svc.ClaimDeliveries(ctx, d.actor, []string{p.Name()}, batch)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, due := range list {
			if stopped(ctx) {
				break // the rest becomes free when its lease ends
			}
			if until := held[due.Destination]; until.After(d.clock.Now()) {
				if err := d.svc.DeliveryHeld(context.WithoutCancel(ctx), d.actor, due, until); err != nil {
					return err
				}
				continue
			}
			delete(held, due.Destination)
			until, err := d.deliver(ctx, p, due)
			if err != nil {
				return err
			}
			if !until.IsZero() {
				held[due.Destination] = until
			}
		}
	}
	return nil
}

func stopped(ctx context.Context) bool { return ctx.Err() != nil }

// deliver brings one message to its present state. What was begun is finished when ctx ends. It returns
// until when the destination takes nothing; zero: it does.
func (d *Delivery) deliver(ctx context.Context, p Platform, due core.Delivery) (held time.Time, err error) {
	ctx = context.WithoutCancel(ctx)
	msg, err := d.svc.MessageFor(ctx, d.actor, due)
	if err != nil {
		d.log.Error("message can't be written", "platform", p.Name(), "delivery", string(due.ID), "error", err.Error())
		return held, d.svc.DeliveryFailed(ctx, d.actor, due, "write: "+string(core.ErrorCode(err)), 0, false)
	}
	if !msg.Wait.IsZero() {
		return held, d.svc.DeliveryHeld(ctx, d.actor, due, msg.Wait)
	}
	sending, cancel := context.WithTimeout(ctx, sendFor)
	defer cancel()
	if finder, ok := p.(Finder); ok && Doubtful(due, d.clock.Now()) {
		channel, message, err := finder.Find(sending, due)
		if err != nil {
			return d.failed(ctx, p, due, err)
		}
		if message != "" {
			due.Channel, due.Message = channel, message
		}
	}
	reply := d.words.Message(msg)
	switch {
	case reply.Empty(), msg.Drop && due.Message == "":
		return held, d.svc.DeliveryDropped(ctx, d.actor, due)
	case due.Message != "":
		if err := p.Edit(sending, due, reply); err != nil {
			return d.failed(ctx, p, due, err)
		}
		return held, d.svc.DeliveryDone(ctx, d.actor, due, due.Channel, due.Message)
	}
	channel, message, err := p.Send(sending, due, reply)
	if err != nil {
		return d.failed(ctx, p, due, err)
	}
	return held, d.svc.DeliveryDone(ctx, d.actor, due, channel, message)
}

// failed records why a message is not there. A pause that the platform asks for, and a platform that is
// away, hold up the whole destination, so that its messages keep their order; what is wrong with one
// message alone does not.
func (d *Delivery) failed(ctx context.Context, p Platform, due core.Delivery, err error) (held time.Time, _ error) {
	var why *SendError
	if !errors.As(err, &why) {
		why = &SendError{Err: err, Ambiguous: true}
	}
	text := why.Error()
	if why.Ambiguous || due.Message == "" && strings.HasPrefix(due.LastError, core.Doubt) && !why.Final {
		text = core.Doubt + text
	}
	d.log.Warn("message not delivered", "platform", p.Name(), "delivery", string(due.ID), "attempt", due.Attempts+1,
		"final", why.Final, "retry_after", why.RetryAfter.String(), "error", text)
	if !why.Final && (why.RetryAfter > 0 || why.Ambiguous || why.Away) {
		return d.svc.DeliveryDelayed(ctx, d.actor, due, text, why.RetryAfter)
	}
	return held, d.svc.DeliveryFailed(ctx, d.actor, due, text, why.RetryAfter, why.Final)
}

// Doubtful tells whether a message that was not posted, as far as is known, may have been posted all
// the same: an earlier try had no clear answer, or a claim ended without any result.
func Doubtful(d core.Delivery, now time.Time) bool {
	if d.Message != "" {
		return false
	}
	return strings.HasPrefix(d.LastError, core.Doubt) || d.Attempts == 0 && now.Sub(d.CreatedAt) >= lease
}
