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
		{http.MethodGet, "/sign-in/{token}", public, p.signInLink},
		{http.MethodPost, "/sign-in/{token}", public, p.useSignInLink},
		{http.MethodPost, "/sign-out", core.ActSessionSignOut, p.signOut},
		{http.MethodPost, "/impersonation/end", core.ActImpersonationEnd, p.endImpersonation},

		// A member's own things.
		{http.MethodGet, "/w/{slug}", core.ActWorkspaceView, p.toMyTime},
		{http.MethodGet, "/w/{slug}/", core.ActEntryView, p.myTime},
		{http.MethodPost, "/w/{slug}/timer/start", core.ActTimerStart, p.startTimer},

		// Entries: one's own, or another's from the Accounts tab.
		{http.MethodPost, "/w/{slug}/entries/{id}/stop", core.ActTimerStop, p.stopTimer},
		{http.MethodPost, "/w/{slug}/entries/{id}/undo-stop", core.ActTimerUndoStop, p.undoStop},
		{http.MethodGet, "/w/{slug}/entries/{id}/correct", core.ActEntryCorrect, p.correctForm},
		{http.MethodPost, "/w/{slug}/entries/{id}/correct", core.ActEntryCorrect, p.correct},

		// Workspace settings.
		{http.MethodGet, "/w/{slug}/settings", core.ActAccountsView, p.settings},
		{http.MethodGet, "/w/{slug}/settings/accounts", core.ActAccountsView, p.accounts},
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
