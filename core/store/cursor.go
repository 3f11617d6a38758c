package store

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"strconv"

	"github.com/clockwarden/clockwarden/core"
)

// place is where a row stands in an order of accounts: in which part of it, and with which values of the part's key.
type place struct {
	Part   int     `json:"p"`
	Text   string  `json:"t,omitempty"` // value of the sort's column, if that is a text
	Number int64   `json:"n,omitempty"` // value of the sort's column, if that is a number
	Name   []byte  `json:"s"`           // sort key
	Member core.ID `json:"m"`
}

// cursor says where a page ends and the next one, or the one before, goes on.
type cursor struct {
	Query  uint64 `json:"q"` // checksum of everything in the query that decides the order
	Before bool   `json:"b,omitempty"`
	Row    int    `json:"r,omitempty"` // number of the row at the place, from 1; 0: not known
	place
}

// cursorQuery is the checksum of a query: a cursor works only with the query it was made for.
func cursorQuery(workspace core.ID, q core.AccountQuery) uint64 {
	h := fnv.New64a()
	for _, part := range []string{string(workspace), string(q.Sort), strconv.FormatBool(q.Desc), string(q.Filter), q.Search} {
		_, _ = h.Write([]byte(part + "\x00")) // never fails
	}
	return h.Sum64()
}

func (c cursor) encode() (string, error) {
	b, err := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// decodeCursor reads a cursor that was made for the query; nil for "".
func decodeCursor(text string, query uint64, parts int) (*cursor, error) {
	if text == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, core.CursorError()
	}
	var c cursor
	if err := json.Unmarshal(b, &c); err != nil || c.Query != query || c.Part < 0 || c.Part >= parts || c.Row < 0 ||
		!core.ValidID(string(c.Member)) {
		return nil, core.CursorError()
	}
	return &c, nil
}
