package api

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// An entity tag stands for the answer to one address at one revision of the data, by one version of
// the program. It holds for every key that may read the address; whether a key may is asked first,
// so nobody learns by a 304 what they may not read. It is weak, as the same list is sent compressed
// and plain.

// entityTag is the tag of the request's address at a revision.
func (c *call) entityTag(revision string) string {
	sum := sha256.Sum256([]byte(c.version + "\n" + revision + "\n" + c.r.URL.Path + "?" + c.r.URL.RawQuery))
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
}

// setTag marks the answer with its tag, so that the client can ask whether it has changed. Only the
// client itself may keep it, and it has to ask each time.
func (c *call) setTag(revision string) {
	c.header.Set("Etag", c.entityTag(revision))
	c.header.Set("Cache-Control", "private, no-cache")
}

// unchanged tells whether the client has the answer already, and marks the answer then.
func (c *call) unchanged(revision string) bool {
	tag := c.entityTag(revision)
	for _, line := range c.r.Header.Values("If-None-Match") {
		for known := range strings.SplitSeq(line, ",") {
			known = strings.TrimSpace(known)
			if known == "*" || strings.TrimPrefix(known, "W/") == strings.TrimPrefix(tag, "W/") {
				c.setTag(revision)
				return true
			}
		}
	}
	return false
}
