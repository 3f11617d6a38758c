package discord_test

import (
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot/discord"
	"github.com/clockwarden/clockwarden/bot/discord/fakediscord"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

// report adds percentiles to a benchmark's line.
func report(b *testing.B, name string, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(took[min(len(took)-1, len(took)*p/100)].Microseconds())/1000, name+"-p"+strconv.Itoa(p)+"-ms")
	}
}

// BenchmarkSignatureToAnswer measures, over real HTTP and on a real database with durable commits, a
// command and a click on Confirm, each from the signed request to its answer in the response. The
// stand-in's own work is in it.
func BenchmarkSignatureToAnswer(b *testing.B) {
	h := &house{House: coretest.New(b)}
	h.fake = fakediscord.New(b, fakediscord.Options{Now: h.Clock.Now})
	h.MustLink("olivia", core.PlatformDiscord, h.fake.Guild(), user("olivia"))
	h.MustLink("dana", core.PlatformDiscord, h.fake.Guild(), user("dana"))
	app, err := discord.New(h.options(b))
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
	report(b, "stop-timer", command)
	report(b, "confirm", confirm)
}
