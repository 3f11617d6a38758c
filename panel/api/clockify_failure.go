package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/clockwarden/clockwarden/core"
)

// clockifyFailure is the body of an error as Clockify's clients read it.
type clockifyFailure struct {
	Message string `json:"message"`
	Code    int    `json:"code"`
}

// clockifyError is how a failure is answered. Text is Clockify's own wording, part of the protocol
// and so in one language; where it is empty, the sentence of the catalogue is sent. Param names the
// parameter that stands for %s in it.
type clockifyError struct {
	status, code int
	text, param  string
}

// Clockify's codes.
const (
	noToken     = 1000 // no key, or more than one
	badRequest  = 501  // what the request says does not fit
	noRoute     = 3000 // address, method or query value not understood
	noParam     = 3001 // a query parameter that the call needs is missing
	unreadable  = 3002 // a body or choice that can't be read
	unknownKey  = 4003
	unknownAddn = 4017
)

// clockifyByMessage answers failures that Clockify tells apart.
func clockifyByMessage(message string) (clockifyError, bool) {
	switch message {
	case "api.key_count":
		return clockifyError{http.StatusUnauthorized, noToken, "Multiple or none auth tokens present", ""}, true
	case "error.api_key":
		return clockifyError{http.StatusUnauthorized, unknownKey, "Api key does not exist", ""}, true
	case "api.addon_token":
		return clockifyError{http.StatusUnauthorized, unknownAddn, "Token is not valid", ""}, true
	case "api.path_unknown":
		return clockifyError{http.StatusNotFound, noRoute, "No static resource %s", "Path"}, true
	case "api.method":
		return clockifyError{http.StatusMethodNotAllowed, noRoute, "Request method '%s' is not supported", "Method"}, true
	case "api.workspace_foreign":
		return clockifyError{http.StatusForbidden, http.StatusForbidden, "Access Denied", ""}, true
	case "api.content_type":
		return clockifyError{http.StatusUnsupportedMediaType, noRoute, "", ""}, true
	case "error.entry_not_found":
		return clockifyError{http.StatusBadRequest, badRequest, "Time entry doesn't belong to Workspace", ""}, true
	case "error.member_not_found":
		return clockifyError{http.StatusBadRequest, badRequest, "User doesn't belong to Workspace", ""}, true
	case "error.project_unknown":
		return clockifyError{http.StatusBadRequest, badRequest, "Project doesn't belong to Workspace", ""}, true
	case "error.tag_unknown":
		return clockifyError{http.StatusBadRequest, badRequest, "Tag doesn't belong to Workspace", ""}, true
	case "api.task_unknown":
		return clockifyError{http.StatusBadRequest, badRequest, "Task doesn't belong to Workspace", ""}, true
	case "api.client_unknown":
		return clockifyError{http.StatusBadRequest, badRequest, "Client doesn't belong to Workspace", ""}, true
	case "error.project_taken":
		return clockifyError{http.StatusBadRequest, badRequest, "Project with this name already exists", ""}, true
	case "error.tag_taken":
		return clockifyError{http.StatusBadRequest, badRequest, "Tag with this name already exists", ""}, true
	case "error.no_running_timer":
		return clockifyError{http.StatusNotFound, http.StatusNotFound, "Currently running time entry doesn't exist on workspace for user", ""}, true
	case "api.query_missing":
		return clockifyError{http.StatusBadRequest, noParam, "", ""}, true
	case "api.query_choice":
		return clockifyError{http.StatusBadRequest, unreadable, "", ""}, true
	case "api.field_missing":
		return clockifyError{http.StatusBadRequest, badRequest, "", ""}, true
	}
	switch {
	case strings.HasPrefix(message, "api.query_"):
		return clockifyError{http.StatusBadRequest, noRoute, "", ""}, true
	case strings.HasPrefix(message, "api.body_"), strings.HasPrefix(message, "api.field_"):
		return clockifyError{http.StatusBadRequest, unreadable, "", ""}, true
	}
	return clockifyError{}, false
}

// clockifyErrorOf is the one map from failures to Clockify's statuses and codes.
func clockifyErrorOf(e *core.Error) clockifyError {
	if known, found := clockifyByMessage(e.Message); found {
		return known
	}
	switch status := statusOf(e.Code); e.Code {
	case core.CodeInvalid, core.CodeConflict, core.CodeNotFound, core.CodeExpired:
		return clockifyError{http.StatusBadRequest, badRequest, "", ""}
	case core.CodeRateLimited:
		return clockifyError{status, status, "Too many requests", ""}
	default:
		return clockifyError{status, status, "", ""}
	}
}

// refuseClockify writes an error the way of Clockify.
func (s *server) refuseClockify(c *call, e *core.Error) answer {
	as := clockifyErrorOf(e)
	text := as.text
	switch {
	case text == "":
		text = s.say(c, e)
	case as.param != "":
		text = fmt.Sprintf(text, e.Params[as.param])
	}
	return answer{as.status, clockifyFailure{Message: text, Code: as.code}}
}
