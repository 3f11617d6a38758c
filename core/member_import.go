package core

import (
	"context"
	"errors"
)

// ImportMember adds a person to the actor's workspace as invited, where nobody with that address is a
// member. Somebody who is a member already stays as they are, so that a list can be imported again.
// With try it checks and changes nothing. The operator only.
// Codes: invalid, forbidden.
func (s *Service) ImportMember(ctx context.Context, a Actor, n NewMember, try bool) (created bool, err error) {
	if Decide(Request{Action: ActMembersExport, Job: a.Job}) != "" {
		return false, &Error{Code: CodeForbidden, Message: "error.forbidden"}
	}
	do := s.write
	if try {
		do = s.read
	}
	err = do(ctx, a, func(ctx context.Context, w *work) error {
		created = false
		if err := w.allow(ctx, ActMemberInvite, ""); err != nil {
			return err
		}
		n.Active = false // a list is nobody's word
		n, err := w.complete(n)
		if err != nil {
			return err
		}
		_, err = w.tx.MemberByEmail(ctx, w.ws.ID, NormalEmail(n.Email))
		if err == nil {
			w.nothingToDo()
			return nil
		}
		if !errors.Is(err, ErrNoRow) {
			return err
		}
		created = true
		if try {
			return nil
		}
		_, err = w.addMember(ctx, n)
		return err
	})
	return created && err == nil, err
}

// exportPage is how many members one query of ExportMembers reads.
const exportPage = 1000

// ExportMembers gives the invited and active members of the actor's workspace to emit, by e-mail
// address, and records the export. They are read as they are at one moment, before the first is given
// out, so that no connection to the database waits for whoever takes them. The operator only. Code forbidden.
func (s *Service) ExportMembers(ctx context.Context, a Actor, emit func(Member) error) error {
	err := s.write(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActMembersExport, ""); err != nil {
			return err
		}
		w.audit(AuditDraft{Act: ActMembersExport, Target: Target{Kind: "workspace", ID: w.ws.ID, Name: w.ws.Name}})
		return nil
	})
	if err != nil {
		return err
	}
	var all []Member
	err = s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActMembersExport, ""); err != nil {
			return err
		}
		q := MemberQuery{Statuses: []Status{StatusInvited, StatusActive}, Sort: "email", Limit: exportPage}
		for {
			page, err := w.tx.Members(ctx, w.ws.ID, q)
			if err != nil {
				return err
			}
			all = append(all, page...)
			if len(page) < exportPage {
				return nil
			}
			q.Offset += exportPage
		}
	})
	if err != nil {
		return err
	}
	for _, m := range all {
		if err := emit(m); err != nil {
			return err
		}
	}
	return nil
}
