package panel

import (
	"net/http"
	"strconv"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// longestDescription is what core accepts.
const longestDescription = 3000

// correctForm asks for start, end and description of an entry.
func (p *Panel) correctForm(v *visit) error {
	o := v.asked()
	entry, err := p.svc.Entry(v.r.Context(), v.actor, v.id("id"))
	if err != nil {
		return err
	}
	dialog, err := v.correctDialog(entry, o)
	if err != nil {
		return err
	}
	return v.showCorrect(http.StatusOK, dialog, o)
}

func (v *visit) correctDialog(e core.TimeEntry, o origin) (templates.Correct, error) {
	name, err := v.nameOf(e.MemberID)
	if err != nil {
		return templates.Correct{}, err
	}
	zone := v.words.Zone()
	d := templates.Correct{
		Dialog: templates.Dialog{
			Words: v.text(), Heading: v.t("panel.correct.title"), Action: v.path("/entries/" + string(e.ID) + "/correct"),
			Return: o.opener(e.MemberID), BackURL: v.originURL(o), IsPage: !v.fragment(),
			Hidden: append(o.fields(), templates.Field{Name: "version", Value: number(e.Version)}),
		},
		Name: name, Start: e.Start.In(zone).Format(formTime), Max: v.now.In(zone).Format(formTime), EndOptional: e.Running(),
		Description: e.Description, Zone: v.t("panel.zone", locale.Params{"Zone": zone.String()}),
		Others: e.MemberID != v.me.Self.ID, DescriptionMaximum: longestDescription,
	}
	if o.mine {
		d.Return = "correct-" + string(e.ID)
	}
	if !e.Running() {
		d.End = e.End.In(zone).Format(formTime)
	}
	if d.Others {
		d.Heading = v.t("panel.correct.title_of", locale.Params{"Name": name})
	}
	return d, nil
}

func (v *visit) showCorrect(code int, d templates.Correct, o origin) error {
	if v.fragment() {
		return show(v, code, v.p.views.CorrectDialog, d)
	}
	current := accountsPath
	if o.mine {
		current = "/"
	}
	layout, err := v.shell(d.Heading, current)
	if err != nil {
		return err
	}
	return show(v, code, v.p.views.Correct, templates.CorrectPage{Layout: layout, Dialog: d})
}

// correct changes an entry; before and after are kept in the audit log and in the member's inbox.
func (p *Panel) correct(v *visit) error {
	o := v.asked()
	before, err := p.svc.Entry(v.r.Context(), v.actor, v.id("id"))
	if err != nil {
		return err
	}
	change, err := v.entryChange(before)
	entry := before
	if err == nil {
		entry, err = p.svc.CorrectEntry(v.r.Context(), v.actor, change)
	}
	switch core.ErrorCode(err) {
	case "":
		return v.done("corrected", entry, o)
	case core.CodeConflict:
		return v.entryConflict(err, o)
	case core.CodeInvalid:
	default:
		return err
	}
	d, again := v.correctDialog(before, o)
	if again != nil {
		return again
	}
	d.Error, d.BadField = v.sentence(err), core.AsError(err).Field
	d.Start, d.End, d.Description, d.Reason = v.value("start"), v.value("end"), v.value("description"), v.value("reason")
	// The version that was looked at stays, or a change by somebody else would be lost.
	d.Hidden = append(o.fields(), templates.Field{Name: "version", Value: v.value("version")})
	return v.showCorrect(http.StatusUnprocessableEntity, d, o)
}

// entryChange reads the form. A field that shows the same minute as before is left alone, seconds included.
func (v *visit) entryChange(before core.TimeEntry) (core.EntryChange, error) {
	version, err := strconv.Atoi(v.value("version"))
	if err != nil || version < 1 {
		return core.EntryChange{}, &core.Error{Code: core.CodeInvalid, Message: "panel.error.form"}
	}
	description := v.value("description")
	c := core.EntryChange{EntryID: before.ID, Version: version, Description: &description, Reason: v.value("reason")}
	read := func(field string, was time.Time) (*time.Time, error) {
		text := v.value(field)
		if !was.IsZero() && text == was.In(v.words.Zone()).Format(formTime) {
			return nil, nil
		}
		t, err := v.when(field, text)
		if err != nil {
			return nil, err
		}
		return &t, nil
	}
	if c.Start, err = read("start", before.Start); err != nil {
		return c, err
	}
	if v.value("end") == "" && before.Running() {
		return c, nil
	}
	c.End, err = read("end", before.End)
	return c, err
}
