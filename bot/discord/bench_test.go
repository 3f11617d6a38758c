package discord_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/bottest"
	"github.com/clockwarden/clockwarden/bot/discord"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// BenchmarkSignatureToAnswer measures, over real HTTP and on a real database with durable commits, a
// command and a click on Confirm, each from the signed request to its answer in the response. The
// stand-in's own work is in it.
func BenchmarkSignatureToAnswer(b *testing.B) {
	h := idle(b, coretest.New(b))
	app, err := discord.New(h.options())
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(app.Handler())
	b.Cleanup(server.Close)
	h.fake.Connect(server.URL)
	olivia := h.person("olivia")
	var command, confirm []time.Duration
	for b.Loop() {
		h.Clock.Advance(time.Hour) // the timer of the round before is over
		h.MustStart("dana", "Bench", h.Clock.Now().Add(-30*time.Minute))
		began := time.Now()
		card := olivia.Runs("/accounts stop-timer " + at("dana"))
		command = append(command, time.Since(began))
		began = time.Now()
		done := olivia.Clicks(card, "Confirm")
		confirm = append(confirm, time.Since(began))
		if !strings.Contains(done.Text, "Stopped") {
			b.Fatalf("not stopped: %s", done)
		}
	}
	bottest.Percentiles(b, "stop-timer", command)
	bottest.Percentiles(b, "confirm", confirm)
}
