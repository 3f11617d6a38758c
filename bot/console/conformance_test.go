package console

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clockwarden/clockwarden/bot"
	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/bot/conversation/conformance"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/coretest"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Platform{Name: core.PlatformConsole, Channel: "console", Beside: true, Knows: true, New: newTerminals})
}

// terminals are consoles as the conformance suite sees them: everybody has as many windows as they
// need, and one more, the wall, shows the alerts.
type terminals struct {
	t    *testing.T
	h    *coretest.House
	wall *Console

	mu     sync.Mutex // guards what follows
	people map[string]*atTerminals
	paper  *paper // of the wall
	alerts []onTheWall
}

// onTheWall is an alert as it looks now.
type onTheWall struct {
	delivery core.ID
	text     string
	card     card
	edits    int
}

func newTerminals(t *testing.T, h *coretest.House) conformance.Driver {
	d := &terminals{t: t, h: h, people: map[string]*atTerminals{}, paper: newPaper()}
	d.wall = mustConsole(t, h, "olivia", strings.NewReader(""), d.paper, true)
	delivery, err := bot.NewDelivery(bot.DeliveryOptions{
		Service: h.Service, Conversation: d.wall.words, Platforms: []bot.Platform{wall{d.wall, d}}, Clock: h.Clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- delivery.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("delivery: %v", err)
		}
	})
	return d
}

func (d *terminals) Person(key string) conformance.Person {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.people[key] == nil {
		d.people[key] = &atTerminals{d: d, key: key}
		d.people[key].leave(d.people[key].window()) // they sit there before anything happens to them
	}
	return d.people[key]
}

func (d *terminals) Mention(key string) string          { return key + "@acme.test" }
func (d *terminals) Account(string) core.ChatAccount    { return core.ChatAccount{} }
func (d *terminals) Direct(string) []*conformance.Shown { return nil }

func (d *terminals) Alerts() []conformance.Posted {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []conformance.Posted
	for _, a := range d.alerts {
		m := read(a.text, a.card)
		m.Private = false
		list = append(list, conformance.Posted{Shown: m, Edits: a.edits})
	}
	return list
}

// wall is the console that alerts are delivered to.
type wall struct {
	*Console
	d *terminals
}

func (w wall) Send(ctx context.Context, d core.Delivery, r conversation.Reply) (channel, message string, err error) {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	w.d.paper.clear()
	channel, message, err = w.Console.Send(ctx, d, r)
	w.d.alerts = append(w.d.alerts, onTheWall{delivery: d.ID, text: w.d.paper.String(), card: w.cardOf(d)})
	return channel, message, err
}

func (w wall) Edit(ctx context.Context, d core.Delivery, r conversation.Reply) error {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	w.d.paper.clear()
	err := w.Console.Edit(ctx, d, r)
	for i := range w.d.alerts {
		if a := &w.d.alerts[i]; a.delivery == d.ID {
			a.edits++
			a.card = w.cardOf(d)
			if text := w.d.paper.String(); text != "" { // nothing is printed when it looks the same
				a.text = text
			}
		}
	}
	return err
}

func (w wall) cardOf(d core.Delivery) card {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.alerts {
		if a.delivery == d.ID {
			return a.card
		}
	}
	return card{}
}

// paper is what a console writes on. It knows when the console waits for a line.
type paper struct {
	mu      sync.Mutex
	text    strings.Builder
	last    string        // the last thing that was written
	changed chan struct{} // told of every write
}

func newPaper() *paper { return &paper{changed: make(chan struct{}, 1)} }

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = string(b)
	if !p.waits() {
		p.text.Write(b)
	}
	select {
	case p.changed <- struct{}{}:
	default:
	}
	return len(b), nil
}

// waits tells whether the last thing written is a prompt: a console writes it in one piece, and
// everything else ends a line. The lock is held.
func (p *paper) waits() bool {
	return strings.HasSuffix(p.last, " ") && !strings.Contains(p.last, "\n")
}

func (p *paper) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text.Reset()
	p.last = ""
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// wait waits for the prompt and returns it with what was written before it.
func (p *paper) wait(t *testing.T) (text, prompt string) {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		p.mu.Lock()
		text, prompt, ready := p.text.String(), p.last, p.waits()
		p.mu.Unlock()
		if ready {
			return text, strings.TrimSuffix(prompt, " ")
		}
		select {
		case <-p.changed:
		case <-limit:
			t.Fatalf("no prompt appears after:\n%s", text)
		}
	}
}

// window is a terminal with a console in it.
type window struct {
	t      *testing.T
	c      *Console
	in     *io.PipeWriter
	out    *paper
	prompt string
}

// types types a line and returns what is printed until the next prompt.
func (w *window) types(line string) string {
	w.t.Helper()
	w.out.clear()
	say(w.t, w.in, line)
	text, prompt := w.out.wait(w.t)
	w.prompt = prompt
	return text
}

// answerable is what can be answered in the window now.
func (w *window) answerable() card {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	c := w.c.card
	c.checks = slices.Clone(c.checks)
	return c
}

// atTerminals is a person with windows: a form stays open in one while they go on in another.
type atTerminals struct {
	d    *terminals
	key  string
	mu   sync.Mutex
	free []*window
}

// window is one that nothing is open in.
func (p *atTerminals) window() *window {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		w := p.free[n-1]
		p.free = p.free[:n-1]
		return w
	}
	t := p.d.t
	in, person := io.Pipe()
	w := &window{t: t, in: person, out: newPaper()}
	w.c = mustConsole(t, p.d.h, p.key, in, w.out, true)
	ended := make(chan error)
	go func() { ended <- w.c.Run(context.Background()) }()
	t.Cleanup(func() {
		_ = person.Close()
		if err := <-ended; err != nil {
			t.Errorf("%s's console: %v", p.key, err)
		}
	})
	_, w.prompt = w.out.wait(t)
	return w
}

// leave gives a window back, unless a form is open in it.
func (p *atTerminals) leave(w *window) {
	if w.prompt != mainPrompt {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, w)
}

// before is what a Shown stands for: what could be answered, and the window of a form.
type before struct {
	card card
	form *window
}

func (p *atTerminals) shown(w *window, text string) *conformance.Shown {
	now := w.answerable()
	m := read(text, now)
	b := before{card: now}
	if w.prompt != mainPrompt {
		m.Form, b.form = true, w
		m.Text = append(m.Text, w.prompt)
	}
	m.Raw = b
	return m
}

func (p *atTerminals) Runs(line string) *conformance.Shown {
	w := p.window()
	defer p.leave(w)
	return p.shown(w, w.types(line))
}

func (p *atTerminals) Clicks(on *conformance.Shown, label string, picks ...conformance.Pick) *conformance.Shown {
	t := p.d.t
	was := on.Raw.(before).card
	button := slices.IndexFunc(was.buttons, func(b conversation.Button) bool { return plain(b.Label) == label })
	if button < 0 {
		t.Fatalf("there is no button %q on:\n%s", label, on.Read())
	}
	w := p.window()
	defer p.leave(w)
	w.c.mu.Lock()
	w.c.card = was // a window that still shows it
	w.c.card.checks = slices.Clone(was.checks)
	w.c.mu.Unlock()
	for _, pick := range picks {
		i := slices.IndexFunc(was.options, func(o conversation.Option) bool { return strings.HasPrefix(plain(o.Label), pick.Choice) })
		if pick.Off != "" {
			i = slices.IndexFunc(was.checks, func(c conversation.Check) bool { return plain(c.Label) == pick.Off })
		}
		if i < 0 {
			t.Fatalf("%+v can't be chosen on:\n%s", pick, on.Read())
		}
		if pick.Off != "" {
			i += len(was.options)
		}
		if text := w.types(letter(i)); w.prompt != mainPrompt { // the choice asks for more, and no button is needed
			return p.shown(w, text)
		}
	}
	m := p.shown(w, w.types(strconv.Itoa(was.first+button)))
	m.Replaces = !m.Form && !same(was, w.answerable())
	return m
}

// same tells whether the same buttons can be pressed.
func same(a, b card) bool {
	return slices.EqualFunc(a.buttons, b.buttons, func(x, y conversation.Button) bool { return x.Act == y.Act && x.ID == y.ID })
}

var (
	question = regexp.MustCompile(`^(.+?)(?: \([^()]*/[^()]*\))?(?: \[.*\])?:$`)
	dates    = "2006-01-02 15:04"
)

func (p *atTerminals) Submits(form *conformance.Shown, values map[string]any) *conformance.Shown {
	t := p.d.t
	w := form.Raw.(before).form
	asked := map[string]bool{}
	text := ""
	for w.prompt != mainPrompt {
		label := question.FindStringSubmatch(w.prompt)
		if label == nil {
			t.Fatalf("%q is no question", w.prompt)
		}
		if asked[label[1]] { // refused: it is asked again
			m := p.shown(w, text)
			m.Errors = map[string]string{label[1]: strings.Join(m.Text[:len(m.Text)-1], " ")}
			return m
		}
		asked[label[1]] = true
		text = w.types(typed(p.d.h, values[label[1]]))
	}
	p.leave(w)
	m := p.shown(w, text)
	m.Replaces = true
	return m
}

// typed is a value as a person in Berlin types it.
func typed(h *coretest.House, value any) string {
	switch v := value.(type) {
	case time.Time:
		return v.In(h.Workspace.Zone()).Format(dates)
	case bool:
		if v {
			return "y"
		}
		return "n"
	case string:
		return v
	}
	return ""
}

func (p *atTerminals) Next(*conformance.Shown) *conformance.Shown {
	p.d.t.Fatal("nothing follows an answer at the console")
	return nil
}

var (
	buttonsLine = regexp.MustCompile(`^ +\[\d+\] `)
	numberMark  = regexp.MustCompile(`(?:^ +|   )\[\d+\] `)
	chosenLine  = regexp.MustCompile(`^    \[[a-z]+\] \((.)\) (.*)$`)
	linkLine    = regexp.MustCompile(`^  (.+): (https?://\S+)$`)
	factLine    = regexp.MustCompile(`^  (\S.*?)  +(\S.*)$`)
)

// read reads a screen as a person does; c tells what clicks bring along.
func read(screen string, c card) *conformance.Shown {
	m := &conformance.Shown{Private: true, Raw: before{card: c}}
	lines := strings.Split(strings.Trim(screen, "\n"), "\n")
	buttons := func(line string) []conformance.Button {
		var list []conformance.Button
		for _, label := range numberMark.Split(line, -1)[1:] {
			b := conformance.Button{Label: label}
			if at := slices.IndexFunc(c.buttons, func(b conversation.Button) bool { return plain(b.Label) == label }); at >= 0 {
				b.Carries = c.buttons[at].Name() + " " + c.buttons[at].ID
			}
			list = append(list, b)
		}
		return list
	}
	chosen := 0
	for i, line := range lines {
		under := i+1 < len(lines) && strings.HasPrefix(lines[i+1], "      ")
		switch {
		case strings.HasPrefix(line, "      ") && len(m.Rows) > 0:
			row := &m.Rows[len(m.Rows)-1]
			if buttonsLine.MatchString(line) {
				row.Buttons = buttons(line)
			} else {
				row.Text = strings.TrimSpace(line)
			}
		case chosenLine.MatchString(line):
			part := chosenLine.FindStringSubmatch(line)
			label, why, _ := strings.Cut(part[2], " – ")
			if chosen < len(c.options) {
				m.Choice = append(m.Choice, conformance.Option{Label: label, Why: why, Selected: part[1] != " "})
			} else {
				m.Checks = append(m.Checks, conformance.Check{Label: part[2], On: part[1] != " "})
			}
			chosen++
		case buttonsLine.MatchString(line):
			m.Buttons = append(m.Buttons, buttons(line)...)
		case linkLine.MatchString(line):
			part := linkLine.FindStringSubmatch(line)
			m.Buttons = append(m.Buttons, conformance.Button{Label: part[1], URL: part[2]})
		case strings.HasPrefix(line, "  ") && under:
			m.Rows = append(m.Rows, conformance.Row{Title: strings.TrimSpace(line)})
		case factLine.MatchString(line):
			part := factLine.FindStringSubmatch(line)
			m.Facts = append(m.Facts, conformance.Fact{Label: part[1], Value: part[2]})
		case line != "":
			m.Text = append(m.Text, strings.TrimSuffix(strings.TrimSpace(line), ":"))
		}
	}
	return m
}
