package conversation

import (
	"context"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/auditline"
	"github.com/clockwarden/clockwarden/core/locale"
)

// runLoginAs answers with a link that leads to the panel: acting as somebody else needs a person who
// is signed in there, and nothing happens before they say why.
func runLoginAs(ctx context.Context, c *call) (Reply, error) {
	m, err := c.person(ctx)
	if err != nil {
		return Reply{}, err
	}
	token, target, ws, err := c.h.svc.CreateLoginAsLink(ctx, c.actor, m.ID)
	if err != nil {
		return Reply{}, err
	}
	return Reply{
		Title:   c.say("chat.login_as.title", locale.Params{"Name": target.User.Name}),
		Text:    []Text{c.say("chat.login_as.how")},
		Buttons: []Button{{Act: ButtonLink, Label: c.say("button.login_as_user"), URL: c.h.loginAs(ws, token)}},
		Note:    c.say("chat.login_as.note", locale.Params{"For": core.LoginAsFor}),
	}, nil
}

// runLog shows the latest lines of the audit log, of everybody or of one person.
func runLog(ctx context.Context, c *call) (Reply, error) {
	q := core.AuditQuery{Limit: listed}
	reply := Reply{Title: c.say("nav.audit"), Buttons: []Button{c.panelButton("settings", "audit")}}
	if c.args["user"] != "" || c.args["email"] != "" {
		m, err := c.person(ctx)
		if err != nil {
			return Reply{}, err
		}
		q.MemberID = m.ID
		reply.Title = c.say("chat.log.of", locale.Params{"Name": m.User.Name})
	}
	entries, next, err := c.h.svc.Audit(ctx, c.actor, q)
	if err != nil {
		return Reply{}, err
	}
	for _, e := range entries {
		reply.Items = append(reply.Items, c.logItem(e))
	}
	if len(entries) == 0 {
		reply.Text = []Text{c.say("chat.log.none")}
	}
	if next > 0 {
		reply.Note = c.say("chat.log.more", locale.Params{"Shown": len(entries)})
	}
	return reply, nil
}

func (c *call) logItem(e core.AuditEntry) Item {
	return Item{
		Title: clipped(auditline.Sentence(c.Printer, e), 200),
		Text: join(c.at(e.At), c.say("door."+string(e.Door)), clipped(auditline.As(c.Printer, e), 120),
			clipped(auditline.Target(e), 100), clipped(auditline.Reason(c.Printer, e), 200)),
	}
}

// runSettings shows the settings that decide when a timer counts as forgotten.
func runSettings(ctx context.Context, c *call) (Reply, error) {
	all, err := c.h.svc.Settings(ctx, c.actor)
	if err != nil {
		return Reply{}, err
	}
	ws := all.Workspace
	return Reply{
		Title: c.say("nav.workspace_settings"),
		Facts: []Fact{
			{c.say("word.workspace"), clipped(ws.Name, 100)},
			{c.say("word.plan"), c.say("plan." + string(ws.Plan))},
			{c.say("word.time_zone"), clipped(ws.TimeZone, 100)},
			{c.say("word.language"), c.say("language." + ws.Language)},
			{c.say("chat.settings.after"), c.own(ws.ForgottenAfter, all.Defaults.After)},
			{c.say("chat.settings.auto_stop"), c.own(ws.AutoStopAfter, all.Defaults.AutoStopAfter)},
			{c.say("chat.settings.quiet"), c.quiet(ws.QuietHours, all.Defaults.QuietHours)},
			{c.say("chat.settings.reminders"), c.reminders(all.Defaults)},
			{c.say("chat.settings.ask"), c.onOff(all.Defaults.AskMember)},
			{c.say("chat.settings.digest"), c.digestOver(all.Defaults)},
		},
		Buttons: []Button{c.panelButton("settings", "forgotten")},
	}, nil
}

// own writes a time of the workspace, or the installation's; nothing and less than nothing is "off".
func (c *call) own(own, standard time.Duration) Text {
	d := own
	if d == 0 {
		d = standard
	}
	text := c.say("off")
	if d > 0 {
		text = Text(c.Duration(d))
	}
	if own == 0 {
		text = join(text, c.say("chat.settings.standard"))
	}
	return text
}

func (c *call) quiet(own, standard string) Text {
	hours := own
	if hours == "" {
		hours = standard
	}
	text := clipped(hours, 20)
	if hours == "" || hours == "off" {
		text = c.say("off")
	}
	if own == "" {
		text = join(text, c.say("chat.settings.standard"))
	}
	return text
}

// reminders, onOff and digestOver write settings that only the installation has.
func (c *call) reminders(d core.ForgottenDefaults) Text {
	if d.Reminders <= 0 || d.RemindEvery <= 0 {
		return c.say("off")
	}
	return c.say("chat.settings.remind", locale.Params{"Count": d.Reminders, "Every": Text(c.Duration(d.RemindEvery))})
}

func (c *call) onOff(on bool) Text {
	if on {
		return c.say("on")
	}
	return c.say("off")
}

func (c *call) digestOver(d core.ForgottenDefaults) Text {
	if d.DigestOver <= 0 {
		return c.say("off")
	}
	return c.say("chat.settings.digest_over", locale.Params{"Count": d.DigestOver})
}
