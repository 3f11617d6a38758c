package api

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// authenticate finds the actor of the request's key and spends one request of the key's rate. A
// valid key is never held up by others' failures from the same address; failures are.
// Codes: unauthenticated, rate_limited, unavailable.
func (s *server) authenticate(c *call) error {
	secret, err := presentedKey(c)
	if err == nil {
		c.actor, err = s.svc.ActorByAPIKey(c.r.Context(), secret, c.requestID, c.address)
	}
	if err != nil {
		c.actor = core.Actor{}
		if core.ErrorCode(err) != core.CodeUnauthenticated {
			return err
		}
		if wait := s.failed.take(network(c.address), s.svc.Now()); wait > 0 {
			return tooMany(c, wait)
		}
		s.log.Info("api request without a valid key", "request_id", c.requestID, "address", c.address, "path", shortPath(c.r.URL.Path))
		return err
	}
	if wait := s.keys.take(string(c.actor.APIKeyID), s.svc.Now()); wait > 0 {
		return tooMany(c, wait)
	}
	return nil
}

// presentedKey returns the one API key of the request. Authorization: Bearer counts as none.
func presentedKey(c *call) (string, error) {
	keys, tokens := given(c.r.Header.Values("X-Api-Key")), given(c.r.Header.Values("X-Addon-Token"))
	switch {
	case len(keys)+len(tokens) != 1:
		return "", &core.Error{Code: core.CodeUnauthenticated, Message: "api.key_count"}
	case len(tokens) == 1:
		return "", &core.Error{Code: core.CodeUnauthenticated, Message: "api.addon_token"}
	}
	return keys[0], nil
}

func given(values []string) []string {
	var list []string
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			list = append(list, v)
		}
	}
	return list
}

func tooMany(c *call, wait time.Duration) error {
	c.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return &core.Error{Code: core.CodeRateLimited, Message: "error.rate_limited"}
}
