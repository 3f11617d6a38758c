// Package auditline puts the entries of the audit log into words, the same for every door that shows
// them. What people wrote comes back as they wrote it; each door escapes and shortens for itself.
package auditline

import (
	"slices"
	"strings"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/locale"
)

// Sentence says who did what, or who was refused what.
func Sentence(words *locale.Printer, e core.AuditEntry) string {
	params := locale.Params{"Name": e.ActorName, "Act": Act(words, e.Act)}
	switch {
	case e.ActorID != "": // a person, whatever they call themselves
	case core.Job(e.ActorName) == core.JobOperator:
		params["Name"] = words.T("settings.audit.job_operator")
	default:
		params["Name"] = words.T("product.name")
	}
	if e.Outcome == core.OutcomeRefused {
		return words.T("settings.audit.was_refused", params)
	}
	if e.Act == core.ActMemberJoin && e.Target.Name != e.ActorName {
		params["Act"] = words.T("settings.audit.added")
		return words.T("settings.audit.did", params)
	}
	if id := "act." + wording(e); words.Has(id) {
		params["Act"] = words.T(id)
		return words.T("settings.audit.did", params)
	}
	return words.T("settings.audit.did_label", params)
}

// wording names what was done. It is the act, except where one act covers two things that people tell apart: a flag is opened
// when a timer is found, and again after a snooze or when its stop is undone.
func wording(e core.AuditEntry) string {
	if e.Act == core.ActFlagOpen && len(e.Before) > 0 && string(e.Before) != "null" {
		return string(core.ActFlagOpen) + "_again"
	}
	return string(e.Act)
}

// Act is an act as something to do, "stop a timer"; an act without words keeps its name.
func Act(words *locale.Printer, a core.Action) string {
	if id := "settings.act." + string(a); words.Has(id) {
		return words.T(id)
	}
	return string(a)
}

// As says as whom a person acted; empty when it was for themselves.
func As(words *locale.Printer, e core.AuditEntry) string {
	if e.ActorID == "" || e.EffectiveID == e.ActorID {
		return ""
	}
	return words.T("settings.audit.as", locale.Params{"Name": e.EffectiveName})
}

// Target names what it was done to, unless the sentence or the page says it already.
func Target(e core.AuditEntry) string {
	if e.Target.Name == e.ActorName || e.Target.Kind == "workspace" {
		return ""
	}
	return e.Target.Name
}

// Reason is why it was done: a person's words, or the reader's for what the program gave as the reason.
func Reason(words *locale.Printer, e core.AuditEntry) string {
	id := ""
	switch e.Act {
	case core.ActImpersonationStart:
		kind, note, _ := strings.Cut(e.Reason, ": ")
		if known := core.ImpersonationReason(kind); slices.Contains(core.ImpersonationReasons(), known) {
			text := ImpersonationReason(words, known)
			if note != "" {
				text += ": " + note
			}
			return text
		}
	case core.ActImpersonationEnd:
		id = "settings.end." + e.Reason
	case core.ActTimerStop, core.ActFlagOpen, core.ActFlagResolve, core.ActSessionSignOut, core.ActIdentityUnlink:
		id = "settings.reason." + strings.ReplaceAll(e.Reason, " ", "_")
	}
	if id != "" && words.Has(id) {
		return words.T(id)
	}
	return e.Reason
}

// ImpersonationReason writes the reason picked to log in as somebody.
func ImpersonationReason(words *locale.Printer, r core.ImpersonationReason) string {
	id := "impersonation_reason." + string(r)
	if r == core.ReasonCorrectEntry {
		id = "impersonation_reason.correct_entries"
	}
	return words.T(id)
}
