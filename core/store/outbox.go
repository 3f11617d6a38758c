package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const deliveryColumns = `id, workspace_id, topic, key, platform, destination, direct, recipient_id, entry_id, flag_id, digest_id, revision,
	sent_revision, channel, message, reply_to, state, attempts, due_at, wanted_at, lease_token, last_error, created_at`

func readDelivery(scan scanner, d *core.Delivery) error {
	return scan(id{&d.ID}, id{&d.WorkspaceID}, &d.Topic, &d.Key, &d.Platform, &d.Destination, yes{&d.Direct}, id{&d.RecipientID},
		id{&d.EntryID}, id{&d.FlagID}, id{&d.DigestID}, &d.Revision, &d.SentRevision, &d.Channel, &d.Message, &d.ReplyTo, &d.State,
		&d.Attempts, moment{&d.DueAt}, moment{&d.WantedAt}, &d.LeaseToken, &d.LastError, moment{&d.CreatedAt})
}

// InsertDelivery implements core.Tx.
func (t *tx) InsertDelivery(ctx context.Context, d core.Delivery) error {
	return t.run(ctx, `INSERT INTO outbox (`+deliveryColumns+`)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
			?21, ?22, ?23)
		ON CONFLICT (key) DO NOTHING`,
		d.ID, d.WorkspaceID, string(d.Topic), d.Key, d.Platform, d.Destination, d.Direct, d.RecipientID, d.EntryID, d.FlagID, d.DigestID,
		d.Revision, d.SentRevision, d.Channel, d.Message, d.ReplyTo, string(d.State), d.Attempts, d.DueAt, d.WantedAt, d.LeaseToken, d.LastError,
		d.CreatedAt)
}

// ReviseAlerts implements core.Tx. A message that was given up gets its tries again; one that was not needed any more is needed
// again when its flag was opened again.
func (t *tx) ReviseAlerts(ctx context.Context, workspace, entry core.ID, now, unsent time.Time) (int, error) {
	n, err := t.exec(ctx, revise(`
		SELECT a.id FROM outbox a WHERE a.workspace_id = ?1 AND a.entry_id = ?2 AND a.topic IN ('alert', 'ask') AND a.digest_id IS NULL
			AND (a.state <> 'dropped' OR EXISTS (SELECT 1 FROM flags f WHERE f.workspace_id = ?1 AND f.id = a.flag_id AND f.state <> 'resolved'))
		UNION ALL
		SELECT o.id FROM digest_entries g JOIN outbox o ON o.workspace_id = g.workspace_id AND o.digest_id = g.digest_id
		WHERE g.workspace_id = ?1 AND g.entry_id = ?2 AND o.topic = 'digest'`), workspace, entry, now, unsent)
	return int(n), err
}

// ReviseOpen implements core.Tx.
func (t *tx) ReviseOpen(ctx context.Context, workspace, recipient core.ID, now time.Time) (int, error) {
	const open = `f.workspace_id = ?1 AND f.state IN ('open', 'snoozed') AND o.message <> '' AND (?2 = '' OR o.recipient_id = ?2)`
	n, err := t.exec(ctx, revise(`
		SELECT o.id FROM flags f JOIN outbox o ON o.workspace_id = f.workspace_id AND o.entry_id = f.entry_id
		WHERE `+open+` AND o.topic IN ('alert', 'ask')
		UNION ALL
		SELECT o.id FROM flags f JOIN digest_entries g ON g.workspace_id = f.workspace_id AND g.entry_id = f.entry_id
			JOIN outbox o ON o.workspace_id = g.workspace_id AND o.digest_id = g.digest_id
		WHERE `+open+` AND o.topic = 'digest'`), workspace, string(recipient), now, now)
	return int(n), err
}

// revise makes rows due again: at ?3 those that stand on their platform and are edited, which disturbs nobody. One that was
// never sent keeps its time, or gets ?4 when it waits for none.
func revise(ids string) string {
	return `
		UPDATE outbox SET revision = revision + 1,
			due_at = CASE WHEN message <> '' THEN ?3 WHEN state = 'pending' THEN due_at ELSE ?4 END,
			wanted_at = CASE WHEN state = 'pending' THEN wanted_at WHEN message <> '' THEN ?3 ELSE ?4 END,
			attempts = CASE WHEN state = 'dead' THEN 0 ELSE attempts END, state = 'pending'
		WHERE id IN (` + ids + `)`
}

// longestClaim is more than any claim lasts: one that ends later was made by a clock that was wrong, and holds nothing up.
const longestClaim = 10 * time.Minute

// due is the condition of rows that may be claimed at the moment of the parameter.
func due(at string) string {
	return `state = 'pending' AND due_at <= ` + at + ` AND (lease_until IS NULL OR lease_until <= ` + at + ` OR lease_until > ` + at +
		` + ` + strconv.FormatInt(longestClaim.Milliseconds(), 10) + `)`
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
			due_at = CASE WHEN revision > ?3 AND ?9 <> 'pending' THEN due_at ELSE ?10 END,
			lease_token = '', lease_until = NULL
		WHERE id = ?1 AND lease_token = ?2 AND lease_token <> ''`,
		d.ID, d.LeaseToken, d.Revision, d.SentRevision, d.Channel, d.Message, d.Attempts, d.LastError, string(d.State), d.DueAt)
}

// certainlyUnsent is the condition of alerts that are certainly not on their platform. It is written so that the index of them serves.
const certainlyUnsent = `state = 'pending' AND topic = 'alert' AND message = '' AND lease_token = '' AND last_error NOT LIKE '` + core.DeliveryDoubt + `%'`

// StaleDestinations implements core.Tx.
func (t *tx) StaleDestinations(ctx context.Context, platforms []string, now, before time.Time) ([]core.Destination, error) {
	if len(platforms) == 0 {
		return nil, nil
	}
	var where conditions
	oneOf(&where, `platform`, platforms)
	where.add(certainlyUnsent + ` AND created_at <= ` + where.arg(before) + ` AND due_at <= ` + where.arg(now))
	return list(ctx, t, func(scan scanner, d *core.Destination) error {
		return scan(id{&d.WorkspaceID}, &d.Platform, &d.Name, yes{&d.Direct}, id{&d.RecipientID})
	}, `SELECT DISTINCT workspace_id, platform, destination, direct, recipient_id FROM outbox`+t.store.dialect.indexed(`outbox_unsent`)+`
		WHERE `+where.text()+` LIMIT 100`, where.args...)
}

// UnsentAlerts implements core.Tx.
func (t *tx) UnsentAlerts(ctx context.Context, d core.Destination, now time.Time, limit int) ([]core.UnsentAlert, error) {
	return list(ctx, t, func(scan scanner, a *core.UnsentAlert) error {
		return scan(id{&a.ID}, id{&a.EntryID}, id{&a.FlagID}, id{&a.MemberID}, &a.MemberName, moment{&a.WantedAt}, moment{&a.CreatedAt}, &a.State, &a.Resolution)
	}, `SELECT o.id, o.entry_id, o.flag_id, f.member_id, u.name, o.wanted_at, o.created_at, f.state, f.resolution
		FROM outbox o JOIN flags f ON f.workspace_id = o.workspace_id AND f.id = o.flag_id
			JOIN members m ON m.workspace_id = f.workspace_id AND m.id = f.member_id JOIN users u ON u.id = m.user_id
		WHERE o.platform = ?1 AND o.destination = ?2 AND o.workspace_id = ?3 AND o.state = 'pending' AND o.topic = 'alert' AND o.message = ''
			AND o.lease_token = '' AND o.last_error NOT LIKE '`+core.DeliveryDoubt+`%' AND o.due_at <= ?4
		ORDER BY o.id LIMIT ?5`, d.Platform, d.Name, d.WorkspaceID, now, limit)
}

// UnsentDigest implements core.Tx.
func (t *tx) UnsentDigest(ctx context.Context, d core.Destination) (core.ID, error) {
	return one(ctx, t, func(scan scanner, digest *core.ID) error { return scan(id{digest}) }, `
		SELECT digest_id FROM outbox
		WHERE platform = ?1 AND destination = ?2 AND workspace_id = ?3 AND state = 'pending' AND topic = 'digest' AND message = ''
		ORDER BY id LIMIT 1`, d.Platform, d.Name, d.WorkspaceID)
}

// DropUnsent implements core.Tx.
func (t *tx) DropUnsent(ctx context.Context, workspace core.ID, ids []core.ID, digest core.ID) error {
	return t.run(ctx, `
		UPDATE outbox SET state = 'dropped', sent_revision = revision, digest_id = ?3
		WHERE workspace_id = ?1 AND id IN (`+t.store.dialect.each(`?2`)+`) AND state = 'pending' AND lease_token = ''`, workspace, jsonIDs(ids), digest)
}

// AddToDigest implements core.Tx.
func (t *tx) AddToDigest(ctx context.Context, workspace, digest core.ID, entries []core.ID) error {
	rows := make([][]any, len(entries))
	for i, e := range entries {
		rows[i] = []any{workspace, digest, e}
	}
	for len(rows) > 0 {
		n := min(bulkRows, len(rows))
		if err := t.insertRows(ctx, `digest_entries (workspace_id, digest_id, entry_id)`, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// ReviseDigest implements core.Tx.
func (t *tx) ReviseDigest(ctx context.Context, workspace, digest core.ID, now time.Time) (int, error) {
	n, err := t.exec(ctx, revise(`SELECT id FROM outbox WHERE workspace_id = ?1 AND digest_id = ?2 AND topic = 'digest'`), workspace, digest, now, now)
	return int(n), err
}

// DigestEntries implements core.Tx.
func (t *tx) DigestEntries(ctx context.Context, workspace, digest core.ID, limit int) (entries []core.TimeEntry, all, open int, err error) {
	const from = ` FROM digest_entries g JOIN time_entries e ON e.workspace_id = g.workspace_id AND e.id = g.entry_id
		JOIN flags f ON f.workspace_id = g.workspace_id AND f.entry_id = g.entry_id WHERE g.workspace_id = ?1 AND g.digest_id = ?2`
	if err := t.row(ctx, `SELECT count(*), count(CASE WHEN f.state <> 'resolved' THEN 1 END)`+from, []any{workspace, digest}, &all, &open); err != nil {
		return nil, 0, 0, err
	}
	entries, err = list(ctx, t, readEntry, `SELECT `+entryColumns+from+`
		ORDER BY CASE WHEN f.state = 'resolved' THEN 1 ELSE 0 END, e.started_at, e.id LIMIT ?3`, workspace, digest, limit)
	return entries, all, open, err
}

// Posted implements core.Tx.
func (t *tx) Posted(ctx context.Context, workspace, entry core.ID) ([]core.Delivery, error) {
	return list(ctx, t, readDelivery, `
		SELECT `+deliveryColumns+` FROM outbox
		WHERE id IN (
			SELECT id FROM outbox WHERE workspace_id = ?1 AND entry_id = ?2 AND topic = 'alert'
			UNION ALL
			SELECT o.id FROM digest_entries g JOIN outbox o ON o.workspace_id = g.workspace_id AND o.digest_id = g.digest_id
			WHERE g.workspace_id = ?1 AND g.entry_id = ?2 AND o.topic = 'digest'
		) AND message <> '' AND state IN ('sent', 'pending') ORDER BY id`, workspace, entry)
}

// DeadDeliveries implements core.Tx.
func (t *tx) DeadDeliveries(ctx context.Context, workspace core.ID, limit int) (dead []core.Delivery, all int, err error) {
	where, args := `workspace_id > ''`, []any{}
	if workspace != "" {
		where, args = `workspace_id = ?1`, []any{workspace}
	}
	if err := t.row(ctx, `SELECT count(*) FROM outbox WHERE `+where+` AND state = 'dead'`, args, &all); err != nil {
		return nil, 0, err
	}
	args = append(args, limit)
	dead, err = list(ctx, t, readDelivery, `
		SELECT `+deliveryColumns+` FROM outbox WHERE `+where+` AND state = 'dead' ORDER BY workspace_id, id LIMIT ?`+strconv.Itoa(len(args)), args...)
	return dead, all, err
}

// ReviveDead implements core.Tx.
func (t *tx) ReviveDead(ctx context.Context, workspace core.ID, now time.Time) (int, error) {
	n, err := t.exec(ctx, `
		UPDATE outbox SET state = 'pending', attempts = 0, due_at = ?2, wanted_at = ?2
		WHERE workspace_id = ?1 AND state = 'dead'`, workspace, now)
	return int(n), err
}
