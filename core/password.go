package core

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Argon2id with the second recommended setting of RFC 9106 (64 MiB, 3 passes), hashes in PHC form.
const (
	argonMemory  = 64 * 1024 // KiB
	argonPasses  = 3
	argonThreads = 2
	argonKey     = 32
	argonSalt    = 16
)

// PasswordMin is the least number of characters of a password. They have 10 to 256 (OWASP ASVS 6.2:
// length, no composition rules).
const PasswordMin = 10

const maxPassword = 256

func validPassword(field, p string) error {
	if n := utf8.RuneCountInString(p); n < PasswordMin || n > maxPassword {
		return invalid(field, "error.password_length", Params{"Min": PasswordMin, "Max": maxPassword})
	}
	return nil
}

// hashing bounds how many passwords are hashed at once: each takes 64 MiB.
func (s *Service) hashing(ctx context.Context) (release func(), err error) {
	select {
	case s.hashSlots <- struct{}{}:
		return func() { <-s.hashSlots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Service) hashPassword(ctx context.Context, password string) (string, error) {
	release, err := s.hashing(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// noPassword is compared against when there is no account or no password, so that the answer takes
// the same time. Nobody knows its password.
const noPassword = //nolint:gosec // no secret: nobody knows a password that it fits
"$argon2id$v=19$m=65536,t=3,p=2$Y2xvY2t3YXJkZW5zYWx0MQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func (s *Service) passwordMatches(ctx context.Context, hash, password string) (bool, error) {
	release, err := s.hashing(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	if hash == "" {
		hash = noPassword
	}
	parts := strings.Split(hash, "$")
	var memory, passes uint32
	var threads uint8
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("stored password hash has an unknown form")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil {
		return false, fmt.Errorf("stored password hash: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("stored password salt: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("stored password key: %w", err)
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, threads, argonKey)
	return subtle.ConstantTimeCompare(got, want) == 1 && hash != noPassword, nil
}

// SetPassword changes the actor's own password and ends their other sessions. The present password
// is needed where there is one. Not while impersonating. Codes: invalid (length, wrong present password).
func (s *Service) SetPassword(ctx context.Context, a Actor, present, password string) error {
	if err := validPassword("password", password); err != nil {
		return err
	}
	var stored string
	err := s.read(ctx, a, func(ctx context.Context, w *work) (err error) {
		if _, err := w.memberFor(ctx, ActPasswordUpdate, ""); err != nil {
			return err
		}
		stored, err = w.tx.PasswordHash(ctx, a.UserID)
		return err
	})
	if err != nil {
		return err
	}
	if stored != "" {
		ok, err := s.passwordMatches(ctx, stored, present)
		if err != nil {
			return err
		}
		if !ok {
			return invalid("present", "error.password_wrong", nil)
		}
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.write(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActPasswordUpdate, "")
		if err != nil {
			return err
		}
		ok, err := w.tx.SetPasswordHash(ctx, a.UserID, stored, hash)
		if err != nil {
			return err
		}
		if !ok {
			return invalid("present", "error.password_wrong", nil)
		}
		if err := w.tx.EndOtherSessions(ctx, a.UserID, a.SessionID, w.now); err != nil {
			return err
		}
		w.audit(AuditDraft{Act: ActPasswordUpdate, Target: memberTarget(m)})
		w.emit(EventSession, m.ID)
		return nil
	})
}

// SignInWithPassword signs a person in. Unknown address, wrong password, no password and inactive
// account answer the same, in the same time. The door limits the rate. Code unauthenticated.
func (s *Service) SignInWithPassword(ctx context.Context, email, password string, c Client) (SignedIn, error) {
	refuse := &Error{Code: CodeUnauthenticated, Message: "error.sign_in_wrong"}
	if len(password) > 4*maxPassword {
		password = ""
	}
	var u User
	var stored string
	var ws ID
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) error {
		var err error
		if u, err = tx.UserByEmail(ctx, NormalEmail(email)); err != nil {
			return err
		}
		if stored, err = tx.PasswordHash(ctx, u.ID); err != nil {
			return err
		}
		ws, _, err = pickWorkspace(ctx, tx, Visit{Client: c}, u.ID, Impersonation{}, false)
		return err
	})
	if err != nil && !errors.Is(err, ErrNoRow) && ErrorCode(err) != CodeNotFound {
		return SignedIn{}, s.explain(err)
	}
	ok, hashErr := s.passwordMatches(ctx, stored, password)
	if hashErr != nil {
		return SignedIn{}, hashErr
	}
	if err != nil || !ok {
		return SignedIn{}, refuse
	}
	in, err := s.signIn(ctx, u.ID, ws, c)
	if ErrorCode(err) == CodeForbidden {
		return SignedIn{}, refuse
	}
	return in, err
}

// signIn opens a session for an active member; how they proved who they are is the caller's business.
func (s *Service) signIn(ctx context.Context, user, workspace ID, c Client) (SignedIn, error) {
	var in SignedIn
	a := Actor{UserID: user, WorkspaceID: workspace, Door: DoorPanel, RequestID: c.RequestID, Address: c.Address}
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allowSignIn(ctx); err != nil {
			return err
		}
		var err error
		in, err = w.openSession(ctx, c)
		return err
	})
	return in, err
}
