package discord

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/store"
)

const (
	childDSN = "CLOCKWARDEN_TEST_GATEWAY_DATABASE"
	childAPI = "CLOCKWARDEN_TEST_GATEWAY_API"
	// childLease is shorter than the usual one, so that the test need not wait as long.
	childLease = 2 * time.Second

	oliviaOnDiscord, danaOnDiscord = "3001", "3002"
	testGuild                      = "2001"
)

// TestGatewayProcess is the process that TestGatewayDiesBeforeItsAnswer kills. On its own it does nothing.
func TestGatewayProcess(t *testing.T) {
	if os.Getenv(childDSN) == "" {
		return
	}
	ctx, stop := signal.NotifyContext(t.Context(), syscall.SIGTERM)
	defer stop()
	st, err := store.Open(ctx, store.Options{DSN: os.Getenv(childDSN)})
	if err != nil {
		t.Fatal(err)
	}
	svc, err := core.New(core.Options{Store: st, Clock: core.SystemClock{}})
	if err != nil {
		t.Fatal(err)
	}
	parts := bottest.NewParts(t, svc)
	d, err := New(Options{
		Service: svc, Catalog: parts.Catalog, Conversation: parts.Words, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Clock: core.SystemClock{},
		Mode: ModeGateway, ApplicationID: "1000", BotToken: botToken, GuildID: testGuild, APIURL: os.Getenv(childAPI), Workspace: "acme", BaseURL: parts.Base,
	})
	if err != nil {
		t.Fatal(err)
	}
	g := d.newGateway()
	g.pace.lease, g.pace.renew = childLease, childLease/4
	if err := g.run(ctx); err != nil {
		t.Error(err)
	}
	d.jobs.Drain(drainFor)
	d.api.close()
	svc.Close()
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

// deadly is a REST API in front of which a process can die.
type deadly struct {
	next *callbacks
	mu   sync.Mutex
	kill func() // of the process whose next callback comes; nil: it lives
}

func (d *deadly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	kill := d.kill
	d.kill = nil
	d.mu.Unlock()
	if kill != nil && strings.HasSuffix(r.URL.Path, "/callback") {
		kill()
		panic(http.ErrAbortHandler) // nobody hears this answer
	}
	d.next.ServeHTTP(w, r)
}

// TestGatewayDiesBeforeItsAnswer kills the process when its act is committed and its answer has not
// arrived, as a panic in a goroutine of discordgo's would: the act has happened once, and whoever
// asks again hears so.
func TestGatewayDiesBeforeItsAnswer(t *testing.T) {
	t.Parallel()
	r := &rig{T: t, callbacks: newCallbacks(), log: &logText{}}
	r.house = coretest.New(t, coretest.WithChat(core.ChatConnection{Platform: core.PlatformDiscord, Workspace: "acme"}))
	r.house.Clock.Set(time.Now())
	r.house.MustLink("olivia", core.PlatformDiscord, testGuild, oliviaOnDiscord)
	r.house.MustLink("dana", core.PlatformDiscord, testGuild, danaOnDiscord)
	entry := r.house.MustStart("dana", "Fix login", r.house.Clock.Now().Add(-3*time.Hour))
	rest := &deadly{next: r.callbacks}
	r.fake = fakediscord.NewGateway(t, fakediscord.GatewayOptions{Token: botToken, REST: rest})

	start := func() *exec.Cmd {
		t.Helper()
		cmd := exec.Command(os.Args[0], "-test.run=^TestGatewayProcess$", "-test.count=1")
		cmd.Env = append(os.Environ(), childDSN+"="+r.house.DSN, childAPI+"="+r.fake.APIURL())
		cmd.Stdout, cmd.Stderr = r.log, r.log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if cmd.ProcessState == nil {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}
		})
		return cmd
	}
	olivia := map[string]any{"user": map[string]any{"id": oliviaOnDiscord, "username": "olivia"}}
	sends := func(id string, kind int, data map[string]any, message any) {
		t.Helper()
		in := map[string]any{
			"id": id, "application_id": "1000", "type": kind, "token": "token-" + id, "guild_id": testGuild, "channel_id": "5", "locale": "en-GB",
			"member": olivia, "data": data,
		}
		if message != nil {
			in["message"] = message
		}
		r.fake.Dispatch("INTERACTION_CREATE", in)
	}
	stops := func() int {
		t.Helper()
		return len(r.house.MustAudit(core.ActTimerStop))
	}

	first := start()
	r.fake.Await("the process", identified(1))
	sends("101", 2, map[string]any{"id": "7", "name": "accounts", "type": 1, "options": []any{
		map[string]any{"name": "stop-timer", "type": 1, "options": []any{map[string]any{"name": "user", "type": 6, "value": danaOnDiscord}}},
	}}, nil)
	var card struct {
		Data map[string]any `json:"data"`
	}
	if err := json.Unmarshal([]byte(r.answered("101")), &card); err != nil {
		t.Fatal(err)
	}
	confirm := buttonOf(card.Data, "Confirm")
	if confirm == "" {
		t.Fatalf("no Confirm: %v", card.Data)
	}
	card.Data["id"] = "501"
	click := func(id string) {
		t.Helper()
		sends(id, 3, map[string]any{"custom_id": confirm, "component_type": 2}, card.Data)
	}

	killed := make(chan struct{})
	rest.mu.Lock()
	rest.kill = func() {
		_ = first.Process.Kill()
		_ = first.Wait()
		close(killed)
	}
	rest.mu.Unlock()
	click("102")
	select {
	case <-killed:
	case <-time.After(15 * time.Second):
		t.Fatalf("no callback; log:\n%s", r.log)
	}
	stopped, err := r.house.Entry(t.Context(), r.house.Actor("olivia"), entry.ID)
	if err != nil || stopped.Running() || stops() != 1 {
		t.Fatalf("the act is not there once: %+v, %d in the audit log, %v", stopped, stops(), err)
	}
	if r.callbacks.count() != 1 {
		t.Fatalf("%d callbacks arrived, want only the card", r.callbacks.count())
	}

	second := start()
	r.fake.Await("the process to come back", identified(2))
	click("102") // as Discord might deliver it again
	click("103") // and as Olivia clicks again, who heard nothing
	if said := r.answered("103"); !strings.Contains(said, "already") {
		t.Errorf("she hears: %s", said)
	}
	again, err := r.house.Entry(t.Context(), r.house.Actor("olivia"), entry.ID)
	if err != nil || again.Version != stopped.Version || !again.End.Equal(stopped.End) || stops() != 1 {
		t.Errorf("it happened again: %+v, %d in the audit log, %v", again, stops(), err)
	}
	r.callbacks.mu.Lock()
	if n := r.callbacks.tries["102"]; n != 0 {
		t.Errorf("the repeated interaction was answered %d times", n)
	}
	r.callbacks.mu.Unlock()
	r.house.MustVerify()
	if err := second.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := second.Wait(); err != nil {
		t.Errorf("the stop: %v; log:\n%s", err, r.log)
	}
}

// buttonOf finds the custom id of a button by its label.
func buttonOf(v any, label string) string {
	switch v := v.(type) {
	case map[string]any:
		if v["label"] == label {
			id, _ := v["custom_id"].(string)
			return id
		}
		for _, part := range v {
			if id := buttonOf(part, label); id != "" {
				return id
			}
		}
	case []any:
		for _, part := range v {
			if id := buttonOf(part, label); id != "" {
				return id
			}
		}
	}
	return ""
}
