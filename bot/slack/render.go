package slack

import (
	"strconv"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

// Slack's hard limits. Texts are counted in code points.
const (
	maxBlocks       = 50
	maxViewBlocks   = 100
	maxHeader       = 150
	maxSection      = 3000
	maxField        = 2000
	maxFields       = 10
	maxContext      = 2000
	maxActions      = 25
	maxButtonText   = 75
	maxButtonValue  = 2000
	maxActionID     = 255
	maxURL          = 3000
	maxOptionText   = 75
	maxOptionValue  = 150
	maxRadio        = 10
	maxOptions      = 100
	maxPlaceholder  = 150
	maxViewTitle    = 24
	maxLabel        = 2000
	maxPrivate      = 3000
	maxInput        = 3000
	maxFallbackText = 3000
	maxMenu         = 5
)

// The ids of the inputs on a message.
const (
	choiceID    = "choice"
	checkPrefix = "check."
	menuPrefix  = "menu"
	pickID      = "pick"
	rowMark     = "/"
)

// body is an answer to a command, or what is posted to a response_url.
type body struct {
	ResponseType    string           `json:"response_type,omitempty"`
	ReplaceOriginal *bool            `json:"replace_original,omitempty"`
	Text            string           `json:"text"`
	Blocks          []slackapi.Block `json:"blocks,omitempty"`
}

// message renders a Reply as the answer to a command.
func message(r conversation.Reply) body {
	b := body{ResponseType: slackapi.ResponseTypeEphemeral, Text: fallback(r), Blocks: blocks(r)}
	if r.Public {
		b.ResponseType = slackapi.ResponseTypeInChannel
	}
	return b
}

// result renders a Reply for the response_url of a click.
func result(r conversation.Reply) body {
	b := message(r)
	b.ReplaceOriginal = &r.Replace
	if r.Replace { // the message that is replaced decides who sees it
		b.ResponseType = ""
	}
	return b
}

// fallback is the text of notifications and of readers that know no blocks.
func fallback(r conversation.Reply) string {
	w := &writer{}
	line := func(t conversation.Text) {
		if t == "" {
			return
		}
		if w.size > 0 {
			w.put("\n")
		}
		w.text(t)
	}
	line(r.Title)
	for _, t := range r.Text {
		line(t)
	}
	if len(r.Text) == 0 {
		for _, f := range r.Facts {
			line(f.Label + ": " + f.Value)
		}
	}
	return w.within(maxFallbackText)
}

// blocks renders a Reply as Block Kit, with classic blocks only.
func blocks(r conversation.Reply) []slackapi.Block {
	list := textBlocks(r)
	if r.Choice != nil && len(r.Choice.Options) > 0 {
		list = append(list, choiceBlock(*r.Choice))
	}
	if len(r.Checks) > 0 {
		list = append(list, checkBlock(r.Checks))
	}
	if r.Pick != nil && len(r.Pick.Options) > 0 {
		list = append(list, pickBlock(*r.Pick))
	}
	if b := buttonBlock(r.Buttons); b != nil {
		list = append(list, b)
	}
	if r.Note != "" {
		list = append(list, slackapi.NewContextBlock("note", markdown(mrkdwn(r.Note, maxContext))))
	}
	return list
}

// textBlocks renders what is only read. It leaves room for the blocks after it.
func textBlocks(r conversation.Reply) []slackapi.Block {
	var list []slackapi.Block
	if r.Title != "" {
		list = append(list, slackapi.NewHeaderBlock(label(r.Title, maxHeader)))
	}
	w := &writer{}
	for i, t := range r.Text {
		if i > 0 {
			w.put("\n")
		}
		w.text(t)
	}
	if w.size > 0 {
		list = append(list, section(w.within(maxSection)))
	}
	for start := 0; start < len(r.Facts); start += maxFields {
		list = append(list, factBlock(r.Facts[start:min(start+maxFields, len(r.Facts))]))
	}
	for i, item := range r.Items {
		if len(list) >= maxBlocks-4 {
			break
		}
		w := &writer{}
		w.put("*")
		w.text(item.Title)
		w.put("*")
		if item.Text != "" {
			w.put("\n")
			w.text(item.Text)
		}
		list = append(list, slackapi.NewSectionBlock(markdown(w.within(maxSection)), nil, itemAccessory(item.Buttons, i)))
	}
	return list
}

// itemAccessory is what stands beside the row-th item: its only button, or a menu of them.
func itemAccessory(buttons []conversation.Button, row int) *slackapi.Accessory {
	suffix := rowMark + strconv.Itoa(row)
	switch {
	case len(buttons) == 0:
		return nil
	case len(buttons) == 1 && fits(buttons[0]):
		e := button(buttons[0])
		e.ActionID += suffix
		return slackapi.NewAccessory(e)
	}
	if menu := menuOf(buttons, menuPrefix+suffix); menu != nil {
		return slackapi.NewAccessory(menu)
	}
	return nil
}

// menuOf is an overflow menu of buttons; nil when none fits in.
func menuOf(buttons []conversation.Button, id string) *slackapi.OverflowBlockElement {
	var options []*slackapi.OptionBlockObject
	for _, b := range buttons {
		value := b.Name() + " " + b.ID
		if len(options) < maxMenu && fits(b) && len(value) <= maxOptionValue {
			options = append(options, slackapi.NewOptionBlockObject(value, label(b.Label, maxOptionText), nil))
		}
	}
	if len(options) == 0 {
		return nil
	}
	return slackapi.NewOverflowBlockElement(id, options...)
}

// fits tells whether Slack takes the button.
func fits(b conversation.Button) bool {
	return len(b.URL) <= maxURL && len(b.ID) <= maxButtonValue && len(b.Name()) <= maxActionID-8
}

func button(b conversation.Button) *slackapi.ButtonBlockElement {
	e := slackapi.NewButtonBlockElement(b.Name(), b.ID, label(b.Label, maxButtonText))
	switch b.Style {
	case conversation.StylePrimary:
		e.Style = slackapi.StylePrimary
	case conversation.StyleDanger:
		e.Style = slackapi.StyleDanger
	}
	if b.Act == conversation.ButtonLink {
		e.URL = b.URL
	}
	return e
}

func factBlock(facts []conversation.Fact) slackapi.Block {
	var fields []*slackapi.TextBlockObject
	for _, f := range facts {
		w := &writer{}
		w.put("*")
		w.text(f.Label)
		w.put("*\n")
		w.text(f.Value)
		fields = append(fields, markdown(w.within(maxField)))
	}
	return slackapi.NewSectionBlock(nil, fields, nil)
}

// choiceBlock renders a Choice as radio buttons, or as a select when there are many options.
func choiceBlock(c conversation.Choice) slackapi.Block {
	var options []*slackapi.OptionBlockObject
	var first *slackapi.OptionBlockObject
	for _, o := range c.Options[:min(len(c.Options), maxOptions)] {
		opt := slackapi.NewOptionBlockObject(truncate(o.Value, maxOptionValue), label(o.Label, maxOptionText), nil)
		if o.Why != "" {
			opt.Description = label(o.Why, maxOptionText)
		}
		if o.Value == c.Selected {
			first = opt
		}
		options = append(options, opt)
	}
	var accessory *slackapi.Accessory
	if len(options) <= maxRadio {
		radio := slackapi.NewRadioButtonsBlockElement(choiceID, options...)
		radio.InitialOption = first
		accessory = slackapi.NewAccessory(radio)
	} else {
		list := slackapi.NewOptionsSelectBlockElement(slackapi.OptTypeStatic, nil, choiceID, options...)
		list.InitialOption = first
		accessory = slackapi.NewAccessory(list)
	}
	return slackapi.NewSectionBlock(markdown(mrkdwn(c.Label, maxSection)), nil, accessory, slackapi.SectionBlockOptionBlockID("choice"))
}

// pickBlock renders a Pick as a select. Its options carry the act beside the opaque id, like a menu's.
func pickBlock(p conversation.Pick) slackapi.Block {
	var options []*slackapi.OptionBlockObject
	for _, o := range p.Options[:min(len(p.Options), maxOptions)] {
		opt := slackapi.NewOptionBlockObject(string(p.Act)+" "+o.Value, label(o.Label, maxOptionText), nil)
		if o.Why != "" {
			opt.Description = label(o.Why, maxOptionText)
		}
		options = append(options, opt)
	}
	return slackapi.NewActionBlock(pickID, slackapi.NewOptionsSelectBlockElement(slackapi.OptTypeStatic, label(p.Label, maxPlaceholder), pickID, options...))
}

func checkBlock(checks []conversation.Check) slackapi.Block {
	var elements []slackapi.BlockElement
	for _, c := range checks[:min(len(checks), maxActions)] {
		elements = append(elements, checkbox(checkPrefix+c.Name, c.Label, c.On))
	}
	return slackapi.NewActionBlock("checks", elements...)
}

// checkbox is a single box to tick.
func checkbox(id string, text conversation.Text, on bool) *slackapi.CheckboxGroupsBlockElement {
	opt := slackapi.NewOptionBlockObject("on", label(text, maxOptionText), nil)
	box := slackapi.NewCheckboxGroupsBlockElement(id, opt)
	if on {
		box.InitialOptions = []*slackapi.OptionBlockObject{opt}
	}
	return box
}

func buttonBlock(buttons []conversation.Button) slackapi.Block {
	var elements []slackapi.BlockElement
	var more []conversation.Button
	for _, b := range buttons {
		switch {
		case b.More:
			more = append(more, b)
		case len(elements) < maxActions-1 && fits(b):
			elements = append(elements, button(b))
		}
	}
	if menu := menuOf(more, menuPrefix); menu != nil {
		elements = append(elements, menu)
	}
	if len(elements) == 0 {
		return nil
	}
	return slackapi.NewActionBlock("buttons", elements...)
}

// markdown is a text object that Slack takes literally but for our own marks: names of channels and
// addresses in what people typed are not turned into links.
func markdown(text string) *slackapi.TextBlockObject {
	return slackapi.NewTextBlockObject(slackapi.MarkdownType, text, false, true)
}

// label is a text object of plain text. Slack refuses an empty one.
func label(t conversation.Text, limit int) *slackapi.TextBlockObject {
	text := plain(t, limit)
	if utf8.RuneCountInString(text) == 0 {
		text = "–"
	}
	return slackapi.NewTextBlockObject(slackapi.PlainTextType, text, false, false)
}

func section(text string) slackapi.Block {
	return slackapi.NewSectionBlock(markdown(text), nil, nil)
}
