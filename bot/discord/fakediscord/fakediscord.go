// Package fakediscord is a stand-in for Discord, for tests: a real HTTP server that the real client
// talks to. It refuses what Discord refuses, keeps Discord's clocks, signs what it sends, and lets
// tests act as the people on the server:
//
//	olivia := fake.Person("118000000000000001")
//	card := olivia.Runs("/accounts stop-timer user:<118000000000000003>")
//	done := olivia.Clicks(card, "Confirm")
//
// It is for tests only.
package fakediscord

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
)

// Options configures a Fake.
type Options struct {
	Application string           // default "1100000000000000001"
	Guild       string           // default "1200000000000000001"
	BotToken    string           // default "bot-token"
	Now         func() time.Time // the clock that signatures and tokens go by; required
	Zone        *time.Location   // of the people who read times; default UTC
}

// Fake is a Discord server with one app installed.
type Fake struct {
	*bottest.Troubles // of the calls named by the constants in api.go

	o      Options
	t      testing.TB
	mux    *http.ServeMux
	server *httptest.Server
	app    string // base URL of the app under test
	key    ed25519.PrivateKey

	mu       sync.Mutex
	watch    *bottest.Watch
	serial   int
	messages []*Message       // of channels
	nonces   map[string]*sent // by channel and nonce
	calls    []Call
	people   map[string]Account
	open     map[string]*interaction // by token
	commands []byte                  // as registered
	puts     int

	// dispatch sends an event over the gateway the app is connected to; nil: it is not.
	dispatch func(event string, payload []byte)
}

type sent struct {
	message *Message
	at      time.Time
}

// Message is a message as it stands now: in a channel, or seen by one person alone.
type Message struct {
	ID, Channel, Content string
	Embeds, Components   []any
	Flags                int
	Edits                int
	Nonce                string
	ReplyTo              string
	Direct               bool   // in the direct messages of one person
	Body                 []byte // as it came last
}

// Call is one call of the API that was accepted.
type Call struct {
	Name, Channel string
}

// Fault is what happens to a call instead of, or after, its work.
type Fault = bottest.Fault

// Account is what Discord tells of a person on the server.
type Account struct {
	Name    string
	Bot     bool
	System  bool
	Pending bool // has not accepted the server's rules
	Guest   bool // in a voice call only
	Unknown bool // not on the server
}

// interaction is one that was sent to the app.
type interaction struct {
	id, token string
	kind      int
	made      time.Time // by the fake's clock
	sentAt    time.Time // by the real one
	on        *Message  // that was clicked
	acked     bool
	body      []byte // the callback
	seen      *Seen
	original  *Message // the answer
	after     []*Seen
}

// New starts a Fake that ends with the test.
func New(t testing.TB, o Options) *Fake {
	t.Helper()
	if o.Now == nil {
		t.Fatal("fakediscord.New: Now is required")
	}
	for _, d := range []struct {
		value    *string
		standard string
	}{{&o.Application, "1100000000000000001"}, {&o.Guild, "1200000000000000001"}, {&o.BotToken, "bot-token"}} {
		if *d.value == "" {
			*d.value = d.standard
		}
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	seed := sha256.Sum256([]byte("fakediscord"))
	f := &Fake{
		o: o, t: t, key: ed25519.NewKeyFromSeed(seed[:]), nonces: map[string]*sent{}, people: map[string]Account{},
		open: map[string]*interaction{}, mux: http.NewServeMux(), Troubles: bottest.NewTroubles(o.Now, CreateMessage, false),
	}
	f.watch = bottest.NewWatch(t, &f.mu)
	f.routes()
	f.server = httptest.NewServer(f.mux)
	t.Cleanup(f.server.Close)
	return f
}

// APIURL is what the app under test uses instead of https://discord.com/api/v10.
func (f *Fake) APIURL() string { return f.server.URL + apiPath }

// Address is where the Fake listens, as "127.0.0.1:1234".
func (f *Fake) Address() string { return f.server.Listener.Addr().String() }

// Application is the id of the app under test.
func (f *Fake) Application() string { return f.o.Application }

// Guild is the id of the server.
func (f *Fake) Guild() string { return f.o.Guild }

// BotToken is the token of the app under test.
func (f *Fake) BotToken() string { return f.o.BotToken }

// PublicKey is what the app checks signatures with, in hexadecimal.
func (f *Fake) PublicKey() string {
	return hex.EncodeToString(f.key[ed25519.PublicKeySize:])
}

// Connect tells where the app under test listens, as "http://127.0.0.1:1234". Without it,
// interactions go over the gateway.
func (f *Fake) Connect(app string) { f.app = strings.TrimSuffix(app, "/") }

// Knows says who a user is; without it Discord tells of a full member.
func (f *Fake) Knows(user string, a Account) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.people[user] = a
}

// Calls returns the calls of a name that were accepted.
func (f *Fake) Calls(name string) []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Call
	for _, c := range f.calls {
		if c.Name == name {
			list = append(list, c)
		}
	}
	return list
}

// Messages returns what stands in a channel now, oldest first.
func (f *Fake) Messages(channel string) []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.in(channel)
}

func (f *Fake) in(channel string) []Message {
	var list []Message
	for _, m := range f.messages {
		if m.Channel == channel {
			list = append(list, *m)
		}
	}
	return list
}

// DirectChannel is the channel of the direct messages with a person.
func (f *Fake) DirectChannel(user string) string { return "99" + user }

// Await waits until the messages of a channel are as wanted, and returns them.
func (f *Fake) Await(channel, what string, wanted func([]Message) bool) []Message {
	f.t.Helper()
	var list []Message
	f.watch.For(what+" in "+channel, func() bool {
		list = f.in(channel)
		return wanted(list)
	})
	return list
}

// AwaitCommands waits until the app has registered its commands, and returns them as they came.
func (f *Fake) AwaitCommands() []byte {
	f.t.Helper()
	f.watch.For("commands", func() bool { return f.commands != nil })
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.commands
}

// Registrations is how often the commands were overwritten.
func (f *Fake) Registrations() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.puts
}

// next makes a new id; the lock is held.
func (f *Fake) next() string {
	f.serial++
	const epoch = 1420070400000 // 2015, in milliseconds
	return strconv.FormatInt((f.o.Now().UnixMilli()-epoch)<<22+int64(f.serial), 10)
}
