package core

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"
)

// Notice is a line in a member's own inbox: somebody did something to their account.
type Notice struct {
	ID            ID
	WorkspaceID   ID
	MemberID      ID
	Act           Action
	ActorName     string
	ActorMemberID ID // empty for a job
	Door          Door
	EntryID       ID // empty when it is not about an entry
	Reason        string
	Data          map[string]any // what the sentence needs: "description", "start", "end" as RFC 3339
	At            time.Time
	ReadAt        time.Time
	Answer        string // "", NoticeAccepted or NoticeDisputed
	AnswerNote    string
	AnsweredAt    time.Time
}

// The answers of a member to what was done to an entry of theirs.
const (
	NoticeAccepted = "accepted"
	NoticeDisputed = "disputed"
)

// Answerable tells whether the member can accept or dispute it: somebody stopped or changed an entry.
func (n Notice) Answerable() bool {
	switch n.Act {
	case ActTimerStop, ActEntryCorrect, ActEntryCreate, ActEntryDelete:
		return n.EntryID != ""
	}
	return false
}

const maxReason = 500

func validReason(r string) error {
	if utf8.RuneCountInString(r) > maxReason || !utf8.ValidString(r) || strings.ContainsRune(r, 0) {
		return invalid("reason", "error.reason_long", Params{"Max": maxReason})
	}
	return nil
}

// noteTo queues a notice for the member, unless the member did it. Rows are written by finish.
func (w *work) noteTo(m Member, act Action, e TimeEntry, reason string) {
	if m.ID == w.self.ID && w.imp == nil {
		return
	}
	n := Notice{
		ID: NewID(w.now), WorkspaceID: w.ws.ID, MemberID: m.ID, Act: act, ActorName: w.human.User.Name,
		ActorMemberID: w.human.ID, Door: w.actor.Door, EntryID: e.ID, Reason: reason, At: w.now,
	}
	if w.actor.Job != "" {
		n.ActorName = productName
	}
	if e.ID != "" {
		n.Data = entryFields(e)
	}
	w.notices = append(w.notices, n)
	w.emit(EventNotice, m.ID)
}

// noteChange is noteTo with the fields that changed as they were, under "before".
func (w *work) noteChange(m Member, act Action, e TimeEntry, before map[string]any, reason string) {
	n := len(w.notices)
	w.noteTo(m, act, e, reason)
	if len(w.notices) > n {
		w.notices[n].Data["before"] = before
	}
}

// Notices lists the actor's own inbox, newest first.
func (s *Service) Notices(ctx context.Context, a Actor, limit int) ([]Notice, error) {
	var list []Notice
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActNoticeView, "")
		if err != nil {
			return err
		}
		list, err = w.tx.Notices(ctx, w.ws.ID, m.ID, bound(limit, 50, 500))
		return err
	})
	return list, err
}

// UnreadNotices counts the actor's own notices that were not read yet.
func (s *Service) UnreadNotices(ctx context.Context, a Actor) (int, error) {
	n := 0
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActNoticeView, "")
		if err != nil {
			return err
		}
		n, err = w.tx.UnreadNotices(ctx, w.ws.ID, m.ID)
		return err
	})
	return n, err
}

// MarkNoticesRead marks the actor's own notices as read, up to the newest one the page showed ("" for
// all), since one that came in meanwhile was not read. Nothing while impersonating: the member has not
// read them.
func (s *Service) MarkNoticesRead(ctx context.Context, a Actor, newest ID) error {
	if a.Impersonating() {
		return nil
	}
	return s.keep(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, ActNoticeView, "")
		if err != nil {
			return err
		}
		w.emit(EventNotice, m.ID)
		return w.tx.MarkNoticesRead(ctx, w.ws.ID, m.ID, newest, w.now)
	})
}
