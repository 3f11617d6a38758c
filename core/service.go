package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Options configures a Service.
type Options struct {
	Store Store        // required
	Clock Clock        // required
	Log   *slog.Logger // nil: discard

	Forgotten     ForgottenDefaults // of the installation; a workspace's or member's own value wins
	Impersonation ImpersonationOf   // limits of "Log in as"
	Chat          []ChatConnection
}

// ForgottenDefaults are the installation's settings for forgotten timers.
type ForgottenDefaults struct {
	After         time.Duration // threshold; 0: 8 h
	QuietHours    string        // "22:00-07:00" in the workspace's zone; empty: none
	AutoStopAfter time.Duration // from the start of the timer; 0: never
	Schedule      string        // of the cron job, to be shown
	RemindEvery   time.Duration // between two reminders of a flag; 0: none
	Reminders     int           // at most so many until something happens; 0: none
	AskMember     bool          // ask the member "Still working?" too
	DigestOver    int           // more new flags of a workspace in a run come as one message; 0: never
}

// Forgotten returns the installation's settings for forgotten timers, to be shown.
func (s *Service) Forgotten() ForgottenDefaults { return s.forgotten }

// ChatConnections returns which platforms are connected to a workspace, to be shown.
func (s *Service) ChatConnections(slug string) []ChatConnection {
	var list []ChatConnection
	for _, c := range s.chat {
		if c.Workspace == slug {
			list = append(list, c)
		}
	}
	return list
}

// ImpersonationOf limits impersonation.
type ImpersonationOf struct {
	Max             time.Duration // 0: 30 min
	OtherWorkspaces string        // "owned" (default), "all" or "none"
}

// ChatConnection says where a platform's alerts of a workspace go.
type ChatConnection struct {
	Platform     string // "slack", "discord", "console"
	Workspace    string // slug
	AlertChannel string // empty: direct messages to the owners
}

// Service holds the use cases. It is safe for concurrent use and keeps no state that another
// instance would need.
type Service struct {
	store         Store
	clock         Clock
	log           *slog.Logger
	forgotten     ForgottenDefaults
	impersonation ImpersonationOf
	chat          []ChatConnection
	bus           bus
	wake          chan struct{} // hints to the delivery loop, capacity one
	hashSlots     chan struct{} // bounds how many passwords are hashed at once
	closeOnce     sync.Once
}

// New makes a Service. It starts no goroutine.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Clock == nil {
		return nil, errors.New("core.New: Store and Clock are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Forgotten.After <= 0 {
		o.Forgotten.After = 8 * time.Hour
	}
	if o.Impersonation.Max <= 0 {
		o.Impersonation.Max = 30 * time.Minute
	}
	switch o.Impersonation.OtherWorkspaces {
	case "":
		o.Impersonation.OtherWorkspaces = "owned"
	case "owned", "all", "none":
	default:
		return nil, fmt.Errorf("core.New: impersonation.other_workspaces %q is not owned, all or none", o.Impersonation.OtherWorkspaces)
	}
	return &Service{
		store: o.Store, clock: o.Clock, log: o.Log, forgotten: o.Forgotten,
		impersonation: o.Impersonation, chat: o.Chat, wake: make(chan struct{}, 1), hashSlots: make(chan struct{}, 2),
	}, nil
}

// Now is the service's present moment, for doors that format or parse times.
func (s *Service) Now() time.Time { return s.clock.Now() }

// Ready returns nil while the store can be used.
func (s *Service) Ready(ctx context.Context) error { return s.store.Ready(ctx) }

// work is one act in progress: a transaction, who acts, and what must be written before the commit.
type work struct {
	tx    Tx
	now   time.Time
	actor Actor
	svc   *Service

	ws      Workspace // loaded and locked by standing
	human   Member    // the human's own member in ws (zero for jobs)
	self    Member    // the effective member (the human's, or the impersonated)
	imp     *Impersonation
	loaded  bool
	decided bool
	idle    bool // nothing was changed, so nothing has to be audited
	refused *refusal
	drafts  []AuditDraft
	notices []Notice
	touched map[ID]struct{}
	renamed bool // names, e-mails or the set of members changed
	events  []Event
	deliver bool
	queued  int // messages so far
}

type refusal struct {
	action Action
	target ID
	err    *Error
}

var (
	errUndecided = errors.New("act was not decided by the policy")
	errUnaudited = errors.New("act wrote no audit entry")
)

// write runs one act: transaction → decision → change → audit → commit → publish. It fails when fn
// never asked the policy, or changed something without an audit entry. fn may run more than once.
func (s *Service) write(ctx context.Context, a Actor, fn func(ctx context.Context, w *work) error) error {
	var done *work
	err := s.store.Write(ctx, func(ctx context.Context, tx Tx) error {
		w := &work{tx: tx, now: s.clock.Now(), actor: a, svc: s}
		done = w
		if err := fn(ctx, w); err != nil {
			return err
		}
		if !w.decided {
			return errUndecided
		}
		if w.idle {
			return nil
		}
		if len(w.drafts) == 0 {
			return errUnaudited
		}
		return w.finish(ctx)
	})
	if err != nil {
		if done != nil && done.refused != nil {
			s.recordRefusal(ctx, a, *done.refused)
		}
		return s.explain(err)
	}
	s.publish(done)
	return nil
}

// keep runs a change that is not an act: activity times, read marks, confirmations, deliveries.
// It needs no audit entry; the policy is asked where a person is behind it.
func (s *Service) keep(ctx context.Context, a Actor, fn func(ctx context.Context, w *work) error) error {
	var done *work
	err := s.store.Write(ctx, func(ctx context.Context, tx Tx) error {
		w := &work{tx: tx, now: s.clock.Now(), actor: a, svc: s}
		done = w
		if err := fn(ctx, w); err != nil {
			return err
		}
		if len(w.touched) > 0 {
			return w.finish(ctx)
		}
		return nil
	})
	if err != nil {
		if done != nil && done.refused != nil {
			s.recordRefusal(ctx, a, *done.refused)
		}
		return s.explain(err)
	}
	s.publish(done)
	return nil
}

// read runs queries on one snapshot; the policy is asked inside like everywhere.
func (s *Service) read(ctx context.Context, a Actor, fn func(ctx context.Context, w *work) error) error {
	return s.reading(ctx, s.store.Read, a, fn)
}

// look is read without the snapshot, for one or two look-ups that may see different states.
func (s *Service) look(ctx context.Context, a Actor, fn func(ctx context.Context, w *work) error) error {
	return s.reading(ctx, s.store.Look, a, fn)
}

type reading func(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error

func (s *Service) reading(ctx context.Context, in reading, a Actor, fn func(ctx context.Context, w *work) error) error {
	w := &work{now: s.clock.Now(), actor: a, svc: s}
	err := in(ctx, func(ctx context.Context, tx Tx) error {
		w.tx = tx
		return fn(ctx, w)
	})
	if err != nil && w.refused != nil {
		s.recordRefusal(ctx, a, *w.refused)
	}
	return s.explain(err)
}

// explain gives the failures of the store that a person can act on a code.
func (s *Service) explain(err error) error {
	if err == nil || AsError(err) != nil {
		return err
	}
	if errors.Is(err, ErrUnavailable) {
		return &Error{Code: CodeUnavailable, Message: "error.unavailable"}
	}
	return err
}

func (s *Service) publish(w *work) {
	for _, e := range w.events {
		s.bus.publish(e)
	}
	if w.deliver {
		s.Wake()
	}
}

// standing loads, once per transaction, the workspace and the rights of the actor.
func (w *work) standing(ctx context.Context) error {
	if w.loaded {
		return nil
	}
	if w.actor.Job == "" && !w.actor.Impersonating() {
		ws, m, err := w.tx.Standing(ctx, w.actor.WorkspaceID, w.actor.UserID)
		if err != nil {
			return missing(err, "error.workspace_not_found")
		}
		w.ws = ws
		if m.ID == "" {
			return notFound("error.workspace_not_found")
		}
		w.human, w.self, w.loaded = m, m, true
		return nil
	}
	ws, err := w.tx.LockWorkspace(ctx, w.actor.WorkspaceID)
	if err != nil {
		return missing(err, "error.workspace_not_found")
	}
	w.ws = ws
	if w.actor.Job == "" {
		if err := w.standInFor(ctx); err != nil {
			return err
		}
	}
	w.loaded = true
	return nil
}

// allow decides whether the actor may do action to the member target ("" means the workspace as a
// whole) and remembers a refusal, so that write audits it in a transaction of its own.
func (w *work) allow(ctx context.Context, action Action, target ID) error {
	w.decided = true
	err := w.standing(ctx)
	if e := AsError(err); e != nil && e.Code != CodeNotFound {
		w.refused = &refusal{action, target, e}
		return err
	}
	if err != nil {
		return err
	}
	if e := w.ask(action, target); e != nil {
		w.refused = &refusal{action, target, e}
		return e
	}
	return nil
}

// may is allow without consequences, for answers that depend on rights without being refused.
func (w *work) may(action Action, target ID) bool { return w.ask(action, target) == nil }

func (w *work) ask(action Action, target ID) *Error {
	if w.actor.Job == "" && w.self.Status != StatusActive && action != ActMemberJoin && action != ActSessionSignIn {
		return &Error{Code: CodeForbidden, Message: "error.account_inactive"}
	}
	code := Decide(Request{
		Action: action, Job: w.actor.Job, Role: w.self.Role, Plan: w.ws.Plan,
		Own: target != "" && target == w.self.ID, Impersonating: w.imp != nil,
	})
	if code == "" {
		return nil
	}
	// Whom the member or the owner behind it would be allowed this without the impersonation learns the reason.
	if w.imp != nil && (Decide(Request{Action: action, Role: w.self.Role, Plan: w.ws.Plan, Own: target == w.self.ID}) == "" ||
		Decide(Request{Action: action, Role: w.human.Role, Plan: w.ws.Plan}) == "") {
		return &Error{Code: CodeForbidden, Message: "error.not_while_impersonating"}
	}
	switch code {
	case CodeOwnerRequired:
		return &Error{Code: code, Message: "error.owner_required"}
	case CodePlanRequired:
		return &Error{Code: code, Message: "error.plan_required"}
	}
	return &Error{Code: code, Message: "error.forbidden"}
}

// nothingToDo says that the act found its effect done already: no change, so no audit entry.
func (w *work) nothingToDo() { w.idle = true }

// touch marks a member whose row in the Accounts table has to be recomputed.
func (w *work) touch(m ID) {
	if w.touched == nil {
		w.touched = make(map[ID]struct{}, 2)
	}
	w.touched[m] = struct{}{}
}

func (w *work) emit(kind EventKind, memberID ID) {
	w.events = append(w.events, Event{Kind: kind, WorkspaceID: w.ws.ID, MemberID: memberID})
}

// finish writes what every act owes: the Accounts rows it touched, the audit entries, the revision.
func (w *work) finish(ctx context.Context) error {
	if w.ws.ID == "" {
		return errors.New("act without a workspace")
	}
	for m := range w.touched {
		if err := w.tx.RefreshAccount(ctx, w.ws.ID, m); err != nil {
			return fmt.Errorf("refresh account %s: %w", m, err)
		}
	}
	for _, n := range w.notices {
		if err := w.tx.InsertNotice(ctx, n); err != nil {
			return fmt.Errorf("notice to %s: %w", n.MemberID, err)
		}
	}
	if err := w.appendAudit(ctx); err != nil {
		return err
	}
	return w.tx.BumpRevision(ctx, w.ws.ID, w.renamed)
}

// recordRefusal audits a refusal in its own transaction: the refused one was rolled back.
func (s *Service) recordRefusal(ctx context.Context, a Actor, r refusal) {
	err := s.store.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx Tx) error {
		w := &work{tx: tx, now: s.clock.Now(), actor: a, svc: s}
		ws, err := tx.LockWorkspace(ctx, a.WorkspaceID)
		if err != nil {
			return err
		}
		w.ws = ws
		if a.UserID != "" {
			if m, err := tx.MemberByUser(ctx, ws.ID, a.UserID); err == nil {
				w.human, w.self = m, m
			} else if u, err := tx.User(ctx, a.UserID); err == nil {
				w.human.User, w.self.User = u, u
			}
		}
		if a.MemberID != "" && a.MemberID != w.human.ID {
			if m, err := tx.Member(ctx, ws.ID, a.MemberID); err == nil {
				w.self = m
			}
		}
		d := AuditDraft{Act: r.action, Refused: true, After: map[string]any{"code": string(r.err.Code)}}
		d.Target = Target{Kind: "workspace", ID: ws.ID, Name: ws.Name}
		if r.target != "" {
			if m, err := tx.Member(ctx, ws.ID, r.target); err == nil {
				d.Target = memberTarget(m)
			}
		}
		w.drafts = append(w.drafts, d)
		return w.finish(ctx)
	})
	if err != nil && !errors.Is(err, ErrNoRow) {
		s.log.Error("refusal could not be audited", "act", string(r.action), "request_id", a.RequestID, "error", err.Error())
	}
}

// Me is what a door may know of its actor to choose what to show. It decides nothing: every act and
// every read asks the policy again.
type Me struct {
	Workspace     Workspace
	Human         Member // the person who acts
	Self          Member // the effective member
	Impersonation *Impersonation
	work          *work
}

// May tells whether the action would be allowed on the member target ("" for the workspace).
func (m Me) May(action Action, target ID) bool { return m.work.may(action, target) }

// Me returns the standing of the actor. Fails with not_found for a workspace the actor is not in,
// forbidden for an inactive account, unauthenticated for an impersonation that ended.
func (s *Service) Me(ctx context.Context, a Actor) (Me, error) {
	var me Me
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActWorkspaceView, ""); err != nil {
			return err
		}
		me = Me{Workspace: w.ws, Human: w.human, Self: w.self, Impersonation: w.imp, work: w}
		return nil
	})
	return me, err
}

// Close ends the event bus; subscribers see their channels closed.
func (s *Service) Close() { s.closeOnce.Do(s.bus.close) }

// Wake hints to the delivery loop that there may be something to send.
func (s *Service) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Wakeups is signalled, at most once pending, when an act has queued a message.
func (s *Service) Wakeups() <-chan struct{} { return s.wake }
