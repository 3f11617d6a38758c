package core

import (
	"context"
	"errors"
	"strings"
	"time"
)

// InvitationFor is how long an invitation can be accepted. It is sent by hand, so it lives for days;
// a new one makes the older ones of the same member useless.
const InvitationFor = 7 * 24 * time.Hour

// CreateInvitation makes a link for an invited member of the actor's workspace and returns its
// token, which is stored as a hash. Owners and admins, the operator; only owners invite owners.
// Codes: not_found, conflict (not invited any more), forbidden.
func (s *Service) CreateInvitation(ctx context.Context, a Actor, memberID ID) (token string, ws Workspace, err error) {
	token = newToken()
	err = s.keep(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActMemberInvite, ""); err != nil {
			return err
		}
		m, err := w.tx.Member(ctx, w.ws.ID, memberID)
		if err != nil {
			return missing(err, "error.member_not_found")
		}
		if m.Role == RoleOwner {
			if err := w.allow(ctx, ActMemberManageOwner, m.ID); err != nil {
				return err
			}
		}
		if m.Status != StatusInvited {
			return conflict("error.not_invited", Params{"Name": m.User.Name}, nil)
		}
		ws = w.ws
		if err := w.tx.DropSignInLinks(ctx, w.ws.ID, m.User.ID, LinkInvitation, w.now); err != nil {
			return err
		}
		return w.tx.InsertSignInLink(ctx, SignInLink{
			ID: NewID(w.now), WorkspaceID: w.ws.ID, UserID: m.User.ID, Kind: LinkInvitation, ExpiresAt: w.now.Add(InvitationFor),
		}, hashSecret(token))
	})
	return token, ws, err
}

// Acceptance is what an invited person fills in.
type Acceptance struct {
	Name     string
	Password string // empty: none is set (single sign-on, or somebody who has one already)
	Language string
	TimeZone string
}

// AcceptInvitation makes the invited person an active member, keeps their password, signs them in
// and uses the invitation up. A person who has a password already keeps it.
// Codes: expired (used, too old, unknown), invalid, not_found (another workspace's subdomain).
func (s *Service) AcceptInvitation(ctx context.Context, token string, in Acceptance, c Client) (SignedIn, error) {
	var done SignedIn
	link, err := s.invitation(ctx, token)
	if err != nil {
		return done, err
	}
	if c.Host != "" && c.Host != link.WorkspaceID {
		return done, notFound("error.workspace_not_found")
	}
	in.Name = strings.TrimSpace(in.Name)
	if err := validName(in.Name); err != nil {
		return done, err
	}
	hash := ""
	if in.Password != "" {
		if err := validPassword("password", in.Password); err != nil {
			return done, err
		}
		if hash, err = s.hashPassword(ctx, in.Password); err != nil {
			return done, err
		}
	}
	a := Actor{UserID: link.UserID, WorkspaceID: link.WorkspaceID, Door: DoorPanel, RequestID: c.RequestID, Address: c.Address}
	err = s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.standing(ctx); err != nil {
			return err
		}
		if err := w.allow(ctx, ActMemberJoin, w.self.ID); err != nil {
			return err
		}
		if w.self.Status != StatusInvited {
			return expired("error.invitation")
		}
		ok, err := w.tx.UseSignInLink(ctx, link.ID, w.now)
		if err != nil {
			return err
		}
		if !ok {
			return expired("error.invitation")
		}
		if hash != "" {
			if _, err := w.tx.SetPasswordHash(ctx, w.self.User.ID, "", hash); err != nil {
				return err
			}
		}
		before, joined := w.self, StatusActive
		u := MemberUpdate{Status: &joined, Name: &in.Name}
		if in.Language != "" {
			u.Language = &in.Language
		}
		if in.TimeZone != "" {
			u.TimeZone = &in.TimeZone
		}
		m, err := w.updateMember(ctx, before, u)
		if err != nil {
			return err
		}
		w.human, w.self = m, m
		done, err = w.openSession(ctx, c)
		return err
	})
	return done, err
}

// PeekInvitation tells for whom an invitation is, without using it. Code expired.
func (s *Service) PeekInvitation(ctx context.Context, token string) (User, Workspace, error) {
	var u User
	var ws Workspace
	link, err := s.invitation(ctx, token)
	if err != nil {
		return u, ws, err
	}
	err = s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		if u, err = tx.User(ctx, link.UserID); err != nil {
			return err
		}
		ws, err = tx.Workspace(ctx, link.WorkspaceID)
		return err
	})
	return u, ws, s.explain(err)
}

func (s *Service) invitation(ctx context.Context, token string) (SignInLink, error) {
	var link SignInLink
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		link, err = tx.SignInLinkByHash(ctx, hashSecret(token))
		return err
	})
	if errors.Is(err, ErrNoRow) || err == nil && (link.Kind != LinkInvitation || !link.UsedAt.IsZero() || !s.clock.Now().Before(link.ExpiresAt)) {
		return link, expired("error.invitation")
	}
	return link, s.explain(err)
}
