package core

import (
	"slices"
	"strings"
)

// Wording names what was done, for the texts of every door. It is the act, except where one act covers two things that
// people tell apart: a flag is opened when a timer is found, and again after a snooze or when its stop is undone.
func (e AuditEntry) Wording() string {
	if e.Act == ActFlagOpen && len(e.Before) > 0 && string(e.Before) != "null" {
		return string(ActFlagOpen) + "_again"
	}
	return string(e.Act)
}

// GivenReason names a reason that the program gave, for the texts of every door; "" when the words are a person's.
func (e AuditEntry) GivenReason() string {
	given := map[Action][]string{
		ActTimerStop:      {"automatic", "deactivated", "new timer"},
		ActFlagOpen:       {"snooze over", "undone"},
		ActSessionSignOut: {"revoked"},
		ActIdentityUnlink: {"bot", "guest", "stranger", "unconfirmed", "deactivated"},
	}
	if !slices.Contains(given[e.Act], e.Reason) {
		return ""
	}
	return strings.ReplaceAll(e.Reason, " ", "_")
}
