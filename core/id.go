package core

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
)

// ID names a thing: 24 lower-case hexadecimal characters that grow with time. The form is the one
// Clockify's clients check for before they send an id. The empty ID names nothing.
type ID string

// NewID makes an ID: 48 bits of Unix milliseconds and 48 random bits.
func NewID(now time.Time) ID {
	var b [12]byte
	ms := now.UnixMilli()
	for i := 5; i >= 0; i-- {
		b[i] = byte(ms)
		ms >>= 8
	}
	_, _ = rand.Read(b[6:]) // crypto/rand never fails: it ends the program instead
	return ID(hex.EncodeToString(b[:]))
}

// ValidID tells whether text has the form of an ID (upper case is accepted, as Clockify does).
func ValidID(text string) bool {
	if len(text) != 24 {
		return false
	}
	_, err := hex.DecodeString(text)
	return err == nil
}

// newToken makes a secret of 256 random bits in URL-safe characters.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// newButton makes an opaque id of 128 random bits for a button, short enough for every platform.
func newButton() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// hashSecret returns what is stored of a secret: its SHA-256 in hexadecimal. A fast hash is enough
// because every secret here has at least 128 random bits (OWASP ASVS 6.5.2).
func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
