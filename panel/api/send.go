package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const (
	gzipFrom   = 1024    // bytes; a shorter answer gains nothing
	keptBuffer = 1 << 20 // bytes; a longer buffer is not kept for the next answer
)

// appender is a body that encodes itself, for the lists that are asked for most.
type appender interface {
	appendJSON(to []byte) []byte
}

// output is what one answer is encoded and compressed with.
type output struct {
	plain  bytes.Buffer
	packed bytes.Buffer
	gzip   *gzip.Writer
}

func newOutputs() *sync.Pool {
	return &sync.Pool{New: func() any {
		z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			panic(err) // the level is one of gzip's own
		}
		return &output{gzip: z}
	}}
}

// send encodes an answer. It is encoded whole before the first byte is sent, so that a failure to
// encode can still be answered as one.
func (s *server) send(w http.ResponseWriter, c *call, a answer) {
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	out := s.outputs.Get().(*output)
	defer func() {
		if out.plain.Cap() <= keptBuffer && out.packed.Cap() <= keptBuffer {
			s.outputs.Put(out)
		}
	}()
	out.plain.Reset()
	body, size, err := out.encode(a.body)
	if err != nil {
		s.log.Error("api answer can't be encoded", "request_id", c.requestID, "error", err.Error())
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h["Content-Type"] = jsonType()
	if size >= gzipFrom && acceptsGzip(c.r.Header["Accept-Encoding"]) {
		if body, size, err = out.pack(body); err != nil {
			s.log.Error("api answer can't be compressed", "request_id", c.requestID, "error", err.Error())
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(size))
	w.WriteHeader(a.status)
	for i, part := range body {
		if _, err := w.Write(part); err != nil {
			s.log.Debug("api answer not delivered", "request_id", c.requestID, "error", err.Error())
			return
		}
		body[i] = nil // sent
	}
}

func jsonType() []string { return []string{"application/json"} }

func encode(b *bytes.Buffer, body any) error {
	if self, can := body.(appender); can {
		b.Write(self.appendJSON(b.AvailableBuffer()))
		return b.WriteByte('\n')
	}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return e.Encode(body)
}

// encode returns the text of a body in its parts, and its size.
func (o *output) encode(body any) ([][]byte, int, error) {
	if list, encoded := body.(*rowList); encoded {
		return list.list, list.size, nil
	}
	if err := encode(&o.plain, body); err != nil {
		return nil, 0, err
	}
	return [][]byte{o.plain.Bytes()}, o.plain.Len(), nil
}

// pack compresses the parts. A body in several is long, so it is let go of on the way, and its packed form is not
// kept for the next answer either.
func (o *output) pack(parts [][]byte) ([][]byte, int, error) {
	if len(parts) == 1 {
		o.packed.Reset()
		err := o.packInto(&o.packed, parts)
		return [][]byte{o.packed.Bytes()}, o.packed.Len(), err
	}
	var packed blocks
	err := o.packInto(&packed, parts)
	o.gzip.Reset(io.Discard)
	return packed.list, packed.size, err
}

func (o *output) packInto(to io.Writer, parts [][]byte) error {
	o.gzip.Reset(to)
	for i, part := range parts {
		if _, err := o.gzip.Write(part); err != nil {
			return fmt.Errorf("gzip: %w", err)
		}
		parts[i] = nil
	}
	if err := o.gzip.Close(); err != nil {
		return fmt.Errorf("gzip: %w", err)
	}
	return nil
}

// acceptsGzip reads Accept-Encoding: gzip is accepted where it, or "*", is named without q=0.
func acceptsGzip(lines []string) bool {
	accepted := false
	for _, line := range lines {
		for coding := range strings.SplitSeq(line, ",") {
			name, weight, _ := strings.Cut(coding, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			if name != "gzip" && name != "*" {
				continue
			}
			q := strings.TrimPrefix(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "q=")
			wanted := strings.Trim(q, "0.") != "" || q == ""
			if name == "gzip" {
				return wanted
			}
			accepted = wanted
		}
	}
	return accepted
}
