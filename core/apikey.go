package core

import (
	"context"
	"crypto/rand"
	"errors"
	"hash/crc32"
	"math/big"
	"strings"
	"time"
)

// APIKey belongs to one member of one workspace. Its secret is shown once, at creation.
type APIKey struct {
	ID              ID
	WorkspaceID     ID
	MemberID        ID
	Name            string
	Prefix          string // first characters, for the member alone
	Hash            string // SHA-256 of the secret
	CreatedAt       time.Time
	LastUsedAt      time.Time // zero: never; written at most once a minute
	DeactivatedAt   time.Time // zero: active
	DeactivatedBy   ID        // user
	DeactivatedName string
}

// Active tells whether requests with the key are accepted.
func (k APIKey) Active() bool { return k.DeactivatedAt.IsZero() }

// KeySummary is all that anybody but the member learns about a member's keys.
type KeySummary struct {
	Active   int
	LastUsed time.Time // of the active ones; zero: never
}

const (
	keyPrefix  = "cw_"
	keyRandom  = 30
	keyCheck   = 6
	base62     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	maxAPIKeys = 50 // active keys of one member
)

// newAPIKey makes a secret: prefix, 30 random base-62 characters (178 bits) and a CRC-32 checksum,
// so that a mistyped or invented key is refused before the store is asked.
func newAPIKey() string {
	var b strings.Builder
	b.WriteString(keyPrefix)
	most := big.NewInt(int64(len(base62)))
	for range keyRandom {
		n, err := rand.Int(rand.Reader, most)
		if err != nil {
			panic(err) // crypto/rand never fails
		}
		b.WriteByte(base62[n.Int64()])
	}
	return b.String() + keyChecksum(b.String())
}

func keyChecksum(body string) string {
	n := crc32.ChecksumIEEE([]byte(body))
	out := make([]byte, keyCheck)
	for i := keyCheck - 1; i >= 0; i-- {
		out[i] = base62[n%62]
		n /= 62
	}
	return string(out)
}

// plausibleKey tells whether text has the form and checksum of a key.
func plausibleKey(text string) bool {
	body := len(keyPrefix) + keyRandom
	return len(text) == body+keyCheck && strings.HasPrefix(text, keyPrefix) && keyChecksum(text[:body]) == text[body:]
}

// CreateAPIKey makes a key for the actor's own member, or for memberID where the operator asks, and
// returns its secret, which nobody can read again. Not while impersonating.
// Codes: invalid, not_found, conflict (too many keys), forbidden.
func (s *Service) CreateAPIKey(ctx context.Context, a Actor, memberID ID, name string) (key APIKey, secret string, err error) {
	name = strings.TrimSpace(name)
	if name == "" {
		name = "API key"
	}
	if err := validName(name); err != nil {
		return APIKey{}, "", err
	}
	err = s.write(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActAPIKeyCreate, memberID)
		if err != nil {
			return err
		}
		if m.Status != StatusActive {
			return conflict("error.member_inactive", Params{"Name": m.User.Name}, nil)
		}
		sum, err := w.tx.KeySummary(ctx, w.ws.ID, m.ID)
		if err != nil {
			return err
		}
		if sum.Active >= maxAPIKeys {
			return conflict("error.keys_many", Params{"Max": maxAPIKeys}, nil)
		}
		secret = newAPIKey()
		key = APIKey{
			ID: NewID(w.now), WorkspaceID: w.ws.ID, MemberID: m.ID, Name: name,
			Prefix: secret[:len(keyPrefix)+4], Hash: hashSecret(secret), CreatedAt: w.now,
		}
		if err := w.tx.InsertAPIKey(ctx, key); err != nil {
			return err
		}
		w.audit(AuditDraft{Act: ActAPIKeyCreate, Target: memberTarget(m), After: map[string]any{"key_id": string(key.ID), "name": name}})
		w.touch(m.ID)
		w.emit(EventKeys, m.ID)
		return nil
	})
	return key, secret, err
}

// memberFor loads a member ("" for the actor's own) and asks the policy.
func (w *work) memberFor(ctx context.Context, act Action, id ID) (Member, error) {
	w.decided = true
	if err := w.standing(ctx); err != nil {
		return Member{}, err
	}
	m := w.self
	if id != "" && id != m.ID {
		var err error
		if m, err = w.tx.Member(ctx, w.ws.ID, id); err != nil {
			return m, missing(err, "error.member_not_found")
		}
	}
	return m, w.allow(ctx, act, m.ID)
}

// APIKeys lists the actor's own keys, newest first, deactivated ones included. Their first characters
// are for the member alone: while impersonating they are left out.
func (s *Service) APIKeys(ctx context.Context, a Actor) ([]APIKey, error) {
	var list []APIKey
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActAPIKeyView, "")
		if err != nil {
			return err
		}
		list, err = w.tx.APIKeys(ctx, w.ws.ID, m.ID)
		for i := range list {
			if w.imp != nil {
				list[i].Prefix, list[i].Hash = "", ""
			}
		}
		return err
	})
	return list, err
}

// DeactivateAPIKeys deactivates every active key a member has in the workspace, in one act, and
// tells how many. The next request with one of them is refused. Own: every active member;
// another's: owners on Enterprise. None active: 0, no error. Codes: not_found, forbidden, ….
func (s *Service) DeactivateAPIKeys(ctx context.Context, a Actor, memberID ID, reason string) (int, error) {
	var n int
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActAPIKeyDeactivate, memberID)
		if err != nil {
			return err
		}
		n, err = w.deactivateKeys(ctx, m, "", reason)
		return err
	})
	return n, err
}

// DeactivateAPIKey deactivates one of the actor's own keys. Codes: not_found, forbidden.
func (s *Service) DeactivateAPIKey(ctx context.Context, a Actor, id ID) error {
	return s.write(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActAPIKeyDeactivate, "")
		if err != nil {
			return err
		}
		keys, err := w.tx.APIKeys(ctx, w.ws.ID, m.ID)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k.ID == id {
				_, err := w.deactivateKeys(ctx, m, id, "")
				return err
			}
		}
		return notFound("error.key_not_found")
	})
}

func (w *work) deactivateKeys(ctx context.Context, m Member, only ID, reason string) (int, error) {
	if err := validReason(reason); err != nil {
		return 0, err
	}
	n, err := w.tx.DeactivateAPIKeys(ctx, w.ws.ID, m.ID, only, w.actor.UserID, w.human.User.Name, w.now)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		w.nothingToDo()
		return 0, nil
	}
	w.audit(AuditDraft{
		Act: ActAPIKeyDeactivate, Target: memberTarget(m), Reason: reason,
		Before: map[string]any{"active": n}, After: map[string]any{"deactivated": n},
	})
	w.noteTo(m, ActAPIKeyDeactivate, TimeEntry{}, reason)
	w.touch(m.ID)
	w.emit(EventKeys, m.ID)
	return n, nil
}

// KeySummary counts a member's active keys. Owners on Enterprise, and the member.
func (s *Service) KeySummary(ctx context.Context, a Actor, memberID ID) (KeySummary, error) {
	var sum KeySummary
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActAPIKeyDeactivate, memberID)
		if err != nil {
			return err
		}
		sum, err = w.tx.KeySummary(ctx, w.ws.ID, m.ID)
		return err
	})
	return sum, err
}

// ActorByAPIKey returns the actor of a request that carries a key. It asks the store every time, so
// a deactivated key is refused by the next request on every instance; last use and activity are
// written at most once a minute. Code unauthenticated for anything but an active key of an active member.
func (s *Service) ActorByAPIKey(ctx context.Context, secret, requestID, address string) (Actor, error) {
	refuse := &Error{Code: CodeUnauthenticated, Message: "error.api_key"}
	if !plausibleKey(secret) {
		return Actor{}, refuse
	}
	var key APIKey
	var m Member
	err := s.store.Look(ctx, func(ctx context.Context, tx Tx) (err error) {
		key, m, err = tx.APIKeyByHash(ctx, hashSecret(secret))
		return err
	})
	if errors.Is(err, ErrNoRow) || err == nil && (!key.Active() || m.Status != StatusActive) {
		return Actor{}, refuse
	}
	if err != nil {
		return Actor{}, s.explain(err)
	}
	a := Actor{
		UserID: m.User.ID, MemberID: m.ID, WorkspaceID: m.WorkspaceID, Door: DoorAPI,
		APIKeyID: key.ID, RequestID: requestID, Address: address,
	}
	if now := s.clock.Now(); now.Sub(key.LastUsedAt) >= activityEvery {
		err = s.keep(ctx, a, func(ctx context.Context, w *work) error {
			w.ws.ID = m.WorkspaceID
			if err := w.tx.TouchAPIKey(ctx, key.ID, w.now); err != nil {
				return err
			}
			return w.seen(ctx, m.ID)
		})
	}
	return a, err
}

// activityEvery is how exactly activity is kept: one write a minute and member at most.
const activityEvery = time.Minute

// seen writes the member's last activity.
func (w *work) seen(ctx context.Context, memberID ID) error {
	w.touch(memberID)
	return w.tx.TouchMember(ctx, w.ws.ID, memberID, w.now)
}
