package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// LatestEnds implements core.Tx. It is one statement with a range of the member's index for each span.
func (t *tx) LatestEnds(ctx context.Context, workspace, member core.ID, spans []core.TimeSpan) ([]time.Time, error) {
	if len(spans) == 0 {
		return nil, nil
	}
	var args conditions
	ws, of := args.arg(workspace), args.arg(member)
	parts := make([]string, len(spans))
	for i, s := range spans {
		parts[i] = `SELECT ` + strconv.Itoa(i) + ` AS span, max(e.ended_at) AS ended_at FROM time_entries e WHERE e.member_id = ` + of +
			` AND e.workspace_id = ` + ws + ` AND e.started_at >= ` + args.arg(s.From) + ` AND e.started_at < ` + args.arg(s.To) +
			` AND e.deleted_at IS NULL AND e.automatic = 0`
	}
	ends := make([]time.Time, len(spans))
	err := t.rows(ctx, strings.Join(parts, ` UNION ALL `), args.args, func(scan scanner) error {
		var i int64
		var end time.Time
		if err := scan(&i, moment{&end}); err != nil {
			return err
		}
		ends[i] = end
		return nil
	})
	return ends, err
}

// LastSignOut implements core.Tx.
func (t *tx) LastSignOut(ctx context.Context, workspace, user core.ID, within core.TimeSpan) (time.Time, error) {
	var last time.Time
	err := t.row(ctx, `
		SELECT max(ended_at) FROM sessions
		WHERE user_id = ?1 AND ended_at >= ?2 AND ended_at < ?3 AND (host_workspace_id IS NULL OR host_workspace_id = ?4)`,
		[]any{user, within.From, within.To, workspace}, moment{&last})
	return last, err
}
