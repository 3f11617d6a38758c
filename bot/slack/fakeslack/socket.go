package fakeslack

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// socket is the app's connection in socket mode.
type socket struct {
	conn  *websocket.Conn
	write sync.Mutex
	acks  map[string]json.RawMessage // by envelope; a JSON null for an empty one
}

// serveSocket takes the app's connection and the acknowledgements that come over it.
func (f *Fake) serveSocket(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	s := &socket{conn: conn, acks: map[string]json.RawMessage{}}
	s.send(map[string]any{"type": "hello", "num_connections": 1, "connection_info": map[string]any{"app_id": "A1"}})
	f.mu.Lock()
	f.socket = s
	f.watch.Changed()
	f.mu.Unlock()
	for {
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if err := conn.ReadJSON(&ack); err != nil {
			_ = conn.Close()
			return
		}
		f.mu.Lock()
		s.acks[ack.EnvelopeID] = ack.Payload
		f.watch.Changed()
		f.mu.Unlock()
	}
}

func (s *socket) send(v any) {
	s.write.Lock()
	defer s.write.Unlock()
	_ = s.conn.WriteJSON(v)
}

// AwaitSocket waits until the app has connected in socket mode.
func (f *Fake) AwaitSocket() {
	f.t.Helper()
	f.watch.For("the app's socket", func() bool { return f.socket != nil })
}

// DropSocket closes the app's connection, as Slack does now and then.
func (f *Fake) DropSocket() {
	f.mu.Lock()
	s := f.socket
	f.socket = nil
	f.mu.Unlock()
	if s != nil {
		_ = s.conn.Close()
	}
}

func (f *Fake) closeSocket() { f.DropSocket() }

// overSocket sends an envelope and returns the payload of its acknowledgement.
func (f *Fake) overSocket(kind string, payload map[string]any) []byte {
	f.t.Helper()
	f.AwaitSocket()
	f.mu.Lock()
	s, id := f.socket, f.next("e")
	f.mu.Unlock()
	began := time.Now() //nolint:forbidigo // Slack measures real time
	s.send(map[string]any{"type": kind, "envelope_id": id, "payload": payload, "accepts_response_payload": true})
	var answer json.RawMessage
	f.watch.For("an acknowledgement", func() bool {
		var ok bool
		answer, ok = s.acks[id]
		return ok
	})
	if took := time.Since(began); took > answerIn { //nolint:forbidigo // Slack measures real time
		f.t.Errorf("fakeslack: operation_timeout, the app took %s", took)
	}
	if len(answer) >= 20<<10 {
		f.t.Errorf("fakeslack: an answer of %d bytes is dropped by the socket", len(answer))
	}
	if string(answer) == "null" {
		return nil
	}
	return answer
}
