package conversation

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// misuse is a command that can't be understood; its text says what is wrong and what to do.
type misuse struct{ text []Text }

func (m *misuse) Error() string {
	var words []string
	for _, t := range m.text {
		words = append(words, t.Plain())
	}
	return strings.Join(words, " ")
}

// failure turns an error into a Reply. It is the only place that does. An unknown error is logged
// here, once, under a reference that is all the reader sees of it.
func (h *Handler) failure(c *call, err error) Reply {
	reply := Reply{Refused: true, Replace: c.cardIsDead(err)}
	if wrong := (*misuse)(nil); errors.As(err, &wrong) {
		reply.Text = wrong.text
		return reply
	}
	if e := core.AsError(err); e != nil {
		reply.Text = []Text{c.sentence(e)}
		if e.Field != "" && c.req.Submit != nil {
			reply.Errors = map[string]Text{e.Field: reply.Text[0]}
		}
		return reply
	}
	ref := reference()
	h.log.Error("chat request failed", "reference", ref, "platform", c.req.Platform, "request_id", c.req.ID, "error", err.Error())
	reply.Text = []Text{c.say("error.internal", locale.Params{"Reference": ref})}
	return reply
}

// sentence writes an error of core. The moment named Ago is written as how long ago it was.
func (c *call) sentence(e *core.Error) Text {
	params := make(locale.Params, len(e.Params))
	maps.Copy(params, e.Params)
	if t, ok := params["Ago"].(time.Time); ok {
		params["Ago"] = c.AgoOrTime(t, c.now)
	}
	if by, ok := params["By"].(string); ok {
		params["By"] = c.by(by)
	}
	return c.say(e.Message, params)
}

// cardIsDead tells whether the card or result that was clicked can do nothing any more, so that the
// refusal should take its place. The loser of one's own double click leaves the winner's result
// alone, and an alert is edited by its own delivery.
func (c *call) cardIsDead(err error) bool {
	p := c.req.Press
	if p == nil || p.Act != ButtonConfirm && p.Act != ButtonCancel {
		return false
	}
	e := core.AsError(err)
	if e == nil {
		return false
	}
	switch {
	case e.Code == core.CodeExpired:
		return true
	case e.Code == core.CodeConflict && e.Entry != nil:
		return e.Entry.StoppedBy != c.actor.UserID
	}
	return false
}

// FormFailed tells a person that the platform could not open the form they asked for.
func (h *Handler) FormFailed(ctx context.Context, req Request) Reply {
	c, _ := h.identify(ctx, req) // it can speak even when there is an error
	return Reply{Refused: true, Text: []Text{c.say("chat.form_failed")}}
}

// reference names an unknown failure in the log and to the reader.
func reference() string {
	var b [4]byte
	_, _ = rand.Read(b[:])
	return strings.ToUpper(hex.EncodeToString(b[:]))
}
