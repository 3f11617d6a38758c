package api

import (
	"bytes"
	"encoding/json"
)

const (
	firstBlock = 4 << 10
	lastBlock  = 256 << 10
)

// blocks is text in pieces, so that a long one grows without being copied and can be let go while it is read.
type blocks struct {
	list [][]byte
	size int
}

// Write implements io.Writer.
func (b *blocks) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		last := len(b.list) - 1
		if last < 0 || len(b.list[last]) == cap(b.list[last]) {
			b.list = append(b.list, make([]byte, 0, min(max(firstBlock, b.size), lastBlock)))
			last++
		}
		to := b.list[last]
		fits := min(len(p), cap(to)-len(to))
		b.list[last] = append(to, p[:fits]...)
		b.size += fits
		p = p[fits:]
	}
	return n, nil
}

// rowList is a list in JSON that is encoded while its rows are read, so that of a long one only its bytes are held:
// the same bytes as encoding/json writes for the whole list.
type rowList struct {
	blocks
	row    bytes.Buffer
	encode *json.Encoder
}

func newRowList() *rowList {
	l := &rowList{}
	l.encode = json.NewEncoder(&l.row)
	l.encode.SetEscapeHTML(false)
	return l
}

func (l *rowList) add(row any) error {
	l.row.Reset()
	if l.size == 0 {
		l.row.WriteByte('[')
	} else {
		l.row.WriteByte(',')
	}
	if err := l.encode.Encode(row); err != nil {
		return err
	}
	_, err := l.Write(bytes.TrimSuffix(l.row.Bytes(), []byte("\n")))
	return err
}

// end closes the list, which then is a body to send.
func (l *rowList) end() *rowList {
	text := "]\n"
	if l.size == 0 {
		text = "[]\n"
	}
	l.row = bytes.Buffer{}
	_, _ = l.Write([]byte(text)) // never fails
	return l
}
