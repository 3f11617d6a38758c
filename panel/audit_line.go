package panel

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/auditline"
	"github.com/clockwarden/clockwarden/templates"
)

// auditLine writes an entry of the log as a person reads it.
func (v *visit) auditLine(e core.AuditEntry) templates.AuditLine {
	line := templates.AuditLine{
		Seq: v.words.Number(int(e.Seq)), At: v.moment(e.At, v.words.DateTime(e.At)), Text: auditline.Sentence(v.words, e),
		Refused: e.Outcome == core.OutcomeRefused, Door: v.t("door." + string(e.Door)), Target: auditline.Target(e),
		As: auditline.As(v.words, e), Reason: auditline.Reason(v.words, e), Request: e.RequestID, Address: e.Address, Hash: e.Hash,
	}
	line.Label = v.t("settings.audit.details") + ": " + line.Text + ", " + line.At.Text
	line.Changes, line.Both = v.auditChanges(e)
	return line
}

// auditChanges lists the fields of before and after, with both columns where there is something before.
func (v *visit) auditChanges(e core.AuditEntry) (list []templates.AuditChange, both bool) {
	before, after := jsonFields(e.Before), jsonFields(e.After)
	var names []string
	for name := range before {
		names = append(names, name)
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		change := templates.AuditChange{Field: name, Before: v.auditValue(name, before), After: v.auditValue(name, after)}
		if id := "settings.field." + name; v.words.Has(id) {
			change.Field = v.t(id)
		}
		list = append(list, change)
	}
	return list, len(before) > 0
}

func jsonFields(raw json.RawMessage) map[string]any {
	var fields map[string]any
	if json.Unmarshal(raw, &fields) != nil {
		return nil // null, and what is no object, has no fields
	}
	return fields
}

// auditValue writes a value as the reader knows it from the pages.
func (v *visit) auditValue(name string, fields map[string]any) string {
	raw, ok := fields[name]
	if !ok {
		return "–"
	}
	switch value := raw.(type) {
	case nil:
		return v.t("settings.audit.empty_value")
	case bool:
		if value {
			return v.t("yes")
		}
		return v.t("no")
	case string:
		return v.auditText(name, value)
	case []any:
		parts := make([]string, len(value))
		for i, part := range value {
			parts[i] = v.auditValue("", map[string]any{"": part})
		}
		if len(parts) == 0 {
			return v.t("settings.audit.empty_value")
		}
		return strings.Join(parts, ", ")
	}
	b, err := json.Marshal(raw)
	if err != nil {
		return ""
	}
	return string(b)
}

func (v *visit) auditText(name, value string) string {
	prefix := map[string]string{
		"role": "role.", "status": "status.", "plan": "plan.", "language": "language.", "state": "flag_state.", "code": "settings.refusal.",
		"platform": "door.", "cause": "settings.end.",
	}[name]
	if prefix != "" && v.words.Has(prefix+value) {
		return v.t(prefix + value)
	}
	switch name {
	case "forgotten_after", "auto_stop_after", "running_for":
		d, err := time.ParseDuration(value)
		switch {
		case err != nil:
			return value
		case d == 0:
			return v.t("settings.choose_default")
		case d < 0:
			return v.t("off")
		}
		return v.words.Duration(d)
	case "working_hours":
		if value != "" {
			return v.workingHours(value)
		}
	case "quiet_hours":
		switch value {
		case "":
			return v.t("settings.choose_default")
		case "off":
			return v.t("settings.forgotten.none_set")
		}
	}
	if t, err := time.Parse(time.RFC3339, value); err == nil {
		return v.words.DateTime(t)
	}
	if value == "" {
		return v.t("settings.audit.empty_value")
	}
	return value
}
