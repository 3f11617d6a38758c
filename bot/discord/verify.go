package discord

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const (
	headerSignature = "X-Signature-Ed25519"
	headerTimestamp = "X-Signature-Timestamp"

	// window is how far a request's time may be from ours, in both directions.
	window = 5 * time.Minute
	// rememberFor is how long an interaction is remembered: longer than window to both sides, and
	// longer than its token lives.
	rememberFor = 20 * time.Minute
)

// verifier checks Discord's signature over the timestamp and the raw body. discordgo's own check
// takes requests of any age.
type verifier struct {
	key   ed25519.PublicKey
	clock core.Clock
}

var (
	errHeaders   = errors.New("signature headers are missing or given twice")
	errAge       = errors.New("request is too old or from the future")
	errSignature = errors.New("signature does not fit")
)

func (v verifier) check(h http.Header, body []byte) error {
	signature, timestamp := h.Values(headerSignature), h.Values(headerTimestamp)
	if len(signature) != 1 || len(timestamp) != 1 {
		return errHeaders
	}
	seconds, err := strconv.ParseUint(timestamp[0], 10, 40)
	if err != nil {
		return errHeaders
	}
	if v.clock.Now().Sub(time.Unix(int64(seconds), 0)).Abs() > window {
		return errAge
	}
	sent, err := hex.DecodeString(signature[0])
	if err != nil || len(sent) != ed25519.SignatureSize {
		return errSignature
	}
	signed := make([]byte, 0, len(timestamp[0])+len(body))
	signed = append(append(signed, timestamp[0]...), body...)
	if len(v.key) != ed25519.PublicKeySize || !ed25519.Verify(v.key, signed, sent) {
		return errSignature
	}
	return nil
}
