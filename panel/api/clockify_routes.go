package api

import (
	"net/http"

	"github.com/clockwarden/clockwarden/core"
)

// clockifyRoutes is the route table of /api/v1. User ids are ids of users, not of members.
func (s *server) clockifyRoutes() []route {
	const (
		ws       = "/workspaces/{ws}"
		entries  = ws + "/time-entries"
		ofUser   = ws + "/user/{user}/time-entries"
		projects = ws + "/projects"
		tags     = ws + "/tags"
	)
	return []route{
		{http.MethodGet, "/user", core.ActWorkspaceView, false, clockifyMe},
		{http.MethodGet, "/workspaces", core.ActWorkspaceView, false, clockifyWorkspaces},
		{http.MethodGet, ws, core.ActWorkspaceView, false, clockifyWorkspace},
		{http.MethodGet, ws + "/users", core.ActMemberView, false, clockifyUsers},
		{http.MethodPut, ws + "/users/{user}", core.ActMemberDeactivate, false, clockifySetStatus},

		{http.MethodGet, entries + "/status/in-progress", core.ActWorkspaceView, false, clockifyInProgress},
		{http.MethodPost, entries, core.ActTimerStart, false, clockifyCreate},
		{http.MethodGet, entries + "/{id}", core.ActEntryView, false, clockifyEntry},
		{http.MethodPut, entries + "/{id}", core.ActEntryCorrect, false, clockifyReplace},
		{http.MethodDelete, entries + "/{id}", core.ActEntryDelete, false, clockifyDelete},
		{http.MethodGet, ofUser, core.ActEntryView, false, clockifyEntries},
		{http.MethodPost, ofUser, core.ActTimerStart, false, clockifyCreate},
		{http.MethodPatch, ofUser, core.ActTimerStop, false, clockifyStop},
		{http.MethodPut, ofUser, core.ActEntryCorrect, false, clockifyReplaceSeveral},
		{http.MethodDelete, ofUser, core.ActEntryDelete, false, clockifyDeleteSeveral},
		{http.MethodPost, ofUser + "/{id}/duplicate", core.ActEntryCreate, false, clockifyDuplicate},

		{http.MethodGet, projects, core.ActProjectView, false, clockifyProjects},
		{http.MethodPost, projects, core.ActProjectManage, false, clockifyCreateProject},
		{http.MethodGet, projects + "/{id}", core.ActProjectView, false, clockifyProject},
		{http.MethodPut, projects + "/{id}", core.ActProjectManage, false, clockifyUpdateProject},
		{http.MethodDelete, projects + "/{id}", core.ActProjectManage, false, clockifyDeleteProject},
		{http.MethodGet, tags, core.ActProjectView, false, clockifyTags},
		{http.MethodPost, tags, core.ActProjectManage, false, clockifyCreateTag},
		{http.MethodPut, tags + "/{id}", core.ActProjectManage, false, clockifyUpdateTag},
		{http.MethodDelete, tags + "/{id}", core.ActProjectManage, false, clockifyDeleteTag},
	}
}
