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
	paces     map[string]*pace // by platform
}

const (
	// batch is how many messages are claimed at once.
	batch = 15
	// sendFor bounds what one message takes.
	sendFor = 10 * time.Second
	// stopFor is what of that is left when the program stops: less than it waits, so that the outcome
	// is written down.
	stopFor = 4 * time.Second
	// tick is how often the outbox is looked at without a hint: for retries, and for what another
	// process queued.
	tick = time.Second
	// beginWithin is how long after a claim a message may be begun, so that all is over before the lease of a minute ends and
	// another instance takes over.
	beginWithin = 25 * time.Second
	// workers send to a platform at the same time; it has a connection or two left for answers to people.
	workers = 3
	// keepsOrder is how many tries of a message later ones to its destination wait for, when it may be the platform that is
	// not well; one that can't be sent for a reason of its own holds them up no longer.
	keepsOrder = 3
)

// NewDelivery makes a Delivery. It starts no goroutine.
func NewDelivery(o DeliveryOptions) (*Delivery, error) {
	if o.Service == nil || o.Conversation == nil || o.Clock == nil {
		return nil, errors.New("bot.NewDelivery: Service, Conversation and Clock are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	paces := make(map[string]*pace, len(o.Platforms))
	for _, p := range o.Platforms {
		paces[p.Name()] = newPace()
	}
	return &Delivery{
		paces: paces,
		svc:   o.Service, words: o.Conversation, platforms: o.Platforms, log: o.Log, clock: o.Clock,
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

// drain delivers everything of a platform that is due now: several destinations at the same time, and to each of them one
// message after the other in their order.
func (d *Delivery) drain(ctx context.Context, p Platform) error {
	pc := d.paces[p.Name()]
	for !stopped(ctx) {
		claimed := d.clock.Now()
		most := pc.allow(claimed)
		if most == 0 {
			return nil
		}
		list, err := d.svc.ClaimDeliveries(ctx, d.actor, []string{p.Name()}, most)
		if err != nil || len(list) == 0 {
			pc.idle()
			return err
		}
		var order []string
		queues := map[string][]core.Delivery{}
		for _, due := range list {
			if queues[due.Destination] == nil {
				order = append(order, due.Destination)
			}
			queues[due.Destination] = append(queues[due.Destination], due)
		}
		var g errgroup.Group
		g.SetLimit(workers)
		for _, destination := range order {
			g.Go(func() error { return d.send(ctx, p, pc, claimed, queues[destination]) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// send delivers what was claimed for one destination, as far as it may still be begun.
func (d *Delivery) send(ctx context.Context, p Platform, pc *pace, claimed time.Time, list []core.Delivery) error {
	for i, due := range list {
		if now := d.clock.Now(); stopped(ctx) || !pc.open(now) || now.Sub(claimed) > beginWithin {
			return d.giveBack(ctx, list[i:])
		}
		if err := d.deliver(ctx, p, pc, due); err != nil {
			return err
		}
	}
	return nil
}

// giveBack ends claims that were not used.
func (d *Delivery) giveBack(ctx context.Context, list []core.Delivery) error {
	ctx = context.WithoutCancel(ctx)
	for _, due := range list {
		if err := d.svc.DeliveryPostponed(ctx, d.actor, due, due.DueAt); err != nil {
			return err
		}
	}
	return nil
}

func stopped(ctx context.Context) bool { return ctx.Err() != nil }

// deliver brings one message to its present state. What was begun is finished when ctx ends.
func (d *Delivery) deliver(ctx context.Context, p Platform, pc *pace, due core.Delivery) error {
	defer pc.idle()
	stopping := ctx
	ctx = context.WithoutCancel(ctx)
	if until, held := pc.wait(due.Destination, d.clock.Now()); held {
		return d.svc.DeliveryPostponed(ctx, d.actor, due, until)
	}
	msg, err := d.svc.MessageFor(ctx, d.actor, due)
	if err != nil {
		d.log.Error("message can't be written", "platform", p.Name(), "delivery", string(due.ID), "error", err.Error())
		return d.svc.DeliveryFailed(ctx, d.actor, due, doubted(due)+"write: "+string(core.ErrorCode(err)), 0, false)
	}
	if !msg.Wait.IsZero() {
		return d.svc.DeliveryPostponed(ctx, d.actor, due, msg.Wait)
	}
	sending, cancel := context.WithTimeout(ctx, sendFor)
	defer cancel()
	defer context.AfterFunc(stopping, func() { time.AfterFunc(stopFor, cancel) })()
	if finder, ok := p.(Finder); ok && Doubtful(due) {
		channel, message, err := finder.Find(sending, due)
		if err != nil {
			return d.failed(ctx, p, pc, due, err)
		}
		if message != "" {
			due.Channel, due.Message = channel, message
		}
	}
	reply := d.words.Message(msg)
	switch {
	case reply.Empty(), msg.Drop && due.Message == "":
		return d.svc.DeliveryDropped(ctx, d.actor, due)
	case due.Message != "":
		if err := p.Edit(sending, due, reply); err != nil {
			return d.failed(ctx, p, pc, due, err)
		}
		pc.learn(due.Destination, nil, d.clock.Now())
		return d.svc.DeliveryDone(ctx, d.actor, due, due.Channel, due.Message)
	}
	channel, message, err := p.Send(sending, due, reply)
	if err != nil {
		return d.failed(ctx, p, pc, due, err)
	}
	pc.learn(due.Destination, nil, d.clock.Now())
	return d.svc.DeliveryDone(ctx, d.actor, due, channel, message)
}

func (d *Delivery) failed(ctx context.Context, p Platform, pc *pace, due core.Delivery, err error) error {
	var why *SendError
	if !errors.As(err, &why) {
		why = &SendError{Err: err, Ambiguous: true}
	}
	now := d.clock.Now()
	pc.learn(due.Destination, why, now)
	if !why.Final && why.RetryAfter <= 0 && due.Attempts < keepsOrder {
		pc.hold(due.Destination, now.Add(due.NextPause()), now)
	}
	text := doubted(due) + why.Error()
	if why.Ambiguous {
		text = core.DeliveryDoubt + why.Error()
	}
	d.log.Warn("message not delivered", "platform", p.Name(), "delivery", string(due.ID), "attempt", due.Attempts+1,
		"final", why.Final, "retry_after", why.RetryAfter.String(), "error", text)
	return d.svc.DeliveryFailed(ctx, d.actor, due, text, why.RetryAfter, why.Final)
}

// Doubtful tells whether a message that was not posted, as far as is known, may have been posted all the same: an earlier
// try had no clear answer, or its claim ended without any result.
func Doubtful(d core.Delivery) bool {
	return d.Message == "" && strings.HasPrefix(d.LastError, core.DeliveryDoubt)
}

// doubted carries the doubt on into the error of a later try.
func doubted(d core.Delivery) string {
	if Doubtful(d) {
		return core.DeliveryDoubt
	}
	return ""
}
