package core

import "sync"

// EventKind says what may have changed. Events carry no data: the receiver reads again, authorised.
type EventKind string

// The kinds of events.
const (
	EventTimer    EventKind = "timer"    // a member's timer or entries changed
	EventKeys     EventKind = "keys"     // a member's API keys changed
	EventMember   EventKind = "member"   // a member's person, role or status changed
	EventFlag     EventKind = "flag"     // a flag changed
	EventNotice   EventKind = "notice"   // a member has a new notice
	EventSettings EventKind = "settings" // the workspace changed
	EventSession  EventKind = "session"  // a session or impersonation ended
	EventAny      EventKind = "any"      // another process committed something
)

// Event is a hint, published after the commit.
type Event struct {
	Kind        EventKind
	WorkspaceID ID
	MemberID    ID // whom it concerns; empty: the workspace
}

// bus fans events out in this process. It never blocks: a subscriber that is full is dropped, sees
// its channel closed, reconnects and starts from the state.
type bus struct {
	mu     sync.Mutex
	subs   map[*subscription]struct{}
	closed bool
}

type subscription struct {
	workspace ID // empty: every workspace
	ch        chan Event
}

// Subscribe returns events of a workspace ("" for all, for in-process parts of the program) until
// cancel is called. The channel is closed when the subscriber falls behind or the service closes.
// It gives no data away; what is read after an event is authorised then.
func (s *Service) Subscribe(workspace ID, buffer int) (events <-chan Event, cancel func()) {
	sub := &subscription{workspace: workspace, ch: make(chan Event, max(1, buffer))}
	b := &s.bus
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		close(sub.ch)
		return sub.ch, func() {}
	}
	if b.subs == nil {
		b.subs = make(map[*subscription]struct{})
	}
	b.subs[sub] = struct{}{}
	return sub.ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.drop(sub)
	}
}

// Announce publishes a hint that did not come from an act of this process.
func (s *Service) Announce(e Event) { s.bus.publish(e) }

func (b *bus) publish(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for sub := range b.subs {
		if sub.workspace != "" && e.WorkspaceID != "" && sub.workspace != e.WorkspaceID {
			continue
		}
		select {
		case sub.ch <- e:
		default:
			b.drop(sub)
		}
	}
}

func (b *bus) drop(sub *subscription) {
	if _, ok := b.subs[sub]; ok {
		delete(b.subs, sub)
		close(sub.ch)
	}
}

func (b *bus) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for sub := range b.subs {
		b.drop(sub)
	}
}
