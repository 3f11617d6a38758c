package conversation

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// openCorrection opens the form that corrects the entry of a result.
func (c *call) openCorrection(ctx context.Context, button string) (Reply, error) {
	form, err := c.h.svc.OpenCorrection(ctx, c.actor, button)
	if err != nil {
		return Reply{}, err
	}
	e := form.Entry
	fields := []Field{
		{Name: "start", Label: c.say("word.start"), Hint: c.say("chat.when_hint"), Kind: FieldMoment, Moment: e.Start, Shown: c.DateTime(e.Start)},
	}
	if !e.Running() {
		fields = append(fields, Field{
			Name: "end", Label: c.say("word.end"), Hint: c.say("chat.when_hint"), Kind: FieldMoment, Moment: e.End, Shown: c.DateTime(e.End),
		})
	}
	fields = append(fields,
		Field{Name: "description", Label: c.say("word.description"), Kind: FieldText, Value: string(Literal(e.Description)), Optional: true, Long: true, Max: 3000},
		Field{Name: "reason", Label: c.say("word.reason"), Kind: FieldText, Optional: true, Max: 500},
	)
	return Reply{Form: &Form{
		Act: FormCorrect, ID: form.Form, Title: c.say("button.correct"),
		Intro:  c.say("chat.correct.intro", locale.Params{"Name": form.Member.User.Name}),
		Submit: c.say("button.save"), Fields: fields,
	}}, nil
}

// correct writes what a form says. A field the platform did not send back stays as it is, and so
// does a moment in the minute that was shown, because forms know no seconds.
func (c *call) correct(ctx context.Context, s Submit) (Reply, error) {
	ch := core.EntryChange{Reason: s.Values["reason"]}
	shown, err := c.h.svc.FormEntry(ctx, c.actor, s.ID)
	if err != nil {
		return Reply{}, err
	}
	if ch.Start, err = c.changedMoment(s, "start", shown.Start); err != nil {
		return Reply{}, err
	}
	if ch.End, err = c.changedMoment(s, "end", shown.End); err != nil {
		return Reply{}, err
	}
	if d, sent := s.Values["description"]; sent && d != string(Literal(shown.Description)) {
		ch.Description = &d
	}
	out, err := c.h.svc.CorrectByForm(ctx, c.actor, s.ID, ch)
	if err != nil {
		return Reply{}, err
	}
	c.now = out.At
	return c.finished("chat.correct.done", out), nil
}

func (c *call) changedMoment(s Submit, field string, shown time.Time) (*time.Time, error) {
	if _, sent := s.Values[field]; !sent {
		return nil, nil
	}
	t, err := c.fieldMoment(s, field)
	if err != nil || t.Truncate(time.Minute).Equal(shown.Truncate(time.Minute)) {
		return nil, err
	}
	return &t, nil
}
