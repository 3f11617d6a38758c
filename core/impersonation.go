package core

import (
	"context"
	"errors"
	"time"
)

// Impersonation is an owner acting as a member: an overlay on the owner's own session.
type Impersonation struct {
	ID            ID
	SessionID     ID
	WorkspaceID   ID // where it was started
	ActorUserID   ID
	ActorMemberID ID
	MemberID      ID // the effective member in WorkspaceID
	UserID        ID // the effective user
	Reason        ImpersonationReason
	Note          string
	StartedAt     time.Time
	ExpiresAt     time.Time // hard end, never moved
	EndedAt       time.Time
	EndCause      EndCause
}

// ImpersonationReason is what the owner picked.
type ImpersonationReason string

// The reasons. ReasonOther needs a note.
const (
	ReasonForgottenTimer ImpersonationReason = "forgotten_timer"
	ReasonCorrectEntry   ImpersonationReason = "correct_entry"
	ReasonTroubleshoot   ImpersonationReason = "troubleshoot"
	ReasonSecurity       ImpersonationReason = "security"
	ReasonOther          ImpersonationReason = "other"
)

// ImpersonationReasons lists the reasons in the order they are shown.
func ImpersonationReasons() []ImpersonationReason {
	return []ImpersonationReason{ReasonForgottenTimer, ReasonCorrectEntry, ReasonTroubleshoot, ReasonSecurity, ReasonOther}
}

// EndCause says why an impersonation ended.
type EndCause string

// The causes.
const (
	EndReturned       EndCause = "returned"
	EndExpired        EndCause = "expired"
	EndSignedOut      EndCause = "signed_out"
	EndActorRights    EndCause = "actor_lost_rights" // role, status or membership of the owner
	EndPlan           EndCause = "plan"
	EndTargetInactive EndCause = "target_inactive"
	EndTargetOwner    EndCause = "target_owner"
	EndRestored       EndCause = "restored" // the database is a restored copy
)

// StartImpersonation begins "Log in as user" on the actor's own session and returns the session's
// new token. Owners on Enterprise; never nested, never oneself, never another owner, never somebody
// who is not active. It ends after the configured time and is not renewable. The member gets a notice.
// Codes: invalid (reason, note), not_found, conflict (target; already impersonating), forbidden, ….
func (s *Service) StartImpersonation(ctx context.Context, a Actor, memberID ID, reason ImpersonationReason, note string) (Impersonation, string, error) {
	return s.startImpersonation(ctx, a, reason, note, func(context.Context, *work) (ID, error) { return memberID, nil })
}

// startImpersonation begins it for the member that whom names inside the transaction.
func (s *Service) startImpersonation(
	ctx context.Context, a Actor, reason ImpersonationReason, note string, whom func(context.Context, *work) (ID, error),
) (Impersonation, string, error) {
	var imp Impersonation
	token := newToken()
	if !knownReason(reason) {
		return imp, "", invalid("reason", "error.impersonation_reason", nil)
	}
	if err := validReason(note); err != nil {
		return imp, "", err
	}
	if reason == ReasonOther && note == "" {
		return imp, "", invalid("note", "error.impersonation_note", nil)
	}
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		memberID, err := whom(ctx, w)
		if err != nil {
			return err
		}
		m, err := w.memberFor(ctx, ActImpersonationStart, memberID)
		if err != nil {
			return err
		}
		if a.SessionID == "" {
			return &Error{Code: CodeForbidden, Message: "error.impersonation_session"}
		}
		if err := impersonable(w.self, m); err != nil {
			return err
		}
		imp = Impersonation{
			ID: NewID(w.now), SessionID: a.SessionID, WorkspaceID: w.ws.ID,
			ActorUserID: a.UserID, ActorMemberID: w.human.ID, MemberID: m.ID, UserID: m.User.ID,
			Reason: reason, Note: note, StartedAt: w.now, ExpiresAt: w.now.Add(s.impersonation.Max),
		}
		if err := w.tx.InsertImpersonation(ctx, imp); err != nil {
			if errors.Is(err, ErrDuplicate) {
				return conflict("error.impersonating_already", nil, nil)
			}
			return err
		}
		ok, err := w.tx.RotateSession(ctx, a.SessionID, hashSecret(token), w.now)
		if err != nil {
			return err
		}
		if !ok {
			return &Error{Code: CodeUnauthenticated, Message: "error.session_ended"}
		}
		w.audit(AuditDraft{
			Act: ActImpersonationStart, Target: memberTarget(m), Reason: reasonText(reason, note),
			After: map[string]any{"impersonation_id": string(imp.ID), "expires_at": stamp(imp.ExpiresAt)},
		})
		w.noteTo(m, ActImpersonationStart, TimeEntry{}, reasonText(reason, note))
		w.emit(EventSession, w.human.ID) // other open pages of this session show somebody else from now on
		return nil
	})
	return imp, token, err
}

// ImpersonationTarget tells whom StartImpersonation would be about, or why it would refuse.
// Owners on Enterprise. Codes: not_found, conflict (target), forbidden, owner_required, plan_required.
func (s *Service) ImpersonationTarget(ctx context.Context, a Actor, memberID ID) (Member, error) {
	var m Member
	err := s.read(ctx, a, func(ctx context.Context, w *work) (err error) {
		if m, err = w.memberFor(ctx, ActImpersonationStart, memberID); err != nil {
			return err
		}
		if refused := impersonable(w.self, m); refused != nil {
			return refused
		}
		return nil
	})
	return m, err
}

// ImpersonationFor is how long an impersonation lasts at most, to be shown.
func (s *Service) ImpersonationFor() time.Duration { return s.impersonation.Max }

// MayLogInAs tells whether StartImpersonation would take this account, for what a page offers.
func (m Me) MayLogInAs(acc Account) bool {
	target := Member{ID: acc.MemberID, Role: acc.Role, Status: acc.Status}
	return m.May(ActImpersonationStart, acc.MemberID) && impersonable(m.Self, target) == nil
}

func knownReason(r ImpersonationReason) bool {
	for _, known := range ImpersonationReasons() {
		if r == known {
			return true
		}
	}
	return false
}

func reasonText(r ImpersonationReason, note string) string {
	if note == "" {
		return string(r)
	}
	return string(r) + ": " + note
}

func impersonable(self, m Member) *Error {
	switch {
	case m.ID == self.ID:
		return conflict("error.impersonate_self", nil, nil)
	case m.Role == RoleOwner:
		return conflict("error.impersonate_owner", Params{"Name": m.User.Name}, nil)
	case m.Status != StatusActive:
		return conflict("error.member_inactive", Params{"Name": m.User.Name}, nil)
	}
	return nil
}

// EndImpersonation returns to the owner's own account and gives the session's new token. Only the
// session that started it can end it. Ending twice changes nothing.
func (s *Service) EndImpersonation(ctx context.Context, a Actor) (string, error) {
	token := newToken()
	err := s.keep(ctx, a, func(ctx context.Context, w *work) error {
		imp, err := w.tx.OpenImpersonation(ctx, a.SessionID)
		if errors.Is(err, ErrNoRow) {
			return notFound("error.not_impersonating")
		}
		if err != nil {
			return err
		}
		if err := w.closeImpersonation(ctx, imp, EndReturned); err != nil {
			return err
		}
		_, err = w.tx.RotateSession(ctx, a.SessionID, hashSecret(token), w.now)
		if err != nil {
			return err
		}
		return w.finish(ctx)
	})
	return token, err
}

// closeImpersonation ends it and audits the end in the workspace where it began, as the human.
func (w *work) closeImpersonation(ctx context.Context, imp Impersonation, cause EndCause) error {
	ok, err := w.tx.EndImpersonation(ctx, imp.ID, cause, w.now)
	if err != nil || !ok {
		return err
	}
	ws, err := w.tx.LockWorkspace(ctx, imp.WorkspaceID)
	if err != nil {
		return err
	}
	human, err := w.tx.User(ctx, imp.ActorUserID)
	if err != nil {
		return err
	}
	as, err := w.tx.User(ctx, imp.UserID)
	if err != nil {
		return err
	}
	w.ws, w.human, w.self = ws, Member{ID: imp.ActorMemberID, User: human}, Member{ID: imp.MemberID, User: as}
	w.audit(AuditDraft{
		Act: ActImpersonationEnd, Target: Target{Kind: "member", ID: imp.MemberID, MemberID: imp.MemberID, Name: as.Name},
		Reason: string(cause), After: map[string]any{"impersonation_id": string(imp.ID), "cause": string(cause)},
	})
	w.emit(EventSession, imp.ActorMemberID)
	return nil
}

// standInFor loads the rights of an actor who impersonates: the human's to go on, and the effective
// member's to act. Everything is read anew each time; nothing of it is kept in the session.
func (w *work) standInFor(ctx context.Context) error {
	imp, err := w.tx.Impersonation(ctx, w.actor.Impersonation)
	if err != nil {
		return missing(err, "error.not_impersonating")
	}
	cause, human, target, err := w.impersonationEnd(ctx, imp)
	if err != nil {
		return err
	}
	if cause != "" || imp.SessionID != w.actor.SessionID || imp.ActorUserID != w.actor.UserID {
		return expired("error.impersonation_ended")
	}
	w.human, w.self, w.imp = human, target, &imp
	if w.ws.ID == imp.WorkspaceID {
		return nil
	}
	self, err := w.tx.MemberByUser(ctx, w.ws.ID, imp.UserID)
	if err != nil {
		return missing(err, "error.workspace_not_found")
	}
	if ok, err := w.reaches(ctx, Membership{Workspace: w.ws, Member: self}); err != nil {
		return err
	} else if !ok {
		return notFound("error.workspace_not_found")
	}
	w.self = self
	return nil
}

// impersonationEnd tells why an impersonation must end now, or "" while it may go on.
func (w *work) impersonationEnd(ctx context.Context, imp Impersonation) (cause EndCause, human, target Member, err error) {
	if !imp.EndedAt.IsZero() {
		return imp.EndCause, human, target, nil
	}
	if !w.now.Before(imp.ExpiresAt) {
		return EndExpired, human, target, nil
	}
	session, found, err := maybe(w.tx.Session(ctx, imp.SessionID))
	if err != nil {
		return "", human, target, err
	}
	if !found || session.ended(w.now) {
		return EndSignedOut, human, target, nil
	}
	ws, err := w.tx.Workspace(ctx, imp.WorkspaceID)
	if err != nil {
		return "", human, target, err
	}
	human, found, err = maybe(w.tx.MemberByUser(ctx, ws.ID, imp.ActorUserID))
	if err != nil {
		return "", human, target, err
	}
	if !found || human.Status != StatusActive {
		return EndActorRights, human, target, nil
	}
	switch Decide(Request{Action: ActImpersonationStart, Role: human.Role, Plan: ws.Plan}) {
	case "":
	case CodePlanRequired:
		return EndPlan, human, target, nil
	default:
		return EndActorRights, human, target, nil
	}
	target, found, err = maybe(w.tx.Member(ctx, ws.ID, imp.MemberID))
	if err != nil {
		return "", human, target, err
	}
	switch {
	case !found || target.Status != StatusActive:
		return EndTargetInactive, human, target, nil
	case target.Role == RoleOwner:
		return EndTargetOwner, human, target, nil
	}
	return "", human, target, nil
}

// reaches tells whether the actor may open another workspace of the (effective) user: never away
// from a subdomain, and while impersonating as impersonation.other_workspaces says.
func (w *work) reaches(ctx context.Context, m Membership) (bool, error) {
	if m.Member.Status != StatusActive {
		return false, nil
	}
	if w.actor.SessionID != "" {
		session, err := w.tx.Session(ctx, w.actor.SessionID)
		if err != nil {
			return false, err
		}
		if session.HostWorkspaceID != "" && session.HostWorkspaceID != m.Workspace.ID {
			return false, nil
		}
	}
	if w.imp == nil || m.Workspace.ID == w.imp.WorkspaceID {
		return true, nil
	}
	// Another owner is never acted for, in whichever workspace.
	if m.Member.Role == RoleOwner {
		return false, nil
	}
	switch w.svc.impersonation.OtherWorkspaces {
	case "all":
		return true, nil
	case "none":
		return false, nil
	}
	mine, err := w.tx.MemberByUser(ctx, m.Workspace.ID, w.actor.UserID)
	if errors.Is(err, ErrNoRow) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return mine.Status == StatusActive &&
		Decide(Request{Action: ActImpersonationStart, Role: mine.Role, Plan: m.Workspace.Plan}) == "", nil
}
