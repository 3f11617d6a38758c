package console

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/core/locale"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// screen is what a terminal shows; it is written by several goroutines.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
	seen chan struct{} // told of every write
}

func newScreen() *screen { return &screen{seen: make(chan struct{}, 1)} }

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	select {
	case s.seen <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// wait waits until the screen shows the text.
func (s *screen) wait(t *testing.T, text string) {
	t.Helper()
	limit := time.After(10 * time.Second)
	for !strings.Contains(s.String(), text) {
		select {
		case <-s.seen:
		case <-limit:
			t.Fatalf("%q does not appear on:\n%s", text, s)
		}
	}
}

func mustWords(t *testing.T, h *coretest.House) (*locale.Catalog, *conversation.Handler) {
	t.Helper()
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	words, err := conversation.New(conversation.Options{
		Service: h.Service, Catalog: catalog, BaseURL: &url.URL{Scheme: "https", Host: "time.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return catalog, words
}

func mustConsole(t *testing.T, h *coretest.House, who string, in io.Reader, out io.Writer, terminal bool) *Console {
	t.Helper()
	catalog, words := mustWords(t, h)
	actor, err := h.ActorByEmail(t.Context(), core.DoorConsole, h.Workspace.ID, who+"@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(t.Context(), Options{
		Service: h.Service, Catalog: catalog, Conversation: words, Actor: actor, In: in, Out: out, Terminal: terminal,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// once runs a command with its answers, one a line, and returns what was printed.
func once(t *testing.T, h *coretest.House, who, command string, answers ...string) (string, error) {
	t.Helper()
	out := newScreen()
	input := ""
	for _, a := range answers {
		input += a + "\n"
	}
	err := mustConsole(t, h, who, strings.NewReader(input), out, false).Once(t.Context(), command)
	return out.String(), err
}

func running(t *testing.T, h *coretest.House, who string) bool {
	t.Helper()
	_, err := h.RunningEntry(t.Context(), h.Actor(who), "")
	if err != nil && core.ErrorCode(err) != core.CodeNotFound {
		t.Fatal(err)
	}
	return err == nil
}

const stopDana = "/accounts stop-timer dana@acme.test"

func TestOnceConfirms(t *testing.T) {
	h := coretest.New(t)
	h.MustStart("dana", "Customer support", h.Clock.Now().Add(-2*time.Hour))
	got, err := once(t, h, "olivia", stopDana, "1")
	if err != nil {
		t.Fatal(err)
	}
	want := `Stop the timer of Dana Member?
  Description    Customer support
  Running since  08:00 (2 h)
  End to be written:
    [a] (•) Now (10:00)
    [b] ( ) Other time…
    [c] (x) Let Dana Member know
  [1] Confirm   [2] Cancel
  Only you can confirm this, within 10 minutes.

Stopped: the timer of Dana Member
Dana Member is told about it.
  Description  Customer support
  Start        08:00
  End          10:00
  Duration     2 h
  [1] Undo   [2] Correct the time
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("printed (-want +got):\n%s", d)
	}
	if running(t, h, "dana") {
		t.Error("the timer still runs")
	}
	stops := h.MustAudit(core.ActTimerStop)
	if len(stops) != 1 || stops[0].Door != core.DoorConsole || stops[0].RequestID == "" {
		t.Errorf("audited as %+v", stops)
	}

	h.Clock.Advance(5 * time.Minute)
	got, err = once(t, h, "otto", stopDana, "1")
	if !errors.Is(err, ErrRefused) || got != "This timer was already stopped by Olivia Owner 5 min ago.\n" {
		t.Errorf("the second time: %v %q", err, got)
	}
	if n := len(h.MustAudit(core.ActTimerStop)); n != 1 {
		t.Errorf("%d stops were audited", n)
	}
}

func TestOnceInGerman(t *testing.T) {
	h := coretest.New(t)
	german := "de"
	if _, err := h.UpdateMember(t.Context(), coretest.Operator(h.Workspace.ID), h.Who("olivia").ID, core.MemberUpdate{Language: &german}); err != nil {
		t.Fatal(err)
	}
	h.MustStart("dirk", "Bühnenbau Köln", h.Clock.Now().Add(-90*time.Minute))
	got, err := once(t, h, "olivia", "/accounts stop-timer dirk@acme.test", "9", "b", "bald", "", "vielleicht", "nein")
	if !errors.Is(err, ErrRefused) {
		t.Errorf("a wrong number and a wrong answer: %v", err)
	}
	want := `Timer von Dirk Müller stoppen?
  Beschreibung  Bühnenbau Köln
  Läuft seit    08:30 (1 Std. 30 Min.)
  Ende, das eingetragen wird:
    [a] (•) Jetzt (10:00)
    [b] ( ) Andere Zeit …
    [c] (x) Dirk Müller Bescheid geben
  [1] Bestätigen   [2] Abbrechen
  Nur wer gefragt hat, kann bestätigen, 10 Minuten lang.

Eine Schaltfläche 9 gibt es gerade nicht.

Andere Zeit
Ende: Zum Beispiel 17:30 oder gestern 18:00, in der eigenen Zeitzone.
Eine leere Zeile behält den Wert in Klammern; /abbrechen verlässt das Formular.
Ende [23.11.2026, 10:00]:

„bald“ ist nicht als Zeit verständlich; bitte so schreiben: 17:30, gestern 18:00 oder 21.11.2026 18:00.
Ende [23.11.2026, 10:00]:
Dem Mitglied Bescheid geben (ja/nein) [ja]:

Bitte mit ja oder nein antworten.
Dem Mitglied Bescheid geben (ja/nein) [ja]:

Gestoppt: Timer von Dirk Müller
  Beschreibung  Bühnenbau Köln
  Beginn        08:30
  Ende          10:00
  Dauer         1 Std. 30 Min.
  [1] Rückgängig   [2] Zeit korrigieren
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("printed (-want +got):\n%s", d)
	}
}

// TestNothingChanges: whatever is said but a confirmation leaves the timer alone.
func TestNothingChanges(t *testing.T) {
	for name, test := range map[string]struct {
		who     string
		answers []string
		refused bool
		says    string
	}{
		"end of the input":     {"olivia", nil, false, "[1] Confirm"},
		"cancel":               {"olivia", []string{"2"}, false, "Canceled. Nothing was changed.\n"},
		"copied brackets":      {"olivia", []string{"[2]"}, false, "Canceled. Nothing was changed.\n"},
		"quit":                 {"olivia", []string{"quit", "1"}, false, "[1] Confirm"},
		"number zero":          {"olivia", []string{"0"}, true, "There is no button 0 "},
		"number too high":      {"olivia", []string{"3"}, true, "There is no button 3 "},
		"number below zero":    {"olivia", []string{"-1"}, true, "There is no button -1 "},
		"number of an alert":   {"olivia", []string{"101"}, true, "There is no button 101 "},
		"letter too far":       {"olivia", []string{"d"}, true, "“d” is not understood; choose with a letter (a, b, c), press a button by its number, or type a command"},
		"the button's label":   {"olivia", []string{"Confirm"}, true, "“Confirm” is not understood"},
		"another command":      {"olivia", []string{"/timer status", "1"}, false, "No timer is running."},
		"unknown command":      {"olivia", []string{"/acounts x"}, true, "“/acounts” is not understood"},
		"control characters":   {"olivia", []string{"\x1b[2J\xff"}, true, "“[2J\uFFFD” is not understood"},
		"form, no input":       {"olivia", []string{"b"}, true, "The form was not sent"},
		"form, half the input": {"olivia", []string{"b", "09:30"}, true, "The form was not sent"},
		"form left":            {"olivia", []string{"b", "/cancel"}, true, "The form was not sent"},
		"form, no time":        {"olivia", []string{"b", "soon", ""}, true, "“soon” is not understood as a time"},
		"form, before start":   {"olivia", []string{"b", "yesterday 18:00", ""}, true, "The end (yesterday 18:00) is not after the start ("},
		"not an owner":         {"mona", []string{"1"}, true, "Only owners of this workspace can do this"},
	} {
		t.Run(name, func(t *testing.T) {
			h := coretest.New(t)
			h.MustStart("dana", "Customer support", h.Clock.Now().Add(-2*time.Hour))
			got, err := once(t, h, test.who, stopDana, test.answers...)
			if errors.Is(err, ErrRefused) != test.refused || err != nil && !test.refused {
				t.Errorf("ended with %v", err)
			}
			if !strings.Contains(got, test.says) {
				t.Errorf("does not say %q:\n%s", test.says, got)
			}
			if strings.ContainsAny(got, "\x1b⟦⟧") {
				t.Errorf("prints %q", got)
			}
			if !running(t, h, "dana") || len(h.MustAudit(core.ActTimerStop)) != len(refusals(h)) {
				t.Errorf("the timer was stopped:\n%s", got)
			}
		})
	}
}

func refusals(h *coretest.House) []core.AuditEntry {
	var list []core.AuditEntry
	for _, e := range h.MustAudit(core.ActTimerStop) {
		if e.Outcome != "done" {
			list = append(list, e)
		}
	}
	return list
}

// TestLettersChoose: what is chosen goes along with the button.
func TestLettersChoose(t *testing.T) {
	h := coretest.New(t)
	h.MustStart("dana", "Customer support", h.Clock.Now().Add(-2*time.Hour))
	got, err := once(t, h, "olivia", stopDana+" at 09:30 reason Went home", "b", "A", "d", "1")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"    [a] (•) 09:30\n    [b] ( ) Now (10:00)\n    [c] ( ) Other time…\n    [d] (x) Let Dana Member know\n",
		"\nEnd to be written: Now (10:00)\n", "\nEnd to be written: 09:30\n", "\n( ) Let Dana Member know\n", "  End          09:30\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("does not print %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "is told about it") {
		t.Errorf("the member was told all the same:\n%s", got)
	}
}

// TestUndoAndCorrect: the buttons of a result work, and a form keeps, changes and empties its values.
func TestUndoAndCorrect(t *testing.T) {
	h := coretest.New(t)
	entry := h.MustStart("dana", "Customer support", h.Clock.Now().Add(-2*time.Hour))
	got, err := once(t, h, "olivia", stopDana, "1", "2", "08:30", "", "-", "typo", "1")
	if err != nil {
		t.Fatal(err)
	}
	e, err := h.Entry(t.Context(), h.Actor("dana"), entry.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 11, 23, 7, 30, 0, 0, time.UTC) // 08:30 in Berlin
	if !e.Start.Equal(want) || !e.Running() || e.Description != "" {
		t.Errorf("became %+v", e)
	}
	for _, want := range []string{
		"\nCorrect the time\nTime entry of Dana Member\n", "\nStart [23 Nov 2026, 08:00]:\n", "\nEnd [23 Nov 2026, 10:00]:\n",
		"\nA single - empties a text.\n", "\nDescription [Customer support]:\n", "\nReason:\n",
		"\nCorrected: the time entry of Dana Member\n", "\nUndone: the timer of Dana Member is running again\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("does not print %q:\n%s", want, got)
		}
	}
	if len(h.MustAudit(core.ActEntryCorrect)) != 1 {
		t.Error("the correction is not in the audit log")
	}
}

// TestARefusedFieldIsAskedAgain: the rest of a form keeps what was typed.
func TestARefusedFieldIsAskedAgain(t *testing.T) {
	h := coretest.New(t)
	h.MustStart("dana", "Customer support", h.Clock.Now().Add(-2*time.Hour))
	got, err := once(t, h, "olivia", stopDana, "b", "yesterday 18:00", "no", "09:30")
	if !errors.Is(err, ErrRefused) {
		t.Errorf("ended with %v", err)
	}
	if strings.Count(got, "Let the member know (yes/no)") != 1 || strings.Count(got, "End [") != 2 ||
		!strings.Contains(got, "  End          09:30\n") || strings.Contains(got, "is told about it") {
		t.Errorf("printed:\n%s", got)
	}
	if running(t, h, "dana") {
		t.Error("the timer still runs")
	}
}

// TestScriptOfCommands: without a terminal, Run reads commands and answers until the input ends.
func TestScriptOfCommands(t *testing.T) {
	h := coretest.New(t)
	out := newScreen()
	in := strings.NewReader("/timer start Write tests\r\n\n/TIMER stop\n1\nhelp\n")
	if err := mustConsole(t, h, "dana", in, out, false).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !running(t, h, "dana") {
		t.Error("the stop was not undone")
	}
	for _, want := range []string{"Your timer is running\n", "Your timer is stopped\n", "/accounts stop-timer E-MAIL", "/timer status", "A number presses a button"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("does not print %q:\n%s", want, out)
		}
	}
	out = newScreen()
	if err := mustConsole(t, h, "dana", strings.NewReader("/accounts list\n/timer stop\n"), out, false).Run(t.Context()); !errors.Is(err, ErrRefused) {
		t.Errorf("a refusal ended with %v:\n%s", err, out)
	}
	if err := mustConsole(t, h, "dana", strings.NewReader(strings.Repeat("x", maxLine+1)), out, false).Run(t.Context()); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("an endless line ended with %v", err)
	}
}

// TestRightsAreReadAtEveryLine: a person who lost their role can't confirm what they could ask for.
func TestRightsAreReadAtEveryLine(t *testing.T) {
	h := coretest.New(t)
	h.MustStart("dana", "Customer support", h.Clock.Now().Add(-2*time.Hour))
	in, person := io.Pipe()
	out := newScreen()
	ended := make(chan error, 1)
	c := mustConsole(t, h, "otto", in, out, false)
	go func() { ended <- c.Once(context.WithoutCancel(t.Context()), stopDana) }()
	out.wait(t, "[1] Confirm")
	h.MustSetRole("otto", core.RoleMember)
	say(t, person, "1")
	_ = person.Close()
	if err := <-ended; !errors.Is(err, ErrRefused) {
		t.Errorf("ended with %v", err)
	}
	if !running(t, h, "dana") || !strings.Contains(out.String(), "Only owners of this workspace can do this") {
		t.Errorf("printed:\n%s", out)
	}
}

func say(t *testing.T, person io.Writer, line string) {
	t.Helper()
	if _, err := io.WriteString(person, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

// TestTerminal: a person is greeted and prompted, and alerts come above the prompt.
func TestTerminal(t *testing.T) {
	h := coretest.New(t)
	h.MustStart("dana", "Customer support", h.Clock.Now().Add(-2*time.Hour))
	in, person := io.Pipe()
	out := newScreen()
	c := mustConsole(t, h, "olivia", in, out, true)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(context.WithoutCancel(t.Context())) }()
	out.wait(t, "\n> ")
	say(t, person, stopDana)
	out.wait(t, "within 10 minutes.\n\n> ")
	d := core.Delivery{ID: "d1", Destination: "console"}
	if _, _, err := c.Send(t.Context(), d, conversation.Reply{Title: "An alert", Buttons: []conversation.Button{{Act: conversation.ButtonStop, ID: "x", Label: "Stop now"}}}); err != nil {
		t.Fatal(err)
	}
	say(t, person, "b")
	out.wait(t, "End [23 Nov 2026, 10:00]: ")
	if err := c.Edit(t.Context(), d, conversation.Reply{Title: "The end of an alert"}); err != nil {
		t.Fatal(err)
	}
	say(t, person, "09:45")
	out.wait(t, "[yes]: ")
	say(t, person, "n")
	out.wait(t, "[1] Undo")
	say(t, person, "101")
	out.wait(t, "no button 101")
	_ = person.Close()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	want := `You are Olivia Owner in Acme. Type a command such as /accounts forgotten, or help, or quit.

> Stop the timer of Dana Member?
  Description    Customer support
  Running since  08:00 (2 h)
  End to be written:
    [a] (•) Now (10:00)
    [b] ( ) Other time…
    [c] (x) Let Dana Member know
  [1] Confirm   [2] Cancel
  Only you can confirm this, within 10 minutes.

> 
An alert
  [101] Stop now

> Stop at another time
End: Like 17:30 or yesterday 18:00, in your time zone.
An empty line keeps the value in brackets; /cancel leaves the form.

End [23 Nov 2026, 10:00]: 
The end of an alert

End [23 Nov 2026, 10:00]: Let the member know (yes/no) [yes]: Stopped: the timer of Dana Member
  Description  Customer support
  Start        08:00
  End          09:45
  Duration     1 h 45 min
  [1] Undo   [2] Correct the time

> There is no button 101 to press now.

> 
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("the screen (-want +got):\n%s", d)
	}
}

// TestRunEndsWithItsContext: also while nobody types.
func TestRunEndsWithItsContext(t *testing.T) {
	h := coretest.New(t)
	for _, terminal := range []bool{true, false} {
		in, person := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		c := mustConsole(t, h, "olivia", in, newScreen(), terminal)
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("ended with %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("waits for a line that nobody types")
		}
		_ = person.Close() // lets the read end
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := mustConsole(t, h, "olivia", strings.NewReader(""), newScreen(), false)
	if err := c.Once(ctx, stopDana); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted command ended with %v", err)
	}
}

// brokenPipe is an output that nobody reads.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestOutputThatNobodyReads(t *testing.T) {
	h := coretest.New(t)
	h.MustStart("dana", "Customer support", h.Clock.Now().Add(-2*time.Hour))
	c := mustConsole(t, h, "olivia", strings.NewReader("1\n"), brokenPipe{}, false)
	if err := c.Once(t.Context(), stopDana); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("ended with %v", err)
	}
	if !running(t, h, "dana") {
		t.Error("a card that nobody saw was confirmed")
	}
	_, _, err := c.Send(t.Context(), core.Delivery{ID: "d"}, conversation.Reply{Title: "An alert"})
	var failed *bot.SendError
	if !errors.As(err, &failed) || !failed.Final {
		t.Errorf("an alert went to %v", err)
	}
}

func TestNew(t *testing.T) {
	h := coretest.New(t)
	catalog, words := mustWords(t, h)
	o := Options{Service: h.Service, Catalog: catalog, Conversation: words, Actor: h.Actor("adam"), In: strings.NewReader(""), Out: io.Discard}
	for name, broken := range map[string]func(*Options){
		"no actor": func(o *Options) { o.Actor = core.Actor{} },
		"a job":    func(o *Options) { o.Actor = coretest.Operator(h.Workspace.ID) },
		"no input": func(o *Options) { o.In = nil },
	} {
		wrong := o
		broken(&wrong)
		if _, err := New(t.Context(), wrong); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	h.MustSetStatus("adam", core.StatusInactive)
	if _, err := New(t.Context(), o); core.ErrorCode(err) != core.CodeForbidden {
		t.Errorf("an inactive member: %v", err)
	}
}
