package api

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// The list of accounts is what pollers ask for, so it writes its JSON itself: the same bytes as
// encoding/json writes for the types, in a fraction of its time.

func (l accountList) appendJSON(b []byte) []byte {
	b = append(b, `{"accounts":[`...)
	for i := range l.Accounts {
		if i > 0 {
			b = append(b, ',')
		}
		b = l.Accounts[i].appendJSON(b)
	}
	b = append(b, `],"next_cursor":`...)
	if l.NextCursor == nil {
		b = append(b, `null`...)
	} else {
		b = appendText(b, *l.NextCursor)
	}
	b = append(b, `,"total":`...)
	return append(strconv.AppendInt(b, int64(l.Total), 10), '}')
}

func (a *account) appendJSON(b []byte) []byte {
	b = appendText(append(b, `{"member_id":`...), string(a.MemberID))
	b = appendText(append(b, `,"name":`...), a.Name)
	b = appendText(append(b, `,"email":`...), a.Email)
	b = appendText(append(b, `,"role":`...), string(a.Role))
	b = appendText(append(b, `,"status":`...), string(a.Status))
	b = strconv.AppendInt(append(b, `,"active_api_keys":`...), int64(a.ActiveAPIKeys), 10)
	b = append(b, `,"timer":`...)
	if t := a.Timer; t == nil {
		b = append(b, `null`...)
	} else {
		b = appendText(append(b, `{"entry_id":`...), string(t.EntryID))
		b = appendText(append(b, `,"description":`...), t.Description)
		b = appendMoment(append(b, `,"start":`...), t.Start)
		b = strconv.AppendBool(append(b, `,"flagged":`...), t.Flagged)
		b = append(b, '}')
	}
	b = append(b, `,"last_activity":`...)
	if a.LastActivity == nil {
		return append(b, `null}`...)
	}
	return append(appendMoment(b, *a.LastActivity), '}')
}

func appendMoment(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

// appendText writes a text with its quotes. Text that needs escaping is left to encoding/json.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return appendEscaped(b, text)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

func appendEscaped(b []byte, text string) []byte {
	out := bytes.NewBuffer(b)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic(err) // a text always encodes
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
