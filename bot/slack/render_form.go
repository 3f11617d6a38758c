package slack

import (
	"encoding/json"

	slackapi "github.com/slack-go/slack"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

// private writes a view's private_metadata.
func private(m metadata) string {
	text, err := json.Marshal(m)
	if err != nil || len(text) > maxPrivate {
		m.Card = ""
		text, _ = json.Marshal(m) //nolint:errchkjson // a struct of strings can't fail
	}
	return string(text)
}

// modal renders a Form for whom in came from. Its result will take the place of the message that was
// clicked, unless the form stands apart.
func modal(f conversation.Form, in inbound) slackapi.ModalViewRequest {
	m := metadata{ID: f.ID, Card: in.responseURL, Home: in.home}
	if f.Apart {
		m.Card = ""
	}
	view := slackapi.ModalViewRequest{
		Type:            slackapi.VTModal,
		Title:           label(f.Title, maxViewTitle),
		Submit:          label(f.Submit, maxViewTitle),
		CallbackID:      string(f.Act),
		PrivateMetadata: private(m),
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

// resultView shows a Reply in a modal. Its buttons stand there only when they stand nowhere else.
func resultView(title string, r conversation.Reply, in inbound, withButtons bool) *slackapi.ModalViewRequest {
	view := &slackapi.ModalViewRequest{Type: slackapi.VTModal, Title: label(conversation.Text(title), maxViewTitle)}
	if !withButtons {
		for i := range r.Items {
			r.Items[i].Buttons = nil
		}
		view.Blocks.BlockSet = textBlocks(r)
		return view
	}
	view.PrivateMetadata = private(metadata{Home: in.home})
	view.Blocks.BlockSet = blocks(r)
	return view
}

// homeView shows a Reply as the App Home.
func homeView(r conversation.Reply) slackapi.HomeTabViewRequest {
	view := slackapi.HomeTabViewRequest{Type: slackapi.VTHomeTab}
	view.Blocks.BlockSet = blocks(r)
	return view
}
