package console

import (
	"context"
	"strconv"
	"strings"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// take understands one line and does what it asks for.
func (c *Console) take(ctx context.Context, line string) error {
	line = strings.TrimSpace(strings.ToValidUTF8(line, "\uFFFD"))
	switch strings.ToLower(line) {
	case "":
		return nil
	case "quit", "exit", "ende":
		return errLeft
	case "help", "hilfe", "?":
		return c.help(ctx)
	}
	if strings.HasPrefix(line, "/") {
		return c.command(ctx, line)
	}
	// Brackets are typed by people who copy what they see.
	name := strings.ToLower(strings.Trim(line, "[]"))
	if number, err := strconv.Atoi(name); err == nil {
		return c.press(ctx, number)
	}
	if shown, then, ok := c.choose(name); ok {
		if then != nil {
			return c.show(ctx, c.handle(ctx, conversation.Request{Press: then}), true)
		}
		c.print(shown + "\n")
		return c.wrote()
	}
	return c.unclear(line)
}

// unclear refuses a line, and names the letters that would choose something now.
func (c *Console) unclear(line string) error {
	c.mu.Lock()
	letters := c.card.letters()
	c.mu.Unlock()
	if len(letters) == 0 {
		return c.refuse("chat.console.unclear", locale.Params{"Text": shortened(line)})
	}
	return c.refuse("chat.console.unclear_choice", locale.Params{"Text": shortened(line), "Letters": strings.Join(letters, ", ")})
}

// shortened is what a person typed, as an answer repeats it.
func shortened(line string) string {
	line = plain(conversation.Text(line))
	if r := []rune(line); len(r) > 50 {
		return string(r[:49]) + "…"
	}
	return line
}

// command runs "/accounts …" or "/timer …".
func (c *Console) command(ctx context.Context, line string) error {
	word, rest, _ := strings.Cut(line, " ")
	for _, group := range conversation.Groups() {
		if strings.EqualFold(word, "/"+string(group)) {
			typed := conversation.Typed{Group: group, Text: rest}
			r := c.handle(ctx, conversation.Request{Typed: &typed})
			c.undone = c.undone || r.Refused && !typed.Asks()
			return c.show(ctx, r, false)
		}
	}
	return c.refuse("chat.console.unclear", locale.Params{"Text": shortened(word)})
}

// help lists the commands, and how to answer.
func (c *Console) help(ctx context.Context) error {
	for _, group := range conversation.Groups() {
		r := c.handle(ctx, conversation.Request{Typed: &conversation.Typed{Group: group, Text: "help"}})
		if r.Refused {
			c.refused = true
		}
		c.print(render(r, newCard(r, 1)))
	}
	c.print(c.text.T("chat.console.help") + "\n")
	return c.wrote()
}

// press presses the button with the number, of the last reply or of an alert.
func (c *Console) press(ctx context.Context, number int) error {
	c.mu.Lock()
	from := c.card
	for _, a := range c.alerts {
		if _, ok := a.card.button(number); ok {
			from = a.card
		}
	}
	c.mu.Unlock()
	b, ok := from.button(number)
	if !ok {
		return c.refuse("chat.console.no_button", locale.Params{"Number": strconv.Itoa(number)})
	}
	p := from.press(b)
	return c.show(ctx, c.handle(ctx, conversation.Request{Press: &p}), true)
}

// choose takes what the letter stands for; then is the click that asks for the rest of the answer at once.
func (c *Console) choose(name string) (shown string, then *conversation.Press, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	shown, asks, ok := c.card.choose(name)
	if b, confirms := c.card.confirm(); asks && confirms {
		p := c.card.press(b)
		then = &p
	}
	return shown, then, ok
}

// answerable tells whether a number or a letter would mean something now.
func (c *Console) answerable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.card.buttons) > 0
}

// handle sends a request into the conversation.
func (c *Console) handle(ctx context.Context, req conversation.Request) conversation.Reply {
	req.ID = string(core.NewID(c.svc.Now()))
	req.Actor, req.Door, req.Platform = c.actor, core.DoorConsole, core.PlatformConsole
	req.Actor.RequestID = req.ID
	req.Locale = c.text.Lang() // for somebody who was deactivated meanwhile
	return c.words.Handle(ctx, req)
}

// show prints a reply, or asks for the form that it opens. A refusal of an answer leaves the card
// as it was, to be answered otherwise.
func (c *Console) show(ctx context.Context, r conversation.Reply, answer bool) error {
	if r.Form != nil {
		return c.fill(ctx, *r.Form)
	}
	made := newCard(r, 1)
	if r.Refused {
		c.refused = true
		c.undone = c.undone || answer
	}
	if len(made.buttons) > 0 || !answer || !r.Refused || r.Replace {
		c.mu.Lock()
		c.card = made
		c.mu.Unlock()
	}
	if !r.Empty() {
		c.print(render(r, made))
	}
	return c.wrote()
}

// refuse says why a line does nothing.
func (c *Console) refuse(id string, params locale.Params) error {
	c.refused = true
	c.undone = c.undone || c.answerable()
	c.print(c.text.T(id, params) + "\n")
	return c.wrote()
}

// wrote tells whether everything could be written so far.
func (c *Console) wrote() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.outErr
}
