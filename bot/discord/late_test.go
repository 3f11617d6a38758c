package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// lone is an app on a fake, without Run.
type lone struct {
	*coretest.House
	fake *fakediscord.Fake
	app  *Discord
	log  *safeLog
}

// safeLog is a log that tests read.
type safeLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

const (
	olivia = "118000000000000001"
	dana   = "118000000000000004"
)

func newLone(t *testing.T) *lone {
	t.Helper()
	r := &lone{House: coretest.New(t), log: &safeLog{}}
	r.fake = fakediscord.New(t, fakediscord.Options{Now: r.Clock.Now})
	r.MustLink("olivia", core.PlatformDiscord, r.fake.Guild(), olivia)
	r.MustLink("dana", core.PlatformDiscord, r.fake.Guild(), dana)
	parts := bottest.NewParts(t, r.Service)
	var err error
	r.app, err = New(Options{
		Service: r.Service, Catalog: parts.Catalog, Conversation: parts.Words, Clock: r.Clock, Mode: ModeHTTP, Log: slog.New(slog.NewTextHandler(r.log, nil)),
		ApplicationID: r.fake.Application(), PublicKey: r.fake.PublicKey(), BotToken: r.fake.BotToken(), GuildID: r.fake.Guild(),
		APIURL: r.fake.APIURL(), Workspace: "acme", BaseURL: parts.Base,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(r.app.Handler())
	r.fake.Connect(server.URL)
	t.Cleanup(func() {
		server.Close()
		r.app.jobs.Drain(10 * time.Second)
		r.app.api.close()
	})
	return r
}

// later answers an interaction, past the replay guard, while nobody can write, and lets it go on.
func (r *lone) later(t *testing.T, payload map[string]any) (callback, func()) {
	t.Helper()
	in, err := interactionOf(bottest.JSON(t, payload))
	if err != nil {
		t.Fatal(err)
	}
	release := bottest.Hold(t, r.Store)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	return r.app.respond(ctx, in), release
}

// A reply that is not ready in time is deferred, and brought once.
func TestLateReply(t *testing.T) {
	r := newLone(t)
	bodies := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		bodies <- req.Method + " " + req.URL.Path + " " + string(body)
	}))
	defer server.Close()
	r.app.api.url = server.URL
	defer r.app.api.close()

	payload := r.fake.Person(dana).CommandPayload("/timer start description:late")
	got, release := r.later(t, payload)
	if string(bottest.JSON(t, got)) != `{"type":5,"data":{"flags":64}}` {
		t.Errorf("a late command is answered with %s", bottest.JSON(t, got))
	}
	release()
	want := "PATCH /webhooks/" + r.fake.Application() + "/" + payload["token"].(string) + "/messages/@original "
	if said := <-bodies; !strings.HasPrefix(said, want) || !strings.Contains(said, "Your timer is running") || len(fakediscord.MessageProblems([]byte(strings.TrimPrefix(said, want)))) > 0 {
		t.Errorf("brought: %s", said)
	}

	// A click: the card is changed, or something new is said, by what the reply is.
	r.Clock.Advance(time.Minute)
	card := r.fake.Person(olivia).Runs("/accounts stop-timer user:<" + dana + ">")
	id := ""
	for _, c := range card.CustomIDs() {
		if strings.HasPrefix(c, "confirm|") {
			id = c
		}
	}
	click := func(flags int) map[string]any {
		p := r.fake.Person(olivia).Payload(kindComponent, map[string]any{"component_type": 2, "custom_id": id})
		p["message"] = map[string]any{"id": "1", "flags": flags, "components": card.Components}
		return p
	}
	payload = click(flagEphemeral)
	got, release = r.later(t, payload)
	if string(bottest.JSON(t, got)) != `{"type":6}` {
		t.Errorf("a late click is answered with %s", bottest.JSON(t, got))
	}
	release()
	if said := <-bodies; !strings.HasPrefix(said, "PATCH ") || !strings.Contains(said, "Stopped: the timer of Dana") || strings.Contains(said, `"flags"`) {
		t.Errorf("brought: %s", said)
	}
	got, release = r.later(t, click(flagEphemeral))
	release()
	if said := <-bodies; got.Type != callbackDeferUpdate || !strings.HasPrefix(said, "POST ") || !strings.Contains(said, "already") || !strings.Contains(said, `"flags":64`) {
		t.Errorf("brought: %s", said)
	}
	r.app.jobs.Drain(5 * time.Second)
	if len(bodies) > 0 {
		t.Errorf("said too much: %s", <-bodies)
	}
}

// A form that is late can't open: that is said, and nothing was done.
func TestLateForm(t *testing.T) {
	r := newLone(t)
	bodies := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		bodies <- string(body)
	}))
	defer server.Close()
	r.app.api.url = server.URL
	defer r.app.api.close()
	in, err := interactionOf(bottest.JSON(t, r.fake.Person(dana).CommandPayload("/timer status")))
	if err != nil {
		t.Fatal(err)
	}
	r.app.bring(t.Context(), in, conversation.Reply{Form: &conversation.Form{Act: conversation.FormStart}})
	if said := <-bodies; !strings.Contains(said, "could not be opened, and nothing was changed") {
		t.Errorf("said: %s", said)
	}
}

// A store that can't be reached, and a program with too much to do, say so in time.
func TestBusy(t *testing.T) {
	t.Parallel()
	r := newLone(t)
	ask := func(payload map[string]any) string {
		t.Helper()
		began := time.Now()
		body, err := r.app.answer(t.Context(), bottest.JSON(t, payload))
		if err != nil || time.Since(began) > 3*time.Second { // for which Discord waits
			t.Errorf("%v after %s", err, time.Since(began))
		}
		return string(body)
	}
	p := r.fake.Person(dana)
	release := bottest.Hold(t, r.Store)
	if said := ask(p.CommandPayload("/timer status")); !strings.Contains(said, "can't reach its database") || !strings.Contains(said, `"flags":64`) {
		t.Errorf("said: %s", said)
	}
	typing := p.Payload(kindTyping, map[string]any{"name": "accounts"})
	if said := ask(typing); said != `{"type":8,"data":{"choices":[]}}` {
		t.Errorf("said: %s", said)
	}
	release()
	working := make(chan struct{})
	for range bot.JobsAtOnce {
		if !r.app.jobs.Start(t.Context(), func(context.Context) { <-working }) {
			t.Fatal("refused below the limit")
		}
	}
	if said := ask(p.CommandPayload("/timer start description:x")); !strings.Contains(said, "can't reach") {
		t.Errorf("said: %s", said)
	}
	if said := ask(p.Payload(kindTyping, map[string]any{"name": "accounts"})); said != `{"type":8,"data":{"choices":[]}}` {
		t.Errorf("said: %s", said)
	}
	close(working)
	if n := len(r.MustAudit(core.ActTimerStart)); n != 0 {
		t.Errorf("%d timers were started", n)
	}
}

// A fault of ours ends in a sentence with a reference that is in the log, and the next is answered.
func TestPanic(t *testing.T) {
	r := newLone(t)
	words := r.app.words
	r.app.words = nil
	seen := r.fake.Person(dana).Runs("/timer status").String()
	_, ref, _ := strings.Cut(seen, "reference ")
	if len(ref) < 8 || !strings.Contains(r.log.String(), "reference="+ref[:8]) || strings.Contains(seen, "nil") {
		t.Errorf("said: %s\n%s", seen, r.log)
	}
	if got := r.fake.Person(olivia).Types("/accounts show email:d"); len(got) != 0 {
		t.Errorf("offered %v", got)
	}
	r.app.words = words
	if seen := r.fake.Person(dana).Runs("/timer status").String(); !strings.Contains(seen, "No timer is running") {
		t.Errorf("said: %s", seen)
	}
}

// Ten thousand interactions leave nothing behind in memory.
func TestTenThousandInteractions(t *testing.T) {
	r := newLone(t)
	ask := func(i int) {
		payload := map[string]any{
			"id": strconv.Itoa(1_000_000 + i), "application_id": r.fake.Application(), "type": kindCommand, "token": "t" + strconv.Itoa(i),
			"guild_id": r.fake.Guild(), "member": map[string]any{"user": map[string]any{"id": strconv.Itoa(5_000_000 + i)}},
			"data": map[string]any{"type": 1, "name": "timer", "options": []any{map[string]any{"type": 1, "name": "help"}}},
		}
		if i%2 == 0 {
			payload["type"], payload["data"] = kindComponent, map[string]any{"component_type": 2, "custom_id": "confirm|" + strconv.Itoa(i)}
		}
		body, err := r.app.answer(t.Context(), bottest.JSON(t, payload))
		if err != nil || !bytes.Contains(body, []byte("not linked")) {
			t.Errorf("%s, %v", body, err)
		}
	}
	measure := func() (heap uint64, goroutines int) {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, runtime.NumGoroutine()
	}
	run := func(from, to int) {
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				for i := from + worker; i < to; i += 8 {
					ask(i)
				}
			})
		}
		wg.Wait()
	}
	const warm, all = 500, 10_000
	run(0, warm) // what is made once, such as connections to the database
	heap, goroutines := measure()
	run(warm, all)
	after, left := measure()
	t.Logf("heap %d KiB before, %d KiB after; goroutines %d and %d", heap>>10, after>>10, goroutines, left)
	if after > heap+4<<20 {
		t.Errorf("the heap grew from %d to %d KiB", heap>>10, after>>10)
	}
	if left > goroutines+5 {
		t.Errorf("goroutines: %d before, %d after", goroutines, left)
	}
}

// What became of a message that could not be sent.
func TestSendErrors(t *testing.T) {
	r := newLone(t)
	reply := conversation.Reply{Title: "x", Facts: []conversation.Fact{{Label: "l", Value: "v"}}}
	due := core.Delivery{ID: "d", Key: "k", Destination: "77", CreatedAt: r.Clock.Now()}
	tests := []struct {
		name  string
		fault fakediscord.Fault
		want  bot.SendError
	}{
		{"429", fakediscord.Fault{Status: 429, RetryAfter: 2.5}, bot.SendError{RetryAfter: 2500 * time.Millisecond}},
		{"500", fakediscord.Fault{Status: 500}, bot.SendError{Ambiguous: true, Down: true}},
		{"502", fakediscord.Fault{Status: 502}, bot.SendError{Ambiguous: true, Down: true}},
		{"503", fakediscord.Fault{Status: 503}, bot.SendError{Down: true}},
		{"504", fakediscord.Fault{Status: 504}, bot.SendError{Ambiguous: true, Down: true}},
		{"400", fakediscord.Fault{Status: 400, Code: 50035}, bot.SendError{Final: true}},
		{"401", fakediscord.Fault{Status: 401}, bot.SendError{Final: true}},
		{"403", fakediscord.Fault{Status: 403, Code: 50013}, bot.SendError{Final: true}},
		{"404", fakediscord.Fault{Status: 404, Code: 10003}, bot.SendError{Final: true}},
		{"reset", fakediscord.Fault{Reset: true}, bot.SendError{Ambiguous: true, Down: true}},
		{"lost answer", fakediscord.Fault{LoseAnswer: true}, bot.SendError{Ambiguous: true, Down: true}},
	}
	check := func(name string, err error, want bot.SendError) {
		t.Helper()
		got := (*bot.SendError)(nil)
		if !errors.As(err, &got) || got.RetryAfter != want.RetryAfter || got.Final != want.Final || got.Ambiguous != want.Ambiguous || got.Down != want.Down {
			t.Errorf("%s: %+v, want %+v", name, got, want)
			return
		}
		for _, secret := range []string{r.fake.BotToken(), "http://", "127.0.0.1"} {
			if strings.Contains(got.Error(), secret) {
				t.Errorf("%s: the error holds %q: %v", name, secret, got)
			}
		}
	}
	for _, tt := range tests {
		r.fake.FailNext(fakediscord.CreateMessage, tt.fault)
		began := time.Now()
		_, _, err := r.app.Send(t.Context(), due, reply)
		check(tt.name, err, tt.want)
		if time.Since(began) > 2*time.Second { // less than the pauses that are asked for
			t.Errorf("%s: took %s", tt.name, time.Since(began))
		}
	}
	channel, id, err := r.app.Send(t.Context(), due, reply)
	if err != nil || channel != "77" || id == "" {
		t.Fatalf("%s %s %v", channel, id, err)
	}
	if n := len(r.fake.Messages("77")); n != 1 { // the one whose answer was lost is this one
		t.Errorf("%d messages", n)
	}

	edit := due
	edit.Channel, edit.Message = channel, id
	r.fake.FailNext(fakediscord.EditMessage, fakediscord.Fault{Status: 429, RetryAfter: 1})
	check("edit, 429", r.app.Edit(t.Context(), edit, reply), bot.SendError{RetryAfter: time.Second})
	edit.Message = "5"
	check("edit of nothing", r.app.Edit(t.Context(), edit, reply), bot.SendError{Final: true})

	direct := due
	direct.Direct, direct.Destination = true, "118000000000000055"
	r.fake.Knows(direct.Destination, fakediscord.Account{Unknown: true})
	_, _, err = r.app.Send(t.Context(), direct, reply)
	check("closed messages", err, bot.SendError{Final: true})

	r.fake.Silence(fakediscord.CreateMessage, true)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	other := due
	other.Key = "another"
	_, _, err = r.app.Send(ctx, other, reply)
	check("silence", err, bot.SendError{Ambiguous: true, Down: true})
	if time.Since(began) > apiFor/2 {
		t.Errorf("a deadline of 100 ms took %s", time.Since(began))
	}
	r.fake.Silence(fakediscord.CreateMessage, false)

	answerTo := due
	answerTo.Key, answerTo.ReplyTo = "reminder", id
	if _, second, err := r.app.Send(t.Context(), answerTo, reply); err != nil || second == id {
		t.Errorf("%s, %v", second, err)
	}
	if got := r.fake.Messages("77"); len(got) != 2 || got[1].ReplyTo != id {
		t.Errorf("%+v", got)
	}
	if text := r.log.String(); strings.Contains(text, r.fake.BotToken()) {
		t.Errorf("the log holds the token: %s", text)
	}
}

// A message is found again by its mark among others.
func TestFind(t *testing.T) {
	r := newLone(t)
	reply := conversation.Reply{Title: "x", Facts: []conversation.Fact{{Label: "l", Value: "v"}}}
	var last core.Delivery
	ids := map[string]string{}
	for _, key := range []string{"a", "b", "c"} {
		last = core.Delivery{ID: "d", Key: key, Destination: "77", CreatedAt: r.Clock.Now()}
		_, id, err := r.app.Send(t.Context(), last, reply)
		if err != nil {
			t.Fatal(err)
		}
		ids[key] = id
	}
	last.Key = "b"
	if _, id, err := r.app.Find(t.Context(), last); err != nil || id != ids["b"] {
		t.Errorf("%s, %v", id, err)
	}
	last.Key = "none"
	if _, id, err := r.app.Find(t.Context(), last); err != nil || id != "" {
		t.Errorf("%s, %v", id, err)
	}
	r.fake.FailNext(fakediscord.ListMessages, fakediscord.Fault{Status: 403, Code: 50001})
	if _, id, err := r.app.Find(t.Context(), last); err != nil || id != "" {
		t.Errorf("%s, %v", id, err)
	}
	r.fake.FailNext(fakediscord.ListMessages, fakediscord.Fault{Status: 429, RetryAfter: 3})
	if _, _, err := r.app.Find(t.Context(), last); err == nil {
		t.Error("a rate limit counts as not found")
	}
}

func TestNonce(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range []core.Delivery{{ID: "a", Key: "b"}, {ID: "a", Key: "c"}, {ID: "b", Key: "b"}, {ID: "ab"}, {Key: "ab"}} {
		n := nonce(d)
		if len(n) > maxNonce || seen[n] || n != nonce(d) {
			t.Errorf("%+v: %q", d, n)
		}
		seen[n] = true
	}
}

// The API is called where api_url says, and the token goes nowhere else.
func TestRewriting(t *testing.T) {
	paths := make(chan string, 4)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		paths <- req.URL.RequestURI() + " " + req.Header.Get("Authorization")
		if strings.HasSuffix(req.URL.Path, "/redirect") {
			w.Header().Set("Location", "http://192.0.2.1/")
			w.WriteHeader(http.StatusFound)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{})
	}))
	defer server.Close()
	for prefix, want := range map[string]string{"/api/v10": "/api/v10/x?y=1", "": "/x?y=1"} {
		api, err := url.Parse(server.URL + prefix)
		if err != nil {
			t.Fatal(err)
		}
		c, err := newClient("secret", api)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.call(t.Context(), http.MethodGet, "/x?y=1", nil, nil); err != nil {
			t.Error(err)
		}
		if got := <-paths; got != want+" Bot secret" {
			t.Errorf("called %s", got)
		}
		said := (*apiError)(nil)
		if err := c.call(t.Context(), http.MethodGet, "/redirect", nil, nil); !errors.As(err, &said) || said.Status != http.StatusFound {
			t.Errorf("a redirect: %v", err)
		}
		<-paths
		if err := c.interact(t.Context(), http.MethodPost, "/webhooks/1/t", message{}, nil); err != nil {
			t.Error(err)
		}
		if got := <-paths; strings.Contains(got, "secret") {
			t.Errorf("the bot's token is sent: %s", got)
		}
		c.close()
	}
}
