package core

import "context"

// AnswerCorrection records that the member accepts or disputes what a notice says was done to their
// entry. A dispute tells the person who did it. Not while impersonating. Answering again with the
// same word changes nothing.
// Codes: not_found, invalid (the notice can't be answered; a dispute needs a note), conflict (answered otherwise).
func (s *Service) AnswerCorrection(ctx context.Context, a Actor, noticeID ID, accept bool, note string) error {
	if err := validReason(note); err != nil {
		return err
	}
	act, answer := ActCorrectionAccept, NoticeAccepted
	if !accept {
		act, answer = ActCorrectionDispute, NoticeDisputed
		if note == "" {
			return invalid("note", "error.dispute_note", nil)
		}
	}
	return s.write(ctx, a, func(ctx context.Context, w *work) error {
		m, err := w.memberFor(ctx, act, "")
		if err != nil {
			return err
		}
		n, err := w.tx.Notice(ctx, w.ws.ID, m.ID, noticeID)
		if err != nil {
			return missing(err, "error.notice_not_found")
		}
		if !n.Answerable() {
			return invalid("", "error.notice_answer", nil)
		}
		if n.Answer == answer {
			w.nothingToDo()
			return nil
		}
		if n.Answer != "" {
			return conflict("error.notice_answered", nil, nil)
		}
		ok, err := w.tx.AnswerNotice(ctx, w.ws.ID, m.ID, noticeID, answer, note, w.now)
		if err != nil {
			return err
		}
		if !ok {
			return conflict("error.notice_answered", nil, nil)
		}
		if !accept && n.ActorMemberID != "" {
			if who, err := w.tx.Member(ctx, w.ws.ID, n.ActorMemberID); err == nil {
				w.notices = append(w.notices, Notice{
					ID: NewID(w.now), WorkspaceID: w.ws.ID, MemberID: who.ID, Act: act, ActorName: m.User.Name, ActorMemberID: m.ID,
					Door: w.actor.Door, EntryID: n.EntryID, Reason: note, Data: n.Data, At: w.now,
				})
				w.emit(EventNotice, who.ID)
			}
		}
		w.audit(AuditDraft{
			Act: act, Target: Target{Kind: "entry", ID: n.EntryID, MemberID: m.ID, Name: m.User.Name}, Reason: note,
			After: map[string]any{"notice_id": string(noticeID), "answer": answer},
		})
		w.emit(EventNotice, m.ID)
		return nil
	})
}
