package panel

import (
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
	"github.com/clockwarden/clockwarden/templates"
)

// mostFlags is how many forgotten timers the page lists; the Accounts tab pages through all of them.
const mostFlags = 50

// flagList is the forgotten timers, those that nobody has put off first.
func (v *visit) flagList() (*templates.Flags, error) {
	list := &templates.Flags{Words: v.text(), PageURL: v.path(forgottenPath), AllURL: v.path(accountsPath + "?filter=flagged")}
	for _, state := range []core.FlagState{core.FlagOpen, core.FlagSnoozed} {
		flags, next, err := v.p.svc.Flags(v.r.Context(), v.actor, core.FlagQuery{State: state, Limit: mostFlags})
		if err != nil {
			return nil, err
		}
		for _, f := range flags {
			row, ok, err := v.flagRow(f)
			if err != nil {
				return nil, err
			}
			if ok {
				list.Rows = append(list.Rows, row)
			}
		}
		if next != "" {
			list.More = v.t("settings.forgotten.more", locale.Params{"Count": mostFlags})
		}
	}
	return list, nil
}

// flagRow is a forgotten timer; false when it was stopped while the page was made.
func (v *visit) flagRow(f core.Flag) (templates.FlagRow, bool, error) {
	acc, err := v.p.svc.Account(v.r.Context(), v.actor, f.MemberID)
	if err != nil || acc.Timer == nil || acc.Timer.EntryID != f.EntryID {
		return templates.FlagRow{}, false, err
	}
	base := v.path("/flags/" + string(f.ID))
	name := locale.Params{"Name": acc.Name}
	row := templates.FlagRow{
		ID: string(f.ID), MemberID: string(acc.MemberID), Name: acc.Name, Mark: initials(acc.Name, 2), Tint: tint(acc.UserID), Description: acc.Timer.Description,
		Since: v.moment(acc.Timer.Start, v.words.DayTime(acc.Timer.Start, v.now)), Unix: acc.Timer.Start.Unix(),
		Clock:   v.words.Clock(max(0, v.now.Sub(acc.Timer.Start))),
		State:   v.t("settings.forgotten.flagged_at", locale.Params{"At": v.words.Ago(f.OpenedAt, v.now)}),
		StopURL: origin{place: fromForgotten}.on(v.path("/accounts/" + string(acc.MemberID) + "/stop")), SnoozeURL: base + "/snooze", ResolveURL: base + "/resolve",
		StopLabel: v.t("settings.forgotten.stop_label", name), SnoozeLabel: v.t("settings.forgotten.snooze_label", name),
		WorkingLabel: v.t("settings.forgotten.working_label", name),
	}
	if row.Description == "" {
		row.Description = v.t("no_description")
	}
	if f.State == core.FlagSnoozed {
		row.Snoozed = true
		row.State = v.t("settings.forgotten.snoozed", locale.Params{"Until": v.words.DayTime(f.SnoozedUntil, v.now), "By": f.SnoozedBy})
	}
	if len(f.Proposals) > 0 {
		best := f.Proposals[0]
		row.Proposal = v.words.DayTime(best.End, v.now)
		row.Why = v.why(best, row.Proposal)
	}
	return row, true, nil
}

// snooze puts a forgotten timer off.
func (p *Panel) snooze(v *visit) error {
	until, err := v.snoozeUntil(v.value("until"))
	if err != nil {
		return err
	}
	if _, err := p.svc.SnoozeFlag(v.r.Context(), v.actor, v.id("flag"), until, v.value("reason")); err != nil {
		return err
	}
	return v.settled("snoozed", v.flagsBack(), "flags")
}

// snoozeUntil reads one of the choices.
func (v *visit) snoozeUntil(choice string) (time.Time, error) {
	switch choice {
	case "1h":
		return v.now.Add(time.Hour), nil
	case "4h":
		return v.now.Add(4 * time.Hour), nil
	case "tomorrow":
		return v.me.Workspace.Tomorrow(v.now), nil
	}
	return time.Time{}, &core.Error{Code: core.CodeInvalid, Message: "settings.forgotten.choice", Field: "until"}
}

// resolve says that the member is still working: the timer goes on and is not flagged again.
func (p *Panel) resolve(v *visit) error {
	if _, err := p.svc.ResolveFlag(v.r.Context(), v.actor, v.id("flag"), ""); err != nil {
		return err
	}
	return v.settled("working", v.flagsBack(), "flags")
}

// flagsBack is where a plain form about a flag leads: the list for who may see it, else one's own time.
func (v *visit) flagsBack() string {
	if v.me.May(core.ActFlagView, "") {
		return v.path(forgottenPath)
	}
	return v.path("/")
}
