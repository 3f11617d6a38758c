package panel

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

const bulkPath = "/accounts/stop"

// bulkForm asks whether the timers of the chosen accounts shall be stopped, and names each.
func (p *Panel) bulkForm(v *visit) error {
	q := v.r.URL.Query()
	return v.askBulk(http.StatusOK, q["member"], v.origin("", q.Get("view")), nil)
}

// chosen reads the accounts of a selection, each once, in the order they were given.
func (v *visit) chosen(ids []string) ([]core.Account, error) {
	var list []core.Account
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			continue
		}
		acc, err := v.p.svc.Account(v.r.Context(), v.actor, core.ID(id))
		if err != nil {
			return nil, err
		}
		list = append(list, acc)
	}
	return list, nil
}

// askBulk shows the question, with what was typed and what is wrong with it when there is a cause.
func (v *visit) askBulk(code int, ids []string, o origin, cause error) error {
	if len(ids) == 0 || len(ids) > core.MaxBulk {
		if err := v.seesAccounts(); err != nil {
			return err
		}
		wrong := v.t("error.bulk_size", locale.Params{"Max": core.MaxBulk})
		return v.trouble(http.StatusUnprocessableEntity, wrong, "", nil, o)
	}
	accounts, err := v.chosen(ids)
	if err != nil {
		return err
	}
	d := templates.BulkStop{Dialog: v.bulkDialog(o), Notify: true}
	d.Action, d.Hidden = v.path(bulkPath), o.fields()
	for _, acc := range accounts {
		if acc.Timer == nil {
			d.Names = append(d.Names, acc.Name)
			d.Hidden = append(d.Hidden, templates.Field{Name: "idle", Value: string(acc.MemberID)})
			continue
		}
		d.Timers = append(d.Timers, v.bulkTimer(acc))
		d.Hidden = append(d.Hidden, templates.Field{Name: "member", Value: string(acc.MemberID)},
			templates.Field{Name: "entry-" + string(acc.MemberID), Value: string(acc.Timer.EntryID)})
	}
	if len(d.Names) > 0 {
		d.Idle = v.t("owner.bulk.idle", locale.Params{"Count": len(d.Names)})
	}
	d.Heading = v.t("owner.bulk.title", locale.Params{"Count": len(d.Timers)})
	if len(d.Timers) == 0 {
		d.Heading = v.t("owner.bulk.title_none")
	}
	if cause != nil {
		d.Error, d.BadField = v.sentence(cause), core.AsError(cause).Field
		d.Reason, d.Notify = v.value("reason"), v.value("notify") != ""
	}
	if v.fragment() {
		return show(v, code, v.p.views.BulkDialog, d)
	}
	layout, err := v.shell(d.Heading, accountsPath)
	if err != nil {
		return err
	}
	return show(v, code, v.p.views.BulkStop, templates.BulkStopPage{Layout: layout, Dialog: d})
}

// seesAccounts asks core before an answer that needs nothing from it.
func (v *visit) seesAccounts() error {
	_, err := v.p.svc.Accounts(v.r.Context(), v.actor, core.AccountQuery{Limit: 1})
	return err
}

func (v *visit) bulkDialog(o origin) templates.Dialog {
	return templates.Dialog{Words: v.text(), Return: "bulk-button", BackURL: v.originURL(o), IsPage: !v.fragment()}
}

func (v *visit) bulkTimer(acc core.Account) templates.BulkTimer {
	t := acc.Timer
	b := templates.BulkTimer{
		Name: acc.Name, Mark: initials(acc.Name, 2), Tint: tint(acc.UserID), Description: t.Description, Flagged: t.Flagged,
		Since: v.moment(t.Start, v.words.DayTime(t.Start, v.now)), Unix: t.Start.Unix(), Clock: v.words.Clock(max(0, v.now.Sub(t.Start))),
	}
	if b.Description == "" {
		b.Description, b.NoDescription = v.t("no_description"), true
	}
	return b
}

// bulkStop stops the timers that were confirmed. An account that had none when the question was asked is only
// reported: what started since was not seen by anybody who confirmed.
func (p *Panel) bulkStop(v *visit) error {
	o := v.origin(v.value("from"), v.value("view"))
	members, idle := v.r.PostForm["member"], v.r.PostForm["idle"]
	all := slices.Concat(members, idle)
	if len(members) == 0 {
		return v.askBulk(http.StatusUnprocessableEntity, all, o, nil)
	}
	if len(all) > core.MaxBulk {
		return v.askBulk(http.StatusUnprocessableEntity, all, o, nil)
	}
	accounts, err := v.chosen(all)
	if err != nil {
		return err
	}
	var timers []core.BulkStop
	for _, acc := range accounts {
		if slices.Contains(members, string(acc.MemberID)) {
			timers = append(timers, core.BulkStop{MemberID: acc.MemberID, EntryID: core.ID(v.value("entry-" + string(acc.MemberID)))})
		}
	}
	results, err := p.svc.StopTimers(v.r.Context(), v.actor, timers, v.value("reason"), v.value("notify") != "")
	if core.ErrorCode(err) == core.CodeInvalid {
		return v.askBulk(http.StatusUnprocessableEntity, all, o, err)
	}
	if err != nil && len(results) == 0 {
		return err
	}
	out := outcomes{}
	for i, t := range timers {
		if i >= len(results) { // the store failed in between; what was done before stays
			out.failed = append(out.failed, string(t.MemberID))
			continue
		}
		out.add(results[i])
	}
	for _, id := range idle {
		if !slices.Contains(out.none, id) {
			out.none = append(out.none, id)
		}
	}
	if !v.fragment() {
		return v.redirect(v.path(bulkPath + "/result?" + out.query(o)))
	}
	return v.showOutcomes(out, o)
}

// bulkResult shows what became of a bulk stop: the address carries ids only, so what is shown is what is true now.
func (p *Panel) bulkResult(v *visit) error {
	q := v.r.URL.Query()
	return v.showOutcomes(outcomesOf(q), v.origin("", q.Get("view")))
}

func outcomesOf(q url.Values) outcomes {
	return outcomes{
		stopped: ids(q.Get("done")), already: ids(q.Get("already")), none: ids(q.Get("none")), failed: ids(q.Get("failed")),
	}
}

// outcomes are the ids of a bulk stop: entries that it stopped, entries that were stopped already, members without a
// timer, members whose timer could not be stopped.
type outcomes struct{ stopped, already, none, failed []string }

func (out *outcomes) add(r core.StopResult) {
	e := core.AsError(r.Err)
	switch {
	case r.Err == nil:
		out.stopped = append(out.stopped, string(r.Entry.ID))
	case e != nil && e.Code == core.CodeConflict && e.Entry != nil:
		out.already = append(out.already, string(e.Entry.ID))
	case e != nil && e.Code == core.CodeNotFound:
		out.none = append(out.none, string(r.MemberID))
	default:
		out.failed = append(out.failed, string(r.MemberID))
	}
}

func (out *outcomes) query(o origin) string {
	address := "?"
	for _, part := range []struct {
		name string
		ids  []string
	}{{"done", out.stopped}, {"already", out.already}, {"none", out.none}, {"failed", out.failed}} {
		if len(part.ids) > 0 {
			address = with(address, part.name, strings.Join(part.ids, "."))
		}
	}
	if o.view != "" {
		address = with(address, "view", o.view)
	}
	return strings.TrimPrefix(address, "?")
}

// ids reads a list of ids from an address; more than a bulk act can have are left out.
func ids(text string) []string {
	var list []string
	for id := range strings.SplitSeq(text, ".") {
		if core.ValidID(id) && len(list) < core.MaxBulk {
			list = append(list, id)
		}
	}
	return list
}

func (v *visit) showOutcomes(out outcomes, o origin) error {
	d := templates.BulkResult{Dialog: v.bulkDialog(o)}
	// In the dialog a line changes in its place; the page is shown anew.
	at := o
	if d.IsPage {
		at = origin{place: fromStopped, view: out.query(o)}
	}
	var touched []core.Account
	for _, group := range []struct {
		ids  []string
		show func(string, origin) (templates.BulkOutcome, core.Account, error)
	}{
		{out.stopped, v.stoppedOutcome},
		{out.already, v.alreadyOutcome},
		{out.none, v.memberOutcome("quiet", "owner.bulk.row_none")},
		{out.failed, v.memberOutcome("bad", "owner.bulk.row_failed")},
	} {
		for _, id := range group.ids {
			row, acc, err := group.show(id, at)
			if err != nil {
				return err
			}
			d.Rows, touched = append(d.Rows, row), append(touched, acc)
		}
	}
	if len(d.Rows) == 0 {
		if err := v.seesAccounts(); err != nil {
			return err
		}
		return &core.Error{Code: core.CodeNotFound, Message: "panel.error.not_found"}
	}
	d.Heading = v.t("owner.bulk.result")
	if len(out.stopped) == 0 {
		d.Heading = v.t("owner.bulk.result_none")
	}
	d.Summary = v.bulkSummary(out)
	if v.fragment() {
		var a answer
		put(&a, v.p.views.BulkDone, d)
		v.putRows(&a, o.view, touched...)
		return v.send(http.StatusOK, &a)
	}
	layout, err := v.shell(d.Heading, accountsPath)
	if err != nil {
		return err
	}
	layout.Toasts = append(layout.Toasts, v.flashes(at)...)
	return show(v, http.StatusOK, v.p.views.BulkResult, templates.BulkResultPage{Layout: layout, Dialog: d})
}

// bulkSummary counts the outcomes: "4 stopped, 1 had no timer".
func (v *visit) bulkSummary(out outcomes) string {
	var parts []string
	for _, part := range []struct {
		text  string
		count int
	}{
		{"owner.bulk.stopped", len(out.stopped)},
		{"owner.bulk.already", len(out.already)},
		{"owner.bulk.none", len(out.none)},
		{"owner.bulk.failed", len(out.failed)},
	} {
		if part.count > 0 {
			parts = append(parts, v.t(part.text, locale.Params{"Count": part.count}))
		}
	}
	return strings.Join(parts, ", ")
}

func (v *visit) outcomeOf(member core.ID, kind, text string) (templates.BulkOutcome, core.Account, error) {
	acc, err := v.p.svc.Account(v.r.Context(), v.actor, member)
	return templates.BulkOutcome{Words: v.text(), IsPage: !v.fragment(), Name: acc.Name, Mark: initials(acc.Name, 2), Tint: tint(acc.UserID), Kind: kind, Text: text}, acc, err
}

func (v *visit) memberOutcome(kind, text string) func(string, origin) (templates.BulkOutcome, core.Account, error) {
	return func(id string, _ origin) (templates.BulkOutcome, core.Account, error) {
		return v.outcomeOf(core.ID(id), kind, v.t(text))
	}
}

func (v *visit) stoppedOutcome(id string, o origin) (templates.BulkOutcome, core.Account, error) {
	e, err := v.p.svc.Entry(v.r.Context(), v.actor, core.ID(id))
	if err != nil {
		return templates.BulkOutcome{}, core.Account{}, err
	}
	if e.Running() { // undone meanwhile
		return v.outcomeOf(e.MemberID, "quiet", v.t("running"))
	}
	row, acc, err := v.outcomeOf(e.MemberID, "good", v.t("owner.bulk.row_stopped", locale.Params{
		"End": v.words.DayTime(e.End, v.now), "Duration": e.Duration(v.now),
	}))
	row.ID, row.CorrectURL = string(e.ID), v.correctURL(e.ID, o)
	if e.Undoable(v.now) {
		row.Undo = &templates.ToastUndo{URL: v.path("/entries/" + string(e.ID) + "/undo-stop"), Hidden: o.fields()}
	}
	return row, acc, err
}

// outcomeUndone answers the Undo of a line in the dialog with the line as it is now.
func (v *visit) outcomeUndone(e core.TimeEntry, o origin) error {
	row, acc, err := v.stoppedOutcome(string(e.ID), o)
	if err != nil {
		return err
	}
	row.ID, row.Fresh = string(e.ID), true
	var a answer
	put(&a, v.p.views.BulkOutcome, row)
	v.refreshOrigin(&a, acc, o)
	return v.send(http.StatusOK, &a)
}

func (v *visit) alreadyOutcome(id string, _ origin) (templates.BulkOutcome, core.Account, error) {
	e, err := v.p.svc.Entry(v.r.Context(), v.actor, core.ID(id))
	if err != nil {
		return templates.BulkOutcome{}, core.Account{}, err
	}
	return v.outcomeOf(e.MemberID, "quiet", v.t("owner.bulk.row_already", locale.Params{
		"By": e.StoppedName, "At": v.words.DayTime(e.StoppedAt, v.now),
	}))
}
