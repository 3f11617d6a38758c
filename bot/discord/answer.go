package discord

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// The errors of answer: nothing was done.
var (
	// errMalformed is the answer to what is no interaction of Discord's.
	errMalformed = errors.New("interaction not understood")
	// errForeign is the answer to an interaction of another application.
	errForeign = errors.New("interaction of another application")
	errFault   = errors.New("internal fault")
)

// inlineFor is how long an interaction may wait for the store and its reply; Discord gives up after
// three seconds.
const inlineFor = 2 * time.Second

// The types of callbacks.
const (
	callbackPong        = 1
	callbackMessage     = 4
	callbackDeferred    = 5 // a message comes later
	callbackDeferUpdate = 6 // the clicked message may change later
	callbackUpdate      = 7 // of the clicked message
	callbackChoices     = 8
	callbackModal       = 9
)

// callback is the answer to an interaction.
type callback struct {
	Type int `json:"type"`
	Data any `json:"data,omitempty"`
}

type choices struct {
	Choices []choice `json:"choices"`
}

type choice struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// answer answers one interaction, which Discord has vouched for: its JSON in, the JSON of its
// callback out. Each interaction is answered once; a repeated one gets no answer and has no effect.
// It takes at most inlineFor; what takes longer is deferred and brought later. Errors are
// errMalformed, errForeign and errFault.
func (d *Discord) answer(ctx context.Context, body []byte) (response []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			d.panicked(p)
			response, err = nil, errFault
		}
	}()
	in, err := interactionOf(body)
	if err != nil {
		return nil, err
	}
	if in.Type == kindPing {
		return json.Marshal(callback{Type: callbackPong})
	}
	if in.ApplicationID != d.app {
		return nil, errForeign
	}
	if id := d.elsewhere(in); id != "" {
		return json.Marshal(d.refused(in, id))
	}
	ctx, cancel := context.WithTimeout(ctx, inlineFor)
	defer cancel()
	first, err := d.svc.Once(ctx, "discord:"+in.ID, rememberFor)
	if err != nil {
		d.log.Error("interaction can't be remembered", "error", err.Error())
		return json.Marshal(d.refused(in, "error.unavailable"))
	}
	if !first {
		d.log.Info("repeated interaction ignored", "type", in.Type)
		return nil, nil
	}
	return json.Marshal(d.respond(ctx, in))
}

// elsewhere is the id of the sentence for an interaction from where we are not connected; "" for one
// of our guild. Messages sent to a person directly have no guild: only their buttons are answered.
func (d *Discord) elsewhere(in inbound) string {
	switch {
	case in.GuildID == d.guild:
		return ""
	case in.GuildID != "":
		return "discord.foreign_guild"
	case in.Type == kindComponent, in.Type == kindModal:
		return ""
	}
	return "discord.guild_only"
}

// refused is the answer to an interaction that the conversation does not get to see.
func (d *Discord) refused(in inbound, id string) callback {
	if in.Type == kindTyping {
		return callback{callbackChoices, choices{[]choice{}}}
	}
	return callback{callbackMessage, ephemeral(d.sentence(in, id))}
}

// sentence is a Reply of one sentence in the language of the person's client.
func (d *Discord) sentence(in inbound, id string, params ...locale.Params) conversation.Reply {
	p := d.catalog.Printer(locale.Match(in.Locale), nil)
	return conversation.Reply{Refused: true, Text: []conversation.Text{conversation.Text(p.T(id, params...))}}
}

// respond is the callback for an interaction.
func (d *Discord) respond(ctx context.Context, in inbound) callback {
	switch {
	case in.Type == kindTyping:
		return callback{callbackChoices, d.suggest(ctx, in)}
	case in.marked != nil && in.Message != nil:
		return callback{callbackUpdate, in.changed()}
	case !in.asks():
		return callback{Type: callbackDeferUpdate}
	}
	reply, state := d.await(ctx, in)
	switch state {
	case busy:
		return d.refused(in, "error.unavailable")
	case later:
		return deferred(in)
	}
	if reply.Next != nil {
		d.showLater(ctx, in, *reply.Next)
	}
	return d.inline(in, reply)
}

// inline is a reply as a callback. A form can't follow on a form.
func (d *Discord) inline(in inbound, r conversation.Reply) callback {
	switch {
	case r.Form != nil && in.Type == kindModal:
		return d.refused(in, "chat.form_failed")
	case r.Form != nil:
		return callback{callbackModal, modalOf(*r.Form)}
	case r.Empty() && in.Type == kindComponent:
		return callback{Type: callbackDeferUpdate}
	case r.Replace && in.own:
		return callback{callbackUpdate, render(r)}
	}
	return callback{callbackMessage, ephemeral(r)}
}

// deferred is the callback for a reply that is not ready yet.
func deferred(in inbound) callback {
	if in.Message != nil {
		return callback{Type: callbackDeferUpdate}
	}
	return callback{callbackDeferred, map[string]int{"flags": flagEphemeral}}
}

// named completes a request with what only this connection knows.
func (d *Discord) named(in inbound) conversation.Request {
	req := in.req
	req.Door, req.Platform, req.Team, req.Workspace = core.DoorDiscord, core.PlatformDiscord, d.guild, d.workspace
	req.ID = requestID()
	req.Ask = func(ctx context.Context) (conversation.Profile, error) {
		return d.profile(ctx, req.ChatUser, req.Locale)
	}
	return req
}

// handle lets the conversation answer. A fault of ours is said to the person with a reference.
func (d *Discord) handle(ctx context.Context, in inbound) (r conversation.Reply) {
	defer func() {
		if p := recover(); p != nil {
			r = d.sentence(in, "error.internal", locale.Params{"Reference": d.panicked(p)})
		}
	}()
	return d.words.Handle(ctx, d.named(in))
}

// panicked logs a fault and returns its reference.
func (d *Discord) panicked(p any) string {
	ref := strings.ToUpper(requestID()[:8])
	d.log.Error("interaction failed", "reference", ref, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	return ref
}

// suggest offers values for the option that is being typed; none when that takes too long.
func (d *Discord) suggest(ctx context.Context, in inbound) choices {
	out := choices{[]choice{}}
	offered := make(chan []conversation.Option, 1)
	if !d.jobs.Start(ctx, func(ctx context.Context) {
		defer func() {
			if p := recover(); p != nil {
				d.panicked(p)
				offered <- nil
			}
		}()
		offered <- d.words.Suggest(ctx, d.named(in), in.option, in.typed)
	}) {
		return out
	}
	var list []conversation.Option
	select {
	case list = <-offered:
	case <-ctx.Done():
	}
	for _, o := range list {
		if size(o.Value) <= maxChoiceText && o.Value != "" && len(out.Choices) < maxChoices {
			out.Choices = append(out.Choices, choice{Name: plain(o.Label, maxChoiceText), Value: o.Value})
		}
	}
	return out
}

// waiting is what became of an interaction within the time Discord waits.
type waiting int

const (
	busy  waiting = iota // nothing was begun
	ready                // the reply is here
	later                // the reply will be brought
)

// await works on an interaction and waits for its reply until ctx ends.
func (d *Discord) await(ctx context.Context, in inbound) (conversation.Reply, waiting) {
	done := make(chan conversation.Reply) // unbuffered: exactly one side has the reply
	late := make(chan struct{})
	ok := d.jobs.Start(ctx, func(ctx context.Context) {
		reply := d.handle(ctx, in)
		select {
		case done <- reply:
		case <-late:
			d.bring(ctx, in, reply)
		}
	})
	if !ok {
		return conversation.Reply{}, busy
	}
	select {
	case reply := <-done:
		return reply, ready
	case <-ctx.Done():
		close(late)
		return conversation.Reply{}, later
	}
}

// bring brings a reply whose interaction was deferred, and those after it.
func (d *Discord) bring(ctx context.Context, in inbound, r conversation.Reply) {
	if r.Form != nil { // a form must be the first answer
		r = d.words.FormFailed(ctx, d.named(in))
	}
	var err error
	switch {
	case in.Message == nil, r.Replace && in.own:
		err = d.push(ctx, http.MethodPatch, in, "/messages/@original", render(r))
	case !r.Empty():
		err = d.push(ctx, http.MethodPost, in, "", ephemeral(r))
	}
	if err != nil {
		d.log.Error("answer can't be brought to Discord", "error", err.Error())
	}
	if r.Next != nil {
		d.follow(ctx, in, *r.Next)
	}
}

// follow posts messages after an answer.
func (d *Discord) follow(ctx context.Context, in inbound, r conversation.Reply) {
	for next := &r; next != nil; next = next.Next {
		if next.Form != nil || next.Empty() {
			continue // there is nothing to click for a form
		}
		if err := d.push(ctx, http.MethodPost, in, "", ephemeral(*next)); err != nil {
			d.log.Error("answer can't be brought to Discord", "error", err.Error())
		}
	}
}

// showLater is follow in the background.
func (d *Discord) showLater(ctx context.Context, in inbound, r conversation.Reply) {
	if !d.jobs.Start(ctx, func(ctx context.Context) { d.follow(ctx, in, r) }) {
		d.log.Error("answer can't be brought to Discord", "error", "too many interactions in work")
	}
}

const (
	pushTries = 6
	pushPause = 150 * time.Millisecond
	// pushPatience is the longest pause of Discord's that an answer waits for.
	pushPatience = 10 * time.Second
)

// Discord's codes for an interaction whose answer it has not taken note of yet.
const (
	codeUnknownWebhook = 10015
	codeUnknownMessage = 10008
)

// push brings an answer by the interaction's token, again after a pause when Discord has a moment of
// weakness or does not know of the callback yet, which may still be on its way.
func (d *Discord) push(ctx context.Context, method string, in inbound, path string, m message) error {
	address := "/webhooks/" + d.app + "/" + in.Token + path
	for try := 1; ; try++ {
		err := d.api.interact(ctx, method, address, m, nil)
		if err == nil || try == pushTries {
			return err
		}
		pause := pushPause << (try - 1)
		if said := (*apiError)(nil); errors.As(err, &said) {
			early := said.Code == codeUnknownWebhook || said.Code == codeUnknownMessage
			if !early && said.Status < 500 && said.Status != http.StatusTooManyRequests || said.RetryAfter > pushPatience {
				return err
			}
			pause = max(pause, said.RetryAfter)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

func requestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
