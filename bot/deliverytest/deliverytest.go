// Package deliverytest proves for any chat platform that no message is lost and none stands twice: it drives the outbox, the
// delivery and the platform's real code against the platform's stand-in through bad weather, an outage and processes that
// are killed. It is for tests only.
package deliverytest

import (
	"net/http"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
)

// Driver connects a platform and its stand-in with the test.
type Driver interface {
	// Name is core.PlatformSlack or core.PlatformDiscord.
	Name() string
	// Address is where the stand-in listens, as "127.0.0.1:1234"; processes reach it through a gate in front of it.
	Address() string
	// Start makes what a new process would make. It reaches the stand-in at the gate's address, and no call of it may take
	// longer than the patience.
	Start(t testing.TB, p Parts) Process
	// Weather makes each call to the stand-in ask what goes wrong with it. posts tells that the call makes a new message.
	Weather(fn func(posts bool) Trouble)
	// Limit makes each destination take one message in such a time by the test's clock.
	Limit(every time.Duration)
	// Shown are the texts of the messages that stand at a destination.
	Shown(destination string) []string
	// Count is how many they are.
	Count(destination string) int
	// Connect tells the stand-in where the app listens.
	Connect(url string)
	// Ask runs a slash command and waits for its answer.
	Ask()
	// Impatient is how many calls came before the pause was over that the stand-in had asked for.
	Impatient() int
	// Busiest is how many calls were open at once, at most.
	Busiest() int
}

// Parts is what a process is made of.
type Parts struct {
	Service  *core.Service
	Words    *conversation.Handler
	Clock    core.Clock
	Gate     string // "127.0.0.1:1234"
	Patience time.Duration
}

// Process is a platform of a process.
type Process struct {
	Platform bot.Platform
	Handler  http.Handler // of the platform's requests to us
}

// Trouble is what happens to a call instead of, or after, its work.
type Trouble struct {
	Kind       Kind
	RetryAfter time.Duration // with RateLimit
}

// Kind is a kind of trouble.
type Kind int

// The kinds.
const (
	None      Kind = iota
	RateLimit      // 429 with Retry-After, nothing is done
	Broken         // 500, nothing is done
	Away           // 503, nothing is done
	Reset          // the connection ends before anything is done
	Blackhole      // no answer, nothing is done
	Lost           // the work is done, the connection ends without an answer
	Swallowed      // the work is done, no answer comes
	HalfSaid       // the work is done, half of the answer comes
	kinds
)

// Plan says how much is done.
type Plan struct {
	Destinations int // each is the alert channel of a workspace of its own
	Rounds       int // of five alerts each per destination, an even number: the first half of them in bad weather
	Kills        int
	Seed         uint64
}

// Alerts is how many alerts there are in all.
func (p Plan) Alerts() int { return p.Destinations * p.Rounds * perRound }

// perRound is how many timers of a workspace become overdue at once: few enough to be told one by one.
const perRound = 5
