package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const deliveryColumns = `id, workspace_id, topic, key, platform, destination, direct, recipient_id, entry_id, flag_id, revision,
	sent_revision, channel, message, state, attempts, due_at, lease_token, last_error, created_at`

func readDelivery(scan scanner, d *core.Delivery) error {
	return scan(id{&d.ID}, id{&d.WorkspaceID}, &d.Topic, &d.Key, &d.Platform, &d.Destination, yes{&d.Direct}, id{&d.RecipientID},
		id{&d.EntryID}, id{&d.FlagID}, &d.Revision, &d.SentRevision, &d.Channel, &d.Message, &d.State, &d.Attempts, moment{&d.DueAt},
		&d.LeaseToken, &d.LastError, moment{&d.CreatedAt})
}

// InsertDelivery implements core.Tx.
func (t *tx) InsertDelivery(ctx context.Context, d core.Delivery) error {
	return t.run(ctx, `INSERT INTO outbox (`+deliveryColumns+`)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
		ON CONFLICT (key) DO NOTHING`,
		d.ID, d.WorkspaceID, string(d.Topic), d.Key, d.Platform, d.Destination, d.Direct, d.RecipientID, d.EntryID, d.FlagID, d.Revision,
		d.SentRevision, d.Channel, d.Message, string(d.State), d.Attempts, d.DueAt, d.LeaseToken, d.LastError, d.CreatedAt)
}

// ReviseAlerts implements core.Tx. A message that was given up gets its tries again.
func (t *tx) ReviseAlerts(ctx context.Context, workspace, entry core.ID, now time.Time) (int, error) {
	n, err := t.exec(ctx, `
		UPDATE outbox SET revision = revision + 1, due_at = ?3, attempts = CASE WHEN state = 'dead' THEN 0 ELSE attempts END, state = 'pending'
		WHERE workspace_id = ?1 AND entry_id = ?2 AND topic = 'alert'`, workspace, entry, now)
	return int(n), err
}

// due is the condition of rows that may be claimed at the moment of the parameter.
func due(at string) string {
	return `state = 'pending' AND due_at <= ` + at + ` AND (lease_until IS NULL OR lease_until <= ` + at + `)`
}

// AnyDeliveryDue implements core.Tx.
func (t *tx) AnyDeliveryDue(ctx context.Context, platforms []string, now time.Time) (bool, error) {
	if len(platforms) == 0 {
		return false, nil
	}
	var where conditions
	oneOf(&where, `platform`, platforms)
	where.add(due(where.arg(now)))
	found := false
	err := t.rows(ctx, `SELECT 1 FROM outbox WHERE `+where.text()+` LIMIT 1`, where.args, func(scanner) error {
		found = true
		return nil
	})
	return found, err
}

// claimLost is why a message is in doubt whose process ended before it knew.
const claimLost = "an earlier claim ended without a result"

// ClaimDeliveries implements core.Tx.
func (t *tx) ClaimDeliveries(ctx context.Context, platforms []string, now, until time.Time, token string, limit int) ([]core.Delivery, error) {
	if len(platforms) == 0 || limit <= 0 {
		return nil, nil
	}
	// The condition stands in both places: on PostgreSQL the outer one is checked again on the row as another worker left it.
	// The choice is made once, in a table of its own: PostgreSQL may run a sub-select for each row, and claim too many.
	var where conditions
	oneOf(&where, `platform`, platforms)
	at := where.arg(now)
	where.add(due(at))
	all, err := list(ctx, t, readDelivery, `
		WITH chosen AS MATERIALIZED (
			SELECT id FROM outbox WHERE `+where.text()+` ORDER BY due_at, id LIMIT `+where.arg(limit)+t.store.dialect.skipLocked+`
		)
		UPDATE outbox SET lease_token = `+where.arg(token)+`, lease_until = `+where.arg(until)+`,
			last_error = CASE WHEN lease_token <> '' AND message = '' THEN `+where.arg(core.DeliveryDoubt+claimLost)+` ELSE last_error END
		WHERE id IN (SELECT id FROM chosen) AND `+due(at)+`
		RETURNING `+deliveryColumns, where.args...)
	slices.SortFunc(all, func(a, b core.Delivery) int {
		if c := a.DueAt.Compare(b.DueAt); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	return all, err
}

// SettleDelivery implements core.Tx.
func (t *tx) SettleDelivery(ctx context.Context, d core.Delivery) (bool, error) {
	return t.changed(ctx, `
		UPDATE outbox SET sent_revision = ?4, channel = ?5, message = ?6, attempts = ?7, last_error = ?8,
			state = CASE WHEN revision > ?3 THEN 'pending' ELSE ?9 END,
			due_at = CASE WHEN revision > ?3 THEN due_at ELSE ?10 END,
			lease_token = '', lease_until = NULL
		WHERE id = ?1 AND lease_token = ?2 AND lease_token <> ''`,
		d.ID, d.LeaseToken, d.Revision, d.SentRevision, d.Channel, d.Message, d.Attempts, d.LastError, string(d.State), d.DueAt)
}
