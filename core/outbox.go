package core

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
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
	DigestID     ID // the summary it shows or answers; of a dropped alert: the one it went into
	Revision     int
	SentRevision int
	Channel      string // where the message is, once posted
	Message      string // the platform's id of it
	ReplyTo      string // the platform's id of the message in Channel that this one answers; empty: none
	State        DeliveryState
	Attempts     int
	DueAt        time.Time
	WantedAt     time.Time // since when the present revision may be shown
	LeaseToken   string    // fencing token of the claim
	LastError    string
	CreatedAt    time.Time
}

// Topic says what a message is about.
type Topic string

// The topics.
const (
	TopicAlert    Topic = "alert"    // a flag, for the owners
	TopicDigest   Topic = "digest"   // several flags, for the owners
	TopicReminder Topic = "reminder" // nothing happened on a flag or a summary: an answer to its message
	TopicAsk      Topic = "ask"      // "still working?", for the member
	TopicStopped  Topic = "stopped"  // "your timer was stopped", for the member
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
// is not recorded: a try had no clear answer, or its claim ended without a result. Such a message is looked
// for before it is sent again, and never goes into a summary.
const DeliveryDoubt = "ambiguous: "

const (
	deliveryLease    = time.Minute
	deliveryPause    = time.Minute // the longest between two tries, so that little waits when an outage is over
	deliveryAttempts = 24 * 60     // about a day of them
	maxDeliveryError = 300
)

// ownerDestinations are where the workspace's owners hear of flags: on each connected platform its alert
// channel, else every owner who is linked there.
func (w *work) ownerDestinations(ctx context.Context) ([]Destination, error) {
	var to []Destination
	for _, c := range w.svc.chat {
		if c.Workspace != w.ws.Slug {
			continue
		}
		if c.AlertChannel != "" {
			to = append(to, Destination{WorkspaceID: w.ws.ID, Platform: c.Platform, Name: c.AlertChannel})
			continue
		}
		owners, err := w.tx.IdentitiesOfOwners(ctx, w.ws.ID, c.Platform)
		if err != nil {
			return nil, err
		}
		for _, o := range owners {
			to = append(to, Destination{WorkspaceID: w.ws.ID, Platform: c.Platform, Name: o.ChatUser, Direct: true, RecipientID: o.MemberID})
		}
	}
	return to, nil
}

// queueAlerts writes one outbox row per owner destination of each new flag.
func (w *work) queueAlerts(ctx context.Context, flags []Flag) error {
	to, err := w.ownerDestinations(ctx)
	if err != nil {
		return err
	}
	for _, f := range flags {
		for _, d := range to {
			if err := w.queue(ctx, Delivery{
				Topic: TopicAlert, Platform: d.Platform, Destination: d.Name, Direct: d.Direct, RecipientID: d.RecipientID,
				EntryID: f.EntryID, FlagID: f.ID,
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// askMembers queues "still working?" to every chat account that the members of new flags have linked.
func (w *work) askMembers(ctx context.Context, flags []Flag) error {
	if !w.svc.forgotten.AskMember || len(w.svc.ChatConnections(w.ws.Slug)) == 0 {
		return nil
	}
	ofMember := make(map[ID]Flag, len(flags))
	members := make([]ID, len(flags))
	for i, f := range flags {
		ofMember[f.MemberID], members[i] = f, f.MemberID
	}
	linked, err := w.tx.IdentitiesOfMembers(ctx, w.ws.ID, members)
	if err != nil {
		return err
	}
	for _, id := range linked {
		if !w.svc.connected(id.Platform, w.ws.Slug) {
			continue
		}
		f := ofMember[id.MemberID]
		if err := w.queue(ctx, Delivery{
			Topic: TopicAsk, Platform: id.Platform, Destination: id.ChatUser, Direct: true, RecipientID: f.MemberID, EntryID: f.EntryID, FlagID: f.ID,
		}); err != nil {
			return err
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

// queue writes a message into the outbox. Alerts, summaries and questions wait for the end of quiet hours.
func (w *work) queue(ctx context.Context, d Delivery) error {
	// Messages of one act keep their order: each id is made as if a millisecond after the one before.
	d.ID = NewID(w.now.Add(time.Duration(w.queued) * time.Millisecond))
	w.queued++
	d.WorkspaceID, d.State, d.Revision = w.ws.ID, DeliveryPending, 1
	d.CreatedAt, d.DueAt = w.now, w.now
	switch d.Topic {
	case TopicAlert, TopicDigest, TopicAsk:
		d.DueAt = w.quietHours().After(w.now, w.ws.Zone())
	case TopicReminder, TopicStopped:
	}
	d.WantedAt = d.DueAt
	if d.Key == "" {
		d.Key = join(":", string(d.Topic), string(d.EntryID), d.Platform, d.Destination)
	}
	if d.Topic == TopicStopped {
		d.Key += ":" + string(d.ID) // every stop is told; the others exist once
	}
	w.deliver = true
	return w.tx.InsertDelivery(ctx, d)
}

func join(separator string, parts ...string) string { return strings.Join(parts, separator) }

// refreshAlerts makes the messages about an entry's flag due again, so that they are edited to its new
// state, and counts them.
func (w *work) refreshAlerts(ctx context.Context, entryID ID) (int, error) {
	n, err := w.tx.ReviseAlerts(ctx, w.ws.ID, entryID, w.now, w.quietHours().After(w.now, w.ws.Zone()))
	if n > 0 {
		w.deliver = true
	}
	return n, err
}

// alertsCorrected is refreshAlerts after a correction: the messages say who it was, and a reminder waits
// a full interval again, since somebody is at it.
func (w *work) alertsCorrected(ctx context.Context, entryID ID) error {
	n, err := w.refreshAlerts(ctx, entryID)
	if err != nil || n == 0 {
		return err
	}
	return w.tx.FlagCorrected(ctx, w.ws.ID, entryID, w.human.User.Name, w.now, w.nextReminder())
}

// refreshOpen edits what stands about flags that are not resolved, after rights have changed: to one
// reader, or ("") to all.
func (w *work) refreshOpen(ctx context.Context, recipient ID) error {
	n, err := w.tx.ReviseOpen(ctx, w.ws.ID, recipient, w.now)
	if n > 0 {
		w.deliver = true
	}
	return err
}

// ClaimDeliveries leases due messages of the platforms to the caller, after it has put alerts that waited
// too long into summaries. A message whose earlier claim ended without a result, because its process did,
// has DeliveryDoubt. The delivery job only.
func (s *Service) ClaimDeliveries(ctx context.Context, a Actor, platforms []string, limit int) ([]Delivery, error) {
	if Decide(Request{Action: ActDeliveryRun, Job: a.Job}) != "" {
		return nil, &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	due, now := false, s.clock.Now()
	var stale []Destination
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		if due, err = tx.AnyDeliveryDue(ctx, platforms, now); err != nil || !due {
			return err
		}
		stale, err = tx.StaleDestinations(ctx, platforms, now, now.Add(-staleAfter))
		return err
	})
	if err != nil || !due {
		return nil, s.explain(err)
	}
	for _, d := range stale {
		if err := s.summarize(ctx, a, d); err != nil {
			return nil, err
		}
	}
	var list []Delivery
	err = s.store.Write(ctx, func(ctx context.Context, tx Tx) (err error) {
		list, err = tx.ClaimDeliveries(ctx, platforms, now, now.Add(deliveryLease), newButton(), limit)
		return err
	})
	return list, s.explain(err)
}

// Message is what a delivery has to show now. Exactly one of the pointers is set, unless Drop or Closed.
type Message struct {
	Drop     bool      // not needed; one that stands already is brought to its end all the same
	Closed   bool      // the reader may not see it any more: what stands there has to go
	Wait     time.Time // not to be sent before this moment: quiet hours began while it waited
	Language string    // of the reader
	Zone     *time.Location
	Now      time.Time
	Alert    *Alert
	Digest   *Digest
	Reminder *Reminder
	Ask      *Alert // to the member whose timer it is
	Stopped  *StoppedNote
}

// Alert is a flag as its message shows it.
type Alert struct {
	Workspace Workspace
	Flag      Flag
	Entry     TimeEntry
	Member    Member
	Button    string // opaque id of its buttons; empty when nothing can be done
}

// Live tells whether something can still be done about it.
func (a Alert) Live() bool { return a.Entry.Running() && a.Flag.State != FlagResolved }

// Reminder says that nothing happened on a flag, or on several of a summary.
type Reminder struct {
	Alert Alert
	Open  int // of a summary: how many flags wait; 0: it is about the Alert
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
		toOwners := d.Topic == TopicAlert || d.Topic == TopicDigest || d.Topic == TopicReminder
		msg.Closed = toOwners && w.ws.Plan != PlanEnterprise
		if d.RecipientID != "" {
			m, err := w.tx.Member(ctx, w.ws.ID, d.RecipientID)
			if err != nil {
				return err
			}
			msg.Language, msg.Zone = m.User.Language, m.User.Zone()
			msg.Closed = m.Status != StatusActive || toOwners && Decide(Request{Action: ActFlagView, Role: m.Role, Plan: w.ws.Plan}) != ""
			if d.Direct && !msg.Closed {
				if msg.Closed, err = w.linkGone(ctx, d); err != nil {
					return err
				}
			}
		}
		if end := w.quietHours().After(w.now, w.ws.Zone()); d.Message == "" && d.Topic != TopicStopped && end.After(w.now) {
			msg.Wait = end
			return nil
		}
		if msg.Closed {
			msg.Drop = d.Message == "" || d.Topic == TopicStopped || d.Topic == TopicReminder
			return nil
		}
		return w.compose(ctx, d, &msg)
	})
	return msg, err
}

// linkGone tells whether the chat account of a direct message is no longer the reader's: it may be another member's by now.
func (w *work) linkGone(ctx context.Context, d Delivery) (bool, error) {
	links, err := w.tx.IdentitiesOfMember(ctx, w.ws.ID, d.RecipientID)
	return !slices.ContainsFunc(links, func(i Identity) bool { return i.Platform == d.Platform && i.ChatUser == d.Destination }), err
}

func (w *work) compose(ctx context.Context, d Delivery, msg *Message) error {
	if d.Topic == TopicDigest {
		return w.composeDigest(ctx, d, msg)
	}
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
	alert := Alert{Workspace: w.ws, Flag: f, Entry: e, Member: m}
	if d.Topic == TopicReminder {
		return w.composeReminder(ctx, d, alert, msg)
	}
	// An alert whose timer ended before it was ever shown helps nobody. One that may be there, because
	// its sending had no clear answer, is still edited: so the alert is filled in either way.
	msg.Drop = d.Message == "" && f.State == FlagResolved
	if alert.Live() {
		if alert.Flag.Proposals, err = w.proposals(ctx, e); err != nil {
			return err
		}
		alert.Button = newButton()
		who := ID("") // everybody who may
		if d.Topic == TopicAsk {
			who = m.User.ID
		}
		if err := w.insertButton(ctx, e, m, f.ID, who, alert.Button); err != nil {
			return err
		}
	}
	if d.Topic == TopicAsk {
		msg.Ask = &alert
	} else {
		msg.Alert = &alert
	}
	return nil
}

// composeReminder fills in a reminder, which is not sent when something happened since it was queued.
func (w *work) composeReminder(ctx context.Context, d Delivery, about Alert, msg *Message) error {
	msg.Reminder = &Reminder{Alert: about}
	msg.Drop = about.Flag.State != FlagOpen
	if d.DigestID == "" {
		return nil
	}
	_, _, open, err := w.tx.DigestEntries(ctx, w.ws.ID, d.DigestID, 1)
	msg.Reminder.Open, msg.Drop = open, open == 0
	return err
}

// DeliveryDone records that the claimed revision is on the platform, and where. A claim whose lease
// was taken over meanwhile changes nothing.
func (s *Service) DeliveryDone(ctx context.Context, a Actor, d Delivery, channel, message string) error {
	return s.settle(ctx, a, d, func(d *Delivery, now time.Time) {
		d.State, d.SentRevision, d.Channel, d.Message = DeliverySent, d.Revision, channel, message
		d.Attempts, d.LastError = 0, ""
	})
}

// DeliveryDropped records that a claimed message is not needed. That an alert's timer ended before the
// alert could be shown is written into the audit log.
func (s *Service) DeliveryDropped(ctx context.Context, a Actor, d Delivery) error {
	return s.write(ctx, a.In(d.WorkspaceID), func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActDeliveryRun, ""); err != nil {
			return err
		}
		u, tell, err := w.undelivered(ctx, d)
		if err != nil {
			return err
		}
		d.State, d.SentRevision = DeliveryDropped, d.Revision
		ok, err := w.tx.SettleDelivery(ctx, d)
		if err != nil {
			return err
		}
		if !ok || !tell {
			w.nothingToDo()
			return nil
		}
		w.auditUndelivered(d.Platform, u)
		return nil
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
			retryAfter = d.pause(deliveryPause)
		}
		d.DueAt = now.Add(retryAfter)
	})
}

// NextPause is how long the message waits when its next try fails and the platform asks for no pause.
func (d Delivery) NextPause() time.Duration {
	d.Attempts++
	return d.pause(deliveryPause)
}

// pause is how long to wait before the next try: twice as long each time, up to most, and a little more or
// less for each message, so that they don't all come back at once.
func (d Delivery) pause(most time.Duration) time.Duration {
	p := min(most, time.Second<<min(d.Attempts, 12))
	h := fnv.New32a()
	_, _ = h.Write([]byte(string(d.ID) + strconv.Itoa(d.Attempts)))
	return p - p/8 + time.Duration(h.Sum32()%256)*p/1024
}

// DeadDeliveries lists messages that were given up, oldest first, with the reason in LastError, and counts
// all of them. Owners and the operator for a workspace; jobs without a workspace in their actor for all.
// Code owner_required.
func (s *Service) DeadDeliveries(ctx context.Context, a Actor, limit int) (list []Delivery, all int, err error) {
	if a.WorkspaceID == "" {
		if a.Job == "" || Decide(Request{Action: ActSettingsView, Job: a.Job}) != "" && Decide(Request{Action: ActDeliveryRun, Job: a.Job}) != "" {
			return nil, 0, &Error{Code: CodeForbidden, Message: "error.forbidden"}
		}
		err = s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
			list, all, err = tx.DeadDeliveries(ctx, "", bound(limit, 50, 1000))
			return err
		})
		return list, all, s.explain(err)
	}
	err = s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActSettingsView, ""); err != nil {
			return err
		}
		list, all, err = w.tx.DeadDeliveries(ctx, w.ws.ID, bound(limit, 50, 1000))
		return err
	})
	return list, all, err
}

// RetryDeliveries gives the workspace's messages that were given up their tries again, and counts them.
// What they show is what is true when they are sent. Owners and the operator. Code owner_required.
func (s *Service) RetryDeliveries(ctx context.Context, a Actor) (int, error) {
	n := 0
	err := s.keep(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActSettingsUpdate, ""); err != nil {
			return err
		}
		var err error
		n, err = w.tx.ReviveDead(ctx, w.ws.ID, w.now)
		w.deliver = n > 0
		return err
	})
	return n, err
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
