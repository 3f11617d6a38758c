package auditline_test

import (
	"testing"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/auditline"
	"github.com/clockwarden/clockwarden/core/locale"
)

func printers(t *testing.T) map[string]*locale.Printer {
	t.Helper()
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*locale.Printer{"en": catalog.Printer("en", nil), "de": catalog.Printer("de", nil)}
}

func TestSentence(t *testing.T) {
	words := printers(t)
	for _, c := range []struct {
		entry  core.AuditEntry
		en, de string
	}{
		{core.AuditEntry{ActorName: string(core.JobOperator), Act: core.ActMemberUpdate}, "The operator changed a member", "Der Betreiber hat ein Mitglied geändert"},
		{core.AuditEntry{ActorName: string(core.JobForgottenTimers), Act: core.ActFlagOpen}, "Clockwarden found a forgotten timer", "Clockwarden hat einen vergessenen Timer gefunden"},
		{core.AuditEntry{ActorID: "1", ActorName: "operator", Act: core.ActTimerStop}, "operator stopped a timer", "operator hat einen Timer gestoppt"},
		{core.AuditEntry{ActorID: "1", ActorName: "Dana", Act: core.ActAccountsView, Outcome: core.OutcomeRefused}, "Dana was refused: open the accounts", "Dana wurde abgelehnt: Konten öffnen"},
	} {
		if got := auditline.Sentence(words["en"], c.entry); got != c.en {
			t.Errorf("%q, want %q", got, c.en)
		}
		if got := auditline.Sentence(words["de"], c.entry); got != c.de {
			t.Errorf("%q, want %q", got, c.de)
		}
	}
}

// TestReasonsOfTheProgramHaveWords: no reader meets the code of a reason, and a person's words stay as they are.
func TestReasonsOfTheProgramHaveWords(t *testing.T) {
	for lang, words := range printers(t) {
		for act, reasons := range map[core.Action][]string{
			core.ActImpersonationStart: {"forgotten_timer", "correct_entry", "troubleshoot", "security", "other"},
			core.ActImpersonationEnd:   {"returned", "expired", "signed_out", "actor_lost_rights", "plan", "target_inactive", "target_owner", "restored"},
			core.ActTimerStop:          {"automatic", "deactivated", "new timer"},
			core.ActFlagOpen:           {"snooze over", "undone", "resumed"},
			core.ActFlagResolve:        {"resolved while undelivered"},
			core.ActSessionSignOut:     {"revoked"},
			core.ActIdentityUnlink:     {"bot", "guest", "stranger", "unconfirmed", "deactivated"},
		} {
			for _, reason := range reasons {
				if got := auditline.Reason(words, core.AuditEntry{Act: act, Reason: reason}); got == reason || got == "" {
					t.Errorf("%s: %s because of %q has no words: %q", lang, act, reason, got)
				}
			}
			if got := auditline.Reason(words, core.AuditEntry{Act: act, Reason: "went home"}); got != "went home" {
				t.Errorf("%s: %s: %q", lang, act, got)
			}
		}
	}
	got := auditline.Reason(printers(t)["de"], core.AuditEntry{Act: core.ActImpersonationStart, Reason: string(core.ReasonOther) + ": Test"})
	if got != "Anderer Grund: Test" {
		t.Errorf("a reason with a note: %q", got)
	}
}
