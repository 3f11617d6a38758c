package discord

import (
	"strconv"
	"strings"

	"github.com/clockwarden/clockwarden/bot/conversation"
)

// Discord's hard limits.
const (
	maxContent       = 2000
	maxEmbed         = 6000 // all texts of the embeds of a message
	maxFields        = 25
	maxFieldName     = 256
	maxFieldValue    = 1024
	maxFooter        = 2048
	maxRows          = 5
	maxInRow         = 5
	maxOptions       = 25
	maxOptionText    = 100
	maxPlaceholder   = 150
	maxButtonText    = 80
	maxButtonURL     = 512
	maxCustomID      = 100
	maxModalTitle    = 45
	maxModalParts    = 5
	maxModalText     = 4000
	maxInputLabel    = 45
	maxInputHint     = 100
	maxInput         = 4000
	maxChoices       = 25
	maxChoiceText    = 100
	maxNonce         = 25
	maxCommandName   = 32
	maxCommandText   = 100
	maxCommandLength = 8000 // of a command with all that belongs to it
)

// The types of components.
const (
	typeRow         = 1
	typeButton      = 2
	typeSelect      = 3
	typeTextInput   = 4
	typeTextDisplay = 10
)

// The styles of buttons and inputs.
const (
	stylePrimary   = 1
	styleSecondary = 2
	styleDanger    = 4
	styleURL       = 5
	inputShort     = 1
	inputLong      = 2
)

// message is a message as it is sent. Lists are never null: an empty one takes away what stood there.
type message struct {
	Content         *string     `json:"content,omitempty"` // nil: as it is
	Embeds          []embed     `json:"embeds"`
	Components      []component `json:"components"`
	AllowedMentions mentions    `json:"allowed_mentions"`
	Flags           int         `json:"flags,omitempty"`
}

// mentions says who is notified of a message: nobody, whatever stands in it.
type mentions struct {
	Parse []string `json:"parse"`
}

func noMentions() mentions { return mentions{Parse: []string{}} }

type embed struct {
	URL    string  `json:"url,omitempty"` // without a title nobody sees it
	Fields []field `json:"fields,omitempty"`
	Footer *footer `json:"footer,omitempty"`
}

type field struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Inline bool   `json:"inline"`
}

type footer struct {
	Text string `json:"text"`
}

// component is a row, a button, a select or an input, as it is sent and as it comes back.
type component struct {
	Type        int            `json:"type"`
	CustomID    string         `json:"custom_id,omitempty"`
	Style       int            `json:"style,omitempty"`
	Label       string         `json:"label,omitempty"`
	URL         string         `json:"url,omitempty"`
	Placeholder string         `json:"placeholder,omitempty"`
	Options     []selectOption `json:"options,omitempty"`
	Value       string         `json:"value,omitempty"`
	Required    *bool          `json:"required,omitempty"`
	MaxLength   int            `json:"max_length,omitempty"`
	Content     string         `json:"content,omitempty"`
	Components  []component    `json:"components,omitempty"`
}

type selectOption struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	Default     bool   `json:"default,omitempty"`
}

// render renders a Reply as a message: its title and paragraphs as text, facts and rows of a list as
// the fields of an embed.
func render(r conversation.Reply) message {
	m := message{Embeds: []embed{}, Components: rows(r), AllowedMentions: noMentions()}
	e, shown := embedOf(r)
	if shown {
		m.Embeds = append(m.Embeds, e)
	}
	w := &writer{}
	if r.Title != "" {
		w.put("**")
		w.text(r.Title)
		w.put("**")
	}
	for _, t := range r.Text {
		if w.size > 0 {
			w.put("\n")
		}
		w.text(t)
	}
	if r.Note != "" && !shown {
		if w.size > 0 {
			w.put("\n")
		}
		w.put("-# ")
		w.text(r.Note)
	}
	content := w.within(maxContent)
	if strings.TrimSpace(content) == "" && !shown {
		content = blank
	}
	m.Content = &content
	return m
}

// ephemeral renders a Reply as a message that only the person sees who asked, unless all may.
func ephemeral(r conversation.Reply) message {
	m := render(r)
	if !r.Public {
		m.Flags = flagEphemeral
	}
	return m
}

// embedOf renders what stands in fields; shown is false when there is none.
func embedOf(r conversation.Reply) (e embed, shown bool) {
	type row struct {
		name, value conversation.Text
		inline      bool
	}
	var list []row
	for _, f := range r.Facts {
		list = append(list, row{f.Label, f.Value, true})
	}
	for _, i := range r.Items {
		list = append(list, row{i.Title, i.Text, false})
	}
	if r.Choice != nil {
		for _, o := range r.Choice.Options[:min(len(r.Choice.Options), maxOptions)] {
			if o.Value == r.Choice.Selected {
				list = append(list, row{r.Choice.Label, o.Label, false})
			}
		}
	}
	if len(list) == 0 {
		return embed{}, false
	}
	more := len(list) > maxFields
	if more {
		list = list[:maxFields]
	}
	if r.Note != "" {
		e.Footer = &footer{Text: plain(r.Note, maxFooter)}
	}
	// The texts of an embed are bounded in sum as well: all get shorter until they fit in.
	for _, limit := range []struct{ name, value int }{
		{maxFieldName, maxFieldValue}, {maxFieldName, 512}, {200, 300}, {128, 160}, {100, 96}, {80, 60},
	} {
		e.Fields = nil
		sum := 0
		if e.Footer != nil {
			sum = size(e.Footer.Text)
		}
		for _, l := range list {
			f := field{Name: filled(heading(l.name, limit.name)), Value: filled(markdown(l.value, limit.value)), Inline: l.inline}
			e.Fields = append(e.Fields, f)
			sum += size(f.Name) + size(f.Value)
		}
		if sum <= maxEmbed {
			break
		}
	}
	if more {
		e.Fields[maxFields-1] = field{Name: blank, Value: "…"}
	}
	return e, true
}

// rows renders what can be clicked and chosen, in at most five rows. What acts comes first into
// them, menus of many rows of a list last.
func rows(r conversation.Reply) []component {
	list := []component{}
	add := func(parts ...component) {
		if len(parts) > 0 && len(list) < maxRows {
			list = append(list, component{Type: typeRow, Components: parts})
		}
	}
	if r.Choice != nil && len(r.Choice.Options) > 0 {
		add(choiceOf(*r.Choice))
	}
	var boxes []component
	for _, c := range r.Checks {
		if id := checkName(c.Name, c.On); len(id) <= maxCustomID && len(boxes) < maxInRow {
			boxes = append(boxes, component{
				Type: typeButton, Style: styleSecondary, CustomID: id, Label: truncate(checkSign(c.On)+" "+c.Label.Plain(), maxButtonText),
			})
		}
	}
	add(boxes...)
	if r.Pick != nil {
		add(pickOf(*r.Pick)...)
	}
	var more []conversation.Button
	var buttons []component
	seen := map[string]bool{}
	for _, b := range r.Buttons {
		switch {
		case b.More && b.Act != conversation.ButtonLink:
			more = append(more, b)
		case fits(b):
			buttons = append(buttons, button(b, seen))
		}
	}
	for len(buttons) > 0 {
		n := min(len(buttons), maxInRow)
		add(buttons[:n]...)
		buttons = buttons[n:]
	}
	if menu := menuOf(optionsOf(more, "")); menu != nil {
		menu.CustomID = menuID
		menu.Placeholder = plain(r.Menu, maxPlaceholder)
		add(*menu)
	}
	for i, menu := range itemMenus(r) {
		menu.CustomID = menuID + separator + strconv.Itoa(i+1)
		add(menu)
	}
	return list
}

// itemMenus are the menus of what can be done to the rows of a list: as many rows share one as its
// options allow.
func itemMenus(r conversation.Reply) []component {
	var menus []component
	var options []selectOption
	first, last := conversation.Text(""), conversation.Text("")
	flush := func() {
		menu := menuOf(options)
		if menu == nil {
			return
		}
		names := first
		if last != first {
			names += " – " + last
		}
		menu.Placeholder = plain(r.Menu+" · "+names, maxPlaceholder)
		menus, options = append(menus, *menu), nil
	}
	for _, item := range r.Items {
		own := optionsOf(item.Buttons, item.Title)
		if len(own) == 0 {
			continue
		}
		if len(options)+len(own) > maxOptions {
			flush()
		}
		if len(options) == 0 {
			first = item.Title
		}
		last = item.Title
		options = append(options, own...)
	}
	flush()
	return menus
}

// optionsOf are buttons as options of a menu, with what they are about before their label.
func optionsOf(buttons []conversation.Button, about conversation.Text) []selectOption {
	var list []selectOption
	for _, b := range buttons {
		if !fits(b) || b.Act == conversation.ButtonLink {
			continue
		}
		label := b.Label.Plain()
		if about != "" {
			label = truncate(about.Plain(), max(1, maxOptionText-size(label)-2)) + ": " + label
		}
		list = append(list, selectOption{Label: filled(truncate(label, maxOptionText)), Value: buttonID(b)})
	}
	return list
}

// menuOf is a select of options; nil when there are none. Values are unique in it.
func menuOf(options []selectOption) *component {
	menu := component{Type: typeSelect}
	seen := map[string]bool{}
	for _, o := range options {
		if !seen[o.Value] && len(menu.Options) < maxOptions {
			seen[o.Value] = true
			menu.Options = append(menu.Options, o)
		}
	}
	if len(menu.Options) == 0 {
		return nil
	}
	return &menu
}

// fits tells whether Discord takes the button.
func fits(b conversation.Button) bool {
	if b.Act == conversation.ButtonLink {
		return b.URL != "" && len(b.URL) <= maxButtonURL
	}
	return len(buttonID(b)) <= maxCustomID-3 && !strings.Contains(b.ID, separator)
}

// buttonID is what a button carries: its act and the opaque id.
func buttonID(b conversation.Button) string {
	if b.ID == "" {
		return b.Name()
	}
	return b.Name() + separator + b.ID
}

// button renders a button. Custom ids are unique in a message.
func button(b conversation.Button, seen map[string]bool) component {
	c := component{Type: typeButton, Style: styleSecondary, Label: plain(b.Label, maxButtonText)}
	if b.Act == conversation.ButtonLink {
		c.Style, c.URL = styleURL, b.URL
		return c
	}
	switch b.Style {
	case conversation.StylePrimary:
		c.Style = stylePrimary
	case conversation.StyleDanger:
		c.Style = styleDanger
	}
	c.CustomID = buttonID(b)
	for i := 2; seen[c.CustomID]; i++ {
		id := buttonID(b)
		if b.ID == "" {
			id += separator
		}
		c.CustomID = id + separator + strconv.Itoa(i)
	}
	seen[c.CustomID] = true
	return c
}

// choiceOf renders a Choice: a select that stays as it was chosen.
func choiceOf(c conversation.Choice) component {
	menu := component{Type: typeSelect, CustomID: choiceID, Placeholder: plain(c.Label, maxPlaceholder)}
	for _, o := range c.Options[:min(len(c.Options), maxOptions)] {
		if len(o.Value) > maxOptionText {
			continue
		}
		opt := selectOption{Label: plain(o.Label, maxOptionText), Value: o.Value, Default: o.Value == c.Selected}
		if o.Why != "" {
			opt.Description = plain(o.Why, maxOptionText)
		}
		menu.Options = append(menu.Options, opt)
	}
	return menu
}

// pickOf renders a Pick: a select that acts at once.
func pickOf(p conversation.Pick) []component {
	var options []selectOption
	for _, o := range p.Options {
		if o.Value == "" || len(o.Value) > maxOptionText {
			continue
		}
		opt := selectOption{Label: plain(o.Label, maxOptionText), Value: o.Value}
		if o.Why != "" {
			opt.Description = plain(o.Why, maxOptionText)
		}
		options = append(options, opt)
	}
	menu := menuOf(options)
	if menu == nil {
		return nil
	}
	menu.CustomID = pickID + separator + conversation.Button{Act: p.Act}.Name()
	menu.Placeholder = plain(p.Label, maxPlaceholder)
	return []component{*menu}
}

// The signs of a box, which is a button here: messages have no boxes to tick.
const (
	signOn  = "☑"
	signOff = "☐"
)

func checkSign(on bool) string {
	if on {
		return signOn
	}
	return signOff
}

func checkName(name string, on bool) string {
	if on {
		return checkID + separator + name + separator + ticked
	}
	return checkID + separator + name + separator + unticked
}
