package core

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"strconv"
	"strings"
	"time"
)

// LinkCodeFor is how long a link code lives.
const LinkCodeFor = 10 * time.Minute

// linkTries is how many wrong codes a chat account may enter in LinkCodeFor (OWASP ASVS 6.6.3).
const linkTries = 5

// newLinkCode makes 8 base-32 characters (40 bits), shown as two groups.
func newLinkCode() string {
	var b [5]byte
	_, _ = rand.Read(b[:])
	return base32.StdEncoding.EncodeToString(b[:])
}

func normalCode(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(strings.TrimSpace(code)))
}

// CreateLinkCode makes a code for the actor's own member, to be typed into the chat by the same
// person. Linking starts here, on the web, so that nobody can be tricked into linking a stranger's
// chat account. Single use, 10 minutes; a new code makes the older one useless. Not while impersonating.
func (s *Service) CreateLinkCode(ctx context.Context, a Actor) (code string, expires time.Time, err error) {
	code = newLinkCode()
	err = s.keep(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActIdentityLink, "")
		if err != nil {
			return err
		}
		expires = w.now.Add(LinkCodeFor)
		return w.tx.SaveLinkCode(ctx, w.ws.ID, m.ID, hashSecret(code), expires)
	})
	return code[:4] + "-" + code[4:], expires, err
}

// LinkByCode is the input of RedeemLinkCode: a code that was typed by the person of a verified request.
type LinkByCode struct {
	ChatAccount
	ChatName  string // what the platform calls the account, to be shown; may be empty
	Workspace string // slug of the workspace that the platform's team is connected to
	Code      string
	Door      Door
	RequestID string
}

// RedeemLinkCode links the chat account of a verified request to the member who made the code.
// Codes: expired (wrong, used or old code), rate_limited (five wrong ones), conflict (linked already), forbidden (inactive).
func (s *Service) RedeemLinkCode(ctx context.Context, l LinkByCode) (Identity, Actor, error) {
	var id Identity
	ws, err := s.WorkspaceBySlug(ctx, l.Workspace)
	if err != nil {
		return id, Actor{}, err
	}
	tries, err := s.countLinkTry(ctx, l.ChatAccount)
	if err != nil {
		return id, Actor{}, err
	}
	if tries > linkTries {
		return id, Actor{}, &Error{Code: CodeRateLimited, Message: "error.link_tries"}
	}
	var m Member
	err = s.store.Read(ctx, func(ctx context.Context, tx Tx) error {
		memberID, err := tx.LinkCode(ctx, ws.ID, hashSecret(normalCode(l.Code)), s.clock.Now())
		if err != nil {
			return err
		}
		m, err = tx.Member(ctx, ws.ID, memberID)
		return err
	})
	if errors.Is(err, ErrNoRow) {
		return id, Actor{}, expired("error.link_code")
	}
	if err != nil {
		return id, Actor{}, s.explain(err)
	}
	a := Actor{UserID: m.User.ID, MemberID: m.ID, WorkspaceID: ws.ID, Door: l.Door, RequestID: l.RequestID}
	err = s.write(ctx, a, func(ctx context.Context, w *work) error {
		if _, err := w.memberFor(ctx, ActIdentityLink, ""); err != nil {
			return err
		}
		ok, err := w.tx.UseLinkCode(ctx, ws.ID, hashSecret(normalCode(l.Code)), w.now)
		if err != nil {
			return err
		}
		if !ok {
			return expired("error.link_code")
		}
		id, err = w.link(ctx, w.self, NewIdentity{Platform: l.Platform, Team: l.Team, ChatUser: l.ChatUser, ChatName: l.ChatName})
		return err
	})
	return id, a, err
}

// countLinkTry counts an attempt of a chat account, durably, before its code is looked at.
func (s *Service) countLinkTry(ctx context.Context, c ChatAccount) (int, error) {
	n := 0
	err := s.store.Write(ctx, func(ctx context.Context, tx Tx) (err error) {
		now := s.clock.Now()
		for n = 1; n <= linkTries; n++ {
			key := hashSecret("link " + c.Platform + " " + c.Team + " " + c.ChatUser + " " + strconv.Itoa(n))
			first, err := tx.InsertSeen(ctx, key, now, now.Add(LinkCodeFor))
			if err != nil || first {
				return err
			}
		}
		return nil
	})
	return n, s.explain(err)
}

// Identities lists the chat accounts linked in the workspace (owners), or the actor's own ("own").
func (s *Service) Identities(ctx context.Context, a Actor, own bool) ([]Identity, error) {
	var list []Identity
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.standing(ctx); err != nil {
			return err
		}
		target := ID("")
		if own {
			target = w.self.ID
		}
		if err := w.allow(ctx, ActIdentityView, target); err != nil {
			return err
		}
		var err error
		if own {
			list, err = w.tx.IdentitiesOfMember(ctx, w.ws.ID, w.self.ID)
		} else {
			list, err = w.tx.Identities(ctx, w.ws.ID)
		}
		return err
	})
	return list, err
}

// UnlinkIdentity removes a link. The member it belongs to, and owners. Not while impersonating.
// Codes: not_found, forbidden, owner_required.
func (s *Service) UnlinkIdentity(ctx context.Context, a Actor, id ID) error {
	return s.write(ctx, a, func(ctx context.Context, w *work) error {
		w.decided = true
		if err := w.standing(ctx); err != nil {
			return err
		}
		i, err := w.tx.Identity(ctx, w.ws.ID, id)
		if err != nil {
			return missing(err, "error.identity_not_found")
		}
		if err := w.allow(ctx, ActIdentityUnlink, i.MemberID); err != nil {
			return err
		}
		return w.unlink(ctx, i, "")
	})
}
