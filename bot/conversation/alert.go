package conversation

import (
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// Message writes what a delivery has to show, for its reader. It is the empty Reply when there is
// nothing to show.
func (h *Handler) Message(m core.Message) Reply {
	v := voice{Printer: h.catalog.Printer(m.Language, m.Zone), now: m.Now}
	switch {
	case m.Closed:
		return Reply{Public: true, Title: v.say("chat.closed.title"), Text: []Text{v.say("chat.closed.text")}}
	case m.Alert != nil:
		return v.withMenu(h.alert(v, *m.Alert))
	case m.Digest != nil:
		return h.digest(v, *m.Digest)
	case m.Reminder != nil:
		return h.reminder(v, *m.Reminder)
	case m.Ask != nil:
		return h.ask(v, *m.Ask)
	case m.Stopped != nil && !m.Drop:
		return h.stoppedNote(v, *m.Stopped)
	}
	return Reply{}
}

// alert writes a flag as it is now: with its buttons while something can be done, without them after.
func (h *Handler) alert(v voice, a core.Alert) Reply {
	reply := Reply{
		Public: true,
		Title:  v.say("chat.alert.title", locale.Params{"Name": a.Member.User.Name}),
		Facts:  []Fact{{v.say("word.description"), v.description(a.Entry)}, {v.say("word.start"), v.at(a.Entry.Start)}},
	}
	link := h.panelButton(v, a.Workspace.Slug, "settings", "accounts")
	if text := v.alertEnd(a); text != "" {
		if a.Entry.DeletedAt.IsZero() && !a.Entry.Running() {
			reply.Facts = append(reply.Facts, Fact{v.say("word.end"), v.at(a.Entry.End)},
				Fact{v.say("word.duration"), Text(v.Duration(a.Entry.Duration(v.now)))})
		}
		reply.Text, reply.Buttons = append([]Text{text}, v.sinceThen(a)...), []Button{link}
		return reply
	}
	// "over": the message stands for a while, and the duration only grows.
	reply.Text = []Text{v.say("chat.alert.runs", locale.Params{"Duration": a.Entry.Duration(v.now)})}
	if a.Flag.State == core.FlagSnoozed {
		reply.Text = append(reply.Text, v.say("chat.alert.snoozed", locale.Params{"By": v.by(a.Flag.SnoozedBy), "Until": a.Flag.SnoozedUntil}))
	}
	reply.Text = append(reply.Text, v.sinceThen(a)...)
	reply.Buttons = []Button{{Act: ButtonStop, ID: a.Button, Label: v.say("button.stop_now"), Style: StyleDanger}}
	for i, p := range a.Flag.Proposals {
		reply.Text = append(reply.Text, v.proposal(p))
		if i == 0 {
			reply.Buttons = append(reply.Buttons, Button{
				Act: ButtonStopAt, ID: a.Button, End: p.End,
				Label: v.say("button.stop_at", locale.Params{"Time": Text(v.DayTime(p.End, v.now))}),
			})
		}
	}
	// The way to the panel stands beside the two acts: it does nothing, and a menu of Slack holds five, which it has below.
	reply.Buttons = append(reply.Buttons, link, Button{Act: ButtonOther, ID: a.Button, Label: v.say("button.other_time"), More: true})
	reply.Buttons = append(reply.Buttons, v.putOff(a.Button)...)
	return reply
}

// sinceThen says what else happened to a flagged entry: the member answered, somebody corrected it.
func (v voice) sinceThen(a core.Alert) []Text {
	var list []Text
	if !a.Flag.AnsweredAt.IsZero() {
		list = append(list, v.say("chat.alert.answered", locale.Params{"Name": a.Member.User.Name}))
	}
	if !a.Flag.CorrectedAt.IsZero() && a.Entry.DeletedAt.IsZero() {
		list = append(list, v.say("chat.alert.corrected", locale.Params{"By": v.by(a.Flag.CorrectedBy), "At": a.Flag.CorrectedAt}))
	}
	return list
}

// ask asks a member whether they still work; when that is settled, it says how.
func (h *Handler) ask(v voice, a core.Alert) Reply {
	reply := Reply{
		Public:  true, // a direct message is seen by its reader alone
		Title:   v.say("chat.ask.title"),
		Facts:   v.entryFacts(a.Entry),
		Buttons: []Button{h.panelButton(v, a.Workspace.Slug)},
	}
	if text := v.alertEnd(a); text != "" {
		reply.Text = []Text{text}
		if !a.Entry.DeletedAt.IsZero() || a.Entry.Running() {
			reply.Facts = reply.Facts[:2] // it has no length that would stay true
		}
		return reply
	}
	reply.Facts = reply.Facts[:2]
	reply.Text = []Text{v.say("chat.ask.runs", locale.Params{"Duration": a.Entry.Duration(v.now)})}
	reply.Buttons = append([]Button{
		{Act: ButtonWorking, ID: a.Button, Label: v.say("chat.ask.yes"), Style: StylePrimary},
		{Act: ButtonStopOwn, ID: a.Button, Label: v.say("button.stop_now"), Style: StyleDanger},
		{Act: ButtonStoppedAt, ID: a.Button, Label: v.say("chat.ask.stopped_at")},
	}, reply.Buttons...)
	return reply
}

// digest writes several flags as one message: a line for each, and a menu of those that wait. What is
// chosen in it opens the same card as the button of an alert.
func (h *Handler) digest(v voice, d core.Digest) Reply {
	reply := Reply{
		Public:  true,
		Title:   v.say("chat.digest.title", locale.Params{"Count": d.All}),
		Text:    []Text{v.say("chat.digest.waiting", locale.Params{"Count": d.Open})},
		Buttons: []Button{h.panelButton(v, d.Workspace.Slug, "settings", "forgotten")},
	}
	if d.Open == 0 {
		reply.Text = []Text{v.say("chat.digest.settled")}
	}
	pick := Pick{Act: ButtonStop, Label: v.say("chat.digest.pick")}
	for _, a := range d.Lines {
		item := Item{Title: clipped(a.Member.User.Name, 100), Text: v.alertEnd(a)}
		if item.Text == "" {
			item.Text = join(clipped(string(v.description(a.Entry)), 100), v.say("chat.digest.runs", locale.Params{
				"Start": a.Entry.Start, "Duration": a.Entry.Duration(v.now),
			}))
			if a.Flag.State == core.FlagSnoozed {
				item.Text = join(item.Text, v.say("chat.alert.snoozed", locale.Params{"By": v.by(a.Flag.SnoozedBy), "Until": a.Flag.SnoozedUntil}))
			}
		}
		item.Text = join(append([]Text{item.Text}, v.sinceThen(a)...)...)
		reply.Items = append(reply.Items, item)
		if a.Button != "" {
			pick.Options = append(pick.Options, Option{Value: a.Button, Label: clipped(a.Member.User.Name, 70), Why: clipped(string(v.description(a.Entry)), 70)})
		}
	}
	if len(pick.Options) > 0 {
		reply.Pick = &pick
	}
	if more := d.All - len(d.Lines); more > 0 {
		reply.Note = v.say("chat.digest.more", locale.Params{"Count": more})
	}
	return reply
}

// reminder says that nothing happened since the message that it answers, whose buttons still work.
func (h *Handler) reminder(v voice, r core.Reminder) Reply {
	if r.Open > 0 {
		return Reply{Public: true, Text: []Text{v.say("chat.reminder.many", locale.Params{"Count": r.Open})}}
	}
	return Reply{Public: true, Text: []Text{v.say("chat.reminder.one", locale.Params{
		"Name": r.Alert.Member.User.Name, "Duration": r.Alert.Entry.Duration(v.now),
	})}}
}

// alertEnd says how a flag was settled; "" while it is not.
func (v voice) alertEnd(a core.Alert) Text {
	e, f := a.Entry, a.Flag
	switch {
	case !e.DeletedAt.IsZero():
		return v.say("chat.alert.deleted", locale.Params{"By": v.by(f.ResolvedBy)})
	case !e.Running() && e.Automatic:
		return v.say("chat.alert.automatic", locale.Params{"At": e.StoppedAt})
	case !e.Running():
		return v.say("chat.alert.stopped", locale.Params{
			"By": v.by(e.StoppedName), "Door": v.say("door." + string(e.StoppedDoor)), "At": e.StoppedAt,
		})
	case f.State == core.FlagResolved:
		return v.say("chat.alert.working", locale.Params{"By": v.by(f.ResolvedBy), "At": f.ResolvedAt})
	}
	return ""
}

// stoppedNote tells a member that their timer was stopped.
func (h *Handler) stoppedNote(v voice, n core.StoppedNote) Reply {
	return Reply{
		Public:  true, // a direct message is seen by its reader alone
		Title:   v.say("chat.note.stopped", locale.Params{"By": v.by(n.Entry.StoppedName)}),
		Facts:   v.entryFacts(n.Entry),
		Buttons: []Button{h.panelButton(v, n.Workspace.Slug)},
	}
}
