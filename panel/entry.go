package panel

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// newEntryForm asks for a finished entry.
func (p *Panel) newEntryForm(v *visit) error {
	o := v.origin(fromMyTime, v.r.URL.Query().Get("week"))
	// The last whole hour is as good a guess as any, on the day that is looked at.
	end := v.now.In(v.words.Zone()).Truncate(15 * time.Minute)
	if monday := v.monday(o.view); o.view != "" && monday.AddDate(0, 0, 7).Before(end) {
		end = monday.Add(10 * time.Hour)
	}
	d, err := v.entryDialog(core.TimeEntry{Start: end.Add(-time.Hour), End: end}, o)
	if err != nil {
		return err
	}
	return v.showEntry(http.StatusOK, d)
}

// createEntry adds a finished entry.
func (p *Panel) createEntry(v *visit) error {
	o := v.origin(fromMyTime, v.value("view"))
	n := core.NewEntry{
		Description: v.value("description"), ProjectID: core.ID(v.value("project")), TagIDs: v.chosenTags(), Billable: v.value("billable") != "",
	}
	var entry core.TimeEntry
	var err error
	if n.Start, err = v.when("start", v.value("start")); err == nil {
		n.End, err = v.when("end", v.value("end"))
	}
	if err == nil {
		entry, err = p.svc.CreateEntry(v.r.Context(), v.actor, n)
	}
	switch core.ErrorCode(err) {
	case "":
		return v.done("created", entry, o)
	case core.CodeInvalid:
	default:
		return err
	}
	d, again := v.entryDialog(core.TimeEntry{End: v.now}, o)
	if again != nil {
		return again
	}
	return v.entryAgain(http.StatusUnprocessableEntity, d, err)
}

// editForm asks for everything about an entry.
func (p *Panel) editForm(v *visit) error {
	o := v.origin(fromMyTime, v.r.URL.Query().Get("week"))
	entry, err := p.svc.Entry(v.r.Context(), v.actor, v.id("id"))
	if err != nil {
		return err
	}
	d, err := v.entryDialog(entry, o)
	if err != nil {
		return err
	}
	return v.showEntry(http.StatusOK, d)
}

// edit changes an entry. When somebody else changed it meanwhile, nothing is saved: the form comes back with what was
// typed and with what the entry is by now, and saving again is then meant.
func (p *Panel) edit(v *visit) error {
	o := v.origin(fromMyTime, v.value("view"))
	before, err := p.svc.Entry(v.r.Context(), v.actor, v.id("id"))
	if err != nil {
		return err
	}
	if version, _ := strconv.Atoi(v.value("version")); version > 0 && version != before.Version {
		// Core refuses it as well; asked first, since a form for what was true before need not fit what is.
		return v.entryChanged(before, &core.Error{Code: core.CodeConflict, Message: "error.entry_changed"}, o)
	}
	change, err := v.entryChange(before)
	entry := before
	if err == nil {
		project, tags, billable := core.ID(v.value("project")), v.chosenTags(), v.value("billable") != ""
		if !sameIDs(tags, before.TagIDs) {
			change.TagIDs = &tags
		}
		change.ProjectID, change.Billable = &project, &billable
		entry, err = p.svc.CorrectEntry(v.r.Context(), v.actor, change)
	}
	switch core.ErrorCode(err) {
	case "":
		return v.done("corrected", entry, o)
	case core.CodeInvalid:
		d, again := v.entryDialog(before, o)
		if again != nil {
			return again
		}
		// The version that was looked at stays, or a change by somebody else would be lost.
		d.Hidden = append(o.fields(), templates.Field{Name: "version", Value: v.value("version")})
		return v.entryAgain(http.StatusUnprocessableEntity, d, err)
	case core.CodeConflict:
		if now := core.AsError(err).Entry; now != nil {
			return v.entryChanged(*now, err, o)
		}
	}
	return err
}

// sameIDs compares without regard to order: a form lists tags by name.
func sameIDs(a, b []core.ID) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// entryChanged shows the form again after a change by somebody else.
func (v *visit) entryChanged(now core.TimeEntry, cause error, o origin) error {
	d, err := v.entryDialog(now, o)
	if err != nil {
		return err
	}
	known, err := v.references()
	if err != nil {
		return err
	}
	span := v.t("member.entry.running_since", locale.Params{"Start": now.Start})
	if !now.Running() {
		span = v.words.DayTime(now.Start, v.now) + " – " + v.words.DayTime(now.End, v.now)
	}
	d.Now = v.t("member.entry.now", locale.Params{"Description": v.about(known, now).Description, "Span": span})
	end := d.End
	if err := v.keepTyped(&d); err != nil {
		return err
	}
	if d.End == "" {
		d.End = end // it has stopped meanwhile
	}
	d.Error = v.sentence(cause)
	return v.showEntry(http.StatusConflict, d)
}

// entryAgain shows the form with what was typed and what is wrong with it.
func (v *visit) entryAgain(status int, d templates.Entry, cause error) error {
	if err := v.keepTyped(&d); err != nil {
		return err
	}
	d.Error, d.BadField = v.sentence(cause), core.AsError(cause).Field
	return v.showEntry(status, d)
}

func (v *visit) keepTyped(d *templates.Entry) (err error) {
	d.Start, d.End, d.Reason = v.value("start"), v.value("end"), v.value("reason")
	d.Work, err = v.typedWork()
	return err
}

// entryDialog is the form for an entry; one without an id is a new one.
func (v *visit) entryDialog(e core.TimeEntry, o origin) (templates.Entry, error) {
	known, err := v.references()
	if err != nil {
		return templates.Entry{}, err
	}
	zone := v.words.Zone()
	d := templates.Entry{
		Dialog: templates.Dialog{
			Words: v.text(), Heading: v.t("member.entry.add"), Action: v.path("/entries/new"), Return: "add-entry",
			Hidden: o.fields(), BackURL: v.originURL(o), IsPage: !v.fragment(),
		},
		Work: v.work(known, e), Start: e.Start.In(zone).Format(formTime), Max: v.now.In(zone).Format(formTime),
		Zone: v.t("panel.zone", locale.Params{"Zone": zone.String()}), New: e.ID == "", DescriptionMaximum: longestDescription,
	}
	if e.ID != "" {
		d.Heading, d.Action = v.t("member.entry.edit"), v.path("/entries/"+string(e.ID)+"/edit")
		d.Return, d.EndOptional = "edit-"+string(e.ID), e.Running()
		d.Hidden = append(d.Hidden, templates.Field{Name: "version", Value: number(e.Version)})
		d.AskReason = v.actor.Impersonating() || e.MemberID != v.me.Self.ID
		if e.Running() {
			d.Heading = v.t("member.entry.edit_running")
		}
	}
	if !e.End.IsZero() {
		d.End = e.End.In(zone).Format(formTime)
	}
	return d, nil
}

func (v *visit) showEntry(code int, d templates.Entry) error {
	if v.fragment() {
		return show(v, code, v.p.views.EntryDialog, d)
	}
	layout, err := v.shell(d.Heading, "/")
	if err != nil {
		return err
	}
	return show(v, code, v.p.views.Entry, templates.EntryPage{Layout: layout, Dialog: d})
}

// deleteEntry hides an entry; for ten minutes it can be brought back.
func (p *Panel) deleteEntry(v *visit) error {
	entry, err := p.svc.DeleteEntry(v.r.Context(), v.actor, v.id("id"))
	if err != nil {
		return err
	}
	return v.done("deleted", entry, v.origin(fromMyTime, v.value("view")))
}

// restoreEntry brings back what was deleted minutes ago.
func (p *Panel) restoreEntry(v *visit) error {
	entry, err := p.svc.RestoreEntry(v.r.Context(), v.actor, v.id("id"))
	if err != nil {
		return err
	}
	return v.done("restored", entry, v.origin(fromMyTime, v.value("view")))
}

// continueEntry starts a timer for the same work.
func (p *Panel) continueEntry(v *visit) error {
	before, err := p.svc.Entry(v.r.Context(), v.actor, v.id("id"))
	if err != nil {
		return err
	}
	if _, err = p.svc.StartTimer(v.r.Context(), v.actor, core.NewEntry{
		Description: before.Description, ProjectID: before.ProjectID, TagIDs: before.TagIDs, Billable: before.Billable,
	}); err != nil {
		return err
	}
	return v.started(v.origin(fromMyTime, v.value("view")))
}
