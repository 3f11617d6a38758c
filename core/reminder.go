package core

import (
	"context"
	"strconv"
	"time"
)

// nextReminder is when the owners are reminded of a flag on which something happened just now; zero: never.
func (w *work) nextReminder() time.Time {
	if f := w.svc.forgotten; f.Reminders > 0 && f.RemindEvery > 0 {
		return w.now.Add(f.RemindEvery)
	}
	return time.Time{}
}

// remind queues the next reminder of an open flag: an answer to each alert that stands on a platform. A
// flag has at most one an interval and at most the installation's number in a round; a late run sends one
// and not those that were missed. In quiet hours it waits for their end. Flags of one summary share their
// reminders, because the key of a reminder is made of its message and number.
func (s *Service) remind(ctx context.Context, a Actor, flagID ID) error {
	return s.keep(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActFlagOpen, ""); err != nil {
			return err
		}
		f, err := w.tx.Flag(ctx, w.ws.ID, flagID)
		if err != nil {
			return err
		}
		if f.State != FlagOpen || f.RemindAt.IsZero() || f.RemindAt.After(w.now) {
			return nil
		}
		if end := w.quietHours().After(w.now, w.ws.Zone()); end.After(w.now) {
			return w.tx.PutOffReminder(ctx, w.ws.ID, f.ID, end)
		}
		posted, err := w.tx.Posted(ctx, w.ws.ID, f.EntryID)
		next := w.nextReminder()
		if err != nil || len(posted) == 0 || f.Reminders >= s.forgotten.Reminders {
			if err == nil && len(posted) > 0 {
				next = time.Time{} // the number was lowered since
			}
			if err == nil {
				err = w.tx.PutOffReminder(ctx, w.ws.ID, f.ID, next)
			}
			return err
		}
		f, ok, err := w.tx.CountReminder(ctx, w.ws.ID, f.ID, w.now, next, s.forgotten.Reminders)
		if err != nil || !ok {
			return err
		}
		for _, p := range posted {
			about := f.ID
			if p.DigestID != "" {
				about = p.DigestID
			}
			if err := w.queue(ctx, Delivery{
				Topic: TopicReminder, Platform: p.Platform, Destination: p.Destination, Direct: p.Direct, RecipientID: p.RecipientID,
				EntryID: f.EntryID, FlagID: f.ID, DigestID: p.DigestID, Channel: p.Channel, ReplyTo: p.Message,
				Key: join(":", string(TopicReminder), string(about), p.Platform, p.Destination, strconv.Itoa(f.Round)+"."+strconv.Itoa(f.Reminders)),
			}); err != nil {
				return err
			}
		}
		return nil
	})
}
