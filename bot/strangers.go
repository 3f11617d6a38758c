package bot

import (
	"log/slog"
	"sync"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// strangersPerMinute is how many refused requests of a minute are in the log one by one.
const strangersPerMinute = 30

// Strangers writes requests that are not from a platform to the log, a bounded number a minute: whoever knows the address can
// send as many as they like, and must not be able to fill the disk with them.
type Strangers struct {
	log   *slog.Logger
	clock core.Clock

	mu      sync.Mutex
	began   time.Time // of the minute that is counted
	written int
	left    int
}

// NewStrangers makes a Strangers.
func NewStrangers(log *slog.Logger, clock core.Clock) *Strangers {
	return &Strangers{log: log, clock: clock}
}

// Refused logs a refusal; args are as in slog. The first of the next minute says how many were left out.
func (s *Strangers) Refused(msg string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.clock.Now(); now.Sub(s.began).Abs() >= time.Minute {
		if s.left > 0 {
			args = append(args, "not_logged_before", s.left)
		}
		s.began, s.written, s.left = now, 0, 0
	}
	if s.written >= strangersPerMinute {
		s.left++
		return
	}
	s.written++
	s.log.Warn(msg, args...)
}
