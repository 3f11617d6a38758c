package store

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// TakeLease implements core.Tx. The row of a name is never deleted, so its token only grows.
func (t *tx) TakeLease(ctx context.Context, l core.Lease, now time.Time) (int64, error) {
	return one(ctx, t, func(scan scanner, token *int64) error { return scan(token) }, `
		INSERT INTO leases (name, holder, token, until_at) VALUES (?1, ?2, 1, ?3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = leases.token + 1, until_at = excluded.until_at
		WHERE leases.until_at IS NULL OR leases.until_at <= ?4 OR leases.until_at > ?5
		RETURNING token`,
		l.Name, l.Holder, l.Until, now, now.Add(2*core.MaxLease))
}

// RenewLease implements core.Tx.
func (t *tx) RenewLease(ctx context.Context, l core.Lease, now time.Time) (bool, error) {
	return t.changed(ctx, `
		UPDATE leases SET until_at = ?4 WHERE name = ?1 AND holder = ?2 AND token = ?3 AND until_at > ?5`,
		l.Name, l.Holder, l.Token, l.Until, now)
}

// ReleaseLease implements core.Tx.
func (t *tx) ReleaseLease(ctx context.Context, l core.Lease) error {
	return t.run(ctx, `UPDATE leases SET until_at = NULL WHERE name = ?1 AND holder = ?2 AND token = ?3`, l.Name, l.Holder, l.Token)
}
