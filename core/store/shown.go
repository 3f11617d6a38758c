package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// shownAs reads an account from the column "shown", which the database makes of the row's other columns: all that a page
// shows as one value, because each value costs a page more than all of a row costs the engine.
type shownAs struct{ *core.Account }

// Scan implements sql.Scanner. NULL, from an outer join without a row, leaves the account empty.
func (a shownAs) Scan(src any) error {
	if src == nil {
		return nil
	}
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("an account is stored as %T", src)
	}
	if !a.cut(text) {
		return fmt.Errorf("an account is stored as %d bytes of no known form", len(text))
	}
	return nil
}

// cut takes the text apart. A failure may leave half an account.
func (a shownAs) cut(text string) bool {
	c := cutter{rest: text}
	*a.Account = core.Account{MemberID: core.ID(c.word()), UserID: core.ID(c.word()), Role: core.Role(c.word()), Status: core.Status(c.word())}
	a.ActiveAPIKeys = int(c.number())
	if activity := c.number(); activity != 0 {
		a.LastActivity = time.UnixMilli(activity).UTC()
	}
	entry, since, flagged := c.word(), c.number(), c.number()
	name, email, description := c.number(), c.number(), c.number()
	a.Name, a.Email = c.bytes(name), c.bytes(email)
	if about := c.bytes(description); entry != "" {
		a.Timer = &core.AccountTimer{EntryID: core.ID(entry), Description: about, Start: time.UnixMilli(since).UTC(), Flagged: flagged != 0}
	}
	return !c.failed && c.rest == ""
}

// cutter cuts parts off the front of a text. Once one was not there it gives nothing more.
type cutter struct {
	rest   string
	failed bool
}

func (c *cutter) fail() {
	c.rest, c.failed = "", true
}

// word is what stands before the next space.
func (c *cutter) word() string {
	end := strings.IndexByte(c.rest, ' ')
	if end < 0 {
		c.fail()
		return ""
	}
	w := c.rest[:end]
	c.rest = c.rest[end+1:]
	return w
}

// number is a word of digits.
func (c *cutter) number() int64 {
	var n int64
	for i := 0; i < len(c.rest) && i <= digits; i++ {
		d := c.rest[i]
		if d == ' ' && i > 0 {
			c.rest = c.rest[i+1:]
			return n
		}
		if d < '0' || d > '9' {
			break
		}
		n = 10*n + int64(d-'0')
	}
	c.fail()
	return 0
}

// digits is how long a number can be that fits into an int64 for certain: a million years in milliseconds.
const digits = 18

// bytes are the next n bytes.
func (c *cutter) bytes(n int64) string {
	if n > int64(len(c.rest)) {
		c.fail()
		return ""
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

func readAccount(scan scanner, a *core.Account) error { return scan(shownAs{a}) }
