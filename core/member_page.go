package core

import (
	"context"

	"github.com/clockwarden/clockwarden/core/textkey"
)

// MemberPage is one page of the list from which members are managed.
type MemberPage struct {
	Members []Member
	Total   int // members that match, on all pages
}

// MemberPage lists members for those who manage them: owners and admins. A search longer than a name can be
// is refused. Codes: invalid (search), forbidden.
func (s *Service) MemberPage(ctx context.Context, a Actor, q MemberQuery) (MemberPage, error) {
	var page MemberPage
	if len(q.Search) > 4*maxName {
		return page, invalid("search", "error.search_long", Params{"Max": maxName})
	}
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActMembersView, ""); err != nil {
			return err
		}
		q.Search, q.Email = textkey.Fold(q.Search), NormalEmail(q.Email)
		q.Offset, q.Limit = max(0, q.Offset), bound(q.Limit, 50, 200)
		var err error
		if page.Total, err = w.tx.CountMembers(ctx, w.ws.ID, q); err != nil {
			return err
		}
		page.Members, err = w.tx.Members(ctx, w.ws.ID, q)
		return err
	})
	return page, err
}
