package api

import (
	"net/http"

	"github.com/clockwarden/clockwarden/core"
)

// codeMethod is the API's own code for a method that an address does not have.
const codeMethod core.Code = "method_not_allowed"

// statusOf maps codes to HTTP statuses for the own API.
func statusOf(code core.Code) int {
	switch code {
	case core.CodeInvalid:
		return http.StatusBadRequest
	case core.CodeUnauthenticated:
		return http.StatusUnauthorized
	case core.CodeOwnerRequired, core.CodePlanRequired, core.CodeForbidden:
		return http.StatusForbidden
	case core.CodeNotFound:
		return http.StatusNotFound
	case codeMethod:
		return http.StatusMethodNotAllowed
	case core.CodeConflict:
		return http.StatusConflict
	case core.CodeExpired:
		return http.StatusGone
	case core.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case core.CodeRateLimited:
		return http.StatusTooManyRequests
	case core.CodeUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// failure is the body of an error of the own API. Entry is the present state with a conflict.
type failure struct {
	Error failureText `json:"error"`
	Entry *entry      `json:"entry,omitempty"`
}

type failureText struct {
	Code      core.Code `json:"code"`
	Message   string    `json:"message"`
	Reference string    `json:"reference"` // the request id, which is also in the log
}

// refuseOwn writes an error the way of the own API.
func (s *server) refuseOwn(c *call, e *core.Error) answer {
	f := failure{Error: failureText{Code: e.Code, Message: s.say(c, e), Reference: c.requestID}}
	if e.Entry != nil && e.Code == core.CodeConflict {
		shape := entryShape(*e.Entry)
		f.Entry = &shape
	}
	return answer{statusOf(e.Code), f}
}
