package fakediscord

import (
	"crypto/ed25519"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Path is where the app under test takes interactions.
const Path = "/discord/interactions"

// Signed makes a request of a body as Discord sends it.
func (f *Fake) Signed(body string) *http.Request {
	f.t.Helper()
	return f.SignedAt(body, f.o.Now())
}

// SignedAt makes a request that was signed at another time.
func (f *Fake) SignedAt(body string, at time.Time) *http.Request {
	f.t.Helper()
	r := f.Unsigned(body)
	stamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("X-Signature-Timestamp", stamp)
	r.Header.Set("X-Signature-Ed25519", Signature(f.key, stamp, body))
	return r
}

// Unsigned makes a request without a signature.
func (f *Fake) Unsigned(body string) *http.Request {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.app+Path, strings.NewReader(body))
	if err != nil {
		f.t.Fatalf("fakediscord: make request: %v", err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

// Signature is Discord's signature in hexadecimal.
func Signature(key ed25519.PrivateKey, timestamp, body string) string {
	return hex.EncodeToString(ed25519.Sign(key, []byte(timestamp+body)))
}
