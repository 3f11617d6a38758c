package api

import (
	"net/http"
	"time"

	"github.com/clockwarden/clockwarden/core"
)

// pageMost is the longest page of the own API's lists.
const pageMost = 200

// ownRoutes is the route table of /api/clockwarden/v1.
func (s *server) ownRoutes() []route {
	return []route{
		{http.MethodGet, "/openapi.json", "", true, s.serveOpenAPI},
		{http.MethodGet, "/accounts", core.ActAccountsView, false, listAccounts},
		{http.MethodPost, "/entries/{id}/stop", core.ActTimerStop, false, stopEntry},
		{http.MethodPost, "/entries/{id}/undo-stop", core.ActTimerUndoStop, false, undoStop},
		{http.MethodPatch, "/entries/{id}", core.ActEntryCorrect, false, correctEntry},
		{http.MethodPost, "/members/{id}/deactivate-api-keys", core.ActAPIKeyDeactivate, false, deactivateKeys},
		{http.MethodGet, "/flags", core.ActFlagView, false, listFlags},
		{http.MethodPost, "/flags/{id}/snooze", core.ActFlagSnooze, false, snoozeFlag},
		{http.MethodGet, "/audit", core.ActAuditView, false, listAudit},
	}
}

// utc is a moment as the own API writes it, or null for none.
func utc(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// nextCursor is the cursor of the following page, or null at the end.
func nextCursor(cursor string) *string {
	if cursor == "" {
		return nil
	}
	return &cursor
}
