package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/textkey"
)

const userColumns = `u.id, u.email, u.name, u.language, u.time_zone, u.scheme`

func userTargets(u *core.User) []any {
	return []any{id{&u.ID}, &u.Email, &u.Name, &u.Language, &u.TimeZone, &u.Scheme}
}

func readUser(scan scanner, u *core.User) error { return scan(userTargets(u)...) }

// searchKey is what a search looks at: name and address, folded.
// searchKey is what all searches for people look through: name and address, and a name with umlauts in both spellings.
func searchKey(u core.User) string {
	key := textkey.Fold(u.Name + "\n" + u.Email)
	if spelled := textkey.Spelled(u.Name); spelled != "" {
		key += " " + spelled
	}
	return key
}

// sortKey is what names are sorted by, as bytes: half the size of the text of textkey.
func sortKey(name string) ([]byte, error) {
	key, err := hex.DecodeString(textkey.SortKey(name))
	if err != nil {
		return nil, fmt.Errorf("sort key: %w", err)
	}
	return key, nil
}

// InsertUser implements core.Tx.
func (t *tx) InsertUser(ctx context.Context, u core.User, now time.Time) error {
	sort, err := sortKey(u.Name)
	if err != nil {
		return err
	}
	return t.run(ctx, `
		INSERT INTO users (id, email, email_key, name, search_key, sort_key, language, time_zone, scheme, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
		u.ID, u.Email, core.NormalEmail(u.Email), u.Name, searchKey(u), sort, u.Language, u.TimeZone, u.Scheme, now)
}

// UpdateUser implements core.Tx.
func (t *tx) UpdateUser(ctx context.Context, u core.User) error {
	sort, err := sortKey(u.Name)
	if err != nil {
		return err
	}
	// The search key holds the address, which does not change: it is the stored one, whatever u says.
	var email string
	if err := t.row(ctx, `SELECT email FROM users WHERE id = ?1`, []any{u.ID}, &email); err != nil {
		return err
	}
	u.Email = email
	return t.must(ctx, `
		UPDATE users SET name = ?2, search_key = ?3, sort_key = ?4, language = ?5, time_zone = ?6, scheme = ?7 WHERE id = ?1`,
		u.ID, u.Name, searchKey(u), sort, u.Language, u.TimeZone, u.Scheme)
}

// User implements core.Tx.
func (t *tx) User(ctx context.Context, id core.ID) (core.User, error) {
	return one(ctx, t, readUser, `SELECT `+userColumns+` FROM users u WHERE u.id = ?1`, id)
}

// LockUser implements core.Tx. SQLite's writer is alone anyway.
func (t *tx) LockUser(ctx context.Context, user core.ID) error {
	var locked core.ID
	return t.row(ctx, `SELECT id FROM users WHERE id = ?1`+t.store.dialect.lock, []any{user}, id{&locked})
}

// UserByEmail implements core.Tx.
func (t *tx) UserByEmail(ctx context.Context, normal string) (core.User, error) {
	return one(ctx, t, readUser, `SELECT `+userColumns+` FROM users u WHERE u.email_key = ?1`, normal)
}

// PasswordHash implements core.Tx.
func (t *tx) PasswordHash(ctx context.Context, user core.ID) (string, error) {
	var hash string
	err := t.row(ctx, `SELECT password_hash FROM users WHERE id = ?1`, []any{user}, &hash)
	return hash, err
}

// SetPasswordHash implements core.Tx.
func (t *tx) SetPasswordHash(ctx context.Context, user core.ID, was, hash string) (bool, error) {
	return t.changed(ctx, `UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2`, user, was, hash)
}

// InsertLogin implements core.Tx.
func (t *tx) InsertLogin(ctx context.Context, l core.Login) error {
	return t.run(ctx, `INSERT INTO logins (issuer, subject, user_id, linked_at) VALUES (?1, ?2, ?3, ?4)`,
		l.Issuer, l.Subject, l.UserID, l.LinkedAt)
}

// Login implements core.Tx.
func (t *tx) Login(ctx context.Context, issuer, subject string) (core.Login, error) {
	return one(ctx, t, func(scan scanner, l *core.Login) error {
		return scan(&l.Issuer, &l.Subject, id{&l.UserID}, moment{&l.LinkedAt})
	}, `SELECT issuer, subject, user_id, linked_at FROM logins WHERE issuer = ?1 AND subject = ?2`, issuer, subject)
}

// LoginsOfUser implements core.Tx.
func (t *tx) LoginsOfUser(ctx context.Context, user core.ID) ([]core.Login, error) {
	return list(ctx, t, func(scan scanner, l *core.Login) error {
		return scan(&l.Issuer, &l.Subject, id{&l.UserID}, moment{&l.LinkedAt})
	}, `SELECT issuer, subject, user_id, linked_at FROM logins WHERE user_id = ?1 ORDER BY issuer`, user)
}

// DeleteLogin implements core.Tx.
func (t *tx) DeleteLogin(ctx context.Context, user core.ID, issuer string) error {
	return t.must(ctx, `DELETE FROM logins WHERE user_id = ?1 AND issuer = ?2`, user, issuer)
}
