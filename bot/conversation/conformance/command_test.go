package conformance

import (
	"maps"
	"testing"
)

func TestOptions(t *testing.T) {
	for line, want := range map[string]struct {
		name    string
		options map[string]string
	}{
		"/accounts":                     {"help", nil},
		"/accounts list":                {"list", nil},
		"/accounts list dana m running": {"list", map[string]string{"search": "dana m", "filter": "running"}},
		"/accounts list markiert":       {"list", map[string]string{"filter": "flagged"}},
		"/accounts show <@7>":           {"show", map[string]string{"user": "7"}},
		"/accounts show dana@acme.test": {"show", map[string]string{"email": "dana@acme.test"}},
		"/accounts stop-timer <@U7|dana> um 9:30 Grund ist müde":  {"stop-timer", map[string]string{"user": "U7", "at": "9:30", "reason": "ist müde"}},
		"/accounts stop-timer <@7> at yesterday 18:00":            {"stop-timer", map[string]string{"user": "7", "at": "yesterday 18:00"}},
		"/accounts deactivate-key a@b.example reason laptop lost": {"deactivate-key", map[string]string{"email": "a@b.example", "reason": "laptop lost"}},
		"/timer start Write tests at home":                        {"start", map[string]string{"description": "Write tests at home"}},
		"/timer link ABCD-EFGH":                                   {"link", map[string]string{"code": "ABCD-EFGH"}},
		"/accounts frobnicate now":                                {"frobnicate", nil},
	} {
		group, name, options := Options(line)
		if line[1:len(group)+1] != string(group) || name != want.name || !maps.Equal(options, want.options) {
			t.Errorf("%q: %s %s %v, want %s %v", line, group, name, options, want.name, want.options)
		}
	}
}
