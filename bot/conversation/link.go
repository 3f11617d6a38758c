package conversation

import (
	"context"
	"encoding/json"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// fieldCode is the field of the form, and the option of the command, that takes a link code.
const fieldCode = "code"

// askFor is how long the reply to somebody who is not linked may wait for their language.
const askFor = 600 * time.Millisecond

// answerStranger answers somebody who is not linked: they can link themselves and nothing else. What
// they asked for is kept, and goes on once they are linked.
func (c *call) answerStranger(ctx context.Context) (Reply, error) {
	switch {
	case c.req.Typed != nil || c.req.Chosen != nil:
		c.speakAsAsked(ctx)
		group, name, args := c.asked(ctx)
		switch name {
		case "link":
			c.args = args
			return runLink(ctx, c)
		case "unlink", "help", "":
			return c.unlinked(), nil
		}
		if c.req.Platform == core.PlatformConsole {
			return c.unlinked(), nil
		}
		return c.unlinked(), c.keepWaiting(ctx, group)
	case c.req.Press != nil && c.req.Press.Act == ButtonCode:
		return c.codeForm(), nil
	case c.req.Submit != nil && c.req.Submit.Form == FormLinkCode:
		return c.link(ctx, c.req.Submit.Values[fieldCode])
	case c.req.Home:
		c.speakAsAsked(ctx)
		reply := c.unlinked()
		reply.Title = c.say("chat.home.title")
		return reply, nil
	}
	return c.unlinked(), nil
}

// asked is the command of a request: its name is empty when it can't be understood.
func (c *call) asked(ctx context.Context) (group Group, name string, args Args) {
	if ch := c.req.Chosen; ch != nil {
		return ch.Group, ch.Name, ch.Args
	}
	cmd, args, err := c.parse(ctx, *c.req.Typed)
	if err != nil {
		return c.req.Typed.Group, "", nil
	}
	return cmd.Group, cmd.Name, args
}

// speakAsAsked speaks the language of the person's client, where the platform tells it in time.
func (c *call) speakAsAsked(ctx context.Context) {
	if c.req.Locale != "" || c.req.Ask == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	if p, err := c.req.Ask(ctx); err == nil && p.Locale != "" {
		c.Printer = c.h.catalog.Printer(locale.Match(p.Locale), c.Zone())
	}
}

// unlinked tells a person how their chat account gets linked.
func (c *call) unlinked() Reply {
	return Reply{Refused: true, Text: []Text{c.say("chat.unlinked"), c.say("chat.unlinked_how")}, Buttons: []Button{
		{Act: ButtonLink, Label: c.say("button.open_product"), URL: c.h.panelURL(c.req.Workspace, "link")},
		{Act: ButtonCode, Label: c.say("button.enter_code"), Style: StylePrimary},
	}}
}

// waitingCommand is how a command waits for the linking of its person.
type waitingCommand struct {
	Group Group  `json:"group"`
	Text  string `json:"text,omitempty"`
	Name  string `json:"name,omitempty"` // of a Chosen
	Args  Args   `json:"args,omitempty"`
}

func (c *call) keepWaiting(ctx context.Context, g Group) error {
	w := waitingCommand{Group: g}
	if c.req.Typed != nil {
		w.Text = c.req.Typed.Text
	} else {
		w.Name, w.Args = c.req.Chosen.Name, c.req.Chosen.Args
	}
	text, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return c.h.svc.KeepWaitingCommand(ctx, c.account(), string(text))
}

func (c *call) account() core.ChatAccount {
	return core.ChatAccount{Platform: c.req.Platform, Team: c.req.Team, ChatUser: c.req.ChatUser}
}

// codeForm asks for the code that the panel shows.
func (c *call) codeForm() Reply {
	return Reply{Form: &Form{
		Act: FormLinkCode, Title: c.say("chat.link.title"), Submit: c.say("button.link"),
		Intro: c.say("chat.link.intro", locale.Params{"URL": c.h.panelURL(c.req.Workspace, "link")}),
		Fields: []Field{{
			Name: fieldCode, Label: c.say("chat.link.code"), Hint: c.say("chat.link.code_hint"), Kind: FieldText, Max: 20,
		}},
	}}
}

// runLink links the chat account of whoever asks, with a code from the panel.
func runLink(ctx context.Context, c *call) (Reply, error) {
	switch {
	case c.req.Platform == core.PlatformConsole:
		return Reply{}, c.misuse("chat.link.console", nil)
	case c.args[fieldCode] != "":
		return c.link(ctx, c.args[fieldCode])
	case c.actor.UserID != "":
		return Reply{Text: []Text{c.say("chat.home.linked", locale.Params{
			"Name": c.me.Human.User.Name, "Email": c.me.Human.User.Email, "Workspace": c.me.Workspace.Name,
		})}}, nil
	}
	return c.codeForm(), nil
}

// link redeems a code for a person whom their platform knows well enough, and goes on with the
// command that was waiting.
func (c *call) link(ctx context.Context, code string) (Reply, error) {
	if c.req.Platform == core.PlatformConsole {
		return Reply{}, c.misuse("chat.link.console", nil)
	}
	var person Profile
	if c.req.Ask != nil {
		var err error
		if person, err = c.req.Ask(ctx); err != nil {
			c.h.log.Error("who wants to be linked is not known", "platform", c.req.Platform, "request_id", c.req.ID, "error", err.Error())
			return Reply{}, c.misuse("chat.link.unknown", locale.Params{"Platform": c.platform()})
		}
	}
	if person.Barred != "" {
		c.h.log.Warn("chat account is not linked", "platform", c.req.Platform, "request_id", c.req.ID, "why", string(person.Barred))
		return Reply{}, c.misuse("chat.link.barred."+string(person.Barred), locale.Params{"Platform": c.platform()})
	}
	id, actor, err := c.h.svc.RedeemLinkCode(ctx, core.LinkByCode{
		ChatAccount: c.account(), ChatName: person.Name, Workspace: c.req.Workspace, Code: code, Door: c.req.Door, RequestID: c.req.ID,
	})
	if e := core.AsError(err); e != nil && e.Code == core.CodeExpired {
		wrong := *e
		wrong.Field = fieldCode
		return Reply{}, &wrong
	}
	if err != nil {
		return Reply{}, err
	}
	me, err := c.h.svc.Me(ctx, actor)
	if err != nil {
		return Reply{}, err
	}
	c.actor, c.me = actor, me
	c.Printer = c.h.catalog.Printer(me.Human.User.Language, me.Human.User.Zone())
	name := clipped(person.Name, 100)
	if name == "" {
		name = clipped(id.ChatUser, 64)
	} else {
		name += Text(" (" + string(clipped(id.ChatUser, 64)) + ")")
	}
	reply := Reply{
		Replace: true, Title: c.say("chat.link.done"),
		Facts: []Fact{
			{c.platform(), name},
			{c.say("product.name"), Literal(me.Human.User.Name + " (" + me.Human.User.Email + ")")},
			{c.say("word.workspace"), clipped(me.Workspace.Name, 100)},
		},
		Note: c.say("chat.link.done_note"),
	}
	reply.Next = c.resume(ctx)
	return reply, nil
}

// resume goes on with the command that was waiting; nil when there was none. That the link is made
// counts more than a waiting command that can't be found.
func (c *call) resume(ctx context.Context) *Reply {
	text, err := c.h.svc.TakeWaitingCommand(ctx, c.account())
	if err != nil {
		c.h.log.Error("waiting command can't be read", "request_id", c.req.ID, "error", err.Error())
		return nil
	}
	var w waitingCommand
	if text == "" || json.Unmarshal([]byte(text), &w) != nil {
		return nil
	}
	again := c.req
	again.Press, again.Submit, again.Typed, again.Chosen, again.Home = nil, nil, nil, nil, false
	if w.Name != "" {
		again.Chosen = &Chosen{Group: w.Group, Name: w.Name, Args: w.Args}
	} else {
		again.Typed = &Typed{Group: w.Group, Text: w.Text}
	}
	next := c.h.Handle(ctx, again)
	return &next
}

// runUnlink takes the link of whoever asks away.
func runUnlink(ctx context.Context, c *call) (Reply, error) {
	if c.req.Platform == core.PlatformConsole {
		return Reply{}, c.misuse("chat.link.console", nil)
	}
	list, err := c.h.svc.Identities(ctx, c.actor, true)
	if err != nil {
		return Reply{}, err
	}
	for _, i := range list {
		if i.Platform != c.req.Platform || i.Team != c.req.Team || i.ChatUser != c.req.ChatUser {
			continue
		}
		if err := c.h.svc.UnlinkIdentity(ctx, c.actor, i.ID); err != nil {
			return Reply{}, err
		}
		return Reply{Text: []Text{c.say("chat.unlink.done", locale.Params{
			"Platform": c.platform(), "Name": c.me.Human.User.Name, "Workspace": c.me.Workspace.Name,
		})}}, nil
	}
	return c.unlinked(), nil
}

// platform is what people call the platform.
func (c *call) platform() Text { return c.say("door." + c.req.Platform) }
