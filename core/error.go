package core

import (
	"errors"
	"fmt"
)

// Code classifies a failure for the doors; each door maps it to a status or a reply in one place.
type Code string

// The codes. Everything else that goes wrong is CodeInternal.
const (
	CodeInvalid         Code = "invalid"
	CodeUnauthenticated Code = "unauthenticated"
	CodeOwnerRequired   Code = "owner_required"
	CodePlanRequired    Code = "plan_required"
	CodeForbidden       Code = "forbidden"
	CodeNotFound        Code = "not_found"
	CodeConflict        Code = "conflict"
	CodeExpired         Code = "expired"
	CodeTooLarge        Code = "too_large"
	CodeRateLimited     Code = "rate_limited"
	CodeUnavailable     Code = "unavailable"
	CodeInternal        Code = "internal"
)

// Params fill the placeholders of a message. Values are strings, ints, time.Time or time.Duration;
// the door formats times and durations for its reader.
type Params map[string]any

// Error is a failure that a person can be told about: a code, and the id of a sentence in the
// catalogues (area errors) with its parameters.
type Error struct {
	Code    Code
	Message string // id of the sentence, e.g. "error.entry_not_found"
	Params  Params
	Field   string     // the input that is wrong, when it is one: "end", "email", …
	Entry   *TimeEntry // the present state, with CodeConflict on an entry
}

func (e *Error) Error() string {
	if len(e.Params) == 0 {
		return fmt.Sprintf("%s (%s)", e.Message, e.Code)
	}
	return fmt.Sprintf("%s %v (%s)", e.Message, map[string]any(e.Params), e.Code)
}

// ErrorCode returns the code of err: "" for nil, CodeInternal for what is not an *Error.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// AsError returns the *Error inside err, or nil.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Failures the store reports; core turns them into sentences where a person can see them.
var (
	// ErrNoRow is returned by Tx when a row does not exist.
	ErrNoRow = errors.New("no such row")
	// ErrDuplicate is returned by Tx when a unique constraint refuses a row.
	ErrDuplicate = errors.New("row exists already")
	// ErrConstraint is returned by Tx when another constraint refuses a change.
	ErrConstraint = errors.New("constraint refuses the change")
	// ErrUnavailable is returned by Store when the database can't be used now (closed, full, unreachable).
	ErrUnavailable = errors.New("store is unavailable")
)

func invalid(field, message string, p Params) *Error {
	return &Error{Code: CodeInvalid, Message: message, Params: p, Field: field}
}

func notFound(message string) *Error { return &Error{Code: CodeNotFound, Message: message} }

func conflict(message string, p Params, e *TimeEntry) *Error {
	return &Error{Code: CodeConflict, Message: message, Params: p, Entry: e}
}

func expired(message string) *Error { return &Error{Code: CodeExpired, Message: message} }

// maybe turns ErrNoRow into found = false.
func maybe[T any](v T, err error) (row T, found bool, failure error) {
	if errors.Is(err, ErrNoRow) {
		return v, false, nil
	}
	return v, err == nil, err
}

// missing turns ErrNoRow into a not_found sentence and leaves other errors alone.
func missing(err error, message string) error {
	if errors.Is(err, ErrNoRow) {
		return notFound(message)
	}
	return err
}
