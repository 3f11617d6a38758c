package core

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// repeatableFor is how long the effect of an idempotency key is remembered.
const repeatableFor = 24 * time.Hour

// maxKey bounds an idempotency key.
const maxKey = 255

// repeated finds what an earlier request with the same idempotency key made. The request has then
// nothing to do. A key that was used for something else is a conflict.
func (w *work) repeated(ctx context.Context, n NewEntry) (TimeEntry, error) {
	if n.Key == "" {
		return TimeEntry{}, nil
	}
	if len(n.Key) > maxKey {
		return TimeEntry{}, invalid("Idempotency-Key", "error.idempotency_key", Params{"Max": maxKey})
	}
	id, content, err := w.tx.Repeated(ctx, w.ws.ID, w.self.ID, hashSecret(n.Key), w.now)
	if errors.Is(err, ErrNoRow) {
		return TimeEntry{}, nil
	}
	if err != nil {
		return TimeEntry{}, err
	}
	if content != n.content() {
		return TimeEntry{}, conflict("error.idempotency_reused", nil, nil)
	}
	w.nothingToDo()
	return w.tx.Entry(ctx, w.ws.ID, id)
}

// remember keeps what a request with an idempotency key made, in the transaction that made it.
func (w *work) remember(ctx context.Context, n NewEntry, e TimeEntry) error {
	if n.Key == "" {
		return nil
	}
	err := w.tx.InsertRepeatable(ctx, w.ws.ID, w.self.ID, hashSecret(n.Key), n.content(), e.ID, w.now, w.now.Add(repeatableFor))
	if errors.Is(err, ErrDuplicate) {
		return conflict("error.idempotency_reused", nil, nil)
	}
	return err
}

// content is a digest of what a request asks for.
func (n NewEntry) content() string {
	n.Key = ""
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // texts and times always encode
	}
	return hashSecret(string(b))
}
