package bot_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestStrangersCannotFillTheLog(t *testing.T) {
	var out bytes.Buffer
	clock := coretest.NewClock()
	s := bot.NewStrangers(slog.New(slog.NewTextHandler(&out, nil)), clock)
	for range 1000 {
		s.Refused("refused", "why", "signature")
	}
	if n := strings.Count(out.String(), "msg=refused why=signature"); n != 30 {
		t.Errorf("%d lines in a minute", n)
	}
	clock.Advance(time.Minute)
	s.Refused("refused")
	s.Refused("refused")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 32 || !strings.HasSuffix(lines[30], "not_logged_before=970") || strings.Contains(lines[31], "not_logged") {
		t.Errorf("the next minute: %q", lines[30:])
	}
}
