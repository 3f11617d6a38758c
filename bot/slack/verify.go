package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

const (
	headerSignature = "X-Slack-Signature"
	headerTimestamp = "X-Slack-Request-Timestamp"

	// window is how far a request's time may be from ours, in both directions.
	window = 5 * time.Minute
	// rememberFor is how long an accepted request is remembered, longer than window to both sides.
	rememberFor = 11 * time.Minute
)

// verifier checks Slack's signature v0 over the raw body. slack-go's own check uses the machine's
// clock and takes the first of several headers.
type verifier struct {
	secret []byte
	clock  core.Clock
}

var (
	errHeaders   = errors.New("signature headers are missing or given twice")
	errAge       = errors.New("request is too old or from the future")
	errSignature = errors.New("signature does not fit")
)

// check returns what names the request for the replay guard.
func (v verifier) check(h http.Header, body []byte) (key string, err error) {
	signature, timestamp := h.Values(headerSignature), h.Values(headerTimestamp)
	if len(signature) != 1 || len(timestamp) != 1 {
		return "", errHeaders
	}
	seconds, err := strconv.ParseUint(timestamp[0], 10, 40)
	if err != nil {
		return "", errHeaders
	}
	if v.clock.Now().Sub(time.Unix(int64(seconds), 0)).Abs() > window {
		return "", errAge
	}
	given, ok := strings.CutPrefix(signature[0], "v0=")
	if !ok {
		return "", errSignature
	}
	sent, err := hex.DecodeString(given)
	if err != nil {
		return "", errSignature
	}
	mac := hmac.New(sha256.New, v.secret)
	mac.Write([]byte("v0:" + timestamp[0] + ":"))
	mac.Write(body)
	if !hmac.Equal(mac.Sum(nil), sent) {
		return "", errSignature
	}
	return "slack:" + timestamp[0] + ":" + strings.ToLower(given), nil
}
