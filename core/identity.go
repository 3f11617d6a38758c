package core

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Identity links a chat account to a member: (platform, team or guild, user id) ↔ user in one
// workspace. E-mail addresses never link anybody.
type Identity struct {
	ID          ID
	WorkspaceID ID
	UserID      ID
	MemberID    ID
	Platform    string // "slack", "discord" or "console"
	Team        string // Slack team or Discord guild
	ChatUser    string // the platform's user id
	ChatName    string // what the platform called the account when it was linked; may be empty
	LinkedAt    time.Time
}

// The platforms.
const (
	PlatformSlack   = "slack"
	PlatformDiscord = "discord"
	PlatformConsole = "console"
)

// NewIdentity is the input of LinkIdentity.
type NewIdentity struct {
	Email                    string
	Platform, Team, ChatUser string
	ChatName                 string // optional, to be shown
}

// LinkIdentity links a chat account to the member with the address, at the operator's word.
// Codes: invalid, not_found, conflict (the chat account or the member is linked already), forbidden.
func (s *Service) LinkIdentity(ctx context.Context, a Actor, n NewIdentity) (Identity, error) {
	var id Identity
	if n.Platform != PlatformSlack && n.Platform != PlatformDiscord {
		return id, invalid("platform", "error.platform", Params{"Platform": clip(n.Platform)})
	}
	for field, v := range map[string]string{"team": n.Team, "user": n.ChatUser} {
		if v == "" || len(v) > 64 || strings.ContainsAny(v, " \t\r\n") {
			return id, invalid(field, "error.chat_id", Params{"Field": field})
		}
	}
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActIdentityLink, ""); err != nil {
			return err
		}
		m, err := w.tx.MemberByEmail(ctx, w.ws.ID, NormalEmail(n.Email))
		if errors.Is(err, ErrNoRow) {
			return &Error{Code: CodeNotFound, Message: "error.no_member_with_email", Params: Params{"Email": clip(n.Email)}}
		}
		if err != nil {
			return err
		}
		id, err = w.link(ctx, m, n)
		return err
	})
	return id, err
}

func (w *work) link(ctx context.Context, m Member, n NewIdentity) (Identity, error) {
	known, err := w.tx.IdentityByChat(ctx, n.Platform, n.Team, n.ChatUser)
	switch {
	case err == nil && known.WorkspaceID == w.ws.ID && known.UserID == m.User.ID:
		w.nothingToDo()
		return known, nil
	case err == nil:
		return Identity{}, conflict("error.chat_linked", nil, nil)
	case !errors.Is(err, ErrNoRow):
		return Identity{}, err
	}
	id := Identity{
		ID: NewID(w.now), WorkspaceID: w.ws.ID, UserID: m.User.ID, MemberID: m.ID,
		Platform: n.Platform, Team: n.Team, ChatUser: n.ChatUser, ChatName: clip(n.ChatName), LinkedAt: w.now,
	}
	if err := w.tx.InsertIdentity(ctx, id); err != nil {
		if errors.Is(err, ErrDuplicate) {
			return Identity{}, conflict("error.member_linked", Params{"Name": m.User.Name}, nil)
		}
		return Identity{}, err
	}
	w.audit(AuditDraft{Act: ActIdentityLink, Target: memberTarget(m), After: identityFields(id)})
	w.noteTo(m, ActIdentityLink, TimeEntry{}, "")
	w.emit(EventMember, m.ID)
	return id, w.refreshOpen(ctx, m.ID)
}

// ActorByIdentity returns the actor of a chat request whose signature was verified. Code
// unauthenticated for an account that is linked to nobody; forbidden for an inactive member.
func (s *Service) ActorByIdentity(ctx context.Context, door Door, platform, team, chatUser, requestID string) (Actor, error) {
	var id Identity
	var m Member
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		if id, err = tx.IdentityByChat(ctx, platform, team, chatUser); err != nil {
			return err
		}
		m, err = tx.Member(ctx, id.WorkspaceID, id.MemberID)
		return err
	})
	if errors.Is(err, ErrNoRow) {
		return Actor{}, &Error{Code: CodeUnauthenticated, Message: "error.not_linked"}
	}
	if err != nil {
		return Actor{}, s.explain(err)
	}
	if m.Status != StatusActive {
		return Actor{}, &Error{Code: CodeForbidden, Message: "error.account_inactive"}
	}
	a := Actor{UserID: m.User.ID, MemberID: m.ID, WorkspaceID: m.WorkspaceID, Door: door, RequestID: requestID}
	return a, s.active(ctx, a, m)
}

// ActorByEmail returns the member's actor for the console, at the word of whoever runs the program
// on its own machine. Codes: not_found, forbidden (inactive).
func (s *Service) ActorByEmail(ctx context.Context, door Door, workspace ID, email string) (Actor, error) {
	var m Member
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		m, err = tx.MemberByEmail(ctx, workspace, NormalEmail(email))
		return err
	})
	if errors.Is(err, ErrNoRow) {
		return Actor{}, &Error{Code: CodeNotFound, Message: "error.no_member_with_email", Params: Params{"Email": clip(email)}}
	}
	if err != nil {
		return Actor{}, s.explain(err)
	}
	if m.Status != StatusActive {
		return Actor{}, &Error{Code: CodeForbidden, Message: "error.account_inactive"}
	}
	return Actor{UserID: m.User.ID, MemberID: m.ID, WorkspaceID: workspace, Door: door}, nil
}

// MembershipsByEmail lists the workspaces that the user with the address is a member of, whatever the
// status, by name, so that a command need not name one. The operator only; an unknown address has none.
func (s *Service) MembershipsByEmail(ctx context.Context, a Actor, email string) ([]Membership, error) {
	if a.Job == "" || Decide(Request{Action: ActWorkspaceView, Job: a.Job}) != "" {
		return nil, &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	var list []Membership
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) error {
		u, err := tx.UserByEmail(ctx, NormalEmail(email))
		if errors.Is(err, ErrNoRow) {
			list = nil
			return nil
		}
		if err != nil {
			return err
		}
		list, err = tx.MembershipsOfUser(ctx, u.ID)
		return err
	})
	return list, s.explain(err)
}

// active writes the member's activity, at most once a minute.
func (s *Service) active(ctx context.Context, a Actor, m Member) error {
	if s.clock.Now().Sub(m.LastActivity) < activityEvery {
		return nil
	}
	return s.keep(ctx, a, func(ctx context.Context, w *work) error {
		w.ws.ID = m.WorkspaceID
		return w.seen(ctx, m.ID)
	})
}

// MemberByChat finds the member behind a chat account named in a command, in the actor's workspace.
// Any active member may look. Code not_found when the account is linked to nobody here.
func (s *Service) MemberByChat(ctx context.Context, a Actor, platform, team, chatUser string) (Member, error) {
	var m Member
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActMemberView, ""); err != nil {
			return err
		}
		id, err := w.tx.IdentityByChat(ctx, platform, team, chatUser)
		if errors.Is(err, ErrNoRow) || err == nil && id.WorkspaceID != w.ws.ID {
			return notFound("error.target_not_linked")
		}
		if err != nil {
			return err
		}
		m, err = w.tx.Member(ctx, w.ws.ID, id.MemberID)
		return missing(err, "error.member_not_found")
	})
	return m, err
}

// Once records a request that must be accepted a single time and tells whether it is the first.
// Doors call it with the hash-worthy parts of a verified request; rows are dropped after keep.
func (s *Service) Once(ctx context.Context, key string, keep time.Duration) (first bool, err error) {
	err = s.store.Write(ctx, func(ctx context.Context, tx Tx) (err error) {
		now := s.clock.Now()
		first, err = tx.InsertSeen(ctx, hashSecret(key), now, now.Add(keep))
		return err
	})
	return first, s.explain(err)
}
