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
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
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
	o      Options
	t      testing.TB
	server *httptest.Server
	app    string // base URL of the app under test

	mu       sync.Mutex
	serial   int
	messages []*Message
	urls     map[string]*responseURL
	triggers map[string]*trigger
	views    map[string]*Seen   // modals, by id
	homes    map[string]*Seen   // by user
	people   map[string]Account // who is not a plain member
	silent   map[string]bool    // methods that get no answer
	absent   map[string]bool    // channels that the bot is not in
	faults   map[string][]Fault
	calls    []Call
	changed  chan struct{} // closed and renewed at each change
	socket   *socket
	weather  weather
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
type Fault struct {
	Status     int           // answer with this status; 0: as usual
	RetryAfter int           // seconds, with 429
	Delay      time.Duration // before anything is done
	LoseAnswer bool          // do the work and close the connection without an answer
	Reset      bool          // close the connection before any work
	Hang       bool          // no answer until the caller gives up; with LoseAnswer the work is done all the same
	Truncate   bool          // do the work and send half of the answer
	Error      string        // answer with this error; with LoseAnswer the work is done all the same
}

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
		views: map[string]*Seen{}, homes: map[string]*Seen{}, people: map[string]Account{}, silent: map[string]bool{}, absent: map[string]bool{},
		faults: map[string][]Fault{}, changed: make(chan struct{}),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/{method}", f.counted(f.call))
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

// Silence makes a method get no answer until the test ends or speaks again.
func (f *Fake) Silence(method string, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.silent[method] = on
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

// FailNext makes the next call of a method go wrong; faults of a method queue up.
func (f *Fake) FailNext(method string, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[method] = append(f.faults[method], fault)
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
	f.wait(what+" in "+channel, func() bool {
		list = f.in(channel)
		return wanted(list)
	})
	return list
}

// patience is how long a test waits for something that must come.
const patience = 10 * time.Second

// wait waits until ready holds; ready is called with the lock held.
func (f *Fake) wait(what string, ready func() bool) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	for {
		f.mu.Lock()
		ok, changed := ready(), f.changed
		f.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			f.t.Fatalf("fakeslack: waited in vain for %s", what)
		case <-changed:
		}
	}
}

// notify wakes those who wait; the lock is held.
func (f *Fake) notify() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// next makes a new name; the lock is held.
func (f *Fake) next(prefix string) string {
	f.serial++
	return prefix + strconv.Itoa(f.serial)
}
