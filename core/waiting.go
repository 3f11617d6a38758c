package core

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"
)

// maxWaiting bounds a waiting command, in characters.
const maxWaiting = 8000

// ChatAccount names somebody on a platform, as a verified request does.
type ChatAccount struct {
	Platform string // PlatformSlack, …
	Team     string // Slack team or Discord guild
	ChatUser string // the platform's immutable user id
}

// KeepWaitingCommand remembers what a chat account that is not linked yet asked for, for LinkCodeFor,
// so that it goes on after linking. The newest one counts. Nothing is done, so nobody is asked.
// A command longer than 8000 characters is not remembered.
func (s *Service) KeepWaitingCommand(ctx context.Context, c ChatAccount, command string) error {
	if utf8.RuneCountInString(command) > maxWaiting || !utf8.ValidString(command) {
		return nil
	}
	err := s.store.Write(ctx, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		return tx.SaveWaitingCommand(ctx, c, command, now, now.Add(LinkCodeFor))
	})
	return s.explain(err)
}

// TakeWaitingCommand returns what the chat account waits for and forgets it; "" when there is nothing.
func (s *Service) TakeWaitingCommand(ctx context.Context, c ChatAccount) (string, error) {
	command := ""
	err := s.store.Write(ctx, func(ctx context.Context, tx Tx) (err error) {
		command, err = tx.TakeWaitingCommand(ctx, c, s.clock.Now())
		if errors.Is(err, ErrNoRow) {
			command, err = "", nil
		}
		return err
	})
	return command, s.explain(err)
}

// Barred says why a platform's account may not be linked, or no longer.
type Barred string

// The reasons.
const (
	BarredDeactivated Barred = "deactivated" // the platform deactivated the account
	BarredBot         Barred = "bot"
	BarredGuest       Barred = "guest"       // single- and multi-channel guests
	BarredStranger    Barred = "stranger"    // of another team, or unknown to the platform's team
	BarredUnconfirmed Barred = "unconfirmed" // their e-mail address is not confirmed
)

// UnlinkBarred unlinks a chat account whose platform says that it may not be linked any more, and
// tells whether there was a link. The job of the chat people only.
func (s *Service) UnlinkBarred(ctx context.Context, a Actor, c ChatAccount, why Barred) (bool, error) {
	var known Identity
	err := s.store.Read(ctx, func(ctx context.Context, tx Tx) (err error) {
		known, err = tx.IdentityByChat(ctx, c.Platform, c.Team, c.ChatUser)
		return err
	})
	if errors.Is(err, ErrNoRow) {
		return false, nil
	}
	if err != nil {
		return false, s.explain(err)
	}
	gone := false
	err = s.write(ctx, a.In(known.WorkspaceID), func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActIdentityUnlink, ""); err != nil {
			return err
		}
		i, err := w.tx.IdentityByChat(ctx, c.Platform, c.Team, c.ChatUser)
		if errors.Is(err, ErrNoRow) || err == nil && i.WorkspaceID != w.ws.ID {
			gone = false
			w.nothingToDo()
			return nil
		}
		if err != nil {
			return err
		}
		gone = true
		return w.unlink(ctx, i, string(why))
	})
	return gone, err
}

// unlink removes a link, with its audit entry and a notice to the member. What stands in its direct messages goes.
func (w *work) unlink(ctx context.Context, i Identity, reason string) error {
	m, err := w.tx.Member(ctx, w.ws.ID, i.MemberID)
	if err != nil {
		return err
	}
	if err := w.tx.DeleteIdentity(ctx, w.ws.ID, i.ID); err != nil {
		return err
	}
	w.audit(AuditDraft{Act: ActIdentityUnlink, Target: memberTarget(m), Reason: reason, Before: identityFields(i)})
	w.noteTo(m, ActIdentityUnlink, TimeEntry{}, "")
	w.emit(EventMember, m.ID)
	return w.refreshOpen(ctx, m.ID)
}

// identityFields are a link as the audit log shows it.
func identityFields(i Identity) map[string]any {
	fields := map[string]any{"platform": i.Platform, "team": i.Team, "chat_user": i.ChatUser}
	if i.ChatName != "" {
		fields["chat_name"] = i.ChatName
	}
	return fields
}

type waitingTx interface {
	// SaveWaitingCommand keeps the newest command of a chat account, and drops those whose time is over.
	SaveWaitingCommand(ctx context.Context, c ChatAccount, command string, now, until time.Time) error
	TakeWaitingCommand(ctx context.Context, c ChatAccount, now time.Time) (string, error) // and deletes it
}
