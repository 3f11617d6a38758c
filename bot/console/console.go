// Package console is the third chat platform: the same conversation as in Slack and Discord, in a
// terminal. It is for trying it without either, for scripts, and for alerts in the demo.
//
// A number presses a button, a letter chooses. The buttons of the last reply count from 1; those of
// alerts, which come at any moment, count from 101 and are never used twice, so that a number typed
// for one message can't press a button of another.
package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// Options configures a Console.
type Options struct {
	Service      *core.Service         // required
	Catalog      *locale.Catalog       // required
	Conversation *conversation.Handler // required
	Actor        core.Actor            // required: who talks, as core.Service.ActorByEmail made it
	In           io.Reader             // required: lines
	Out          io.Writer             // required
	Terminal     bool                  // a person sits there: greet, prompt, and leave silently
}

// Console is one person at one terminal. It serves one call of Run or Once; Send and Edit may come
// at the same time.
type Console struct {
	svc      *core.Service
	words    *conversation.Handler
	actor    core.Actor
	name     string // of the person
	space    string // name of the workspace
	text     *locale.Printer
	in       io.Reader
	terminal bool
	lines    chan string
	readErr  error // why lines was closed; set before
	refused  bool  // something was refused, or not understood
	undone   bool  // of that: something that was to change was not changed

	mu     sync.Mutex // guards what follows: alerts come while the person writes
	out    io.Writer
	outErr error  // the first failure to write
	begun  bool   // something is on the screen
	prompt string // waits for an answer at the end of the screen
	card   card   // what can be answered
	alerts []posted
	number int // the last one given to an alert's button
}

// posted is an alert on the screen.
type posted struct {
	delivery core.ID
	look     string // what was printed, but for the numbers
	card     card
}

const (
	// firstAlert is the number of the first alert's first button.
	firstAlert = 101
	// maxAlerts is how many alerts can still be answered.
	maxAlerts = 200
	// maxLine bounds a line of input, in bytes; the conversation bounds a command far below.
	maxLine = 64 << 10
)

// ErrRefused is returned by Once, and by Run without a terminal, when something was not done. The
// replies have said what and why.
var ErrRefused = errors.New("something was refused")

// ErrUnanswered is the ErrRefused of a conversation in which nothing was to change: only questions were refused.
var ErrUnanswered = fmt.Errorf("only a question: %w", ErrRefused)

// errLeft ends the conversation at the person's wish.
var errLeft = errors.New("the person left")

// New makes a Console. It reads who the person is and starts no goroutine. Codes of errors:
// forbidden (inactive account), not_found.
func New(ctx context.Context, o Options) (*Console, error) {
	if o.Service == nil || o.Catalog == nil || o.Conversation == nil || o.In == nil || o.Out == nil || o.Actor.UserID == "" {
		return nil, errors.New("console.New: Service, Catalog, Conversation, Actor, In and Out are required")
	}
	me, err := o.Service.Me(ctx, o.Actor)
	if err != nil {
		return nil, err
	}
	return &Console{
		svc: o.Service, words: o.Conversation, actor: o.Actor, name: me.Human.User.Name, space: me.Workspace.Name,
		text: o.Catalog.Printer(me.Human.User.Language, me.Human.User.Zone()),
		in:   o.In, out: o.Out, terminal: o.Terminal, lines: make(chan string), number: firstAlert - 1,
	}, nil
}

// Name implements bot.Platform.
func (c *Console) Name() string { return core.PlatformConsole }

// Run talks until ctx ends or the person leaves, and returns nil then. A read that blocks outlives
// ctx until its line is there, because a terminal's reads can't be interrupted.
func (c *Console) Run(ctx context.Context) error {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	go c.read(reading)
	if c.terminal {
		c.print(c.text.T("chat.console.welcome", locale.Params{"Name": c.name, "Workspace": c.space}) + "\n")
	}
	for {
		line, err := c.ask(ctx, mainPrompt)
		if err == nil {
			err = c.take(ctx, line)
		}
		if err != nil {
			return c.ended(ctx, err)
		}
	}
}

// Once runs one command and prints the reply, then reads answers until the input ends or nothing is
// left to be answered. It returns ErrRefused when anything was refused, and ctx's error when that ended.
func (c *Console) Once(ctx context.Context, command string) error {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	go c.read(reading)
	err := c.take(ctx, command)
	for err == nil && c.answerable() {
		var line string
		if line, err = c.ask(ctx, mainPrompt); err == nil {
			err = c.take(ctx, line)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err = c.ended(ctx, err); err == nil && c.refused {
		err = c.refusal()
	}
	return err
}

func (c *Console) refusal() error {
	if c.undone {
		return ErrRefused
	}
	return ErrUnanswered
}

// Words writes for the person who talks.
func (c *Console) Words() *locale.Printer { return c.text }

// ended tells how a conversation that ended with err went.
func (c *Console) ended(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil && !errors.Is(err, errLeft) && !errors.Is(err, io.EOF):
		return err
	case c.refused && !c.terminal:
		return c.refusal()
	}
	if errors.Is(err, io.EOF) && c.terminal {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.put("\n") // the prompt of the shell starts its own line
		return c.outErr
	}
	return nil
}

// read takes the input apart into lines.
func (c *Console) read(ctx context.Context) {
	defer close(c.lines)
	lines := bufio.NewScanner(c.in)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		select {
		case c.lines <- lines.Text():
		case <-ctx.Done():
			return
		}
	}
	if err := lines.Err(); err != nil {
		c.readErr = fmt.Errorf("read the input: %w", err)
	}
}

// mainPrompt asks for the next command or answer.
const mainPrompt = ">"

// ask waits for a line. The error is io.EOF at the end of the input.
func (c *Console) ask(ctx context.Context, question string) (string, error) {
	if err := c.question(question); err != nil {
		return "", err
	}
	var line string
	var ok bool
	select {
	case line, ok = <-c.lines:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.prompt = ""
	switch {
	case ok:
		return line, nil
	case c.readErr != nil:
		return "", c.readErr
	}
	return "", io.EOF
}

// question shows what is asked for: a person at a terminal answers on the same line.
func (c *Console) question(question string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.terminal {
		c.prompt = question + " "
		c.put(c.prompt)
	} else if question != mainPrompt {
		c.put(question + "\n")
	}
	return c.outErr
}

// print writes a block of lines, with space around it.
func (c *Console) print(block string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.block(block)
}

func (c *Console) block(block string) {
	if c.prompt != "" || c.begun && !c.terminal {
		c.put("\n")
	}
	c.put(block)
	if c.terminal {
		c.put("\n")
	}
	c.put(c.prompt)
}

func (c *Console) put(text string) {
	if c.outErr != nil {
		return
	}
	c.begun = true
	if _, err := io.WriteString(c.out, text); err != nil {
		c.outErr = fmt.Errorf("write to the terminal: %w", err)
	}
}
