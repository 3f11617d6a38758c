// Package bot connects chat platforms with core: it delivers the messages that core has queued. What
// is said is in bot/conversation; how a platform speaks is in bot/slack, bot/discord and bot/console.
package bot

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

// Platform is one chat platform. Send and Edit are called by one goroutine of Delivery.
type Platform interface {
	// Name is core.PlatformSlack, core.PlatformDiscord or core.PlatformConsole.
	Name() string
	// Run keeps the platform connected until ctx ends, then finishes what it has begun.
	Run(ctx context.Context) error
	// Send posts a message to the delivery's destination and tells where it is. Errors are *SendError.
	Send(ctx context.Context, d core.Delivery, r conversation.Reply) (channel, message string, err error)
	// Edit replaces the message at the delivery's Channel and Message. Errors are *SendError.
	Edit(ctx context.Context, d core.Delivery, r conversation.Reply) error
}

// Finder is a Platform that can look for the message of a delivery which an earlier Send may have
// posted without our knowing. A platform without it posts such a message again; it should then
// make sure by other means that the message does not stand twice.
type Finder interface {
	// Find returns an empty message when it is not there, or when the platform does not let us look.
	// Errors are *SendError.
	Find(ctx context.Context, d core.Delivery) (channel, message string, err error)
}

// SendError says what became of a message that could not be sent.
type SendError struct {
	Err        error         // holds no secret: it is stored and shown to the operator
	RetryAfter time.Duration // what the platform asked for; 0: it did not
	Final      bool          // trying again is useless
	Ambiguous  bool          // the message may have been posted all the same
	Away       bool          // it is not about this message: the platform does not answer, or not well
}

func (e *SendError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }
