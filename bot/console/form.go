package console

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/clockwarden/clockwarden/bot/conversation"
	"github.com/clockwarden/clockwarden/core/locale"
)

// clearing empties a text that has a value, because an empty line keeps it.
const clearing = "-"

// errFormLeft ends a form that is not to be sent.
var errFormLeft = errors.New("the form was left")

// fill asks a form field by field and sends it. Fields that are refused are asked again.
func (c *Console) fill(ctx context.Context, f conversation.Form) error {
	c.print(c.introduction(f))
	values := map[string]string{}
	for fields := f.Fields; ; {
		for _, field := range fields {
			value, err := c.field(ctx, field)
			if err != nil {
				return c.leave(err)
			}
			values[field.Name] = value
		}
		r := c.handle(ctx, conversation.Request{Submit: &conversation.Submit{Form: f.Act, ID: f.ID, Values: values}})
		fields = nil
		for _, field := range f.Fields {
			if _, wrong := r.Errors[field.Name]; wrong {
				fields = append(fields, field)
			}
		}
		if len(fields) == 0 {
			return c.show(ctx, r, true)
		}
		c.refused = true
		c.print(render(conversation.Reply{Text: r.Text}, card{}))
	}
}

// leave says that nothing was sent. The end of the input goes on to end the conversation.
func (c *Console) leave(err error) error {
	if !errors.Is(err, errFormLeft) && !errors.Is(err, io.EOF) {
		return err
	}
	c.refused, c.undone = true, true
	c.print(c.text.T("chat.console.form_left") + "\n")
	if errors.Is(err, io.EOF) {
		return err
	}
	return c.wrote()
}

// introduction is what stands above a form: its title, how to answer, and every hint once.
func (c *Console) introduction(f conversation.Form) string {
	r := conversation.Reply{Title: f.Title}
	if f.Intro != "" {
		r.Text = append(r.Text, f.Intro)
	}
	said := map[conversation.Text]bool{}
	clears := false
	for _, field := range f.Fields {
		if field.Hint != "" && !said[field.Hint] {
			said[field.Hint] = true
			r.Text = append(r.Text, field.Label+": "+field.Hint)
		}
		clears = clears || clearable(field)
	}
	r.Text = append(r.Text, conversation.Text(c.text.T("chat.console.form_hint")))
	if clears {
		r.Text = append(r.Text, conversation.Text(c.text.T("chat.console.form_clear", locale.Params{"Sign": clearing})))
	}
	return render(r, card{})
}

func clearable(f conversation.Field) bool {
	return f.Kind == conversation.FieldText && f.Optional && f.Value != ""
}

// field asks for one value until it can be sent.
func (c *Console) field(ctx context.Context, f conversation.Field) (string, error) {
	for {
		line, err := c.ask(ctx, c.fieldQuestion(f))
		if err != nil {
			return "", err
		}
		line = strings.TrimSpace(strings.ToValidUTF8(line, "\uFFFD"))
		if line == "/cancel" || line == "/abbrechen" {
			return "", errFormLeft
		}
		value, wrong := c.value(f, line)
		if wrong == "" {
			return value, nil
		}
		c.refused = true
		c.print(wrong + "\n")
	}
}

func (c *Console) fieldQuestion(f conversation.Field) string {
	question := plain(f.Label)
	shown := f.Value
	switch f.Kind {
	case conversation.FieldMoment:
		shown = f.Shown
	case conversation.FieldCheck:
		question += " (" + c.yesNo(true) + "/" + c.yesNo(false) + ")"
		shown = c.yesNo(f.On)
	}
	if shown != "" {
		question += " [" + plain(conversation.Text(shown)) + "]"
	}
	return question + ":"
}

func (c *Console) yesNo(on bool) string {
	if on {
		return strings.ToLower(c.text.T("yes"))
	}
	return strings.ToLower(c.text.T("no"))
}

// value is what a line means for a field; wrong says why it means nothing.
func (c *Console) value(f conversation.Field, line string) (value, wrong string) {
	switch f.Kind {
	case conversation.FieldCheck:
		switch strings.ToLower(line) {
		case "":
			return strconv.FormatBool(f.On), ""
		case "y", "j", "yes", "ja", "true", "1":
			return "true", ""
		case "n", "no", "nein", "false", "0":
			return "false", ""
		}
		return "", c.text.T("chat.console.yes_or_no", locale.Params{"Yes": c.yesNo(true), "No": c.yesNo(false)})
	case conversation.FieldMoment:
		switch _, err := locale.ParseWhen(line, c.svc.Now(), c.text.Zone()); {
		case line == "" && !f.Moment.IsZero():
			return f.Moment.Format(time.RFC3339), ""
		case line != "" && err != nil: // said here, before the next field is asked
			return "", c.text.T("chat.when_unclear", locale.Params{"Text": shortened(line)})
		}
	default:
		switch {
		case line == "":
			line = f.Value
		case line == clearing && clearable(f):
			return "", ""
		}
		if f.Max > 0 && utf8.RuneCountInString(line) > f.Max {
			return "", c.text.T("chat.console.too_long", locale.Params{"Max": f.Max})
		}
	}
	if line == "" && !f.Optional {
		return "", c.text.T("chat.console.required")
	}
	return line, ""
}
