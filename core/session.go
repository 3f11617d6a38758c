package core

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Session is a person signed in to the panel on one host. It holds no rights.
type Session struct {
	ID              ID
	UserID          ID
	HostWorkspaceID ID // the workspace of the subdomain it belongs to; empty: the main address
	CreatedAt       time.Time
	LastSeenAt      time.Time
	ExpiresAt       time.Time // hard end
	EndedAt         time.Time
	Address         string
	UserAgent       string
}

// How long a session lives without requests, and at most (OWASP ASVS 7.3).
const (
	SessionIdle = 30 * time.Minute
	SessionMax  = 12 * time.Hour
)

func (s Session) ended(now time.Time) bool {
	return !s.EndedAt.IsZero() || !now.Before(s.ExpiresAt) || now.Sub(s.LastSeenAt) >= SessionIdle
}

// SignInLink is a one-time way into the panel: GET shows a button, POST uses it up.
type SignInLink struct {
	ID          ID
	WorkspaceID ID
	UserID      ID
	Kind        LinkKind
	MemberID    ID // whom to log in as, of LinkLoginAs
	ExpiresAt   time.Time
	UsedAt      time.Time
}

// LinkKind says what a one-time link is for.
type LinkKind string

// The kinds. The first two sign in; the third only carries an intent and needs the same person signed in.
const (
	LinkSignIn     LinkKind = "sign_in"
	LinkInvitation LinkKind = "invitation"
	LinkLoginAs    LinkKind = "login_as"
)

// SignInLinkFor is how long a one-time sign-in link lives.
const SignInLinkFor = 10 * time.Minute

// CreateSignInLink makes a one-time sign-in link for an active member of the actor's workspace and
// returns its token, which is stored as a hash. The operator only. Codes: not_found, conflict (not active).
func (s *Service) CreateSignInLink(ctx context.Context, a Actor, email string) (token string, ws Workspace, err error) {
	token = newToken()
	err = s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActSignInLinkCreate, ""); err != nil {
			return err
		}
		m, err := w.tx.MemberByEmail(ctx, w.ws.ID, NormalEmail(email))
		if errors.Is(err, ErrNoRow) {
			return &Error{Code: CodeNotFound, Message: "error.no_member_with_email", Params: Params{"Email": clip(email)}}
		}
		if err != nil {
			return err
		}
		if m.Status != StatusActive {
			return conflict("error.member_inactive", Params{"Name": m.User.Name}, nil)
		}
		ws = w.ws
		return w.insertLink(ctx, ActSignInLinkCreate, m, SignInLink{
			UserID: m.User.ID, Kind: LinkSignIn, ExpiresAt: w.now.Add(SignInLinkFor),
		}, token)
	})
	return token, ws, err
}

// insertLink keeps a new one-time link that is about the member, and who made it. Whoever has the token is let in by it,
// so the token itself is told to nobody else.
func (w *work) insertLink(ctx context.Context, act Action, m Member, l SignInLink, token string) error {
	l.ID, l.WorkspaceID = NewID(w.now), w.ws.ID
	if err := w.tx.InsertSignInLink(ctx, l, hashSecret(token)); err != nil {
		return err
	}
	w.audit(AuditDraft{Act: act, Target: memberTarget(m), After: map[string]any{"expires_at": stamp(l.ExpiresAt)}})
	return nil
}

// PeekSignInLink tells for whom a link is, without using it. Code expired for any link that no
// longer works or never did.
func (s *Service) PeekSignInLink(ctx context.Context, token string) (User, Workspace, error) {
	var u User
	var ws Workspace
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) error {
		link, err := tx.SignInLinkByHash(ctx, hashSecret(token))
		if errors.Is(err, ErrNoRow) || err == nil && (link.Kind != LinkSignIn || !link.UsedAt.IsZero() || !s.clock.Now().Before(link.ExpiresAt)) {
			return expired("error.sign_in_link")
		}
		if err != nil {
			return err
		}
		if u, err = tx.User(ctx, link.UserID); err != nil {
			return err
		}
		ws, err = tx.Workspace(ctx, link.WorkspaceID)
		return err
	})
	return u, ws, s.explain(err)
}

// SignedIn is the result of a sign-in: a new session and its token, shown to the browser once.
type SignedIn struct {
	Session   Session
	Token     string
	Workspace Workspace
}

// Client describes the browser of a request.
type Client struct {
	Host      ID // the workspace of the request's subdomain; empty: the main address
	RequestID string
	Address   string
	UserAgent string
}

// UseSignInLink uses a link up and signs its person in, on the host of the request. Status never
// changes by signing in. Codes: expired, not_found (another workspace's subdomain), forbidden (inactive).
func (s *Service) UseSignInLink(ctx context.Context, token string, c Client) (SignedIn, error) {
	var in SignedIn
	var link SignInLink
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		link, err = tx.SignInLinkByHash(ctx, hashSecret(token))
		return err
	})
	if errors.Is(err, ErrNoRow) || err == nil && link.Kind != LinkSignIn {
		return in, expired("error.sign_in_link")
	}
	if err != nil {
		return in, s.explain(err)
	}
	if c.Host != "" && c.Host != link.WorkspaceID {
		return in, notFound("error.workspace_not_found")
	}
	a := Actor{UserID: link.UserID, WorkspaceID: link.WorkspaceID, Door: DoorPanel, RequestID: c.RequestID, Address: c.Address}
	err = s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allowSignIn(ctx); err != nil {
			return err
		}
		ok, err := w.tx.UseSignInLink(ctx, link.ID, w.now)
		if err != nil {
			return err
		}
		if !ok {
			return expired("error.sign_in_link")
		}
		in, err = w.openSession(ctx, c)
		return err
	})
	return in, err
}

// allowSignIn asks the policy and refuses everybody who is not active: signing in changes no status.
func (w *work) allowSignIn(ctx context.Context) error {
	if err := w.standing(ctx); err != nil {
		return err
	}
	if err := w.allow(ctx, ActSessionSignIn, w.self.ID); err != nil {
		return err
	}
	if w.self.Status != StatusActive {
		return &Error{Code: CodeForbidden, Message: "error.account_inactive"}
	}
	return nil
}

func (w *work) openSession(ctx context.Context, c Client) (SignedIn, error) {
	in := SignedIn{Token: newToken(), Workspace: w.ws}
	in.Session = Session{
		ID: NewID(w.now), UserID: w.self.User.ID, HostWorkspaceID: c.Host, CreatedAt: w.now, LastSeenAt: w.now,
		ExpiresAt: w.now.Add(SessionMax), Address: c.Address, UserAgent: clipTo(c.UserAgent, 200),
	}
	if err := w.tx.InsertSession(ctx, in.Session, hashSecret(in.Token)); err != nil {
		return in, err
	}
	w.audit(AuditDraft{
		Act: ActSessionSignIn, Target: Target{Kind: "session", ID: in.Session.ID, MemberID: w.self.ID, Name: w.self.User.Name},
	})
	return in, w.seen(ctx, w.self.ID)
}

// clipTo shortens text from outside to n characters that every engine stores.
func clipTo(s string, n int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// Visit is a panel request that carries a session.
type Visit struct {
	Token     string
	Workspace string // slug in the address; empty: the one of the host, or the person's first
	Quiet     bool   // the page asks by itself: no sign of the person, so neither session nor activity is touched
	Client
}

// ActorBySession returns who makes a panel request, with everything read anew: the session, and the
// impersonation on it, which ends here when one of its causes holds. ended is then set: the actor is
// the owner again, in the workspace where it began; what was asked for as the member must not be done,
// and the session wants a new token (RenewSession). Codes: unauthenticated (no or ended session, another host's), not_found (workspace).
func (s *Service) ActorBySession(ctx context.Context, v Visit) (a Actor, ended EndCause, err error) {
	refuse := &Error{Code: CodeUnauthenticated, Message: "error.session_ended"}
	if v.Token == "" {
		return a, "", refuse
	}
	var session Session
	var open Impersonation
	var over EndCause
	err = s.store.Read(ctx, func(ctx context.Context, tx Tx) error {
		var err error
		session, err = tx.SessionByHash(ctx, hashSecret(v.Token))
		if errors.Is(err, ErrNoRow) || err == nil && (session.ended(s.clock.Now()) || session.HostWorkspaceID != v.Host) {
			return refuse
		}
		if err != nil {
			return err
		}
		a = Actor{
			UserID: session.UserID, Door: DoorPanel, SessionID: session.ID, RequestID: v.RequestID, Address: v.Address,
		}
		w := &work{tx: tx, now: s.clock.Now(), actor: a, svc: s}
		open, err = tx.OpenImpersonation(ctx, session.ID)
		switch {
		case err == nil:
			over, _, _, err = w.impersonationEnd(ctx, open)
			if err != nil {
				return err
			}
			if over == "" {
				a.Impersonation = open.ID
			}
		case !errors.Is(err, ErrNoRow):
			return err
		}
		effective, there := session.UserID, v
		if a.Impersonating() {
			effective = open.UserID
		}
		if over != "" {
			there.Workspace = "" // back to where it began: the address may name what only the member could open
		}
		a.WorkspaceID, a.MemberID, err = pickWorkspace(ctx, tx, there, effective, open, a.Impersonating() || over != "")
		return err
	})
	if err != nil {
		return Actor{}, "", s.explain(err)
	}
	now := s.clock.Now()
	if over != "" && !v.Quiet { // else the next visit of the person closes it, and the page can say why
		err = s.keep(ctx, a, func(ctx context.Context, w *work) error {
			if err := w.closeImpersonation(ctx, open, over); err != nil {
				return err
			}
			if len(w.drafts) == 0 {
				return nil
			}
			return w.finish(ctx)
		})
		if err != nil {
			return Actor{}, "", err
		}
	}
	if !v.Quiet && now.Sub(session.LastSeenAt) >= activityEvery {
		err = s.keep(ctx, a, func(ctx context.Context, w *work) error {
			if err := w.tx.TouchSession(ctx, session.ID, w.now); err != nil {
				return err
			}
			if a.Impersonating() || a.MemberID == "" {
				return nil
			}
			w.ws.ID = a.WorkspaceID
			return w.seen(ctx, a.MemberID)
		})
	}
	return a, over, err
}

// RenewSession gives the session of a token another token, after an impersonation on it ended by itself.
// It returns "" when another request was faster: the browser then has the new token from there.
func (s *Service) RenewSession(ctx context.Context, a Actor, old string) (string, error) {
	token := newToken()
	err := s.keep(ctx, a, func(ctx context.Context, w *work) error {
		// The lock makes two requests at once wait for each other.
		if _, err := w.tx.LockWorkspace(ctx, a.WorkspaceID); err != nil {
			return missing(err, "error.workspace_not_found")
		}
		session, found, err := maybe(w.tx.SessionByHash(ctx, hashSecret(old)))
		if err != nil {
			return err
		}
		ok := found && session.ID == a.SessionID
		if ok {
			ok, err = w.tx.RotateSession(ctx, session.ID, hashSecret(token), w.now)
		}
		if !ok {
			token = ""
		}
		return err
	})
	return token, err
}

// pickWorkspace finds the workspace of a visit and the effective member in it.
func pickWorkspace(ctx context.Context, tx Tx, v Visit, user ID, open Impersonation, impersonating bool) (ws, member ID, err error) {
	gone := notFound("error.workspace_not_found")
	switch {
	case v.Workspace != "":
		w, err := tx.WorkspaceBySlug(ctx, v.Workspace)
		if err != nil {
			return "", "", missing(err, "error.workspace_not_found")
		}
		if v.Host != "" && w.ID != v.Host {
			return "", "", gone
		}
		ws = w.ID
	case v.Host != "":
		ws = v.Host
	case impersonating:
		ws = open.WorkspaceID
	}
	if ws == "" {
		list, err := tx.MembershipsOfUser(ctx, user)
		if err != nil {
			return "", "", err
		}
		for _, m := range list {
			if m.Member.Status == StatusActive {
				return m.Workspace.ID, m.Member.ID, nil
			}
		}
		return "", "", gone
	}
	m, err := tx.MemberByUser(ctx, ws, user)
	if err != nil {
		return "", "", missing(err, "error.workspace_not_found")
	}
	return ws, m.ID, nil
}

// SignOut ends the actor's own session, and the impersonation on it. Ending it twice changes nothing.
func (s *Service) SignOut(ctx context.Context, a Actor) error {
	return s.keep(ctx, a, func(ctx context.Context, w *work) error {
		imp, open, err := maybe(w.tx.OpenImpersonation(ctx, a.SessionID))
		if err == nil && open {
			err = w.closeImpersonation(ctx, imp, EndSignedOut)
		}
		if err != nil {
			return err
		}
		if len(w.drafts) > 0 {
			if err := w.finish(ctx); err != nil {
				return err
			}
			w.drafts = nil
		}
		ok, err := w.tx.EndSession(ctx, a.SessionID, w.now)
		if err != nil || !ok {
			return err
		}
		u, err := w.tx.User(ctx, a.UserID)
		if err != nil {
			return err
		}
		if w.ws, err = w.tx.LockWorkspace(ctx, a.WorkspaceID); err != nil {
			return err
		}
		w.human = Member{User: u}
		if m, err := w.tx.MemberByUser(ctx, w.ws.ID, u.ID); err == nil {
			w.human = m
		}
		w.self, w.imp = w.human, nil
		w.audit(AuditDraft{
			Act: ActSessionSignOut, Target: Target{Kind: "session", ID: a.SessionID, MemberID: w.human.ID, Name: u.Name},
		})
		w.emit(EventSession, w.human.ID)
		return w.finish(ctx)
	})
}
