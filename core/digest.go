package core

import (
	"context"
	"errors"
	"time"
)

// MostInDigest is how many timers a summary lists: as many as every platform's menu can hold.
const MostInDigest = 25

// staleAfter is how long an alert may wait before it goes into a summary with the others of its
// destination.
const staleAfter = 15 * time.Minute

// mostMerged bounds how many alerts one transaction puts into a summary.
const mostMerged = 1000

// Destination is a channel or person on a platform that messages go to.
type Destination struct {
	WorkspaceID ID
	Platform    string
	Name        string // channel, or the chat user
	Direct      bool
	RecipientID ID
}

// UnsentAlert is an alert that is not on its platform yet, with the state of its flag.
type UnsentAlert struct {
	ID         ID // of the delivery
	EntryID    ID
	FlagID     ID
	MemberID   ID
	MemberName string
	WantedAt   time.Time
	CreatedAt  time.Time
	State      FlagState // of the flag
	Resolution Resolution
}

// Digest is several flags in one message, those that wait for somebody first.
type Digest struct {
	Workspace Workspace
	Lines     []Alert // at most MostInDigest
	All       int     // flags in it
	Open      int     // of them not resolved
}

// queueDigest writes one summary per owner destination of a run's flags, or adds them to the run's summary.
func (w *work) queueDigest(ctx context.Context, digest ID, flags []Flag) error {
	if err := w.tx.AddToDigest(ctx, w.ws.ID, digest, entriesOf(flags)); err != nil {
		return err
	}
	if n, err := w.tx.ReviseDigest(ctx, w.ws.ID, digest, w.now); err != nil || n > 0 {
		w.deliver = w.deliver || n > 0
		return err
	}
	to, err := w.ownerDestinations(ctx)
	if err != nil {
		return err
	}
	for _, d := range to {
		if err := w.queue(ctx, w.digestTo(d, digest)); err != nil {
			return err
		}
	}
	return nil
}

func entriesOf(flags []Flag) []ID {
	ids := make([]ID, len(flags))
	for i, f := range flags {
		ids[i] = f.EntryID
	}
	return ids
}

func (w *work) digestTo(d Destination, digest ID) Delivery {
	return Delivery{
		Topic: TopicDigest, Platform: d.Platform, Destination: d.Name, Direct: d.Direct, RecipientID: d.RecipientID, DigestID: digest,
		Key: join(":", string(TopicDigest), string(digest), d.Platform, d.Name),
	}
}

// summarize replaces the alerts of a destination that waited too long by one summary: after an outage of
// more than fifteen minutes two of them, after quiet hours as many as a run's summary needs. An alert
// whose timer ended meanwhile is dropped, which the audit log tells.
func (s *Service) summarize(ctx context.Context, a Actor, d Destination) error {
	return s.write(ctx, a.In(d.WorkspaceID), func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActDeliveryRun, ""); err != nil {
			return err
		}
		unsent, err := w.tx.UnsentAlerts(ctx, d, w.now, mostMerged)
		if err != nil {
			return err
		}
		var gone, waiting, entries []ID
		late := 0
		for _, u := range unsent {
			if u.State == FlagResolved {
				gone = append(gone, u.ID)
				w.auditUndelivered(d.Platform, u)
				continue
			}
			waiting, entries = append(waiting, u.ID), append(entries, u.EntryID)
			if !u.WantedAt.After(w.now.Add(-staleAfter)) {
				late++
			}
		}
		if err := w.tx.DropUnsent(ctx, w.ws.ID, gone, ""); err != nil {
			return err
		}
		digest, found, err := maybe(w.tx.UnsentDigest(ctx, d))
		if err != nil {
			return err
		}
		switch over := s.forgotten.DigestOver; {
		case found && late > 0:
			if err := w.tx.AddToDigest(ctx, w.ws.ID, digest, entries); err != nil {
				return err
			}
			_, err = w.tx.ReviseDigest(ctx, w.ws.ID, digest, w.now)
		case late > 1, over > 0 && len(waiting) > over:
			digest = NewID(w.now)
			if err := w.tx.AddToDigest(ctx, w.ws.ID, digest, entries); err != nil {
				return err
			}
			err = w.queue(ctx, w.digestTo(d, digest))
		default:
			waiting = nil
		}
		if err != nil {
			return err
		}
		if err := w.tx.DropUnsent(ctx, w.ws.ID, waiting, digest); err != nil {
			return err
		}
		if len(w.drafts) == 0 {
			w.nothingToDo() // a message instead of another is no act
		}
		return nil
	})
}

// auditUndelivered notes that an alert was never shown, because its flag was resolved before it could be.
// The act is the one that ends a flag; the reason tells that it was the message that ended.
func (w *work) auditUndelivered(platform string, u UnsentAlert) {
	w.audit(AuditDraft{
		Act: ActFlagResolve, Target: Target{Kind: "flag", ID: u.FlagID, MemberID: u.MemberID, Name: u.MemberName}, Reason: "resolved while undelivered",
		Before: map[string]any{"alert": string(DeliveryPending)},
		After:  map[string]any{"alert": string(DeliveryDropped), "platform": platform, "resolution": string(u.Resolution)},
	})
}

// composeDigest fills in what a summary shows now.
func (w *work) composeDigest(ctx context.Context, d Delivery, msg *Message) error {
	entries, all, open, err := w.tx.DigestEntries(ctx, w.ws.ID, d.DigestID, MostInDigest)
	if err != nil {
		return err
	}
	msg.Digest = &Digest{Workspace: w.ws, All: all, Open: open}
	if msg.Drop = d.Message == "" && open == 0; msg.Drop {
		return nil
	}
	for _, e := range entries {
		f, err := w.tx.FlagOfEntry(ctx, w.ws.ID, e.ID)
		if err != nil {
			return err
		}
		m, err := w.tx.Member(ctx, w.ws.ID, e.MemberID)
		if err != nil {
			return err
		}
		line := Alert{Workspace: w.ws, Flag: f, Entry: e, Member: m}
		if line.Live() {
			line.Button = newButton()
			if err := w.insertAlertButton(ctx, e, m, f.ID, line.Button); err != nil {
				return err
			}
		}
		msg.Digest.Lines = append(msg.Digest.Lines, line)
	}
	return nil
}

// undelivered is what auditUndelivered needs to know of an alert that is dropped before it was shown;
// false when there is nothing to tell.
func (w *work) undelivered(ctx context.Context, d Delivery) (UnsentAlert, bool, error) {
	if d.Topic != TopicAlert || d.SentRevision != 0 || d.Message != "" {
		return UnsentAlert{}, false, nil
	}
	f, err := w.tx.Flag(ctx, w.ws.ID, d.FlagID)
	if errors.Is(err, ErrNoRow) || err == nil && f.State != FlagResolved {
		return UnsentAlert{}, false, nil
	}
	if err != nil {
		return UnsentAlert{}, false, err
	}
	m, err := w.tx.Member(ctx, w.ws.ID, f.MemberID)
	return UnsentAlert{ID: d.ID, EntryID: f.EntryID, FlagID: f.ID, MemberID: m.ID, MemberName: m.User.Name, Resolution: f.Resolution}, err == nil, err
}
