package panel

import (
	"net/http"
	"strconv"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// formTime is how a browser's datetime-local field writes a time.
const formTime = "2006-01-02T15:04"

// stopForm asks an owner how a member's timer is to be stopped.
func (p *Panel) stopForm(v *visit) error {
	o := v.asked()
	acc, err := p.svc.Account(v.r.Context(), v.actor, v.id("member"))
	if err != nil {
		return err
	}
	if acc.Timer == nil {
		return v.trouble(http.StatusConflict, v.t("panel.stop.none", locale.Params{"Name": acc.Name}), acc.MemberID, nil, o)
	}
	entry, err := p.svc.Entry(v.r.Context(), v.actor, acc.Timer.EntryID)
	if err != nil {
		return err
	}
	dialog, err := v.stopDialog(acc, entry, o)
	if err != nil {
		return err
	}
	return v.showStop(http.StatusOK, dialog)
}

func (v *visit) stopDialog(acc core.Account, e core.TimeEntry, o origin) (templates.Stop, error) {
	proposals, err := v.p.svc.EndProposals(v.r.Context(), v.actor, e.ID)
	if err != nil {
		return templates.Stop{}, err
	}
	zone := v.words.Zone()
	d := templates.Stop{
		Dialog: templates.Dialog{
			Words: v.text(), Heading: v.t("panel.stop.title"), Action: v.path("/entries/" + string(e.ID) + "/stop"),
			Return: o.opener(acc.MemberID), BackURL: v.originURL(o), IsPage: !v.fragment(),
			Hidden: append(o.fields(), templates.Field{Name: "version", Value: number(e.Version)}),
		},
		Name: acc.Name, Mark: initials(acc.Name, 2), Tint: tint(acc.UserID), Email: acc.Email,
		Description: e.Description, Since: v.moment(e.Start, v.words.DayTime(e.Start, v.now)), Unix: e.Start.Unix(),
		Clock: v.words.Clock(e.Duration(v.now)), Flagged: e.Flagged,
		Choices: []templates.EndChoice{{ID: "end-now", Value: "now", Text: v.t("panel.stop.now"), Why: v.words.DateTime(v.now), Checked: true}},
		OwnTime: v.now.In(zone).Format(formTime), Zone: v.t("panel.zone", locale.Params{"Zone": zone.String()}), Notify: true,
		NotifyLabel: v.t("panel.stop.notify", locale.Params{"Name": firstName(acc.Name)}),
	}
	if d.Description == "" {
		d.Description = v.t("no_description")
	}
	for i, proposal := range proposals {
		at := v.words.DayTime(proposal.End, v.now)
		d.Choices = append(d.Choices, templates.EndChoice{
			ID: "end-" + strconv.Itoa(i+1), Value: proposal.End.UTC().Format(time.RFC3339), Text: at,
			Why: v.why(proposal, at),
		})
		if i == 0 {
			d.OwnTime = proposal.End.In(zone).Format(formTime)
		}
	}
	return d, nil
}

// why says on what a proposed end rests; at is the end as it is shown.
func (v *visit) why(p core.EndProposal, at string) string {
	return v.t("why."+string(p.Why), locale.Params{"Time": at, "Weekday": v.words.Weekday(p.End.In(v.words.Zone()).Weekday())})
}

func (v *visit) showStop(code int, d templates.Stop) error {
	if v.fragment() {
		return show(v, code, v.p.views.StopDialog, d)
	}
	layout, err := v.shell(d.Heading, accountsPath)
	if err != nil {
		return err
	}
	return show(v, code, v.p.views.Stop, templates.StopPage{Layout: layout, Dialog: d})
}

// stopTimer stops a running entry: from the dialog of the Accounts tab, or one's own on My time.
func (p *Panel) stopTimer(v *visit) error {
	o := v.asked()
	id := v.id("id")
	end, err := v.chosenEnd()
	var entry core.TimeEntry
	if err == nil {
		version, _ := strconv.Atoi(v.value("version")) // without one, whatever is there is meant
		entry, err = p.svc.StopTimer(v.r.Context(), v.actor, core.StopTimer{
			EntryID: id, End: end, Version: max(0, version), Reason: v.value("reason"), Notify: v.value("notify") != "",
		})
	}
	switch core.ErrorCode(err) {
	case "":
		return v.done("stopped", entry, o)
	case core.CodeInvalid:
		if o.mine {
			return err
		}
		return v.stopAgain(id, err, o)
	case core.CodeConflict:
		return v.entryConflict(err, o)
	}
	return err
}

// chosenEnd reads the end a form chose: zero means now.
func (v *visit) chosenEnd() (time.Time, error) {
	switch choice := v.value("end"); choice {
	case "", "now":
		return time.Time{}, nil
	case "own":
		return v.when("end", v.value("end_at"))
	default:
		return v.when("end", choice)
	}
}

// when reads a time as a browser's field or a person writes it, in the reader's zone.
func (v *visit) when(field, text string) (time.Time, error) {
	t, err := locale.ParseWhen(text, v.now, v.words.Zone())
	if err != nil {
		return t, &core.Error{Code: core.CodeInvalid, Message: "panel.error.when", Field: field}
	}
	return t, nil
}

// stopAgain shows the dialog with what was typed and what is wrong with it.
func (v *visit) stopAgain(id core.ID, cause error, o origin) error {
	entry, err := v.p.svc.Entry(v.r.Context(), v.actor, id)
	if err != nil {
		return err
	}
	acc, err := v.p.svc.Account(v.r.Context(), v.actor, entry.MemberID)
	if err != nil {
		return err
	}
	d, err := v.stopDialog(acc, entry, o)
	if err != nil {
		return err
	}
	d.Error, d.BadField = v.sentence(cause), core.AsError(cause).Field
	d.Reason, d.Notify = v.value("reason"), v.value("notify") != ""
	for i := range d.Choices {
		d.Choices[i].Checked = d.Choices[i].Value == v.value("end")
	}
	if v.value("end") == "own" {
		d.Own, d.OwnTime = true, v.value("end_at")
	}
	return v.showStop(http.StatusUnprocessableEntity, d)
}

// entryConflict says what is true instead of what the form was made for. Nothing was changed.
func (v *visit) entryConflict(cause error, o origin) error {
	e := core.AsError(cause)
	if o.mine || e.Entry == nil {
		return cause
	}
	var links []templates.Link
	if acc, err := v.p.svc.Account(v.r.Context(), v.actor, e.Entry.MemberID); err == nil && acc.Timer != nil {
		links = append(links, templates.Link{
			Text: v.t("panel.stop.running_one"), URL: o.on(v.path("/accounts/" + string(acc.MemberID) + "/stop")),
		})
	}
	return v.trouble(http.StatusConflict, v.sentence(cause), e.Entry.MemberID, links, o)
}

// trouble shows a refusal in the place of the dialog, or as a page.
func (v *visit) trouble(code int, text string, member core.ID, links []templates.Link, o origin) error {
	d := templates.Trouble{
		Dialog: templates.Dialog{
			Words: v.text(), Heading: v.t("panel.nothing_changed"), BackURL: v.originURL(o),
			Return: o.opener(member), IsPage: !v.fragment(),
		},
		Text: text, Links: links,
	}
	if v.fragment() {
		v.w.Header().Set("HX-Retarget", "#dialog-slot")
		v.w.Header().Set("HX-Reswap", "innerHTML")
		var a answer
		put(&a, v.p.views.TroubleDialog, d)
		if acc, err := v.p.svc.Account(v.r.Context(), v.actor, member); err == nil {
			v.refreshOrigin(&a, acc, o)
		}
		return v.send(code, &a)
	}
	layout, err := v.shell(d.Heading, accountsPath)
	if err != nil {
		return err
	}
	return show(v, code, v.p.views.Trouble, templates.TroublePage{Layout: layout, Dialog: d})
}

// undoStop revives an entry that was stopped minutes ago.
func (p *Panel) undoStop(v *visit) error {
	o := v.asked()
	entry, err := p.svc.UndoStop(v.r.Context(), v.actor, v.id("id"))
	if err != nil {
		return err
	}
	return v.done("undone", entry, o)
}
