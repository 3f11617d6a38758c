// Package fakeslack is a stand-in for Slack, for tests: a real HTTP server that the real client
// library talks to. It refuses what Slack refuses, keeps Slack's clocks, signs what it sends, and
// lets tests act as the people in the chat:
//
//	olivia := fake.Person("UOLIVIA")
//	card := olivia.Runs("/accounts stop-timer <@UDANA>")
//	done := olivia.Clicks(card, "Confirm")
//
// It is for tests only.
package fakeslack

import (
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
	Team          string           // default "T1"
	BotToken      string           // default "xoxb-test"
	AppToken      string           // default "xapp-test"
	SigningSecret string           // default "signing-secret"
	Scopes        []string         // that the app was installed with; default: any that a call asks for
	Now           func() time.Time // the clock that signatures and response_urls go by; required
}

// Fake is a Slack team with one app installed.
type Fake struct {
	*bottest.Troubles // of the methods of the Web API, and of "response_url"

	o      Options
	t      testing.TB
	server *httptest.Server
	app    string // base URL of the app under test

	mu       sync.Mutex
	watch    *bottest.Watch
	serial   int
	messages []*Message
	urls     map[string]*responseURL
	triggers map[string]*trigger
	views    map[string]*Seen   // modals, by id
	homes    map[string]*Seen   // by user
	people   map[string]Account // who is not a plain member
	absent   map[string]bool    // channels that the bot is not in
	calls    []Call
	socket   *socket
}

// Message is a message in a channel that everybody there sees.
type Message struct {
	Channel, TS, Text string
	Thread            string // TS of the message that it answers
	Blocks            []any
	Metadata          any
	Edits             int
}

// Call is one call of the Web API that was accepted.
type Call struct {
	Method, Channel string
}

// Fault is what happens to a call instead of, or after, its work.
type Fault = bottest.Fault

type responseURL struct {
	message *Message // that was clicked; nil: an ephemeral one or a command
	place   *place   // of what was clicked, where a replacement goes
	made    time.Time
	uses    int
	posts   []*Seen
}

// place is where an ephemeral message stands; answers may replace it.
type place struct{ now *Seen }

type trigger struct {
	made time.Time
	used bool
	view *Seen
}

// New starts a Fake that ends with the test.
func New(t testing.TB, o Options) *Fake {
	t.Helper()
	if o.Now == nil {
		t.Fatal("fakeslack.New: Now is required")
	}
	for _, d := range []struct {
		value    *string
		standard string
	}{{&o.Team, "T1"}, {&o.BotToken, "xoxb-test"}, {&o.AppToken, "xapp-test"}, {&o.SigningSecret, "signing-secret"}} {
		if *d.value == "" {
			*d.value = d.standard
		}
	}
	f := &Fake{
		o: o, t: t, urls: map[string]*responseURL{}, triggers: map[string]*trigger{},
		views: map[string]*Seen{}, homes: map[string]*Seen{}, people: map[string]Account{}, absent: map[string]bool{},
		Troubles: bottest.NewTroubles(o.Now, "chat.postMessage", true),
	}
	f.watch = bottest.NewWatch(t, &f.mu)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/{method}", f.call)
	mux.HandleFunc("POST /response/{id}", f.respond)
	mux.HandleFunc("GET /socket", f.serveSocket)
	f.server = httptest.NewServer(mux)
	t.Cleanup(func() {
		f.closeSocket()
		f.server.Close()
	})
	return f
}

// APIURL is what the app under test uses instead of https://slack.com/api/.
func (f *Fake) APIURL() string { return f.server.URL + "/api/" }

// Address is where the Fake listens, as "127.0.0.1:1234".
func (f *Fake) Address() string { return f.server.Listener.Addr().String() }

// Team is the team's id.
func (f *Fake) Team() string { return f.o.Team }

// BotToken, AppToken and SigningSecret are what the app under test is configured with.
func (f *Fake) BotToken() string { return f.o.BotToken }

// AppToken is the token of socket mode.
func (f *Fake) AppToken() string { return f.o.AppToken }

// SigningSecret is what requests are signed with.
func (f *Fake) SigningSecret() string { return f.o.SigningSecret }

// Connect tells where the app under test listens, as "http://127.0.0.1:1234".
func (f *Fake) Connect(app string) { f.app = strings.TrimSuffix(app, "/") }

// Account is what users.info tells of a person, beside the name.
type Account struct {
	Name                                                      string
	Locale                                                    string
	Deleted, Bot, Guest, SingleChannelGuest, Stranger, Unsure bool   // Unsure: the e-mail address is not confirmed
	Team                                                      string // of another one
	Unknown                                                   bool   // users.info does not find them
}

// Knows says who a user is; without it users.info answers a plain member.
func (f *Fake) Knows(user string, a Account) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.people[user] = a
}

// Leaves makes the bot be in a channel no more.
func (f *Fake) Leaves(channel string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.absent[channel] = true
}

// user is a person as users.info and user_change tell them; the lock is held.
func (f *Fake) user(id string) map[string]any {
	a := f.people[id]
	name := a.Name
	if name == "" {
		name = strings.ToLower(strings.TrimPrefix(id, "U"))
	}
	team := f.o.Team
	if a.Team != "" {
		team = a.Team
	}
	return map[string]any{
		"id": id, "team_id": team, "name": strings.ToLower(name), "real_name": name, "locale": a.Locale, "deleted": a.Deleted,
		"is_bot": a.Bot, "is_restricted": a.Guest, "is_ultra_restricted": a.SingleChannelGuest, "is_stranger": a.Stranger,
		"is_email_confirmed": !a.Unsure, "profile": map[string]any{"display_name": name, "real_name": name},
	}
}

// Calls returns the calls of a method that were accepted.
func (f *Fake) Calls(method string) []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Call
	for _, c := range f.calls {
		if c.Method == method {
			list = append(list, c)
		}
	}
	return list
}

// Messages returns what stands in a channel now, oldest first, without answers in threads.
func (f *Fake) Messages(channel string) []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.in(channel)
}

func (f *Fake) in(channel string) []Message {
	var list []Message
	for _, m := range f.messages {
		if m.Channel == channel && m.Thread == "" {
			list = append(list, *m)
		}
	}
	return list
}

// Thread returns the answers to a message, oldest first.
func (f *Fake) Thread(to Message) []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Message
	for _, m := range f.messages {
		if m.Channel == to.Channel && m.Thread == to.TS {
			list = append(list, *m)
		}
	}
	return list
}

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

// next makes a new name; the lock is held.
func (f *Fake) next(prefix string) string {
	f.serial++
	return prefix + strconv.Itoa(f.serial)
}
