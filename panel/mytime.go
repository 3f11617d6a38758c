package panel

import (
	"net/http"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// recentEntries is how many entries My time shows.
const recentEntries = 60

func (p *Panel) toMyTime(v *visit) error { return v.redirect(v.path("/")) }

// myTime shows the reader's own timer and entries.
func (p *Panel) myTime(v *visit) error {
	region, err := v.myTimeRegion()
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
	layout.Toasts = append(layout.Toasts, v.flashes(origin{mine: true})...)
	return show(v, status, v.p.views.MyTime, templates.MyTimePage{Layout: layout, Region: region})
}

// startTimer starts the reader's timer.
func (p *Panel) startTimer(v *visit) error {
	_, err := p.svc.StartTimer(v.r.Context(), v.actor, core.NewEntry{Description: v.value("description")})
	invalid := core.ErrorCode(err) == core.CodeInvalid
	if err != nil && !invalid {
		return err
	}
	if !invalid && !v.fragment() {
		return v.redirect(v.path("/"))
	}
	region, readErr := v.myTimeRegion()
	if readErr != nil {
		return readErr
	}
	code := http.StatusOK
	if invalid {
		region.Error, region.Description, code = v.sentence(err), v.value("description"), http.StatusUnprocessableEntity
	}
	if v.fragment() {
		return show(v, code, p.views.MyTimeRegion, region)
	}
	return v.myTimePage(code, region)
}

func (v *visit) myTimeRegion() (templates.MyTime, error) {
	region := templates.MyTime{Words: v.text(), PageURL: v.path("/"), StartURL: v.path("/timer/start")}
	entries, err := v.p.svc.Entries(v.r.Context(), v.actor, core.EntryQuery{Limit: recentEntries + 1})
	if err != nil {
		return region, err
	}
	if len(entries) > recentEntries {
		entries, region.More = entries[:recentEntries], true
	}
	mine := origin{mine: true}
	var day *templates.Day
	var dayOf string
	var total time.Duration
	for _, e := range entries {
		if e.Running() {
			region.Timer = v.ownTimer(e)
			continue
		}
		key := e.Start.In(v.words.Zone()).Format(time.DateOnly)
		if day == nil || key != dayOf {
			region.Days = append(region.Days, templates.Day{Title: v.dayTitle(e.Start)})
			day, dayOf, total = &region.Days[len(region.Days)-1], key, 0
		}
		total += e.Duration(v.now)
		day.Total = v.words.Duration(total)
		day.Entries = append(day.Entries, v.ownEntry(e, mine))
	}
	// A timer that began long ago may stand behind many newer entries.
	if region.Timer == nil && region.More {
		running, err := v.p.svc.RunningEntry(v.r.Context(), v.actor, "")
		switch core.ErrorCode(err) {
		case "":
			region.Timer = v.ownTimer(running)
		case core.CodeNotFound:
		default:
			return region, err
		}
	}
	return region, nil
}

func (v *visit) ownTimer(e core.TimeEntry) *templates.OwnTimer {
	t := &templates.OwnTimer{
		ID: string(e.ID), Version: number(e.Version), Description: e.Description, Since: v.moment(e.Start, v.words.DayTime(e.Start, v.now)),
		Unix: e.Start.Unix(), Clock: v.words.Clock(e.Duration(v.now)), Flagged: e.Flagged,
		StopURL: v.path("/entries/" + string(e.ID) + "/stop"), CorrectURL: v.correctURL(e.ID, origin{mine: true}),
	}
	if t.Description == "" {
		t.Description, t.NoDescription = v.t("no_description"), true
	}
	return t
}

func (v *visit) ownEntry(e core.TimeEntry, o origin) templates.OwnEntry {
	end := v.words.Time(e.End)
	if v.words.Date(e.Start) != v.words.Date(e.End) {
		end = v.words.DateTime(e.End)
	}
	row := templates.OwnEntry{
		ID: string(e.ID), Description: e.Description, Span: v.words.Time(e.Start) + " – " + end, Duration: v.words.Clock(e.Duration(v.now)),
		CorrectURL: v.correctURL(e.ID, o), Incomplete: e.Incomplete, Automatic: e.Automatic,
	}
	if row.Description == "" {
		row.Description, row.NoDescription = v.t("no_description"), true
	}
	row.CorrectLabel = v.t("panel.time.edit_label", locale.Params{"Description": row.Description, "Span": row.Span})
	if e.StoppedName != "" && e.StoppedBy != v.me.Self.User.ID && !e.Automatic {
		row.StoppedBy = v.t("panel.time.stopped_by", locale.Params{"By": e.StoppedName, "At": v.words.DayTime(e.StoppedAt, v.now)})
	}
	return row
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
