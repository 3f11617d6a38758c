package core

import (
	"context"
	"encoding/json"
	"fmt"
)

// activation holds an update to the rule that people join by their own word, or the operator's: to make
// somebody active who never accepted is refused, and gives back the invitation where that was taken back.
// Whoever could do more would be one step from acting as a person who knows nothing of the workspace.
func (w *work) activation(ctx context.Context, m Member, u *MemberUpdate) error {
	if u.Status == nil || *u.Status != StatusActive || u.accepted || w.actor.Job == JobOperator {
		return nil
	}
	switch m.Status {
	case StatusInvited:
		return conflict("error.member_invited", Params{"Name": m.User.Name}, nil)
	case StatusInactive:
		never, err := invitationTakenBack(ctx, w.tx, m)
		if err != nil {
			return err
		}
		if never {
			again := StatusInvited
			u.Status = &again
		}
	}
	return nil
}

// invitationTakenBack tells whether an inactive member was invited and never joined. The audit log knows:
// it can't be changed, and the last deactivation in it says from what.
func invitationTakenBack(ctx context.Context, tx Tx, m Member) (bool, error) {
	last, err := tx.Audit(ctx, m.WorkspaceID, AuditQuery{Act: ActMemberDeactivate, Outcome: OutcomeDone, MemberID: m.ID}, 1)
	if err != nil || len(last) == 0 {
		return false, err
	}
	var before struct {
		Status Status `json:"status"`
	}
	if err := json.Unmarshal(last[0].Before, &before); err != nil {
		return false, fmt.Errorf("audit entry %d: %w", last[0].Seq, err)
	}
	return before.Status == StatusInvited, nil
}
