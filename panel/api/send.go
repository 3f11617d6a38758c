package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
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
		if out.plain.Cap() <= keptBuffer {
			s.outputs.Put(out)
		}
	}()
	out.plain.Reset()
	if err := encode(&out.plain, a.body); err != nil {
		s.log.Error("api answer can't be encoded", "request_id", c.requestID, "error", err.Error())
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	body := out.plain.Bytes()
	h := w.Header()
	h["Content-Type"] = jsonType()
	if len(body) >= gzipFrom && acceptsGzip(c.r.Header["Accept-Encoding"]) {
		packed, err := out.pack()
		if err != nil {
			s.log.Error("api answer can't be compressed", "request_id", c.requestID, "error", err.Error())
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		body = packed
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if _, err := w.Write(body); err != nil {
		s.log.Debug("api answer not delivered", "request_id", c.requestID, "error", err.Error())
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

// pack compresses what was encoded.
func (o *output) pack() ([]byte, error) {
	o.packed.Reset()
	o.gzip.Reset(&o.packed)
	if _, err := o.gzip.Write(o.plain.Bytes()); err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	if err := o.gzip.Close(); err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	return o.packed.Bytes(), nil
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
