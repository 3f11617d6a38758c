package conversation

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// The values of the end on a card: now, a moment ("at.1764000000"), or a form for another time.
const (
	endNow   = "now"
	endAt    = "at."
	endOther = "other"
)

// checkNotify is the box "Let Dana know".
const checkNotify = "notify"

func runStopTimer(ctx context.Context, c *call) (Reply, error) {
	m, err := c.person(ctx)
	if err != nil {
		return Reply{}, err
	}
	end, err := c.moment(c.args["at"])
	if err != nil {
		return Reply{}, err
	}
	card, err := c.h.svc.Propose(ctx, c.actor, core.Prepare{
		Act: core.ActTimerStop, MemberID: m.ID, End: end, Reason: c.args["reason"],
	})
	if err != nil {
		return Reply{}, err
	}
	return c.stopCard(card), nil
}

// person finds the member a command is about.
func (c *call) person(ctx context.Context) (core.Member, error) {
	if user := c.args["user"]; user != "" {
		return c.h.svc.MemberByChat(ctx, c.actor, c.req.Platform, c.req.Team, user)
	}
	if email := c.args["email"]; email != "" {
		if id, params := c.noAddress(ctx, email); id != "" { // of a platform's option; a line was held to it already
			return core.Member{}, c.misuse(id, params)
		}
		return c.h.svc.MemberByEmail(ctx, c.actor, email)
	}
	return core.Member{}, c.misuse(c.nobody(), nil)
}

// moment reads a time as a person writes it, in their zone; "" is the zero time.
func (c *call) moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if strings.TrimSpace(text) == "" {
		return time.Time{}, c.misuse("chat.when_missing", nil)
	}
	t, err := locale.ParseWhen(text, c.now, c.Zone())
	if err != nil {
		return t, c.misuse("chat.when_unclear", locale.Params{"Text": clipped(strings.TrimSpace(text), 50)})
	}
	return t, nil
}

// openAlert turns an alert's button into a card for whoever clicked.
func (c *call) openAlert(ctx context.Context, p Press) (Reply, error) {
	card, err := c.h.svc.OpenAlert(ctx, c.actor, p.ID, p.End)
	if err != nil {
		return Reply{}, err
	}
	switch p.Act {
	case ButtonOther:
		form := c.otherTimeForm(card.Button, card.Member.ID != c.actor.MemberID)
		form.Form.Apart = true
		form.Form.Intro = c.say("chat.stop.title", locale.Params{"Name": card.Member.User.Name})
		return form, nil
	case ButtonStoppedAt:
		return c.stoppedAtForm(card), nil
	default:
		return c.stopCard(card), nil
	}
}

// stoppedAtForm asks a member when they stopped working; the best proposal stands in it.
func (c *call) stoppedAtForm(card core.Card) Reply {
	form := c.otherTimeForm(card.Button, false).Form
	form.Apart, form.Title, form.Fields = true, c.say("chat.ask.stopped_title"), form.Fields[:1]
	form.Intro = c.say("chat.timer_runs", locale.Params{
		"Description": c.description(card.Entry), "Start": card.Entry.Start, "Duration": card.Entry.Duration(card.At),
	})
	if len(card.Proposals) > 0 {
		best := card.Proposals[0]
		end := &form.Fields[0]
		end.Moment, end.Shown, end.Hint = best.End, c.DateTime(best.End), c.why(best)
	}
	return Reply{Form: form}
}

// stopOwn stops a member's own timer, from the question whether they still work.
func (c *call) stopOwn(ctx context.Context, button string) (Reply, error) {
	out, err := c.h.svc.StopByButton(ctx, c.actor, button)
	if err != nil {
		return Reply{}, err
	}
	c.now = out.At
	reply := c.finished("chat.stop.own", out)
	reply.Replace = false // the question itself is edited
	return reply, nil
}

// stopCard shows whom, what, since when and how long, and the ends to choose from.
func (c *call) stopCard(card core.Card) Reply {
	reply := Reply{
		Title: c.say("chat.stop.title", locale.Params{"Name": card.Member.User.Name}),
		Facts: []Fact{
			{c.say("word.description"), c.description(card.Entry)},
			{c.say("chat.since"), c.say("chat.since_for", locale.Params{
				"Start": card.Entry.Start, "Duration": card.Entry.Duration(card.At),
			})},
		},
		Choice: c.ends(card),
		Buttons: []Button{
			{Act: ButtonConfirm, ID: card.Button, Label: c.say("button.confirm"), Style: StylePrimary},
			{Act: ButtonCancel, ID: card.Button, Label: c.say("button.cancel")},
		},
		Note: c.say("chat.card_note"),
	}
	if card.Reason != "" {
		reply.Facts = append(reply.Facts, Fact{c.say("word.reason"), clipped(card.Reason, 500)})
	}
	if card.Member.ID != c.actor.MemberID {
		reply.Checks = []Check{{Name: checkNotify, On: true, Label: c.say("chat.notify", locale.Params{"Name": card.Member.User.Name})}}
	}
	return reply
}

func (c *call) ends(card core.Card) *Choice {
	ends := &Choice{Label: c.say("chat.end_label"), Selected: endNow}
	add := func(end time.Time, why Text) {
		value := endAt + strconv.FormatInt(end.Unix(), 10)
		for _, o := range ends.Options {
			if o.Value == value {
				return
			}
		}
		ends.Options = append(ends.Options, Option{Value: value, Label: c.at(end), Why: why})
	}
	if !card.End.IsZero() {
		add(card.End, "")
		ends.Selected = ends.Options[0].Value
	}
	ends.Options = append(ends.Options, Option{Value: endNow, Label: c.say("chat.end_now", locale.Params{"Time": card.At})})
	for _, p := range card.Proposals {
		add(p.End, c.why(p))
	}
	ends.Options = append(ends.Options, Option{Value: endOther, Label: c.say("button.other_time"), Asks: true})
	return ends
}

// why says on what a proposed end rests.
func (v voice) why(p core.EndProposal) Text {
	return v.say("why."+string(p.Why), locale.Params{"Time": p.End, "Weekday": v.Weekday(p.End.In(v.Zone()).Weekday())})
}

// confirm does what a card shows, with the end chosen on it.
func (c *call) confirm(ctx context.Context, p Press) (Reply, error) {
	ch := core.Choice{}
	if on, told := p.Checks[checkNotify]; told {
		ch.NoChat = !on
	}
	switch {
	case p.Choice == endNow:
		ch.Now = true
	case p.Choice == endOther:
		return c.otherTimeForm(p.ID, !ch.NoChat), nil
	case strings.HasPrefix(p.Choice, endAt):
		end, ok := parseUnix(strings.TrimPrefix(p.Choice, endAt))
		if !ok {
			return Reply{}, &core.Error{Code: core.CodeExpired, Message: "error.button_gone"}
		}
		ch.End = end
	}
	return c.confirmed(ctx, p.ID, ch)
}

func (c *call) confirmed(ctx context.Context, button string, ch core.Choice) (Reply, error) {
	out, err := c.h.svc.Confirm(ctx, c.actor, button, ch)
	if err != nil {
		return Reply{}, err
	}
	c.now = out.At
	if out.Act == core.ActAPIKeyDeactivate {
		return c.keysDeactivated(out), nil
	}
	reply := c.finished("chat.stop.done", out)
	if !ch.NoChat && out.Member.ID != c.actor.MemberID {
		reply.Text = append(reply.Text, c.say("chat.stop.told", locale.Params{"Name": out.Member.User.Name}))
	}
	return reply, nil
}

// finished shows an entry that was stopped or corrected, with what can be done next.
func (c *call) finished(title string, out core.Outcome) Reply {
	reply := Reply{
		Replace: true,
		Title:   c.say(title, locale.Params{"Name": out.Member.User.Name}),
		Facts:   c.entryFacts(out.Entry),
	}
	if out.Entry.Incomplete {
		reply.Text = append(reply.Text, c.say("chat.incomplete"))
	}
	if out.Undo != "" {
		reply.Buttons = append(reply.Buttons, Button{Act: ButtonUndo, ID: out.Undo, Label: c.say("button.undo")})
	}
	if out.Correct != "" {
		reply.Buttons = append(reply.Buttons, Button{Act: ButtonCorrect, ID: out.Correct, Label: c.say("button.correct")})
	}
	return reply
}

func (v voice) entryFacts(e core.TimeEntry) []Fact {
	facts := []Fact{{v.say("word.description"), v.description(e)}, {v.say("word.start"), v.at(e.Start)}}
	if e.Running() {
		return append(facts, Fact{v.say("word.duration"), Text(v.Duration(e.Duration(v.now)))})
	}
	return append(facts, Fact{v.say("word.end"), v.at(e.End)}, Fact{v.say("word.duration"), Text(v.Duration(e.Duration(v.now)))})
}

// cancel puts a card away.
func (c *call) cancel(ctx context.Context, button string) (Reply, error) {
	if err := c.h.svc.Cancel(ctx, c.actor, button); err != nil {
		return Reply{}, err
	}
	return Reply{Replace: true, Text: []Text{c.say("chat.canceled")}}, nil
}

// otherTimeForm asks for an end of one's own. The form carries the card's id, which stays unused
// until the form is sent.
func (c *call) otherTimeForm(button string, notify bool) Reply {
	return Reply{Form: &Form{
		Act: FormOtherTime, ID: button, Title: c.say("chat.other_time.title"), Submit: c.say("button.stop"),
		Fields: []Field{
			{Name: "end", Label: c.say("word.end"), Hint: c.say("chat.when_hint"), Kind: FieldMoment, Moment: c.now, Shown: c.DateTime(c.now)},
			{Name: checkNotify, Label: c.say("chat.notify_member"), Kind: FieldCheck, On: notify, Shown: c.yesNo(notify), Optional: true},
		},
	}}
}

func (c *call) confirmOtherTime(ctx context.Context, s Submit) (Reply, error) {
	end, err := c.fieldMoment(s, "end")
	if err != nil {
		return Reply{}, err
	}
	notify, err := c.fieldCheck(s, checkNotify)
	if err != nil {
		return Reply{}, err
	}
	return c.confirmed(ctx, s.ID, core.Choice{End: end, NoChat: !notify})
}

// The words for a tick, in every language at once.
var (
	yesWords = []string{"true", "yes", "ja", "y", "j", "1"}
	noWords  = []string{"false", "no", "nein", "n", "0", ""}
)

func (v voice) yesNo(on bool) string {
	if on {
		return strings.ToLower(v.T("yes"))
	}
	return strings.ToLower(v.T("no"))
}

// fieldCheck reads a tick out of a form; a field that was not sent counts as ticked. Codes: invalid,
// with the field.
func (c *call) fieldCheck(s Submit, field string) (bool, error) {
	text, sent := s.Values[field]
	switch word := strings.ToLower(strings.TrimSpace(text)); {
	case !sent, slices.Contains(yesWords, word):
		return true, nil
	case slices.Contains(noWords, word):
		return false, nil
	}
	return false, &core.Error{
		Code: core.CodeInvalid, Message: "chat.console.yes_or_no", Field: field,
		Params: core.Params{"Yes": c.yesNo(true), "No": c.yesNo(false)},
	}
}

// fieldMoment reads a moment out of a form. Codes: invalid, with the field.
func (c *call) fieldMoment(s Submit, field string) (time.Time, error) {
	t, err := locale.ParseWhen(s.Values[field], c.now, c.Zone())
	if err != nil {
		return t, &core.Error{
			Code: core.CodeInvalid, Message: "chat.when_unclear", Field: field,
			Params: core.Params{"Text": string(clipped(strings.TrimSpace(s.Values[field]), 50))},
		}
	}
	return t, nil
}

// undo takes back the stop a result is about.
func (c *call) undo(ctx context.Context, button string) (Reply, error) {
	out, err := c.h.svc.UndoByButton(ctx, c.actor, button)
	if err != nil {
		return Reply{}, err
	}
	c.now = out.At
	return c.finished("chat.undone", out), nil
}
