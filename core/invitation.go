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
	err = s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActInvitationCreate, ""); err != nil {
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
		return w.insertLink(ctx, ActInvitationCreate, m, SignInLink{
			UserID: m.User.ID, Kind: LinkInvitation, ExpiresAt: w.now.Add(InvitationFor),
		}, token)
	})
	return token, ws, err
}

// Acceptance is what an invited person fills in.
type Acceptance struct {
	Name         string
	Password     string // of a new person: empty sets none; of somebody who has one: the present one
	NeedPassword bool   // the door knows no other way to sign in later, so a new person must choose one
	Language     string
	TimeZone     string
	SignedInAs   ID // the user whose session the door has verified in the same browser; empty: none
}

// AcceptInvitation makes the invited person an active member, keeps their password, signs them in
// and uses the invitation up. Somebody who has an account already keeps name, password and settings,
// and proves to be that person first, by a session or the password: otherwise whoever invites an
// address would be signed in as its owner, in the owner's other workspaces too. The door limits the rate.
// Codes: expired (used, too old, unknown), invalid, forbidden (must sign in first), not_found
// (another workspace's subdomain).
func (s *Service) AcceptInvitation(ctx context.Context, token string, in Acceptance, c Client) (SignedIn, error) {
	var done SignedIn
	link, err := s.invitation(ctx, token)
	if err != nil {
		return done, err
	}
	if c.Host != "" && c.Host != link.WorkspaceID {
		return done, notFound("error.workspace_not_found")
	}
	var who standingOf
	if err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		who, err = standingOfUser(ctx, tx, link.UserID)
		return err
	}); err != nil {
		return done, s.explain(err)
	}
	hash, u := "", MemberUpdate{}
	if who.known {
		err = s.provePerson(ctx, who, link.UserID, in)
	} else {
		hash, u, err = s.newPerson(ctx, in)
	}
	if err != nil {
		return done, err
	}
	joined := StatusActive
	u.Status, u.accepted = &joined, true
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
		// Two invitations of one new person: the second is somebody who is known by now. Their acts lock
		// two workspaces, so it is the person who makes the one wait for the other.
		if err := w.tx.LockUser(ctx, link.UserID); err != nil {
			return err
		}
		if now, err := standingOfUser(ctx, w.tx, link.UserID); err != nil {
			return err
		} else if now.known && !who.known {
			return signInFirst()
		}
		ok, err := w.tx.UseSignInLink(ctx, link.ID, w.now)
		if err != nil {
			return err
		}
		if !ok {
			return expired("error.invitation")
		}
		if hash != "" {
			ok, err := w.tx.SetPasswordHash(ctx, w.self.User.ID, "", hash)
			if err != nil {
				return err
			}
			if !ok {
				return signInFirst()
			}
		}
		m, err := w.updateMember(ctx, w.self, u)
		if err != nil {
			return err
		}
		w.human, w.self = m, m
		done, err = w.openSession(ctx, c)
		return err
	})
	return done, err
}

// signInFirst is the answer to an invitation of somebody who has an account, from whom did not prove to be them.
func signInFirst() error {
	return &Error{Code: CodeForbidden, Message: "error.invitation_sign_in"}
}

// standingOf is what is known of an invited person beside the invitation.
type standingOf struct {
	hash  string // of the password; "" for none
	known bool   // has an account that somebody uses already
}

func standingOfUser(ctx context.Context, tx Tx, user ID) (standingOf, error) {
	var st standingOf
	var err error
	if st.hash, err = tx.PasswordHash(ctx, user); err != nil {
		return st, err
	}
	logins, err := tx.LoginsOfUser(ctx, user)
	if err != nil {
		return st, err
	}
	list, err := tx.MembershipsOfUser(ctx, user)
	if err != nil {
		return st, err
	}
	st.known = st.hash != "" || len(logins) > 0
	for _, m := range list {
		if st.known || m.Member.Status == StatusInvited {
			continue
		}
		never := false
		if m.Member.Status == StatusInactive {
			if never, err = invitationTakenBack(ctx, tx, m.Member); err != nil {
				return st, err
			}
		}
		st.known = !never
	}
	return st, nil
}

// provePerson asks somebody with an account for a session of theirs, or the password.
func (s *Service) provePerson(ctx context.Context, who standingOf, user ID, in Acceptance) error {
	if in.SignedInAs == user {
		return nil
	}
	if who.hash == "" {
		return signInFirst()
	}
	if len(in.Password) > 4*maxPassword {
		in.Password = ""
	}
	ok, err := s.passwordMatches(ctx, who.hash, in.Password)
	if err == nil && !ok {
		err = invalid("password", "error.password_wrong", nil)
	}
	return err
}

// newPerson checks what somebody without an account fills in.
func (s *Service) newPerson(ctx context.Context, in Acceptance) (hash string, u MemberUpdate, err error) {
	in.Name = strings.TrimSpace(in.Name)
	if err := validName(in.Name); err != nil {
		return "", u, err
	}
	u.Name = &in.Name
	if in.Language != "" {
		if err := validLanguage(in.Language); err != nil {
			return "", u, err
		}
		u.Language = &in.Language
	}
	if in.TimeZone != "" {
		if err := validZone(in.TimeZone); err != nil {
			return "", u, err
		}
		u.TimeZone = &in.TimeZone
	}
	if in.Password == "" && !in.NeedPassword {
		return "", u, nil
	}
	if err := validPassword("password", in.Password); err != nil {
		return "", u, err
	}
	hash, err = s.hashPassword(ctx, in.Password)
	return hash, u, err
}

// Invited is what an invitation is about.
type Invited struct {
	User      User
	Workspace Workspace
	Known     bool // has an account already, so has to sign in to accept
	Password  bool // and a password to do so
}

// PeekInvitation tells for whom an invitation is, without using it. Code expired.
func (s *Service) PeekInvitation(ctx context.Context, token string) (Invited, error) {
	var i Invited
	link, err := s.invitation(ctx, token)
	if err != nil {
		return i, err
	}
	err = s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		if i.User, err = tx.User(ctx, link.UserID); err != nil {
			return err
		}
		who, err := standingOfUser(ctx, tx, link.UserID)
		if err != nil {
			return err
		}
		i.Known, i.Password = who.known, who.hash != ""
		i.Workspace, err = tx.Workspace(ctx, link.WorkspaceID)
		return err
	})
	return i, s.explain(err)
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
