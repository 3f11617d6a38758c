package panel

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// entriesOfWeek is how many entries of a week My time shows.
const entriesOfWeek = 500

func (p *Panel) toMyTime(v *visit) error { return v.redirect(v.path("/")) }

// myTime shows the reader's own timer and the entries of a week.
func (p *Panel) myTime(v *visit) error {
	week := v.r.URL.Query().Get("week")
	if week != "" && weekOf(week) == "" {
		return &core.Error{Code: core.CodeInvalid, Message: "member.error.week"}
	}
	region, err := v.myTimeRegion(week)
	if err != nil {
		return err
	}
	if v.fragment() {
		return show(v, http.StatusOK, p.views.MyTimeRegion, region)
	}
	return v.myTimePage(http.StatusOK, region)
}

func (v *visit) myTimePage(status int, region templates.MyTime) error {
	layout, err := v.shell(v.t("nav.my_time"), "/")
	if err != nil {
		return err
	}
	layout.Toasts = append(layout.Toasts, v.flashes(origin{mine: true, view: region.View})...)
	return show(v, status, v.p.views.MyTime, templates.MyTimePage{Layout: layout, Region: region})
}

// startTimer starts the reader's timer.
func (p *Panel) startTimer(v *visit) error {
	o := v.origin(fromMyTime, v.value("view"))
	_, err := p.svc.StartTimer(v.r.Context(), v.actor, core.NewEntry{
		Description: v.value("description"), ProjectID: core.ID(v.value("project")), TagIDs: v.chosenTags(), Billable: v.value("billable") != "",
	})
	if core.ErrorCode(err) != core.CodeInvalid {
		if err != nil {
			return err
		}
		return v.started(o)
	}
	region, again := v.myTimeRegion(o.view)
	if again != nil {
		return again
	}
	region.Error, region.BadField = v.sentence(err), core.AsError(err).Field
	if region.Work, again = v.typedWork(); again != nil {
		return again
	}
	if v.fragment() {
		return show(v, http.StatusUnprocessableEntity, p.views.MyTimeRegion, region)
	}
	return v.myTimePage(http.StatusUnprocessableEntity, region)
}

// started answers with the page on which the timer now runs.
func (v *visit) started(o origin) error {
	if !v.fragment() {
		return v.redirect(v.originURL(o))
	}
	region, err := v.myTimeRegion(o.view)
	if err != nil {
		return err
	}
	return show(v, http.StatusOK, v.p.views.MyTimeRegion, region)
}

// myTimeRegion is the page's content for a week as the address names it; "" is the present one.
func (v *visit) myTimeRegion(week string) (templates.MyTime, error) {
	o := origin{mine: true, view: week}
	monday := v.monday(week)
	region := templates.MyTime{
		Words: v.text(), PageURL: v.originURL(o), StartURL: v.path("/timer/start"), View: week,
		AddURL: v.withWeek(v.path("/entries/new"), week), Week: v.week(monday),
	}
	known, err := v.references()
	if err != nil {
		return region, err
	}
	running, err := v.p.svc.RunningEntry(v.r.Context(), v.actor, "")
	switch core.ErrorCode(err) {
	case "":
		region.Timer = v.ownTimer(running, known, o)
	case core.CodeNotFound:
		region.Work = v.work(known, core.TimeEntry{})
	default:
		return region, err
	}
	finished := false
	entries, err := v.p.svc.Entries(v.r.Context(), v.actor, core.EntryQuery{
		From: monday, To: monday.AddDate(0, 0, 7), Running: &finished, Limit: entriesOfWeek + 1,
	})
	if err != nil {
		return region, err
	}
	if len(entries) > entriesOfWeek {
		entries, region.More = entries[:entriesOfWeek], true
	}
	var day *templates.Day
	var dayOf string
	var ofDay, ofWeek time.Duration
	for _, e := range entries {
		key := e.Start.In(v.words.Zone()).Format(time.DateOnly)
		if day == nil || key != dayOf {
			region.Days = append(region.Days, templates.Day{Title: v.dayTitle(e.Start)})
			day, dayOf, ofDay = &region.Days[len(region.Days)-1], key, 0
		}
		ofDay += e.Duration(v.now)
		ofWeek += e.Duration(v.now)
		day.Total = v.hours(ofDay)
		day.Entries = append(day.Entries, v.ownEntry(e, known, o))
	}
	region.Week.Total = v.hours(ofWeek)
	if len(entries) == 0 && region.Week.Present == "" {
		before, err := v.p.svc.Entries(v.r.Context(), v.actor, core.EntryQuery{To: monday, Running: &finished, Limit: 1})
		if err != nil {
			return region, err
		}
		if len(before) > 0 {
			region.Week.None, region.Week.Last = v.t("member.week.none"), region.Week.Previous
		} else {
			region.Week.None = v.t("panel.time.none")
		}
	}
	return region, nil
}

// elsewhere is the week an entry is in, for who looks at another one; "" for the one that is looked at.
func (v *visit) elsewhere(e core.TimeEntry, o origin) string {
	monday := startOfWeek(e.Start.In(v.words.Zone()))
	if !o.mine || e.MemberID != v.me.Self.ID || monday.Equal(v.monday(o.view)) {
		return ""
	}
	return v.weekURL(monday)
}

// hours is a sum of working time: "12.75 h", in German with a comma.
func (v *visit) hours(d time.Duration) string {
	return v.t("member.hours", locale.Params{"Hours": v.words.Hours(d)})
}

func (v *visit) ownTimer(e core.TimeEntry, known references, o origin) *templates.OwnTimer {
	return &templates.OwnTimer{
		About: v.about(known, e), ID: string(e.ID), Version: number(e.Version), Since: v.moment(e.Start, v.words.DayTime(e.Start, v.now)),
		Unix: e.Start.Unix(), Clock: v.words.Clock(e.Duration(v.now)), Flagged: e.Flagged,
		StopURL: v.path("/entries/" + string(e.ID) + "/stop"), EditURL: v.correctURL(e.ID, o),
	}
}

func (v *visit) ownEntry(e core.TimeEntry, known references, o origin) templates.OwnEntry {
	at := v.path("/entries/" + string(e.ID))
	row := templates.OwnEntry{
		About: v.about(known, e), ID: string(e.ID), Span: v.span(e), Duration: v.words.Clock(e.Duration(v.now)),
		EditURL: v.correctURL(e.ID, o), DeleteURL: at + "/delete", ContinueURL: at + "/continue", Automatic: e.Automatic,
	}
	which := locale.Params{"Description": row.Description, "Span": row.Span}
	row.EditLabel = v.t("panel.time.edit_label", which)
	row.DeleteLabel, row.Continue = v.t("member.entry.delete_label", which), v.t("member.entry.continue_label", which)
	if e.Incomplete {
		row.Incomplete = v.t("incomplete")
		if field, lacks := v.me.Workspace.Require.Missing(e); lacks {
			row.Incomplete = v.t("member.incomplete." + field)
		}
	}
	if e.StoppedName != "" && e.StoppedBy != v.me.Self.User.ID && !e.Automatic {
		row.StoppedBy = v.t("panel.time.stopped_by", locale.Params{"By": e.StoppedName, "At": v.words.DayTime(e.StoppedAt, v.now)})
	}
	return row
}

// span is from when to when a finished entry went.
func (v *visit) span(e core.TimeEntry) string {
	end := v.words.Time(e.End)
	if v.words.Date(e.Start) != v.words.Date(e.End) {
		end = v.words.DateTime(e.End)
	}
	return v.words.Time(e.Start) + " – " + end
}

// dayTitle names a day: "today", "yesterday", else weekday and date.
func (v *visit) dayTitle(t time.Time) string {
	date := v.words.Date(t)
	switch date {
	case v.words.Date(v.now):
		return v.t("panel.time.today", locale.Params{"Date": date})
	case v.words.Date(v.now.In(v.words.Zone()).AddDate(0, 0, -1)):
		return v.t("panel.time.yesterday", locale.Params{"Date": date})
	}
	return v.words.Weekday(t.In(v.words.Zone()).Weekday()) + ", " + date
}

// moment is a point in time with the text a person reads, and the exact time on hover.
func (v *visit) moment(t time.Time, text string) templates.Moment {
	return templates.Moment{Text: text, ISO: t.UTC().Format(time.RFC3339), Exact: v.words.DateTime(t)}
}

var weekForm = regexp.MustCompile(`^(\d{4})-W(\d{2})$`)

// weekOf returns the text if it names a week that the calendar has, such as 2026-W47; else "".
func weekOf(text string) string {
	if _, ok := mondayOf(text, time.UTC); ok {
		return text
	}
	return ""
}

// mondayOf is the midnight with which a week begins in a zone.
func mondayOf(text string, zone *time.Location) (time.Time, bool) {
	m := weekForm.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, false
	}
	year, _ := strconv.Atoi(m[1]) // digits, as the form says
	week, _ := strconv.Atoi(m[2])
	if year < 1970 {
		return time.Time{}, false
	}
	// The fourth of January is always in week 1.
	monday := startOfWeek(time.Date(year, time.January, 4, 0, 0, 0, 0, zone)).AddDate(0, 0, 7*(week-1))
	gotYear, gotWeek := monday.ISOWeek()
	return monday, gotYear == year && gotWeek == week
}

func startOfWeek(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day-(int(t.Weekday())+6)%7, 0, 0, 0, 0, t.Location())
}

// monday is when the week an address names begins for the reader; without one, the present week.
func (v *visit) monday(week string) time.Time {
	if monday, ok := mondayOf(week, v.words.Zone()); ok {
		return monday
	}
	return startOfWeek(v.now.In(v.words.Zone()))
}

func (v *visit) week(monday time.Time) templates.Week {
	present := startOfWeek(v.now.In(v.words.Zone()))
	_, n := monday.ISOWeek()
	w := templates.Week{
		Title: v.t("member.week.number", locale.Params{"Week": n}), Range: v.words.Date(monday) + " – " + v.words.Date(monday.AddDate(0, 0, 6)),
		Previous: v.weekURL(monday.AddDate(0, 0, -7)), None: v.t("member.week.none"),
	}
	if monday.Before(present) {
		w.Next = v.weekURL(monday.AddDate(0, 0, 7))
	}
	switch {
	case monday.Equal(present):
		w.Title = v.t("member.week.this")
	case monday.Equal(present.AddDate(0, 0, -7)):
		w.Title = v.t("member.week.last")
	}
	if !monday.Equal(present) {
		w.Present = v.path("/")
	}
	return w
}

// weekURL is the address of the week that begins on a Monday.
func (v *visit) weekURL(monday time.Time) string {
	if monday.Equal(startOfWeek(v.now.In(v.words.Zone()))) {
		return v.path("/")
	}
	year, week := monday.ISOWeek()
	return v.withWeek(v.path("/"), fmt.Sprintf("%04d-W%02d", year, week))
}

// withWeek adds the week to an address, unless it is the present one.
func (v *visit) withWeek(address, week string) string {
	if week == "" {
		return address
	}
	return with(address, "week", week)
}
