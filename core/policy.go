package core

// Action is something an actor wants to do. Its text is the act's name in policy, audit, events and tests.
type Action string

// The actions. Those ending in .view are reads: only their refusals are audited.
const (
	ActWorkspaceCreate    Action = "workspace.create"
	ActWorkspaceUpdate    Action = "workspace.update"
	ActWorkspaceSeed      Action = "workspace.seed" // made-up data
	ActWorkspaceView      Action = "workspace.view"
	ActSettingsView       Action = "settings.view"
	ActSettingsUpdate     Action = "settings.update"
	ActMemberView         Action = "member.view"
	ActMembersView        Action = "members.view" // the list from which members are managed
	ActMembersExport      Action = "members.export"
	ActMemberInvite       Action = "member.invite"
	ActInvitationCreate   Action = "invitation.create" // the link, of which there may be several
	ActMemberJoin         Action = "member.join"
	ActMemberUpdate       Action = "member.update"
	ActMemberDeactivate   Action = "member.deactivate"
	ActMemberActivate     Action = "member.activate"
	ActMemberManageOwner  Action = "member.manage_owner"  // make, demote or deactivate an owner
	ActProfileUpdate      Action = "profile.update"       // what belongs to the person in all workspaces
	ActWorkingHoursUpdate Action = "working_hours.update" // of the member of this workspace
	ActPasswordUpdate     Action = "password.update"
	ActSessionSignIn      Action = "session.sign_in"
	ActSessionSignOut     Action = "session.sign_out"
	ActSessionView        Action = "session.view"
	ActSignInLinkCreate   Action = "sign_in_link.create"
	ActIdentityView       Action = "identity.view"
	ActIdentityLink       Action = "identity.link"
	ActIdentityUnlink     Action = "identity.unlink"
	ActTimerStart         Action = "timer.start"
	ActTimerStop          Action = "timer.stop"
	ActTimerUndoStop      Action = "timer.undo_stop"
	ActEntryView          Action = "entry.view"
	ActEntryViewRunning   Action = "entry.view_running" // the list of everybody's running timers
	ActEntryCreate        Action = "entry.create"
	ActEntryCorrect       Action = "entry.correct"
	ActEntryDelete        Action = "entry.delete"
	ActEntryRestore       Action = "entry.restore"
	ActProjectView        Action = "project.view"
	ActProjectManage      Action = "project.manage"
	ActAPIKeyView         Action = "apikey.view"
	ActAPIKeyCreate       Action = "apikey.create"
	ActAPIKeyDeactivate   Action = "apikey.deactivate" //nolint:gosec // the name of an act, no secret
	ActAccountsView       Action = "accounts.view"
	ActAccountsExport     Action = "accounts.export"
	ActImpersonationStart Action = "impersonation.start"
	ActImpersonationEnd   Action = "impersonation.end"
	ActLoginAsCreate      Action = "login_as.create" // the link for it, from a chat
	ActFlagView           Action = "flag.view"
	ActFlagOpen           Action = "flag.open"
	ActFlagSnooze         Action = "flag.snooze"
	ActFlagResolve        Action = "flag.resolve"
	ActNoticeView         Action = "notice.view"
	ActCorrectionAccept   Action = "correction.accept"
	ActCorrectionDispute  Action = "correction.dispute"
	ActDatabaseCheck      Action = "database.check"   // look after the installation: what waits, what ran
	ActDatabaseRestore    Action = "database.restore" // settle what a restored copy must not take up again
	ActDatabasePrune      Action = "database.prune"   // delete what is of no use any more
	ActAuditView          Action = "audit.view"
	ActAuditExport        Action = "audit.export"
	ActDeliveryRun        Action = "delivery.run"
	ActLeaseHold          Action = "lease.hold" // of what only one process may do
)

// roles is a set of roles.
type roles uint8

const (
	nobody   roles = 0
	owner    roles = 1 << 0
	admin    roles = 1 << 1
	manager  roles = 1 << 2
	member   roles = 1 << 3
	everyone roles = owner | admin | manager | member
)

func roleSet(r Role) roles {
	switch r {
	case RoleOwner:
		return owner
	case RoleAdmin:
		return admin
	case RoleManager:
		return manager
	case RoleMember:
		return member
	}
	return nobody
}

// rule is one line of the policy: who may do the action to their own things, who to others' (or to
// the workspace), whether the latter needs the Enterprise plan, whether it is allowed while
// impersonating, and which jobs may do it.
type rule struct {
	own           roles
	others        roles
	enterprise    bool
	impersonating bool
	jobs          []Job
}

// policy is the whole of Clockwarden's authorisation. What is not listed is refused.
// While impersonating, the role is the impersonated member's, and the human behind it must still be
// an owner on the Enterprise plan (see work.allow).
var policy = map[Action]rule{
	ActWorkspaceCreate: {jobs: []Job{JobOperator}},
	ActWorkspaceUpdate: {others: owner, jobs: []Job{JobOperator}},
	ActWorkspaceSeed:   {jobs: []Job{JobOperator}},
	ActWorkspaceView:   {others: everyone, impersonating: true, jobs: []Job{JobOperator}},
	ActSettingsView:    {others: owner, jobs: []Job{JobOperator}},
	ActSettingsUpdate:  {others: owner, jobs: []Job{JobOperator}},

	ActMemberView:        {own: everyone, others: everyone, impersonating: true, jobs: []Job{JobOperator}},
	ActMembersView:       {others: owner | admin},
	ActMembersExport:     {jobs: []Job{JobOperator}},
	ActMemberInvite:      {others: owner | admin, jobs: []Job{JobOperator}},
	ActInvitationCreate:  {others: owner | admin, jobs: []Job{JobOperator}},
	ActMemberJoin:        {own: everyone, jobs: []Job{JobOperator}},
	ActMemberUpdate:      {own: owner | admin, others: owner | admin, jobs: []Job{JobOperator}},
	ActMemberDeactivate:  {own: owner | admin, others: owner | admin, jobs: []Job{JobOperator}},
	ActMemberActivate:    {others: owner | admin, jobs: []Job{JobOperator}},
	ActMemberManageOwner: {own: owner, others: owner, jobs: []Job{JobOperator}},
	ActPasswordUpdate:    {own: everyone},
	// Name, language, zone and colours are the same in all of a person's workspaces, also in those where the owner who
	// acts as them is nobody; working hours are the member's in this one.
	ActProfileUpdate:      {own: everyone, jobs: []Job{JobOperator}},
	ActWorkingHoursUpdate: {own: everyone, impersonating: true, jobs: []Job{JobOperator}},

	ActSessionSignIn:    {own: everyone},
	ActSessionSignOut:   {own: everyone, impersonating: true},
	ActSessionView:      {own: everyone},
	ActSignInLinkCreate: {jobs: []Job{JobOperator}},
	ActIdentityView:     {own: everyone, others: owner, jobs: []Job{JobOperator, JobChatPeople}},
	ActIdentityLink:     {own: everyone, jobs: []Job{JobOperator}},
	ActIdentityUnlink:   {own: everyone, others: owner, jobs: []Job{JobOperator, JobChatPeople}},

	ActTimerStart:       {own: everyone, others: owner, enterprise: true, impersonating: true},
	ActTimerStop:        {own: everyone, others: owner, enterprise: true, impersonating: true, jobs: []Job{JobForgottenTimers}},
	ActTimerUndoStop:    {own: everyone, others: owner, enterprise: true, impersonating: true},
	ActEntryView:        {own: everyone, others: owner, enterprise: true, impersonating: true},
	ActEntryViewRunning: {others: owner},
	ActEntryCreate:      {own: everyone, others: owner, enterprise: true, impersonating: true},
	ActEntryCorrect:     {own: everyone, others: owner, enterprise: true, impersonating: true},
	ActEntryDelete:      {own: everyone, others: owner, enterprise: true, impersonating: true},
	ActEntryRestore:     {own: everyone, others: owner, enterprise: true, impersonating: true},
	ActProjectView:      {others: everyone, impersonating: true},
	ActProjectManage:    {others: owner | admin | manager},

	ActAPIKeyView:       {own: everyone, impersonating: true},
	ActAPIKeyCreate:     {own: everyone, jobs: []Job{JobOperator}},
	ActAPIKeyDeactivate: {own: everyone, others: owner, enterprise: true},

	ActAccountsView:       {others: owner, enterprise: true},
	ActAccountsExport:     {others: owner, enterprise: true},
	ActImpersonationStart: {others: owner, enterprise: true},
	ActImpersonationEnd:   {own: everyone, impersonating: true},
	ActLoginAsCreate:      {others: owner, enterprise: true},

	ActFlagView:    {others: owner, enterprise: true, jobs: []Job{JobDelivery}},
	ActFlagOpen:    {jobs: []Job{JobForgottenTimers}},
	ActFlagSnooze:  {own: everyone, others: owner, enterprise: true, impersonating: true},
	ActFlagResolve: {own: everyone, others: owner, enterprise: true, impersonating: true, jobs: []Job{JobForgottenTimers}},

	ActNoticeView:        {own: everyone, impersonating: true},
	ActCorrectionAccept:  {own: everyone},
	ActCorrectionDispute: {own: everyone},
	ActAuditView:         {own: everyone, others: owner, impersonating: true, jobs: []Job{JobOperator}},
	ActAuditExport:       {others: owner, jobs: []Job{JobOperator}},
	ActDeliveryRun:       {jobs: []Job{JobDelivery}},
	ActDatabaseCheck:     {jobs: []Job{JobOperator}},
	ActDatabaseRestore:   {jobs: []Job{JobOperator}},
	ActDatabasePrune:     {jobs: []Job{JobHousekeeping}},
	ActLeaseHold:         {jobs: []Job{JobGateway}},
}

// Request is one question to the policy.
type Request struct {
	Action        Action
	Job           Job  // for background work; the rest is then ignored
	Role          Role // of the effective member
	Plan          Plan // of the workspace
	Own           bool // the thing belongs to the effective member
	Impersonating bool
}

// Decide answers a Request: "" when it is allowed, else the code of the refusal. Denied by default.
func Decide(r Request) Code {
	rule, ok := policy[r.Action]
	if !ok {
		return CodeForbidden
	}
	if r.Job != "" {
		for _, j := range rule.jobs {
			if j == r.Job {
				return ""
			}
		}
		return CodeForbidden
	}
	if r.Impersonating && !rule.impersonating {
		return CodeForbidden
	}
	set := roleSet(r.Role)
	if r.Own && rule.own&set != 0 {
		return ""
	}
	if rule.others == nobody {
		return CodeForbidden
	}
	if rule.others&set == 0 {
		if rule.others == owner {
			return CodeOwnerRequired
		}
		return CodeForbidden
	}
	if rule.enterprise && r.Plan != PlanEnterprise {
		return CodePlanRequired
	}
	return ""
}

// Actions lists every action of the policy, for tests and for doors that declare their actions.
func Actions() []Action {
	all := make([]Action, 0, len(policy))
	for a := range policy {
		all = append(all, a)
	}
	return all
}

// KnownAction tells whether the policy has a line for the action.
func KnownAction(a Action) bool { _, ok := policy[a]; return ok }
