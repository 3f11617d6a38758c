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
	case m.Alert != nil:
		return v.withMenu(h.alert(v, *m.Alert))
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
		if a.Flag.Resolution != core.ResolvedDeleted && !a.Entry.Running() {
			reply.Facts = append(reply.Facts, Fact{v.say("word.end"), v.at(a.Entry.End)},
				Fact{v.say("word.duration"), Text(v.Duration(a.Entry.Duration(v.now)))})
		}
		reply.Text, reply.Buttons = []Text{text}, []Button{link}
		return reply
	}
	// "over": the message stands for a while, and the duration only grows.
	reply.Text = []Text{v.say("chat.alert.runs", locale.Params{"Duration": a.Entry.Duration(v.now)})}
	if a.Flag.State == core.FlagSnoozed {
		reply.Text = append(reply.Text, v.say("chat.alert.snoozed", locale.Params{"By": v.by(a.Flag.SnoozedBy), "Until": a.Flag.SnoozedUntil}))
	}
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
	reply.Buttons = append(reply.Buttons, link, Button{Act: ButtonOther, ID: a.Button, Label: v.say("button.other_time"), More: true})
	reply.Buttons = append(reply.Buttons, v.putOff(a.Button)...)
	return reply
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
