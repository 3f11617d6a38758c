package panel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const (
	streamsPerSession   = 5
	streamsPerWorkspace = 200
	pingEvery           = 5 * time.Second
	gatherFor           = 30 * time.Millisecond  // events that come together are told together
	tellAtMostEvery     = 200 * time.Millisecond // one stream
	writeLimit          = 10 * time.Second
	eventsBehind        = 64
)

// streams counts the open live streams.
type streams struct {
	mu         sync.Mutex
	sessions   map[core.ID]int
	workspaces map[core.ID]int
}

// enter counts a stream and tells whether there is room for it; leave gives the room back.
func (s *streams) enter(session, workspace core.ID) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions == nil {
		s.sessions, s.workspaces = map[core.ID]int{}, map[core.ID]int{}
	}
	if s.sessions[session] >= streamsPerSession || s.workspaces[workspace] >= streamsPerWorkspace {
		return nil, false
	}
	s.sessions[session]++
	s.workspaces[workspace]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for counted, id := range map[*map[core.ID]int]core.ID{&s.sessions: session, &s.workspaces: workspace} {
			if (*counted)[id]--; (*counted)[id] <= 0 {
				delete(*counted, id)
			}
		}
	}, true
}

// count is how many streams are open.
func (s *streams) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, open := range s.workspaces {
		n += open
	}
	return n
}

// LiveClients is how many pages listen to live updates, for metrics.
func (p *Panel) LiveClients() int { return p.streams.count() }

// stream is one open page that wants to hear what changes.
type stream struct {
	v        *visit
	out      *http.ResponseController
	accounts bool // the reader may see the Accounts tab
	as       core.ID
	imp      core.ID
}

// told is what is to be told next. rights asks to look at the rights even if there is nothing to tell.
type told struct{ timer, accounts, keys, notices, rights bool }

func (t told) any() bool { return t != told{} }

// errChanged ends a stream whose reader may no longer see what its page shows.
var errChanged = errors.New("the reader's standing changed")

// live is the stream of hints for a page. The first message says everything anew, so a page that missed something,
// asleep or cut off, is right again as soon as it is connected. Rights are read again before each message and each
// ping; when they are gone the page is told so and the stream ends.
func (p *Panel) live(v *visit) error {
	leave, ok := p.streams.enter(v.actor.SessionID, v.actor.WorkspaceID)
	if !ok {
		return &core.Error{Code: core.CodeRateLimited, Message: "panel.error.streams"}
	}
	defer leave()
	events, cancel := p.svc.Subscribe(v.actor.WorkspaceID, eventsBehind)
	defer cancel()

	s := &stream{
		v: v, out: http.NewResponseController(v.w), accounts: v.me.May(core.ActAccountsView, ""),
		as: v.me.Self.ID, imp: v.actor.Impersonation,
	}
	// Before the first message, so that nothing falls between what it says and what is heard.
	home, leaveHome := s.home()
	defer leaveHome()
	h := v.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	// The server's limits are for requests that end; a writer that cannot set its own keeps them.
	_ = s.out.SetReadDeadline(time.Time{})
	v.w.WriteHeader(http.StatusOK)
	if s.write(": hi\n\n") != nil || s.tell(told{timer: true, accounts: s.accounts, keys: true, notices: true}) != nil {
		return nil
	}
	s.follow(v.r.Context(), events, home)
	return nil
}

// home is what happens where the reader began to act as somebody else, when that is another workspace: what ends it
// is told there. Nil, which never tells anything, when there is no such place.
func (s *stream) home() (<-chan core.Event, func()) {
	imp := s.v.me.Impersonation
	if imp == nil || imp.WorkspaceID == s.v.actor.WorkspaceID {
		return nil, func() {}
	}
	return s.v.p.svc.Subscribe(imp.WorkspaceID, eventsBehind)
}

// over is when acting as somebody else ends by time; nil when nobody does.
func (s *stream) over() <-chan time.Time {
	imp := s.v.me.Impersonation
	if imp == nil {
		return nil
	}
	return time.After(imp.ExpiresAt.Sub(s.v.p.svc.Now()))
}

// follow tells what happens until the reader goes, the right to hear it goes, or the panel closes.
func (s *stream) follow(ctx context.Context, events, home <-chan core.Event) {
	over := s.over()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	var next told
	var due <-chan time.Time
	quiet := gatherFor
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-s.v.p.closing:
			return
		case e, open := <-events:
			if !open {
				return // it fell behind or the service closes; the page connects anew and starts from the state
			}
			s.note(e, &next)
			if next.any() && due == nil {
				due = time.After(quiet)
			}
		case e, open := <-home:
			if !open {
				return
			}
			switch e.Kind {
			case core.EventMember, core.EventSettings, core.EventSession, core.EventAny:
				next.rights = true
			}
			if next.any() && due == nil {
				due = time.After(quiet)
			}
		case <-due:
			due = nil
			if err = s.check(ctx); err == nil {
				err = s.tell(next)
			}
			next, quiet = told{}, tellAtMostEvery
		case <-over:
			over = nil
			err = s.check(ctx)
		case <-ping.C:
			if due == nil {
				quiet = gatherFor
			}
			if err = s.check(ctx); err == nil {
				err = s.write(": ping\n\n")
			}
		}
		if err != nil {
			return
		}
	}
}

// note adds what an event means for this reader.
func (s *stream) note(e core.Event, next *told) {
	own := e.MemberID == "" || e.MemberID == s.as
	switch e.Kind {
	case core.EventTimer, core.EventFlag:
		next.timer = next.timer || own
		next.accounts = s.accounts
	case core.EventKeys:
		next.keys = next.keys || own
		next.accounts = s.accounts
	case core.EventNotice:
		next.notices = next.notices || own
	case core.EventMember, core.EventSettings, core.EventSession:
		next.accounts, next.rights = s.accounts, true
	default:
		*next = told{timer: true, accounts: s.accounts, keys: true, notices: true, rights: true}
	}
}

// check reads the reader's rights again. It tells the page when they are not what they were.
func (s *stream) check(ctx context.Context) error {
	v := s.v
	actor, _, err := v.p.svc.ActorBySession(ctx, core.Visit{
		Token: v.p.cookie(v.r), Workspace: v.me.Workspace.Slug, Client: v.client, Quiet: true,
	})
	if err == nil {
		var me core.Me
		if me, err = v.p.svc.Me(ctx, actor); err == nil {
			if me.Self.ID == s.as && actor.Impersonation == s.imp && (!s.accounts || me.May(core.ActAccountsView, "")) {
				v.actor, v.me = actor, me
				return nil
			}
			err = errChanged
		}
	}
	if code := core.ErrorCode(err); (code == core.CodeInternal || code == core.CodeUnavailable) && !errors.Is(err, errChanged) {
		return err // the page connects anew and asks again
	}
	if writeErr := s.write("event: gone\ndata: {}\n\n"); writeErr != nil {
		return writeErr
	}
	return err
}

// tell sends the hints; the reader's own timer and the number of unread notices go along.
func (s *stream) tell(t told) error {
	v := s.v
	message := ""
	if t.keys {
		message += "event: keys-changed\ndata: {}\n\n"
	}
	if t.notices {
		state, err := v.unreadState()
		if err != nil {
			return err
		}
		message += "event: notices-changed\ndata: " + state + "\n\n"
	}
	if t.timer {
		state, err := v.timerState()
		if err != nil {
			return err
		}
		message += "event: timer-changed\ndata: " + state + "\n\n"
	}
	if t.accounts {
		message += "event: accounts-changed\ndata: {}\n\n"
	}
	if message == "" {
		return nil
	}
	return s.write(message)
}

// timerState is the reader's own timer as JSON on one line.
func (v *visit) timerState() (string, error) {
	type timer struct {
		EntryID     core.ID   `json:"entry_id"`
		Description string    `json:"description"`
		Start       time.Time `json:"start"`
		Flagged     bool      `json:"flagged"`
	}
	var state struct {
		Timer *timer `json:"timer"`
	}
	e, err := v.p.svc.RunningEntry(v.r.Context(), v.actor, "")
	switch core.ErrorCode(err) {
	case "":
		state.Timer = &timer{e.ID, e.Description, e.Start, e.Flagged}
	case core.CodeNotFound:
	default:
		return "", err
	}
	b, err := json.Marshal(state)
	if err != nil {
		return "", fmt.Errorf("timer as JSON: %w", err)
	}
	return string(b), nil
}

func (s *stream) write(text string) error {
	// Where deadlines cannot be set, the connection's own end still ends the stream.
	_ = s.out.SetWriteDeadline(core.SystemClock{}.Now().Add(writeLimit))
	if _, err := s.v.w.Write([]byte(text)); err != nil {
		return fmt.Errorf("live stream: %w", err)
	}
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("live stream: %w", err)
	}
	return nil
}
