// Package deliverytest proves for any chat platform that no message is lost and none stands twice: it drives the outbox, the
// delivery and the platform's real code against the platform's stand-in through bad weather, an outage and processes that
// are killed. It is for tests only.
package deliverytest

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/core"
)

// Driver connects a platform and its stand-in with the test.
type Driver interface {
	Standin
	// Start makes what a new process would make. It reaches the stand-in at the gate's address, and no call of it may take
	// longer than the patience.
	Start(t testing.TB, p Parts) Process
	// Shown are the texts of the messages that stand at a destination.
	Shown(destination string) []string
	// Count is how many they are.
	Count(destination string) int
	// Ask runs a slash command and waits for its answer.
	Ask()
}

// Standin is what every stand-in does by itself.
type Standin interface {
	// Address is where the stand-in listens, as "127.0.0.1:1234"; processes reach it through a gate in front of it.
	Address() string
	// Connect tells the stand-in where the app listens.
	Connect(url string)
	// Weather makes each call to the stand-in ask what goes wrong with it; Posts is the name of the call that makes a new
	// message.
	Weather(fn func(name, destination string) bottest.Fault)
	Posts() string
	// Limit makes each destination take one message in such a time by the test's clock.
	Limit(every time.Duration)
	// Impatient is how many calls came before the pause was over that the stand-in had asked for.
	Impatient() int
	// Busiest is how many calls were open at once, at most.
	Busiest() int
}

// Parts is what a process is made of.
type Parts struct {
	bottest.Parts
	Service  *core.Service
	Clock    core.Clock
	Gate     string // "127.0.0.1:1234"
	Patience time.Duration
}

// Process is a platform of a process.
type Process struct {
	Platform bot.Platform
	Handler  http.Handler // of the platform's requests to us
}

// kind is a kind of trouble: what happens to a call instead of, or after, its work.
type kind int

const (
	none      kind = iota
	rateLimit      // 429 with Retry-After, nothing is done
	broken         // 500, nothing is done
	away           // 503, nothing is done
	reset          // the connection ends before anything is done
	blackhole      // no answer, nothing is done
	lost           // the work is done, the connection ends without an answer
	swallowed      // the work is done, no answer comes
	halfSaid       // the work is done, half of the answer comes
	kinds
)

// fault is the kind as a stand-in does it.
func (k kind) fault(pause time.Duration) bottest.Fault {
	return [kinds]bottest.Fault{
		rateLimit: {Status: http.StatusTooManyRequests, RetryAfter: pause.Seconds()},
		broken:    {Status: http.StatusInternalServerError},
		away:      {Status: http.StatusServiceUnavailable},
		reset:     {Reset: true},
		blackhole: {Hang: true},
		lost:      {LoseAnswer: true},
		swallowed: {Hang: true, LoseAnswer: true},
		halfSaid:  {Truncate: true},
	}[k]
}

// Plan says how much is done.
type Plan struct {
	Destinations int // each is the alert channel of a workspace of its own
	Rounds       int // of five alerts each per destination, an even number: the first half of them in bad weather
	Kills        int
	Seed         uint64
}

// Alerts is how many alerts there are in all.
func (p Plan) Alerts() int { return p.Destinations * p.Rounds * perRound }

// Short is the plan of every run: two thousand alerts to two hundred channels.
func Short() Plan { return Plan{Destinations: 200, Rounds: 2, Kills: 20, Seed: 1} }

// Long is the plan of make soak, in weather of its own each time; without it the test is skipped.
func Long(t testing.TB) Plan {
	t.Helper()
	if os.Getenv("CLOCKWARDEN_SOAK") != "1" {
		t.Skip("make soak runs this")
	}
	seed := uint64(moment().UnixNano())
	t.Logf("weather from seed %d", seed)
	return Plan{Destinations: 200, Rounds: 10, Kills: 100, Seed: seed}
}

// perRound is how many timers of a workspace become overdue at once: few enough to be told one by one.
const perRound = 5
