package core

import (
	"context"
	"errors"
	"time"
)

// Delivery is a message that must be on a platform: a row of the outbox, written in the act's
// transaction. Revision counts what the message should show; a delivery is due while SentRevision
// is behind. The first send posts the message, later ones edit it in place, so changes coalesce.
type Delivery struct {
	ID           ID
	WorkspaceID  ID
	Topic        Topic
	Key          string // unique: one message per subject and destination
	Platform     string
	Destination  string // channel, or the chat user for a direct message
	Direct       bool
	RecipientID  ID // member who reads it; empty for a channel
	EntryID      ID
	FlagID       ID
	Revision     int
	SentRevision int
	Channel      string // where the message is, once posted
	Message      string // the platform's id of it
	ReplyTo      string // the platform's id of the message in Channel that this one answers; empty: none
	State        DeliveryState
	Attempts     int
	DueAt        time.Time
	LeaseToken   string // fencing token of the claim
	LastError    string
	CreatedAt    time.Time
}

// Topic says what a message is about.
type Topic string

// The topics.
const (
	TopicAlert   Topic = "alert"   // a flag, for the owners
	TopicStopped Topic = "stopped" // "your timer was stopped", for the member
)

// DeliveryState is where a delivery is.
type DeliveryState string

// The states.
const (
	DeliveryPending DeliveryState = "pending"
	DeliverySent    DeliveryState = "sent"
	DeliveryDead    DeliveryState = "dead"    // gave up; visible to the operator
	DeliveryDropped DeliveryState = "dropped" // not needed any more before it was sent
)

// DeliveryDoubt begins the LastError of a delivery whose message may be on the platform although that
// is not recorded: a try had no clear answer, or its claim ended without a result.
const DeliveryDoubt = "ambiguous: "

const (
	deliveryLease    = time.Minute
	deliveryPause    = time.Minute // the longest between two tries, so that little waits when an outage is over
	deliveryAttempts = 24 * 60     // about a day of them
	maxDeliveryError = 300
)

// queueAlerts writes one outbox row per owner destination of a new flag.
func (w *work) queueAlerts(ctx context.Context, f Flag) error {
	for _, c := range w.svc.chat {
		if c.Workspace != w.ws.Slug {
			continue
		}
		if c.AlertChannel != "" {
			if err := w.queue(ctx, Delivery{
				Topic: TopicAlert, Platform: c.Platform, Destination: c.AlertChannel, EntryID: f.EntryID, FlagID: f.ID,
			}); err != nil {
				return err
			}
			continue
		}
		owners, err := w.tx.IdentitiesOfOwners(ctx, w.ws.ID, c.Platform)
		if err != nil {
			return err
		}
		for _, o := range owners {
			if err := w.queue(ctx, Delivery{
				Topic: TopicAlert, Platform: c.Platform, Destination: o.ChatUser, Direct: true, RecipientID: o.MemberID,
				EntryID: f.EntryID, FlagID: f.ID,
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellMember queues "your timer was stopped" to every chat account the member has linked.
func (w *work) tellMember(ctx context.Context, m Member, e TimeEntry) error {
	ids, err := w.tx.IdentitiesOfMember(ctx, w.ws.ID, m.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !w.svc.connected(id.Platform, w.ws.Slug) {
			continue
		}
		if err := w.queue(ctx, Delivery{
			Topic: TopicStopped, Platform: id.Platform, Destination: id.ChatUser, Direct: true, RecipientID: m.ID, EntryID: e.ID,
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) connected(platform, slug string) bool {
	for _, c := range s.chat {
		if c.Platform == platform && c.Workspace == slug {
			return true
		}
	}
	return false
}

func (w *work) queue(ctx context.Context, d Delivery) error {
	d.ID, d.WorkspaceID, d.State, d.Revision = NewID(w.now), w.ws.ID, DeliveryPending, 1
	d.CreatedAt, d.DueAt = w.now, w.now
	if d.Topic == TopicAlert {
		d.DueAt = w.quietHours().After(w.now, w.ws.Zone())
	}
	d.Key = string(d.Topic) + ":" + string(d.EntryID) + ":" + d.Platform + ":" + d.Destination
	if d.Topic != TopicAlert {
		d.Key += ":" + string(d.ID) // every stop is told; an alert exists once
	}
	w.deliver = true
	return w.tx.InsertDelivery(ctx, d)
}

// refreshAlerts makes the alerts about an entry due again, so that they are edited to its new state.
func (w *work) refreshAlerts(ctx context.Context, entryID ID) error {
	n, err := w.tx.ReviseAlerts(ctx, w.ws.ID, entryID, w.now)
	if n > 0 {
		w.deliver = true
	}
	return err
}

// ClaimDeliveries leases due messages of the platforms to the caller. A message whose earlier claim
// ended without a result, because its process did, has DeliveryDoubt. The delivery job only.
func (s *Service) ClaimDeliveries(ctx context.Context, a Actor, platforms []string, limit int) ([]Delivery, error) {
	if Decide(Request{Action: ActDeliveryRun, Job: a.Job}) != "" {
		return nil, &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	due := false
	now := s.clock.Now()
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		due, err = tx.AnyDeliveryDue(ctx, platforms, now)
		return err
	})
	if err != nil || !due {
		return nil, s.explain(err)
	}
	var list []Delivery
	err = s.store.Write(ctx, func(ctx context.Context, tx Tx) (err error) {
		list, err = tx.ClaimDeliveries(ctx, platforms, now, now.Add(deliveryLease), newButton(), limit)
		return err
	})
	return list, s.explain(err)
}

// Message is what a delivery has to show now. Exactly one of Alert and Stopped is set, unless Drop.
type Message struct {
	Drop     bool   // not needed, or the receiver may not see it any more
	Language string // of the reader
	Zone     *time.Location
	Now      time.Time
	Alert    *Alert
	Stopped  *StoppedNote
}

// Alert is a flag as its message shows it.
type Alert struct {
	Workspace Workspace
	Flag      Flag
	Entry     TimeEntry
	Member    Member
	Button    string // opaque id of Stop now; empty when the timer does not run
}

// StoppedNote tells a member that their timer was stopped.
type StoppedNote struct {
	Workspace Workspace
	Entry     TimeEntry
}

// MessageFor computes what a claimed delivery has to show, from the present state: the text always
// tells the truth of the moment it is sent, and the receiver's rights are checked now. The delivery
// job only.
func (s *Service) MessageFor(ctx context.Context, a Actor, d Delivery) (Message, error) {
	var msg Message
	err := s.keep(ctx, a.In(d.WorkspaceID), func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActDeliveryRun, ""); err != nil {
			return err
		}
		msg = Message{Language: w.ws.Language, Zone: w.ws.Zone(), Now: w.now}
		if d.RecipientID != "" {
			m, err := w.tx.Member(ctx, w.ws.ID, d.RecipientID)
			if err != nil {
				return err
			}
			msg.Language, msg.Zone = m.User.Language, m.User.Zone()
			if m.Status != StatusActive || d.Topic == TopicAlert &&
				Decide(Request{Action: ActFlagView, Role: m.Role, Plan: w.ws.Plan}) != "" {
				msg.Drop = true
				return nil
			}
		}
		if d.Topic == TopicAlert && w.ws.Plan != PlanEnterprise {
			msg.Drop = true
			return nil
		}
		return w.compose(ctx, d, &msg)
	})
	return msg, err
}

func (w *work) compose(ctx context.Context, d Delivery, msg *Message) error {
	e, err := w.tx.Entry(ctx, w.ws.ID, d.EntryID)
	if errors.Is(err, ErrNoRow) {
		msg.Drop = true
		return nil
	}
	if err != nil {
		return err
	}
	if d.Topic == TopicStopped {
		msg.Stopped = &StoppedNote{Workspace: w.ws, Entry: e}
		msg.Drop = e.Running() // undone before it was told
		return nil
	}
	f, err := w.tx.Flag(ctx, w.ws.ID, d.FlagID)
	if err != nil {
		return err
	}
	m, err := w.tx.Member(ctx, w.ws.ID, e.MemberID)
	if err != nil {
		return err
	}
	// An alert whose timer ended before it was ever shown helps nobody. One that may be there, because
	// its sending had no clear answer, is still edited: so the alert is filled in either way.
	msg.Drop = d.Message == "" && f.State == FlagResolved
	msg.Alert = &Alert{Workspace: w.ws, Flag: f, Entry: e, Member: m}
	if !e.Running() || f.State == FlagResolved {
		return nil
	}
	if msg.Alert.Flag.Proposals, err = w.proposals(ctx, e); err != nil {
		return err
	}
	msg.Alert.Button = newButton()
	return w.insertAlertButton(ctx, e, m, f.ID, msg.Alert.Button)
}

// DeliveryDone records that the claimed revision is on the platform, and where. A claim whose lease
// was taken over meanwhile changes nothing.
func (s *Service) DeliveryDone(ctx context.Context, a Actor, d Delivery, channel, message string) error {
	return s.settle(ctx, a, d, func(d *Delivery, now time.Time) {
		d.State, d.SentRevision, d.Channel, d.Message = DeliverySent, d.Revision, channel, message
		d.Attempts, d.LastError = 0, ""
	})
}

// DeliveryDropped records that a claimed message is not needed.
func (s *Service) DeliveryDropped(ctx context.Context, a Actor, d Delivery) error {
	return s.settle(ctx, a, d, func(d *Delivery, now time.Time) {
		d.State, d.SentRevision = DeliveryDropped, d.Revision
	})
}

// DeliveryPostponed gives a claim back that was not used; the message is due at the moment.
func (s *Service) DeliveryPostponed(ctx context.Context, a Actor, d Delivery, due time.Time) error {
	return s.settle(ctx, a, d, func(d *Delivery, _ time.Time) { d.DueAt = due })
}

// DeliveryFailed records a failure; why must not hold a secret. The message is tried again after
// retryAfter, which counts as no try, or when that is zero after a pause that grows to a minute. It is
// given up when final, or after about a day.
func (s *Service) DeliveryFailed(ctx context.Context, a Actor, d Delivery, why string, retryAfter time.Duration, final bool) error {
	return s.settle(ctx, a, d, func(d *Delivery, now time.Time) {
		d.LastError = clipTo(why, maxDeliveryError)
		if final || retryAfter <= 0 {
			d.Attempts++
		}
		if final || d.Attempts >= deliveryAttempts {
			d.State = DeliveryDead
			return
		}
		if retryAfter <= 0 {
			retryAfter = min(deliveryPause, time.Second<<min(d.Attempts, 11))
		}
		d.DueAt = now.Add(retryAfter)
	})
}

func (s *Service) settle(ctx context.Context, a Actor, d Delivery, change func(d *Delivery, now time.Time)) error {
	if Decide(Request{Action: ActDeliveryRun, Job: a.Job}) != "" {
		return &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	err := s.store.Write(ctx, func(ctx context.Context, tx Tx) error {
		changed := d
		change(&changed, s.clock.Now())
		_, err := tx.SettleDelivery(ctx, changed)
		return err
	})
	return s.explain(err)
}
