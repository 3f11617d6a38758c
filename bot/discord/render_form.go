package discord

import "github.com/clockwarden/clockwarden/bot/conversation"

// modal is a form as it is sent.
type modal struct {
	CustomID   string      `json:"custom_id"`
	Title      string      `json:"title"`
	Components []component `json:"components"`
}

// modalOf renders a Form. Its fields are lines of text: a moment and a tick stand there as a person
// would type them. It has at most five parts; fields count before the words above them.
func modalOf(f conversation.Form) modal {
	m := modal{CustomID: string(f.Act), Title: plain(f.Title, maxModalTitle), Components: []component{}}
	if f.ID != "" || f.Apart {
		m.CustomID += separator + f.ID
	}
	if f.Apart {
		m.CustomID += separator + apartWord
	}
	fields := f.Fields[:min(len(f.Fields), maxModalParts)]
	if f.Intro != "" && len(fields) < maxModalParts {
		m.Components = append(m.Components, component{Type: typeTextDisplay, Content: filled(markdown(f.Intro, maxModalText))})
	}
	for _, field := range fields {
		m.Components = append(m.Components, component{Type: typeRow, Components: []component{input(field)}})
	}
	return m
}

func input(f conversation.Field) component {
	required := !f.Optional
	c := component{
		Type: typeTextInput, CustomID: f.Name, Style: inputShort, Label: plain(f.Label, maxInputLabel), Required: &required, Value: f.Value,
	}
	if f.Hint != "" {
		c.Placeholder = plain(f.Hint, maxInputHint)
	}
	if f.Kind != conversation.FieldText {
		c.Value = f.Shown
	}
	if f.Long {
		c.Style = inputLong
	}
	c.MaxLength = maxInput
	if f.Kind == conversation.FieldText && f.Max > 0 {
		c.MaxLength = min(f.Max, maxInput)
	}
	c.Value = truncate(c.Value, c.MaxLength)
	return c
}
