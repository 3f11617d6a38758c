package panel

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/clockwarden/clockwarden/core"
)

// public marks a route that a stranger may use.
const public core.Action = "public"

// route is one address of the panel. action is what core will be asked for there; the handler does not decide.
type route struct {
	method, path string
	action       core.Action
	handle       func(*visit) error
}

// routes lists every address of the panel.
func (p *Panel) routes() []route {
	return []route{
		// Coming and going.
		{http.MethodGet, "/", public, p.home},
		{http.MethodGet, "/sign-in", public, p.toHome},
		{http.MethodPost, "/sign-in", public, p.signInWithPassword},
		{http.MethodGet, "/sign-in/{token}", public, p.signInLink},
		{http.MethodPost, "/sign-in/{token}", public, p.useSignInLink},
		{http.MethodGet, "/invitation/{token}", public, p.invitation},
		{http.MethodPost, "/invitation/{token}", public, p.acceptInvitation},
		{http.MethodPost, "/sign-out", core.ActSessionSignOut, p.signOut},
		{http.MethodPost, "/impersonation/end", core.ActImpersonationEnd, p.endImpersonation},
		{http.MethodGet, "/log-in-as/{token}", core.ActImpersonationStart, p.logInAsLink},
		{http.MethodPost, "/log-in-as/{token}", core.ActImpersonationStart, p.useLogInAsLink},

		// A member's own things.
		{http.MethodGet, "/w/{slug}", core.ActWorkspaceView, p.toMyTime},
		{http.MethodGet, "/w/{slug}/", core.ActEntryView, p.myTime},
		{http.MethodPost, "/w/{slug}/timer/start", core.ActTimerStart, p.startTimer},
		{http.MethodGet, "/w/{slug}/entries/new", core.ActEntryCreate, p.newEntryForm},
		{http.MethodPost, "/w/{slug}/entries/new", core.ActEntryCreate, p.createEntry},
		{http.MethodGet, "/w/{slug}/entries/{id}/edit", core.ActEntryCorrect, p.editForm},
		{http.MethodPost, "/w/{slug}/entries/{id}/edit", core.ActEntryCorrect, p.edit},
		{http.MethodPost, "/w/{slug}/entries/{id}/delete", core.ActEntryDelete, p.deleteEntry},
		{http.MethodPost, "/w/{slug}/entries/{id}/restore", core.ActEntryRestore, p.restoreEntry},
		{http.MethodPost, "/w/{slug}/entries/{id}/continue", core.ActTimerStart, p.continueEntry},
		{http.MethodGet, "/w/{slug}/api-keys", core.ActAPIKeyView, p.apiKeys},
		{http.MethodPost, "/w/{slug}/api-keys", core.ActAPIKeyCreate, p.createAPIKey},
		{http.MethodGet, "/w/{slug}/api-keys/{key}/deactivate", core.ActAPIKeyDeactivate, p.apiKeyDeactivation},
		{http.MethodPost, "/w/{slug}/api-keys/{key}/deactivate", core.ActAPIKeyDeactivate, p.deactivateAPIKey},
		{http.MethodGet, "/w/{slug}/inbox", core.ActNoticeView, p.inbox},
		{http.MethodPost, "/w/{slug}/inbox/read", core.ActNoticeView, p.readInbox},
		{http.MethodPost, "/w/{slug}/inbox/{notice}/accept", core.ActCorrectionAccept, p.acceptCorrection},
		{http.MethodGet, "/w/{slug}/inbox/{notice}/dispute", core.ActCorrectionDispute, p.disputeForm},
		{http.MethodPost, "/w/{slug}/inbox/{notice}/dispute", core.ActCorrectionDispute, p.disputeCorrection},

		// One's own account.
		{http.MethodGet, "/w/{slug}/profile", core.ActWorkspaceView, p.profile},
		{http.MethodPost, "/w/{slug}/profile", core.ActWorkingHoursUpdate, p.saveProfile}, // what else changes, core asks for
		{http.MethodPost, "/w/{slug}/profile/password", core.ActPasswordUpdate, p.changePassword},
		{http.MethodPost, "/w/{slug}/profile/sessions/{id}/end", core.ActSessionView, p.endSession},
		{http.MethodPost, "/w/{slug}/profile/chat-accounts/{id}/unlink", core.ActIdentityUnlink, p.unlinkChat},
		{http.MethodPost, "/w/{slug}/profile/single-sign-on/unlink", core.ActIdentityUnlink, p.unlinkLogin},
		{http.MethodGet, "/w/{slug}/link", core.ActIdentityView, p.chatLink},
		{http.MethodPost, "/w/{slug}/link", core.ActIdentityLink, p.createLinkCode},

		// Entries: one's own, or another's from the Accounts tab.
		{http.MethodPost, "/w/{slug}/entries/{id}/stop", core.ActTimerStop, p.stopTimer},
		{http.MethodPost, "/w/{slug}/entries/{id}/undo-stop", core.ActTimerUndoStop, p.undoStop},
		{http.MethodGet, "/w/{slug}/entries/{id}/correct", core.ActEntryCorrect, p.correctForm},
		{http.MethodPost, "/w/{slug}/entries/{id}/correct", core.ActEntryCorrect, p.correct},

		// Workspace settings.
		{http.MethodGet, "/w/{slug}/settings", core.ActWorkspaceView, p.settings},
		{http.MethodGet, "/w/{slug}/settings/general", core.ActSettingsView, p.general},
		{http.MethodPost, "/w/{slug}/settings/general", core.ActWorkspaceUpdate, p.saveGeneral},
		{http.MethodGet, "/w/{slug}/settings/members", core.ActMembersView, p.members},
		{http.MethodGet, "/w/{slug}/settings/members/invite", core.ActMemberInvite, p.inviteForm},
		{http.MethodPost, "/w/{slug}/settings/members/invite", core.ActMemberInvite, p.invite},
		{http.MethodGet, "/w/{slug}/settings/members/{member}", core.ActMemberUpdate, p.editMember},
		{http.MethodPost, "/w/{slug}/settings/members/{member}", core.ActMemberUpdate, p.saveMember},
		{http.MethodGet, "/w/{slug}/settings/members/{member}/deactivate", core.ActMemberDeactivate, p.deactivateForm},
		{http.MethodPost, "/w/{slug}/settings/members/{member}/deactivate", core.ActMemberDeactivate, p.deactivateMember},
		{http.MethodPost, "/w/{slug}/settings/members/{member}/activate", core.ActMemberActivate, p.activateMember},
		{http.MethodPost, "/w/{slug}/settings/members/{member}/invitation", core.ActInvitationCreate, p.newInvitation},
		{http.MethodGet, "/w/{slug}/settings/forgotten", core.ActSettingsView, p.forgotten},
		{http.MethodPost, "/w/{slug}/settings/forgotten", core.ActSettingsUpdate, p.saveForgotten},
		{http.MethodPost, "/w/{slug}/settings/forgotten/retry", core.ActSettingsUpdate, p.retryMessages},
		{http.MethodPost, "/w/{slug}/flags/{flag}/snooze", core.ActFlagSnooze, p.snooze},
		{http.MethodPost, "/w/{slug}/flags/{flag}/resolve", core.ActFlagResolve, p.resolve},
		{http.MethodGet, "/w/{slug}/settings/chat", core.ActIdentityView, p.chatSettings},
		{http.MethodGet, "/w/{slug}/settings/chat/{identity}/unlink", core.ActIdentityUnlink, p.unlinkForm},
		{http.MethodPost, "/w/{slug}/settings/chat/{identity}/unlink", core.ActIdentityUnlink, p.unlink},
		{http.MethodGet, "/w/{slug}/settings/audit", core.ActAuditView, p.audit},
		{http.MethodPost, "/w/{slug}/settings/audit/verify", core.ActAuditView, p.verifyAudit},
		{http.MethodPost, "/w/{slug}/settings/audit/export", core.ActAuditExport, p.exportAudit},
		{http.MethodGet, "/w/{slug}/audit", core.ActAuditView, p.ownAudit},
		{http.MethodGet, "/w/{slug}/settings/accounts", core.ActAccountsView, p.accounts},
		{http.MethodPost, "/w/{slug}/accounts/export", core.ActAccountsExport, p.exportAccounts},
		{http.MethodGet, "/w/{slug}/accounts/stop", core.ActAccountsView, p.bulkForm},
		{http.MethodPost, "/w/{slug}/accounts/stop", core.ActTimerStop, p.bulkStop},
		{http.MethodGet, "/w/{slug}/accounts/stop/result", core.ActAccountsView, p.bulkResult},
		{http.MethodGet, "/w/{slug}/accounts/{member}/log-in-as", core.ActImpersonationStart, p.logInAsForm},
		{http.MethodPost, "/w/{slug}/accounts/{member}/log-in-as", core.ActImpersonationStart, p.logInAs},
		{http.MethodGet, "/w/{slug}/accounts/{member}/stop", core.ActTimerStop, p.stopForm},
		{http.MethodGet, "/w/{slug}/accounts/{member}/deactivate-api-keys", core.ActAPIKeyDeactivate, p.keysForm},
		{http.MethodPost, "/w/{slug}/accounts/{member}/deactivate-api-keys", core.ActAPIKeyDeactivate, p.deactivateKeys},

		// Live updates.
		{http.MethodGet, "/live", core.ActWorkspaceView, p.live},
		{http.MethodGet, "/w/{slug}/live", core.ActWorkspaceView, p.live},
	}
}

func (p *Panel) router() http.Handler {
	r := mux.NewRouter()
	if p.routed != nil {
		r.Use(p.routed)
	}
	if p.sso != nil {
		// Before the one-time links, whose address they would fit.
		r.Handle("/sign-in/oidc", p.serve(route{action: public, handle: p.startSingleSignOn})).Methods(http.MethodGet)
		r.Handle("/sign-in/oidc/callback", p.serve(route{action: public, handle: p.endSingleSignOn})).Methods(http.MethodGet)
	}
	r.NotFoundHandler = p.serve(route{action: public, handle: p.notFound})
	r.MethodNotAllowedHandler = p.serve(route{action: public, handle: p.methodNotAllowed})
	for _, rt := range p.routes() {
		methods := []string{rt.method}
		if rt.method == http.MethodGet && rt.path != "/live" && rt.path != "/w/{slug}/live" {
			methods = append(methods, http.MethodHead)
		}
		r.Handle(rt.path, p.serve(rt)).Methods(methods...)
	}
	return r
}
