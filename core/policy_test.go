package core_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/core"
)

// The policy once more, written for people: for each action, who may do it to their own things, to
// others' or the workspace's (O owner, A admin, M manager, m member), whether that needs Enterprise
// ("E"), whether it is allowed while impersonating ("I"), and which jobs may do it.
var expected = map[core.Action]struct {
	own, others, marks string
	jobs               []core.Job
}{
	"workspace.create":     {"", "", "", jobs(core.JobOperator)},
	"workspace.update":     {"", "O", "", jobs(core.JobOperator)},
	"workspace.seed":       {"", "", "", jobs(core.JobOperator)},
	"workspace.view":       {"", "OAMm", "I", jobs(core.JobOperator)},
	"settings.view":        {"", "O", "", jobs(core.JobOperator)},
	"settings.update":      {"", "O", "", jobs(core.JobOperator)},
	"member.view":          {"OAMm", "OAMm", "I", jobs(core.JobOperator)},
	"members.view":         {"", "OA", "", nil},
	"members.export":       {"", "", "", jobs(core.JobOperator)},
	"member.invite":        {"", "OA", "", jobs(core.JobOperator)},
	"invitation.create":    {"", "OA", "", jobs(core.JobOperator)},
	"member.join":          {"OAMm", "", "", jobs(core.JobOperator)},
	"member.update":        {"OA", "OA", "", jobs(core.JobOperator)},
	"member.deactivate":    {"OA", "OA", "", jobs(core.JobOperator)},
	"member.activate":      {"", "OA", "", jobs(core.JobOperator)},
	"member.manage_owner":  {"O", "O", "", jobs(core.JobOperator)},
	"profile.update":       {"OAMm", "", "", jobs(core.JobOperator)},
	"working_hours.update": {"OAMm", "", "I", jobs(core.JobOperator)},
	"password.update":      {"OAMm", "", "", nil},
	"session.sign_in":      {"OAMm", "", "", nil},
	"session.sign_out":     {"OAMm", "", "I", nil},
	"session.view":         {"OAMm", "", "", nil},
	"sign_in_link.create":  {"", "", "", jobs(core.JobOperator)},
	"identity.view":        {"OAMm", "O", "", jobs(core.JobOperator, core.JobChatPeople)},
	"identity.link":        {"OAMm", "", "", jobs(core.JobOperator)},
	"identity.unlink":      {"OAMm", "O", "", jobs(core.JobOperator, core.JobChatPeople)},
	"timer.start":          {"OAMm", "O", "EI", nil},
	"timer.stop":           {"OAMm", "O", "EI", jobs(core.JobForgottenTimers)},
	"timer.undo_stop":      {"OAMm", "O", "EI", nil},
	"entry.view":           {"OAMm", "O", "EI", nil},
	"entry.view_running":   {"", "O", "", nil},
	"entry.create":         {"OAMm", "O", "EI", nil},
	"entry.correct":        {"OAMm", "O", "EI", nil},
	"entry.delete":         {"OAMm", "O", "EI", nil},
	"entry.restore":        {"OAMm", "O", "EI", nil},
	"project.view":         {"", "OAMm", "I", nil},
	"project.manage":       {"", "OAM", "", nil},
	"apikey.view":          {"OAMm", "", "I", nil},
	"apikey.create":        {"OAMm", "", "", jobs(core.JobOperator)},
	"apikey.deactivate":    {"OAMm", "O", "E", nil},
	"accounts.view":        {"", "O", "E", nil},
	"accounts.export":      {"", "O", "E", nil},
	"impersonation.start":  {"", "O", "E", nil},
	"impersonation.end":    {"OAMm", "", "I", nil},
	"login_as.create":      {"", "O", "E", nil},
	"flag.view":            {"", "O", "E", jobs(core.JobDelivery)},
	"flag.open":            {"", "", "", jobs(core.JobForgottenTimers)},
	"flag.snooze":          {"OAMm", "O", "EI", nil},
	"flag.resolve":         {"OAMm", "O", "EI", jobs(core.JobForgottenTimers)},
	"notice.view":          {"OAMm", "", "I", nil},
	"correction.accept":    {"OAMm", "", "", nil},
	"correction.dispute":   {"OAMm", "", "", nil},
	"audit.view":           {"OAMm", "O", "I", jobs(core.JobOperator)},
	"audit.export":         {"", "O", "", jobs(core.JobOperator)},
	"delivery.run":         {"", "", "", jobs(core.JobDelivery)},
	"database.check":       {"", "", "", jobs(core.JobOperator)},
	"database.restore":     {"", "", "", jobs(core.JobOperator)},
	"database.prune":       {"", "", "", jobs(core.JobHousekeeping)},
	"lease.hold":           {"", "", "", jobs(core.JobGateway)},
}

func jobs(j ...core.Job) []core.Job { return j }

func TestPolicyOverEveryCombination(t *testing.T) {
	for _, a := range core.Actions() {
		if _, ok := expected[a]; !ok {
			t.Errorf("action %s has no line in this test's table", a)
		}
	}
	letter := map[core.Role]string{core.RoleOwner: "O", core.RoleAdmin: "A", core.RoleManager: "M", core.RoleMember: "m"}
	cases := 0
	for action, want := range expected {
		if !core.KnownAction(action) {
			t.Errorf("action %s is not in the policy", action)
		}
		for _, role := range core.Roles() {
			for _, plan := range core.Plans() {
				for _, own := range []bool{true, false} {
					for _, impersonating := range []bool{true, false} {
						cases++
						allowed := own && strings.Contains(want.own, letter[role]) ||
							strings.Contains(want.others, letter[role]) &&
								(plan == core.PlanEnterprise || !strings.Contains(want.marks, "E"))
						if impersonating && !strings.Contains(want.marks, "I") {
							allowed = false
						}
						code := core.Decide(core.Request{Action: action, Role: role, Plan: plan, Own: own, Impersonating: impersonating})
						if (code == "") != allowed {
							t.Errorf("%s as %s on %s, own=%v impersonating=%v: got %q, want allowed=%v", action, role, plan, own, impersonating, code, allowed)
						}
					}
				}
			}
		}
		for _, job := range []core.Job{core.JobOperator, core.JobForgottenTimers, core.JobDelivery, core.JobChatPeople, core.JobHousekeeping, core.JobGateway, "somebody"} {
			cases++
			if got, want := core.Decide(core.Request{Action: action, Job: job}) == "", slices.Contains(want.jobs, job); got != want {
				t.Errorf("%s as job %s: got allowed=%v, want %v", action, job, got, want)
			}
		}
	}
	if cases < 48*80 {
		t.Errorf("only %d combinations were tried", cases)
	}
}

func TestPolicyDeniesByDefault(t *testing.T) {
	for _, r := range []core.Request{
		{Action: "timer.destroy", Role: core.RoleOwner, Plan: core.PlanEnterprise, Own: true},
		{Action: core.ActTimerStop, Role: "", Plan: core.PlanEnterprise, Own: true},
		{Action: core.ActTimerStop, Role: "root", Plan: core.PlanEnterprise},
		{},
	} {
		if core.Decide(r) == "" {
			t.Errorf("%+v was allowed", r)
		}
	}
}

// The two reasons why somebody can't see the Accounts tab are told apart, the role first.
func TestPolicyNamesTheReason(t *testing.T) {
	for _, c := range []struct {
		role core.Role
		plan core.Plan
		want core.Code
	}{
		{core.RoleAdmin, core.PlanEnterprise, core.CodeOwnerRequired},
		{core.RoleMember, core.PlanFree, core.CodeOwnerRequired},
		{core.RoleOwner, core.PlanPro, core.CodePlanRequired},
		{core.RoleOwner, core.PlanEnterprise, ""},
	} {
		if got := core.Decide(core.Request{Action: core.ActAccountsView, Role: c.role, Plan: c.plan}); got != c.want {
			t.Errorf("%s on %s: got %q, want %q", c.role, c.plan, got, c.want)
		}
	}
}
