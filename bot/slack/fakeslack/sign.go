package fakeslack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Signed makes a request of a form as Slack sends it.
func (f *Fake) Signed(path, form string) *http.Request {
	f.t.Helper()
	return f.SignedAt(path, form, f.o.Now())
}

// SignedAt makes a request that was signed at another time.
func (f *Fake) SignedAt(path, form string, at time.Time) *http.Request {
	f.t.Helper()
	r := f.Unsigned(path, "application/x-www-form-urlencoded", form)
	stamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", Signature(f.o.SigningSecret, stamp, form))
	return r
}

// SignedJSON makes a request of the Events API.
func (f *Fake) SignedJSON(path, body string) *http.Request {
	f.t.Helper()
	r := f.Signed(path, body)
	r.Header.Set("Content-Type", "application/json")
	return r
}

// Unsigned makes a request without a signature.
func (f *Fake) Unsigned(path, contentType, body string) *http.Request {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.app+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatalf("fakeslack: make request: %v", err)
	}
	r.Header.Set("Content-Type", contentType)
	return r
}

// Signature is Slack's signature v0.
func Signature(secret, timestamp, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + timestamp + ":" + body))
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}
