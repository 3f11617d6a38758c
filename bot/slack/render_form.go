package slack

import (
	"encoding/json"

	slackapi "github.com/slack-go/slack"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

// modal renders a Form. card is the response_url of the message it belongs to, "" for none.
func modal(f conversation.Form, card string) slackapi.ModalViewRequest {
	meta, err := json.Marshal(metadata{ID: f.ID, Card: card})
	if err != nil || len(meta) > maxPrivate {
		meta, _ = json.Marshal(metadata{ID: f.ID}) //nolint:errchkjson // a struct of strings can't fail
	}
	view := slackapi.ModalViewRequest{
		Type:            slackapi.VTModal,
		Title:           label(f.Title, maxViewTitle),
		Submit:          label(f.Submit, maxViewTitle),
		CallbackID:      string(f.Act),
		PrivateMetadata: string(meta),
	}
	if f.Intro != "" {
		view.Blocks.BlockSet = append(view.Blocks.BlockSet, section(mrkdwn(f.Intro, maxSection)))
	}
	for _, field := range f.Fields {
		if len(view.Blocks.BlockSet) == maxViewBlocks {
			break
		}
		view.Blocks.BlockSet = append(view.Blocks.BlockSet, inputBlock(field))
	}
	return view
}

func inputBlock(f conversation.Field) slackapi.Block {
	var e slackapi.BlockElement
	switch f.Kind {
	case conversation.FieldMoment:
		picker := slackapi.NewDateTimePickerBlockElement(f.Name)
		picker.InitialDateTime = f.Moment.Unix()
		e = picker
	case conversation.FieldCheck:
		e = checkbox(f.Name, f.Label, f.On)
	default:
		text := slackapi.NewPlainTextInputBlockElement(nil, f.Name)
		text.Multiline = f.Long
		text.MaxLength = maxInput
		if f.Max > 0 {
			text.MaxLength = min(f.Max, maxInput)
		}
		text.InitialValue = truncate(f.Value, text.MaxLength)
		e = text
	}
	input := slackapi.NewInputBlock(f.Name, label(f.Label, maxLabel), nil, e)
	input.Optional = f.Optional
	if f.Hint != "" && f.Kind == conversation.FieldText {
		input.Hint = label(f.Hint, maxLabel)
	}
	return input
}

// resultView shows a Reply in the place of the modal that was sent.
func resultView(title string, r conversation.Reply) *slackapi.ModalViewRequest {
	view := &slackapi.ModalViewRequest{Type: slackapi.VTModal, Title: label(conversation.Text(title), maxViewTitle)}
	view.Blocks.BlockSet = textBlocks(r)
	return view
}
