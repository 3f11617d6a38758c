package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// The types below read a column as plain (tx.go) has written it.

// moment reads Unix milliseconds; NULL is the zero time.
type moment struct{ *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m.Time = time.Time{}
	case int64:
		*m.Time = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", src)
	}
	return nil
}

// never reads Unix milliseconds where 0 is the zero time, so that it sorts before all others.
type never struct{ *time.Time }

// Scan implements sql.Scanner.
func (n never) Scan(src any) error {
	if v, ok := src.(int64); ok && v == 0 {
		src = nil
	}
	return moment(n).Scan(src)
}

// span reads milliseconds.
type span struct{ *time.Duration }

// Scan implements sql.Scanner.
func (s span) Scan(src any) error {
	v, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a duration is stored as %T", src)
	}
	*s.Duration = time.Duration(v) * time.Millisecond
	return nil
}

// id reads an ID; NULL is the empty one.
type id struct{ *core.ID }

// Scan implements sql.Scanner.
func (i id) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i.ID = ""
	case string:
		*i.ID = core.ID(v)
	case []byte:
		*i.ID = core.ID(v)
	default:
		return fmt.Errorf("an id is stored as %T", src)
	}
	return nil
}

// idList reads ids separated by spaces.
type idList struct{ list *[]core.ID }

// Scan implements sql.Scanner.
func (l idList) Scan(src any) error {
	var list string
	if err := (text{&list}).Scan(src); err != nil {
		return err
	}
	*l.list = nil
	for _, v := range strings.Fields(list) {
		*l.list = append(*l.list, core.ID(v))
	}
	return nil
}

// yes reads 0 or 1; NULL is no.
type yes struct{ *bool }

// Scan implements sql.Scanner.
func (y yes) Scan(src any) error {
	v, ok := src.(int64)
	if !ok && src != nil {
		return fmt.Errorf("a boolean is stored as %T", src)
	}
	*y.bool = v != 0
	return nil
}

// text reads a text that may be NULL, which is empty.
type text struct{ *string }

// Scan implements sql.Scanner.
func (t text) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t.string = ""
	case string:
		*t.string = v
	case []byte:
		*t.string = string(v)
	default:
		return fmt.Errorf("a text is stored as %T", src)
	}
	return nil
}
